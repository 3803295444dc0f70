"""The page that every number leads to. Nothing else belongs here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import duckdb

from jobmaal.core.rows import query
from jobmaal.outputs import danish
from jobmaal.outputs.report.cells import NUMBER, Cell, Column, Table, sortable
from jobmaal.outputs.report.pages.shared import Page, number_cell, text_cell


def sources(database: duckdb.DuckDBPyConnection) -> Page:
    """Show where each figure is printed, and what was asked of Jobindsats: every other page leads here."""
    figures = query(
        database,
        """
        select figures.*, agreements.agreement_name
        from audit_lineage as figures
        left join dim_agreement as agreements on figures.document_id = agreements.document_id
        order by agreements.year_from, agreements.agreement_name, figures.document_line, figures.source_ref
        """,
    )
    columns = [
        Column("Dokument", is_filter=True),
        Column("Sted"),
        Column("Linje", NUMBER),
        Column("Trykt"),
        Column("Læst som", NUMBER),
        Column("Enhed", is_filter=True),
        Column("Reference"),
    ]
    rows = [
        [
            text_cell(row["agreement_name"] or row["document_id"]),
            text_cell(row["locator"]),
            number_cell(row["document_line"]),
            text_cell(f"„{row['raw_text']}“"),
            _read_as(row),
            text_cell("" if row["unit"] == "tekst" else row["unit"]),
            text_cell(row["source_ref"]),
        ]
        for row in figures
    ]
    replies = query(database, "select * from audit_reply order by table_id, retrieved_at, source_ref")
    asked = [
        Column("Tabel", is_filter=True),
        Column("Hentet"),
        Column("Spurgt om"),
        Column("Rækker", NUMBER),
        Column("Tal", NUMBER),
        Column("Fingeraftryk (sha256)"),
        Column("Reference"),
    ]
    answers = [
        [
            text_cell(row["table_id"]),
            Cell(danish.moment(row["retrieved_at"]), row["retrieved_at"].isoformat()),
            text_cell(row["request"]),
            number_cell(row["reply_rows"]),
            number_cell(row["reply_cells"]),
            text_cell(row["sha256"][:16]),
            text_cell(row["source_ref"]),
        ]
        for row in replies
    ]
    tables = (
        Table(
            "tal",
            "Hvert tal, hvor det er trykt, og hvad der står der",
            columns,
            rows,
            [row["source_ref"] for row in figures],
        ),
        Table(
            "svar",
            "Svar fra Jobindsats, som tallene kommer fra",
            asked,
            answers,
            [row["source_ref"] for row in replies],
        ),
    )
    return Page("kilder.html", "Kilder", {table.name: table for table in tables})


def _read_as(row: Mapping[str, Any]) -> Cell:
    if row["value"] is None:
        return Cell(danish.NO_VALUE.get(row["value_status"], ""), None, None, "none")
    if row["unit"] == "dato":
        text = str(int(row["value"]))
        return Cell(f"{text[6:]}.{text[4:6]}.{text[:4]}", sortable(row["value"]))
    if row["unit"] == "år":
        return Cell(
            str(int(row["value"])) if row["value"] == int(row["value"]) else danish.number(row["value"]),
            sortable(row["value"]),
        )
    return Cell(danish.qualified(row["value"], row["value_qualifier"], row["value_to"]), sortable(row["value"]))
