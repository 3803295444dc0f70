select
    t.document_id,
    t.target_id,
    count(f.target_key) as newest
from dim_target as t
left join fct_target_attainment as f on t.target_key = f.target_key and f.is_latest
where t.target_key != -1
group by all
