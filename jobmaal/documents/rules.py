"""What must hold between the figures of a document as they were read, and between them and the actuals.

Belongs here: one function per rule, each a generator of faults. Does not: rules on cells and rows as text
(`jobmaal.inputs.rules`), what a printed number is worth (`numbers`), nor arithmetic that a document claims
(`reconcile`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from jobmaal.core.errors import Fault
from jobmaal.documents.figures import Figure, source_ref
from jobmaal.documents.numbers import Number
from jobmaal.inputs.rules import ACTUALS
from jobmaal.inputs.tables import Row
from jobmaal.inputs.units import DATE_UNIT

Figures = Mapping[str, Figure]
#: Actuals that were entered: input table, row and number.
Actuals = Sequence[tuple[str, Row, Number]]


def inspect(numbers: Figures, actuals: Actuals) -> list[Fault]:
    """Return every fault between figures, and between them and the actuals."""
    return [*_units(actuals, numbers), *_dates(numbers), *_parts(numbers), *_counts(actuals, numbers)]


def answers_to(table: str, row: Row) -> str:
    """Return the id of what an actual answers to."""
    column, _ = ACTUALS[table]
    return row[column]


def _units(actuals: Actuals, numbers: Figures) -> Iterator[Fault]:
    """Yield a fault for each actual that is counted in another unit than what it answers to."""
    for table, row, number in actuals:
        answered = numbers.get(source_ref(row["document_id"], answers_to(table, row)))
        if answered is not None and number.unit != answered.number.unit:
            yield row.fault("unit", f"must be that of what it answers to: '{answered.row['unit']}'")


def _dates(numbers: Figures) -> Iterator[Fault]:
    """Yield a fault for each deadline whose printed words and due date are not the same day."""
    for figure in numbers.values():
        row, number = figure.row, figure.number
        if figure.table == "targets" and number.unit == DATE_UNIT and number.value is not None and row["due_date"]:
            day = f"{number.value:.0f}"
            if row["due_date"] != f"{day[:4]}-{day[4:6]}-{day[6:]}":
                yield row.fault("due_date", f"is another day than the printed '{row['printed']}' gives")


def _parts(numbers: Figures) -> Iterator[Fault]:
    """Yield a fault for each line of which only some parts are given, and these make more than all of it.

    Where the document gives all of them, that is a claim of its own.
    """
    parts: dict[str, list[Figure]] = defaultdict(list)
    for figure in numbers.values():
        if figure.table == "budget_lines" and figure.row["part_of"]:
            parts[source_ref(figure.document_id, figure.row["part_of"])].append(figure)
    for ref, given in parts.items():
        whole = numbers.get(ref)
        if whole is None or whole.row["is_split_complete"] != "no" or whole.number.qualifier == "at_least":
            continue
        values = [part.number.value for part in given if part.number.value is not None]
        most = whole.number.value if whole.number.value_to is None else whole.number.value_to
        if most is None or any(value * most < 0 for value in values):
            continue
        rounding = (whole.number.place or Decimal(0)) / 2
        total = sum(values, Decimal(0))
        if abs(total) > abs(most) + rounding:
            lines = ", ".join(str(part.row.line) for part in given)
            rule = f"is less than its parts in line {lines} make up: {total:f} {whole.number.unit}"
            yield whole.row.fault("printed", rule + "; look them up, or name no line in part_of")


def _counts(actuals: Actuals, numbers: Figures) -> Iterator[Fault]:
    """Yield a fault for each number of courses or size of a group that is below zero."""
    planned = ((f.row, f.number) for f in numbers.values() if f.table in ("courses", "target_groups"))
    observed = ((row, number) for table, row, number in actuals if table == "actual_courses")
    for row, number in (*planned, *observed):
        if number.value is not None and number.value < 0:
            yield row.fault("printed", "is below zero, as no number of courses or persons is; type what is printed")
