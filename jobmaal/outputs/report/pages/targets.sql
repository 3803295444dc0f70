select
    agreements.agreement_name,
    targets.theme_name,
    initiatives.initiative_no,
    initiatives.initiative_name,
    targets.target_name,
    targets.target_level,
    targets.target_kind,
    targets.comparator,
    targets.target_value,
    targets.value_to,
    targets.value_qualifier,
    targets.value_status,
    targets.unit,
    targets.due_year,
    targets.due_date,
    targets.source_ref,
    areas.area_name,
    facts.actual_value,
    facts.actual_qualifier,
    facts.actual_value_to,
    facts.actual_source,
    targets.is_current,
    targets.valid_to,
    facts.actual_source_ref,
    facts.attainment_status,
    facts.is_latest,
    facts.year_key,
    periods.period_id,
    periods.period_end,
    actuals.raw_text as actual_text,
    goals.raw_text as goal_text
from {fct_target_attainment} as facts
inner join dim_target as targets on facts.target_key = targets.target_key
inner join dim_agreement as agreements on facts.agreement_key = agreements.agreement_key
inner join dim_initiative as initiatives on facts.initiative_key = initiatives.initiative_key
inner join dim_period as periods on facts.period_key = periods.period_key
inner join dim_area as areas on targets.area_key = areas.area_key
left join audit_lineage as actuals on facts.actual_source_ref = actuals.source_ref
left join audit_lineage as goals on targets.source_ref = goals.source_ref
order by
    -- What is known comes first.
    facts.attainment_status not in ('met', 'not_met'), agreements.year_from, agreements.agreement_name,
    targets.target_id, periods.period_end, facts.year_key, facts.attainment_key
