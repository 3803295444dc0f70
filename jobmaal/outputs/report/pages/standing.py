"""The page of benchmarks, as far as it is fixed: København now, and the documents' own statistics.

Does not belong here: the series that a reader chooses (`benchmark`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import duckdb

from jobmaal.core.rows import Row, query
from jobmaal.outputs import danish
from jobmaal.outputs.report.benchmark import HIDDEN, Benchmark
from jobmaal.outputs.report.cells import NUMBER, Cell, Column, Table, source_href
from jobmaal.outputs.report.pages.shared import Page, figure_cell, table, text_cell


def benchmark(database: duckdb.DuckDBPyConnection, series: Benchmark) -> Page:
    """Show where København stands now, and the documents' own statistics; the script shows everybody else."""
    found = query(
        database,
        """
        select
            agreements.agreement_name, measures.measure_name, measures.unit, areas.area_name, periods.period_id,
            periods.period_end, facts.member, facts."value", facts.value_to, facts.value_qualifier, facts.value_status,
            facts.source_ref
        from fct_benchmark as facts
        inner join dim_measure as measures on facts.measure_key = measures.measure_key
        inner join dim_agreement as agreements on facts.table_id = agreements.document_id
        inner join dim_area as areas on facts.area_key = areas.area_key
        inner join dim_period as periods on facts.period_key = periods.period_key
        order by measures.unit != 'nr.', measures.measure_name, facts.member, areas.area_name, periods.period_end
        """,
    )
    columns = [
        Column("Hvad"),
        Column("Gruppe"),
        Column("Område", is_filter=True),
        Column("Periode"),
        Column("Tal", NUMBER),
        Column("Enhed", is_filter=True),
    ]

    def rows(of: Sequence[Row]) -> list[list[Cell]]:
        return [
            [
                text_cell(row["measure_name"]),
                text_cell("" if row["member"] == "I alt" else row["member"]),
                text_cell(row["area_name"]),
                Cell(danish.period(row["period_id"]), str(row["period_end"] or "")),
                figure_cell(row, "value"),
                text_cell(row["unit"]),
            ]
            for row in of
        ]

    ranks = [row for row in found if row["unit"] == "nr."]
    tables = (
        table(
            "trykte-placeringer",
            "Københavns placering på benchmarkranglisterne, som planen trykker den",
            columns,
            rows(ranks),
        ),
        table(
            "dokumenter",
            "Dokumenternes egne tal om ledige og ydelser",
            columns,
            rows([row for row in found if row["unit"] != "nr."]),
        ),
        _now(series),
    )
    return Page(
        "benchmark.html",
        "Benchmark",
        {table.name: table for table in tables},
        {},
        {"is_empty": series.is_empty, "shown": series.shown, "all_values": series.all_values},
    )


def _now(series: Benchmark) -> Table:
    """Return the newest values of København beside the country's, and its place among all municipalities."""
    content, home = series.content, series.content["home"]
    everybody = max(range(len(content["groups"])), key=lambda at: len(content["groups"][at][1]), default=-1)
    columns = [
        Column("Tabel", is_filter=True),
        Column("Hvad"),
        Column("Periode"),
        Column("København", NUMBER),
        Column("Hele landet", NUMBER),
        Column("Enhed"),
        Column("Placering", NUMBER),
    ]
    rows = []
    for one in content["series"]:
        if one["values"][home] is None:
            continue
        last = max((at for at, value in enumerate(one["values"][home]) if value is not None), default=None)
        if last is None:
            continue
        places = next((row[2] for row in one["ranks"] if row[0] == everybody and row[1] == home), None)
        place = places[last] if places else None
        rows.append(
            [
                text_cell(one["table"], f"?serie={one['key']}#valg"),
                text_cell(one["name"]),
                Cell(one["periods"][last][1], one["ends"][last]),
                _of_series(content, one, home, last),
                _of_series(content, one, content["country"], last),
                text_cell(one["unit"]),
                Cell(f"nr. {place[0]} af {place[1]}" if place else "", place[0] if place else None),
            ]
        )
    return table("nu", "København lige nu, ved siden af hele landet", columns, rows)


def _of_series(content: Mapping[str, Any], one: Mapping[str, Any], area: int, period: int) -> Cell:
    """Return a value of a series; it leads to the reply that it came in."""
    row = one["values"][area] if area >= 0 else None
    value = row[period] if row is not None else None
    if value is None:
        return Cell("")
    if isinstance(value, str):
        return Cell(danish.NO_VALUE["suppressed" if value == HIDDEN else "illegible"], None, None, "hidden")
    source = one["sources"] if isinstance(one["sources"], int) else one["sources"][area][period]
    return Cell(danish.number(value), float(value), source_href(content["sources"][source][0]))
