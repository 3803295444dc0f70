"""The public tables as wider circles see them, row by row.

Belongs here: a query per table that differs from what DuckDB and Parquet hold. Does not: which values are hidden
(`rule`, `series`), nor files.

A suppressed value is NULL with the status `hidden`, whoever suppressed it, since the publisher's are primary. Of the
series there are the totals of the newest periods. A ranking in which a value is hidden is left out whole: nothing is
compared around it. A target's standing that rests on a suppressed value is suppressed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from jobmaal.disclosure.limit import limit
from jobmaal.disclosure.series import MOST_VALUES, Series, is_withheld, read

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
        case when closed.period_key is not null and {{is_any}} then '{HIDDEN}' else value_status end as value_status
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
        database.execute(_WITHHELD_TARGETS, {"protected": 2 * below})
        #: The measures of which nothing is shown, as table and name: whether they count persons is not known.
        self.withheld = [
            f"{row['table_id']}: {row['measure_name']}" for row in series.measures if below and is_withheld(row)
        ]

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
    value = _VALUE.format(is_any="true" if below else "value_status = 'reported'")
    no_actual = """
        replace (
            case when withheld.target_key is null then actual_value end as actual_value,
            case when withheld.target_key is null then attainment_ratio end as attainment_ratio,
            case when withheld.target_key is null then attainment_status else 'hidden' end as attainment_status
        )
    """
    return {
        "fct_benchmark": f"""
            select shown.* {value}
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
            select shown.* {value}
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
        "audit_reconciliation": """
            select * replace (
                case when claim_id not in (select claim_id from temp.withheld_targets) then computed_value end
                    as computed_value,
                case when claim_id not in (select claim_id from temp.withheld_targets) then residual end as residual
            )
            from audit_reconciliation
        """,
    }


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
#: The standings of targets that a suppressed value of the series discloses: the cell itself, the one that a change is
#: counted from, and for a place or a comparison those of every area. Members that are not shown have no complementary
#: suppression, and need none: a standing is the only value of them that is public.
_WITHHELD_TARGETS = """
    create or replace temp table withheld_targets as
    with suppressed as (
        select distinct measures.table_id, cells.area_key, cells.period_key, cells.member
        from fct_benchmark as cells
        inner join dim_measure as measures on cells.measure_key = measures.measure_key
        left join temp.hidden_now as closed
            on cells.is_total and cells.measure_key = closed.measure_key and cells.area_key = closed.area_key
            and cells.period_key = closed.period_key
        where measures.table_id in (
                select named.table_id from dim_measure as named
                inner join fct_target_attainment as facts on named.measure_key = facts.series_measure_key
            )
            and (
                closed.measure_key is not null
                or (measures.measure_kind = 'persons' and (cells."value" is null or cells."value" < $protected))
            )
    ),

    observed as (
        select
            facts.target_key, facts.period_key, facts.series_area_key, facts.series_member, facts.actual_source,
            facts.series_baseline_period_key, targets.target_kind, measures.table_id, measures.measure_kind,
            'series:' || measures.table_id || ':target_standing:' || targets.document_id || ':' || targets.target_id
            || ':' || periods.period_id as claim_id
        from fct_target_attainment as facts
        inner join dim_target as targets on facts.target_key = targets.target_key
        inner join dim_measure as measures on facts.series_measure_key = measures.measure_key
        inner join dim_period as periods on facts.period_key = periods.period_key
        where facts.series_measure_key != -1
    )

    select target_key, period_key, claim_id, actual_source = 'series' as is_actual
    from observed
    where $protected > 0 and (
        measure_kind = 'unclassified'
        or exists (
            select 1 from suppressed
            where suppressed.table_id = observed.table_id and suppressed.member = observed.series_member
                and suppressed.period_key in (observed.period_key, observed.series_baseline_period_key)
                and (
                    suppressed.area_key = observed.series_area_key
                    or observed.target_kind in ('rank', 'gap_reduction', 'beat_area')
                )
        )
    )
"""
