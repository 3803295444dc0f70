"""The public tables as public outputs have them, row by row; a file of SQL has each that differs from the warehouse.

Belongs here: applying to the tables what is suppressed. Does not: which values are suppressed (`rule`, `series`), nor
files.

A suppressed value is NULL with the status `hidden`, also the publisher's own, since those are primary. When it
changed is not public either: it has no vintages, and its response is the first that had the cell. Of the series there
are the totals of the newest periods. A ranking with a suppressed value is left out whole: nothing is compared around
it. A target's observation that rests on a suppressed value is suppressed.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb

from jobmaal.core.database import Row, query, read_sql
from jobmaal.outputs.suppression.limit import limit
from jobmaal.outputs.suppression.series import MOST_VALUES, Series, read, withheld

#: The status of a value that is suppressed in public outputs and nowhere else.
HIDDEN = "hidden"
_HERE = Path(__file__).parent
#: For each public table that is not shown as it is, the file with its query, and the names in that file.
_NARROWED: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "fct_benchmark": ("fct_benchmark", {}),
    "fct_benchmark_vintage": ("fct_benchmark_vintage", {}),
    "fct_benchmark_rank": ("fct_benchmark_rank", {}),
    "rpt_benchmark": ("rpt_benchmark", {}),
    "fct_target_attainment": ("target_observations", {"period": "period_key"}),
    "rpt_target": ("target_observations", {"period": "period_id"}),
    "rpt_agreement": ("target_counts", {"key": "agreement_key"}),
    "rpt_initiative": ("target_counts", {"key": "initiative_key"}),
    "audit_reconciliation": ("audit_reconciliation", {}),
}


class Shown:
    """The tables of a build under the rule on what is suppressed, while its database is open."""

    def __init__(self, database: duckdb.DuckDBPyConnection, series: Series, below: int) -> None:
        """Put what is suppressed beside the tables, in the connection's own temporary ones."""
        self.series = series
        self.below = below
        self._relations = {
            table: f"({read_sql(_HERE / f'{file}.sql', table=table, **names)})"
            for table, (file, names) in _NARROWED.items()
        }
        measures = withheld(series.measures) if below else []
        _prepare(database, series, measures, 2 * below)
        #: The measures of which nothing is shown, as table and name.
        self.withheld = [f"{row['table_id']}: {row['measure_name']}" for row in measures]
        #: Where counts of persons below zero landed.
        self.negative = [
            f"{row['table_id']}: {row['measure_name']}: {row['negative']} below zero, first in {row['source_ref']}"
            for row in query(database, read_sql(_HERE / "negative_counts.sql"))
        ]

    def relation(self, table: str) -> str:
        """Return what to write after `from` for a table as it is shown, with the table's own columns."""
        return self._relations.get(table, table)

    def is_narrowed(self, table: str) -> bool:
        """Check whether a table may have less in it than the warehouse."""
        return table in self._relations


def show(database: duckdb.DuckDBPyConnection, most: int = MOST_VALUES) -> Shown:
    """Decide what is suppressed of the build. Raises JobmaalError where the limit is no number."""
    below = limit()
    return Shown(database, read(database, below, most), below)


def _prepare(
    database: duckdb.DuckDBPyConnection, series: Series, withheld_measures: Sequence[Row], protected: int
) -> None:
    """Make the temporary tables that the queries join: what is suppressed, and which periods are shown."""
    rows = [
        (measure["measure_key"], series.areas[area]["area_key"], series.periods[period]["period_key"],
         cells[area, period].since[number], number == len(cells[area, period].since) - 1,
         series.sources[cells[area, period].sources[0]]["source_ref"])
        for measure, cells, suppressed in zip(series.measures, series.cells, series.suppressed, strict=True)
        for area, period, number in sorted(suppressed)
    ]  # fmt: skip
    database.execute(
        """
        create or replace temp table suppressed_vintages as
        select
            unnest(?::bigint[]) as measure_key, unnest(?::bigint[]) as area_key, unnest(?::bigint[]) as period_key,
            unnest(?::bigint[]) as since, unnest(?::boolean[]) as is_newest, unnest(?::varchar[]) as first_source_ref
        """,
        [[row[place] for row in rows] for place in range(6)],
    )
    database.execute(
        """
        create or replace temp table suppressed_now as
        select measure_key, area_key, period_key, responses.source_ref, responses.released_at
        from temp.suppressed_vintages as vintages
        inner join audit_reply as responses on vintages.first_source_ref = responses.source_ref
        where is_newest;

        create or replace temp table suppressed_rankings as
        select distinct ranks.measure_key, ranks.comparison_group_key, ranks.period_key
        from fct_benchmark_rank as ranks
        inner join temp.suppressed_now using (measure_key, area_key, period_key)
        where ranks.is_total
        """
    )
    for table, key, found in (
        ("shown_periods", "period_key", series.periods),
        ("withheld_measures", "measure_key", withheld_measures),
    ):
        keys = [row[key] for row in found]
        database.execute(f"create or replace temp table {table} as select unnest(?::bigint[]) as {key}", [keys])
    targets = read_sql(_HERE / "withheld_targets.sql")
    database.execute(f"create or replace temp table withheld_targets as {targets}", {"protected": protected})
