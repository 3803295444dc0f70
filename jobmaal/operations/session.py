"""An attempt at a refresh: alone, and with an end that is noted and told, whoever made it.

Belongs here: holding the lock from the first step to the last, and taking down how it ended. Does not: the steps
(`dagster_project`), what is told and to whom (`standing`).

The command line makes an attempt around its run, and the run makes one around its steps: within one process they are
the same, so that its end is told once.
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

_under_way: dict[Path, Attempt] = {}


@dataclass
class Attempt:
    """A refresh that is under way. `ended` says how it ended well, `failure` why it did not.

    `died` is who held the lock before and died with it.
    """

    died: Holder | None
    ended: str = ""
    failure: BaseException | None = None


@contextmanager
def refreshing(layout: Layout, run_id: str = "") -> Iterator[Attempt]:
    """Hold the lock and take down how the refresh ends. Raises BusyError while another runs."""
    outer = _under_way.get(layout.data)
    if outer is not None:
        note_run(layout, run_id)
        yield outer
        return
    with refresh_lock(layout, "refresh", run_id) as died, collected_seldom():
        this = _under_way[layout.data] = Attempt(died)
        try:
            yield this
            if not this.ended and this.failure is None:
                this.failure = JobmaalError("It was stopped before its end.")
        except Exception as error:
            this.failure = _judged(layout, this.failure or error)
            if isinstance(this.failure, disk_errors.MachineError):
                raise this.failure from None
            raise
        finally:
            del _under_way[layout.data]
            _tell(layout, this)


@contextmanager
def fetching(layout: Layout) -> Iterator[None]:
    """Hold the fetch lock, and note what ends the fetch before its report. Raises BusyError while another runs."""
    with fetch_lock(layout):
        try:
            yield
        except Exception as error:
            status.failed(layout, status.FETCH, error)
            raise


def conclude_fetch(layout: Layout, report: Report) -> None:
    """Note how a fetch ended, and send an alert where that is due."""
    if report.exit_code:
        status.failed(layout, status.FETCH, CheckFailedError(report.problems))
    else:
        status.good(layout, status.FETCH, "\n".join(map(str, report.tables)))


def mend_link(layout: Layout) -> None:
    """Lead the link that readers follow to a release again, where it does not. Raises BusyError."""
    if catalogue.is_astray(layout):
        with refreshing(layout) as attempt:
            catalogue.restore_link(layout)
            attempt.ended = "The link that readers follow leads to a release again."


def _tell(layout: Layout, this: Attempt) -> None:
    """Show the end; of one that a person interrupted there is nothing to tell."""
    if this.failure is not None:
        status.failed(layout, status.REFRESH, _judged(layout, this.failure))
    elif this.ended:
        status.good(layout, status.REFRESH, this.ended)


def _judged(layout: Layout, failure: BaseException) -> BaseException:
    """Return what the machine refuses as one failure, whichever part of the run found it out."""
    told = "" if isinstance(failure, disk_errors.MachineError) else disk_errors.refusal(failure, layout)
    if not told:
        return failure
    # What was half built would keep the disk full, and the next refresh begins anew anyway.
    with suppress(OSError):
        work_folder.remove(layout)
    return disk_errors.MachineError(told)
