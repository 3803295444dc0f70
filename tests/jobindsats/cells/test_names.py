"""Who is who: which labels of a table's responses are one measure, or one part of the population.

Belongs here: `jobmaal.jobindsats.cells.names` and `jobmaal.jobindsats.identity`.
"""

import itertools
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from jobmaal.inputs import tables
from jobmaal.inputs.tables import Input, Row
from tests.helpers.input import append, copy_project_seeds
from tests.helpers.series import (
    ALL,
    DIMENSION,
    JULY,
    NUMBER,
    SHARE,
    TABLE,
    UNDECLARED,
    LandMadeUp,
    Series,
    description,
    july,
    response,
)

pytestmark = pytest.mark.usefixtures("without_waiting_for_the_disk")


def measures_of(series: Series) -> list[tuple[Any, ...]]:
    """Return each measure's id, name, unit and direction."""
    return series.rows("select measure_id, measure_name, unit, higher_is_better from raw.read_measures order by 1")


def test_a_measure_that_the_data_team_describes_keeps_its_id_unit_and_direction(series: Series, found: Input) -> None:
    series.land(0, response([[*july(5), 1.5]], [NUMBER, SHARE]))
    series.load(found)
    assert measures_of(series) == [
        ("ledige_antal", NUMBER, "fuldtidspersoner", False),
        ("ledige_pct", SHARE, "pct.", False),
    ]


def test_a_measure_that_nobody_described_has_its_tables_direction_and_the_unit_that_its_label_tells(
    series: Series, found: Input
) -> None:
    units = {
        "Ændring i procentpoint": "pct.-point",
        "Forskel (pct. point)": "pct.-point",
        "Andel i job": "pct.",
        "I pct. af befolkningen": "pct.",
        "Antal fuldtidspersoner": "fuldtidspersoner",
        "Antal personer": "personer",
        "Placering": "nr.",
        "Forløb": "ukendt",
    }
    series.land(0, response([[JULY, "København", *range(8)]], list(units), []), table=UNDECLARED)
    series.land(0, response([["2026QMAT02", "København", 1]], ["Antal i job"], []), table="y14d03")
    series.load(found)
    told = {name: (unit, better) for _, name, unit, better in measures_of(series)}
    assert told == {**{name: (unit, False) for name, unit in units.items()}, "Antal i job": ("ukendt", True)}


def test_a_renamed_measure_is_one_series_under_its_newest_label(series: Series, found: Input) -> None:
    series.land(0, response([july(5)], ["Antal forløb"]), description({"a": "Antal forløb"}, {}), table=UNDECLARED)
    series.land(1, response([july(6)], ["Forløb i alt"]), description({"a": "Forløb i alt"}, {}), table=UNDECLARED)
    series.load(found)
    assert series.values() == [(5, 0, 1), (6, 1, None)]
    assert measures_of(series) == [("a", "Forløb i alt", "ukendt", False)]


def test_a_measure_that_one_label_calls_a_count_and_another_a_percentage_is_not_classified(
    series: Series, found: Input
) -> None:
    for day, label in enumerate(("Antal forløb", "Andel forløb")):
        series.land(day, response([july(5 + day)], [label]), description({"a": label}, {}), table=UNDECLARED)
    series.load(found)
    assert series.rows("select measure_kind from raw.read_measures") == [("unclassified",)]


def test_a_described_measure_that_is_renamed_keeps_what_the_data_team_says_of_it(series: Series, found: Input) -> None:
    series.land(0, response([july(5)]), description({"a": NUMBER}, {}))
    series.land(1, response([july(6)], ["Ledige"]), description({"a": "Ledige"}, {}))
    series.load(found)
    assert measures_of(series) == [("ledige_antal", "Ledige", "fuldtidspersoner", False)]
    assert series.values() == [(5, 0, 1), (6, 1, None)]


def test_a_measure_that_is_described_under_its_old_and_its_new_label_stays_what_it_was(
    series: Series, found: Input
) -> None:
    cells_of_row = {"table_id": TABLE, "measure_id": "nye_ledige", "label": "Ledige", "unit": "personer"}
    rows = [*found.of("series_measures"), Row("", "", 0, cells_of_row)]
    series.land(0, response([july(5)]), description({"a": NUMBER}, {}))
    series.land(1, response([july(6)], ["Ledige"]), description({"a": "Ledige"}, {}))
    series.load(replace(found, rows={**found.rows, "series_measures": rows}))
    assert measures_of(series) == [("ledige_antal", "Ledige", "fuldtidspersoner", False)]


def test_the_measures_of_one_group_are_told_apart_when_the_group_is_renamed(series: Series, found: Input) -> None:
    for day, name in enumerate(("Forløb", "Alle forløb")):
        labels = [f"{name}: Antal", f"{name}: I pct."]
        series.land(day, response([[*july(5 + day), 0.5]], labels), description({"a": name}, {}), table=UNDECLARED)
    series.load(found)
    assert [(v.measure, v.value, v.until) for v in series.vintages()] == [
        ("a: Antal", 5, 1), ("a: Antal", 6, None), ("a: I pct.", Decimal("0.5"), None),
    ]  # fmt: skip


def test_a_measure_is_of_the_group_whose_name_says_most_of_its_label(series: Series, found: Input) -> None:
    described = description({"a": "Antal", "b": "Antal: Nye"}, {})
    labels = ["Antal: Alle", "Antal: Nye", "Antal: Nye: Unge"]
    series.land(0, response([[*july(5), 2, 1]], labels), described, table=UNDECLARED)
    series.load(found)
    assert [(v.measure, v.value) for v in series.vintages()] == [("a: Alle", 5), ("b", 2), ("b: Unge", 1)]


def test_a_label_that_passes_to_another_measure_does_not_take_its_past_along(series: Series, found: Input) -> None:
    before = description({"a": "Antal", "b": "Antal i alt"}, {})
    after = description({"a": "Antal før", "b": "Antal"}, {})
    series.land(0, response([[*july(5), 50]], ["Antal", "Antal i alt"]), before, table=UNDECLARED)
    series.land(1, response([[*july(6), 60]], ["Antal før", "Antal"]), after, table=UNDECLARED)
    # Where no description was in force, nobody knows which of the two is meant.
    series.land(2, response([july(7)], ["Antal"]), table=UNDECLARED)
    series.load(found)
    assert [(v.measure, v.value, v.day) for v in series.vintages()] == [
        ("Antal", 7, 2), ("a", 5, 0), ("a", 6, 1), ("b", 50, 0), ("b", 60, 1),
    ]  # fmt: skip
    assert [name for _, name, *_ in measures_of(series)] == ["Antal", "Antal før", "Antal"]


def test_a_described_label_that_passes_to_another_measure_does_not_merge_the_two(series: Series, found: Input) -> None:
    series.land(0, response([july(4)], [NUMBER]))
    series.land(1, response([july(5)], [NUMBER]), description({"a": NUMBER}, {}))
    now = description({"a": "Ledige, gammel opgørelse", "b": NUMBER}, {})
    series.land(2, response([[*july(6), 60]], ["Ledige, gammel opgørelse", NUMBER]), now)
    series.load(found)
    assert [(v.measure, v.value, v.day, v.until) for v in series.vintages()] == [
        # Which of the two the first response meant is not known any more.
        (NUMBER, 4, 0, None), ("b", 60, 2, None), ("ledige_antal", 5, 1, 2), ("ledige_antal", 6, 2, None),
    ]  # fmt: skip


def test_a_renamed_member_is_one_series_under_its_newest_label(series: Series, found: Input) -> None:
    series.land(0, response([july(5, "A-dagpenge")]), description({}, DIMENSION))
    renamed = {"_y": [{"0": ALL}, {"1": "Dagpenge", "2": "Kontanthjælp"}]}
    series.land(1, response([july(6, "Dagpenge")], dimensions=["Grupper"]), description({}, renamed))
    series.load(found)
    assert series.values("Dagpenge") == [(5, 0, 1), (6, 1, None)]
    assert series.members() == {("Dagpenge", False)}


@pytest.mark.parametrize("described_days", [{0}, {1}, {2}, {0, 2}, {1, 2}])
def test_responses_without_a_description_join_those_that_have_one(
    series: Series, found: Input, described_days: set[int]
) -> None:
    described = description({"a": "Antal forløb"}, {"_y": [{"0": "Hele gruppen"}, {"1": "A-dagpenge"}]})
    for day in range(3):
        body = response([july(day, "A-dagpenge"), july(day, "Hele gruppen")], ["Antal forløb"])
        series.land(day, body, described if day in described_days else None, table=UNDECLARED)
    series.load(found)
    for member in ("A-dagpenge", "Hele gruppen"):
        assert series.values(member) == [(0, 0, 1), (1, 1, 2), (2, 2, None)]
    assert series.members() == {("A-dagpenge", False), ("Hele gruppen", True)}
    assert [row[0] for row in measures_of(series)] == ["a"]


def test_a_member_label_that_two_ids_have_had_stands_for_itself_where_nothing_describes_it(
    series: Series, found: Input
) -> None:
    before = description({}, {"_y": [{"0": ALL}, {"1": "Unge", "2": "Voksne"}]})
    after = description({}, {"_y": [{"0": ALL}, {"1": "Børn", "2": "Unge"}]})
    series.land(0, response([july(5, "Unge"), july(50, "Voksne")]), before)
    series.land(1, response([july(6, "Børn"), july(60, "Unge")]), after)
    series.land(2, response([july(7, "Unge")]))
    series.load(found)
    assert [(v.member, v.value, v.day, v.until) for v in series.vintages()] == [
        ("Børn", 5, 0, 1), ("Børn", 6, 1, None),
        ("Unge", 7, 2, None),
        ("Unge (_y=2)", 50, 0, 1), ("Unge (_y=2)", 60, 1, None),
    ]  # fmt: skip


@pytest.mark.parametrize(("ids", "older"), [("17", "1"), ("71", "7"), ("171", "7")])
def test_of_members_with_the_same_label_the_one_shown_last_has_it(
    series: Series, found: Input, ids: str, older: str
) -> None:
    for day, value_id in enumerate(ids):
        described = description({}, {"_y": [{"0": ALL}, {value_id: "A-dagpenge"}]})
        series.land(day, response([july(day, "A-dagpenge"), july(9)]), described)
    series.load(found)
    assert series.members() == {(ALL, True), ("A-dagpenge", False), (f"A-dagpenge (_y={older})", False)}
    assert series.values("A-dagpenge")[-1] == (len(ids) - 1, len(ids) - 1, None)


def test_totals_are_known_by_their_labels_and_by_standing_above_the_others(series: Series, found: Input) -> None:
    described = description({}, {"_y": [{"9": "Samtlige"}, {"1": "A-dagpenge", "2": "Kontanthjælp"}]})
    for day, label in enumerate((ALL, "I alt", "Samtlige")):
        series.land(
            day, response([july(day, label), july(9, "A-dagpenge")]), described if label == "Samtlige" else None
        )
    series.load(found)
    assert series.members() == {("Samtlige", True), ("A-dagpenge", False)}
    assert series.values("Samtlige") == [(0, 0, 1), (1, 1, 2), (2, 2, None)]


def test_a_total_in_a_hierarchy_of_one_level_is_known_by_its_label(series: Series, found: Input) -> None:
    described = description({}, {"_y": [{"0": ALL, "1": "A-dagpenge", "2": "Kontanthjælp"}]})
    series.land(0, response([july(9), july(4, "A-dagpenge"), july(5, "Kontanthjælp")]), described)
    series.load(found)
    assert series.members() == {(ALL, True), ("A-dagpenge", False), ("Kontanthjælp", False)}


def test_a_total_is_the_same_whether_or_not_a_response_has_the_dimension(series: Series, found: Input) -> None:
    series.land(0, response([[JULY, "København", 5]], dimensions=[]))
    series.land(1, response([july(6), july(2, "A-dagpenge")]))
    series.land(2, response([[JULY, "København", 7]], dimensions=[]))
    series.load(found)
    assert series.values("I alt") == [(5, 0, 1), (6, 1, 2), (7, 2, None)]
    assert series.members() == {("I alt", True), ("A-dagpenge", False)}


@pytest.mark.parametrize("is_described", [True, False])
def test_the_total_of_a_part_is_no_total_of_all(series: Series, found: Input, is_described: bool) -> None:
    levels = [{"0": ALL}, {"1": "A-dagpenge i alt", "2": "Kontanthjælp i alt"}, {"3": "Jobparate"}]
    described = description({}, {"_y": levels}) if is_described else None
    for day in range(2):
        rows = [july(10 + day), july(4, "A-dagpenge i alt"), july(6 + day, "Kontanthjælp i alt"), july(1, "Jobparate")]
        series.land(day, response(rows), described)
    series.load(found)
    assert series.members() == {
        (ALL, True), ("A-dagpenge i alt", False), ("Kontanthjælp i alt", False), ("Jobparate", False),
    }  # fmt: skip
    assert series.values() == [(10, 0, 1), (11, 1, None)]
    assert series.values("A-dagpenge i alt") == [(4, 0, None)]


def test_the_order_of_dimensions_does_not_matter_and_members_join_their_labels(series: Series, found: Input) -> None:
    series.land(0, response([[JULY, "København", "Kvinder", "Unge", 5]], dimensions=["Køn", "Alder"]))
    series.land(1, response([[JULY, "København", "Unge", "Kvinder", 6]], dimensions=["Alder", "Køn"]))
    series.load(found)
    assert series.values("Unge | Kvinder") == [(5, 0, 1), (6, 1, None)]
    assert series.members() == {("Unge | Kvinder", False)}


def test_a_member_is_a_total_where_all_its_labels_are(series: Series, found: Input) -> None:
    combinations = list(itertools.product(("Køn i alt", "Mænd"), ("Alder i alt", "Unge")))
    series.land(0, response([[JULY, "København", *pair, 1] for pair in combinations], dimensions=["Køn", "Alder"]))
    series.load(found)
    assert series.members() == {(" | ".join(pair), pair == ("Køn i alt", "Alder i alt")) for pair in combinations}


def test_the_same_label_in_two_dimensions_is_two_members(series: Series, found: Input) -> None:
    series.land(
        0, response([[JULY, "København", "Ja", "Nej", 5], [JULY, "København", "Nej", "Ja", 6]], dimensions=["A", "B"])
    )
    series.load(found)
    assert [(v.member, v.value) for v in series.vintages()] == [("Ja | Nej", 5), ("Nej | Ja", 6)]


def test_dimensions_with_the_same_labels_are_told_apart(series: Series, found: Input) -> None:
    levels = [{"0": "I alt"}, {"1": "Ja", "2": "Nej"}]
    combinations = list(itertools.product(("I alt", "Ja", "Nej"), repeat=2))
    rows = [[JULY, "København", *pair, n] for n, pair in enumerate(combinations)]
    series.land(0, response(rows, dimensions=["A", "B"]), description({}, {"_a": levels, "_b": levels}))
    series.load(found)
    assert {(v.member, v.value) for v in series.vintages()} == {(" | ".join(p), n) for n, p in enumerate(combinations)}


def test_a_response_of_totals_alone_does_not_tell_which_dimension_they_are_of(series: Series, found: Input) -> None:
    for day, label in enumerate(("Måske", "Ved ikke")):
        levels = [{"0": "I alt"}, {"1": "Ja"}]
        described = description({}, {"_a": levels, "_b": [{"0": "I alt"}, {"1": label}]})
        if day == 0:
            series.land(day, response([july(9, "I alt")], dimensions=["B"]), described)
        series.land(day + 1, response([july(9, "I alt"), july(4 + day, label)], dimensions=["B"]), described)
    series.load(found)
    assert series.values("Ved ikke") == [(4, 1, 2), (5, 2, None)]


def test_members_that_share_an_id_are_told_apart_by_their_labels(series: Series, found: Input) -> None:
    described = description({}, {"_y": [{"0": ALL}, {"1": "A-dagpenge", "2": "Kontanthjælp"}, {"1": "Jobparate"}]})
    for day in range(2):
        series.land(day, response([july(9), july(4 + day, "A-dagpenge"), july(5, "Jobparate")]), described)
    series.load(found)
    assert series.members() == {(ALL, True), ("A-dagpenge", False), ("Jobparate", False)}
    assert series.values("A-dagpenge") == [(4, 0, 1), (5, 1, None)]


def test_tables_do_not_share_measures_or_members(series: Series, found: Input) -> None:
    for table in (UNDECLARED, "y11a02"):
        series.land(0, response([july(5)], ["Antal"]), table=table)
    series.load(found)
    for name in ("read_measures", "read_members"):
        assert series.rows(f"select table_id from raw.{name} order by 1") == [(UNDECLARED,), ("y11a02",)]
    assert len(series.vintages()) == 2


def test_a_table_never_seen_before_needs_one_row_of_configuration_and_nothing_else(
    tmp_path: Path, land_made_up: LandMadeUp
) -> None:
    layout = copy_project_seeds(tmp_path)
    row = {
        "table_id": "z01", "table_name": "Ny", "measures": "*", "areas": "_nykom", "hierarchies": "_kon=*",
        "period_type": "Q", "periods": "all", "higher_is_better": "yes",
    }  # fmt: skip
    append(layout.seeds / "shared" / "series_tables.csv", row)
    found, faults = tables.inspect(layout)
    assert faults == []
    series = Series(layout.data, layout.seeds)
    table = land_made_up(series, found, "z01")
    series.load(found)
    assert {row[3] for row in measures_of(series)} == {True}
    assert len({v.day for v in series.vintages()}) == 2
    members = itertools.product(*((d.total, *d.members) for d in table.dimensions))
    assert {member for member, _ in series.members()} == {" | ".join(labels) for labels in members}


def test_a_measure_is_one_series_under_the_label_that_is_printed_and_under_a_shortened_one(
    series: Series, found: Input
) -> None:
    series.land(0, response([july(1.5)], ["Ledige fuldtidspersoner i pct. af arbejdsstyrken"]))
    series.land(1, response([july(1.6)], [SHARE]))
    series.load(found)
    assert measures_of(series) == [("ledige_pct", SHARE, "pct.", False)]
    assert [value for value, *_ in series.values()] == [1.5, 1.6]
    # Side by side they are two measures, and the row is of the label that it names first.
    series.land(2, response([[*july(1.7), 9.9]], [SHARE, "Ledige fuldtidspersoner i pct. af arbejdsstyrken"]))
    series.load(found)
    assert len(measures_of(series)) == 2
