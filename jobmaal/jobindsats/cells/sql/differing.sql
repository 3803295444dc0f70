-- A cell that the new responses show for the first time, or with another value than the release that is continued.
with shown as (select period_no, area_no, member_no, {measures} from gathered)

select distinct measure_no, period_no, area_no, member_no
from shown left join current_values using (measure_no, period_no, area_no, member_no)
where current_values.response_no is null or current_values.value is distinct from shown.value
