"""Running the job `refresh` in this process, with its history where the Dagster UI finds it.

Belongs here: starting the run and telling its failure. Does not: what the job does.
"""

from __future__ import annotations

import os

import yaml

from expectations import process
from jobmaal.errors import CheckFailedError, JobmaalError
from jobmaal.layout import Layout

#: What a run has to say to a person is told by `jobmaal.progress`; Dagster's own log is in its history.
_SILENT = {"log_level": "CRITICAL"}
#: What ends a path or makes a pattern of it where it is read as one.
_NO_PATH = "*?[#"
_INSTANCE = {
    # Nothing is told to anybody, and nobody is asked to sign up for anything.
    "telemetry": {"enabled": False},
    "nux": {"enabled": False},
    "python_logs": {"python_log_level": "WARNING"},
}


def prepare_home(layout: Layout) -> None:
    """Make the folder that holds Dagster's history, and tell Dagster and its children of it.

    Raises JobmaalError for a folder that cannot be told to Dagster and dbt: they take a path for a pattern or an
    address. The settings, which say that nobody is told anything, would be passed over, and files written elsewhere.
    """
    if set(_NO_PATH) & set(str(layout.data)):
        told = f"{layout.data} has one of the characters {' '.join(_NO_PATH)} in its path"
        raise JobmaalError(f"{told}, which mean something to Dagster and dbt. Name another folder with --data.")
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
    prepare_home(layout)
    process.get_ready()
    try:
        _run()
    finally:
        process.dismiss()


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
