-- A suppressed value is NULL, and so is when it changed: it has the response that first had its cell.
select
    shown.* replace (
        case when suppressed.period_key is null then shown."value" end as "value",
        case when suppressed.period_key is null then shown.value_status else 'hidden' end as value_status,
        coalesce(suppressed.source_ref, shown.source_ref) as source_ref,
        case when suppressed.period_key is null then shown.released_at else suppressed.released_at end as released_at
    )
from (
    select *
    from fct_benchmark
    where
        is_total and period_key in (select period_key from temp.shown_periods)
        and table_id in (select table_id from audit_reply)
    union all
    -- The documents' own, by the names of their tables: the series' rows need not be looked at.
    select *
    from fct_benchmark
    where table_id in (
        select table_id from dim_measure
        where table_id not in (select table_id from audit_reply)
    )
) as shown
left join temp.suppressed_now as suppressed
    on
        shown.measure_key = suppressed.measure_key and shown.area_key = suppressed.area_key
        and shown.period_key = suppressed.period_key
