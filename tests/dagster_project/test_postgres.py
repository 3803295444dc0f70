"""Dagster's history in PostgreSQL, with the settings that deploy/ has for a server, on a real server.

Belongs here: what is kept there, and what happens when it is gone. Does not: starting one (`helpers.postgres`).

The tests run in the order in which they stand: the server is up, is used, and is taken away.
"""

import json
import shutil
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass

import duckdb
import pytest

from jobmaal.core.errors import EXIT_BROKE_DOWN, EXIT_FAILING
from jobmaal.core.layout import PROJECT, Layout
from jobmaal.releases.catalogue import WAREHOUSE, current_id
from tests.conftest import COMMAND, Published, copy_of, environment_of, jobmaal
from tests.helpers.postgres import Postgres, postgres
from tests.helpers.serving import PATIENCE, serve
from tests.helpers.warehouse import PROMISED

pytestmark = pytest.mark.slow

_SETTINGS = PROJECT / "deploy" / "dagster.yaml"
_SOCKETS = "/var/run/postgresql"


@dataclass(frozen=True)
class OnServer:
    """A data folder whose history is in PostgreSQL."""

    layout: Layout
    server: Postgres


@pytest.fixture(scope="module")
def on_server(published: Published, tmp_path_factory: pytest.TempPathFactory) -> Iterator[OnServer]:
    """Take the release to a server, with the server's settings, and refresh there."""
    with postgres() as server:
        layout = copy_of(published.layout, tmp_path_factory.mktemp("postgres"))
        shutil.rmtree(layout.dagster_home)
        layout.dagster_home.mkdir()
        settings = _SETTINGS.read_text(encoding="utf-8")
        assert _SOCKETS in settings
        settings = settings.replace(_SOCKETS, str(server.sockets))
        (layout.dagster_home / "dagster.yaml").write_text(settings, encoding="utf-8")
        done = jobmaal(layout, "refresh", "--force")
        assert done.returncode == 0, done.stdout + done.stderr
        yield OnServer(layout, server)


def told(done: subprocess.CompletedProcess[str]) -> str:
    """Return what a refresh without its history told, once it is sure that it ended as it should."""
    assert done.returncode == EXIT_BROKE_DOWN, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert "Retrying" not in done.stderr
    return done.stderr


def test_the_run_with_every_table_and_every_check_is_in_postgresql(on_server: OnServer) -> None:
    ask = on_server.server.ask
    assert ask("select pipeline_name, status from runs") == [("refresh", "SUCCESS")]
    query = "select asset_key from event_logs where dagster_event_type = 'ASSET_MATERIALIZATION'"
    keys = [json.loads(str(key)) for (key,) in ask(query)]
    assert ["release"] in keys
    assert {key[1] for key in keys if key[0] == "warehouse"} == PROMISED.keys()
    rows = ask("select check_name, execution_status from asset_check_executions")
    assert {status for _, status in rows} == {"SUCCEEDED"}
    assert {"dbt_tests", "budget_lines_add_up_in_all"} <= {name for name, _ in rows}


def test_nothing_of_the_history_is_in_a_file_and_the_settings_are_left_as_they_are(on_server: OnServer) -> None:
    files = [path for path in on_server.layout.dagster_home.rglob("*") if path.is_file()]
    assert [path.name for path in files if b"SQLite format" in path.read_bytes()[:100]] == []
    assert {path.suffix for path in files} <= {".yaml", ".out", ".err", ".complete"}
    there = (on_server.layout.dagster_home / "dagster.yaml").read_text(encoding="utf-8")
    assert there.replace(str(on_server.server.sockets), _SOCKETS) == _SETTINGS.read_text(encoding="utf-8")


def test_webserver_and_daemon_start_on_postgresql_and_end_when_they_are_told_to(on_server: OnServer) -> None:
    def daemons() -> set[str]:
        return {str(name) for (name,) in on_server.server.ask("select daemon_type from daemon_heartbeats")}

    with serve(on_server.layout, stop=signal.SIGINT) as served:
        served.wait_until(lambda: "SCHEDULER" in daemons())
        runs = served.graphql("{ runsOrError { ... on Runs { results { jobName status } } } }")
        assert {"jobName": "refresh", "status": "SUCCESS"} in runs["runsOrError"]["results"]
        served.wait_until(lambda: daemons() >= {"SCHEDULER", "QUEUED_RUN_COORDINATOR", "MONITORING"})


def test_a_refresh_whose_postgresql_goes_in_the_middle_says_so_and_what_is_published_stays_readable(
    on_server: OnServer,
) -> None:
    build_id = current_id(on_server.layout)
    refreshing = subprocess.Popen(
        [str(COMMAND), "refresh", "--force"], env=environment_of(on_server.layout), stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert refreshing.stderr is not None
    lines = []
    for line in refreshing.stderr:
        lines.append(line)
        if line.lstrip().startswith("load "):
            on_server.server.stop("immediate")
    stdout, _ = refreshing.communicate(timeout=PATIENCE)
    done = subprocess.CompletedProcess([], refreshing.returncode, stdout, "".join(lines))
    assert "Dagster's history cannot be read or written" in told(done)
    with duckdb.connect(str(on_server.layout.current / WAREHOUSE), read_only=True) as database:
        assert database.execute("select build_id from audit_build").fetchall() == [(build_id,)]


def test_a_refresh_without_its_postgresql_says_where_that_was_looked_for(on_server: OnServer) -> None:
    build_id = current_id(on_server.layout)
    shown = told(jobmaal(on_server.layout, "refresh", "--force"))
    assert f'socket "{on_server.server.sockets}' in shown
    assert str(on_server.layout.dagster_home / "dagster.yaml") in shown
    assert current_id(on_server.layout) == build_id
    status = jobmaal(on_server.layout, "status")
    assert status.returncode == EXIT_FAILING
    assert f"Release    {build_id}" in status.stdout
