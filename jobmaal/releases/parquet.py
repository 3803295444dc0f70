"""The tables of a release as Parquet, and what the next build and a cluster need beside them.

Belongs here: which files there are, what is in each, and taking over those of the release before that did not change.
Does not: moving them into place (`publish`), nor whether a release may be continued (`incremental`).

Rows stand in key order, and which rows stand in which file follows from the table alone. So the same input gives the
same bytes, whether a file was written or taken over.
"""

import os
from collections.abc import Iterator, Mapping, Sequence, Set
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from jobmaal.core.layout import quoted
from jobmaal.jobindsats.cells import STATE_TABLES
from jobmaal.releases.changes import Changes
from jobmaal.releases.incremental import STATE, Release, link

#: What the names of tables begin with that are written in a folder per Jobindsats table.
_PARTITIONED = "fct_benchmark"
#: Maximum number of rows of a Jobindsats table in one file.
ROWS_IN_ONE_FILE = 1_000_000
#: A larger one is a file a period, or a file a year where its periods have fewer rows than this.
ROWS_OF_A_PERIOD = 5_000
#: Maximum number of rows that are gathered by period before files are made of them: half a gigabyte.
_ROWS_AT_ONCE = 4_000_000
#: The database in memory in which they are.
_GATHERED = "gathered"
#: What the models of the series read of the documents, for a cluster that builds them.
DOCUMENTS = {
    "staging": (
        "stg_documents__areas", "stg_documents__comparison_group_areas", "stg_documents__comparison_groups",
        "stg_documents__levels", "stg_documents__measures", "stg_documents__rankings",
        "stg_documents__series_breaks", "stg_documents__target_series", "stg_documents__target_status",
        "stg_jobmaal__actuals", "stg_jobmaal__figures",
    ),
    "intermediate": ("int_agreements", "int_levels", "int_targets"),
}  # fmt: skip


@dataclass
class Written:
    """What became of the facts' files: rows written, and the sha256 and bytes of each file taken over, by its name."""

    rows: int = 0
    linked: dict[str, dict[str, Any]] = field(default_factory=dict)


def write(
    database: duckdb.DuckDBPyConnection,
    keys: Mapping[str, Sequence[str]],
    staged: Path,
    base: tuple[Release, Changes] | None,
    *,
    is_synthetic: bool,
) -> Written:
    """Write all public tables in key order; `keys` names them with their key columns.

    Files of `base` of which no row changed are taken over from there.
    """
    writer = _Writer(database, staged, base, is_synthetic=is_synthetic)
    database.execute(f"attach if not exists ':memory:' as {_GATHERED}")
    for table, key in sorted(keys.items()):
        if table.startswith(_PARTITIONED):
            writer.write_folder(table, ", ".join(key))
        else:
            writer.copy(f"select * from {table} order by {', '.join(key)}", f"parquet/{table}.parquet")
    return writer.written


def write_state(database: duckdb.DuckDBPyConnection, staged: Path, *, is_synthetic: bool) -> None:
    """Write what the next build needs to continue this one, and a cluster to build the series, out of `work`."""
    writer = _Writer(database, staged, None, is_synthetic=is_synthetic)
    for schema, names in {"raw": STATE_TABLES, **DOCUMENTS}.items():
        for name in names:
            writer.copy(f"select * from work.{schema}.{name} order by all", f"{STATE}/{name}.parquet")


@dataclass(frozen=True)
class _File:
    """A file that has some periods of a Jobindsats table, by their keys."""

    name: str
    table_id: str
    periods: Set[int]


class _Writer:
    """Writes the files of one release."""

    def __init__(
        self,
        database: duckdb.DuckDBPyConnection,
        staged: Path,
        base: tuple[Release, Changes] | None,
        *,
        is_synthetic: bool,
    ) -> None:
        self._db, self._staged = database, staged
        self._base: Release | None = base[0] if base else None
        self._changes: Changes | None = base[1] if base else None
        self._mark = ", kv_metadata {synthetic: 'true'}" if is_synthetic else ""
        self.written = Written()

    def copy(self, query: str, name: str) -> int:
        """Write the rows of a query; return their number."""
        path = self._staged / name
        path.parent.mkdir(parents=True, exist_ok=True)
        # A connection of its own, since several files are written side by side.
        copied = self._db.cursor().execute(
            f"copy ({query}) to '{quoted(path)}' (format parquet, compression zstd{self._mark})"
        )
        return int(copied.fetchall()[0][0])

    def write_folder(self, table: str, order: str) -> None:
        """Write a fact of the series: a folder per Jobindsats table, in it one file, or one a period or year."""
        rows_of: dict[str, dict[int, int]] = {}
        counted = f"select table_id, period_key, count(*) from {table} group by all order by all"
        for table_id, period_key, rows in self._db.execute(counted).fetchall():
            rows_of.setdefault(table_id, {})[period_key] = rows
        if not rows_of:
            # A reader of the whole folder finds the columns even where there are no rows yet.
            none = f"parquet/{table}/table_id=__HIVE_DEFAULT_PARTITION__/data.parquet"
            self.copy(f"select * exclude (table_id) from {table} order by {order}", none)
        apart: list[_File] = []
        for table_id, rows_of_periods in rows_of.items():
            files = self._files(rows_of_periods)
            changed = self._changed(table, table_id, files)
            # Of each file the name, and the keys of the periods in it.
            names = {stem: f"parquet/{table}/table_id={table_id}/{stem}.parquet" for stem in files}
            wanted = {name: files[stem] for stem, name in names.items() if stem in changed or not self._take_over(name)}
            if len(files) == 1:
                own = f"select * exclude (table_id) from {table} where table_id = '{quoted(table_id)}' order by {order}"
                self.written.rows += sum(self.copy(own, name) for name in wanted)
            else:
                apart += [_File(name, table_id, periods) for name, periods in wanted.items()]
        for some in _batches(apart, rows_of):
            self._write_apart(table, order, some)

    def _write_apart(self, table: str, order: str, files: Sequence[_File]) -> None:
        """Write files of some periods each, out of rows that stand in key order, so that a period's lie far apart."""
        tables = ", ".join(sorted({f"'{quoted(file.table_id)}'" for file in files}))
        keys = ", ".join(sorted({str(key) for file in files for key in file.periods}))
        self._db.execute(
            f"create or replace table {_GATHERED}.rows as "
            f"from {table} where table_id in ({tables}) and period_key in ({keys}) order by table_id, period_key"
        )
        queries = [
            f"select * exclude (table_id) from {_GATHERED}.rows where table_id = '{quoted(file.table_id)}' and "
            f"({' or '.join(f'period_key = {key}' for key in sorted(file.periods))}) order by {order}"
            for file in files
        ]
        # A file is too small a matter for more than one thread.
        with ThreadPoolExecutor(os.cpu_count()) as side_by_side:
            self.written.rows += sum(side_by_side.map(self.copy, queries, [file.name for file in files]))
        self._db.execute(f"drop table {_GATHERED}.rows")

    def _files(self, rows_of_periods: Mapping[int, int]) -> dict[str, set[int]]:
        """Return each file's stem, and the keys of the periods in it, by how many rows each has."""
        rows = sum(rows_of_periods.values())
        if rows <= ROWS_IN_ONE_FILE:
            return {"data": set(rows_of_periods)}
        has_large_periods = rows >= len(rows_of_periods) * ROWS_OF_A_PERIOD
        column = "period_id" if has_large_periods else "cast(year_key as varchar)"
        query = f"select period_key, case when period_key = -1 then 'none' else {column} end from dim_period"
        names = dict(self._db.execute(query).fetchall())
        of_file: dict[str, set[int]] = {}
        for key in rows_of_periods:
            of_file.setdefault(names[key], set()).add(key)
        return dict(sorted(of_file.items()))

    def _changed(self, table: str, table_id: str, files: Mapping[str, Set[int]]) -> Set[str]:
        """Return the stems of the files in which a row differs from the release that the build continues."""
        if self._changes is None:
            return set(files)
        differing = {key for own, key in self._changes.periods.get(table, ()) if own == table_id}
        if not differing <= set().union(*files.values()):
            # A period that is gone may have been in any file.
            return set(files)
        return {stem for stem, keys in files.items() if keys & differing}

    def _take_over(self, name: str) -> bool:
        published = link(self._base, name, self._staged / name) if self._base else None
        if published is None:
            return False
        self.written.linked[name] = published
        return True


def _batches(files: Sequence[_File], rows_of: Mapping[str, Mapping[int, int]]) -> Iterator[Sequence[_File]]:
    """Put files together whose rows are gathered at once: all rows of the tables among them, in their periods."""
    batch: list[_File] = []
    for file in files:
        tables = {one.table_id for one in (*batch, file)}
        periods = frozenset().union(*(one.periods for one in (*batch, file)))
        if batch and sum(rows_of[table_id].get(key, 0) for table_id in tables for key in periods) > _ROWS_AT_ONCE:
            yield batch
            batch = []
        batch.append(file)
    if batch:
        yield batch
