select
    f.source_ref,
    f.year_key,
    f.planned_courses,
    l.value,
    l.raw_text,
    (f.planned_courses is not distinct from l.value) as is_same
from fct_courses as f
left join audit_lineage as l on f.source_ref = l.source_ref
