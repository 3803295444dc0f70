{#- Names a figure: one of this row's own document, unless the reference itself names another. -#}
{% macro source_ref(figure_id) -%}
    case when contains({{ figure_id }}, ':') then {{ figure_id }} else _document_id || ':' || {{ figure_id }} end
{%- endmacro %}
