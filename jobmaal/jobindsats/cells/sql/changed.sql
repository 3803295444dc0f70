-- Of `shown`: the first value of each cell, and each that differs from the one before it; and what ended it.
select
    *,
    lead(response_no) over (
        partition by measure_no, period_no, area_no, member_no order by response_no
    ) as ended_by_response_no
from (
    select * from shown
    window cell as (partition by measure_no, period_no, area_no, member_no order by response_no)
    qualify row_number() over cell = 1 or value is distinct from lag(value) over cell
)
