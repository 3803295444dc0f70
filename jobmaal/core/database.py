"""Opening DuckDB files as the whole project does: by universal time, and within the memory that it is given.

Belongs here: how a connection is set, and a query's rows by the names of their columns. Does not: what is read or
written over it; nor the readers of a release (`readers`), who may see less.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import duckdb

Row = dict[str, Any]

#: How much memory DuckDB may take; what needs more is spilled to disk, beside the file.
MEMORY = "JOBMAAL_MEMORY"
#: Leaves room for Python's own within six gigabytes.
_USUAL = "4GB"


def memory_limit() -> str:
    """Return the limit as DuckDB writes it."""
    return os.environ.get(MEMORY) or _USUAL


def connect(path: Path, *, read_only: bool = False) -> duckdb.DuckDBPyConnection:
    """Open a database file. Raises duckdb.Error where it is none, or somebody else writes it."""
    import duckdb  # half the commands start without it

    connection = duckdb.connect(str(path), read_only=read_only, config={"memory_limit": memory_limit()})
    connection.execute("set timezone = 'UTC'")
    return connection


def query(database: duckdb.DuckDBPyConnection, text: str) -> list[Row]:
    """Return the rows that answer a query, by the names of their columns."""
    cursor = database.execute(text)
    names = [column[0] for column in cursor.description or []]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def read_sql(path: Path, **relations: str) -> str:
    """Return the query in a file, with each `{table}` in it replaced by what to read in its place."""
    return path.read_text(encoding="utf-8").format(**relations)
