select
    shares.jobcenter_name,
    units.unit_type,
    agreements.agreement_name,
    shares.allocation_basis,
    shares.unit_role,
    shares.unit_role_name,
    shares.year_key,
    sum(shares.amount_dkk) as amount_dkk,
    list(distinct shares.amount_qualifier) as qualifiers,
    sum(coalesce(shares.amount_to_dkk, shares.amount_dkk)) as amount_dkk_to
from rpt_jobcenter_year as shares
inner join dim_jobcenter as units on shares.jobcenter_key = units.jobcenter_key
inner join dim_agreement as agreements on shares.document_id = agreements.document_id
where shares.amount_dkk is not null
group by all
-- Year by year: levels that replace each other are not added up.
order by
    amount_dkk desc, shares.jobcenter_name asc, agreements.agreement_name asc, shares.year_key asc,
    shares.allocation_basis asc, shares.unit_role asc, shares.unit_role_name asc
