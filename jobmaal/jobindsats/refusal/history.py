"""Judging a response by what has landed of its table before.

Belongs here: reading a response and what landed before it as grids, what is expected of it where nobody says what was
requested, and the reviews. Does not: the rules, the form of a response (`response`), the files (`landing`).
"""

import datetime as dt
import hashlib
import sys
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from jobmaal.core.errors import FaultyInputError
from jobmaal.inputs.tables import Input
from jobmaal.jobindsats import refusal
from jobmaal.jobindsats.config import ALL, LATEST, SeriesTable
from jobmaal.jobindsats.identity import Measures, Members
from jobmaal.jobindsats.landing import Landed, Landing, Origin, stem_of
from jobmaal.jobindsats.plan import plan
from jobmaal.jobindsats.refusal.grid import ABSENT, Before, Cell, Expected, Grid
from jobmaal.jobindsats.response import (
    Metadata,
    Promise,
    Rows,
    Shape,
    UnusableResponseError,
    check_table,
    publisher_time,
    read_metadata,
    read_table,
)

#: Which type of area a hierarchy has of all areas that there are.
_AREA_TYPES = {"_nykom": "municipality", "_region": "region"}
#: Maximum number of deliveries that are read to find the periods of a response again.
_DELIVERIES_READ = 12


class History:
    """What has landed of one table, as far as it is needed to judge what comes. Safe to share between threads."""

    def __init__(self, landing: Landing, table: SeriesTable, found: Input) -> None:
        """Read nothing before the first response comes."""
        self._landing, self._table = landing, table
        self._declared = [row for row in found.of("series_measures") if row["table_id"] == table.table_id]
        self._area_types = {row["area_name"]: row["area_type"] for row in found.of("areas") if not row["valid_to"]}
        #: The country and all of its municipalities, which every response is checked against.
        self._country: dict[str, Any] = {
            "country": next((area for area, kind in self._area_types.items() if kind == "country"), ""),
            "municipalities": frozenset(area for area, kind in self._area_types.items() if kind == "municipality"),
        }
        self._reviews = {
            (row["response"].rpartition("-")[2], row["rule"])
            for row in found.of("series_reviews")
            if row["table_id"] == table.table_id
        }
        self._periods: dict[str, frozenset[str]] = {}
        self._described: dict[str, Metadata] = {}
        self._lock = threading.Lock()

    def check(
        self, origin: Origin, body: bytes, promise: Promise, *, was_requested: bool, is_newest: bool = False
    ) -> Shape:
        """Judge a response by itself and by what landed before. Raises UnusableResponseError with all that is wrong.

        `was_requested` says that the promise is what was requested; `is_newest` that it has the table's newest period.
        """
        columns, rows = read_table(body)
        shape = check_table(columns, rows, promise)
        with self._lock:
            new, before = self._grids(origin, shape, rows, promise.areas if was_requested else None)
        if was_requested:
            expected = self._requested(promise, is_newest=is_newest)
        else:
            expected = self._configured(new, promise.metadata, origin)
        findings = refusal.judge(new, before, expected)
        name = stem_of(origin, hashlib.sha256(body).hexdigest())
        digits = name.rpartition("-")[2]
        refused = [finding for finding in findings if (digits, finding.rule) not in self._reviews]
        if refused:
            today = dt.datetime.now(dt.UTC).date().isoformat()
            text = refusal.reason(refused, self._table.table_id, name, today)
            raise UnusableResponseError(text, [finding.rule for finding in refused])
        return replace(shape, accepted=tuple(sorted(finding.rule for finding in findings)))

    def _requested(self, promise: Promise, *, is_newest: bool) -> Expected:
        members = frozenset[str]().union(*promise.members) if promise.members and is_newest else None
        return Expected(promise.areas or frozenset(), members, **self._country)

    def _configured(self, new: Grid, metadata: Metadata | None, origin: Origin) -> Expected:
        """Return what the configuration asks for, where a response has no request beside it.

        A description that was in force counts: what is configured of it must be there.
        """
        shown = {self._area_types.get(area) for _, area, _ in new.cells}
        wanted = {_AREA_TYPES.get(name) for name in self._table.areas} & shown
        first = _AREA_TYPES.get(self._table.areas[0]) if self._table.areas else None
        areas = {area for area, kind in self._area_types.items() if kind in wanted | {first}}
        periods = self._table.periods
        expected = Expected(
            frozenset(areas), has_all_periods=periods == ALL or periods.startswith(LATEST), **self._country
        )
        published = publisher_time(metadata.update_latest) if metadata else None
        if metadata is None or published is None or published.date() >= origin.retrieved_at.date():
            return expected
        try:
            requests = plan(self._table, metadata, sys.maxsize)
        except FaultyInputError:
            # A fetch reports it; a file shows by itself what it has.
            return expected
        return replace(
            expected,
            areas=expected.areas.union(*(request.areas for request in requests)),
            members=frozenset[str]().union(*requests[0].members),
            periods=frozenset(requests[0].periods),
        )

    def _grids(
        self, origin: Origin, shape: Shape, rows: Rows, areas: frozenset[str] | None
    ) -> tuple[Grid, Before | None]:
        """Read the response, and what landed before it for the same periods and the one ahead of them."""
        candidate = Landed(**asdict(origin), **asdict(shape), stem="candidate", sha256="")
        periods = {row[0] for row in rows}
        read: list[tuple[Landed, Rows]] = []
        newest = ""
        for parts in self._deliveries(origin):
            wanted, release = set(periods), []
            for part in parts:
                there = self._periods_of(part)
                newest = max([newest, *there])
                ahead = max((period for period in there if period < min(periods)), default=None)
                if ahead:
                    wanted.add(ahead)
                between = {period for period in there if min(periods) < period < max(periods)}
                if there & (wanted | between):
                    release.append((part, [row for row in self._rows(part) if row[0] in wanted | between]))
            read += release
            if min((min(self._periods_of(part)) for part in parts), default="9") <= min(periods):
                break
        responses = [part for part, _ in reversed(read)] + [candidate]
        described = {key: value for key, value in self._describe(responses).items() if value is not None}
        measures = Measures(self._table, self._declared, responses, described)
        combinations = [(part, _combinations(part, own)) for part, own in [*reversed(read), (candidate, rows)]]
        members = Members(combinations, described)
        ids = measures.of(candidate)
        named = [(measures.by_id[key].measure_name, measures.by_id[key].unit) for key in ids]
        labels = {label for row in rows for label in row[2 : 2 + shape.dimensions]}
        new = Grid(named, dict(_cells(candidate, rows, measures, members, ids)), frozenset(labels))
        if not read:
            return new, None
        then: dict[Cell, Sequence[Any]] = {}
        for part, own in read:
            for cell, values in _cells(part, own, measures, members, ids):
                if areas is None or cell[1] in areas:
                    then.setdefault(cell, values)
        last = {key for part, _ in read[:1] for key in measures.of(part)}
        missing = sorted(measures.by_id[key].measure_name for key in last - set(ids))
        return new, Before(Grid(named, then), newest, missing if origin.source == "folder" else [])

    def _deliveries(self, origin: Origin) -> list[list[Landed]]:
        """Return the deliveries that came before a response, newest first."""
        own = (origin.table_id, origin.delivery)
        deliveries = self._landing.whole_deliveries(origin.table_id)
        earlier = [
            parts for key, parts in deliveries.items() if key != own and parts[0].retrieved_at < origin.retrieved_at
        ]
        return earlier[::-1][:_DELIVERIES_READ]

    def _rows(self, part: Landed) -> Rows:
        rows = read_table(part.read())[1]
        self._periods[part.name] = frozenset(row[0] for row in rows)
        return rows

    def _periods_of(self, part: Landed) -> frozenset[str]:
        if part.name not in self._periods:
            self._rows(part)
        return self._periods[part.name]

    def _describe(self, responses: Iterable[Landed]) -> Mapping[str, Metadata | None]:
        """Read the descriptions that responses came under; one that is gone counts as none, a build reports it."""
        needed = {
            response.metadata_sha256 for response in responses if response.metadata_sha256
        } - self._described.keys()
        if needed:
            for landed in self._landing.responses(self._table.table_id):
                if landed.kind == "table" and landed.sha256 in needed:
                    self._described[landed.sha256] = read_metadata(landed.read())
        return self._described


def _combinations(part: Landed, rows: Rows) -> list[tuple[str, ...]]:
    return sorted({tuple(row[2 : 2 + part.dimensions]) for row in rows})


def _cells(
    part: Landed, rows: Rows, measures: Measures, members: Members, ids: Sequence[str]
) -> Iterable[tuple[Cell, Sequence[Any]]]:
    """Return the values of a response by cell, in the order of `ids`."""
    own = measures.of(part)
    places = [2 + part.dimensions + own.index(key) if key in own else None for key in ids]
    labels = {
        combination: members.by_key[members.of(part, combination).key].label
        for combination in _combinations(part, rows)
    }
    for row in rows:
        cell = (row[0], row[1], labels[tuple(row[2 : 2 + part.dimensions])])
        yield cell, [ABSENT if at is None else row[at] for at in places]
