-- swapped: {swapped:,} of {total:,} values of '{one}' and '{other}' stand in each other's column, in {periods}
select one, other, sum(hits) as swapped, sum(pairs) as total, list(period order by period) as periods
from (
    select
        new.measure_no as measure_no, other.measure_no as other_no, one_measure.name as one, other_measure.name as other, new.period,
        count(*) as pairs,
        count(*) filter (new.value = other_old.value and other.value = one_old.value) as hits
    from new
    inner join new as other
        on new.period = other.period and new.area = other.area and new.member = other.member and new.measure_no < other.measure_no
    inner join old as one_old
        on
            new.period = one_old.period and new.area = one_old.area and new.member = one_old.member
            and new.measure_no = one_old.measure_no
    inner join old as other_old
        on
            new.period = other_old.period and new.area = other_old.area and new.member = other_old.member
            and other.measure_no = other_old.measure_no
    inner join measure as one_measure on new.measure_no = one_measure.measure_no
    inner join measure as other_measure on other.measure_no = other_measure.measure_no
    where
        one_old.value != other_old.value
        or (one_old.is_absent and other_old.value is not null)
        or (other_old.is_absent and one_old.value is not null)
    group by all
) as of_period
where pairs >= 5 and 2 * hits > pairs
group by measure_no, other_no, one, other
order by measure_no, other_no;

-- swapped: {hits:,} of {pairs:,} values of '{name}' stand a period too {direction}
with beside as (
    select
        period, unnest(['late', 'early']) as direction,
        unnest([lag(period) over (order by period), lead(period) over (order by period)]) as neighbour
    from (select distinct period from old) as periods
)

select
    measure.name, beside.direction, count(*) as pairs, count(*) filter (new.value = other.value) as hits
from new
inner join old using (period, area, member, measure_no)
inner join beside on new.period = beside.period
inner join old as other
    on
        beside.neighbour = other.period and new.area = other.area and new.member = other.member
        and new.measure_no = other.measure_no
inner join measure on new.measure_no = measure.measure_no
where
    old.value != other.value
    or (old.is_absent and other.value is not null)
    or (other.is_absent and old.value is not null)
group by measure.measure_no, measure.name, beside.direction
having pairs >= 10 and 2 * hits > pairs
order by beside.direction desc, measure.measure_no;
