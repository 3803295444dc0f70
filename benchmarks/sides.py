"""The two sides of `series`, each in a cold process of its own that measures itself, so that imports are no part of it.

Belongs here: from landed responses to the tables as a refresh does it, and DuckDB's own parsing of the same bytes into
one typed table with a row a cell, which does nothing else: the limit. Does not: when and how often (`series`). Run as
`python -m benchmarks.sides series`; the last line is the seconds as JSON.
"""

import datetime as dt
import json
import sys
import time

import duckdb

from benchmarks import landing
from dagster_project import dbt_graph
from jobmaal import raw
from jobmaal.core import work_folder
from jobmaal.core.build import Build
from jobmaal.core.database import connect
from jobmaal.core.layout import Layout, quoted
from jobmaal.jobindsats import cells
from jobmaal.jobindsats.landing import Landed, Landing

#: The models that a benchmark row goes through; the others read a few rows of the same tables.
MODELS = ("fct_benchmark", "fct_benchmark_vintage")


def series(layout: Layout) -> dict[str, float]:
    """From landed responses to the two tables, as a refresh does it; imports and the parsing of the project apart."""
    for path in (layout.work_database, layout.warehouse):
        path.unlink(missing_ok=True)
    dbt_graph.manifest()
    reading = raw.read_all(layout)
    with connect(layout.work_database) as database:
        build = Build("", dt.datetime.now(dt.UTC), "", "", {})
        raw.write(database, reading, build, raw.raw_table_names(layout))
    names = [name for name in _upstream(MODELS) if name not in MODELS]
    started = time.perf_counter()
    with connect(layout.work_database) as database:
        cells.load(database, layout, reading.tables, cells.snapshot(layout, reading.tables))
    loaded = time.perf_counter()
    dbt_graph.build([*names, *MODELS], is_all=False, show=lambda _: None)
    built = time.perf_counter()
    return {"seconds": built - started, "reading": loaded - started, "models": built - loaded}


def _upstream(names: tuple[str, ...]) -> list[str]:
    """Name the models that others are made of, themselves included."""
    by_id = {model.unique_id: model for model in dbt_graph.models()}
    found, waiting = set[str](), [model.unique_id for model in by_id.values() if model.name in names]
    while waiting:
        unique_id = waiting.pop()
        if unique_id in by_id and unique_id not in found:
            found.add(unique_id)
            waiting += by_id[unique_id].depends_on.nodes
    return sorted(by_id[unique_id].name for unique_id in found)


def limit(layout: Layout) -> dict[str, float]:
    """Parse the same bytes into one typed table with a row a cell."""
    path = layout.work / "limit.duckdb"
    path.unlink(missing_ok=True)
    responses = Landing(layout).whole_data()
    started = time.perf_counter()
    with duckdb.connect(str(path)) as database:
        database.execute(
            "create table cells (table_id varchar, response varchar, period varchar, area varchar, benefit varchar, "
            "age varchar, measure varchar, value decimal(18, 4))"
        )
        for table_id in sorted({response.table_id for response in responses}):
            _parse(database, [response for response in responses if response.table_id == table_id])
        database.execute("checkpoint")
    return {"seconds": time.perf_counter() - started}


def _parse(database: duckdb.DuckDBPyConnection, responses: list[Landed]) -> None:
    files = ", ".join(f"'{quoted(response.body)}'" for response in responses)
    first = len(landing.COLUMNS) - len(landing.MEASURES)
    labels = ", ".join(f"row[{at}]" for at in range(1, first + 1))
    measures = ", ".join(f"'{label}'" for label in landing.MEASURES)
    values = ", ".join(f"row[{at}]" for at in range(first + 1, len(landing.COLUMNS) + 1))
    database.execute(
        f"""
        insert into cells
        select '{responses[0].table_id}', filename, {labels}, unnest([{measures}]),
            cast(unnest([{values}]) as decimal(18, 4))
        from (
            select filename, unnest(rows) as row
            from read_json(
                [{files}], format = 'unstructured', columns = {{rows: 'varchar[][]'}}, filename = true,
                maximum_object_size = {max(response.size for response in responses) + 1_048_576}
            )
        )
        """
    )


if __name__ == "__main__":
    own = Layout.from_environment()
    work_folder.make(own)
    print(json.dumps({"series": series, "limit": limit}[sys.argv[1]](own)))
