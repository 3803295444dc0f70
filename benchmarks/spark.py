"""What the series cost on a Spark cluster of two workers on this machine: the figures behind docs/scale-out.md.

Belongs here: one run of each step on one cluster, from nothing to a redelivery, and what it cost. Does not: bounds,
since the cluster shares this machine's cores with itself; a real one is measured by running this there. Writes
`benchmarks/results/spark.json`; it wants Java 17 and `make spark-env`.

What counts is the work of the tasks (core-seconds), which more machines divide, and apart from it the seconds that no
machine takes away: planning, dbt, one statement after the other. The table on the page is worked out from the result.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks import landing, measure, table
from jobmaal.core.layout import PROJECT, Layout
from jobmaal.releases.incremental import STATE
from scale_out import cluster

CELLS = 1_000_000
#: What is extrapolated: a thousand million cells, and the number of cores.
ON_PAPER, CORES = 1_000_000_000, (16, 64)
PAGE = PROJECT / "docs" / "scale-out.md"
BEGIN = "<!-- figures: python -m benchmarks.spark -->"
#: What lands before each step.
STEPS = {"nothing": (), "history": (landing.HISTORY,), "added": (landing.ADDED,), "changed": (landing.CHANGED,)}
#: The tables that grow with the cells, by what they are.
_TABLES = {
    "responses as read": "raw.db/reply_rows",
    "values of a build": "raw.db/read_vintages",
    "fct_benchmark": "main.db/fct_benchmark",
    "fct_benchmark_vintage": "main.db/fct_benchmark_vintage",
}


def main() -> None:
    """Measure each step once and write the results."""
    options = measure.options(__doc__, CELLS)
    made = landing.kept(options.cells)
    with made.run("spark", landed=()) as layout:
        measure.jobmaal(layout, "refresh")
        state = layout.current / STATE
        with cluster.running(layout.data / "cluster", memory="3g", driver_memory="2g") as spark:
            steps = {}
            for name, landed in STEPS.items():
                for delivery in landed:
                    made.land(delivery, layout)
                steps[name] = _build(layout, spark, state)
                measure.log(f"{name}: {steps[name]}")
    cells, json_mb = made.cells[landing.HISTORY], round(made.bytes[landing.HISTORY] / 1e6, 1)
    measure.write("spark", 1, {}, {"workers": cluster.WORKERS, "json_mb": json_mb, "steps": steps}, cells)
    written = on_paper(table.read_results().get("spark"))
    PAGE.write_text(table.on_page(PAGE.read_text(encoding="utf-8"), written, BEGIN), encoding="utf-8")


def on_paper(result: Mapping[str, Any] | None) -> str:
    """Work out what a thousand million cells would take, in proportion to those that were measured.

    What a build of nothing takes is the same for any number of cells, and is not multiplied.
    """
    if result is None:
        return "Not measured yet."
    cells, steps = result["cells"], result["steps"]
    times = ON_PAPER / cells
    history, nothing = steps["history"], steps["nothing"]
    work = history["core_seconds"] - nothing["core_seconds"]
    rows = [("cells of the landed responses", f"{cells / 1e6:.3g} M", f"{ON_PAPER / 1e6:,.0f} M")]
    rows += [("their JSON", f"{result['json_mb']:,.0f} MB", f"{result['json_mb'] * times / 1000:,.0f} GB")]
    rows += [("work of the tasks", f"{work:,.0f} core-seconds", f"{work * times / 3600:,.1f} core-hours")]
    rows += [(f"the same on {n} cores, all busy", "", f"{work * times / 3600 / n:,.1f} hours") for n in CORES]
    rows += [("sent from worker to worker", *_sizes(history["shuffled_mb"], times))]
    rows += [(f"on disk: {name}", *_sizes(size, times)) for name, size in history["megabytes"].items()]
    rows += [("for any number of cells: a build of nothing", f"{nothing['seconds']:,.0f} seconds", "")]
    lines = ["||Measured|In proportion|", "|---|---|---|", *(f"|{'|'.join(row)}|" for row in rows)]
    return "\n".join(lines)


def _sizes(megabytes: float, times: float) -> tuple[str, str]:
    return f"{megabytes:,.1f} MB", f"{megabytes * times / 1000:,.0f} GB"


def _build(layout: Layout, spark: cluster.Cluster, state: Path) -> dict[str, Any]:
    """Build what has landed; return its own report, its work on the workers, and the sizes of the tables after."""
    before = _work(spark)
    known = measure.environment(layout) | spark.to_environment()
    done = measure.run([str(cluster.VENV / "bin" / "python"), "-m", "scale_out.build", str(state)], known)
    report, after = done.answer, _work(spark)
    return {
        **{key: report[key] for key in ("replies", "cells", "partitions", "is_whole")},
        "seconds": round(done.seconds, 1),
        "seconds_of": report["seconds"],
        **{key: round(after[key] - before[key], 1) for key in after},
        "megabytes": {name: _megabytes(spark.warehouse / folder) for name, folder in _TABLES.items()},
    }


def _work(spark: cluster.Cluster) -> dict[str, float]:
    """Return the work of all executors so far."""
    executors = spark.executors()
    return {
        "tasks": sum(each["completedTasks"] for each in executors),
        "core_seconds": sum(each["totalDuration"] for each in executors) / 1000,
        "read_mb": sum(each["totalInputBytes"] for each in executors) / 1e6,
        "shuffled_mb": sum(each["totalShuffleWrite"] for each in executors) / 1e6,
    }


def _megabytes(folder: Path) -> float:
    return round(sum(path.stat().st_size for path in folder.rglob("*.parquet")) / 1e6, 1)


if __name__ == "__main__":
    main()
