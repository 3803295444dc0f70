"""Publishing: making a checked build a release, whole, and moving it into place.

Belongs here: Parquet, manifest, what changed, flushing, renaming, retiring. Does not: building, checking,
deciding whether the checks allow it, nor what the report (`report`), the files (`files`) and
the catalogue (`catalogue`) show.

A release is written under `data/work`, every file of it flushed to disk, then renamed to its folder;
the link `data/current` is replaced by one rename. A reader sees the old release or the new one, whole.
"""

from __future__ import annotations

import datetime as dt
import platform
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from jobmaal import __version__
from jobmaal.build import CONTRACT, Build
from jobmaal.catalogue.site import write as write_catalogue
from jobmaal.checks_page import write_page
from jobmaal.disclosure.tables import show
from jobmaal.errors import JobmaalError
from jobmaal.files.release_files import write as write_files
from jobmaal.layout import Layout, quoted
from jobmaal.outcomes import Outcome
from jobmaal.release import (
    MANIFEST,
    WAREHOUSE,
    build_ids,
    current_id,
    file_sha256,
    flush,
    manifest_text,
    pinned_id,
    point_to,
)
from jobmaal.report.pages.news import Since
from jobmaal.report.site import write as write_report

if TYPE_CHECKING:
    import duckdb

RELEASES_KEPT = 7
#: What the names of tables begin with that are written as one Parquet file per Jobindsats table.
_PARTITIONED = "fct_benchmark"
#: How each table of a release begins its description where the series are made up.
SYNTHETIC_MARK = "SYNTHETIC: the series of Jobindsats in this release are made up, to try things out with."
#: The table that differs from build to build by its nature.
_BUILD_TABLE = "audit_build"


@dataclass(frozen=True)
class Published:
    """What became of a build that passed its checks."""

    folder: Path
    is_current: bool
    told: str


def publish(layout: Layout, build: Build, outcomes: Sequence[Outcome], keys: Mapping[str, Sequence[str]]) -> Published:
    """Make the checked build a release, and the current one unless publishing is pinned.

    `keys` names the public tables and their key columns. Raises JobmaalError where the build does not hold
    exactly the promised tables.
    """
    pinned = pinned_id(layout)
    if pinned is not None:
        told = f"held back: pinned to {pinned} (`jobmaal unpin`)"
        return Published(layout.work, is_current=False, told=told)
    staged = layout.work / "release"
    shutil.rmtree(staged, ignore_errors=True)
    staged.mkdir(parents=True)
    previous = current_id(layout)
    with _open(layout.warehouse) as database:
        _check_tables(database, keys)
        if build.has_synthetic:
            _mark_synthetic(database, sorted(keys))
        rows = {name: _count(database, name) for name in sorted(keys)}
        for name in sorted(keys):
            _write_parquet(database, name, keys[name], staged / "parquet", build.has_synthetic)
        since = _since(database, layout, previous, keys) if previous is not None else None
        shown = show(database)
        write_report(staged / "report", build, database, shown, since)
        write_files(staged, build, database, shown)
        write_catalogue(staged / "catalogue", build, rows, layout.dbt_docs)
        # The file is whole by itself: nothing of it lies in a log beside it.
        database.execute("force checkpoint")
    if layout.warehouse.with_name(WAREHOUSE + ".wal").exists():
        raise JobmaalError(f"{layout.warehouse} still has a write-ahead log beside it; nothing was published.")
    shutil.copyfile(layout.warehouse, staged / WAREHOUSE)
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
        "versions": _versions(),
        "inputs": dict(build.inputs),
        "outputs": {
            str(path.relative_to(staged)): {"sha256": file_sha256(path), "bytes": path.stat().st_size}
            for path in sorted(staged.rglob("*"))
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
    told = f"{build.build_id}" + (f", {len(gone)} old release(s) removed" if gone else "")
    return Published(folder, is_current=True, told=told)


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
    """Say in each table's own description that the release is built on made-up series."""
    for table in tables:
        found = database.execute("select comment from duckdb_tables() where table_name = ?", [table]).fetchall()
        told = f"{SYNTHETIC_MARK} {found[0][0] or ''}".strip().replace("'", "''")
        database.execute(f"comment on table {table} is '{told}'")


def _write_parquet(
    database: duckdb.DuckDBPyConnection, table: str, key: Sequence[str], folder: Path, is_synthetic: bool
) -> None:
    """Write a table's rows in key order, so that the same input gives the same bytes."""
    order = ", ".join(key)
    mark = ", kv_metadata {synthetic: 'true'}" if is_synthetic else ""

    def copy(columns: str, where: str, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        query = f"select {columns} from {table} {where} order by {order}"
        database.execute(f"copy ({query}) to '{quoted(path)}' (format parquet, compression zstd{mark})")

    if not table.startswith(_PARTITIONED):
        copy("*", "", folder / f"{table}.parquet")
        return
    parts = [row[0] for row in database.execute(f"select distinct table_id from {table} order by 1").fetchall()]
    for part in parts:
        where = f"where table_id = '{part.replace(chr(39), chr(39) * 2)}'"
        copy("* exclude (table_id)", where, folder / table / f"table_id={part}" / "data.parquet")
    if not parts:
        # A reader of the whole folder finds the columns even where there are no rows yet.
        none = folder / table / "table_id=__HIVE_DEFAULT_PARTITION__" / "data.parquet"
        copy("* exclude (table_id)", "", none)


def _since(
    database: duckdb.DuckDBPyConnection, layout: Layout, previous: str, keys: Mapping[str, Sequence[str]]
) -> Since:
    """Attach the release before as `previous`, and count rows added, gone and changed since, table by table."""
    import duckdb  # noqa: PLC0415

    try:
        database.execute(f"attach '{quoted(layout.releases / previous / WAREHOUSE)}' as previous (read_only)")
        changes = {table: _change(database, table, key) for table, key in sorted(keys.items()) if table != _BUILD_TABLE}
    except duckdb.Error:
        # A damaged release must not keep the next one from taking its place.
        return Since(None)
    return Since({table: change for table, change in changes.items() if any(change.values())})


def _change(database: duckdb.DuckDBPyConnection, table: str, key: Sequence[str]) -> dict[str, int]:
    """Count a table's rows that are new, gone or changed against the release attached as `previous`."""
    common = _common_columns(database, table)
    if not set(key) <= set(common):
        # A table of another key, or none at all, has no rows in common with this one.
        return {"added": _count(database, table), "gone": 0, "changed": 0}
    columns, on = ", ".join(common), ", ".join(key)
    row = database.execute(
        f"""
        with new_rows as (select {columns} from {table}),
        old_rows as (select {columns} from previous.main.{table}),
        differing as (select {on} from (from new_rows except all from old_rows)),
        vanished as (select {on} from (from old_rows except all from new_rows))
        select
            (select count(*) from (select * from differing except all select * from vanished)),
            (select count(*) from (select * from vanished except all select * from differing)),
            (select count(*) from (select * from differing intersect all select * from vanished))
        """
    ).fetchall()[0]
    return dict(zip(("added", "gone", "changed"), row, strict=True))


def _common_columns(database: duckdb.DuckDBPyConnection, table: str) -> list[str]:
    rows = database.execute(
        "select column_name from duckdb_columns() where table_name = ? group by 1 having count(*) = 2 order by 1",
        [table],
    ).fetchall()
    return [row[0] for row in rows]


def _move_into_place(layout: Layout, staged: Path, build_id: str) -> Path:
    """Flush every file, forbid writing, and rename the folder to where it stays."""
    for path in staged.rglob("*"):
        if path.is_file():
            path.chmod(0o444)
            flush(path)
    for path in [*(p for p in staged.rglob("*") if p.is_dir()), staged]:
        flush(path)
    layout.releases.mkdir(parents=True, exist_ok=True)
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
    for leaving in layout.releases.glob(".leaving-*"):
        shutil.rmtree(leaving, ignore_errors=True)
    return gone


def _open(path: Path) -> duckdb.DuckDBPyConnection:
    import duckdb  # noqa: PLC0415 - `jobmaal status` starts without it

    connection = duckdb.connect(str(path))
    connection.execute("set timezone = 'UTC'")
    return connection


def _count(database: duckdb.DuckDBPyConnection, table: str) -> int:
    return int(database.execute(f"select count(*) from {table}").fetchall()[0][0])


def _versions() -> dict[str, str]:
    names: Iterable[str] = ("duckdb", "dbt-core", "dbt-duckdb", "dagster", "great-expectations", "pandas")
    return {"jobmaal": __version__, "python": platform.python_version(), **{n: metadata.version(n) for n in names}}
