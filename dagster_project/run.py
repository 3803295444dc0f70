"""Running the job `refresh` in this process, with its history where the Dagster UI finds it.

Belongs here: starting the run and reporting its failure. Does not: what the job does.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr
from typing import TYPE_CHECKING, Any

import yaml

from expectations import process
from jobmaal.core import files
from jobmaal.core.errors import JobmaalError
from jobmaal.core.layout import Layout
from jobmaal.operations.session import RefreshSession, refreshing

if TYPE_CHECKING:
    from dagster import ExecuteInProcessResult

#: A run shows its progress by `jobmaal.core.progress`; Dagster's own log is in its history.
_SILENT = {"log_level": "CRITICAL"}
#: A file of settings that begins otherwise is the administrator's own, and left alone.
_MARK = "# Written by jobmaal; without this line the file is yours, and left alone.\n"
#: What ends a path or makes a pattern of it where it is read as one.
_NO_PATH = "*?[#"
_INSTANCE = {
    # Nothing is reported to anybody, and nobody is asked to sign up for anything.
    "telemetry": {"enabled": False},
    "nux": {"enabled": False},
    "python_logs": {"python_log_level": "WARNING"},
    # A run that hangs is ended some time; one whose process was killed is closed by the next (`history.close`).
    "run_monitoring": {"enabled": True, "max_runtime_seconds": 6 * 3600},
    "retention": {"schedule": {"purge_after_days": 90}, "sensor": {"purge_after_days": 7}},
}


def prepare_home(layout: Layout) -> None:
    """Make the folder that holds Dagster's history, and tell Dagster and its children of it.

    Raises JobmaalError for a folder that Dagster or dbt would take for a pattern or an address: the settings, which
    turn reporting off, would be passed over, and files written elsewhere.
    """
    if set(_NO_PATH) & set(str(layout.data)):
        raise JobmaalError(
            f"{layout.data} has one of the characters {' '.join(_NO_PATH)} in its path, which mean something to "
            "Dagster and dbt. Name another folder with --data."
        )
    files.make_folder(layout.dagster_home)
    config = layout.dagster_home / "dagster.yaml"
    wanted = _MARK + yaml.safe_dump(_INSTANCE)
    there = config.read_text(encoding="utf-8") if config.is_file() else ""
    if there != wanted and (not there or _is_ours(there)):
        files.write(config, wanted)
    os.environ |= layout.to_environment() | {"DAGSTER_HOME": str(layout.dagster_home)}


def _is_ours(config: str) -> bool:
    return config.startswith(_MARK)


def refresh(layout: Layout, *, is_whole: bool = False) -> None:
    """Run the whole job; `is_whole` has it read all responses, though the current release could be continued.

    Raises CheckFailedError where a check stopped it, JobmaalError where it broke down.
    """
    with refreshing(layout) as session, history_faults_shown(layout, "so the refresh ended"):
        prepare_home(layout)
        with process.ready(), redirect_stderr(_Filtered(sys.stderr)):
            _run(layout, session, is_whole)


@contextmanager
def history_faults_shown(layout: Layout, consequence: str) -> Iterator[None]:
    """Raise JobmaalError for a history that cannot be read or written, such as a PostgreSQL that is down."""
    from sqlalchemy.exc import DBAPIError

    # Each of six tries would show four lines, before the end shows the reason once.
    logging.getLogger().addFilter(_is_no_retry)
    try:
        yield
    except Exception as error:
        # What gave up names the database's own error as the cause.
        cause: BaseException | None = error
        while cause is not None and not isinstance(cause, DBAPIError):
            cause = cause.__cause__
        if cause is None:
            raise
        raise JobmaalError(
            f"Dagster's history cannot be read or written, {consequence}: {str(cause.orig).strip()}\n"
            f"{layout.dagster_home / 'dagster.yaml'} says where it is. What is published can be read all the same. "
            "Where it is a database, run the refresh again when that is back; a damaged file can be moved away: "
            "nothing but the history of earlier runs is lost."
        ) from error
    finally:
        logging.getLogger().removeFilter(_is_no_retry)


def _is_no_retry(record: logging.LogRecord) -> bool:
    return not record.getMessage().startswith("Retrying failed database connection")


class _Filtered:
    """Standard error, without what Dagster writes there of an error that it raises as well."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        if not text.startswith("Exception while writing logger call to event log"):
            self._stream.write(text)
        return len(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def _run(layout: Layout, session: RefreshSession, is_whole: bool) -> None:
    from dagster_project import history
    from dagster_project.assets import WHOLE_TAG
    from dagster_project.definitions import defs

    config = (layout.dagster_home / "dagster.yaml").read_text(encoding="utf-8")
    with history.instance(layout.dagster_home, is_ours=_is_ours(config)) as instance:
        history.prune(instance)
        result = defs.resolve_job_def("refresh").execute_in_process(
            instance=instance,
            raise_on_error=False,
            run_config={"loggers": {"console": {"config": _SILENT}}},
            tags={WHOLE_TAG: "yes"} if is_whole else {},
        )
        if not result.success:
            raise _failure(result, session)


def _failure(result: ExecuteInProcessResult, session: RefreshSession) -> BaseException:
    """Return the reason of a run that failed, as it is shown to a person."""
    for event in (event for event in result.all_events if event.is_step_failure):
        failure, error = event.step_failure_data.user_failure_data, event.step_failure_data.error
        if "DagsterExecutionInterruptedError" in str(error) or "KeyboardInterrupt" in str(error):
            return KeyboardInterrupt()
        if isinstance(session.failure, JobmaalError):
            return session.failure
        cause = error.cause.message if error and error.cause else str(error and error.message)
        reason = failure.description if failure is not None and failure.description else cause
        return JobmaalError(f"The step '{event.step_key}' broke down: {reason.strip()}")
    return JobmaalError("The run failed without saying why; `make serve` shows it.")
