with

source as (
    select * from {{ source('jobindsats', 'read_periods') }}
),

renamed as (
    select
        period_no,
        table_id,
        period_id
    from source
)

select * from renamed
