"""How long landed replies take to become `fct_benchmark` and its vintages, beside DuckDB's own parsing of the bytes.

Belongs here: measuring the series at ten million cells, each side in a cold process of its own. The other side parses
the same compressed replies into one typed table of a row a cell, in a file, and does nothing else: the limit.
Writes `benchmarks/results/series.json`. Run it with `make bench`, on a machine that does nothing else.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from importlib import metadata
from pathlib import Path

from jobmaal.jobindsats import cells, config, synthetic
from jobmaal.jobindsats.landing import Landed, Landing, Origin
from jobmaal.jobindsats.reply import Shape
from jobmaal.layout import PROJECT, Layout, quoted

RUNS = 3
CELLS = 10_000_000
BOUND = 2.0
RESULTS = Path(__file__).with_name("results") / "series.json"
#: The models that a benchmark row goes through; the others read a few rows of the same tables.
MODELS = ("fct_benchmark", "fct_benchmark_vintage")
_MEMBERS, _MEASURES, _RELEASES = 14, 3, 2


def main() -> None:
    """Make the replies up, measure both sides in turn, write the results; end with 1 where the bound is missed."""
    with tempfile.TemporaryDirectory() as folder:
        layout = Layout(PROJECT / "seeds", Path(folder) / "data")
        count, size = _land(layout)
        print(f"{count:,} cells landed, {size / 1e6:,.0f} MB of JSON", file=sys.stderr, flush=True)
        sides: dict[str, list[dict[str, float]]] = {"series": [], "DuckDB": []}
        for number in range(RUNS):
            for side, results in sides.items():
                results.append(_measure(side, layout))
            told = ", ".join(f"{side} {results[-1]['seconds']:.1f} s" for side, results in sides.items())
            print(f"run {number + 1} of {RUNS}: {told}", file=sys.stderr, flush=True)
    medians = {side: statistics.median(r["seconds"] for r in results) for side, results in sides.items()}
    ratio = medians["series"] / medians["DuckDB"]
    result = {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "python": platform.python_version(),
        "versions": {n: metadata.version(n) for n in ("jobmaal", "dbt-core", "dbt-duckdb", "duckdb")},
        "runs": RUNS,
        "cells": count,
        "median_seconds": {side: round(value, 2) for side, value in medians.items()},
        "cells_per_second": {side: round(count / value) for side, value in medians.items()},
        "ratio": {"measured": round(ratio, 2), "bound": BOUND},
        "parts_seconds": {
            part: round(statistics.median(r[part] for r in sides["series"]), 2) for part in ("cells", "dbt")
        },
        "peak_memory_mb": {side: round(max(r["memory_mb"] for r in results)) for side, results in sides.items()},
    }
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=1))
    sys.exit(ratio > BOUND)


def _land(layout: Layout) -> tuple[int, int]:
    """Land made-up replies of all configured tables; gives their cells and bytes."""
    tables = config.read_tables(layout)
    areas = synthetic.shipped_tables(tables, "2026M06", 1)[1].areas
    months = round(CELLS / (_RELEASES * len(tables) * len(areas) * _MEMBERS * _MEASURES))
    dimension = synthetic.SyntheticDimension(
        "_gruppe_dim", "_gruppe", "Gruppe", "Grupper i alt", tuple(f"Gruppe {n}" for n in range(1, _MEMBERS))
    )
    measures = (
        synthetic.SyntheticMeasure("1", "Antal personer", synthetic.COUNT),
        synthetic.SyntheticMeasure("2", "Antal fuldtidspersoner", synthetic.COUNT),
        synthetic.SyntheticMeasure("3", "Fuldtidspersoner i pct. af befolkningen", synthetic.RATE),
    )
    landing, landed = Landing(layout), []
    for table_id in tables:
        periods = synthetic.period_ids("M", "2026M06", months // 12 + 1)[-months:]
        table = synthetic.SyntheticTable(table_id, table_id, "M", periods, areas, measures, (dimension,))
        for release in range(_RELEASES):
            at = dt.datetime(2026, 7 + release, 1, tzinfo=dt.UTC)
            origin = Origin(table_id, "data", at, "api", "made up", 200, delivery=str(release))
            shape = Shape(table.columns, 1, len(periods) * len(areas) * _MEMBERS)
            landed.append(landing.land(origin, synthetic.reply(table, release), shape)[0])
    return sum(reply.cells for reply in landed), sum(reply.size for reply in landed)


def _measure(side: str, layout: Layout) -> dict[str, float]:
    environment = os.environ | layout.to_environment()
    command = [sys.executable, "-m", "benchmarks.series", side]
    done = subprocess.run(command, env=environment, cwd=PROJECT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    result: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return result


def _series(layout: Layout) -> dict[str, float]:
    """From landed replies to the two tables, as a refresh does it; imports and the parsing of the project apart."""
    import duckdb  # noqa: PLC0415 - the orchestrating process needs none of these

    from dagster_project import dbt_graph  # noqa: PLC0415
    from jobmaal import load  # noqa: PLC0415
    from jobmaal.build import Build  # noqa: PLC0415

    for path in (layout.work_database, layout.warehouse):
        path.unlink(missing_ok=True)
    dbt_graph.manifest()
    reading = load.read_all(layout)
    with duckdb.connect(str(layout.work_database)) as database:
        build = Build("", dt.datetime.now(dt.UTC), "", "", {})
        load.write(database, reading, build, load.raw_table_names(layout))
    names = [name for name in _upstream(MODELS) if name not in MODELS]
    started = time.perf_counter()
    with duckdb.connect(str(layout.work_database)) as database:
        cells.load(database, layout, reading.tables, cells.snapshot(layout, reading.tables))
    loaded = time.perf_counter()
    dbt_graph.build([*names, *MODELS], is_all=False, say=lambda _: None)
    built = time.perf_counter()
    return {"seconds": built - started, "cells": loaded - started, "dbt": built - loaded}


def _upstream(names: tuple[str, ...]) -> list[str]:
    """Name the models that others are made of, themselves included."""
    from dagster_project import dbt_graph  # noqa: PLC0415

    by_id = {model.unique_id: model for model in dbt_graph.models()}
    found, waiting = set[str](), [model.unique_id for model in by_id.values() if model.name in names]
    while waiting:
        unique_id = waiting.pop()
        if unique_id in by_id and unique_id not in found:
            found.add(unique_id)
            waiting += by_id[unique_id].depends_on.nodes
    return sorted(by_id[unique_id].name for unique_id in found)


def _duckdb(layout: Layout) -> dict[str, float]:
    """Parse the same bytes into one typed table of a row a cell."""
    import duckdb  # noqa: PLC0415

    path = layout.work / "limit.duckdb"
    path.unlink(missing_ok=True)
    replies = Landing(layout).whole_data()
    started = time.perf_counter()
    with duckdb.connect(str(path)) as database:
        database.execute(
            "create table cells (table_id varchar, reply varchar, period varchar, area varchar, member varchar, "
            "measure varchar, value decimal(18, 4))"
        )
        for table_id in sorted({reply.table_id for reply in replies}):
            _parse(database, [reply for reply in replies if reply.table_id == table_id])
        database.execute("checkpoint")
    return {"seconds": time.perf_counter() - started}


def _parse(database: object, replies: list[Landed]) -> None:
    files = ", ".join(f"'{quoted(reply.body)}'" for reply in replies)
    measures = ", ".join(f"'{label}'" for label in replies[0].columns[3:])
    values = ", ".join(f"row[{at}]" for at in range(4, 4 + _MEASURES))
    database.execute(  # type: ignore[attr-defined]
        f"""
        insert into cells
        select '{replies[0].table_id}', filename, row[1], row[2], row[3], unnest([{measures}]),
            cast(unnest([{values}]) as decimal(18, 4))
        from (
            select filename, unnest(rows) as row
            from read_json(
                [{files}], format = 'unstructured', columns = {{rows: 'varchar[][]'}}, filename = true,
                maximum_object_size = {max(reply.size for reply in replies) + 1_048_576}
            )
        )
        """
    )


if __name__ == "__main__":
    if len(sys.argv) > 1:
        own = Layout.from_environment()
        own.work.mkdir(parents=True, exist_ok=True)
        figures = {"series": _series, "DuckDB": _duckdb}[sys.argv[1]](own)
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps({**figures, "memory_mb": memory}))
    else:
        main()
