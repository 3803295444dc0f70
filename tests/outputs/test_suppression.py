"""Small counts are suppressed so that no sum, no rate and no other release discloses them.

Belongs here: attacks on what `jobmaal.outputs.suppression` shows, in a page's own data and in the files. Does not: how
these look (`test_report`, `test_files`).
"""

import csv
import datetime as dt
import itertools
import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobmaal.core.database import query
from jobmaal.core.errors import JobmaalError
from jobmaal.jobindsats.kinds import OTHER, PERSONS, RELATIVE, UNCLASSIFIED, kind_of
from jobmaal.outputs.files.content import suppression_note
from jobmaal.outputs.report import benchmark
from jobmaal.outputs.suppression.limit import LIMIT_VARIABLE, limit
from jobmaal.outputs.suppression.rule import Sum, Vintage, suppressed_positions
from jobmaal.outputs.suppression.series import read
from jobmaal.outputs.suppression.tables import show
from torture.suppression import Country, Disclosed, Rule, Twins, attacked, bounds, made_up

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


counts = st.one_of(st.integers(0, 8), st.integers(0, 500))
first_states = st.fixed_dictionaries(dict.fromkeys(MUNICIPALITIES, counts))
revisions = st.lists(st.dictionaries(st.sampled_from(MUNICIPALITIES), counts, max_size=3), max_size=3)


@given(first_states, revisions)
def test_what_one_release_shows_or_hides_the_next_ones_show_or_hide_too(
    first: dict[int, int], later: list[dict[int, int]]
) -> None:
    values = [first]
    for revision in later:
        values.append({**values[-1], **revision})
    before = vintages_of([with_totals(state) for state in values[:-1] or values])
    after = vintages_of([with_totals(state) for state in values])
    suppressed = suppressed_positions(after, SUMS, BELOW)
    assert {before[at] for at in suppressed_positions(before, SUMS, BELOW)} == {
        after[at] for at in suppressed if after[at] in before
    }


@pytest.mark.parametrize(
    ("values", "below", "suppressed"),
    [
        pytest.param({3: 2, 4: 40, 5: 50, 6: 60, 7: 70}, BELOW, {3, 4}, id="the smallest other part goes with it"),
        pytest.param(
            {3: 2, 4: 40, 5: 40, 6: 60, 7: 70}, BELOW, {3, 4, 5}, id="equals go together, whatever their order"
        ),
        pytest.param({3: 1, 4: 1, 5: 50, 6: 60, 7: 70}, BELOW, {3, 4, 5}, id="two under the limit take a third"),
        pytest.param({3: 0, 4: 1, 5: 50, 6: 60, 7: 70}, 0, set(), id="without a limit nothing"),
    ],
)
def test_which_areas_of_a_small_country_are_suppressed(values: State, below: int, suppressed: set[int]) -> None:
    vintages = vintages_of([with_totals(values)])
    assert {vintages[at].area for at in suppressed_positions(vintages, SUMS, below)} == suppressed


def test_what_the_publisher_suppresses_is_not_disclosed_by_what_it_shows() -> None:
    shown = vintages_of([with_totals({3: 9, 4: 40, 5: 50, 6: 60, 7: 70})])
    vintages = [Vintage(v.area, v.since, None if v.area == 3 else v.value) for v in shown]
    assert {vintages[at].area for at in suppressed_positions(vintages, SUMS, BELOW)} == {3, 4}


@pytest.mark.parametrize(("text", "expected"), [("", 5), ("0", 0), ("10", 10)])
def test_the_limit_can_be_set(monkeypatch: pytest.MonkeyPatch, text: str, expected: int) -> None:
    monkeypatch.setenv(LIMIT_VARIABLE, text)
    assert limit() == expected


@pytest.mark.parametrize("text", ["five", "-1", "5,5", "⁵"])
def test_a_limit_that_is_no_number_is_reported(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv(LIMIT_VARIABLE, text)
    with pytest.raises(JobmaalError, match=f"{LIMIT_VARIABLE} must be a whole number such as 5"):
        limit()


# --- a page's own data ------------------------------------------------------------------------------------

_MEASURES = {
    "antal": ("Antal personer", "personer", "persons"),
    "pct": ("Personer i pct.", "pct.", "relative"),
    "forskel": ("Forskel", "personer", "other"),
}
#: As the page has them: the country, then the municipalities by name.
_NAMES = ["Hele landet", "Aarhus", "Fanø", "København", "Læsø"]


def insert(database: duckdb.DuckDBPyConnection, table: str, *values: object) -> None:
    """Add a row to a table."""
    database.execute(f"insert into {table} values ({', '.join('?' * len(values))})", list(values))


def warehouse(folder: Path, states: Sequence[Mapping[str, Sequence[float | None]]]) -> duckdb.DuckDBPyConnection:
    """Make the tables that the page reads, of one table of Jobindsats in as many releases as there are states."""
    database = duckdb.connect(str(folder / "w.duckdb"))
    _create_tables(database)
    database.execute("insert into dim_period values (1, '2026M01', '2026-01-01', '2026-01-31')")
    database.execute("insert into dim_comparison_group values (1, 'Alle kommuner')")
    for key, measure in enumerate(_MEASURES.values()):
        name, unit, measure_kind = measure
        insert(database, "dim_measure", key, "y01", name, unit, False, measure_kind, "y01")
    for key, name in enumerate(_NAMES):
        kind = "country" if key == 0 else "municipality"
        insert(database, "dim_area", key, name, kind, "Region")
        if key:
            insert(database, "bridge_comparison_group", 1, key, None)
            insert(database, "fct_benchmark_rank", 1, 1, key, 1, True, key, 4)
    last: dict[tuple[int, int], float | None] = {}
    for number, state in enumerate(states):
        at, response = BEGIN + number * DAY, f"jobindsats:y01/{number}"
        insert(database, "audit_reply", response, "y01", at, str(number), at)
        for measure, name in enumerate(_MEASURES):
            for area, value in enumerate(state[name]):
                if (measure, area) in last and last[measure, area] == value:
                    continue
                last[measure, area] = value
                status = "suppressed" if value is None else "reported"
                cell = (measure, area, 1, True, "I alt")
                insert(database, "fct_benchmark_vintage", *cell, value, status, response, at, at)
    _create_newest(database)
    return database


def _create_tables(database: duckdb.DuckDBPyConnection) -> None:
    database.execute(
        """
        create table dim_measure (measure_key bigint, table_id varchar, measure_name varchar, unit varchar,
            higher_is_better boolean, measure_kind varchar, suppression_group varchar);
        create table dim_area (area_key bigint, area_name varchar, area_type varchar, region_name varchar);
        create table dim_period (period_key bigint, period_id varchar, period_start date, period_end date);
        create table audit_reply (source_ref varchar, table_id varchar, retrieved_at timestamptz, delivery varchar,
            released_at timestamptz);
        create table fct_benchmark_vintage (measure_key bigint, area_key bigint, period_key bigint, is_total boolean,
            member varchar, "value" decimal(18, 4), value_status varchar, source_ref varchar, valid_from timestamptz,
            released_at timestamptz);
        create table dim_comparison_group (comparison_group_key bigint, comparison_group_name varchar);
        create table bridge_comparison_group (comparison_group_key bigint, area_key bigint, valid_to timestamptz);
        create table fct_benchmark_rank (measure_key bigint, comparison_group_key bigint, area_key bigint,
            period_key bigint, is_total boolean, "rank" integer, areas_ranked integer);
        create table dim_series_break (table_id varchar, broken_on date, break_name varchar);
        create table dim_target (target_key bigint, document_id varchar, target_id varchar, target_kind varchar,
            area_key bigint);
        create table fct_target_attainment (target_key bigint, period_key bigint, actual_source varchar,
            actual_value decimal(18, 4), attainment_ratio decimal(18, 4), attainment_status varchar,
            series_measure_key bigint, series_area_key bigint, series_member varchar,
            series_baseline_period_key bigint, series_comparison_group_key bigint, actual_source_ref varchar,
            agreement_key bigint, initiative_key bigint, is_latest boolean, is_current boolean);
        """
    )


def _create_newest(database: duckdb.DuckDBPyConnection) -> None:
    database.execute(
        """
        create view fct_benchmark as
        select vintages.*, table_id from fct_benchmark_vintage as vintages inner join dim_measure using (measure_key)
        qualify row_number() over (partition by measure_key, area_key, period_key, member order by valid_from desc) = 1
        """
    )


def page(database: duckdb.DuckDBPyConnection) -> dict[str, dict[str, Any]]:
    """Read what the page gets, as an attacker does: the text of it. `newest` has the values of the first period."""
    content = json.loads(json.dumps(benchmark.read(database, show(database), "København").content))
    return {one["name"]: one | {"newest": [row[0] for row in one["values"]]} for one in content["series"]}


FIRST: Mapping[str, Sequence[float | None]] = {
    "antal": [1000, 390, 7, 600, 3],
    "pct": [2.0, 2.2, 0.5, 2.1, 0.3],
    "forskel": [0, -2, 1, 2, -1],
}
WITHOUT_FEW = {**FIRST, "antal": [1000, 390, 110, 400, 100]}


def test_the_page_holds_neither_a_small_count_nor_its_rate_nor_the_second_that_would_tell(tmp_path: Path) -> None:
    with warehouse(tmp_path, [FIRST]) as database:
        shown = page(database)
    for name in ("Antal personer", "Personer i pct.", "Forskel"):
        assert [value == "s" for value in shown[name]["newest"]] == [False, False, True, False, True], name
    # Nobody has a place where one value is hidden: who has none would be told by the others.
    assert shown["Personer i pct."]["ranks"] == []


def test_a_difference_below_zero_is_no_small_count(tmp_path: Path) -> None:
    with warehouse(tmp_path, [WITHOUT_FEW]) as database:
        shown = page(database)
    assert shown["Forskel"]["newest"] == FIRST["forskel"]


def test_what_was_published_first_gives_nothing_away_either(tmp_path: Path) -> None:
    # The small count grew, and nothing else changed but the total.
    second = {**FIRST, "antal": [1006, 390, 7, 600, 9]}
    with warehouse(tmp_path, [FIRST, second]) as database:
        after = page(database)["Antal personer"]
    visible = after["newest"]
    assert visible[2] == "s"
    assert "s" in (visible[0], visible[4])
    # Not even that it changed.
    assert [was for area, _, was, _ in after["first"] if area == 4] == []


def test_the_numbers_of_the_page_are_those_of_the_warehouse_wherever_they_are_shown(tmp_path: Path) -> None:
    with warehouse(tmp_path, [FIRST]) as database:
        shown = page(database)
    for name, column in (("Antal personer", "antal"), ("Personer i pct.", "pct")):
        for row, value in zip(shown[name]["values"], FIRST[column], strict=True):
            assert row[0] in (value, "s")


def test_only_the_newest_periods_are_taken_where_not_all_fit(tmp_path: Path) -> None:
    with warehouse(tmp_path, [FIRST]) as database:
        found = benchmark.read(database, show(database, most=10), "København")
    assert found.is_empty
    assert (found.shown, found.all_values) == (0, 15)


def _published_content(with_series: Any) -> Any:
    """Read the data of a release's own page, as it is on the disk."""
    text = (with_series.folder / "report" / "benchmark.html").read_text(encoding="utf-8")
    found = re.search(r'<script type="application/json" id="benchmark-data">(.*?)</script>', text, re.DOTALL)
    assert found is not None
    return json.loads(found[1])


# --- the files ----------------------------------------------------------------------------------------------


def _csv(folder: Path, table: str) -> list[dict[str, str]]:
    with (folder / "csv" / f"{table}.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


def test_the_files_hide_what_the_page_hides(with_series: Any) -> None:
    # Cell by cell: what the page of benchmarks shows of a measure, an area and a period, and what the CSV does.
    content = _published_content(with_series)
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
        assert numbers
        assert [found for found in numbers.values() if min(found) < 2 * BELOW] == []
        # That a suppressed value changed is not public, so it has no vintages.
        expected = {"hidden"} if table == "fct_benchmark" else set()
        assert {row["value_status"] for row in rows if not row["value"]} - {"illegible"} == expected


class Target(NamedTuple):
    """A target that a series observes: its kind, measure (0 counts, 1 is the percentage), area and member.

    `rival` is the area that it compares with, `group` the one that it ranks in.
    """

    kind: str
    measure: int
    area: int
    member: str | None = "I alt"
    source: str = "series"
    rival: int = -1
    group: int = -1


_TARGETS = {
    "pct_of_few": Target("level", 1, 4),
    "pct_of_many": Target("level", 1, 3),
    "few": Target("level", 0, 4),
    "many": Target("level", 0, 3),
    "place": Target("rank", 1, 3, group=1),
    "gap": Target("gap_reduction", 1, 3, group=1),
    "place_among_many": Target("rank", 1, 3, group=2),
    "lead_over_few": Target("beat_area", 1, 3, rival=4),
    "lead_over_many": Target("beat_area", 1, 3, rival=1),
    "pct_of_few_men": Target("level", 1, 3, "Mænd"),
    "pct_of_many_women": Target("level", 1, 3, "Kvinder"),
    "all_but_few": Target("level", 0, 1, "Unge"),
    "half": Target("level", 0, 3, "Ældre"),
    "printed": Target("level", 1, 4, source="document"),
    "without_series": Target("level", -1, -1, None, "document"),
}
#: Those of them that a small count follows from, beside FIRST.
_DISCLOSING = {"pct_of_few", "few", "place", "gap", "lead_over_few", "pct_of_few_men", "all_but_few"}


def _add_targets(database: duckdb.DuckDBPyConnection) -> None:
    """Add targets that are observed in 2026M01, what is claimed of them, and the groups that some are about."""
    database.execute(
        """
        create table audit_reconciliation (claim_id varchar, computed_value decimal(18, 4), residual decimal(18, 4));
        insert into audit_reconciliation values ('d:sum', 3, 1);
        create table rpt_benchmark as
        select measure_key, comparison_group_key, area_key, '2026M01' as period_id, 1.0 as country_value,
            0.5 as gap_to_country
        from fct_benchmark_rank;
        insert into fct_benchmark_vintage values
            (0, 3, 1, false, 'Mænd', 9, 'reported', 'jobindsats:y01/0', '2026-01-01', null),
            (1, 3, 1, false, 'Mænd', 0.5, 'reported', 'jobindsats:y01/0', '2026-01-01', null),
            (0, 3, 1, false, 'Kvinder', 591, 'reported', 'jobindsats:y01/0', '2026-01-01', null),
            (1, 3, 1, false, 'Kvinder', 2.1, 'reported', 'jobindsats:y01/0', '2026-01-01', null),
            (0, 3, 1, false, 'Ældre', 300, 'reported', 'jobindsats:y01/0', '2026-01-01', null),
            (0, 1, 1, false, 'Unge', 385, 'reported', 'jobindsats:y01/0', '2026-01-01', null);
        insert into fct_benchmark_rank values (1, 2, 1, 1, true, 1, 2), (1, 2, 3, 1, true, 2, 2);
        """
    )
    for key, (name, target) in enumerate(_TARGETS.items()):
        insert(database, "dim_target", key, "d", name, target.kind, target.rival)
        observed = (key, 1, target.source, 3, 0.5, "met", target.measure, target.area, target.member, -1, target.group)
        insert(database, "fct_target_attainment", *observed, "r", 1, 1, True, True)
        insert(database, "audit_reconciliation", f"series:y01:target_standing:d:{name}:2026M01", 3, 1)
    for of in ("agreement", "initiative"):
        database.execute(
            f"create table rpt_{of} as select 1 as {of}_key, 15 as targets, 15 as targets_met, 0 as targets_not_met"
        )
    database.execute("create table rpt_target as select *, '2026M01' as period_id from fct_target_attainment")


@pytest.fixture
def shown_files(tmp_path: Path) -> Callable[..., Mapping[str, list[dict[str, Any]]]]:
    """Take a made-up build's tables as the files show them."""

    def read(states: Sequence[Mapping[str, Sequence[float | None]]]) -> Mapping[str, list[dict[str, Any]]]:
        with warehouse(tmp_path, states) as database:
            _add_targets(database)
            shown = show(database)
            tables = (
                "fct_benchmark", "fct_benchmark_vintage", "fct_benchmark_rank", "rpt_benchmark", "rpt_target",
                "fct_target_attainment", "audit_reconciliation", "rpt_agreement", "rpt_initiative",
            )  # fmt: skip
            return {name: query(database, f"from {shown.relation(name)}") for name in tables}

    return read


def test_totals_minus_parts_give_nothing_away_from_the_files(shown_files: Any) -> None:
    found = shown_files([FIRST, {**FIRST, "antal": [1006, 390, 7, 600, 9]}])
    counts = [row for row in found["fct_benchmark_vintage"] if row["measure_key"] == 0]
    first = {row["area_key"]: row["value"] for row in counts if row["valid_from"] == BEGIN}
    assert 4 not in first
    assert len(first) <= 3
    # Which of the two suppressed counts has changed is unknown, so the change of the total is nobody's.
    assert {row["area_key"] for row in counts if row["valid_from"] > BEGIN} == {0}
    newest = {row["area_key"]: row for row in found["fct_benchmark"] if row["measure_key"] == 0}
    assert newest[2]["value"] is newest[4]["value"] is None
    assert (newest[4]["value_status"], newest[4]["source_ref"]) == ("hidden", "jobindsats:y01/0")
    assert newest[2]["released_at"] == newest[4]["released_at"] == BEGIN


def test_a_ranking_with_a_suppressed_value_is_in_no_file_and_one_without_is(shown_files: Any, tmp_path: Path) -> None:
    found = shown_files([FIRST])
    assert {row["comparison_group_key"] for row in found["fct_benchmark_rank"] + found["rpt_benchmark"]} == {2}
    (tmp_path / "w.duckdb").unlink()
    found = shown_files([WITHOUT_FEW])
    for table in ("fct_benchmark_rank", "rpt_benchmark"):
        assert len([row for row in found[table] if row["comparison_group_key"] == 1]) == 4
    assert {row["country_value"] for row in found["rpt_benchmark"]} == {1}


def test_a_standing_that_rests_on_a_suppressed_value_is_suppressed_and_its_percentage_place_and_lead_too(
    shown_files: Any,
) -> None:
    found = shown_files([FIRST])
    names = list(_TARGETS)
    for table in ("fct_target_attainment", "rpt_target"):
        seen = {
            names[row["target_key"]]: (
                row["actual_value"], row["actual_source_ref"], row["attainment_ratio"], row["attainment_status"]
            )
            for row in found[table]
        }  # fmt: skip
        assert seen == {
            name: (None, None, None, "hidden") if name in _DISCLOSING else (3, "r", Decimal("0.5"), "met")
            for name in names
        }, table


def test_a_suppressed_standing_is_counted_neither_as_met_nor_as_missed(shown_files: Any) -> None:
    found = shown_files([FIRST])
    for table in ("rpt_agreement", "rpt_initiative"):
        [row] = found[table]
        assert (row["targets"], row["targets_met"], row["targets_not_met"]) == (15, 15 - len(_DISCLOSING), 0)


def test_that_a_printed_standing_agrees_with_a_suppressed_value_is_not_public(shown_files: Any) -> None:
    found = {row["claim_id"] for row in shown_files([FIRST])["audit_reconciliation"]}
    shown = _TARGETS.keys() - _DISCLOSING - {"printed"}
    assert found == {"d:sum", *(f"series:y01:target_standing:d:{name}:2026M01" for name in shown)}


def test_no_standing_is_suppressed_where_no_limit_is_set(shown_files: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(LIMIT_VARIABLE, "0")
    assert {row["attainment_status"] for row in shown_files([FIRST])["fct_target_attainment"]} == {"met"}


# --- attacks by linear programming, and by a reader who knows the code --------------------------------------------


@pytest.mark.parametrize("seed", range(60))
def test_neither_linear_programming_nor_knowing_the_code_discloses_a_small_count(seed: int) -> None:
    found = attacked(seed)
    assert found.determined == found.confined == found.without_twin == []


@pytest.mark.slow
def test_no_attack_discloses_anything_in_hundreds_of_countries() -> None:
    total = Disclosed()
    # The last one has a count whose twin takes hundreds of tries.
    for seed in (*range(60, 460), 1163):
        total.add(attacked(seed))
    assert total.small > 1_000
    assert total.determined == total.confined == total.without_twin == []


def _primary(vintages: Sequence[Vintage], below: int) -> set[int]:
    return {at for at, vintage in enumerate(vintages) if vintage.value is None or vintage.value < below}


def _without_complementary_suppression(vintages: Sequence[Vintage], _: Sequence[Sum], below: int) -> set[int]:
    return _primary(vintages, 2 * below)


def _with_ties_by_order(vintages: Sequence[Vintage], sums: Sequence[Sum], below: int) -> set[int]:
    """Suppress the smallest other part of a sum with a single suppressed part, of equals the first."""
    at = {vintage.area: number for number, vintage in enumerate(vintages)}
    suppressed = _primary(vintages, below)
    for one in sums:
        parts = {at[area] for area in one.parts}
        if len(parts & suppressed) == 1:
            suppressed.add(min(parts - suppressed, key=lambda part: (vintages[part].value, vintages[part].area)))
    return suppressed


def _with_each_series_by_itself(vintages: Sequence[Vintage], sums: Sequence[Sum], below: int) -> set[int]:
    found = set()
    for series in {vintage.series for vintage in vintages}:
        places = [at for at, vintage in enumerate(vintages) if vintage.series == series]
        found |= {places[at] for at in suppressed_positions([vintages[at] for at in places], sums, below)}
    return found


def _with_each_release_by_itself(vintages: Sequence[Vintage], sums: Sequence[Sum], below: int) -> set[int]:
    """Suppress what would be suppressed if there were no other release; what one of them shows is known."""
    current: dict[tuple[int, int], int] = {}
    shown: set[int] = set()
    for release in sorted({vintage.since for vintage in vintages}):
        current |= {(v.series, v.area): at for at, v in enumerate(vintages) if v.since == release}
        places = list(current.values())
        suppressed = suppressed_positions([replace(vintages[at], since=0) for at in places], sums, below)
        shown |= {at for number, at in enumerate(places) if number not in suppressed}
    return set(range(len(vintages))) - shown


@pytest.mark.parametrize(
    "rule", [_without_complementary_suppression, _with_each_series_by_itself, _with_each_release_by_itself]
)
def test_linear_programming_finds_what_a_careless_rule_discloses(rule: Rule) -> None:
    found = Disclosed()
    for seed in range(40):
        found.add(bounds(made_up(seed), rule))
    assert found.determined
    assert found.confined


@pytest.mark.parametrize(("small", "is_disclosed"), [(3, False), (5, True)])
def test_knowing_the_code_finds_what_ties_by_order_disclose_and_linear_programming_does_not(
    small: int, is_disclosed: bool
) -> None:
    # Of equals the first goes along: a small count that comes after its equals could not have been the one.
    values = {(0, area): 40 for area in (3, 4, 5)} | {(0, 6): 90, (0, small): 3}
    country = Country(1, [Sum(0, {3, 4, 5, 6})], [], [{**values, (0, 0): sum(values.values())}], frozenset())
    assert bounds(country, _with_ties_by_order) == Disclosed(countries=1, values=5, suppressed=2, small=1)
    assert bool(Twins(country, _with_ties_by_order).search().without_twin) is is_disclosed
    assert Twins(country).search() == Disclosed(twinned=1)


def _in_files(country: Country) -> set[tuple[int, int, int]]:
    """Return the vintages that files and page of any release show: series, area, and the release that had it first."""
    shown = set()
    for release in range(len(country.states)):
        with duckdb.connect() as database:
            _create_tables(database)
            _fill(database, country, release)
            outputs = show(database)
            for table in ("fct_benchmark", "fct_benchmark_vintage"):
                for row in query(database, f"from {outputs.relation(table)}"):
                    if row["value"] is not None:
                        series = row["measure_key"] * country.periods + row["period_key"]
                        shown.add((series, row["area_key"], int(row["source_ref"][-1])))
            content = json.loads(json.dumps(benchmark.read(database, outputs, "København").content))
        shown |= set(_on_page(content, country.periods))
    return shown


def _on_page(content: Mapping[str, Any], periods: int) -> Iterator[tuple[int, int, int]]:
    areas = [int(name.split()[1]) for name, _ in content["areas"]]
    releases = [int(name[-1]) for name, _ in content["sources"]]
    for one in content["series"]:
        series = [
            int(one["key"]) * periods + (int(name[-1]) if "M" in name else periods - 1) for name, _ in one["periods"]
        ]
        sources = one["sources"]
        for area, row in enumerate(one["values"]):
            for at, value in enumerate(row or ()):
                if isinstance(value, int | float):
                    yield series[at], areas[area], releases[sources if isinstance(sources, int) else sources[area][at]]
        for area, at, _, source in one["first"]:
            yield series[at], areas[area], releases[source]


def _fill(database: duckdb.DuckDBPyConnection, country: Country, release: int) -> None:
    """Write a country up to a release: a table per benefit, all of one group, and a row per vintage."""
    vintages, _, _ = country.vintages()
    for period in range(country.periods):
        is_sum = country.periods > 1 and period == country.periods - 1
        month = f"2026-0{period + 1}"
        named = [f"2026M0{period}", f"{month}-01", f"{month}-28"]
        insert(database, "dim_period", period, *(["2026Q01", "2026-01-01", "2026-03-31"] if is_sum else named))
    regions = {part: one.whole for one in country.sums if one.whole for part in one.parts}
    for area in {vintage.area for vintage in vintages}:
        kind = "country" if area == 0 else "region" if area in regions.values() else "municipality"
        insert(database, "dim_area", area, f"Area {area}", kind, f"Area {regions.get(area)}")
    for benefit in {vintage.series // country.periods for vintage in vintages}:
        insert(database, "dim_measure", benefit, f"y{benefit}", "Antal", "personer", False, "persons", "all")
        for number in range(release + 1):
            at = BEGIN + number * DAY
            insert(database, "audit_reply", f"jobindsats:y{benefit}/{number}", f"y{benefit}", at, str(number), at)
    for vintage in vintages:
        if vintage.since <= release:
            benefit, period = divmod(vintage.series, country.periods)
            at, status = BEGIN + vintage.since * DAY, "suppressed" if vintage.value is None else "reported"
            response = f"jobindsats:y{benefit}/{vintage.since}"
            cell = (benefit, vintage.area, period, True, "I alt")
            insert(database, "fct_benchmark_vintage", *cell, vintage.value, status, response, at, at)
    _create_newest(database)


def _assert_files_keep_the_rule(seeds: Iterable[int]) -> None:
    """Check that what files and page of all releases show together is what the rule shows, which the attacks are on."""
    for seed in seeds:
        country = made_up(seed)
        vintages, _, _ = country.vintages()
        suppressed = suppressed_positions(vintages, country.sums, BELOW)
        by_rule = {(v.series, v.area, v.since) for at, v in enumerate(vintages) if at not in suppressed}
        assert _in_files(country) == by_rule, seed


def test_the_files_and_pages_of_all_releases_show_together_what_the_rule_shows() -> None:
    _assert_files_keep_the_rule(range(8))


@pytest.mark.slow
def test_the_files_and_pages_of_all_releases_of_hundreds_of_countries_show_what_the_rule_shows() -> None:
    _assert_files_keep_the_rule(range(8, 208))


class Countries(NamedTuple):
    """All countries with some values, their numbers of parts and of releases, and the limit."""

    sums: Sequence[Sum]
    parts: Sequence[int]
    values: range
    below: int
    releases: int = 1


def _not_disclosed(all_of: Countries, most: int = 1_000) -> int:
    """Return the number of small suppressed counts, checked in every country that there can be.

    A reader who knows the code sorts all countries by what is published of them. In each of the sorts that holds a
    country without values over `most`, so that what is left out above cannot matter, every small count can be no small
    one too.
    """
    published: dict[tuple[Any, ...], list[tuple[int, ...]]] = defaultdict(list)
    size = len(all_of.parts)
    for chosen in itertools.product(all_of.values, repeat=len(all_of.parts) * all_of.releases):
        states = [
            _whole(dict(zip(all_of.parts, chosen[at : at + size], strict=True)), all_of.sums)
            for at in range(0, len(chosen), size)
        ]
        vintages = vintages_of(states)
        suppressed = suppressed_positions(vintages, all_of.sums, all_of.below)
        seen = tuple((v.area, v.since, None if at in suppressed else v.value) for at, v in enumerate(vintages))
        published[seen].append(tuple(int(v.value or 0) for v in vintages))
    checked = 0
    for seen, countries in published.items():
        if min(map(max, countries)) > most:
            continue
        for at, (_, _, value) in enumerate(seen):
            possible = {country[at] for country in countries}
            if value is None and min(possible) < all_of.below:
                checked += 1
                assert max(possible) >= all_of.below, (seen, possible)
    return checked


def _whole(values: dict[int, int], sums: Sequence[Sum]) -> dict[int, int]:
    for one in sums:
        values[one.whole] = sum(values[part] for part in one.parts)
    return values


_REGIONS = [Sum(1, {3, 4}), Sum(2, {5, 6}), Sum(0, {1, 2}), Sum(0, {3, 4, 5, 6})]


@pytest.mark.parametrize(
    "all_of",
    [
        pytest.param(Countries([], (1, 2), range(14), 3), id="no sum"),
        pytest.param(Countries([Sum(0, {1, 2, 3})], (1, 2, 3), range(14), 3), id="a country"),
        pytest.param(Countries(_REGIONS, (3, 4, 5, 6), range(7), 2), id="regions"),
    ],
)
def test_who_knows_the_code_cannot_tell_that_a_count_is_small(all_of: Countries) -> None:
    assert _not_disclosed(all_of)


def test_who_knows_the_code_cannot_tell_it_from_two_releases_either() -> None:
    assert _not_disclosed(Countries([Sum(0, {1, 2})], (1, 2), range(12), 2, releases=2), most=6)


@pytest.mark.slow
def test_who_knows_the_code_cannot_tell_that_a_count_in_a_region_is_small() -> None:
    assert _not_disclosed(Countries(_REGIONS, (3, 4, 5, 6), range(14), 3))


# --- which measures count persons --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("label", "unit", "is_reviewed", "expected"),
    [
        ("Antal personer", "personer", False, PERSONS),
        ("Antal langtidsledige", "antal", False, PERSONS),
        ("Beløb", "kr.", False, PERSONS),
        ("Beløb", "kr.", True, OTHER),
        ("Personer i pct. af befolkningen", "pct.", False, RELATIVE),
        ("Andel langtidsledige", "pct.", False, RELATIVE),
        ("Placering på benchmarkranglisten", "nr.", False, RELATIVE),
        ("Antal personer", "pct.", False, UNCLASSIFIED),
        ("Personer i andelsboliger", "pct.", False, UNCLASSIFIED),
        ("Andel af antal personer", "pct.", False, UNCLASSIFIED),
        ("Andel af antal personer", "pct.", True, OTHER),
        ("Andel", "personer", False, UNCLASSIFIED),
        ("Andel", "nr.", False, UNCLASSIFIED),
        ("Forløb", "ukendt", False, PERSONS),
        ("Varighed (uger)", "ukendt", False, PERSONS),
        ("Andel personer", "pct.", False, RELATIVE),
        ("Personer i alt i pct.", "pct.", False, RELATIVE),
        ("Faktisk andel (pct.)", "pct.", False, RELATIVE),
        ("Andel ledige: Personer", "pct.", False, UNCLASSIFIED),
        ("Personer med mindst 50 pct. nedsat arbejdsevne", "pct.", False, UNCLASSIFIED),
        ("Placering af ledige i job", "nr.", False, UNCLASSIFIED),
        ("Personer i pct.-forløb", "pct.", False, UNCLASSIFIED),
        ("Stigning i antal personer", "personer", False, UNCLASSIFIED),
        ("Fald i antal personer", "personer", False, UNCLASSIFIED),
        ("Nettotilgang af personer", "personer", False, UNCLASSIFIED),
        ("Afvigelse fra forventet antal", "personer", False, UNCLASSIFIED),
        ("Forskel mellem forventet og faktisk antal", "fuldtidspersoner", False, UNCLASSIFIED),
        ("Forskel mellem forventet og faktisk antal", "fuldtidspersoner", True, OTHER),
        ("Forskel mellem forventet og faktisk andel (pct. point)", "pct.-point", False, RELATIVE),
    ],
)
def test_a_measure_counts_persons_unless_label_and_unit_or_a_reviewer_say_otherwise(
    label: str, unit: str, is_reviewed: bool, expected: str
) -> None:
    assert kind_of(label, unit, is_reviewed) == expected


def test_a_negative_value_opens_no_gate(tmp_path: Path) -> None:
    wrong = {**FIRST, "antal": [1000, -1, 7, 600, 3]}
    with warehouse(tmp_path, [wrong, FIRST]) as database:
        assert show(database).negative == ["y01: Antal personer: 1 below zero, first in jobindsats:y01/0"]
        shown = page(database)["Antal personer"]
    assert shown["newest"][2::2] == ["s", "s"]
    assert shown["first"] == []


def test_a_measure_that_cannot_be_classified_is_withheld_whole_and_named(tmp_path: Path) -> None:
    with warehouse(tmp_path, [FIRST]) as database:
        database.execute("update dim_measure set measure_kind = 'unclassified' where measure_name = 'Forskel'")
        shown = show(database)
        seen = page(database)
    assert set(seen["Forskel"]["newest"]) == {"s"}
    assert shown.withheld == ["y01: Forskel"]
    assert "y01: Forskel" in suppression_note(shown.below, shown.withheld)


def test_a_percentage_whose_table_counts_nobody_is_withheld_until_it_is_reviewed(tmp_path: Path) -> None:
    with warehouse(tmp_path, [FIRST]) as database:
        insert(database, "audit_reply", "jobindsats:y02/0", "y02", BEGIN, "0", None)
        database.execute("update dim_measure set table_id = 'y02' where measure_name = 'Personer i pct.'")
        shown = show(database)
        assert shown.withheld == ["y02: Personer i pct."]
        assert set(page(database)["Personer i pct."]["newest"]) == {"s"}
        assert query(database, f"from {shown.relation('fct_benchmark_rank')}") == []
        database.execute("update dim_measure set measure_kind = 'other' where table_id = 'y02'")
        assert show(database).withheld == []
        assert page(database)["Personer i pct."]["newest"] == FIRST["pct"]


def test_a_place_that_is_missing_among_the_others_is_known_so_all_are_suppressed(tmp_path: Path) -> None:
    with warehouse(tmp_path, [FIRST]) as database:
        database.execute("update dim_measure set unit = 'nr.' where measure_name = 'Personer i pct.'")
        assert set(page(database)["Personer i pct."]["newest"]) == {"s"}
    (tmp_path / "many").mkdir()
    with warehouse(tmp_path / "many", [WITHOUT_FEW]) as database:
        database.execute("update dim_measure set unit = 'nr.' where measure_name = 'Personer i pct.'")
        assert page(database)["Personer i pct."]["newest"] == FIRST["pct"]


def test_a_percentage_that_stood_before_the_first_count_is_suppressed_like_that(tmp_path: Path) -> None:
    with warehouse(tmp_path, [FIRST, {**FIRST, "pct": [2.0, 2.2, 0.5, 2.1, 0.6]}]) as database:
        database.execute("update fct_benchmark_vintage set valid_from = ? where measure_key = 0", [BEGIN + DAY])
        shown = show(database)
        found = query(database, f"from {shown.relation('fct_benchmark_vintage')}")
    assert [row for row in found if row["area_key"] == 4] == []
    assert [row["value"] for row in found if (row["measure_key"], row["area_key"]) == (1, 3)] == [Decimal("2.1")]


def test_a_year_is_shown_only_where_its_months_are(tmp_path: Path) -> None:
    with warehouse(tmp_path, [FIRST]) as database:
        database.execute(
            """
            insert into dim_period values
                (2, '2026M02', '2026-02-01', '2026-02-28'), (3, '2026Y01', '2026-01-01', '2026-12-31');
            insert into fct_benchmark_vintage
            select vintages.* replace (period.period_key as period_key)
            from fct_benchmark_vintage as vintages, dim_period as period
            where period.period_key > 1
            """
        )
        # The year and February fit by number, January does not: the year minus the other months would be January.
        assert [row["period_id"] for row in read(database, BELOW, most=30).periods] == ["2026M02"]
        assert len(read(database, BELOW, most=45).periods) == 3


def test_what_is_suppressed_does_not_tell_who_suppressed_it(tmp_path: Path) -> None:
    with warehouse(tmp_path, [{**FIRST, "antal": [1000, 390, 7, 600, None]}]) as database:
        shown = show(database)
        rows = query(database, f"from {shown.relation('fct_benchmark')}")
    assert {row["value_status"] for row in rows if row["value"] is None} == {"hidden"}


def test_tables_of_one_group_suppress_the_same_areas(tmp_path: Path) -> None:
    with warehouse(tmp_path, [{**FIRST, "forskel": [2000, 780, 300, 800, 120]}]) as database:
        insert(database, "audit_reply", "jobindsats:y02/0", "y02", BEGIN, "0", None)
        for group, areas in (("y02", set()), ("y01", {2, 4})):
            row = ["y02", "persons", group]
            database.execute(
                "update dim_measure set table_id = ?, measure_kind = ?, suppression_group = ? where measure_key = 2",
                row,
            )
            assert _suppressed_areas(database, 2) == areas


def _suppressed_areas(database: duckdb.DuckDBPyConnection, measure: int) -> set[int]:
    return {area for area, _, _ in read(database, BELOW).suppressed[measure]}
