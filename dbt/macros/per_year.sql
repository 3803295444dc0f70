{#-
    The one place that says for which years an amount counts: a yearly one in each year of its stretch, one for the
    whole stretch in its first year alone. Adds `year` to the relation's columns, and lets `year_to` be the last year
    that the row is for. Money without a printed year has none.
-#}
{% macro per_year(relation) -%}
    select * replace (case when basis = 'yearly' then cast(year as integer) else year_to end as year_to)
    from (
        select
            *,
            unnest(
                case when basis = 'yearly' then range(year_from, year_to + 1) else [cast(year_from as bigint)] end
            ) as year
        from {{ relation }}
    )
{%- endmacro %}
