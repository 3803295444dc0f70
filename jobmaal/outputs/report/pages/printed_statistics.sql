select
    agreements.agreement_name,
    measures.measure_name,
    measures.unit,
    areas.area_name,
    periods.period_id,
    periods.period_end,
    facts.member,
    facts.value,
    facts.value_to,
    facts.value_qualifier,
    facts.value_status,
    facts.source_ref
from fct_benchmark as facts
inner join dim_measure as measures on facts.measure_key = measures.measure_key
inner join dim_agreement as agreements on facts.table_id = agreements.document_id
inner join dim_area as areas on facts.area_key = areas.area_key
inner join dim_period as periods on facts.period_key = periods.period_key
order by measures.unit != 'nr.', measures.measure_name, facts.member, areas.area_name, periods.period_end, facts.source_ref
