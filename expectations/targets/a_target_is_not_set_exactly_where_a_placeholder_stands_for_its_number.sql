select
    t.document_id,
    t.target_id,
    l.raw_text,
    f.attainment_status,
    (f.attainment_status = 'not_set')
    = (l.value_status = 'not_collected' and l.unit not in ('dato', 'tekst')) as agrees
from fct_target_attainment as f
inner join dim_target as t on f.target_key = t.target_key
inner join audit_lineage as l on t.source_ref = l.source_ref
