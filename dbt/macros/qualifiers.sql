{#-
    What limits a sum of numbers, each with what limits it: a sum of exact numbers and numbers "mindst" is "mindst" that
    sum. Where upper and lower limits meet, all that can be said is approx. A number that is missing makes the sum one
    that is at least reached.
-#}
{% macro qualifier_of_sum(value, qualifier, among='true') -%}
    case
        when count({{ value }}) filter (where {{ among }}) = 0 then null
        {%- for allowed, found in [
            (['exact'], 'exact'), (['exact', 'range'], 'range'), (['exact', 'range', 'at_least'], 'at_least'),
            (['exact', 'at_most'], 'at_most')
        ] %}
        when bool_and(
            case when {{ value }} is null then 'at_least' else {{ qualifier }} end in ('{{ allowed | join("', '") }}')
        ) filter (where {{ among }}) then '{{ found }}'
        {%- endfor %}
        else 'approx'
    end
{%- endmacro %}

{#- The upper end of a sum of numbers, where a range is among them. -#}
{% macro upper_end_of_sum(value, value_to, among='true') -%}
    case
        when count({{ value_to }}) filter (where {{ among }}) > 0
            then sum(coalesce({{ value_to }}, {{ value }})) filter (where {{ among }})
    end
{%- endmacro %}

{#- A number in words for Danish readers, with what limits it: mindst 400, 500-1000. -#}
{% macro number_in_words(value, qualifier, value_to) -%}
    case {{ qualifier }}
        when 'approx' then 'ca. '
        when 'at_least' then 'mindst '
        when 'at_most' then 'højst '
        else ''
    end
    || {{ without_zeros(value) }}
    || case when {{ qualifier }} = 'range' and {{ value_to }} is not null then '-' || {{ without_zeros(value_to) }} else '' end
{%- endmacro %}

{% macro without_zeros(value) -%} rtrim(rtrim(cast({{ value }} as varchar), '0'), '.') {%- endmacro %}

{#- What limits a quotient: what is at least divided into gives at most, and the other way round. -#}
{% macro qualifier_of_quotient(numerator, denominator) -%}
    case
        when {{ denominator }} = 'exact' then {{ numerator }}
        when {{ numerator }} = 'exact' and {{ denominator }} = 'at_least' then 'at_most'
        when {{ numerator }} = 'exact' and {{ denominator }} = 'at_most' then 'at_least'
        else 'approx'
    end
{%- endmacro %}

{#- The years of a group in words: one, a stretch, or one by one where years are missing between them. -#}
{% macro years_in_words(year) -%}
    case
        when count(distinct {{ year }}) = 1 then cast(min({{ year }}) as varchar)
        when max({{ year }}) - min({{ year }}) + 1 = count(distinct {{ year }})
            then cast(min({{ year }}) as varchar) || '-' || cast(max({{ year }}) as varchar)
        when count({{ year }}) > 0 then array_to_string(list_sort(list_distinct(list({{ year }}))), ', ')
    end
{%- endmacro %}
