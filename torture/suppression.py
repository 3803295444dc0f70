"""Attacking the suppression of small counts, in made-up countries whose sums link areas, benefits, tables and periods.

Belongs here: making countries up, and computing what their published values disclose. Does not: the rule
(`jobmaal.disclosure.rule`). Run it with `python -m torture.suppression`; it writes `torture/results/suppression.json`.

The attacker has the published values of every release, knows which cells are suppressed, which of them have changed
between two releases, and that counts are whole and not negative; and bounds every suppressed value by linear
programming, as `attack` of R's sdcTable does.
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
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jobmaal.disclosure.rule import Sum, Vintage, hidden

LIMIT = 5
_RESULT = Path(__file__).parent / "results" / "suppression.json"
#: The publisher suppresses counts below it.
_PUBLISHER_LIMIT = 3
#: Room for what the solver rounds.
_NOISE = 1e-6
#: How HiGHS, by way of SciPy, reports that a value has no bound.
_UNBOUNDED = 3

#: The values of one release, by series and area.
State = Mapping[tuple[int, int], int]


@dataclass(frozen=True)
class Country:
    """A made-up country: `links` are series of which the first is the sum of the others, in every area."""

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


@dataclass
class Disclosed:
    """What attacks found: the cells that they bounded, and the bounds of those that were disclosed."""

    countries: int = 0
    cells: int = 0
    small: int = 0
    values: int = 0
    determined: list[str] = field(default_factory=list)
    #: Totals of many persons that what is shown implies; they count nobody small.
    implied: list[str] = field(default_factory=list)
    confined: list[str] = field(default_factory=list)

    def add(self, other: Disclosed) -> None:
        """Add what another attack found."""
        self.countries += other.countries
        self.cells += other.cells
        self.small += other.small
        self.values += other.values
        self.determined += other.determined
        self.implied += other.implied
        self.confined += other.confined


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
    links, bases = _links(rng.randint(1, 3), rng.randint(1, 2))
    richness = {area: rng.choice([4, 12, 60, 400]) for area in municipalities}
    first = {(series, area): _count(rng, richness[area]) for series in bases for area in municipalities}
    states = [first]
    for _ in range(rng.randint(0, 2)):
        changed = rng.sample(sorted(first), rng.randint(1, min(4, len(first))))
        states.append({**states[-1], **{cell: _count(rng, richness[cell[1]]) for cell in changed}})
    cells = [(series, area) for series in bases for area in municipalities]
    nulls = frozenset(rng.sample(cells, len(cells) // 2)) if rng.random() < 1 / 3 else frozenset()
    return Country(sums, links, [_with_totals(state, sums, links) for state in states], nulls)


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


def attack(country: Country, suppressed: set[int] | None = None, name: str = "") -> Disclosed:
    """Bound every suppressed value; by default, of what the rule suppresses."""
    import numpy as np  # noqa: PLC0415
    from scipy.optimize import linprog  # type: ignore[import-untyped]  # noqa: PLC0415
    from scipy.sparse import csr_matrix  # type: ignore[import-untyped]  # noqa: PLC0415

    vintages, current, true = country.vintages()
    if suppressed is None:
        suppressed = hidden(vintages, country.sums, LIMIT)
    unknown = {at: column for column, at in enumerate(sorted(suppressed))}
    found = Disclosed(countries=1, values=len(vintages), cells=len(unknown))
    rows: dict[tuple[tuple[int, int], ...], int] = {}
    for equation in _equations(country, current):
        terms = {unknown[at]: sign for at, sign in equation if at in unknown}
        if terms:
            known = -sum(sign * true[at] for at, sign in equation if at not in unknown)
            rows[tuple(sorted(terms.items()))] = known
    system = np.zeros((len(rows), len(unknown)))
    for number, signs in enumerate(rows):
        for column, sign in signs:
            system[number, column] = sign
    right = np.array(list(rows.values()), dtype=float)
    constraints: dict[str, Any] = {"A_eq": csr_matrix(system), "b_eq": right} if rows else {}

    def solution(column: int, sign: int) -> tuple[float, Any]:
        cost = np.zeros(len(unknown))
        cost[column] = sign
        solved = linprog(cost, **constraints, bounds=(0, None), method="highs")
        if solved.status == _UNBOUNDED:
            return sign * -math.inf, None
        assert solved.status == 0, solved.message
        return sign * solved.fun, solved.x

    # The true values are a solution too; every solution bounds every cell from within.
    lowest = np.array([true[at] for at in unknown], dtype=float)
    highest = lowest.copy()
    for at, column in unknown.items():
        is_small = true[at] < LIMIT
        found.small += is_small
        for sign, bounds in ((-1, highest), (1, lowest)):
            lower, upper = _whole(lowest[column], highest[column])
            if lower < upper and not (is_small and upper < LIMIT):
                break
            bounds[column], values = solution(column, sign)
            if values is not None:
                lowest, highest = np.minimum(lowest, values), np.maximum(highest, values)
        lower, upper = _whole(lowest[column], highest[column])
        where = f"{name} {vintages[at]} (true: {true[at]}) is in [{lower}, {upper}]"
        if lower == upper:
            is_large_total = true[at] >= 2 * LIMIT and vintages[at].area in {one.whole for one in country.sums}
            (found.implied if is_large_total else found.determined).append(where)
        if is_small and upper < LIMIT:
            found.confined.append(where)
    return found


def _whole(lowest: float, highest: float) -> tuple[float, float]:
    """Return the smallest and the largest whole number between two bounds."""
    return math.ceil(lowest - _NOISE), highest if math.isinf(highest) else math.floor(highest + _NOISE)


def _equations(country: Country, current: Sequence[Mapping[tuple[int, int], int]]) -> Iterator[list[tuple[int, int]]]:
    """Yield every sum of every release, as vintages with their signs; they add up to zero."""
    for now in current:
        series_numbers, areas = ({cell[at] for cell in now} for at in (0, 1))
        for series in series_numbers:
            for one in country.sums:
                yield [(now[series, one.whole], -1), *((now[series, area], 1) for area in one.parts)]
        for whole, parts in country.links:
            for area in areas:
                yield [(now[whole, area], -1), *((now[part, area], 1) for part in parts)]


def attacked(seed: int) -> Disclosed:
    """Make a country up and attack it."""
    return attack(made_up(seed), name=f"country {seed}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Attack as many countries as asked for, write the result, and end with 1 where anything was disclosed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--countries", type=int, default=10_000)
    parser.add_argument("--first", type=int, default=0, help="seed of the first country")
    parser.add_argument("--processes", type=int, default=None)
    options = parser.parse_args(arguments)
    started, total = time.monotonic(), Disclosed()
    with multiprocessing.Pool(options.processes) as pool:
        seeds = range(options.first, options.first + options.countries)
        for found in pool.imap_unordered(attacked, seeds, chunksize=20):
            total.add(found)
    result = {
        "limit": LIMIT,
        "first_seed": options.first,
        "countries": total.countries,
        "values": total.values,
        "suppressed_values": total.cells,
        "small_values": total.small,
        "determined": sorted(total.determined),
        "totals_implied": sorted(total.implied),
        "confined_below_the_limit": sorted(total.confined),
        "seconds": round(time.monotonic() - started),
    }
    _RESULT.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    sys.stdout.write(json.dumps({key: len(v) if isinstance(v, list) else v for key, v in result.items()}) + "\n")
    return 1 if total.determined or total.confined else 0


if __name__ == "__main__":
    sys.exit(main())
