"""The tables of a release as Parquet, and what the next build and a cluster need beside them.

Belongs here: which files there are, what is in each, and taking over those of the release before that did not change.
Does not: moving them into place (`publish`), nor whether a release may be continued (`continuing`).

Rows stand in key order, and which rows stand in which file follows from the table alone. So the same input gives the
same bytes, whether a file was written or taken over.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jobmaal.continuing import STATE, Release, link
from jobmaal.jobindsats.cells import CONTINUED_FACTS, STATE_TABLES, WHOLE
from jobmaal.layout import quoted

if TYPE_CHECKING:
    import duckdb

#: What the names of tables begin with that are written in a folder per Jobindsats table.
_PARTITIONED = "fct_benchmark"
#: Up to so many rows a Jobindsats table is one file.
ROWS_IN_ONE_FILE = 1_000_000
#: A larger one is a file a period, or a file a year where its periods have fewer rows than this.
_ROWS_OF_A_PERIOD = 5_000
_FOLDER = "parquet"
#: What the models of the series read of the documents, for a cluster that builds them.
DOCUMENTS = {
    "staging": (
        "stg_documents__areas", "stg_documents__comparison_group_areas", "stg_documents__comparison_groups",
        "stg_documents__levels", "stg_documents__rankings", "stg_documents__series_breaks",
        "stg_documents__target_series", "stg_documents__target_status", "stg_jobmaal__actuals", "stg_jobmaal__figures",
    ),
    "intermediate": ("int_levels", "int_targets"),
}  # fmt: skip


def write(
    database: duckdb.DuckDBPyConnection,
    keys: Mapping[str, Sequence[str]],
    staged: Path,
    base: Release | None,
    *,
    is_synthetic: bool,
) -> dict[str, dict[str, Any]]:
    """Write all public tables in key order, and the state; `keys` names them with their key columns.

    The work database is attached as `work`. Gives the sha256 and bytes of the files taken over from the release that
    the build continues, by their names.
    """
    writer = _Writer(database, staged, base, ", kv_metadata {synthetic: 'true'}" if is_synthetic else "")
    for table, key in sorted(keys.items()):
        if table.startswith(_PARTITIONED):
            writer.write_folder(table, ", ".join(key))
        else:
            writer.copy(f"select * from {table} order by {', '.join(key)}", f"{_FOLDER}/{table}.parquet")
    for name in STATE_TABLES:
        writer.copy(f"select * from work.raw.{name} order by all", f"{STATE}/{name}.parquet")
    for schema, names in DOCUMENTS.items():
        for name in names:
            writer.copy(f"select * from work.{schema}.{name} order by all", f"{STATE}/{name}.parquet")
    return writer.linked


class _Writer:
    """Writes the files of one release."""

    def __init__(self, database: duckdb.DuckDBPyConnection, staged: Path, base: Release | None, mark: str) -> None:
        self._db, self._staged, self._base, self._mark = database, staged, base, mark
        self.linked: dict[str, dict[str, Any]] = {}

    def copy(self, query: str, name: str) -> None:
        """Write what a query gives."""
        path = self._staged / name
        path.parent.mkdir(parents=True, exist_ok=True)
        self._db.execute(f"copy ({query}) to '{quoted(path)}' (format parquet, compression zstd{self._mark})")

    def write_folder(self, table: str, order: str) -> None:
        """Write a fact of the series: a folder per Jobindsats table, in it one file, or one a period or year."""
        parts = self._db.execute(
            f"select table_id, count(*), count(distinct period_key) from {table} group by 1 order by 1"
        ).fetchall()
        if not parts:
            # A reader of the whole folder finds the columns even where there are no rows yet.
            none = f"{_FOLDER}/{table}/table_id=__HIVE_DEFAULT_PARTITION__/data.parquet"
            self.copy(f"select * exclude (table_id) from {table} order by {order}", none)
        for table_id, rows, periods in parts:
            unchanged = self._unchanged(table, table_id)
            for stem, where, is_of in self._files(table, table_id, rows, periods):
                name = f"{_FOLDER}/{table}/table_id={table_id}/{stem}.parquet"
                if is_of <= unchanged and self._take_over(name):
                    continue
                own = f"table_id = '{table_id.replace(chr(39), chr(39) * 2)}'"
                query = f"select * exclude (table_id) from {table} where {own} {where} order by {order}"
                self.copy(query, name)

    def _files(self, table: str, table_id: str, rows: int, periods: int) -> Iterator[tuple[str, str, frozenset[int]]]:
        """Give each file's stem, which rows are in it, and the keys of their periods."""
        found = self._db.execute(
            f"""
            select period_key, period_id, coalesce(cast(year_key as varchar), 'none')
            from (select distinct period_key from {table} where table_id = ?) inner join dim_period using (period_key)
            order by period_id
            """,
            [table_id],
        ).fetchall()
        if rows <= ROWS_IN_ONE_FILE:
            yield "data", "", frozenset(key for key, *_ in found)
            return
        of_file: dict[str, list[int]] = {}
        for key, period_id, year in found:
            of_file.setdefault(period_id if rows >= periods * _ROWS_OF_A_PERIOD else year, []).append(key)
        for stem, of_stem in of_file.items():
            yield stem, f"and period_key in ({', '.join(map(str, of_stem))})", frozenset(of_stem)

    def _unchanged(self, table: str, table_id: str) -> frozenset[int]:
        """Give the keys of the periods of which the build wrote nothing."""
        if self._base is None or table not in CONTINUED_FACTS:
            return frozenset()
        how = self._db.execute("select how from work.raw.read_tables where table_id = ?", [table_id]).fetchall()
        if not how or how[0][0] == WHOLE:
            return frozenset()
        newest = "and is_newest" if table == "fct_benchmark" else ""
        query = f"""
            select distinct period_key from {table} where table_id = $1
            except
            select period_key from work.intermediate.int_benchmark_vintages where table_id = $1 {newest}
        """
        return frozenset(row[0] for row in self._db.execute(query, [table_id]).fetchall())

    def _take_over(self, name: str) -> bool:
        published = link(self._base, name, self._staged / name) if self._base else None
        if published is None:
            return False
        self.linked[name] = published
        return True
