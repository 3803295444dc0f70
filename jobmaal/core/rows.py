"""Queries and their answers: rows by the names of their columns. Nothing else belongs here."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import duckdb

Row = dict[str, Any]


def query(database: duckdb.DuckDBPyConnection, text: str) -> list[Row]:
    """Return the rows that answer a query, by the names of their columns."""
    cursor = database.execute(text)
    names = [column[0] for column in cursor.description or []]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def read_sql(path: Path, **relations: str) -> str:
    """Return the query in a file, with each `{table}` in it replaced by what to read in its place."""
    return path.read_text(encoding="utf-8").format(**relations)
