with

members as (
    select * from {{ ref('stg_documents__comparison_group_areas') }}
),

final as (
    select
        {{ surrogate_key(['comparison_group_id']) }} as comparison_group_key,
        {{ surrogate_key(['area_name']) }} as area_key,
        cast(valid_from as timestamp with time zone) as valid_from,
        cast(valid_to as timestamp with time zone) as valid_to
    from members
)

select * from final
order by comparison_group_key, area_key, valid_from
