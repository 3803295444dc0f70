with current_targets as (
    select
        f.document_id,
        f.attainment_status
    from fct_target_attainment as f
    inner join dim_target as t on f.target_key = t.target_key
    where f.is_latest and t.is_current
),

facts as (
    select
        document_id,
        count(*) as targets,
        count(*) filter (where attainment_status = 'met') as met,
        count(*) filter (where attainment_status = 'not_met') as not_met,
        count(*) filter (where attainment_status = 'not_measured') as not_measured,
        count(*) filter (where attainment_status = 'not_set') as not_set
    from current_targets
    group by 1
)

select
    coalesce(f.document_id, a.document_id) as document_id,
    coalesce(f.targets, 0) - coalesce(a.targets, 0) as all_missing,
    coalesce(f.met, 0) - coalesce(a.targets_met, 0) as met_missing,
    coalesce(f.not_met, 0) - coalesce(a.targets_not_met, 0) as not_met_missing,
    coalesce(f.not_measured, 0) - coalesce(a.targets_not_measured, 0) as not_measured_missing,
    coalesce(f.not_set, 0) - coalesce(a.targets_not_set, 0) as not_set_missing
from facts as f
full outer join rpt_agreement as a on f.document_id = a.document_id
