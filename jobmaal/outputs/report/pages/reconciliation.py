"""The page of what adds up and what does not. Nothing else belongs here."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from jobmaal.core.rows import Row, query
from jobmaal.inputs.units import DATE_UNIT
from jobmaal.outputs import danish
from jobmaal.outputs.report.cells import NUMBER, Cell, Column, Table, sortable, source_href
from jobmaal.outputs.report.pages.shared import Page, number_cell, table, text_cell
from jobmaal.outputs.suppression.tables import Shown


def reconciliation(database: duckdb.DuckDBPyConnection, shown: Shown) -> Page:
    """Show every fault found, with both numbers and what lies between; and every claim that holds."""
    found = query(
        database,
        f"""
        select claims.*, agreements.agreement_name, sources.locator, agreements.agreement_key is null as is_series
        from {shown.relation("audit_reconciliation")} as claims
        left join dim_agreement as agreements on claims.document_id = agreements.document_id
        left join audit_lineage as sources on claims.source_ref = sources.source_ref
        order by agreements.year_from, agreements.agreement_name, claims.claim_kind, claims.claim_id
        """,
    )
    faults, ambiguous, holding = (
        [row for row in found if not row["is_series"] and row["status"] in statuses]
        for statuses in (("known", "broken"), ("ambiguous",), ("ok",))
    )
    tables = (
        table("fejl", "Alt, hvad der ikke stemmer", _CLAIMS, [_claim(row) for row in faults]),
        table("tvetydige", "Alt, hvad der kan læses på to måder", _CLAIMS, [_claim(row) for row in ambiguous]),
        table("stemmer", "Alt, hvad der stemmer", _CLAIMS, [_claim(row) for row in holding]),
        _series_claims([row for row in found if row["is_series"]]),
    )
    return Page(
        "afstemning.html",
        "Afstemning",
        {table.name: table for table in tables},
        {},
        {"faults": len(faults), "ambiguous": len(ambiguous), "holding": len(holding)},
    )


_CLAIMS = [
    Column("Dokument", is_filter=True),
    Column("Hvad der holdes op mod hvad"),
    Column("Slags", is_filter=True),
    Column("Trykt", NUMBER),
    Column("Regnet efter", NUMBER),
    Column("Forskel", NUMBER),
    Column("Enhed"),
    Column("Forklaring"),
    Column("Sted"),
]


def _claim(row: Row) -> list[Cell]:
    href = source_href(row["source_ref"])
    return [
        text_cell(row["agreement_name"]),
        text_cell(row["scope_da"]),
        text_cell(danish.word(danish.CLAIM_KIND, row["claim_kind"])),
        Cell(danish.claimed(row["stated_value"], row["unit"]), sortable(row["stated_value"]), href),
        Cell(danish.claimed(row["computed_value"], row["unit"]), sortable(row["computed_value"])),
        Cell(
            danish.difference(row["stated_value"], row["computed_value"], row["unit"]),
            sortable(row["residual"]),
            None,
            # What can be read in two ways is no fault.
            None if row["status"] in ("ok", "ambiguous") else "differs",
        ),
        text_cell("" if row["unit"] == DATE_UNIT else row["unit"]),
        text_cell(row["explanation_da"]),
        text_cell(row["locator"], href),
    ]


def _series_claims(found: Sequence[Row]) -> Table:
    columns = [
        Column("Tabel", is_filter=True),
        Column("Hvad der holdes op mod hvad", is_filter=True),
        Column("Udgivelse"),
        Column("Tal holdt efter", NUMBER),
        Column("Afviger", NUMBER),
        Column("Tilladt forskel", NUMBER),
        Column("Enhed"),
        Column("Udfald", is_filter=True),
    ]
    rows = [
        [
            text_cell(row["document_id"], source_href(row["source_ref"])),
            text_cell(danish.word(danish.CLAIM_KIND, row["claim_kind"])),
            text_cell(row["scope_da"]),
            number_cell(row["cells_checked"]),
            number_cell(row["cells_deviating"]),
            number_cell(row["tolerance"]),
            text_cell(row["unit"]),
            text_cell(danish.word(danish.CLAIM_STATUS, row["status"])),
        ]
        for row in found
    ]
    return table("serier", "Jobindsats' egne summer, udgivelse for udgivelse", columns, rows)
