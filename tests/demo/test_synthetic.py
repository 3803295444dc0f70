"""Made-up Jobindsats tables: that they are the same each time, and behave as real ones were seen to.

Belongs here: `jobmaal.demo.synthetic`. Does not: serving them (`test_v3_server`), landing and loading them.
"""

from __future__ import annotations

import datetime as dt
import itertools
import json
import os
import statistics
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobmaal.core.layout import PROJECT, Layout
from jobmaal.core.periods import is_period
from jobmaal.demo import synthetic
from jobmaal.demo.synthetic import COUNTRY, SyntheticDimension, SyntheticMeasure, SyntheticTable
from jobmaal.inputs.tables import inspect
from jobmaal.jobindsats import config
from jobmaal.jobindsats.response import Promise, check_data, read_calendar, read_metadata

SHARED = Path(os.environ.get("JOBMAAL_SHARED") or PROJECT.parent / "shared") / "jobindsats" / "data"

Cells = dict[tuple[str, ...], list[Any]]

KON = SyntheticDimension("_koen", "_kon", "Køn", "Køn i alt", ("Kvinder", "Mænd"))
ALDER = SyntheticDimension("_alder", "_aldera", "Alder", "Alder i alt", ("Unge", "Voksne", "Ældre"), (1, 5, 2))
MEASURES = (
    SyntheticMeasure("p", "Antal personer", synthetic.COUNT),
    SyntheticMeasure("f", "Antal", synthetic.COUNT, "Fuldtidspersoner"),
    SyntheticMeasure("f", "I pct. af arbejdsstyrken", synthetic.RATE, "Fuldtidspersoner"),
)


@pytest.fixture(scope="module")
def shipped() -> dict[str, SyntheticTable]:
    """Return the made-up versions of the configured tables."""
    tables = config.read_tables(Layout(PROJECT / "seeds", PROJECT / "data"))
    return {table.table_id: table for table in synthetic.shipped_tables(tables, "2026M10")}


@pytest.fixture(scope="module")
def everywhere(shipped: Mapping[str, SyntheticTable]) -> tuple[str, ...]:
    """Return the 98 municipalities and the country."""
    return shipped["y25i01"].areas


@pytest.fixture(scope="module")
def crossed(everywhere: tuple[str, ...]) -> SyntheticTable:
    """Return a table of two dimensions that is small enough to hide cells."""
    return SyntheticTable("x01", "X", "M", synthetic.period_ids("M", "2026M10", 2), everywhere, MEASURES, (KON, ALDER))


def read(body: bytes, labels: int) -> Cells:
    """Return the measures by the labels of their row; so many columns are labels."""
    rows = json.loads(body)["rows"]
    cells = {tuple(row[:labels]): row[labels:] for row in rows}
    assert len(cells) == len(rows)
    return cells


def cells_of(table: SyntheticTable, revision: int = 0, **asked: Any) -> Cells:
    """Return the cells of a reply."""
    return read(synthetic.reply(table, revision, **asked), 2 + len(table.dimensions))


def changed(before: Cells, after: Cells) -> list[tuple[str, ...]]:
    """Return the labels of each cell that differs, once a cell."""
    assert before.keys() == after.keys()
    return [key for key, row in before.items() for a, b in zip(row, after[key], strict=True) if a != b]


# --- the form -----------------------------------------------------------------------------------------


def test_columns_are_period_area_dimensions_and_measures_with_their_group(crossed: SyntheticTable) -> None:
    content = json.loads(synthetic.reply(crossed, 0, ["2026M10"], ["Fanø"]))
    assert content["columns"] == [
        *("Periode", "Område", "Køn", "Alder"),
        *("Antal personer", "Fuldtidspersoner: Antal", "Fuldtidspersoner: I pct. af arbejdsstyrken"),
    ]
    assert len(content["rows"]) == 3 * 4
    assert content["rows"][0][:4] == ["2026M10", "Fanø", "Køn i alt", "Alder i alt"]


def test_a_reply_and_its_description_are_what_the_reader_expects(shipped: Mapping[str, SyntheticTable]) -> None:
    told = [synthetic.metadata(table, "2026-11-10", "2026-12-10") for table in shipped.values()]
    assert set(read_calendar(json.dumps(synthetic.calendar(told)).encode())) == set(shipped)
    for table, content in zip(shipped.values(), told, strict=True):
        metadata = read_metadata(json.dumps(content).encode())
        assert metadata.periods == {table.period_type: table.period_ids}
        periods = table.period_ids[-2:]
        promise = Promise(metadata, frozenset(periods), frozenset(table.areas))
        shape = check_data(synthetic.reply(table, 0, periods), promise)
        assert (shape.columns, shape.dimensions) == (table.columns, len(table.dimensions))


def test_counts_are_whole_and_rates_have_one_decimal(crossed: SyntheticTable) -> None:
    for count, full_time, rate in cells_of(crossed).values():
        assert all(value is None or type(value) is int for value in (count, full_time))
        assert rate is None or (type(rate) is float and rate == round(rate, 1))
        assert count is None or full_time is None or full_time <= count


def test_what_the_table_does_not_have_is_told(crossed: SyntheticTable) -> None:
    for asked in ({"periods": ["2031M01"]}, {"areas": ["Atlantis"]}, {"members": [["Andre"], None]}):
        with pytest.raises(ValueError, match=r"2031M01|Atlantis|Andre"):
            synthetic.reply(crossed, 0, **asked)


@pytest.mark.parametrize(
    ("kind", "first", "last", "number"),
    [("M", "2024M11", "2026M10", 24), ("Q", "2024Q04", "2026Q03", 8), ("QMAT", "2024QMAT04", "2026QMAT03", 8),
     ("Y", "2024Y01", "2025Y01", 2)],
)  # fmt: skip
def test_periods_end_with_the_last_month_or_before_it(kind: str, first: str, last: str, number: int) -> None:
    found = synthetic.period_ids(kind, "2026M10", 2)
    assert (found[0], found[-1], len(found)) == (first, last, number)
    assert all(map(is_period, found))
    assert list(found) == sorted(found)


# --- the same each time -------------------------------------------------------------------------------


def test_a_reply_is_the_same_each_time_and_another_with_another_seed(crossed: SyntheticTable) -> None:
    assert synthetic.reply(crossed, 2) == synthetic.reply(crossed, 2)
    assert synthetic.reply(crossed, 2) != synthetic.reply(replace(crossed, seed=2), 2)
    assert synthetic.reply(crossed, 2) != synthetic.reply(replace(crossed, table_id="x02"), 2)


def some(names: Sequence[str]) -> st.SearchStrategy[list[str]]:
    """Draw some of the names, in any order."""
    return st.lists(st.sampled_from(names), min_size=1, max_size=4, unique=True)


AREAS = ("Fanø", COUNTRY, "Odense", "Læsø")
SMALL = SyntheticTable("s01", "S", "M", synthetic.period_ids("M", "2026M10", 1), AREAS, MEASURES, (KON, ALDER))
BENCHMARK = (
    *(SyntheticMeasure("a", label, synthetic.COUNT, "Antal") for label in ("Forventet", "Faktisk")),
    SyntheticMeasure("a", "Forskel", synthetic.DIFFERENCE, "Antal"),
    *(SyntheticMeasure("b", label, synthetic.RATE, "Andel") for label in ("Forventet", "Faktisk")),
    SyntheticMeasure("b", "Forskel", synthetic.DIFFERENCE, "Andel"),
    SyntheticMeasure("c", "Placering", synthetic.PLACE),
)


@settings(max_examples=60, deadline=None)
@given(
    measures=st.sampled_from([MEASURES, BENCHMARK]),
    revision=st.integers(0, 3),
    asked=st.tuples(some(SMALL.period_ids), some(AREAS), some((KON.total, *KON.members)), some(ALDER.members)),
)
def test_a_part_that_is_asked_for_alone_has_the_cells_of_the_whole(
    measures: tuple[SyntheticMeasure, ...], revision: int, asked: tuple[list[str], ...]
) -> None:
    table = replace(SMALL, measures=measures)
    whole = cells_of(table, revision)
    part = cells_of(table, revision, periods=asked[0], areas=asked[1], members=asked[2:])
    assert part == {key: row for key, row in whole.items() if all(k in w for k, w in zip(key, asked, strict=True))}


def test_members_of_one_dimension_alone_may_be_chosen() -> None:
    part = cells_of(SMALL, 0, members=[["Kvinder"], None])
    assert part == {key: row for key, row in cells_of(SMALL).items() if key[2] == "Kvinder"}


@settings(max_examples=20, deadline=None)
@given(columns=some(SMALL.columns), revision=st.integers(0, 2))
def test_columns_that_are_left_out_change_nothing_else(columns: list[str], revision: int) -> None:
    whole, part = (json.loads(synthetic.reply(SMALL, revision, columns=c)) for c in (None, columns))
    at = [n for n, name in enumerate(whole["columns"]) if name in columns]
    assert part == {
        "columns": [whole["columns"][n] for n in at],
        "rows": [[row[n] for n in at] for row in whole["rows"]],
    }


# --- as real figures behave ---------------------------------------------------------------------------


def test_small_counts_are_hidden_their_rates_seldom_and_some_are(shipped: Mapping[str, SyntheticTable]) -> None:
    cells = {key: (row[1], row[2]) for key, row in cells_of(shipped["y25i01"]).items()}
    counts = [count for count, _ in cells.values() if count is not None]
    assert min(counts) == 3
    assert all(count is None for count, rate in cells.values() if rate is None)
    assert any(count is None and rate is not None for count, rate in cells.values())
    hidden = {area for (_, area, _), (count, _) in cells.items() if count is None}
    assert hidden
    assert hidden <= {"Læsø", "Fanø", "Samsø", "Ærø", "Langeland"}


def test_a_total_is_its_parts_give_or_take_one(crossed: SyntheticTable) -> None:
    cells = cells_of(crossed)
    gaps = []
    for period, area in itertools.product(crossed.period_ids, crossed.areas):
        for axis, dimension in enumerate((KON, ALDER)):
            others = (KON, ALDER)[1 - axis]
            for other in (others.total, *others.members):
                keys = [(other, m) if axis else (m, other) for m in (dimension.total, *dimension.members)]
                total, *parts = (cells[period, area, *key][0] for key in keys)
                if None not in (total, *parts):
                    gaps.append(total - sum(parts))
    assert {-1, 0, 1} == set(gaps)
    assert gaps.count(0) > len(gaps) / 2


def test_the_country_exceeds_its_municipalities_a_little(shipped: Mapping[str, SyntheticTable]) -> None:
    table = shipped["y25i01"]
    for revision in (0, 2):
        sums: dict[str, int] = defaultdict(int)
        cells = cells_of(table, revision, members=[["Ydelsesgrupper i alt"]])
        for (period, area, _), (count, *_) in cells.items():
            sums[period] += 0 if area == COUNTRY else count
        for period in table.period_ids:
            above = cells[period, COUNTRY, "Ydelsesgrupper i alt"][0] - sums[period]
            assert 0 < above < 0.005 * sums[period]


def test_sizes_are_plausible(shipped: Mapping[str, SyntheticTable]) -> None:
    cells = cells_of(shipped["y25i01"], 0, periods=["2026M10"], members=[["Ydelsesgrupper i alt"]])
    counts = {area: count for (_, area, _), (count, *_) in cells.items()}
    assert 40_000 < counts.pop(COUNTRY) < 200_000
    ordered = sorted(counts, key=lambda area: counts[area])
    assert ordered[-1] == "København"
    assert set(ordered[:3]) <= {"Læsø", "Fanø", "Samsø", "Ærø"}
    assert all(0.2 < rate < 15 for *_, rate, _ in cells.values())


def test_figures_have_seasons_and_run_on_from_month_to_month(shipped: Mapping[str, SyntheticTable]) -> None:
    table = shipped["y25i01"]
    cells = cells_of(table, 0, areas=[COUNTRY], members=[["Ydelsesgrupper i alt"]])
    series = [row[0] for row in cells.values()]
    assert all(abs(b / a - 1) < 0.1 for a, b in itertools.pairwise(series))
    by_month = {m: statistics.mean(v for (p, *_), (v, *_) in cells.items() if p.endswith(m)) for m in ("M01", "M07")}
    assert by_month["M01"] > 1.05 * by_month["M07"]
    adjusted = [row[0] for row in cells_of(shipped["y25i03"], 0, areas=[COUNTRY]).values()]
    assert max(abs(b / a - 1) for a, b in itertools.pairwise(adjusted)) < 0.03


# --- revisions ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("table_id", ["ptv_a02", "y25i01", "y25i03", "y30r21", "y60a02"])
def test_a_revision_changes_about_one_and_a_half_pct_of_the_cells(
    shipped: Mapping[str, SyntheticTable], table_id: str
) -> None:
    table = shipped[table_id]
    states = [cells_of(table, revision) for revision in range(4)]
    cells = len(states[0]) * len(table.measures)
    for before, after in itertools.pairwise(states):
        assert 0.007 < len(changed(before, after)) / cells < 0.025


def test_recent_periods_change_more(shipped: Mapping[str, SyntheticTable]) -> None:
    table = shipped["y25i01"]
    keys = changed(cells_of(table, 0), cells_of(table, 1))
    recent = sum(key[0] in table.period_ids[-6:] for key in keys)
    oldest = sum(key[0] in table.period_ids[:60] for key in keys)
    assert recent > oldest > 0


def test_every_revision_changes_something_however_small_the_table() -> None:
    for measures in (MEASURES, BENCHMARK):
        table = replace(SMALL, measures=measures, areas=("Fanø", "Odense"), period_ids=("2026M10",))
        for revision in range(1, 20):
            assert changed(cells_of(table, revision - 1), cells_of(table, revision))


# --- benchmarks ---------------------------------------------------------------------------------------


def test_printed_differences_are_those_of_the_printed_parts(shipped: Mapping[str, SyntheticTable]) -> None:
    for row in cells_of(shipped["y30r21"], 1).values():
        expected, actual, difference, expected_share, actual_share, share_difference, _ = row
        assert difference == actual - expected
        assert all(count % 10 == 0 for count in row[:3])
        assert round(actual_share - expected_share, 2) == share_difference
        assert expected >= 10
        assert actual_share > 0


def tie_violations(cells: Cells, at_difference: int, at_place: int) -> list[tuple[str, ...]]:
    """Return the rows whose place is not one that their rounded difference leaves open, lowest first."""
    groups: dict[tuple[str, ...], list[tuple[tuple[str, ...], float, int]]] = defaultdict(list)
    for key, row in cells.items():
        groups[key[0], *key[2:]].append((key, row[at_difference], row[at_place]))
    found = []
    for rows in groups.values():
        assert sorted(place for *_, place in rows) == list(range(1, len(rows) + 1))
        for key, difference, place in rows:
            below = sum(other < difference for _, other, _ in rows)
            if not below < place <= below + sum(other == difference for _, other, _ in rows):
                found.append(key)
    return found


@pytest.mark.parametrize("revision", [0, 2])
def test_places_are_within_the_ties_of_the_rounded_difference(
    shipped: Mapping[str, SyntheticTable], revision: int
) -> None:
    cells = cells_of(shipped["y30r21"], revision)
    assert tie_violations(cells, 5, 6) == []
    one = [row for (period, _, member), row in cells.items() if (period, member[:7]) == ("2026QMAT03", "Ydelses")]
    assert len({row[5] for row in one}) < len(one)


def test_a_place_that_is_not_within_its_ties_is_told() -> None:
    assert tie_violations({("p", "a"): [0.1, 2], ("p", "b"): [0.2, 1]}, 0, 1) == [("p", "a"), ("p", "b")]


def test_the_total_of_a_benchmark_is_its_parts_within_rounding(shipped: Mapping[str, SyntheticTable]) -> None:
    table = shipped["y30r21"]
    (dimension,) = table.dimensions
    cells = cells_of(table, 0, periods=["2026QMAT03"])
    for area in table.areas:
        total, *parts = (cells["2026QMAT03", area, m] for m in (dimension.total, *dimension.members))
        assert round(sum(part[3] for part in parts), 2) == total[3]
        assert abs(sum(part[5] for part in parts) - total[5]) < 0.021
        assert all(abs(sum(part[n] for part in parts) - total[n]) <= 20 for n in (0, 1))


def test_the_country_has_no_place() -> None:
    cells = cells_of(replace(SMALL, measures=BENCHMARK, dimensions=(KON,)))
    assert {row[-1] for key, row in cells.items() if key[1] == COUNTRY} == {None}
    assert {row[-1] for key, row in cells.items() if key[1] != COUNTRY} == {1, 2, 3}


# --- the shipped tables -------------------------------------------------------------------------------


def test_every_configured_table_is_shipped_with_its_hierarchies(shipped: Mapping[str, SyntheticTable]) -> None:
    configured = config.read_tables(Layout(PROJECT / "seeds", PROJECT / "data"))
    assert set(shipped) == set(configured)
    for table_id, table in shipped.items():
        assert tuple(d.hierarchy_id for d in table.dimensions) == tuple(h for h, _ in configured[table_id].hierarchies)
        assert table.period_type == configured[table_id].period_type
        assert len(table.areas) == (98 if table_id == "y30r21" else 99)
        told = synthetic.metadata(table, "", "")
        hierarchies = {h["hierarchy_id"] for d in told["dimensions"] for h in d["hierarchies"]}
        assert hierarchies >= {configured[table_id].areas[0]}


def test_every_configured_measure_has_its_label_in_the_shipped_table(shipped: Mapping[str, SyntheticTable]) -> None:
    found, _ = inspect(Layout(PROJECT / "seeds", PROJECT / "data"))
    for row in found.of("series_measures"):
        assert row["label"] in shipped[row["table_id"]].measure_labels


def test_an_unknown_table_gets_the_shape_that_its_configuration_tells(shipped: Mapping[str, SyntheticTable]) -> None:
    known = config.read_tables(Layout(PROJECT / "seeds", PROJECT / "data"))["y25i01"]
    hierarchies, measures = (("_nyt", "*"), ("_kon", "/")), "antal=1;fuld=1;nyt=1"
    unknown = replace(known, table_id="z99", hierarchies=hierarchies, measures=measures, period_type="Y")
    (table,) = synthetic.shipped_tables({"z99": unknown}, "2026M10", 3, shipped["y25i01"].areas[:4])
    assert [d.label for d in table.dimensions] == ["Nyt", "Køn"]
    assert list(table.mgroups) == ["antal", "fuld", "nyt"]
    assert table.period_ids == ("2023Y01", "2024Y01", "2025Y01")
    assert len(cells_of(table)) == 3 * 4 * 3 * 3


def test_the_tables_before_the_reform_end_with_it(shipped: Mapping[str, SyntheticTable]) -> None:
    assert {shipped[table_id].period_ids[-1] for table_id in ("y36a02", "y38a02")} == {"2025M06"}
    assert shipped["y60a02"].period_ids[-1] == "2026M10"


def test_the_whole_demo_is_small_and_quick(shipped: Mapping[str, SyntheticTable], tmp_path: Path) -> None:
    times = [dt.datetime(2026, month, 12, 9, 30) for month in (9, 10, 11)]
    revised = {"y25i01", "ptv_a02", "y30r21"}
    started = time.monotonic()
    revisions = {table_id: times if table_id in revised else times[-1:] for table_id in shipped}
    synthetic.write_folder(shipped.values(), tmp_path, revisions)
    assert time.monotonic() - started < 30
    cells = 0
    for table_id, table in shipped.items():
        (latest, *_), names = times[::-1], sorted(path.name for path in (tmp_path / table_id).iterdir())
        stamps = [f"{at:%Y-%m-%dT%H-%M-%S}.json" for at in revisions[table_id]]
        assert names == [*stamps, "table.json"]
        told = read_metadata((tmp_path / table_id / "table.json").read_bytes())
        assert (told.table_id, told.update_latest) == (table_id, latest.date().isoformat())
        for revision, stamp in enumerate(stamps):
            body = (tmp_path / table_id / stamp).read_bytes()
            cells += body.count(b"[") * len(table.measures)
            if table_id == "y30r21":
                assert body == synthetic.reply(table, revision)
    assert 1_000_000 < cells < 4_000_000


def test_ten_million_cells_take_well_under_a_minute(everywhere: tuple[str, ...]) -> None:
    many = SyntheticDimension("_d", "_h", "Gruppe", "I alt", tuple(f"Gruppe {n}" for n in range(105)))
    table = SyntheticTable("big", "B", "M", synthetic.period_ids("M", "2026M10", 27), everywhere, MEASURES, (many,))
    started = time.monotonic()
    body = synthetic.reply(table, 1)
    assert time.monotonic() - started < 45
    assert (body.count(b"[") - 2) * len(MEASURES) == 27 * 12 * 99 * 106 * 3 > 10_000_000


# --- beside the real ones -----------------------------------------------------------------------------


@pytest.mark.parametrize("table_id", ["y25i01", "y25i09", "y30r21", "y60a02"])
def test_labels_and_members_are_those_of_the_saved_replies(
    shipped: Mapping[str, SyntheticTable], table_id: str
) -> None:
    path = max((SHARED / table_id).glob("*.json"), default=None)
    if path is None:
        pytest.skip(f"there are no saved replies in {SHARED / table_id} (set JOBMAAL_SHARED)")
    content, table = json.loads(path.read_text(encoding="utf-8-sig")), shipped[table_id]
    names = {d.label: {d.total, *d.members} for d in table.dimensions}
    # The saved reply of y60a02 has the totals alone; those of y25i01 and y25i09 have some measures, one shortened.
    found, _ = inspect(Layout(PROJECT / "seeds", PROJECT / "data"))
    printed = {label: row["label"] for row in found.of("series_measures") for label in config.labels_of(row)}
    columns = [printed.get(column, column) for column in content["columns"]]
    assert columns == [column for column in table.columns if column in columns]
    assert {*table.columns[2:]} - {*columns} <= {*names, *printed}
    assert {row[1] for row in content["rows"]} == set(table.areas)
    for at, label in enumerate(content["columns"]):
        if label in names:
            assert {row[at] for row in content["rows"]} == names[label]
