select claim_kind, count(*), count(*) filter (status = 'deviates'), sum(cells_checked), sum(cells_deviating)
from audit_reconciliation where document_id in (select table_id from audit_reply) group by 1 order by 1
