"""Made-up Jobindsats tables: that they have the form of real ones, and behave as real ones were seen to.

Belongs here: `jobmaal.demo.synthetic`, as far as a user of the demo or a reader of its responses notices it. Does not:
serving them (`test_v3_server`), landing and loading them.
"""

import itertools
import json
import os
import statistics
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from jobmaal.core.layout import PROJECT, Layout
from jobmaal.core.periods import is_period
from jobmaal.demo import synthetic
from jobmaal.demo.synthetic import COUNTRY, SyntheticDimension, SyntheticMeasure, SyntheticTable
from jobmaal.inputs.tables import inspect
from jobmaal.jobindsats import config
from jobmaal.jobindsats.response import Promise, check_data, read_metadata

SHARED = Path(os.environ.get("JOBMAAL_SHARED") or PROJECT.parent / "shared") / "jobindsats" / "data"
LAYOUT = Layout(PROJECT / "seeds", PROJECT / "data")
BENEFITS = "Ydelsesgrupper i alt"

Cells = dict[tuple[str, ...], list[Any]]

KON = SyntheticDimension("_koen", "_kon", "Køn", "Køn i alt", ("Kvinder", "Mænd"))
ALDER = SyntheticDimension("_alder", "_aldera", "Alder", "Alder i alt", ("Unge", "Voksne", "Ældre"), (1, 5, 2))
MEASURES = (
    SyntheticMeasure("p", "Antal personer", synthetic.COUNT),
    SyntheticMeasure("f", "Antal", synthetic.COUNT, "Fuldtidspersoner"),
    SyntheticMeasure("f", "I pct. af arbejdsstyrken", synthetic.RATE, "Fuldtidspersoner"),
)
AREAS = ("Fanø", COUNTRY, "Odense", "Læsø")
SMALL = SyntheticTable("s01", "S", "M", synthetic.period_ids("M", "2026M10", 1), AREAS, MEASURES, (KON, ALDER))


@pytest.fixture(scope="module")
def shipped() -> dict[str, SyntheticTable]:
    """Return the made-up versions of the configured tables."""
    tables = synthetic.shipped_tables(config.read_tables(LAYOUT), "2026M10", years=3)
    return {table.table_id: table for table in tables}


def cells_of(table: SyntheticTable, revision: int = 0) -> Cells:
    """Return the measures by the labels of their row."""
    labels = 2 + len(table.dimensions)
    rows = json.loads(synthetic.response(table, revision))["rows"]
    cells = {tuple(row[:labels]): row[labels:] for row in rows}
    assert len(cells) == len(rows)
    return cells


def changed(before: Cells, after: Cells) -> list[tuple[str, ...]]:
    """Return the labels of each cell that differs, once a cell."""
    assert before.keys() == after.keys()
    return [key for key, row in before.items() for a, b in zip(row, after[key], strict=True) if a != b]


# --- the form -----------------------------------------------------------------------------------------


def test_a_response_and_its_description_are_what_the_reader_expects(shipped: Mapping[str, SyntheticTable]) -> None:
    for table in shipped.values():
        metadata = read_metadata(json.dumps(synthetic.metadata(table, "2026-11-10", "2026-12-10")).encode())
        assert metadata.periods == {table.period_type: table.period_ids}
        periods = table.period_ids[-2:]
        promise = Promise(metadata, frozenset(periods), frozenset(table.areas))
        shape = check_data(synthetic.response(table, 0, periods), promise)
        assert (shape.columns, shape.dimensions) == (table.columns, len(table.dimensions))


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


def test_a_response_is_the_same_each_time_and_one_of_some_periods_has_the_cells_of_the_whole() -> None:
    whole = json.loads(synthetic.response(SMALL, 2))
    assert json.loads(synthetic.response(SMALL, 2)) == whole
    part = json.loads(synthetic.response(SMALL, 2, ["2026M03", "2026M09"]))
    assert part["rows"] == [row for row in whole["rows"] if row[0] in ("2026M03", "2026M09")]


# --- as real figures behave ---------------------------------------------------------------------------


def test_figures_are_as_large_as_real_ones_and_the_small_counts_of_small_municipalities_are_suppressed(
    shipped: Mapping[str, SyntheticTable],
) -> None:
    cells = cells_of(shipped["y25i01"])
    assert min(row[1] for row in cells.values() if row[1] is not None) == 3
    suppressed = {area for (_, area, _), row in cells.items() if row[1] is None}
    assert suppressed
    assert suppressed <= {"Læsø", "Fanø", "Samsø", "Ærø", "Langeland"}
    assert any(row[1] is None and row[2] is not None for row in cells.values())
    totals = {area: row for (period, area, member), row in cells.items() if (period, member) == ("2026M10", BENEFITS)}
    assert all(0.2 < rate < 15 for *_, rate, _ in totals.values())
    # Somewhat more than its municipalities have.
    country = totals.pop(COUNTRY)[0]
    assert 40_000 < sum(row[0] for row in totals.values()) < country < 200_000
    assert max(totals, key=lambda area: totals[area][0]) == "København"


def test_a_total_is_its_parts_give_or_take_one() -> None:
    cells = cells_of(SMALL)
    parts: dict[tuple[str, ...], int] = defaultdict(int)
    incomplete = set()
    for (period, area, sex, age), (count, *_) in cells.items():
        if sex != KON.total:
            parts[period, area, KON.total, age] += count or 0
            incomplete |= {(period, area, KON.total, age)} if count is None else set()
    gaps = [
        cells[key][0] - total for key, total in parts.items() if cells[key][0] is not None and key not in incomplete
    ]
    assert set(gaps) <= {-1, 0, 1}
    assert len(gaps) > gaps.count(0) > len(gaps) / 2


def test_figures_have_seasons_and_run_on_from_month_to_month(shipped: Mapping[str, SyntheticTable]) -> None:
    country = {
        p: row[0] for (p, area, m), row in cells_of(shipped["y25i01"]).items() if (area, m) == (COUNTRY, BENEFITS)
    }
    assert all(abs(b / a - 1) < 0.1 for a, b in itertools.pairwise(country.values()))
    winter, summer = (statistics.mean(v for p, v in country.items() if p.endswith(m)) for m in ("M01", "M07"))
    assert winter > 1.05 * summer
    adjusted = [row[0] for (_, area), row in cells_of(shipped["y25i03"]).items() if area == COUNTRY]
    assert max(abs(b / a - 1) for a, b in itertools.pairwise(adjusted)) < 0.03


@pytest.mark.parametrize("table_id", ["y25i01", "y30r21"])
def test_each_revision_changes_about_one_and_a_half_pct_of_the_cells_and_recent_periods_most(
    shipped: Mapping[str, SyntheticTable], table_id: str
) -> None:
    table = shipped[table_id]
    states = [cells_of(table, revision) for revision in range(3)]
    for before, after in itertools.pairwise(states):
        keys = changed(before, after)
        assert 0.007 < len(keys) / len(before) / len(table.measures) < 0.025
        half = table.period_ids[len(table.period_ids) // 2]
        assert sum(key[0] >= half for key in keys) > sum(key[0] < half for key in keys)


def test_every_revision_changes_something_however_small_the_table(shipped: Mapping[str, SyntheticTable]) -> None:
    for measures in (MEASURES, shipped["y30r21"].measures):
        table = replace(SMALL, measures=measures, areas=("Fanø", "Odense"), period_ids=("2026M10",))
        assert all(changed(cells_of(table, revision - 1), cells_of(table, revision)) for revision in range(1, 9))


def test_a_benchmark_agrees_with_itself_as_it_is_printed(shipped: Mapping[str, SyntheticTable]) -> None:
    rankings: dict[tuple[str, str], list[tuple[float, int]]] = defaultdict(list)
    for (period, _, member), row in cells_of(shipped["y30r21"], 1).items():
        expected, actual, difference, expected_share, actual_share, share_difference, place = row
        assert difference == actual - expected
        assert all(count % 10 == 0 for count in row[:3])
        assert round(actual_share - expected_share, 2) == share_difference
        rankings[period, member].append((share_difference, place))
    for ranking in rankings.values():
        assert sorted(place for _, place in ranking) == list(range(1, len(ranking) + 1))
        # A place is one that the rounded difference leaves open, lowest first.
        assert [difference for difference, _ in sorted(ranking, key=lambda row: row[1])] == sorted(
            d for d, _ in ranking
        )
    assert any(len({difference for difference, _ in ranking}) < len(ranking) for ranking in rankings.values())


def test_the_country_has_no_place(shipped: Mapping[str, SyntheticTable]) -> None:
    cells = cells_of(replace(SMALL, measures=shipped["y30r21"].measures, dimensions=(KON,)))
    assert {row[-1] for key, row in cells.items() if key[1] == COUNTRY} == {None}
    assert {row[-1] for key, row in cells.items() if key[1] != COUNTRY} == {1, 2, 3}


# --- the shipped tables -------------------------------------------------------------------------------


def test_every_configured_table_is_shipped_with_its_hierarchies_and_measures(
    shipped: Mapping[str, SyntheticTable],
) -> None:
    configured = config.read_tables(LAYOUT)
    assert set(shipped) == set(configured)
    for table_id, table in shipped.items():
        assert tuple(d.hierarchy_id for d in table.dimensions) == tuple(h for h, _ in configured[table_id].hierarchies)
        assert len(table.areas) == (98 if table_id == "y30r21" else 99)
    for row in inspect(LAYOUT)[0].of("series_measures"):
        assert row["label"] in shipped[row["table_id"]].measure_labels
    assert {table_id for table_id, table in shipped.items() if table.period_ids[-1] == "2025M06"} == {
        "y36a02",
        "y38a02",
    }


def test_an_unknown_table_gets_the_shape_of_its_configuration() -> None:
    known = config.read_tables(LAYOUT)["y25i01"]
    hierarchies, measures = (("_nyt", "*"), ("_kon", "/")), "antal=1;fuld=1;nyt=1"
    unknown = replace(known, table_id="z99", hierarchies=hierarchies, measures=measures, period_type="Y")
    (table,) = synthetic.shipped_tables({"z99": unknown}, "2026M10", 3)
    assert [d.label for d in table.dimensions] == ["Nyt", "Køn"]
    assert list(table.mgroups) == ["antal", "fuld", "nyt"]
    assert table.period_ids == ("2023Y01", "2024Y01", "2025Y01")
    assert len(cells_of(table)) == 3 * 99 * 3 * 3


@pytest.mark.parametrize("table_id", ["y25i01", "y25i09", "y30r21", "y60a02"])
def test_labels_and_members_are_those_of_the_saved_responses(
    shipped: Mapping[str, SyntheticTable], table_id: str
) -> None:
    path = max((SHARED / table_id).glob("*.json"), default=None)
    if path is None:
        pytest.skip(f"there are no saved responses in {SHARED / table_id} (set JOBMAAL_SHARED)")
    content, table = json.loads(path.read_text(encoding="utf-8-sig")), shipped[table_id]
    names = {d.label: {d.total, *d.members} for d in table.dimensions}
    # The saved response of y60a02 has the totals alone; those of y25i01 and y25i09 have some measures, one shortened.
    found, _ = inspect(LAYOUT)
    printed = {label: row["label"] for row in found.of("series_measures") for label in config.labels_of(row)}
    columns = [printed.get(column, column) for column in content["columns"]]
    assert columns == [column for column in table.columns if column in columns]
    assert {*table.columns[2:]} - {*columns} <= {*names, *printed}
    assert {row[1] for row in content["rows"]} == set(table.areas)
    for at, label in enumerate(content["columns"]):
        if label in names:
            assert {row[at] for row in content["rows"]} == names[label]
