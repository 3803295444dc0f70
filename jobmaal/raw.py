"""Writing the input tables, and what was read out of them, into the work database.

Belongs here: the raw tables and their columns. Does not: reading and judging (`tables`, `figures`,
`reconcile`), nor any typing of the raw cells, which is dbt's staging.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from jobmaal.core.build import CONTRACT, VERSION, Build
from jobmaal.core.errors import Fault, FaultyInputError
from jobmaal.core.layout import Layout
from jobmaal.documents import figures, reconcile
from jobmaal.documents.numbers import Number
from jobmaal.inputs import rules, tables
from jobmaal.inputs.tables import Row
from jobmaal.inputs.units import DATE_UNIT
from jobmaal.jobindsats import config

if TYPE_CHECKING:
    import duckdb

#: Columns that every raw table has beside the file's own.
_ORIGIN = ("_document_id", "_file", "_line", "_sha256")

_READ_TABLES = {
    "read_figures": {
        "source_ref": "varchar", "document_id": "varchar", "figure_id": "varchar", "input_table": "varchar",
        "locator": "varchar", "document_line": "integer", "raw_text": "varchar", "value": "decimal(18, 4)",
        "value_to": "decimal(18, 4)", "unit": "varchar", "value_qualifier": "varchar", "value_status": "varchar",
        "input_file": "varchar", "input_line": "integer", "note": "varchar",
    },
    "worked_claims": {
        "claim_id": "varchar", "document_id": "varchar", "claim_kind": "varchar", "scope": "varchar",
        "scope_da": "varchar", "stated_value": "decimal(18, 4)", "computed_value": "decimal(18, 4)",
        "residual": "decimal(18, 4)", "tolerance": "decimal(18, 4)", "unit": "varchar", "cells_checked": "bigint",
        "status": "varchar", "explanation": "varchar", "explanation_da": "varchar", "source_ref": "varchar",
    },
    "claim_figures": {"claim_id": "varchar", "source_ref": "varchar"},
    "read_actuals": {
        "input_table": "varchar", "document_id": "varchar", "answers_to": "varchar", "period_id": "varchar",
        "value": "decimal(18, 4)", "value_to": "decimal(18, 4)", "value_qualifier": "varchar", "unit": "varchar",
        "source_ref": "varchar",
    },
    "build": {
        "build_id": "varchar", "built_at": "timestamptz", "contract": "integer", "jobmaal_version": "varchar",
        "git_revision": "varchar", "input_sha256": "varchar", "has_synthetic": "boolean",
    },
}  # fmt: skip


@dataclass(frozen=True)
class Reading:
    """Everything that the input tables say, read and judged."""

    tables: tables.Input
    figures: Mapping[str, figures.Figure]
    claims: Sequence[reconcile.Claim]
    actuals: Sequence[tuple[str, Row, Number]]

    @property
    def broken(self) -> list[reconcile.Claim]:
        """The claims that neither hold nor are explained."""
        return [claim for claim in self.claims if claim.status == "broken"]


def read_all(layout: Layout) -> Reading:
    """Read and judge the input tables. Raises FaultyInputError; broken claims are for the gate to stop."""
    found, faults = tables.inspect(layout)
    numbers, unread = figures.inspect(found)
    actuals = figures.entered(found, unread)
    unread += _units_at_odds(actuals, numbers)
    unread += _dates_at_odds(numbers)
    unread += _parts_beyond_wholes(numbers)
    unread += _counts_below_zero(actuals, numbers)
    unread += rules.inspect(found)
    unread += config.inspect(found)
    if faults or unread:
        raise FaultyInputError([*faults, *unread])
    return Reading(found, numbers, reconcile.evaluate(found, numbers), actuals)


def _units_at_odds(actuals: Sequence[tuple[str, Row, Number]], numbers: Mapping[str, figures.Figure]) -> list[Fault]:
    """Return a fault for each actual that is counted in another unit than what it answers to."""
    faults = []
    for table, row, number in actuals:
        answered = numbers.get(figures.source_ref(row["document_id"], _answers_to(table, row)))
        if answered is not None and number.unit != answered.number.unit:
            faults.append(row.fault("unit", f"must be that of what it answers to: '{answered.row['unit']}'"))
    return faults


def _dates_at_odds(numbers: Mapping[str, figures.Figure]) -> list[Fault]:
    """Return a fault for each deadline whose printed words and due date are not the same day."""
    faults = []
    for figure in numbers.values():
        row, value = figure.row, figure.number.value
        if figure.table == "targets" and figure.number.unit == DATE_UNIT and value is not None and row["due_date"]:
            day = f"{value:.0f}"
            if row["due_date"] != f"{day[:4]}-{day[4:6]}-{day[6:]}":
                faults.append(row.fault("due_date", f"is another day than the printed '{row['printed']}' gives"))
    return faults


def _parts_beyond_wholes(numbers: Mapping[str, figures.Figure]) -> list[Fault]:
    """Return a fault for each line of which some parts are given that make more than all of it.

    Where the document gives all of them, that is a claim of its own.
    """
    parts: dict[str, list[figures.Figure]] = {}
    for figure in numbers.values():
        if figure.table == "budget_lines" and figure.row["part_of"]:
            parts.setdefault(figures.source_ref(figure.document_id, figure.row["part_of"]), []).append(figure)
    faults = []
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
            named = ", ".join(str(part.row.line) for part in given)
            rule = f"is less than its parts in line {named} make up: {total:f} {whole.number.unit}"
            faults.append(whole.row.fault("printed", rule + "; look them up, or name no line in part_of"))
    return faults


def _counts_below_zero(
    actuals: Sequence[tuple[str, Row, Number]], numbers: Mapping[str, figures.Figure]
) -> list[Fault]:
    """Return a fault for each number of courses or size of a group that is below zero."""
    planned = [(f.row, f.number) for f in numbers.values() if f.table in ("courses", "target_groups")]
    held = [(row, number) for table, row, number in actuals if table == "actual_courses"]
    return [
        row.fault("printed", "is below zero, as no number of courses or persons is; type what is printed")
        for row, number in (*planned, *held)
        if number.value is not None and number.value < 0
    ]


def raw_table_names(layout: Layout) -> list[str]:
    """Name every raw table in the order in which they are declared."""
    return [*tables.read_schema(layout.input_schema), *_READ_TABLES]


def write(
    connection: duckdb.DuckDBPyConnection, reading: Reading, build: Build, names: Sequence[str]
) -> dict[str, int]:
    """Write the named raw tables and give the number of rows of each."""
    import pandas as pd  # the framework-free commands start without it

    connection.execute("create schema if not exists raw")
    counts = {}
    for name in names:
        columns, rows = _content(name, reading, build)
        frame = pd.DataFrame(rows, columns=list(columns), dtype=object)
        selected = ", ".join(f'cast("{column}" as {kind}) as "{column}"' for column, kind in columns.items())
        connection.register("frame", frame)
        connection.execute(f"create or replace table raw.{name} as select {selected} from frame")
        connection.unregister("frame")
        counts[name] = len(rows)
    return counts


def _content(name: str, reading: Reading, build: Build) -> tuple[dict[str, str], list[tuple[Any, ...]]]:
    """Return a raw table's columns with their types, and its rows."""
    if name not in _READ_TABLES:
        columns = [*reading.tables.schema[name].column_names]
        sha256 = reading.tables.sha256
        rows = [
            (*(row[c] or None for c in columns), row.document_id or None, row.file, str(row.line), sha256[row.file])
            for row in reading.tables.of(name)
        ]
        return dict.fromkeys([*columns, *_ORIGIN], "varchar"), rows
    told = (
        build.build_id,
        build.built_at,
        CONTRACT,
        VERSION,
        build.git_revision or None,
        build.input_sha256,
        build.has_synthetic,
    )
    content: dict[str, Callable[[], list[tuple[Any, ...]]]] = {
        "read_figures": lambda: [_figure(f) for f in reading.figures.values()],
        "worked_claims": lambda: [_claim(c) for c in reading.claims],
        "claim_figures": lambda: [(c.claim_id, ref) for c in reading.claims for ref in c.source_refs],
        "read_actuals": lambda: [_actual(*a) for a in reading.actuals],
        "build": lambda: [told],
    }
    return _READ_TABLES[name], content[name]()


def _figure(figure: figures.Figure) -> tuple[Any, ...]:
    number, row = figure.number, figure.row
    return (
        figure.source_ref, figure.document_id, figure.figure_id, figure.table, row["locator"], int(row["line"]),
        row["printed"], number.value, number.value_to, number.unit, number.qualifier, number.status, row.file,
        row.line, row["note"] or None,
    )  # fmt: skip


def _claim(claim: reconcile.Claim) -> tuple[Any, ...]:
    # What cannot be read has no value, and so no residual either; the claim's status tells of it.
    stated = claim.stated.number.value
    return (
        claim.claim_id, claim.document_id, claim.claim_kind, claim.scope, claim.scope_da, stated,
        claim.computed_value, None if stated is None else claim.residual, claim.tolerance, claim.stated.number.unit,
        claim.cells_checked, claim.status, claim.explanation or None, claim.explanation_da or None,
        claim.stated.source_ref,
    )  # fmt: skip


def _actual(table: str, row: Row, number: Number) -> tuple[Any, ...]:
    return (
        table, row["document_id"], _answers_to(table, row), row["period_id"], number.value, number.value_to,
        number.qualifier, number.unit, f"{row.file}:{row.line}",
    )  # fmt: skip


def _answers_to(table: str, row: Row) -> str:
    """Name what an actual answers to."""
    column, _ = rules.ACTUALS[table]
    return row[column]
