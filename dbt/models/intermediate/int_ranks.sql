-- Each area's place in the groups asked for. Nothing is ranked around a hidden cell: where one area of the group has
-- one, there are no places at all; nor before as many areas are in the group as its origin says.

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
    inner join {{ ref('stg_documents__comparison_group_areas') }} as members
        on
            asked.comparison_group_id = members.comparison_group_id
            and cells.area_name = members.area_name
            and cells.period_end >= members.valid_from
            and (members.valid_to is null or cells.period_end < members.valid_to)
    where cells.higher_is_better is not null
    window one_ranking as (
        partition by
            asked.comparison_group_id, cells.table_id, cells.measure_id, cells.member, cells.period_id
    )
),

-- What is good is large in this column, whichever way the measure goes.
rankable as (
    select
        grouped.*,
        case when grouped.higher_is_better then grouped.value else -grouped.value end as goodness
    from grouped
    inner join {{ ref('stg_documents__comparison_groups') }} as comparison_groups
        on grouped.comparison_group_id = comparison_groups.comparison_group_id
    where
        grouped.areas_shown = grouped.areas_there
        and grouped.areas_there >= greatest(coalesce(comparison_groups.stated_size, 0), 2)
),

final as (
    select
        table_id,
        measure_id,
        member,
        area_name,
        period_id,
        comparison_group_id,
        cast(
            rank() over (
                one_ranking
                order by goodness desc
            ) as integer
        ) as rank,
        cast(areas_shown as integer) as areas_ranked,
        cast(max(goodness) over one_ranking - goodness as decimal(18, 4)) as gap_to_best,
        -- Whoever shares the best value is best itself; the others are shown the first of them by name.
        case
            when goodness = max(goodness) over one_ranking then area_name
            else
                first_value(area_name) over (
                    one_ranking
                    order by goodness desc, area_name asc
                )
        end as best_area_name
    from rankable
    window one_ranking as (partition by comparison_group_id, table_id, measure_id, member, period_id)
)

select * from final
