select
    table_id,
    count(*),
    count(distinct delivery),
    max(retrieved_at),
    sum(reply_cells)
from audit_reply
group by 1
order by 1
