select
    *,
    funding_source != 'I alt' as is_payer
from rpt_budget_followup
order by as_of, document_id, year_key, is_total, coalesce(part_of_line, line_name), part_of_line is not null, line_name,
    is_payer, funding_source
