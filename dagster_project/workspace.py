"""The resource through which every asset reaches the folders and the work database.

Belongs here: holding the lock for the length of a run, and opening the databases. Does not: what is
written into them.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from dagster import ConfigurableResource, InitResourceContext

from jobmaal.build import Build
from jobmaal.layout import Layout, quoted
from jobmaal.locking import refresh_lock

if TYPE_CHECKING:
    import duckdb


class Workspace(ConfigurableResource[Any]):
    """The folders of a run. One run at a time works there: the lock is held from first step to last."""

    @property
    def layout(self) -> Layout:
        """Where things lie."""
        return Layout.from_environment()

    @contextmanager
    def yield_for_execution(self, context: InitResourceContext) -> Iterator[Workspace]:  # noqa: ARG002
        """Hold the lock while a run uses the resource."""
        with refresh_lock(self.layout):
            yield self

    def start_build(self, build: Build) -> None:
        """Note which build the work folder is for."""
        self.layout.work.mkdir(parents=True, exist_ok=True)
        note = asdict(build) | {"built_at": build.built_at.isoformat()}
        (self.layout.work / "build.json").write_text(json.dumps(note), encoding="utf-8")

    def build(self) -> Build | None:
        """Give the build that the work folder is for, if one was started."""
        path = self.layout.work / "build.json"
        if not path.is_file():
            return None
        note = json.loads(path.read_text(encoding="utf-8"))
        return Build(**note | {"built_at": dt.datetime.fromisoformat(note["built_at"])})

    @contextmanager
    def database(self, *, with_warehouse: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
        """Open the work database, with the build's warehouse attached (read-only) where asked for."""
        import duckdb  # noqa: PLC0415 - the code location loads without it

        self.layout.work.mkdir(parents=True, exist_ok=True)
        connection = duckdb.connect(str(self.layout.work_database))
        try:
            connection.execute("set timezone = 'UTC'")
            if with_warehouse:
                connection.execute(f"attach '{quoted(self.layout.warehouse)}' as warehouse (read_only)")
                connection.execute("set search_path = 'main,warehouse.main'")
            yield connection
        finally:
            connection.close()
