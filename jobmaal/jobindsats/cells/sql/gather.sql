-- A cell that a response shows, all labels as numbers.
select parsed.response_no, periods.period_no, areas.area_no, members.member_no, {values}
from {parsed} as parsed
inner join raw.read_periods as periods on parsed.period = periods.period_id and periods.table_id = '{table_id}'
inner join raw.read_areas as areas on parsed.area = areas.area_name
inner join label_members as members on parsed.member = members.label and parsed.response_no = members.response_no
