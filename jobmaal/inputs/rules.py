"""What must hold between the cells and rows of the input tables, beyond keys and references.

Belongs here: one function per rule, each a generator of faults. Does not: what one cell may hold (`cells`), what must
hold between the numbers that are read (`documents.rules`), nor arithmetic (`documents.reconcile`).
"""

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from jobmaal.core.errors import Fault
from jobmaal.core.periods import span
from jobmaal.inputs.cells import look
from jobmaal.inputs.tables import Input, Row, repeats
from jobmaal.inputs.units import DATE_UNIT, MONEY_UNITS, RANK_UNIT, SHARE_UNITS, TEXT_UNIT

#: What the warehouse calls members and sums of its own, by the columns that may not say so.
_RESERVED = {"I alt", "Ikke oplyst", "Flere enheder", "(several)"}
_NOT_RESERVED = (("accounts", "account_id"), ("budget_lines", "theme_name"), ("budget_totals", "theme_name"))
#: Whether an area of a type has a code and a region.
_AREAS = {
    "municipality": {"municipality_code": True, "region_name": True},
    "region": {"municipality_code": False, "region_name": True},
    "country": {"municipality_code": False, "region_name": False},
}
#: A number such as 1.10 in a figure's id or in the words for a place; a date (1.10.2010) is none.
_NUMBERS_IN_TEXT_RE = re.compile(r"(?<!\d)(?<!\d[.,])\d+(?:\.\d+)+(?![.,]?\d)")
#: The units that a kind of target is set in; `tekst` goes with every kind.
_UNIT_OF_KIND = {"rank": RANK_UNIT, "share": "pct.", "deadline": DATE_UNIT}
#: Units in which no number of courses and no size of a group is printed.
_COUNT_NOTHING = {*MONEY_UNITS, *SHARE_UNITS, RANK_UNIT, DATE_UNIT}
#: Tables of actuals, each with the column that names what a row answers to, and that one's table.
ACTUALS = {
    "actual_courses": ("course_figure_id", "courses"),
    "actual_amounts": ("budget_figure_id", "budget_lines"),
    "actual_targets": ("target_id", "targets"),
}
#: Those whose rows are added up.
_ADDED_UP = ("actual_courses", "actual_amounts")


def inspect(found: Input) -> list[Fault]:
    """Return every fault between cells and rows that keys and references do not show."""
    return [fault for rule in _RULES for fault in rule(found)]


# --- names and numbers of any table ------------------------------------------------------------------------


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


def _reserved_names(found: Input) -> Iterator[Fault]:
    for table, column in _NOT_RESERVED:
        for row in (row for row in found.of(table) if row[column] in _RESERVED):
            yield row.fault(column, "is what the warehouse calls a member of its own; choose another name")


def _shortened_numbers(found: Input) -> Iterator[Fault]:
    """Yield a fault for each row under 1.1 whose figure or place has 1.10, or both of which have another initiative."""
    initiatives = found.by("initiatives", "initiative_no")
    for table in found.schema.values():
        for column in {"initiative_no", "theme_no"} & set(table.column_names):
            for row in (row for row in found.of(table.name) if "." in row[column]):
                number = row[column]
                by_id, by_place = (set(_NUMBERS_IN_TEXT_RE.findall(row[c])) for c in ("figure_id", "locator"))
                if number in by_id | by_place:
                    continue
                longer = sorted(n for n in by_id | by_place if n.rstrip("0") == number)
                both = sorted(n for n in by_id & by_place if (row.document_id, n) in initiatives)
                if longer or (both and column == "initiative_no"):
                    which = "figure_id and locator have" if not longer or by_id & by_place else "the row has"
                    rule = f"is not {(longer or both)[0]}, which {which}; a spreadsheet saves 1.10 as 1.1"
                    yield row.fault(column, rule)


def _years(found: Input) -> Iterator[Fault]:
    """Yield a fault for each row with one year of two, with years in the wrong order, or yearly without years."""
    for table in (table for table in found.schema.values() if "year_from" in table.column_names):
        for row in found.of(table.name):
            start, end = row["year_from"], row["year_to"]
            if bool(start) != bool(end):
                yield row.fault("year_to" if start else "year_from", "must be given with the other year, or neither")
            elif start > end and (start + end).isdecimal():
                yield row.fault("year_to", f"is before year_from ({start})")
            if row["basis"] == "yearly" and not start:
                yield row.fault("year_from", "may not be blank where basis is yearly")


def _whole_figures(found: Input) -> Iterator[Fault]:
    for table in (table for table in found.schema.values() if table.has_figures):
        for row in found.of(table.name):
            if len({bool(row[column]) for column in ("figure_id", "printed", "unit")}) > 1:
                yield row.fault("printed", "must be given together with figure_id and unit, or not at all")


# --- reference tables ----------------------------------------------------------------------------------------


def _areas(found: Input) -> Iterator[Fault]:
    """Yield a fault for each area whose type, code and region do not go together, and for each code given twice."""
    areas = found.of("areas")
    for row in areas:
        for column, is_needed in _AREAS.get(row["area_type"], {}).items():
            if bool(row[column]) != is_needed:
                yield row.fault(column, f"{'may not' if is_needed else 'must'} be blank for a {row['area_type']}")
    for row, first in repeats((row for row in areas if row["area_type"] == "region"), ["region_name"]):
        yield row.fault("region_name", f"stands already in line {first.line}: a region is one area")
    for row, first in repeats((row for row in areas if row["municipality_code"]), ["municipality_code"]):
        yield row.fault("municipality_code", f"stands already in line {first.line}: a code is one area's")


def _units(found: Input) -> Iterator[Fault]:
    """Yield a fault for each unit that is above itself, and for each abbreviation that names two units."""
    parents = {row["unit_id"]: row["parent_unit_id"] for row in found.of("units")}
    aliases = {look(row["alias"]): row for row in found.of("unit_aliases")}
    first_of: dict[str, Row] = {}
    for row in found.of("units"):
        if row["unit_id"] in _chain(row["parent_unit_id"], parents):
            yield row.fault("parent_unit_id", "puts the unit below itself; name the unit above it, or leave it blank")
        short = look(row["abbreviation"])
        alias = aliases.get(short) if short else None
        if alias is not None and alias["unit_id"] != row["unit_id"]:
            rule = f"is the alias of another unit, '{alias['unit_id']}', in {alias.file}:{alias.line}"
            yield row.fault("abbreviation", rule)
        first = first_of.setdefault(short, row)
        if short and first is not row:
            yield row.fault("abbreviation", f"stands already in line {first.line}: it is one unit's")


def _chain(start: object, following: Mapping[Any, Any]) -> set[object]:
    """Return a start and all that follows it, also where that leads back to it."""
    seen: set[object] = set()
    while start not in seen:
        seen.add(start)
        start = following.get(start, start)
    return seen


def _target_groups(found: Input) -> Iterator[Fault]:
    """Yield a fault for each target group whose lower bound is above its upper one, or that names a benefit twice."""
    for row in found.of("target_groups"):
        for what in ("age", "match_group"):
            low, high = row[f"{what}_from"], row[f"{what}_to"]
            if low.isdecimal() and high.isdecimal() and int(low) > int(high):
                yield row.fault(f"{what}_to", f"is below {what}_from ({low})")
        benefits = [part.strip() for part in row["benefit"].split("|")] if row["benefit"] else []
        if "" in benefits or len(set(benefits)) < len(benefits):
            yield row.fault("benefit", "must name each benefit once, joined by ' | ' (dagpenge | kontanthjælp)")


def _themes(found: Input) -> Iterator[Fault]:
    """Yield a fault for each name of two focus areas, and for each line that names no focus area, or two of them."""
    for row, first in repeats(found.of("themes"), ["theme_name"]):
        rule = f"stands already in line {first.line}: budget lines and totals name a focus area by it"
        yield row.fault("theme_name", rule)
    themes, initiatives = found.by("themes", "theme_name"), found.by("initiatives", "initiative_no")
    with_themes = {row.document_id for row in themes.values()}
    for row in found.of("budget_lines"):
        heading = _cell(themes.get((row.document_id, row["theme_name"])), "theme_no")
        own = _cell(initiatives.get((row.document_id, row["initiative_no"])), "theme_no")
        if row.document_id in with_themes and row["theme_name"] and not (row["theme_no"] or heading or own):
            rule = "is no focus area of themes.csv, and no initiative has one; name the area in the column theme_no"
            yield row.fault("theme_name", rule)
        if row["theme_no"] and {heading, own} - {"", row["theme_no"]}:
            rule = f"must be that of its heading or initiative: {own or heading}; leave it blank where they name it"
            yield row.fault("theme_no", rule)
        elif heading and own and heading != own:
            yield row.fault("theme_name", f"is the focus area {heading}, but the initiative belongs to {own}")


def _cell(row: Row | None, column: str) -> str:
    return row[column] if row is not None else ""


# --- what is counted and measured ----------------------------------------------------------------------------


def _measured(found: Input) -> Iterator[Fault]:
    """Yield a fault for each level in another unit than its measure, that contradicts itself, or that comes twice."""
    measures = found.by("measures", "measure_id")
    for row, first in repeats(found.of("levels"), ["measure_id", "area_name", "period_id", "member"]):
        rule = f"is the level of line {first.line} again: measure, area, period and member are the same"
        yield row.fault("measure_id", rule + "; write the second as a figure with a claim")
    for row in found.of("levels"):
        unit = _cell(measures.get((row.document_id, row["measure_id"])), "unit")
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


# --- targets -------------------------------------------------------------------------------------------------


def _targets(found: Input) -> Iterator[Fault]:
    """Yield a fault for each target whose kind, comparator, unit, dates and theme do not go together."""
    initiatives = found.by("initiatives", "initiative_no")
    for row in found.of("targets"):
        kind, unit = row["target_kind"], row["unit"]
        needed = _UNIT_OF_KIND.get(kind)
        if needed and unit and unit not in (needed, TEXT_UNIT):
            yield row.fault("unit", f"must be {needed} for the kind {kind} ({TEXT_UNIT} where no number is printed)")
        if unit == DATE_UNIT and kind and kind != "deadline":
            yield row.fault("target_kind", f"must be deadline where the unit is {DATE_UNIT}")
        if (kind == "deadline") != (row["comparator"] == "by_date"):
            yield row.fault("comparator", "by_date goes with the kind deadline, and with no other")
        if kind == "beat_area" and not row["area_name"]:
            yield row.fault("area_name", "may not be blank for the kind beat_area")
        if row["due_date"] and row["due_year"] and not row["due_date"].startswith(row["due_year"]):
            yield row.fault("due_date", f"is in another year than due_year ({row['due_year']})")
        theme = _cell(initiatives.get((row.document_id, row["initiative_no"])), "theme_no")
        if theme and row["theme_no"] and row["theme_no"] != theme:
            yield row.fault("theme_no", f"must be that of the initiative {row['initiative_no']}: {theme}")


def _target_status(found: Input) -> Iterator[Fault]:
    """Yield a fault for each status of a target that is reported in another unit than the target's."""
    targets = found.by("targets", "figure_id")
    for row in found.of("target_status"):
        unit = _cell(targets.get((row.document_id, row["target_id"])), "unit")
        if unit and TEXT_UNIT not in (row["unit"], unit) and row["unit"] != unit:
            yield row.fault("unit", f"must be that of the target: '{unit}'")


def _succession(found: Input) -> Iterator[Fault]:
    """Yield a fault for each target that replaces itself, one replaced on another day, or one not yet in force."""
    targets = found.by("targets", "figure_id")
    replaced_by: dict[tuple[str, str], tuple[str, str]] = {}
    for key, row in targets.items():
        if bool(row["supersedes"]) != bool(row["valid_from"]):
            blank = "valid_from" if row["supersedes"] else "supersedes"
            yield row.fault(blank, "may not be blank: a target that replaces another has its first day too")
        if row["supersedes"]:
            document_id, _, target_id = row["supersedes"].rpartition(":")
            replaced_by[key] = (document_id or row.document_id, target_id)
    first_day: dict[tuple[str, str], str] = {}
    for key, replaced in replaced_by.items():
        row = targets[key]
        if key in _chain(replaced, replaced_by):
            yield row.fault("supersedes", "leads back to this target: no target replaces itself")
        since = _cell(targets.get(replaced), "valid_from")
        if since and row["valid_from"] and row["valid_from"] <= since:
            yield row.fault("valid_from", f"must be after the day since which '{row['supersedes']}' holds: {since}")
        day = first_day.setdefault(replaced, row["valid_from"])
        if day != row["valid_from"]:
            yield row.fault("valid_from", f"is not the day on which '{row['supersedes']}' is replaced: {day}")


# --- money ---------------------------------------------------------------------------------------------------


def _parts(found: Input) -> Iterator[Fault]:
    """Yield a fault for each part that is a part of a part, or for other years than its line, or alone a level.

    What such a part takes from which year would be a guess.
    """
    lines = found.by("budget_lines", "figure_id")
    for row in found.of("budget_lines"):
        whole = lines.get((row.document_id, row["part_of"])) if row["part_of"] else None
        if whole is None:
            continue
        if whole is row or whole["part_of"]:
            yield row.fault("part_of", "must name a line that is itself no part")
        if not whole["is_split_complete"]:
            yield whole.fault("is_split_complete", f"must be yes or no, since line {row.line} is a part of this one")
        for column in ("year_from", "year_to", "basis", "is_level"):
            one, other = row[column], whole[column]
            # A blank is_level means no.
            if (one == "yes") != (other == "yes") if column == "is_level" else one != other:
                yield row.fault(
                    column, f"must be that of the line that it is a part of ('{other}' in line {whole.line})"
                )


def _levels(found: Input) -> Iterator[Fault]:
    """Yield a fault for each level of money that is for no year, or for several years at once."""
    for row in (row for row in found.of("budget_lines") if row["is_level"] == "yes"):
        if not row["year_from"]:
            yield row.fault("year_from", "may not be blank on a level, which replaces that of the year before")
        elif row["basis"] == "whole" and row["year_from"] != row["year_to"]:
            yield row.fault("basis", "must be yearly on a level that is the same in several years")


def _totals(found: Input) -> Iterator[Fault]:
    """Yield a fault for each total of a scope that has another one for the same year, since one implies the other."""
    seen: dict[tuple[str, ...], list[Row]] = defaultdict(list)
    for row in found.of("budget_totals"):
        others = seen[row.document_id, row["theme_name"], row["line_name"], row["account_id"]]
        for other in others:
            if row["year_from"] <= other["year_to"] and other["year_from"] <= row["year_to"]:
                rule = f"overlaps line {other.line}, a total of the same scope"
                yield row.fault("year_from", rule + "; write one of them as a figure and a claim")
        others.append(row)


# --- actuals -------------------------------------------------------------------------------------------------


def _periods_of_actuals(found: Input) -> Iterator[Fault]:
    """Yield a fault for each actual of a period outside the years of what it answers to."""
    plans = {row["document_id"]: row for row in found.of("documents")}
    for table, (column, home) in ACTUALS.items():
        answered = found.by(home, "figure_id")
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
    lines = found.by("budget_lines", "figure_id")
    for table in _ADDED_UP:
        column, _ = ACTUALS[table]
        things: dict[tuple[str, str], list[tuple[tuple[dt.date, dt.date], Row]]] = defaultdict(list)
        for row in found.of(table):
            observed = span(row["period_id"])
            if observed is None:
                continue
            document_id, named = row["document_id"], row[column]
            thing = _cell(lines.get((document_id, named)), "part_of") or named
            earlier = things[document_id, thing]
            for other_period, other in earlier:
                # Two parts of a line are two things; each of them and the line are one.
                is_same = named == other[column] or thing in (named, other[column])
                if is_same and observed[0] <= other_period[1] and other_period[0] <= observed[1]:
                    rule = f"overlaps {other['period_id']} in line {other.line}, and the two would be added up"
                    yield row.fault("period_id", rule)
                    break
            earlier.append((observed, row))


# --- claims --------------------------------------------------------------------------------------------------


def _claims(found: Input) -> Iterator[Fault]:
    """Yield a fault for each claim that is neither counted nor computed, or both, and for each half of a reading."""
    for row in found.of("claims"):
        if bool(row["counted"]) == bool(row["expression"]):
            yield row.fault("expression", "a claim has either an expression or something counted, and not both")
    for row in found.of("known_faults"):
        if bool(row["other_reading"]) != bool(row["other_reading_da"]):
            blank = "other_reading_da" if row["other_reading"] else "other_reading"
            yield row.fault(blank, "must be given in both languages, or in neither")
        for column, other in (("reason", "other_reading"), ("explanation_da", "other_reading_da")):
            if row[other] and (row[other] == row[column] or not any(c.isalpha() for c in row[other])):
                yield row.fault(other, f"must be another reading in words than '{column}'; leave it blank without one")


_RULES = (
    _lookalikes, _reserved_names, _shortened_numbers, _years, _whole_figures, _areas, _units, _target_groups, _themes,
    _measured, _counted, _targets, _target_status, _succession, _parts, _levels, _totals, _periods_of_actuals,
    _overlapping_actuals, _claims,
)  # fmt: skip
