"""The page that every number leads to. Nothing else belongs here."""

import duckdb

from jobmaal.core.database import Row, query
from jobmaal.inputs.units import DATE_UNIT
from jobmaal.outputs import danish
from jobmaal.outputs.report.cells import NUMBER, Cell, Column, Table, sortable
from jobmaal.outputs.report.pages.shared import Page, page, rows_of


def sources(database: duckdb.DuckDBPyConnection) -> Page:
    """Show where each figure is printed, and what was requested of Jobindsats: every other page leads here."""
    responses = query(database, "select * from audit_reply order by table_id, retrieved_at, source_ref")
    return page(
        "kilder.html",
        "Kilder",
        [
            Table("tal", "Hvert tal, hvor det er trykt, og hvad der står der",
                  _FIGURES, rows_of(database, "figures"), "source_ref"),
            Table("svar", "Svar fra Jobindsats, som tallene kommer fra", _RESPONSES, responses, "source_ref"),
        ],
    )  # fmt: skip


def _read_as(row: Row) -> Cell:
    value = row["value"]
    if value is None:
        return Cell(danish.NO_VALUE.get(row["value_status"], ""), None, None, "none")
    if row["unit"] == DATE_UNIT:
        text = f"{value:.0f}"
        return Cell(f"{text[6:]}.{text[4:6]}.{text[:4]}", sortable(value))
    if row["unit"] == "år":
        return Cell(str(int(value)) if value == int(value) else danish.number(value), sortable(value))
    return Cell(danish.qualified(value, row["value_qualifier"], row["value_to"]), sortable(value))


_FIGURES = (
    Column("Dokument", lambda row: row["agreement_name"] or row["document_id"], is_filter=True),
    Column("Sted", "locator"),
    Column("Linje", "document_line", NUMBER),
    Column("Trykt", lambda row: f"„{row['raw_text']}“"),
    Column("Læst som", _read_as, NUMBER),
    Column("Enhed", lambda row: "" if row["unit"] == "tekst" else row["unit"], is_filter=True),
    Column("Reference", "source_ref"),
)
_RESPONSES = (
    Column("Tabel", "table_id", is_filter=True),
    Column("Hentet", lambda row: Cell(danish.moment(row["retrieved_at"]), row["retrieved_at"].isoformat())),
    Column("Spurgt om", "request"),
    Column("Rækker", "reply_rows", NUMBER),
    Column("Tal", "reply_cells", NUMBER),
    Column("Fingeraftryk (sha256)", lambda row: row["sha256"][:16]),
    Column("Reference", "source_ref"),
)
