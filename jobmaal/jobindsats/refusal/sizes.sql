-- nulls: {lost:,} of {had:,} values of {place} were there before and are null
-- None was seen to vanish.
select lost, had, place
from revised
where lost >= 10 and lost > if(kind = 1, 0.05, 0.25) * had
order by measure_no, first_no, kind;

-- scale: {place} is {times} what it was ({ratios:,} values)
-- Half of ten, so that another scale is seen over a revision.
select place, ratios, if(scale >= 1, format('{:.1f} times', scale), format('a {:.1f}th of', 1 / scale)) as times
from revised
where ratios >= 5 and (scale >= 5 or scale * 5 <= 1)
order by measure_no, first_no, kind;

-- scale: '{name}' of {area} ({member}) is {value:,} in {period} and was {was:,} before{more}
-- The count of a whole area does not become another scale.
select
    name, area, member, value, period, was,
    if(count(*) over (partition by measure_no) > 1,
        format(', and {:,} more such values', count(*) over (partition by measure_no) - 1), '') as more
from revision
where
    is_count and is_plain and not is_signed and list_contains((select totals from expected), member)
    and greatest(abs(value), abs(was)) >= 200
    and greatest(abs(value), abs(was)) >= 5 * least(abs(value), abs(was))
order by measure_no, no;

-- revisions: {large:,} of {pairs:,} values of {place} differ by more than a fifth from before
select large, pairs, place
from revised
where
    kind <= 2 and is_steady and large >= 10 and large > 0.25 * pairs
    and measure_no not in (select measure_no from revised where ratios >= 5 and (scale >= 5 or scale * 5 <= 1))
order by measure_no, first_no, kind;

-- nulls: {lost:,} of {had:,} values of {place} are null, and not in {previous}
select lost, had, place, previous
from stepped
where kind = 1 and lost >= 10 and lost > 0.25 * had
order by measure_no, first_no;

-- scale: {place} is {times} that of {previous} ({ratios:,} values)
select
    place, previous, ratios,
    if(scale >= 1, format('{:.1f} times', scale), format('a {:.1f}th of', 1 / scale)) as times
from stepped
where ratios >= 10 and (scale >= factor or scale * factor <= 1)
order by measure_no, first_no, kind;

-- revisions: {large:,} of {pairs:,} values of {place} differ by more than half from {previous}
select large, pairs, place, previous
from stepped
where
    kind = 1 and is_steady and pairs >= 50 and large > 0.25 * pairs
    and not (ratios >= 10 and (scale >= factor or scale * factor <= 1))
order by measure_no, first_no;

-- scale: '{name}' of {area} ({member}) is {value:,} in {period} and {was:,} in {previous}{more}
select
    name, area, member, value, period, was, previous,
    if(count(*) over (partition by measure_no) > 1,
        format(', and {:,} more such values', count(*) over (partition by measure_no) - 1), '') as more
from step
where
    is_count and is_steady and list_contains((select totals from expected), member)
    and greatest(abs(value), abs(was)) >= 200
    and greatest(abs(value), abs(was)) >= 5 * least(abs(value), abs(was))
order by measure_no, no;

-- scale: all {values:,} values of '{name}' are below zero
select count(new.value) as "values", measure.name
from new
inner join measure using (measure_no)
group by measure.measure_no, measure.name, measure.unit
having
    count(new.value) >= 10 and max(new.value) < 0
    and not (measure.unit != 'ukendt' and count(new.value) >= 50 and min(new.value) = max(new.value))
order by measure.measure_no;

-- scale: {above:,} of {values:,} values of '{name}' are above {most} ({unit})
-- Where nothing has landed to compare with.
select measure.name, measure.unit, most, count(new.value) as "values", count(*) filter (abs(new.value) > most) as above
from new
inner join (
    select *, case unit when 'pct.' then 100 when 'nr.' then (select count(distinct area) from new) end as most
    from measure
) as measure using (measure_no)
where not (select has_before from expected)
group by measure.measure_no, measure.name, measure.unit, most
having count(new.value) >= 10 and above > count(new.value) / 2
order by measure.measure_no;

-- swapped: {equal:,} of {pairs:,} values of {place} are those of {previous}
-- At most a sixth was seen to be.
select equal, pairs, place, previous
from stepped
where is_count and pairs >= 50 and equal > 0.9 * pairs
order by measure_no, first_no, kind;

-- nulls: all {values:,} values of '{name}' are {value:,}
select count(new.value) as "values", measure.name, min(new.value) as value
from new
inner join measure using (measure_no)
group by measure.measure_no, measure.name, measure.unit
having measure.unit != 'ukendt' and count(new.value) >= 50 and min(new.value) = max(new.value)
order by measure.measure_no;
