select
    claims.*,
    agreements.agreement_name,
    sources.locator,
    agreements.agreement_key is null as is_series
from {audit_reconciliation} as claims
left join dim_agreement as agreements on claims.document_id = agreements.document_id
left join audit_lineage as sources on claims.source_ref = sources.source_ref
order by agreements.year_from, agreements.agreement_name, claims.claim_kind, claims.claim_id
