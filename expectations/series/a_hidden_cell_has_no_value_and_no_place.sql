with ranks as (
    select
        table_id,
        measure_key,
        area_key,
        period_key,
        member
    from fct_benchmark_rank
    where period_key in (select w.period_key from written_periods as w)
),

cells as (
    select
        measure_key,
        area_key,
        period_key,
        member,
        value
    from fct_benchmark
    where period_key in (select w.period_key from written_periods as w)
)

select
    table_id,
    measure_key,
    area_key,
    period_key,
    member,
    'has a value' as fault
from fct_benchmark
where (value is null) != (value_status != 'reported')
union all
select
    r.table_id,
    r.measure_key,
    r.area_key,
    r.period_key,
    r.member,
    'is ranked' as fault
from ranks as r
left join cells as c
    on
        r.measure_key = c.measure_key
        and r.area_key = c.area_key
        and r.period_key = c.period_key
        and r.member = c.member
where c.value is null
