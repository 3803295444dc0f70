{#-
    Fails with every combination of the columns' values that stands in more than one row of a fact of the series. There
    may be a hundred million rows: where they all stand in ascending order, as a whole build writes them, none can be
    twice, and nothing is grouped. A build that continues a release holds only the cells that it wrote against the rest.
-#}
{% test unique_cells(model, columns) %}

{#- Named outside of what is only rendered sometimes, as dbt asks. -#}
{%- set tables, written = ref('stg_jobindsats__tables'), ref('int_benchmark_vintages') %}
{%- set measures = ref('stg_jobindsats__measures') %}
{%- set is_continued = execute and run_query(
    "select count(*) from " ~ tables ~ " where how != 'whole'"
).columns[0].values()[0] > 0 %}

with

{% if is_continued %}
-- The documents' own rows are few, and written anew each time.
doubtful as (
    select {{ columns | join(', ') }}
    from {{ model }} as cells
    semi join (
        select distinct measure_key, area_key, period_key, member from {{ written }}
    ) as written
        using (measure_key, area_key, period_key, member)
    union all
    select {{ columns | join(', ') }}
    from {{ model }}
    anti join {{ measures }} as measures
        using (table_id)
),
{% else %}
stepped as (
    select
        table_id,
        lag(table_id) over () as before_table_id
        {%- for column in columns %},
        {{ column }},
        lag({{ column }}) over () as before_{{ column }}
        {%- endfor %}
    from {{ model }}
),

ordered as (
    select
        count(*) filter (where table_id is distinct from before_table_id) = count(distinct table_id)
        and count(*) filter (
            where table_id = before_table_id and not (
                {%- for column in columns %}
                {{ column }} > before_{{ column }}
                {%- if not loop.last %} or ({{ column }} = before_{{ column }} and ({% endif %}
                {%- endfor %}
                {{- '))' * (columns | length - 1) }}
            )
        ) = 0 as is_ascending
    from stepped
),

doubtful as (
    select {{ columns | join(', ') }}
    from {{ model }}
    where not (select is_ascending from ordered)
),
{% endif %}

final as (
    select
        {%- for column in columns %}
        {{ column }},
        {%- endfor %}
        count(*) as number_of_rows
    from doubtful
    group by {{ columns | join(', ') }}
    having count(*) > 1
)

select * from final

{% endtest %}
