{#-
    Fails with every combination of the columns' values that stands in more than one row of a fact of the series. There
    may be a hundred million rows: where those of a measure and area stand together in ascending order, none can be
    twice, and only the others are grouped. A whole build writes them in order, but each of DuckDB's threads its own
    stretches, so few stand apart. A build that continues a release holds the cells that it wrote against the rest.
-#}
{% test unique_cells(model, columns) %}

with

tables as (
    select * from {{ ref('stg_jobindsats__tables') }}
),

continued as (
    select table_id from tables where how != 'whole'
),

-- One of the two is empty, and of the branch that asks for it no row is read.
everything as (
    select count(*) as number_of_tables from continued having count(*) = 0
),

written as (
    select distinct measure_key, area_key, period_key, member
    from {{ ref('int_benchmark_vintages') }}
    where exists (select * from continued)
),

-- Few as a rule: one number distinguishes most rows of a fact.
written_periods as (
    select distinct period_key from written
),

-- The documents' own rows are few, and written again each time.
documents as (
    select distinct table_id
    from {{ ref('dim_measure') }}
    where
        table_id not in (select table_id from tables)
        and exists (select * from continued)
),

stepped as (
    select
        {%- for column in columns %}
        {{ column }},
        lag({{ column }}) over () as before_{{ column }}
        {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from {{ model }}
    where exists (select * from everything)
),

noted as (
    select
        {{ columns[0] }},
        {{ columns[1] }},
        {{ columns[0] }} is distinct from before_{{ columns[0] }}
        or {{ columns[1] }} is distinct from before_{{ columns[1] }} as is_first
    from stepped
    where
        is_first
        or (
            {%- for column in columns[2:] %}
            {{ column }} > before_{{ column }}
            {%- if not loop.last %} or ({{ column }} = before_{{ column }} and ({% endif %}
            {%- endfor %}
            {{- '))' * (columns | length - 3) }}
        ) is not true
),

-- A measure and area whose rows do not stand together, or not in ascending order.
disordered as (
    select
        {{ columns[0] }},
        {{ columns[1] }}
    from noted
    group by {{ columns[0] }}, {{ columns[1] }}
    having count(*) > 1
),

doubtful as (
    select {{ columns | join(', ') }}
    from {{ model }}
    semi join disordered
        using ({{ columns[0] }}, {{ columns[1] }})
    union all
    select {{ columns | join(', ') }}
    from {{ model }}
    semi join written_periods
        using (period_key)
    semi join written
        using (measure_key, area_key, period_key, member)
    union all
    select {{ columns | join(', ') }}
    from {{ model }}
    semi join documents
        using (table_id)
),

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
