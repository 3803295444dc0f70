"""Serving: Dagster's webserver and daemon as they run on a server, for this machine alone.

Belongs here: starting them, and ending both where one ends. Does not: what they run (`definitions`), when (`hours`).
"""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import click

from dagster_project import hours
from dagster_project.run import prepare_home
from jobmaal.core.errors import JobmaalError
from jobmaal.core.layout import PROJECT, Layout
from jobmaal.jobindsats.client import TOKEN_VARIABLE
from jobmaal.operations import alerts
from jobmaal.operations.locking import dismiss_schedules, hold_schedules

LOOPBACK = "127.0.0.1"
#: Names by which this machine reaches itself, with any port; the variable adds others, such as a proxy's.
HOSTS_VARIABLE, OWN_HOSTS = "JOBMAAL_ALLOWED_HOSTS", ("localhost", LOOPBACK, "[::1]")
_HOST_RE = re.compile(r"(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)*", re.IGNORECASE)
#: Named with its folder: a package of the same name where the command is run is not meant.
CODE = ["-m", "dagster_project.definitions", "-d", str(PROJECT)]
#: Number of seconds in which a refresh that is under way has to let go of its files when the daemon is stopped.
_PATIENCE_SECONDS = 30


@dataclass(frozen=True)
class Address:
    """Where the UI listens, and whether it may change anything; `fd` is a socket that is open already."""

    port: int
    fd: int | None = None
    is_read_only: bool = False

    def __str__(self) -> str:
        """Return the address as a person writes it."""
        where = f"http://{LOOPBACK}:{self.port}" if self.fd is None else "the socket that was opened for it"
        return f"{where}{', read-only' if self.is_read_only else ''}"


def serve(layout: Layout, part: str | None, address: Address) -> None:
    """Run webserver and daemon until stopped, or become the one that is named.

    Raises JobmaalError where one of them ends, BusyError where the schedules run already.
    """
    prepare_home(layout)
    daemon = str(Path(sys.executable).with_name("dagster-daemon"))
    commands = {"web": _webserver(address), "daemon": [daemon, "run", *CODE]}
    lines = _what_runs(part, address)
    # A process that has it open holds the lock: the program that this one becomes, or the daemon if it lives longer.
    handed_on = [] if part == "web" else [hold_schedules(layout)]
    for line in lines:
        click.echo(line, err=True)
    if part is not None:
        # What ignores Ctrl-C, as all that a shell starts in the background, would ignore a stop too: Dagster takes one
        # for the other.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.execv(commands[part][0], commands[part])
    _run_all(commands, handed_on)
    dismiss_schedules(layout)


def allowed_hosts() -> list[str]:
    """Return the names by which the UI may be called. Raises JobmaalError where the variable holds something else."""
    names = [name.strip() for name in os.environ.get(HOSTS_VARIABLE, "").split(",") if name.strip()]
    for name in names:
        if not _HOST_RE.fullmatch(name):
            raise JobmaalError(
                f"{HOSTS_VARIABLE} takes names of hosts with a comma between, without port or https://, such as "
                f"jobmaal.example.dk; '{name}' is none."
            )
    return [*OWN_HOSTS, *names]


def _webserver(address: Address) -> list[str]:
    # Not from the folder where the command is run (-P): a module there might have the name of one of ours.
    command = [sys.executable, "-P", "-m", "dagster_project.web", "--port", str(address.port)]
    command += [] if address.fd is None else ["--fd", str(address.fd)]
    return command + (["--read-only"] if address.is_read_only else [])


def _what_runs(part: str | None, address: Address) -> list[str]:
    """Describe what runs, before its first failure would show it. Raises JobmaalError for wrong settings."""
    lines = []
    if part != "daemon":
        allowed_hosts()
        lines.append(f"The Dagster UI is on {address} in a few seconds.")
    if part != "web":
        lines += [
            f"Every night at {hours.nightly_at()}, Danish time: fetch, load, build, check, publish. "
            f"Every morning at {hours.MORNING}: a look at what is published.",
            *filter(None, [hours.change_of_clock()]),
            alerts.describe(),
        ]
        if not os.environ.get(TOKEN_VARIABLE):
            lines.append(f"{TOKEN_VARIABLE} is not set: nothing will be fetched from Jobindsats.")
    return lines


def _run_all(commands: Mapping[str, list[str]], handed_on: Sequence[int]) -> None:
    """Run the commands side by side until a signal comes, or one of them ends: then end the others."""
    stop: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        stop.append(number)

    # SIGHUP comes when the terminal is closed.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, note)
    # Groups of their own, so that Ctrl-C reaches them through here alone, once.
    running = {
        name: subprocess.Popen(command, start_new_session=True, pass_fds=handed_on if name == "daemon" else ())
        for name, command in commands.items()
    }
    try:
        while not stop:
            for name, process in running.items():
                if process.poll() is not None:
                    raise JobmaalError(f"The {name} ended by itself ({process.returncode}); what it said stands above.")
            time.sleep(0.5)
    finally:
        _end(running.values())
    click.echo("Stopped.", err=True)


def _end(processes: Collection[subprocess.Popen[bytes]]) -> None:
    """End all processes, and wait until they have ended."""
    for process in processes:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
    until = time.monotonic() + _PATIENCE_SECONDS
    for process in processes:
        try:
            process.wait(timeout=max(until - time.monotonic(), 0.1))
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
