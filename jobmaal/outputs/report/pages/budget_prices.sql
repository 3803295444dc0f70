select
    agreement_name,
    initiative_name,
    course_years,
    course_unit,
    planned_courses,
    planned_courses_qualifier,
    planned_courses_to,
    budget_dkk,
    budget_qualifier,
    budget_to_dkk,
    cost_per_course_dkk,
    cost_per_course_qualifier,
    cost_finding_claim_ids,
    cost_finding_claim_ids is not null and exists (
        select 1
        from audit_reconciliation as claims
        where claims.status = 'known' and list_contains(string_split(cost_finding_claim_ids, ', '), claims.claim_id)
    ) as has_fault
from rpt_initiative
where cost_per_course_dkk is not null
order by course_unit, course_years, cost_per_course_dkk, initiative_name
