-- A value that a cell has had: its first one, and each that differs from the one before it. Most cells are never
-- revised, and are stored without being put in order.
select period_no, area_no, member_no, response_no, {measures}, null as ended_by_response_no
from seen
where is_constant
union all by name
from (
    with shown as (
        select period_no, area_no, member_no, response_no, {measures}
        from gathered
        semi join (select * from seen where not is_constant) using (period_no, area_no, member_no)
    )

    {changed}
)
