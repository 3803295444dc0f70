"""Dagster's own history: what a killed run left open in it, and how long runs are kept.

Belongs here: tending the history of runs. Does not: reading it.
"""

from __future__ import annotations

import datetime as dt
import shutil
from contextlib import suppress
from pathlib import Path

from dagster import DagsterInstance, RunsFilter

from jobmaal.locking import Holder

DAYS_KEPT = 90
#: So many old runs at a time are removed: a history that nobody tended for years costs a few nights, and no night much.
_AT_ONCE = 50


def close(instance: DagsterInstance, died: Holder) -> None:
    """Note in the history that the run of a killed process has ended: nothing else would."""
    run = instance.get_run_by_id(died.run_id) if died.run_id else None
    if run is not None and not run.is_finished:
        instance.report_run_failed(run, f"{died} never came to its end.")


def prune(instance: DagsterInstance, now: dt.datetime) -> int:
    """Remove runs that ended long ago, with their files; gives how many."""
    old = RunsFilter(created_before=now - dt.timedelta(days=DAYS_KEPT))
    runs = [run for run in instance.get_runs(old, limit=_AT_ONCE, ascending=True) if run.is_finished]
    for run in runs:
        instance.delete_run(run.run_id)
        home = Path(instance.root_directory)
        shutil.rmtree(home / "storage" / run.run_id, ignore_errors=True)
        for path in (home / "history" / "runs").glob(f"{run.run_id}.db*"):
            with suppress(OSError):
                path.unlink()
    return len(runs)
