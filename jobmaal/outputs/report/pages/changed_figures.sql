select
    coalesce(now.source_ref, was.source_ref) as source_ref,
    coalesce(now.locator, was.locator) as locator,
    was.raw_text as text_before,
    now.raw_text as text_now,
    now.source_ref is not null as is_there
from audit_lineage as now
full join previous.main.audit_lineage as was on now.source_ref = was.source_ref
where
    (now.raw_text, now.value, now.value_to, now.unit) is distinct from
    (was.raw_text, was.value, was.value_to, was.unit)
    and coalesce(now.document_id, was.document_id) not in (select document_id from other_documents)
order by 1
