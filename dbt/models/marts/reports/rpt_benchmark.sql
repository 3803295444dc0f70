with

ranks as (
    select * from {{ ref('fct_benchmark_rank') }}
    where is_total
),

measured as (
    select * from {{ ref('fct_benchmark') }}
    where is_total
),

measures as (
    select * from {{ ref('dim_measure') }}
),

comparison_groups as (
    select * from {{ ref('dim_comparison_group') }}
),

areas as (
    select * from {{ ref('dim_area') }}
),

periods as (
    select * from {{ ref('dim_period') }}
),

-- The last period in which the group has places; a later one with a hidden cell has none.
newest as (
    select
        ranks.*,
        periods.period_id,
        periods.period_end
    from ranks
    inner join periods
        on ranks.period_key = periods.period_key
    qualify
        rank() over (
            partition by ranks.measure_key, ranks.comparison_group_key
            order by periods.period_end desc, periods.period_id desc
        ) = 1
),

-- The country's number of persons is the sum of the municipalities': only what is relative can be compared with it.
of_country as (
    select
        measured.measure_key,
        measured.period_key,
        measured.value as country_value
    from measured
    inner join areas
        on measured.area_key = areas.area_key
    inner join measures
        on measured.measure_key = measures.measure_key
    where
        areas.area_type = 'country'
        and starts_with(measures.unit, 'pct.')
),

final as (
    select
        newest.measure_key,
        newest.comparison_group_key,
        newest.area_key,
        newest.table_id,
        measures.measure_name,
        measures.unit,
        measures.higher_is_better,
        comparison_groups.comparison_group_name,
        areas.area_name,
        newest.period_id,
        newest.period_end,
        measured.value,
        newest.rank,
        newest.areas_ranked,
        best_areas.area_name as best_area_name,
        newest.gap_to_best,
        of_country.country_value,
        cast(measured.value - of_country.country_value as decimal(18, 4)) as gap_to_country,
        measured.source_ref,
        case when areas.area_type = 'municipality' then areas.area_name end as municipality_name
    from newest
    inner join measured
        on
            newest.measure_key = measured.measure_key
            and newest.area_key = measured.area_key
            and newest.period_key = measured.period_key
    inner join measures
        on newest.measure_key = measures.measure_key
    inner join comparison_groups
        on newest.comparison_group_key = comparison_groups.comparison_group_key
    inner join areas
        on newest.area_key = areas.area_key
    inner join areas as best_areas
        on newest.best_area_key = best_areas.area_key
    left join of_country
        on
            newest.measure_key = of_country.measure_key
            and newest.period_key = of_country.period_key
)

select * from final
order by measure_key, comparison_group_key, area_key
