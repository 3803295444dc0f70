"""Asking the public tables: rows by the names of their columns. Nothing else belongs here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import duckdb

Row = dict[str, Any]


def query(database: duckdb.DuckDBPyConnection, text: str) -> list[Row]:
    """Return the rows that answer a query, by the names of their columns."""
    found = database.execute(text)
    names = [column[0] for column in found.description or []]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]
