"""From landed replies to the raw tables: vintages, who is who, and what a series claims of itself.

Belongs here: `jobmaal.jobindsats.cells`, with `identity` and `claims`, from small replies that are landed for the
test and from made-up tables. Does not: judging replies (`test_response`), the files of the landing
(`test_landing`), what the warehouse makes of the raw tables.
"""

from __future__ import annotations

import datetime as dt
import itertools
import json
import os
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobmaal.core import files
from jobmaal.core.errors import FaultyInputError
from jobmaal.core.layout import PROJECT, Layout
from jobmaal.demo import synthetic
from jobmaal.demo.synthetic import SyntheticTable
from jobmaal.inputs import tables
from jobmaal.inputs.tables import Input, Row
from jobmaal.jobindsats import cells
from jobmaal.jobindsats.cells.claims import COUNTRY, PARTS, PLACES
from jobmaal.jobindsats.landing import DamagedReplyError, Origin
from jobmaal.jobindsats.response import Promise, check_data
from tests.helpers.input import append, copy_project_seeds
from tests.helpers.series import (
    ALL,
    DIMENSION,
    JULY,
    NUMBER,
    SHARE,
    TABLE,
    UNDECLARED,
    Rows,
    Series,
    Vintage,
    deliveries,
    description,
    july,
    reply,
    told_cells,
    written,
)

SHARED = Path(os.environ.get("JOBMAAL_SHARED") or PROJECT.parent / "shared") / "jobindsats" / "data"


@pytest.fixture(scope="module")
def found() -> Input:
    """Read the project's own input tables."""
    found, faults = tables.inspect(Layout(PROJECT / "seeds", PROJECT / "data"))
    assert faults == []
    return found


@pytest.fixture
def series(tmp_path: Path) -> Series:
    """Return an empty landing."""
    return Series(tmp_path / "data")


@pytest.fixture(autouse=True, scope="module")
def _without_waiting_for_the_disk() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(files, "flush", lambda _: None)
        yield


# --- values over time -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ([5], [(5, 0, None)]),
        ([5, 5, 5], [(5, 0, None)]),
        ([5, 7], [(5, 0, 1), (7, 1, None)]),
        ([5, None], [(5, 0, 1), (None, 1, None)]),
        ([None, 5], [(None, 0, 1), (5, 1, None)]),
        ([None, None], [(None, 0, None)]),
        ([5, 7, 5], [(5, 0, 1), (7, 1, 2), (5, 2, None)]),
        ([5, 5, 7, 7, None, 7], [(5, 0, 2), (7, 2, 4), (None, 4, 5), (7, 5, None)]),
        ([1.5, 1.50], [(1.5, 0, None)]),
    ],
)
def test_each_value_holds_until_the_reply_that_first_showed_another(
    series: Series, found: Input, told: list[float | None], kept: list[tuple[Any, ...]]
) -> None:
    for day, value in enumerate(told):
        series.land(day, reply([july(value)]))
    series.load(found)
    assert series.values() == kept


def test_a_cell_that_a_later_reply_does_not_repeat_stays_as_it_was(series: Series, found: Input) -> None:
    series.land(0, reply([july(5), ["2026M06", "København", ALL, 4]]))
    series.land(1, reply([july(6), ["2026M08", "København", ALL, 8]]))
    series.land(2, reply([["2026M06", "København", ALL, 3]]))
    series.load(found)
    assert [(v.period, v.value, v.day, v.until) for v in series.vintages()] == [
        ("2026M06", 4, 0, 2), ("2026M06", 3, 2, None), (JULY, 5, 0, 1), (JULY, 6, 1, None), ("2026M08", 8, 1, None),
    ]  # fmt: skip


def test_a_reply_with_new_periods_alone_adds_them_and_ends_nothing(series: Series, found: Input) -> None:
    series.land(0, reply([july(5)]))
    series.land(1, reply([["2026M08", "København", ALL, 8]]))
    loaded = series.load(found)
    assert [v.until for v in series.vintages()] == [None, None]
    assert loaded == cells.Loaded(tables=1, replies=2, cells=2, values=2)


def test_replies_with_a_measure_more_or_less_are_compared_in_what_both_have(series: Series, found: Input) -> None:
    series.land(0, reply([[*july(5), 1.5]], [NUMBER, SHARE]))
    series.land(1, reply([july(6)], [NUMBER]))
    series.land(2, reply([[JULY, "København", ALL, 1.6, 6]], [SHARE, NUMBER]))
    series.land(3, reply([[*july(7), 4, 1.6]], [NUMBER, "Antal borgere", SHARE]))
    series.load(found)
    assert [(v.measure, v.value, v.day, v.until) for v in series.vintages()] == [
        ("Antal borgere", 4, 3, None),
        ("ledige_antal", 5, 0, 1), ("ledige_antal", 6, 1, 3), ("ledige_antal", 7, 3, None),
        ("ledige_pct", Decimal("1.5"), 0, 2), ("ledige_pct", Decimal("1.6"), 2, None),
    ]  # fmt: skip


def test_values_are_kept_as_they_were_written(series: Series, found: Input) -> None:
    written = ["12345678901.2345", "-0.0001", "99999999999999", "0.3", "-7", "1.5E-3"]
    content = reply(
        [july(n, area=area) for n, area in enumerate(("Aalborg", "Aarhus", "Fanø", "Greve", "Læsø", "Ærø"))]
    )
    for n, text in enumerate(written):
        content = content.replace(f", {n}]".encode(), f", {text}]".encode())
    series.land(0, content)
    series.load(found)
    assert [v.value for v in series.vintages()] == [Decimal(text) for text in written]


def test_the_raw_tables_tell_where_each_reply_came_from(series: Series, found: Input) -> None:
    described = json.loads(description({"a": NUMBER}, {}))
    described["update_latest"] = "2026-08-19"
    content = reply([july(5), july(6, area="Odense")])
    landed = series.land(0, content, json.dumps(described).encode())
    series.land(1, content)
    series.load(found)
    named = "source_ref, table_id, delivery, retrieved_at, source, request, sha256, file, rows, cells"
    assert series.rows(f"select {named} from raw.read_replies where reply_no = 1") == [
        (
            landed.source_ref, TABLE, "day 0", landed.retrieved_at, "api", "/data", landed.sha256, landed.name, 2, 2,
        )
    ]  # fmt: skip
    released = [row[0] for row in series.rows("select released_at from raw.read_replies order by reply_no")]
    assert released == [dt.datetime(2026, 8, 18, 22, tzinfo=dt.UTC), None]


def test_what_cannot_be_read_of_the_landing_is_told_and_not_passed_over(series: Series, found: Input) -> None:
    landed = series.land(0, reply([july(5)]))
    landed.body.chmod(0o644)
    landed.body.write_bytes(b"something else")
    with pytest.raises(DamagedReplyError, match=landed.body.name):
        series.load(found)


def test_a_description_that_is_gone_is_told_and_labels_do_not_take_its_place(series: Series, found: Input) -> None:
    series.land(0, reply([july(5)]), description({"a": NUMBER}, {}))
    for path in series.landing.folder.glob("*/*.table.*"):
        path.unlink()
    with pytest.raises(DamagedReplyError, match=rf"replies of {TABLE}.*backup"):
        series.load(found)


def test_replies_of_a_table_that_is_no_longer_configured_are_left_alone(series: Series, found: Input) -> None:
    series.land(0, reply([july(5)]), table="y99z99")
    assert series.load(found) == cells.Loaded()
    assert {name: rows for name, rows in series.facts().items() if rows} == {}


@pytest.mark.parametrize("folder", ["it's a folder", "[a]", "mellemrum og æøå", "100% {a}", "a?b", "a*b", "a#b"])
def test_data_may_lie_in_a_folder_of_any_name(tmp_path: Path, found: Input, folder: str) -> None:
    series = Series(tmp_path / folder)
    series.land(0, reply([july(5)]))
    series.land(1, reply([july(6)]))
    series.load(found)
    assert series.values() == [(5, 0, 1), (6, 1, None)]


def test_a_byte_order_mark_and_another_layout_of_the_json_change_nothing(series: Series, found: Input) -> None:
    series.land(0, b"\xef\xbb\xbf" + json.dumps(json.loads(reply([july(5)])), indent=3).encode())
    series.land(1, b'{"rows": [["2026M07","K\\u00f8benhavn","Ydelsesgrupper i alt",6]], ' + reply([])[1:-13] + b"}")
    series.load(found)
    assert series.values() == [(5, 0, 1), (6, 1, None)]


def test_labels_are_kept_as_they_are_however_odd(series: Series, found: Input) -> None:
    odd = ["A | B", "'; drop table x; --", 'med "gåseøjne"', "\\n {0} %s", "ÆØÅ 🙂", " med mellemrum ", "1", "null"]
    series.land(
        0, reply([[JULY, "København", label, n, n] for n, label in enumerate(odd)], [NUMBER, "Det 'andet' \"tal\""])
    )
    series.load(found)
    assert {(v.member, v.value) for v in series.vintages("measure_id = 'ledige_antal'")} == {
        (label, n) for n, label in enumerate(odd)
    }
    assert ("Det 'andet' \"tal\"",) in series.rows("select measure_id from raw.read_measures")


def test_areas_that_nobody_knows_are_told_with_what_to_do(series: Series, found: Input) -> None:
    series.land(0, reply([july(5), july(3, area="Ny Kommune"), july(3, area="Atlantis")]))
    with pytest.raises(FaultyInputError) as error:
        series.load(found)
    assert [str(fault) for fault in error.value.faults] == [
        f"seeds/shared/areas.csv: column 'area_name', value '{area}': is no area here, but replies of {TABLE} have it; "
        "add a row for it"
        for area in ("Atlantis", "Ny Kommune")
    ]


# --- deliveries -----------------------------------------------------------------------------------------


def test_a_delivery_of_several_parts_is_read_once_it_is_whole(series: Series, found: Input) -> None:
    series.land(0, reply([july(5), july(5, area="Odense")]))
    series.land(1, reply([july(6)]), part=1, parts=2)
    series.load(found)
    assert series.values() == [(5, 0, None)]
    series.land(1, reply([july(7, area="Odense")]), part=2, parts=2)
    series.load(found)
    assert series.values() == [(5, 0, 1), (6, 1, None)]
    assert [(v.value, v.day, v.until) for v in series.vintages("area_name = 'Odense'")] == [(5, 0, 1), (7, 1, None)]


def remembered(replies: Iterable[tuple[tuple[str, ...], dict[Any, Any]]]) -> set[Vintage]:
    """Say by plain bookkeeping which values the cells have had, of replies a day apart."""
    ids = {NUMBER: "ledige_antal", SHARE: "ledige_pct"}
    history: dict[tuple[Any, ...], list[tuple[Any, int]]] = defaultdict(list)
    for day, (measures, shown) in enumerate(replies):
        for (period, area, member), values in shown.items():
            for measure, value in zip(measures, values, strict=True):
                had = history[ids[measure], area, period, member]
                if not had or had[-1][0] != value:
                    had.append((value, day))
    return {
        Vintage(*key, None if value is None else Decimal(str(value)), day, had[n + 1][1] if n + 1 < len(had) else None)
        for key, had in history.items()
        for n, (value, day) in enumerate(had)
    }


@settings(max_examples=25, deadline=None)
@given(replies=st.lists(told_cells(), min_size=1, max_size=5))
def test_vintages_are_what_plain_bookkeeping_gives(
    found: Input, replies: list[tuple[tuple[str, ...], dict[Any, Any]]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        series = Series(Path(folder))
        for day, told in enumerate(replies):
            series.land(day, written(told))
        series.load(found)
        vintages = series.vintages()
    assert len(vintages) == len(set(vintages))
    assert set(vintages) == remembered(replies)


@settings(max_examples=15, deadline=None)
@given(data=st.data(), landed=deliveries())
def test_the_order_of_landing_and_landing_twice_change_nothing(
    found: Input, data: st.DataObject, landed: list[dict[str, Any]]
) -> None:
    again = data.draw(st.lists(st.sampled_from(landed), max_size=3), label="landed again")
    shuffled = data.draw(st.permutations([*landed, *again]), label="order")
    some = data.draw(st.integers(0, len(shuffled)), label="read once after so many")
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        in_order, in_disorder = Series(Path(one)), Series(Path(other))
        for arguments in landed:
            in_order.land(**arguments)
        for number, arguments in enumerate(shuffled):
            if number == some:
                in_disorder.load(found)
            in_disorder.land(**arguments)
        in_order.load(found)
        in_disorder.load(found)
        assert in_disorder.facts() == in_order.facts()
        # The warehouse knows a member by its label.
        named = [(table_id, member) for table_id, member, _ in in_order.facts()["read_members"]]
        assert len(named) == len(set(named))
        came = Counter(m["day"] for m in landed)
        read = in_order.rows("select count(*) from raw.read_replies")[0][0]
        assert read == sum(came[m["day"]] == m["parts"] for m in landed)


# --- who is who -----------------------------------------------------------------------------------------


def measures_of(series: Series) -> list[tuple[Any, ...]]:
    """Return each measure's id, name, unit and direction."""
    return series.rows("select measure_id, measure_name, unit, higher_is_better from raw.read_measures order by 1")


def test_a_measure_that_the_data_team_describes_keeps_its_id_unit_and_direction(series: Series, found: Input) -> None:
    series.land(0, reply([[*july(5), 1.5]], [NUMBER, SHARE]))
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
    series.land(0, reply([[JULY, "København", *range(8)]], list(units), []), table=UNDECLARED)
    series.land(0, reply([["2026QMAT02", "København", 1]], ["Antal i job"], []), table="y14d03")
    series.load(found)
    told = {name: (unit, better) for _, name, unit, better in measures_of(series)}
    assert told == {**{name: (unit, False) for name, unit in units.items()}, "Antal i job": ("ukendt", True)}


def test_a_renamed_measure_is_one_series_under_its_newest_label(series: Series, found: Input) -> None:
    series.land(0, reply([july(5)], ["Antal forløb"]), description({"a": "Antal forløb"}, {}), table=UNDECLARED)
    series.land(1, reply([july(6)], ["Forløb i alt"]), description({"a": "Forløb i alt"}, {}), table=UNDECLARED)
    series.load(found)
    assert series.values() == [(5, 0, 1), (6, 1, None)]
    assert measures_of(series) == [("a", "Forløb i alt", "ukendt", False)]


def test_a_measure_that_one_label_calls_a_count_and_another_a_percentage_is_not_classified(
    series: Series, found: Input
) -> None:
    for day, label in enumerate(("Antal forløb", "Andel forløb")):
        series.land(day, reply([july(5 + day)], [label]), description({"a": label}, {}), table=UNDECLARED)
    series.load(found)
    assert series.rows("select measure_kind from raw.read_measures") == [("unclassified",)]


def test_a_described_measure_that_is_renamed_keeps_what_the_data_team_says_of_it(series: Series, found: Input) -> None:
    series.land(0, reply([july(5)]), description({"a": NUMBER}, {}))
    series.land(1, reply([july(6)], ["Ledige"]), description({"a": "Ledige"}, {}))
    series.load(found)
    assert measures_of(series) == [("ledige_antal", "Ledige", "fuldtidspersoner", False)]
    assert series.values() == [(5, 0, 1), (6, 1, None)]


def test_a_measure_that_is_described_under_its_old_and_its_new_label_stays_what_it_was(
    series: Series, found: Input
) -> None:
    cells_of_row = {"table_id": TABLE, "measure_id": "nye_ledige", "label": "Ledige", "unit": "personer"}
    rows = [*found.of("series_measures"), Row("", "", 0, cells_of_row)]
    series.land(0, reply([july(5)]), description({"a": NUMBER}, {}))
    series.land(1, reply([july(6)], ["Ledige"]), description({"a": "Ledige"}, {}))
    series.load(replace(found, rows={**found.rows, "series_measures": rows}))
    assert measures_of(series) == [("ledige_antal", "Ledige", "fuldtidspersoner", False)]


def test_the_measures_of_one_group_are_told_apart_when_the_group_is_renamed(series: Series, found: Input) -> None:
    for day, name in enumerate(("Forløb", "Alle forløb")):
        labels = [f"{name}: Antal", f"{name}: I pct."]
        series.land(day, reply([[*july(5 + day), 0.5]], labels), description({"a": name}, {}), table=UNDECLARED)
    series.load(found)
    assert [(v.measure, v.value, v.until) for v in series.vintages()] == [
        ("a: Antal", 5, 1), ("a: Antal", 6, None), ("a: I pct.", Decimal("0.5"), None),
    ]  # fmt: skip


def test_a_measure_is_of_the_group_whose_name_says_most_of_its_label(series: Series, found: Input) -> None:
    described = description({"a": "Antal", "b": "Antal: Nye"}, {})
    labels = ["Antal: Alle", "Antal: Nye", "Antal: Nye: Unge"]
    series.land(0, reply([[*july(5), 2, 1]], labels), described, table=UNDECLARED)
    series.load(found)
    assert [(v.measure, v.value) for v in series.vintages()] == [("a: Alle", 5), ("b", 2), ("b: Unge", 1)]


def test_a_label_that_passes_to_another_measure_does_not_take_its_past_along(series: Series, found: Input) -> None:
    before = description({"a": "Antal", "b": "Antal i alt"}, {})
    after = description({"a": "Antal før", "b": "Antal"}, {})
    series.land(0, reply([[*july(5), 50]], ["Antal", "Antal i alt"]), before, table=UNDECLARED)
    series.land(1, reply([[*july(6), 60]], ["Antal før", "Antal"]), after, table=UNDECLARED)
    # Where no description was in force, nobody knows which of the two is meant.
    series.land(2, reply([july(7)], ["Antal"]), table=UNDECLARED)
    series.load(found)
    assert [(v.measure, v.value, v.day) for v in series.vintages()] == [
        ("Antal", 7, 2), ("a", 5, 0), ("a", 6, 1), ("b", 50, 0), ("b", 60, 1),
    ]  # fmt: skip
    assert [name for _, name, *_ in measures_of(series)] == ["Antal", "Antal før", "Antal"]


def test_a_described_label_that_passes_to_another_measure_does_not_merge_the_two(series: Series, found: Input) -> None:
    series.land(0, reply([july(4)], [NUMBER]))
    series.land(1, reply([july(5)], [NUMBER]), description({"a": NUMBER}, {}))
    now = description({"a": "Ledige, gammel opgørelse", "b": NUMBER}, {})
    series.land(2, reply([[*july(6), 60]], ["Ledige, gammel opgørelse", NUMBER]), now)
    series.load(found)
    assert [(v.measure, v.value, v.day, v.until) for v in series.vintages()] == [
        # Which of the two the first reply meant is not known any more.
        (NUMBER, 4, 0, None), ("b", 60, 2, None), ("ledige_antal", 5, 1, 2), ("ledige_antal", 6, 2, None),
    ]  # fmt: skip


def test_a_renamed_member_is_one_series_under_its_newest_label(series: Series, found: Input) -> None:
    series.land(0, reply([july(5, "A-dagpenge")]), description({}, DIMENSION))
    renamed = {"_y": [{"0": ALL}, {"1": "Dagpenge", "2": "Kontanthjælp"}]}
    series.land(1, reply([july(6, "Dagpenge")], dimensions=["Grupper"]), description({}, renamed))
    series.load(found)
    assert series.values("Dagpenge") == [(5, 0, 1), (6, 1, None)]
    assert series.members() == {("Dagpenge", False)}


@pytest.mark.parametrize("described_days", [{0}, {1}, {2}, {0, 2}, {1, 2}])
def test_replies_without_a_description_join_those_that_have_one(
    series: Series, found: Input, described_days: set[int]
) -> None:
    described = description({"a": "Antal forløb"}, {"_y": [{"0": "Hele gruppen"}, {"1": "A-dagpenge"}]})
    for day in range(3):
        body = reply([july(day, "A-dagpenge"), july(day, "Hele gruppen")], ["Antal forløb"])
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
    series.land(0, reply([july(5, "Unge"), july(50, "Voksne")]), before)
    series.land(1, reply([july(6, "Børn"), july(60, "Unge")]), after)
    series.land(2, reply([july(7, "Unge")]))
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
        series.land(day, reply([july(day, "A-dagpenge"), july(9)]), described)
    series.load(found)
    assert series.members() == {(ALL, True), ("A-dagpenge", False), (f"A-dagpenge (_y={older})", False)}
    assert series.values("A-dagpenge")[-1] == (len(ids) - 1, len(ids) - 1, None)


def test_totals_are_known_by_their_labels_and_by_standing_above_the_others(series: Series, found: Input) -> None:
    described = description({}, {"_y": [{"9": "Samtlige"}, {"1": "A-dagpenge", "2": "Kontanthjælp"}]})
    for day, label in enumerate((ALL, "I alt", "Samtlige")):
        series.land(day, reply([july(day, label), july(9, "A-dagpenge")]), described if label == "Samtlige" else None)
    series.load(found)
    assert series.members() == {("Samtlige", True), ("A-dagpenge", False)}
    assert series.values("Samtlige") == [(0, 0, 1), (1, 1, 2), (2, 2, None)]


def test_a_total_in_a_hierarchy_of_one_level_is_known_by_its_label(series: Series, found: Input) -> None:
    described = description({}, {"_y": [{"0": ALL, "1": "A-dagpenge", "2": "Kontanthjælp"}]})
    series.land(0, reply([july(9), july(4, "A-dagpenge"), july(5, "Kontanthjælp")]), described)
    series.load(found)
    assert series.members() == {(ALL, True), ("A-dagpenge", False), ("Kontanthjælp", False)}


def test_a_total_is_the_same_whether_or_not_a_reply_has_the_dimension(series: Series, found: Input) -> None:
    series.land(0, reply([[JULY, "København", 5]], dimensions=[]))
    series.land(1, reply([july(6), july(2, "A-dagpenge")]))
    series.land(2, reply([[JULY, "København", 7]], dimensions=[]))
    series.load(found)
    assert series.values("I alt") == [(5, 0, 1), (6, 1, 2), (7, 2, None)]
    assert series.members() == {("I alt", True), ("A-dagpenge", False)}


@pytest.mark.parametrize("is_described", [True, False])
def test_the_total_of_a_part_is_no_total_of_all(series: Series, found: Input, is_described: bool) -> None:
    levels = [{"0": ALL}, {"1": "A-dagpenge i alt", "2": "Kontanthjælp i alt"}, {"3": "Jobparate"}]
    described = description({}, {"_y": levels}) if is_described else None
    for day in range(2):
        rows = [july(10 + day), july(4, "A-dagpenge i alt"), july(6 + day, "Kontanthjælp i alt"), july(1, "Jobparate")]
        series.land(day, reply(rows), described)
    series.load(found)
    assert series.members() == {
        (ALL, True), ("A-dagpenge i alt", False), ("Kontanthjælp i alt", False), ("Jobparate", False),
    }  # fmt: skip
    assert series.values() == [(10, 0, 1), (11, 1, None)]
    assert series.values("A-dagpenge i alt") == [(4, 0, None)]


def test_the_order_of_dimensions_does_not_matter_and_members_join_their_labels(series: Series, found: Input) -> None:
    series.land(0, reply([[JULY, "København", "Kvinder", "Unge", 5]], dimensions=["Køn", "Alder"]))
    series.land(1, reply([[JULY, "København", "Unge", "Kvinder", 6]], dimensions=["Alder", "Køn"]))
    series.load(found)
    assert series.values("Unge | Kvinder") == [(5, 0, 1), (6, 1, None)]
    assert series.members() == {("Unge | Kvinder", False)}


def test_a_member_is_a_total_where_all_its_labels_are(series: Series, found: Input) -> None:
    combinations = list(itertools.product(("Køn i alt", "Mænd"), ("Alder i alt", "Unge")))
    series.land(0, reply([[JULY, "København", *pair, 1] for pair in combinations], dimensions=["Køn", "Alder"]))
    series.load(found)
    assert series.members() == {(" | ".join(pair), pair == ("Køn i alt", "Alder i alt")) for pair in combinations}


def test_the_same_label_in_two_dimensions_is_two_members(series: Series, found: Input) -> None:
    series.land(
        0, reply([[JULY, "København", "Ja", "Nej", 5], [JULY, "København", "Nej", "Ja", 6]], dimensions=["A", "B"])
    )
    series.load(found)
    assert [(v.member, v.value) for v in series.vintages()] == [("Ja | Nej", 5), ("Nej | Ja", 6)]


def test_dimensions_with_the_same_labels_are_told_apart(series: Series, found: Input) -> None:
    levels = [{"0": "I alt"}, {"1": "Ja", "2": "Nej"}]
    combinations = list(itertools.product(("I alt", "Ja", "Nej"), repeat=2))
    rows = [[JULY, "København", *pair, n] for n, pair in enumerate(combinations)]
    series.land(0, reply(rows, dimensions=["A", "B"]), description({}, {"_a": levels, "_b": levels}))
    series.load(found)
    assert {(v.member, v.value) for v in series.vintages()} == {(" | ".join(p), n) for n, p in enumerate(combinations)}


def test_a_reply_of_totals_alone_does_not_tell_which_dimension_they_are_of(series: Series, found: Input) -> None:
    for day, label in enumerate(("Måske", "Ved ikke")):
        levels = [{"0": "I alt"}, {"1": "Ja"}]
        described = description({}, {"_a": levels, "_b": [{"0": "I alt"}, {"1": label}]})
        if day == 0:
            series.land(day, reply([july(9, "I alt")], dimensions=["B"]), described)
        series.land(day + 1, reply([july(9, "I alt"), july(4 + day, label)], dimensions=["B"]), described)
    series.load(found)
    assert series.values("Ved ikke") == [(4, 1, 2), (5, 2, None)]


def test_members_that_share_an_id_are_told_apart_by_their_labels(series: Series, found: Input) -> None:
    described = description({}, {"_y": [{"0": ALL}, {"1": "A-dagpenge", "2": "Kontanthjælp"}, {"1": "Jobparate"}]})
    for day in range(2):
        series.land(day, reply([july(9), july(4 + day, "A-dagpenge"), july(5, "Jobparate")]), described)
    series.load(found)
    assert series.members() == {(ALL, True), ("A-dagpenge", False), ("Jobparate", False)}
    assert series.values("A-dagpenge") == [(4, 0, 1), (5, 1, None)]


def test_tables_do_not_share_measures_or_members(series: Series, found: Input) -> None:
    for table in (UNDECLARED, "y11a02"):
        series.land(0, reply([july(5)], ["Antal"]), table=table)
    series.load(found)
    for name in ("read_measures", "read_members"):
        assert series.rows(f"select table_id from raw.{name} order by 1") == [(UNDECLARED,), ("y11a02",)]
    assert len(series.vintages()) == 2


def test_a_table_never_seen_before_needs_one_row_of_configuration_and_nothing_else(tmp_path: Path) -> None:
    layout = copy_project_seeds(tmp_path)
    row = {
        "table_id": "z01", "table_name": "Ny", "measures": "*", "areas": "_nykom", "hierarchies": "_kon=*",
        "period_type": "Q", "periods": "all", "higher_is_better": "yes",
    }  # fmt: skip
    append(layout.seeds / "shared" / "series_tables.csv", row)
    found, faults = tables.inspect(layout)
    assert faults == []
    table = synthetic_table(found, "z01")
    series = Series(layout.data, layout.seeds)
    for revision in range(2):
        series.land(revision, synthetic.reply(table, revision), metadata(table), table="z01")
    series.load(found)
    assert {row[3] for row in measures_of(series)} == {True}
    assert len({v.day for v in series.vintages()}) == 2
    members = itertools.product(*((d.total, *d.members) for d in table.dimensions))
    assert {member for member, _ in series.members()} == {" | ".join(labels) for labels in members}


def synthetic_table(found: Input, table_id: str, newest: str = "2026M10", count: int = 3) -> SyntheticTable:
    """Make a configured table up, with all municipalities."""
    configured = {table_id: cells.series_tables(found)[table_id]}
    (table,) = synthetic.shipped_tables(configured, newest, count)
    return table


def metadata(table: SyntheticTable) -> bytes:
    """Write the description of a made-up table."""
    return json.dumps(synthetic.metadata(table, "2026-09-10", "2026-10-10")).encode()


# --- what a series claims of itself ---------------------------------------------------------------------


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
    series.land(0, reply(rows))
    series.load(found)
    assert series.claims() == {(PARTS, 0): counted}


@pytest.mark.parametrize("rows", [split(9, None, 5), split(None, 4, 5), split(9), split(None, None)])
def test_nothing_is_worked_out_around_a_hidden_cell_or_without_parts(series: Series, found: Input, rows: Rows) -> None:
    series.land(0, reply(rows))
    series.load(found)
    assert series.claims() == {}


def test_where_a_part_is_not_shown_for_one_area_that_area_is_not_checked(series: Series, found: Input) -> None:
    odense = [[JULY, "Odense", *row[2:]] for row in split(90, 50)]
    series.land(0, reply([*split(9, 4, 5), *odense]))
    series.load(found)
    assert series.claims() == {(PARTS, 0): (1, 0)}


def test_rates_are_never_added_up(series: Series, found: Input) -> None:
    rows = [[JULY, "København", member, value] for member, value in ((ALL, 9.9), ("A", 1.1), ("B", 1.1))]
    series.land(0, reply(rows, [SHARE]))
    series.land(0, reply(rows, ["Placering"]), table=UNDECLARED)
    series.load(found)
    assert series.claims() == {}


def test_the_levels_of_a_hierarchy_are_not_added_together(series: Series, found: Input) -> None:
    levels = [{"0": ALL}, {"1": "A", "2": "B"}, {"3": "A1", "4": "A2", "5": "B1"}]
    rows = [july(value, name) for name, value in ((ALL, 99), ("A", 60), ("B", 39), ("A1", 31), ("A2", 29), ("B1", 49))]
    series.land(0, reply(rows), description({}, {"_y": levels}))
    series.load(found)
    assert series.claims() == {(PARTS, 0): (2, 1)}


def test_a_member_of_two_dimensions_is_held_against_each_of_its_totals(series: Series, found: Input) -> None:
    figures = {("T", "T"): 9, ("K", "T"): 4, ("M", "T"): 5, ("T", "U"): 6, ("T", "V"): 3, ("K", "U"): 3, ("K", "V"): 1,
               ("M", "U"): 3, ("M", "V"): 9}  # fmt: skip
    names = {"T": ("Køn i alt", "Alder i alt")}
    rows = [[JULY, "København", names.get(k, (k,))[0], names.get(a, (a,) * 2)[1], n] for (k, a), n in figures.items()]
    series.land(0, reply(rows, dimensions=["Køn", "Alder"]))
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
        series.land(0, reply(rows, [label]), table=UNDECLARED)
        series.load(found)
        assert [unit for *_, unit, _ in measures_of(series)][-1] == "ukendt"
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
    body = reply(rows, labels, ["A-kasse"])
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
    landed = series.land(0, reply(rows), description({}, {"_y": levels}))
    loaded = series.load(found)
    assert (landed.repeated, loaded.cells, loaded.values) == (2, 10, 10)
    assert series.values("B") == [(39, 0, None)]
    assert series.claims() == {(PARTS, 0): (4, 0)}


def test_a_measure_is_one_series_under_the_label_that_is_printed_and_under_a_shortened_one(
    series: Series, found: Input
) -> None:
    series.land(0, reply([july(1.5)], ["Ledige fuldtidspersoner i pct. af arbejdsstyrken"]))
    series.land(1, reply([july(1.6)], [SHARE]))
    series.load(found)
    assert measures_of(series) == [("ledige_pct", SHARE, "pct.", False)]
    assert [value for value, *_ in series.values()] == [1.5, 1.6]
    # Side by side they are two measures, and the row is of the label that it names first.
    series.land(2, reply([[*july(1.7), 9.9]], [SHARE, "Ledige fuldtidspersoner i pct. af arbejdsstyrken"]))
    series.load(found)
    assert len(measures_of(series)) == 2


def test_there_is_one_row_a_table_rule_and_release(series: Series, found: Input) -> None:
    labels = ["Antal personer", "Antal fuldtidspersoner", "Fuldtidspersoner i pct. af befolkningen"]
    rows = [[JULY, "København", member, *values] for member, values in
            ((ALL, (9, 100, 1)), ("A", (4, 40, 2)), ("B", (5, 80, 3)))]  # fmt: skip
    odense = [[JULY, "Odense", *row[2:]] for row in rows]
    series.land(0, reply(rows, labels), table="y60a02", part=1, parts=2)
    last = series.land(0, reply(odense, labels), table="y60a02", part=2, parts=2)
    series.land(1, reply([row[:4] for row in rows], labels[:1]), table="y60a02")
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
            "select source_ref, retrieved_at from raw.read_replies where delivery = 'day 1'")[0],
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
    series.land(0, reply([july(value, area=area) for area, value in values.items() if value is not ...]))
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
    series.land(0, reply(ranking(municipalities, change), [DIFFERENCE, PLACE], []), table="y30r21")
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
    series.land(0, reply(ranking(municipalities, {}), [DIFFERENCE, PLACE], []), table="y30r21")
    series.load(replace(found, rows={**found.rows, "series_measures": rows}))
    assert series.claims() == claims


@pytest.mark.parametrize("change", [{7: (None, 7)}, {7: (0.07, None)}, {98: (None, None)}])
def test_no_place_is_checked_where_a_value_or_a_place_is_hidden(
    series: Series, found: Input, municipalities: list[str], change: Mapping[int, tuple[Any, Any]]
) -> None:
    rows = ranking(municipalities, change)
    others = [["2026QMAT01", *row[1:]] for row in ranking(municipalities, {})]
    series.land(0, reply([*rows, *others], [DIFFERENCE, PLACE], []), table="y30r21")
    series.load(found)
    assert series.claims() == {(PLACES, 0): (98, 0)}


def test_no_place_is_checked_where_a_municipality_is_not_there(
    series: Series, found: Input, municipalities: list[str]
) -> None:
    series.land(0, reply(ranking(municipalities, {})[:-1], [DIFFERENCE, PLACE], []), table="y30r21")
    series.load(found)
    assert series.claims() == {}


def test_made_up_tables_keep_what_they_claim_in_every_release(tmp_path: Path, found: Input) -> None:
    series = Series(tmp_path)
    for table_id in ("y25i01", "y30r21"):
        table = synthetic_table(found, table_id)
        for revision in range(2):
            series.land(revision, synthetic.reply(table, revision), metadata(table), table=table_id)
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


# --- beside the real ones -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory, found: Input) -> Series:
    """Read the saved replies, where they are at hand."""
    paths = sorted(SHARED.glob("*/*.json"))
    if not paths:
        pytest.skip(f"there are no saved replies in {SHARED} (set JOBMAAL_SHARED)")
    series = Series(tmp_path_factory.mktemp("real"))
    for path in paths:
        body, time = path.read_bytes(), dt.datetime.strptime(path.stem, "%Y-%m-%dT%H-%M-%S").replace(tzinfo=dt.UTC)
        origin = Origin(path.parent.name, "data", time, "folder", path.name, 200, path.stem)
        series.landing.land(origin, body, check_data(body, Promise()))
    series.load(found)
    return series


def test_of_the_saved_replies_every_cell_is_there_once_and_its_values_follow_one_another(real: Series) -> None:
    cells_of_replies = {
        (path.parent.name, *row[: len(row) - numbers], n)
        for path in SHARED.glob("*/*.json")
        for content in (json.loads(path.read_text(encoding="utf-8-sig")),)
        for numbers in (len(content["columns"]) - (2 if path.parent.name == "y60a02" else 3),)
        for row in content["rows"]
        for n in range(numbers)
    }
    newest = "select count(*) from raw.read_vintages where ended_by_reply_no is null"
    assert real.rows(newest) == [(len(cells_of_replies),)]


@pytest.mark.parametrize(("table_id", "revised"), [("y25i01", 1525), ("y25i09", 517), ("y30r21", 0), ("y60a02", 0)])
def test_of_the_saved_replies_as_many_cells_have_a_second_value_as_were_measured(
    real: Series, table_id: str, revised: int
) -> None:
    counted = Counter((v.measure, v.area, v.period, v.member) for v in real.vintages(f"came.table_id = '{table_id}'"))
    assert sum(count == 2 for count in counted.values()) == revised
    assert max(counted.values()) <= 2


def test_the_revised_number_of_unemployed_in_the_saved_replies_is_known_with_the_one_before(real: Series) -> None:
    found = real.rows(
        """
        select value, came.retrieved_at, went.retrieved_at from raw.read_vintages
        inner join raw.read_measures using (measure_no) inner join raw.read_areas using (area_no)
        inner join raw.read_periods using (period_no) inner join raw.read_members using (member_no)
        inner join raw.read_replies as came using (reply_no)
        left join raw.read_replies as went on ended_by_reply_no = went.reply_no
        where measure_id = 'ledige_antal' and area_name = 'København' and period_id = '2026M06' and is_total
        order by 2
        """
    )
    first, second = (dt.datetime(2026, 8, *at, tzinfo=dt.UTC) for at in ((18, 21, 52, 29), (22, 9, 50, 30)))
    assert found == [(15185, first, second), (15591, second, None)]


def test_the_places_printed_in_the_saved_replies_agree_with_the_differences(real: Series) -> None:
    told = "select cells_checked, cells_deviating from raw.series_claims"
    assert real.rows(f"{told} where rule = '{PLACES}'") == [(2352, 0)]
    (vintage,) = real.vintages(
        "measure_id = 'placering' and area_name = 'København' and period_id = '2020QMAT02' and is_total"
    )
    assert (vintage.value, vintage.member) == (63, ALL)
