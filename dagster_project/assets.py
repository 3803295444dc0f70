"""The assets of a refresh: input tables, benchmark series, warehouse, release. Each step is a recipe of a few verbs.

Belongs here: what Dagster sees of each step (keys, metadata, checks). Does not: how the work is done.

One step loads all input tables, one all series, and one builds all models, since a step costs more than the work in it;
in the graph every table is still an asset of its own, and each can be materialized by itself. Only a whole
refresh publishes.
"""

import datetime as dt
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from dagster import (
    AssetCheckKey,
    AssetCheckResult,
    AssetCheckSpec,
    AssetDep,
    AssetExecutionContext,
    AssetKey,
    AssetSelection,
    AssetSpec,
    Failure,
    HookContext,
    MaterializeResult,
    MetadataValue,
    RetryRequested,
    asset,
    define_asset_job,
    failure_hook,
    multi_asset,
)

from dagster_project import dbt_graph, history
from dagster_project.workspace import Workspace
from expectations import process, suites
from jobmaal import raw
from jobmaal.core import contract, outcomes, progress, work_folder
from jobmaal.core.build import Build, input_name, responses_of
from jobmaal.core.errors import BusyError, CheckFailedError, FaultyInputError, JobmaalError
from jobmaal.core.layout import Layout, quoted
from jobmaal.core.municipality import municipality
from jobmaal.core.outcomes import Outcome
from jobmaal.inputs.tables import Input
from jobmaal.jobindsats import cells
from jobmaal.jobindsats.landing import SYNTHETIC
from jobmaal.operations import integrity, watch
from jobmaal.releases import catalogue, fingerprint, incremental

if TYPE_CHECKING:
    import duckdb

REFRESH_JOB, NIGHTLY_JOB = "refresh", "nightly"
#: What the nightly job fetches, and what every refresh ends in.
LANDED, RELEASE = AssetKey(["landing", "replies"]), history.RELEASE
#: While another refresh runs, the nightly one waits: how many times, and how many seconds each time.
_BUSY_RETRIES, _BUSY_SECONDS = 6, 600
#: A run with this tag reads all responses, though the current release could be continued.
WHOLE_TAG = "jobmaal/whole"
_CLAIMS_CHECK = "no_claim_of_a_document_is_broken"


def _raw_key(name: str) -> AssetKey:
    return AssetKey(["raw", name])


def _raw_specs() -> tuple[list[AssetSpec], list[AssetSpec]]:
    """Describe the raw tables: those of the input tables and what is read from them, and those of the series."""
    sources = {source.name: source for source in dbt_graph.manifest().sources.values()}
    typed = [name for name, source in sources.items() if source.config.meta.get("scope")]

    def spec(name: str, deps: Sequence[AssetKey], group: str, *kinds: str) -> AssetSpec:
        return AssetSpec(
            _raw_key(name),
            deps=deps,
            description=sources[name].description,
            group_name=group,
            kinds=set(kinds),
            owners=dbt_graph.OWNERS,
        )

    of_inputs = []
    for name in raw.raw_table_names(Layout.from_environment()):
        if name in typed:
            of_inputs.append(spec(name, [], "input_tables", "csv"))
        else:
            # What a build records is what has landed by then.
            deps = [LANDED] if name == "build" else [*map(_raw_key, typed)]
            of_inputs.append(spec(name, deps, "reading", "python"))
    configured = [LANDED, *map(_raw_key, ("series_tables", "series_measures", "areas"))]
    return of_inputs, [spec(name, configured, "series", "python", "duckdb") for name in cells.RAW_TABLES]


_INPUT_SPECS, _SERIES_SPECS = _raw_specs()


@multi_asset(
    specs=_INPUT_SPECS,
    check_specs=[
        AssetCheckSpec(
            _CLAIMS_CHECK,
            asset=_raw_key("worked_claims"),
            description="Every total adds up, or a reviewed entry says by how much it does not.",
        )
    ],
    can_subset=True,
)
def input_tables(
    context: AssetExecutionContext, workspace: Workspace
) -> Iterator[MaterializeResult[Any] | AssetCheckResult]:
    """Read the input tables, check what they claim, and write them as text."""
    layout, started = workspace.layout, time.monotonic()
    selected = {key.path[1] for key in context.selected_asset_keys}
    is_refresh = _begin(context, workspace)
    with _failing_with_faults():
        if is_refresh:
            work_folder.clear(layout)
        reading = raw.read_all(layout)
    if is_refresh:
        workspace.start_build(_continuing(context, layout, _new_build(layout, reading.tables)))
    build = workspace.build() or _new_build(layout, reading.tables)
    if is_refresh and not reading.tables.sha256.items() <= build.inputs.items():
        raise Failure("The input tables changed while they were being read. Run the refresh again.")
    with workspace.database() as database:
        # In the order of the declaration: what is read out of the tables comes after them.
        names = [name for name in raw.raw_table_names(layout) if name in selected]
        counts = raw.write(database, reading, build, names)
    outcome = _claims_outcome(reading)
    if is_refresh:
        outcomes.save(layout, "load", build.build_id, [outcome])
    progress.step(
        "load", f"{len(counts)} tables, {len(reading.figures)} figures, {len(reading.claims)} claims", started
    )
    for name, count in counts.items():
        rows = reading.tables.of(name)
        files = {r.file for r in rows}
        origin = {"files": sorted(files), "sha256": [reading.tables.sha256[f] for f in sorted(files)]} if files else {}
        yield MaterializeResult(_raw_key(name), metadata={"dagster/row_count": count, **origin})
    if any(key.name == _CLAIMS_CHECK for key in context.selected_asset_check_keys):
        yield check_result(_raw_key("worked_claims"), outcome)


@contextmanager
def _failing_with_faults() -> Iterator[None]:
    """Show what is wrong with the input where Dagster shows the reason of a failure."""
    try:
        yield
    except FaultyInputError as error:
        raise Failure("\n".join(map(str, error.faults)), metadata={"faults": len(error.faults)}) from error
    except JobmaalError as error:
        raise Failure(str(error)) from error


def _claims_outcome(reading: raw.Reading) -> Outcome:
    return Outcome(
        name=_CLAIMS_CHECK,
        asset="worked_claims",
        kind="reconciliation",
        holds=not reading.broken,
        observed=f"{len(reading.broken)} of {len(reading.claims)} claims are broken",
        expected="each claim is ok, or known with its exact residual",
        failing_rows=[{"claim": claim.claim_id, "fault": str(claim.fault())} for claim in reading.broken],
    )


@multi_asset(specs=_SERIES_SPECS)
def benchmark_series(context: AssetExecutionContext, workspace: Workspace) -> Iterator[MaterializeResult[Any]]:
    """Read the landed responses of Jobindsats: every value of every cell, and when it was first seen."""
    layout, started = workspace.layout, time.monotonic()
    is_refresh = _begin(context, workspace)
    with _failing_with_faults():
        found = raw.read_all(layout).tables
    responses = cells.snapshot(layout, found)
    build, base = workspace.build(), None
    if is_refresh and build is not None:
        # What lands while the build runs is the next one's.
        responses = [response for response in responses if input_name(response.name) in build.inputs]
        base = incremental.begin(layout, build)
        if build.continues and base is None:
            workspace.start_build(replace(build, continues=""))
    with workspace.database() as database, _failing_with_faults():
        if base is not None:
            database.execute(f"attach '{quoted(layout.warehouse)}' as base (read_only)")
        loaded = cells.load(database, layout, found, responses, base)
        counts = {name: _row_count(database, _raw_key(name)) for name in cells.RAW_TABLES}
    summary = f"{loaded.tables} tables, {loaded.responses} responses, {loaded.cells:,} cells, {loaded.values:,} values"
    progress.step("series", summary + (f"; {loaded.kept} tables as before" if loaded.kept else ""), started)
    for name, count in counts.items():
        yield MaterializeResult(_raw_key(name), metadata={"dagster/row_count": count})


def _warehouse_checks() -> list[AssetCheckSpec]:
    layer_of = {spec.key.path[1]: spec.key for spec in dbt_graph.specs()}
    return [
        *dbt_graph.check_specs(),
        *(
            AssetCheckSpec(check.name, asset=layer_of[check.asset], description=check.as_markdown())
            for check in suites.CHECKS
        ),
    ]


@multi_asset(specs=dbt_graph.specs(), check_specs=_warehouse_checks(), can_subset=True)
def warehouse(
    context: AssetExecutionContext, workspace: Workspace
) -> Iterator[MaterializeResult[Any] | AssetCheckResult]:
    """Build dbt's models and check them: dbt's tests, then the expectations."""
    layout = workspace.layout
    is_refresh = _begin(context, workspace)
    checks = context.selected_asset_check_keys
    keys = {key.path[1]: key for key in (*context.selected_asset_keys, *(check.asset_key for check in checks))}
    if not layout.warehouse.exists() and not is_refresh:
        catalogue.take_current_warehouse(layout)

    to_build = sorted(key.path[1] for key in context.selected_asset_keys)
    to_test = sorted(check.asset_key.path[1] for check in checks if check.name == dbt_graph.DBT_TESTS)
    names = {check.name for check in checks}
    to_expect = [check.name for check in suites.CHECKS if check.name in names]

    started = time.monotonic()
    built = dbt_graph.build(to_build, is_refresh, partial(progress.running, "build"))
    progress.step("build", f"{len(built)} tables", started)
    with workspace.database(with_warehouse=True) as database:
        counts = {name: _row_count(database, keys[name]) for name in built}

    started = time.monotonic()
    by_dbt = dbt_graph.check(to_test, workspace, partial(progress.running, "check"))
    progress.step("check", f"{len(by_dbt)} dbt tests", started)

    # The expectations run in their own process, while this one records what has been done so far.
    started = time.monotonic()
    wait_for_expectations = process.start(to_expect) if to_expect else list[Outcome]
    for name, count in counts.items():
        yield MaterializeResult(keys[name], metadata={"dagster/row_count": count})
    for name in to_test:
        yield check_result(keys[name], outcomes.merge(dbt_graph.DBT_TESTS, [o for o in by_dbt if o.asset == name]))
    if is_refresh:
        dbt_graph.write_docs(layout.dbt_docs)
    by_expectation = wait_for_expectations()
    progress.step("check", f"{len(by_expectation)} expectations", started)
    for outcome in by_expectation:
        yield check_result(keys[outcome.asset], outcome)

    build = workspace.build()
    if is_refresh and build is not None:
        outcomes.save(layout, "dbt", build.build_id, by_dbt)
        outcomes.save(layout, "expectations", build.build_id, by_expectation)


@asset(
    key=RELEASE,
    deps=[AssetDep(spec.key) for spec in dbt_graph.specs() if spec.key.path[0] == "warehouse"],
    group_name="release",
    kinds={"duckdb", "parquet"},
    owners=dbt_graph.OWNERS,
    description="The published release: made whole elsewhere, moved into place by one rename, if every check holds.",
)
def published_release(context: AssetExecutionContext, workspace: Workspace) -> MaterializeResult[Any]:
    """Publish what was built, if every check of every step holds."""
    build = workspace.build()
    if not _is_refresh(context) or build is None:
        raise Failure(f"Only the whole job '{REFRESH_JOB}' publishes: launch it, or run `jobmaal refresh`.")
    _begin(context, workspace)
    results, missing = outcomes.load(workspace.layout, build.build_id)
    failures = [str(o) for o in results if not o.holds]
    failures += [f"the step '{step}' left no outcomes for this build" for step in missing]
    if failures:
        red = [f"{o.asset}: {o.name}" for o in results if not o.holds]
        raise Failure("\n".join(failures), metadata={"failed_checks": len(failures)}) from CheckFailedError(
            failures, red
        )
    started = time.monotonic()
    # Everyone who looks at the assets loads this module, and what writes a release takes most of a second.
    from jobmaal.releases.publish import publish

    published = publish(workspace.layout, build, results, contract.table_keys())
    progress.step("publish" if published.is_current else "keep", published.report, started)
    workspace.ended(published.report)
    return MaterializeResult(
        metadata={
            "build_id": build.build_id,
            "path": MetadataValue.path(str(published.folder)),
            "checks": len(results),
            "is_current": published.is_current,
        }
    )


@failure_hook(required_resource_keys={"workspace"})
def note_failure(context: HookContext) -> None:
    """Note why a step failed, for the report on how the refresh ended."""
    if context.op_exception is not None:
        context.resources.workspace.failed(context.op_exception, is_watched=context.job_name != NIGHTLY_JOB)


STEPS = [input_tables, benchmark_series, warehouse, published_release]
# What is looked at in the morning is no part of a refresh.
REFRESHED = AssetSelection.assets(*STEPS) - AssetSelection.checks(
    *(AssetCheckKey(RELEASE, name) for name in watch.DESCRIPTIONS)
)
refresh = define_asset_job(
    REFRESH_JOB,
    selection=REFRESHED,
    hooks={note_failure},
    description="Load input tables and series, build the warehouse, check it, and publish it if every check holds.",
)


def _begin(context: AssetExecutionContext, workspace: Workspace) -> bool:
    """Take the lock and return whether this is a refresh. Where another has the lock, the nightly job waits a while."""
    is_refresh = _is_refresh(context)
    try:
        workspace.begin(context, is_refresh=is_refresh)
    except BusyError as error:
        if context.run.job_name == NIGHTLY_JOB and context.retry_number < _BUSY_RETRIES:
            context.log.warning(str(error))
            raise RetryRequested(_BUSY_RETRIES, _BUSY_SECONDS) from error
        raise Failure(str(error)) from error
    return is_refresh


def _is_refresh(context: AssetExecutionContext) -> bool:
    """Check whether this is the whole job, and not a part of the graph that someone materializes."""
    run = context.run
    whole_graph = not run.asset_selection or run.asset_selection >= {key for step in STEPS for key in step.keys}
    all_steps = run.step_keys_to_execute is None or set(run.step_keys_to_execute) >= {step.op.name for step in STEPS}
    checks = run.asset_check_selection
    all_checks = checks is None or checks >= {*input_tables.check_keys, *warehouse.check_keys}
    return run.job_name in (REFRESH_JOB, NIGHTLY_JOB) and whole_graph and all_steps and all_checks


def _new_build(layout: Layout, found: Input) -> Build:
    now = dt.datetime.now(dt.UTC)
    digest = fingerprint.input_sha256(layout)
    build_id = catalogue.new_id(layout, now, digest)
    responses = cells.snapshot(layout, found)
    has_synthetic = any(response.source == SYNTHETIC for response in responses)
    inputs = fingerprint.inputs(layout) | {input_name(response.name): response.sha256 for response in responses}
    reading = fingerprint.reading_sha256(layout)
    return Build(
        build_id, now, fingerprint.git_revision(), digest, inputs, has_synthetic, reading, municipality=municipality()
    )


def _continuing(context: AssetExecutionContext, layout: Layout, build: Build) -> Build:
    """Continue the current release where the build can, and show why where it cannot."""
    why = "asked for" if WHOLE_TAG in context.run.tags else incremental.why_not(layout, build)
    for name in integrity.missing(layout):
        progress.note(f"{name} is no longer in the landing: what the current release has of it is not in this one")
    if responses_of(build.inputs):
        how = f"everything is read: {why}" if why else f"continues {catalogue.current_id(layout)}"
        progress.step("begin", how, time.monotonic())
    return build if why else replace(build, continues=catalogue.current_id(layout) or "")


def _row_count(database: "duckdb.DuckDBPyConnection", key: AssetKey) -> int:
    schema, name = key.path
    table = f"warehouse.main.{name}" if schema == "warehouse" else f"{schema}.{name}"
    return int(database.execute(f"select count(*) from {table}").fetchall()[0][0])


def check_result(key: AssetKey, outcome: Outcome) -> AssetCheckResult:
    """Return an outcome as Dagster shows it."""
    rows = {"failing_rows": MetadataValue.json(outcome.failing_rows)} if outcome.failing_rows else {}
    return AssetCheckResult(
        asset_key=key,
        check_name=outcome.name,
        passed=outcome.holds,
        metadata={"observed": outcome.observed, "expected": outcome.expected, **rows},
    )
