"""Outcomes of checks: what each found, saved by the step that ran them until the gate loads all of them.

Belongs here: the record, and writing and reading it. Does not: running checks.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from jobmaal.core import work_folder
from jobmaal.core.errors import printable
from jobmaal.core.layout import Layout

#: Maximum number of failing rows that are shown of a check.
MOST_ROWS_SHOWN = 10
#: The steps whose outcomes the gate must have before anything is published.
GATING_STEPS = ("load", "dbt", "expectations")
#: Maximum number of characters that are shown of a cell of a failing row.
_LONGEST_CELL = 200


@dataclass(frozen=True)
class Outcome:
    """What a check found. `asset` is the table that it checks; all checks gate."""

    name: str
    asset: str
    kind: str
    holds: bool
    observed: str = ""
    expected: str = ""
    failing_rows: list[dict[str, Any]] = field(default_factory=list)

    def __str__(self) -> str:
        """Show a failed check in a few lines."""
        lines = [f"{self.asset}: {self.name} ({self.kind}): {printable(self.observed)}"]
        lines += ["    " + ", ".join(f"{k}={v}" for k, v in row.items()) for row in self.failing_rows]
        return "\n".join(lines)


def shown_row(columns: Iterable[str], cells: Iterable[object]) -> dict[str, str]:
    """Return a failing row as it is shown to people: its cells as text that a line can hold."""
    return {column: printable(str(cell), _LONGEST_CELL) for column, cell in zip(columns, cells, strict=True)}


def merge(name: str, outcomes: Sequence[Outcome]) -> Outcome:
    """Return several outcomes of one table as one, which holds where all of them hold."""
    failed = [outcome for outcome in outcomes if not outcome.holds]
    return Outcome(
        name=name,
        asset=outcomes[0].asset if outcomes else "",
        kind=outcomes[0].kind if outcomes else "",
        holds=not failed,
        observed=f"{len(outcomes) - len(failed)} of {len(outcomes)} hold",
        expected=", ".join(sorted(outcome.name for outcome in outcomes)),
        failing_rows=[{"check": o.name, **row} for o in failed for row in o.failing_rows or [{"observed": o.observed}]],
    )


def save(layout: Layout, step: str, build_id: str, outcomes: Iterable[Outcome]) -> None:
    """Write a step's outcomes for the gate, marked with the build that they are of."""
    work_folder.make(layout)
    layout.check_results.mkdir(exist_ok=True)
    content = {"build_id": build_id, "outcomes": [asdict(outcome) for outcome in outcomes]}
    path = layout.check_results / f"{step}.json"
    path.write_text(json.dumps(content, ensure_ascii=False, default=str), encoding="utf-8")


def load(layout: Layout, build_id: str) -> tuple[list[Outcome], list[str]]:
    """Return all outcomes of a build, and the steps that wrote none: without those nothing may be published."""
    found: list[Outcome] = []
    missing: list[str] = []
    for step in GATING_STEPS:
        path = layout.check_results / f"{step}.json"
        content = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
        if content.get("build_id") != build_id or not content.get("outcomes"):
            missing.append(step)
        else:
            found += [Outcome(**outcome) for outcome in content["outcomes"]]
    return found, missing
