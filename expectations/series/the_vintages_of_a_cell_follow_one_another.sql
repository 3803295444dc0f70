-- That no two of them hold at a time, the check of the newest values shows.
with ended as (
    select
        table_id,
        measure_key,
        area_key,
        period_key,
        member,
        value,
        value_status,
        valid_from,
        valid_to
    from fct_benchmark_vintage
    where valid_to is not null
),

following as (
    select
        measure_key,
        area_key,
        period_key,
        member,
        value,
        value_status,
        valid_from
    from fct_benchmark_vintage
    where valid_from in (select ended.valid_to from ended)
)

select
    e.table_id,
    e.measure_key,
    e.area_key,
    e.period_key,
    e.member,
    e.valid_from,
    e.valid_to,
    f.valid_from as next_from
from ended as e
left join following as f
    on
        e.measure_key = f.measure_key
        and e.area_key = f.area_key
        and e.period_key = f.period_key
        and e.member = f.member
        and e.valid_to = f.valid_from
where
    f.valid_from is null
    or e.valid_to <= e.valid_from
    or (e.value is not distinct from f.value and e.value_status is not distinct from f.value_status)
