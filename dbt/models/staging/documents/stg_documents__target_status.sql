with

source as (
    select * from {{ source('documents', 'target_status') }}
),

renamed as (
    select
        split_part({{ source_ref('target_id') }}, ':', 1) as document_id,
        {{ source_ref('figure_id') }} as source_ref,
        split_part({{ source_ref('target_id') }}, ':', 2) as target_id,
        period_id,
        stated_status,
        _document_id as reporting_document_id
    from source
)

select * from renamed
