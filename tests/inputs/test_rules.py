"""What must hold between cells, rows and numbers of the input tables: each rule, with input that breaks and keeps it.

Belongs here: `jobmaal.inputs.rules` and `jobmaal.documents.rules` on small seeds. Does not: single cells
(`test_tables`) and sums (`test_reconcile`).
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from jobmaal.core.periods import span
from jobmaal.documents import figures
from jobmaal.documents import rules as number_rules
from jobmaal.inputs import rules, tables
from tests.helpers.input import DOC, Cells, write_seeds

LINE = {"figure_id": "b", "line_name": "x"}
WHOLE = {**LINE, "is_split_complete": "no"}
LEVEL_LINE = {**LINE, "is_level": "yes"}
PART = {"figure_id": "p", "line_name": "y", "part_of": "b"}
THEMES = [{"theme_no": "1", "theme_name": "A"}, {"theme_no": "2", "theme_name": "B"}]
COPENHAGEN = {"area_name": "København", "area_type": "municipality", "municipality_code": "101"} | {
    "region_name": "Region Hovedstaden"
}
REGION = {"area_name": "Region Sjælland", "area_type": "region", "region_name": "Region Sjælland"}
LEVEL = {"figure_id": "l", "measure_id": "m", "area_name": "Hele landet", "period_id": "2007Y01"}
YEARS = {"year_from": "2007", "year_to": "2008"}
COUNTRY = {"area_name": "Hele landet"}
AARHUS = {**COPENHAGEN, "area_name": "Aarhus", "municipality_code": "751"}
A, B, C = ({"unit_id": name, "unit_name": name} for name in "abc")


def faults(tmp_path: Path, content: dict[str, Sequence[Cells]]) -> list[str]:
    """Return the faults between rows of one document with this content: file, line, column and rule."""
    found = tables.inspect(write_seeds(tmp_path, {DOC: content}))[0]
    numbers, actuals, _ = figures.inspect(found)
    told = sorted([*rules.inspect(found), *number_rules.inspect(numbers, actuals)])
    return [f"{Path(fault.file).stem}:{fault.line} {fault.column}: {fault.rule}" for fault in told]


def case(*expected: str, **content: Sequence[Cells]) -> Any:
    """Write a case: how each fault of this content begins; none where the content is right."""
    return pytest.param(content, expected)


def lines(*rows: Cells) -> dict[str, Sequence[Cells]]:
    """Write the lines of a budget."""
    return {"budget_lines": rows}


def alike(name: str) -> Any:
    """Write two lines of which one has such a name, which only looks like the other's."""
    rule = f"looks like 'Job-klub' in seeds/{DOC}/budget_lines.csv:2, but differs from it; write both alike"
    two = lines({**LINE, "line_name": "Job-klub"}, {"figure_id": "b.2", "line_name": name})
    return case(f"budget_lines:3 line_name: {rule}", **two)


def shortened(table: str, *, is_faulty: bool, **cells: str) -> Any:
    """Write a row under the initiative 1.1, of which figure or place may have another number."""
    row, other = {"initiative_no": "1.1", **cells}, {"initiative_no": "1.2"}
    content = {"initiatives": [{"initiative_no": "1.1"}, other], table: [row]}
    if table == "initiatives":
        content[table] = [row, other]
    expected = [f"{table}:2 initiative_no: is not 1."] if is_faulty else []
    return case(*expected, **content)


def named_units(first: str, second: str, owners: tuple[str, str], named: str = "") -> dict[str, Sequence[Cells]]:
    """Write two units of these owners, each with a name, and an initiative of København that names one."""
    units = [{**unit, "municipality_name": owner} for unit, owner in zip((A, B), owners, strict=True)]
    aliases = [{"alias": first, "unit_id": "a"}, {"alias": second, "unit_id": "b"}]
    names = [{"initiative_no": "1.1", "unit_named": named}] if named else []
    areas = [COUNTRY, AARHUS]
    initiatives = [{"initiative_no": "1.1"}]
    named_tables = {"units": units, "unit_aliases": aliases, "initiatives": initiatives, "initiative_units": names}
    return {"areas": areas, **named_tables}


def thousandth(printed: str, unit: str, other: str, other_unit: str, reading: str = "") -> dict[str, Sequence[Cells]]:
    """Write a budget line beside another amount of its initiative."""
    own = {"initiative_no": "1.1", "printed": printed, "unit": unit, "reading": reading}
    figure = {"figure_id": "f", "initiative_no": "1.1", "printed": other, "unit": other_unit}
    return {"initiatives": [{"initiative_no": "1.1"}], **lines({**LINE, **own}), "figures": [figure]}


def followed(*expected: str, **cells: str) -> Any:
    """Write a follow-up of a budget line, beside a total and a figure that is no budget."""
    row = {"figure_id": "u", "line_name": "x", "budget_figure_id": "b", "year": "2007", "phase": "spent"}
    content = {"budget_totals": [{"figure_id": "t"}], "figures": [{"figure_id": "f"}]}
    followups = [{**row, "as_of": "2007-06-30", **cells}]
    return case(*expected, **lines(LINE), **content, budget_followups=followups)


def held(*periods: str, expected: Sequence[str] = ()) -> Any:
    """Write courses that were held in these periods."""
    rows = [
        {"figure_id": f"h{at}", "course_figure_id": "c", "period_id": period, "unit": "forløb"}
        for at, period in enumerate(periods)
    ]
    return case(*expected, courses=[{"figure_id": "c"}], courses_held=rows)


def index(*rows: Cells, expected: Sequence[str] = ()) -> Any:
    """Write a price index."""
    usual = {"price_index_id": "a", "price_index_name": "A", "value": "100", "source": "Made up"}
    return case(*expected, price_index=[{**usual, **row} for row in rows])


def group(*expected: str, **cells: str) -> Any:
    """Write a target group."""
    return case(*expected, target_groups=[{"target_group_id": "g", **cells}])


def target(*expected: str, **cells: str) -> Any:
    """Write a target beside two focus areas and an initiative of the first."""
    initiatives = [{"initiative_no": "1.1", "theme_no": "1"}]
    return case(*expected, themes=THEMES, initiatives=initiatives, targets=[{"figure_id": "g", **cells}])


def deadline(*expected: str, **cells: str) -> Any:
    """Write a target with a deadline."""
    usual = {"target_kind": "deadline", "comparator": "by_date", "unit": "dato", "printed": "1. juli 2007"}
    return target(*expected, **{**usual, **cells})


def part(*expected: str, whole: Cells, part: Cells) -> Any:
    """Write a line and a part of it."""
    return case(*expected, **lines({**WHOLE, **whole}, {**PART, **part}))


def focus_area(*expected: str, **cells: str) -> Any:
    """Write a budget line beside two focus areas and an initiative of the first."""
    initiatives = [{"initiative_no": "1.1", "theme_no": "1"}]
    return case(*expected, themes=THEMES, initiatives=initiatives, **lines({**LINE, **cells}))


def replaced(*expected: str, day: str) -> Any:
    """Write a target that is replaced twice, the second time on a day."""
    third = {"figure_id": "c", "supersedes": "b", "valid_from": day}
    return case(
        *expected,
        targets=[{"figure_id": "a"}, {"figure_id": "b", "supersedes": "a", "valid_from": "2008-01-01"}, third],
    )


def counted(*rules: str, column: str = "unit", unit: str = "forløb", printed: str = "1") -> Any:
    """Write a number of courses and the size of a group; both break the rules."""
    size = {"target_group_id": "g", "figure_id": "g.size", "printed": printed, "unit": unit}
    expected = (f"{table}:2 {column}: {rule}" for table in ("courses", "target_groups") for rule in rules)
    return case(*expected, courses=[{"figure_id": "c", "printed": printed, "unit": unit}], target_groups=[size])


def parts_make(whole: str, *parts: str, is_faulty: bool = False) -> Any:
    """Write a line and some of its parts, which may make more than all of it."""
    given = [{**PART, "figure_id": f"p.{at}", "line_name": f"y{at}", "printed": p} for at, p in enumerate(parts)]
    expected = ["budget_lines:2 printed: is less than its parts in line 3"] if is_faulty else []
    return case(*expected, **lines({**WHOLE, "printed": whole}, *given))


def fault_entry(*expected: str, **cells: str) -> Any:
    """Write a known fault with another reading."""
    entry = {"claim_id": "t:lines", "residual": "-5", "other_reading": "one", "other_reading_da": "en"}
    return case(*expected, known_faults=[{**entry, **cells}])


#: Each table of actuals: the column that names a thing, and the thing.
_ACTUALS: dict[str, tuple[str, str, Cells]] = {
    "actual_courses": ("course_figure_id", "courses", {"figure_id": "b"}),
    "actual_amounts": ("budget_figure_id", "budget_lines", LINE),
    "actual_targets": ("target_id", "targets", {"figure_id": "b"}),
}
_OUTSIDE = ["2006Y01", "2007Q01", "2008Y01", "2009M01"]
_DEADLINE = {"target_kind": "deadline", "comparator": "by_date", "unit": "dato", "printed": "2007"}


def refused(table: str, periods: Sequence[str], expected: Sequence[int], **cells: str) -> Any:
    """Write actuals of one thing in these periods, and the lines of those that are refused; the plan is for 2007-8."""
    column, home, thing = _ACTUALS[table]
    unit = {"unit": cells["unit"], "printed": cells["printed"]} if "unit" in cells else {}
    rows = [{"document_id": DOC, column: "b", "period_id": period_id, **unit} for period_id in periods]
    content = {"documents": [YEARS], table: rows, home: [{**thing, **cells}]}
    return case(*(f"{table}:{line} period_id" for line in expected), **content)


def same_money(named: Sequence[str], expected: Sequence[int]) -> Any:
    """Write amounts spent on a line or on its parts, and the lines of those that are refused."""
    rows = [{"document_id": DOC, "budget_figure_id": name, "period_id": "2007Y01"} for name in named]
    parts = [{**PART, "figure_id": f"p.{at}", "line_name": f"y{at}", "printed": "0"} for at in (1, 2)]
    rule = "overlaps 2007Y01 in line 2, and the two would be added up"
    faulty = (f"actual_amounts:{line} period_id: {rule}" for line in expected)
    return case(*faulty, actual_amounts=rows, budget_lines=[WHOLE, *parts])


CASES = [
    # Two names that only look alike.
    *map(alike, ["job-klub", "Job\u2013klub", "Job - klub", "JOB-KLUB", "Job-klub.", "Job\u2011klub"]),
    alike("Job-\u200bklub"),
    case(
        "budget_totals:2 theme_name: looks like",
        themes=[{"theme_no": "1", "theme_name": "Flere i job"}],
        budget_totals=[{"figure_id": "t", "theme_name": "Flere i Job"}],
    ),
    case(unit_aliases=[{"alias": name, "unit_id": "jobcenter"} for name in ("Jobcentret", "jobcentret")]),
    case(
        "unit_aliases:3 alias: looks like",
        **named_units("Jobcentret", "jobcentret", owners=("København", "København")),
    ),
    # Units and their names are a municipality's, or shared by all.
    case("documents:2 municipality_name: must be a municipality", documents=[{"municipality_name": "Hele landet"}]),
    case(
        "units:2 municipality_name: must be a municipality",
        areas=[REGION],
        units=[{**A, "municipality_name": REGION["area_name"]}],
    ),
    case(**named_units("Jobcentret", "Jobcentret", owners=("København", "Aarhus"))),
    case(**named_units("Jobcentret", "jobcentret", owners=("København", "Aarhus"))),
    case("unit_aliases:3 alias: stands", **named_units("Jobcentret", "Jobcentret", owners=("København", "København"))),
    case(
        "unit_aliases:3 alias: stands", **named_units("Jobcentret", "Jobcentret", owners=("Hele landet", "København"))
    ),
    case(**named_units("Sekretariatet", "Jobcentret", owners=("Aarhus", "København"), named="Jobcentret")),
    case(**named_units("Sekretariatet", "Jobcentret", owners=("København", "Hele landet"), named="Jobcentret")),
    case(**named_units("Jobcentret", "Jobcentret", owners=("Aarhus", "København"), named="Jobcentret")),
    case(
        "initiative_units:2 unit_named: is a unit of Aarhus (seeds/shared/unit_aliases.csv:3), and the document",
        **named_units("Sekretariatet", "Jobcentret", owners=("København", "Aarhus"), named="Jobcentret"),
    ),
    case(
        "units:3 parent_unit_id: is a unit of Aarhus, and this one is of København",
        areas=[COUNTRY, AARHUS],
        units=[{**A, "municipality_name": "Aarhus"}, {**B, "parent_unit_id": "a"}],
    ),
    case(
        areas=[COUNTRY, AARHUS],
        units=[{**A, "municipality_name": "Hele landet"}, {**B, "parent_unit_id": "a"}],
    ),
    # Money that goes on, in prices of a year, or that another document has too.
    case("budget_lines:2 basis: must be yearly on an amount that goes on", **lines({**LINE, "is_open_ended": "yes"})),
    case(**lines({**LINE, "is_open_ended": "yes", "basis": "yearly"})),
    case(**lines(*({**LINE, "figure_id": words, "price_level": words} for words in ("2024-pl", "løbende priser")))),
    case("budget_lines:2 price_level: names no single year", **lines({**LINE, "price_level": "faste priser"})),
    case("budget_lines:2 price_level: names no single year", **lines({**LINE, "price_level": "2024/2025"})),
    case("budget_lines:2 counted_in: must name a figure of another", **lines({**LINE, "counted_in": "b"})),
    case("budget_lines:2 counted_in: must name a budget line", **lines({**LINE, "counted_in": "other:x"})),
    # What lowers a sum is below zero, or the reviewer says otherwise.
    case(**lines({**LINE, "direction": "saving", "printed": "-5"})),
    case(**lines({**LINE, "direction": "income", "printed": "5", "sign": "minus"})),
    case(**lines({**LINE, "direction": "income", "printed": "5", "sign": "plus"})),
    case("budget_lines:2 printed: is 5 kr. of income, which", **lines({**LINE, "direction": "income", "printed": "5"})),
    # A table of thousands that was typed in kroner.
    case(**thousandth("2.450", "kr.", "2,6", "mio. kr.")),
    case(**thousandth("2.450", "1.000 kr.", "2,45", "mio. kr.")),
    case(**thousandth("2.450", "kr.", "2,45", "mio. kr.", reading="kroner")),
    case(**thousandth("2.450 kr.", "kr.", "2,45", "mio. kr.")),
    case(
        "budget_lines:2 printed: is a thousandth of '2,45' (mio. kr.) in seeds/aftale_2007/figures.csv:2",
        **thousandth("2.450", "kr.", "2,45", "mio. kr."),
    ),
    # Follow-ups: of a budget, in one of its years, on a day.
    followed(),
    followed(line_name="", budget_figure_id="t"),
    followed("budget_followups:2 budget_figure_id: must name a budget line or total", budget_figure_id="f"),
    followed("budget_followups:2 year: is outside the years of b (2007-2007)", year="2008"),
    followed("budget_followups:2 as_of: may not be blank", as_of=""),
    followed("budget_followups:2 part_of_line: must name a line that is itself no part", part_of_line="x"),
    # Courses held are counted as those planned, and in periods that lie within each other or apart.
    held("2007Q01", "2007Q02", "2007H01", "2007Y01"),
    held("2007M06", "2007Q03", "2007W01", "2007W52"),
    held("2007QMAT02", "2007H02", expected=[]),
    held("2007QMAT03", "2007Y01", expected=["courses_held:3 period_id: overlaps 2007QMAT03 in seeds"]),
    case(
        "courses_held:2 unit: must be that of what it answers to: 'forløb'",
        courses=[{"figure_id": "c"}],
        courses_held=[{"figure_id": "h", "course_figure_id": "c", "period_id": "2007Y01", "unit": "pladser"}],
    ),
    # A price index has one name, no gap, and one base.
    index({"year": "2007"}, {"year": "2008", "is_base": "yes"}),
    index({"year": "2007"}, {"year": "2009"}, expected=["price_index:3 year: follows 2007"]),
    index({"year": "2007", "value": "0"}, expected=["price_index:2 value: must be above zero"]),
    index(
        {"year": "2007"}, {"year": "2008", "price_index_name": "B"}, expected=["price_index:3 price_index_name: must"]
    ),
    index(
        {"year": "2007", "is_base": "yes"},
        {"year": "2008", "is_base": "yes"},
        expected=["price_index:2 is_base: stands in 2 lines", "price_index:3 is_base: stands in 2 lines"],
    ),
    index(
        {"year": "2007"}, {"year": "2007", "price_index_id": "b"}, expected=["price_index:2 is_base: must be yes in"]
    ),
    # A name that the warehouse has for something of its own.
    case("accounts:2 account_id: is what the warehouse calls", accounts=[{"account_id": "I alt"}]),
    case("budget_lines:2 theme_name: is what the warehouse calls", **lines({**LINE, "theme_name": "Ikke oplyst"})),
    # Numbers that a spreadsheet shortens.
    shortened("courses", figure_id="1.10.courses", locator="1.10 Forløb", is_faulty=True),
    shortened("courses", figure_id="1.10.courses", locator="Tabel 2", is_faulty=True),
    shortened("courses", figure_id="c", locator="1.10 Forløb", is_faulty=True),
    shortened("courses", figure_id="1.100.courses", locator="Side 10", is_faulty=True),
    shortened("budget_lines", figure_id="b.1.10.adm", line_name="x", is_faulty=True),
    shortened("initiative_units", unit_named="Jobcentret", locator="1.10 Ansvarlig", is_faulty=True),
    shortened("initiatives", locator="1.10 titel", is_faulty=True),
    shortened("targets", figure_id="1.2.goal", locator="1.2 Mål", is_faulty=True),
    shortened("courses", figure_id="1.1.courses", locator="1.1 Forløb", is_faulty=False),
    shortened("courses", figure_id="1.1.courses", locator="1.1 og 1.10", is_faulty=False),
    shortened("courses", figure_id="1.2.courses", locator="1.1 Forløb", is_faulty=False),
    shortened("courses", figure_id="c", locator="Brev af 1.10.2010", is_faulty=False),
    shortened("courses", figure_id="7.3.courses", locator="7.3 Et afsnit uden indsats", is_faulty=False),
    # Years come in pairs and in order.
    case(
        "budget_lines:2 year_to: is before year_from (2008)", **lines({**LINE, "year_from": "2008", "year_to": "2007"})
    ),
    case("budget_lines:2 year_to", **lines({**LINE, "year_from": "2007", "year_to": ""})),
    case("budget_lines:2 year_from", **lines({**LINE, "year_from": "", "year_to": "2007"})),
    case("budget_lines:2 year_from", **lines({**LINE, "year_from": "", "year_to": "", "basis": "yearly"})),
    case(**lines({**LINE, "year_from": "", "year_to": ""})),
    case("documents:2 year_to", documents=[{"year_from": "2008", "year_to": "2007"}]),
    # An area's type, code and region go together.
    case(areas=[COPENHAGEN, REGION, {"area_name": "Hele landet"}]),
    case("areas:2 municipality_code: may not be blank for a mun", areas=[{**COPENHAGEN, "municipality_code": ""}]),
    case("areas:2 region_name: may not be blank for a municipality", areas=[{**COPENHAGEN, "region_name": ""}]),
    case("areas:2 municipality_code: must be blank for a region", areas=[{**REGION, "municipality_code": "102"}]),
    case("areas:2 region_name: may not be blank for a region", areas=[{**REGION, "region_name": ""}]),
    case("areas:3 region_name: stands already in line 2", areas=[REGION, {**REGION, "area_name": "Sjælland"}]),
    case("areas:2 region_name: must be", areas=[{"area_name": "Hele landet", "region_name": "Region Sjælland"}]),
    case("areas:3 municipality_code: stands already", areas=[COPENHAGEN, {**COPENHAGEN, "area_name": "Aarhus"}]),
    # A unit is not below itself, and an abbreviation is one unit's, whatever its case.
    case(units=[A, {**B, "parent_unit_id": "a", "abbreviation": "B"}, {**C, "parent_unit_id": "b"}]),
    case(
        areas=[COUNTRY, AARHUS],
        units=[{**A, "abbreviation": "JC"}, {**B, "abbreviation": "JC", "municipality_name": "Aarhus"}],
    ),
    case(
        *(f"units:{line} parent_unit_id: puts the unit below itself" for line in (2, 3, 4)),
        units=[{**A, "parent_unit_id": "c"}, {**B, "parent_unit_id": "a"}, {**C, "parent_unit_id": "b"}],
    ),
    case(
        "units:4 abbreviation: looks like",
        "units:4 abbreviation: stands already in line 3: it is one unit's",
        units=[A, {**B, "abbreviation": "B"}, {**C, "abbreviation": "b"}],
    ),
    case(
        "units:2 abbreviation: is the alias of another unit, 'jobcenter'",
        units=[{**A, "abbreviation": "Jobcentret"}, {"unit_id": "jobcenter"}],
    ),
    # The bounds of a group are in order, its benefits differ, and its size is given whole or not at all.
    group(age_from="18", age_to="29", match_group_from="2", match_group_to="2"),
    group("target_groups:2 age_to", age_from="29", age_to="18"),
    group("target_groups:2 match_group_to", match_group_from="3", match_group_to="1"),
    group(benefit="dagpenge | kontanthjælp"),
    group("target_groups:2 benefit", benefit="dagpenge | dagpenge"),
    group("target_groups:2 benefit", benefit="dagpenge |"),
    group(figure_id="s", printed="50", unit="personer"),
    group("target_groups:2 printed: must be given together with figure_id and unit", figure_id="s"),
    group("target_groups:2 printed", printed="50", unit="personer"),
    group("target_groups:2 printed", figure_id="s", printed="50"),
    # Courses and groups are counted, and not below zero.
    *(counted(unit=unit) for unit in ("forløb", "timer", "tekst")),
    *(counted("counts neither", unit=u) for u in ("kr.", "mio. kr.", "pct.", "pct.-point", "nr.", "dato")),
    *(counted(printed=printed) for printed in ("0", "?")),
    counted("is below zero", column="printed", printed="-5"),
    # The unit, the dates and the theme of a target are those of its kind and its initiative.
    target(target_kind="rank", unit="nr."),
    target(target_kind="rank", unit="tekst"),
    target("targets:2 unit: must be nr. for the kind rank", target_kind="rank", unit="pct."),
    target("targets:2 unit: must be pct.", target_kind="share", unit="forløb"),
    target("targets:2 target_kind: must be deadline", target_kind="count", unit="dato"),
    target(initiative_no="1.1", theme_no="1"),
    target("targets:2 theme_no: must be that of the initiative 1.1: 1", initiative_no="1.1", theme_no="2"),
    target("targets:2 area_name: may not be blank for the kind beat_area", target_kind="beat_area"),
    target("targets:2 due_date: is in another year", due_year="2008", due_date="2007-07-01"),
    deadline(due_date="2007-07-01"),
    deadline("targets:2 due_date: is another day than the printed '1. juli 2007' gives", due_date="2007-07-02"),
    deadline("targets:2 unit: must be dato", unit="pct."),
    deadline("targets:2 comparator: by_date goes with the kind deadline", comparator="at_most"),
    case(
        "target_status:3 unit: must be that of the target: 'pct.'",
        targets=[{"figure_id": "g", "unit": "pct."}],
        target_status=[
            {"figure_id": f"s.{unit}", "target_id": "g", "period_id": f"2007M0{at}", "unit": unit}
            for at, unit in enumerate(("pct.", "personer", "tekst"), start=1)
        ],
    ),
    # A target is not replaced before it holds, nor by itself, nor on two days.
    replaced(day="2009-01-01"),
    replaced("targets:4 valid_from: must be after the day", day="2008-01-01"),
    replaced("targets:4 valid_from: must be after the day", day="2007-06-01"),
    case(
        "targets:2 valid_from: may not be blank: a target that replaces another",
        "targets:3 supersedes: may not be blank: a target that replaces another",
        targets=[
            {"figure_id": "a", "supersedes": "c"},
            {"figure_id": "b", "valid_from": "2008-01-01"},
            {"figure_id": "c"},
        ],
    ),
    case(
        "targets:2 supersedes: leads back to this target",
        "targets:3 supersedes: leads back to this target",
        "targets:3 valid_from: must be after",
        targets=[
            {"figure_id": "a", "supersedes": "b", "valid_from": "2009-01-01"},
            {"figure_id": "b", "supersedes": "a", "valid_from": "2008-01-01"},
        ],
    ),
    case(
        "targets:4 valid_from: is not the day on which 'a' is replaced: 2008-01-01",
        targets=[{"figure_id": "a"}]
        + [{"figure_id": f"b{year}", "supersedes": "a", "valid_from": f"{year}-01-01"} for year in (2008, 2009)],
    ),
    # A level is in the unit of its measure, a total is marked as one, and the same level is given once.
    case(measures=[{"measure_id": "m", "unit": "pct."}], levels=[{**LEVEL, "unit": "pct."}]),
    case(
        "levels:2 is_total: must be yes",
        "levels:2 unit: must be that of the measure: 'pct.'",
        measures=[{"measure_id": "m", "unit": "pct."}],
        levels=[{**LEVEL, "unit": "personer", "is_total": "no"}],
    ),
    case(
        "levels:3 measure_id: is the level of line 2 again",
        measures=[{"measure_id": "m", "unit": "kr."}],
        levels=[LEVEL, {**LEVEL, "figure_id": "l.2"}, {**LEVEL, "figure_id": "l.3", "period_id": "2008Y01"}],
    ),
    # A part belongs to a line that is no part and says whether it is split whole, and is for that one's years.
    part(whole={}, part={}),
    part("budget_lines:2 is_split_complete: must be yes or no, since line 3", whole={"is_split_complete": ""}, part={}),
    case("budget_lines:2 part_of: must name a line that is itself no part", **lines({**WHOLE, "part_of": "b"})),
    case(
        "budget_lines:4 part_of: must name a line that is itself no part",
        **lines(WHOLE, {**PART, "is_split_complete": "no"}, {**PART, "figure_id": "q", "part_of": "p"}),
    ),
    part(whole={**YEARS, "basis": "yearly"}, part={**YEARS, "basis": "yearly"}),
    part(
        "budget_lines:3 year_from: must be that of the line that it is a part of ('2007' in line 2)",
        whole={**YEARS, "basis": "yearly"},
        part={"year_from": "2008", "year_to": "2008", "basis": "yearly"},
    ),
    part("budget_lines:3 basis", whole={**YEARS, "basis": "yearly"}, part={**YEARS, "basis": "whole"}),
    part(whole={"is_level": "yes"}, part={"is_level": "yes"}),
    part(whole={"is_level": "no"}, part={"is_level": ""}),
    part("budget_lines:3 is_level", whole={"is_level": "yes"}, part={"is_level": ""}),
    part("budget_lines:3 is_level", whole={"is_level": ""}, part={"is_level": "yes"}),
    # Parts make no more than their line. What is taken off again is no larger part.
    parts_make("50", "60", is_faulty=True),
    parts_make("50", "30", "30", is_faulty=True),
    parts_make("-50", "-60", is_faulty=True),
    parts_make("0", "5", is_faulty=True),
    parts_make("50", "50"),
    parts_make("0", "0"),
    parts_make("-100", "-40"),
    parts_make("50", "60", "-20"),
    parts_make("40-60", "60"),
    parts_make("mindst 50", "60"),
    parts_make("ca. 50", "54"),
    parts_make("?", "60"),
    parts_make("50", "?"),
    # A level of money is for a year.
    case("budget_lines:2 year_from: may not be blank on a", **lines({**LEVEL_LINE, "year_from": "", "year_to": ""})),
    case("budget_lines:2 basis: must be yearly on a level", **lines({**LEVEL_LINE, **YEARS})),
    case(**lines({**LEVEL_LINE, **YEARS, "basis": "yearly"})),
    # The focus area of a line does not contradict its heading or initiative, and a name is one focus area's.
    focus_area(theme_name="A"),
    focus_area(theme_name="A", theme_no="1", initiative_no="1.1"),
    focus_area(theme_name="A og B", initiative_no="1.1"),
    focus_area(theme_name="A og B", theme_no="2"),
    focus_area(theme_name="", initiative_no="1.1"),
    focus_area("budget_lines:2 theme_name: is no focus area of themes.csv", theme_name="A og B"),
    focus_area("budget_lines:2 theme_no: must be that of its heading", theme_name="A", theme_no="2"),
    focus_area("budget_lines:2 theme_no", theme_name="A og B", theme_no="2", initiative_no="1.1"),
    focus_area("budget_lines:2 theme_name: is the focus area 2, but", theme_name="B", initiative_no="1.1"),
    case("themes:3 theme_name: stands already in line 2", themes=[THEMES[0], {**THEMES[0], "theme_no": "2"}]),
    # No two totals of one scope are for the same year.
    case(
        "budget_totals:3 year_from: overlaps line 2, a total of the same scope",
        budget_totals=[{"figure_id": "t.7"}, {"figure_id": "t", **YEARS}, {"figure_id": "t.a", "account_id": "adm"}],
    ),
    # A claim is either counted or computed, and another reading is another one, in words and in both languages.
    case(claims=[{"claim_id": "c", "expression": "f"}, {"claim_id": "d", "counted": "themes"}]),
    case(
        "claims:2 expression: a claim has either an expression or something counted",
        "claims:3 expression: a claim has either an expression or something counted",
        claims=[{"claim_id": "c"}, {"claim_id": "d", "counted": "themes", "expression": "f"}],
    ),
    fault_entry(),
    *(fault_entry("known_faults:2 other_reading: must be another", other_reading=o) for o in ("other", "-", "...")),
    fault_entry("known_faults:2 other_reading_da: must be given in both languages", other_reading_da=""),
    # Periods that are added up may not overlap; a quarter and its year are two observations of a target.
    *(
        refused(table, periods, expected)
        for table in ("actual_courses", "actual_amounts")
        for periods, expected in [
            (["2007Q01", "2007Q02", "2007Q03"], []),
            (["2007Q01", "2007Y01"], [3]),
            (["2007Y01", "2007M05", "2007Q01"], [3, 4]),
            (["2007M03", "2007Q01"], [3]),
            (["2007QMAT04", "2007Q02"], [3]),
        ]
    ),
    refused("actual_targets", ["2007Q01", "2007Y01"], []),
    # A line and its part are the same money, two parts are not.
    same_money(["b", "p.1"], [3]),
    same_money(["p.1", "p.2"], []),
    same_money(["p.1", "p.2", "b"], [4]),
    # An actual is of the years of what it answers to, or of those of the agreement.
    *(
        refused(table, _OUTSIDE, expected, year_from=year, year_to=year)
        for table in ("actual_courses", "actual_amounts")
        for year, expected in (("2007", [2, 4, 5]), ("", [2, 5]))
    ),
    # A target is observed within the plan and until it is due.
    refused("actual_targets", _OUTSIDE, [2, 5]),
    refused("actual_targets", _OUTSIDE, [2], due_year="2009"),
    refused("actual_targets", _OUTSIDE, [2], **_DEADLINE),
    # And it is counted in the unit of what it answers to.
    case(
        "actual_courses:2 unit: must be that of what it answers to: 'pladser'",
        courses=[{"figure_id": "b", "unit": "pladser"}],
        actual_courses=[{"document_id": DOC, "course_figure_id": "b", "period_id": "2007Y01", "unit": "forløb"}],
    ),
]


@pytest.mark.parametrize(("content", "expected"), CASES)
def test_each_rule_is_kept_or_reported_with_line_and_column(
    tmp_path: Path, content: dict[str, Sequence[Cells]], expected: Sequence[str]
) -> None:
    found = faults(tmp_path, content)
    assert len(found) == len(expected), found
    assert [fault[: len(start)] for fault, start in zip(found, expected, strict=True)] == list(expected)


def test_units_are_compared_over_all_documents_and_themes_within_one(tmp_path: Path) -> None:
    content = {
        name: {"courses": [{"figure_id": "c", "unit": unit}], "themes": [{"theme_no": "1", "theme_name": theme}]}
        for name, unit, theme in (("one", "forløb", "x"), ("other", "Forløb", "X"))
    }
    found = rules.inspect(tables.inspect(write_seeds(tmp_path, content))[0])
    assert [(f.file, f.column) for f in found] == [("seeds/other/courses.csv", "unit")]


@pytest.mark.parametrize(
    ("period_id", "days"),
    [
        ("2007Y01", ("2007-01-01", "2007-12-31")),
        ("2007M12", ("2007-12-01", "2007-12-31")),
        ("2008M02", ("2008-02-01", "2008-02-29")),
        ("2007Q04", ("2007-10-01", "2007-12-31")),
        ("2007QMAT02", ("2006-07-01", "2007-06-30")),
        ("2007QMAT04", ("2007-01-01", "2007-12-31")),
        ("2024H01", ("2024-01-01", "2024-06-30")),
        ("2024H02", ("2024-07-01", "2024-12-31")),
        ("2024W34", ("2024-08-19", "2024-08-25")),
        ("2025W01", ("2024-12-30", "2025-01-05")),
        ("2020W53", ("2020-12-28", "2021-01-03")),
        *((text, None) for text in ("", "2007", "2007X01", "2024W53", "2024W00")),
    ],
)
def test_a_known_period_has_a_first_and_a_last_day(period_id: str, days: tuple[str, str] | None) -> None:
    found = span(period_id)
    assert (found and tuple(day.isoformat() for day in found)) == days
