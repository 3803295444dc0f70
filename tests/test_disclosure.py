"""Small counts are hidden so that no sum, no rate and no other release gives them away.

Belongs here: attacks on what `jobmaal.disclosure` leaves to be seen, on a page's own data and on the files'. Does not:
how these look (`test_report`, `test_files`).
"""

from __future__ import annotations

import csv
import datetime as dt
import itertools
import json
import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobmaal.disclosure.limit import LIMIT_VARIABLE, limit
from jobmaal.disclosure.rule import Sum, Vintage, hidden
from jobmaal.disclosure.tables import show
from jobmaal.errors import JobmaalError
from jobmaal.report import benchmark
from jobmaal.rows import query

BELOW = 5
#: A country of two regions with three and two municipalities, and the sums in it.
COUNTRY, NORTH, SOUTH = 0, 1, 2
REGIONS = {NORTH: (3, 4, 5), SOUTH: (6, 7)}
MUNICIPALITIES = tuple(itertools.chain.from_iterable(REGIONS.values()))
SUMS = [Sum(region, set(parts)) for region, parts in REGIONS.items()]
SUMS += [Sum(COUNTRY, set(MUNICIPALITIES)), Sum(COUNTRY, set(REGIONS))]
DAY = dt.timedelta(days=1)
BEGIN = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)

State = Mapping[int, int]


def with_totals(values: Mapping[int, int]) -> dict[int, int]:
    """Add the regions' and the country's sums to the municipalities' values."""
    of_region = {region: sum(values[part] for part in parts) for region, parts in REGIONS.items()}
    return {**values, **of_region, COUNTRY: sum(values.values())}


def vintages_of(states: Sequence[State]) -> list[Vintage]:
    """Write down each value from the release on that first has it; what stays as it was is no new one."""
    found, last = [], {}
    for number, state in enumerate(states):
        for area, value in sorted(state.items()):
            if last.get(area) != value:
                found.append(Vintage(area, number, value))
                last[area] = value
    return found


def given_away(vintages: Sequence[Vintage], sums: Sequence[Sum], closed: set[int], releases: int) -> list[Vintage]:
    """Attack: put all sums of all releases together, and name each hidden value that follows from what is shown."""
    unknown = {at: place for place, at in enumerate(sorted(closed))}
    rows = []
    for number in range(releases):
        current = {v.area: at for at, v in enumerate(vintages) if v.since <= number}
        for one in sums:
            row = np.zeros(len(unknown))
            for area, sign in ((one.whole, -1), *((part, 1) for part in one.parts)):
                if current[area] in unknown:
                    row[unknown[current[area]]] += sign
            rows.append(row)
    system = np.array(rows)
    rank = np.linalg.matrix_rank(system)
    return [
        vintages[at]
        for at, place in unknown.items()
        if np.linalg.matrix_rank(np.vstack([system, np.eye(len(unknown))[place]])) == rank
    ]


counts = st.one_of(st.integers(0, 8), st.integers(0, 500))
first_states = st.fixed_dictionaries(dict.fromkeys(MUNICIPALITIES, counts))
revisions = st.lists(st.dictionaries(st.sampled_from(MUNICIPALITIES), counts, max_size=3), max_size=3)


# How long one example takes is no matter of it: the machine may be busy.
@settings(deadline=None)
@given(first_states, revisions)
def test_no_sum_of_any_release_gives_a_small_count_away(first: dict[int, int], later: list[dict[int, int]]) -> None:
    values = [first]
    for revision in later:
        values.append({**values[-1], **revision})
    states = [with_totals(state) for state in values]
    vintages = vintages_of(states)
    closed = hidden(vintages, SUMS, BELOW)
    small = {at for at, vintage in enumerate(vintages) if vintage.value is not None and vintage.value < BELOW}
    assert small <= closed
    away = given_away(vintages, SUMS, closed, len(states))
    assert [vintage for vintage in away if vintage.value is not None and vintage.value < BELOW] == []


@given(first_states, revisions)
def test_what_one_release_shows_or_hides_the_next_ones_show_or_hide_too(
    first: dict[int, int], later: list[dict[int, int]]
) -> None:
    values = [first]
    for revision in later:
        values.append({**values[-1], **revision})
    before = vintages_of([with_totals(state) for state in values[:-1] or values])
    after = vintages_of([with_totals(state) for state in values])
    closed = hidden(after, SUMS, BELOW)
    assert {before[at] for at in hidden(before, SUMS, BELOW)} == {after[at] for at in closed if after[at] in before}


def test_the_attack_finds_what_a_careless_page_gives_away() -> None:
    vintages = vintages_of([with_totals({3: 2, 4: 40, 5: 50, 6: 60, 7: 70})])
    [small] = [at for at, vintage in enumerate(vintages) if vintage.value == 2]
    assert given_away(vintages, SUMS, {small}, 1) == [vintages[small]]


def test_the_smallest_other_part_goes_with_it_and_the_totals_stay() -> None:
    vintages = vintages_of([with_totals({3: 2, 4: 40, 5: 50, 6: 60, 7: 70})])
    shown = {vintages[at].area for at in hidden(vintages, SUMS, BELOW)}
    assert shown == {3, 4}


def test_two_small_counts_that_add_up_to_less_than_the_limit_take_a_third_with_them() -> None:
    vintages = vintages_of([with_totals({3: 1, 4: 1, 5: 50, 6: 60, 7: 70})])
    assert {vintages[at].area for at in hidden(vintages, SUMS, BELOW)} == {3, 4, 5}


def test_what_the_publisher_hides_is_not_given_away_by_what_it_shows() -> None:
    shown = vintages_of([with_totals({3: 9, 4: 40, 5: 50, 6: 60, 7: 70})])
    vintages = [Vintage(v.area, v.since, None if v.area == 3 else v.value) for v in shown]
    assert {vintages[at].area for at in hidden(vintages, SUMS, BELOW)} == {3, 4}


def test_with_no_limit_only_what_the_publisher_hides_is_hidden() -> None:
    vintages = vintages_of([with_totals({3: 0, 4: 1, 5: 50, 6: 60, 7: 70})])
    assert hidden(vintages, SUMS, 0) == set()


@pytest.mark.parametrize(("text", "expected"), [("", 5), ("0", 0), ("10", 10)])
def test_the_limit_can_be_set(monkeypatch: pytest.MonkeyPatch, text: str, expected: int) -> None:
    monkeypatch.setenv(LIMIT_VARIABLE, text)
    assert limit() == expected


@pytest.mark.parametrize("text", ["five", "-1", "5,5", "⁵"])
def test_a_limit_that_is_no_number_is_told(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv(LIMIT_VARIABLE, text)
    with pytest.raises(JobmaalError, match=f"{LIMIT_VARIABLE} is to be a whole number such as 5"):
        limit()


# --- a page's own data ------------------------------------------------------------------------------------

_MEASURES = {
    "antal": ("Antal personer", "personer"),
    "pct": ("Personer i pct.", "pct."),
    "forskel": ("Forskel", "personer"),
}
#: As the page has them: the country, then the municipalities by name.
_NAMES = ["Hele landet", "Aarhus", "Fanø", "København", "Læsø"]


def warehouse(folder: Path, states: Sequence[Mapping[str, Sequence[float | None]]]) -> duckdb.DuckDBPyConnection:
    """Make the tables that the page reads, of one table of Jobindsats in as many releases as there are states."""
    database = duckdb.connect(str(folder / "w.duckdb"))
    database.execute(
        """
        create table dim_measure (measure_key bigint, table_id varchar, measure_name varchar, unit varchar,
            higher_is_better boolean);
        create table dim_area (area_key bigint, area_name varchar, area_type varchar, region_name varchar);
        create table dim_period (period_key bigint, period_id varchar, period_end date);
        create table audit_reply (source_ref varchar, table_id varchar, retrieved_at timestamptz);
        create table fct_benchmark_vintage (measure_key bigint, area_key bigint, period_key bigint, is_total boolean,
            "value" decimal(18, 4), value_status varchar, source_ref varchar, valid_from timestamptz);
        create table dim_comparison_group (comparison_group_key bigint, comparison_group_name varchar);
        create table bridge_comparison_group (comparison_group_key bigint, area_key bigint, valid_to timestamptz);
        create table fct_benchmark_rank (measure_key bigint, comparison_group_key bigint, area_key bigint,
            period_key bigint, is_total boolean, "rank" integer, areas_ranked integer);
        create table dim_series_break (table_id varchar, broken_on date, break_name varchar);
        insert into dim_period values (1, '2026M01', '2026-01-31');
        insert into dim_comparison_group values (1, 'Alle kommuner');
        """
    )
    for key, (name, unit) in enumerate(_MEASURES.values()):
        database.execute("insert into dim_measure values (?, 'y01', ?, ?, false)", [key, name, unit])
    for key, name in enumerate(_NAMES):
        kind = "country" if key == 0 else "municipality"
        database.execute("insert into dim_area values (?, ?, ?, 'Region')", [key, name, kind])
        if key:
            database.execute("insert into bridge_comparison_group values (1, ?, null)", [key])
            database.execute("insert into fct_benchmark_rank values (1, 1, ?, 1, true, ?, 4)", [key, key])
    last: dict[tuple[int, int], float | None] = {}
    for number, state in enumerate(states):
        at, reply = BEGIN + number * DAY, f"jobindsats:y01/{number}"
        database.execute("insert into audit_reply values (?, 'y01', ?)", [reply, at])
        for measure, name in enumerate(_MEASURES):
            for area, value in enumerate(state[name]):
                if (measure, area) in last and last[measure, area] == value:
                    continue
                last[measure, area] = value
                status = "suppressed" if value is None else "reported"
                row = [measure, area, 1, True, value, status, reply, at]
                database.execute("insert into fct_benchmark_vintage values (?, ?, ?, ?, ?, ?, ?, ?)", row)
    database.execute("create view fct_benchmark as select *, 'y01' as table_id from fct_benchmark_vintage")
    return database


def page(database: duckdb.DuckDBPyConnection) -> dict[str, dict[str, Any]]:
    """Read what the page gets, as an attacker does: the text of it."""
    content = json.loads(json.dumps(benchmark.read(database, show(database)).content))
    return {one["name"]: one for one in content["series"]}


FIRST = {"antal": [1000, 390, 7, 600, 3], "pct": [2.0, 2.2, 0.5, 2.1, 0.3], "forskel": [0, -2, 1, 2, -1]}


def test_the_page_holds_neither_a_small_count_nor_its_rate_nor_the_second_that_would_tell(tmp_path: Path) -> None:
    with warehouse(tmp_path, [FIRST]) as database:
        shown = page(database)
    for name in ("Antal personer", "Personer i pct.", "Forskel"):
        values = [row[0] for row in shown[name]["values"]]
        assert [value == "s" for value in values] == [False, False, True, False, True], name
    # Nobody has a place where one value is hidden: who has none would be told by the others.
    assert shown["Personer i pct."]["ranks"] == []


def test_a_difference_below_zero_is_no_small_count(tmp_path: Path) -> None:
    plain = {**FIRST, "antal": [1000, 390, 110, 400, 100]}
    with warehouse(tmp_path, [plain]) as database:
        shown = page(database)
    assert [row[0] for row in shown["Forskel"]["values"]] == FIRST["forskel"]


def test_what_was_published_first_gives_nothing_away_either(tmp_path: Path) -> None:
    # The small count grew, and nothing else changed but the total.
    second = {**FIRST, "antal": [1006, 390, 7, 600, 9]}
    with warehouse(tmp_path, [FIRST, second]) as database:
        after = page(database)["Antal personer"]
    visible = [row[0] for row in after["values"]]
    assert visible[2] == "s"
    assert "s" in (visible[0], visible[4])
    assert [was for area, _, was, _ in after["first"] if area == 4] == ["s"]


def test_the_numbers_of_the_page_are_those_of_the_warehouse_wherever_they_are_shown(tmp_path: Path) -> None:
    with warehouse(tmp_path, [FIRST]) as database:
        shown = page(database)
    for name, column in (("Antal personer", "antal"), ("Personer i pct.", "pct")):
        for row, value in zip(shown[name]["values"], FIRST[column], strict=True):
            assert row[0] in (value, "s")


def test_only_the_newest_periods_are_taken_where_not_all_fit(tmp_path: Path) -> None:
    with warehouse(tmp_path, [FIRST]) as database:
        found = benchmark.read(database, show(database, most=10))
    assert found.is_empty
    assert (found.shown, found.all_values) == (0, 15)


def test_no_text_of_the_page_has_a_small_count(with_series: Any) -> None:
    # The release's own page, as it lies on the disk, beside the release's own vintages.
    text = (with_series.folder / "report" / "benchmark.html").read_text(encoding="utf-8")
    found = re.search(r'<script type="application/json" id="benchmark-data">(.*?)</script>', text, re.DOTALL)
    assert found is not None
    content = json.loads(found[1])
    counted = [one for one in content["series"] if (one["unit"] or "").endswith("personer")]
    assert counted
    for one in counted:
        numbers = [value for row in one["values"] if row for value in row if isinstance(value, int | float)]
        numbers += [was for _, _, was, _ in one["first"] if isinstance(was, int | float)]
        assert min(numbers) < 0 or min(numbers) >= BELOW, one["name"]


# --- the files ----------------------------------------------------------------------------------------------


def _csv(folder: Path, table: str) -> list[dict[str, str]]:
    with (folder / "csv" / f"{table}.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


def test_the_files_hide_what_the_page_hides(with_series: Any) -> None:
    # Cell by cell: what the page of benchmarks shows of a measure, an area and a period, and what the CSV does.
    text = (with_series.folder / "report" / "benchmark.html").read_text(encoding="utf-8")
    found = re.search(r'<script type="application/json" id="benchmark-data">(.*?)</script>', text, re.DOTALL)
    assert found is not None
    content = json.loads(found[1])
    areas = {row["area_key"]: row["area_name"] for row in _csv(with_series.folder, "dim_area")}
    periods = {row["period_key"]: row["period_id"] for row in _csv(with_series.folder, "dim_period")}
    on_page = {
        (one["key"], content["areas"][area][0], one["periods"][period][0]): value == "s"
        for one in content["series"]
        for area, row in enumerate(one["values"])
        if row
        for period, value in enumerate(row)
        if value is not None
    }
    documents = {row["document_id"] for row in _csv(with_series.folder, "dim_agreement")}
    in_file = {
        (row["measure_key"], areas[row["area_key"]], periods[row["period_key"]]): row["value"] == ""
        for row in _csv(with_series.folder, "fct_benchmark")
        if row["table_id"] not in documents
    }
    assert in_file == on_page
    assert True in in_file.values()
    assert False in in_file.values()


def test_no_file_has_a_small_count_and_what_is_hidden_says_so(with_series: Any) -> None:
    units = {row["measure_key"]: row["unit"] for row in _csv(with_series.folder, "dim_measure")}
    for table in ("fct_benchmark", "fct_benchmark_vintage"):
        rows = _csv(with_series.folder, table)
        numbers: dict[str, list[float]] = {}
        for row in rows:
            if row["value"] and units[row["measure_key"]].endswith("personer"):
                numbers.setdefault(row["measure_key"], []).append(float(row["value"].replace(",", ".")))
        # One that falls below zero is a difference between counts.
        assert numbers
        assert [found for found in numbers.values() if 0 <= min(found) < BELOW] == []
        assert {row["value_status"] for row in rows if not row["value"]} <= {"hidden", "suppressed", "illegible"}
        assert "hidden" in {row["value_status"] for row in rows}, table


@pytest.fixture
def shown_files(tmp_path: Path) -> Callable[..., Mapping[str, list[dict[str, Any]]]]:
    """Take a made-up build's tables as the files show them."""

    def read(states: Sequence[Mapping[str, Sequence[float | None]]]) -> Mapping[str, list[dict[str, Any]]]:
        with warehouse(tmp_path, states) as database:
            database.execute(
                """
                create table dim_target (target_key bigint, unit varchar);
                insert into dim_target values (1, 'personer'), (2, 'pct.'), (3, 'personer');
                create table fct_target_attainment (target_key bigint, actual_source varchar,
                    actual_value decimal(18, 4), attainment_ratio decimal(18, 4));
                insert into fct_target_attainment values
                    (1, 'series', 3, 0.5), (2, 'series', 3, 0.5), (3, 'document', 3, 0.5), (1, 'series', 50, 0.5);
                create table audit_reconciliation (claim_kind varchar, unit varchar, computed_value decimal(18, 4),
                    residual decimal(18, 4));
                insert into audit_reconciliation values
                    ('target_standing', 'personer', 3, 1), ('target_standing', 'pct.', 3, 1),
                    ('product', 'personer', 3, 1);
                create table rpt_benchmark as
                select measure_key, comparison_group_key, area_key, '2026M01' as period_id, 1.0 as country_value,
                    0.5 as gap_to_country
                from fct_benchmark_rank;
                create table rpt_target as select *, 'personer' as unit from fct_target_attainment;
                """
            )
            shown = show(database)
            tables = (
                "fct_benchmark", "fct_benchmark_vintage", "fct_benchmark_rank", "rpt_benchmark", "rpt_target",
                "fct_target_attainment", "audit_reconciliation",
            )  # fmt: skip
            return {name: query(database, f"from {shown.relation(name)}") for name in tables}

    return read


def test_totals_minus_parts_give_nothing_away_from_the_files(shown_files: Any) -> None:
    found = shown_files([FIRST, {**FIRST, "antal": [1006, 390, 7, 600, 9]}])
    counts = [row for row in found["fct_benchmark_vintage"] if row["measure_key"] == 0]
    first = {row["area_key"]: row["value"] for row in counts if row["valid_from"] == BEGIN}
    assert first[4] is None
    assert sum(value is None for value in first.values()) >= 2
    second = {**first, **{row["area_key"]: row["value"] for row in counts if row["valid_from"] > BEGIN}}
    # The total's change is the small count's: one of the three has to be unknown.
    assert None in (first[0], second[0], second[4])


def test_a_ranking_with_a_hidden_value_is_in_no_file(shown_files: Any) -> None:
    found = shown_files([FIRST])
    assert found["fct_benchmark_rank"] == found["rpt_benchmark"] == []


def test_a_ranking_without_one_is_there(shown_files: Any) -> None:
    found = shown_files([{**FIRST, "antal": [1000, 390, 110, 400, 100]}])
    assert len(found["fct_benchmark_rank"]) == len(found["rpt_benchmark"]) == 4
    assert {row["country_value"] for row in found["rpt_benchmark"]} == {1}


def test_small_counts_of_targets_and_claims_on_series_are_hidden_and_the_documents_own_are_not(
    shown_files: Any,
) -> None:
    found = shown_files([FIRST])
    actual = [
        (row["target_key"], row["actual_value"], row["attainment_ratio"]) for row in found["fct_target_attainment"]
    ]
    half = Decimal("0.5")
    assert sorted(actual, key=str) == sorted([(1, None, None), (2, 3, half), (3, 3, half), (1, 50, half)], key=str)
    claims = [
        (row["claim_kind"], row["unit"], row["computed_value"], row["residual"])
        for row in found["audit_reconciliation"]
    ]
    assert claims == [
        ("target_standing", "personer", None, None),
        ("target_standing", "pct.", 3, 1),
        ("product", "personer", 3, 1),
    ]
