-- A table with a row per target and period: what a suppressed value would disclose is NULL, with the status `hidden`.
select
    observations.* replace (
        case when withheld.target_key is null then observations.actual_value end as actual_value,
        case when withheld.target_key is null then observations.actual_source_ref end as actual_source_ref,
        case when withheld.target_key is null then observations.attainment_ratio end as attainment_ratio,
        case when withheld.target_key is null then observations.attainment_status else 'hidden' end as attainment_status
    )
from {table} as observations
left join (select
    target_key,
    {period}
from temp.withheld_targets
where is_actual) as withheld
    on observations.target_key = withheld.target_key and observations.{period} = withheld.{period}
