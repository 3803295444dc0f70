"""A refresh session: one at a time, and with an end that is recorded and reported, however it was started.

Belongs here: holding the lock from the first step to the last, and recording how the session ended. Does not: the steps
(`dagster_project`), whether a refresh is needed (`need`), what is reported and to whom (`status`).

The command line opens a session around its run, and the run opens one around its steps: within one process they are
the same, so that its end is reported once.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from jobmaal.core import work_folder
from jobmaal.core.errors import CheckFailedError, JobmaalError
from jobmaal.core.gc_settings import collected_seldom
from jobmaal.core.layout import Layout
from jobmaal.jobindsats.report import Report
from jobmaal.operations import disk_errors, status
from jobmaal.operations.locking import Holder, fetch_lock, note_run, refresh_lock
from jobmaal.releases import catalogue

_under_way: dict[Path, RefreshSession] = {}


@dataclass
class RefreshSession:
    """A refresh that is under way. `ended` says how it succeeded, `failure` why it did not.

    `died` is the process that held the lock before, and died holding it.
    """

    died: Holder | None
    ended: str = ""
    failure: BaseException | None = None


@contextmanager
def refreshing(layout: Layout, run_id: str = "") -> Iterator[RefreshSession]:
    """Hold the lock and record how the refresh ends. Raises BusyError while another runs."""
    outer = _under_way.get(layout.data)
    if outer is not None:
        note_run(layout, run_id)
        yield outer
        return
    with refresh_lock(layout, "refresh", run_id) as died, collected_seldom():
        session = _under_way[layout.data] = RefreshSession(died)
        try:
            yield session
            if not session.ended and session.failure is None:
                session.failure = JobmaalError("It was stopped before its end.")
        except Exception as error:
            session.failure = _judged(layout, session.failure or error)
            if isinstance(session.failure, disk_errors.MachineError):
                raise session.failure from None
            raise
        finally:
            del _under_way[layout.data]
            _report(layout, session)


@contextmanager
def fetching(layout: Layout) -> Iterator[None]:
    """Hold the fetch lock, and record what ends the fetch before its report. Raises BusyError while another runs."""
    with fetch_lock(layout):
        try:
            yield
        except Exception as error:
            status.failed(layout, status.FETCH, error)
            raise


def conclude_fetch(layout: Layout, report: Report) -> None:
    """Record how a fetch ended, and send an alert where that is due."""
    if report.exit_code:
        status.failed(layout, status.FETCH, CheckFailedError(report.problems))
    else:
        status.good(layout, status.FETCH, "\n".join(map(str, report.tables)))


def repair_link(layout: Layout) -> None:
    """Point the link that readers follow to a release again, where it is broken. Raises BusyError."""
    if catalogue.is_link_broken(layout):
        with refreshing(layout) as session:
            catalogue.restore_link(layout)
            session.ended = "The link that readers follow points to a release again."


def _report(layout: Layout, session: RefreshSession) -> None:
    """Report the end; one that a person interrupted needs no report."""
    if session.failure is not None:
        status.failed(layout, status.REFRESH, _judged(layout, session.failure))
    elif session.ended:
        status.good(layout, status.REFRESH, session.ended)


def _judged(layout: Layout, failure: BaseException) -> BaseException:
    """Return what the disk refuses as one failure, whichever part of the run found it out."""
    refusal = "" if isinstance(failure, disk_errors.MachineError) else disk_errors.refusal(failure, layout)
    if not refusal:
        return failure
    # What was half built would keep the disk full, and the next refresh starts over anyway.
    with suppress(OSError):
        work_folder.remove(layout)
    return disk_errors.MachineError(refusal)
