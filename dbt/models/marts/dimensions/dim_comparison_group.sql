with

groups as (
    select * from {{ ref('int_comparison_groups') }}
),

final as (
    select
        comparison_group_key,
        comparison_group_id,
        comparison_group_name,
        stated_size,
        origin
    from groups
    union all
    select
        -1 as comparison_group_key,
        'Ikke oplyst' as comparison_group_id,
        'Ikke oplyst' as comparison_group_name,
        null as stated_size,
        null as origin
)

select * from final
order by comparison_group_key
