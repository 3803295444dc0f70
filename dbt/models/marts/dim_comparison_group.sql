-- The groups come with the series that are compared; until then there is only the member that stands for none.

with

final as (
    select
        cast(-1 as bigint) as comparison_group_key,
        'Ikke oplyst' as comparison_group_id,
        'Ikke oplyst' as comparison_group_name
)

select * from final
order by comparison_group_key
