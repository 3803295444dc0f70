with newest as (
    select
        measure_key,
        period_key,
        count(*) as cells,
        sum(value) as total
    from fct_benchmark
    where period_key in (select w.period_key from written_periods as w)
    group by all
),

holding as (
    select
        measure_key,
        period_key,
        count(*) as cells,
        sum(value) as total
    from fct_benchmark_vintage
    where valid_to is null and period_key in (select w.period_key from written_periods as w)
    group by all
)

select
    d.table_id,
    coalesce(n.measure_key, h.measure_key) as measure_key,
    coalesce(n.period_key, h.period_key) as period_key,
    n.cells as newest_cells,
    h.cells as holding_cells
from newest as n
full outer join holding as h on n.measure_key = h.measure_key and n.period_key = h.period_key
left join dim_measure as d on coalesce(n.measure_key, h.measure_key) = d.measure_key
where n.cells is distinct from h.cells or n.total is distinct from h.total
