"""The job of a refresh as the usual stack does it: Dagster's assets, dagster-dbt, expectations as asset checks.

Belongs here: that stack, as its documentation has it, and nothing faster or slower: `@dbt_assets` on the manifest that
dbt has parsed, dbt in a subprocess, an asset for the raw tables. Where `ONE_PROCESS` is set, one process does all
steps, which is the fastest way that is documented; otherwise each has its own, which is Dagster's default. Reading the
input tables, the models and the expectations are jobmaal's own, so that the job is the same. Does not: publishing.
"""

import datetime as dt
import json
import os
from collections.abc import Iterator
from typing import Any

import duckdb
from dagster import (
    AssetCheckResult,
    AssetCheckSpec,
    AssetExecutionContext,
    AssetKey,
    AssetSpec,
    Definitions,
    MaterializeResult,
    in_process_executor,
    multi_asset,
    multi_asset_check,
    multiprocess_executor,
)
from dagster_dbt import DbtCliResource, DbtProject, dbt_assets

from expectations import runner, suites
from jobmaal import raw
from jobmaal.core.build import Build
from jobmaal.core.layout import PROJECT, Layout
from jobmaal.jobindsats import cells

LAYOUT = Layout.from_environment()
#: Its manifest was made before, as a deployment does it.
DBT = DbtProject(PROJECT / "dbt", target_path=LAYOUT.dbt_target, profiles_dir=PROJECT / "dbt")
#: What dbt calls the source of each raw table.
SOURCES = {
    source["name"]: source["source_name"]
    for source in json.loads(DBT.manifest_path.read_text(encoding="utf-8"))["sources"].values()
}


@multi_asset(specs=[AssetSpec(AssetKey([source, name])) for name, source in SOURCES.items()])
def raw_tables() -> Iterator[MaterializeResult[Any]]:
    """Read the input tables and the landed responses, and write them into the database that dbt builds in."""
    reading = raw.read_all(LAYOUT)
    build = Build("20260101T000000000000Z-00000000", dt.datetime.now(dt.UTC), "", "", {})
    with duckdb.connect(str(LAYOUT.work_database)) as database:
        names = raw.raw_table_names(LAYOUT)
        raw.write(database, reading, build, names)
        cells.load(database, LAYOUT, reading.tables, cells.snapshot(LAYOUT, reading.tables))
    for name in [*names, *cells.RAW_TABLES]:
        yield MaterializeResult(AssetKey([SOURCES[name], name]))


def _build(context: AssetExecutionContext, dbt: DbtCliResource) -> Iterator[Any]:
    """Build the models and run their tests."""
    yield from dbt.cli(["build", "--exclude-resource-type", "unit_test"], context=context).stream()


warehouse = dbt_assets(manifest=DBT.manifest_path, project=DBT)(_build)

_KEYS = {key.path[-1]: key for key in warehouse.keys}


@multi_asset_check(specs=[AssetCheckSpec(check.name, asset=_KEYS[check.asset]) for check in suites.CHECKS])
def expectations() -> Iterator[AssetCheckResult]:
    """Run the checks of Great Expectations on what was built."""
    for outcome in runner.run(suites.CHECKS, LAYOUT):
        yield AssetCheckResult(passed=outcome.holds, asset_key=_KEYS[outcome.asset], check_name=outcome.name)


defs = Definitions(
    assets=[raw_tables, warehouse],
    asset_checks=[expectations],
    resources={"dbt": DbtCliResource(DBT)},
    executor=in_process_executor if os.environ.get("ONE_PROCESS") else multiprocess_executor,
)
