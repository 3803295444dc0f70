"""dbt's models and tests as Dagster sees them, taken from dbt's own manifest.

Belongs here: naming assets after models, and running dbt in this process. Does not: any SQL.

dagster-dbt would do the naming too. It costs 0.4 s of each start (its import, and the manifest as it wants it), takes
other names for keys, groups and checks, and runs dbt in subprocesses, whose start-up is as long as the work.
"""

from __future__ import annotations

import functools
import os
import re
import signal
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from dagster import AssetCheckSpec, AssetDep, AssetKey, AssetSpec

from dagster_project.workspace import Workspace
from jobmaal.core import files, sealed, work_folder
from jobmaal.core.layout import PROJECT, Layout
from jobmaal.core.outcomes import MOST_ROWS_SHOWN, Outcome, shown_row
from jobmaal.releases import fingerprint

if TYPE_CHECKING:
    import duckdb
    from dbt.cli.main import dbtRunner, dbtRunnerResult
    from dbt.contracts.graph.manifest import Manifest
    from dbt.contracts.graph.nodes import GenericTestNode, ModelNode, SingularTestNode

    TestNode = GenericTestNode | SingularTestNode

#: The check that stands for all of a model's data tests.
DBT_TESTS = "dbt_tests"
OWNERS = ["team:data"]
#: dbt's page has an address of its maker in it, and asks for nothing without it.
_NO_NETWORK = (
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src 'unsafe-inline' "
    "'unsafe-eval'; style-src 'unsafe-inline'; img-src data:; font-src data:\">"
)
_LAYER_OF = {"staging": "staging", "intermediate": "intermediate", "marts": "warehouse"}


@functools.cache
def manifest() -> Manifest:
    """Parse the dbt project; quick where nothing changed since the last time."""
    result = _invoke(["parse"])
    if not result.success:
        raise RuntimeError(f"the dbt project cannot be parsed: {result.exception}")
    return result.result  # type: ignore[return-value]


def _invoke(
    arguments: list[str], callbacks: Sequence[Callable[[Any], None]] = (), target: str | None = None
) -> dbtRunnerResult:
    """Run dbt in this process, quietly, and let go of the database files afterwards."""
    layout = Layout.from_environment()
    # What somebody has set for a dbt project of their own (DBT_TARGET, DBT_EMPTY) is not meant for this one.
    for name in [name for name in os.environ if name.startswith("DBT_")]:
        del os.environ[name]
    os.environ |= layout.to_environment() | {"DO_NOT_TRACK": "1", "DBT_SEND_ANONYMOUS_USAGE_STATS": "false"}
    # Needed by dbt even to parse, and made once the folders are known.
    work_folder.make(layout)
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager  # 2 seconds
    from dbt.cli.main import dbtRunner

    where = ["--project-dir", str(PROJECT / "dbt"), "--profiles-dir", str(PROJECT / "dbt")]
    own = target or str(layout.dbt_target)
    # dbt's own logs and files would take a third of its time, and what they hold comes back as results.
    quiet = ["--quiet", "--log-level", "none", "--log-level-file", "none", "--no-write-json", "--no-version-check"]
    quiet += ["--no-populate-cache", "--target-path", own, "--log-path", own]
    runner: dbtRunner = dbtRunner(manifest() if arguments != ["parse"] else None, list(callbacks))
    try:
        # Dagster raises an interruption of its own, which dbt does not know: its threads would go on, and the process
        # would end under them with SIGABRT. At this one it ends its queries and waits for its threads.
        with _interrupted_as_elsewhere():
            result: dbtRunnerResult = runner.invoke([*arguments, *where, *quiet])
        if isinstance(result.exception, KeyboardInterrupt):
            raise result.exception
        return result
    finally:
        DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]


@contextmanager
def _interrupted_as_elsewhere() -> Iterator[None]:
    """Let Ctrl-C and SIGTERM raise KeyboardInterrupt, as where Dagster has no handlers of its own."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, signal.default_int_handler) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


def asset_key(node: ModelNode) -> AssetKey:
    """Return the key of a model's asset: its layer, then its name."""
    return AssetKey([_LAYER_OF[node.fqn[1]], node.name])


def models() -> list[ModelNode]:
    """Return the project's models."""
    from dbt.contracts.graph.nodes import ModelNode

    return [node for node in manifest().nodes.values() if isinstance(node, ModelNode)]


def tests() -> list[TestNode]:
    """Return the project's data tests (unit tests are of formulas, not of data, and run in the test suite)."""
    from dbt.contracts.graph.nodes import GenericTestNode, SingularTestNode

    return [node for node in manifest().nodes.values() if isinstance(node, GenericTestNode | SingularTestNode)]


def specs() -> list[AssetSpec]:
    """Describe every model as an asset."""
    return [
        AssetSpec(
            asset_key(node),
            deps=[AssetDep(_parent_key(parent)) for parent in node.depends_on.nodes],
            description=node.description,
            group_name=asset_key(node).path[0],
            kinds={"dbt", "duckdb"},
            owners=OWNERS,
        )
        for node in models()
    ]


def _parent_key(unique_id: str) -> AssetKey:
    if unique_id in manifest().sources:
        return AssetKey(["raw", manifest().sources[unique_id].name])
    return asset_key(_model(unique_id))


def _tested_model(test: TestNode) -> ModelNode:
    """Return the model that a test speaks for: the one that it is attached to, else the last that it reads."""
    return _model(getattr(test, "attached_node", None) or test.depends_on.nodes[-1])


def _model(unique_id: str) -> ModelNode:
    return cast("ModelNode", manifest().nodes[unique_id])


def check_specs() -> list[AssetCheckSpec]:
    """Describe the data tests as one check per model: one event per test would cost more than the tests."""
    tested: dict[AssetKey, list[str]] = {}
    for test in tests():
        tested.setdefault(asset_key(_tested_model(test)), []).append(test.name)
    return [
        AssetCheckSpec(DBT_TESTS, asset=key, description="\n".join(f"- {name}" for name in sorted(names)))
        for key, names in tested.items()
    ]


def build(names: Sequence[str], is_all: bool, show: Callable[[str], None]) -> list[str]:
    """Build the named models, or all. Return the names built, in the order of building; raises RuntimeError."""
    if not names:
        return []
    done = 0

    def count(event: Any) -> None:
        nonlocal done
        if event.info.name == "LogModelResult":
            done += 1
            show(f"{done}/{len(names)} tables")

    # Somebody who looks at a few tables has them rebuilt; only a refresh is incremental.
    chosen = [] if is_all else ["--full-refresh", "--select", *names]
    result = _invoke(["run", *chosen], [count])
    failed = [r for r in getattr(result.result, "results", []) if r.status not in ("success", "skipped")]
    if failed or not result.success:
        reasons = [f"{r.node.name} ({r.node.original_file_path}): {r.message}" for r in failed]
        raise RuntimeError("dbt could not build:\n  " + "\n  ".join(reasons or [str(result.exception)]))
    return [r.node.name for r in result.result.results]  # type: ignore[union-attr]


def check(names: Sequence[str], workspace: Workspace, show: Callable[[str], None]) -> list[Outcome]:
    """Run the data tests of the named models. A test that cannot be run has failed."""
    chosen = [test for test in tests() if _tested_model(test).name in names]
    if not chosen:
        return []
    queries, outcomes = _compiled_tests(workspace.layout), []
    with workspace.database(with_warehouse=True) as database:
        for test in chosen:
            outcomes.append(_outcome(database, test, queries[test.unique_id]))
            show(f"{len(outcomes)}/{len(chosen)} dbt tests")
    return outcomes


def _compiled_tests(layout: Layout) -> dict[str, str]:
    """Return the query of each data test as dbt writes it, by the test's id.

    Writing and wrapping them takes dbt far longer than answering takes DuckDB, so they are kept until the dbt project
    changes. They hold nothing of what is in the tables.
    """
    path, basis = layout.dbt_target / "tests.json", fingerprint.dbt_sha256()
    try:
        kept = sealed.read(path.read_text(encoding="utf-8"), "sha256", "")
    except (OSError, ValueError):
        # None yet, or damaged.
        kept = {}
    if kept.get("basis") != basis:
        result = _invoke(["compile", "--select", "test_type:data"])
        if not result.success:
            raise RuntimeError(f"dbt could not compile its tests: {result.exception}")
        queries = {found.node.unique_id: found.node.compiled_code for found in result.result.results}  # type: ignore[union-attr]
        kept = {"basis": basis, "queries": queries}
        files.write(path, sealed.text(kept, "sha256"))
    found: dict[str, str] = kept["queries"]
    return found


def write_docs(path: Path) -> None:
    """Write dbt's documentation of the project as one page that needs neither a server nor the network."""
    # Beside the page: a process that is killed leaves nothing where nobody looks for it.
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        # dbt writes a manifest only where it has parsed the project again.
        manifest().writable_manifest().write(str(Path(folder) / "manifest.json"))
        # What dbt would ask the database for is in the models' own files.
        result = _invoke(["docs", "generate", "--static", "--no-compile", "--empty-catalog"], target=folder)
        if not result.success:
            raise RuntimeError(f"dbt could not write its documentation: {result.exception}")
        page = (Path(folder) / "static_index.html").read_text(encoding="utf-8")
    # A release does not show where it was made.
    page = re.sub(r'"(build_path|compiled_path)": ?"[^"]*"', r'"\1":null', page)
    path.write_text(page.replace("<head>", f"<head>{_NO_NETWORK}", 1), encoding="utf-8")


def _outcome(database: duckdb.DuckDBPyConnection, test: TestNode, query: str) -> Outcome:
    """Run a test's query; the rows that come back broke it."""
    import duckdb  # everyone who looks at the assets imports this module

    try:
        failures = int(database.execute(f"select count(*) from ({query})").fetchall()[0][0])
        holds, observed, rows = failures == 0, f"{failures} failing row(s)", []
        if failures:
            shown = database.execute(query).fetchmany(MOST_ROWS_SHOWN)
            names = [column[0] for column in database.description or []]
            rows = [shown_row(names, row) for row in shown]
    except duckdb.Error as error:
        holds, observed, rows = False, str(error), []
    return Outcome(
        name=test.name,
        asset=_tested_model(test).name,
        kind="dbt",
        holds=holds,
        observed=observed,
        expected=test.description or "no row comes back",
        failing_rows=rows,
    )
