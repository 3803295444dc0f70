{#-
    The calendar of a period id: type, last day, number of months and first day. QMAT is the rolling year that ends in the
    quarter, W a week of ISO 8601, whose first is the one with 4 January.
-#}
{% macro period_type(period_id) -%}
    regexp_extract({{ period_id }}, '^[0-9]{4}([A-Z]+)[0-9]{2}$', 1)
{%- endmacro %}

{% macro period_end(period_id) -%}
    case {{ period_type(period_id) }}
        when 'W'
            then
                cast(
                    date_trunc('week', make_date(cast(left({{ period_id }}, 4) as integer), 1, 4))
                    + (7 * cast(right({{ period_id }}, 2) as integer) - 1) * interval 1 day
                    as date
                )
        else
            cast(
                make_date(
                    cast(left({{ period_id }}, 4) as integer),
                    case {{ period_type(period_id) }}
                        when 'M' then cast(right({{ period_id }}, 2) as integer)
                        when 'Y' then 12
                        when 'H' then 6 * cast(right({{ period_id }}, 2) as integer)
                        when 'W' then 1
                        else 3 * cast(right({{ period_id }}, 2) as integer)
                    end,
                    1
                ) + interval 1 month - interval 1 day
                as date
            )
    end
{%- endmacro %}

{% macro period_months(period_id) -%}
    case {{ period_type(period_id) }} when 'M' then 1 when 'Q' then 3 when 'H' then 6 else 12 end
{%- endmacro %}

{% macro period_start(period_id) -%}
    case {{ period_type(period_id) }}
        when 'W' then cast({{ period_end(period_id) }} - interval 6 day as date)
        else {{ months_before(period_end(period_id) ~ ' + interval 1 day', period_months(period_id)) }}
    end
{%- endmacro %}
