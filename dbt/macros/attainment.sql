{#-
    The one place that says when a target is met. Inputs are column names: the target's comparator, value and upper
    end, and what was observed. Gives met, not_met, or null where nothing can be said.
    Dates are numbers of the form yyyymmdd, so that by_date is an order like any other.
-#}
{% macro is_met(comparator, target_value, target_value_to, actual_value) -%}
    case
        -- What is observed of better_than is the lead over the other, in the direction that is better.
        when {{ comparator }} = 'better_than' then {{ actual_value }} > coalesce({{ target_value }}, 0)
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

{#- Divides exactly; both numbers have at most four decimals, and room to be multiplied. -#}
{% macro ratio_cut_off(numerator, denominator) -%}
    cast({{ cut_off(numerator, denominator) }} as decimal(18, 4))
{%- endmacro %}

{#-
    The one place that says what a series tells of a target, kind by kind. Inputs are column names; all values are of
    one measure, and null where they are suppressed or missing, which makes the result null.
        count, share, level  the value itself
        change               how much better than the baseline: in the measure's unit, or in percent of the baseline
                             where the target is in percent
        rank                 the place in the group
        beat_area            the lead over the other area: above zero is better
        gap_reduction        how many percent smaller the gap to the best is than it was; null where there was none
    A deadline is a day, which no series tells. Percentages are cut off, not rounded: 24.99996 is not yet 25.
-#}
{% macro actual_of_series(
    target_kind, unit, higher_is_better, value, baseline, rank, other_value, gap_to_best, baseline_gap
) -%}
    cast(
        case {{ target_kind }}
            when 'rank' then {{ rank }}
            when 'beat_area' then {{ improvement(other_value, value, higher_is_better) }}
            when 'gap_reduction'
                then {{ percent_cut_off(baseline_gap ~ ' - ' ~ gap_to_best, baseline_gap) }}
            when 'change'
                then
                    case
                        when {{ unit }} = 'pct.'
                            then {{ percent_cut_off(improvement(baseline, value, higher_is_better), baseline) }}
                        else {{ improvement(baseline, value, higher_is_better) }}
                    end
            when 'deadline' then null
            else {{ value }}
        end as decimal(18, 4)
    )
{%- endmacro %}

{#- How much better one value is than another, in the direction that is better; without a direction, how much more. -#}
{% macro improvement(from_value, to_value, higher_is_better) -%}
    case when {{ higher_is_better }} = false then {{ from_value }} - {{ to_value }} else {{ to_value }} - {{ from_value }} end
{%- endmacro %}

{#- A part of a whole in percent, cut off at four decimals; null where the whole is zero or less. -#}
{% macro percent_cut_off(part, whole) -%}
    case
        when {{ whole }} > 0
            then {{ cut_off('100 * (' ~ part ~ ')', whole) }}
    end
{%- endmacro %}

{#- A quotient in whole ten-thousandths, all that is finer cut off. -#}
{% macro cut_off(numerator, denominator) -%}
    cast({{ times_whole(
        'cast(' ~ numerator ~ ' as decimal(38, 4)) * 10000 * 10000', 'cast(' ~ denominator ~ ' as decimal(38, 4)) * 10000'
    ) }} as decimal(38, 0)) * 0.0001
{%- endmacro %}

{#- Counts targets, all and by how they stand; over their newest rows, each is counted once. -#}
{% macro targets_by_status() -%}
    count(*) as targets
    {%- for status in ['met', 'not_met', 'not_measured', 'not_set'] %},
        count(*) filter (where attainment_status = '{{ status }}') as targets_{{ status }}
    {%- endfor %}
{%- endmacro %}
