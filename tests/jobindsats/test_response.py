"""Judging one response of Jobindsats: what makes it unusable, and that nothing else does.

Belongs here: `jobmaal.jobindsats.response`. Does not: what becomes of a response that is unusable
(`test_fetch`).
"""

import copy
import datetime as dt
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobmaal.demo import synthetic
from jobmaal.demo.synthetic import SyntheticDimension, SyntheticMeasure, SyntheticTable
from jobmaal.jobindsats.kinds import OTHER
from jobmaal.jobindsats.response import (
    CalendarEntry,
    Hierarchy,
    Level,
    Metadata,
    Promise,
    Shape,
    UnusableResponseError,
    check_data,
    publisher_time,
    read_calendar,
    read_metadata,
)

COLUMNS = ["Periode", "Område", "Køn", "Antal", "I pct."]
ROWS: list[list[Any]] = [
    ["2026M07", "København", "Kvinder", 12, 1.5],
    ["2026M07", "København", "Mænd", 9, None],
    ["2026M07", "Læsø", "Kvinder", None, 0.25],
]
MGROUPS = (("a", "Antal"), ("p", "I pct."))
PROMISE = Promise(
    Metadata("x01", "X", "", "", MGROUPS, {}, ()),
    frozenset({"2026M07"}),
    frozenset({"København", "Læsø"}),
    (frozenset({"Kvinder", "Mænd"}),),
)


def body(columns: object = COLUMNS, rows: object = ROWS) -> bytes:
    """Write a response; figures that JSON does not have are written as some programs do."""
    return json.dumps({"columns": columns, "rows": rows}, ensure_ascii=False).encode()


def spoilt(row: int, column: int, value: object) -> bytes:
    """Write the response with one cell changed, counted from 1."""
    rows = copy.deepcopy(ROWS)
    rows[row - 1][column - 1] = value
    return body(rows=rows)


def with_number(text: str) -> bytes:
    """Write the response with the number in row 1, column 4 as this text."""
    return body().replace(b"12", text.encode(), 1)


def reason(content: bytes, promise: Promise = PROMISE) -> str:
    """Return why a response is unusable."""
    with pytest.raises(UnusableResponseError) as error:
        check_data(content, promise)
    return str(error.value)


# --- what is usable -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(body(), id="as it is written"),
        pytest.param(b"\xef\xbb\xbf" + body(), id="with a byte-order mark"),
        pytest.param(json.dumps({"rows": ROWS, "more": 1, "columns": COLUMNS}, indent=2).encode(), id="another layout"),
        pytest.param(spoilt(3, 5, None), id="hidden cells"),
        pytest.param(body(rows=[[*row[:4], None] for row in ROWS]), id="a measure that is hidden all through"),
        pytest.param(spoilt(1, 4, -99_999_999_999_999), id="a large number"),
        pytest.param(with_number("99999999999.1234"), id="four decimals"),
        pytest.param(with_number("1.50000"), id="naughts behind the fourth decimal"),
        pytest.param(with_number("1.2E1"), id="a number with an exponent"),
    ],
)
@pytest.mark.parametrize("promise", [Promise(), PROMISE], ids=["nothing promised", "all promised"])
def test_a_response_that_keeps_to_the_promise_gives_its_shape(content: bytes, promise: Promise) -> None:
    assert check_data(content, promise) == Shape(tuple(COLUMNS), 1, 3)


def test_a_table_without_other_dimensions_has_none() -> None:
    content = body(["Periode", "Område", "Antal"], [["2026M07", "København", 12]])
    assert check_data(content, Promise(members=())).dimensions == 0


def test_several_measures_of_one_group_are_all_known_by_its_name() -> None:
    metadata = Metadata("x01", "X", "", "", (("g", "Antal"),), {}, ())
    content = body([*COLUMNS[:3], "Antal: Forventet", "Antal: Faktisk"])
    assert check_data(content, Promise(metadata)).columns[3:] == ("Antal: Forventet", "Antal: Faktisk")


def test_groups_that_are_named_in_quite_another_way_are_no_fault() -> None:
    metadata = Metadata("x01", "X", "", "", (("a", "Måling 1"), ("p", "Måling 2")), {}, ())
    assert check_data(body(), Promise(metadata)).rows == 3


@pytest.mark.parametrize("table_id", ["y25i01", "y25i09", "y30r21", "y60a02"])
def test_the_saved_responses_are_usable(saved_responses: Path, table_id: str) -> None:
    for path in (saved_responses / table_id).glob("*.json"):
        content = path.read_bytes()
        shape = check_data(content, Promise())
        assert shape.rows == len(json.loads(content.decode("utf-8-sig"))["rows"])
        assert shape.dimensions == (0 if table_id == "y60a02" else 1)


# --- what is not ----------------------------------------------------------------------------------------


LEVELS = (Level("1", (("0", "I alt"),)), Level("2", (("1", "Mænd"), ("2", "Kvinder"))), Level("3", (("3", "Mænd"),)))
SHARING = Metadata("x01", "X", "", "", MGROUPS, {}, (("_koen", (Hierarchy("_kon", LEVELS),)),))


@pytest.mark.parametrize("promise", [Promise(SHARING), Promise()])
def test_a_parent_and_its_child_may_share_a_label_where_their_figures_are_equal(promise: Promise) -> None:
    rows = [[month, "København", label, *values] for month in ("2026M06", "2026M07") for label, values in
            (("Kvinder", (12, 1.5)), ("Mænd", (9, None)), ("Mænd", (9, None)))]  # fmt: skip
    assert check_data(body(rows=rows), promise) == Shape(tuple(COLUMNS), 1, 6, repeated=2)
    rows[-1][3] = 8
    told = reason(body(rows=rows), promise)
    assert "row 6 is a duplicate of row 5 with other figures: '2026M07 | København | Mænd'" in told
    assert "Two members share the label 'Mænd': ask for a level or for ids in series_tables.csv" in told


def test_a_row_that_comes_twice_by_chance_is_no_child_of_its_parent() -> None:
    rows = [[month, "København", label, 12, 1.5] for month in ("2026M06", "2026M07") for label in ("Kvinder", "Mænd")]
    assert "row 5 is a duplicate of row 1" in reason(body(rows=[*rows, rows[0]]), Promise())
    assert "is a duplicate of row 1" in reason(body(rows=[*rows, rows[0], rows[2]]), Promise(SHARING))


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("Forkert nøgle eller nøglen er udløbet.".encode(), "is no JSON, or cut off"),
        ("Forkert nøgle eller nøglen er udløbet.".encode(), "it begins: Forkert nøgle eller nøglen er udløbet."),
        (b"", "is no JSON, or cut off"),
        (b"\n <!DOCTYPE html><html>Sign in</html>", "is HTML"),
        (body()[:-20], "is no JSON, or cut off"),
        (b"[" * 200_000, "is no JSON, or cut off"),
        ("Område".encode("latin-1"), "is not UTF-8 (byte 3)"),
        (b"[]", "has no list 'columns'"),
        (b'{"code": 422, "cause": "Unknown period type: A"}', "it says: Unknown period type: A"),
        (json.dumps({"columns": COLUMNS}).encode(), "has no list 'rows'"),
        (body(rows={}), "has no list 'rows'"),
        (body(rows=[]), "has no rows"),
    ],
)
def test_what_is_no_table_is_told_by_its_own_words(content: bytes, told: str) -> None:
    assert told in reason(content, Promise())


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        (["Område", "Periode", *COLUMNS[2:]], "begins with the columns ['Område', 'Periode']"),
        (["Period", "Area", *COLUMNS[2:]], "promised are Periode and Område"),
        ([*COLUMNS[:4], "Antal"], "twice the same"),
        ([*COLUMNS[:4], ""], "columns without a label"),
        ([*COLUMNS[:4], 5], "columns without a label"),
        (COLUMNS[:4], "row 1 has 5 cells where there are 4 columns"),
        ([*COLUMNS, "Andel"], "row 1 has 5 cells where there are 6 columns"),
        ([*COLUMNS[:4], "I pct.\x07"], "a label with control characters: 'I pct.\\x07'"),
    ],
)
def test_other_columns_are_told(columns: list[object], told: str) -> None:
    assert told in reason(body(columns), Promise())


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([ROWS[0], ROWS[1][:4]], "row 2 has 4 cells where there are 5 columns"),
        ([ROWS[0], "2026M07"], "row 2 has no list"),
        ([*ROWS, ROWS[1]], "row 4 is a duplicate of row 2: '2026M07 | København | Mænd'"),
        ([*ROWS, [*ROWS[0][:3], 13, 1.6]], "row 4 is a duplicate of row 1"),
        ([[*row[:3], "12", "1.5"] for row in ROWS], "has no column of numbers"),
    ],
)
def test_rows_of_another_form_and_rows_that_come_twice_are_told(rows: list[object], told: str) -> None:
    assert told in reason(body(rows=rows), Promise())


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (spoilt(3, 4, "9"), "row 3, column 'Antal': '9' is no number"),
        (spoilt(3, 4, ".."), "row 3, column 'Antal': '..' is no number"),
        (spoilt(3, 4, True), "row 3, column 'Antal': True is no number"),
        (spoilt(2, 5, [1]), "row 2, column 'I pct.': '[1]' is no number"),
        (spoilt(2, 5, 0.12345), "row 2, column 'I pct.': 0.12345 does not fit"),
        (spoilt(2, 4, 10**14), "row 2, column 'Antal': 100000000000000 does not fit"),
        (spoilt(2, 4, -(10**14)), "row 2, column 'Antal': -100000000000000 does not fit"),
        (with_number("1e14"), "row 1, column 'Antal': 1E+14 does not fit"),
        # Read as binary, as DuckDB does, it would be 12345678901234.568.
        (with_number("12345678901234.5678"), "row 1, column 'Antal': 12345678901234.5678 does not fit"),
        (with_number("1e-999999"), "does not fit"),
        (with_number("1e" + "9" * 30), "is too large"),
        (with_number("NaN"), "NaN is no number"),
        (with_number("-Infinity"), "-Infinity is no number"),
    ],
)
@pytest.mark.parametrize("promise", [Promise(), PROMISE], ids=["nothing promised", "all promised"])
def test_what_is_no_number_that_fits_is_told(content: bytes, told: str, promise: Promise) -> None:
    assert told in reason(content, promise)


@pytest.mark.parametrize("column", [1, 2, 3])
@pytest.mark.parametrize("label", ["", "  ", "\xa0", 7, None, True])
def test_a_label_that_is_blank_or_no_text_is_told(column: int, label: object) -> None:
    assert "row 2 has a blank or a number for a label" in reason(spoilt(2, column, label), Promise())


@pytest.mark.parametrize("label", ["Kvin\x00der", "Kvin\x1fder", "Kvinder\n"])
@pytest.mark.parametrize("column", [1, 2, 3])
def test_a_label_that_no_reader_could_read_is_told(column: int, label: str) -> None:
    rows = copy.deepcopy(ROWS)
    rows[2][column - 1] = label
    told = reason(json.dumps({"columns": COLUMNS, "rows": rows}).encode(), Promise())
    assert told == f"has a label with control characters: {label!r}"


@pytest.mark.parametrize("period", ["2026M13", "2026", "juli 2026", "2026Q05", "2026QMAT12", "1826M01", "2026m07"])
def test_a_period_that_is_none_is_told(period: str) -> None:
    assert reason(spoilt(3, 1, period), Promise()) == f"has a period that is none: '{period}'"


# --- what is not what was promised ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "label", "told"),
    [
        (1, "2026M08", "'Periode' what was not asked for or is not known: '2026M08'"),
        (
            2,
            "Odense",
            "'Område' what was not asked for or is not known: 'Odense'; areas are known from shared/areas.csv",
        ),
        (3, "Køn i alt", "'Køn' what was not asked for or is not known: 'Køn i alt'"),
    ],
)
def test_what_was_not_asked_for_is_told_with_its_column(column: int, label: str, told: str) -> None:
    assert reason(spoilt(3, column, label)) == f"has in column {told}"


def test_of_much_that_was_not_asked_for_the_first_is_told_and_the_rest_counted() -> None:
    rows = [["2026M07", "Læsø", f"Del {n}", n, None] for n in range(8)]
    assert reason(body(rows=rows)).endswith("'Del 0', 'Del 1', 'Del 2', 'Del 3', 'Del 4' and 3 more")


def test_fewer_member_columns_than_asked_for_are_told() -> None:
    members = (frozenset({"Mænd", "Kvinder"}),) * 2
    assert "has 1 columns of members; 2 were asked for" in reason(body(), Promise(members=members))


def test_a_dimension_that_was_not_asked_for_may_show_its_total_and_nothing_else() -> None:
    rows = [["2026M07", "København", "Alder i alt", "Mænd", 1], ["2026M07", "København", "Alder i alt", "Kvinder", 2]]
    asked = Promise(members=(frozenset({"Mænd", "Kvinder"}),))
    columns = ["Periode", "Område", "Alder", "Køn", "Antal"]
    assert check_data(json.dumps({"columns": columns, "rows": rows}).encode(), asked).dimensions == 2
    rows[1][2] = "16-24 år"
    told = reason(json.dumps({"columns": columns, "rows": rows}).encode(), asked)
    assert "16-24 år" in told


def test_columns_of_members_may_come_in_another_order_than_they_were_asked_for() -> None:
    rows = [["2026M07", "København", a, k, 1] for a in ("16-24 år", "I alt") for k in ("Mænd", "I alt")]
    columns = ["Periode", "Område", "Alder", "Køn", "Antal"]
    asked = Promise(members=(frozenset({"Mænd", "Kvinder", "I alt"}), frozenset({"16-24 år", "I alt"})))
    assert check_data(json.dumps({"columns": columns, "rows": rows}).encode(), asked).dimensions == 2


@pytest.mark.parametrize("texts", [("15591", "-"), ("1.234", "12,5"), ("..", "–")])
def test_numbers_that_are_text_in_every_row_are_no_members(texts: tuple[str, str]) -> None:
    rows = [["2026M07", area, text, 1.5] for area, text in zip(("København", "Læsø"), texts, strict=True)]
    columns = ["Periode", "Område", "Antal", "Pct."]
    told = reason(json.dumps({"columns": columns, "rows": rows}).encode(), Promise())
    assert "text for numbers in column 'Antal'" in told


@pytest.mark.parametrize("more", [b'"note": "\\ud800", ', b'"rows": [], '])
def test_what_another_reader_of_json_could_not_read_does_not_enter(more: bytes) -> None:
    assert "is no JSON" in reason(body().replace(b"{", b"{" + more, 1), Promise())


def test_two_halves_of_a_character_are_one_and_no_fault() -> None:
    check_data(body().replace(b"{", b'{"note": "\\ud83d\\ude00", ', 1), Promise())


def test_fewer_measures_than_groups_are_told() -> None:
    content = body(COLUMNS[:4], [row[:4] for row in ROWS])
    assert reason(content) == "has 1 columns of numbers where 2 were promised"


def test_a_measure_that_the_metadata_does_not_name_is_told() -> None:
    content = body([*COLUMNS, "Antal i gennemsnit"], [[*row, 1] for row in ROWS])
    assert reason(content) == "has columns that the table's metadata does not name: ['Antal i gennemsnit']"


MADE_UP = SyntheticTable(
    "s01", "S", "M", ("2026M09", "2026M10"), ("Odense", "Læsø", "Hele landet"),
    (SyntheticMeasure("a", "Antal", synthetic.COUNT), SyntheticMeasure("p", "I pct.", synthetic.RATE)),
    (
        SyntheticDimension("_k", "_kon", "Køn", "Køn i alt", ("Kvinder", "Mænd")),
        SyntheticDimension("_a", "_ald", "Alder", "Alder i alt", ("Unge", "Ældre")),
    ),
)  # fmt: skip
#: What one cell may be spoilt into, a label and a number: nothing of it is ever right.
BAD_LABELS = st.sampled_from(["", " ", "2026M11", "2026M9", "Odense ", "Unge", "x", "\x1f"]) | st.integers() | st.none()
BAD_NUMBERS = st.one_of(
    st.text(max_size=5), st.booleans(), st.lists(st.integers(), max_size=2), st.integers(min_value=10**14),
    st.sampled_from([float("nan"), float("inf"), -float("inf"), 0.00001, 1e300]),
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(data=st.data(), revision=st.integers(0, 2))
def test_a_made_up_response_that_is_spoilt_in_one_cell_is_always_found(data: st.DataObject, revision: int) -> None:
    content = json.loads(synthetic.response(MADE_UP, revision))
    promise = Promise(
        read_metadata(json.dumps(synthetic.metadata(MADE_UP, "", "")).encode()),
        frozenset(MADE_UP.period_ids),
        frozenset(MADE_UP.areas),
        tuple(frozenset({d.total, *d.members}) for d in MADE_UP.dimensions),
    )
    check_data(json.dumps(content).encode(), promise)
    row, column = (data.draw(st.integers(0, len(content[name]) - 1), name) for name in ("rows", "columns"))
    promised: list[Any] = [MADE_UP.period_ids, MADE_UP.areas, *((d.total, *d.members) for d in MADE_UP.dimensions)]
    if column < 4:
        # Another label that is right makes the row the duplicate of another, since the response has all rows.
        others = [label for label in promised[column] if label != content["rows"][row][column]]
        bad = data.draw(st.sampled_from(others) | BAD_LABELS.filter(lambda label: label not in promised[column]))
    else:
        bad = data.draw(BAD_NUMBERS)
    content["rows"][row][column] = bad
    reason(json.dumps(content).encode(), promise)


# --- descriptions and the calendar ----------------------------------------------------------------------

TABLE = {
    "table_id": "x01",
    "table_name": "X",
    "update_latest": "2026-08-19",
    "update_next": None,
    "mgroups": [{"mgroup_id": 1, "mgroup_name": "Antal"}],
    "periods": [{"periodtype_id": "M", "values": [{"period_id": "2026M06"}, {"period_id": "2026M07"}]}],
    "dimensions": [
        {
            "dimension_id": "_koen",
            "hierarchies": [
                {
                    "hierarchy_id": "_kon",
                    "levels": [
                        {"level_id": "top", "values": [{"value_id": 0, "value_name": "Køn i alt"}]},
                        {
                            "level_id": "køn",
                            "values": [
                                {"value_id": 1, "value_name": "Kvinder"},
                                {"value_id": 2, "value_name": "Mænd"},
                            ],
                        },
                    ],
                },
                {
                    "hierarchy_id": "_flat",
                    "levels": [{"level_id": "alle", "values": [{"value_id": 0, "value_name": "Køn i alt"}]}],
                },
            ],
        }
    ],
}


def test_a_description_is_read_with_ids_as_text_and_what_is_missing_as_blank() -> None:
    metadata = read_metadata(b"\xef\xbb\xbf" + json.dumps(TABLE).encode())
    assert (metadata.table_id, metadata.table_name) == ("x01", "X")
    assert (metadata.update_latest, metadata.update_next) == ("2026-08-19", "")
    assert metadata.mgroups == (("1", "Antal"),)
    assert metadata.periods == {"M": ("2026M06", "2026M07")}
    hierarchy = metadata.hierarchy("_kon")
    assert hierarchy is not None
    assert hierarchy.values == (("0", "Køn i alt"), ("1", "Kvinder"), ("2", "Mænd"))
    assert metadata.hierarchy("_koen") is None
    assert "_koen" in dict(metadata.dimensions)


def test_the_total_is_the_single_value_above_others() -> None:
    metadata = read_metadata(json.dumps(TABLE).encode())
    found = {name: metadata.hierarchy(name) for name in ("_kon", "_flat")}
    assert {name: h.total for name, h in found.items() if h} == {"_kon": "0", "_flat": ""}


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"Forkert token", "is no JSON, or cut off"),
        (b"[]", "is no description of a table"),
        (b"null", "is no description of a table"),
        (b'{"code": 404, "cause": "Unknown table: x01"}', "it lacks 'table_id'; it says: Unknown table: x01"),
        *(
            (json.dumps({k: v for k, v in TABLE.items() if k != name}).encode(), f"it lacks '{name}'")
            for name in ("table_id", "mgroups", "periods", "dimensions")
        ),
        (json.dumps({**TABLE, "mgroups": None}).encode(), "is no description of a table"),
        (json.dumps({**TABLE, "mgroups": ["Antal"]}).encode(), "is no description of a table"),
        (json.dumps({**TABLE, "periods": [{"periodtype_id": "M"}]}).encode(), "it lacks 'values'"),
        (json.dumps({**TABLE, "dimensions": [{"dimension_id": "_k"}]}).encode(), "it lacks 'hierarchies'"),
    ],
)
def test_what_is_no_description_is_told_with_what_it_lacks(content: bytes, told: str) -> None:
    with pytest.raises(UnusableResponseError) as error:
        read_metadata(content)
    assert told in str(error.value)


def test_the_calendar_gives_every_table_of_every_subject() -> None:
    content = [
        {"subject_name": "A", "table_groups": [{"tables": [{"table_id": "x01", "update_next": "2026-09-19"}]}]},
        {"subject_name": "B", "table_groups": [{"tables": []}, {"tables": [{"table_id": 2, "table_name": "To"}]}]},
    ]
    assert read_calendar(json.dumps(content).encode()) == {
        "x01": CalendarEntry("x01", "", "2026-09-19"),
        "2": CalendarEntry("2", "", ""),
    }


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"<html>", "is HTML"),
        (b"5", "is no list of tables"),
        (b'{"code": 401, "cause": "No token"}', "it says: No token"),
        (b'[{"subject_name": "A"}]', "it lacks 'table_groups'"),
        (b'[{"table_groups": [{}]}]', "it lacks 'tables'"),
        (b'[{"table_groups": [{"tables": [{"table_name": "X"}]}]}]', "it lacks 'table_id'"),
        (b'[{"table_groups": [{"tables": ["x01"]}]}]', "is no list of tables"),
    ],
)
def test_what_is_no_calendar_is_told_with_what_it_lacks(content: bytes, told: str) -> None:
    with pytest.raises(UnusableResponseError) as error:
        read_calendar(content)
    assert told in str(error.value)


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-08-19", "2026-08-18T22:00"),
        ("2026-08-19T08:00:00", "2026-08-19T06:00"),
        ("2026-01-19 08:00", "2026-01-19T07:00"),
        ("19-08-2026", "2026-08-18T22:00"),
        ("19.08.2026 08:00", "2026-08-19T06:00"),
        ("19/08/2026", "2026-08-18T22:00"),
        ("2026-08-19T08:00:00Z", "2026-08-19T08:00"),
        ("2026-08-19T08:00:00+01:00", "2026-08-19T07:00"),
    ],
)
def test_the_publishers_times_are_danish_unless_they_say_otherwise(text: str, utc: str) -> None:
    time = publisher_time(text)
    assert time is not None
    assert time.astimezone(dt.UTC).isoformat(timespec="minutes") == f"{utc}+00:00"


@pytest.mark.parametrize(
    "text", ["", "snart", "32-08-2026", "2026-13-01", "19. august 2026", "0001-01-01T00:00:00", "9999-12-31"]
)
def test_what_is_no_time_gives_none(text: str) -> None:
    assert publisher_time(text) is None


# --- counts of persons ----------------------------------------------------------------------------------


def test_a_negative_count_of_persons_is_refused_with_its_period_area_member_and_value() -> None:
    told = reason(spoilt(2, 4, -1), replace(PROMISE, kinds={}))
    assert "a negative count of persons, -1, in column 'Antal' of 2026M07, København, Mænd" in told
    assert "not_persons_reviewed_by" in told


@pytest.mark.parametrize(("column", "kinds"), [(4, {"Antal": OTHER}), (5, {}), (4, None)])
def test_what_counts_no_persons_may_be_negative(column: int, kinds: dict[str, str] | None) -> None:
    assert check_data(spoilt(2, column, -1), replace(PROMISE, kinds=kinds)).rows == 3
