-- Each area's place in the groups asked for. Nothing is ranked around a hidden cell: where one area of the group has
-- one, there are no places at all; nor before as many areas are entered in the group as its origin says. An area that
-- the publisher does not show at all takes no part.

with

asked as (
    select
        table_id,
        measure_id,
        comparison_group_id
    from {{ ref('stg_documents__rankings') }}
    union
    select
        table_id,
        measure_id,
        comparison_group_id
    from {{ ref('stg_documents__target_series') }}
    where comparison_group_id is not null
),

-- Who is in each group on the last day of each period, where all are entered.
members as (
    select
        periods.period_end,
        areas.comparison_group_id,
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
        cells.*,
        count(*) over one_ranking as areas_there,
        count(cells.value) over one_ranking as areas_shown
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
    where cells.higher_is_better is not null
    window one_ranking as (
        partition by
            asked.comparison_group_id, cells.table_id, cells.measure_id, cells.member, cells.period_id
    )
),

-- What is good is large in this column, whichever way the measure goes.
rankable as (
    select
        *,
        case when higher_is_better then value else -value end as goodness
    from grouped
    where
        areas_shown = areas_there
        and areas_there >= 2
),

final as (
    select
        table_id,
        measure_id,
        member,
        is_total,
        area_name,
        period_id,
        comparison_group_id,
        cast(rank() over best_first as integer) as rank,
        cast(areas_shown as integer) as areas_ranked,
        cast(max(goodness) over (one_ranking) - goodness as decimal(18, 4)) as gap_to_best,
        -- Whoever shares the best value is best itself; the others are shown the first of them by name.
        case
            when goodness = max(goodness) over one_ranking then area_name
            else first_value(area_name) over best_first_by_name
        end as best_area_name
    from rankable
    window
        one_ranking as (partition by comparison_group_id, table_id, measure_id, member, period_id),
        best_first as (
            partition by comparison_group_id, table_id, measure_id, member, period_id
            order by goodness desc
        ),
        best_first_by_name as (
            partition by comparison_group_id, table_id, measure_id, member, period_id
            order by goodness desc, area_name asc
        )
)

select * from final
