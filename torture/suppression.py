"""Attacking the suppression of small counts, in made-up countries whose sums link areas, benefits, tables and periods.

Belongs here: making countries up, what public outputs show of them, and computing what that discloses. Does not: the
rule (`jobmaal.outputs.suppression.rule`). Run it with `python -m torture.suppression`; it writes
`torture/results/suppression.json`.

The attacker has the public outputs of every release and knows that counts are whole and not negative. Two attacks:

- *bounds*: every suppressed value is bounded by linear programming, as `attack` of R's sdcTable does. Here the attacker
  even knows which suppressed values changed between two releases.
- *twins*: the attacker knows the code, and leaves out every country that would have been published otherwise. No
  attacker of the public outputs can do better. A small count is safe where a twin is found: a country with the same
  public outputs, in which the count is not small.
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
import multiprocessing
import random
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, fields, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, linprog, milp  # type: ignore[import-untyped]
from scipy.sparse import bmat, csr_matrix, eye  # type: ignore[import-untyped]

from jobmaal.outputs.suppression.rule import Sum, Vintage, suppressed_positions

LIMIT = 5
_RESULT = Path(__file__).parent / "results" / "suppression.json"
#: The publisher suppresses counts below it.
_PUBLISHER_LIMIT = 3
#: Room for what the solver rounds.
_NOISE = 1e-6
#: How HiGHS, by way of SciPy, reports that a value has no bound.
_UNBOUNDED = 3
#: Maximum number of tries at a twin, each with another distance to the true country. Nearly all need one.
_TRIES = 2_000
#: Ways of looking for one, and the number of tries that leave nothing to chance: see `Twins`.
_WAYS, _ORDERLY = 4, 4

#: The values of one release, by series and area.
State = Mapping[tuple[int, int], int]
#: What decides on suppression: the vintages, the sums, the limit; it returns the positions of the suppressed.
Rule = Callable[[Sequence[Vintage], Sequence[Sum], int], Set[int]]


@dataclass(frozen=True)
class Country:
    """A made-up country: `links` are series of which the first is the sum of the others, in every area.

    The series come by benefit and then by period, of which there are `periods`; where there are several, the last one
    is the sum of the others.
    """

    periods: int
    sums: Sequence[Sum]
    links: Sequence[tuple[int, Sequence[int]]]
    states: Sequence[State]
    suppressed_by_publisher: frozenset[tuple[int, int]]

    def vintages(self) -> tuple[list[Vintage], list[dict[tuple[int, int], int]], list[int]]:
        """Return the vintages, which of them each release has by cell, and their true values."""
        found: list[Vintage] = []
        true: list[int] = []
        current: list[dict[tuple[int, int], int]] = []
        for number, state in enumerate(self.states):
            now = dict(current[-1]) if current else {}
            for cell, value in sorted(state.items()):
                if cell not in now or true[now[cell]] != value:
                    now[cell] = len(found)
                    is_null = cell in self.suppressed_by_publisher and value < _PUBLISHER_LIMIT
                    found.append(Vintage(cell[1], number, None if is_null else value, cell[0]))
                    true.append(value)
            current.append(now)
        return found, current, true

    def public(self, rule: Rule) -> list[dict[tuple[int, int], float | None]]:
        """Return what the public outputs of each release have of every cell: its value, or None where suppressed."""
        found, current, _ = self.vintages()
        suppressed = rule(found, self.sums, LIMIT)
        return [{cell: None if at in suppressed else found[at].value for cell, at in now.items()} for now in current]


@dataclass
class Disclosed:
    """What attacks found: the values that they bounded, and the bounds of those that were disclosed."""

    countries: int = 0
    values: int = 0
    suppressed: int = 0
    small: int = 0
    determined: list[str] = field(default_factory=list)
    #: Totals of many persons that what is shown implies; they count nobody small.
    implied: list[str] = field(default_factory=list)
    confined: list[str] = field(default_factory=list)
    #: Small counts of a release for which a twin was found; and for which none was.
    twinned: int = 0
    without_twin: list[str] = field(default_factory=list)

    def add(self, other: Disclosed) -> None:
        """Add what another attack found."""
        for one in fields(self):
            setattr(self, one.name, getattr(self, one.name) + getattr(other, one.name))

    @property
    def is_nothing(self) -> bool:
        """Whether no count was disclosed."""
        return not (self.determined or self.confined or self.without_twin)


def made_up(seed: int) -> Country:
    """Return a country: up to three regions, one to three benefits, one or two months, up to three releases."""
    rng = random.Random(seed)
    regions = rng.choice([0, 2, 3])
    sizes = [rng.randint(2, 5) for _ in range(regions)] or [rng.randint(3, 8)]
    numbers = itertools.count(1 + regions)
    members = [[next(numbers) for _ in range(size)] for size in sizes]
    municipalities = [area for region in members for area in region]
    sums = [Sum(0, frozenset(municipalities))]
    if regions:
        sums += [Sum(0, frozenset(range(1, regions + 1)))]
        sums += [Sum(1 + at, frozenset(parts)) for at, parts in enumerate(members)]
    benefits, months = rng.randint(1, 3), rng.randint(1, 2)
    links, bases = _links(benefits, months)
    richness = {area: rng.choice([4, 12, 60, 400]) for area in municipalities}
    first = {(series, area): _count(rng, richness[area]) for series in bases for area in municipalities}
    states = [first]
    for _ in range(rng.randint(0, 2)):
        changed = rng.sample(sorted(first), rng.randint(1, min(4, len(first))))
        states.append({**states[-1], **{cell: _count(rng, richness[cell[1]]) for cell in changed}})
    cells = [(series, area) for series in bases for area in municipalities]
    nulls = frozenset(rng.sample(cells, len(cells) // 2)) if rng.random() < 1 / 3 else frozenset()
    periods = months + 1 if months > 1 else 1
    return Country(periods, sums, links, [_with_totals(state, sums, links) for state in states], nulls)


def _links(benefits: int, months: int) -> tuple[list[tuple[int, list[int]]], list[int]]:
    """Return the links between series, and the series that are no sums: benefits in months, their sums over both."""
    wide, long = (benefits + 1 if benefits > 1 else 1), (months + 1 if months > 1 else 1)
    at = {pair: number for number, pair in enumerate(itertools.product(range(wide), range(long)))}
    links = [(at[benefits, month], [at[one, month] for one in range(benefits)]) for month in range(long) if wide > 1]
    links += [(at[one, months], [at[one, month] for month in range(months)]) for one in range(wide) if long > 1]
    return links, [at[one, month] for one in range(benefits) for month in range(months)]


def _count(rng: random.Random, richness: int) -> int:
    return rng.randint(0, 8) if rng.random() < 1 / 4 else rng.randint(0, richness)


def _with_totals(
    state: State, sums: Sequence[Sum], links: Sequence[tuple[int, Sequence[int]]]
) -> dict[tuple[int, int], int]:
    found = dict(state)
    areas = sorted({area for _, area in state})
    # Benefits first, then periods: the sum of both is reached in either way.
    for whole, parts in links:
        if all((part, areas[0]) in found for part in parts):
            found |= {(whole, area): sum(found[part, area] for part in parts) for area in areas}
    for series in sorted({series for series, _ in found}):
        # The narrow ones first.
        for one in sorted(sums, key=lambda one: len(one.parts)):
            parts = [area for area in one.parts if (series, area) in found]
            if len(parts) == len(one.parts):
                found[series, one.whole] = sum(found[series, area] for area in parts)
    return found


class _Unknown:
    """Suppressed values as columns of equations: what is left of every sum once the shown values are subtracted."""

    def __init__(self, true: Mapping[Any, int], suppressed: Set[Any], equations: Iterable[Sequence[tuple[Any, int]]]):
        """Take the true values by name, which of them are suppressed, and sums with signs that add up to zero."""
        self.names = sorted(suppressed)
        self.column_of = {name: column for column, name in enumerate(self.names)}
        self.values = np.array([true[name] for name in self.names], dtype=float)
        rows: dict[tuple[tuple[int, int], ...], int] = {}
        for equation in equations:
            terms = sorted((self.column_of[name], sign) for name, sign in equation if name in self.column_of)
            if terms:
                rows[tuple(terms)] = -sum(sign * true[name] for name, sign in equation if name not in self.column_of)
        self.system = np.zeros((len(rows), len(self.names)))
        for number, signs in enumerate(rows):
            for column, sign in signs:
                self.system[number, column] = sign
        self.right = np.array(list(rows.values()), dtype=float)
        self.small = [column for column, value in enumerate(self.values) if value < LIMIT]


def bounds(country: Country, rule: Rule = suppressed_positions, name: str = "") -> Disclosed:
    """Bound every suppressed vintage by linear programming."""
    vintages, current, true = country.vintages()
    equations = (
        [(now[cell], sign) for cell, sign in equation]
        for now in current
        for equation in _equations(country, now.keys())
    )
    unknown = _Unknown(dict(enumerate(true)), rule(vintages, country.sums, LIMIT), equations)
    found = Disclosed(1, len(vintages), len(unknown.names), len(unknown.small))
    rows: dict[str, Any] = {"A_eq": csr_matrix(unknown.system), "b_eq": unknown.right} if len(unknown.right) else {}
    # The true values are a solution too; every solution bounds every value from within.
    lowest, highest = unknown.values.copy(), unknown.values.copy()
    small = set(unknown.small)
    for column, at in enumerate(unknown.names):
        for sign, bounded in ((-1, highest), (1, lowest)):
            lower, upper = _whole(lowest[column], highest[column])
            if lower < upper and not (column in small and upper < LIMIT):
                break
            cost = np.zeros(len(unknown.names))
            cost[column] = sign
            solved = linprog(cost, **rows, bounds=(0, None), method="highs")
            if solved.status == _UNBOUNDED:
                bounded[column] = -sign * math.inf
                continue
            assert solved.status == 0, solved.message
            lowest, highest = np.minimum(lowest, solved.x), np.maximum(highest, solved.x)
        lower, upper = _whole(lowest[column], highest[column])
        where = f"{name} {vintages[at]} (true: {true[at]}) is in [{lower}, {upper}]"
        if lower == upper:
            is_large_total = true[at] >= 2 * LIMIT and vintages[at].area in {one.whole for one in country.sums}
            (found.implied if is_large_total else found.determined).append(where)
        if column in small and upper < LIMIT:
            found.confined.append(where)
    return found


def _whole(lowest: float, highest: float) -> tuple[float, float]:
    """Return the smallest and the largest whole number between two bounds."""
    return math.ceil(lowest - _NOISE), highest if math.isinf(highest) else math.floor(highest + _NOISE)


def _equations(country: Country, cells: Set[tuple[int, int]]) -> Iterator[list[tuple[tuple[int, int], int]]]:
    """Yield every sum of a release, as cells with signs; they add up to zero."""
    series_numbers, areas = ({cell[at] for cell in cells} for at in (0, 1))
    for series in series_numbers:
        for one in country.sums:
            yield [((series, one.whole), -1), *(((series, area), 1) for area in one.parts)]
    for whole, parts in country.links:
        for area in areas:
            yield [((whole, area), -1), *(((part, area), 1) for part in parts)]


class Twins:
    """Looks for countries with the same public outputs."""

    def __init__(self, country: Country, rule: Rule = suppressed_positions, name: str = "") -> None:
        """Take what the rule publishes of the country. An unknown is a cell in a release: (release, cell)."""
        self._country, self._rule, self._name = country, rule, name
        self._public = country.public(rule)
        self._true = {(number, cell): value for number, now in enumerate(country.states) for cell, value in now.items()}
        suppressed = {
            (number, cell) for number, now in enumerate(self._public) for cell, value in now.items() if value is None
        }
        equations = (
            [((number, cell), sign) for cell, sign in equation]
            for number, now in enumerate(country.states)
            for equation in _equations(country, now.keys())
        )
        self._unknown = _Unknown(self._true, suppressed, equations)
        sums = {one.whole for one in country.sums}, {whole for whole, _ in country.links}
        #: What did not change is likely to be the same in a twin's releases too.
        one = np.eye(len(suppressed))
        self._steady = np.array(
            [one[column] - one[self._unknown.column_of[number - 1, cell]]
             for column, (number, cell) in enumerate(self._unknown.names)
             if (number - 1, cell) in suppressed and self._true[number - 1, cell] == self._true[number, cell]]
        ).reshape(-1, len(suppressed))  # fmt: skip
        self._is_sum = np.array([area in sums[0] or series in sums[1] for _, (series, area) in self._unknown.names])

    def search(self) -> Disclosed:
        """Look for a twin of each small count, in which it is not small."""
        rng = random.Random(0)
        left = set(self._unknown.small)
        for column in self._unknown.small:
            for attempt in range(_TRIES):
                if column not in left:
                    break
                values = self._near(column, attempt, rng)
                if values is not None and self._is_twin(values):
                    left -= {one for one in left if values[one] >= LIMIT}
        twinned = len(self._unknown.small) - len(left)
        return Disclosed(twinned=twinned, without_twin=[self._where(column) for column in sorted(left)])

    def _near(self, column: int, attempt: int, rng: random.Random) -> np.ndarray | None:
        """Return a solution near the true country in which a count is not small, if there is one.

        What was primary is likely to be so in a twin as well, and what is complementary to be no larger; later attempts
        give that up, weigh the distances by chance, or make the count as large as another.
        """
        values, size = self._unknown.values, len(self._unknown.names)
        is_primary, unlimited = values < 2 * LIMIT, np.full(size, np.inf)
        way = attempt // 2 if attempt < _ORDERLY else rng.randrange(_WAYS)
        most = (
            np.where(is_primary, 2 * LIMIT - 1, np.where(self._is_sum, unlimited, values)),
            unlimited,
            np.where(self._is_sum, unlimited, np.where(is_primary, 2 * LIMIT - 1, values + LIMIT)),
            np.where(self._is_sum, unlimited, 2 * np.maximum(values, 6 * LIMIT)),
        )[way]
        distance, drift = np.ones(size), np.zeros(size)
        least = np.zeros(size)
        least[column] = LIMIT
        if attempt >= _ORDERLY:
            distance = np.array(rng.choices((0.2, 1, 1, 3, 10), k=size))
            others = [value for value in values if value >= LIMIT] if attempt & 2 else []
            least[column] = rng.choice([*others, *range(LIMIT, 2 * LIMIT)])
        if way == _WAYS - 1:
            drift = np.array(rng.choices((-1, 0, 0, 1) if attempt % 2 else (0, 1, 1), k=size)) / 0.3
        one = eye(size)
        constraints = [LinearConstraint(bmat([[one, -one], [-one, -one]]), -np.inf, np.concatenate([values, -values]))]
        system, right = self._unknown.system, self._unknown.right
        if attempt % 2 == 0:
            system, right = np.vstack([system, self._steady]), np.concatenate([right, np.zeros(len(self._steady))])
        if len(right):
            constraints.append(LinearConstraint(csr_matrix(np.hstack([system, np.zeros_like(system)])), right, right))
        solved = milp(
            np.concatenate([drift, distance]),
            constraints=constraints,
            integrality=np.concatenate([np.ones(size), np.zeros(size)]),
            bounds=Bounds(np.concatenate([least, np.zeros(size)]), np.concatenate([most, unlimited])),
            options={"time_limit": 5},
        )
        return None if solved.x is None else np.round(solved.x[:size])

    def _is_twin(self, values: np.ndarray) -> bool:
        """Check whether a country with other values has the same public outputs."""
        column_of = self._unknown.column_of
        states = [
            {cell: int(values[column_of[number, cell]]) if (number, cell) in column_of else value
             for cell, value in now.items()}
            for number, now in enumerate(self._country.states)
        ]  # fmt: skip
        return replace(self._country, states=states).public(self._rule) == self._public

    def _where(self, column: int) -> str:
        number, (series, area) = self._unknown.names[column]
        return f"{self._name} release {number}, series {series}, area {area} (true: {self._unknown.values[column]:.0f})"


def attacked(seed: int, *, has_twins: bool = True) -> Disclosed:
    """Make a country up and attack it, in both ways where its twins are wanted too."""
    country, name = made_up(seed), f"country {seed}"
    found = bounds(country, suppressed_positions, name)
    if has_twins:
        found.add(Twins(country, suppressed_positions, name).search())
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Attack the requested number of countries, write the result, and end with 1 where anything was disclosed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--countries", type=int, default=10_000)
    parser.add_argument("--first", type=int, default=0, help="seed of the first country")
    parser.add_argument("--twins", type=int, default=1_500, help="number of countries of which twins are looked for")
    parser.add_argument("--processes", type=int, default=None)
    options = parser.parse_args(arguments)
    started, total = time.monotonic(), Disclosed()
    with multiprocessing.Pool(options.processes) as pool:
        seeds = range(options.first, options.first + options.countries)
        for wanted, has_twins in ((seeds[: options.twins], True), (seeds[options.twins :], False)):
            for found in pool.imap_unordered(partial(attacked, has_twins=has_twins), wanted, chunksize=20):
                total.add(found)
    result = {
        "limit": LIMIT,
        "first_seed": options.first,
        "countries": total.countries,
        "values": total.values,
        "suppressed_values": total.suppressed,
        "small_values": total.small,
        "countries_with_twins": min(options.twins, total.countries),
        "small_counts_with_twins": total.twinned,
        "determined": sorted(total.determined),
        "totals_implied": sorted(total.implied),
        "confined_below_the_limit": sorted(total.confined),
        "small_counts_without_twin": sorted(total.without_twin),
        "seconds": round(time.monotonic() - started),
    }
    _RESULT.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    sys.stdout.write(json.dumps({key: len(v) if isinstance(v, list) else v for key, v in result.items()}) + "\n")
    return 0 if total.is_nothing else 1


if __name__ == "__main__":
    sys.exit(main())
