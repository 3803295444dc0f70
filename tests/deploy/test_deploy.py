"""What a server needs: that systemd accepts the units, what they forbid, and that jobmaal works with what they allow.

Belongs here: the files of deploy/, and the commands of docs/operations.md that a test can run. Does not: PostgreSQL
(`test_postgres`), what the services do (`test_serving` and others).
"""

import configparser
import datetime as dt
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from jobmaal.core.layout import PROJECT, Layout
from jobmaal.jobindsats.landing import Landing, Origin
from jobmaal.releases import fingerprint
from jobmaal.releases.catalogue import current_id, damages
from tests.conftest import Published, copy_of, jobmaal
from tests.helpers.input import run

_DEPLOY = PROJECT / "deploy"
_UNITS = sorted(path.name for path in _DEPLOY.glob("jobmaal-*.*") if path.is_file())
_SERVICES = [name for name in _UNITS if name.endswith(".service")]
_COMMON = Path("jobmaal-.service.d") / "common.conf"
_PAGE = PROJECT / "docs" / "operations.md"
_BLOCK_RE = re.compile(r"^```sh run\n(.*?)^```", re.MULTILINE | re.DOTALL)
#: What systemd-analyze may find at most, from 0 (nothing left to forbid) to 10, in tenths.
_MOST_EXPOSED = 15
_PATIENCE = 300
#: A boot with all that goes wrong takes five minutes of a quiet machine.
pytestmark = pytest.mark.timeout(7 * _PATIENCE)


# --- the units --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a root folder with the units where they belong, and a stand-in for the program."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed (Debian's package systemd)")
    root = tmp_path_factory.mktemp("server")
    units = root / "etc" / "systemd" / "system"
    (units / _COMMON.parent).mkdir(parents=True)
    for name in (*_UNITS, _COMMON):
        shutil.copyfile(_DEPLOY / name, units / name)
    shutil.copytree("/lib/systemd/system", root / "lib" / "systemd" / "system", symlinks=True)
    program = root / "opt" / "jobmaal" / ".venv" / "bin" / "jobmaal"
    program.parent.mkdir(parents=True)
    (root / "bin").mkdir()
    for path in (program, root / "bin" / "sh"):
        path.write_text("#!/bin/sh\n", encoding="utf-8")
        path.chmod(0o755)
    return root


def analyze(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run systemd-analyze."""
    return subprocess.run(
        ["systemd-analyze", *arguments], capture_output=True, text=True, check=False, timeout=_PATIENCE,
        env=os.environ | {"SYSTEMD_COLORS": "0"},
    )  # fmt: skip


@pytest.mark.parametrize("unit", _UNITS)
def test_systemd_accepts_a_unit_without_a_warning(server: Path, unit: str) -> None:
    found = analyze("verify", f"--root={server}", "--man=no", unit)
    assert found.returncode == 0, found.stderr
    assert [line for line in found.stderr.splitlines() if "jobmaal" in line] == []


@pytest.mark.parametrize("unit", _SERVICES)
def test_a_service_leaves_little_to_forbid(server: Path, unit: str) -> None:
    found = analyze(
        "security", "--offline=true", f"--root={server}", f"--threshold={_MOST_EXPOSED}", "--no-pager", unit
    )
    assert found.returncode == 0, found.stdout + found.stderr
    assert "Overall exposure level" in found.stdout


def settings(*files: str | Path) -> dict[str, str]:
    """Return the section [Service] of some files; the last value of each name counts."""
    return dict(_parsed(*files)["Service"])


def _parsed(*files: str | Path) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(strict=False, interpolation=None, comment_prefixes=("#",), delimiters=("=",))
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read([_DEPLOY / name for name in files], encoding="utf-8")
    return parser


@pytest.mark.parametrize("service", _SERVICES)
def test_a_service_runs_a_command_that_there_is_with_options_that_it_knows(service: str) -> None:
    _, _, *arguments = settings(service)["ExecStart"].replace("/opt/jobmaal/", "x ").split()
    command, *rest = arguments
    usage = run(Layout(PROJECT / "seeds", PROJECT / "data"), command, "--help").output
    assert [word for word in rest if word.isalpha() and word not in usage] == []
    assert [word for word in rest if word.startswith("--") and word not in usage] == []


def test_the_ui_that_everybody_on_the_machine_reaches_is_read_only_and_the_other_is_roots_alone() -> None:
    assert settings("jobmaal-web.service")["ExecStart"].endswith("serve web --read-only")
    [socket] = [name for name in _UNITS if name.endswith(".socket")]
    parser = _parsed(socket)
    assert dict(parser["Socket"]) == {"ListenStream": "/run/jobmaal-operator.socket", "SocketMode": "0600"}


def test_a_service_gets_no_secret_that_it_has_no_use_for() -> None:
    secrets = {"JOBINDSATS_TOKEN", "JOBMAAL_ALERT_URL", "JOBMAAL_HEARTBEAT_URL"}
    for service in ("jobmaal-web.service", "jobmaal-operator.service"):
        assert set(settings(service)["UnsetEnvironment"].split()) == secrets
    assert settings("jobmaal-watch.service")["UnsetEnvironment"] == "JOBINDSATS_TOKEN"
    example = (_DEPLOY / "jobmaal.env.example").read_text(encoding="utf-8")
    assert all(f"#{name}=" in example for name in secrets)


def test_the_example_of_settings_sets_nothing() -> None:
    lines = (_DEPLOY / "jobmaal.env.example").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line and not line.startswith("#")] == []


# --- jobmaal under systemd --------------------------------------------------------------------------------

#: Receives on the server: mail, the heartbeat, and requests to a publisher that never responds.
_RECEIVE = """
import pathlib, socket, threading, time
from http.server import BaseHTTPRequestHandler, HTTPServer
from tests.helpers.receivers import mail_server

class Beats(BaseHTTPRequestHandler):
    def do_GET(self):
        with open("/srv/beats", "a") as beats:
            beats.write("beat\\n")
        self.send_response(204)
        self.end_headers()

beats, silent = HTTPServer(("127.0.0.1", 0), Beats), socket.create_server(("127.0.0.1", 0))
threading.Thread(target=beats.serve_forever, daemon=True).start()
with mail_server("a-passw0rd") as receiver:
    pathlib.Path("/etc/jobmaal").mkdir()
    pathlib.Path("/etc/jobmaal/jobmaal.env").write_text(
        f'JOBMAAL_ALERT_URL="{receiver.address}"\\nJOBMAAL_HEARTBEAT_URL=http://127.0.0.1:{beats.server_port}/\\n'
        f"JOBINDSATS_URL=http://127.0.0.1:{silent.getsockname()[1]}/v3\\nJOBINDSATS_TOKEN=a-t0ken\\n"
        "JOBMAAL_LONGEST_RUN_HOURS=0.01\\n"
    )
    while True:
        mails = [f"{alert.title}: {' '.join(alert.body.split())}" for alert in receiver.arrived]
        pathlib.Path("/srv/mail.new").write_text("".join(f"{mail}\\n" for mail in mails))
        pathlib.Path("/srv/mail.new").rename("/srv/mail")
        time.sleep(0.2)
"""
#: Requests to the UI, by a port or by the operator's socket: to stop the night, to start it again, to launch it.
_ASK = """
import http.client, json, socket, sys

where, what = sys.argv[1:]
connection = http.client.HTTPConnection("127.0.0.1", 3000)
if where != "3000":
    connection.sock = socket.socket(socket.AF_UNIX)
    connection.sock.connect(where)
code = 'repositoryName: "__repository__", repositoryLocationName: "dagster_project.definitions"'
night = '{%s, scheduleName: "nightly_schedule"}' % code

def ask(query):
    connection.request("POST", "/graphql", json.dumps({"query": query}), {"Content-Type": "application/json"})
    return json.loads(connection.getresponse().read())["data"]

found = ask("{ scheduleOrError(scheduleSelector: %s) { ... on Schedule { scheduleState { id } } } }" % night)
answers = ask("mutation { answer: %s { __typename } }" % {
    "stop": 'stopRunningSchedule(id: "%s")' % found["scheduleOrError"]["scheduleState"]["id"],
    "start": "startSchedule(scheduleSelector: %s)" % night,
    "launch": 'launchRun(executionParams: {selector: {%s, jobName: "nightly"}})' % code,
}[what])
print(answers["answer"]["__typename"])
"""


@dataclass(frozen=True)
class Booted:
    """A server that was started, used and shut down: its folders, and the lines that the script printed there."""

    root: Path
    output: list[str]

    @property
    def state(self) -> Path:
        """All that the services may write."""
        return self.root / "var" / "lib" / "jobmaal"

    @property
    def journal(self) -> str:
        """The messages of the services."""
        return (self.root / "srv" / "journal").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def booted(tmp_path_factory: pytest.TempPathFactory) -> Booted:
    """Boot systemd in a container of its own, with the units as they are and this project in place of /opt/jobmaal."""
    if os.geteuid() != 0 or shutil.which("systemd-nspawn") is None:
        pytest.skip("no container for systemd: it needs root, and Debian's package systemd-container")
    root = tmp_path_factory.mktemp("booted")
    _furnish(root)
    # The interpreter and the project keep their paths, since a virtual environment knows its own.
    seen = {Path("/usr"), Path(sys.base_prefix), PROJECT, Path(sys.prefix)}
    binds = [f"--bind-ro={path}" for path in sorted(seen) if path == Path("/usr") or not path.is_relative_to("/usr")]
    container = [
        "systemd-nspawn", "--quiet", f"--directory={root}", "--register=no", "--keep-unit", "--private-network", *binds,
    ]  # fmt: skip
    variables = os.environ | {"SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1"}
    if subprocess.run([*container, "--pipe", "true"], capture_output=True, check=False, env=variables).returncode:
        pytest.skip("this machine lets nobody start a container")
    subprocess.run(
        [*container, "--boot", "--console=pipe"], stdin=subprocess.DEVNULL, capture_output=True, check=False,
        timeout=6 * _PATIENCE, env=variables,
    )  # fmt: skip
    return Booted(root, (root / "srv" / "output").read_text(encoding="utf-8").splitlines())


def _furnish(root: Path) -> None:
    """Make the folders of a Debian that has nothing but /usr, with the units and the script that uses them."""
    # pytest's folders are their owner's alone, and this one is to be the root of all users.
    root.chmod(0o755)
    for folder in ("usr", "srv", "root", "tmp", "var/lib", "var/log", "var/tmp", "etc/sysusers.d"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    for link in ("bin", "sbin", "lib", "lib64"):
        (root / link).symlink_to(f"usr/{link}")
    # The machine's id is not blank: systemd would take that for the first start, and switch on all that is installed.
    shutil.copytree(Path(__file__).with_name("root"), root, dirs_exist_ok=True)
    (root / "srv" / "receive.py").write_text(_RECEIVE, encoding="utf-8")
    (root / "srv" / "ask.py").write_text(_ASK, encoding="utf-8")
    for name in (*_UNITS, str(_COMMON)):
        assert "/opt/jobmaal" in (_DEPLOY / name).read_text(encoding="utf-8") or name not in _SERVICES
        shutil.copyfile(_DEPLOY / name, root / "etc" / "systemd" / "system" / name)
    shutil.copyfile(_DEPLOY / "jobmaal.sysusers", root / "etc" / "sysusers.d" / "jobmaal.conf")
    temporary = [path for path in (PROJECT, Path(sys.prefix)) if {Path("/tmp"), Path("/var/tmp")} & {*path.parents}]
    paths = {
        "/opt/jobmaal/.venv": sys.prefix,
        "/opt/jobmaal": str(PROJECT),
        "@temporary@": " ".join(map(str, temporary)),
    }
    for file in (path for path in root.rglob("*") if path.is_file() and not path.is_symlink()):
        text = file.read_text(encoding="utf-8")
        for ours, theirs in paths.items():
            text = text.replace(ours, theirs)
        file.write_text(text, encoding="utf-8")


@pytest.mark.slow
def test_a_refresh_publishes_with_all_that_the_units_forbid(booted: Booted) -> None:
    assert "refresh: 0" in booted.output, booted.journal
    layout = Layout(PROJECT / "seeds", booted.state / "data")
    build_id = current_id(layout)
    assert build_id is not None
    assert damages(layout, build_id) == []


@pytest.mark.slow
def test_the_services_run_and_end_well_under_systemd(booted: Booted) -> None:
    assert "web: 0" in booted.output, booted.journal
    # The operator's is not started before somebody opens its socket.
    assert "running: active active inactive" in booted.output
    assert "ended: success success success" in booted.output, booted.journal
    assert "Traceback" not in (booted.root / "srv" / "well").read_text(encoding="utf-8")


@pytest.mark.slow
def test_the_ui_changes_something_for_the_operator_and_for_nobody_else(booted: Booted) -> None:
    assert "everybody: UnauthorizedError" in booted.output, booted.journal
    assert "PermissionError" in booted.output
    assert "operator: ScheduleStateResult" in booted.output


@pytest.mark.slow
@pytest.mark.parametrize(
    "mail",
    [
        "the schedule nightly_schedule is off",
        "jobmaal-daemon.service is inactive, though it is to run",
        "jobmaal-daemon.service has been started again",
        "it does not end",
    ],
)
def test_one_mail_arrives_of_everything_that_stops_the_nights(booted: Booted, mail: str) -> None:
    assert f"mail: 1 {mail}" in booted.output, booted.journal


@pytest.mark.slow
def test_a_mail_arrives_when_the_service_works_again_and_a_heartbeat_as_long_as_it_does(booted: Booted) -> None:
    assert [line for line in booted.output if line.startswith("well again")] == [f"well again: {n}" for n in (1, 2, 3)]
    assert "beats: some" in booted.output


@pytest.mark.slow
def test_a_daemon_in_a_loop_never_counts_as_failed_for_systemd(booted: Booted) -> None:
    assert "in the loop: " in booted.output


@pytest.mark.slow
def test_the_services_write_as_their_own_user_and_in_their_data_folder_alone(booted: Booted) -> None:
    passwd = (booted.root / "etc" / "passwd").read_text(encoding="utf-8").splitlines()
    [uid] = [int(line.split(":")[2]) for line in passwd if line.startswith("jobmaal:")]
    assert {path.lstat().st_uid for path in (booted.state, *booted.state.rglob("*"))} == {uid}
    assert [path.name for path in booted.state.iterdir()] == ["data"]
    assert booted.state.stat().st_mode & 0o007 == 0


def test_the_revision_of_the_code_is_known_where_the_checkout_is_another_users(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give a checkout to another user")
    git = ["git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=a@example.org"]
    subprocess.run([*git, "init", "--quiet"], check=True)
    subprocess.run([*git, "commit", "--quiet", "--allow-empty", "--message=first"], check=True)
    revision = subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True).stdout.strip()
    for path in (tmp_path, *tmp_path.rglob("*")):
        os.chown(path, 65534, 65534)
    monkeypatch.setattr(fingerprint, "PROJECT", tmp_path)
    assert fingerprint.git_revision() == revision


# --- backup and restore, as docs/operations.md has them -----------------------------------------------------

_NOW = dt.datetime(2026, 8, 18, 12, tzinfo=dt.UTC)


def blocks() -> list[str]:
    """Return the commands of the page that are run here: backup of the landing and of the rest, restore, checking."""
    found = _BLOCK_RE.findall(_PAGE.read_text(encoding="utf-8"))
    assert len(found) == 4
    return found


def sh(commands: str, data: Path, backup: Path) -> str:
    """Run commands of the page with these folders in place of the server's."""
    if shutil.which("rsync") is None:
        pytest.skip("rsync is not installed (Debian's package rsync)")
    variables = os.environ | {"CODE": str(PROJECT), "DATA": str(data), "BACKUP": str(backup)}
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", commands], capture_output=True, text=True, check=False, env=variables,
        timeout=_PATIENCE, cwd="/",
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def land(landing: Landing, number: int, *, part: int = 1, days_ago: int = 0) -> None:
    """Land a response; one that is the second part of three is never complete, and is removed some time."""
    at = _NOW - dt.timedelta(days=days_ago) + dt.timedelta(seconds=number)
    origin = Origin(
        "y25i01", "data", at, "api", "request", 200, delivery=f"d{number}", part=part, parts=part + part - 1
    )
    landing.land(origin, f'{{"response": {number}}}'.encode())


@pytest.mark.parametrize("gap", range(4))
def test_a_backup_holds_no_sidecar_without_its_body_whatever_lands_or_is_removed_between_its_commands(
    gap: int, tmp_path: Path
) -> None:
    layout = Layout(tmp_path / "seeds", tmp_path / "data")
    landing, backup = Landing(layout), tmp_path / "backup"
    land(landing, 1)
    land(landing, 2, part=2, days_ago=100)
    commands = blocks()[0].splitlines()
    assert len(commands) == 4
    for number, command in enumerate(commands):
        if number == gap:
            land(landing, 3)
            assert len(landing.prune(_NOW)) == 2
        sh(command, layout.data, backup)
    there = Landing(Layout(layout.seeds, backup)).responses()
    assert {response.delivery for response in there} >= {"d1"}
    for response in there:
        response.verify()


def test_a_backup_gets_what_landed_since_the_one_before(tmp_path: Path) -> None:
    layout, backup = Layout(tmp_path / "seeds", tmp_path / "data"), tmp_path / "backup"
    for number in (1, 2):
        land(Landing(layout), number)
        sh(blocks()[0], layout.data, backup)
        assert len(Landing(Layout(layout.seeds, backup)).responses()) == number


def test_what_is_restored_is_what_was_there_and_needs_no_refresh(published: Published, tmp_path: Path) -> None:
    layout, backup = copy_of(published.layout, tmp_path), tmp_path / "backup"
    Landing(layout).land(Origin("_tables", "calendar", _NOW, "api", "request", 200), b"[]")
    build_id = current_id(layout)
    layout.pin.write_text(f"{build_id}\n", encoding="utf-8")
    landed = {path.name: path.read_bytes() for path in layout.landing.rglob("*") if path.is_file()}
    save, save_rest, restore, look = blocks()
    sh(save + save_rest, layout.data, backup)
    shutil.rmtree(layout.data)
    sh(restore, layout.data, backup)
    assert "all as published" in sh(look, layout.data, backup)
    assert current_id(layout) == build_id
    assert {path.name: path.read_bytes() for path in layout.landing.rglob("*") if path.is_file()} == landed
    assert layout.pin.read_text(encoding="utf-8") == f"{build_id}\n"
    assert "Nothing has changed" in jobmaal(layout, "refresh").stdout


# --- the page -------------------------------------------------------------------------------------------


def test_the_page_names_every_variable_that_the_code_reads() -> None:
    name = r"(?:JOBMAAL|JOBINDSATS)_[A-Z][A-Z_]*[A-Z]"
    code = [*PROJECT.glob("jobmaal/**/*.py"), *PROJECT.glob("dagster_project/*.py"), _DEPLOY / "dagster.yaml"]
    read = {found for path in code for found in re.findall(rf"\b{name}\b", path.read_text(encoding="utf-8"))}
    assert len(read) > 8
    assert {*re.findall(rf"^\| `({name})`", _PAGE.read_text(encoding="utf-8"), re.MULTILINE)} == read
