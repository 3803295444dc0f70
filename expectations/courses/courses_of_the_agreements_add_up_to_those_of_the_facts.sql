with facts as (
    select
        document_id,
        sum(planned_courses) as planned_courses
    from fct_courses
    where course_unit = 'forløb'
    group by 1
)

select
    coalesce(f.document_id, a.document_id) as document_id,
    f.planned_courses as courses_of_facts,
    a.planned_courses as courses_of_agreement,
    (f.planned_courses is not distinct from a.planned_courses) as is_same
from facts as f
full outer join rpt_agreement as a on f.document_id = a.document_id
