-- Of responses that were read for an earlier release, this was checked then. All in numbers: there may be a hundred
-- million values.
with counted as (
    select
        measure_no,
        response_no,
        count(*) as cells,
        sum(value) as total,
        count(value) as reported
    from raw.read_vintages
    group by all
),

read as (
    select
        d.measure_key,
        r.retrieved_at,
        sum(c.cells) as cells,
        sum(c.total) as total,
        sum(c.reported) as reported
    from counted as c
    inner join raw.read_measures as m on c.measure_no = m.measure_no
    inner join dim_measure as d on m.table_id = d.table_id and m.measure_id = d.measure_id
    inner join raw.read_responses as r on c.response_no = r.response_no
    where r.is_read
    group by all
),

read_earlier as (
    select
        d.measure_key,
        r.retrieved_at
    from raw.read_responses as r
    inner join dim_measure as d on r.table_id = d.table_id
    where not r.is_read
),

published as (
    select
        v.measure_key,
        v.valid_from as retrieved_at,
        count(*) as cells,
        sum(v.value) as total,
        count(v.value) as reported
    from fct_benchmark_vintage as v
    where (v.measure_key, v.valid_from) not in (select (e.measure_key, e.retrieved_at) from read_earlier as e)
    group by all
)

select
    d.table_id,
    coalesce(r.retrieved_at, p.retrieved_at) as retrieved_at,
    r.cells as cells_read,
    p.cells as cells_published,
    r.total as sum_read,
    p.total as sum_published
from read as r
full outer join published as p on r.measure_key = p.measure_key and r.retrieved_at = p.retrieved_at
left join dim_measure as d on coalesce(r.measure_key, p.measure_key) = d.measure_key
where
    r.cells is distinct from p.cells
    or r.total is distinct from p.total
    or r.reported is distinct from p.reported
union all
-- A response was never landed without cells, so a table without any has lost them.
select distinct
    r.table_id,
    cast(null as timestamp with time zone) as retrieved_at,
    null as cells_read,
    null as cells_published,
    null as sum_read,
    null as sum_published
from raw.read_responses as r
where
    r.table_id not in (
        select d.table_id from dim_measure as d
        where d.measure_key in (select v.measure_key from fct_benchmark_vintage as v)
    )
order by all
