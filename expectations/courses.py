"""Courses: every planned number stands in the years that it is for, and divides without loss."""

from expectations.expect import always
from expectations.runner import Check

CHECKS = [
    Check(
        name="a_planned_number_has_a_row_in_each_of_its_years",
        asset="fct_courses",
        sql="""
            with planned as (
                select
                    _document_id || ':' || figure_id as source_ref,
                    case
                        when basis = 'yearly' then cast(year_to as integer) - cast(year_from as integer) + 1
                        else 1
                    end as years
                from raw.courses
            ),
            published as (select source_ref, count(*) as found from fct_courses group by 1)
            select *, years - coalesce(found, 0) as missing from planned left join published using (source_ref)
        """,
        expectations=always("missing", 0),
    ),
    Check(
        name="a_planned_number_is_the_one_that_is_printed",
        asset="fct_courses",
        sql="""
            select
                f.source_ref, f.year_key, f.planned_courses, l.value, l.raw_text,
                f.planned_courses is not distinct from l.value as is_same
            from fct_courses as f
            left join audit_lineage as l using (source_ref)
        """,
        expectations=always("is_same", True),
    ),
    Check(
        name="courses_that_fall_to_the_units_add_up_to_the_whole",
        asset="rpt_jobcenter_year",
        sql="""
            with wholes as (
                select document_id, course_unit, sum(planned_courses) as whole from fct_courses group by all
            ),
            shares as (
                select document_id, course_unit, sum(planned_courses) as divided from rpt_jobcenter_year group by all
            )
            select *, cast(whole - coalesce(divided, 0) as double) as lost
            from wholes left join shares using (document_id, course_unit)
        """,
        expectations=always("lost", 0.0),
    ),
]
