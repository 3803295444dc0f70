with

source as (
    select * from {{ source('documents', 'initiatives') }}
),

renamed as (
    select
        _document_id as document_id,
        initiative_no,
        initiative_name,
        theme_no,
        target_group_id,
        cast(year_from as integer) as year_from,
        cast(year_to as integer) as year_to,
        is_number_printed = 'yes' as is_number_printed
    from source
)

select * from renamed
