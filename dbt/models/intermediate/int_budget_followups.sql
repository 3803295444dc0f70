-- What documents say of budgets that were adopted before, one row per amount that they print, beside the budget line or
-- total that each follows up. A part of a line, and what one of several pays, is not added to its whole; nor is a total
-- to the lines that it sums.

with

followups as (
    select
        followups.*,
        {{ figure_columns('figures') }}
    from {{ ref('stg_documents__budget_followups') }} as followups
    inner join {{ ref('stg_jobmaal__figures') }} as figures
        on followups.source_ref = figures.source_ref
),

lines as (
    {{ per_year(ref('stg_documents__budget_lines')) }}
),

originals as (
    select
        lines.source_ref,
        lines.year,
        lines.initiative_no,
        lines.account_id,
        lines.price_level,
        {{ figure_columns('figures') }}
    from lines
    inner join {{ ref('stg_jobmaal__figures') }} as figures
        on lines.source_ref = figures.source_ref
    union all
    select
        source_ref,
        year,
        cast(null as varchar) as initiative_no,
        account_id,
        price_level,
        {{ figure_columns('totals') }}
    from {{ ref('int_stated_totals') }} as totals
),

final as (
    select
        followups.document_id,
        followups.line_name,
        followups.part_of_line,
        followups.funding_source,
        followups.year,
        followups.phase,
        coalesce(followups.as_of, agreements.dated) as as_of,
        followups.value as amount_dkk,
        followups.value_qualifier,
        followups.value_to,
        followups.value_status,
        followups.source_ref,
        followups.budget_source_ref,
        split_part(followups.budget_source_ref, ':', 1) as budget_document_id,
        originals.initiative_no,
        originals.account_id,
        originals.value as adopted_dkk,
        originals.value_qualifier as adopted_qualifier,
        prices.price_factor,
        adopted_prices.price_factor as adopted_price_factor,
        followups.part_of_line is not null
        or (
            followups.funding_source is not null
            and bool_or(followups.funding_source is null) over (
                partition by followups.document_id, followups.line_name, followups.year, followups.phase
            )
        ) as is_part,
        followups.line_name is null
        and bool_or(followups.line_name is not null) over (
            partition by followups.document_id, followups.year, followups.phase
        ) as is_total
    from followups
    inner join {{ ref('int_agreements') }} as agreements
        on followups.document_id = agreements.document_id
    -- A line for several years is followed up in the first of them, where its amount stands.
    left join originals
        on
            followups.budget_source_ref = originals.source_ref
            and followups.year = originals.year
    left join {{ ref('int_price_factors') }} as prices
        on followups.year = prices.year
    left join {{ ref('int_price_factors') }} as adopted_prices
        on {{ price_year('originals.price_level', 'originals.year') }} = adopted_prices.year
)

select * from final
