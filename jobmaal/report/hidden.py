"""Which values are hidden from wider circles: small counts of persons, and what would give them away.

Belongs here: the rule, on values and the sums that they are parts of. Does not: where values come from (`benchmark`).

A count of persons under the limit is hidden; so is what the publisher hides. A sum whose parts are shown but for one
gives that one away, so a second value is hidden with it, and more of them until what is hidden adds up to the limit.

Releases stay readable beside each other, so the decision is made once for each *vintage* (a value and the time for
which it stood), in the order in which they came, and never taken back: a value that was shown cannot be hidden by a
later release, and one that was hidden is not shown by it. What has to be hidden in addition is therefore taken from the
values that are new at that time, the total among them, as long as there are any.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

from jobmaal.errors import JobmaalError

LIMIT_VARIABLE, LIMIT = "JOBMAAL_HIDE_BELOW", 5


@dataclass(frozen=True)
class Vintage:
    """A value of an area from a time on; None is a value that the publisher hides."""

    area: int
    since: dt.datetime
    value: float | None


@dataclass(frozen=True)
class Sum:
    """Areas that add up to another."""

    whole: int
    parts: Set[int]


def limit() -> int:
    """Give the number from which counts of persons are shown. Raises JobmaalError where the variable is no number."""
    text = os.environ.get(LIMIT_VARIABLE) or str(LIMIT)
    if not text.isascii() or not text.isdigit():
        raise JobmaalError(f"{LIMIT_VARIABLE} is to be a whole number such as {LIMIT}; it is '{text}'.")
    return int(text)


def hidden(vintages: Sequence[Vintage], sums: Sequence[Sum], below: int) -> set[int]:
    """Give the positions of the vintages of one series and period that are hidden, now and for ever."""
    found = {at for at, vintage in enumerate(vintages) if vintage.value is None or vintage.value < below}
    if not found:
        return found
    current: dict[int, int] = {}
    small = frozenset(found)
    found.clear()
    # The narrowest sum first: what protects it often protects the wider ones too.
    narrow_first = sorted(sums, key=lambda one: len(one.parts))
    for since in sorted({vintage.since for vintage in vintages}):
        fresh = {at for at, vintage in enumerate(vintages) if vintage.since == since}
        current |= {vintages[at].area: at for at in fresh}
        found |= fresh & small
        state = _State(vintages, current, found, fresh, below)
        while (more := next(filter(None, map(state.needed, narrow_first)), None)) is not None:
            found.add(more[0])
    return found


@dataclass(frozen=True)
class _State:
    """How things stand at a time: the vintage of each area, those that are hidden, and those that are new."""

    vintages: Sequence[Vintage]
    current: Mapping[int, int]
    found: Set[int]
    fresh: Set[int]
    below: int

    def needed(self, one: Sum) -> tuple[int] | None:
        """Give what has to be hidden next, where a sum gives something away."""
        parts = [self.current[area] for area in sorted(one.parts) if area in self.current]
        whole = self.current.get(one.whole)
        if whole is None or not self._gives_away(parts, whole):
            return None
        shown = [at for at in (*parts, whole) if at not in self.found]
        # The smallest part loses least, and the total only where no part can help; values that earlier releases show do
        # not help.
        best = min(shown, key=lambda at: (at not in self.fresh, at == whole, self._value(at)), default=None)
        return None if best is None else (best,)

    def _gives_away(self, parts: Sequence[int], whole: int) -> bool:
        closed = self.found & {*parts, whole}
        if not closed or (whole in closed and len(closed) > 1):
            return False
        rest = self._value(whole) - sum(self._value(at) for at in parts if at not in closed)
        return len(closed) == 1 or rest < self.below

    def _value(self, at: int) -> float:
        return self.vintages[at].value or 0
