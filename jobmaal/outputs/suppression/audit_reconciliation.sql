-- That a printed observation agrees with the series discloses the value of the series.
select *
from audit_reconciliation
where claim_id not in (select claim_id from temp.withheld_targets)
