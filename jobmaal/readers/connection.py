"""Opening a release to read, and to do nothing else.

Belongs here: the connection that readers get, the settings that confine any other connection to a release, and a table
of it as a pandas frame. Does not: which release is current (`releases.catalogue`), nor what a table means.
"""

from __future__ import annotations

from decimal import Decimal
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from jobmaal.core.errors import NoReleaseError, NoTableError, OpenOtherwiseError
from jobmaal.core.layout import Layout
from jobmaal.releases.catalogue import WAREHOUSE, require, require_current

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

#: A read-only connection may still read and write other files; this one may not, and cannot be made to.
CONFINED = {"enable_external_access": "false", "lock_configuration": "true"}

#: What each type of the public tables is in a frame, whether or not anything is missing; a decimal is an object.
_DTYPES = {
    "BIGINT": "Int64",
    "INTEGER": "Int32",
    "BOOLEAN": "boolean",
    "VARCHAR": "str",
    "DATE": "datetime64[us]",
    "TIMESTAMP WITH TIME ZONE": "datetime64[us, UTC]",
}


def warehouse_of(layout: Layout, build_id: str | None = None) -> Path:
    """Return the file of a release, the current one where none is named. Raises NoReleaseError where there is none.

    The link is followed first. DuckDB shares one database among a process's connections to a path, so a connection
    that is opened after the next refresh is of the next release only if its path is another.
    """
    chosen = build_id or require_current(layout)
    path = layout.releases / chosen / WAREHOUSE
    if not path.is_file():
        raise damaged(require(layout, chosen))
    return path


def damaged(build_id: str) -> NoReleaseError:
    """Return the error of a release that cannot be read."""
    advice = "`jobmaal status --verify` says how, `jobmaal rollback` goes back."
    return NoReleaseError(f"The release '{build_id}' is damaged; {advice}")


def open_release(layout: Layout, build_id: str | None = None) -> duckdb.DuckDBPyConnection:
    """Open a release, the current one where none is named. Raises NoReleaseError where there is none.

    The connection stays with its release, and one that is opened after the next refresh is of the next release. Raises
    OpenOtherwiseError where this process has it open with other settings.
    """
    import duckdb  # the command line starts without it

    path = warehouse_of(layout, build_id)
    try:
        return duckdb.connect(str(path), read_only=True, config=dict(CONFINED))
    except duckdb.ConnectionException as error:
        if "different configuration" not in str(error):
            raise
        raise OpenOtherwiseError(
            f"This Python process has {path} open by duckdb.connect(), and DuckDB opens a file in one way at a time. "
            "Close that connection (`con.close()`), or restart the notebook's kernel; then use jobmaal.open() alone."
        ) from None


def read_table(layout: Layout, name: str, build_id: str | None = None) -> pd.DataFrame:
    """Read a public table into a frame, its rows in the file's order; `jobmaal.table` describes it.

    Raises NoTableError where the release has no such table, NoReleaseError where there is no release.
    """
    with open_release(layout, build_id) as database:
        types = _column_types(database, name)
        exact = [column for column, type_ in types.items() if type_.startswith("DECIMAL")]
        # DuckDB makes floats of decimals on their way to pandas; as text they keep each digit.
        columns = (f'"{column}"::varchar as "{column}"' if column in exact else f'"{column}"' for column in types)
        frame = database.execute(f'select {", ".join(columns)} from "{name}"').df()
        (build,) = database.execute("select build_id, contract from audit_build").fetchall()
    for column in exact:
        frame[column] = frame[column].astype(object).map(Decimal, na_action="ignore")
    frame = frame.astype({column: _DTYPES.get(type_, "object") for column, type_ in types.items()})
    frame.attrs = dict(zip(("build_id", "contract"), build, strict=True))
    return frame


def _column_types(database: duckdb.DuckDBPyConnection, name: str) -> dict[str, str]:
    """Return the columns of a table in their order, with DuckDB's type of each."""
    query = "select column_name, data_type from duckdb_columns() where table_name = ? and not internal"
    found = database.execute(f"{query} order by column_index", [name]).fetchall()
    if not found:
        names = [table for (table,) in database.execute("select table_name from duckdb_tables() order by 1").fetchall()]
        near = "".join(f" Is '{one}' meant?" for one in get_close_matches(str(name), names, n=1))
        raise NoTableError(f"There is no table '{name}' in the release.{near} It has: {', '.join(names)}.")
    return dict(found)
