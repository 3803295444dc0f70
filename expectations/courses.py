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
        needs="raw.courses",
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
        needs="raw.courses",
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
            select *, whole - coalesce(divided, 0) as lost
            from wholes left join shares using (document_id, course_unit)
        """,
        expectations=always("lost", 0),
        needs="raw.courses",
    ),
    Check(
        name="courses_of_the_agreements_add_up_to_those_of_the_facts",
        asset="rpt_agreement",
        sql="""
            with facts as (
                select document_id, sum(planned_courses) as planned from fct_courses
                where course_unit = 'forløb' group by 1
            )
            select
                document_id, facts.planned, told.planned_courses,
                facts.planned is not distinct from told.planned_courses as is_same
            from facts full outer join rpt_agreement as told using (document_id)
        """,
        expectations=always("is_same", True),
    ),
    Check(
        name="the_price_of_an_agreement_rests_on_the_money_and_courses_of_the_facts",
        asset="rpt_agreement",
        sql="""
            with priced as (
                select initiative_key, document_id from rpt_initiative
                where cost_per_course_dkk is not null and course_unit = 'forløb'
            ),
            money as (
                select p.document_id, sum(b.amount_dkk) as amount
                from priced as p inner join fct_budget as b using (initiative_key) group by 1
            ),
            courses as (
                select p.document_id, sum(c.planned_courses) as courses
                from priced as p inner join fct_courses as c using (initiative_key)
                where c.course_unit = 'forløb' group by 1
            )
            select
                document_id, amount, courses, a.costed_dkk, a.costed_courses,
                a.cost_per_course_dkk, a.courses_per_million_kroner,
                a.costed_dkk is not distinct from amount
                and a.costed_courses is not distinct from courses
                and coalesce(
                    case
                        when amount is null then coalesce(a.cost_per_course_dkk, a.courses_per_million_kroner) is null
                        when amount = 0 then a.cost_per_course_dkk = 0 and a.courses_per_million_kroner is null
                        -- Multiplied back, each is off by no more than half of its last digit allows.
                        else
                            abs(a.cost_per_course_dkk * courses - amount) <= 0.005 * courses
                            and abs(a.courses_per_million_kroner * amount - courses * 1000000) <= 0.00005 * abs(amount)
                    end,
                    false
                ) as agrees
            from rpt_agreement as a
            left join money using (document_id)
            left join courses using (document_id)
        """,
        expectations=always("agrees", True),
    ),
]
