"""Made-up Jobindsats tables: what API v3 would respond of them, for the demo, the tests and the benchmarks.

Belongs here: made-up tables, their figures, and writing them as responses. Does not: the shape of each configured table
(`shapes.yml`), real figures (there are none here), serving responses over HTTP, or reading them (`response`).

No random number is drawn from a sequence: a cell is computed from the hash of what it is (table, period, area, member,
measure, revision), so that one period alone has the same cells as in the whole table. How fast revisions fade depends
on how old a period is in its table, so a table with other periods has revisions of its own.
"""

from __future__ import annotations

import csv
import hashlib
import json
import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import product, repeat
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import yaml
from numpy.typing import NDArray

from jobmaal.core.layout import PROJECT
from jobmaal.jobindsats.response import AREA, PERIOD

if TYPE_CHECKING:
    from jobmaal.jobindsats.config import SeriesTable

COUNTRY = "Hele landet"
AREA_DIMENSION, MUNICIPALITIES, WHOLE_COUNTRY = "_omrade", "_nykom", "_hele_landet"
COUNT, RATE, DIFFERENCE, PLACE = "count", "rate", "difference", "place"

#: The smallest count that is shown, and the share of the cells that a revision changes.
_SMALLEST_SHOWN = 3
_REVISED_SHARE = 0.015
#: How often a changed count changes a rate of it as well, since that has one decimal only.
_SEEN_IN_RATE = 0.4
#: Persons in a municipality's workforce, of its inhabitants of working age.
_WORKFORCE = 0.75
#: Range of the inhabitants in thousands where `shapes.yml` does not list a municipality.
_INHABITANTS_ELSEWHERE = (16, 52)
#: Months in a period of each type.
_MONTHS = {"M": 1, "Q": 3, "QMAT": 3, "Y": 12}

_Numbers = NDArray[np.float64]
_Whole = NDArray[np.int64]
_Keys = NDArray[np.uint64]


@dataclass(frozen=True)
class SyntheticMeasure:
    """A measure. `kind` is count, rate, difference (the measure before it minus the one before that) or place.

    A place is the rank of the last difference, before it is rounded, among the municipalities; lowest is first. The
    group's name is needed where it has several measures; blank, it is the measure's own label.
    """

    mgroup_id: str
    label: str
    kind: str
    mgroup_name: str = ""


@dataclass(frozen=True)
class SyntheticDimension:
    """A dimension with one hierarchy: the total, and the members that make it up, evenly or by their `weights`."""

    dimension_id: str
    hierarchy_id: str
    label: str
    total: str
    members: tuple[str, ...]
    weights: tuple[float, ...] = ()


@dataclass(frozen=True)
class SyntheticTable:
    """A made-up table. `level` is the share of an area's inhabitants that it counts (pct.), `season` the yearly swing.

    A table with a difference or a place is a benchmark: its counts and rates are expected and actual in turn,
    counts printed to the nearest ten and rates with two decimals.
    """

    table_id: str
    table_name: str
    period_type: str
    period_ids: tuple[str, ...]
    areas: tuple[str, ...]
    measures: tuple[SyntheticMeasure, ...]
    dimensions: tuple[SyntheticDimension, ...] = ()
    level: float = 2.5
    season: float = 0.06

    @property
    def is_benchmark(self) -> bool:
        """Whether the table compares expected with actual figures."""
        return any(measure.kind in (DIFFERENCE, PLACE) for measure in self.measures)

    @property
    def mgroups(self) -> dict[str, str]:
        """The groups' names by id, in order."""
        names: dict[str, str] = {}
        for measure in self.measures:
            names.setdefault(measure.mgroup_id, measure.mgroup_name or measure.label)
        return names

    @property
    def measure_labels(self) -> tuple[str, ...]:
        """The measures' columns: a group's name stands before each of its measures where it has several."""
        groups, ids = self.mgroups, [measure.mgroup_id for measure in self.measures]
        return tuple(
            f"{groups[m.mgroup_id]}: {m.label}" if ids.count(m.mgroup_id) > 1 else m.label for m in self.measures
        )

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of a response."""
        return (PERIOD, AREA, *(dimension.label for dimension in self.dimensions), *self.measure_labels)


# --- responses --------------------------------------------------------------------------------------


def metadata(table: SyntheticTable, update_latest: str, update_next: str) -> dict[str, Any]:
    """Return the response of `/table/<id>`. The ids of values are text, unique in their hierarchy; 0 is the total."""
    return {
        "table_id": table.table_id,
        "table_name": table.table_name,
        "update_freq": {"M": "Månedlig", "Y": "Årlig"}.get(table.period_type, "Kvartalsvis"),
        "update_latest": update_latest,
        "update_next": update_next,
        "mgroups": [{"mgroup_id": key, "mgroup_name": name} for key, name in table.mgroups.items()],
        "periods": [
            {"periodtype_id": table.period_type, "values": [{"period_id": period} for period in table.period_ids]}
        ],
        "dimensions": [
            {"dimension_id": AREA_DIMENSION, "hierarchies": _area_hierarchies(table.areas)},
            *(
                {"dimension_id": d.dimension_id, "hierarchies": [_hierarchy(d.hierarchy_id, (d.total,), d.members)]}
                for d in table.dimensions
            ),
        ],
    }


def _area_hierarchies(areas: Sequence[str]) -> list[dict[str, Any]]:
    municipalities = [area for area in areas if area != COUNTRY]
    if COUNTRY not in areas:
        return [_hierarchy(MUNICIPALITIES, (), municipalities)]
    return [_hierarchy(MUNICIPALITIES, (COUNTRY,), municipalities), _hierarchy(WHOLE_COUNTRY, (COUNTRY,), ())]


def _hierarchy(hierarchy_id: str, total: Sequence[str], members: Sequence[str]) -> dict[str, Any]:
    levels = [[("0", name) for name in total], [(str(n), name) for n, name in enumerate(members, 1)]]
    return {
        "hierarchy_id": hierarchy_id,
        "levels": [
            {"level_id": str(number), "values": [{"value_id": key, "value_name": name} for key, name in level]}
            for number, level in enumerate(levels, 1)
            if level
        ],
    }


def response(table: SyntheticTable, revision: int, periods: Collection[str] | None = None) -> bytes:
    """Return the response of `/data/<id>` at a revision (0 is the first), for some of the periods or for all."""
    labels = list(zip(*product(table.areas, *((d.total, *d.members) for d in table.dimensions)), strict=True))
    figures = _Figures(table)
    # One period at a time, so that a response needs little more room than its own bytes.
    rows = []
    for period in table.period_ids:
        if periods is None or period in periods:
            cells = [
                repeat(period, len(labels[0])),
                *labels,
                *(column.cells() for column in figures.of(period, revision)),
            ]
            rows.append(_json(list(zip(*cells, strict=True)))[1:-1])
    return b'{"columns":' + _json(table.columns) + b',"rows":[' + b",".join(rows) + b"]}"


def _json(content: object) -> bytes:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


# --- figures ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Column:
    """A measure in one period, by area and members: the digits of its values, their decimals, and which are null."""

    values: _Whole
    decimals: int
    suppressed: NDArray[np.bool_]

    def cells(self) -> list[object]:
        """Return the cells as JSON has them."""
        values = self.values.ravel()
        cells: list[Any] = (values / 10**self.decimals if self.decimals else values).tolist()
        for place in np.flatnonzero(self.suppressed):
            cells[place] = None
        return cells


class _Figures:
    """The figures of a table, one period at a time. Arrays are by area and then by the members of each dimension."""

    def __init__(self, table: SyntheticTable) -> None:
        """Compute what is the same in all periods."""
        self._table = table
        # Another digit would give other figures.
        self._name = f"1\x1f{table.table_id}"
        municipalities = [area for area in table.areas if area != COUNTRY]
        #: Where each of the table's areas stands once the country is added behind the municipalities.
        self._order = [len(municipalities) if a == COUNTRY else municipalities.index(a) for a in table.areas]
        self._has_country = COUNTRY in table.areas
        self._areas = self._wide(np.array([self._key("area", a) for a in municipalities], dtype=np.uint64))
        self._people = self._wide(np.array([_inhabitants(a) for a in municipalities], dtype=np.float64))
        self._leaves = self._areas
        self._mean = self._people * table.level / 100 * np.exp(0.25 * _normal(self._areas, 1))
        for axis, dimension in enumerate(table.dimensions, 1):
            keys = np.array([self._key(dimension.hierarchy_id, m) for m in dimension.members], dtype=np.uint64)
            along = keys.reshape([-1 if n == axis else 1 for n in range(len(table.dimensions) + 1)])
            given = np.array(dimension.weights or [1.0] * len(dimension.members))
            weights = given.reshape(along.shape) * np.exp(0.2 * _normal(along, 2))
            self._leaves = _mix(self._leaves + along)
            self._mean = self._mean * weights / weights.sum()
        self._mean = self._mean * np.exp(0.2 * _normal(self._leaves, 3))
        self._touched, self._chance = self._revision_chances()

    def of(self, period: str, revision: int) -> list[_Column]:
        """Return the measures of a period as they stood at a revision."""
        return self._benchmark(period, revision) if self._table.is_benchmark else self._counts(period, revision)

    def _key(self, *words: object) -> int:
        text = "\x1f".join((self._name, *map(str, words)))
        return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")

    def _wide(self, by_area: NDArray[Any]) -> NDArray[Any]:
        """Return an array by area an axis for each dimension."""
        return by_area.reshape((-1, *[1] * len(self._table.dimensions)))

    # --- time ---

    def _course(self, period: str) -> _Numbers:
        """Return the factor of each area in a period: the trends of the country and of the area, and the season."""
        month = _month(period)
        turn = 2 * math.pi
        phase = turn * self._key("phase") / 2**64
        season = self._table.season if self._table.period_type in ("M", "Q") else 0.0
        everywhere = 1 + 0.15 * math.sin(turn * month / 90 + phase) + season * math.cos(turn * (month - 1) / 12)
        return everywhere + 0.08 * np.sin(turn * (month / 70 + _uniform(self._areas, 4)))

    def _revision_chances(self) -> tuple[dict[str, float], dict[str, float]]:
        """Return the chance of a period to be touched by a revision, and of an area in it: most in the last months.

        A period that is touched changes the country's figures anyway, so that the municipalities' part is what
        remains of the share that is to change.
        """
        table = self._table
        age = np.arange(len(table.period_ids))[::-1]
        touched = 0.35 + 0.65 * np.exp(-age / 6)
        shape = 0.2 + 3 * np.exp(-age / 4)
        kinds = [measure.kind for measure in table.measures]
        seen = (len(kinds) - (1 - _SEEN_IN_RATE) * kinds.count(RATE)) / max(1, len(kinds))
        target = _REVISED_SHARE / seen
        if table.is_benchmark:
            # An area that moves takes the places of others along.
            target /= 2
        rest = max(target - self._has_country * touched.mean() / len(table.areas), 0.3 * target)
        chance = np.minimum(rest / (touched * shape).mean() * shape, 0.9)
        return (
            dict(zip(table.period_ids, touched.tolist(), strict=True)),
            dict(zip(table.period_ids, chance.tolist(), strict=True)),
        )

    def _revisions(self, period: str, revision: int) -> Iterator[tuple[_Numbers, _Numbers]]:
        """Return for each revision that touches the period the direction of each area (0: unchanged), and sizes.

        The largest municipality always changes in the newest period, so that no revision is without a change.
        """
        is_always = (self._people == self._people.max()) & (period == self._table.period_ids[-1])
        for number in range(1, revision + 1):
            if self._key("touched", period, number) / 2**64 >= self._touched[period]:
                continue
            drawn = _uniform(self._areas, self._key("revised", period, number)) / self._chance[period]
            direction = np.where(drawn < 0.5, 1.0, -1.0) * ((drawn < 1) | is_always)  # noqa: PLR2004
            yield direction, np.abs(_normal(self._leaves, self._key("size", period, number)))

    # --- counts and rates ---

    def _counts(self, period: str, revision: int) -> list[_Column]:
        latent = self._latent(period, revision)
        columns: list[_Column] = []
        numbers = 0
        count = self._count(latent, period, 0)
        for measure in self._table.measures:
            if measure.kind == COUNT:
                count = self._count(latent, period, numbers)
                columns.append(_Column(count, 0, count < _SMALLEST_SHOWN))
                numbers += 1
            else:
                share = _WORKFORCE if "arbejdsstyrken" in measure.label else 1.0
                rate = np.rint(1000 * count / (share * self._all_people())).astype(np.int64)
                # A suppressed count does not suppress its rate, as the publisher has it, unless there is nobody at all.
                columns.append(_Column(rate, 1, count == 0))
        return columns

    def _latent(self, period: str, revision: int) -> _Numbers:
        """Return the persons of each municipality and member, before they are rounded."""
        mean = self._mean * self._course(period)
        noise = _normal(self._leaves, self._key("noise", period))
        latent = np.maximum(mean + noise * (0.01 * mean + 0.4 * np.sqrt(mean)), 0)
        for direction, size in self._revisions(period, revision):
            latent = _moved(latent, direction * np.maximum(1.0, 0.02 * size * mean), 0.0)
        return latent

    def _count(self, latent: _Numbers, period: str, number: int) -> _Whole:
        """Return the counts of a measure with all totals; a later measure counts a little less (full-time persons)."""
        counted = 0.96**number - 0.02 * min(number, 1) * _uniform(self._leaves, self._key("counted", number))
        leaves: NDArray[Any] = np.rint(latent * counted)
        if self._has_country:
            # Some persons live in no municipality that is known.
            inside = leaves.sum(axis=0, keepdims=True)
            share = 0.7 + 0.6 * self._key("elsewhere", period) / 2**64
            leaves = np.concatenate([leaves, inside + np.ceil(share * (8 + 0.0008 * inside))])
        values = self._with_totals(leaves)
        if self._table.dimensions:
            # A total is rounded by itself, so that it differs from the rounded parts by one now and then.
            drawn = _uniform(self._areas, self._key("rounding", period)).ravel()
            total: _Numbers = values.reshape(len(values), -1)[: len(drawn), 0]
            total += np.where(drawn < 0.1, -1, np.where(drawn > 0.9, 1, 0)) * (total > 10)  # noqa: PLR2004
        return values[self._order].astype(np.int64)

    def _with_totals(self, leaves: NDArray[Any]) -> NDArray[Any]:
        """Put the total before the members of each dimension."""
        for axis in range(1, leaves.ndim):
            leaves = np.concatenate([leaves.sum(axis=axis, keepdims=True), leaves], axis=axis)
        return leaves

    def _all_people(self) -> _Numbers:
        everyone = np.concatenate([self._people, self._people.sum(axis=0, keepdims=True)])
        people: _Numbers = everyone[self._order]
        return people

    # --- benchmarks ---

    def _benchmark(self, period: str, revision: int) -> list[_Column]:
        """Return expected and actual figures, their differences and the places.

        The expected share has two decimals exactly, so that the rounded difference is both the difference of the
        rounded shares and in the order of the unrounded one, which the places show.
        """
        expected, better = self._shares(period, revision)
        difference = np.rint(100 * better).astype(np.int64)
        people = self._all_people() / 100
        shares = [expected, expected + difference]
        counts = [_tens(people * expected / 100), _tens(people * (expected / 100 + better))]
        columns: list[_Column] = []
        shown = np.zeros(expected.shape, dtype=bool)
        for measure in self._table.measures:
            if measure.kind == COUNT:
                columns.append(_Column(counts[0], 0, shown))
                counts.reverse()
            elif measure.kind == RATE:
                columns.append(_Column(shares[0], 2, shown))
                shares.reverse()
            elif measure.kind == DIFFERENCE:
                minuend, subtrahend = columns[-1], columns[-2]
                columns.append(_Column(minuend.values - subtrahend.values, minuend.decimals, shown))
            else:
                columns.append(self._places(better))
        return columns

    def _shares(self, period: str, revision: int) -> tuple[_Whole, _Numbers]:
        """Return the expected share in hundredths of a pct., and how many pct. points the actual one is above it."""
        expected = np.maximum(np.rint(10_000 * self._mean * self._course(period) / self._people), 5)
        spread = 0.12 * np.sqrt(expected / 100) * (1 + np.sqrt(5000 / self._people))
        better = spread * (_normal(self._leaves, 6) + 0.3 * _normal(self._leaves, self._key("noise", period)))
        lowest = -0.6 * expected / 100
        better = np.maximum(better, lowest)
        for direction, size in self._revisions(period, revision):
            better = _moved(better, direction * np.maximum(0.02, 0.1 * size), lowest)
        if self._has_country:
            part = self._people / self._people.sum()
            expected = np.concatenate([expected, np.rint((expected * part).sum(axis=0, keepdims=True))])
            better = np.concatenate([better, (better * part).sum(axis=0, keepdims=True)])
        above: _Numbers = self._with_totals(better)[self._order]
        return self._with_totals(expected)[self._order].astype(np.int64), above

    def _places(self, better: _Numbers) -> _Column:
        """Rank the municipalities, lowest first; the country has no place."""
        is_country = np.array([area == COUNTRY for area in self._table.areas])
        ranked = np.where(self._wide(is_country), np.inf, better)
        places = ranked.argsort(axis=0, kind="stable").argsort(axis=0) + 1
        return _Column(places, 0, np.broadcast_to(self._wide(is_country), places.shape))


def _moved(values: _Numbers, by: _Numbers, lowest: _Numbers | float) -> _Numbers:
    """Move values; one that would fall below the lowest goes up instead, so that it changes all the same."""
    moved = values + by
    return np.where(moved < lowest, values - by, moved)


def _tens(persons: _Numbers) -> _Whole:
    """Round to tens; the few of a small municipality are ten, so that no difference lacks a part."""
    return 10 * np.maximum(np.rint(persons / 10), 1).astype(np.int64)


def _mix(keys: _Keys) -> _Keys:
    """Scatter keys over all 64 bits (the finaliser of splitmix64)."""
    keys = (keys ^ (keys >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    keys = (keys ^ (keys >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return keys ^ (keys >> np.uint64(31))


def _uniform(keys: _Keys, purpose: int) -> _Numbers:
    """Return a number from 0 to below 1 for each key and purpose."""
    bits = _mix(_mix(keys) ^ np.uint64(purpose))
    return (bits >> np.uint64(11)).astype(np.float64) * 2.0**-53


def _normal(keys: _Keys, purpose: int) -> _Numbers:
    """Return a number around 0 with deviation 1, never beyond 3.5: the sum of four even ones."""
    bits = _mix(_mix(keys) ^ np.uint64(purpose))
    lanes = np.zeros(bits.shape)
    for shift in (0, 16, 32, 48):
        lanes += ((bits >> np.uint64(shift)) & np.uint64(0xFFFF)).astype(np.float64)
    return (lanes / 2**16 - 2) * math.sqrt(3)


def _inhabitants(area: str) -> float:
    """Return an area's inhabitants of working age; made up where it is not listed, the same in all tables."""
    low, high = _INHABITANTS_ELSEWHERE
    drawn = int.from_bytes(hashlib.blake2b(area.encode(), digest_size=4).digest(), "little") / 2**32
    people: float = 1000 * _shapes()["inhabitants"].get(area, round(low * math.pow(high / low, drawn), 1))
    return people


def _month(period: str) -> int:
    """Return the last month of a period, counted from the year 0."""
    year, kind, number = int(period[:4]), period[4:-2], int(period[-2:])
    return 12 * year + number * _MONTHS[kind]


# --- the tables of the configuration ------------------------------------------------------------------


@cache
def _shapes() -> dict[str, Any]:
    """Return what is particular to the tables that are known."""
    found: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("shapes.yml").read_text(encoding="utf-8"))
    return found


def shipped_tables(tables: Mapping[str, SeriesTable], last_month: str, years: int = 10) -> list[SyntheticTable]:
    """Return a made-up version of each configured table, with periods that end no later than `last_month` (2026M10).

    Dimensions are those of the hierarchies that the configuration names, areas those of the project's own areas.csv.
    A table whose periods all lie elsewhere is left out.
    """
    areas = _areas()
    made = (_shipped(table, areas, last_month, years) for table in tables.values())
    return [table for table in made if table.period_ids]


def _shipped(table: SeriesTable, areas: Iterable[str], last_month: str, years: int) -> SyntheticTable:
    shape: dict[str, Any] = {"season": 0.06, "has_country": True, "first": "", "last": "9999"}
    shape |= _shapes()["tables"].get(table.table_id, _shapes()["tables"]["unknown"])
    periods = period_ids(table.period_type, last_month, years)
    return SyntheticTable(
        table_id=table.table_id,
        table_name=table.table_name,
        period_type=table.period_type,
        period_ids=tuple(period for period in periods if shape["first"] <= period <= shape["last"]),
        areas=tuple(area for area in areas if shape["has_country"] or area != COUNTRY),
        measures=_measures(shape["measures"], table.measures),
        dimensions=tuple(_dimension(hierarchy) for hierarchy, _ in table.hierarchies),
        level=shape["level"],
        season=shape["season"],
    )


def _measures(name: str, requested: str) -> tuple[SyntheticMeasure, ...]:
    """Return a set of measures under the groups that the configuration requests (`a=1;b=1`), with those it lacks."""
    measures = [SyntheticMeasure(*measure) for measure in _shapes()["measures"][name]]
    configured = [part.partition("=")[0].strip() for part in requested.split(";") if "=" in part]
    own = list(dict.fromkeys(measure.mgroup_id for measure in measures))
    names = dict(zip(own, configured, strict=False))
    added = (SyntheticMeasure(group, f"Antal ({group})", COUNT) for group in configured[len(own) :])
    return (*(replace(m, mgroup_id=names.get(m.mgroup_id, m.mgroup_id)) for m in measures), *added)


def _dimension(hierarchy_id: str) -> SyntheticDimension:
    """Return the dimension of a hierarchy, made up where the hierarchy is not known."""
    for known in _shapes()["dimensions"]:
        if known["hierarchy_id"] == hierarchy_id:
            members = known["members"]
            return SyntheticDimension(**known | {"members": tuple(members), "weights": tuple(members.values())})
    name = hierarchy_id.strip("_").capitalize()
    return SyntheticDimension(f"{hierarchy_id}_dim", hierarchy_id, name, f"{name} i alt", (f"{name} A", f"{name} B"))


def period_ids(period_type: str, last_month: str, years: int) -> tuple[str, ...]:
    """Return the ids of the periods of a number of years, the last of which ends in `last_month` or before it."""
    length = _MONTHS[period_type]
    newest, in_year = _month(last_month) // length, 12 // length
    numbers = range(newest - years * in_year, newest)
    return tuple(f"{n // in_year}{period_type}{n % in_year + 1:02d}" for n in numbers)


def _areas() -> tuple[str, ...]:
    with (PROJECT / "seeds" / "shared" / "areas.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    return tuple(sorted(r["area_name"] for r in rows if r["area_type"] in ("municipality", "country")))
