select
    r.claim_id,
    r.stated_value,
    r.computed_value,
    r.unit,
    l.locator,
    r.explanation,
    r.status
from audit_reconciliation as r inner join audit_lineage as l using (source_ref)
where r.status in ('known', 'ambiguous')
order by r.document_id, r.claim_id
