"""What a table claims of itself: totals and parts, the country and its municipalities, printed places.

Belongs here: `jobmaal.jobindsats.cells.claims`.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from jobmaal.inputs.tables import Input
from jobmaal.jobindsats.cells.claims import COUNTRY, PARTS, PLACES
from tests.helpers.series import (
    ALL,
    JULY,
    SHARE,
    UNDECLARED,
    LandMadeUp,
    Rows,
    Series,
    description,
    july,
    response,
)

pytestmark = pytest.mark.usefixtures("without_waiting_for_the_disk")


def split(total: object, *parts: object) -> list[list[Any]]:
    """Return rows of a total and its parts."""
    return [july(total), *(july(part, f"Del {n}") for n, part in enumerate(parts))]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("rows", "counted"),
    [
        pytest.param(split(654, 533, 121), (1, 0), id="as it should be"),
        pytest.param(split(655, 533, 121), (1, 0), id="one away, which rounding explains"),
        pytest.param(split(653, 533, 121), (1, 0), id="one away, downwards"),
        pytest.param(split(656, 533, 121), (1, 1), id="two away"),
        pytest.param(split(103, 50, 30, 20), (1, 1), id="three parts: three away"),
        pytest.param(split(102, 50, 30, 20), (1, 0), id="three parts: two away"),
        pytest.param(split(670, 540, 120), (1, 0), id="to the nearest ten: ten away"),
        pytest.param(split(680, 540, 120), (1, 1), id="to the nearest ten: twenty away"),
        pytest.param(split(0.5, 0.2, 0.2), (1, 0), id="to one decimal: a tenth away"),
        pytest.param(split(0.6, 0.2, 0.2), (1, 1), id="to one decimal: two tenths away"),
    ],
)
def test_parts_make_up_their_total_as_far_as_the_printed_precision_tells(
    series: Series, found: Input, rows: Rows, counted: tuple[int, int]
) -> None:
    series.land(0, response(rows))
    series.load(found)
    assert series.claims() == {(PARTS, 0): counted}


@pytest.mark.parametrize("rows", [split(9, None, 5), split(None, 4, 5), split(9), split(None, None)])
def test_nothing_is_worked_out_around_a_hidden_cell_or_without_parts(series: Series, found: Input, rows: Rows) -> None:
    series.land(0, response(rows))
    series.load(found)
    assert series.claims() == {}


def test_where_a_part_is_not_shown_for_one_area_that_area_is_not_checked(series: Series, found: Input) -> None:
    odense = [[JULY, "Odense", *row[2:]] for row in split(90, 50)]
    series.land(0, response([*split(9, 4, 5), *odense]))
    series.load(found)
    assert series.claims() == {(PARTS, 0): (1, 0)}


def test_rates_are_never_added_up(series: Series, found: Input) -> None:
    rows = [[JULY, "København", member, value] for member, value in ((ALL, 9.9), ("A", 1.1), ("B", 1.1))]
    series.land(0, response(rows, [SHARE]))
    series.land(0, response(rows, ["Placering"]), table=UNDECLARED)
    series.load(found)
    assert series.claims() == {}


def test_the_levels_of_a_hierarchy_are_not_added_together(series: Series, found: Input) -> None:
    levels = [{"0": ALL}, {"1": "A", "2": "B"}, {"3": "A1", "4": "A2", "5": "B1"}]
    rows = [july(value, name) for name, value in ((ALL, 99), ("A", 60), ("B", 39), ("A1", 31), ("A2", 29), ("B1", 49))]
    series.land(0, response(rows), description({}, {"_y": levels}))
    series.load(found)
    assert series.claims() == {(PARTS, 0): (2, 1)}


def test_a_member_of_two_dimensions_is_held_against_each_of_its_totals(series: Series, found: Input) -> None:
    figures = {("T", "T"): 9, ("K", "T"): 4, ("M", "T"): 5, ("T", "U"): 6, ("T", "V"): 3, ("K", "U"): 3, ("K", "V"): 1,
               ("M", "U"): 3, ("M", "V"): 9}  # fmt: skip
    names = {"T": ("Køn i alt", "Alder i alt")}
    rows = [[JULY, "København", names.get(k, (k,))[0], names.get(a, (a,) * 2)[1], n] for (k, a), n in figures.items()]
    series.land(0, response(rows, dimensions=["Køn", "Alder"]))
    series.load(found)
    # All by sex, by age; women, men by age; the young, the others by sex. Men and the others do not add up.
    assert series.claims() == {(PARTS, 0): (6, 2)}


def test_nothing_is_claimed_of_a_measure_whose_unit_is_not_known(series: Series, found: Input) -> None:
    rows = [july(value, name) for name, value in ((ALL, 9.5), ("A", 8.0), ("B", 11.0))]
    for label in (
        "Gennemsnitlig varighed i uger",
        "Varighed",
        "Antal forløb",
        "Fuldtidspersoner pr. 1.000 indbyggere",
        "Indeks",
    ):
        series.land(0, response(rows, [label]), table=UNDECLARED)
        series.load(found)
        assert set(series.rows("select unit from raw.read_measures")) == {("ukendt",)}
        assert series.claims() == {}


@pytest.mark.parametrize("described", [None, "_akassebl"])
def test_persons_are_not_added_up_over_unemployment_funds_and_full_time_persons_are(
    series: Series, found: Input, described: str | None
) -> None:
    # Somebody is in two funds: three persons, and four memberships.
    labels = ["Antal personer", "Antal fuldtidspersoner"]
    rows = [[JULY, "København", fund, *values] for fund, values in
            (("A-kasser i alt", (3, 3)), ("3F", (2, 2)), ("HK", (2, 1)))]  # fmt: skip
    levels = [{"0": "A-kasser i alt"}, {"1": "3F", "2": "HK"}]
    body = response(rows, labels, ["A-kasse"])
    series.land(0, body, description({}, {described: levels}) if described else None, table="y60a02")
    series.load(found)
    assert series.rows("select rule, cells_checked, cells_deviating, unit from raw.series_claims") == [
        (PARTS, 1, 0, "fuldtidspersoner")
    ]


def test_a_parent_and_its_child_with_one_label_are_one_member_that_splits_both_levels(
    series: Series, found: Input
) -> None:
    levels = [{"0": ALL}, {"1": "A", "2": "B"}, {"3": "A1", "4": "A2", "5": "B"}]
    figures = ((ALL, 99), ("A", 60), ("A1", 31), ("A2", 29), ("B", 39), ("B", 39))
    rows = [july(value, name, area) for area in ("København", "Odense") for name, value in figures]
    landed = series.land(0, response(rows), description({}, {"_y": levels}))
    loaded = series.load(found)
    assert (landed.repeated, loaded.cells, loaded.values) == (2, 10, 10)
    assert series.values("B") == [(39, 0, None)]
    assert series.claims() == {(PARTS, 0): (4, 0)}


def test_there_is_one_row_a_table_rule_and_release(series: Series, found: Input) -> None:
    labels = ["Antal personer", "Antal fuldtidspersoner", "Fuldtidspersoner i pct. af befolkningen"]
    rows = [[JULY, "København", member, *values] for member, values in
            ((ALL, (9, 100, 1)), ("A", (4, 40, 2)), ("B", (5, 80, 3)))]  # fmt: skip
    odense = [[JULY, "Odense", *row[2:]] for row in rows]
    series.land(0, response(rows, labels), table="y60a02", part=1, parts=2)
    last = series.land(0, response(odense, labels), table="y60a02", part=2, parts=2)
    series.land(1, response([row[:4] for row in rows], labels[:1]), table="y60a02")
    series.load(found)
    assert series.rows(
        """
        select table_id, rule, delivery, source_ref, retrieved_at, cells_checked, cells_deviating, tolerance, unit
        from raw.series_claims order by delivery
        """
    ) == [
        # Persons are printed to the nearest one, full-time persons here to the nearest ten: two units are none.
        ("y60a02", PARTS, "day 0", last.source_ref, last.retrieved_at, 4, 2, Decimal(15), None),
        ("y60a02", PARTS, "day 1", *series.rows(
            "select source_ref, retrieved_at from raw.read_responses where delivery = 'day 1'")[0],
         1, 0, Decimal("1.5"), "personer"),
    ]  # fmt: skip


@pytest.fixture(scope="module")
def municipalities(found: Input) -> list[str]:
    """Return the 98 municipalities."""
    return [row["area_name"] for row in found.of("areas") if row["area_type"] == "municipality"]


@pytest.mark.parametrize(
    ("change", "counted"),
    [
        pytest.param({}, (1, 0), id="as it should be"),
        # 98 rounded numbers and a rounded sum: half of 99.
        pytest.param({"Hele landet": 980 + 49}, (1, 0), id="within what rounding explains"),
        pytest.param({"Hele landet": 980 + 50}, (1, 1), id="beyond it"),
        pytest.param({"Hele landet": None}, None, id="the country is hidden"),
        pytest.param({"Læsø": None}, None, id="a municipality is hidden"),
        pytest.param({"Læsø": ...}, None, id="a municipality is not there"),
        pytest.param({"Hele landet": ...}, None, id="the country is not there"),
    ],
)
def test_the_country_is_held_against_all_its_municipalities_and_never_against_some(
    series: Series, found: Input, municipalities: list[str], change: dict[str, Any], counted: tuple[int, int] | None
) -> None:
    values: dict[str, Any] = {area: 9 + n % 3 for n, area in enumerate(municipalities)}
    values["København"] += 980 - sum(values.values())
    values |= {"Hele landet": 980, "Region Sjælland": 5000} | change
    series.land(0, response([july(value, area=area) for area, value in values.items() if value is not ...]))
    series.load(found)
    assert series.claims() == ({} if counted is None else {(COUNTRY, 0): counted})


DIFFERENCE = (
    "Forventet og faktisk andel fuldtidspersoner på offentlig forsørgelse: "
    "Forskel mellem forventet og faktisk andel (pct. point)"
)
PLACE = "Placering på benchmarkranglisten"


def ranking(municipalities: list[str], change: Mapping[int, tuple[Any, Any]]) -> list[list[Any]]:
    """Return rows of a ranking from below, the 4th and 5th sharing a value; changed ones by their place."""
    rows = {place: (place / 100, place) for place in range(1, 99)}
    rows[5] = (rows[4][0], 5)
    rows |= change
    country = ["2026QMAT02", "Hele landet", -9, None]
    return [country, *(["2026QMAT02", area, *rows[place]] for place, area in enumerate(municipalities, 1))]


@pytest.mark.parametrize(
    ("change", "deviating"),
    [
        ({}, 0),
        pytest.param({4: (0.04, 5), 5: (0.04, 4)}, 0, id="who shares a value may stand in any order"),
        pytest.param({5: (0.04, 4)}, 0, id="who shares a value may share a place"),
        pytest.param({3: (0.03, 4), 4: (0.04, 3)}, 2, id="two have changed places"),
        pytest.param({5: (0.04, 6)}, 1, id="behind those that share the value"),
        # All are one place lower than they say, but for one of those that share a value.
        pytest.param({98: (-0.5, 98)}, 97, id="the best is placed last"),
    ],
)
def test_printed_places_are_those_that_the_rounded_values_leave_open(
    series: Series, found: Input, municipalities: list[str], change: Mapping[int, tuple[Any, Any]], deviating: int
) -> None:
    series.land(0, response(ranking(municipalities, change), [DIFFERENCE, PLACE], []), table="y30r21")
    series.load(found)
    assert series.claims() == {(PLACES, 0): (98, deviating)}


@pytest.mark.parametrize(
    ("better", "claims"), [("no", {(PLACES, 0): (98, 0)}), ("yes", {(PLACES, 0): (98, 98)}), ("", {})]
)
def test_places_are_held_against_the_direction_that_the_data_team_gives(
    series: Series, found: Input, municipalities: list[str], better: str, claims: dict[Any, Any]
) -> None:
    rows = [
        replace(row, cells={**row.cells, "higher_is_better": better}) if row["measure_id"] == "forskel_andel" else row
        for row in found.of("series_measures")
    ]
    series.land(0, response(ranking(municipalities, {}), [DIFFERENCE, PLACE], []), table="y30r21")
    series.load(replace(found, rows={**found.rows, "series_measures": rows}))
    assert series.claims() == claims


@pytest.mark.parametrize("change", [{7: (None, 7)}, {7: (0.07, None)}, {98: (None, None)}])
def test_no_place_is_checked_where_a_value_or_a_place_is_hidden(
    series: Series, found: Input, municipalities: list[str], change: Mapping[int, tuple[Any, Any]]
) -> None:
    rows = ranking(municipalities, change)
    others = [["2026QMAT01", *row[1:]] for row in ranking(municipalities, {})]
    series.land(0, response([*rows, *others], [DIFFERENCE, PLACE], []), table="y30r21")
    series.load(found)
    assert series.claims() == {(PLACES, 0): (98, 0)}


def test_no_place_is_checked_where_a_municipality_is_not_there(
    series: Series, found: Input, municipalities: list[str]
) -> None:
    series.land(0, response(ranking(municipalities, {})[:-1], [DIFFERENCE, PLACE], []), table="y30r21")
    series.load(found)
    assert series.claims() == {}


def test_made_up_tables_keep_what_they_claim_in_every_release(
    tmp_path: Path, found: Input, land_made_up: LandMadeUp
) -> None:
    series = Series(tmp_path)
    for table_id in ("y25i01", "y30r21"):
        land_made_up(series, found, table_id)
    series.load(found)
    claims = defaultdict(list)
    for table_id, rule, checked, deviating in series.rows(
        "select table_id, rule, cells_checked, cells_deviating from raw.series_claims order by all"
    ):
        assert checked > 0
        claims[table_id, rule].append(deviating)
    assert claims["y30r21", PLACES] == [0, 0]
    assert claims["y25i01", PARTS] == [0, 0]
    # The country has a little more than its municipalities, as the real one.
    assert min(claims["y25i01", COUNTRY]) > 0
