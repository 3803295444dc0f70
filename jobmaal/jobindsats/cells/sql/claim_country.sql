-- A release: its figures of the country that are checked against the sum of all municipalities, as in claim_parts.
with steps as ({steps}),

summed as (
    select
        release_no, period_no, member_no,
        sum({m}) filter (area_type = 'municipality') as sum_of_parts,
        count(*) filter (area_type = 'municipality') as cells,
        count({m}) filter (area_type = 'municipality') as shown,
        any_value({m}) filter (area_type = 'country') as whole
    from gathered inner join responses using (response_no) inner join area_types using (area_no)
    where area_type in ('municipality', 'country')
    group by all
),

compared as (
    select release_no, whole, sum_of_parts, (cells + 1) * step / 2 as tolerance
    from summed inner join steps using (release_no)
    where
        shown = cells
        and cells = (select count(*) from area_types where area_type = 'municipality')
        and whole is not null
)

select release_no, count(*), count(*) filter (abs(whole - sum_of_parts) > tolerance), max(tolerance)
from compared
group by release_no
order by release_no
