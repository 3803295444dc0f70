-- scale: {country} has {whole:,} of '{name}' ({member}) in {period}, and its municipalities have {total:,} together
-- A 300th and 174 persons who live in none were seen; a suppressed cell may hide some more.
with municipality as (
    select unnest(municipalities) as area
    from expected
),

own as (
    select new.*, measure.name, expected.country, municipality.area is not null as is_part
    from new
    inner join measure using (measure_no)
    left join municipality using (area)
    cross join expected
    where measure.is_count and new.measure_no not in (select measure_no from new where value < 0)
)

select
    country, name, period, member, any_value(value) filter (area = country) as whole,
    coalesce(sum(value) filter (is_part), 0) as total
from own
group by measure_no, name, period, member, country
having
    whole is not null
    and count(*) filter (is_part)
    >= (select count(*) from municipality, expected where not list_contains(expected.smallest, municipality.area))
    and abs(whole - total) > 0.1 * abs(whole) + 200 + 20 * count(*) filter (is_part and value is null)
order by measure_no, min(no);

-- swapped: {larger:,} of {pairs:,} parts of '{name}' in {period} are larger than their total {total}
select
    measure.name, part.period, expected.only_total as total, count(part.value) as pairs,
    count(*) filter (part.value > whole.value + 1) as larger
from new as part
inner join measure using (measure_no)
cross join expected
left join new as whole
    on
        part.period = whole.period and part.area = whole.area and part.measure_no = whole.measure_no
        and whole.member = expected.only_total
where
    measure.is_count and part.member != expected.only_total and part.value is not null
    and (whole.no is null or whole.value is not null)
    and part.measure_no not in (select measure_no from new where value < 0)
group by measure.measure_no, measure.name, part.period, expected.only_total
having larger >= 10 and larger > 0.25 * pairs
order by measure.measure_no, min(part.no);
