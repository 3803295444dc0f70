"""The platform: every table an asset with its checks, each part by itself, and one job alone that publishes.

Belongs here: what Dagster sees of the project, in this process and on copies. Does not: the whole job
(`test_refresh`), nor what is in the tables (`test_warehouse`).
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from jobmaal.core.layout import Layout
from jobmaal.operations.locking import hold_schedules
from tests.conftest import Published, copy_of, environment, jobmaal, python
from tests.helpers.input import published as everything_published
from tests.helpers.warehouse import PROMISED

if TYPE_CHECKING:
    from dagster import AssetKey, Definitions, ExecuteInProcessResult

#: What each step is in the graph: the layer of its assets.
LAYERS = {"raw", "staging", "intermediate", "warehouse"}


@pytest.fixture(scope="module")
def copied(published: Published, tmp_path_factory: pytest.TempPathFactory) -> Layout:
    """Copy the release: parts are materialized there."""
    return copy_of(published.layout, tmp_path_factory.mktemp("dagster"))


def key(*path: str) -> AssetKey:
    """Name an asset."""
    from dagster import AssetKey

    return AssetKey(list(path))


def materialize(definitions: Definitions, layout: Layout, *keys: AssetKey) -> ExecuteInProcessResult:
    """Materialize a part of the graph, as someone does in the UI, with a history that is thrown away."""
    from dagster import DagsterInstance

    with environment(layout), DagsterInstance.ephemeral() as instance:
        return definitions.resolve_implicit_global_asset_job_def().execute_in_process(
            asset_selection=list(keys), instance=instance, raise_on_error=False
        )


def row_counts(result: ExecuteInProcessResult) -> dict[str, Any]:
    """Return the number of rows that each materialization told of."""
    return {
        event.materialization.asset_key.to_user_string(): event.materialization.metadata["dagster/row_count"].value
        for event in result.get_asset_materialization_events()
    }


def failure_of(result: ExecuteInProcessResult) -> str:
    """Return what the failed step told."""
    [event] = [event for event in result.all_events if event.is_step_failure]
    return str(event.step_failure_data.user_failure_data or event.step_failure_data.error)


# --- the graph ------------------------------------------------------------------------------------------


def test_the_definitions_load(definitions: Definitions) -> None:
    type(definitions).validate_loadable(definitions)


def test_the_warehouse_is_the_public_tables_each_a_checked_asset_with_its_grain_and_owner(
    definitions: Definitions,
) -> None:
    graph = definitions.resolve_asset_graph()
    keys = graph.get_all_asset_keys()
    assert {k.path[1] for k in keys if k.path[0] == "warehouse"} == PROMISED.keys()
    assert {k.path[0] for k in keys} == LAYERS | {"release", "landing"}
    tested = {check.asset_key for check in graph.asset_check_keys if check.name == "dbt_tests"}
    for spec in (graph.get(key("warehouse", table)) for table in PROMISED):
        assert spec.description, spec.key
        assert spec.description.lower().startswith("one row"), spec.key
        assert (spec.group_name, spec.owners, spec.kinds) == ("warehouse", ["team:data"], {"dbt", "duckdb"}), spec.key
        assert spec.key in tested


def test_every_asset_is_described_and_every_expectation_a_check_of_its_table(definitions: Definitions) -> None:
    from expectations.suites import CHECKS

    graph = definitions.resolve_asset_graph()
    for asset in map(graph.get, graph.get_all_asset_keys()):
        assert asset.description, asset.key
        assert asset.group_name != "default", asset.key
        assert asset.owners, asset.key
        assert asset.kinds, asset.key
    there = {(k.asset_key.path[-1], k.name) for k in graph.asset_check_keys}
    assert {(check.asset, check.name) for check in CHECKS} <= there


def test_every_way_through_the_graph_leads_from_an_input_table_to_the_release(definitions: Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    beginnings = {k for k in graph.get_all_asset_keys() if not graph.get(k).parent_keys}
    assert key("raw", "budget_lines") in beginnings
    assert {k.path[0] for k in beginnings} == {"raw", "landing"}
    assert {k.path[1] for k in graph.get(key("release")).parent_keys} == PROMISED.keys()


def test_the_nightly_job_is_the_refresh_of_everything_after_a_fetch(definitions: Definitions) -> None:
    everything = definitions.resolve_asset_graph().materializable_asset_keys
    nightly, refresh = (definitions.resolve_job_def(name).asset_layer for name in ("nightly", "refresh"))
    assert nightly.executable_asset_keys == everything
    assert refresh.executable_asset_keys == everything - {key("landing", "replies")}
    jobs = sorted(job.name for job in definitions.resolve_all_job_defs() if not job.name.startswith("__"))
    assert jobs == ["morning", "nightly", "refresh"]


# --- a part by itself -----------------------------------------------------------------------------------


def test_an_input_table_is_materialized_by_itself_with_its_number_of_rows_and_nothing_is_published(
    definitions: Definitions, copied: Layout
) -> None:
    before = everything_published(copied)
    result = materialize(definitions, copied, key("raw", "themes"))
    assert result.success
    lines = [p.read_text(encoding="utf-8").splitlines() for p in sorted(copied.seeds.glob("*/themes.csv"))]
    assert row_counts(result) == {"raw/themes": sum(len(found) - 1 for found in lines)}
    assert everything_published(copied) == before


def test_a_public_table_is_materialized_and_checked_by_itself_and_nothing_is_published(
    definitions: Definitions, copied: Layout
) -> None:
    before = everything_published(copied)
    result = materialize(definitions, copied, key("warehouse", "dim_year"))
    assert result.success
    with duckdb.connect(str(copied.current / "warehouse.duckdb"), read_only=True) as database:
        rows = database.execute("select count(*) from dim_year").fetchall()[0][0]
    assert row_counts(result) == {"warehouse/dim_year": rows}
    assert [(e.check_name, e.passed) for e in result.get_asset_check_evaluations()] == [("dbt_tests", True)]
    assert everything_published(copied) == before


def test_a_check_that_fails_on_a_part_is_told_with_its_rows(
    definitions: Definitions, copied: Layout, tmp_path: Path
) -> None:
    layout = copy_of(copied, tmp_path)
    with duckdb.connect(str(layout.work_database)) as database:
        database.execute("update raw.courses set year_to = '2013' where figure_id = '1.1.courses'")
    result = materialize(definitions, layout, key("warehouse", "fct_courses"))
    failed = [evaluation for evaluation in result.get_asset_check_evaluations() if not evaluation.passed]
    assert [evaluation.check_name for evaluation in failed] == ["a_planned_number_has_a_row_in_each_of_its_years"]
    assert "integrationsaftale_2009:1.1.courses" in str(failed[0].metadata["failing_rows"].value)


def test_the_checks_of_a_table_run_by_themselves_and_build_nothing(definitions: Definitions, copied: Layout) -> None:
    from dagster import AssetSelection, DagsterInstance, define_asset_job
    from dagster import Definitions as Dagster

    checks = define_asset_job("checks", selection=AssetSelection.checks_for_assets(key("warehouse", "fct_budget")))
    with_job = Dagster.merge(definitions, Dagster(jobs=[checks]))
    with environment(copied), DagsterInstance.ephemeral() as instance:
        result = with_job.resolve_job_def("checks").execute_in_process(instance=instance, raise_on_error=False)
    assert result.success
    told = {evaluation.check_name: evaluation.passed for evaluation in result.get_asset_check_evaluations()}
    assert {"dbt_tests", "budget_lines_add_up_in_all"} <= told.keys()
    assert all(told.values())
    assert row_counts(result) == {}


def test_the_release_by_itself_is_refused_and_says_who_publishes(definitions: Definitions, copied: Layout) -> None:
    before = everything_published(copied)
    result = materialize(definitions, copied, key("release"))
    assert not result.success
    assert "jobmaal refresh" in failure_of(result)
    assert everything_published(copied) == before


def test_a_faulty_input_table_stops_the_step_with_every_fault(
    definitions: Definitions, copied: Layout, tmp_path: Path
) -> None:
    layout = copy_of(copied, tmp_path)
    (layout.seeds / "shared" / "accounts.csv").write_text("account_id\nadm\n", encoding="utf-8")
    result = materialize(definitions, layout, key("raw", "themes"))
    assert not result.success
    assert "seeds/shared/accounts.csv" in failure_of(result)


# --- the history of the command line ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def history(copied: Layout) -> Iterator[Any]:
    """Open the history that the UI opens."""
    from dagster import DagsterInstance

    with environment(copied), DagsterInstance.from_config(str(copied.dagster_home)) as instance:
        yield instance


def test_the_refresh_of_the_command_line_is_a_run_in_the_history(history: Any, published: Published) -> None:
    [run] = history.get_runs()
    assert run.job_name == "refresh"
    assert run.is_success
    event = history.get_latest_materialization_event(key("release"))
    assert event.asset_materialization.metadata["build_id"].value == published.folder.name


def test_the_history_has_the_rows_of_every_public_table(history: Any, copied: Layout) -> None:
    with duckdb.connect(str(copied.current / "warehouse.duckdb"), read_only=True) as database:
        for table in PROMISED:
            event = history.get_latest_materialization_event(key("warehouse", table))
            [(rows,)] = database.execute(f"select count(*) from {table}").fetchall()
            assert event.asset_materialization.metadata["dagster/row_count"].value == rows, table


def test_the_history_has_every_check_and_all_of_them_hold(history: Any, definitions: Definitions) -> None:
    # What the night and the morning look at is no part of a refresh.
    keys = {k for k in definitions.resolve_asset_graph().asset_check_keys if k.asset_key.path[0] in LAYERS}
    found = history.event_log_storage.get_latest_asset_check_execution_by_key(list(keys))
    assert found.keys() == keys
    assert {str(record.status.value) for record in found.values()} == {"SUCCEEDED"}


# --- what lies about on somebody's machine ------------------------------------------------------------------


def write_packages(folder: Path, *names: str) -> None:
    """Write packages that must not be imported, as a user may have them where the command is run."""
    for name in names:
        (folder / name).mkdir()
        (folder / name / "__init__.py").write_text("raise ImportError('of somebody else')", encoding="utf-8")


def test_a_users_own_package_named_as_one_of_ours_is_not_taken_for_it(published: Published, tmp_path: Path) -> None:
    write_packages(tmp_path, "expectations", "checks", "release")
    code = "from dagster_project.assets import process\nwith process.ready(): print('ready')"
    for variables in ({}, {"PYTHONSAFEPATH": "1"}):
        done = python(published.layout, code, PYTHONPATH=str(tmp_path), **variables)
        assert (done.stdout, done.stderr) == ("ready\n", "")


def test_no_command_takes_a_users_package_for_one_that_it_uses(published: Published, tmp_path: Path) -> None:
    write_packages(tmp_path, "dagster_project", "dbt", "dagster", "expectations")
    theirs = {"PYTHONPATH": str(tmp_path), "DBT_TARGET": "prod", "DBT_EMPTY": "1", "DBT_PROFILES_DIR": "/nowhere"}
    layout = copy_of(published.layout, tmp_path / "data")
    # It imports Dagster, parses the dbt project anew and asks Dagster's history.
    shutil.rmtree(layout.dbt_target, ignore_errors=True)
    os.close(hold_schedules(layout))
    done = jobmaal(layout, "status", **theirs)
    assert (done.returncode, "ImportError" in done.stderr) == (0, False), done.stderr
    code = (
        "from jobmaal.cli import main; main(['status'], standalone_mode=False)\n"
        "from dagster_project import dbt_graph; print(len(dbt_graph.models()) > 0)"
    )
    done = python(layout, code, **theirs)
    assert done.stdout.endswith("True\n"), done.stderr
