with

source as (
    select * from {{ source('documents', 'measures') }}
),

renamed as (
    select
        _document_id as document_id,
        measure_id,
        measure_name,
        unit,
        higher_is_better = 'yes' as higher_is_better
    from source
)

select * from renamed
