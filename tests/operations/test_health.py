"""Whether the service works, seen from outside: the exit codes of `status`, the alerts, and the heartbeat.

Belongs here: what fails, is stale or has stopped, as Dagster's history and systemd report it. Does not: the timer and
the services under a real systemd (`test_deploy`).
"""

import datetime as dt
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner, Result
from dagster import DagsterInstance, DagsterRun, DagsterRunStatus
from dagster._core.remote_origin import (
    ManagedGrpcPythonEnvCodeLocationOrigin,
    RemoteInstigatorOrigin,
    RemoteRepositoryOrigin,
)
from dagster._core.scheduler.instigation import (
    InstigatorState,
    InstigatorStatus,
    InstigatorType,
    ScheduleInstigatorData,
)
from dagster._core.types.loadable_target_origin import LoadableTargetOrigin
from dagster._daemon.types import DaemonHeartbeat

from dagster_project import service
from jobmaal.cli import main
from jobmaal.core.errors import EXIT_BROKE_DOWN, EXIT_BUSY, EXIT_FAILING, EXIT_STALE, EXIT_STOPPED
from jobmaal.core.layout import Layout
from jobmaal.operations import alerts, health, heartbeat, status, watch
from jobmaal.operations.locking import dismiss_schedules, hold_schedules
from tests.conftest import COMMAND, Published, copy_of, environment_of, jobmaal
from tests.helpers.input import run as run_without_frameworks
from tests.helpers.receivers import Receiver
from tests.helpers.secrets import PASSWORD

NOW = dt.datetime.now(dt.UTC)
_PATIENCE = 120


@pytest.fixture
def layout(published: Published, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Layout:
    """Copy a release that a daemon is to look after."""
    copied = copy_of(published.layout, tmp_path)
    os.close(hold_schedules(copied))
    # The module may have been read long before the release was built.
    monkeypatch.setattr(sys.modules[__name__], "NOW", dt.datetime.now(dt.UTC))
    return copied


def started(layout: Layout, ago: dt.timedelta) -> None:
    """Note that the process that runs the schedules was started some time ago."""
    note = layout.schedules_lock.with_suffix(".holder")
    holder = json.loads(note.read_text(encoding="utf-8")) | {"since": (NOW - ago).isoformat()}
    note.write_text(json.dumps(holder), encoding="utf-8")


def run(layout: Layout, *command: str) -> Result:
    """Run a command on these folders, in this process."""
    folders = ["--seeds", str(layout.seeds), "--data", str(layout.data)]
    return CliRunner().invoke(main, [*folders, *command], env=dict.fromkeys(("JOBMAAL_SEEDS", "JOBMAAL_DATA")))


@contextmanager
def history_of(layout: Layout) -> Iterator[DagsterInstance]:
    """Open the history, as the daemon does."""
    with DagsterInstance.from_config(str(layout.dagster_home)) as instance:
        yield instance


def hear(layout: Layout, ago: dt.timedelta) -> None:
    """Note that the daemon was heard some time ago."""
    with history_of(layout) as instance:
        instance.add_daemon_heartbeat(DaemonHeartbeat((NOW - ago).timestamp(), "SCHEDULER", "some-id", []))


def switch(layout: Layout, name: str, status: InstigatorStatus) -> None:
    """Switch a schedule, as the UI does."""
    target = LoadableTargetOrigin(module_name="dagster_project.definitions")
    code = ManagedGrpcPythonEnvCodeLocationOrigin(target, "dagster_project.definitions")
    origin = RemoteInstigatorOrigin(RemoteRepositoryOrigin(code, "__repository__"), name)
    data = ScheduleInstigatorData("30 4 * * *", start_timestamp=None)
    with history_of(layout) as instance:
        state = InstigatorState(origin, InstigatorType.SCHEDULE, status, data)
        is_known = instance.get_instigator_state(state.instigator_origin_id, state.selector_id) is not None
        (instance.update_instigator_state if is_known else instance.add_instigator_state)(state)


def names(layout: Layout, now: dt.datetime | None = None) -> list[str]:
    """Return the names of what is wrong."""
    return [problem.name for problem in health.problems(layout, now or NOW, service.look)]


# --- what status ends with ------------------------------------------------------------------------------------


def test_all_is_well_where_the_daemon_was_heard_just_now_and_its_schedules_are_on(layout: Layout) -> None:
    hear(layout, dt.timedelta(seconds=20))
    switch(layout, "nightly_schedule", InstigatorStatus.DECLARED_IN_CODE)
    switch(layout, "morning_schedule", InstigatorStatus.RUNNING)
    assert health.problems(layout, NOW, service.look) == []
    assert run(layout, "status").exit_code == 0


def test_where_somebody_refreshes_by_hand_no_daemon_is_missing_and_dagster_is_not_asked(layout: Layout) -> None:
    dismiss_schedules(layout)
    hear(layout, dt.timedelta(days=3))
    assert run_without_frameworks(layout, "status").exit_code == 0


def fails(layout: Layout, _: pytest.MonkeyPatch) -> None:
    """Let the refresh fail."""
    status.failed(layout, status.REFRESH, "the reason")


def is_unconfirmed(_: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the release have been confirmed too long ago."""
    monkeypatch.setenv("JOBMAAL_MOST_HOURS", "0")


def is_switched_off(layout: Layout, _: pytest.MonkeyPatch) -> None:
    """Switch a schedule off, though the daemon runs."""
    hear(layout, dt.timedelta(seconds=20))
    switch(layout, "nightly_schedule", InstigatorStatus.STOPPED)


def is_silent(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the daemon be silent on a machine that has been up for longer."""
    monkeypatch.setattr(service, "time", SimpleNamespace(monotonic=lambda: 1e7))
    started(layout, dt.timedelta(days=4))
    hear(layout, health.SILENCE + dt.timedelta(minutes=1))


@pytest.mark.parametrize(
    ("happens", "exit_code", "lines"),
    [
        (fails, EXIT_FAILING, ["FAILING    refresh, since", "the reason"]),
        (is_unconfirmed, EXIT_STALE, ["STALE      No refresh has succeeded since"]),
        (is_switched_off, EXIT_STOPPED,
         ["STOPPED    the schedule nightly_schedule is off; switch it on in the Dagster UI"]),
        (is_silent, EXIT_STOPPED, ["STOPPED    the daemon has not been heard from since"]),
    ],
)  # fmt: skip
def test_what_is_wrong_ends_status_with_a_code_of_its_own(
    layout: Layout, monkeypatch: pytest.MonkeyPatch, happens: Callable[..., None], exit_code: int, lines: list[str]
) -> None:
    happens(layout, monkeypatch)
    shown = run(layout, "status")
    assert shown.exit_code == exit_code
    assert all(line in shown.output for line in lines)


def test_a_machine_that_has_just_started_has_not_been_silent_while_it_was_off(
    layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "time", SimpleNamespace(monotonic=lambda: 60.0))
    started(layout, dt.timedelta(days=4))
    hear(layout, dt.timedelta(days=3))
    assert health.problems(layout, NOW, service.look) == []


def test_a_daemon_that_was_started_and_never_heard_is_silent_only_after_a_while(layout: Layout) -> None:
    started(layout, dt.timedelta(minutes=4))
    assert names(layout) == []
    started(layout, dt.timedelta(minutes=6))
    assert names(layout) == ["the_daemon_is_silent"]


def test_a_run_that_does_not_end_ends_status_with_a_code_of_its_own(layout: Layout) -> None:
    with history_of(layout) as instance:
        instance.add_run(DagsterRun(job_name="nightly", run_id="0" * 32, status=DagsterRunStatus.STARTED))
    started(layout, dt.timedelta(hours=-5))
    assert names(layout, NOW + dt.timedelta(hours=5)) == []
    started(layout, dt.timedelta(hours=-7))
    [problem] = health.problems(layout, NOW + dt.timedelta(hours=7), service.look)
    assert problem.exit_code == EXIT_FAILING
    assert "nightly, run 00000000: it does not end, after more than 6:00:00" in problem.text


def test_a_history_that_cannot_be_read_is_a_service_that_has_stopped(layout: Layout) -> None:
    for path in (layout.dagster_home / "history").rglob("*.db"):
        path.write_bytes(b"no database at all, but long enough to be taken for one" * 100)
    shown = run(layout, "status")
    assert shown.exit_code == EXIT_STOPPED
    assert "Dagster's history cannot be read" in shown.output
    assert "Traceback" not in shown.output
    assert "Release    20" in shown.output


@pytest.mark.parametrize("settings", ["storage: {nonsense", "nonsense: true\n"])
def test_settings_of_the_history_that_cannot_be_read_are_reported_in_a_line(layout: Layout, settings: str) -> None:
    (layout.dagster_home / "dagster.yaml").write_text(settings, encoding="utf-8")
    shown = run(layout, "status")
    assert shown.exit_code == EXIT_STOPPED
    [line] = [line for line in shown.output.splitlines() if line.startswith("STOPPED")]
    assert f"{layout.dagster_home}/dagster.yaml cannot be used: " in line


def test_of_several_problems_the_gravest_decides_and_all_are_shown(
    layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JOBMAAL_MOST_HOURS", "0")
    status.failed(layout, status.FETCH, "the reason")
    switch(layout, "morning_schedule", InstigatorStatus.STOPPED)
    shown = run(layout, "status", "--json")
    assert shown.exit_code == EXIT_STOPPED
    problems = json.loads(shown.stdout)["problems"]
    assert [problem["exit_code"] for problem in problems] == [EXIT_STOPPED, EXIT_FAILING, EXIT_STALE]


def test_damaged_files_end_status_as_they_always_did(layout: Layout) -> None:
    status.failed(layout, status.REFRESH, "the reason")
    file = next((layout.current / "parquet").glob("*.parquet"))
    file.chmod(0o644)
    file.write_bytes(b"?")
    assert run(layout, "status", "--verify").exit_code == EXIT_BROKE_DOWN


@pytest.mark.parametrize("text", ["soon", "1e400", ""])
def test_hours_that_are_none_are_named(layout: Layout, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv(health.LONGEST_RUN_VARIABLE, text)
    shown = run(layout, "status")
    assert shown.exit_code == (EXIT_BROKE_DOWN if text else 0)
    assert not text or "must be a number of hours, such as 6" in shown.output


# --- alerts ----------------------------------------------------------------------------------------------


def test_an_alert_is_sent_once_when_something_stops_and_once_when_it_runs_again(layout: Layout, hook: Receiver) -> None:
    switch(layout, "nightly_schedule", InstigatorStatus.STOPPED)
    for _ in range(3):
        assert run(layout, "watch").exit_code == EXIT_STOPPED
    assert [alert.title for alert in hook.arrived] == ["jobmaal: service not in order"]
    assert "the schedule nightly_schedule is off" in hook.arrived[0].body
    assert "`jobmaal status`" in hook.arrived[0].body
    switch(layout, "nightly_schedule", InstigatorStatus.RUNNING)
    for _ in range(3):
        assert run(layout, "watch").exit_code == 0
    assert [alert.title for alert in hook.arrived[1:]] == ["jobmaal: service works again"]


def test_a_second_thing_that_stops_is_reported_too(layout: Layout, hook: Receiver) -> None:
    for name in ("nightly_schedule", "morning_schedule"):
        switch(layout, name, InstigatorStatus.STOPPED)
        run(layout, "watch")
    assert len(hook.arrived) == 2
    assert "Red since this time: morning_schedule_is_off" in hook.arrived[1].body


def test_an_alert_that_nobody_took_is_sent_with_the_next_look(layout: Layout, hook: Receiver) -> None:
    switch(layout, "nightly_schedule", InstigatorStatus.STOPPED)
    hook.refusals = 3
    run(layout, "watch")
    assert hook.arrived == []
    run(layout, "watch")
    assert len(hook.arrived) == 1


def test_a_failure_that_was_reported_is_not_reported_twice(layout: Layout, hook: Receiver) -> None:
    status.failed(layout, status.REFRESH, "the reason")
    assert run(layout, "watch").exit_code == EXIT_FAILING
    assert [alert.title for alert in hook.arrived] == ["jobmaal: refresh failed"]


def test_a_failure_that_nobody_reported_is_reported_by_the_watch(
    layout: Layout, hook: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as elsewhere:
        # In a shell that does not know the address.
        elsewhere.delenv(alerts.ADDRESS_VARIABLE)
        status.failed(layout, status.REFRESH, "the reason")
    run(layout, "watch")
    [alert] = hook.arrived
    assert alert.title == "jobmaal: service not in order"
    assert "the reason" in alert.body


def test_what_two_processes_note_at_once_is_all_kept(layout: Layout) -> None:
    code = (
        "import sys\nfrom jobmaal.operations import status\nfrom jobmaal.core.layout import Layout\n"
        "for _ in range(200): status.good(Layout.from_environment(), sys.argv[1], '')\n"
    )
    kinds = (status.REFRESH, status.FETCH, status.SERVICE)
    layout.standing.unlink(missing_ok=True)
    processes = [subprocess.Popen([sys.executable, "-c", code, kind], env=environment_of(layout)) for kind in kinds]
    assert [process.wait(_PATIENCE) for process in processes] == [0, 0, 0]
    assert json.loads(layout.standing.read_text(encoding="utf-8")).keys() == set(kinds)


# --- systemd's own word -----------------------------------------------------------------------------------------


def shown(**values: object) -> str:
    """Return what `systemctl show` says of a unit."""
    usual = {
        "Id": "jobmaal-daemon.service", "ActiveState": "active", "NRestarts": 0, "UnitFileState": "enabled",
        "ActiveEnterTimestampMonotonic": int((time.monotonic() - 60) * 1e6),
    }  # fmt: skip
    return "".join(f"{name}={value}\n" for name, value in (usual | values).items())


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"ActiveState": "inactive"}, "is_down"),
        ({"ActiveState": "failed"}, "is_down"),
        ({"ActiveState": "activating", "NRestarts": 3}, "starts_again_and_again"),
        ({"NRestarts": 40}, "starts_again_and_again"),
        ({"UnitFileState": "", "ActiveState": "inactive"}, "is_missing"),
        ({}, None),
        ({"ActiveState": "activating", "NRestarts": 1}, None),
        ({"ActiveState": "inactive", "UnitFileState": "disabled"}, None),
        ({"NRestarts": 40, "ActiveEnterTimestampMonotonic": int((time.monotonic() - 1_000) * 1e6)}, None),
    ],
)
def test_a_unit_that_is_missing_down_or_in_a_loop_is_reported_and_no_other(
    layout: Layout, hook: Receiver, values: dict[str, object], name: str | None
) -> None:
    found = health.report(
        layout, dt.datetime.now(dt.UTC), service.look, f"{shown(Id='jobmaal-web.service')}\n{shown(**values)}"
    )
    expected = [(f"jobmaal-daemon.service_{name}", EXIT_STOPPED)] if name else []
    assert [(problem.name, problem.exit_code) for problem in found] == expected
    assert len(hook.arrived) == len(expected)


@pytest.mark.parametrize(
    "text", ["", "rubbish", "UnitFileState=enabled\n", shown(NRestarts="[not set]"), shown(NRestarts="")]
)
def test_what_systemd_never_says_of_a_unit_is_a_look_that_fails(layout: Layout, hook: Receiver, text: str) -> None:
    [problem] = health.report(layout, NOW, service.look, text)
    assert (problem.name, problem.exit_code) == ("the_look_fails", EXIT_STOPPED)
    assert "--units" in problem.text
    assert len(hook.arrived) == 1


# --- what the look rests on ---------------------------------------------------------------------------------------


def _write_note(layout: Layout, **values: object) -> None:
    layout.standing.write_text(json.dumps({"refresh": values}), encoding="utf-8")


def test_a_time_that_has_not_come_confirms_nothing(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(watch.HOURS_VARIABLE, "0.000001")
    _write_note(layout, good_at="2099-01-01T00:00:00+00:00")
    assert "a_refresh_has_confirmed_the_release_lately" in names(layout)
    # Nor does a release that was built by a clock that was ahead.
    assert watch.stale(layout, NOW - dt.timedelta(days=1))[0].endswith("publishes by the present one.")
    hear(layout, dt.timedelta(days=-400))
    started(layout, dt.timedelta(days=-400))
    assert "the_daemon_is_silent" in names(layout)


@pytest.mark.parametrize(
    "values",
    [
        {"good_at": "garbage"}, {"good_at": "2026-01-01T00:00:00"}, {"good_at": 5}, {"failing_since": 7},
        {"reason": 4, "failing_since": "2026-01-01T00:00:00+00:00"}, {"red": 4}, {"unknown": 1},
        "[" * 100_000,
    ],
    ids=lambda values: str(values)[:40],
)  # fmt: skip
def test_a_damaged_status_counts_as_none(layout: Layout, values: dict[str, object] | str) -> None:
    if isinstance(values, str):
        layout.standing.write_text(values, encoding="utf-8")
    else:
        _write_note(layout, **values)
    assert status.read(layout, status.REFRESH) == status.Status()
    assert health.problems(layout, NOW, service.look) == []


@pytest.mark.parametrize(
    "text", ["", "[1,2", '{"a":1}', "[" * 100_000, '{"pid": 1, "doing": "serve", "since": "rubbish"}',
             '{"pid": 1, "doing": "serve", "since": "2026-01-01T00:00:00"}'],
)  # fmt: skip
def test_a_note_of_the_schedules_that_cannot_be_read_is_reported(layout: Layout, text: str) -> None:
    layout.schedules_lock.with_suffix(".holder").write_text(text, encoding="utf-8")
    [problem] = health.problems(layout, NOW, service.look)
    assert (problem.exit_code, "cannot be read" in problem.text) == (EXIT_STOPPED, True)


@pytest.mark.parametrize("is_file", [True, False])
def test_a_history_that_is_gone_or_no_folder_is_reported(layout: Layout, is_file: bool) -> None:
    shutil.rmtree(layout.dagster_home, ignore_errors=True)
    if is_file:
        layout.dagster_home.write_text("", encoding="utf-8")
    [problem] = health.problems(layout, NOW, service.look)
    assert problem.name == "the_history_cannot_be_read"


def test_a_look_that_breaks_down_is_reported_and_an_alert_is_sent(
    layout: Layout, hook: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(watch.HOURS_VARIABLE, "abc")
    [problem] = health.report(layout, NOW, service.look)
    assert (problem.name, watch.HOURS_VARIABLE in problem.text) == ("the_look_fails", True)

    def breaks(*_: object) -> health.Seen:
        raise RuntimeError("something new")

    monkeypatch.delenv(watch.HOURS_VARIABLE)
    [problem] = health.report(layout, NOW, breaks)
    assert "something new" in problem.text
    # The same problem is reported once.
    assert len(hook.arrived) == 1


# --- the heartbeat --------------------------------------------------------------------------------------------


@contextmanager
def monitoring(status: int = 200) -> Iterator[tuple[str, list[str]]]:
    """Expect calls as a monitoring service does; returns the address, and the paths that were called."""
    called: list[str] = []

    class Service(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            called.append(self.path)
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Stay silent."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Service) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/{PASSWORD}", called
        server.shutdown()


def test_the_heartbeat_is_sent_where_all_is_well_and_only_then(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    with monitoring() as (address, called):
        monkeypatch.setenv(heartbeat.ADDRESS_VARIABLE, address)
        assert run(layout, "watch").exit_code == 0
        assert called == [f"/{PASSWORD}"]
        switch(layout, "nightly_schedule", InstigatorStatus.STOPPED)
        run(layout, "watch")
        assert len(called) == 1


@pytest.mark.parametrize("address", [f"nothing {PASSWORD}", f"http://127.0.0.1:9/{PASSWORD}", f"https://{PASSWORD}\n:"])
def test_a_heartbeat_that_reaches_nobody_is_reported_without_its_address(
    layout: Layout, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv(heartbeat.ADDRESS_VARIABLE, address)
    shown = run(layout, "watch")
    assert shown.exit_code == EXIT_BROKE_DOWN
    assert heartbeat.ADDRESS_VARIABLE in shown.output
    assert PASSWORD not in shown.output


def test_a_monitoring_service_that_refuses_is_reported(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    with monitoring(404) as (address, _):
        monkeypatch.setenv(heartbeat.ADDRESS_VARIABLE, address)
        shown = run(layout, "watch")
    assert "The heartbeat could not be sent (404)" in shown.output


# --- one daemon at a time ---------------------------------------------------------------------------------------


def test_a_second_serve_says_that_the_schedules_run_already_and_who_runs_them(layout: Layout) -> None:
    # The holder becomes another program, as `serve daemon` does.
    code = (
        "import os\nfrom jobmaal.core.layout import Layout\nfrom jobmaal.operations.locking import hold_schedules\n"
        "hold_schedules(Layout.from_environment())\nprint('held', flush=True)\nos.execv('/bin/cat', ['cat'])\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], env=environment_of(layout), stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        time.sleep(0.2)
        for part in ([], ["daemon"]):
            done = jobmaal(layout, "serve", *part, "--port", "34599")
            assert done.returncode == EXIT_BUSY, done.stderr
            assert f"run already (serve: process {holder.pid}, since " in done.stderr
        holder.kill()
    # A holder that was killed is in nobody's way.
    hold_schedules(layout)


@contextmanager
def served(layout: Layout, port: str) -> Iterator[tuple[subprocess.Popen[bytes], list[int]]]:
    """Serve, and yield the process with its webserver and daemon once both are there."""
    variables = environment_of(layout) | {"JOBINDSATS_TOKEN": ""}
    command = [str(COMMAND), "serve", "--port", port]
    until = time.monotonic() + _PATIENCE
    with subprocess.Popen(command, env=variables, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as process:
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        while len(pids := [int(pid) for pid in children.read_text(encoding="ascii").split()]) != 2:
            assert time.monotonic() < until, "serve starts nothing"
            time.sleep(0.2)
        yield process, pids


@pytest.mark.slow
def test_the_daemon_keeps_the_schedules_to_itself_though_the_command_that_started_it_is_killed(
    layout: Layout,
) -> None:
    with served(layout, "34598") as (process, children):
        process.kill()
    try:
        second = jobmaal(layout, "serve", "daemon")
        assert second.returncode == EXIT_BUSY
        # The daemon is named, and not only the command that is dead.
        assert any(f"the lock is held by process {pid})" in second.stderr for pid in children), second.stderr
    finally:
        for pid in children:
            subprocess.run(["kill", str(pid)], check=False)


@pytest.mark.slow
def test_serve_ends_what_it_started_when_its_terminal_is_closed(layout: Layout) -> None:
    with served(layout, "34597") as (process, children):
        process.send_signal(signal.SIGHUP)
        assert process.wait(_PATIENCE) == 0
    assert [pid for pid in children if Path(f"/proc/{pid}").exists()] == []
    os.close(hold_schedules(layout))
