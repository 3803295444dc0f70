-- Each total that a document states, one row per year that it comes again in; one for a stretch is a row in its first
-- year.

with

per_year as (
    select
        *,
        unnest(
            case
                when basis = 'yearly' then range(year_from, year_to + 1)
                else [cast(year_from as bigint)]
            end
        ) as year
    from {{ ref('stg_documents__budget_totals') }}
),

final as (
    select
        per_year.document_id,
        per_year.source_ref,
        per_year.theme_name,
        per_year.line_name,
        per_year.account_id,
        per_year.year,
        case when per_year.basis = 'yearly' then cast(per_year.year as integer) else per_year.year_to end as year_to,
        figures.value,
        figures.value_to,
        figures.value_qualifier,
        figures.value_status
    from per_year
    inner join {{ ref('stg_jobmaal__figures') }} as figures
        on per_year.source_ref = figures.source_ref
)

select * from final
