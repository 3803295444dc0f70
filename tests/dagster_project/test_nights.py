"""The nightly job: it fetches, builds and publishes by itself, tries again what can pass, and says what it cannot.

Belongs here: schedules, sensor, the steps that only the night has, and the real daemon. Does not: what an alert says
(`test_alerts`), what a refresh publishes (`test_refresh`).
"""

from __future__ import annotations

import datetime as dt
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from dagster_project import hours
from jobmaal.core.errors import JobmaalError
from jobmaal.core.layout import Layout
from jobmaal.demo.synthetic import shipped_tables
from jobmaal.jobindsats.config import read_tables
from jobmaal.jobindsats.landing import CALENDAR_ID, Landing, Origin
from jobmaal.operations import alerts
from jobmaal.releases.catalogue import build_ids, current_id, read_manifest
from tests.conftest import COMMAND, TOKEN, Published, copy_of, environment, environment_of, jobmaal, python
from tests.helpers.input import append
from tests.helpers.receivers import Alert, Receiver, webhook
from tests.helpers.secrets import PASSWORD, search
from tests.helpers.serving import serve
from tests.helpers.v3_server import ServedTable, V3Server

if TYPE_CHECKING:
    from dagster import Definitions

#: Runs the nightly job in a process of its own, as a worker of the daemon does, with waits of no length.
_NIGHT = """
from jobmaal.core.layout import Layout
from dagster_project.run import prepare_home
prepare_home(Layout.from_environment())
from dagster import DagsterInstance
from dagster_project import nights
from dagster_project.definitions import defs
from jobmaal.jobindsats import client
nights.RETRY_SECONDS = client._RETRIES = 0
with DagsterInstance.get() as instance:
    result = defs.resolve_job_def("nightly").execute_in_process(instance=instance, raise_on_error=False)
print("tries", sum(event.is_step_restarted for event in result.all_events) + 1)
print("skipped", sum(event.is_step_skipped for event in result.all_events))
print("success", result.success)
"""


def night(layout: Layout, **variables: str) -> str:
    """Spend a night that ends well; return what it told, with what it wrote of its progress."""
    done = python(layout, _NIGHT, **variables)
    told = done.stdout + done.stderr
    assert "success True" in told, told
    return told


# --- when -----------------------------------------------------------------------------------------------


def test_the_night_and_the_morning_are_on_from_the_start_by_copenhagens_clock(definitions: Definitions) -> None:
    from dagster import DefaultScheduleStatus, ScheduleDefinition

    schedules = {s.job_name: s for s in definitions.schedules or () if isinstance(s, ScheduleDefinition)}
    assert schedules.keys() == {"nightly", "morning"}
    for schedule in schedules.values():
        assert schedule.default_status is DefaultScheduleStatus.RUNNING
        assert schedule.execution_timezone == "Europe/Copenhagen"
        assert str(schedule.cron_schedule).split()[1] not in {"2", "3"}
    assert schedules["nightly"].cron_schedule == "30 4 * * *"


@pytest.mark.parametrize(("text", "cron"), [("04:30", "30 4 * * *"), ("0:05", "5 0 * * *"), ("23:59", "59 23 * * *")])
def test_another_hour_can_be_set(monkeypatch: pytest.MonkeyPatch, text: str, cron: str) -> None:
    monkeypatch.setenv(hours.HOUR_VARIABLE, text)
    assert hours.cron(hours.nightly_at()) == cron
    assert hours.change_of_clock() is None


@pytest.mark.parametrize("text", ["25:00", "4.30", "04:60", "half past four", "4"])
def test_an_hour_that_is_none_is_told(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv(hours.HOUR_VARIABLE, text)
    with pytest.raises(JobmaalError, match=f"such as 04:30; it is '{re.escape(text)}'"):
        hours.nightly_at()


@pytest.mark.parametrize(
    ("night", "begins"),
    [("2027-03-28", "2027-03-28T03:00:00+02:00"), ("2027-10-31", "2027-10-31T02:30:00+01:00")],
)
def test_in_a_night_in_which_the_clock_changes_the_work_begins_once_and_when_it_is_told(
    monkeypatch: pytest.MonkeyPatch, night: str, begins: str
) -> None:
    from dagster._utils.schedules import schedule_execution_time_iterator

    monkeypatch.setenv(hours.HOUR_VARIABLE, "02:30")
    zone = ZoneInfo(hours.ZONE)
    midnight = dt.datetime.fromisoformat(night).replace(tzinfo=zone)
    times = schedule_execution_time_iterator(
        midnight.timestamp(), hours.cron(hours.nightly_at()), hours.ZONE, ascending=True
    )
    first, second = (next(times).astimezone(zone) for _ in range(2))
    assert first.isoformat() == begins
    assert second.date() == midnight.date() + dt.timedelta(days=1)
    told = hours.change_of_clock()
    assert told is not None
    assert "skips 02:30, the night's work begins at 03:00" in told
    assert "comes twice, at the second" in told


# --- the sensor on the input tables -----------------------------------------------------------------------


def test_the_sensor_is_off_and_starts_a_refresh_once_an_edit_has_come_to_rest(
    definitions: Definitions, published: Published, tmp_path: Path
) -> None:
    from dagster import DefaultSensorStatus, RunRequest, SkipReason, build_sensor_context

    [watching] = definitions.sensors or ()
    assert watching.name == "input_tables_changed"
    assert watching.default_status is DefaultSensorStatus.STOPPED
    layout = copy_of(published.layout, tmp_path)

    def tick(cursor: str | None) -> tuple[Any, str | None]:
        with environment(layout), build_sensor_context(cursor=cursor) as context:
            return watching(context), context.cursor

    told, cursor = tick(None)
    assert isinstance(told, SkipReason)
    assert cursor is None
    append(layout.seeds / "shared" / "accounts.csv", {"account_id": "ny", "account_name": "Ny konto"})
    told, first = tick(cursor)
    assert isinstance(told, SkipReason)
    append(layout.seeds / "shared" / "accounts.csv", {"account_id": "nyere", "account_name": "Nyere konto"})
    told, second = tick(first)
    assert isinstance(told, SkipReason)
    assert first != second
    told, _ = tick(second)
    assert isinstance(told, RunRequest)
    assert told.run_key == second


# --- a night ----------------------------------------------------------------------------------------------


@contextmanager
def _publisher(layout: Layout) -> Iterator[V3Server]:
    shapes = shipped_tables(read_tables(layout), "2026M06", years=2)
    with V3Server(
        {shape.table_id: ServedTable(shape, update_next="2099-01-01") for shape in shapes}, token=TOKEN
    ) as server:
        yield server


@pytest.mark.slow
def test_nights_in_a_row_fetch_fail_recover_and_find_nothing_new(published: Published, tmp_path: Path) -> None:
    """One story, since each night costs half a minute: what one night leaves is what the next one meets."""
    layout = copy_of(published.layout, tmp_path)
    first = current_id(layout)
    spoilt = layout.seeds / "plads_til_alle_2007" / "known_faults.csv"
    whole = spoilt.read_bytes()
    with webhook(PASSWORD) as receiver, _publisher(layout) as server:
        variables = {
            "JOBINDSATS_URL": server.url, "JOBINDSATS_TOKEN": TOKEN, "JOBINDSATS_RATE": "0",
            alerts.ADDRESS_VARIABLE: receiver.address,
        }  # fmt: skip

        # The first night fetches everything, and then finds that a sum is no longer explained.
        spoilt.write_bytes(b"\n".join(whole.splitlines()[:-1]) + b"\n")
        told = python(layout, _NIGHT, **variables)
        assert "success False" in told.stdout, told.stdout + told.stderr
        assert current_id(layout) == first
        failed = _only(receiver, "jobmaal: refresh failed")
        assert "no_claim_of_a_document_is_broken" in failed.body
        assert "claim=plads_til_alle_2007:" in failed.body
        assert f"Published is {first}" in failed.body

        # The second night publishes, with what the first one fetched.
        spoilt.write_bytes(whole)
        night(layout, **variables)
        second = current_id(layout)
        assert second not in (first, None)
        assert read_manifest(layout, str(second))["rows"]["audit_reply"] > 0
        _only(receiver, "jobmaal: refresh works again")

        # The third night has nothing to build: one step runs, the others are skipped.
        assert "skipped 4" in night(layout, **variables)
        assert current_id(layout) == second
        assert receiver.arrived == []

        # The fourth night does not reach the publisher: tried again, a bounded number of times, and told.
        assert "tries 4" in night(layout, **variables | {"JOBINDSATS_URL": "http://127.0.0.1:9"})
        failed = _only(receiver, "jobmaal: fetch failed")
        assert "cannot be reached" in failed.body
        assert "`jobmaal fetch` shows it" in failed.body
    assert build_ids(layout) == [first, second]
    # Token and password were in the environment of each night; what each told was searched when it was told.
    assert search([layout.data]) == []


def _only(receiver: Receiver, title: str) -> Alert:
    """Return the one alert that has arrived since the last look."""
    arrived, receiver.arrived = receiver.arrived, []
    assert [alert.title for alert in arrived] == [title], arrived
    return arrived[0]


@pytest.mark.slow
def test_what_cannot_pass_is_not_tried_again_and_keeps_nobody_from_refreshing(
    published: Published, tmp_path: Path
) -> None:
    layout = copy_of(published.layout, tmp_path)
    with _publisher(layout) as server:
        told = night(layout, JOBINDSATS_URL=server.url, JOBINDSATS_TOKEN="another-t0ken-altogether")
    assert "tries 1" in told
    assert "skipped 4" in told
    assert "another-t0ken-altogether" not in told


@pytest.mark.slow
def test_a_release_that_was_damaged_is_replaced_by_the_night(published: Published, tmp_path: Path) -> None:
    layout = copy_of(published.layout, tmp_path)
    first = current_id(layout)
    file = next((layout.current / "parquet").glob("*.parquet"))
    file.chmod(0o644)
    file.write_bytes(file.read_bytes()[:-1] + b"?")
    with webhook(PASSWORD) as receiver:
        night(layout, JOBINDSATS_TOKEN="", **{alerts.ADDRESS_VARIABLE: receiver.address})
    assert current_id(layout) not in (first, None)
    assert [alert.title for alert in receiver.arrived] == ["jobmaal: release not in order"]
    assert f"parquet/{file.name}: its content is not what was published" in receiver.arrived[0].body


@pytest.mark.slow
def test_a_damaged_response_is_reported_by_a_night_without_a_token_and_with_nothing_new(
    published: Published, tmp_path: Path
) -> None:
    layout = copy_of(published.layout, tmp_path)
    first = current_id(layout)
    # The calendar is no part of a release, so there is nothing to build.
    calendar = Origin(CALENDAR_ID, "calendar", dt.datetime(2026, 8, 18, tzinfo=dt.UTC), "api", "/tables", 200)
    landed, _ = Landing(layout).land(calendar, b"[]")
    landed.body.chmod(0o644)
    landed.body.write_bytes(landed.body.read_bytes()[:-1] + b"?")
    with webhook(PASSWORD) as receiver:
        told = night(layout, JOBINDSATS_TOKEN="", **{alerts.ADDRESS_VARIABLE: receiver.address})
    assert "nothing fetched: JOBINDSATS_TOKEN is not set" in told
    assert "skipped 4" in told
    status = jobmaal(layout, "status")
    assert re.search(r"^Refreshed  20\d\d-\d\d-\d\d \d\d:\d\d UTC$", status.stdout, re.MULTILINE), status.stdout
    assert current_id(layout) == first
    [alert] = receiver.arrived
    assert alert.title == "jobmaal: release not in order"
    assert f"{landed.name}: its content is not what was landed" in alert.body
    assert "from a backup" in alert.body


# --- one at a time ----------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_run_of_dagster_that_was_killed_is_told_and_closed_by_the_next(published: Published, tmp_path: Path) -> None:
    layout = copy_of(published.layout, tmp_path)
    with webhook(PASSWORD) as receiver:
        variables = environment_of(layout) | {alerts.ADDRESS_VARIABLE: receiver.address}
        holder = layout.lock.with_suffix(".holder")
        with subprocess.Popen(
            [str(COMMAND), "refresh", "--force"], env=variables, cwd=tmp_path, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, text=True,
        ) as process:  # fmt: skip
            assert process.stderr is not None
            # The run has begun when its first step has ended.
            while not process.stderr.readline().startswith("  load"):
                assert process.poll() is None
            assert str(process.pid) in holder.read_text()
            process.kill()
        assert holder.is_file()
        done = jobmaal(layout, "refresh", "--force", **{alerts.ADDRESS_VARIABLE: receiver.address})
    assert done.returncode == 0, done.stderr
    assert f"process {process.pid}, " in done.stderr
    assert "never came to its end" in done.stderr
    assert not holder.exists()
    assert [alert.title for alert in receiver.arrived] == ["jobmaal: refresh failed", "jobmaal: refresh works again"]
    from dagster import DagsterInstance

    with DagsterInstance.from_config(str(layout.dagster_home)) as instance:
        assert [run.is_finished for run in instance.get_runs()] == [True] * instance.get_runs_count()
        assert sum(run.is_failure for run in instance.get_runs()) == 1


def test_the_last_runs_are_kept_and_the_one_that_made_the_release_and_no_others(
    published: Published, tmp_path: Path
) -> None:
    from dagster import DagsterInstance, DagsterRun, DagsterRunStatus

    from dagster_project import history

    layout = copy_of(published.layout, tmp_path)
    with DagsterInstance.from_config(str(layout.dagster_home)) as instance:
        [release] = instance.get_run_ids()
        ids = [f"{number:032d}" for number in range(history.RUNS_KEPT + 5)]
        for run_id in ids:
            instance.add_run(DagsterRun(job_name="nightly", run_id=run_id, status=DagsterRunStatus.SUCCESS))
            (layout.dagster_home / "storage" / run_id).mkdir()
        instance.add_run(DagsterRun(job_name="nightly", run_id="f" * 32, status=DagsterRunStatus.STARTED))
        assert history.prune(instance) == 5
        assert {*instance.get_run_ids()} == {release, *ids[5:], "f" * 32}
        assert instance.get_latest_materialization_event(history.RELEASE) is not None
        assert history.prune(instance) == 0
    assert [path for path in layout.dagster_home.rglob("*") for run_id in ids[:5] if run_id in path.name] == []


def test_the_history_stops_growing(published: Published, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from dagster import DagsterRun, DagsterRunStatus

    from dagster_project import history

    layout = copy_of(published.layout, tmp_path)
    monkeypatch.setattr(history, "RUNS_KEPT", 2)
    index, sizes = layout.dagster_home / "history" / "runs" / "index.db", []
    with history.instance(layout.dagster_home, is_ours=True) as instance:
        [release] = instance.get_run_ids()
        events = [entry for entry in instance.all_logs(release) if entry.is_dagster_event]
        checks = [entry for entry in events if "ASSET_CHECK" in str(entry.dagster_event_type)]
        assert len(checks) > 100
        for number in range(6):
            run_id = f"{number:032d}"
            instance.add_run(DagsterRun(job_name="refresh", run_id=run_id, status=DagsterRunStatus.SUCCESS))
            for entry in checks:
                instance.event_log_storage.store_event(entry._replace(run_id=run_id))
            history.prune(instance)
            sizes.append(index.stat().st_size)
        with instance.event_log_storage.index_connection() as connection:
            found = connection.exec_driver_sql("select distinct run_id from asset_check_executions").fetchall()
    assert {run_id for (run_id,) in found} == {release, f"{4:032d}", f"{5:032d}"}
    # SQLite uses the pages again that were freed; a refresh's checks alone are a fifth of the file.
    assert sizes[-1] < 1.05 * sizes[2]


# --- the real thing ---------------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_daemon_refreshes_by_itself_at_its_hour(published: Published, tmp_path: Path) -> None:
    layout = copy_of(published.layout, tmp_path)
    first = current_id(layout)
    append(layout.seeds / "shared" / "accounts.csv", {"account_id": "ny", "account_name": "Ny konto"})
    # The daemon needs some seconds until it looks at the clock.
    at = dt.datetime.now(ZoneInfo(hours.ZONE)) + dt.timedelta(seconds=100)
    with serve(layout, **{hours.HOUR_VARIABLE: f"{at:%H:%M}", "JOBINDSATS_TOKEN": ""}) as served:
        served.wait_until(lambda: current_id(layout) not in (first, None))
        # Let the run come to its own end.
        served.wait_until(lambda: not layout.lock.with_suffix(".holder").exists())
    told = (tmp_path / "serve.log").read_text(encoding="utf-8")
    assert f"Every night at {at:%H:%M}, Danish time" in told
    assert "Alerts are not configured" in told
    assert "JOBINDSATS_TOKEN is not set" in told
    assert f"http://127.0.0.1:{served.port}" in told
    assert jobmaal(layout, "status", "--verify").returncode == 0
    from dagster import DagsterInstance, DagsterRunStatus, RunsFilter

    with DagsterInstance.from_config(str(layout.dagster_home)) as instance:
        [run] = instance.get_runs(RunsFilter(job_name="nightly"))
        assert run.status is DagsterRunStatus.SUCCESS
        assert run.tags["dagster/schedule_name"] == "nightly_schedule"
    assert [path.name for path in tmp_path.iterdir() if path.name not in {"seeds", "data", "serve.log"}] == []
    assert search([layout.data, told]) == []
