"""Dagster's own history: how it is written, what a killed run left open in it, and how long runs are kept.

Belongs here: tending the history of runs. Does not: reading it.
"""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from dagster import DagsterInstance, RunsFilter
from dagster._core.instance import InstanceRef
from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage
from sqlalchemy import Connection, Engine, StaticPool, create_engine

from jobmaal.locking import Holder

DAYS_KEPT = 90
#: So many old runs at a time are removed: a history that nobody tended for years costs a few nights, and no night much.
_AT_ONCE = 50
#: So many files of the event log stay open: that of all runs, that of the run, and those that somebody looks at.
_OPEN_FILES = 4
_SECONDS_WAITED = 30


class EventLog(SqliteEventLogStorage):
    """Dagster's event log in SQLite, whose connections stay open.

    Dagster opens a new one for every statement of every event, some 2,600 in a refresh, and waits for the disk each
    time. What a loss of power may take is the newest events, and never a release.
    """

    def __init__(self, base_dir: str, inst_data: Any = None) -> None:
        """Open the log in a folder, which is made where there is none."""
        self._engines: dict[str, Engine] = {}
        super().__init__(base_dir, inst_data)

    @classmethod
    def from_config_value(cls, inst_data: Any, config_value: Any) -> EventLog:
        """Make the log of an instance."""
        return cls(inst_data=inst_data, **config_value)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        if shard not in self._initialized_dbs:
            # Its tables are made by Dagster.
            with super()._connect(shard):
                pass
        with self._db_lock, self._engine(shard).begin() as connection:
            yield connection

    def _engine(self, shard: str) -> Engine:
        if shard not in self._engines:
            while len(self._engines) >= _OPEN_FILES:
                self._engines.pop(next(iter(self._engines))).dispose()
            # One thread at a time has it, but not always the same.
            settings = {"timeout": _SECONDS_WAITED, "check_same_thread": False}
            engine = create_engine(self.conn_string_for_shard(shard), poolclass=StaticPool, connect_args=settings)
            with engine.connect() as connection:
                connection.exec_driver_sql("pragma synchronous = normal")
            self._engines[shard] = engine
        return self._engines[shard]

    def dispose(self) -> None:
        """Close what is open."""
        for engine in self._engines.values():
            engine.dispose()
        self._engines.clear()
        super().dispose()


def instance(home: Path, *, is_ours: bool) -> DagsterInstance:
    """Open the history, whose settings are ours or the administrator's own; ours keeps its connections open.

    The UI and the daemons open the same files as Dagster does, since they look at many runs and write little.
    """
    log = {
        "module": __name__,
        "class": EventLog.__name__,
        # Where Dagster's own lies.
        "config": {"base_dir": str(home / "history" / "runs")},
    }
    return DagsterInstance.from_ref(
        InstanceRef.from_dir(str(home), overrides={"event_log_storage": log} if is_ours else None)
    )


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
