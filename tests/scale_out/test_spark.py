"""The series on a Spark cluster, row for row compared with DuckDB's: `make spark-test`.

Belongs here: landing the same responses, building on both engines, and comparing the tables. Does not: what the tables
should contain (`test_series`), nor that both engines run the same SQL (`test_engines`).
"""

import datetime as dt
import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import duckdb
import pytest

from jobmaal.core.layout import PROJECT, Layout
from jobmaal.demo import synthetic
from jobmaal.jobindsats.config import read_tables
from jobmaal.jobindsats.landing import Landing, Origin
from jobmaal.jobindsats.response import Promise, check_data, read_metadata
from jobmaal.releases import incremental, parquet
from scale_out import cluster
from tests.conftest import TARGET_SERIES, environment_of
from tests.helpers.input import append, copy_project_seeds
from tests.lint_dbt import run_dbt, write_raw_tables

# A cluster is started and the series built several times, on as many engines.
pytestmark = [pytest.mark.spark, pytest.mark.timeout(1800)]

#: Tables that both engines make, with the columns in which they number things each in its own way.
COMPARED = {
    "main.fct_benchmark": (),
    "main.fct_benchmark_vintage": (),
    "main.fct_benchmark_rank": (),
    "main.fct_target_attainment": (),
    "main.dim_measure": (),
    "main.dim_period": (),
    "intermediate.int_series_segments": ("period_no",),
    "intermediate.int_compared_cells": (),
    "intermediate.int_ranks": (),
    "intermediate.int_target_series": (),
    "intermediate.int_target_observations": (),
    "intermediate.int_periods": (),
}
#: Java's first compiler alone: these tables are done before the second would pay.
SOON_READY = {f"spark.{side}.extraJavaOptions": "-XX:TieredStopAtLevel=1" for side in ("driver", "executor")}
AREAS = ("Hele landet", "København", "Aarhus", "Aalborg", "Odense", "Frederiksberg", "Randers", "Læsø")


@dataclass(frozen=True)
class Step:
    """What one build on both engines made of what had landed by then.

    `built` is the report of the build on Spark; `rows` counts the rows of each table, `differing` has the first rows
    that only one engine has. `begun_by_newest` counts the values that the response which landed last
    was the first to show.
    """

    built: Mapping[str, Any]
    rows: Mapping[str, int]
    differing: Mapping[str, Sequence[Any]]
    begun_by_newest: int


@dataclass(frozen=True)
class Made:
    """All steps by name, and the number of tasks that each executor of the cluster completed."""

    steps: Mapping[str, Step]
    tasks: Mapping[str, int]


#: What lands before each build, in this order, as `Responses` calls it.
STEPS = ("first_load", "second_release", "revision", "replay")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    lacking = cluster.missing()
    if lacking:
        pytest.skip(f"Spark cannot be started: {lacking}")
    root = tmp_path_factory.mktemp("spark")
    layout = copy_project_seeds(root)
    for row in TARGET_SERIES:
        common = {"document_id": "beskaeftigelsesplan_2018", "table_id": "y25i01", "member": "I alt"}
        append(layout.seeds / "shared" / "target_series.csv", {**common, "area_name": "København", **row})
    responses = Responses(layout)
    steps = {}
    with cluster.running(root / "cluster", settings=SOON_READY) as spark:
        for name in STEPS:
            newest = getattr(responses, name)()
            steps[name] = _step(layout, spark, newest)
        return Made(steps, spark.tasks_by_executor())


# --- what lands ----------------------------------------------------------------------------------------------


class Responses:
    """Made-up responses of three tables, in the order of the test's steps."""

    def __init__(self, layout: Layout) -> None:
        """Land nothing yet."""
        self._landing = Landing(layout)
        shapes = synthetic.shipped_tables(read_tables(layout), "2026M06", years=2)
        self._shapes = {s.table_id: replace(s, areas=tuple(a for a in AREAS if a in s.areas)) for s in shapes}

    def first_load(self) -> str:
        """Land two tables."""
        self._land("y25i01", day=1, periods=-2)
        return self._land("y60a02", day=1)

    def second_release(self) -> str:
        """Land a period more, and a table that was not there before."""
        self._land("y25i01", day=10, periods=-1)
        return self._land("y30r21", day=10)

    def revision(self) -> str:
        """Land other values, and a member with another name from now on."""
        self._land("y25i01", day=20, revision=2, renamed={"A-dagpenge": "Dagpenge (a-kasse)"})
        return self._land("y60a02", day=20, revision=1)

    def replay(self) -> str:
        """Land a response that was retrieved between two that had landed before it."""
        return self._land("y25i01", day=15, revision=5, periods=-1)

    def _land(
        self, table_id: str, *, day: int, revision: int = 0, periods: int | None = None, renamed: Mapping[str, str] = {}
    ) -> str:
        at = dt.datetime(2026, 8, day, 7, 30, tzinfo=dt.UTC)
        shape = _renamed(self._shapes[table_id], renamed)
        content = synthetic.metadata(shape, at.date().isoformat(), "2026-12-01")
        body = json.dumps(content, ensure_ascii=False).encode()
        described, _ = self._landing.land(Origin(table_id, "table", at, "api", "made up", 200), body)
        data = synthetic.response(shape, revision, shape.period_ids[:periods])
        origin = Origin(
            table_id, "data", at, "api", "made up", 200, delivery=str(day), metadata_sha256=described.sha256
        )  # fmt: skip
        return self._landing.land(origin, data, check_data(data, Promise(read_metadata(body))))[0].source_ref


def _renamed(shape: synthetic.SyntheticTable, names: Mapping[str, str]) -> synthetic.SyntheticTable:
    """Rename members, which keep their ids."""
    dimensions = tuple(
        replace(dimension, members=tuple(names.get(member, member) for member in dimension.members))
        for dimension in shape.dimensions
    )
    return replace(shape, dimensions=dimensions)


# --- both engines --------------------------------------------------------------------------------------------


def _step(layout: Layout, spark: cluster.Cluster, newest: str) -> Step:
    """Build on both engines, and compare the tables; `newest` is the response that landed last."""
    write_raw_tables(layout)
    done = run_dbt(layout, "run", "--full-refresh", "--select", "+tag:series")
    assert done.returncode == 0, done.stdout
    with duckdb.connect() as database:
        database.execute(f"attach '{layout.work_database}' as work (read_only)")
        parquet.write_state(database, layout.data, is_synthetic=True)
    built = subprocess.run(
        [cluster.VENV / "bin" / "python", "-m", "scale_out.build", layout.data / incremental.STATE],
        cwd=PROJECT, env=environment_of(layout) | spark.to_environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert built.returncode == 0, built.stdout[-5000:] + built.stderr[-5000:]
    with duckdb.connect() as database:
        database.execute("set timezone = 'UTC'")
        database.execute(f"attach '{layout.warehouse}' as main_tables (read_only)")
        database.execute(f"attach '{layout.work_database}' as work (read_only)")
        [(begun,)] = database.execute(
            "select count(*) from main_tables.main.fct_benchmark_vintage where source_ref = ?", [newest]
        ).fetchall()
        compared = {name: _compare(database, spark, name, set(numbers)) for name, numbers in COMPARED.items()}
    rows = {name: count for name, (count, _) in compared.items()}
    return Step(
        json.loads(built.stdout.splitlines()[-1]), rows, {n: rest for n, (_, rest) in compared.items() if rest}, begun
    )


def _compare(
    database: duckdb.DuckDBPyConnection, spark: cluster.Cluster, name: str, numbers: set[str]
) -> tuple[int, list[Any]]:
    """Return the number of DuckDB's rows, and the first that only one side has; compare columns by name and type."""
    schema, _, table = name.partition(".")
    ours = f"main_tables.main.{table}" if schema == "main" else f"work.{name}"
    theirs = f"read_parquet('{spark.warehouse}/{schema}.db/{table}/**/*.parquet', hive_partitioning = true)"
    columns = [
        {
            row[0]: row[1]
            for row in database.execute(f"describe select * from {side}").fetchall()
            if row[0] not in numbers
        }
        for side in (ours, theirs)
    ]
    assert columns[0] == columns[1], name
    chosen = ", ".join(sorted(columns[0]))
    differing = [
        (side, *row)
        for side, one, other in (("DuckDB", ours, theirs), ("Spark", theirs, ours))
        for row in database.execute(
            f"select {chosen} from {one} except all select {chosen} from {other} order by all limit 3"
        ).fetchall()
    ]
    return database.execute(f"select count(*) from {ours}").fetchall()[0][0], differing


# --- what must be so -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("step", STEPS)
def test_every_table_is_row_for_row_that_of_duckdb(made: Made, step: str) -> None:
    found = made.steps[step]
    assert found.differing == {}
    assert min(found.rows.values()) > 0, found.rows


def test_only_what_new_responses_touch_is_rebuilt(made: Made) -> None:
    built = {name: step.built for name, step in made.steps.items()}
    # The tables of the documents are copied once, and everything is built with them.
    assert [built[step]["is_whole"] for step in STEPS] == [True, False, False, False]
    periods = 23
    # A period more of one table, which repeats the rest as it was; and all of the table that was not there before.
    assert built["second_release"]["partitions"] < periods
    # A member with another name has it in all periods of its table.
    assert built["revision"]["partitions"] > periods
    # A response that came between others may have begun any value of its table.
    assert built["replay"]["partitions"] == periods + 1


def test_the_replay_began_values_of_its_own(made: Made) -> None:
    assert made.steps["replay"].begun_by_newest > 0


def test_both_workers_completed_tasks(made: Made) -> None:
    assert len(made.tasks) == cluster.WORKERS
    assert all(count > 0 for count in made.tasks.values()), made.tasks
