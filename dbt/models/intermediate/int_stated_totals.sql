-- Each total that a document states, one row per year that it comes again in; one for a stretch is a row in its first
-- year.

with

per_year as (
    {{ per_year(ref('stg_documents__budget_totals')) }}
),

final as (
    select
        per_year.document_id,
        per_year.source_ref,
        per_year.theme_name,
        per_year.line_name,
        per_year.account_id,
        per_year.year,
        per_year.year_to,
        per_year.price_level,
        {{ figure_columns('figures') }},
        prices.price_factor
    from per_year
    inner join {{ ref('stg_jobmaal__figures') }} as figures
        on per_year.source_ref = figures.source_ref
    left join {{ ref('int_price_factors') }} as prices
        on {{ price_year('per_year.price_level', 'per_year.year') }} = prices.year
)

select * from final
