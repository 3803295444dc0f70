{#- What a cell of a series is: null is how the publisher suppresses one. -#}
{% macro series_value_status(value) -%}
    case when {{ value }} is null then 'suppressed' else 'reported' end
{%- endmacro %}
