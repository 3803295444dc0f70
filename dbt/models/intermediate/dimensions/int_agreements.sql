-- Each agreement under its key.

with

final as (
    select
        {{ surrogate_key(['document_id']) }} as agreement_key,
        document_id,
        agreement_name,
        status,
        dated,
        year_from,
        year_to,
        municipality_name,
        {{ surrogate_key(['municipality_name']) }} as municipality_key
    from {{ ref('stg_documents__agreements') }}
)

select * from final
