-- A release: its totals that are checked against the sum of their parts, and those that differ by more than rounding.
with steps as ({steps}),

summed as (
    select
        release_no, period_no, area_no, total_no, split_by,
        sum({m}) as sum_of_parts, count(*) as cells, count({m}) as shown, any_value(all_parts) as all_parts
    from gathered inner join responses using (response_no) inner join member_parts on member_no = part_no
    where not (is_overlapping and {is_persons})
    group by all
),

compared as (
    select summed.release_no, {m} as whole, sum_of_parts, (cells + 1) * step / 2 as tolerance
    from summed
    inner join steps on summed.release_no = steps.release_no
    inner join responses on summed.release_no = responses.release_no
    inner join gathered
        on
            responses.response_no = gathered.response_no
            and summed.period_no = gathered.period_no
            and summed.area_no = gathered.area_no
            and total_no = member_no
    where shown = cells and cells = all_parts and {m} is not null
)

select release_no, count(*), count(*) filter (abs(whole - sum_of_parts) > tolerance), max(tolerance)
from compared
group by release_no
order by release_no
