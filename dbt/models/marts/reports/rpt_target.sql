with

attainment as (
    select * from {{ ref('fct_target_attainment') }}
    where is_latest
),

targets as (
    select * from {{ ref('dim_target') }}
),

agreements as (
    select * from {{ ref('dim_agreement') }}
),

initiatives as (
    select * from {{ ref('dim_initiative') }}
),

periods as (
    select * from {{ ref('dim_period') }}
),

areas as (
    select * from {{ ref('dim_area') }}
),

final as (
    select
        targets.target_key,
        targets.document_id,
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
        targets.baseline_value,
        targets.due_year,
        targets.due_date,
        areas.area_name,
        attainment.actual_value,
        attainment.actual_source,
        attainment.actual_source_ref,
        periods.period_id,
        periods.period_end,
        attainment.year_key,
        attainment.attainment_ratio,
        attainment.attainment_status,
        attainment.is_over_break,
        targets.source_ref,
        attainment.actual_qualifier,
        attainment.actual_value_to,
        targets.baseline_qualifier,
        targets.theme_key,
        targets.valid_from,
        targets.valid_to,
        targets.is_current,
        agreements.municipality_name
    from attainment
    inner join targets
        on attainment.target_key = targets.target_key
    inner join agreements
        on attainment.agreement_key = agreements.agreement_key
    inner join initiatives
        on attainment.initiative_key = initiatives.initiative_key
    inner join periods
        on attainment.period_key = periods.period_key
    inner join areas
        on targets.area_key = areas.area_key
)

select * from final
order by target_key
