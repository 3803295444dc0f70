"""What a further release costs compared with the full build of a history: one that adds a little, one that repeats all.

Belongs here: whole refreshes of one size of a history, from landed responses to published, with the steps' own seconds,
cells read and written, and memory. Writes `benchmarks/results/increment.<size>.json`, and leaves the last release for
`queries` and `readers`. Run it on a machine that does nothing else, with `make bench`.
"""

import re
import shutil
import statistics
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks import landing, measure
from benchmarks.landing import ADDED, CHANGED, HISTORY, Made
from jobmaal.core.layout import Layout
from jobmaal.releases import catalogue

CELLS = 1_000_000
#: A release that adds is of at most so much of the history.
MOST_ADDED = 0.01
#: What a release read and wrote, as its manifest's `series` counts it.
COUNTED = ("cells_read", "values_written", "parquet_rows_written")
SMALL_MEMORY = "3GB"
#: The line of progress of a step: its name, what it did, its seconds.
_STEP_RE = re.compile(r"^  (\w+) +\S.* (\d+\.\d) s$", re.MULTILINE)


def main() -> None:
    """Measure all sides in turn and write the results."""
    options = measure.options(__doc__, CELLS)
    made = landing.kept(options.cells)
    layout = made.release
    counted: dict[str, Any] = {}

    def build(deliveries: Sequence[str], is_anew: bool, **variables: str) -> measure.Run:
        if is_anew:
            clear(layout)
        for delivery in deliveries:
            made.land(delivery, layout)
        return measure.jobmaal(layout, "refresh", **variables)

    def further(delivery: str) -> measure.Run:
        run = build([delivery], is_anew=False)
        counted[delivery] = _manifest(layout).get("series")
        return run

    # Not measured: dbt parses the project once.
    build([], is_anew=True)
    done = measure.in_turn(
        options.runs,
        {
            "full build of nothing": lambda: build([], is_anew=True),
            "full build": lambda: build([HISTORY], is_anew=True),
            ADDED: lambda: further(ADDED),
            CHANGED: lambda: further(CHANGED),
        },
    )
    small = measure.in_turn(
        1, {"full build with 3 GB set": lambda: build([HISTORY], is_anew=True, JOBMAAL_MEMORY=SMALL_MEMORY)}
    )
    _write(made, options.runs, done, small, counted)


def clear(layout: Layout) -> None:
    """Remove everything except what dbt has parsed."""
    for path in layout.data.glob("*") if layout.data.exists() else ():
        if path.is_dir() and not path.is_symlink() and path != layout.dbt_target:
            shutil.rmtree(path)
        elif path != layout.dbt_target:
            path.unlink()


def released(made: Made) -> Layout:
    """Return folders with a current release of a history, which is built where there is none."""
    layout = made.release
    if catalogue.current_id(layout) is None:
        made.land(HISTORY, layout)
    # Nothing new, nothing to do; another state of the code builds everything.
    measure.jobmaal(layout, "refresh")
    return layout


def steps(run: measure.Run) -> dict[str, float]:
    """Return the seconds of each step of a refresh."""
    seconds: dict[str, float] = defaultdict(float)
    for name, of_step in _STEP_RE.findall(run.output):
        seconds[name] += float(of_step)
    return dict(seconds)


def checks_share(seconds: Mapping[str, float]) -> float:
    """Return the time of all gating checks as a share of that of making what they check."""
    return seconds["check"] / sum(seconds[name] for name in ("load", "series", "build"))


def touched_share(counted: Mapping[str, Any] | None, cells: int) -> float | None:
    """Return the larger of the cells read and written as a share of all; None where a release does not count them."""
    if counted is None or not set(COUNTED) <= set(counted):
        return None
    return float(max(counted[name] for name in COUNTED) / cells)


def _manifest(layout: Layout) -> Mapping[str, Any]:
    current = catalogue.current_id(layout)
    assert current is not None
    return catalogue.read_manifest(layout, current)


def _write(
    made: Made,
    runs: int,
    done: Mapping[str, Sequence[measure.Run]],
    small: Mapping[str, Sequence[measure.Run]],
    counted: Mapping[str, Any],
) -> None:
    seconds, cells, memory = measure.medians(done), made.cells[HISTORY], measure.memory({**done, **small})
    is_little = made.cells[ADDED] <= MOST_ADDED * cells
    measure.write(
        measure.sized("increment", cells),
        runs,
        {
            "added": seconds[ADDED] / seconds["full build"] if is_little else None,
            "added_cells": touched_share(counted[ADDED], cells) if is_little else None,
            "changed": seconds[CHANGED] / seconds["full build"],
            "checks": statistics.median(checks_share(steps(run)) for run in done["full build"]),
            "memory": memory["full build"] / 1000,
            "memory_small": memory["full build with 3 GB set"] / 1000,
        },
        {
            "cells_of_deliveries": made.cells,
            "median_seconds": {**seconds, **measure.medians(small)},
            "seconds_of_steps": {side: steps(of_side[-1]) for side, of_side in {**done, **small}.items()},
            "read_and_written": counted,
            "peak_memory_mb": memory,
            "spilled_mb": {side: round(max(r.spilled_mb for r in rs)) for side, rs in {**done, **small}.items()},
        },
        cells,
    )


if __name__ == "__main__":
    main()
