"""Dagster's own history: how it is written, what a killed run left open in it, and how many runs are kept.

Belongs here: tending the history of runs. Does not: reading it.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from dagster import AssetKey, DagsterInstance, DagsterRunStatus, RunsFilter
from dagster._core.storage.event_log import SqliteEventLogStorage
from sqlalchemy import Connection, Engine, StaticPool, create_engine, text

from jobmaal.operations.locking import Holder

#: The asset that a refresh ends in. The run that last made it is what the UI shows of every table and check.
RELEASE = AssetKey(["release"])
#: Maximum number of runs that have ended and are kept: a month of nights and mornings. A refresh takes three megabytes.
RUNS_KEPT = 60
#: Maximum number of runs that are removed at a time: a history that nobody tended for years costs a few nights.
_AT_ONCE = 50
#: How a run can have ended.
ENDED = [DagsterRunStatus.SUCCESS, DagsterRunStatus.FAILURE, DagsterRunStatus.CANCELED]
_SECONDS_WAITED = 30


class EventLog(SqliteEventLogStorage):
    """Dagster's event log in SQLite, whose connections stay open.

    Dagster opens a new one for every statement of every event, some 2,600 in a refresh, and waits for the disk each
    time: with that, a refresh takes longer than `dbt build`; without it, three quarters as long. It is the one class
    that this project takes from Dagster's private modules. What a loss of power may take is the newest events, and
    never a release.
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
    return DagsterInstance.local_temp(str(home), overrides={"event_log_storage": log} if is_ours else None)


def close(instance: DagsterInstance, died: Holder) -> None:
    """Note in the history that the run of a killed process has ended: nothing else would."""
    run = instance.get_run_by_id(died.run_id) if died.run_id else None
    if run is not None and not run.is_finished:
        instance.report_run_failed(run, f"{died} never came to its end.")


def prune(instance: DagsterInstance) -> int:
    """Remove all runs that have ended but the last ones and the one that made the release; returns how many."""
    ended = instance.get_run_ids(RunsFilter(statuses=ENDED))
    published = instance.get_latest_materialization_event(RELEASE)
    spared = {*ended[:RUNS_KEPT], published.run_id if published else ""}
    old = [run_id for run_id in reversed(ended) if run_id not in spared][:_AT_ONCE]
    home = Path(instance.root_directory)
    for run_id in old:
        instance.delete_run(run_id)
        shutil.rmtree(home / "storage" / run_id, ignore_errors=True)
        for path in (home / "history" / "runs").glob(f"{run_id}.db*"):
            with suppress(OSError):
                path.unlink()
    if old:
        _prune_checks(instance)
    return len(old)


def _prune_checks(instance: DagsterInstance) -> None:
    """Remove the outcomes of checks whose runs are gone: Dagster leaves them behind, a megabyte of each refresh."""
    log: Any = instance.event_log_storage
    with log.index_connection() as connection:
        there = connection.execute(text("select distinct run_id from asset_check_executions")).scalars()
        for run_id in {*there} - {*instance.get_run_ids()}:
            connection.execute(text("delete from asset_check_executions where run_id = :run_id"), {"run_id": run_id})
