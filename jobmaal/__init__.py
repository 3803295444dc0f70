"""jobmaal: the data warehouse of Copenhagen's employment agreements.

What belongs in this package: everything that needs no framework (reading figures, reconciling,
releasing, tracing, the command line). What does not: Dagster assets (`dagster_project`), SQL (`dbt`),
expectations (`expectations`).

For those who read: `jobmaal.open()`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

__version__ = "0.1.0"


def open(build_id: str | None = None) -> duckdb.DuckDBPyConnection:
    """Open the current release, or the one that is named, to read and to do nothing else.

    The connection is read-only and cannot reach any other file, nor be made to. It stays with its release; call
    again for the next one. Raises jobmaal.errors.NoReleaseError where there is none.
    """
    # Imported late, since the nightly "nothing has changed" waits for this package.
    from jobmaal.layout import Layout  # noqa: PLC0415
    from jobmaal.reading import open_release  # noqa: PLC0415

    return open_release(Layout.from_environment(), build_id)
