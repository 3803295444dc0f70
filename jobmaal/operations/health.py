"""Whether the service works, seen from outside of it: what fails, what is stale, what has stopped.

Belongs here: the rules, the exit code of each, and reporting them. Does not: whether a release is whole (`watch`), how
an alert is sent (`status`, `alerts`).

What runs by itself cannot report that it does not run. So `jobmaal watch` is started by something else, such as a timer
of systemd, and `jobmaal status` shows the same.
"""

import datetime as dt
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from jobmaal.core.errors import EXIT_FAILING, EXIT_STALE, EXIT_STOPPED, CheckFailedError, JobmaalError
from jobmaal.core.layout import Layout
from jobmaal.operations import heartbeat, status, watch
from jobmaal.operations.locking import schedules_holder

#: The daemon counts as dead after this time without a heartbeat; it writes one every half minute.
SILENCE = dt.timedelta(minutes=5)
#: Maximum number of hours of a run. Dagster stops it then, if its daemon runs.
LONGEST_RUN_HOURS, LONGEST_RUN_VARIABLE = 6.0, "JOBMAAL_LONGEST_RUN_HOURS"
#: Number of restarts after which a unit of systemd is in a loop, until it has run for this number of seconds.
_RESTARTS, _STEADY_SECONDS = 3, 900


@dataclass(frozen=True)
class Seen:
    """When the daemon was last heard from (None: never), which schedules are off, and which runs have not ended."""

    heard_at: dt.datetime | None
    stopped: Sequence[str]
    unended: Sequence[str]


#: Returns what Dagster's history says, with the time after which a run counts as not ended. Raises JobmaalError.
Look = Callable[[Layout, dt.datetime, dt.timedelta], Seen]


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: a name that stays while it lasts, what it is, and what `jobmaal status` ends with.

    `is_reported` says whether somebody has been sent an alert of it already, by whatever failed.
    """

    name: str
    text: str
    exit_code: int
    is_reported: bool = False

    def __str__(self) -> str:
        """Return it as a line of `jobmaal status`."""
        word = {EXIT_FAILING: "FAILING", EXIT_STALE: "STALE", EXIT_STOPPED: "STOPPED"}[self.exit_code]
        return f"{word:<10} {' '.join(self.text.split())}"


def problems(layout: Layout, now: dt.datetime, look: Look) -> list[Problem]:
    """Return what is wrong; the gravest, which is the one with the highest exit code, first.

    `look` is called only where schedules must run and this user may open Dagster's history.
    """
    found = [*_failing(layout), *_stopped(layout, now, look), *_stale(layout, now)]
    return sorted(found, key=lambda problem: -problem.exit_code)


def report(layout: Layout, now: dt.datetime, look: Look, units: str | None = None) -> list[Problem]:
    """Return what is wrong; send an alert of what is new, and the heartbeat where nothing is wrong.

    `units` is what `systemctl show` says of the services, as deploy/jobmaal-watch.service asks it; None where it was
    not asked. A look that fails is a problem like the others.
    """
    try:
        found = sorted([*problems(layout, now, look), *_units(units)], key=lambda problem: -problem.exit_code)
    except Exception as failure:
        # Whatever it is, somebody has to know that nobody looks.
        text = str(failure) if isinstance(failure, JobmaalError) else repr(failure)
        found = [Problem("the_look_fails", f"the look itself fails: {text}", EXIT_STOPPED)]
    news = [problem for problem in found if not problem.is_reported]
    if news:
        error = CheckFailedError([problem.text for problem in news], [problem.name for problem in news])
        status.failed(layout, status.SERVICE, error)
    else:
        status.good(layout, status.SERVICE, "The daemon runs, its schedules are on, and the release is confirmed.")
    if not found:
        heartbeat.call()
    return found


def _failing(layout: Layout) -> Iterator[Problem]:
    """Return what failed the last time that it was tried."""
    for what in status.KINDS:
        last = status.read(layout, what)
        if last.is_failing:
            text = f"{what}, since {status.shown(last.failing_since)}: {last.reason}"
            yield Problem(f"{what}_fails", text, EXIT_FAILING, is_reported=last.is_reported)


def _stopped(layout: Layout, now: dt.datetime, look: Look) -> Iterator[Problem]:
    """Return what has stopped according to Dagster's history, where schedules are to run and this user may open it."""
    longest = watch.hours(LONGEST_RUN_VARIABLE, LONGEST_RUN_HOURS)
    try:
        holder = schedules_holder(layout)
        if holder is None:
            return
        if not layout.dagster_home.is_dir():
            raise JobmaalError(f"{layout.dagster_home} is no folder, so nobody knows whether the schedules run.")
        if not os.access(layout.dagster_home, os.W_OK):
            return
        seen = look(layout, now, longest)
    except JobmaalError as error:
        yield Problem("the_history_cannot_be_read", str(error), EXIT_STOPPED)
        return
    # A daemon that has just been started has not been silent while it was not to run.
    times = [*filter(None, [seen.heard_at]), dt.datetime.fromisoformat(holder.since)]
    heard_at = max(watch.passed(times, now), default=None)
    if heard_at is None or now - heard_at > SILENCE:
        since = status.shown((heard_at or min(times)).isoformat())
        text = f"the daemon has not been heard from since {since}: `jobmaal serve` or `systemctl start jobmaal-daemon`"
        yield Problem("the_daemon_is_silent", text, EXIT_STOPPED)
    for name in seen.stopped:
        yield Problem(f"{name}_is_off", f"the schedule {name} is off; switch it on in the Dagster UI", EXIT_STOPPED)
    for run in seen.unended:
        text = f"{run}: it does not end, after more than {longest}; the Dagster UI shows it, and can end it"
        yield Problem(f"{run}_does_not_end", text, EXIT_FAILING)


def _stale(layout: Layout, now: dt.datetime) -> Iterator[Problem]:
    """Return whether no refresh has confirmed the release; the look in the morning reports that too."""
    is_reported = watch.REFRESHED in status.read(layout, status.RELEASE).red
    for text in watch.stale(layout, now):
        yield Problem(watch.REFRESHED, text, EXIT_STALE, is_reported=is_reported)


def _units(shown: str | None) -> Iterator[Problem]:
    """Return which units of systemd that are to run do not, or are started again and again.

    Raises JobmaalError where a unit or a property is missing, or is no number.
    """
    if shown is None:
        return
    for block in shown.strip().split("\n\n"):
        unit = dict(line.partition("=")[::2] for line in block.splitlines())
        try:
            name, state, is_to_run = unit["Id"], unit["ActiveState"], unit["UnitFileState"]
            if not is_to_run:
                yield Problem(f"{name}_is_missing", f"{name} is not installed: deploy/ has it", EXIT_STOPPED)
            if not is_to_run.startswith("enabled"):
                continue
            restarts = int(unit["NRestarts"])
            up = time.monotonic() - int(unit["ActiveEnterTimestampMonotonic"]) / 1e6
        except (KeyError, ValueError):
            raise JobmaalError(
                "The file of --units is not what `systemctl show` prints; deploy/jobmaal-watch.service shows what to "
                "ask it for."
            ) from None
        if state in ("inactive", "failed"):
            text = f"{name} is {state}, though it is to run: `systemctl status {name}` shows why"
            yield Problem(f"{name}_is_down", text, EXIT_STOPPED)
        elif restarts >= _RESTARTS and (state != "active" or up < _STEADY_SECONDS):
            text = (
                f"{name} has been started again {restarts} times: `journalctl --unit={name}` shows why it ends; once "
                f"that is fixed, `systemctl reset-failed {name}` sets the number to zero"
            )
            yield Problem(f"{name}_starts_again_and_again", text, EXIT_STOPPED)
