{#- The calendar of a period id: type, last day, number of months and first day. QMAT is the rolling year that ends in the quarter. -#}
{% macro period_type(period_id) -%}
    regexp_extract({{ period_id }}, '^[0-9]{4}([A-Z]+)[0-9]{2}$', 1)
{%- endmacro %}

{% macro period_end(period_id) -%}
    cast(
        make_date(
            cast(left({{ period_id }}, 4) as integer),
            case {{ period_type(period_id) }}
                when 'M' then cast(right({{ period_id }}, 2) as integer)
                when 'Y' then 12
                else 3 * cast(right({{ period_id }}, 2) as integer)
            end,
            1
        ) + interval 1 month - interval 1 day
        as date
    )
{%- endmacro %}

{% macro period_months(period_id) -%}
    case {{ period_type(period_id) }} when 'M' then 1 when 'Q' then 3 else 12 end
{%- endmacro %}

{% macro period_start(period_id) -%}
    {{ months_before(period_end(period_id) ~ ' + interval 1 day', period_months(period_id)) }}
{%- endmacro %}
