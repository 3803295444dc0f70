"""Publishing: making a checked build a release, whole, and moving it into place.

Belongs here: manifest, what changed, flushing, renaming, retiring. Does not: building, checking, deciding whether the
checks allow it, writing Parquet (`parquet`), nor what the report (`report`), the files (`files`) and the catalogue
(`catalogue`) show.

A release is written under `data/work`, every file of it flushed to disk, then renamed to its folder;
the link `data/current` is replaced by one rename. A reader sees the old release or the new one, whole.
"""

import datetime as dt
import platform
import shutil
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import duckdb

from jobmaal.core.build import CONTRACT, VERSION, Build
from jobmaal.core.database import connect
from jobmaal.core.errors import JobmaalError
from jobmaal.core.files import flush, make_folder, sha256
from jobmaal.core.layout import Layout, quoted
from jobmaal.core.outcomes import Outcome
from jobmaal.inputs import tables
from jobmaal.jobindsats.unmatched import find as find_unmatched
from jobmaal.outputs.checks_page import write_page
from jobmaal.outputs.dictionary.site import write as write_catalogue
from jobmaal.outputs.files.release_files import write as write_files
from jobmaal.outputs.report.pages.news import Since
from jobmaal.outputs.report.site import write as write_report
from jobmaal.outputs.suppression.tables import Shown, show
from jobmaal.releases import changes, incremental, parquet
from jobmaal.releases.catalogue import (
    MANIFEST,
    RELEASES_KEPT,
    WAREHOUSE,
    build_ids,
    current_id,
    manifest_text,
    pinned_id,
    point_to,
)

#: Where in the work folder a release is written.
_STAGED = "release"
#: How each table of a release begins its description where the series are made up.
SYNTHETIC_MARK = "SYNTHETIC: the series of Jobindsats in this release are made up, to try things out with."


@dataclass(frozen=True)
class Published:
    """What became of a build that passed its checks."""

    folder: Path
    is_current: bool
    report: str


def publish(layout: Layout, build: Build, outcomes: Sequence[Outcome], keys: Mapping[str, Sequence[str]]) -> Published:
    """Make the checked build a release, and the current one unless publishing is pinned.

    `keys` names the public tables and their key columns. Raises JobmaalError where the build does not hold
    exactly the promised tables.
    """
    pinned = pinned_id(layout)
    if pinned is not None:
        report = f"held back: pinned to {pinned} (`jobmaal unpin`)"
        return Published(layout.work, is_current=False, report=report)
    staged = layout.work / _STAGED
    shutil.rmtree(staged, ignore_errors=True)
    staged.mkdir(parents=True)
    previous = current_id(layout)
    with connect(layout.warehouse) as database:
        _check_tables(database, keys)
        if build.has_synthetic:
            _mark_synthetic(database, sorted(keys))
        database.execute(f"attach '{quoted(layout.work_database)}' as work (read_only)")
        rows = {name: _count(database, name) for name in sorted(keys)}
        base = incremental.of(layout, build.continues) if build.continues else None
        since, written, shown = _stage(database, layout, build, keys, base)
        series = _series_read(database, written)
        unmatched = [
            str(fault) for fault in find_unmatched(database, layout, tables.inspect(layout)[0], series["tables"])
        ]
        # The file is whole by itself: nothing of it lies in a log beside it.
        database.execute("force checkpoint")
    if layout.warehouse.with_name(WAREHOUSE + ".wal").exists():
        raise JobmaalError(f"{layout.warehouse} still has a write-ahead log beside it; nothing was published.")
    layout.warehouse.rename(staged / WAREHOUSE)
    write_catalogue(staged / "catalogue", build, rows, layout.dbt_docs)
    write_page(staged / "checks.html", build, outcomes)
    manifest = {
        "build_id": build.build_id,
        "contract": CONTRACT,
        "built_at": build.built_at.isoformat(),
        "published_at": dt.datetime.now(dt.UTC).isoformat(),
        "previous_build_id": previous,
        "git_revision": build.git_revision,
        "input_sha256": build.input_sha256,
        "has_synthetic": build.has_synthetic,
        "municipality": build.municipality,
        "reading_sha256": build.reading_sha256,
        "continues": build.continues or None,
        "whole_at": base.manifest["whole_at"] if base else build.built_at.isoformat(),
        "series": series,
        "unmatched": unmatched,
        "withheld_measures": shown.withheld,
        "negative_counts": shown.negative,
        "versions": _versions(),
        "inputs": dict(build.inputs),
        "outputs": {
            name: written.linked.get(name) or {"sha256": sha256(path), "bytes": path.stat().st_size}
            for name, path in sorted((str(path.relative_to(staged)), path) for path in staged.rglob("*"))
            if path.is_file()
        },
        "rows": rows,
        "changes": {} if since is None else since.changes,
        "checks": [asdict(outcome) for outcome in outcomes],
    }
    (staged / MANIFEST).write_text(manifest_text(manifest), encoding="utf-8")
    folder = _move_into_place(layout, staged, build.build_id)
    point_to(layout, build.build_id)
    gone = _retire(layout)
    report = f"{build.build_id}" + (f", {len(gone)} old release(s) removed" if gone else "")
    return Published(folder, is_current=True, report=report)


def _stage(
    database: duckdb.DuckDBPyConnection,
    layout: Layout,
    build: Build,
    keys: Mapping[str, Sequence[str]],
    base: incremental.Release | None,
) -> tuple[Since | None, parquet.Written, Shown]:
    """Compare with the warehouse of the release before and write the files that are made of tables.

    Comparing and Parquet are DuckDB's work, and what people open is Python's: one goes on beside the other.
    """
    staged, previous = layout.work / _STAGED, current_id(layout)

    def compared() -> changes.Changes | None:
        if previous is None:
            return None
        before = layout.releases / previous / WAREHOUSE
        with database.cursor() as own:
            return changes.compare(own, before, keys, is_continued=base is not None)

    def written_tables() -> parquet.Written:
        found = comparing.result()
        taken_over = (base, found) if base and found else None
        with database.cursor() as own:
            return parquet.write(own, keys, staged, taken_over, is_synthetic=build.has_synthetic)

    with ThreadPoolExecutor(1) as beside:
        comparing, writing = beside.submit(compared), beside.submit(written_tables)
        parquet.write_state(database, staged, is_synthetic=build.has_synthetic)
        shown = show(database)
        different = comparing.result()
        since = None if previous is None else Since(None if different is None else different.tables)
        write_report(staged / "report", build, database, shown, since)
        write_files(staged, build, database, shown)
    return since, writing.result(), shown


def _check_tables(database: duckdb.DuckDBPyConnection, keys: Mapping[str, Sequence[str]]) -> None:
    found = {
        (row[0], row[1])
        for row in database.execute("select table_schema, table_name from information_schema.tables").fetchall()
    }
    promised = {("main", name) for name in keys}
    if found != promised:
        odd = ", ".join(sorted(f"{schema}.{name}" for schema, name in found ^ promised))
        raise JobmaalError(f"The build does not hold exactly the promised tables; they differ in: {odd}")


def _mark_synthetic(database: duckdb.DuckDBPyConnection, tables: Sequence[str]) -> None:
    """Return in each table's own description that the release is built on made-up series."""
    for table in tables:
        found = database.execute("select comment from duckdb_tables() where table_name = ?", [table]).fetchall()
        comment = f"{SYNTHETIC_MARK} {found[0][0] or ''}".strip().replace("'", "''")
        database.execute(f"comment on table {table} is '{comment}'")


def _series_read(database: duckdb.DuckDBPyConnection, written: parquet.Written) -> dict[str, Any]:
    """Return what of the series was read, and how much of it was written."""
    read = database.execute("select table_id, how, cells_read from work.raw.read_tables order by 1").fetchall()
    return {
        "tables": {table_id: how for table_id, how, _ in read},
        "cells_read": sum(cells for *_, cells in read),
        "values_written": _count(database, "work.raw.read_vintages"),
        "parquet_rows_written": written.rows,
        "parquet_files_linked": len(written.linked),
    }


def _move_into_place(layout: Layout, staged: Path, build_id: str) -> Path:
    """Flush every file, forbid writing, and rename the folder to where it stays."""
    for path in staged.rglob("*"):
        if path.is_file():
            path.chmod(0o444)
            flush(path)
    for path in [*(p for p in staged.rglob("*") if p.is_dir()), staged]:
        flush(path)
    make_folder(layout.releases)
    folder = layout.releases / build_id
    staged.rename(folder)
    flush(layout.releases)
    return folder


def _retire(layout: Layout) -> list[str]:
    """Remove all but the last releases; never the current one or one that is pinned."""
    ids = build_ids(layout)
    spared = {*ids[-RELEASES_KEPT:], current_id(layout), pinned_id(layout)}
    gone = [build_id for build_id in ids if build_id not in spared]
    for build_id in gone:
        # Renamed first, so that nobody finds half a release under its name.
        leaving = layout.releases / f".leaving-{build_id}"
        (layout.releases / build_id).rename(leaving)
    if gone:
        # Else a power cut could leave its old name to one that is half removed.
        flush(layout.releases)
    for leaving in layout.releases.glob(".leaving-*"):
        shutil.rmtree(leaving, ignore_errors=True)
    return gone


def _count(database: duckdb.DuckDBPyConnection, table: str) -> int:
    return int(database.execute(f"select count(*) from {table}").fetchall()[0][0])


def _versions() -> dict[str, str]:
    names: Iterable[str] = ("duckdb", "dbt-core", "dbt-duckdb", "dagster", "great-expectations", "pandas")
    return {"jobmaal": VERSION, "python": platform.python_version(), **{n: metadata.version(n) for n in names}}
