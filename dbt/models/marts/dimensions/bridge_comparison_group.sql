with

members as (
    select * from {{ ref('int_comparison_group_areas') }}
)

select * from members
order by comparison_group_key, area_key, valid_from
