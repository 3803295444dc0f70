-- incomplete: lacks columns that the response before has: {missing_measures}
select missing_measures
from expected
where len(missing_measures) > 0;

-- incomplete: lacks {gaps} periods between {first_period} and {last_period}: {missing}
with ends as (
    select min(period) as first_period, max(period) as last_period
    from new_period
),

-- What the description or what has landed has in between.
known as (
    select period, 1 as origin
    from (select unnest(periods) as period from expected) as described
    union all
    select distinct period, 2
    from old
),

missing as (
    select known.origin, known.period
    from known
    anti join new_period using (period)
    cross join ends
    where known.period > ends.first_period and known.period < ends.last_period
),

-- How often a table is published is read from the table itself: there are quarterly figures every half-year.
numbered as (
    select
        period,
        cast(period[:4] as integer) * coalesce(map {'M': 12, 'Q': 4, 'QMAT': 4, 'H': 2, 'W': 52}[period[5:-3]], 1)
        + cast(period[-2:] as integer) as number
    from new_period
),

steps as (
    select period, lead(number) over (order by number) - number as step
    from numbered
),

usual as (
    select step
    from steps
    where step is not null
    group by step
    order by count(*) desc, step
    limit 1
),

-- A gap that landed before as well is no news.
landed as (
    select count(*) = 0 and exists (from old) as has_all
    from (
        select new_period.period
        from new_period, ends
        where new_period.period != ends.last_period and new_period.period not in (select period from old)
    ) as fresh
),

after as (
    select 3 as origin, 'after ' || steps.period as period, steps.period as place
    from steps, usual, landed
    where
        steps.step > usual.step and (select count(*) from steps) > 2
        and not (landed.has_all and steps.period in (select period from old))
),

gap as (
    select origin, period, period as place
    from missing
    union all
    select *
    from after
)

select len(list(period)) as gaps, first_period, last_period, list(period order by place) as missing
from gap, ends, expected
where expected.has_all_periods and origin = (select min(origin) from gap)
group by all;

-- incomplete: ends with {last_period}, and {newest_period} has landed before
select max(period) as last_period, newest_period
from new_period, expected
where has_all_periods
group by newest_period
having newest_period > last_period;

-- incomplete: ends with {last_period}, and the table's description has {newest}
select max(period) as last_period, list_max(periods) as newest
from new_period, expected
where has_all_periods
group by periods
having newest > last_period;

-- incomplete: lacks members that were asked for: {missing} (where the table no longer has them, ask for the others by
--   id in series_tables.csv: _kon=/5/,/11/)
select list_sort(list_filter(members, lambda label: not list_contains(labels, label))) as missing
from expected
where len(missing) > 0;

-- incomplete: lacks the member {members} in {period}, which has landed before
select list(distinct lacking.member order by lacking.member) as members, lacking.period
from lacking
inner join worst using (period)
where (select has_before from expected)
group by lacking.period
having not list_has_any(members, (select list(new.member) from new inner join worst using (period)));

-- incomplete: has {whole} of {areas} areas whole in {period}; missing: {missing}
with gone as (
    select distinct period, area
    from lacking
    inner join worst using (period)
),

named as (
    select area from new
    union
    select unnest(areas) from expected
    union
    select area from gone
)

select
    period, list(area order by area) as missing, (select count(*) from named) as areas,
    (select count(*) from named anti join gone using (area)) as whole
from gone
group by period;
