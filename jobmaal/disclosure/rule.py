"""Which values are hidden from wider circles: small counts of persons, and what would give them away.

Belongs here: the rule, on values and the sums that they are parts of. Does not: where values come from (`series`).

A count of persons under the limit is hidden; so is what the publisher hides. A sum whose parts are shown but for one
gives that one away, so a second value is hidden with it, and more of them until what is hidden adds up to the limit.

Releases stay readable beside each other, and the difference of two sums tells as much as a sum. So the decision is made
once for each *vintage* (a value and the time for which it stood), in the order in which they came, and against all sums
up to then at once, as linear equations: no small value may follow from them. What has to be hidden in addition is taken
from the values that are new at that time, the total among them, since what an earlier release shows cannot be taken
back; where nothing is new, the page at least does not tell by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, field

#: How a unit ends that counts persons: personer, fuldtidspersoner, helårspersoner.
PERSONS = "personer"
#: Below it, a number that a calculation gives is nought.
_NOISE = 1e-9


@dataclass(frozen=True)
class Vintage:
    """A value of an area from a time on (by any clock); None is a value that the publisher hides."""

    area: int
    since: int
    value: float | None


@dataclass(frozen=True)
class Sum:
    """Areas that add up to another."""

    whole: int
    parts: Set[int]


def counts_persons(unit: str | None) -> bool:
    """Say whether a unit counts persons."""
    return (unit or "").endswith(PERSONS)


def hidden(vintages: Sequence[Vintage], sums: Sequence[Sum], below: int) -> set[int]:
    """Give the positions of the vintages of one series and period that are hidden, now and for ever."""
    small = {at for at, vintage in enumerate(vintages) if vintage.value is None or vintage.value < below}
    if not small:
        return small
    guard = _Guard(vintages, sorted(sums, key=lambda one: len(one.parts)), small, below)
    for since in sorted({vintage.since for vintage in vintages}):
        guard.release({at for at, vintage in enumerate(vintages) if vintage.since == since})
    return guard.closed


@dataclass
class _Guard:
    """Follows the releases one by one; `sums` narrowest first, since what protects one often protects the wider too.

    `closed` is hidden, `equations` are all sums so far with what was not shown in them, as its signs.
    """

    vintages: Sequence[Vintage]
    sums: Sequence[Sum]
    small: Set[int]
    below: int
    closed: set[int] = field(default_factory=set)
    current: dict[int, int] = field(default_factory=dict)
    fresh: Set[int] = frozenset()
    was_shown: set[int] = field(default_factory=set)
    equations: list[dict[int, int]] = field(default_factory=list)

    def release(self, fresh: Set[int]) -> None:
        """Take the values that are new in a release, and hide what has to be hidden of it."""
        self.fresh = fresh
        self.current |= {self.vintages[at].area: at for at in fresh}
        self.closed |= fresh & self.small
        while (more := self._more()) is not None:
            self.closed.add(more)
        self.equations += self._equations_now()
        self.was_shown |= set(self.current.values()) - self.closed

    def _more(self) -> int | None:
        """Give what has to be hidden next, if anything."""
        told = self._told()
        for places, whole in self._sums_now():
            closed = self.closed & {*places, whole}
            if not closed or not (closed & told or self._rest(places, whole) < self.below):
                continue
            shown = {*places, whole} - self.closed
            if shown & self.fresh:
                return self._least(shown & self.fresh, whole)
            if shown and len(closed) == 1:
                # Every other value is shown by earlier releases. Without one of them the page does not tell by itself.
                return self._least(shown, whole)
        # Told by a difference between releases: whatever is new and shown in a sum with something hidden may mend it.
        touched = {
            at for places, whole in self._sums_now() if self.closed & {*places, whole} for at in (*places, whole)
        }
        mending = (touched & self.fresh) - self.closed
        return self._least(mending, None) if told and mending else None

    def _least(self, among: Set[int], whole: int | None) -> int:
        """Give the smallest value, the total last; of equals always the same one, whatever else there is."""
        return min(among, key=lambda at: (at == whole, self._value(at), self.vintages[at].area))

    def _sums_now(self) -> Iterator[tuple[list[int], int]]:
        for one in self.sums:
            if one.whole in self.current:
                yield (
                    [self.current[area] for area in sorted(one.parts) if area in self.current],
                    self.current[one.whole],
                )

    def _equations_now(self) -> list[dict[int, int]]:
        unknown = self.closed - self.was_shown
        return [
            {at: -1 if at == whole else 1 for at in (*places, whole) if at in unknown}
            for places, whole in self._sums_now()
        ]

    def _told(self) -> set[int]:
        """Give the small values that follow from all sums so far."""
        import numpy as np  # noqa: PLC0415 - only a release with small counts needs it

        equations = [one for one in (*self.equations, *self._equations_now()) if one]
        unknown = sorted({at for one in equations for at in one})
        if not unknown:
            return set()
        system = np.zeros((len(equations), len(unknown)))
        place = {at: column for column, at in enumerate(unknown)}
        for row, one in enumerate(equations):
            for at, sign in one.items():
                system[row, place[at]] = sign
        _, sizes, directions = np.linalg.svd(system)
        # What can still vary: a value that none of these directions moves is known.
        free = directions[int((sizes > _NOISE).sum()) :]
        return {at for at in unknown if at in self.small and not (abs(free[:, place[at]]) > _NOISE).any()}

    def _rest(self, places: Sequence[int], whole: int) -> float:
        """Give what the hidden values of a sum are known to add up to; no bound where the total is hidden too."""
        if whole in self.closed:
            return float("inf")
        return self._value(whole) - sum(self._value(at) for at in places if at not in self.closed)

    def _value(self, at: int) -> float:
        return self.vintages[at].value or 0
