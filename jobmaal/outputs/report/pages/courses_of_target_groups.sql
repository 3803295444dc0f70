select
    groups.target_group_name, groups.benefit, groups.stated_size, groups.stated_size_to,
    groups.stated_size_qualifier, groups.stated_size_unit, groups.source_ref, facts.course_unit,
    agreements.agreement_name, sum(facts.planned_courses) as planned_courses,
    list(distinct facts.value_qualifier) as qualifiers,
    sum(coalesce(facts.value_to, facts.planned_courses)) as planned_courses_to
from fct_courses as facts
inner join dim_target_group as groups on facts.target_group_key = groups.target_group_key
inner join dim_agreement as agreements on facts.agreement_key = agreements.agreement_key
group by all
order by
    planned_courses desc nulls last, groups.target_group_name, facts.course_unit, agreements.agreement_name,
    groups.source_ref
