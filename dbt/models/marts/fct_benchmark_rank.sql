-- Filled from the landed series; ranks that a document prints are measures in fct_benchmark.

with

final as (
    select
        cast(null as varchar) as table_id,
        cast(null as bigint) as measure_key,
        cast(null as varchar) as member,
        cast(null as bigint) as area_key,
        cast(null as bigint) as period_key,
        cast(null as bigint) as comparison_group_key,
        cast(null as integer) as rank,
        cast(null as integer) as areas_ranked,
        cast(null as decimal(18, 4)) as gap_to_best,
        cast(null as bigint) as best_area_key
    where false
)

select * from final
