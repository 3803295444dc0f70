"""The series on a Spark cluster, from what has landed to the facts: `scale_out/.venv/bin/python -m scale_out.build`.

Belongs here: the order of the work, and whether tables are built in full or by the partitions that new responses touch.
Does not: reading responses (`load`), the models (`dbt/`), starting a cluster (`cluster`).

JOBMAAL_DATA and JOBMAAL_SEEDS name the folders as everywhere, JOBMAAL_SPARK_HOST and _PORT the Thrift server. The
documents' small tables are taken from the current release.
"""

import hashlib
import itertools
import json
import os
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from jobmaal.core.layout import PROJECT, Layout
from jobmaal.jobindsats import config
from scale_out import load
from scale_out.spark_sql import Spark, connected

#: Where models of a layer lie, as in dbt_project.yml.
_SCHEMAS = {"stg": "staging", "int": "intermediate", "dim": "main"}


class BuildError(RuntimeError):
    """The series could not be built."""


def build(layout: Layout, state: Path) -> dict[str, Any]:
    """Build the series; returns what was read and written, and the seconds of each step.

    `state` holds a Parquet file for each table that the models read and do not make. Raises BuildError,
    JobmaalError, and what Spark finds wrong.
    """
    marks = [time.perf_counter()]
    with connected(layout.data / "spark" / "names") as spark:
        fingerprint, is_same = _register(spark, state)
        marks.append(time.perf_counter())
        loaded = load.load(spark, layout, config.read(layout), is_whole=not is_same)
        marks.append(time.perf_counter())
        if loaded.is_whole:
            # Where it breaks down on the way, the next build is whole as well.
            spark.run("truncate table raw.read_state")
        _run_dbt(layout, is_whole=loaded.is_whole)
        marks.append(time.perf_counter())
        load.done(spark)
        spark.replace("raw.read_state", {"fingerprint": "string"}, [(fingerprint,)])
    seconds = dict(zip(("state", "load", "dbt"), (round(b - a, 2) for a, b in itertools.pairwise(marks)), strict=True))
    return {**asdict(loaded), "seconds": seconds}


def _register(spark: Spark, state: Path) -> tuple[str, bool]:
    """Copy the state's tables; return their fingerprint, and whether the facts were built from the same ones.

    A break in a series, or a changed model, changes rows that no response touched. They are copied,
    since a release goes when seven newer ones are there.
    """
    files = sorted(path for path in state.glob("*.parquet") if path.stem.partition("_")[0] in _SCHEMAS)
    if not files:
        raise BuildError(f"{state} holds no state of a release. Make one: jobmaal refresh.")
    models = [path for folder in ("models", "macros") for path in (PROJECT / "dbt" / folder).rglob("*.sql")]
    digest = hashlib.sha256()
    for path in (*files, *sorted(models)):
        digest.update(f"\0{path.name}\0".encode() + path.read_bytes())
    fingerprint = digest.hexdigest()
    for schema in ("raw", *_SCHEMAS.values()):
        spark.run(f"create schema if not exists {schema}")
    spark.create("raw.read_state", {"fingerprint": "string"})
    if spark.rows("select fingerprint from raw.read_state") == [(fingerprint,)]:
        return fingerprint, True
    for path in files:
        table = f"{_SCHEMAS[path.stem.partition('_')[0]]}.{path.stem}"
        spark.run(f"drop table if exists {table}")
        spark.run(f"create table {table} using parquet as select * from parquet.`{path}`")
    return fingerprint, False


def _run_dbt(layout: Layout, *, is_whole: bool) -> None:
    from dbt.cli.main import dbtRunner  # seconds to import, and not before the responses are judged

    folders = {"DBT_TARGET_PATH": layout.data / "spark" / "dbt", "DBT_LOG_PATH": layout.data / "spark" / "logs"}
    os.environ.update({name: str(path) for name, path in folders.items()} | {"DO_NOT_TRACK": "1"})
    project = str(PROJECT / "dbt")
    command = [
        "run",
        "--target",
        "spark",
        "--select",
        "tag:series",
        "--project-dir",
        project,
        "--profiles-dir",
        project,
    ]
    done = dbtRunner().invoke([*command, *(["--full-refresh"] if is_whole else [])])
    if not done.success:
        raise BuildError(f"dbt did not build the series; see {folders['DBT_LOG_PATH']}/dbt.log.")


def main() -> None:
    """Build, and print what was done as one line of JSON."""
    layout = Layout.from_environment()
    os.environ.update(layout.to_environment())
    state = Path(sys.argv[1]) if len(sys.argv) > 1 else layout.current / "state"
    print(json.dumps(build(layout, state)))


if __name__ == "__main__":
    main()
