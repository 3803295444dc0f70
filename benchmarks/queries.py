"""How fast the warehouse answers compared with one flat, sorted Parquet file per question, with all names joined.

Belongs here: the questions of docs/questions.md and the queries of the report that read the series, the same queries of
flat files made for them alone, and the comparison. What is asked of the documents' small
tables alone is left out: it is the same on both sides. Both sides are warm, on one open connection, and answer alike.
Writes `benchmarks/results/queries.<size>.json`. Run it with `make bench`.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import duckdb

from benchmarks import increment, landing, measure
from jobmaal.core.layout import quoted
from jobmaal.outputs.report import benchmark
from jobmaal.outputs.report.pages import benchmarks
from jobmaal.outputs.suppression.tables import show
from jobmaal.releases import catalogue
from tests.helpers.questions import PAGE, questions

CELLS = 1_000_000
REPETITIONS = 20
_OF_SERIES = ("fct_benchmark", "rpt_benchmark")
_NAMES = """
    measures.measure_name, measures.unit, areas.area_name, periods.period_id, periods.period_start,
    periods.period_end
"""
_JOINED = """
    inner join dim_measure as measures on facts.measure_key = measures.measure_key
    inner join dim_area as areas on facts.area_key = areas.area_key
    inner join dim_period as periods on facts.period_key = periods.period_key
"""
_RESPONSES = "(select *, row_number() over (order by retrieved_at, source_ref) - 1 as response from audit_reply)"
#: The flat files: one row per fact with all its names, sorted so that the statistics of its row groups tell apart.
_FLAT = {
    "benchmark": f"""
        select facts.*, {_NAMES}, agreements.agreement_name, responses.response
        from fct_benchmark as facts {_JOINED}
        left join dim_agreement as agreements on facts.table_id = agreements.document_id
        left join {_RESPONSES} as responses on facts.source_ref = responses.source_ref
    """,
    "vintage": f"""
        select facts.*, {_NAMES}, responses.response
        from fct_benchmark_vintage as facts {_JOINED}
        left join {_RESPONSES} as responses on facts.source_ref = responses.source_ref
    """,
    "ranks": f"""
        select
            facts.*, {_NAMES}, groups.comparison_group_id, best_areas.area_name as best_area_name, cells.value,
            case when starts_with(measures.unit, 'pct.') then of_country.value end as country_value
        from fct_benchmark_rank as facts {_JOINED}
        inner join dim_comparison_group as groups on facts.comparison_group_key = groups.comparison_group_key
        inner join dim_area as best_areas on facts.best_area_key = best_areas.area_key
        inner join fct_benchmark as cells
            on facts.measure_key = cells.measure_key and facts.area_key = cells.area_key
            and facts.period_key = cells.period_key and facts.member = cells.member
        left join (
            select fct_benchmark.* from fct_benchmark inner join dim_area using (area_key) where area_type = 'country'
        ) as of_country
            on facts.measure_key = of_country.measure_key and facts.period_key = of_country.period_key
            and facts.member = of_country.member
    """,
}
_SORTED = "table_id, measure_name, area_name, period_end, period_id, member"
#: The query of the flat files for each question of the page.
_PAGE = {
    12: """
        select measure_name, "value" as place from benchmark
        where table_id = 'beskaeftigelsesplan_2018' and unit = 'nr.' and area_name = 'København'
            and period_id = '2017Q02'
        order by place, measure_name
    """,
    16: """
        select
            measure_name, period_id, "value", unit, "rank", areas_ranked, gap_to_best, best_area_name,
            "value" - country_value as gap_to_country
        from (
            select * from ranks where is_total and comparison_group_id = 'seksby'
            qualify rank() over (partition by measure_key order by period_end desc, period_id desc) = 1
        )
        where area_name = 'København'
        order by table_id, measure_name
    """,
    17: """
        select
            was.table_id, was.measure_name, was.area_name, was.period_id, was."value" as was, later."value" as is_now,
            later."value" - was."value" as change, was.valid_to as revised_at
        from vintage as was
        inner join vintage as later
            on was.measure_key = later.measure_key and was.area_key = later.area_key
            and was.period_key = later.period_key and was.member = later.member and was.valid_to = later.valid_from
        where was.is_total and was.value_status = 'reported' and later.is_total and later.value_status = 'reported'
        order by abs(change) desc, 1, 2, 3, 4
        limit 20
    """,
    18: """
        select table_id, measure_name, count(*) filter (value_status = 'suppressed') as hidden_cells, count(*) as cells
        from benchmark
        where response is not null
        group by all
        having hidden_cells > 0
        order by hidden_cells desc, table_id, measure_name
    """,
}
#: Words of queries that decide what public outputs suppress: flat files have no rule to compare with.
_DECIDING = ("create or replace temp table", 'vintages."value" < 0')
#: The same for the report's queries, in its order, each with words that only it has.
_REPORT = {
    "periods that fit": (
        "as totals",
        """
        select
            period_key, period_id, period_start, period_end, count(*) filter (is_total) as totals,
            count(*) as all_values
        from benchmark
        where response is not null and period_end is not null
        group by all
        order by period_end desc, period_id desc
        """,
    ),
    "vintages of the totals": (
        "epoch_us(valid_from)",
        """
        select
            measure_key, area_key, period_key, epoch_us(valid_from) as since, cast("value" as double) as "value",
            case value_status when 'reported' then 0 when 'suppressed' then 1 else 2 end as state, response
        from vintage
        where is_total and period_key in (select unnest(?))
        order by measure_key, area_key, period_key, valid_from
        """,
    ),
    "places of the totals": (
        'list("rank")',
        """
        select measure_key, comparison_group_key, area_key, list(period_key), list("rank"), list(areas_ranked)
        from ranks as shown
        where is_total and period_key in (select period_key from temp.shown_periods) and not exists (
            select 1 from ranks as placed inner join temp.suppressed_now using (measure_key, area_key, period_key)
            where placed.is_total and placed.measure_key = shown.measure_key
                and placed.comparison_group_key = shown.comparison_group_key and placed.period_key = shown.period_key
        )
        group by measure_key, comparison_group_key, area_key
        order by measure_key, comparison_group_key, area_key
        """,
    ),
    "figures of the documents": (
        "agreements.agreement_name",
        """
        select
            agreement_name, measure_name, unit, area_name, period_id, period_end, member, "value", value_to,
            value_qualifier, value_status, source_ref
        from benchmark
        where agreement_name is not null
        order by unit != 'nr.', measure_name, member, area_name, period_end
        """,
    ),
}


@dataclass(frozen=True)
class Pair:
    """A query of the warehouse, and the same of the flat files."""

    name: str
    own: str
    flat: str
    parameters: Any = None


class Recorder:
    """A connection that keeps its queries."""

    def __init__(self, database: duckdb.DuckDBPyConnection) -> None:
        """Pass everything on to the database."""
        self._database = database
        self.queries: list[tuple[str, Any]] = []

    def execute(self, query: str, parameters: Any = None) -> duckdb.DuckDBPyConnection:
        """Keep a query, and run it."""
        self.queries.append((query, parameters))
        return self._database.execute(query, parameters)

    def __getattr__(self, name: str) -> Any:
        """Return whatever else a connection has."""
        return getattr(self._database, name)


def main() -> None:
    """Query both sides in turn and write the results."""
    options = measure.options(__doc__, CELLS)
    made = landing.kept(options.cells)
    layout = increment.released(made)
    with duckdb.connect(str(layout.current / catalogue.WAREHOUSE), read_only=True) as database:
        both = pairs(database, made.folder / "flat")
        for pair in both:
            assert answer(database, pair.own, pair.parameters) == answer(database, pair.flat, pair.parameters), pair
        seconds = _run_all(database, both)
    together = [[one for of_query in seconds.values() for one in of_query[side]] for side in (0, 1)]
    p95 = [measure.percentile(values, 0.95) for values in together]
    measure.write(
        measure.sized("queries", made.cells[landing.HISTORY]),
        REPETITIONS,
        {"queries": p95[0] / p95[1]},
        {
            "p95_seconds": dict(zip(("warehouse", "flat files"), p95, strict=True)),
            "p95_seconds_of_queries": {
                name: {
                    "warehouse": measure.percentile(own, 0.95),
                    "flat file": measure.percentile(flat, 0.95),
                    "ratio": round(measure.percentile(own, 0.95) / measure.percentile(flat, 0.95), 3),
                }
                for name, (own, flat) in seconds.items()
            },
            "flat_mb": {
                file.stem: round(file.stat().st_size / 1e6) for file in sorted((made.folder / "flat").iterdir())
            },
        },
        made.cells[landing.HISTORY],
    )


def pairs(database: duckdb.DuckDBPyConnection, folder: Path) -> list[Pair]:
    """Write the flat files of an open release into a folder; return the queries of both sides."""
    folder.mkdir(exist_ok=True)
    database.execute("set timezone = 'UTC'; set parquet_metadata_cache = true")
    for name, query in _FLAT.items():
        file = quoted(folder / f"{name}.parquet")
        database.execute(f"copy ({query} order by {_SORTED}) to '{file}' (format parquet, compression zstd)")
        database.execute(f"create or replace temp view {name} as select * from read_parquet('{file}')")
    return [*_of_page(), *_of_report(database)]


def _of_page() -> list[Pair]:
    found = [
        question
        for question in questions(PAGE.read_text(encoding="utf-8"))
        if any(table in question.query for table in _OF_SERIES)
    ]
    assert {question.number for question in found} == _PAGE.keys(), "docs/questions.md queries the series otherwise"
    return [
        Pair(f"question {question.number}", question.query.rstrip().rstrip(";"), _PAGE[question.number])
        for question in found
    ]


def _of_report(database: duckdb.DuckDBPyConnection) -> list[Pair]:
    """Return what the report asks the series, as it asks it of this release."""
    recorder = Recorder(database)
    connection = cast("duckdb.DuckDBPyConnection", recorder)
    shown = show(connection)
    benchmarks.benchmarks(connection, benchmark.read(connection, shown, "København"), "København")
    found = []
    for query, parameters in recorder.queries:
        if any(table in query for table in _OF_SERIES) and not any(words in query for words in _DECIDING):
            names = [name for name, (words, _) in _REPORT.items() if words in query]
            assert len(names) == 1, f"the report queries the series otherwise: {query}"
            found.append(Pair(f"report: {names[0]}", query, _REPORT[names[0]][1], parameters))
    assert len(found) == len(_REPORT), [pair.name for pair in found]
    return found


def answer(database: duckdb.DuckDBPyConnection, query: str, parameters: Any) -> list[tuple[Any, ...]]:
    """Return an answer so that it can be compared: neither rows that tie nor what stands in a list have an order."""
    rows = database.execute(query, parameters).fetchall()
    return sorted((tuple(sorted(cell) if isinstance(cell, list) else cell for cell in row) for row in rows), key=repr)


def _run_all(
    database: duckdb.DuckDBPyConnection, pairs_of: Sequence[Pair]
) -> dict[str, tuple[list[float], list[float]]]:
    """Ask each query so often of both sides in turn; returns the seconds of the warehouse and of the flat files."""
    seconds: dict[str, tuple[list[float], list[float]]] = {pair.name: ([], []) for pair in pairs_of}
    for number in range(REPETITIONS):
        for pair in pairs_of:
            for place, query in enumerate((pair.own, pair.flat)):
                started = time.perf_counter()
                database.execute(query, pair.parameters).fetchnumpy()
                seconds[pair.name][place].append(time.perf_counter() - started)
        measure.log(f"repetition {number + 1} of {REPETITIONS}")
    return seconds


if __name__ == "__main__":
    main()
