with

source as (
    select * from {{ source('raw', 'read_areas') }}
),

renamed as (
    select
        area_no,
        area_name
    from source
)

select * from renamed
