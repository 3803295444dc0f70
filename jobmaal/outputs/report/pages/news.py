"""The page of what changed since the release before. Nothing else belongs here."""

from collections.abc import Mapping
from dataclasses import dataclass

import duckdb

from jobmaal.core.database import Row
from jobmaal.outputs.report.cells import NUMBER, Cell, Column, Table, source_href
from jobmaal.outputs.report.pages.shared import Page, page, rows_of

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
    changes = [
        {"table": table, **change}
        for table, change in ((since and since.changes) or {}).items()
        if table not in _WITH_SUPPRESSED
    ]
    changes.sort(key=lambda change: (change["table"] not in _TABLES, change["table"]))
    has_figures = any(change["table"] == "audit_lineage" for change in changes)
    figures = rows_of(database, "changed_figures") if has_figures else []
    return page(
        "nyt.html",
        "Nyt",
        [
            Table("aendringer", "Rækker, der er kommet til, forsvundet eller ændret, tabel for tabel",
                  _CHANGES, changes),
            Table("tal", "Trykte tal, der er kommet til, rettet eller taget ud", _FIGURES, figures[:_MOST_CHANGES]),
        ],
        facts={
            "has_previous": since is not None,
            "is_damaged": since is not None and since.changes is None,
            "left_out": max(len(figures) - _MOST_CHANGES, 0),
        },
    )  # fmt: skip


def _printed(row: Row) -> Cell:
    return Cell(row["source_ref"], None, source_href(row["source_ref"]) if row["is_there"] else None)


_CHANGES = (
    Column("Hvad", lambda row: _TABLES.get(row["table"])),
    Column("Tabel", "table"),
    Column("Nye rækker", "added", NUMBER),
    Column("Forsvundne rækker", "gone", NUMBER),
    Column("Ændrede rækker", "changed", NUMBER),
)
_FIGURES = (
    Column("Trykt tal", _printed),
    Column("Sted", "locator"),
    Column("Før", "text_before"),
    Column("Nu", "text_now"),
)
