"""Whether the figures of a response agree with one another, with the period before, and with what landed before.

Belongs here: the rules `scale`, `revisions` and `swapped`, and nulls where there were values before; with their
thresholds. Does not: what is missing (`complete`).
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import combinations, pairwise
from statistics import median

from jobmaal.jobindsats.refusal.grid import (
    FEWEST,
    NULLS,
    REVISIONS,
    SCALE,
    SMALL_COUNT,
    SMALLEST_MUNICIPALITIES,
    SWAPPED,
    Absent,
    Before,
    Expected,
    Finding,
    Grid,
    Value,
    counting,
    is_total_in,
    listed,
    value_of,
)
from jobmaal.jobindsats.units import PERCENT, PLACE, POINTS, UNKNOWN

#: The share of values that may become null: of a measure, and of one period, area or member of it. None was seen.
_MAY_VANISH, _MAY_VANISH_IN_ONE = Decimal("0.05"), Decimal("0.25")
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


def country(new: Grid, expected: Expected, at: int) -> Iterator[Finding]:
    """Find a country that is not its municipalities."""
    groups: dict[tuple[str, str], dict[str, Decimal | None]] = defaultdict(dict)
    for (period, area, member), values in new.cells.items():
        groups[period, member][area] = value_of(values[at])
    for (period, member), group in groups.items():
        country = group.get(expected.country)
        parts = [value for area, value in group.items() if area in expected.municipalities]
        if country is None or len(parts) < len(expected.municipalities - SMALLEST_MUNICIPALITIES):
            continue
        total = sum((value for value in parts if value), Decimal(0))
        room = _COUNTRY_MAY_DIFFER * abs(country) + _LIVE_NOWHERE + SMALL_COUNT * parts.count(None)
        if abs(country - total) > room:
            yield Finding(
                SCALE,
                f"{expected.country} has {country:,} of '{new.measures[at][0]}' ({member}) in {period}, and its "
                f"municipalities have {total:,} together",
            )
            return


def parts(new: Grid, at: int, total: str) -> Iterator[Finding]:
    """Find parts that are larger than their total."""
    compared, larger = Counter[str](), Counter[str]()
    for (period, area, member), values in new.cells.items():
        part, whole = value_of(values[at]), value_of(new.cells.get((period, area, total), values)[at])
        if member != total and part is not None and whole is not None:
            compared[period] += 1
            larger[period] += part > whole + 1
    for period, count in larger.items():
        if count >= FEWEST and count > _MAY_EXCEED * compared[period]:
            name = new.measures[at][0]
            text = (
                f"{count:,} of {compared[period]:,} parts of '{name}' in {period} are larger than their total {total}"
            )
            yield Finding(SWAPPED, text)
            return


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


def compared(new: Grid, before: Before | None) -> Iterator[Finding]:
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
    is_count, is_total, jumps = at in counting(new), is_total_in(new), list[str]()
    groups: dict[tuple[str, str], _Compared] = defaultdict(_Compared)
    signed = False
    for cell, values in new.cells.items():
        old = before.grid.cells.get(cell)
        if old is None or isinstance(old[at], Absent):
            continue
        was, now = value_of(old[at]), value_of(values[at])
        signed = signed or (was is not None and was < 0)
        if was is not None and now is not None and is_count and is_total(cell[2]):
            few, many = sorted((abs(was), abs(now)))
            if many >= _LARGE_TOTAL and many >= _OTHER_SCALE * few:
                jumps.append(f"'{name}' of {cell[1]} ({cell[2]}) is {now:,} in {cell[0]} and was {was:,} before")
        for group in (("", ""), ("in ", cell[0]), ("of ", cell[1]), ("of ", cell[2])):
            groups[group].add(was, now, step)
    for (word, label), found in groups.items():
        where = f"'{name}'" + (f" {word}{label}" if label else "")
        if found.lost >= FEWEST and found.lost > (_MAY_VANISH_IN_ONE if label else _MAY_VANISH) * found.had:
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
        if word != "of " and found.large >= FEWEST and found.large > _MAY_BE_LARGE * found.pairs:
            where = f"'{name}'" + (f" {word}{label}" if label else "")
            yield Finding(
                REVISIONS,
                f"{found.large:,} of {found.pairs:,} values of {where} differ by more than a fifth from before",
            )


def _against_the_period_before(new: Grid, before: Before | None, measure: _Measure) -> Iterator[Finding]:
    """Compare each period that is new with the one ahead of it."""
    at, name, step, periods = measure.at, measure.name, measure.step, new.periods
    is_count, is_total, jumps = at in counting(new), is_total_in(new), list[str]()
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
        if old is None or isinstance(old[at], Absent):
            continue
        was, now = value_of(old[at]), value_of(values[at])
        if was is not None and now is not None:
            few, many = sorted((abs(was), abs(now)))
            if few < _STEADY_UNITS * step and many < _SURE_UNITS * step:
                continue
            if is_count and is_total(member) and many >= _LARGE_TOTAL and many >= _OTHER_SCALE * few:
                text = f"'{name}' of {area} ({member}) is {now:,} in {period} and {was:,} in {previous[period]}"
                jumps.append(text)
        signed = signed or (was is not None and was < 0) or (now is not None and now < 0)
        for group in ((period, ""), (period, member)):
            groups[group].add(was, now, step, _LARGE_CHANGE)
    # Signed figures and what is made of others may well be another after a small change.
    is_steady = not signed and measure.unit not in (POINTS, PLACE)
    for (period, member), found in groups.items():
        where = f"'{name}' in {period}" + (f" of {member}" if member else "")
        yield from _period_against(found, where, previous[period], is_whole=not member, is_steady=is_steady)
        if is_count and found.equal > _MAY_REPEAT * found.pairs and found.pairs >= _MANY_PAIRS:
            text = f"{found.equal:,} of {found.pairs:,} values of {where} are those of {previous[period]}"
            yield Finding(SWAPPED, text)
    if jumps and is_steady:
        yield Finding(SCALE, jumps[0] + _more(jumps))


def _period_against(
    found: _Compared, where: str, previous: str, *, is_whole: bool, is_steady: bool
) -> Iterator[Finding]:
    """Judge the pairs of a period and the one ahead, of all members or of one."""
    if is_whole and found.lost >= FEWEST and found.lost > _MAY_VANISH_IN_ONE * found.had:
        yield Finding(NULLS, f"{found.lost:,} of {found.had:,} values of {where} are null, and not in {previous}")
    is_many = is_whole and is_steady and len(found.ratios) >= _MANY_PAIRS
    factor = _OTHER_SCALE_OF_A_PERIOD if is_many else _OTHER_SCALE
    scale = found.scale(factor) if len(found.ratios) >= FEWEST else None
    if scale is not None:
        yield Finding(SCALE, f"{where} is {_times(scale)} that of {previous} ({len(found.ratios):,} values)")
    elif is_whole and is_steady and found.pairs >= _MANY_PAIRS and found.large > _MAY_BE_LARGE * found.pairs:
        text = f"{found.large:,} of {found.pairs:,} values of {where} differ by more than half from {previous}"
        yield Finding(REVISIONS, text)


def _out_of_range(new: Grid, at: int, name: str, unit: str, *, is_first: bool) -> Iterator[Finding]:
    """Find values that no measure has, and where nothing has landed to compare with, such shares and places."""
    values = [value for row in new.cells.values() if (value := value_of(row[at])) is not None]
    if unit != UNKNOWN and len(values) >= _MANY_PAIRS and len(set(values)) == 1:
        yield Finding(NULLS, f"all {len(values):,} values of '{name}' are {values[0]:,}")
    elif len(values) >= FEWEST and max(values) < 0:
        yield Finding(SCALE, f"all {len(values):,} values of '{name}' are below zero")
    if not is_first:
        return
    shown = [abs(value) for value in values]
    most = {PERCENT: 100, PLACE: len({area for _, area, _ in new.cells})}.get(unit)
    above = sum(value > most for value in shown) if most else 0
    if len(shown) >= FEWEST and above > len(shown) / 2:
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
            text = f"{swapped:,} of {total:,} values of {names} stand in each other's column, in {listed(odd)}"
            yield Finding(SWAPPED, text)


def _moved(new: Grid, before: Before) -> Iterator[Finding]:
    """Find values that stand a period too late or too early."""
    then = before.grid.cells
    periods = sorted({cell[0] for cell in then})
    for direction, neighbour in (("late", dict(pairwise(periods[::-1]))), ("early", dict(pairwise(periods)))):
        for at, (name, _) in enumerate(new.measures):
            pairs = hits = 0
            for (period, area, member), values in new.cells.items():
                old = then.get((period, area, member))
                other = then.get((neighbour.get(period, ""), area, member))
                if old is None or other is None or old[at] == other[at] or None in (old[at], other[at]):
                    continue
                pairs += 1
                hits += values[at] == other[at]
            if pairs >= FEWEST and 2 * hits > pairs:
                yield Finding(SWAPPED, f"{hits:,} of {pairs:,} values of '{name}' stand a period too {direction}")
                return


def _step(values: Iterable[Value | Absent]) -> Decimal:
    """Return the unit of the last digit that a measure is printed with."""
    finest = min((v.as_tuple().exponent for v in values if isinstance(v, Decimal)), key=_as_int, default=0)
    return Decimal(1).scaleb(min(0, _as_int(finest)))


def _as_int(exponent: object) -> int:
    return exponent if isinstance(exponent, int) else 0


def _times(scale: Decimal) -> str:
    return f"{scale:.1f} times" if scale >= 1 else f"a {1 / scale:.1f}th of"


def _more(texts: Sequence[str]) -> str:
    return f", and {len(texts) - 1:,} more such values" if len(texts) > 1 else ""
