"""Fetching: what is due, carrying the plan out, landing the responses.

Belongs here: the order of the work, and what is fetched again and what is not. Does not: HTTP (`client`), what is
due (`due`), splitting (`plan`), refusing a response (`refusal`), files of the landing (`landing`), or of a folder
(`saved`).

A delivery is every response to one plan. Its id follows from what is asked for and from the publication that is in
force, so that a fetch that was interrupted finds its own parts again and asks for the rest alone.
"""

import datetime as dt
import hashlib
import json
import sys
import threading
import time
from collections import deque
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from queue import Empty, SimpleQueue

from jobmaal.core import progress
from jobmaal.core.errors import FaultyInputError, FetchError, JobmaalError
from jobmaal.core.layout import Layout
from jobmaal.inputs.tables import Input
from jobmaal.jobindsats import client as http
from jobmaal.jobindsats import delisted as delisting
from jobmaal.jobindsats import due
from jobmaal.jobindsats.client import TooMuchError
from jobmaal.jobindsats.config import SeriesTable, known_areas, read, series_tables
from jobmaal.jobindsats.landing import CALENDAR_ID, DamagedResponseError, Landed, Landing, Origin, TimeToComeError
from jobmaal.jobindsats.plan import Request, plan
from jobmaal.jobindsats.refusal.history import History
from jobmaal.jobindsats.report import Report, TableReport, bar, no_row
from jobmaal.jobindsats.response import (
    PUBLISHER_ZONE,
    CalendarEntry,
    Metadata,
    Promise,
    UnusableResponseError,
    read_calendar,
    read_description,
)
from jobmaal.jobindsats.settings import Settings

_JSON = {"format": "json"}
_DELIVERY_DIGITS = 12
#: An interruption that comes just as the main thread begins to wait does not wake it: it looks by itself, so often.
_WAKES_EVERY_SECONDS = 1.0


@dataclass(frozen=True)
class _Delivery:
    """What is asked for of a table in its present publication, and the description that the plan rests on."""

    delivery_id: str
    table: SeriesTable
    metadata: Metadata
    metadata_sha256: str
    requests: Sequence[Request]
    history: History


class _RefusedForSizeError(FetchError):
    """A request of a plan is too much at a time for the publisher; another plan may do."""

    def __init__(self, error: TooMuchError, request: Request) -> None:
        """Keep what the publisher says, and the request."""
        self.request = request
        super().__init__(str(error))


class _QuarantinedError(JobmaalError):
    """A response did not enter; the text says why and where it is. `may_differ` says whether asking again may help."""

    def __init__(self, text: str, *, may_differ: bool) -> None:
        """Keep what a person is to read."""
        self.may_differ = may_differ
        super().__init__(text)


def fetch(
    layout: Layout, table_ids: Sequence[str] | None, settings: Settings, client: http.Client | None = None
) -> Report:
    """Fetch the configured tables that are due, or those that are named; whole responses land at once.

    What happens to one table is in the report and keeps no other from being fetched. The caller holds the fetch lock.
    Raises FaultyInputError where the input tables have faults, FetchError where nothing at all can be fetched.
    """
    found = read(layout)
    configured = series_tables(found)
    unknown = [table_id for table_id in table_ids or () if table_id not in configured]
    if unknown:
        raise FetchError(f"{', '.join(unknown)}: {no_row(layout)}")
    client = client or http.from_environment(settings.rate, settings.connections, settings.timeout)
    landing = Landing(layout)
    tables = [configured[table_id] for table_id in dict.fromkeys(table_ids or configured)]
    return _Fetcher(client, landing, settings, found).fetch(tables, is_forced=bool(table_ids))


class _Fetcher:
    """One fetch: requests, judges and lands."""

    def __init__(self, client: http.Client, landing: Landing, settings: Settings, found: Input) -> None:
        self.client, self.landing, self.settings, self.found = client, landing, settings, found
        self.areas = known_areas(found)

    def fetch(self, tables: Iterable[SeriesTable], is_forced: bool) -> Report:
        """Fetch table by table, until one shows that nothing can be requested any more."""
        calendar = self._calendar()
        # Not before the publisher's clock was seen: by one that stands in the future, all that lies aside is old.
        self.landing.prune(dt.datetime.now(dt.UTC))
        report, is_in_reach, delisted = Report(), True, list[TableReport]()
        for table in tables:
            table_report = TableReport(table.table_id)
            report.tables.append(table_report)
            entry = calendar.get(table.table_id)
            has_landed = bool(self.landing.responses(table.table_id))
            if has_landed and not is_forced and self._has_ended(table):
                table_report.outcome = f"ended on {table.ended_on}; what has landed stays"
            elif entry is None and (has_landed or table.ended_on):
                table_report.outcome = "no longer listed by Jobindsats; what has landed stays"
                delisted.append(table_report)
            elif entry is None:
                table_report.outcome = "unknown to Jobindsats"
                table_report.faults.append(
                    str(table.row.fault("table_id", "is an unknown table: Jobindsats does not list it"))
                )
            elif is_in_reach:
                is_in_reach = self._try(table, entry, is_forced, table_report)
            else:
                table_report.outcome = "not tried"
        self._report_delisted(delisted, calendar)
        return report

    def _has_ended(self, table: SeriesTable) -> bool:
        return bool(table.ended_on) and table.ended_on <= dt.datetime.now(PUBLISHER_ZONE).date().isoformat()

    def _report_delisted(self, delisted: Sequence[TableReport], calendar: Collection[str]) -> None:
        """Report a table that the publisher has stopped listing, once: that is no failure."""
        new = delisting.note(self.landing.layout, [table_report.table_id for table_report in delisted], calendar)
        for table_report in delisted:
            if table_report.table_id in new:
                table_report.notes.append(
                    f"{table_report.table_id}: Jobindsats no longer lists this table. What has landed stays in the "
                    "releases, and no other table waits for it. If the table has ended, enter the day in the column "
                    "ended_on of its row in shared/series_tables.csv; it is then no longer asked for."
                )

    def _calendar(self) -> dict[str, CalendarEntry]:
        """Ask which tables there are and when they are published."""
        origin, body = self._ask(CALENDAR_ID, "calendar", "/tables", _JSON)
        try:
            calendar = read_calendar(body)
        except UnusableResponseError as error:
            path = self.landing.quarantine(origin, body, str(error))
            text = f"Jobindsats's list of tables {error}. Nothing was fetched; it is kept in {path}."
            raise FetchError(text) from None
        self._land_news(origin, body)
        return calendar

    def _ask(self, table_id: str, kind: str, path: str, params: dict[str, str]) -> tuple[Origin, bytes]:
        """Send a request; return the response with where it came from."""
        status, body, at = self.client.get(path, params)
        return Origin(table_id, kind, at, "api", http.target(path, params), status), body

    def _land_news(self, origin: Origin, body: bytes) -> str:
        """Land a response that differs from the newest of its kind; return its sha256."""
        sha256 = hashlib.sha256(body).hexdigest()
        newest = self.landing.newest(origin.table_id, origin.kind)
        if newest is None or newest.sha256 != sha256:
            self.landing.land(origin, body)
        return sha256

    def _try(self, table: SeriesTable, entry: CalendarEntry, is_forced: bool, table_report: TableReport) -> bool:
        """Fetch a table where it is due, and report how it went; return whether the publisher can still be reached."""
        started, is_in_reach = time.monotonic(), True
        try:
            self.landing.refuse_time_to_come(table.table_id, dt.datetime.now(dt.UTC))
            table_report.outcome = "" if is_forced else due.why_not(self.landing, entry, dt.datetime.now(dt.UTC))
            if not table_report.outcome:
                self._fetch_table(table, table_report)
        except FaultyInputError as error:
            table_report.outcome = "refused: the configuration asks for what there is not"
            table_report.faults += map(str, error.faults)
        except (FetchError, DamagedResponseError, TimeToComeError, _QuarantinedError) as error:
            is_in_reach = not isinstance(error, http.OutOfReachError)
            table_report.failures.append(
                f"{table.table_id}: {error}" + (f" {table_report.outcome}." if table_report.outcome else "")
            )
            table_report.can_pass = getattr(error, "can_pass", False)
            table_report.outcome = table_report.outcome or "failed"
        if not sys.stderr.isatty():
            progress.step(table.table_id, table_report.outcome, started)
        return is_in_reach

    def _fetch_table(self, table: SeriesTable, table_report: TableReport) -> None:
        """Ask for the description, plan, and carry out what of the plan has not landed.

        Where the publisher refuses a request for its size, the plan is made again with less at a time. It is made in
        the same way the next time, so that an interrupted fetch finds its parts again.
        """
        metadata, sha256 = self._describe(table)
        limit = self.settings.cell_limit
        while True:
            delivery = self._plan(table, metadata, sha256, limit)
            try:
                self._complete(delivery, table_report)
            except _RefusedForSizeError as error:
                if error.request.is_smallest:
                    table_report.outcome = (
                        "refused: too much for one request, and one area in one period cannot be split further"
                    )
                    raise
                limit = max(1, error.request.cells // 2)
                progress.step(table.table_id, f"too much at a time; now at most {limit:,} cells", time.monotonic())
            else:
                return

    def _complete(self, delivery: _Delivery, table_report: TableReport) -> None:
        """Fetch the parts of a delivery that have not landed."""
        parts = len(delivery.requests)
        landed = {response.part for response in self.landing.parts_of(delivery.table.table_id, delivery.delivery_id)}
        before = table_report.responses
        try:
            self._carry_out(delivery, [part for part in range(1, parts + 1) if part not in landed], table_report)
        except JobmaalError as error:
            table_report.outcome = f"{len(landed) + table_report.responses - before} of {parts} parts have landed"
            if getattr(error, "can_pass", False) or getattr(error, "may_differ", False):
                table_report.outcome += "; run it again: it goes on where it was"
            raise
        table_report.outcome = f"fetched, going on after {len(landed)} of {parts} parts" if landed else "fetched"

    def _describe(self, table: SeriesTable) -> tuple[Metadata, str]:
        """Ask for a table's description, and land it where it is new; return it with its sha256."""
        origin, body = self._ask(table.table_id, "table", f"/table/{table.table_id}", _JSON)
        try:
            metadata = read_description(body, table.table_id)
        except UnusableResponseError as error:
            raise self._quarantined(origin, body, error) from None
        return metadata, self._land_news(origin, body)

    def _plan(self, table: SeriesTable, metadata: Metadata, sha256: str, cell_limit: int) -> _Delivery:
        """Plan what to ask of a table, and name the delivery."""
        requests = plan(table, metadata, cell_limit, self._measures(table))
        history = History(self.landing, table, self.found)
        return _Delivery(self._delivery_id(metadata, requests), table, metadata, sha256, requests, history)

    def _quarantined(self, origin: Origin, body: bytes, reason: UnusableResponseError) -> _QuarantinedError:
        path = self.landing.quarantine(origin, body, str(reason), reason.rules)
        asked = http.abridged(origin.request)
        # Nonsense passes; what breaks a rule about figures comes again until the publisher or a review changes it.
        return _QuarantinedError(
            f"the response to {asked} {str(reason).rstrip('.')}. It is kept in {path} and does not enter.",
            may_differ=not reason.rules,
        )

    def _measures(self, table: SeriesTable) -> int | None:
        """Count the measure columns of the newest complete delivery; without one, those that the data team describes.

        Parts of an unfinished one do not count: they would change the plan that they are parts of.
        """
        deliveries = list(self.landing.whole_deliveries(table.table_id).values())
        if not deliveries:
            return table.described_measures or None
        response = deliveries[-1][0]
        return len(response.columns) - 2 - response.dimensions

    def _delivery_id(self, metadata: Metadata, requests: Sequence[Request]) -> str:
        """Return the id of a request of this publication, and how often it was fetched completely before."""
        asked = [metadata.table_id, metadata.update_latest, metadata.update_next, [r.params for r in requests]]
        digits = hashlib.sha256(json.dumps(asked).encode()).hexdigest()[:_DELIVERY_DIGITS]
        whole = self.landing.whole_deliveries(metadata.table_id)
        return f"{digits}-{sum(delivery.startswith(f'{digits}-') for _, delivery in whole)}"

    def _carry_out(self, delivery: _Delivery, wanted: Sequence[int], table_report: TableReport) -> None:
        """Ask for the parts wanted, a few at a time; the first failure ends it, once what is under way has landed."""
        parts, done = deque(wanted), SimpleQueue[Landed | BaseException | None]()

        def work() -> None:
            with suppress(IndexError):
                while True:
                    part = parts.popleft()
                    try:
                        done.put(self._part(delivery, part))
                    except BaseException as error:
                        parts.clear()
                        done.put(error)
            done.put(None)

        # An interrupted fetch does not wait for responses under way: what lands, lands completely or not at all.
        workers = [threading.Thread(target=work, daemon=True) for _ in range(self.settings.connections)]
        failure: BaseException | None = None
        with bar(table_report.table_id, len(wanted)) as shown:
            for worker in workers:
                worker.start()
            running = len(workers)
            while running:
                try:
                    result = done.get(timeout=_WAKES_EVERY_SECONDS)
                except Empty:
                    continue
                if result is None:
                    running -= 1
                elif isinstance(result, Landed):
                    table_report.count(result)
                    shown.update(1)
                else:
                    failure = failure or result
        if failure is not None:
            raise failure

    def _part(self, delivery: _Delivery, part: int) -> Landed:
        """Ask for one part, judge it and land it."""
        request, metadata = delivery.requests[part - 1], delivery.metadata
        try:
            origin, body = self._ask(metadata.table_id, "data", f"/data/{metadata.table_id}", request.params)
        except TooMuchError as error:
            raise _RefusedForSizeError(error, request) from None
        origin = replace(
            origin,
            delivery=delivery.delivery_id,
            part=part,
            parts=len(delivery.requests),
            metadata_sha256=delivery.metadata_sha256,
        )
        areas = self.areas.intersection(request.areas)
        kinds = delivery.table.kinds
        promise = Promise(metadata, frozenset(request.periods), areas, request.members, kinds)
        newest = max(one.periods[-1] for one in delivery.requests)
        try:
            shape = delivery.history.check(
                origin, body, promise, was_requested=True, is_newest=newest in request.periods
            )
        except UnusableResponseError as error:
            raise self._quarantined(origin, body, error) from None
        return self.landing.land(origin, body, shape)[0]
