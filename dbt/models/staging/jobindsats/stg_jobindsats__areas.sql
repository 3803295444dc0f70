with

source as (
    select * from {{ source('jobindsats', 'read_areas') }}
),

renamed as (
    select
        area_no,
        area_name
    from source
)

select * from renamed
