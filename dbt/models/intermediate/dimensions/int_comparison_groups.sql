-- Each comparison group under its key.

with

final as (
    select
        {{ surrogate_key(['comparison_group_id']) }} as comparison_group_key,
        comparison_group_id,
        comparison_group_name,
        stated_size,
        origin
    from {{ ref('stg_documents__comparison_groups') }}
)

select * from final
