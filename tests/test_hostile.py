"""No input becomes code: names made of SQL, Jinja, HTML, formulas, control characters and a megabyte pass as text.

Belongs here: one release in which everything that has a name is called so, held against the same release with the
plain names cell by cell; the columns that refuse such names; and what a terminal and a page show of them. Does not:
which texts and how they get in (`helpers_hostile`), nor the reader's rules for good cells (`test_tables`).
"""

from __future__ import annotations

import csv
import datetime as dt
import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import duckdb
import pytest

from dagster_project.run import prepare_home
from jobmaal.build import Build
from jobmaal.checks_page import write_page
from jobmaal.errors import EXIT_BROKE_DOWN, EXIT_FAULTY_INPUT, EXIT_NO_RELEASE, Fault, FaultyInputError, JobmaalError
from jobmaal.errors import printable
from jobmaal.jobindsats.report import Report, TableReport
from jobmaal.layout import Layout
from jobmaal.load import read_all
from jobmaal.outcomes import Outcome, shown_row
from jobmaal.tables import Column, Table
from tests.conftest import PublishedSeries, jobmaal, release_folder
from tests.helpers_hostile import BIG, CODE, CONTROL, END, ENTERED, GRAMMAR, Names, as_kept, is_free, read_cells
from tests.helpers_input import copy_project_seeds, rewrite, run, schema

#: Two tables of Jobindsats are enough: one with renamed labels and a hidden cell, one with several measures a group.
SERIES = {"y25i01", "y30r21"}
#: What a release has of its own: keys of what is renamed, its build, where its input stood and what it was hashed to.
_OF_THE_RELEASE_RE = re.compile(r"_key$|^actual_|^(input_line|source_ref|sha256|landed_file)$")
_REFERENCE_RE = re.compile(r"^(jobindsats:\S+)-[0-9a-f]{8}$")

Row = tuple[Any, ...]


@dataclass(frozen=True)
class Hostile:
    """The release in which everything is called something hostile, the names, and the release with the plain ones."""

    layout: Layout
    names: Names
    plain: Layout
    told: str


@pytest.fixture(scope="module")
def hostile(with_series: PublishedSeries, tmp_path_factory: pytest.TempPathFactory) -> Hostile:
    """Refresh once with everything hostile, the folder that all of it lies in among them."""
    root = tmp_path_factory.mktemp("hostile") / "it's 100% {{ 1" / "0 }} 'æøå'\n\x1b[2J \"x\" ; $(id)"
    layout = Layout(root / "seeds", root / "data")
    names = Names(with_series.layout, SERIES)
    names.land(layout)
    names.write_seeds(layout.seeds)
    # What dbt has parsed already it need not parse again.
    shutil.copytree(with_series.layout.dbt_target, layout.dbt_target)
    done = jobmaal(layout, "refresh")
    assert done.returncode == 0, done.stdout + done.stderr
    return Hostile(layout, names, with_series.layout, done.stdout + done.stderr)


# --- the release ------------------------------------------------------------------------------------------


def written(layout: Layout, table: Table) -> list[Row]:
    """Give an input table's cells as they are to be kept, of all documents."""
    rows = [row for path in layout.seeds.glob(f"*/{table.name}.csv") for row in read_cells(path)]
    return sorted(tuple(as_kept(row[name]) for name in table.column_names) for row in rows)


def test_every_cell_of_every_input_table_is_loaded_as_it_was_written(hostile: Hostile) -> None:
    csv.field_size_limit(2**31 - 1)
    with duckdb.connect(str(hostile.layout.work_database), read_only=True) as database:
        for table in schema().values():
            columns = ", ".join(f'coalesce("{name}", \'\')' for name in table.column_names)
            loaded = database.execute(f"select {columns} from raw.{table.name}").fetchall()
            assert sorted(loaded) == written(hostile.layout, table), table.name


def test_every_text_column_of_every_input_table_was_hostile(hostile: Hostile) -> None:
    used = set()
    for table in schema().values():
        rows = [dict(zip(table.column_names, row, strict=True)) for row in written(hostile.layout, table)]
        for column in (column for column in table.columns if is_free(table, column)):
            texts = {row[column.name].partition(END)[0] for row in rows if END in row[column.name]}
            assert texts, f"{table.name}.{column.name}"
            used |= texts
    assert {as_kept(text) for text in (*CODE, *CONTROL)} <= used
    assert sum(BIG in name for name in hostile.names.of.values()) > 20


def columns_of(database: duckdb.DuckDBPyConnection) -> dict[str, list[str]]:
    """Name the columns of every public table."""
    query = "select table_name, list(column_name order by column_index) from duckdb_columns() where not internal group by 1"
    return dict(database.execute(query).fetchall())


def test_the_parquet_files_hold_what_the_warehouse_holds(hostile: Hostile) -> None:
    folder = release_folder(hostile.layout)
    with duckdb.connect(str(folder / "warehouse.duckdb"), read_only=True) as database:
        tables = columns_of(database)
        assert {path.name.removesuffix(".parquet") for path in (folder / "parquet").iterdir()} == tables.keys()
        for name, columns in tables.items():
            files = [*(folder / "parquet").glob(f"{name}.parquet"), *(folder / "parquet" / name).glob("*/*.parquet")]
            there = f"select {', '.join(columns)} from {name}"
            query = f"select {', '.join(columns)} from read_parquet($files, hive_types_autocast = false)"
            for one, other in ((there, query), (query, there)):
                odd = database.execute(f"{one} except all {other}", {"files": list(map(str, files))}).fetchall()
                assert odd == [], name


def tables_of(layout: Layout) -> dict[str, tuple[list[str], list[Row]]]:
    """Give the columns and rows of every public table."""
    with duckdb.connect(str(release_folder(layout) / "warehouse.duckdb"), read_only=True) as database:
        tables = columns_of(database)
        return {name: (columns, database.execute(f"from {name}").fetchall()) for name, columns in tables.items()}


def test_the_release_is_the_one_with_plain_names_renamed_and_nothing_else(hostile: Hostile) -> None:
    plain, renamed = tables_of(hostile.plain), tables_of(hostile.layout)
    assert plain.keys() == renamed.keys()
    of_series = SERIES | {row["document_id"] for row in read_cells(hostile.plain.seeds / "shared" / "documents.csv")}
    compared = 0
    for name in sorted(plain.keys() - {"audit_build", "dim_period", "dim_year"}):
        columns = [c for c in plain[name][0] if not _OF_THE_RELEASE_RE.search(c)]
        series = "table_id" if "table_id" in columns else "document_id" if name == "audit_reconciliation" else ""

        def rows(tables: dict[str, Any], name: str = name, columns: list[str] = columns, by: str = series) -> list[Row]:
            every = [dict(zip(tables[name][0], row, strict=True)) for row in tables[name][1]]
            every = [row for row in every if row.get("source_ref") != ENTERED and (not by or row[by] in of_series)]
            return [tuple(row[c] for c in columns) for row in every]

        compared += compare(hostile.names, name, columns, rows(plain), rows(renamed))
    assert compared > 10_000


def compare(names: Names, table: str, columns: list[str], plain: list[Row], renamed: list[Row]) -> int:
    """Hold renamed rows against plain ones; gives how many hostile cells were compared."""

    def place(row: Row) -> tuple[Any, ...]:
        return tuple(names.plain(cell) if isinstance(cell, str) else "" if cell is None else str(cell) for cell in row)

    hostile_cells = 0
    for before, after in zip(sorted(plain, key=place), sorted(renamed, key=place), strict=True):
        for column, one, other in zip(columns, before, after, strict=True):
            if isinstance(one, str) and one in names.of and column not in _PRINTED:
                assert other == as_kept(names.of[one]), f"{table}.{column}"
                hostile_cells += 1
            else:
                # Put together of several names, or a cell that was blank before.
                assert together(names, one) == together(names, other), f"{table}.{column}: {str(one)[:80]!r} {str(other)[:80]!r} {before}"[:900]
    return hostile_cells


def together(names: Names, cell: Any) -> Any:
    """Give a cell without anything hostile; of names that are listed in their order, which ones."""
    left = names.plain(cell) if isinstance(cell, str) else cell
    return sorted(left.split(", ")) if left and isinstance(left, str) else left or None


#: Columns whose cells are no names, though a name may look the same.
_PRINTED = {"raw_text", "unit", "course_unit", "stated_size_unit", "document_id", "table_id"}
