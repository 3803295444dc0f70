with responses as (
    select source_ref, row_number() over (order by retrieved_at, source_ref) - 1 as response from audit_reply
)
select
    measure_key, area_key, period_key, epoch_us(valid_from) as since, cast("value" as double) as value,
    case value_status when 'reported' then 0 when 'suppressed' then 1 else 2 end as state, responses.response
from fct_benchmark_vintage as vintages
inner join responses on vintages.source_ref = responses.source_ref
where vintages.is_total and vintages.period_key in (select unnest(?))
order by measure_key, area_key, period_key, valid_from
