"""The public tables as wider circles see them, row by row.

Belongs here: a query per table that differs from what DuckDB and Parquet hold. Does not: which values are hidden
(`rule`, `series`), nor files.

A suppressed value is NULL with the status `hidden`, also the publisher's own, since those are primary. When it
changed is public neither: it has no vintages, and the response that it is in is the first that had the cell. Of the
series there are the totals of the newest periods. A ranking in which a value is hidden is left out whole: nothing is
compared around it. A target's standing that rests on a suppressed value is suppressed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import duckdb

from jobmaal.core.rows import Row, query
from jobmaal.outputs.suppression.limit import limit
from jobmaal.outputs.suppression.series import MOST_VALUES, Series, read, withheld

#: What a value is that is hidden here and nowhere else.
HIDDEN = "hidden"

_OF_SERIES = "table_id in (select table_id from audit_reply)"
_CHOSEN = "shown.is_total and shown.period_key in (select period_key from temp.shown_periods)"
_NAMES_OF_CELL = "measure_key, area_key, period_key"
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
        self._relations = _relations()
        of_nothing = withheld(series.measures) if below else []
        _prepare(database, series, of_nothing)
        database.execute(_WITHHELD_TARGETS, {"protected": 2 * below})
        #: The measures of which nothing is shown, as table and name.
        self.withheld = [f"{row['table_id']}: {row['measure_name']}" for row in of_nothing]
        #: Where counts of persons below zero landed before they were refused; they are suppressed like small ones.
        self.negative = [
            f"{row['table_id']}: {row['measure_name']}: {row['found']} below zero, first in {row['source_ref']}"
            for row in query(database, _NEGATIVE)
        ]

    def relation(self, table: str) -> str:
        """Return what stands after `from` for a table as it is shown, with the table's own columns."""
        return f"({self._relations[table]})" if table in self._relations else table

    def is_narrowed(self, table: str) -> bool:
        """Check whether a table may have less in it than the warehouse."""
        return table in self._relations


def show(database: duckdb.DuckDBPyConnection, most: int = MOST_VALUES) -> Shown:
    """Decide what is hidden of the build. Raises JobmaalError where the limit of what is hidden is no number."""
    below = limit()
    return Shown(database, read(database, below, most), below)


def _prepare(database: duckdb.DuckDBPyConnection, series: Series, of_nothing: Sequence[Row]) -> None:
    found = [
        (measure["measure_key"], series.areas[area]["area_key"], series.periods[period]["period_key"],
         series.cells[at][area, period].since[number], number == len(series.cells[at][area, period].since) - 1,
         series.sources[series.cells[at][area, period].sources[0]]["source_ref"])
        for at, measure in enumerate(series.measures)
        for area, period, number in sorted(series.secret[at])
    ]  # fmt: skip
    columns = [[row[place] for row in found] for place in range(6)]
    database.execute(
        """
        create or replace temp table hidden_vintages as
        select
            unnest(?::bigint[]) as measure_key, unnest(?::bigint[]) as area_key, unnest(?::bigint[]) as period_key,
            unnest(?::bigint[]) as since, unnest(?::boolean[]) as is_newest, unnest(?::varchar[]) as first_source_ref
        """,
        columns,
    )
    database.execute(
        f"""
        create or replace temp table hidden_now as
        select {_NAMES_OF_CELL}, replies.source_ref, replies.released_at
        from temp.hidden_vintages as vintages
        inner join audit_reply as replies on vintages.first_source_ref = replies.source_ref
        where is_newest
        """
    )
    database.execute(
        "create or replace temp table shown_periods as select unnest(?::bigint[]) as period_key",
        [[row["period_key"] for row in series.periods]],
    )
    database.execute(
        "create or replace temp table withheld_measures as select unnest(?::bigint[]) as measure_key",
        [[row["measure_key"] for row in of_nothing]],
    )


def _relations() -> Mapping[str, str]:
    no_actual = """
        replace (
            case when withheld.target_key is null then actual_value end as actual_value,
            case when withheld.target_key is null then actual_source_ref end as actual_source_ref,
            case when withheld.target_key is null then attainment_ratio end as attainment_ratio,
            case when withheld.target_key is null then attainment_status else 'hidden' end as attainment_status
        )
    """
    return {
        "fct_benchmark": f"""
            select shown.* replace (
                case when closed.period_key is null then shown."value" end as "value",
                case when closed.period_key is null then shown.value_status else '{HIDDEN}' end as value_status,
                coalesce(closed.source_ref, shown.source_ref) as source_ref,
                case when closed.period_key is null then shown.released_at else closed.released_at end as released_at
            )
            from (
                select * from fct_benchmark as shown where {_CHOSEN} and {_OF_SERIES}
                union all
                -- The documents' own, by the names of their tables: the series' rows need not be looked at.
                select * from fct_benchmark
                where table_id in (select table_id from dim_measure where not {_OF_SERIES})
            ) as shown
            left join temp.hidden_now as closed
                on shown.measure_key = closed.measure_key and shown.area_key = closed.area_key
                and shown.period_key = closed.period_key
        """,
        "fct_benchmark_vintage": f"""
            select shown.*
            from fct_benchmark_vintage as shown
            anti join temp.hidden_vintages as closed
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
            select facts.* {no_actual}
            from fct_target_attainment as facts
            left join (select * from temp.withheld_targets where is_actual) as withheld using (target_key, period_key)
        """,
        "rpt_target": f"""
            select targets.* {no_actual}
            from rpt_target as targets
            left join (
                select found.target_key, periods.period_id
                from temp.withheld_targets as found
                inner join dim_period as periods on found.period_key = periods.period_key
                where found.is_actual
            ) as withheld
                on targets.target_key = withheld.target_key and targets.period_id = withheld.period_id
        """,
        "rpt_agreement": _COUNTED.format(table="rpt_agreement", key="agreement_key"),
        "rpt_initiative": _COUNTED.format(table="rpt_initiative", key="initiative_key"),
        # That a printed standing agrees with the series discloses the value of the series.
        "audit_reconciliation": """
            select * from audit_reconciliation where claim_id not in (select claim_id from temp.withheld_targets)
        """,
    }


_NEGATIVE = """
    select measures.table_id, measures.measure_name, count(*) as found, min(vintages.source_ref) as source_ref
    from fct_benchmark_vintage as vintages
    inner join dim_measure as measures on vintages.measure_key = measures.measure_key
    where measures.measure_kind = 'persons' and vintages."value" < 0
    group by measures.table_id, measures.measure_name
    order by measures.table_id, measures.measure_name
"""
#: A table that counts targets by how they stand: a suppressed standing is in none of the counts.
_COUNTED = """
    select counted.* replace (
        counted.targets_met - coalesce(withheld.met, 0) as targets_met,
        counted.targets_not_met - coalesce(withheld.not_met, 0) as targets_not_met
    )
    from {table} as counted
    left join (
        select
            facts.{key}, count(*) filter (facts.attainment_status = 'met') as met,
            count(*) filter (facts.attainment_status = 'not_met') as not_met
        from fct_target_attainment as facts
        inner join temp.withheld_targets as found using (target_key, period_key)
        where found.is_actual and facts.is_latest and facts.is_current
        group by facts.{key}
    ) as withheld on counted.{key} = withheld.{key}
"""
#: The standings of targets that a suppressed value of the series discloses. Such a value is a suppressed cell; of the
#: members, whose cells are public nowhere else, a small count, and a count whose rest of the total is small.
_WITHHELD_TARGETS = """
    create or replace temp table withheld_targets as
    with observed as (
        select
            facts.*, measures.table_id, measures.measure_kind, targets.target_kind, targets.area_key as other_area_key,
            'series:' || measures.table_id || ':target_standing:' || targets.document_id || ':' || targets.target_id
            || ':' || periods.period_id as claim_id
        from fct_target_attainment as facts
        inner join dim_target as targets on facts.target_key = targets.target_key
        inner join dim_measure as measures on facts.series_measure_key = measures.measure_key
        inner join dim_period as periods on facts.period_key = periods.period_key
        where facts.series_measure_key != -1
    ),

    cells as (
        select cells.*, measures.measure_kind, closed.measure_key is not null as is_closed
        from fct_benchmark as cells
        inner join dim_measure as measures on cells.measure_key = measures.measure_key
        left join temp.hidden_now as closed
            on cells.is_total and cells.measure_key = closed.measure_key and cells.area_key = closed.area_key
            and cells.period_key = closed.period_key
        where cells.table_id in (select table_id from observed)
            and cells.period_key in (select unnest([period_key, series_baseline_period_key]) from observed)
    ),

    rests as (
        select
            totals.measure_key, totals.area_key, totals.period_key,
            any_value(totals."value") - sum(members."value") as rest
        from cells as totals
        inner join cells as members
            on totals.measure_key = members.measure_key and totals.area_key = members.area_key
            and totals.period_key = members.period_key
        inner join (
            select distinct
                series_measure_key as measure_key, series_area_key as area_key, series_member as member,
                unnest([period_key, series_baseline_period_key]) as period_key
            from observed
        ) as public
            on members.measure_key = public.measure_key and members.area_key = public.area_key
            and members.member = public.member and members.period_key = public.period_key
        where totals.is_total and not members.is_total
        group by totals.measure_key, totals.area_key, totals.period_key
    ),

    suppressed as (
        select cells.*
        from cells
        left join rests
            on not cells.is_total and cells.measure_key = rests.measure_key and cells.area_key = rests.area_key
            and cells.period_key = rests.period_key
        where cells.is_closed
            or (
                cells.measure_kind = 'persons'
                and (cells."value" is null or cells."value" < $protected or rests.rest < $protected)
            )
    )

    select target_key, period_key, claim_id, actual_source = 'series' as is_actual
    from observed
    where $protected > 0 and (
        observed.series_measure_key in (select measure_key from temp.withheld_measures)
        or exists (
            select 1 from suppressed
            where suppressed.table_id = observed.table_id and suppressed.member = observed.series_member
                and (suppressed.measure_kind = 'persons' or suppressed.measure_key = observed.series_measure_key)
                and suppressed.period_key in (observed.period_key, observed.series_baseline_period_key)
                and (
                    suppressed.area_key = observed.series_area_key
                    or (observed.target_kind = 'beat_area' and suppressed.area_key = observed.other_area_key)
                    or (observed.target_kind in ('rank', 'gap_reduction') and suppressed.area_key in (
                        select ranks.area_key from fct_benchmark_rank as ranks
                        where ranks.measure_key = observed.series_measure_key
                            and ranks.comparison_group_key = observed.series_comparison_group_key
                    ))
                )
        )
    )
"""
