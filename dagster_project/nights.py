"""What runs by itself: the nightly job, the look in the morning, and the sensor on the input tables.

Belongs here: when something runs, how often it is tried again, and the steps that only the night has. Does not: the
steps of a refresh (`assets`), what is fetched (`jobmaal.jobindsats`), what is looked at (`jobmaal.operations.watch`).
"""

import datetime as dt
import os
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from dagster import (
    AssetCheckExecutionContext,
    AssetCheckResult,
    AssetCheckSpec,
    AssetExecutionContext,
    AssetSelection,
    AssetSpec,
    DefaultScheduleStatus,
    DefaultSensorStatus,
    MaterializeResult,
    RetryRequested,
    RunRequest,
    ScheduleDefinition,
    SensorEvaluationContext,
    SkipReason,
    define_asset_job,
    multi_asset,
    multi_asset_check,
    sensor,
)

from dagster_project import assets, dbt_graph, history, hours
from dagster_project.workspace import Workspace
from jobmaal.core import progress
from jobmaal.core.errors import BusyError, FetchError, JobmaalError
from jobmaal.core.layout import Layout
from jobmaal.jobindsats import fetch, settings
from jobmaal.jobindsats.client import TOKEN_VARIABLE
from jobmaal.operations import need, status, watch
from jobmaal.operations.locking import fetch_lock
from jobmaal.operations.session import conclude_fetch, refreshing, repair_link
from jobmaal.releases import catalogue, fingerprint

#: How many times what can pass is tried again, and the seconds between: the network may be back in half an hour.
RETRIES, RETRY_SECONDS = 3, 600
_FETCHED = "the_fetch_got_all_that_is_due"
_SENSOR_SECONDS = 60


@multi_asset(
    specs=[
        AssetSpec(
            assets.LANDED,
            # Where nothing is new nothing is given, and the steps after it are skipped.
            skippable=True,
            description="The responses of Jobindsats as they came: what was due has been fetched.",
            group_name="series",
            kinds={"python"},
            owners=dbt_graph.OWNERS,
        )
    ],
    check_specs=[AssetCheckSpec(_FETCHED, asset=assets.LANDED, description="Of every table what is due has landed.")],
)
def landed_responses(
    context: AssetExecutionContext, workspace: Workspace
) -> Iterator[MaterializeResult[Any] | AssetCheckResult]:
    """Fetch what is due, then decide whether there is anything new to build."""
    layout, started = workspace.layout, time.monotonic()
    history.prune(context.instance)
    with suppress(BusyError):
        repair_link(layout)
    if catalogue.current_id(layout) is not None:
        # A release that is damaged is reported before anything else can fail.
        watch.look(layout, dt.datetime.now(dt.UTC))
    fetched, problems = _fetch(context, layout)
    progress.step("fetch", fetched, started)
    for line in (fetched, *problems):
        context.log.info(line)
    if need.is_refresh_needed(layout, is_thorough=True):
        yield MaterializeResult(assets.LANDED, metadata={"fetched": fetched})
    else:
        progress.step("refresh", f"nothing is new: {catalogue.current_id(layout)} is current", started)
        with suppress(BusyError), refreshing(layout, context.run_id) as session:
            session.ended = "Nothing was new."
    yield AssetCheckResult(
        asset_key=assets.LANDED,
        check_name=_FETCHED,
        passed=not problems,
        metadata={"observed": "\n".join(problems) or fetched},
    )


def _fetch(context: AssetExecutionContext, layout: Layout) -> tuple[str, list[str]]:
    """Fetch what is due; returns what happened and the problems, which keep nobody from building what has landed.

    Raises RetryRequested where a problem can pass and it was not yet tried often enough.
    """
    if not os.environ.get(TOKEN_VARIABLE):
        return f"nothing fetched: {TOKEN_VARIABLE} is not set", []
    try:
        with fetch_lock(layout):
            report = fetch.fetch(layout, None, settings.from_environment())
    except JobmaalError as error:
        if isinstance(error, BusyError) or (isinstance(error, FetchError) and error.can_pass):
            _try_again(context, str(error))
        status.failed(layout, status.FETCH, error)
        return "nothing fetched", [str(error)]
    if report.can_pass:
        _try_again(context, "\n".join(report.problems))
    conclude_fetch(layout, report)
    for line in (*map(str, report.tables), *report.notes):
        context.log.info(line)
    problems = report.problems
    return f"{report.responses} responses landed" + (f", {len(problems)} problems" if problems else ""), problems


def _try_again(context: AssetExecutionContext, why: str) -> None:
    """Ask for another try of the step, unless it was tried often enough."""
    if context.retry_number < RETRIES:
        what = f"try {context.retry_number + 1} of {RETRIES + 1} failed, the next is in {RETRY_SECONDS} s"
        progress.step("fetch", what, time.monotonic())
        context.log.warning(f"{what}: {why}")
        raise RetryRequested(RETRIES, RETRY_SECONDS)


@multi_asset_check(
    specs=[AssetCheckSpec(name, asset=assets.RELEASE, description=rule) for name, rule in watch.DESCRIPTIONS.items()]
)
def release_is_in_order(context: AssetCheckExecutionContext, workspace: Workspace) -> Iterator[AssetCheckResult]:
    """Check whether the published release is fresh and intact."""
    history.prune(context.instance)
    for outcome in watch.look(workspace.layout, dt.datetime.now(dt.UTC)):
        yield assets.check_result(assets.RELEASE, outcome)


nightly = define_asset_job(
    assets.NIGHTLY_JOB,
    selection=AssetSelection.assets(landed_responses) | assets.REFRESHED,
    hooks={assets.note_failure},
    description="Fetch what Jobindsats has published, then load, build, check and publish, if there is anything new.",
)
morning = define_asset_job(
    "morning",
    selection=AssetSelection.checks(release_is_in_order),
    description="Look whether the release is fresh, and still what was published.",
)
SCHEDULES = [
    ScheduleDefinition(
        job=job,
        cron_schedule=hours.cron(at),
        execution_timezone=hours.ZONE,
        default_status=DefaultScheduleStatus.RUNNING,
    )
    for job, at in ((nightly, hours.nightly_at()), (morning, hours.MORNING))
]


@sensor(
    job=assets.refresh,
    minimum_interval_seconds=_SENSOR_SECONDS,
    # Somebody may be in the middle of an edit; who switches it on knows that nobody is.
    default_status=DefaultSensorStatus.STOPPED,
)
def input_tables_changed(context: SensorEvaluationContext) -> RunRequest | SkipReason:
    """Start a refresh when the input tables differ from the release's, and nobody has touched them for a minute."""
    layout = Layout.from_environment()
    if not need.is_refresh_needed(layout):
        return SkipReason("The release matches the current input.")
    seen = fingerprint.input_sha256(layout)
    if context.cursor != seen:
        context.update_cursor(seen)
        return SkipReason("The input differs from the release's; a refresh starts if it stays as it is for a minute.")
    return RunRequest(run_key=seen)
