select
    r.table_name,
    r.source_ref
from figure_references as r
left join audit_lineage as l on r.source_ref = l.source_ref
where l.source_ref is null
