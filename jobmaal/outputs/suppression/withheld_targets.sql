-- The observations of targets that a suppressed value of the series discloses. Such a value is a suppressed cell; of
-- the members, whose cells are public nowhere else, a small count, and a count whose rest of the total is small.
with observed as (
    select
        facts.*, periods.period_id, measures.table_id, measures.measure_kind, targets.target_kind,
        targets.area_key as other_area_key,
        'series:' || measures.table_id || ':target_standing:' || targets.document_id || ':' || targets.target_id
        || ':' || periods.period_id as claim_id
    from fct_target_attainment as facts
    inner join dim_target as targets on facts.target_key = targets.target_key
    inner join dim_measure as measures on facts.series_measure_key = measures.measure_key
    inner join dim_period as periods on facts.period_key = periods.period_key
    where facts.series_measure_key != -1
),

cells as (
    select cells.*, measures.measure_kind, suppressed_now.measure_key is not null as is_suppressed
    from fct_benchmark as cells
    inner join dim_measure as measures on cells.measure_key = measures.measure_key
    left join temp.suppressed_now
        on cells.is_total and cells.measure_key = suppressed_now.measure_key
        and cells.area_key = suppressed_now.area_key and cells.period_key = suppressed_now.period_key
    where cells.table_id in (select table_id from observed)
        and cells.period_key in (select unnest([period_key, series_baseline_period_key]) from observed)
),

rests as (
    select
        totals.measure_key, totals.area_key, totals.period_key,
        any_value(totals."value") - sum(members."value") as rest
    from cells as totals
    inner join cells as members
        on totals.measure_key = members.measure_key and totals.area_key = members.area_key
        and totals.period_key = members.period_key
    inner join (
        select distinct
            series_measure_key as measure_key, series_area_key as area_key, series_member as member,
            unnest([period_key, series_baseline_period_key]) as period_key
        from observed
    ) as public
        on members.measure_key = public.measure_key and members.area_key = public.area_key
        and members.member = public.member and members.period_key = public.period_key
    where totals.is_total and not members.is_total
    group by totals.measure_key, totals.area_key, totals.period_key
),

suppressed as (
    select cells.*
    from cells
    left join rests
        on not cells.is_total and cells.measure_key = rests.measure_key and cells.area_key = rests.area_key
        and cells.period_key = rests.period_key
    where cells.is_suppressed
        or (
            cells.measure_kind = 'persons'
            and (cells."value" is null or cells."value" < $protected or rests.rest < $protected)
        )
)

select target_key, period_key, period_id, claim_id, actual_source = 'series' as is_actual
from observed
where $protected > 0 and (
    observed.series_measure_key in (select measure_key from temp.withheld_measures)
    or exists (
        select 1 from suppressed
        where suppressed.table_id = observed.table_id and suppressed.member = observed.series_member
            and (suppressed.measure_kind = 'persons' or suppressed.measure_key = observed.series_measure_key)
            and suppressed.period_key in (observed.period_key, observed.series_baseline_period_key)
            and (
                suppressed.area_key = observed.series_area_key
                or (observed.target_kind = 'beat_area' and suppressed.area_key = observed.other_area_key)
                or (observed.target_kind in ('rank', 'gap_reduction') and suppressed.area_key in (
                    select ranks.area_key from fct_benchmark_rank as ranks
                    where ranks.measure_key = observed.series_measure_key
                        and ranks.comparison_group_key = observed.series_comparison_group_key
                ))
            )
    )
)
