with

source as (
    select * from {{ source('documents', 'budget_lines') }}
),

renamed as (
    select
        _document_id as document_id,
        {{ source_ref('figure_id') }} as source_ref,
        figure_id,
        theme_name,
        theme_no,
        line_name,
        initiative_no,
        account_id,
        target_group_id,
        unit_named,
        cast(year_from as integer) as year_from,
        cast(year_to as integer) as year_to,
        basis,
        coalesce(is_open_ended = 'yes', false) as is_open_ended,
        direction,
        funding_source,
        price_level,
        {{ source_ref('counted_in') }} as counted_in_source_ref,
        coalesce(is_level = 'yes', false) as is_level,
        {{ source_ref('part_of') }} as part_of_source_ref,
        is_split_complete = 'yes' as is_split_complete
    from source
)

select * from renamed
