select
    shares.jobcenter_name,
    units.unit_type,
    shares.year_key,
    shares.course_unit,
    shares.allocation_basis,
    shares.unit_role,
    shares.unit_role_name,
    sum(shares.planned_courses) as planned_courses,
    list(distinct shares.planned_courses_qualifier) as qualifiers,
    sum(coalesce(shares.planned_courses_to, shares.planned_courses)) as planned_courses_to
from rpt_jobcenter_year as shares
inner join dim_jobcenter as units on shares.jobcenter_key = units.jobcenter_key
where shares.planned_courses is not null
group by all
order by
    shares.jobcenter_name, shares.year_key, shares.course_unit, shares.allocation_basis, shares.unit_role,
    shares.unit_role_name
