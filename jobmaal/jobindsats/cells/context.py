"""What all steps of a load share: the database, what is read, and how the raw tables are filled.

Belongs here: the input of a load, and the temporary tables that hold for all tables of Jobindsats. Does not: the steps.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from jobmaal.core import raw_tables
from jobmaal.core.raw_tables import Columns, Rows
from jobmaal.inputs.tables import Input
from jobmaal.jobindsats.landing import Landed
from jobmaal.jobindsats.response import Metadata

if TYPE_CHECKING:
    import duckdb

#: The raw tables of the series, with their columns.
RAW_TABLES = raw_tables.declared("jobindsats")
#: And the combinations of labels of each response, which no model reads.
_ALL_TABLES = {**RAW_TABLES, "read_labels": dict.fromkeys(("table_id", "file", "labels"), "varchar")}
#: Joins the labels of a member while they are text in DuckDB; no label holds it.
LABEL_SEPARATOR = "\x1f"
#: The SQL of the steps: a file per query, named after what it selects.
_QUERIES = Path(__file__).with_name("sql")


@dataclass(frozen=True)
class Base:
    """The release that a build continues: where its state is, and the landed responses that it was made of.

    Its tables are those of the database that is attached as `base`.
    """

    state: Path
    responses: Set[str]


@dataclass(frozen=True)
class Context:
    """A load: what it reads into which database; `described` are the metadata by sha256.

    `response_no` and `area_no` are the numbers of all responses in the order of retrieval, and of all areas in that of
    their surrogate keys.
    """

    database: duckdb.DuckDBPyConnection
    found: Input
    responses: Sequence[Landed]
    described: Mapping[str, Metadata]
    base: Base | None
    response_no: Mapping[str, int]
    area_no: Mapping[str, int]

    def prepare(self) -> None:
        """Create the raw tables without rows, and the temporary tables `responses` and `area_types`.

        `responses` gives each response the number of its release, which is that of its last response.
        """
        raw_tables.create(self.database, _ALL_TABLES)
        last = {(response.table_id, response.delivery): self.response_no[response.name] for response in self.responses}
        self.create_temporary(
            "responses",
            {"response_no": "integer", "release_no": "integer", "source_ref": "varchar"},
            [(self.response_no[r.name], last[r.table_id, r.delivery], r.source_ref) for r in self.responses],
        )
        types = [(self.area_no[row["area_name"]], row["area_type"]) for row in self.found.of("areas")]
        self.create_temporary("area_types", {"area_no": "integer", "area_type": "varchar"}, types)

    def insert(self, name: str, rows: Rows) -> None:
        """Add rows to a raw table."""
        raw_tables.insert(self.database, name, _ALL_TABLES[name], rows)

    def create_temporary(self, name: str, columns: Columns, rows: Rows) -> None:
        """Create a small temporary table, in place of one that is there."""
        raw_tables.create_temporary(self.database, name, columns, rows)

    def create_as(self, name: str, query: str) -> None:
        """Create a temporary table of a query, in place of one that is there."""
        self.database.execute(f"create or replace temp table {name} as {query}")

    def drop(self, names: Sequence[str]) -> None:
        """Drop temporary tables, where they are there."""
        for name in names:
            self.database.execute(f"drop table if exists temp.{name}")

    def number_of_rows(self, name: str) -> int:
        """Return how many rows a raw table has."""
        return int(self.rows(f"select count(*) from raw.{name}")[0][0])

    def rows(self, query: str) -> Rows:
        """Return the rows of a query."""
        return self.database.execute(query).fetchall()


def labels_apart(labels: str) -> tuple[str, ...]:
    """Split the joined labels of a member."""
    return tuple(labels.split(LABEL_SEPARATOR)) if labels else ()


def query(name: str, **values: object) -> str:
    """Return a query; each word in braces is replaced by the value of that name."""
    return _text(name).format(**values)


@functools.cache
def _text(name: str) -> str:
    return (_QUERIES / f"{name}.sql").read_text(encoding="utf-8")
