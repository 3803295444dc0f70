select
    agreements.agreement_name,
    facts.theme_name,
    initiatives.initiative_no,
    initiatives.initiative_name,
    facts.line_name,
    accounts.account_id,
    accounts.account_name,
    facts.year_key,
    units.jobcenter_name,
    facts.line_type,
    facts.amount_dkk,
    facts.value_qualifier,
    facts.value_to,
    facts.value_status,
    facts.source_ref
from fct_budget as facts
inner join dim_agreement as agreements on facts.agreement_key = agreements.agreement_key
inner join dim_initiative as initiatives on facts.initiative_key = initiatives.initiative_key
inner join dim_account as accounts on facts.account_key = accounts.account_key
inner join dim_jobcenter as units on facts.jobcenter_key = units.jobcenter_key
order by
    agreements.year_from, agreements.agreement_name, facts.year_key, facts.theme_name, facts.line_name,
    accounts.account_id, facts.source_ref
