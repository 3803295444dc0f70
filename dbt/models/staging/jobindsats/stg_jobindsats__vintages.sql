with

source as (
    select * from {{ source('jobindsats', 'read_vintages') }}
),

renamed as (
    select
        measure_no,
        area_no,
        period_no,
        member_no,
        value,
        response_no,
        ended_by_response_no
    from source
)

select * from renamed
