"""Every figure of the documents, with the place where it is printed and the value that it has.

Belongs here: collecting the figures from all input tables that carry them, and giving each its
`source_ref`. Does not: the grammar of numbers (`numbers`) and sums over figures (`reconcile`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from jobmaal.core.errors import Fault
from jobmaal.documents.numbers import Number, NumberError, UnitError, parse
from jobmaal.inputs.tables import Input, Row


@dataclass(frozen=True)
class Figure:
    """A figure: `source_ref` names it everywhere, `row` is where the data team wrote it down."""

    source_ref: str
    document_id: str
    figure_id: str
    table: str
    number: Number
    row: Row


def source_ref(document_id: str, figure_id: str) -> str:
    """Name a figure. A reference within a document may already name another document."""
    return figure_id if ":" in figure_id else f"{document_id}:{figure_id}"


def inspect(tables: Input) -> tuple[dict[str, Figure], list[Fault]]:
    """Read the figures that can be read, and give them with a fault for each text that is no number."""
    figures: dict[str, Figure] = {}
    faults: list[Fault] = []
    for table, row in _figure_rows(tables):
        number = _read(row, faults)
        if number is not None:
            ref = source_ref(row.document_id, row["figure_id"])
            figures[ref] = Figure(ref, row.document_id, row["figure_id"], table, number, row)
    return figures, faults


def entered(tables: Input, faults: list[Fault]) -> list[tuple[str, Row, Number]]:
    """Read the actuals that the data team entered: table, row and value. Adds to `faults` what is no number."""
    rows = [
        (table, row) for table in ("actual_courses", "actual_amounts", "actual_targets") for row in tables.of(table)
    ]
    return [(table, row, number) for table, row in rows if (number := _read(row, faults)) is not None]


def _read(row: Row, faults: list[Fault]) -> Number | None:
    if not row["printed"] or not row["unit"]:
        return None
    try:
        return parse(row["printed"], row["unit"], row["reading"])
    except NumberError as error:
        faults.append(row.fault("unit" if isinstance(error, UnitError) else "printed", str(error)))
        return None


def _figure_rows(tables: Input) -> Iterator[tuple[str, Row]]:
    for table in tables.schema.values():
        if table.has_figures:
            yield from ((table.name, row) for row in tables.of(table.name) if row["figure_id"])
