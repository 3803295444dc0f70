-- nulls: all {values:,} values are null
select count(*) as "values"
from new
having count(value) = 0;

-- nulls: {nulls:,} of {cells:,} values of '{name}' are null
select measure.name, count(*) - count(new.value) as nulls, count(*) as cells
from new
inner join measure using (measure_no)
group by measure.measure_no, measure.name
having nulls = cells or (cells >= 10 and nulls > 0.9 * cells)
order by measure.measure_no;

-- nulls: all values of {period} are null, in {cells} rows
select period, count(distinct no) as cells
from new
group by period
having count(value) = 0
order by period;

-- nulls: all values of {areas} are null
select list(area order by area) as areas
from (
    select area
    from new
    group by area
    having count(value) = 0
) as silent
where not list_contains((select smallest from expected), area)
having count(*) > 0;
