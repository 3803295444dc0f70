"""The tables of the schema `raw`: which columns and types each has, and writing rows into it.

Belongs here: reading the declaration of dbt's sources, the one place that has the columns, and the one writer. Does
not: which rows there are (`jobmaal.raw`, `jobmaal.jobindsats.cells`), nor what may stand in an input table
(`jobmaal.inputs.tables`).
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import yaml

from jobmaal.core.layout import PROJECT

if TYPE_CHECKING:
    import duckdb

#: A table's columns with their types, in order.
Columns = Mapping[str, str]
Rows = Sequence[tuple[Any, ...]]

_STAGING = PROJECT / "dbt" / "models" / "staging"
#: The type of a column that declares none.
_TEXT = "varchar"


@functools.cache
def declared(source: str) -> Mapping[str, Columns]:
    """Return the tables that dbt's source of this name declares, with the columns of each."""
    text = (_STAGING / source / f"_{source}__sources.yml").read_text(encoding="utf-8")
    content = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return {
        table["name"]: {column["name"]: column.get("data_type", _TEXT) for column in table["columns"]}
        for table in content["sources"][0]["tables"]
    }


def create(database: duckdb.DuckDBPyConnection, tables: Mapping[str, Columns]) -> None:
    """Create raw tables without rows, in place of those that are there."""
    database.execute("create schema if not exists raw")
    for name, columns in tables.items():
        declaration = ", ".join(f'"{column}" {kind}' for column, kind in columns.items())
        database.execute(f"create or replace table raw.{name} ({declaration})")


def insert(database: duckdb.DuckDBPyConnection, name: str, columns: Columns, rows: Rows) -> None:
    """Add rows to a raw table."""
    if rows:
        _with_rows(database, f"insert into raw.{name}", columns, rows)


def create_temporary(database: duckdb.DuckDBPyConnection, name: str, columns: Columns, rows: Rows) -> None:
    """Create a small temporary table of rows, in place of one that is there."""
    _with_rows(database, f"create or replace temp table {name} as", columns, rows)


def _with_rows(database: duckdb.DuckDBPyConnection, statement: str, columns: Columns, rows: Rows) -> None:
    import pandas as pd  # the framework-free commands start without it

    frame = pd.DataFrame(rows, columns=list(columns), dtype=object)
    selected = ", ".join(f'cast("{column}" as {kind}) as "{column}"' for column, kind in columns.items())
    database.register("rows_to_write", frame)
    database.execute(f"{statement} select {selected} from rows_to_write")
    database.unregister("rows_to_write")
