{#- A schema is called what the project calls it, without the target's name before it. -#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ custom_schema_name if custom_schema_name is not none else target.schema }}
{%- endmacro %}

{#- The names of the units that a document names for an initiative in a role. -#}
{% macro units_of(role) -%}
    string_agg(units.unit_name, ', ' order by units.unit_name) filter (where initiative_units.role = '{{ role }}')
{%- endmacro %}
