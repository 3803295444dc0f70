"""Input tables: nothing that was written down is lost on the way into the warehouse.

Belongs here: counts and coverage from the raw tables on. Does not: the form of the files, which is
checked when they are read.
"""

from expectations.expect import always, some_rows, values_in
from expectations.runner import Check

CHECKS = [
    Check(
        name="every_document_is_one_agreement_with_initiatives_and_figures",
        asset="dim_agreement",
        sql="""
            select
                d.document_id,
                (select count(*) from dim_agreement as a where a.document_id = d.document_id) as agreements,
                (select count(*) from raw.initiatives as i where i._document_id = d.document_id)
                - (select count(*) from dim_initiative as i where i.document_id = d.document_id) as initiatives_lost,
                (select count(*) from raw.read_figures as f where f.document_id = d.document_id)
                - (select count(*) from audit_lineage as l where l.document_id = d.document_id) as figures_lost
            from raw.documents as d
        """,
        expectations=[
            some_rows(),
            values_in("agreements", [1]),
            # A document may have no initiatives: a grant, a budget note.
            values_in("initiatives_lost", [0]),
            values_in("figures_lost", [0]),
        ],
    ),
    Check(
        name="no_row_of_an_input_table_is_lost",
        asset="dim_initiative",
        sql="""
            with counted (input_table, written, arrived) as (
                select 'initiatives', (select count(*) from raw.initiatives), (
                    select count(*) - 1 from dim_initiative
                )
                union all
                select 'targets', (select count(*) from raw.targets), (
                    select count(*) - 1 from dim_target
                )
                union all
                select 'target_groups', (select count(*) from raw.target_groups), (
                    select count(*) - 1 from dim_target_group
                )
                union all
                select 'units', (select count(*) from raw.units), (
                    select count(*) - 2 from dim_jobcenter
                )
                union all
                select 'accounts', (select count(*) from raw.accounts), (
                    select count(*) - 1 from dim_account
                )
                union all
                select 'levels', (select count(*) from raw.levels), (
                    select count(*) from fct_benchmark where table_id in (select document_id from raw.documents)
                )
                union all
                select 'figures', (select count(*) from raw.read_figures), (
                    select count(*) from audit_lineage
                )
                union all
                select 'claims', (select count(*) from raw.worked_claims), (
                    select count(*) from audit_reconciliation
                    where document_id in (select document_id from raw.documents)
                )
            )
            select *, written - arrived as lost from counted
        """,
        expectations=always("lost", 0),
    ),
]
