"""What is compared with what, how much it may be at most, and the one table of it in docs/performance.md.

Belongs here: the rows with their bounds, and writing the table from the results. Does not: measuring. Run it with
`python -m benchmarks.table`; it ends with 1 where a bound is missed.
"""

import json
import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jobmaal.core.layout import PROJECT

RESULTS = Path(__file__).with_name("results")
PAGE = PROJECT / "docs" / "performance.md"
TIMES = "\N{MULTIPLICATION SIGN}"
BEGIN, END = "<!-- figures: python -m benchmarks.table -->", "<!-- end of figures -->"


@dataclass(frozen=True)
class Row:
    """A row of the table. `is_least` where the figure is how many times faster, and the bound its least."""

    what: str
    against: str
    bound: float
    is_least: bool = False
    unit: str = TIMES

    def holds(self, value: float) -> bool:
        """Check whether a figure keeps the bound."""
        return value >= self.bound if self.is_least else value <= self.bound

    def shown(self, value: float) -> str:
        """Write a figure as the table has it."""
        return f"{value:.2f}{self.unit}" + (" faster" if self.is_least else "")


ROWS = {
    "refresh": Row("refresh of the shipped input up to publishing", "bare `dbt build` of the same models", 2.0),
    "refresh_stack": Row(
        "refresh of the shipped input up to publishing",
        "`dagster asset materialize` with `@dbt_assets`, the same job, all steps in one process",
        3.0,
        True,
    ),
    "refresh_stack_usual": Row(
        "refresh of the shipped input up to publishing",
        "the same stack as Dagster runs it by default, a process a step",
        3.0,
        True,
    ),
    "nothing_new": Row("refresh with nothing new", "`jobmaal --version`", 1.5),
    "report": Row("refresh of the shipped input", "the same without the report", 1.33),
    "exports": Row("refresh of the shipped input", "the same up to publishing", 1.5),
    "series": Row("landed responses → `fct_benchmark` and vintages", "DuckDB parsing the same bytes, typed", 2.0),
    "dlt": Row("landed responses → tables", "dlt into DuckDB, its fastest way: Arrow tables", 10.0, True),
    "dlt_usual": Row("landed responses → tables", "dlt into DuckDB, the way of its tutorials: rows", 10.0, True),
    "pandas": Row("landed responses → tables", "pandas `to_sql`, its fastest way: ADBC", 10.0, True),
    "pandas_usual": Row("landed responses → tables", "pandas `to_sql`, with nothing said", 10.0, True),
    "added": Row("a release that adds ≤ 1 % of cells, to published", "the full build of that history", 0.2),
    "added_cells": Row("cells that it parses or rewrites", "all cells of the history", 0.05),
    "changed": Row("a full redelivery in which 1 % of cells changed", "the full build", 0.8),
    "checks": Row("all gating checks", "load, series and build of the same refresh", 0.15),
    "queries": Row("the questions and the report's queries of the series, p95", "one flat sorted Parquet file", 1.25),
    "growth_series": Row("growth of the time of landed responses → tables", "linear", 1.05, unit=""),
    "growth_refresh": Row("growth of the time of a whole refresh", "linear", 1.05, unit=""),
    "memory": Row("peak memory of a whole refresh", "", 6.0, unit=" GB"),
    "memory_small": Row("peak memory with 3 GB set; it completes, spilling", "", 6.0, unit=" GB"),
    "readers": Row("eight BI readers during a publish, p95", "the same readers alone", 2.0),
    "readers_errors": Row("errors that they met", "", 0, unit=""),
    "push": Row("`jobmaal push` of ten million rows into PostgreSQL", "`psql \\copy` of the same rows", 2.0),
}
#: Rows that are worked out from the results of several sizes: the subject, its side, and the side of its fixed start.
GROWTHS = {
    "growth_series": ("series", "series", "series of nothing"),
    "growth_refresh": ("increment", "full build", "full build of nothing"),
}


def figure(row_id: str, value: float | None) -> dict[str, Any]:
    """Return a result's figure of a row."""
    row, rounded = ROWS[row_id], None if value is None else round(value, 4)
    return {"value": rounded, "bound": row.bound, "is_met": None if rounded is None else row.holds(rounded)}


def read_results(folder: Path = RESULTS) -> dict[str, dict[str, Any]]:
    """Read all results by name."""
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))}


def found(results: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return the figure of each row that was measured, with its cells and runs: that of the largest history."""
    best: dict[str, dict[str, Any]] = {}
    for result in sorted(results.values(), key=lambda result: result.get("cells") or 0):
        for row_id, measured in result["measured"].items():
            if measured["value"] is not None:
                runs = result.get("runs_of", {}).get(row_id, result["runs"])
                best[row_id] = {**measured, "cells": _cells(result.get("cells")), "runs": runs}
    for row_id, (subject, side, start) in GROWTHS.items():
        sizes = sorted(
            (result["cells"], result["median_seconds"][side] - result["median_seconds"][start], result["runs"])
            for name, result in results.items()
            if name.startswith(f"{subject}.")
        )
        if len(sizes) > 1:
            cells, seconds, runs = zip(*sizes, strict=True)
            span = f"{_cells(cells[0])} → {_cells(cells[-1])}"
            best[row_id] = {**figure(row_id, slope(cells, seconds)), "cells": span, "runs": min(runs)}
    return best


def slope(cells: Sequence[float], seconds: Sequence[float]) -> float:
    """Return by how much the logarithm of the time grows with that of the cells: 1 is linear (least squares)."""
    x, y = [math.log(one) for one in cells], [math.log(one) for one in seconds]
    mean_x, mean_y = sum(x) / len(x), sum(y) / len(y)
    pairs = list(zip(x, y, strict=True))
    return sum((a - mean_x) * (b - mean_y) for a, b in pairs) / sum((a - mean_x) ** 2 for a in x)


def table(figures: Mapping[str, Mapping[str, Any]]) -> str:
    """Write the table, without padding in its cells."""
    lines = [
        "|What|Against|Cells|Runs|Measured|Bound|Met|",
        "|---|---|---|---|---|---|---|",
    ]
    for row_id, row in ROWS.items():
        figure = figures.get(row_id)
        bound = f"{'≥' if row.is_least else '≤'} {row.bound:g}{row.unit}"
        measured = (
            [figure["cells"], str(figure["runs"]), row.shown(figure["value"])] if figure else ["", "", "not measured"]
        )
        met = "" if figure is None else "yes" if figure["is_met"] else "**no**"
        lines.append(f"|{'|'.join([row.what, row.against, *measured, bound, met])}|")
    return "\n".join(lines)


def on_page(page: str, written: str, begin: str = BEGIN) -> str:
    """Put a table where it stands on its page."""
    before, _, rest = page.partition(begin)
    _, _, after = rest.partition(END)
    return f"{before}{begin}\n\n{written}\n\n{END}{after}"


def _cells(count: int | None) -> str:
    return "" if count is None else f"{count / 1e6:.3g} M"


def main() -> None:
    """Write the table into the page, and print it."""
    figures = found(read_results())
    written = table(figures)
    PAGE.write_text(on_page(PAGE.read_text(encoding="utf-8"), written), encoding="utf-8")
    print(written)
    sys.exit(any(not found["is_met"] for found in figures.values()))


if __name__ == "__main__":
    main()
