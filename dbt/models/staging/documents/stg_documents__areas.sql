with

source as (
    select * from {{ source('documents', 'areas') }}
),

renamed as (
    select
        area_name,
        area_type,
        municipality_code,
        region_name
    from source
)

select * from renamed
