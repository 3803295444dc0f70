"""The public tables as wider circles see them, row by row.

Belongs here: a query per table that differs from what DuckDB and Parquet hold. Does not: which values are hidden
(`rule`, `series`), nor files.

A hidden value is NULL with the status `hidden`; the publisher's own stay `suppressed`. Of the series there are the
totals of the newest periods. A ranking in which a value is hidden is left out whole: nothing is compared around it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from jobmaal.disclosure.limit import limit
from jobmaal.disclosure.rule import PERSONS
from jobmaal.disclosure.series import MOST_VALUES, Series, read

if TYPE_CHECKING:
    import duckdb

#: What a value is that is hidden here and nowhere else.
HIDDEN = "hidden"

_OF_SERIES = "table_id in (select table_id from audit_reply)"
_CHOSEN = "shown.is_total and shown.period_key in (select period_key from temp.shown_periods)"
_NAMES_OF_CELL = "measure_key, area_key, period_key"
_VALUE = f"""
    replace (
        case when closed.period_key is null then "value" end as "value",
        case when closed.period_key is not null and value_status = 'reported' then '{HIDDEN}' else value_status end
            as value_status
    )
"""
_IS_WHOLE = """
    not exists (
        select 1 from fct_benchmark_rank as placed
        inner join temp.hidden_now as closed
            on placed.measure_key = closed.measure_key
            and placed.area_key = closed.area_key
            and placed.period_key = closed.period_key
        where placed.is_total and placed.measure_key = shown.measure_key
            and placed.comparison_group_key = shown.comparison_group_key and placed.period_key = shown.period_key
    )
"""


class Shown:
    """The tables of a build under the rule on what is hidden, while its database is open."""

    def __init__(self, database: duckdb.DuckDBPyConnection, series: Series, below: int) -> None:
        """Put what is hidden beside the tables, in the connection's own temporary ones."""
        self.series = series
        self.below = below
        self._relations = _relations(below)
        _prepare(database, series)

    def relation(self, table: str) -> str:
        """Give what stands after `from` for a table as it is shown, with the table's own columns."""
        return f"({self._relations[table]})" if table in self._relations else table

    def is_narrowed(self, table: str) -> bool:
        """Say whether a table may have less in it than the warehouse."""
        return table in self._relations


def show(database: duckdb.DuckDBPyConnection, most: int = MOST_VALUES) -> Shown:
    """Decide what is hidden of the build. Raises JobmaalError where the limit of what is hidden is no number."""
    below = limit()
    return Shown(database, read(database, below, most), below)


def _prepare(database: duckdb.DuckDBPyConnection, series: Series) -> None:
    found = [
        (measure["measure_key"], series.areas[area]["area_key"], series.periods[period]["period_key"],
         series.cells[at][area, period].since[number], number == len(series.cells[at][area, period].since) - 1)
        for at, measure in enumerate(series.measures)
        for area, period, number in sorted(series.secret[at])
    ]  # fmt: skip
    columns = [[row[place] for row in found] for place in range(5)]
    database.execute(
        """
        create or replace temp table hidden_vintages as
        select
            unnest(?::bigint[]) as measure_key, unnest(?::bigint[]) as area_key, unnest(?::bigint[]) as period_key,
            unnest(?::bigint[]) as since, unnest(?::boolean[]) as is_newest
        """,
        columns,
    )
    database.execute(
        f"create or replace temp table hidden_now as select {_NAMES_OF_CELL} from temp.hidden_vintages where is_newest"
    )
    database.execute(
        "create or replace temp table shown_periods as select unnest(?::bigint[]) as period_key",
        [[row["period_key"] for row in series.periods]],
    )


def _relations(below: int) -> Mapping[str, str]:
    # A number that a series gave, in persons, and so few that it is not shown.
    few = "{source} and ends_with({unit}, '" + PERSONS + "') and {value} < " + str(below)
    observed = few.format(source="actual_source = 'series'", unit="targets.unit", value="actual_value")
    claimed = few.format(source="claim_kind = 'target_standing'", unit="unit", value="computed_value")
    no_actual = (
        "replace (case when {few} then null else actual_value end as actual_value, "
        "case when {few} then null else attainment_ratio end as attainment_ratio)"
    )
    return {
        "fct_benchmark": f"""
            select shown.* {_VALUE}
            from (
                select * from fct_benchmark as shown where {_CHOSEN} and {_OF_SERIES}
                union all
                -- The documents' own, by the names of their tables: the series' rows need not be looked at.
                select * from fct_benchmark
                where table_id in (select table_id from dim_measure where not {_OF_SERIES})
            ) as shown
            left join temp.hidden_now as closed using ({_NAMES_OF_CELL})
        """,
        "fct_benchmark_vintage": f"""
            select shown.* {_VALUE}
            from fct_benchmark_vintage as shown
            left join temp.hidden_vintages as closed
                on shown.measure_key = closed.measure_key and shown.area_key = closed.area_key
                and shown.period_key = closed.period_key and epoch_us(shown.valid_from) = closed.since
            where {_CHOSEN}
        """,
        "fct_benchmark_rank": f"select * from fct_benchmark_rank as shown where {_CHOSEN} and {_IS_WHOLE}",
        "rpt_benchmark": f"""
            select shown.* exclude (period_key) replace (
                case when closed.period_key is null then country_value end as country_value,
                case when closed.period_key is null then gap_to_country end as gap_to_country
            )
            from (
                select told.*, periods.period_key
                from rpt_benchmark as told
                inner join dim_period as periods on told.period_id = periods.period_id
            ) as shown
            left join (
                select * from temp.hidden_now
                where area_key in (select area_key from dim_area where area_type = 'country')
            ) as closed on shown.measure_key = closed.measure_key and shown.period_key = closed.period_key
            where shown.period_key in (select period_key from temp.shown_periods) and {_IS_WHOLE}
        """,
        "fct_target_attainment": f"""
            select facts.* {no_actual.format(few=observed)}
            from fct_target_attainment as facts
            inner join (select target_key, unit from dim_target) as targets using (target_key)
        """,
        "rpt_target": f"select targets.* {no_actual.format(few=observed)} from rpt_target as targets",
        "audit_reconciliation": f"""
            select * replace (
                case when {claimed} then null else computed_value end as computed_value,
                case when {claimed} then null else residual end as residual
            )
            from audit_reconciliation
        """,
    }
