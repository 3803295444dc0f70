{#-
    The one place that says when a target is met. Inputs are column names: the target's comparator, value and upper
    end, and what was observed. Gives met, not_met, or null where nothing can be said.
    Dates are numbers of the form yyyymmdd, so that by_date is an order like any other.
-#}
{% macro is_met(comparator, target_value, target_value_to, actual_value) -%}
    case
        when {{ target_value }} is null or {{ actual_value }} is null then null
        when {{ comparator }} = 'at_least' then {{ actual_value }} >= {{ target_value }}
        when {{ comparator }} in ('at_most', 'by_date') then {{ actual_value }} <= coalesce({{ target_value_to }}, {{ target_value }})
        when {{ comparator }} = 'equals'
            then {{ actual_value }} between {{ target_value }} and coalesce({{ target_value_to }}, {{ target_value }})
    end
{%- endmacro %}

{#-
    How far a target is reached, in four decimals: at least 1 exactly when it is met. Cut off, not rounded, since
    0.99996 is not reached. Null for the comparators that are no matter of degree, and where a zero or negative
    number would turn the ratio round.
-#}
{% macro attainment_ratio(comparator, target_value, target_value_to, actual_value) -%}
    case
        when {{ comparator }} = 'at_least' and {{ target_value }} > 0
            then {{ ratio_cut_off(actual_value, target_value) }}
        when {{ comparator }} = 'at_most' and {{ actual_value }} > 0
            then {{ ratio_cut_off('coalesce(' ~ target_value_to ~ ', ' ~ target_value ~ ')', actual_value) }}
    end
{%- endmacro %}

{#- Divides exactly, in whole ten-thousandths; both numbers have at most four decimals, and room to be multiplied. -#}
{% macro ratio_cut_off(numerator, denominator) -%}
    cast(
        cast(
            cast(cast({{ numerator }} as decimal(38, 4)) * 10000 as hugeint)
            * 10000
            // cast(cast({{ denominator }} as decimal(38, 4)) * 10000 as hugeint)
            as decimal(38, 0)
        ) / 10000 as decimal(18, 4)
    )
{%- endmacro %}
