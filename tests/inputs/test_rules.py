"""What must hold between cells and rows of the input tables: each rule, with input that breaks and that keeps it.

Belongs here: `jobmaal.inputs.rules` on small seeds. Does not: single cells (`test_tables`) and sums (`test_reconcile`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import pytest

from jobmaal.core.errors import Fault, FaultyInputError
from jobmaal.core.layout import Layout
from jobmaal.core.periods import span
from jobmaal.inputs import rules, tables
from jobmaal.raw import read_all
from tests.helpers.input import DOC, Cells, copy_project_seeds, edit, write_seeds, write_table


def faults(layout: Layout) -> list[Fault]:
    """Return the faults that the rules find in input tables."""
    return sorted(rules.inspect(tables.inspect(layout)[0]))


def told(tmp_path: Path, **content: Sequence[Cells]) -> list[tuple[int, str, str]]:
    """Return the faults of one document with this content, as line, column and rule."""
    return [(f.line, f.column, f.rule) for f in faults(write_seeds(tmp_path, {DOC: content}))]


def shared(tmp_path: Path, table: str, rows: Sequence[Cells], **content: Sequence[Cells]) -> list[tuple[int, str, str]]:
    """Return the faults of small seeds with a shared table of these rows."""
    layout = write_seeds(tmp_path, {DOC: content})
    write_table(layout.seeds, "shared", table, rows)
    return [(f.line, f.column, f.rule) for f in faults(layout)]


def test_the_projects_own_tables_keep_every_rule(tmp_path: Path) -> None:
    assert faults(copy_project_seeds(tmp_path)) == []


# --- names -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "other", ["job-klub", "Job\u2013klub", "Job - klub", "JOB-KLUB", "Job-klub.", "Job\u2011klub", "Job-\u200bklub"]
)
def test_two_names_that_only_look_alike_are_told(tmp_path: Path, other: str) -> None:
    lines = [{"figure_id": "b.1", "line_name": "Job-klub"}, {"figure_id": "b.2", "line_name": other}]
    ((line, column, rule),) = told(tmp_path, budget_lines=lines)
    assert (line, column) == (3, "line_name")
    assert rule == f"looks like 'Job-klub' in seeds/{DOC}/budget_lines.csv:2, but differs from it; write both alike"


def test_names_are_compared_over_the_tables_of_a_document_and_units_over_all(tmp_path: Path) -> None:
    themes = [{"theme_no": "1", "theme_name": "Flere i job"}]
    totals = [{"figure_id": "t", "theme_name": "Flere i Job"}]
    assert [(line, column) for line, column, _ in told(tmp_path / "a", themes=themes, budget_totals=totals)] == [
        (2, "theme_name")
    ]
    one = {"courses": [{"figure_id": "c", "unit": "forløb"}]}
    other = {"courses": [{"figure_id": "c", "unit": "Forløb"}], "themes": [{"theme_no": "1", "theme_name": "X"}]}
    found = faults(
        write_seeds(tmp_path / "b", {"one": {**one, "themes": [{"theme_no": "1", "theme_name": "x"}]}, "other": other})
    )
    assert [(f.file, f.column) for f in found] == [("seeds/other/courses.csv", "unit")]


def test_two_aliases_may_look_alike_where_they_name_one_unit(tmp_path: Path) -> None:
    aliases = [{"alias": "Jobcentret", "unit_id": "jobcenter"}, {"alias": "jobcentret", "unit_id": "jobcenter"}]
    assert shared(tmp_path / "a", "unit_aliases", aliases) == []
    other = [aliases[0], {**aliases[1], "unit_id": "another"}]
    assert [(line, column) for line, column, _ in shared(tmp_path / "b", "unit_aliases", other)] == [(3, "alias")]


# --- numbers that a spreadsheet shortens -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "cells", "is_faulty"),
    [
        ("courses", {"figure_id": "1.10.courses", "locator": "1.10 Forløb"}, True),
        ("courses", {"figure_id": "1.10.courses", "locator": "Tabel 2"}, True),
        ("courses", {"figure_id": "c", "locator": "1.10 Forløb"}, True),
        ("budget_lines", {"figure_id": "b.1.10.adm", "line_name": "x"}, True),
        ("initiative_units", {"unit_named": "Jobcentret", "locator": "1.10 Ansvarlig"}, True),
        ("initiatives", {"locator": "1.10 titel"}, True),
        ("targets", {"figure_id": "1.2.goal", "locator": "1.2 Mål"}, True),
        ("courses", {"figure_id": "1.1.courses", "locator": "1.1 Forløb"}, False),
        ("courses", {"figure_id": "1.1.courses", "locator": "1.1 og 1.10"}, False),
        ("courses", {"figure_id": "1.2.courses", "locator": "1.1 Forløb"}, False),
        ("courses", {"figure_id": "c", "locator": "Brev af 1.10.2010"}, False),
        ("courses", {"figure_id": "1.100.courses", "locator": "Side 10"}, True),
        ("courses", {"figure_id": "7.3.courses", "locator": "7.3 Et afsnit uden indsats"}, False),
    ],
)
def test_what_says_another_number_cannot_belong_to_an_initiative(
    tmp_path: Path, table: str, cells: Cells, *, is_faulty: bool
) -> None:
    initiatives: list[Cells] = [{"initiative_no": "1.1"}, {"initiative_no": "1.2"}]
    row = {"initiative_no": "1.1", **cells}
    content = (
        {"initiatives": [row, initiatives[1]]} if table == "initiatives" else {"initiatives": initiatives, table: [row]}
    )
    found = told(tmp_path, **content)
    assert [(line, column) for line, column, _ in found] == ([(2, "initiative_no")] if is_faulty else [])
    assert all("a spreadsheet saves 1.10 as 1.1" in rule for _, _, rule in found)


# --- reference columns -----------------------------------------------------------------------------------

_COPENHAGEN = {"area_name": "København", "area_type": "municipality", "municipality_code": "101"} | {
    "region_name": "Region Hovedstaden"
}
_REGION = {"area_name": "Region Sjælland", "area_type": "region", "region_name": "Region Sjælland"}


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([_COPENHAGEN, _REGION, {"area_name": "Hele landet"}], []),
        ([{**_COPENHAGEN, "municipality_code": ""}], [(2, "municipality_code")]),
        ([{**_COPENHAGEN, "region_name": ""}], [(2, "region_name")]),
        ([{**_REGION, "municipality_code": "101"}], [(2, "municipality_code")]),
        ([{**_REGION, "region_name": ""}], [(2, "region_name")]),
        ([_REGION, {**_REGION, "area_name": "Sjælland"}], [(3, "region_name")]),
        ([{"area_name": "Hele landet", "region_name": "Region Sjælland"}], [(2, "region_name")]),
        ([_COPENHAGEN, {**_COPENHAGEN, "area_name": "Aarhus"}], [(3, "municipality_code")]),
    ],
)
def test_an_areas_type_code_and_region_go_together(
    tmp_path: Path, rows: Sequence[Cells], expected: list[tuple[int, str]]
) -> None:
    assert [(line, column) for line, column, _ in shared(tmp_path, "areas", rows)] == expected


@pytest.mark.parametrize("code", ["0101", "101.0", "1", "København", "10 1"])
def test_a_municipality_code_has_three_digits(tmp_path: Path, code: str) -> None:
    layout = copy_project_seeds(tmp_path)
    line = edit(layout.seeds / "shared" / "areas.csv", ("area_name", "Aarhus"), "municipality_code", code)
    (fault,) = tables.inspect(layout)[1]
    assert (fault.line, fault.column) == (line, "municipality_code")
    assert fault.rule.startswith("must be a code of three digits")


def test_a_region_that_does_not_exist_is_told(tmp_path: Path) -> None:
    layout = copy_project_seeds(tmp_path)
    edit(layout.seeds / "shared" / "areas.csv", ("area_name", "Aarhus"), "region_name", "Region Østjylland")
    (fault,) = tables.inspect(layout)[1]
    assert fault.rule.startswith("must be one of Region Hovedstaden, ")


@pytest.mark.parametrize("sha256", ["abc", "0" * 63, "A" * 64, "0" * 65])
def test_the_fingerprint_of_a_document_is_a_sha256(tmp_path: Path, sha256: str) -> None:
    layout = write_seeds(tmp_path, {DOC: {}})
    write_table(layout.seeds, "shared", "documents", [{"document_id": DOC, "text_sha256": sha256}])
    assert [fault.column for fault in tables.inspect(layout)[1]] == ["text_sha256"]


def test_a_unit_is_not_below_itself_and_an_abbreviation_is_one_units(tmp_path: Path) -> None:
    a, b, c = ({"unit_id": name, "unit_name": name} for name in "abc")
    right = [a, {**b, "parent_unit_id": "a", "abbreviation": "B"}, {**c, "parent_unit_id": "b", "abbreviation": "C"}]
    assert shared(tmp_path / "right", "units", right) == []
    circle = [{**a, "parent_unit_id": "c"}, *right[1:]]
    found = shared(tmp_path / "circle", "units", circle)
    assert [(line, column) for line, column, _ in found] == [(line, "parent_unit_id") for line in (2, 3, 4)]
    twice = [a, right[1], {**c, "abbreviation": "b"}]
    # The two differ in case alone, too.
    found = shared(tmp_path / "twice", "units", twice)
    assert (4, "abbreviation", "stands already in line 3: it is one unit's") in found


@pytest.mark.parametrize(
    ("cells", "columns"),
    [
        ({"age_from": "18", "age_to": "29", "match_group_from": "2", "match_group_to": "2"}, []),
        ({"age_from": "29", "age_to": "18"}, ["age_to"]),
        ({"match_group_from": "3", "match_group_to": "1"}, ["match_group_to"]),
        ({"benefit": "dagpenge | kontanthjælp"}, []),
        ({"benefit": "dagpenge | dagpenge"}, ["benefit"]),
        ({"benefit": "dagpenge |"}, ["benefit"]),
    ],
)
def test_the_bounds_of_a_group_are_in_order_and_its_benefits_differ(
    tmp_path: Path, cells: Cells, columns: list[str]
) -> None:
    found = told(tmp_path, target_groups=[{"target_group_id": "g", **cells}])
    assert [column for _, column, _ in found] == columns


@pytest.mark.parametrize(
    ("cells", "columns"),
    [
        ({"target_kind": "rank", "unit": "nr."}, []),
        ({"target_kind": "rank", "unit": "tekst"}, []),
        ({"target_kind": "rank", "unit": "pct."}, ["unit"]),
        ({"target_kind": "share", "unit": "forløb"}, ["unit"]),
        ({"target_kind": "deadline", "unit": "dato"}, []),
        ({"target_kind": "deadline", "unit": "pct."}, ["unit"]),
        ({"target_kind": "count", "unit": "dato"}, ["target_kind"]),
        ({"initiative_no": "1.1", "theme_no": "1"}, []),
        ({"initiative_no": "1.1", "theme_no": "2"}, ["theme_no"]),
    ],
)
def test_a_targets_unit_and_theme_are_those_of_its_kind_and_initiative(
    tmp_path: Path, cells: Cells, columns: list[str]
) -> None:
    content: dict[str, Sequence[Cells]] = {
        "themes": [{"theme_no": "1", "theme_name": "A"}, {"theme_no": "2", "theme_name": "B"}],
        "initiatives": [{"initiative_no": "1.1", "theme_no": "1"}],
        "targets": [{"figure_id": "g", **cells}],
    }
    assert [column for _, column, _ in told(tmp_path, **content)] == columns


def test_a_level_is_in_the_unit_of_its_measure_and_a_total_says_so(tmp_path: Path) -> None:
    level = {"figure_id": "l", "measure_id": "m", "area_name": "Hele landet", "unit": "pct."}
    measures = [{"measure_id": "m", "unit": "pct."}]
    assert told(tmp_path / "a", measures=measures, levels=[level]) == []
    wrong = {**level, "unit": "personer", "is_total": "no"}
    found = told(tmp_path / "b", measures=measures, levels=[wrong])
    assert [column for _, column, _ in found] == ["is_total", "unit"]


@pytest.mark.parametrize(
    ("cells", "columns"),
    [
        ({"year_from": "2007", "year_to": "2008", "basis": "yearly"}, []),
        ({"year_from": "2008", "year_to": "2008", "basis": "yearly"}, ["year_from"]),
        ({"year_from": "2007", "year_to": "2008", "basis": "whole"}, ["basis"]),
    ],
)
def test_a_part_is_for_the_years_of_its_line(tmp_path: Path, cells: Cells, columns: list[str]) -> None:
    years = {"year_from": "2007", "year_to": "2008", "basis": "yearly"}
    lines = [
        {"figure_id": "b", "line_name": "x", "is_split_complete": "no", **years},
        {"figure_id": "p", "line_name": "y", "part_of": "b", **cells},
    ]
    assert [column for _, column, _ in told(tmp_path, budget_lines=lines)] == columns


# --- actuals ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("period_id", "first", "last"),
    [
        ("2007Y01", (2007, 1, 1), (2007, 12, 31)),
        ("2007M12", (2007, 12, 1), (2007, 12, 31)),
        ("2008M02", (2008, 2, 1), (2008, 2, 29)),
        ("2007Q04", (2007, 10, 1), (2007, 12, 31)),
        ("2007QMAT02", (2006, 7, 1), (2007, 6, 30)),
        ("2007QMAT04", (2007, 1, 1), (2007, 12, 31)),
    ],
)
def test_a_period_has_a_first_and_a_last_day(
    period_id: str, first: tuple[int, int, int], last: tuple[int, int, int]
) -> None:
    assert span(period_id) == (dt.date(*first), dt.date(*last))


def test_what_is_no_known_period_has_no_days() -> None:
    assert [span(text) for text in ("", "2007", "2007X01", "2007W05")] == [None] * 4


#: Each table of actuals: the column that names a thing, and the thing.
_ACTUALS = {
    "actual_courses": ("course_figure_id", "courses", {"figure_id": "f", "unit": "forløb"}),
    "actual_amounts": ("budget_figure_id", "budget_lines", {"figure_id": "f", "line_name": "x"}),
    "actual_targets": ("target_id", "targets", {"figure_id": "f"}),
}


def periods_refused(tmp_path: Path, table: str, periods: Sequence[str], **cells: str) -> list[int]:
    """Return the lines of an actual's periods that are refused, where the agreement is for 2007-2008."""
    column, home, thing = _ACTUALS[table]
    agreement = [{"year_from": "2007", "year_to": "2008"}]
    rows = [{"document_id": DOC, column: "f", "period_id": period_id} for period_id in periods]
    found = shared(tmp_path, table, rows, agreement=agreement, **{home: [{**thing, **cells}]})
    assert {column for _, column, _ in found} <= {"period_id"}
    return [line for line, _, _ in found]


@pytest.mark.parametrize("table", ["actual_courses", "actual_amounts"])
def test_periods_of_one_thing_that_would_be_added_up_may_not_overlap(tmp_path: Path, table: str) -> None:
    for at, (periods, lines) in enumerate(
        [
            (["2007Q01", "2007Q02", "2007Q03"], []),
            (["2007Q01", "2007Y01"], [3]),
            (["2007Y01", "2007M05", "2007Q01"], [3, 4]),
            (["2007M03", "2007Q01"], [3]),
            (["2007QMAT04", "2007Q02"], [3]),
        ]
    ):
        assert periods_refused(tmp_path / str(at), table, periods) == lines


def test_a_quarter_and_its_year_are_two_observations_of_a_target(tmp_path: Path) -> None:
    assert periods_refused(tmp_path, "actual_targets", ["2007Q01", "2007Y01"]) == []


def test_a_line_and_its_part_are_the_same_money_but_two_parts_are_not(tmp_path: Path) -> None:
    lines = [{"figure_id": "b", "line_name": "x", "is_split_complete": "no"}] + [
        {"figure_id": f"p.{at}", "line_name": f"y{at}", "part_of": "b"} for at in (1, 2)
    ]
    for at, (named, refused) in enumerate([(("b", "p.1"), [3]), (("p.1", "p.2"), []), (("p.1", "p.2", "b"), [4])]):
        rows = [{"document_id": DOC, "budget_figure_id": name, "period_id": "2007Y01"} for name in named]
        found = shared(
            tmp_path / str(at),
            "actual_amounts",
            rows,
            budget_lines=lines,
            agreement=[{"year_from": "2007", "year_to": "2007"}],
        )
        assert [line for line, _, _ in found] == refused


@pytest.mark.parametrize("table", ["actual_courses", "actual_amounts"])
def test_an_actual_is_of_the_years_of_what_it_answers_to(tmp_path: Path, table: str) -> None:
    periods = ["2006Y01", "2007Q01", "2008Y01", "2009M01"]
    assert periods_refused(tmp_path / "a", table, periods, year_from="2007", year_to="2007") == [2, 4, 5]
    # Without years of its own it is for those of the agreement.
    assert periods_refused(tmp_path / "b", table, periods, year_from="", year_to="") == [2, 5]


@pytest.mark.parametrize(
    ("cells", "lines"),
    [
        ({}, [2, 5]),
        ({"due_year": "2009"}, [2]),
        ({"target_kind": "deadline", "comparator": "by_date", "unit": "dato", "printed": "2007"}, [2]),
    ],
)
def test_a_target_is_observed_within_the_plan_and_until_it_is_due(
    tmp_path: Path, cells: dict[str, str], lines: list[int]
) -> None:
    assert periods_refused(tmp_path, "actual_targets", ["2006Y01", "2007Q01", "2008Y01", "2009M01"], **cells) == lines


def test_a_level_of_one_measure_area_period_and_member_is_given_once(tmp_path: Path) -> None:
    level = {"figure_id": "l", "measure_id": "m", "area_name": "Hele landet", "period_id": "2007Y01"}
    other = [{**level, "figure_id": "l.2"}, {**level, "figure_id": "l.3", "period_id": "2008Y01"}]
    ((line, column, rule),) = told(tmp_path, measures=[{"measure_id": "m", "unit": "kr."}], levels=[level, *other])
    assert (line, column) == (3, "measure_id")
    assert rule.startswith("is the level of line 2 again")


@pytest.mark.parametrize(("table", "row"), [("courses", {"figure_id": "c"}), ("target_groups", {"figure_id": "g"})])
def test_nothing_is_planned_below_zero(tmp_path: Path, table: str, row: Cells) -> None:
    group = {"target_group_id": "g"} if table == "target_groups" else {}
    for printed, count in (("0", 0), ("?", 0), ("-5", 1)):
        layout = write_seeds(tmp_path / printed, {DOC: {table: [{**row, **group, "printed": printed, "unit": "unge"}]}})
        if not count:
            assert read_all(layout).broken == []
            continue
        with pytest.raises(FaultyInputError) as error:
            read_all(layout)
        assert [(fault.column, fault.value) for fault in error.value.faults] == [("printed", "-5")]


# --- parts and their line --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("whole", "parts", "is_faulty"),
    [
        ("50", ["60"], True),
        ("50", ["30", "30"], True),
        ("-50", ["-60"], True),
        ("0", ["5"], True),
        ("50", ["50"], False),
        ("0", ["0"], False),
        ("-100", ["-40"], False),
        # What is taken off again is no larger part.
        ("50", ["60", "-20"], False),
        ("40-60", ["60"], False),
        ("mindst 50", ["60"], False),
        ("ca. 50", ["54"], False),
        ("?", ["60"], False),
        ("50", ["?"], False),
    ],
)
def test_parts_that_make_more_than_their_line_are_told_there(
    tmp_path: Path, whole: str, parts: list[str], *, is_faulty: bool
) -> None:
    lines = [{"figure_id": "b", "line_name": "x", "is_split_complete": "no", "printed": whole}] + [
        {"figure_id": f"p.{at}", "line_name": f"y{at}", "part_of": "b", "printed": printed}
        for at, printed in enumerate(parts)
    ]
    layout = write_seeds(tmp_path, {DOC: {"budget_lines": lines}})
    if not is_faulty:
        assert read_all(layout).broken == []
        return
    with pytest.raises(FaultyInputError) as error:
        read_all(layout)
    (fault,) = error.value.faults
    assert (fault.line, fault.column, fault.value) == (2, "printed", whole)
    assert fault.rule.startswith("is less than its parts in line 3")


# --- levels, focus areas, successors and units of counting -----------------------------------------------


@pytest.mark.parametrize(
    ("whole", "part", "expected"),
    [
        ({"is_level": "yes"}, {"is_level": "yes"}, []),
        ({"is_level": "no"}, {"is_level": ""}, []),
        ({"is_level": "yes"}, {"is_level": ""}, [(3, "is_level")]),
        ({"is_level": ""}, {"is_level": "yes"}, [(3, "is_level")]),
        ({"is_level": "yes", "year_from": "", "year_to": ""}, None, [(2, "year_from")]),
        ({"is_level": "yes", "year_from": "2007", "year_to": "2008"}, None, [(2, "basis")]),
        ({"is_level": "yes", "year_from": "2007", "year_to": "2008", "basis": "yearly"}, None, []),
    ],
)
def test_a_level_is_for_a_year_and_so_are_its_parts(
    tmp_path: Path, whole: Cells, part: Cells | None, expected: list[tuple[int, str]]
) -> None:
    lines: list[Cells] = [{"figure_id": "b", "line_name": "x", "is_split_complete": "no", **whole}]
    if part is not None:
        lines.append({"figure_id": "p", "line_name": "y", "part_of": "b", **part})
    assert [(line, column) for line, column, _ in told(tmp_path, budget_lines=lines)] == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ({"theme_name": "A"}, []),
        ({"theme_name": "A", "theme_no": "1", "initiative_no": "1.1"}, []),
        ({"theme_name": "A og B", "initiative_no": "1.1"}, []),
        ({"theme_name": "A og B", "theme_no": "2"}, []),
        ({"theme_name": "A og B"}, ["theme_name"]),
        ({"theme_name": "A", "theme_no": "2"}, ["theme_no"]),
        ({"theme_name": "A og B", "theme_no": "2", "initiative_no": "1.1"}, ["theme_no"]),
        ({"theme_name": "B", "initiative_no": "1.1"}, ["theme_name"]),
        ({"theme_name": "", "initiative_no": "1.1"}, []),
    ],
)
def test_the_focus_area_of_a_line_does_not_contradict_its_heading_or_initiative(
    tmp_path: Path, line: Cells, expected: list[str]
) -> None:
    themes = [{"theme_no": "1", "theme_name": "A"}, {"theme_no": "2", "theme_name": "B"}]
    initiatives = [{"initiative_no": "1.1", "theme_no": "1"}]
    lines = [{"figure_id": "b", "line_name": "x", **line}]
    found = told(tmp_path, themes=themes, initiatives=initiatives, budget_lines=lines)
    assert [column for _, column, _ in found] == expected


def test_a_name_is_one_focus_areas(tmp_path: Path) -> None:
    themes = [{"theme_no": "1", "theme_name": "A"}, {"theme_no": "2", "theme_name": "A"}]
    found = told(tmp_path, themes=themes, budget_lines=[{"figure_id": "b", "line_name": "x", "theme_name": "A"}])
    assert [(line, column) for line, column, _ in found] == [(3, "theme_name")]


@pytest.mark.parametrize(("day", "is_faulty"), [("2009-01-01", False), ("2008-01-01", True), ("2007-06-01", True)])
def test_a_target_is_not_replaced_before_it_holds(tmp_path: Path, day: str, *, is_faulty: bool) -> None:
    targets = [
        {"figure_id": "a"},
        {"figure_id": "b", "supersedes": "a", "valid_from": "2008-01-01"},
        {"figure_id": "c", "supersedes": "b", "valid_from": day},
    ]
    found = told(tmp_path, targets=targets)
    assert [(line, column) for line, column, _ in found] == ([(4, "valid_from")] if is_faulty else [])


@pytest.mark.parametrize("unit", ["kr.", "mio. kr.", "pct.", "pct.-point", "nr.", "dato", "forløb", "timer", "tekst"])
def test_courses_and_groups_are_counted(tmp_path: Path, unit: str) -> None:
    group = {"target_group_id": "g", "figure_id": "g.size", "printed": "1", "unit": unit}
    found = told(tmp_path, courses=[{"figure_id": "c", "unit": unit}], target_groups=[group])
    expected = [] if unit in ("forløb", "timer", "tekst") else ["unit", "unit"]
    assert [column for _, column, _ in found] == expected


@pytest.mark.parametrize("other", ["other", "-", "..."])
def test_another_reading_is_another_one_in_words(tmp_path: Path, other: str) -> None:
    entry = {"claim_id": "t:lines", "residual": "-5", "other_reading": other, "other_reading_da": "en anden læsning"}
    found = tables.inspect(write_seeds(tmp_path, {DOC: {"known_faults": [entry]}}))[1]
    assert [fault.column for fault in found] == ["other_reading"]
