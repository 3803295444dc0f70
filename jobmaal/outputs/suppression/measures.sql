select
    measures.measure_key,
    measures.table_id,
    measures.measure_name,
    measures.unit,
    measures.higher_is_better,
    measures.measure_kind,
    measures.suppression_group
from dim_measure as measures
where measures.table_id in (select table_id from audit_reply)
order by measures.table_id, measures.measure_name, measures.measure_key
