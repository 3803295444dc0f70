"""What the yml promises of the public tables, checked against a release's own file.

Belongs here: that what `jobmaal.core.contract` reads is what was built. Does not: what the contract has to promise
(`test_warehouse`).
"""

from collections.abc import Iterator

import duckdb
import pytest

from jobmaal.core import contract
from jobmaal.core.contract import PublicTable
from jobmaal.releases.catalogue import WAREHOUSE
from tests.conftest import PublishedSeries
from tests.helpers.warehouse import PROMISED

TABLES = {table.name: table for table in contract.tables()}
each_table = pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)


@pytest.fixture(scope="module")
def database(with_series: PublishedSeries) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(with_series.layout.current / WAREHOUSE), read_only=True) as connection:
        yield connection


def test_the_tables_are_the_promised_ones_by_name() -> None:
    assert list(TABLES) == sorted(PROMISED)


@each_table
def test_columns_types_and_descriptions_are_those_of_the_release(
    table: PublicTable, database: duckdb.DuckDBPyConnection
) -> None:
    found = database.execute(
        "select column_name, lower(data_type), is_nullable, comment from duckdb_columns() where table_name = ?"
        " order by column_index",
        [table.name],
    ).fetchall()
    assert found == [(c.name, c.type, c.is_nullable, c.description_en) for c in table.columns]
    found = database.execute("select comment from duckdb_tables() where table_name = ?", [table.name]).fetchall()
    assert [(" ".join(comment.split()),) for (comment,) in found] == [(table.description_en,)]


@each_table
def test_a_key_is_never_null_and_names_one_row(table: PublicTable, database: duckdb.DuckDBPyConnection) -> None:
    assert {column.name for column in table.columns if not column.is_nullable} >= set(table.key)
    key = ", ".join(table.key)
    assert database.execute(f"select {key} from {table.name} group by all having count(*) > 1").fetchall() == []


@each_table
def test_a_reference_leads_to_the_key_of_a_table_and_every_value_is_found_there(
    table: PublicTable, database: duckdb.DuckDBPyConnection
) -> None:
    for column in table.columns:
        if column.references is not None:
            there, its_key = column.references
            assert TABLES[there].key == (its_key,)
            lost = f"{column.name} is not null and {column.name} not in (select {its_key} from {there})"
            assert database.execute(f"select {column.name} from {table.name} where {lost}").fetchall() == []


@each_table
def test_every_surrogate_key_leads_to_its_dimension_unless_it_is_the_tables_own(table: PublicTable) -> None:
    own = table.key if table.name.startswith(("dim_", "fct_")) and len(table.key) == 1 else ()
    led = {column.name for column in table.columns if column.references is not None}
    assert {column.name for column in table.columns if column.name.endswith("_key")} - led - set(own) == set()


@each_table
def test_descriptions_stand_on_one_line_in_both_languages(table: PublicTable) -> None:
    for described in (table, *table.columns):
        for text in (described.description_en, described.description_da):
            assert text
            assert text == " ".join(text.split())
