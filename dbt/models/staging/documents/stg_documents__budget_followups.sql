with

source as (
    select * from {{ source('documents', 'budget_followups') }}
),

renamed as (
    select
        _document_id as document_id,
        {{ source_ref('figure_id') }} as source_ref,
        line_name,
        part_of_line,
        {{ source_ref('budget_figure_id') }} as budget_source_ref,
        cast(year as integer) as year,
        phase,
        cast(as_of as date) as as_of,
        funding_source
    from source
)

select * from renamed
