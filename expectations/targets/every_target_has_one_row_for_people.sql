select
    t.document_id,
    t.target_id,
    count(r.target_key) as report_rows
from dim_target as t
left join rpt_target as r on t.target_key = r.target_key
where t.target_key != -1
group by all
