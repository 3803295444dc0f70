-- On which side of the known breaks each period of a table lies. Two periods with the same number can be compared; a
-- period that a break falls into lies between the two sides.

with

periods as (
    select
        table_id,
        period_no,
        period_id,
        {{ period_start('period_id') }} as period_start,
        {{ period_end('period_id') }} as period_end
    from {{ ref('stg_jobindsats__periods') }}
),

broken as (
    select
        table_id,
        broken_on
    from {{ ref('stg_documents__series_breaks') }}
    union
    select
        before_table_id as table_id,
        broken_on
    from {{ ref('stg_documents__series_breaks') }}
),

final as (
    select
        periods.table_id,
        periods.period_no,
        periods.period_id,
        periods.period_end,
        -- Even on either side of a break, and odd where one or more fall into the period.
        cast(
            2 * count(*) filter (where broken.broken_on <= periods.period_start)
            + max(
                case
                    when broken.broken_on > periods.period_start and broken.broken_on <= periods.period_end then 1
                    else 0
                end
            ) as integer
        ) as series_segment
    from periods
    left join broken
        on periods.table_id = broken.table_id
    group by all
)

select * from final
