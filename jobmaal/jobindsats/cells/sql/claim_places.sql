-- A release: the printed places of municipalities that are checked, and those that the printed values do not allow.
with cells as (
    select release_no, period_no, member_no, {place} as place, {m} as ranked
    from gathered inner join responses using (response_no) inner join area_types using (area_no)
    where area_type = 'municipality'
),

placed as (
    select
        release_no, place,
        rank() over (partition by release_no, period_no, member_no order by ranked {direction}) as first_place,
        count(*) over (partition by release_no, period_no, member_no, ranked) as same_value,
        count(place + ranked) over (partition by release_no, period_no, member_no) as shown
    from cells
)

select release_no, count(*), count(*) filter (place not between first_place and first_place + same_value - 1), null
from placed
where shown = (select count(*) from area_types where area_type = 'municipality')
group by release_no
order by release_no
