with

followups as (
    select * from {{ ref('int_budget_followups') }}
),

final as (
    select
        {{ surrogate_key(['source_ref']) }} as budget_followup_key,
        document_id,
        {{ surrogate_key(['document_id']) }} as agreement_key,
        coalesce(line_name, 'I alt') as line_name,
        part_of_line,
        funding_source,
        is_part,
        cast(year as bigint) as year_key,
        phase,
        as_of,
        cast(amount_dkk as decimal(18, 2)) as amount_dkk,
        value_qualifier,
        cast(value_to as decimal(18, 2)) as value_to,
        value_status,
        budget_source_ref,
        {{ surrogate_key(['budget_document_id']) }} as budget_agreement_key,
        {{ surrogate_key(['budget_document_id', 'initiative_no']) }} as initiative_key,
        {{ surrogate_key(['account_id']) }} as account_key,
        source_ref
    from followups
    -- What was adopted is in fct_budget, and a deviation or a total follows from other rows.
    where
        phase not in ('adopted', 'deviation')
        and not is_total
)

select * from final
order by budget_followup_key
