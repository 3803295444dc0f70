with

source as (
    select * from {{ source('jobindsats', 'read_tables') }}
),

renamed as (
    select
        table_id,
        how,
        responses_read,
        cells_read
    from source
)

select * from renamed
