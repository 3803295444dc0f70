with facts as (
    select period_key, sum(totals) as totals, sum(all_values) as all_values
    -- Counted first, so that a table is looked up once a period and not once a row.
    from (
        select table_id, period_key, count(*) filter (is_total) as totals, count(*) as all_values
        from fct_benchmark
        group by table_id, period_key
    )
    where table_id in (select table_id from audit_reply)
    group by period_key
)
select
    periods.period_key, periods.period_id, periods.period_start, periods.period_end,
    cast(facts.totals as bigint) as totals, cast(facts.all_values as bigint) as all_values
from facts
inner join dim_period as periods on facts.period_key = periods.period_key
where periods.period_end is not null
order by periods.period_end desc, periods.period_id desc
