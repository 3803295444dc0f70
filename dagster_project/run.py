"""Running the job `refresh` in this process, with its history where the Dagster UI finds it.

Belongs here: starting the run and telling its failure. Does not: what the job does.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr
from typing import Any

import yaml

from expectations import process
from jobmaal import machine
from jobmaal.errors import CheckFailedError, JobmaalError
from jobmaal.layout import Layout

#: What a run has to say to a person is told by `jobmaal.progress`; Dagster's own log is in its history.
_SILENT = {"log_level": "CRITICAL"}
_INSTANCE = {
    # Nothing is told to anybody, and nobody is asked to sign up for anything.
    "telemetry": {"enabled": False},
    "nux": {"enabled": False},
    "python_logs": {"python_log_level": "WARNING"},
}


def prepare_home(layout: Layout) -> None:
    """Make the folder that holds Dagster's history, and tell Dagster and its children of it."""
    layout.dagster_home.mkdir(parents=True, exist_ok=True)
    config = layout.dagster_home / "dagster.yaml"
    if not config.is_file():
        # Whole or not at all: a file that is there is not written again.
        beside = config.with_suffix(".new")
        beside.write_text(yaml.safe_dump(_INSTANCE), encoding="utf-8")
        beside.replace(config)
    os.environ |= layout.to_environment() | {"DAGSTER_HOME": str(layout.dagster_home)}


def refresh(layout: Layout) -> None:
    """Run the whole job. Raises CheckFailedError where a check stopped it, JobmaalError where it broke down."""
    with _refusals_told(layout):
        prepare_home(layout)
        process.get_ready()
        try:
            with redirect_stderr(_Told(sys.stderr)):
                _run()
        finally:
            process.dismiss()


@contextmanager
def _refusals_told(layout: Layout) -> Iterator[None]:
    """Tell what the machine refuses in one message, whichever part of the run found it out."""
    try:
        yield
    except Exception as error:
        told = machine.refusal(error, layout)
        if told:
            # What was half built would keep the disk full, and the next refresh begins anew anyway.
            shutil.rmtree(layout.work, ignore_errors=True)
            raise machine.MachineError(told) from None
        from sqlalchemy.exc import DBAPIError  # noqa: PLC0415

        if isinstance(error, DBAPIError):
            raise JobmaalError(
                f"Dagster's history cannot be read or written: {error.orig}. It lies in {layout.dagster_home}; "
                "moved away, it is begun anew, and nothing but the history of earlier runs is lost."
            ) from None
        raise


class _Told:
    """Standard error, without what Dagster writes there of an error that it raises as well."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        if not text.startswith("Exception while writing logger call to event log"):
            self._stream.write(text)
        return len(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def _run() -> None:
    from dagster import DagsterInstance  # noqa: PLC0415 - the home must be known first

    from dagster_project.definitions import defs  # noqa: PLC0415

    with DagsterInstance.get() as instance:
        result = defs.resolve_job_def("refresh").execute_in_process(
            instance=instance, raise_on_error=False, run_config={"loggers": {"console": {"config": _SILENT}}}
        )
    if result.success:
        return
    for event in (event for event in result.all_events if event.is_step_failure):
        failure, error = event.step_failure_data.user_failure_data, event.step_failure_data.error
        if failure is not None and event.step_key == "release":
            raise CheckFailedError((failure.description or "").splitlines())
        cause = error.cause.message if error and error.cause else str(error and error.message)
        if "DagsterExecutionInterruptedError" in str(error) or "KeyboardInterrupt" in str(error):
            raise KeyboardInterrupt
        told = failure.description if failure is not None and failure.description else cause
        raise JobmaalError(f"The step '{event.step_key}' broke down: {told.strip()}")
    raise JobmaalError("The run failed without saying why; `make dev` shows it.")
