with

source as (
    select * from {{ source('documents', 'courses') }}
),

renamed as (
    select
        _document_id as document_id,
        {{ source_ref('figure_id') }} as source_ref,
        figure_id,
        initiative_no,
        target_group_id,
        cast(year_from as integer) as year_from,
        cast(year_to as integer) as year_to,
        basis
    from source
)

select * from renamed
