"""Whether a response is complete: its areas, members and periods, and nulls that suppress no small cell.

Belongs here: the rule `incomplete`, and of `nulls` what shows without comparing figures; with their thresholds. Does
not: the sizes of figures (`sizes`).
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import pairwise

from jobmaal.jobindsats.refusal.grid import (
    FEWEST,
    INCOMPLETE,
    NULLS,
    SMALL_COUNT,
    SMALLEST_MUNICIPALITIES,
    Before,
    Expected,
    Finding,
    Grid,
    counting,
    listed,
    value_of,
)

#: The share of a period's rows that may be left out for being small; 3 % was seen.
_MAY_BE_LEFT_OUT = Decimal("0.1")
#: From how many periods on a member that an area has in none of them is no gap but how the table is.
_PERIODS_OF_A_PATTERN = 3
#: The share of nulls from which on a measure tells nothing.
_NEARLY_ALL = Decimal("0.9")
#: A count of at least this size is not suppressed in the period after, ahead, or in a later release. Of the cells
#: that were seen suppressed none had more than 7 in a neighbouring period.
_NEVER_SUPPRESSED = 50


def incomplete(new: Grid, before: Before | None, expected: Expected) -> Iterator[Finding]:
    """Find what is missing of areas x members x periods."""
    periods = new.periods
    if before and before.missing_measures:
        yield Finding(INCOMPLETE, f"lacks columns that the response before has: {listed(before.missing_measures)}")
    if expected.has_all_periods:
        described = sorted(p for p in expected.periods - {*periods} if periods[0] < p < periods[-1])
        gaps = described or _gaps(periods, before)
        if gaps:
            text = f"lacks {len(gaps)} periods between {periods[0]} and {periods[-1]}: {listed(gaps)}"
            yield Finding(INCOMPLETE, text)
        if before and before.newest_period > periods[-1]:
            yield Finding(INCOMPLETE, f"ends with {periods[-1]}, and {before.newest_period} has landed before")
        if expected.periods and max(expected.periods) > periods[-1]:
            text = f"ends with {periods[-1]}, and the table's description has {max(expected.periods)}"
            yield Finding(INCOMPLETE, text)
    lacking = sorted((expected.members or frozenset()) - new.labels)
    if lacking:
        yield Finding(
            INCOMPLETE,
            f"lacks members that were asked for: {listed(lacking)} (where the table no longer has them, ask for the "
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
    counts = counting(new)
    then = before.grid.cells if before else {}
    before_pairs: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for period, area, member in sorted(new.cells):
        have[period].add((area, member))
        begins.setdefault(member, period)
    for cells in (new.cells, then):
        for (_, area, member), values in cells.items():
            shown = [abs(v) for at in counts if (v := value_of(values[at])) is not None]
            pair = (area, member)
            largest[pair] = max([largest.get(pair, Decimal(0)), *shown])
    for (period, area, member), values in then.items():
        if any(value_of(value) is not None for value in values):
            before_pairs[period].add((area, member))
    areas = {area for pairs in have.values() for area, _ in pairs} | expected.areas
    of_area: dict[str, Decimal] = {}
    for (area, _), value in largest.items():
        of_area[area] = max(of_area.get(area, value), value)

    def may_be_missing(pair: tuple[str, str]) -> bool:
        area = pair[0]
        if pair in largest:
            return bool(counts) and largest[pair] <= SMALL_COUNT
        if area not in of_area:
            return area in SMALLEST_MUNICIPALITIES
        return len(periods) >= _PERIODS_OF_A_PATTERN or (bool(counts) and of_area[area] <= SMALL_COUNT)

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
        return f"lacks the member {listed(sorted(members))} in {period}, which has landed before"
    lacking = sorted({area for area, _ in missing})
    return f"has {len(areas) - len(lacking)} of {len(areas)} areas whole in {period}; missing: {listed(lacking)}"


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


def nulls(new: Grid) -> Iterator[Finding]:
    """Find nulls that no response has: of everything, a measure, or a whole period."""
    cells = len(new.cells)
    if all(value is None for values in new.cells.values() for value in values):
        yield Finding(NULLS, f"all {cells * len(new.measures):,} values are null")
        return
    for at, (name, _) in enumerate(new.measures):
        nulls = sum(values[at] is None for values in new.cells.values())
        if nulls == cells or (cells >= FEWEST and nulls > _NEARLY_ALL * cells):
            yield Finding(NULLS, f"{nulls:,} of {cells:,} values of '{name}' are null")
    by_period: dict[str, list[bool]] = defaultdict(list)
    for (period, _, _), values in new.cells.items():
        by_period[period].append(all(value is None for value in values))
    for period in sorted(by_period):
        if all(by_period[period]):
            yield Finding(NULLS, f"all values of {period} are null, in {len(by_period[period])} rows")
    shown = {area for (_, area, _), values in new.cells.items() if any(value is not None for value in values)}
    silent = sorted({area for _, area, _ in new.cells} - shown - SMALLEST_MUNICIPALITIES)
    if silent:
        yield Finding(NULLS, f"all values of {listed(silent)} are null")


def large_nulls(new: Grid, before: Before | None) -> Iterator[Finding]:
    """Find nulls that are no suppressed small cells: before, or in the period after or ahead, the cell counts many."""
    then = before.grid.cells if before else {}
    counts = counting(new)
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
            with_values = [row for row in rows if value_of(row[at]) is not None]
            sizes = [abs(v) for row in with_values for one in counts if (v := value_of(row[one])) is not None]
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
