"""What is promised of each public table: read from the yml beside dbt's models, where it is written down.

Belongs here: the tables, keys, columns, references and descriptions in both languages, for PostgreSQL, the files, the
data dictionary and its diagrams. Does not: what a release holds. Older releases were built from another yml, so ask
the release's own file what it has.

dbt's own manifest says the same, and takes seconds to make.
"""

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from jobmaal.core.layout import PROJECT

_MARTS = PROJECT / "dbt" / "models" / "marts"
_REF_RE = re.compile(r"^ref\('([a-z_]+)'\)$")


@dataclass(frozen=True)
class PublicColumn:
    """A column.

    `type` is DuckDB's; `unit` is what its numbers are in, or `column …` for the column that names it, or None where
    it is no number; `references` is the table and column that every value of it is found in.
    """

    name: str
    type: str
    unit: str | None
    description_en: str
    description_da: str
    is_nullable: bool
    references: tuple[str, str] | None


@dataclass(frozen=True)
class PublicTable:
    """A table; `key` names the columns that identify a row. Descriptions are one line each."""

    name: str
    description_en: str
    description_da: str
    key: tuple[str, ...]
    columns: tuple[PublicColumn, ...]


@functools.cache
def tables() -> tuple[PublicTable, ...]:
    """Return the public tables by name, with their columns in order."""
    found = [_table(model) for path in sorted(_MARTS.rglob("*.yml")) for model in _read(path).get("models", [])]
    return tuple(sorted(found, key=lambda table: table.name))


def table_keys() -> dict[str, tuple[str, ...]]:
    """Return the key columns of each public table."""
    return {table.name: table.key for table in tables()}


def _read(path: Path) -> Mapping[str, Any]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    content: Mapping[str, Any] = yaml.load(path.read_text(encoding="utf-8"), Loader=loader)
    return content


def _table(model: Mapping[str, Any]) -> PublicTable:
    meta = model["config"]["meta"]
    columns = tuple(_column(column) for column in model["columns"])
    return PublicTable(model["name"], _line(model["description"]), _line(meta["da"]), tuple(meta["key"]), columns)


def _column(column: Mapping[str, Any]) -> PublicColumn:
    return PublicColumn(
        name=column["name"],
        type=column["data_type"],
        unit=column["config"]["meta"].get("unit"),
        description_en=_line(column["description"]),
        description_da=_line(column["config"]["meta"]["da"]),
        is_nullable={"type": "not_null"} not in column.get("constraints", []),
        references=_references(column),
    )


def _references(column: Mapping[str, Any]) -> tuple[str, str] | None:
    """Read the test `relationships`, or `references` of `meta` where a table is too large to be tested so."""
    for test in column.get("data_tests", []):
        if isinstance(test, dict) and "relationships" in test:
            arguments = test["relationships"]["arguments"]
            ref = _REF_RE.match(arguments["to"])
            assert ref is not None, f"{column['name']}: {arguments['to']}"
            return ref[1], arguments["field"]
    table, _, name = column["config"]["meta"].get("references", "").partition(".")
    return (table, name) if table else None


def _line(text: str) -> str:
    return " ".join(text.split())
