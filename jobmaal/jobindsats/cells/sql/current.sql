-- A cell's current value in the release that is continued, its names as numbers of this build. Of most responses the
-- newest period is all that they have, and the release knows none of its cells.
select
    measures.no as measure_no, areas.no as area_no, periods.no as period_no, members.member_no, facts.value,
    responses.response_no
from base.main.fct_benchmark as facts
inner join keys as measures on facts.measure_key = measures.key and measures.kind = 'measure'
inner join keys as areas on facts.area_key = areas.key and areas.kind = 'area'
inner join (
    select * from keys where kind = 'period' and no in (select period_no from gathered)
) as periods on facts.period_key = periods.key
inner join raw.read_members as members on facts.member = members.member and facts.table_id = members.table_id
inner join responses on facts.source_ref = responses.source_ref
where facts.table_id = '{table_id}'
