with wholes as (
    select
        document_id,
        course_unit,
        sum(planned_courses) as whole
    from fct_courses
    group by all
),

shares as (
    select
        document_id,
        course_unit,
        sum(planned_courses) as divided
    from rpt_jobcenter_year
    group by all
)

select
    wholes.document_id,
    wholes.course_unit,
    wholes.whole,
    shares.divided,
    -- Where no number can be read, there is nothing to divide.
    coalesce(wholes.whole, 0) - coalesce(shares.divided, 0) as lost
from wholes
left join shares on wholes.document_id = shares.document_id and wholes.course_unit = shares.course_unit
