"""That a row of the series' input tables which matches nothing in what has landed is reported, and no other.

Belongs here: `jobmaal.jobindsats.unmatched`, on a small warehouse that is written for the test.
"""

import json
from pathlib import Path

import duckdb
import pytest

from jobmaal.core.keys import surrogate_key
from jobmaal.core.layout import Layout
from jobmaal.inputs import tables
from jobmaal.jobindsats.unmatched import find
from tests.helpers.input import append, copy_project_seeds, edit

#: The measures of y25i01 that have landed, with the label of a column that no row names.
LANDED = ("ledige_personer", "ledige_antal", "ledige_pct", "ledige_pct_befolkningen")
NO_MEMBER = "is no member in what has landed of y25i01; there are: 'Ydelsesgrupper i alt'"
GROUPS = ("alle", "seksby", "dst_hovedstad", "dst_storby", "dst_provinsby", "dst_opland", "dst_land")


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    """Return the project's own input tables, to be changed."""
    return copy_project_seeds(tmp_path)


def warehouse(measures: tuple[str, ...] = LANDED, groups: tuple[str, ...] = GROUPS) -> duckdb.DuckDBPyConnection:
    """Write the tables of a release in which July 2026 of y25i01 has landed."""
    database = duckdb.connect()
    database.execute(
        "create table dim_measure (measure_key bigint, table_id varchar, measure_id varchar, measure_name varchar)"
    )
    database.execute(
        "create table fct_benchmark (table_id varchar, measure_key bigint, member varchar, is_total boolean,"
        " area_key int, period_key int)"
    )
    database.execute("create table fct_benchmark_rank (measure_key bigint, comparison_group_key int)")
    database.execute("create table dim_comparison_group (comparison_group_key int, comparison_group_id varchar)")
    database.execute("create table dim_area as select 1 as area_key, 'København' as area_name")
    database.execute(
        "create table dim_period as select 1 as period_key, date '2026-07-01' as period_start,"
        " date '2026-07-31' as period_end"
    )
    for number, group in enumerate(groups):
        database.execute("insert into dim_comparison_group values (?, ?)", [number, group])
    for measure in measures:
        key = surrogate_key("y25i01", measure)
        database.execute("insert into dim_measure values (?, 'y25i01', ?, ?)", [key, measure, f"Label of {measure}"])
        database.execute("insert into fct_benchmark values ('y25i01', ?, 'Ydelsesgrupper i alt', true, 1, 1)", [key])
        if measure == "ledige_pct":
            database.execute(
                "insert into fct_benchmark_rank select ?, comparison_group_key from dim_comparison_group", [key]
            )
    return database


def told(
    layout: Layout, database: duckdb.DuckDBPyConnection, landed: tuple[str, ...] = ("y25i01",)
) -> list[tuple[str, str, str]]:
    found, faults = tables.inspect(layout)
    assert faults == []
    return [(Path(f.file).stem, f.column, f.rule) for f in find(database, layout, found, landed)]


def test_nothing_is_reported_where_every_row_matches_or_its_table_has_not_landed(layout: Layout) -> None:
    assert told(layout, warehouse()) == []
    assert told(layout, warehouse(()), landed=()) == []


def test_a_label_that_the_publisher_writes_differently_is_reported_with_the_columns_that_there_are(
    layout: Layout,
) -> None:
    database = warehouse(("ledige_personer", "ledige_antal", "ledige_pct_befolkningen", "Ledige i procent"))
    measure, rank = told(layout, database)
    rule = "matches no column of what has landed of y25i01; columns that no row names: 'Label of Ledige i procent'"
    assert measure == ("series_measures", "label", rule)
    # Seven rankings of one measure are one line.
    rule = "ranks nothing: no such measure is in what has landed of y25i01 (so do 6 more rows for this measure)"
    assert rank == ("series_rankings", "measure_id", rule)


def test_a_group_that_is_whole_and_ranks_nobody_is_reported(layout: Layout) -> None:
    assert told(layout, warehouse(groups=GROUPS[:-1])) == [
        ("series_rankings", "comparison_group_id", "ranks nobody: what has landed of y25i01 has no such areas")
    ]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, []),
        ({"member": "A-kasse"}, [("member", NO_MEMBER)]),
        ({"area_name": "Læsø"}, [("area_name", "is in nothing that has landed of y25i01")]),
        ({"table_id": "y30r21", "measure_id": "forskel_andel"}, []),
    ],
)  # fmt: skip
def test_a_target_whose_series_is_not_there_is_reported(
    layout: Layout, change: dict[str, str], expected: list[tuple[str, str]]
) -> None:
    append(layout.seeds / "shared" / "target_series.csv", {
        "document_id": "beskaeftigelsesplan_2018", "target_id": "4.3.goal.aarhus", "table_id": "y25i01",
        "measure_id": "ledige_pct", "member": "I alt", "area_name": "København", **change,
    })  # fmt: skip
    assert told(layout, warehouse()) == [("target_series", *one) for one in expected]


@pytest.mark.parametrize(("day", "is_reported"), [("2026-07-01", False), ("2027-01-01", True), ("2020-01-01", True)])
def test_a_break_outside_what_has_landed_is_reported(layout: Layout, day: str, is_reported: bool) -> None:
    row = {"break_id": "b", "table_id": "y25i01", "broken_on": day, "break_name": "Brud"}
    append(layout.seeds / "shared" / "series_breaks.csv", row)
    assert bool(told(layout, warehouse())) is is_reported


def test_a_review_that_accepts_nothing_is_reported(layout: Layout) -> None:
    row = {
        "table_id": "y25i01", "response": "20260822T075030000000Z-0123abcd", "rule": "scale", "reason": "r",
        "reviewed_by": "r", "reviewed_on": "2026-11-30",
    }  # fmt: skip
    append(layout.seeds / "shared" / "series_reviews.csv", row)
    rule = "accepts nothing: a response of y25i01 with this name has neither landed nor been quarantined"
    assert told(layout, warehouse()) == [("series_reviews", "response", rule)]
    aside = layout.landing / "_quarantine" / "y25i01" / "20260823T075030000000Z-0123abcd.data.request.json"
    aside.parent.mkdir(parents=True)
    aside.write_text(json.dumps({"rules": ["scale"]}), encoding="utf-8")
    assert told(layout, warehouse()) == []
    edit(layout.seeds / "shared" / "series_reviews.csv", ("table_id", "y25i01"), "rule", "nulls")
    assert "breaks scale alone" in told(layout, warehouse())[0][2]
