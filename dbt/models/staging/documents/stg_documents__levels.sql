with

source as (
    select * from {{ source('documents', 'levels') }}
),

renamed as (
    select
        _document_id as document_id,
        {{ source_ref('figure_id') }} as source_ref,
        measure_id,
        area_name,
        period_id,
        member,
        is_total = 'yes' as is_total
    from source
)

select * from renamed
