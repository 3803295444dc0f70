-- Filled from the landed series; the documents' own statistics have no vintages.

with

final as (
    select
        cast(null as varchar) as table_id,
        cast(null as bigint) as measure_key,
        cast(null as bigint) as area_key,
        cast(null as bigint) as period_key,
        cast(null as varchar) as member,
        cast(null as boolean) as is_total,
        cast(null as decimal(18, 4)) as value,
        cast(null as varchar) as value_status,
        cast(null as timestamp with time zone) as released_at,
        cast(null as varchar) as source_ref,
        cast(null as timestamp with time zone) as valid_from,
        cast(null as timestamp with time zone) as valid_to
    where false
)

select * from final
