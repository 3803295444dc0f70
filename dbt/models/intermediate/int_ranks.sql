-- Each area's rank in the groups asked for. Nobody is ranked around a suppressed cell: where one area of the group has
-- one, there are no places at all; nor before as many areas are entered in the group as its origin says. An area that
-- the publisher does not show at all takes no part. A build that continues a release ranks the periods that it wrote.

with

asked as (
    select * from {{ ref('int_compared_measures') }}
    where comparison_group_id is not null
),

-- Who is in each group on the last day of each period, where all are entered.
members as (
    select
        periods.period_end,
        areas.comparison_group_id,
        {{ surrogate_key(['areas.comparison_group_id']) }} as comparison_group_key,
        areas.area_name,
        count(*) over (partition by areas.comparison_group_id, periods.period_end) as areas_entered,
        comparison_groups.stated_size
    from (select distinct period_end from {{ ref('int_compared_cells') }}) as periods
    inner join {{ ref('stg_documents__comparison_group_areas') }} as areas
        on
            periods.period_end >= areas.valid_from
            and (areas.valid_to is null or periods.period_end < areas.valid_to)
    inner join {{ ref('stg_documents__comparison_groups') }} as comparison_groups
        on areas.comparison_group_id = comparison_groups.comparison_group_id
    qualify areas_entered >= coalesce(comparison_groups.stated_size, 0)
),

grouped as (
    select
        asked.comparison_group_id,
        members.comparison_group_key,
        cells.*,
        -- What is good is large in this column, whichever way the measure goes.
        case when cells.higher_is_better then cells.value else -cells.value end as goodness
    from asked
    inner join {{ ref('int_compared_cells') }} as cells
        on
            asked.table_id = cells.table_id
            and asked.measure_id = cells.measure_id
    inner join members
        on
            asked.comparison_group_id = members.comparison_group_id
            and cells.area_name = members.area_name
            and cells.period_end = members.period_end
    where
        cells.higher_is_better is not null
        and {{ is_ranked_anew('cells') }}
),

-- Keys distinguish rankings, which are numbers: there may be millions of places.
placed as (
    select
        *,
        rank() over best_first as place,
        count(*) over whole_ranking as areas_there,
        count(value) over whole_ranking as areas_shown,
        first_value(goodness) over whole_ranking as best_goodness,
        first_value(area_key) over whole_ranking as first_area_key
    from grouped
    window
        best_first as (
            partition by comparison_group_key, measure_key, period_key, member
            order by goodness desc
        ),
        whole_ranking as (
            partition by comparison_group_key, measure_key, period_key, member
            order by goodness desc, area_name asc
            rows between unbounded preceding and unbounded following
        )
),

final as (
    select
        table_id,
        measure_id,
        measure_key,
        member,
        is_total,
        area_name,
        area_key,
        period_id,
        period_key,
        comparison_group_id,
        comparison_group_key,
        cast(place as integer) as rank,
        cast(areas_shown as integer) as areas_ranked,
        cast(best_goodness - goodness as decimal(18, 4)) as gap_to_best,
        -- Whoever shares the best value is best itself; the others are shown the first of them by name.
        case when goodness = best_goodness then area_key else first_area_key end as best_area_key
    from placed
    where
        areas_shown = areas_there
        and areas_there >= 2
)

select * from final
