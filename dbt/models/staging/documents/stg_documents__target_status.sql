with

source as (
    select * from {{ source('documents', 'target_status') }}
),

renamed as (
    select
        _document_id as document_id,
        {{ source_ref('figure_id') }} as source_ref,
        target_id,
        period_id,
        stated_status
    from source
)

select * from renamed
