"""What Dagster's history says of the service itself: whether daemon and schedules are on, and every run ends.

Belongs here: reading that, without the daemon. Does not: what it amounts to, and alerts (`jobmaal.operations.health`).
"""

import datetime as dt
import time

from dagster import DagsterError, DagsterInstance, DagsterRunStatus, RunsFilter
from yaml import YAMLError

from dagster_project.history import ENDED
from dagster_project.run import history_faults_shown
from jobmaal.core.errors import JobmaalError
from jobmaal.core.layout import Layout
from jobmaal.operations.health import Seen

#: The daemon that starts what is scheduled; Dagster notes each half minute that it is alive.
_SCHEDULER = "SCHEDULER"


def look(layout: Layout, now: dt.datetime, longest_run: dt.timedelta) -> Seen:
    """Return what the history says; runs count as not ended after `longest_run`.

    A machine that has just started has not been silent while it was off. Raises JobmaalError where the history or its
    settings cannot be read.
    """
    try:
        with (
            history_faults_shown(layout, "so nobody knows whether the schedules run"),
            DagsterInstance.from_config(str(layout.dagster_home)) as instance,
        ):
            heartbeat = instance.get_daemon_heartbeats().get(_SCHEDULER)
            states = instance.all_instigator_state()
            under_way = [status for status in DagsterRunStatus if status not in ENDED]
            wanted = RunsFilter(statuses=under_way, created_before=now - longest_run)
            runs = [record.dagster_run for record in instance.get_run_records(wanted)]
    except (DagsterError, YAMLError, OSError) as error:
        raise JobmaalError(f"{layout.dagster_home / 'dagster.yaml'} cannot be used: {error}") from error
    heard_at = None
    if heartbeat is not None:
        started = now.timestamp() - time.monotonic()
        heard_at = dt.datetime.fromtimestamp(max(heartbeat.timestamp, started), dt.UTC)
    return Seen(
        heard_at,
        sorted(
            state.instigator_name
            for state in states
            if (state.instigator_type.value, state.status.value) == ("SCHEDULE", "STOPPED")
        ),
        sorted(f"{run.job_name}, run {run.run_id[:8]}" for run in runs),
    )
