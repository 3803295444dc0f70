"""Targets: every target is followed, and its status agrees with its numbers."""

from expectations.expect import always
from expectations.runner import Check

CHECKS = [
    Check(
        name="every_target_has_exactly_one_newest_row",
        asset="fct_target_attainment",
        sql="""
            select t.document_id, t.target_id, count(f.target_key) filter (f.is_latest) as newest
            from dim_target as t
            left join fct_target_attainment as f using (target_key)
            where t.target_key != -1
            group by all
        """,
        expectations=always("newest", 1),
        needs="raw.targets",
    ),
    Check(
        name="a_ratio_is_at_least_one_exactly_when_the_target_is_met",
        asset="fct_target_attainment",
        sql="""
            select
                document_id, attainment_key, attainment_ratio, attainment_status,
                (attainment_ratio >= 1) = (attainment_status = 'met') as agrees
            from fct_target_attainment where attainment_ratio is not null
        """,
        expectations=always("agrees", True),
        needs="fct_target_attainment where attainment_ratio is not null",
    ),
    Check(
        name="a_target_is_not_set_exactly_where_a_placeholder_stands_for_its_number",
        asset="fct_target_attainment",
        sql="""
            select
                t.document_id, t.target_id, l.raw_text, f.attainment_status,
                (f.attainment_status = 'not_set')
                = (l.value_status = 'not_collected' and l.unit not in ('dato', 'tekst')) as agrees
            from fct_target_attainment as f
            inner join dim_target as t using (target_key)
            inner join audit_lineage as l on l.source_ref = t.source_ref
        """,
        expectations=always("agrees", True),
        needs="raw.targets",
    ),
    Check(
        name="nothing_is_met_or_missed_without_an_observation",
        asset="fct_target_attainment",
        sql="""
            select document_id, attainment_key, attainment_status, actual_source,
                (attainment_status in ('met', 'not_met')) <= (actual_source_ref is not null) as agrees
            from fct_target_attainment
        """,
        expectations=always("agrees", True),
        needs="raw.targets",
    ),
    Check(
        name="every_target_has_one_row_for_people",
        asset="rpt_target",
        sql="""
            select targets.document_id, targets.target_id, count(told.target_key) as rows_told
            from dim_target as targets left join rpt_target as told using (target_key)
            where targets.target_key != -1
            group by all
        """,
        expectations=always("rows_told", 1),
        needs="raw.targets",
    ),
    Check(
        name="every_current_target_is_counted_once_with_its_agreement",
        asset="rpt_agreement",
        sql="""
            with told as (
                unpivot (
                    select
                        document_id, targets as "all", targets_met as met, targets_not_met as not_met,
                        targets_not_measured as not_measured, targets_not_set as not_set
                    from rpt_agreement
                ) on columns(* exclude document_id) into name attainment_status value counted
            ),
            facts as (
                select document_id, coalesce(attainment_status, 'all') as attainment_status, count(*) as targets
                from fct_target_attainment where is_latest
                and target_key in (select target_key from dim_target where is_current)
                group by grouping sets ((document_id, attainment_status), (document_id))
            )
            select
                document_id, attainment_status, coalesce(targets, 0) - coalesce(counted, 0) as missing
            from facts full outer join told using (document_id, attainment_status)
        """,
        expectations=always("missing", 0),
        needs="raw.documents",
    ),
]
