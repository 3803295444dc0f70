"""The page of what adds up and what does not. Nothing else belongs here."""

import duckdb

from jobmaal.core.database import Row
from jobmaal.inputs.units import DATE_UNIT
from jobmaal.outputs import danish
from jobmaal.outputs.report.cells import NUMBER, Cell, Column, Table, sortable, source_href
from jobmaal.outputs.report.pages.shared import Page, page, rows_of
from jobmaal.outputs.suppression.tables import Shown


def reconciliation(database: duckdb.DuckDBPyConnection, shown: Shown) -> Page:
    """Show every fault found, with both numbers and their difference; and every claim that holds."""
    claims = rows_of(database, "claims", audit_reconciliation=shown.relation("audit_reconciliation"))
    faults, ambiguous, holding = (
        [row for row in claims if not row["is_series"] and row["status"] in statuses]
        for statuses in (("known", "broken"), ("ambiguous",), ("ok",))
    )
    of_series = [row for row in claims if row["is_series"]]
    return page(
        "afstemning.html",
        "Afstemning",
        [
            Table("fejl", "Alt, hvad der ikke stemmer", _CLAIMS, faults),
            Table("tvetydige", "Alt, hvad der kan læses på to måder", _CLAIMS, ambiguous),
            Table("stemmer", "Alt, hvad der stemmer", _CLAIMS, holding),
            Table("serier", "Jobindsats' egne summer, udgivelse for udgivelse", _CLAIMS_OF_SERIES, of_series),
        ],
        facts={"faults": len(faults), "ambiguous": len(ambiguous), "holding": len(holding)},
    )


def _kind(row: Row) -> str:
    return danish.word(danish.CLAIM_KIND, row["claim_kind"])


def _claimed(row: Row, value: str, href: str | None = None) -> Cell:
    return Cell(danish.claimed(row[value], row["unit"]), sortable(row[value]), href)


def _difference(row: Row) -> Cell:
    text = danish.difference(row["stated_value"], row["computed_value"], row["unit"])
    # What can be read in two ways is no fault.
    return Cell(text, sortable(row["residual"]), None, None if row["status"] in ("ok", "ambiguous") else "differs")


_CLAIMS = (
    Column("Dokument", "agreement_name", is_filter=True),
    Column("Hvad der holdes op mod hvad", "scope_da"),
    Column("Slags", _kind, is_filter=True),
    Column("Trykt", lambda row: _claimed(row, "stated_value", source_href(row["source_ref"])), NUMBER),
    Column("Regnet efter", lambda row: _claimed(row, "computed_value"), NUMBER),
    Column("Forskel", _difference, NUMBER),
    Column("Enhed", lambda row: "" if row["unit"] == DATE_UNIT else row["unit"]),
    Column("Forklaring", "explanation_da"),
    Column("Sted", lambda row: Cell(row["locator"] or "", None, source_href(row["source_ref"]))),
)
_CLAIMS_OF_SERIES = (
    Column("Tabel", lambda row: Cell(row["document_id"], None, source_href(row["source_ref"])), is_filter=True),
    Column("Hvad der holdes op mod hvad", _kind, is_filter=True),
    Column("Udgivelse", "scope_da"),
    Column("Tal holdt efter", "cells_checked", NUMBER),
    Column("Afviger", "cells_deviating", NUMBER),
    Column("Tilladt forskel", "tolerance", NUMBER),
    Column("Enhed", "unit"),
    Column("Udfald", lambda row: danish.word(danish.CLAIM_STATUS, row["status"]), is_filter=True),
)
