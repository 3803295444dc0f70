"""Landing replies that were saved to files, for whoever has files and no token.

Belongs here: how a folder of them is laid out, and the order in which they land. Does not: judging a reply
(`reply`), files of the landing (`landing`).

The layout is `<table_id>/<YYYY-MM-DDTHH-MM-SS>.json` (the time of retrieval, Copenhagen's), with the table's own
description, a reply of `/table/<table_id>`, as `<table_id>/table.json` where there is one. `.json.gz` will do too.
"""

from __future__ import annotations

import datetime as dt
import gzip
import hashlib
import re
import zlib
from dataclasses import replace
from pathlib import Path

from jobmaal.jobindsats.config import known_areas, read, series_tables
from jobmaal.jobindsats.history import History
from jobmaal.jobindsats.landing import Landing, Origin, TimeToComeError
from jobmaal.jobindsats.reply import PUBLISHER_ZONE, Metadata, Promise, UnusableReplyError, read_metadata
from jobmaal.jobindsats.report import Bar, Report, TableReport, bar, no_row
from jobmaal.layout import Layout
from jobmaal.locking import fetch_lock

_NAME_RE = re.compile(r"^([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}-[0-9]{2}-[0-9]{2})\.json(?:\.gz)?$")
_NAME = "%Y-%m-%dT%H-%M-%S"
_DESCRIPTIONS = ("table.json", "table.json.gz")
_OK = 200


def land_folder(layout: Layout, folder: Path) -> Report:
    """Land the replies that lie in a folder, each a delivery of its own.

    What cannot be landed is in the report's faults, and keeps nothing else from landing. Raises FaultyInputError
    where the input tables have faults, BusyError while another runs.
    """
    with fetch_lock(layout, "land"):
        found, landing, report = read(layout), Landing(layout), Report()
        configured, areas = series_tables(found), known_areas(found)
        tables = _table_folders(folder)
        if not tables:
            rule = (
                "holds no replies laid out as <table_id>/2026-08-18T21-52-29.json"
                if folder.is_dir()
                else "is no folder"
            )
            report.tables.append(TableReport(folder.name, "nothing to land", faults=[f"{folder} {rule}."]))
        with bar("landing", sum(len(_saved(table)) for table in tables)) as shown:
            for table in tables:
                told = TableReport(table.name)
                report.tables.append(told)
                if table.name in configured:
                    promise = Promise(areas=areas, kinds=configured[table.name].kinds)
                    history = History(landing, configured[table.name], found)
                    _land_table(table, landing, history, promise, told, shown)
                else:
                    told.told = "not landed"
                    told.faults.append(f"{table}: {no_row(layout)}.")
        return report


def _table_folders(folder: Path) -> list[Path]:
    """Give the folders that hold replies; of a folder without any, those of its `data`."""
    inside = sorted(path for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []
    found = [path for path in inside if _saved(path)]
    return found or (_table_folders(folder / "data") if folder / "data" in inside else [])


def _saved(table: Path) -> list[Path]:
    """Give a table's files, the description among them."""
    return sorted(
        path
        for path in table.iterdir()
        if path.name.endswith((".json", ".json.gz")) and not path.name.startswith(".") and path.is_file()
    )


def _land_table(  # noqa: PLR0913, PLR0917
    table: Path, landing: Landing, history: History, promise: Promise, told: TableReport, shown: Bar
) -> None:
    """Land the files of one table, oldest first; the description before them."""
    try:
        landing.refuse_time_to_come(table.name, dt.datetime.now(dt.UTC))
    except TimeToComeError as error:
        told.told = "not landed"
        told.failures.append(f"{table.name}: {error}")
        return
    files = _saved(table)
    times = _times([path for path in files if path.name not in _DESCRIPTIONS], told)
    description = next((path for path in files if path.name in _DESCRIPTIONS), None)
    metadata, sha256, already = None, "", 0
    try:
        if description and times:
            metadata, sha256 = _land_description(description, min(times.values()), landing)
    except UnusableReplyError as error:
        # Landed now, the data would be kept as if there had been no description.
        told.told = "not landed"
        told.faults.append(f"{description}: {error}. Nothing of this table was landed.")
        return
    promise = replace(promise, metadata=metadata)
    for path, at in times.items():
        try:
            is_new = _land_data(path, _origin(path, "data", at, sha256), promise, landing, history, told)
            already += not is_new
        except UnusableReplyError as error:
            told.faults.append(f"{path}: {error}.")
        shown.update(1)
    before = f"{already} landed already" if already else ""
    told.told = ", ".join(filter(None, (before, "landed" if told.replies else ""))) or "nothing landed"


def _times(files: list[Path], told: TableReport) -> dict[Path, dt.datetime]:
    """Give each file with its time, oldest first; what has no time is told."""
    times = {}
    for path in files:
        try:
            times[path] = _time(path.name)
        except ValueError as error:
            told.faults.append(f"{path}: {error}.")
    return dict(sorted(times.items(), key=lambda item: item[1]))


def _time(name: str) -> dt.datetime:
    """Read the time of retrieval off a name. Raises ValueError. Of an hour that comes twice the first is meant."""
    found = _NAME_RE.match(name)
    if not found:
        raise ValueError("its name is no time of retrieval such as 2026-08-18T21-52-29.json")
    at = dt.datetime.strptime(found[1], _NAME).replace(tzinfo=PUBLISHER_ZONE).astimezone(dt.UTC)
    if at.astimezone(PUBLISHER_ZONE).strftime(_NAME) != found[1]:
        raise ValueError("its name is a time that there was not: summer time began in that hour")
    if at > dt.datetime.now(dt.UTC):
        raise ValueError("its name is a time to come")
    return at


def _origin(path: Path, kind: str, at: dt.datetime, metadata_sha256: str = "") -> Origin:
    table_id, stem = path.parent.name, path.name.partition(".")[0]
    delivery = stem if kind == "data" else ""
    request = f"saved file {table_id}/{path.name}"
    return Origin(table_id, kind, at, "folder", request, _OK, delivery, metadata_sha256=metadata_sha256)


def _land_description(path: Path, at: dt.datetime, landing: Landing) -> tuple[Metadata, str]:
    """Land the table's description as of the oldest file beside it; gives it with its sha256."""
    body, origin = _content(path), _origin(path, "table", at)
    try:
        metadata = read_metadata(body)
        if metadata.table_id != origin.table_id:
            raise UnusableReplyError(f"describes another table, {metadata.table_id}")
    except UnusableReplyError as error:
        raise _kept_aside(error, origin, body, landing) from None
    return metadata, landing.land(origin, body)[0].sha256


def _land_data(  # noqa: PLR0913, PLR0917
    path: Path, origin: Origin, promise: Promise, landing: Landing, history: History, told: TableReport
) -> bool:
    """Land one reply; gives whether it is new. Raises UnusableReplyError."""
    body = _content(path)
    for landed in landing.parts_of(origin.table_id, origin.delivery):
        if landed.sha256 != hashlib.sha256(body).hexdigest():
            raise UnusableReplyError("another reply of this table and time is landed already, so this one is refused")
        return False
    try:
        shape = history.check(origin, body, promise, was_requested=False)
    except UnusableReplyError as error:
        raise _kept_aside(error, origin, body, landing) from None
    told.count(landing.land(origin, body, shape)[0])
    return True


def _kept_aside(error: UnusableReplyError, origin: Origin, body: bytes, landing: Landing) -> UnusableReplyError:
    """Quarantine a reply, and give the reason with the place that it is kept in."""
    path = landing.quarantine(origin, body, str(error), error.rules)
    return UnusableReplyError(f"{str(error).rstrip('.')}. It is kept in {path} and does not enter", error.rules)


def _content(path: Path) -> bytes:
    """Read a file, unpacked. Raises UnusableReplyError where it cannot be unpacked."""
    content = path.read_bytes()
    if path.suffix != ".gz":
        return content
    try:
        return gzip.decompress(content)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise UnusableReplyError(f"cannot be unpacked ({error})") from None
