"""The published warehouse as those outside it see it: what contract 1 promises, and the documents' numbers in it.

Belongs here: the release's files, opened read-only by nothing but DuckDB; the promised tables and columns
written down from the contract, the numbers from the documents, by eye. Does not: how the release came about.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from tests.conftest import Published
from tests.helpers.warehouse import AMBIGUOUS, FAULTS, PLAN_2007, PLAN_2009, PLAN_2010, PLAN_2018, POOL_2007, PROMISED

Rows = list[tuple[Any, ...]]
Ask = Callable[..., Rows]

MILLION = 1_000_000
NOT_GIVEN, SEVERAL_UNITS = -1, -2

DIMENSIONS = {name for name in PROMISED if name.startswith("dim_")}
PARTITIONED = {"fct_benchmark", "fct_benchmark_vintage", "fct_benchmark_rank"}


#: "Forløb: … årligt." of the plan for 2009-2012; 1.8 prints none.
COURSES_2009 = {
    "1.1": 350, "1.2": 1400, "1.3": 400, "1.4": 500, "1.5": 230, "1.6": 30, "1.7": 200, "1.9": 300, "1.10": 100,
    "2.1": 200, "2.2": 60, "2.3": 50, "2.4": 40, "3.1": 60, "3.2": 50, "3.3": 30, "3.4": 50,
}  # fmt: skip


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


# --- budgets --------------------------------------------------------------------------------------------


def test_the_agreement_of_2007_is_42_and_a_half_million_in_all(ask: Ask) -> None:
    found = ask(
        "select sum(amount_dkk), min(line_type), max(line_type) from fct_budget where document_id = ?", PLAN_2007
    )
    assert found == [(42_500_000, "itemised", "itemised")]


def test_the_themes_of_2007_have_what_the_document_sets_aside(ask: Ask) -> None:
    found = ask(
        "select theme_name, sum(amount_dkk) from fct_budget where document_id = ? and year_key = 2007 group by 1",
        PLAN_2007,
    )
    assert dict(found) == {
        "Fokus på boligområder med høj ledighed": 7_000_000,
        "Modvirke isolation og fattigdom": 12_000_000,
        "Unge skal have en uddannelse": 5_000_000,
        # So the annex spells it.
        "Beskæftigelses via forbedret dansk": 5_000_000,
        "Kompetencer og IT skal være i orden": 13_500_000,
    }


def test_the_accounts_of_2007_have_the_sums_of_the_last_line_of_the_annex(ask: Ask) -> None:
    found = ask(
        """
        select account_id, sum(amount_dkk) from fct_budget inner join dim_account using (account_key)
        where document_id = ? group by 1
        """,
        PLAN_2007,
    )
    assert dict(found) == {"6.40.51/6.40.53": 25_600_000, "5.68.98": 11_900_000, "5.45.60": 5_000_000}


@pytest.mark.parametrize(
    ("theme", "amounts"),
    [
        ("Fokus på boligområder med høj ledighed", (4.5, 2.5, 0)),
        ("Modvirke isolation og fattigdom", (5, 7, 0)),
        ("Unge skal have en uddannelse", (2.6, 2.4, 0)),
        ("Beskæftigelses via forbedret dansk", (0, 0, 5)),
        ("Kompetencer og IT skal være i orden", (13.5, 0, 0)),
    ],
)
def test_each_theme_of_2007_has_the_sums_that_the_annex_states_for_the_three_accounts(
    ask: Ask, theme: str, amounts: tuple[float, ...]
) -> None:
    found = ask(
        """
        select
            coalesce(sum(amount_dkk) filter (account_id = '6.40.51/6.40.53'), 0),
            coalesce(sum(amount_dkk) filter (account_id = '5.68.98'), 0),
            coalesce(sum(amount_dkk) filter (account_id = '5.45.60'), 0)
        from fct_budget inner join dim_account using (account_key) where theme_name = ?
        """,
        theme,
    )
    assert found == [tuple(Decimal(str(amount)) * MILLION for amount in amounts)]


@pytest.mark.parametrize("line", ["Varslingssystem ift. kontanthjælpsloft", "Deltidsbeskæftigelse til 700 borgere"])
def test_where_a_lines_total_and_its_cells_disagree_the_cells_are_the_rows(ask: Ask, line: str) -> None:
    assert ask("select amount_dkk from fct_budget where line_name = ?", line) == [(1_500_000,)]


def test_the_state_grant_is_the_same_in_each_of_four_years_and_itemised_in_none(ask: Ask) -> None:
    found = ask("select year_key, amount_dkk, line_type from fct_budget where document_id = ? order by 1", POOL_2007)
    assert found == [(year, 26_898_526, "unitemised") for year in (2007, 2008, 2009, 2010)]


def test_the_agreement_of_2009_is_91_million_of_which_nothing_is_itemised(ask: Ask) -> None:
    found = ask("select year_key, amount_dkk, line_type from fct_budget where document_id = ?", PLAN_2009)
    assert found == [(2009, 91_000_000, "unitemised")]


def test_the_agreement_of_2010_is_what_its_initiatives_list_and_the_rest_in_one_row(ask: Ask) -> None:
    found = ask(
        "select line_type, year_key, sum(amount_dkk) from fct_budget where document_id = ? group by all order by 1",
        PLAN_2010,
    )
    assert found == [("itemised", 2010, 50_400_000), ("unitemised", 2010, 16_000_000)]


def test_each_initiative_of_2010_has_the_money_that_its_text_sets_aside(ask: Ask) -> None:
    found = ask(
        """
        select initiative_no, sum(amount_dkk) / 1000000 from fct_budget inner join dim_initiative using (initiative_key)
        where fct_budget.document_id = ? and line_type = 'itemised' group by 1
        """,
        PLAN_2010,
    )
    expected = {"1.3": 5.9, "1.4": 6, "1.5": 5, "2.1": 10, "2.2": 6, "2.3": 6, "2.5": 1, "2.6": 10, "2.7": 0.5}
    assert dict(found) == expected


def test_administration_of_2010_is_told_from_effort_and_from_follow_up(ask: Ask) -> None:
    found = ask(
        """
        select account_id, sum(amount_dkk) / 1000000 from fct_budget inner join dim_account using (account_key)
        where document_id = ? and line_type = 'itemised' and account_key != -1 group by 1
        """,
        PLAN_2010,
    )
    # 5,0 + 5,5 + 5,0 + 10,0 + 5,5 + 5,5 + 9,0; 0,9 + 0,5 + 0,5 + 0,5; 0,5 + 1,0
    assert dict(found) == {"indsats": 45.5, "administration": 2.4, "opfoelgning": 1.5}


def test_a_part_of_a_whole_is_split_off_and_not_added(ask: Ask) -> None:
    found = ask(
        """
        select year_key, sum(amount_dkk) / 1000000, list(amount_dkk / 1000000 order by amount_dkk)
        from fct_budget
        where document_id = ? and source_ref like '%:b.virksomhedsrettet.%'
        group by 1 order by 1
        """,
        PLAN_2018,
    )
    # 60 mio. in 2017; 90 in 2018, "hvoraf 55"; 120 "årligt fra 2019", to the plan's last year.
    assert found == [(2017, 60, [60]), (2018, 90, [35, 55]), (2019, 120, [120]), (2020, 120, [120])]


def test_money_without_a_printed_year_is_of_no_year(ask: Ask) -> None:
    found = ask("select amount_dkk from fct_budget where document_id = ? and year_key = -1 order by 1", PLAN_2018)
    assert found == [(16_700_000,), (18_300_000,)]


# --- courses --------------------------------------------------------------------------------------------


def test_a_yearly_number_of_courses_is_a_row_in_each_of_the_plans_four_years(ask: Ask) -> None:
    found = ask(
        """
        select
            initiative_no, planned_courses, list(year_key order by year_key),
            bool_and(fct_courses.year_to = year_key)
        from fct_courses inner join dim_initiative using (initiative_key)
        where fct_courses.document_id = ? group by all
        """,
        PLAN_2009,
    )
    years = [2009, 2010, 2011, 2012]
    assert {row[0]: row[1:] for row in found} == {no: (n, years, True) for no, n in COURSES_2009.items()}


def test_350_courses_of_four_units_stand_with_several_units(ask: Ask) -> None:
    found = ask(
        """
        select year_key, planned_courses, jobcenter_key, course_unit, value_qualifier
        from fct_courses inner join dim_initiative using (initiative_key)
        where fct_courses.document_id = ? and initiative_no = '1.1' order by 1
        """,
        PLAN_2009,
    )
    assert found == [(year, 350, SEVERAL_UNITS, "forløb", "exact") for year in (2009, 2010, 2011, 2012)]


@pytest.mark.parametrize(
    ("initiative", "unit"),
    [("1.5", "Jobcenter Sygedagpenge"), ("2.2", "Jobcenter Skelbækgade"), ("2.3", "Jobcenter Nyrupsgade")],
)
def test_courses_of_one_named_unit_stand_with_that_unit(ask: Ask, initiative: str, unit: str) -> None:
    found = ask(
        """
        select distinct jobcenter_name from fct_courses
        inner join dim_initiative using (initiative_key) inner join dim_jobcenter using (jobcenter_key)
        where fct_courses.document_id = ? and initiative_no = ?
        """,
        PLAN_2009, initiative,
    )  # fmt: skip
    assert found == [(unit,)]


def test_a_number_for_a_whole_stretch_is_one_row_in_its_first_year(ask: Ask) -> None:
    found = ask(
        """
        select f.document_id, planned_courses, year_key, year_to, course_unit from fct_courses as f
        where year_to != year_key order by planned_courses desc
        """
    )
    assert found == [
        (PLAN_2018, 2500, 2017, 2019, "forløb"),
        (PLAN_2010, 30, 2010, 2011, "forløb"),
        (POOL_2007, 9, 2007, 2010, "forløb"),
    ]


def test_the_courses_of_2007_keep_how_their_numbers_are_printed(ask: Ask) -> None:
    found = ask(
        """
        select planned_courses, course_unit, value_qualifier from fct_courses
        inner join dim_initiative using (initiative_key) where fct_courses.document_id = ? order by initiative_no
        """,
        PLAN_2007,
    )
    assert found == [
        (700, "job", "exact"),
        (100, "forløb", "approx"),
        (50, "forløb", "approx"),
        (50, "forløb", "exact"),
        (100, "forløb", "at_most"),
        (50, "forløb", "at_least"),
        (200, "personer", "exact"),
        (100, "forløb", "exact"),
    ]


def test_the_courses_and_places_of_2010_are_those_of_the_plan(ask: Ask) -> None:
    found = ask(
        """
        select initiative_no, planned_courses, course_unit, value_qualifier from fct_courses
        inner join dim_initiative using (initiative_key) where fct_courses.document_id = ?
        """,
        PLAN_2010,
    )
    assert sorted(found) == sorted(
        [
            ("1.3", 200, "forløb", "exact"),
            ("1.4", 1500, "forløb", "exact"),
            ("1.5", 50, "forløb", "exact"),
            ("2.1", 100, "pladser", "exact"),
            ("2.1", 400, "forløb", "at_least"),
            ("2.2", 275, "forløb", "exact"),
            ("2.3", 100, "praktikpladser", "exact"),
            ("2.3", 50, "praktikpladser", "exact"),
            ("2.5", 30, "forløb", "exact"),
            ("2.6", 50, "forløb", "at_least"),
        ]
    )


# --- targets --------------------------------------------------------------------------------------------


def attained(ask: Ask, target: str, document: str) -> Rows:
    """Return a target's newest row: period, actual, ratio and status."""
    return ask(
        """
        select period_id, actual_value, attainment_ratio, attainment_status
        from fct_target_attainment inner join dim_target using (target_key) inner join dim_period using (period_key)
        where target_id = ? and dim_target.document_id = ? and is_latest
        """,
        target, document,
    )  # fmt: skip


def test_a_range_has_its_lower_end_as_value_and_its_upper_end_beside_it(ask: Ask) -> None:
    found = ask(
        """
        select target_value, dim_target.value_to, dim_target.value_qualifier, due_year, raw_text
        from dim_target inner join audit_lineage using (source_ref)
        where dim_target.document_id = ? and dim_target.value_to is not null
        """,
        PLAN_2009,
    )
    assert found == [(60, 70, "range", 2009, "60-70")]


def test_a_placeholder_for_a_targets_number_is_a_target_that_is_not_set(ask: Ask) -> None:
    found = ask(
        """
        select t.document_id, t.comparator, t.target_value, l.raw_text, l.value_status, f.year_key
        from fct_target_attainment as f inner join dim_target as t using (target_key)
        inner join audit_lineage as l on l.source_ref = t.source_ref
        where f.attainment_status = 'not_set'
        """
    )
    assert found == [(PLAN_2007, "at_most", None, "[XX]", "not_collected", 2007)]


def test_number_30_of_30_misses_the_ten_best_with_a_third(ask: Ask) -> None:
    assert attained(ask, "4.3.goal.top10", PLAN_2018) == [("2017Q02", 30, Decimal("0.3333"), "not_met")]
    earlier = ask(
        """
        select f.year_key, actual_value, attainment_status, is_latest from fct_target_attainment as f
        inner join dim_target as t using (target_key) where target_id = '4.3.goal.top10' and actual_value = 28
        """
    )
    assert earlier == [(2016, 28, "not_met", False)]


@pytest.mark.parametrize(
    ("target", "actual", "ratio", "status"),
    [
        # "52 procent …, hvor målet er 52 procent"; "mål, at 75 pct. …, heraf 50 pct."; "nu 93 pct. … og 61 pct."
        ("4.6.goal.22-uger", 52, "1", "met"),
        ("5.3.2.goal.match", 93, "1.24", "met"),
        ("5.3.2.goal.eksterne", 61, "1.22", "met"),
        # Ranks in the second quarter of 2017, against being the best.
        ("4.4.goal", 1, "1", "met"),
        ("4.5.goal.20-29", 1, "1", "met"),
        ("4.5.goal.18-19", 2, "0.5", "not_met"),
        ("4.6.goal", 2, "0.5", "not_met"),
        ("4.7.goal.under-50", 3, "0.3333", "not_met"),
    ],
)
def test_the_goals_of_2018_stand_as_the_plan_says(ask: Ask, target: str, actual: int, ratio: str, status: str) -> None:
    assert [row[1:] for row in attained(ask, target, PLAN_2018)] == [(actual, Decimal(ratio), status)]


def test_a_status_told_in_words_has_no_ratio(ask: Ask) -> None:
    # "Lidt længere fra målet end sidste år" of being better than Aarhus.
    assert attained(ask, "4.3.goal.aarhus", PLAN_2018) == [("2017Q02", None, None, "not_met")]


def test_no_target_of_the_older_documents_was_ever_observed(ask: Ask) -> None:
    found = ask(
        "select distinct attainment_status, actual_source from fct_target_attainment where document_id != ? order by 1",
        PLAN_2018,
    )
    assert found == [("not_measured", None), ("not_set", None)]


@pytest.mark.parametrize(
    ("target", "value", "unit"),
    [
        ("b.beskaeftigelse.andel", 57, "pct."),
        ("b.kontanthjaelpsgrad", 20, "pct."),
        ("b.varighed.fald", 10, "pct."),
        ("b.integrationslov.andel", 30, "pct."),
    ],
)
def test_the_four_result_targets_of_the_pool_are_due_in_2010(ask: Ask, target: str, value: int, unit: str) -> None:
    found = ask("select target_value, unit, due_year from dim_target where target_id = ?", target)
    assert found == [(value, unit, 2010)]


# --- the documents' own statistics -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("measure", "area", "member", "value"),
    [
        ("ydelsesmodtagere.share", "København", "I alt", "12.1"),
        ("ydelsesmodtagere.count", "København", "I alt", "55000"),
        ("dagpenge.count", "København", "I alt", "13000"),
        ("jobparate.count", "København", "I alt", "3060"),
        ("udsatte.count", "København", "I alt", "16700"),
        ("udsatte.count", "København", "Under 50 år", "9600"),
        ("udsatte.count", "København", "Over 50 år", "7100"),
        ("syge.share", "København", "I alt", "1.5"),
        ("syge.share", "Hele landet", "I alt", "2.2"),
        ("rank.dagpenge", "København", "I alt", "30"),
    ],
)
def test_the_plan_of_2018_gives_its_levels_of_the_second_quarter_of_2017(
    ask: Ask, measure: str, area: str, member: str, value: str
) -> None:
    found = ask(
        """
        select value, is_total from fct_benchmark inner join dim_measure using (measure_key)
        inner join dim_area using (area_key) inner join dim_period using (period_key)
        where dim_measure.table_id = ? and measure_id = ? and area_name = ? and member = ? and period_id = '2017Q02'
        """,
        PLAN_2018, measure, area, member,
    )  # fmt: skip
    assert found == [(Decimal(value), member == "I alt")]


def test_what_was_scanned_upside_down_is_marked_and_not_guessed(ask: Ask) -> None:
    found = ask(
        """
        select distinct value, value_status from fct_benchmark inner join dim_measure using (measure_key)
        where measure_id like 'r.%'
        """
    )
    assert found == [(None, "illegible")]


# --- units ----------------------------------------------------------------------------------------------


def test_where_a_group_lives_does_not_divide_its_courses(ask: Ask) -> None:
    # The plan of 2009 prints 163 + 42 + 42 of one month's group, by job centre, and four units as responsible.
    found = ask(
        """
        select jobcenter_name, weight, allocation_basis from bridge_initiative_unit
        inner join dim_initiative using (initiative_key) inner join dim_jobcenter using (jobcenter_key)
        where dim_initiative.document_id = ? and initiative_no = '1.1'
        """,
        PLAN_2009,
    )
    names = {"Jobcenter Musvågevej", "Jobcenter Nyrupsgade", "Jobcenter Skelbækgade", "Center for Job og Formidling"}
    assert {row[0]: row[1:] for row in found} == dict.fromkeys(names, (Decimal("0.25"), "even"))


def test_no_document_states_how_the_courses_or_money_of_an_initiative_are_split(ask: Ask) -> None:
    bases = ask("select distinct allocation_basis from bridge_initiative_unit order by 1")
    assert bases == [("even",), ("single",)]


@pytest.mark.parametrize(("initiative", "units"), [("1.2", 4), ("1.3", 2), ("1.9", 3), ("2.1", 5), ("3.1", 1)])
def test_where_nothing_is_stated_the_named_units_share_evenly(ask: Ask, initiative: str, units: int) -> None:
    found = ask(
        """
        select weight, allocation_basis from bridge_initiative_unit inner join dim_initiative using (initiative_key)
        where document_id = ? and initiative_no = ?
        """,
        PLAN_2009, initiative,
    )  # fmt: skip
    assert len(found) == units
    assert {basis for _, basis in found} == {"single" if units == 1 else "even"}
    assert all(abs(weight - Decimal(1) / units) < Decimal("1e-9") for weight, _ in found)


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


def test_350_courses_fall_evenly_to_the_four_units_that_are_responsible(ask: Ask) -> None:
    found = ask(
        """
        select planned_courses, allocation_basis, unit_role, unit_role_name from rpt_jobcenter_year
        where document_id = ? and initiative_no = '1.1' and year_key = 2009
        """,
        PLAN_2009,
    )
    assert found == [(Decimal("87.5"), "even", "responsible", "Ansvarlig")] * 4


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


def test_levels_that_replace_each_other_are_no_budget_of_an_initiative(ask: Ask) -> None:
    found = ask(
        "select budget_dkk, budget_qualifier, budget_to_dkk from rpt_initiative"
        " where document_id = ? and initiative_no = '4.2.1'",
        "beskaeftigelsesplan_2018",
    )
    assert found == [(None, None, None)]


def test_a_course_of_2010_costs_what_the_plan_says(ask: Ask) -> None:
    found = ask(
        """
        select initiative_no, cost_per_course_dkk from rpt_initiative
        where document_id = ? and initiative_no in ('1.5', '2.1')
        """,
        PLAN_2010,
    )
    # 5,0 mio. for 50 courses, stated as 100.000 kr. each; 10,0 mio. for 100 places kept up and at least 400 courses.
    assert dict(found) == {"1.5": 100_000, "2.1": None}


def test_lines_and_what_is_itemised_nowhere_sum_to_the_facts_beside_the_stated_total(ask: Ask) -> None:
    report = ask(
        """
        select document_id, year_key, lines_dkk, unitemised_dkk, stated_dkk, difference_dkk from rpt_agreement_budget
        where theme_name = 'I alt' and account_id = 'I alt' and document_id != ? order by all
        """,
        PLAN_2018,
    )
    grant = Decimal(26_898_526)
    assert report == [
        (PLAN_2009, 2009, 0, 91_000_000, 91_000_000, 91_000_000),
        *((POOL_2007, year, 0, grant, grant, grant) for year in (2007, 2008, 2009, 2010)),
        (PLAN_2007, 2007, 42_500_000, 0, 42_500_000, 0),
        (PLAN_2010, 2010, 50_400_000, 16_000_000, 66_400_000, 16_000_000),
    ]


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
    assert report == ask("select * from dim_agreement where agreement_key != -1 order by agreement_key")
    assert len(report) == 5


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        pytest.param(
            "initiatives, itemised_dkk, unitemised_dkk, total_dkk, planned_courses",
            {
                # 60 + 90 + 120 + 120, 13,4 + 14,7, and 16,7 + 18,3 of no year; 2500 courses over a stretch, once.
                PLAN_2018: (18, 453_100_000, 0, 453_100_000, 2500),
                # "årligt", in each of four years.
                PLAN_2009: (18, 0, 91_000_000, 91_000_000, 4 * sum(COURSES_2009.values())),
                POOL_2007: (12, 0, 4 * 26_898_526, 4 * 26_898_526, 9),
                # Without 700 jobs and 200 persons.
                PLAN_2007: (20, 42_500_000, 0, 42_500_000, 100 + 50 + 50 + 100 + 50 + 100),
                # Without 250 places.
                PLAN_2010: (12, 50_400_000, 16_000_000, 66_400_000, 200 + 1500 + 50 + 400 + 275 + 30 + 50),
            },
            id="all its money, courses and initiatives",
        ),
        pytest.param(
            "costed_initiatives, costed_courses, costed_dkk, cost_per_course_dkk, courses_per_million_kroner",
            {
                **dict.fromkeys((PLAN_2018, PLAN_2009, POOL_2007), (0, None, None, None, None)),
                # 2.4, 2.5, 3.3, 3.4 and 3.5: 2,0 + 2,0 + 1,4 + 1,5 + 0,6 mio. for 100 + 50 + 50 + 100 + 50.
                PLAN_2007: (5, 350, 7_500_000, Decimal("21428.57"), Decimal("46.6667")),
                # 1.3, 1.4, 1.5, 2.2 and 2.6; 2.5 is for two years, and 2.1 buys places too.
                PLAN_2010: (5, 2075, 32_900_000, Decimal("15855.42"), Decimal("63.0699")),
            },
            id="a price over the initiatives with money and courses for one year",
        ),
        pytest.param(
            "money_years, course_years, shared_years, shared_years_dkk, shared_years_courses,"
            " shared_years_courses_qualifier",
            {
                PLAN_2018: ("2017-2020", "2017-2019", None, None, None, None),
                PLAN_2009: ("2009", "2009-2012", "2009", 91_000_000, sum(COURSES_2009.values()), "exact"),
                POOL_2007: ("2007-2010", "2007-2010", "2007-2010", 4 * 26_898_526, 9, "exact"),
                PLAN_2007: ("2007", "2007", "2007", 42_500_000, 450, "approx"),
                # Less the 30 of 2010-2011, which no year's money stands beside.
                PLAN_2010: ("2010", "2010-2011", "2010", 66_400_000, 2475, "at_least"),
            },
            id="money and courses for the same years",
        ),
        pytest.param(
            "stated_total_dkk, sum_of_lines_dkk",
            {
                # 60, 90 and 120 mio. kr. are levels of one reallocation, and nobody adds them to the grants.
                PLAN_2018: (None, None),
                PLAN_2009: (91_000_000, 0),
                POOL_2007: (4 * 26_898_526, 0),
                PLAN_2007: (42_500_000, 42_500_000),
                PLAN_2010: (66_400_000, 50_400_000),
            },
            id="a total only where the document states one",
        ),
        pytest.param(
            "targets, targets_met, targets_not_met, targets_not_measured, targets_not_set,"
            " claims, claims_ok, claims_known, claims_ambiguous",
            {
                PLAN_2018: (32, 5, 6, 21, 0, 37, 33, 0, 4),
                PLAN_2009: (45, 0, 0, 45, 0, 23, 22, 1, 0),
                POOL_2007: (10, 0, 0, 10, 0, 18, 17, 0, 1),
                PLAN_2007: (36, 0, 0, 35, 1, 92, 85, 4, 3),
                PLAN_2010: (22, 0, 0, 22, 0, 18, 12, 2, 4),
            },
            id="targets and claims by how they stand",
        ),
    ],
)
def test_an_agreement_is_shown_with(ask: Ask, columns: str, expected: dict[str, tuple[Any, ...]]) -> None:
    found = ask(f"select document_id, {columns} from rpt_agreement")
    assert {row[0]: row[1:] for row in found} == expected


def test_levels_that_replace_each_other_are_booked_on_no_unit(ask: Ask) -> None:
    levels = ask(
        "select year_key, sum(amount_dkk), list(distinct jobcenter_key) from fct_budget where is_level group by 1"
    )
    assert sorted(levels) == [
        (year, amount * 1_000_000, [-1]) for year, amount in ((2017, 60), (2018, 90), (2019, 120), (2020, 120))
    ]


def test_what_is_shown_of_a_price_limits_and_disputes_it(ask: Ask) -> None:
    found = ask(
        """
        select initiative_no, planned_courses_qualifier, cost_per_course_qualifier, cost_finding_claim_ids
        from rpt_initiative where document_id in (?, ?) and cost_per_course_dkk is not null order by all
        """,
        PLAN_2007, PLAN_2010,
    )  # fmt: skip
    assert found == [
        ("1.3", "exact", "exact", None),
        ("1.4", "exact", "exact", f"{PLAN_2010}:c.1.4.price"),
        ("1.5", "exact", "exact", None),
        ("2.2", "exact", "exact", None),
        ("2.3", "exact", "exact", f"{PLAN_2007}:t.deltidsbeskaeftigelse.ialt:lines"),
        ("2.3", "exact", "exact", f"{PLAN_2010}:c.2.3.internal, {PLAN_2010}:c.2.3.places"),
        ("2.4", "approx", "approx", None),
        ("2.5", "approx", "approx", None),
        ("2.6", "at_least", "at_most", None),
        ("3.3", "exact", "exact", None),
        ("3.4", "at_most", "at_least", f"{PLAN_2007}:mentor-title"),
        ("3.5", "at_least", "at_most", None),
        ("4.1", "exact", "exact", None),
    ]


def test_the_goal_that_two_others_replaced_in_2017_is_shown_and_not_counted(ask: Ask) -> None:
    found = ask(
        """
        select
            old.target_id, new.target_id, old.is_current, new.is_current, old.valid_to = new.valid_from, new.valid_from
        from dim_target as new inner join dim_target as old on new.supersedes_target_key = old.target_key
        where new.supersedes_target_key != -1 order by 2
        """
    )
    day = dt.date(2017, 1, 1)
    assert found == [
        ("6.goal.udsatte", "4.7.goal.over-50", False, True, True, day),
        ("6.goal.udsatte", "4.7.goal.under-50", False, True, True, day),
    ]
    assert ask("select count(*) from rpt_target where not is_current") == [(1,)]


def test_all_money_of_2007_joins_to_the_focus_areas_of_the_chapters(ask: Ask) -> None:
    found = ask(
        """
        select t.theme_no, t.theme_name, t.budget_theme_name, sum(b.amount_dkk)
        from fct_budget as b inner join dim_theme as t using (theme_key)
        where b.document_id = ? group by all order by 1
        """,
        PLAN_2007,
    )
    joined = "Kompetencer og IT skal være i orden"
    assert [(no, name != budget and budget, amount) for no, name, budget, amount in found] == [
        ("1", False, 7_000_000), ("2", False, 12_000_000), ("3", False, 5_000_000),
        ("4", "Beskæftigelses via forbedret dansk", 5_000_000), ("5", joined, 5_000_000), ("6", joined, 8_500_000),
    ]  # fmt: skip
    assert ask("select count(*) from dim_initiative where document_id = ? and theme_key = -1", PLAN_2007) == [(0,)]


def test_a_size_stands_with_the_group_that_it_is_printed_for(ask: Ask) -> None:
    groups = ask("select stated_size from dim_target_group where target_group_name = 'Udsatte ledige'")
    assert groups == [(16_700,)]
    assert ask("select * from rpt_initiative where target_group_size = 16700") == []


def test_units_are_shown_in_the_roles_that_are_printed(ask: Ask) -> None:
    found = ask(
        """
        select document_id, count(responsible_units), count(involved_units), count(possible_units)
        from rpt_initiative group by 1 order by 1
        """
    )
    assert found == [(PLAN_2018, 0, 2, 0), (PLAN_2009, 18, 0, 0), (POOL_2007, 11, 0, 3), (PLAN_2007, 6, 0, 0),
                     (PLAN_2010, 0, 12, 0)]  # fmt: skip
    words = ask("select distinct role_name from bridge_initiative_unit where role_name is not null order by 1")
    assert words == [("Ansvarlig",), ("Involverede",), ("Tovholder",)]


def test_without_series_nobody_has_a_newest_place(ask: Ask) -> None:
    assert ask("from rpt_benchmark") == []
