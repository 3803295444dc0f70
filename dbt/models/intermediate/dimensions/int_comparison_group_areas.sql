-- Which areas are in which comparison group, and since when, under their keys.

with

final as (
    select
        {{ surrogate_key(['comparison_group_id']) }} as comparison_group_key,
        {{ surrogate_key(['area_name']) }} as area_key,
        cast(valid_from as timestamp with time zone) as valid_from,
        cast(valid_to as timestamp with time zone) as valid_to
    from {{ ref('stg_documents__comparison_group_areas') }}
)

select * from final
