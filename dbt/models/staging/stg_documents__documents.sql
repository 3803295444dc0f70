with

source as (
    select * from {{ source('raw', 'documents') }}
),

renamed as (
    select
        document_id,
        document_title
    from source
)

select * from renamed
