-- What the new responses changed: new values of cells, and the values of the release that they ended.
with shown as (
    select period_no, area_no, member_no, response_no, measure_no, value
    from (select period_no, area_no, member_no, response_no, {measures} from gathered)
    semi join differing using (measure_no, period_no, area_no, member_no)
    union all by name
    from current_values semi join differing using (measure_no, period_no, area_no, member_no)
)

from ({changed})
where ended_by_response_no is not null or response_no >= (select min(response_no) from gathered)
