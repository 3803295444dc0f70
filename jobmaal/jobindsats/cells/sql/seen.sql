-- A cell, the first response that shows it, and whether all that do show the same.
select
    period_no, area_no, member_no, min(response_no) as response_no, {first},
    {constant} as is_constant
from gathered
group by period_no, area_no, member_no
