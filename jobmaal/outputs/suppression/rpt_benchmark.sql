select
    shown.* exclude (period_key) replace (
        case when country.period_key is null then shown.country_value end as country_value,
        case when country.period_key is null then shown.gap_to_country end as gap_to_country
    )
from (
    select
        report.*,
        periods.period_key
    from rpt_benchmark as report
    inner join dim_period as periods on report.period_id = periods.period_id
) as shown
anti join temp.suppressed_rankings as suppressed
    on
        shown.measure_key = suppressed.measure_key and shown.comparison_group_key = suppressed.comparison_group_key
        and shown.period_key = suppressed.period_key
left join (
    select
        measure_key,
        period_key
    from temp.suppressed_now
    where area_key in (
        select area_key from dim_area
        where area_type = 'country'
    )
) as country
    on shown.measure_key = country.measure_key and shown.period_key = country.period_key
where shown.period_key in (select period_key from temp.shown_periods)
