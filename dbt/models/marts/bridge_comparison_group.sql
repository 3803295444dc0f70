-- Filled with the comparison groups of the series; empty until there are any.

with

final as (
    select
        cast(null as bigint) as comparison_group_key,
        cast(null as bigint) as area_key,
        cast(null as timestamp with time zone) as valid_from,
        cast(null as timestamp with time zone) as valid_to
    where false
)

select * from final
