"""Whether a response can be what the publisher means: complete, and in line with what has landed of the table before.

Belongs here: the rules that compare figures, their thresholds, and what is said of a response that breaks them. Does
not: the form of a response (`reply`), and reading what has landed (`history`).

The publisher revises, suppresses small cells and adds periods; that is legitimate, and the thresholds leave it room.
They were set on saved responses: a release revised at most one cell in eleven and hardly any by a fifth, no cell that
had a value was suppressed later, and of the areas only islands with at most 12 persons were left out. Where the
publisher really does change more, a reviewed row of series_reviews.csv accepts that response.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import combinations, pairwise
from statistics import median

from jobmaal.core.errors import excerpt
from jobmaal.jobindsats.identity import SEPARATOR, is_total_label
from jobmaal.jobindsats.units import PERCENT, PLACE, POINTS, UNKNOWN

INCOMPLETE, NULLS, SCALE, REVISIONS, SWAPPED = RULES = ("incomplete", "nulls", "scale", "revisions", "swapped")

#: The largest count of a member that a response may leave out; the largest that was seen left out is 12.
_SMALL_COUNT = 20
#: The municipalities with so few inhabitants that a whole response may leave them out.
_SMALLEST_MUNICIPALITIES = frozenset({"Læsø", "Fanø", "Samsø", "Ærø"})
#: The share of a period's rows that may be left out for being small; 3 % was seen.
_MAY_BE_LEFT_OUT = Decimal("0.1")
#: From how many periods on a member that an area has in none of them is no gap but how the table is.
_PERIODS_OF_A_PATTERN = 3
#: The share of nulls from which on a measure tells nothing.
_NEARLY_ALL = Decimal("0.9")
#: The share of values that may become null: of a measure, and of one period, area or member of it. None was seen.
_MAY_VANISH, _MAY_VANISH_IN_ONE = Decimal("0.05"), Decimal("0.25")
#: Fewer cells than this show no share: a small table may lose some.
_FEWEST = 10
#: A count of at least this size is not suppressed in the period after, ahead, or in a later release. Of the cells
#: that were seen suppressed none had more than 7 in a neighbouring period.
_NEVER_SUPPRESSED = 50
#: How many times as large values are that count as another scale: half of ten, so that it is seen over a revision.
_OTHER_SCALE = 5
#: The same for the middle area of a measure from one period to the next, of at least as many pairs; 1.25 was seen.
_OTHER_SCALE_OF_A_PERIOD, _MANY_PAIRS = 2, 50
#: Fewer pairs of values than this show no scale.
_FEWEST_PAIRS = 5
#: Between two periods only figures of at least this many units of the last digit are compared: small ones jump.
_STEADY_UNITS = 10
#: Nor is a figure of at least this many units, whatever the other one is: it may have become zero.
_SURE_UNITS = 50
#: A whole area's count of at least this size does not become another scale from one period or release to the next.
_LARGE_TOTAL = 200
#: What makes a revision a large one, and the share of a measure's cells, or a period's, that may have one. A hundredth
#: was seen.
_LARGE_REVISION, _MAY_BE_LARGE = Decimal("0.2"), Decimal("0.25")
#: What makes a change from one period to the next a large one; at most 3 % of a period's values were seen to have one.
_LARGE_CHANGE = Decimal("0.5")
#: The share of a period's counts that may be those of the period ahead; at most a sixth was seen.
_MAY_REPEAT = Decimal("0.9")
#: How far the country may be from the sum of its municipalities: a share of it, persons who live in none, and what a
#: suppressed cell may hide. A 300th and 174 persons were seen.
_COUNTRY_MAY_DIFFER, _LIVE_NOWHERE = Decimal("0.1"), 200
#: The share of a period's parts that may be larger than their total.
_MAY_EXCEED = Decimal("0.25")
#: How many names a reason lists.
_LISTED = 5

Value = Decimal | int | None
#: Period, area and member.
Cell = tuple[str, str, str]


class _Absent:
    """Stands for a measure that a response has no column for."""


ABSENT = _Absent()


@dataclass(frozen=True)
class Grid:
    """The values of a response, or of what landed before it: a tuple per cell, in the order of `measures`.

    `measures` are pairs of name and unit, `labels` are those of the members. Before, a value may be ABSENT.
    """

    measures: Sequence[tuple[str, str]]
    cells: Mapping[Cell, Sequence[Value | _Absent]]
    labels: frozenset[str] = frozenset()

    @property
    def periods(self) -> list[str]:
        """The periods, oldest first."""
        return sorted({cell[0] for cell in self.cells})


@dataclass(frozen=True)
class Before:
    """What landed of the table before: values for the periods of a response and the one ahead of them.

    `newest_period` is the newest that landed at all, blank where nothing did; `missing_measures` are the names of the
    measures that the release before has and the response lacks.
    """

    grid: Grid
    newest_period: str = ""
    missing_measures: Sequence[str] = ()


@dataclass(frozen=True)
class Expected:
    """What a response was to have, as far as it is known: areas, and labels of members; None where it is not known.

    `has_all_periods` says whether every period up to the newest was asked for, `periods` are those that the table's
    description has. `country` is the name of the area that has all `municipalities`.
    """

    areas: frozenset[str] = frozenset()
    members: frozenset[str] | None = None
    has_all_periods: bool = False
    periods: frozenset[str] = frozenset()
    country: str = ""
    municipalities: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Finding:
    """A rule that a response breaks, with the figures."""

    rule: str
    told: str


def judge(new: Grid, before: Before | None, expected: Expected) -> list[Finding]:
    """Return the rules that a response breaks, each once, with its first finding."""
    found: dict[str, Finding] = {}
    for findings in (
        _nulls_alone(new),
        _incomplete(new, before, expected),
        _compared(new, before),
        *(_country(new, expected, at) for at in _added_up(new)),
        *(_parts(new, at, total) for at in _added_up(new) for total in _only_total(new)),
    ):
        for finding in findings:
            found.setdefault(finding.rule, finding)
        if NULLS in found and found[NULLS].told.startswith("all "):
            return list(found.values())
    # In another scale a small cell looks like a large one.
    if NULLS not in found and SCALE not in found:
        found |= {finding.rule: finding for finding in _large_nulls(new, before)}
    return list(found.values())


def reason(findings: Sequence[Finding], table_id: str, response: str, today: str) -> str:
    """Write why a response is not taken, and the rows that would accept it."""
    told = "; ".join(f"{finding.told} (rule {finding.rule})" for finding in findings)
    rows = "  ".join(f"{table_id},{response},{finding.rule},REASON,REVIEWER,{today}," for finding in findings)
    return (
        f"cannot be right: {told}. If the publisher's own page shows the same, accept it with a row in "
        f"shared/series_reviews.csv for each rule, then fetch or land it again: {rows}"
    )


# --- complete ------------------------------------------------------------------------------------------------


def _incomplete(new: Grid, before: Before | None, expected: Expected) -> Iterator[Finding]:
    """Find what is missing of areas x members x periods."""
    periods = new.periods
    if before and before.missing_measures:
        yield Finding(INCOMPLETE, f"lacks columns that the response before has: {_listed(before.missing_measures)}")
    if expected.has_all_periods:
        described = sorted(p for p in expected.periods - {*periods} if periods[0] < p < periods[-1])
        gaps = described or _gaps(periods, before)
        if gaps:
            told = f"lacks {len(gaps)} periods between {periods[0]} and {periods[-1]}: {_listed(gaps)}"
            yield Finding(INCOMPLETE, told)
        if before and before.newest_period > periods[-1]:
            told = f"ends with {periods[-1]}, and {before.newest_period} has landed before"
            yield Finding(INCOMPLETE, told)
        if expected.periods and max(expected.periods) > periods[-1]:
            told = f"ends with {periods[-1]}, and the table's description has {max(expected.periods)}"
            yield Finding(INCOMPLETE, told)
    lacking = sorted((expected.members or frozenset()) - new.labels)
    if lacking:
        yield Finding(
            INCOMPLETE,
            f"lacks members that were asked for: {_listed(lacking)} (where the table no longer has them, ask for the "
            "others by id in series_tables.csv: _kon=/5/,/11/)",
        )
    worst = max(_missing(new, before, expected, periods), key=lambda one: len(one[1]), default=None)
    if worst:
        yield Finding(INCOMPLETE, _told_missing(new, before, expected, *worst))


def _missing(
    new: Grid, before: Before | None, expected: Expected, periods: Sequence[str]
) -> Iterator[tuple[str, set[tuple[str, str]]]]:
    """Return the pairs of area and member that each period lacks and should have."""
    have: dict[str, set[tuple[str, str]]] = defaultdict(set)
    begins: dict[str, str] = {}
    largest: dict[tuple[str, str], Decimal] = {}
    counts = _counts(new)
    then = before.grid.cells if before else {}
    before_pairs: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for period, area, member in sorted(new.cells):
        have[period].add((area, member))
        begins.setdefault(member, period)
    for cells in (new.cells, then):
        for (_, area, member), values in cells.items():
            shown = [abs(v) for at in counts if (v := _value(values[at])) is not None]
            pair = (area, member)
            largest[pair] = max([largest.get(pair, Decimal(0)), *shown])
    for (period, area, member), values in then.items():
        if any(_value(value) is not None for value in values):
            before_pairs[period].add((area, member))
    areas = {area for pairs in have.values() for area, _ in pairs} | expected.areas
    of_area: dict[str, Decimal] = {}
    for (area, _), value in largest.items():
        of_area[area] = max(of_area.get(area, value), value)

    def may_be_missing(pair: tuple[str, str]) -> bool:
        area = pair[0]
        if pair in largest:
            return bool(counts) and largest[pair] <= _SMALL_COUNT
        if area not in of_area:
            return area in _SMALLEST_MUNICIPALITIES
        return len(periods) >= _PERIODS_OF_A_PATTERN or (bool(counts) and of_area[area] <= _SMALL_COUNT)

    for period in periods:
        wanted = {(area, member) for member, first in begins.items() if first <= period for area in areas}
        wanted |= before_pairs[period]
        missing = wanted - have[period]
        wrong = {pair for pair in missing if not may_be_missing(pair)}
        small = [pair for pair in missing - wrong if pair in largest or pair[0] not in of_area]
        if wrong or len(small) > max(1, int(_MAY_BE_LEFT_OUT * len(wanted))):
            yield period, wrong or missing


def _told_missing(
    new: Grid, before: Before | None, expected: Expected, period: str, missing: set[tuple[str, str]]
) -> str:
    """Write what a period lacks: whole members, or areas."""
    here = {(area, member) for at, area, member in new.cells if at == period}
    areas = {area for _, area, _ in new.cells} | expected.areas | {area for area, _ in missing}
    members = {member for _, member in missing}
    if before and members.isdisjoint(member for _, member in here):
        return f"lacks the member {_listed(sorted(members))} in {period}, which has landed before"
    lacking = sorted({area for area, _ in missing})
    return f"has {len(areas) - len(lacking)} of {len(areas)} areas whole in {period}; missing: {_listed(lacking)}"


def _gaps(periods: Sequence[str], before: Before | None) -> list[str]:
    """Return periods that lie between the first and the last and are not there, or how many might.

    How often a table is published is read from the table itself: there are quarterly figures every half-year.
    """
    landed = {cell[0] for cell in before.grid.cells} if before else set()
    missing = sorted(period for period in landed if periods[0] < period < periods[-1] and period not in periods)
    steps = [(_number(b) - _number(a), a, b) for a, b in pairwise(periods)]
    if missing or len(steps) < 2:  # noqa: PLR2004
        return missing
    usual = max(Counter(step for step, _, _ in steps).items(), key=lambda item: (item[1], -item[0]))[0]
    both_landed = landed and landed >= set(periods[:-1])
    return [f"after {a}" for step, a, _ in steps if step > usual and not (both_landed and a in landed)]


def _number(period: str) -> int:
    """Return a number for a period, one apart for neighbours of one type."""
    kind = period[4:-2]
    in_year = {"M": 12, "Q": 4, "QMAT": 4, "H": 2, "W": 52}.get(kind, 1)
    return int(period[:4]) * in_year + int(period[-2:])


# --- nulls ---------------------------------------------------------------------------------------------------


def _nulls_alone(new: Grid) -> Iterator[Finding]:
    """Find nulls that no response has: of everything, a measure, or a whole period."""
    cells = len(new.cells)
    if all(value is None for values in new.cells.values() for value in values):
        yield Finding(NULLS, f"all {cells * len(new.measures):,} values are null")
        return
    for at, (name, _) in enumerate(new.measures):
        nulls = sum(values[at] is None for values in new.cells.values())
        if nulls == cells or (cells >= _FEWEST and nulls > _NEARLY_ALL * cells):
            yield Finding(NULLS, f"{nulls:,} of {cells:,} values of '{name}' are null")
    by_period: dict[str, list[bool]] = defaultdict(list)
    for (period, _, _), values in new.cells.items():
        by_period[period].append(all(value is None for value in values))
    for period in sorted(by_period):
        if all(by_period[period]):
            yield Finding(NULLS, f"all values of {period} are null, in {len(by_period[period])} rows")
    shown = {area for (_, area, _), values in new.cells.items() if any(value is not None for value in values)}
    silent = sorted({area for _, area, _ in new.cells} - shown - _SMALLEST_MUNICIPALITIES)
    if silent:
        yield Finding(NULLS, f"all values of {_listed(silent)} are null")


def _large_nulls(new: Grid, before: Before | None) -> Iterator[Finding]:
    """Find nulls that are no suppressed small cells: before, or in the period after or ahead, the cell counts many."""
    then = before.grid.cells if before else {}
    counts = _counts(new)
    periods = sorted({cell[0] for cell in then} | set(new.periods))
    neighbours = {
        period: [other for other in periods[max(0, at - 1) : at + 2] if other != period]
        for at, period in enumerate(periods)
    }
    given = {
        (period, at)
        for (period, _, _), values in new.cells.items()
        for at, value in enumerate(values)
        if value is not None
    }
    found: dict[tuple[int, str], list[tuple[Decimal, str]]] = defaultdict(list)
    for cell, values in new.cells.items():
        if None not in values:
            continue
        period, area, member = cell
        near = [(other, area, member) for other in neighbours[period]]
        rows = [row for row in (then.get(cell), *(new.cells.get(at, then.get(at)) for at in near)) if row is not None]
        for at, value in enumerate(values):
            # What a period has of no area at all is another matter: a measure may begin, or come later.
            if value is not None or (period, at) not in given:
                continue
            told = [row for row in rows if _value(row[at]) is not None]
            sizes = [abs(v) for row in told for one in counts if (v := _value(row[one])) is not None]
            if sizes and max(sizes) >= _NEVER_SUPPRESSED:
                found[at, period].append((max(sizes), area))
    if found:
        (at, period), cells = max(found.items(), key=lambda item: len(item[1]))
        size, area = max(cells)
        yield Finding(
            NULLS,
            f"{len(cells):,} values of '{new.measures[at][0]}' in {period} are null, and no small ones: {area} has "
            f"{size:,} in the period before or after, or had before",
        )


def _added_up(grid: Grid) -> list[int]:
    """Return the places of the measures that count something and have no sign: differences need not add up."""
    negative = {at for values in grid.cells.values() for at, v in enumerate(values) if (_value(v) or 0) < 0}
    return [at for at in _counts(grid) if at not in negative]


def _only_total(grid: Grid) -> list[str]:
    """Return the member that is the total, where a single label says so."""
    totals = {member for _, _, member in grid.cells if is_total_label(member) and SEPARATOR not in member}
    return list(totals) if len(totals) == 1 else []


def _totals(grid: Grid) -> Callable[[str], bool]:
    """Return what tells whether a member is all of the population; where no label says so, any may be."""
    members = {member for _, _, member in grid.cells}
    totals = {member for member in members if all(map(is_total_label, member.split(SEPARATOR)))}
    return (totals or members).__contains__


def _counts(grid: Grid) -> list[int]:
    """Return the places of the measures that count something."""
    return [at for at, (_, unit) in enumerate(grid.measures) if unit not in (PERCENT, POINTS, PLACE, UNKNOWN)]


# --- in line with itself ------------------------------------------------------------------------------------


def _country(new: Grid, expected: Expected, at: int) -> Iterator[Finding]:
    """Find a country that is not its municipalities."""
    groups: dict[tuple[str, str], dict[str, Decimal | None]] = defaultdict(dict)
    for (period, area, member), values in new.cells.items():
        groups[period, member][area] = _value(values[at])
    for (period, member), group in groups.items():
        country = group.get(expected.country)
        parts = [value for area, value in group.items() if area in expected.municipalities]
        if country is None or len(parts) < len(expected.municipalities - _SMALLEST_MUNICIPALITIES):
            continue
        total = sum((value for value in parts if value), Decimal(0))
        room = _COUNTRY_MAY_DIFFER * abs(country) + _LIVE_NOWHERE + _SMALL_COUNT * parts.count(None)
        if abs(country - total) > room:
            yield Finding(
                SCALE,
                f"{expected.country} has {country:,} of '{new.measures[at][0]}' ({member}) in {period}, and its "
                f"municipalities have {total:,} together",
            )
            return


def _parts(new: Grid, at: int, total: str) -> Iterator[Finding]:
    """Find parts that are larger than their total."""
    compared, larger = Counter[str](), Counter[str]()
    for (period, area, member), values in new.cells.items():
        part, whole = _value(values[at]), _value(new.cells.get((period, area, total), values)[at])
        if member != total and part is not None and whole is not None:
            compared[period] += 1
            larger[period] += part > whole + 1
    for period, count in larger.items():
        if count >= _FEWEST and count > _MAY_EXCEED * compared[period]:
            name = new.measures[at][0]
            told = (
                f"{count:,} of {compared[period]:,} parts of '{name}' in {period} are larger than their total {total}"
            )
            yield Finding(SWAPPED, told)
            return


# --- compared with what landed before, and with the period before -----------------------------------------------


@dataclass
class _Compared:
    """Pairs of values of a measure: of one cell before and now, or of a cell in two periods."""

    had: int = 0
    lost: int = 0
    ratios: list[Decimal] = field(default_factory=list)
    large: int = 0
    equal: int = 0
    pairs: int = 0

    def add(self, old: Decimal | None, new: Decimal | None, step: Decimal, large: Decimal = _LARGE_REVISION) -> None:
        """Count a pair; `large` is the share that makes a difference a large one."""
        if old is None:
            return
        self.had += 1
        if new is None:
            self.lost += 1
            return
        self.pairs += 1
        self.large += abs(new - old) > large * abs(old) + 2 * step
        self.equal += new == old
        if old and new:
            self.ratios.append(abs(new / old))

    def scale(self, factor: int = _OTHER_SCALE) -> Decimal | None:
        """Return how many times as large the values have become, where it is `factor` times or that part."""
        if len(self.ratios) < _FEWEST_PAIRS:
            return None
        middle = median(self.ratios)
        return middle if middle >= factor or middle * factor <= 1 else None


@dataclass(frozen=True)
class _Measure:
    """A measure: its place in the grid, name and unit, and the unit of its last digit."""

    at: int
    name: str
    unit: str
    step: Decimal


def _compared(new: Grid, before: Before | None) -> Iterator[Finding]:
    """Find figures that differ from those before by more than a revision does."""
    swapped = [*_swapped(new, before), *_moved(new, before)] if before else []
    yield from swapped
    if swapped:
        return
    for at, (name, unit) in enumerate(new.measures):
        measure = _Measure(at, name, unit, _step(values[at] for values in new.cells.values()))
        if before:
            yield from _against_before(new, before, measure)
        yield from _against_the_period_before(new, before, measure)
        yield from _out_of_range(new, at, name, unit, is_first=before is None)


def _against_before(new: Grid, before: Before, measure: _Measure) -> Iterator[Finding]:
    """Compare each cell with its own value before."""
    at, name, unit, step = measure.at, measure.name, measure.unit, measure.step
    is_count, is_total, jumps = at in _counts(new), _totals(new), list[str]()
    groups: dict[tuple[str, str], _Compared] = defaultdict(_Compared)
    signed = False
    for cell, values in new.cells.items():
        old = before.grid.cells.get(cell)
        if old is None or isinstance(old[at], _Absent):
            continue
        was, now = _value(old[at]), _value(values[at])
        signed = signed or (was is not None and was < 0)
        if was is not None and now is not None and is_count and is_total(cell[2]):
            few, many = sorted((abs(was), abs(now)))
            if many >= _LARGE_TOTAL and many >= _OTHER_SCALE * few:
                jumps.append(f"'{name}' of {cell[1]} ({cell[2]}) is {now:,} in {cell[0]} and was {was:,} before")
        for group in (("", ""), ("in ", cell[0]), ("of ", cell[1]), ("of ", cell[2])):
            groups[group].add(was, now, step)
    for (word, label), found in groups.items():
        where = f"'{name}'" + (f" {word}{label}" if label else "")
        if found.lost >= _FEWEST and found.lost > (_MAY_VANISH_IN_ONE if label else _MAY_VANISH) * found.had:
            yield Finding(NULLS, f"{found.lost:,} of {found.had:,} values of {where} were there before and are null")
        scale = found.scale()
        if scale is not None:
            yield Finding(SCALE, f"{where} is {_times(scale)} what it was ({len(found.ratios):,} values)")
            return
    # A difference or a place may well be another after a small change of what it is made of.
    if signed or unit in (POINTS, PLACE):
        return
    if jumps:
        yield Finding(SCALE, jumps[0] + _more(jumps))
    for (word, label), found in groups.items():
        if word != "of " and found.large >= _FEWEST and found.large > _MAY_BE_LARGE * found.pairs:
            where = f"'{name}'" + (f" {word}{label}" if label else "")
            yield Finding(
                REVISIONS,
                f"{found.large:,} of {found.pairs:,} values of {where} differ by more than a fifth from before",
            )


def _against_the_period_before(new: Grid, before: Before | None, measure: _Measure) -> Iterator[Finding]:
    """Compare each period that is new with the one ahead of it."""
    at, name, step, periods = measure.at, measure.name, measure.step, new.periods
    is_count, is_total, jumps = at in _counts(new), _totals(new), list[str]()
    then = before.grid.cells if before else {}
    landed = {cell[0] for cell in then}
    earlier = sorted(landed | set(periods))
    previous = dict(zip(earlier[1:], earlier, strict=False))
    groups: dict[tuple[str, str], _Compared] = defaultdict(_Compared)
    signed = False
    for (period, area, member), values in new.cells.items():
        if period in landed or period not in previous:
            continue
        cell = (previous[period], area, member)
        old = new.cells.get(cell, then.get(cell))
        if old is None or isinstance(old[at], _Absent):
            continue
        was, now = _value(old[at]), _value(values[at])
        if was is not None and now is not None:
            few, many = sorted((abs(was), abs(now)))
            if few < _STEADY_UNITS * step and many < _SURE_UNITS * step:
                continue
            if is_count and is_total(member) and many >= _LARGE_TOTAL and many >= _OTHER_SCALE * few:
                told = f"'{name}' of {area} ({member}) is {now:,} in {period} and {was:,} in {previous[period]}"
                jumps.append(told)
        signed = signed or (was is not None and was < 0) or (now is not None and now < 0)
        for group in ((period, ""), (period, member)):
            groups[group].add(was, now, step, _LARGE_CHANGE)
    # Signed figures and what is made of others may well be another after a small change.
    is_steady = not signed and measure.unit not in (POINTS, PLACE)
    for (period, member), found in groups.items():
        where = f"'{name}' in {period}" + (f" of {member}" if member else "")
        yield from _period_against(found, where, previous[period], is_whole=not member, is_steady=is_steady)
        if is_count and found.equal > _MAY_REPEAT * found.pairs and found.pairs >= _MANY_PAIRS:
            told = f"{found.equal:,} of {found.pairs:,} values of {where} are those of {previous[period]}"
            yield Finding(SWAPPED, told)
    if jumps and is_steady:
        yield Finding(SCALE, jumps[0] + _more(jumps))


def _period_against(
    found: _Compared, where: str, previous: str, *, is_whole: bool, is_steady: bool
) -> Iterator[Finding]:
    """Judge the pairs of a period and the one ahead, of all members or of one."""
    if is_whole and found.lost >= _FEWEST and found.lost > _MAY_VANISH_IN_ONE * found.had:
        told = f"{found.lost:,} of {found.had:,} values of {where} are null, and not in {previous}"
        yield Finding(NULLS, told)
    is_many = is_whole and is_steady and len(found.ratios) >= _MANY_PAIRS
    factor = _OTHER_SCALE_OF_A_PERIOD if is_many else _OTHER_SCALE
    scale = found.scale(factor) if len(found.ratios) >= _FEWEST else None
    if scale is not None:
        yield Finding(SCALE, f"{where} is {_times(scale)} that of {previous} ({len(found.ratios):,} values)")
    elif is_whole and is_steady and found.pairs >= _MANY_PAIRS and found.large > _MAY_BE_LARGE * found.pairs:
        told = f"{found.large:,} of {found.pairs:,} values of {where} differ by more than half from {previous}"
        yield Finding(REVISIONS, told)


def _out_of_range(new: Grid, at: int, name: str, unit: str, *, is_first: bool) -> Iterator[Finding]:
    """Find values that no measure has, and where nothing has landed to compare with, such shares and places."""
    values = [value for row in new.cells.values() if (value := _value(row[at])) is not None]
    if unit != UNKNOWN and len(values) >= _MANY_PAIRS and len(set(values)) == 1:
        yield Finding(NULLS, f"all {len(values):,} values of '{name}' are {values[0]:,}")
    elif len(values) >= _FEWEST and max(values) < 0:
        yield Finding(SCALE, f"all {len(values):,} values of '{name}' are below zero")
    if not is_first:
        return
    shown = [abs(value) for value in values]
    most = {PERCENT: 100, PLACE: len({area for _, area, _ in new.cells})}.get(unit)
    above = sum(value > most for value in shown) if most else 0
    if len(shown) >= _FEWEST and above > len(shown) / 2:
        yield Finding(SCALE, f"{above:,} of {len(shown):,} values of '{name}' are above {most} ({unit})")


def _swapped(new: Grid, before: Before | None) -> Iterator[Finding]:
    """Find two columns of which each has what the other had, in a period or in all of them."""
    then = before.grid.cells if before else {}
    for one, other in combinations(range(len(new.measures)), 2):
        pairs, hits = Counter[str](), Counter[str]()
        for cell, values in new.cells.items():
            old = then.get(cell)
            if old is None or old[one] == old[other] or None in (old[one], old[other]):
                continue
            pairs[cell[0]] += 1
            hits[cell[0]] += values[one] == old[other] and values[other] == old[one]
        odd = [
            period for period in sorted(pairs) if pairs[period] >= _FEWEST_PAIRS and 2 * hits[period] > pairs[period]
        ]
        if odd:
            names = f"'{new.measures[one][0]}' and '{new.measures[other][0]}'"
            total, swapped = sum(pairs[period] for period in odd), sum(hits[period] for period in odd)
            told = f"{swapped:,} of {total:,} values of {names} stand in each other's column, in {_listed(odd)}"
            yield Finding(SWAPPED, told)


def _moved(new: Grid, before: Before) -> Iterator[Finding]:
    """Find values that stand a period too late or too early."""
    then = before.grid.cells
    periods = sorted({cell[0] for cell in then})
    for told, neighbour in (("late", dict(pairwise(periods[::-1]))), ("early", dict(pairwise(periods)))):
        for at, (name, _) in enumerate(new.measures):
            pairs = hits = 0
            for (period, area, member), values in new.cells.items():
                old = then.get((period, area, member))
                other = then.get((neighbour.get(period, ""), area, member))
                if old is None or other is None or old[at] == other[at] or None in (old[at], other[at]):
                    continue
                pairs += 1
                hits += values[at] == other[at]
            if pairs >= _FEWEST and 2 * hits > pairs:
                yield Finding(SWAPPED, f"{hits:,} of {pairs:,} values of '{name}' stand a period too {told}")
                return


def _value(value: Value | _Absent) -> Decimal | None:
    return None if value is None or isinstance(value, _Absent) else Decimal(value)


def _step(values: Iterable[Value | _Absent]) -> Decimal:
    """Return the unit of the last digit that a measure is printed with."""
    finest = min((v.as_tuple().exponent for v in values if isinstance(v, Decimal)), key=_as_int, default=0)
    return Decimal(1).scaleb(min(0, _as_int(finest)))


def _as_int(exponent: object) -> int:
    return exponent if isinstance(exponent, int) else 0


def _times(scale: Decimal) -> str:
    return f"{scale:.1f} times" if scale >= 1 else f"a {1 / scale:.1f}th of"


def _more(told: Sequence[str]) -> str:
    return f", and {len(told) - 1:,} more such values" if len(told) > 1 else ""


def _listed(names: Collection[str]) -> str:
    listed = list(names)
    more = f" and {len(listed) - _LISTED} more" if len(listed) > _LISTED else ""
    return excerpt(", ".join(listed[:_LISTED])) + more
