"""Which values a cell has had: of responses that are landed for the test, and of the publisher's own.

Belongs here: `jobmaal.jobindsats.cells` from landed files to values over time. Does not: judging responses
(`test_response`, `test_refusal`), the files of the landing (`test_landing`), what the warehouse makes of the values.
"""

import datetime as dt
import json
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobmaal.core.errors import FaultyInputError
from jobmaal.inputs.tables import Input
from jobmaal.jobindsats import cells
from jobmaal.jobindsats.cells.claims import PLACES
from jobmaal.jobindsats.landing import DamagedResponseError, Origin
from jobmaal.jobindsats.response import Promise, check_data
from tests.helpers.series import (
    ALL,
    JULY,
    NUMBER,
    SHARE,
    TABLE,
    Series,
    Vintage,
    deliveries,
    description,
    july,
    response,
    told_cells,
    written,
)

pytestmark = pytest.mark.usefixtures("without_waiting_for_the_disk")


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
def test_each_value_holds_until_the_response_that_first_showed_another(
    series: Series, found: Input, told: list[float | None], kept: list[tuple[Any, ...]]
) -> None:
    for day, value in enumerate(told):
        series.land(day, response([july(value)]))
    series.load(found)
    assert series.values() == kept


def test_a_cell_that_a_later_response_does_not_repeat_stays_as_it_was(series: Series, found: Input) -> None:
    series.land(0, response([july(5), ["2026M06", "København", ALL, 4]]))
    series.land(1, response([july(6), ["2026M08", "København", ALL, 8]]))
    series.land(2, response([["2026M06", "København", ALL, 3]]))
    series.load(found)
    assert [(v.period, v.value, v.day, v.until) for v in series.vintages()] == [
        ("2026M06", 4, 0, 2), ("2026M06", 3, 2, None), (JULY, 5, 0, 1), (JULY, 6, 1, None), ("2026M08", 8, 1, None),
    ]  # fmt: skip


def test_a_response_with_new_periods_alone_adds_them_and_ends_nothing(series: Series, found: Input) -> None:
    series.land(0, response([july(5)]))
    series.land(1, response([["2026M08", "København", ALL, 8]]))
    loaded = series.load(found)
    assert [v.until for v in series.vintages()] == [None, None]
    assert loaded == cells.Loaded(tables=1, responses=2, cells=2, values=2)


def test_responses_with_a_measure_more_or_less_are_compared_in_what_both_have(series: Series, found: Input) -> None:
    series.land(0, response([[*july(5), 1.5]], [NUMBER, SHARE]))
    series.land(1, response([july(6)], [NUMBER]))
    series.land(2, response([[JULY, "København", ALL, 1.6, 6]], [SHARE, NUMBER]))
    series.land(3, response([[*july(7), 4, 1.6]], [NUMBER, "Antal borgere", SHARE]))
    series.load(found)
    assert [(v.measure, v.value, v.day, v.until) for v in series.vintages()] == [
        ("Antal borgere", 4, 3, None),
        ("ledige_antal", 5, 0, 1), ("ledige_antal", 6, 1, 3), ("ledige_antal", 7, 3, None),
        ("ledige_pct", Decimal("1.5"), 0, 2), ("ledige_pct", Decimal("1.6"), 2, None),
    ]  # fmt: skip


def test_values_are_kept_as_they_were_written(series: Series, found: Input) -> None:
    written = ["12345678901.2345", "-0.0001", "99999999999999", "0.3", "-7", "1.5E-3"]
    content = response(
        [july(n, area=area) for n, area in enumerate(("Aalborg", "Aarhus", "Fanø", "Greve", "Læsø", "Ærø"))]
    )
    for n, text in enumerate(written):
        content = content.replace(f", {n}]".encode(), f", {text}]".encode())
    series.land(0, content)
    series.load(found)
    assert [v.value for v in series.vintages()] == [Decimal(text) for text in written]


def test_the_raw_tables_tell_where_each_response_came_from(series: Series, found: Input) -> None:
    described = json.loads(description({"a": NUMBER}, {}))
    described["update_latest"] = "2026-08-19"
    content = response([july(5), july(6, area="Odense")])
    landed = series.land(0, content, json.dumps(described).encode())
    series.land(1, content)
    series.load(found)
    named = "source_ref, table_id, delivery, retrieved_at, source, request, sha256, file, rows, cells"
    assert series.rows(f"select {named} from raw.read_responses where response_no = 1") == [
        (
            landed.source_ref, TABLE, "day 0", landed.retrieved_at, "api", "/data", landed.sha256, landed.name, 2, 2,
        )
    ]  # fmt: skip
    released = [row[0] for row in series.rows("select released_at from raw.read_responses order by response_no")]
    assert released == [dt.datetime(2026, 8, 18, 22, tzinfo=dt.UTC), None]


def test_what_cannot_be_read_of_the_landing_is_told_and_not_passed_over(series: Series, found: Input) -> None:
    landed = series.land(0, response([july(5)]))
    landed.body.chmod(0o644)
    landed.body.write_bytes(b"something else")
    with pytest.raises(DamagedResponseError, match=landed.body.name):
        series.load(found)


def test_a_description_that_is_gone_is_told_and_labels_do_not_take_its_place(series: Series, found: Input) -> None:
    series.land(0, response([july(5)]), description({"a": NUMBER}, {}))
    for path in series.landing.folder.glob("*/*.table.*"):
        path.unlink()
    with pytest.raises(DamagedResponseError, match=rf"responses of {TABLE}.*backup"):
        series.load(found)


def test_responses_of_a_table_that_is_no_longer_configured_are_left_alone(series: Series, found: Input) -> None:
    series.land(0, response([july(5)]), table="y99z99")
    assert series.load(found) == cells.Loaded()
    assert {name: rows for name, rows in series.facts().items() if rows} == {}


@pytest.mark.parametrize("folder", ["it's a folder", "[a]", "mellemrum og æøå", "100% {a}", "a?b", "a*b", "a#b"])
def test_data_may_lie_in_a_folder_of_any_name(tmp_path: Path, found: Input, folder: str) -> None:
    series = Series(tmp_path / folder)
    series.land(0, response([july(5)]))
    series.land(1, response([july(6)]))
    series.load(found)
    assert series.values() == [(5, 0, 1), (6, 1, None)]


def test_a_byte_order_mark_and_another_layout_of_the_json_change_nothing(series: Series, found: Input) -> None:
    series.land(0, b"\xef\xbb\xbf" + json.dumps(json.loads(response([july(5)])), indent=3).encode())
    series.land(1, b'{"rows": [["2026M07","K\\u00f8benhavn","Ydelsesgrupper i alt",6]], ' + response([])[1:-13] + b"}")
    series.load(found)
    assert series.values() == [(5, 0, 1), (6, 1, None)]


def test_labels_are_kept_as_they_are_however_odd(series: Series, found: Input) -> None:
    odd = ["A | B", "'; drop table x; --", 'med "gåseøjne"', "\\n {0} %s", "ÆØÅ 🙂", " med mellemrum ", "1", "null"]
    series.land(
        0, response([[JULY, "København", label, n, n] for n, label in enumerate(odd)], [NUMBER, "Det 'andet' \"tal\""])
    )
    series.load(found)
    assert {(v.member, v.value) for v in series.vintages("measure_id = 'ledige_antal'")} == {
        (label, n) for n, label in enumerate(odd)
    }
    assert ("Det 'andet' \"tal\"",) in series.rows("select measure_id from raw.read_measures")


def test_areas_that_nobody_knows_are_told_with_what_to_do(series: Series, found: Input) -> None:
    series.land(0, response([july(5), july(3, area="Ny Kommune"), july(3, area="Atlantis")]))
    with pytest.raises(FaultyInputError) as error:
        series.load(found)
    assert [str(fault) for fault in error.value.faults] == [
        f"seeds/shared/areas.csv: column 'area_name', value '{area}': is no area here, but responses of {TABLE} have it"
        "; add a row for it"
        for area in ("Atlantis", "Ny Kommune")
    ]


# --- deliveries -----------------------------------------------------------------------------------------


def test_a_delivery_of_several_parts_is_read_once_it_is_whole(series: Series, found: Input) -> None:
    series.land(0, response([july(5), july(5, area="Odense")]))
    series.land(1, response([july(6)]), part=1, parts=2)
    series.load(found)
    assert series.values() == [(5, 0, None)]
    series.land(1, response([july(7, area="Odense")]), part=2, parts=2)
    series.load(found)
    assert series.values() == [(5, 0, 1), (6, 1, None)]
    assert [(v.value, v.day, v.until) for v in series.vintages("area_name = 'Odense'")] == [(5, 0, 1), (7, 1, None)]


def remembered(responses: Iterable[tuple[tuple[str, ...], dict[Any, Any]]]) -> set[Vintage]:
    """Return, computed plainly, which values the cells have had, of responses a day apart."""
    ids = {NUMBER: "ledige_antal", SHARE: "ledige_pct"}
    history: dict[tuple[Any, ...], list[tuple[Any, int]]] = defaultdict(list)
    for day, (measures, shown) in enumerate(responses):
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
@given(responses=st.lists(told_cells(), min_size=1, max_size=5))
def test_vintages_are_what_plain_bookkeeping_gives(
    found: Input, responses: list[tuple[tuple[str, ...], dict[Any, Any]]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        series = Series(Path(folder))
        for day, told in enumerate(responses):
            series.land(day, written(told))
        series.load(found)
        vintages = series.vintages()
    assert len(vintages) == len(set(vintages))
    assert set(vintages) == remembered(responses)


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
        read = in_order.rows("select count(*) from raw.read_responses")[0][0]
        assert read == sum(came[m["day"]] == m["parts"] for m in landed)


# --- beside the real ones -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory, found: Input, saved_responses: Path) -> Series:
    """Read the saved responses."""
    series = Series(tmp_path_factory.mktemp("real"))
    for path in sorted(saved_responses.glob("*/*.json")):
        body, time = path.read_bytes(), dt.datetime.strptime(path.stem, "%Y-%m-%dT%H-%M-%S").replace(tzinfo=dt.UTC)
        origin = Origin(path.parent.name, "data", time, "folder", path.name, 200, path.stem)
        series.landing.land(origin, body, check_data(body, Promise()))
    series.load(found)
    return series


def test_of_the_saved_responses_every_cell_is_there_once_and_its_values_follow_one_another(
    real: Series, saved_responses: Path
) -> None:
    cells_of_responses = {
        (path.parent.name, *row[: len(row) - numbers], n)
        for path in saved_responses.glob("*/*.json")
        for content in (json.loads(path.read_text(encoding="utf-8-sig")),)
        for numbers in (len(content["columns"]) - (2 if path.parent.name == "y60a02" else 3),)
        for row in content["rows"]
        for n in range(numbers)
    }
    newest = "select count(*) from raw.read_vintages where ended_by_response_no is null"
    assert real.rows(newest) == [(len(cells_of_responses),)]


@pytest.mark.parametrize(("table_id", "revised"), [("y25i01", 1525), ("y25i09", 517), ("y30r21", 0), ("y60a02", 0)])
def test_of_the_saved_responses_as_many_cells_have_a_second_value_as_were_measured(
    real: Series, table_id: str, revised: int
) -> None:
    counted = Counter((v.measure, v.area, v.period, v.member) for v in real.vintages(f"came.table_id = '{table_id}'"))
    assert sum(count == 2 for count in counted.values()) == revised
    assert max(counted.values()) <= 2


def test_the_revised_number_of_unemployed_in_the_saved_responses_is_known_with_the_one_before(real: Series) -> None:
    found = real.rows(
        """
        select value, came.retrieved_at, went.retrieved_at from raw.read_vintages
        inner join raw.read_measures using (measure_no) inner join raw.read_areas using (area_no)
        inner join raw.read_periods using (period_no) inner join raw.read_members using (member_no)
        inner join raw.read_responses as came using (response_no)
        left join raw.read_responses as went on ended_by_response_no = went.response_no
        where measure_id = 'ledige_antal' and area_name = 'København' and period_id = '2026M06' and is_total
        order by 2
        """
    )
    first, second = (dt.datetime(2026, 8, *at, tzinfo=dt.UTC) for at in ((18, 21, 52, 29), (22, 9, 50, 30)))
    assert found == [(15185, first, second), (15591, second, None)]


def test_the_places_printed_in_the_saved_responses_agree_with_the_differences(real: Series) -> None:
    told = "select cells_checked, cells_deviating from raw.series_claims"
    assert real.rows(f"{told} where rule = '{PLACES}'") == [(2352, 0)]
    (vintage,) = real.vintages(
        "measure_id = 'placering' and area_name = 'København' and period_id = '2020QMAT02' and is_total"
    )
    assert (vintage.value, vintage.member) == (63, ALL)
