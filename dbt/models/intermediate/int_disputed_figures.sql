-- The figures that a known or ambiguous claim disputes. A total over more than a line disputes none of the lines by
-- itself, so totals of themes, accounts and agreements are left out.

with

final as (
    select
        claims.claim_id,
        claim_figures.source_ref
    from {{ ref('stg_jobmaal__claims') }} as claims
    inner join {{ ref('stg_jobmaal__claim_figures') }} as claim_figures
        on claims.claim_id = claim_figures.claim_id
    where
        claims.status in ('known', 'ambiguous')
        and claims.claim_kind not in ('agreement_total', 'theme_total', 'account_total')
)

select * from final
