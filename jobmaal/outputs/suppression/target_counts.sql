-- A table that counts targets by their status: a suppressed status is in none of the counts.
select counted.* replace (
        counted.targets_met - coalesce(withheld.met, 0) as targets_met,
        counted.targets_not_met - coalesce(withheld.not_met, 0) as targets_not_met
    )
from {table} as counted
left join (
    select
        facts.{key},
        count(*) filter (facts.attainment_status = 'met') as met,
        count(*) filter (facts.attainment_status = 'not_met') as not_met
    from fct_target_attainment as facts
    inner join temp.withheld_targets as withheld_targets
        on facts.target_key = withheld_targets.target_key and facts.period_key = withheld_targets.period_key
    where withheld_targets.is_actual and facts.is_latest and facts.is_current
    group by facts.{key}
) as withheld
    on counted.{key} = withheld.{key}
