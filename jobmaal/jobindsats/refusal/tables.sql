-- What the rules read: each value of the response (`new`) and of what landed before it (`old`), a row per measure.
-- `no` numbers the cells as they came. A value is absent where its response has no column for the measure; its type has
-- room for sums and multiples of the largest values that land; text is read faster as a smaller one.

create temp table measure as
select
    measures.*,
    unit not in ('pct.', 'pct.-point', 'nr.', 'ukendt') as is_count,
    -- Differences and ranks may well be others after a small change of what they are made of.
    unit not in ('pct.-point', 'nr.') as is_plain
from measures;

create temp table new as
select no, period, area, member, measure_no, cast(cast(value as decimal(18, 4)) as decimal(24, 4)) as value
from new_values;

create temp table old as
select
    no, period, area, member, measure_no, coalesce(value = 'absent', false) as is_absent,
    cast(try_cast(value as decimal(18, 4)) as decimal(24, 4)) as value
from old_values;

-- The response's own row of a cell, else the row that landed before.
create temp table latest as
select no, period, area, member, measure_no, false as is_absent, value
from new
union all
select old.no, old.period, old.area, old.member, old.measure_no, old.is_absent, old.value
from old
anti join new using (period, area, member);

create temp table new_period as
select distinct period
from new;

-- Each period beside the one ahead of it and the one after it, of all that are there.
create temp table neighbour as
select period, lag(period) over (order by period) as previous, lead(period) over (order by period) as next
from (select distinct period from latest) as periods;

-- Each value beside its own value before.
create temp table revision as
select
    new.*, old.value as was, measure.name, measure.step, measure.is_count, measure.is_plain,
    bool_or(coalesce(old.value < 0, false)) over (partition by new.measure_no) as is_signed
from new
inner join old using (period, area, member, measure_no)
inner join measure using (measure_no)
where not old.is_absent;

-- Each value of a period that is new beside that of the period ahead; small figures jump, so they are not compared.
create temp table step as
select
    new.*, latest.value as was, neighbour.previous, measure.name, measure.is_count, measure.step,
    measure.is_plain and not bool_or(coalesce(latest.value < 0, false) or coalesce(new.value < 0, false)) over (
        partition by new.measure_no
    ) as is_steady
from new
inner join neighbour on new.period = neighbour.period
inner join latest
    on
        neighbour.previous = latest.period and new.area = latest.area and new.member = latest.member
        and new.measure_no = latest.measure_no
inner join measure on new.measure_no = measure.measure_no
where
    not latest.is_absent and new.period not in (select period from old)
    and (
        latest.value is null or new.value is null
        or least(abs(latest.value), abs(new.value)) >= 10 * measure.step
        or greatest(abs(latest.value), abs(new.value)) >= 50 * measure.step
    );

-- How the values of a measure differ from those before: all of them, and those of a period, an area and a member.
create temp table revised as
select
    measure_no, name, is_plain and not is_signed as is_steady, kind, "label", min(no) as first_no,
    '''' || name || '''' || case kind when 1 then '' when 2 then ' in ' || "label" else ' of ' || "label" end as place,
    count(*) as had,
    count(*) - count(value) as lost,
    count(value) as pairs,
    -- A hundredth of the cells was seen to differ by as much.
    count(*) filter (abs(value - was) > 0.2 * abs(was) + 2 * step) as large,
    count(*) filter (was != 0 and value != 0) as ratios,
    median(abs(cast(value as double) / was)) filter (was != 0 and value != 0) as scale
from (
    select *, unnest([1, 2, 3, 4]) as kind, unnest(['', period, area, member]) as "label"
    from revision
    where was is not null
) as one
group by all;

-- The same of the values of a new period, and of each member in it, beside the period ahead.
create temp table stepped as
select
    measure_no, name, is_steady, is_count, period, previous, kind, "label", min(no) as first_no,
    '''' || name || ''' in ' || period || if(kind = 1, '', ' of ' || "label") as place,
    count(*) as had,
    count(*) - count(value) as lost,
    count(value) as pairs,
    -- At most 3 % of a period's values were seen to change by as much.
    count(*) filter (abs(value - was) > 0.5 * abs(was) + 2 * step) as large,
    count(*) filter (value = was) as equal,
    count(*) filter (was != 0 and value != 0) as ratios,
    median(abs(cast(value as double) / was)) filter (was != 0 and value != 0) as scale,
    -- The middle area of a measure changes little from one period to the next: 1.25 times was seen.
    if(kind = 1 and is_steady and ratios >= 50, 2, 5) as factor
from (
    select *, unnest([1, 2]) as kind, unnest(['', member]) as "label"
    from step
    where was is not null
) as one
group by measure_no, name, is_steady, is_count, period, previous, kind, "label";

-- The pairs of area and member that each period lacks and should have.
create temp table lacking as
with size as (
    select area, member, coalesce(max(abs(value)) filter (is_count), 0) as largest
    from (select * from new union all by name select * from old) as one
    inner join measure using (measure_no)
    group by all
),

area_size as (
    select area, max(largest) as largest
    from size
    group by area
),

begun as (
    select member, min(period) as first_period
    from new
    group by member
),

wanted as (
    select new_period.period, area.area, begun.member
    from new_period
    inner join begun on new_period.period >= begun.first_period
    cross join (select area from new union select unnest(areas) from expected) as area
    union
    select period, area, member
    from old
    where value is not null and period in (select period from new_period)
),

missing as (
    select
        wanted.*,
        size.largest is not null or area_size.largest is null as is_known,
        case
            when size.largest is not null then has_counts and size.largest <= 20
            when area_size.largest is null then list_contains(smallest, wanted.area)
            -- From three periods on a member that an area has in none of them is no gap but how the table is.
            else number_of_periods >= 3 or (has_counts and area_size.largest <= 20)
        end as may_be_missing,
        count(*) over (partition by wanted.period) as all_missing,
        (select count(*) from wanted as one where one.period = wanted.period) as all_wanted
    from wanted
    anti join new using (period, area, member)
    left join size using (area, member)
    left join area_size using (area)
    cross join expected
    cross join (select bool_or(is_count) as has_counts from measure) as counts
    cross join (select count(*) as number_of_periods from new_period) as counted
),

judged as (
    select
        period, area, member, may_be_missing,
        count(*) filter (not may_be_missing) over (partition by period) as wrong,
        count(*) filter (may_be_missing and is_known) over (partition by period) as small,
        all_wanted
    from missing
)

select period, area, member
from judged
where
    (wrong > 0 and not may_be_missing)
    -- 3 % of a period's rows were seen left out for being small.
    or (wrong = 0 and small > greatest(1, floor(0.1 * all_wanted)));

-- The period that lacks most.
create temp table worst as
select period
from lacking
group by period
order by count(*) desc, period
limit 1;
