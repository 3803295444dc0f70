"""What changed since the release before: rows added, gone and changed, table by table, and in which periods.

Belongs here: comparing a build with the release that is current while it is published. Does not: showing it
(`report.pages.news`), nor what becomes of files of which nothing changed (`parquet`).

Two rows are the same row where they have the same key. Of the facts that a build continues, only the cells that it
wrote are compared, and the ranks of their periods: the others were copied with the file.
"""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path

import duckdb

from jobmaal.core.layout import quoted
from jobmaal.jobindsats.cells import INCREMENTAL_FACTS, RANKS, REBUILT

#: The table that differs from build to build by its nature.
_BUILD_TABLE = "audit_build"
#: A cell of the series.
_CELL = "measure_key, area_key, period_key, member"
#: What the rows that a build can have written are known by, in each of the facts that it continues.
_WRITTEN = {
    **{fact: {"written_periods": "period_key", "written": _CELL} for fact in INCREMENTAL_FACTS},
    RANKS: {"written_periods": "period_key"},
}
#: What distinguishes rows of the series' tables, beside their keys.
_PARTS = ("table_id", "period_key")


@dataclass(frozen=True)
class Changes:
    """Rows added, gone and changed, by table; and of the tables of the series the periods of which a row did.

    A table of which no row changed is not named. A period is a Jobindsats table's: (table_id, period_key).
    """

    tables: Mapping[str, Mapping[str, int]]
    periods: Mapping[str, Set[tuple[str, int]]]


@dataclass(frozen=True)
class _Columns:
    """A table's own columns, and those that it has in common with the release before."""

    own: list[str]
    common: list[str]


def compare(
    database: duckdb.DuckDBPyConnection, previous: Path, keys: Mapping[str, Sequence[str]], *, is_continued: bool
) -> Changes | None:
    """Attach the warehouse of the release before as `previous`, and compare; None where it is damaged.

    `keys` names the public tables with their key columns. The work database is attached as `work`.
    """
    tables: dict[str, dict[str, int]] = {}
    periods: dict[str, Set[tuple[str, int]]] = {}
    try:
        database.execute(f"attach '{quoted(previous)}' as previous (read_only)")
        if is_continued:
            _note_written(database)
        columns = _columns(database)
        for table in sorted(keys.keys() - {_BUILD_TABLE}):
            found = _differing(
                database, table, keys[table], columns[table], _WRITTEN.get(table) if is_continued else None
            )
            if found:
                _, _, added, gone, changed = zip(*found, strict=True)
                tables[table] = {"added": sum(added), "gone": sum(gone), "changed": sum(changed)}
                periods[table] = {(table_id, period_key) for table_id, period_key, *_ in found}
    except duckdb.Error:
        # A damaged release must not keep the next one from taking its place.
        return None
    return Changes(tables, periods)


def _note_written(database: duckdb.DuckDBPyConnection) -> None:
    """Note what the build wrote: cells of the tables that it has continued, and tables that it has rebuilt.

    And the cells' periods: few as a rule, so that one number distinguishes most of a fact.
    """
    database.execute(
        f"""
        create or replace temp table written as
        select distinct {_CELL}
        from work.intermediate.int_benchmark_vintages
        where table_id in (select table_id from work.raw.read_tables where how = 'continued')
        """
    )
    database.execute("create or replace temp table written_periods as select distinct period_key from temp.written")
    database.execute(
        f"""
        create or replace temp table rebuilt as
        select table_id from (select table_id from dim_measure union select table_id from previous.main.dim_measure)
        where {REBUILT}
        """
    )


def _differing(
    database: duckdb.DuckDBPyConnection,
    table: str,
    key: Sequence[str],
    columns: _Columns,
    written: Mapping[str, str] | None,
) -> list[tuple[str, int, int, int, int]]:
    """Count rows added, gone and changed, by table_id and period_key where the table has these."""
    if not set(key) <= set(columns.common):
        # A table of another key, or none at all, has no rows in common with this one.
        parts = _parts(columns.own, "{}")
        query = f"select {', '.join(parts)}, count(*), 0, 0 from {table} group by 1, 2"
    else:
        parts = _parts(columns.common, "coalesce(new.{0}, old.{0})")
        new, old = (_rows(name, columns.common, written) for name in (table, f"previous.main.{table}"))
        same = " and ".join(f"new.{column} is not distinct from old.{column}" for column in key)
        differs = " or ".join(f"new.{column} is distinct from old.{column}" for column in columns.common)
        query = f"""
            select
                {", ".join(parts)},
                count(*) filter (where old.is_there is null),
                count(*) filter (where new.is_there is null),
                count(*) filter (where new.is_there and old.is_there)
            from ({new}) as new
            full join ({old}) as old on {same}
            where new.is_there is null or old.is_there is null or {differs}
            group by 1, 2
        """
    found: list[tuple[str, int, int, int, int]] = database.execute(query).fetchall()
    return found


def _rows(table: str, columns: Sequence[str], written: Mapping[str, str] | None) -> str:
    """Return the query of the rows that can differ from the release before."""
    rows = f"select {', '.join(columns)}, true as is_there from {table}"
    if written is None:
        return rows
    known = " ".join(f"semi join temp.{name} using ({by})" for name, by in written.items())
    # A period of a table that was rebuilt may be one that was written of another.
    rebuilt = "join temp.rebuilt using (table_id)"
    return f"{rows} {known} anti {rebuilt} union all {rows} semi {rebuilt}"


def _parts(columns: Sequence[str], form: str) -> list[str]:
    return [form.format(part) if set(_PARTS) <= set(columns) else "null" for part in _PARTS]


def _columns(database: duckdb.DuckDBPyConnection) -> Mapping[str, _Columns]:
    """Return the columns of every table of this build."""
    found = database.execute(
        "select table_name, column_name, bool_or(database_name = 'previous') from duckdb_columns() "
        "where schema_name = 'main' and database_name in (current_database(), 'previous') "
        "group by all having bool_or(database_name = current_database()) order by all"
    ).fetchall()
    columns: dict[str, _Columns] = {}
    for table, column, is_common in found:
        of_table = columns.setdefault(table, _Columns([], []))
        of_table.own.append(column)
        if is_common:
            of_table.common.append(column)
    return columns
