"""What must hold between the cells and rows of the input tables, beyond keys and references.

Belongs here: one function per rule, each a generator of faults. Does not: what one cell may hold (`cells`), what a
printed number is worth (`numbers`), nor arithmetic (`reconcile`).
"""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Iterator

from jobmaal.core.errors import Fault
from jobmaal.core.periods import span
from jobmaal.inputs.cells import look
from jobmaal.inputs.tables import Input, Row
from jobmaal.inputs.units import DATE_UNIT, MONEY_UNITS, RANK_UNIT, SHARE_UNITS, TEXT_UNIT

#: A number such as 1.10 in a figure's id or in the words for a place; a date (1.10.2010) is none.
_NUMBERS_IN_TEXT_RE = re.compile(r"(?<!\d)(?<!\d[.,])\d+(?:\.\d+)+(?![.,]?\d)")
#: The units that a kind of target is set in; `tekst` goes with every kind.
_UNIT_OF_KIND = {"rank": "nr.", "share": "pct.", "deadline": DATE_UNIT}
#: Units in which no number of courses and no size of a group is printed.
_COUNT_NOTHING = {*MONEY_UNITS, *SHARE_UNITS, RANK_UNIT, DATE_UNIT}
#: Tables of actuals whose rows are added up, with the column that names what a row answers to and that one's table.
ACTUALS = {
    "actual_courses": ("course_figure_id", "courses"),
    "actual_amounts": ("budget_figure_id", "budget_lines"),
    "actual_targets": ("target_id", "targets"),
}


def inspect(found: Input) -> list[Fault]:
    """Return every fault between cells and rows that keys and references do not show."""
    return [
        *_lookalikes(found),
        *_shortened_numbers(found),
        *_areas(found),
        *_units(found),
        *_bounds(found),
        *_measured(found),
        *_counted(found),
        *_targets(found),
        *_parts(found),
        *_levels(found),
        *_periods_of_actuals(found),
        *_overlapping_actuals(found),
        *_themes(found),
        *_succession(found),
    ]


def _lookalikes(found: Input) -> Iterator[Fault]:
    """Yield a fault for each name that looks like another one of its column, but differs from it.

    Units are one vocabulary over all documents; every other name is a document's own, or one of the shared tables.
    """
    first: dict[tuple[str, str, str], tuple[str, Row]] = {}
    for table in found.schema.values():
        for column in table.columns:
            if column.references or column.type not in ("name", "number", "unit"):
                continue
            for row in found.of(table.name):
                value = row[column.name]
                if not value:
                    continue
                scope = "" if column.type == "unit" else row.document_id
                other, at = first.setdefault((scope, column.name, look(value)), (value, row))
                if other != value and not (table.name == "unit_aliases" and row["unit_id"] == at["unit_id"]):
                    rule = f"looks like '{other}' in {at.file}:{at.line}, but differs from it; write both alike"
                    yield row.fault(column.name, rule)


def _shortened_numbers(found: Input) -> Iterator[Fault]:
    """Yield a fault for each row under 1.1 whose figure or place says 1.10, or both of which say another initiative."""
    initiatives = {(row.document_id, row["initiative_no"]) for row in found.of("initiatives")}
    for table in found.schema.values():
        for column in {"initiative_no", "theme_no"} & set(table.column_names):
            for row in found.of(table.name):
                number = row[column]
                if "." not in number:
                    continue
                by_id, by_place = (set(_NUMBERS_IN_TEXT_RE.findall(row[c])) for c in ("figure_id", "locator"))
                if number in by_id | by_place:
                    continue
                longer = sorted(n for n in by_id | by_place if n.rstrip("0") == number)
                both = sorted(n for n in by_id & by_place if (row.document_id, n) in initiatives)
                if longer or (both and column == "initiative_no"):
                    stands = "figure_id and locator have" if not longer or by_id & by_place else "the row has"
                    rule = f"is not {(longer or both)[0]}, which {stands}; a spreadsheet saves 1.10 as 1.1"
                    yield row.fault(column, rule)


def _areas(found: Input) -> Iterator[Fault]:
    """Yield a fault for each area whose type, code and region do not go together, and for each code given twice."""
    first: dict[str, Row] = {}
    for row in found.of("areas"):
        kind, code, region = row["area_type"], row["municipality_code"], row["region_name"]
        if kind == "municipality" and not code:
            yield row.fault("municipality_code", "may not be blank for a municipality")
        if kind in ("municipality", "region") and not region:
            yield row.fault("region_name", f"may not be blank for a {kind}")
        if kind in ("region", "country") and code:
            yield row.fault("municipality_code", f"must be blank for a {kind}")
        if kind == "region" and region and first.setdefault(region, row) is not row:
            yield row.fault("region_name", f"stands already in line {first[region].line}: a region is one area")
        if kind == "country" and region:
            yield row.fault("region_name", "must be blank for a country")
        if code and first.setdefault(code, row) is not row:
            yield row.fault("municipality_code", f"stands already in line {first[code].line}: a code is one area's")


def _units(found: Input) -> Iterator[Fault]:
    """Yield a fault for each unit that is above itself, and for each abbreviation that names two units."""
    parents = {row["unit_id"]: row["parent_unit_id"] for row in found.of("units")}
    aliases = {look(row["alias"]): row for row in found.of("unit_aliases")}
    first: dict[str, Row] = {}
    for row in found.of("units"):
        above, seen = row["parent_unit_id"], set()
        while above and above != row["unit_id"] and above not in seen:
            seen.add(above)
            above = parents.get(above, "")
        if above == row["unit_id"]:
            yield row.fault("parent_unit_id", "puts the unit below itself; name the unit above it, or leave it blank")
        if not row["abbreviation"]:
            continue
        short = look(row["abbreviation"])
        if first.setdefault(short, row) is not row:
            yield row.fault("abbreviation", f"stands already in line {first[short].line}: it is one unit's")
        alias = aliases.get(short)
        if alias is not None and alias["unit_id"] != row["unit_id"]:
            rule = f"is the alias of another unit, '{alias['unit_id']}', in {alias.file}:{alias.line}"
            yield row.fault("abbreviation", rule)


def _bounds(found: Input) -> Iterator[Fault]:
    """Yield a fault for each target group whose lower bound is above its upper one, or that names a benefit twice."""
    for row in found.of("target_groups"):
        for what in ("age", "match_group"):
            low, high = row[f"{what}_from"], row[f"{what}_to"]
            if low.isdecimal() and high.isdecimal() and int(low) > int(high):
                yield row.fault(f"{what}_to", f"is below {what}_from ({low})")
        benefits = [part.strip() for part in row["benefit"].split("|")] if row["benefit"] else []
        if "" in benefits or len(set(benefits)) < len(benefits):
            yield row.fault("benefit", "must name each benefit once, joined by ' | ' (dagpenge | kontanthjælp)")


def _measured(found: Input) -> Iterator[Fault]:
    """Yield a fault for each level in another unit than its measure, that contradicts itself, or that comes twice."""
    units = {(row.document_id, row["measure_id"]): row["unit"] for row in found.of("measures")}
    first: dict[tuple[str, ...], Row] = {}
    for row in found.of("levels"):
        key = (row.document_id, *(row[c] for c in ("measure_id", "area_name", "period_id", "member")))
        if first.setdefault(key, row) is not row:
            rule = f"is the level of line {first[key].line} again: measure, area, period and member are the same"
            yield row.fault("measure_id", rule + "; write the second as a figure with a claim")
        unit = units.get((row.document_id, row["measure_id"]), "")
        # Millions are read as kroner.
        read_as = "kr." if row["unit"] in MONEY_UNITS else row["unit"]
        if unit and read_as and read_as != unit:
            yield row.fault("unit", f"must be that of the measure: '{unit}'")
        if row["member"] == "I alt" and row["is_total"] == "no":
            yield row.fault("is_total", "must be yes where the member is 'I alt'")


def _counted(found: Input) -> Iterator[Fault]:
    """Yield a fault for each number of courses or size of a group in a unit that counts neither."""
    for row in (*found.of("courses"), *found.of("target_groups"), *found.of("actual_courses")):
        if row["unit"] in _COUNT_NOTHING:
            yield row.fault("unit", "counts neither courses nor persons; write what is counted (forløb, personer)")


def _targets(found: Input) -> Iterator[Fault]:
    """Yield a fault for each target whose unit is not that of its kind, or whose theme is not its initiative's."""
    themes = {(row.document_id, row["initiative_no"]): row["theme_no"] for row in found.of("initiatives")}
    for row in found.of("targets"):
        kind, unit = row["target_kind"], row["unit"]
        needed = _UNIT_OF_KIND.get(kind)
        if needed and unit and unit not in (needed, TEXT_UNIT):
            yield row.fault("unit", f"must be {needed} for the kind {kind} ({TEXT_UNIT} where no number is printed)")
        if unit == DATE_UNIT and kind and kind != "deadline":
            yield row.fault("target_kind", f"must be deadline where the unit is {DATE_UNIT}")
        theme = themes.get((row.document_id, row["initiative_no"])) if row["initiative_no"] else None
        if theme and row["theme_no"] and row["theme_no"] != theme:
            yield row.fault("theme_no", f"must be that of the initiative {row['initiative_no']}: {theme}")


def _parts(found: Input) -> Iterator[Fault]:
    """Yield a fault for each part whose years are not its line's, or only one of the two is a level.

    What such a part takes from which year would be a guess.
    """
    lines = {(row.document_id, row["figure_id"]): row for row in found.of("budget_lines")}
    for row in found.of("budget_lines"):
        whole = lines.get((row.document_id, row["part_of"])) if row["part_of"] else None
        if whole is None:
            continue
        for column in ("year_from", "year_to", "basis"):
            if row[column] != whole[column]:
                rule = f"must be that of the line that it is a part of ('{whole[column]}' in line {whole.line})"
                yield row.fault(column, rule)
        if (row["is_level"] == "yes") != (whole["is_level"] == "yes"):
            rule = f"must be that of the line that it is a part of ('{whole['is_level']}' in line {whole.line})"
            yield row.fault("is_level", rule)


def _levels(found: Input) -> Iterator[Fault]:
    """Yield a fault for each level of money that is for no year, or for several years at once."""
    for row in (row for row in found.of("budget_lines") if row["is_level"] == "yes"):
        if not row["year_from"]:
            yield row.fault("year_from", "may not be blank on a level, which replaces that of the year before")
        elif row["basis"] == "whole" and row["year_from"] != row["year_to"]:
            yield row.fault("basis", "must be yearly on a level that is the same in several years")


def _periods_of_actuals(found: Input) -> Iterator[Fault]:
    """Yield a fault for each actual of a period outside the years of what it answers to."""
    plans = {row.document_id: row for row in found.of("agreement")}
    for table, (column, home) in ACTUALS.items():
        answered = {(row.document_id, row["figure_id"]): row for row in found.of(home)}
        for row in found.of(table):
            figure, plan = answered.get((row["document_id"], row[column])), plans.get(row["document_id"])
            observed = span(row["period_id"])
            if figure is None or plan is None or observed is None:
                continue
            first, last = figure["year_from"] or plan["year_from"], figure["year_to"] or plan["year_to"]
            if home == "targets":
                # A target may be observed at any time of the plan, a deadline also when it has passed.
                last = max(last, figure["due_year"], figure["due_date"][:4])
                last = "9999" if figure["target_kind"] == "deadline" else last
            if not (first.isdecimal() and last.isdecimal()):
                continue
            if observed[0].year < int(first) or observed[1].year > int(last):
                years = first if first == last else f"{first}-{last}"
                rule = f"is outside the years of {row[column]} ({years}, {figure.file}:{figure.line})"
                yield row.fault("period_id", rule)


def _overlapping_actuals(found: Input) -> Iterator[Fault]:
    """Yield a fault for each actual whose period overlaps another one of the same thing, since they are added up.

    A line and a part of it are the same money. Targets are not added up: a quarter and its year are two observations.
    """
    wholes = {(row.document_id, row["figure_id"]): row["part_of"] for row in found.of("budget_lines")}
    for table, (column, _) in ACTUALS.items():
        if table == "actual_targets":
            continue
        things: dict[tuple[str, str], list[Row]] = defaultdict(list)
        for row in found.of(table):
            things[row["document_id"], wholes.get((row["document_id"], row[column])) or row[column]].append(row)
        for (_, thing), rows in things.items():
            earlier: list[tuple[tuple[dt.date, dt.date], Row]] = []
            for row in rows:
                observed = span(row["period_id"])
                if observed is None:
                    continue
                for other_period, other in earlier:
                    # Two parts of a line are two things; each of them and the line are one.
                    is_same = row[column] == other[column] or thing in (row[column], other[column])
                    if is_same and observed[0] <= other_period[1] and other_period[0] <= observed[1]:
                        rule = f"overlaps {other['period_id']} in line {other.line}, and the two would be added up"
                        yield row.fault("period_id", rule)
                        break
                earlier.append((observed, row))


def _themes(found: Input) -> Iterator[Fault]:
    """Yield a fault for each name of two focus areas, and for each line that names no focus area, or two of them."""
    numbers: dict[str, dict[str, Row]] = defaultdict(dict)
    for theme in found.of("themes"):
        first = numbers[theme.document_id].setdefault(theme["theme_name"], theme)
        if first is not theme:
            rule = f"stands already in line {first.line}: budget lines and totals name a focus area by it"
            yield theme.fault("theme_name", rule)
    of_initiative = {(row.document_id, row["initiative_no"]): row["theme_no"] for row in found.of("initiatives")}
    for row in found.of("budget_lines"):
        headings = numbers[row.document_id]
        heading = headings[row["theme_name"]]["theme_no"] if row["theme_name"] in headings else ""
        own = of_initiative.get((row.document_id, row["initiative_no"]), "") if row["initiative_no"] else ""
        if headings and row["theme_name"] and not (row["theme_no"] or heading or own):
            rule = "is no focus area of themes.csv, and no initiative tells which; name the area in the column theme_no"
            yield row.fault("theme_name", rule)
        if row["theme_no"] and {heading, own} - {"", row["theme_no"]}:
            rule = f"must be that of its heading or initiative: {own or heading}; leave it blank where they name it"
            yield row.fault("theme_no", rule)
        elif heading and own and heading != own:
            yield row.fault("theme_name", f"is the focus area {heading}, but the initiative belongs to {own}")


def _succession(found: Input) -> Iterator[Fault]:
    """Yield a fault for each target that replaces itself, one replaced on another day, or one not yet in force."""
    targets = {(row.document_id, row["figure_id"]): row for row in found.of("targets")}
    replaced_by: dict[tuple[str, str], tuple[str, str]] = {}
    first_day: dict[tuple[str, str], str] = {}
    for key, row in targets.items():
        if bool(row["supersedes"]) != bool(row["valid_from"]):
            blank = "valid_from" if row["supersedes"] else "supersedes"
            yield row.fault(blank, "may not be blank: a target that replaces another has its first day too")
        if row["supersedes"]:
            document_id, _, target_id = row["supersedes"].rpartition(":")
            replaced_by[key] = (document_id or row.document_id, target_id)
    for key, replaced in replaced_by.items():
        row, at, seen = targets[key], replaced, {key}
        while at in replaced_by and at not in seen:
            seen.add(at)
            at = replaced_by[at]
        if at == key:
            yield row.fault("supersedes", "leads back to this target: no target replaces itself")
        since = targets[replaced]["valid_from"] if replaced in targets else ""
        if since and row["valid_from"] and row["valid_from"] <= since:
            yield row.fault("valid_from", f"must be after the day since which '{row['supersedes']}' holds: {since}")
        day = first_day.setdefault(replaced, row["valid_from"])
        if day != row["valid_from"]:
            yield row.fault("valid_from", f"is not the day on which '{row['supersedes']}' is replaced: {day}")
