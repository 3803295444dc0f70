-- A build that continues a release ranks the periods in which it wrote a cell again; the others are kept.
{{ config(**added_to()) }}

with

ranks as (
    select * from {{ ref('int_ranks') }}
),

final as (
    select
        table_id,
        measure_key,
        member,
        is_total,
        area_key,
        period_key,
        comparison_group_key,
        rank,
        areas_ranked,
        gap_to_best,
        best_area_key
    from ranks
)

select * from final
order by table_id, measure_key, member, area_key, period_key, comparison_group_key
