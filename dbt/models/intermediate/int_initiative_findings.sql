-- The claims that dispute an initiative's own money or planned numbers. A total over more than a line disputes none of the
-- lines by itself, so totals of themes, accounts and agreements are left out.

with

figures as (
    select
        document_id,
        initiative_no,
        source_ref
    from {{ ref('stg_documents__budget_lines') }}
    union all
    select
        document_id,
        initiative_no,
        source_ref
    from {{ ref('stg_documents__courses') }}
),

findings as (
    select claim_id
    from {{ ref('stg_jobmaal__claims') }}
    where
        status in ('known', 'ambiguous')
        and claim_kind not in ('agreement_total', 'theme_total', 'account_total')
),

disputed as (
    select distinct
        figures.document_id,
        figures.initiative_no,
        findings.claim_id
    from figures
    inner join {{ ref('stg_jobmaal__claim_figures') }} as claim_figures
        on figures.source_ref = claim_figures.source_ref
    inner join findings
        on claim_figures.claim_id = findings.claim_id
    where figures.initiative_no is not null
),

final as (
    select
        document_id,
        initiative_no,
        string_agg(claim_id, ', ' order by claim_id) as claim_ids
    from disputed
    group by document_id, initiative_no
)

select * from final
