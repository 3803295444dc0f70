with

ranks as (
    select * from {{ ref('int_ranks') }}
),

final as (
    select
        table_id,
        {{ surrogate_key(['table_id', 'measure_id']) }} as measure_key,
        member,
        is_total,
        {{ surrogate_key(['area_name']) }} as area_key,
        {{ surrogate_key(['period_id']) }} as period_key,
        {{ surrogate_key(['comparison_group_id']) }} as comparison_group_key,
        rank,
        areas_ranked,
        gap_to_best,
        {{ surrogate_key(['best_area_name']) }} as best_area_key
    from ranks
)

select * from final
order by table_id, measure_key, member, area_key, period_key, comparison_group_key
