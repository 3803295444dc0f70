with

source as (
    select * from {{ source('documents', 'documents') }}
),

renamed as (
    select
        document_id,
        municipality_name,
        agreement_name,
        status,
        cast(dated as date) as dated,
        cast(year_from as integer) as year_from,
        cast(year_to as integer) as year_to
    from source
)

select * from renamed
