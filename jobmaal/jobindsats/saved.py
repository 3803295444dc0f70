"""Landing responses that were saved to files, for sites that have files and no token.

Belongs here: how a folder of them is laid out, and the order in which they land. Does not: listing and reading a folder
(`folders`), judging a response (`response`), files of the landing (`landing`).

The layout is `<table_id>/<YYYY-MM-DDTHH-MM-SS>.json` (the time of retrieval, by Danish clocks), with the table's own
description, a response of `/table/<table_id>`, as `<table_id>/table.json` where there is one. `.json.gz` will do too.
"""

import datetime as dt
import hashlib
import re
from dataclasses import dataclass, replace
from pathlib import Path

from jobmaal.core import masking
from jobmaal.core.layout import Layout
from jobmaal.jobindsats import limits
from jobmaal.jobindsats.config import known_areas, read, series_tables
from jobmaal.jobindsats.folders import Entry
from jobmaal.jobindsats.landing import DamagedResponseError, Landing, Origin, TimeToComeError
from jobmaal.jobindsats.limits import Limits
from jobmaal.jobindsats.refusal.history import History
from jobmaal.jobindsats.report import Bar, Report, TableReport, bar, no_row
from jobmaal.jobindsats.response import (
    PUBLISHER_ZONE,
    YEARS,
    Metadata,
    Promise,
    UnusableResponseError,
    read_description,
)

_NAME_RE = re.compile(r"^([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}-[0-9]{2}-[0-9]{2})\.json(?:\.gz)?$")
_NAME = "%Y-%m-%dT%H-%M-%S"
_FILES, _DATA = (".json", ".json.gz"), "data"
_DESCRIPTIONS = ("table.json", "table.json.gz")
_OK = 200


def land_folder(layout: Layout, folder: Path) -> Report:
    """Land the responses that lie in a folder, each a delivery of its own.

    What cannot be landed is in the report's faults, and keeps nothing else from landing. The caller holds the fetch
    lock. Raises FaultyInputError where the input tables have faults.
    """
    found, landing, report = read(layout), Landing(layout), Report()
    configured, areas = series_tables(found), known_areas(found)
    loader = _Loader(landing, limits.from_environment())
    tables = _tables(Entry(folder), report)
    if not tables and not report.tables:
        rule = (
            "holds no responses laid out as <table_id>/2026-08-18T21-52-29.json" if folder.is_dir() else "is no folder"
        )
        report.tables.append(TableReport(folder.name, "nothing to land", faults=[f"{folder} {rule}."]))
    with bar("landing", sum(map(len, tables.values()))) as shown:
        for table, files in tables.items():
            table_report = TableReport(table.name)
            report.tables.append(table_report)
            if table.name in configured:
                promise = Promise(areas=areas, kinds=configured[table.name].kinds)
                history = History(landing, configured[table.name], found)
                loader.land_table(table, files, history, promise, table_report, shown)
            else:
                table_report.outcome = "not landed"
                table_report.faults.append(f"{table.path}: {no_row(layout)}.")
    return report


def _tables(folder: Entry, report: Report) -> dict[Entry, list[Entry]]:
    """Return the folders that hold responses, with their files; of a folder without any, those of its `data`.

    What cannot be looked into is reported.
    """
    inside, tables = _entries(folder, report), {}
    for entry in inside:
        if entry.is_link_to_folder:
            _refuse(entry, report, "is a symbolic link, and none is followed. Put the folder itself in its place")
        elif entry.is_folder:
            tables[entry] = [file for file in _entries(entry, report) if _is_saved(file)]
    found = {table: files for table, files in tables.items() if files}
    data = next((entry for entry in tables if entry.names == (_DATA,)), None)
    return found or (_tables(data, report) if data else {})


def _entries(folder: Entry, report: Report) -> list[Entry]:
    """Return what lies in a folder; one that cannot be listed is reported."""
    try:
        return folder.entries()
    except UnusableResponseError as error:
        _refuse(folder, report, str(error))
        return []


def _refuse(entry: Entry, report: Report, why: str) -> None:
    report.tables.append(TableReport(entry.path.name, "not landed", faults=[f"{entry.path} {why}."]))


def _is_saved(file: Entry) -> bool:
    """Check whether a name is that of a response or of a description; what it names may be no file."""
    return file.name.endswith(_FILES) and not file.name.startswith(".")


def _times(files: list[Entry], table_report: TableReport) -> dict[Entry, dt.datetime]:
    """Return each file with its time, oldest first; what is no file or has no time is reported."""
    times = {}
    for file in files:
        try:
            file.check_regular()
            times[file] = _time(file.name)
        except (ValueError, UnusableResponseError) as error:
            table_report.faults.append(f"{file.path}: {error}.")
    return dict(sorted(times.items(), key=lambda item: item[1]))


def _time(name: str) -> dt.datetime:
    """Read the time of retrieval off a name. Raises ValueError. Of an hour that comes twice the first is meant."""
    found = _NAME_RE.match(name)
    if not found:
        raise ValueError("its name is no time of retrieval such as 2026-08-18T21-52-29.json")
    try:
        clock = dt.datetime.strptime(found[1], _NAME)
    except ValueError:
        raise ValueError("its name is no time: there is no such day, hour, minute or second") from None
    if clock.year not in YEARS:
        raise ValueError(f"its name is a time of the year {clock.year}, in which nothing was retrieved")
    at = clock.replace(tzinfo=PUBLISHER_ZONE).astimezone(dt.UTC)
    if at.astimezone(PUBLISHER_ZONE).strftime(_NAME) != found[1]:
        raise ValueError("its name is a time that there was not: summer time began in that hour")
    if at > dt.datetime.now(dt.UTC):
        raise ValueError("its name is a time to come")
    return at


def _origin(file: Entry, kind: str, at: dt.datetime, metadata_sha256: str = "") -> Origin:
    table_id, stem = file.names[-2], file.name.partition(".")[0]
    delivery = stem if kind == "data" else ""
    request = f"saved file {table_id}/{file.name}"
    return Origin(table_id, kind, at, "folder", request, _OK, delivery, metadata_sha256=metadata_sha256)


@dataclass(frozen=True)
class _Loader:
    """Reads, judges and lands the files of tables, none of them larger than the limits."""

    landing: Landing
    most: Limits

    def land_table(  # noqa: PLR0913, PLR0917
        self,
        table: Entry,
        files: list[Entry],
        history: History,
        promise: Promise,
        table_report: TableReport,
        shown: Bar,
    ) -> None:
        """Land the files of one table, oldest first; the description before them."""
        try:
            self.landing.refuse_time_to_come(table.name, dt.datetime.now(dt.UTC))
            self._land(files, history, promise, table_report, shown)
        except (TimeToComeError, DamagedResponseError) as error:
            # What has landed of the table is not as it should be, so nothing can be judged by it.
            table_report.outcome = table_report.outcome or "not landed"
            table_report.failures.append(f"{table.name}: {error}")

    def _land(
        self, files: list[Entry], history: History, promise: Promise, table_report: TableReport, shown: Bar
    ) -> None:
        times = _times([file for file in files if file.name not in _DESCRIPTIONS], table_report)
        description = next((file for file in files if file.name in _DESCRIPTIONS), None)
        metadata, sha256, already = None, "", 0
        try:
            if description and times:
                metadata, sha256 = self._land_description(description, min(times.values()))
        except UnusableResponseError as error:
            # Landed now, the data would be kept as if there had been no description.
            table_report.outcome = "not landed"
            table_report.faults.append(
                f"{description.path if description else ''}: {error}. Nothing of this table was landed."
            )
            return
        promise = replace(promise, metadata=metadata)
        for file, at in times.items():
            try:
                is_new = self._land_data(file, _origin(file, "data", at, sha256), promise, history, table_report)
                already += not is_new
            except UnusableResponseError as error:
                table_report.faults.append(f"{file.path}: {error}.")
            shown.update(1)
        before = f"{already} landed already" if already else ""
        table_report.outcome = (
            ", ".join(filter(None, (before, "landed" if table_report.responses else ""))) or "nothing landed"
        )

    def _land_description(self, file: Entry, at: dt.datetime) -> tuple[Metadata, str]:
        """Land the table's description as of the oldest file beside it; return it with its sha256."""
        body, origin = self._content(file), _origin(file, "table", at)
        try:
            metadata = read_description(body, origin.table_id)
        except UnusableResponseError as error:
            raise self._kept_aside(error, origin, body) from None
        return metadata, self.landing.land(origin, body)[0].sha256

    def _land_data(
        self, file: Entry, origin: Origin, promise: Promise, history: History, table_report: TableReport
    ) -> bool:
        """Land one response; return whether it is new. Raises UnusableResponseError."""
        body = self._content(file)
        for landed in self.landing.parts_of(origin.table_id, origin.delivery):
            if landed.sha256 != hashlib.sha256(body).hexdigest():
                raise UnusableResponseError(
                    "another response of this table and time is landed already, so this one is refused"
                )
            return False
        try:
            shape = history.check(origin, body, promise, was_requested=False)
        except UnusableResponseError as error:
            raise self._kept_aside(error, origin, body) from None
        table_report.count(self.landing.land(origin, body, shape)[0])
        return True

    def _kept_aside(self, error: UnusableResponseError, origin: Origin, body: bytes) -> UnusableResponseError:
        """Quarantine a response; return the reason with the place that it is kept in."""
        path = self.landing.quarantine(origin, body, str(error), error.rules)
        return UnusableResponseError(f"{str(error).rstrip('.')}. It is kept in {path} and does not enter", error.rules)

    def _content(self, file: Entry) -> bytes:
        """Read a file, unpacked. Raises UnusableResponseError where that cannot be done, or a secret is in it."""
        body = file.read(self.most)
        variable = masking.variable_in(body)
        if variable is not None:
            raise UnusableResponseError(f"contains the secret in {variable}, so it was neither landed nor kept")
        return body
