"""That no response lands that cannot be right, and every one does that a publisher may well send.

Belongs here: `jobmaal.jobindsats.refusal`, by made-up responses that are spoilt or changed on purpose
and landed from files or fetched. Does not: the form of a response (`test_response`).
"""

import copy
import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from jobmaal.core.errors import EXIT_FAULTY_INPUT, EXIT_FETCH_FAILED
from jobmaal.core.layout import PROJECT, Layout
from jobmaal.demo import synthetic
from jobmaal.jobindsats import refusal, saved
from jobmaal.jobindsats.client import Client
from jobmaal.jobindsats.config import read_tables
from jobmaal.jobindsats.fetch import fetch
from jobmaal.jobindsats.landing import Landing
from jobmaal.jobindsats.refusal.grid import Before, Expected, Grid
from jobmaal.jobindsats.report import Report
from jobmaal.jobindsats.settings import Settings
from tests.helpers.input import append, copy_project_seeds
from tests.helpers.v3_server import ServedTable, V3Server

pytestmark = pytest.mark.usefixtures("without_waiting_for_the_disk")

TABLE, ALL, FUND, AID = "y25i01", "Ydelsesgrupper i alt", "A-dagpenge", "Kontanthjælp"
#: Where the figures of the table begin: persons, full-time persons, two shares.
FIRST = 3
LAST = "2026M07"

Content = dict[str, Any]
Change = Callable[[Content], object]


@pytest.fixture(scope="module")
def shapes() -> dict[str, synthetic.SyntheticTable]:
    """Make up the configured tables, with a year of months."""
    configured = read_tables(Layout(PROJECT / "seeds", PROJECT / "data"))
    return {table.table_id: table for table in synthetic.shipped_tables(configured, "2026M07", years=1)}


@pytest.fixture(scope="module")
def bodies(shapes: dict[str, synthetic.SyntheticTable]) -> list[Content]:
    """Make up two releases of the unemployed: the second has a period more, and revisions."""
    table = shapes[TABLE]
    first = json.loads(synthetic.response(table, 0, table.period_ids[:-1]))
    return [first, json.loads(synthetic.response(table, 1))]


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    """Return the project's own configuration and nothing that has landed."""
    return copy_project_seeds(tmp_path)


def land(layout: Layout, content: Content, name: str = "2026-08-22T09-50-30", table_id: str = TABLE) -> Report:
    """Land a response from a file."""
    folder = layout.data.parent / "saved"
    shutil.rmtree(folder, ignore_errors=True)
    (folder / table_id).mkdir(parents=True)
    (folder / table_id / f"{name}.json").write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    return saved.land_folder(layout, folder)


def changed(content: Content, change: Change) -> Content:
    spoilt = copy.deepcopy(content)
    change(spoilt)
    return spoilt


def rows(content: Content, **only: str) -> Iterator[list[Any]]:
    """Return the rows of one period, area or member."""
    at = {"period": 0, "area": 1, "member": 2}
    return (row for row in content["rows"] if all(row[at[name]] == label for name, label in only.items()))


def keep(wanted: Callable[[list[Any]], bool]) -> Change:
    return lambda content: content.update(rows=[row for row in content["rows"] if wanted(row)])


def scaled(factor: float, measure: int | None = None, **only: str) -> Change:
    """Multiply every value, of one measure or of some rows."""

    def change(content: Content) -> None:
        for row in rows(content, **only):
            for at in range(FIRST, len(row)):
                if row[at] is not None and measure in (None, at - FIRST):
                    row[at] = round(row[at] * factor, 2)

    return change


def nulled(measure: int | None = None, **only: str) -> Change:
    def change(content: Content) -> None:
        for row in rows(content, **only):
            row[FIRST:] = [None if measure in (None, at) else value for at, value in enumerate(row[FIRST:])]

    return change


def _cut(rows_left: int) -> Change:
    return lambda content: content.update(rows=content["rows"][:-rows_left])


def _with_columns_swapped(content: Content) -> None:
    _with_columns_swapped_in_a_period(content, "2025", "2026")


def _with_columns_swapped_in_a_period(content: Content, *periods: str) -> None:
    for row in content["rows"]:
        if row[0].startswith(periods or "2026M06"):
            row[FIRST], row[FIRST + 1] = row[FIRST + 1], row[FIRST]


def _with_every_third_null(content: Content) -> None:
    for row in content["rows"][::3]:
        row[FIRST] = None


def _with_areas_shifted(content: Content) -> None:
    values = [row[FIRST:] for row in content["rows"]]
    for row, others in zip(content["rows"], values[3:] + values[:3], strict=True):
        row[FIRST:] = others


def _values(content: Content, period: str, *by: int) -> dict[tuple[Any, ...], list[Any]]:
    return {tuple(row[at] for at in by): row[FIRST:] for row in rows(content, period=period)}


def _with_municipalities_shifted_in_the_newest_period(content: Content) -> None:
    areas = sorted({row[1] for row in content["rows"]} - {"Hele landet"})
    neighbour = dict(zip(areas, areas[1:] + areas[:1], strict=True))
    values = _values(content, LAST, 1, 2)
    for row in rows(content, period=LAST):
        row[FIRST:] = values[neighbour.get(row[1], row[1]), row[2]]


def _with_members_rotated(content: Content) -> None:
    neighbour = {ALL: FUND, FUND: AID, AID: ALL}
    for period in sorted({row[0] for row in content["rows"]}):
        values = _values(content, period, 1, 2)
        for row in rows(content, period=period):
            row[FIRST:] = values[row[1], neighbour[row[2]]]


def _with_the_period_ahead_repeated(content: Content) -> None:
    values = _values(content, "2026M06", 1, 2)
    for row in rows(content, period=LAST):
        row[FIRST:] = values[row[1], row[2]]


def _with_values_a_period_late(content: Content) -> None:
    periods = sorted({row[0] for row in content["rows"]})
    values = {period: _values(content, period, 1, 2) for period in periods}
    for earlier, period in pairwise(periods):
        for row in rows(content, period=period):
            row[FIRST:] = values[earlier][row[1], row[2]]


def _without_a_column(content: Content) -> None:
    content["columns"].pop()
    for row in content["rows"]:
        row.pop()


#: What is wrong with a response by itself: how it is spoilt, the rule, and the figures in the reason.
ALONE = {
    "all null": (nulled(), "nulls", "values are null"),
    "one measure all null": (nulled(2), "nulls", "values of 'Ledige fuldtidspersoner i pct. af arbejdsstyrken"),
    "one period all null": (nulled(period="2026M03"), "nulls", "all values of 2026M03 are null"),
    "cut off inside the last period": (_cut(49 * 3), "incomplete", f"has 50 of 99 areas whole in {LAST}"),
    "cut off inside the last area": (_cut(1), "incomplete", f"has 98 of 99 areas whole in {LAST}"),
    "a period in between is missing": (keep(lambda row: row[0] != "2026M03"), "incomplete", "lacks 1 periods"),
    "a municipality is missing": (keep(lambda row: row[1] != "Aarhus"), "incomplete", "missing: Aarhus"),
    "a municipality is missing in one period": (
        keep(lambda row: row[:2] != ["2026M02", "Odense"]), "incomplete", "in 2026M02; missing: Odense",
    ),
    "the newest period is ten times as large": (scaled(10, period=LAST), "scale", f"in {LAST} is "),
    "one period is a tenth": (scaled(0.1, period="2026M03"), "scale", "in 2026M03 is a"),
    "one share is a hundred times as large": (scaled(100, 2), "scale", "are above 100 (pct.)"),
    "an area is null": (nulled(area="Odense"), "nulls", "all values of Odense are null"),
    "an area is null in the newest period": (
        nulled(period=LAST, area="Aarhus"), "nulls", "are null, and no small ones: Aarhus has",
    ),
    "the country is null in the newest period": (
        nulled(period=LAST, area="Hele landet"), "nulls", "and no small ones: Hele landet has",
    ),
    "the newest period is twice as large": (scaled(2, period=LAST), "scale", f"in {LAST} is "),
    "the newest period is zero": (scaled(0, period=LAST), "revisions", "differ by more than half from 2026M06"),
    "an area is zero in the newest period": (scaled(0, period=LAST, area="Aarhus"), "scale", "of Aarhus ("),
    "an area is ten times as large in the newest period": (
        scaled(10, period=LAST, area="Aarhus"), "scale", "of Aarhus (",
    ),
    "the country is ten times as large": (scaled(10, area="Hele landet"), "scale", "its municipalities have"),
    "everything is zero": (scaled(0), "nulls", "are 0"),
    "a share is below zero": (scaled(-1, 2), "scale", "are below zero"),
    "municipalities shifted in the newest period": (
        _with_municipalities_shifted_in_the_newest_period, "revisions", "differ by more than half from 2026M06",
    ),
    "members rotated": (_with_members_rotated, "swapped", "are larger than their total Ydelsesgrupper i alt"),
    "the newest period repeats the one ahead": (_with_the_period_ahead_repeated, "swapped", "are those of 2026M06"),
}  # fmt: skip
#: What is wrong with a second release beside the first.
AFTER = ALONE | {
    "the country is ten times as large": (scaled(10, area="Hele landet"), "scale", "of Hele landet is 10.0 times"),
    "one share is a hundred times as large": (scaled(100, 2), "scale", "is 100.0 times what it was"),
    "all ten times as large": (scaled(10), "scale", "is 10.0 times what it was"),
    "all a tenth": (scaled(0.1), "scale", "is a 10"),
    "one measure ten times as large": (scaled(10, 1), "scale", "'Antal ledige fuldtidspersoner' is 10.0 times"),
    "one area ten times as large": (scaled(10, area="Aarhus"), "scale", "of Aarhus is 10.0 times"),
    "one member ten times as large": (scaled(10, member=FUND), "scale", f"of {FUND} is 10.0 times"),
    "all half as large again": (scaled(1.5), "revisions", "differ by more than a fifth from before"),
    "values a period late": (_with_values_a_period_late, "swapped", "stand a period too late"),
    "members rotated": (_with_members_rotated, "swapped", "are larger than their total"),
    "columns swapped": (_with_columns_swapped, "swapped", "stand in each other's column"),
    "columns swapped in one period": (_with_columns_swapped_in_a_period, "swapped", "column, in 2026M06"),
    "areas shifted": (_with_areas_shifted, "revisions", "differ by more than a fifth"),
    "many more nulls": (_with_every_third_null, "nulls", "were there before and are null"),
    "a measure null in one period": (nulled(0, period="2026M02"), "nulls", "were there before and are null"),
    "the newest period of a measure null": (nulled(0, period=LAST), "nulls", f"in {LAST} are null, and not in 2026M06"),
    "a member is missing": (keep(lambda row: row[2] != AID), "incomplete", f"lacks the member {AID}"),
    "a member ends": (keep(lambda row: (row[0], row[2]) != (LAST, AID)), "incomplete", f"lacks the member {AID}"),
    "the country is missing": (keep(lambda row: row[1] != "Hele landet"), "incomplete", "missing: Hele landet"),
    "the newest periods are missing": (keep(lambda row: row[0] < "2026M04"), "incomplete", "ends with 2026M03"),
    "a column is missing": (_without_a_column, "incomplete", "lacks columns that the response before has"),
}  # fmt: skip


@pytest.mark.parametrize("name", ALONE)
def test_a_first_response_that_cannot_be_right_is_quarantined_with_figures(
    layout: Layout, bodies: list[Content], name: str
) -> None:
    change, rule, told = ALONE[name]
    assert_refused(layout, land(layout, changed(bodies[1], change)), rule, told)
    assert Landing(layout).responses() == []


@pytest.mark.parametrize("name", AFTER)
def test_a_later_response_that_cannot_be_right_is_quarantined_with_figures(
    layout: Layout, bodies: list[Content], name: str
) -> None:
    assert land(layout, bodies[0], "2026-07-22T09-50-30").problems == []
    change, rule, told = AFTER[name]
    assert_refused(layout, land(layout, changed(bodies[1], change)), rule, told)
    assert len(Landing(layout).responses()) == 1


def assert_refused(layout: Layout, report: Report, rule: str, told: str) -> None:
    [problem] = report.problems
    assert report.exit_code == EXIT_FAULTY_INPUT
    assert told in problem
    assert f"(rule {rule})" in problem
    [sidecar] = (layout.landing / "_quarantine" / TABLE).glob("*.request.json")
    aside = json.loads(sidecar.read_text(encoding="utf-8"))
    assert rule in aside["rules"]
    # The very row that accepts it.
    assert f"{TABLE},{sidecar.name.removesuffix('.data.request.json')},{rule},REASON,REVIEWER," in aside["reason"]


def _with_small_cells_suppressed(content: Content) -> None:
    for row in content["rows"]:
        row[FIRST:] = [None if isinstance(value, int) and value < 5 else value for value in row[FIRST:]]


def _with_a_new_member(content: Content) -> None:
    content["rows"] += [
        [row[0], row[1], "Uddannelseshjælp", *row[3:]] for row in rows(content, member=AID, period=LAST)
    ]


#: What a publisher may well do.
LEGITIMATE: dict[str, Change] = {
    "a period more and revisions": lambda _: None,
    "small cells suppressed": _with_small_cells_suppressed,
    "a new member from a period on": _with_a_new_member,
    "only the newest two periods": keep(lambda row: row[0] >= "2026M06"),
    "rows in another order": lambda content: content["rows"].reverse(),
    "everything a tenth more": scaled(1.1),
    "another order of columns": lambda content: content.update(
        columns=[*content["columns"][:3], *reversed(content["columns"][3:])],
        rows=[[*row[:3], *reversed(row[3:])] for row in content["rows"]],
    ),
    "a measure more": lambda content: content.update(
        columns=[*content["columns"], "Noget nyt"], rows=[[*row, 1] for row in content["rows"]]
    ),
}


@pytest.mark.parametrize("name", LEGITIMATE)
def test_what_a_publisher_may_do_lands(layout: Layout, bodies: list[Content], name: str) -> None:
    assert land(layout, bodies[0], "2026-07-22T09-50-30").problems == []
    assert land(layout, changed(bodies[1], LEGITIMATE[name])).problems == []


#: What a response lacks of what the table's description has, as only the description shows.
BESIDE_A_DESCRIPTION: dict[str, tuple[Change, str]] = {
    "a member": (keep(lambda row: row[2] != AID), f"lacks members that were asked for: {AID}"),
    "the country": (keep(lambda row: row[1] != "Hele landet"), "missing: Hele landet"),
    "the newest period": (keep(lambda row: row[0] != LAST), f"the table's description has {LAST}"),
    "every other period": (keep(lambda row: int(row[0][-2:]) % 2 == 1), "lacks 5 periods between"),
}


@pytest.mark.parametrize("name", BESIDE_A_DESCRIPTION)
def test_a_first_saved_response_is_compared_with_the_description_that_was_in_force(
    layout: Layout, shapes: dict[str, synthetic.SyntheticTable], bodies: list[Content], name: str
) -> None:
    change, told = BESIDE_A_DESCRIPTION[name]
    folder = layout.data.parent / "saved"
    (folder / TABLE).mkdir(parents=True)
    description = synthetic.metadata(shapes[TABLE], "2026-08-19", "2026-09-16")
    (folder / TABLE / "table.json").write_text(json.dumps(description), encoding="utf-8")
    # Saved before that publication, it is not compared with it.
    for day, expected in (("18", None), ("22", told)):
        path = folder / TABLE / f"2026-08-{day}T09-50-30.json"
        path.write_text(json.dumps(changed(bodies[1], change)), encoding="utf-8")
        problems = saved.land_folder(layout, folder).problems
        assert [expected in problem for problem in problems if expected] == ([True] if expected else [])
        path.unlink()
        shutil.rmtree(layout.landing, ignore_errors=True)


def test_islands_may_be_left_out_where_they_are_small_and_nobody_else(layout: Layout, bodies: list[Content]) -> None:
    def with_few(content: Content) -> None:
        for row in rows(content):
            if row[1] in ("Læsø", "Fanø"):
                row[FIRST : FIRST + 2] = [3 + (value or 0) % 9 for value in row[FIRST : FIRST + 2]]

    left_out = {("2026M02", "Læsø"), ("2026M03", "Læsø"), ("2026M03", "Fanø"), (LAST, "Læsø")}
    first, second = (changed(content, with_few) for content in bodies)
    for name, content in (("2026-07-22T09-50-30", first), ("2026-08-22T09-50-30", second)):
        assert land(layout, changed(content, keep(lambda row: (row[0], row[1]) not in left_out)), name).problems == []
    assert land(layout, changed(second, keep(lambda row: row[1] != "Læsø")), "2026-08-23T09-50-30").problems == []
    gone = changed(second, keep(lambda row: (row[0], row[1]) != (LAST, "Ærø")))
    assert "missing: Ærø" in land(layout, gone, "2026-08-24T09-50-30").problems[0]


def test_a_label_that_the_description_renames_is_compared_with_itself(layout: Layout, bodies: list[Content]) -> None:
    assert land(layout, bodies[0], "2026-07-22T09-50-30").problems == []
    # Without a description a renamed member is another one, and the old one is missing.
    renamed = changed(bodies[1], lambda content: [row.__setitem__(2, "Dagpenge") for row in rows(content, member=FUND)])
    assert "lacks the member A-dagpenge" in land(layout, renamed).problems[0]


def test_every_made_up_table_lands_in_every_revision(
    layout: Layout, shapes: dict[str, synthetic.SyntheticTable]
) -> None:
    for table_id, shape in shapes.items():
        table = replace(shape, period_ids=shape.period_ids[-3:])
        for revision in range(2):
            content = json.loads(synthetic.response(table, revision))
            assert land(layout, content, f"2026-0{7 + revision}-22T09-50-30", table_id).problems == []


def test_a_reviewed_response_lands_and_another_one_does_not(layout: Layout, bodies: list[Content]) -> None:
    land(layout, bodies[0], "2026-07-22T09-50-30")
    bad = changed(bodies[1], scaled(10))
    land(layout, bad)
    [sidecar] = (layout.landing / "_quarantine" / TABLE).glob("*.request.json")
    row = {
        "table_id": TABLE, "response": sidecar.name.removesuffix(".data.request.json"), "rule": "nulls",
        "reason": "The publisher counts in tens now", "reviewed_by": "test", "reviewed_on": "2026-11-30",
    }  # fmt: skip
    reviews = layout.seeds / "shared" / "series_reviews.csv"
    append(reviews, row)
    # Another rule is none of this one's business.
    assert land(layout, bad).problems != []
    append(reviews, {**row, "rule": "scale"})
    # Whenever it comes: what counts is the content.
    assert land(layout, bad, "2026-08-23T09-50-30").problems == []
    assert Landing(layout).responses(TABLE)[-1].accepted == ("scale",)
    assert land(layout, changed(bad, scaled(10)), "2026-08-24T09-50-30").problems != []


def test_the_largest_values_that_land_are_compared() -> None:
    cells = {("2026M01", f"Area {at}", "I alt"): (Decimal("99999999999999.9999") - at,) for at in range(60)}
    grid = Grid([("Antal", "personer")], cells)
    assert refusal.judge(grid, Before(grid, "2026M01"), Expected()) == []


# --- the same by a fetch ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("nulls", "values are null"),
        ("cut-rows", f"areas whole in {LAST}"),
        ("tenfold", "is 10.0 times what it was"),
        ("no-member", f"lacks members that were asked for: {AID}"),
    ],
)
def test_a_fetch_quarantines_what_cannot_be_right_and_does_not_tell_to_ask_again(
    layout: Layout, shapes: dict[str, synthetic.SyntheticTable], kind: str, told: str
) -> None:
    with V3Server({TABLE: ServedTable(shapes[TABLE], update_next="2026-09-16")}, token="t") as server:
        client = Client(server.url, "t", 0, 1, 5, backoff=0.01)
        assert fetch(layout, [TABLE], Settings(connections=1), client).problems == []
        server.revise(TABLE)
        server.misbehave(kind, times=9, match=lambda path, _: path.startswith("/data/"))
        report = fetch(layout, [TABLE], Settings(connections=1), client)
    [problem] = report.problems
    assert told in problem
    assert report.exit_code == EXIT_FETCH_FAILED
    assert "run it again" not in problem
    assert "series_reviews.csv" in problem


# --- beside the real ones ----------------------------------------------------------------------------------------


def test_every_saved_response_lands(layout: Layout, saved_responses: Path) -> None:
    report = saved.land_folder(layout, saved_responses.parent)
    assert report.problems == []
    assert report.responses == len(list(saved_responses.glob("*/*.json")))
