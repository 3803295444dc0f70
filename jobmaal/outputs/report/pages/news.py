"""The page of what changed since the release before. Nothing else belongs here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import duckdb

from jobmaal.core.rows import query
from jobmaal.outputs.report.cells import NUMBER, Cell, Column, source_href
from jobmaal.outputs.report.pages.shared import Page, number_cell, table, text_cell

_MOST_CHANGES = 200
_TABLES = {
    "fct_budget": "Budget",
    "fct_courses": "Forløb",
    "fct_target_attainment": "Måls status",
    "dim_target": "Mål",
    "dim_initiative": "Initiativer",
    "audit_reconciliation": "Afstemning",
    "audit_lineage": "Trykte tal",
    "audit_reply": "Svar fra Jobindsats",
}
#: The tables of which no changes are counted: the number would show whether a suppressed value has changed.
_WITH_SUPPRESSED = ("fct_benchmark", "fct_benchmark_vintage", "fct_benchmark_rank", "rpt_benchmark")


@dataclass(frozen=True)
class Since:
    """The release before, attached as `previous`.

    `changes` has the number of rows added, gone and changed of each table; it is None where that release is damaged.
    """

    changes: Mapping[str, Mapping[str, int]] | None


def news(database: duckdb.DuckDBPyConnection, since: Since | None) -> Page:
    """Show what changed since the release before, if there is one."""
    found = (since and since.changes) or {}
    changes = {table: change for table, change in found.items() if table not in _WITH_SUPPRESSED}
    columns = [
        Column("Hvad"),
        Column("Tabel"),
        Column("Nye rækker", NUMBER),
        Column("Forsvundne rækker", NUMBER),
        Column("Ændrede rækker", NUMBER),
    ]
    rows = [
        [
            text_cell(_TABLES.get(table, "")),
            text_cell(table),
            number_cell(change["added"]),
            number_cell(change["gone"]),
            number_cell(change["changed"]),
        ]
        for table, change in sorted(changes.items(), key=lambda one: (one[0] not in _TABLES, one[0]))
    ]
    figures = _changed_figures(database) if "audit_lineage" in changes else []
    seen = [Column("Trykt tal"), Column("Sted"), Column("Før"), Column("Nu")]
    tables = (
        table("aendringer", "Rækker, der er kommet til, forsvundet eller ændret, tabel for tabel", columns, rows),
        table("tal", "Trykte tal, der er kommet til, rettet eller taget ud", seen, figures[:_MOST_CHANGES]),
    )
    return Page(
        "nyt.html",
        "Nyt",
        {table.name: table for table in tables},
        {},
        {
            "has_previous": since is not None,
            "is_damaged": since is not None and since.changes is None,
            "left_out": max(len(figures) - _MOST_CHANGES, 0),
        },
    )


def _changed_figures(database: duckdb.DuckDBPyConnection) -> list[list[Cell]]:
    found = query(
        database,
        """
        select
            coalesce(now.source_ref, was.source_ref) as source_ref, coalesce(now.locator, was.locator) as locator,
            was.raw_text as text_before, now.raw_text as text_now, now.source_ref is not null as is_there
        from audit_lineage as now
        full join previous.main.audit_lineage as was on now.source_ref = was.source_ref
        where (now.raw_text, now."value", now.value_to, now.unit) is distinct from
            (was.raw_text, was."value", was.value_to, was.unit)
        order by 1
        """,
    )
    return [
        [
            text_cell(row["source_ref"], source_href(row["source_ref"]) if row["is_there"] else None),
            text_cell(row["locator"]),
            text_cell(row["text_before"]),
            text_cell(row["text_now"]),
        ]
        for row in found
    ]
