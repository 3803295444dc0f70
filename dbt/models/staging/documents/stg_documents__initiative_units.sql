with

source as (
    select * from {{ source('documents', 'initiative_units') }}
),

renamed as (
    select
        _document_id as document_id,
        initiative_no,
        unit_named,
        role,
        role_name,
        {{ source_ref('share_figure_id') }} as share_source_ref
    from source
)

select * from renamed
