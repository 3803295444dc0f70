with

source as (
    select * from {{ source('documents', 'budget_totals') }}
),

renamed as (
    select
        _document_id as document_id,
        {{ source_ref('figure_id') }} as source_ref,
        theme_name,
        line_name,
        account_id,
        cast(year_from as integer) as year_from,
        cast(year_to as integer) as year_to,
        basis,
        price_level
    from source
)

select * from renamed
