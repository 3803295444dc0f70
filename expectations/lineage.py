"""Lineage: every published figure leads to its place, and every transcribed figure is published."""

from expectations.expect import no_nulls, no_rows, some_rows, values_in
from expectations.runner import Check

_REFERENCES = """
    select 'fct_budget' as table_name, source_ref from fct_budget
    union all select 'fct_courses', source_ref from fct_courses
    union all select 'fct_target_attainment', source_ref from fct_target_attainment
    union all
    select 'fct_target_attainment', actual_source_ref from fct_target_attainment where actual_source = 'document'
    union all
    select 'fct_benchmark', source_ref from fct_benchmark where table_id in (select document_id from raw.documents)
    union all select 'dim_target', source_ref from dim_target where target_key != -1
    union all select 'dim_target_group', source_ref from dim_target_group where source_ref is not null
    union all
    select 'audit_reconciliation', source_ref from audit_reconciliation
    where document_id in (select document_id from raw.documents)
"""

CHECKS = [
    Check(
        name="every_reference_leads_to_a_figure",
        asset="audit_lineage",
        sql=f"""
            select r.* from ({_REFERENCES}) as r
            left join audit_lineage as l using (source_ref)
            where l.source_ref is null
        """,
        expectations=[no_rows()],
    ),
    Check(
        name="every_figure_of_a_fact_table_is_published",
        asset="audit_lineage",
        sql=f"""
            with split as (
                select f.source_ref from raw.read_figures as f
                inner join raw.budget_lines as whole on f.source_ref = whole._document_id || ':' || whole.figure_id
                left join raw.budget_lines as part
                    on part._document_id = whole._document_id and part.part_of = whole.figure_id
                left join raw.read_figures as p on p.source_ref = part._document_id || ':' || part.figure_id
                group by f.source_ref, f.value, whole.is_split_complete
                having
                    whole.is_split_complete = 'yes'
                    or f.value = sum(coalesce(p.value, 0)) filter (part.part_of is not null)
            )
            select l.source_ref, l.input_table, l.raw_text from audit_lineage as l
            left join ({_REFERENCES}) as r using (source_ref)
            left join split as whole using (source_ref)
            left join raw.budget_totals as total on l.source_ref = total._document_id || ':' || total.figure_id
            where
                l.input_table in (
                    'budget_lines', 'budget_totals', 'courses', 'targets', 'target_status', 'levels', 'target_groups'
                )
                and r.source_ref is null
                -- A line whose parts are all given, or leave nothing over, is published as its parts, a total without
                -- lines as what it claims.
                and whole.source_ref is null
                and total.figure_id is null
        """,
        expectations=[no_rows()],
    ),
    Check(
        name="every_figure_has_a_place_and_its_printed_text",
        asset="audit_lineage",
        sql="""
            select
                source_ref, locator, raw_text, document_line,
                (value is null) = (value_status != 'reported') as is_status_right
            from audit_lineage
        """,
        expectations=[
            some_rows(),
            no_nulls("locator"),
            no_nulls("raw_text"),
            no_nulls("document_line"),
            values_in("is_status_right", [True]),
        ],
        needs="raw.read_figures",
    ),
    Check(
        name="every_claim_holds_or_is_explained",
        asset="audit_reconciliation",
        sql="""
            select
                claim_id, stated_value, computed_value, residual, tolerance, status,
                coalesce(stated_value - computed_value = residual, stated_value is null) as is_exact
            from audit_reconciliation
            where document_id in (select document_id from raw.documents)
        """,
        expectations=[
            some_rows(),
            no_nulls("status"),
            values_in("status", ["ok", "known", "ambiguous"]),
            no_nulls("is_exact"),
            values_in("is_exact", [True]),
        ],
        needs="raw.worked_claims",
    ),
]
