-- nulls: {cells:,} values of '{name}' in {period} are null, and no small ones: {area} has
--   {size:,} in the period before or after, or had before
-- Of the cells that were seen suppressed none had more than 7 in a neighbouring period.
with unknown as (
    select new.*
    from new
    inner join (
        select period, measure_no
        from new
        group by all
        -- What a period has of no area at all is another matter: a measure may begin, or come later.
        having count(value) > 0
    ) as given using (period, measure_no)
    where new.value is null
),

-- The cell before, and in the period before and after.
near as (
    select unknown.measure_no, unknown.period, unknown.area, unknown.member, unknown.no, old.period as of_period, 1 as origin
    from unknown
    inner join old using (period, area, member, measure_no)
    where old.value is not null
    union all
    select unknown.measure_no, unknown.period, unknown.area, unknown.member, unknown.no, latest.period, 2
    from unknown
    inner join (
        select period, unnest([previous, next]) as beside
        from neighbour
    ) as neighbour on unknown.period = neighbour.period
    inner join latest
        on
            neighbour.beside = latest.period and unknown.area = latest.area
            and unknown.member = latest.member and unknown.measure_no = latest.measure_no
    where latest.value is not null
),

counted as (
    select near.measure_no, near.period, near.area, near.no, max(abs(beside.value)) as size
    from near
    inner join (
        select period, area, member, measure_no, value, 1 as origin
        from old
        union all
        select period, area, member, measure_no, value, 2
        from latest
    ) as beside
        on
            near.of_period = beside.period and near.area = beside.area and near.member = beside.member
            and near.origin = beside.origin
    inner join measure on beside.measure_no = measure.measure_no
    where measure.is_count
    group by near.measure_no, near.period, near.area, near.member, near.no
    having size >= 50
)

select count(*) as cells, measure.name, counted.period, max((size, area))[2] as area, max(size) as size
from counted
inner join measure using (measure_no)
group by measure.measure_no, measure.name, counted.period
order by cells desc, min(counted.no), measure.measure_no;
