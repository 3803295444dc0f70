with

years as (
    select year_from as year from {{ ref('int_agreements') }}
    union
    select year_to from {{ ref('int_agreements') }}
    union
    select cast(year as integer) from {{ ref('int_budget_rows') }}
    union
    select cast(year as integer) from {{ ref('int_course_rows') }}
    union
    select year_to from {{ ref('int_course_rows') }}
    union
    select year from {{ ref('int_budget_followups') }}
    union
    select year from {{ ref('int_price_index') }}
    union
    select due_year from {{ ref('int_targets') }}
    union
    select cast(extract(year from period_end) as integer) from {{ ref('int_periods') }}
),

-- No year between the first and the last is missing, so that a time axis has no holes.
unbroken as (
    select unnest(range(min(year), max(year) + 1)) as year from years
),

final as (
    select
        cast(year as bigint) as year_key,
        cast(year as integer) as year
    from unbroken
    union all
    select
        -1 as year_key,
        null as year
)

select * from final
order by year_key
