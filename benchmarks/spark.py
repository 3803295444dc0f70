"""What the series cost on a Spark cluster of two workers on this machine: the figures behind docs/scale-out.md.

Belongs here: one run of each step on one cluster, from nothing to a redelivery, and what it cost. Does not: bounds,
since the cluster shares this machine's cores with itself; a real one is measured by running this there. Writes
`benchmarks/results/spark.json`; it wants Java 17 and `make spark-env`.

What counts is the work of the tasks (core-seconds), which more machines divide, and beside it the seconds that no
machine takes away: planning, dbt, one statement after the other.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks import landing, measure
from jobmaal.continuing import STATE
from jobmaal.layout import Layout
from scale_out import cluster

CELLS = 1_000_000
#: What lands before each step.
STEPS = {"nothing": (), "history": (landing.HISTORY,), "added": (landing.ADDED,), "changed": (landing.CHANGED,)}
#: The tables that grow with the cells, by what they are.
_TABLES = {
    "replies as read": "raw.db/reply_rows",
    "values of a build": "raw.db/read_vintages",
    "fct_benchmark": "main.db/fct_benchmark",
    "fct_benchmark_vintage": "main.db/fct_benchmark_vintage",
}


def main() -> None:
    """Measure each step once and write the results."""
    asked = measure.asked(__doc__, CELLS)
    made = landing.kept(asked.cells)
    with made.run("spark", landed=()) as layout:
        measure.jobmaal(layout, "refresh")
        state = layout.current / STATE
        with cluster.running(layout.data / "cluster", memory="3g", driver_memory="2g") as spark:
            steps = {}
            for name, landed in STEPS.items():
                for delivery in landed:
                    made.land(delivery, layout)
                steps[name] = _build(layout, spark, state)
                measure.say(f"{name}: {steps[name]}")
    cells = made.cells[landing.HISTORY]
    own = {key: steps["history"][key] - steps["nothing"][key] for key in ("core_seconds", "seconds")}
    measure.write(
        "spark",
        1,
        {},
        {
            "workers": cluster.WORKERS,
            "json_mb": round(made.bytes[landing.HISTORY] / 1e6),
            "steps": steps,
            "core_seconds_a_million_cells": round(own["core_seconds"] / cells * 1e6, 2),
            "cells_per_second": round(cells / own["seconds"]),
        },
        cells,
    )


def _build(layout: Layout, spark: cluster.Cluster, state: Path) -> dict[str, Any]:
    """Build what has landed; gives what the build told, its work on the workers, and the sizes of the tables after."""
    before = _work(spark)
    known = measure.environment(layout) | spark.to_environment()
    done = measure.run([str(cluster.VENV / "bin" / "python"), "-m", "scale_out.build", str(state)], known)
    told, after = done.answer, _work(spark)
    return {
        **{key: told[key] for key in ("replies", "cells", "partitions", "is_whole")},
        "seconds": round(done.seconds, 1),
        "seconds_of": told["seconds"],
        **{key: round(after[key] - before[key], 1) for key in after},
        "megabytes": {name: _megabytes(spark.warehouse / folder) for name, folder in _TABLES.items()},
    }


def _work(spark: cluster.Cluster) -> dict[str, float]:
    """Give the work of all executors so far."""
    told = spark.executors()
    return {
        "tasks": sum(each["completedTasks"] for each in told),
        "core_seconds": sum(each["totalDuration"] for each in told) / 1000,
        "read_mb": sum(each["totalInputBytes"] for each in told) / 1e6,
        "shuffled_mb": sum(each["totalShuffleWrite"] for each in told) / 1e6,
    }


def _megabytes(folder: Path) -> float:
    return round(sum(path.stat().st_size for path in folder.rglob("*.parquet")) / 1e6, 1)


if __name__ == "__main__":
    main()
