"""Made-up Jobindsats tables: what API v3 would say of them, for the demo, the tests and the benchmarks.

Belongs here: the shape of made-up tables, their figures, and writing them as replies. Does not: real figures (there
are none here), serving replies over HTTP, or reading them (`reply`).

Nothing is drawn in sequence: a cell is computed from the hash of what it is (seed, table, period, area, member,
measure, revision), so that a part of a table that is asked for by itself has the same cells as the whole. How fast
revisions fade depends on how old a period is in its table, so a table with other periods has revisions of its own.
Labels and ids are the API's where they are known, and likely ones elsewhere.
"""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import json
import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product, repeat
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
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
#: Inhabitants of working age in thousands, roughly: enough for plausible sizes. The rest are between the two last.
_INHABITANTS = {
    "København": 475, "Aarhus": 255, "Aalborg": 150, "Odense": 140, "Vejle": 77, "Esbjerg": 74, "Frederiksberg": 73,
    "Randers": 63, "Silkeborg": 62, "Horsens": 62, "Viborg": 61, "Kolding": 60, "Roskilde": 58, "Herning": 57,
    "Langeland": 6.6, "Ærø": 3.2, "Samsø": 1.9, "Fanø": 1.8, "Læsø": 0.9,
}  # fmt: skip
_INHABITANTS_ELSEWHERE = (16, 52)

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
    """A made-up table. `level` is how many pct. of an area's inhabitants it counts, `season` the swing of a year.

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
    seed: int = 1
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
        """The columns of a reply that shows all."""
        return (PERIOD, AREA, *(dimension.label for dimension in self.dimensions), *self.measure_labels)


# --- what the API says of a table -------------------------------------------------------------------


def metadata(table: SyntheticTable, update_latest: str, update_next: str) -> dict[str, Any]:
    """Return what `/table/<id>` says. The ids of values are text, unique in their hierarchy; 0 is the total."""
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


def calendar(tables: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return what `/tables` says of these tables, each as `metadata` describes it."""
    told = ("table_id", "table_name", "update_freq", "update_latest", "update_next")
    group = {"table_group_name": "Alle", "tables": [{name: table[name] for name in told} for table in tables]}
    return [{"subject_name": "Ydelser og ledighed", "table_groups": [group]}]


def reply(  # noqa: PLR0913
    table: SyntheticTable,
    revision: int,
    periods: Collection[str] | None = None,
    areas: Collection[str] | None = None,
    members: Sequence[Collection[str] | None] | None = None,
    *,
    columns: Collection[str] | None = None,
) -> bytes:
    """Return what `/data/<id>` says at a revision (0 is the first) of the cells that are asked for; None asks for all.

    `members` has the labels of each dimension in order, totals included. `columns` leaves out columns alone; whoever
    leaves out a dimension asks for one member of it. Rows and columns come in the table's order. Raises ValueError
    where the table does not have what is asked for.
    """
    asked = members if members is not None else [None] * len(table.dimensions)
    shown = _chosen(table.columns, columns)
    chosen = [
        _chosen(table.areas, areas),
        *(_chosen((d.total, *d.members), labels) for d, labels in zip(table.dimensions, asked, strict=True)),
    ]
    names = [table.areas, *((d.total, *d.members) for d in table.dimensions)]
    labels = list(zip(*product(*([names[n][i] for i in at] for n, at in enumerate(chosen))), strict=True))
    figures = _Figures(table)
    body = io.BytesIO()
    body.write(b'{"columns":' + _json([table.columns[n] for n in shown]) + b',"rows":[')
    # One period at a time, so that a reply needs little more room than its own bytes.
    separator = b""
    for at in _chosen(table.period_ids, periods) if labels else ():
        period = table.period_ids[at]
        cells: list[Iterable[object]] = [repeat(period, len(labels[0])), *labels]
        cells += [column.printed(np.ix_(*chosen)) for column in figures.of(period, revision)]
        body.write(separator + _json(list(zip(*(cells[n] for n in shown), strict=True)))[1:-1])
        separator = b","
    body.write(b"]}")
    return body.getvalue()


def _json(content: object) -> bytes:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def _chosen(there: Sequence[str], asked: Collection[str] | None) -> list[int]:
    """Return the places of what is asked for."""
    if asked is None:
        return list(range(len(there)))
    wanted = set(asked)
    if wanted - set(there):
        raise ValueError(f"the made-up table does not have {', '.join(sorted(wanted - set(there)))}")
    return [place for place, name in enumerate(there) if name in wanted]


# --- figures ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Column:
    """A measure in one period: whole numbers that stand for so many decimals, by area and members; and what is null."""

    values: _Whole
    decimals: int
    hidden: NDArray[np.bool_]

    def printed(self, where: Any) -> list[object]:
        """Return the cells of a part as JSON has them."""
        values = self.values[where].ravel()
        cells: list[object] = (values / 10**self.decimals if self.decimals else values).tolist()
        for place in np.flatnonzero(self.hidden[where]):
            cells[place] = None
        return cells


class _Figures:
    """The figures of a table, one period at a time. Arrays are by area and then by the members of each dimension."""

    def __init__(self, table: SyntheticTable) -> None:
        """Compute what is the same in all periods."""
        self._table = table
        self._name = f"{table.seed}\x1f{table.table_id}"
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
                # A hidden count does not hide its rate, as the publisher has it, unless there is nobody at all.
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
        rounded shares and in the order of the unrounded one, which the places tell.
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
    return 1000 * _INHABITANTS.get(area, round(low * math.pow(high / low, drawn), 1))


def _month(period: str) -> int:
    """Return the last month of a period, counted from the year 0."""
    year, kind, number = int(period[:4]), period[4:-2], int(period[-2:])
    return 12 * year + number * {"M": 1, "Q": 3, "QMAT": 3, "Y": 12}[kind]


# --- the tables of the configuration ------------------------------------------------------------------

_BENEFITS = ("Ydelsesgrupper", "Ydelsesgrupper i alt")
_CATEGORIES = ("Visitationskategori", "Visitationskategori i alt")
#: What is known or likely of the hierarchies: dimension, hierarchy, label, total, members and their weights.
_KNOWN_DIMENSIONS = (
    SyntheticDimension("_koen", "_kon", "Køn", "Køn i alt", ("Kvinder", "Mænd")),
    SyntheticDimension(
        "_alder", "_aldera", "Alder", "Alder i alt",
        ("16-24 år", "25-29 år", "30-39 år", "40-49 år", "50-59 år", "60 år og derover"), (9, 18, 25, 18, 19, 11),
    ),
    SyntheticDimension(
        "_oprindelse", "_oprinda", "Oprindelse", "Oprindelse i alt",
        ("Dansk oprindelse", "Vestlig oprindelse", "Ikke-vestlig oprindelse"), (75, 9, 16),
    ),
    SyntheticDimension(
        "_ydelsesgruppe", "_ygrpa02", *_BENEFITS,
        ("A-dagpenge", "Kontanthjælp", "Sygedagpenge", "Ressourceforløb", "Ledighedsydelse"), (32, 27, 29, 6, 6),
    ),
    SyntheticDimension(
        "_ydelsesgruppe", "_ygrp_y30r21", *_BENEFITS,
        ("A-dagpenge mv.", "Kontanthjælp mv.", "Sygedagpenge mv."), (32, 43, 25),
    ),
    SyntheticDimension("_ydelsesgruppe", "_ygrpi09", *_BENEFITS, ("A-dagpenge", "Kontanthjælp"), (84, 16)),
    SyntheticDimension(
        "_ydelsesgruppe", "_ygrpmm12", *_BENEFITS, ("A-dagpenge", "Kontanthjælp", "Sygedagpenge"), (45, 20, 35),
    ),
    SyntheticDimension(
        "_visitationskategori", "_viskat_1int", *_CATEGORIES,
        ("Jobparat", "Aktivitetsparat", "Uddannelsesparat"), (20, 60, 20),
    ),
    SyntheticDimension(
        "_visitationskategori", "_viskat_1kth", *_CATEGORIES, ("Jobparat", "Aktivitetsparat"), (25, 75),
    ),
    SyntheticDimension(
        "_visitationskategori", "_viskat_2udh", *_CATEGORIES, ("Uddannelsesparat", "Aktivitetsparat"), (45, 55),
    ),
    SyntheticDimension("_sats", "_kth_sats", "Sats", "Sats i alt", ("Mindstesats", "Grundsats", "Forhøjet sats")),
    SyntheticDimension("_tilbud", "_tilbud_d03", "Tilbud", "Tilbud i alt", ("Med tilbud", "Uden tilbud"), (40, 60)),
    SyntheticDimension("_maalgruppe", "_maalgrp_d03", "Målgruppe", "Målgruppe i alt", ("Jobparate", "Øvrige")),
)  # fmt: skip

_PERSONS = (
    SyntheticMeasure("m1", "Antal personer", COUNT),
    SyntheticMeasure("m2", "Antal fuldtidspersoner", COUNT),
    SyntheticMeasure("m3", "Fuldtidspersoner i pct. af arbejdsstyrken", RATE),
    SyntheticMeasure("m4", "Fuldtidspersoner i pct. af befolkningen", RATE),
)
_UNEMPLOYED = (
    SyntheticMeasure("m1", "Antal ledige personer", COUNT),
    SyntheticMeasure("m2", "Antal ledige fuldtidspersoner", COUNT),
    SyntheticMeasure("m3", "Ledige fuldtidspersoner i pct. af arbejdsstyrken 16-66 år", RATE),
    SyntheticMeasure("m4", "Ledige fuldtidspersoner i pct. af befolkningen 16-66 år", RATE),
)
_LONG_TERM_UNEMPLOYED = (
    SyntheticMeasure("m1", "Antal langtidsledige fuldtidspersoner", COUNT),
    SyntheticMeasure("m2", "Antal bruttoledige personer", COUNT),
)
_NUMBER = "Forventet og faktisk antal fuldtidspersoner på offentlig forsørgelse"
_SHARE = "Forventet og faktisk andel fuldtidspersoner på offentlig forsørgelse"
_BENCHMARK = (
    SyntheticMeasure("m1", "Forventet antal", COUNT, _NUMBER),
    SyntheticMeasure("m1", "Faktisk antal", COUNT, _NUMBER),
    SyntheticMeasure("m1", "Forskel mellem forventet og faktisk antal", DIFFERENCE, _NUMBER),
    SyntheticMeasure("m2", "Forventet andel (pct.)", RATE, _SHARE),
    SyntheticMeasure("m2", "Faktisk andel (pct.)", RATE, _SHARE),
    SyntheticMeasure("m2", "Forskel mellem forventet og faktisk andel (pct. point)", DIFFERENCE, _SHARE),
    SyntheticMeasure("m3", "Placering på benchmarkranglisten", PLACE),
)
_TO_JOB = (
    SyntheticMeasure("m1", "Antal personer kommet i job", COUNT),
    SyntheticMeasure("m2", "Personer kommet i job i pct. af befolkningen", RATE),
)


@dataclass(frozen=True)
class _Shape:
    """What is particular to a table: measures, size, and where the publisher begins and ends it."""

    measures: tuple[SyntheticMeasure, ...]
    level: float
    season: float = 0.06
    has_country: bool = True
    first: str = ""
    last: str = ""


_REFORM = "2025M06"
_SHAPES = {
    "y30r21": _Shape(_BENCHMARK, 9.0, has_country=False),
    "ptv_a02": _Shape((_PERSONS[0], _PERSONS[1], _PERSONS[3]), 14.0, 0.03),
    "y01a02": _Shape(_PERSONS, 2.2),
    "y60a02": _Shape(_PERSONS, 2.4, 0.03, first="2021M08"),
    "y36a02": _Shape(_PERSONS, 1.6, 0.03, last=_REFORM),
    "y38a02": _Shape(_PERSONS, 0.8, 0.03, last=_REFORM),
    "y07a02": _Shape(_PERSONS, 1.9, 0.08),
    "y11a02": _Shape(_PERSONS, 0.4, 0.0),
    "y04a02": _Shape(_PERSONS, 0.05, 0.0),
    "y09a02": _Shape(_PERSONS, 0.4, 0.02),
    "y14d03": _Shape(_TO_JOB, 3.0),
    "y25i01": _Shape(_UNEMPLOYED, 2.3, 0.08),
    "y25i03": _Shape(_UNEMPLOYED, 2.3, 0.0),
    "y25i09": _Shape(_LONG_TERM_UNEMPLOYED, 0.45, 0.02),
}


def shipped_tables(
    tables: Mapping[str, SeriesTable], last_month: str, years: int = 10, areas: Sequence[str] | None = None
) -> list[SyntheticTable]:
    """Return a made-up version of each configured table, with periods that end no later than `last_month` (2026M10).

    Dimensions are those of the hierarchies that the configuration names. `areas` are the municipalities and the
    country, those of the project's own areas.csv where None. A table whose periods all lie elsewhere is left out.
    """
    everywhere = tuple(areas) if areas is not None else _own_areas()
    made = (_shipped(table, everywhere, last_month, years) for table in tables.values())
    return [table for table in made if table.period_ids]


def _shipped(table: SeriesTable, areas: tuple[str, ...], last_month: str, years: int) -> SyntheticTable:
    shape = _SHAPES.get(table.table_id) or _Shape(_PERSONS[:2], 1.0)
    periods = period_ids(table.period_type, last_month, years)
    return SyntheticTable(
        table_id=table.table_id,
        table_name=table.table_name,
        period_type=table.period_type,
        period_ids=tuple(p for p in periods if shape.first <= p and (not shape.last or p <= shape.last)),
        areas=tuple(area for area in areas if shape.has_country or area != COUNTRY),
        measures=_with_configured_groups(shape.measures, table.measures),
        dimensions=tuple(_dimension(hierarchy) for hierarchy, _ in table.hierarchies),
        level=shape.level,
        season=shape.season,
    )


def _with_configured_groups(measures: tuple[SyntheticMeasure, ...], asked: str) -> tuple[SyntheticMeasure, ...]:
    """Call the groups of measures what the configuration calls them (`a=1;b=1`), and add those that are lacking."""
    configured = [part.partition("=")[0].strip() for part in asked.split(";") if "=" in part]
    own = list(dict.fromkeys(measure.mgroup_id for measure in measures))
    names = dict(zip(own, configured, strict=False))
    added = (SyntheticMeasure(name, f"Antal ({name})", COUNT) for name in configured[len(own) :])
    return (*(replace(m, mgroup_id=names.get(m.mgroup_id, m.mgroup_id)) for m in measures), *added)


def _dimension(hierarchy_id: str) -> SyntheticDimension:
    """Return the dimension of a hierarchy, made up where the hierarchy is not known."""
    name = hierarchy_id.strip("_").capitalize()
    likely = SyntheticDimension(f"{hierarchy_id}_dim", hierarchy_id, name, f"{name} i alt", (f"{name} A", f"{name} B"))
    return next((known for known in _KNOWN_DIMENSIONS if known.hierarchy_id == hierarchy_id), likely)


def period_ids(period_type: str, last_month: str, years: int) -> tuple[str, ...]:
    """Return the ids of the periods of a number of years, the last of which ends in `last_month` or before it."""
    last = _month(last_month)
    length = {"M": 1, "Q": 3, "QMAT": 3, "Y": 12}[period_type]
    newest = last // length
    in_year = 12 // length
    numbers = range(newest - years * in_year, newest)
    return tuple(f"{n // in_year}{period_type}{n % in_year + 1:02d}" for n in numbers)


def _own_areas() -> tuple[str, ...]:
    with (PROJECT / "seeds" / "shared" / "areas.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    return tuple(sorted(r["area_name"] for r in rows if r["area_type"] in ("municipality", "country")))


# --- files ----------------------------------------------------------------------------------------


def write_folder(
    tables: Iterable[SyntheticTable], folder: Path, revisions: Mapping[str, Sequence[dt.datetime]]
) -> None:
    """Write what `jobmaal land` reads: `<table_id>/<time of retrieval>.json` per revision, and `<table_id>/table.json`.

    `revisions` has the times of retrieval (naive, Copenhagen) of each table's revisions in order.
    """
    for table in tables:
        home = folder / table.table_id
        home.mkdir(parents=True, exist_ok=True)
        times = revisions[table.table_id]
        for revision, retrieved_at in enumerate(times):
            (home / f"{retrieved_at:%Y-%m-%dT%H-%M-%S}.json").write_bytes(reply(table, revision))
        latest = times[-1].date()
        told = metadata(table, latest.isoformat(), (latest + dt.timedelta(days=30)).isoformat())
        (home / "table.json").write_bytes(_json(told))
