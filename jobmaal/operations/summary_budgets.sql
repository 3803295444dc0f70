select
    agreement_name,
    stated_total_dkk,
    sum_of_lines_dkk,
    money_years
from rpt_agreement
where total_dkk is not null
order by year_from, 1
