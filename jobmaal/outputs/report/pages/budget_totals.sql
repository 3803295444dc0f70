select * from rpt_agreement_budget
where stated_dkk is not null
order by agreement_name, year_key, theme_name != 'I alt', theme_name, account_id != 'I alt', account_id
