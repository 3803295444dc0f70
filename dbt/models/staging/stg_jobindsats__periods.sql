with

source as (
    select * from {{ source('raw', 'read_periods') }}
),

renamed as (
    select
        period_no,
        period_id
    from source
)

select * from renamed
