"""Opening a release to read, and to do nothing else.

Belongs here: the connection that readers get. Does not: finding out which release is current (`release`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobmaal.errors import NoReleaseError
from jobmaal.layout import Layout
from jobmaal.release import WAREHOUSE, require_current

if TYPE_CHECKING:
    import duckdb

#: A read-only connection may still read and write other files; this one may not, and cannot be made to.
_CONFINED = {"enable_external_access": "false", "lock_configuration": "true"}


def open_release(layout: Layout, build_id: str | None = None) -> duckdb.DuckDBPyConnection:
    """Open a release, the current one where none is named. Raises NoReleaseError where there is none.

    The link is followed first, so that the connection stays with its release, and one that is opened after the next
    refresh is of the next release even where an older one is still open in the same process.
    """
    import duckdb  # noqa: PLC0415 - the command line starts without it

    chosen = build_id or require_current(layout)
    path = layout.releases / chosen / WAREHOUSE
    if not path.is_file():
        raise NoReleaseError(f"There is no release '{chosen}'. `jobmaal releases` lists them.")
    return duckdb.connect(str(path), read_only=True, config=dict(_CONFINED))
