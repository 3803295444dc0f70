"""The resource through which every asset reaches the folders and the work database.

Belongs here: holding the lock for the length of a run, recording how it ends, and opening the databases. Does not:
what is written into them.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from dagster import AssetExecutionContext, ConfigurableResource, Failure, InitResourceContext
from pydantic import PrivateAttr

from dagster_project import history
from expectations import process
from jobmaal.core import work_folder
from jobmaal.core.build import Build
from jobmaal.core.database import connect
from jobmaal.core.layout import Layout, quoted
from jobmaal.operations import status
from jobmaal.operations.locking import refresh_lock
from jobmaal.operations.session import RefreshSession, refreshing

if TYPE_CHECKING:
    import duckdb


class Workspace(ConfigurableResource[Any]):
    """The folders of a run. One at a time works there: the lock is held from the first step that asks to the last."""

    # What is let go of at the end of the run, and the refresh that the run makes, if it is one.
    _held: ExitStack = PrivateAttr(default_factory=ExitStack)
    _session: RefreshSession | None = PrivateAttr(default=None)

    @property
    def layout(self) -> Layout:
        """Where things lie."""
        return Layout.from_environment()

    @contextmanager
    def yield_for_execution(self, context: InitResourceContext) -> Iterator[Workspace]:  # noqa: ARG002
        """Let go of everything when the run ends."""
        with ExitStack() as self._held:
            yield self

    def begin(self, context: AssetExecutionContext, *, is_refresh: bool) -> None:
        """Take the lock for the rest of the run. Raises BusyError while another refresh runs."""
        if not is_refresh:
            self._held.enter_context(refresh_lock(self.layout, "materializing", context.run_id))
        elif self._session is None:
            self._session = self._held.enter_context(refreshing(self.layout, context.run_id))
            # Its library is imported on the second core while this one builds.
            self._held.enter_context(process.ready())
            if self._session.died is not None:
                history.close(context.instance, self._session.died)

    def ended(self, result: str) -> None:
        """Record how the refresh succeeded."""
        if self._session is not None:
            self._session.ended = result

    def failed(self, error: BaseException, *, is_watched: bool) -> None:
        """Record why the refresh failed, as a person needs to know it, and not as Dagster wraps it.

        What fails before a refresh has the lock is reported at once, unless a person watches it (`is_watched`).
        """
        cause = error.__cause__ if isinstance(error, Failure) and error.__cause__ else error
        if self._session is not None:
            self._session.failure = cause
        elif not is_watched:
            status.failed(self.layout, status.REFRESH, cause)

    def start_build(self, build: Build) -> None:
        """Record which build the work folder is for."""
        work_folder.make(self.layout)
        note = asdict(build) | {"built_at": build.built_at.isoformat()}
        (self.layout.work / "build.json").write_text(json.dumps(note), encoding="utf-8")

    def build(self) -> Build | None:
        """Return the build that the work folder is for, if one was started."""
        path = self.layout.work / "build.json"
        if not path.is_file():
            return None
        note = json.loads(path.read_text(encoding="utf-8"))
        return Build(**note | {"built_at": dt.datetime.fromisoformat(note["built_at"])})

    @contextmanager
    def database(self, *, with_warehouse: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
        """Open the work database, with the build's warehouse attached (read-only) where asked for."""
        work_folder.make(self.layout)
        connection = connect(self.layout.work_database)
        try:
            if with_warehouse:
                connection.execute(f"attach '{quoted(self.layout.warehouse)}' as warehouse (read_only)")
                connection.execute("set search_path = 'main,warehouse.main'")
            yield connection
        finally:
            connection.close()
