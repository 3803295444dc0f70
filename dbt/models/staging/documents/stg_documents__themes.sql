with

source as (
    select * from {{ source('documents', 'themes') }}
),

renamed as (
    select
        _document_id as document_id,
        theme_no,
        theme_name
    from source
)

select * from renamed
