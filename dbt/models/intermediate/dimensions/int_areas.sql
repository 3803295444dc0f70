-- Each area under its key.

with

final as (
    select
        {{ surrogate_key(['area_name']) }} as area_key,
        area_name,
        area_type,
        municipality_code,
        region_name
    from {{ ref('stg_documents__areas') }}
)

select * from final
