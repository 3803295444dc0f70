select
    agreements.agreement_name, initiatives.initiative_no, initiatives.initiative_name, facts.year_key,
    facts.year_to, units.jobcenter_name, groups.target_group_name, facts.course_unit, facts.planned_courses,
    facts.value_qualifier, facts.value_to, facts.value_status, facts.source_ref
from fct_courses as facts
inner join dim_agreement as agreements on facts.agreement_key = agreements.agreement_key
inner join dim_initiative as initiatives on facts.initiative_key = initiatives.initiative_key
inner join dim_jobcenter as units on facts.jobcenter_key = units.jobcenter_key
inner join dim_target_group as groups on facts.target_group_key = groups.target_group_key
order by
    facts.year_key, agreements.agreement_name, initiatives.initiative_no, facts.course_unit,
    facts.source_ref, units.jobcenter_name, groups.target_group_name, facts.planned_courses
