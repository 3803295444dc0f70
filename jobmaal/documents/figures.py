"""Every figure of the documents, with the place where it is printed and the value that it has.

Belongs here: collecting the figures from all input tables that carry them, and giving each its
`source_ref`. Does not: the grammar of numbers (`numbers`) and sums over figures (`reconcile`).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from jobmaal.core.errors import Fault
from jobmaal.documents.numbers import Number, NumberError, UnitError, parse
from jobmaal.inputs.rules import ACTUALS
from jobmaal.inputs.tables import Input, Row


@dataclass(frozen=True)
class Figure:
    """A figure: `source_ref` names it everywhere, `row` is where the data team wrote it down."""

    source_ref: str
    number: Number
    row: Row

    @property
    def document_id(self) -> str:
        """The document that prints it."""
        return self.row.document_id

    @property
    def figure_id(self) -> str:
        """Its id within the document."""
        return self.row["figure_id"]

    @property
    def table(self) -> str:
        """The input table that carries it."""
        return self.row.table

    @property
    def value(self) -> Decimal:
        """What it is in a sum: zero where no number can be read."""
        return self.number.value if self.number.value is not None else Decimal(0)


class Actual(NamedTuple):
    """What was done or spent of something planned, as the data team entered it."""

    table: str
    row: Row
    number: Number

    @property
    def answers_to(self) -> str:
        """The `source_ref` of what was planned."""
        return source_ref(self.row["document_id"], self.row[ACTUALS[self.table][0]])


def source_ref(document_id: str, figure_id: str) -> str:
    """Return a figure's name. A reference within a document may already name another document."""
    return figure_id if ":" in figure_id else f"{document_id}:{figure_id}"


def inspect(tables: Input) -> tuple[dict[str, Figure], list[Actual], list[Fault]]:
    """Return the figures and actuals that can be read, with a fault for each text that is no number.

    A document without figures is a fault too.
    """
    faults: list[Fault] = []
    figures = (
        Figure(source_ref(row.document_id, row["figure_id"]), number, row)
        for row, number in _read(tables.figures(), faults)
    )
    by_name = {figure.source_ref: figure for figure in figures}
    faults += [
        row.fault("document_id", "has no figure; a document is in the warehouse for its figures")
        for row in tables.of("documents")
        if not tables.figures(row["document_id"])
    ]
    entered = [row for table in ACTUALS for row in tables.of(table)]
    return by_name, [Actual(row.table, row, number) for row, number in _read(entered, faults)], faults


def _read(rows: Iterable[Row], faults: list[Fault]) -> Iterator[tuple[Row, Number]]:
    for row in rows:
        if row["printed"] and row["unit"]:
            try:
                yield row, parse(row["printed"], row["unit"], row["reading"], row["sign"])
            except NumberError as error:
                faults.append(row.fault("unit" if isinstance(error, UnitError) else "printed", str(error)))
