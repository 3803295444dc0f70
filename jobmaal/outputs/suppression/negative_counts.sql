-- Counts of persons below zero, which landed before they were refused: they are suppressed like small ones.
select
    measures.table_id,
    measures.measure_name,
    count(*) as negative,
    min(vintages.source_ref) as source_ref
from fct_benchmark_vintage as vintages
inner join dim_measure as measures on vintages.measure_key = measures.measure_key
where measures.measure_kind = 'persons' and vintages."value" < 0
group by measures.table_id, measures.measure_name
order by measures.table_id, measures.measure_name
