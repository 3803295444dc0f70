"""Which counts are suppressed in public outputs: small counts of persons, and what would disclose them.

Belongs here: the rule, on values and the sums that they are parts of. Does not: where values come from (`series`), nor
which measures count persons (`series`).

The limit protects every count below it. Primary suppression takes every count below *twice* the limit, and whatever
the publisher suppresses, so that even somebody who finds out which cell is primary learns no more than that. A sum
discloses a suppressed part unless its suppressed parts are at least two, and add up to at least twice the limit, each
at the lowest that it ever was. Where they do not, the smallest shown part is suppressed too, and all that are equal to
it (complementary suppression).

Why that is safe, and no secret is needed: take any suppressed count below the limit, raise it to the limit, and lower
other suppressed parts of its sums by as much, or exchange it with a complementary cell. Nothing that is shown changes,
and the rule, applied to the changed values, suppresses the same cells: the raised count is still primary, a
complementary cell that falls stays the smallest, and the order of areas plays no part. So the same files would have
been published, and no reader can tell the two apart, provided that nobody sees which suppressed values change from
release to release (`tables`). `torture.suppression` looks for such a pair of every small count of many countries.
`docs/suppression.md` states the policy.

Releases stay readable beside each other, so the decision is made once for each *vintage* (a value and the time for
which it stood), in the order in which they were landed. An area that is suppressed once stays so. Where a count becomes
small that an earlier release has shown, its earlier value and the unchanged values around it are known; then the sums
themselves are suppressed from that time on, and where a sum has not changed, every new part of it.
"""

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Vintage:
    """A value of an area from a time on (by any clock); None is a value that the publisher suppresses.

    `series` numbers the measures, tables and periods that are decided together: an area that is suppressed in one of
    them is suppressed in all, so that no sum over tables, benefits or periods discloses it either.
    """

    area: int
    since: int
    value: float | None
    series: int = 0


@dataclass(frozen=True)
class Sum:
    """Areas that add up to another."""

    whole: int
    parts: Set[int]


def suppressed_positions(vintages: Sequence[Vintage], sums: Sequence[Sum], below: int) -> set[int]:
    """Return the positions of the vintages that are suppressed, now and in every later release.

    `below` is the limit; 0 suppresses nothing but what the publisher does.
    """
    primary = {at for at, vintage in enumerate(vintages) if vintage.value is None or vintage.value < 2 * below}
    if not primary or not below:
        return primary
    guard = _Guard(vintages, sorted(sums, key=lambda one: len(one.parts)), primary, 2 * below)
    of_release: dict[int, set[int]] = defaultdict(set)
    for at, vintage in enumerate(vintages):
        of_release[vintage.since].add(at)
    for _, fresh in sorted(of_release.items()):
        guard.release(fresh)
    return guard.suppressed


#: A cell: its series and its area.
_Cell = tuple[int, int]


@dataclass
class _Guard:
    """Follows the releases one by one; `sums` come narrowest first, since what protects one often protects the wider.

    `areas` are suppressed from now on, `exposed` are the cells of which a release has shown a value.
    """

    vintages: Sequence[Vintage]
    sums: Sequence[Sum]
    primary: Set[int]
    protected: int
    suppressed: set[int] = field(default_factory=set)
    areas: set[int] = field(default_factory=set)
    current: dict[_Cell, int] = field(default_factory=dict)
    lowest: dict[_Cell, float] = field(default_factory=dict)
    exposed: set[_Cell] = field(default_factory=set)
    known: dict[tuple[int, int], set[frozenset[int]]] = field(
        default_factory=lambda: defaultdict(lambda: {frozenset()})
    )
    fresh: Set[int] = frozenset()

    def release(self, fresh: Set[int]) -> None:
        """Take the vintages that are new in a release, and suppress what has to be suppressed of them."""
        self.fresh = fresh
        for at in sorted(fresh):
            cell = self._cell(at)
            self.current[cell] = at
            self.lowest[cell] = min(self._value(at), self.lowest.get(cell, math.inf))
        self.areas |= {self.vintages[at].area for at in fresh & self.primary}
        while found := self._next():
            self.areas |= found
        self.suppressed |= {at for at in fresh if self.vintages[at].area in self.areas}
        while disclosed := self._disclosed_totals():
            self.suppressed -= disclosed
        self.exposed |= {self._cell(at) for at in fresh - self.suppressed}
        for (series, area), at in self.current.items():
            for number, one in enumerate(self.sums):
                rest = self._rest(series, one) if one.whole == area and at not in self.suppressed else None
                if rest is not None:
                    self.known[series, number].add(rest)

    def _next(self) -> Set[int]:
        """Return the areas that have to be suppressed next, if any."""
        middle = {one.whole for one in self.sums}
        for one in self.sums:
            between = one.parts & middle
            if between & self.areas and not between <= self.areas:
                # A total between parts and whole protects nothing by itself: the others would disclose it.
                return between - self.areas
        for parts, whole in self._shown_sums():
            suppressed = [at for at in parts if self._is_suppressed(at)]
            if not suppressed or self._is_protected(suppressed, parts, whole):
                continue
            shown = {at for at in parts if at in self.fresh} - set(suppressed)
            unseen = {at for at in shown if self._cell(at) not in self.exposed}
            if unseen and not self._exposes(suppressed):
                return self._smallest(unseen)
            if whole in self.fresh:
                return {self.vintages[whole].area}
            if shown:
                return self._smallest(shown)
        return set()

    def _disclosed_totals(self) -> set[int]:
        """Return the new totals that disclose themselves: all other parts are shown, and the rest is known as it was.

        To suppress one would only look like protection. What is small is never among them: its parts are suppressed.
        """
        found = set()
        for at in self.fresh & self.suppressed - self.primary:
            series, area = self._cell(at)
            for number, one in enumerate(self.sums):
                if one.whole == area and self._rest(series, one) in self.known[series, number]:
                    found.add(at)
        return found

    def _rest(self, series: int, one: Sum) -> frozenset[int] | None:
        """Return the suppressed vintages among the parts of a sum; None where a part has no value at all."""
        parts = [self.current.get((series, area)) for area in one.parts]
        return None if None in parts else frozenset(at for at in parts if at in self.suppressed)

    def _shown_sums(self) -> Iterator[tuple[list[int], int]]:
        """Yield the sums whose total is shown, in the series that have something new: vintages of parts and whole."""
        for series in sorted({self.vintages[at].series for at in self.fresh}):
            for one in self.sums:
                whole = self.current.get((series, one.whole))
                if whole is not None and not self._is_suppressed(whole):
                    cells = ((series, area) for area in sorted(one.parts))
                    yield [self.current[cell] for cell in cells if cell in self.current], whole

    def _is_suppressed(self, at: int) -> bool:
        return at in self.suppressed or (at in self.fresh and self.vintages[at].area in self.areas)

    def _is_protected(self, suppressed: Sequence[int], parts: Sequence[int], whole: int) -> bool:
        """Check whether what is known of the suppressed parts of a sum, their total, discloses none of them."""
        rest = self._value(whole) - sum(self._value(at) for at in set(parts) - set(suppressed))
        falls = sum(
            self._value(at) - self.lowest[self._cell(at)] for at in suppressed if self.vintages[at].value is not None
        )
        return len(suppressed) > 1 and rest - falls >= self.protected and not self._exposes(suppressed)

    def _exposes(self, suppressed: Sequence[int]) -> bool:
        """Check whether an earlier release has shown one of the cells: it may show its value by not having changed."""
        return any(self._cell(at) in self.exposed for at in suppressed)

    def _smallest(self, among: Set[int]) -> Set[int]:
        """Return the areas of the smallest value: all of them, since the order of areas would tell equals apart."""
        smallest = min(self._value(at) for at in among)
        return {self.vintages[at].area for at in among if self._value(at) == smallest}

    def _cell(self, at: int) -> _Cell:
        return self.vintages[at].series, self.vintages[at].area

    def _value(self, at: int) -> float:
        return self.vintages[at].value or 0
