select
    document_id,
    year_key,
    count(*) as rows_found
from fct_budget
where line_type = 'unitemised'
group by all
