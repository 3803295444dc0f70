"""The linters of all SQL, on a manifest and a catalog of their own: `python -m tests.lint_dbt`.

Belongs here: running dbt, dbt-bouncer and sqlfluff in a folder that nobody else uses, and the one rule that
neither linter can tell. Does not: the rules themselves (`dbt/dbt-bouncer.yml`, `pyproject.toml`), nor what the models
compute (`test_dbt`).
"""

import datetime as dt
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import duckdb

from jobmaal import raw
from jobmaal.core import work_folder
from jobmaal.core.build import Build
from jobmaal.core.layout import PROJECT, Layout
from jobmaal.jobindsats import cells

Finished = subprocess.CompletedProcess[str]


def write_raw_tables(layout: Layout) -> None:
    """Write the raw tables of a build of what has landed, if anything has, as the job's first steps do."""
    build = Build("20260101T000000000000Z-00000000", dt.datetime(2026, 1, 1, tzinfo=dt.UTC), "", "0" * 64, {})
    work_folder.make(layout)
    with duckdb.connect(str(layout.work_database)) as database:
        database.execute("set timezone = 'UTC'")
        reading = raw.read_all(layout)
        raw.write(database, reading, build, raw.raw_table_names(layout))
        cells.load(database, layout, reading.tables, cells.snapshot(layout, reading.tables))


def run_dbt(layout: Layout, *arguments: str) -> Finished:
    """Run dbt on the layout's own databases; what it knows of the project lands in `target(layout)`."""
    return _run(["dbt", *arguments, "--no-use-colors"], _environment(layout))


def target(layout: Layout) -> Path:
    """Name dbt's target folder; dbt-bouncer looks for one of this name."""
    return layout.data / "target"


def read_artifact(layout: Layout, name: str) -> dict[str, Any]:
    """Read one of the files in which dbt tells what it knows or did."""
    content: dict[str, Any] = json.loads((target(layout) / name).read_text(encoding="utf-8"))
    return content


def _environment(layout: Layout) -> dict[str, str]:
    project = str(PROJECT / "dbt")
    return {
        **os.environ,
        **layout.to_environment(),
        "DBT_PROJECT_DIR": project,
        "DBT_PROFILES_DIR": project,
        "DBT_TARGET_PATH": str(target(layout)),
        "DBT_LOG_PATH": str(layout.data / "logs"),
        "DO_NOT_TRACK": "1",
        "NO_COLOR": "1",
        # dbt-bouncer cuts its table off at the terminal's width.
        "COLUMNS": "160",
    }


def _run(command: Sequence[str], environment: dict[str, str]) -> Finished:
    program = Path(sys.executable).parent / command[0]
    return subprocess.run(
        [program, *command[1:]],
        cwd=PROJECT,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )


def _lint_project(layout: Layout) -> list[str]:
    """Build everything, for the catalog, and check what dbt then knows against `dbt/dbt-bouncer.yml`."""
    write_raw_tables(layout)
    for step in (["run"], ["docs", "generate"]):
        done = run_dbt(layout, *step)
        if done.returncode:
            return [done.stdout]
    orphans = orphaned_sources(read_artifact(layout, "manifest.json"))
    # dbt-bouncer takes the target folder of the project that this variable names.
    environment = _environment(layout) | {"DBT_PROJECT_DIR": str(layout.data)}
    done = _run(["dbt-bouncer", "run", "--config-file", "dbt/dbt-bouncer.yml", "--show-all-failures"], environment)
    return [
        *([done.stdout] if done.returncode else []),
        *(f"The source '{name}' is read by no model and by no reader." for name in orphans),
    ]


def _lint_sql(layout: Layout) -> list[str]:
    """Check the SQL, as dbt renders it, against the rules in `pyproject.toml`."""
    layout.work.mkdir(parents=True)
    # sqlfluff takes the target folder from a file alone.
    extra = layout.data / "target.sqlfluff"
    extra.write_text(f"[sqlfluff:templater:dbt]\ntarget_path = {target(layout)}\n", encoding="utf-8")
    command = ["sqlfluff", "lint", "dbt", "--config", str(extra), "--disable-progress-bar", "--nocolor"]
    done = _run(command, _environment(layout))
    return [done.stdout] if done.returncode else []


def _lint_queries(layout: Layout) -> list[str]:
    """Check the queries of the expectations, which no template renders, against the same rules."""
    command = ["sqlfluff", "lint", "expectations", "--templater", "raw", "--disable-progress-bar", "--nocolor"]
    done = _run(command, _environment(layout))
    return [done.stdout] if done.returncode else []


def orphaned_sources(manifest: dict[str, Any]) -> list[str]:
    """Name the sources that nobody reads.

    dbt-bouncer counts an input table as one where no model reads it, but the reader of the input tables does.
    """
    read = {parent for parents in manifest["parent_map"].values() for parent in parents}
    return sorted(
        source["name"]
        for key, source in manifest["sources"].items()
        if key not in read and not source["config"]["meta"].get("scope")
    )


def main() -> int:
    """Print what is wrong with the dbt project; 0 where nothing is."""
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor() as side_by_side:
        # A data folder each: one DuckDB file has one writer.
        started = [
            side_by_side.submit(lint, Layout(seeds=PROJECT / "seeds", data=Path(folder).resolve() / lint.__name__))
            for lint in (_lint_project, _lint_sql, _lint_queries)
        ]
        found = [text for lint in started for text in lint.result()]
    for text in found:
        print(text)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
