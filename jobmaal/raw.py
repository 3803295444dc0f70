"""Reading all input tables, and writing them and what was read out of them into the work database.

Belongs here: the rows of the raw tables. Does not: their columns (dbt's sources declare them) and writing them
(`core.raw_tables`), reading and judging (`inputs`, `documents`), the series (`jobindsats.cells`), nor any typing of the
raw cells, which is dbt's staging.
"""

from __future__ import annotations

import difflib
import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jobmaal.core import raw_tables
from jobmaal.core.build import CONTRACT, VERSION, Build
from jobmaal.core.errors import FaultyInputError, JobmaalError
from jobmaal.core.layout import Layout
from jobmaal.core.municipality import MUNICIPALITY, MUNICIPALITY_VARIABLE, municipality
from jobmaal.core.raw_tables import Rows
from jobmaal.documents import figures, reconcile
from jobmaal.documents import rules as number_rules
from jobmaal.documents.claims import Claim
from jobmaal.documents.figures import Actual
from jobmaal.inputs import rules, tables
from jobmaal.inputs.rules import ACTUALS
from jobmaal.jobindsats import config

if TYPE_CHECKING:
    import duckdb

#: Columns that the raw table of each input table has beside the file's own.
_ORIGIN = ("_document_id", "_file", "_line", "_sha256")
#: What was read out of the input tables, and the build, with their columns.
_READ_TABLES = raw_tables.declared("jobmaal")


@dataclass(frozen=True)
class Reading:
    """Everything that the input tables say, read and judged."""

    tables: tables.Input
    figures: Mapping[str, figures.Figure]
    claims: Sequence[Claim]
    actuals: Sequence[Actual]

    @property
    def broken(self) -> list[Claim]:
        """The claims that neither hold nor are explained."""
        return [claim for claim in self.claims if claim.status == "broken"]


def read_all(layout: Layout, *, for_editions: bool = False) -> Reading:
    """Return the input tables, read and judged. Raises FaultyInputError; broken claims are for the gate to stop.

    Raises JobmaalError where the setting names no municipality.

    The last result is kept for the process by the bytes of all files, so a refresh reads and judges them once,
    whichever of its steps asks first. `for_editions`: also what only the check against the text editions reads.
    """
    reading = _read_snapshot(tables.snapshot(layout), for_editions=for_editions)
    _check_municipality(reading.tables)
    return reading


def _check_municipality(found: tables.Input) -> None:
    """Raise JobmaalError unless the setting names a municipality of today."""
    name = municipality()
    names = [
        row["area_name"] for row in found.of("areas") if row["area_type"] == "municipality" and not row["valid_to"]
    ]
    if name not in (MUNICIPALITY, *names):
        near = difflib.get_close_matches(name, names, n=3, cutoff=0.5)
        hint = f"; did you mean {' or '.join(near)}?" if near else "; the names are those of shared/areas.csv."
        raise JobmaalError(f"{MUNICIPALITY_VARIABLE} is '{name}', which is no municipality{hint}")


@functools.lru_cache(maxsize=1)
def _read_snapshot(files: tables.Snapshot, *, for_editions: bool) -> Reading:
    found, faults = tables.inspect_snapshot(files, for_editions=for_editions)
    numbers, actuals, unread = figures.inspect(found)
    unread += [*number_rules.inspect(numbers, actuals), *rules.inspect(found), *config.inspect(found)]
    if faults or unread:
        raise FaultyInputError([*faults, *unread])
    return Reading(found, numbers, reconcile.evaluate(found, numbers), actuals)


def raw_table_names(layout: Layout) -> list[str]:
    """Return the names of every raw table but those of the series, in the order in which they are declared."""
    return [*tables.read_schema(layout.input_schema), *_READ_TABLES]


def write(
    connection: duckdb.DuckDBPyConnection, reading: Reading, build: Build, names: Sequence[str]
) -> dict[str, int]:
    """Write the named raw tables; return the number of rows of each."""
    counts = {}
    for name in names:
        if name in _READ_TABLES:
            columns, rows = _READ_TABLES[name], _ROWS[name](reading, build)
        else:
            columns = dict.fromkeys((*reading.tables.schema[name].column_names, *_ORIGIN), "varchar")
            rows = _input_rows(name, reading.tables)
        raw_tables.create(connection, {name: columns})
        raw_tables.insert(connection, name, columns, rows)
        counts[name] = len(rows)
    return counts


def _input_rows(name: str, found: tables.Input) -> Rows:
    columns = found.schema[name].column_names
    return [
        (*(row[c] or None for c in columns), row.document_id or None, row.file, str(row.line), found.sha256[row.file])
        for row in found.of(name)
    ]


def _figure(figure: figures.Figure) -> tuple[Any, ...]:
    number, row = figure.number, figure.row
    return (
        figure.source_ref, figure.document_id, figure.figure_id, figure.table, row["locator"], int(row["line"]),
        row["printed"], number.value, number.value_to, number.unit, number.qualifier, number.status, row.file,
        row.line, row["note"] or None,
    )  # fmt: skip


def _claim(claim: Claim) -> tuple[Any, ...]:
    # What cannot be read has no value, and so no residual either; the claim's status shows it.
    stated = claim.stated.number.value
    return (
        claim.claim_id, claim.document_id, claim.claim_kind, claim.scope, claim.scope_da, stated,
        claim.computed_value, None if stated is None else claim.residual, claim.tolerance, claim.stated.number.unit,
        claim.cells_checked, claim.status, claim.explanation or None, claim.explanation_da or None,
        claim.stated.source_ref,
    )  # fmt: skip


def _actual(actual: Actual) -> tuple[Any, ...]:
    row, number = actual.row, actual.number
    return (
        actual.table, row["document_id"], row[ACTUALS[actual.table][0]], row["period_id"], number.value,
        number.value_to, number.qualifier, number.unit, f"{row.file}:{row.line}",
    )  # fmt: skip


def _build(build: Build) -> tuple[Any, ...]:
    return (
        build.build_id, build.built_at, CONTRACT, VERSION, build.git_revision or None, build.input_sha256,
        build.has_synthetic, build.municipality,
    )  # fmt: skip


#: The rows of what was read out of the input tables, in the order of the declared columns.
_ROWS: Mapping[str, Callable[[Reading, Build], Rows]] = {
    "read_figures": lambda reading, _: [_figure(f) for f in reading.figures.values()],
    "worked_claims": lambda reading, _: [_claim(c) for c in reading.claims],
    "claim_figures": lambda reading, _: [(c.claim_id, ref) for c in reading.claims for ref in c.source_refs],
    "read_actuals": lambda reading, _: [_actual(actual) for actual in reading.actuals],
    "build": lambda _, build: [_build(build)],
}
