select
    source_ref,
    table_id,
    retrieved_at,
    delivery
from audit_reply
order by retrieved_at, source_ref
