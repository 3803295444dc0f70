-- The totals that the input's own arithmetic has compared with lines.
select t.direction
from raw.worked_claims as w
inner join budget_totals as t on w.source_ref = t._document_id || ':' || t.figure_id
where regexp_matches(w.claim_id, ':lines(-[0-9]+)?$') and w.stated_value is not null
