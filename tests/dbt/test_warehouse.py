"""The published warehouse as those outside it see it: what contract 1 promises, and the documents' numbers in it.

Belongs here: the release's files, opened read-only by nothing but DuckDB; the promised tables and columns written down
from the contract. What the documents print is in `printed/`, read by eye: a new agreement adds its cases there. Does
not: how the release came about.
"""

from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from tests.conftest import Published
from tests.helpers.warehouse import AMBIGUOUS, FAULTS, PLAN_2007, PLAN_2010, PROMISED

Rows = list[tuple[Any, ...]]
Ask = Callable[..., Rows]

NOT_GIVEN, SEVERAL_UNITS = -1, -2

DIMENSIONS = {name for name in PROMISED if name.startswith("dim_")}
PARTITIONED = {"fct_benchmark", "fct_benchmark_vintage", "fct_benchmark_rank"}


@pytest.fixture(scope="module")
def warehouse(published: Published) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the file that readers open, the way they do."""
    with duckdb.connect(str(published.layout.current / "warehouse.duckdb"), read_only=True) as database:
        yield database


@pytest.fixture(scope="module")
def ask(warehouse: duckdb.DuckDBPyConnection) -> Ask:
    """Ask the warehouse a question."""
    return lambda sql, *values: warehouse.execute(sql, list(values)).fetchall()


def only(rows: Rows) -> Any:
    """Return the one value of the one row."""
    assert len(rows) == 1
    assert len(rows[0]) == 1
    return rows[0][0]


# --- the promise ----------------------------------------------------------------------------------------


def test_the_promised_tables_stand_in_schema_main_and_nothing_else_does(ask: Ask) -> None:
    found = ask("select table_schema, table_name, table_type from information_schema.tables")
    assert set(found) == {("main", name, "BASE TABLE") for name in PROMISED}
    assert ask("select view_name from duckdb_views() where not internal") == []
    assert ask("select sequence_name from duckdb_sequences()") == []
    assert ask("select function_name from duckdb_functions() where not internal") == []


@pytest.mark.parametrize("table", PROMISED)
def test_every_promised_column_is_there(ask: Ask, table: str) -> None:
    there = {row[0] for row in ask("select column_name from duckdb_columns() where table_name = ?", table)}
    assert set(PROMISED[table].split()) <= there


def test_every_table_and_every_column_carries_its_description(ask: Ask) -> None:
    assert ask("select table_name from duckdb_tables() where coalesce(trim(comment), '') = ''") == []
    assert (
        ask(
            """
            select table_name, column_name from duckdb_columns()
            where not internal and coalesce(trim(comment), '') = ''
            """
        )
        == []
    )


def test_no_column_is_a_float_and_every_name_is_ascii_snake_case(ask: Ask) -> None:
    columns = ask("select table_name, column_name, data_type from duckdb_columns() where not internal")
    kinds = {kind.split("(")[0] for _, _, kind in columns}
    assert kinds == {"BIGINT", "INTEGER", "BOOLEAN", "VARCHAR", "DATE", "TIMESTAMP WITH TIME ZONE", "DECIMAL"}
    assert [c for t, c, _ in columns if not c.isascii() or c != c.lower() or not c.isidentifier()] == []
    assert {(t, c, k) for t, c, k in columns if c.endswith("_key") and k != "BIGINT"} == set()
    assert {(t, c, k) for t, c, k in columns if c.endswith("_dkk") and k != "DECIMAL(18,2)"} == set()


@pytest.mark.parametrize("dimension", sorted(DIMENSIONS))
def test_every_dimension_has_one_member_that_stands_for_what_is_not_given(ask: Ask, dimension: str) -> None:
    key = PROMISED[dimension].split()[0]
    assert only(ask(f"select count(*) from {dimension} where {key} = -1")) == 1
    assert only(ask(f"select count(*) - count(distinct {key}) from {dimension}")) == 0


def test_the_members_that_stand_for_no_and_for_several_units_are_named(ask: Ask) -> None:
    found = ask("select jobcenter_key, jobcenter_name from dim_jobcenter where jobcenter_key < 0 order by 1")
    assert found == [(SEVERAL_UNITS, "Flere enheder"), (NOT_GIVEN, "Ikke oplyst")]


@pytest.mark.parametrize("column", ["measure_key", "area_key", "period_key"])
def test_each_key_of_a_value_leads_to_a_member(ask: Ask, column: str) -> None:
    """Of the facts of the series, which are too large to ask it in every build; dbt asks it of all others."""
    dimension = f"dim_{column.removesuffix('_key')}"
    assert only(ask(f"select count(*) from fct_benchmark anti join {dimension} using ({column})")) == 0


@pytest.mark.parametrize("table", ["fct_courses", "audit_lineage", "fct_benchmark", "fct_budget"])
def test_a_range_and_no_other_value_has_an_upper_end(ask: Ask, table: str) -> None:
    assert ask(f"select * from {table} where (value_qualifier = 'range') != (value_to is not null)") == []


def test_no_value_is_missing_without_a_status_that_says_why(ask: Ask) -> None:
    for table, value in (("fct_courses", "planned_courses"), ("fct_benchmark", "value"), ("audit_lineage", "value")):
        assert ask(f"select * from {table} where ({value} is null) != (value_status != 'reported')") == [], table
    assert ask("select * from fct_budget where amount_dkk is null") == []


def test_the_build_is_one_row_of_contract_1_without_anything_synthetic(ask: Ask, published: Published) -> None:
    found = ask("select build_id, contract, has_synthetic from audit_build")
    assert found == [(published.folder.name, 1, False)]


@pytest.mark.parametrize("table", PROMISED)
def test_the_parquet_files_hold_the_rows_of_the_table(ask: Ask, published: Published, table: str) -> None:
    folder = published.layout.current / "parquet"
    source = f"read_parquet('{folder}/{table}.parquet')"
    if table in PARTITIONED:
        source = (
            f"read_parquet('{folder}/{table}/*/*.parquet', hive_partitioning = true,"
            " hive_types = {'table_id': varchar})"
        )
    columns = [row[0] for row in ask("select column_name from duckdb_columns() where table_name = ?", table)]
    assert {row[0] for row in ask(f"describe from {source}")} == set(columns)
    chosen = ", ".join(columns)
    for one, other in ((table, source), (source, table)):
        assert ask(f"select {chosen} from {one} except all select {chosen} from {other}") == []


# --- what the documents print ---------------------------------------------------------------------------

CASES: dict[str, dict[str, Any]] = {
    f"{path.stem}: {name}": case
    for path in sorted(Path(__file__).with_name("printed").glob("*.yml"))
    for name, case in yaml.safe_load(path.read_text(encoding="utf-8")).items()
}


def comparable(cell: Any) -> Any:
    """Return a cell so that equal numbers are equal, whether the warehouse or a yml file has them."""
    if isinstance(cell, list):
        return [comparable(each) for each in cell]
    is_number = isinstance(cell, (int, float, Decimal)) and not isinstance(cell, bool)
    return Decimal(str(cell)).normalize() if is_number else cell


@pytest.mark.parametrize("case", CASES)
def test_the_release_has_what_the_documents_print(ask: Ask, case: str) -> None:
    rows = sorted(repr(comparable(list(row))) for row in ask(CASES[case]["query"]))
    assert rows == sorted(repr(comparable(row)) for row in CASES[case]["rows"])


# --- claims ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("status", "expected"), [("known", FAULTS), ("ambiguous", AMBIGUOUS)])
def test_the_documents_disagree_with_themselves_exactly_where_they_are_known_to(
    ask: Ask, status: str, expected: dict[str, tuple[int, int, int]]
) -> None:
    found = ask(
        "select claim_id, stated_value, computed_value, residual from audit_reconciliation where status = ?", status
    )
    assert {row[0]: row[1:] for row in found} == expected


def test_an_ambiguous_sentence_is_told_in_both_readings(ask: Ask) -> None:
    found = ask("select explanation, explanation_da from audit_reconciliation where status = 'ambiguous'")
    assert len(found) == len(AMBIGUOUS)
    for english, danish in found:
        assert english.startswith("If ")
        assert " Or: " in english
        assert " Eller: " in danish


def test_what_is_explained_is_explained_in_danish_too_and_nothing_else_is(ask: Ask) -> None:
    query = "select * from audit_reconciliation where (explanation_da is null) != (explanation is null)"
    assert ask(query) == []
    assert ask("select * from audit_reconciliation where scope_da = scope or explanation_da = explanation") == []


@pytest.mark.parametrize(
    ("document", "kinds"),
    [
        (PLAN_2007, {"agreement_total", "theme_total", "account_total", "line_total"}),
        (PLAN_2010, {"agreement_total", "product"}),
    ],
)
def test_totals_and_prices_are_claims(ask: Ask, document: str, kinds: set[str]) -> None:
    found = ask("select distinct claim_kind from audit_reconciliation where document_id = ?", document)
    assert kinds <= {row[0] for row in found}


# --- tables for people ------------------------------------------------------------------------------------


def test_what_the_initiatives_have_sums_to_the_money_that_is_set_aside_for_any(ask: Ask) -> None:
    report = ask("select document_id, sum(budget_dkk) from rpt_initiative where budget_dkk != 0 group by 1 order by 1")
    facts = ask(
        """
        select document_id, sum(amount_dkk) from fct_budget where initiative_key != -1 and not is_level
        group by 1 order by 1
        """
    )
    assert report == facts
    assert only(ask("select count(*) from rpt_initiative")) == only(ask("select count(*) - 1 from dim_initiative"))


def test_the_report_of_budgets_sums_to_the_facts_in_each_direction(ask: Ask) -> None:
    facts = ask("select document_id, year_key, sum(amount_dkk) from fct_budget group by all order by all")
    for theme, account in (("=", "="), ("!=", "="), ("=", "!="), ("!=", "!=")):
        report = ask(
            f"""
            select document_id, year_key, sum(lines_dkk + unitemised_dkk) from rpt_agreement_budget
            where theme_name {theme} 'I alt' and account_id {account} 'I alt' group by all order by all
            """
        )
        assert report == facts, (theme, account)


def test_there_is_one_row_for_each_agreement_and_none_for_what_is_not_given(ask: Ask) -> None:
    report = ask(
        """
        select agreement_key, document_id, agreement_name, agreement_status, dated, year_from, year_to
        from rpt_agreement order by 1
        """
    )
    assert report == ask(
        "select * exclude (municipality_key, municipality_name) from dim_agreement where agreement_key != -1 order by 1"
    )
    assert len(report) == 5
