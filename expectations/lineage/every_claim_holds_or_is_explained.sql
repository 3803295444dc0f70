select
    claim_id,
    stated_value,
    computed_value,
    residual,
    tolerance,
    status,
    coalesce(stated_value - computed_value = residual, stated_value is null) as is_exact
from audit_reconciliation
where document_id in (select d.document_id from raw.documents as d)
