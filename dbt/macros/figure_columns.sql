{#- The columns in which a row has the value of its figure. -#}
{% macro figure_columns(figures) -%}
    {{ figures }}.value,
    {{ figures }}.value_to,
    {{ figures }}.value_qualifier,
    {{ figures }}.value_status
{%- endmacro %}
