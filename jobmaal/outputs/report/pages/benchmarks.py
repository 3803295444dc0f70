"""The page of benchmarks, as far as it is fixed: the municipality now, and the documents' own statistics.

Does not belong here: the series that a reader chooses (`benchmark`).
"""

from collections.abc import Mapping
from typing import Any

import duckdb

from jobmaal.core.database import Row
from jobmaal.outputs import danish
from jobmaal.outputs.report.benchmark import HIDDEN, Benchmark
from jobmaal.outputs.report.cells import NUMBER, Cell, Column, Table, source_href
from jobmaal.outputs.report.pages.shared import Page, figure, page, rows_of


def benchmarks(database: duckdb.DuckDBPyConnection, series: Benchmark, home: str) -> Page:
    """Show the newest values of the municipality, and the documents' own statistics; the script shows other areas."""
    printed = rows_of(database, "printed_statistics")
    return page(
        "benchmark.html",
        "Benchmark",
        [
            Table("trykte-placeringer",
                  f"{danish.genitive(home)} placering på benchmarkranglisterne, som planen trykker den",
                  _PRINTED, [row for row in printed if row["unit"] == "nr."]),
            Table("dokumenter", "Dokumenternes egne tal om ledige og ydelser",
                  _PRINTED, [row for row in printed if row["unit"] != "nr."]),
            Table("nu", f"{home} lige nu, ved siden af hele landet", _newest_columns(home), _newest(series.content)),
        ],
        facts={"is_empty": series.is_empty, "shown": series.shown, "all_values": series.all_values},
    )  # fmt: skip


def _newest(content: Mapping[str, Any]) -> list[Row]:
    """Return the newest values of the municipality beside the country's, and its rank among all municipalities."""
    home = content["home"]
    everybody = max(range(len(content["groups"])), key=lambda at: len(content["groups"][at][1]), default=-1)
    rows = []
    for one in content["series"]:
        last = max((at for at, value in enumerate(one["values"][home] or ()) if value is not None), default=None)
        if last is None:
            continue
        ranks = next((row[2] for row in one["ranks"] if row[0] == everybody and row[1] == home), None)
        rows.append(
            {
                **one,
                "period": Cell(one["periods"][last][1], one["ends"][last]),
                "home": _value(content, one, home, last),
                "country": _value(content, one, content["country"], last),
                "rank": ranks[last] if ranks else None,
            }
        )
    return rows


def _value(content: Mapping[str, Any], one: Mapping[str, Any], area: int, period: int) -> Cell:
    """Return a value of a series; it leads to the response that it came in."""
    row = one["values"][area] if area >= 0 else None
    value = row[period] if row is not None else None
    if value is None:
        return Cell("")
    if isinstance(value, str):
        return Cell(danish.NO_VALUE["suppressed" if value == HIDDEN else "illegible"], None, None, "hidden")
    source = one["sources"] if isinstance(one["sources"], int) else one["sources"][area][period]
    return Cell(danish.number(value), float(value), source_href(content["sources"][source][0]))


def _rank(row: Row) -> Cell | None:
    return Cell(f"nr. {row['rank'][0]} af {row['rank'][1]}", row["rank"][0]) if row["rank"] else None


_PRINTED = (
    Column("Hvad", "measure_name"),
    Column("Gruppe", lambda row: "" if row["member"] == "I alt" else row["member"]),
    Column("Område", "area_name", is_filter=True),
    Column("Periode", lambda row: Cell(danish.period(row["period_id"]), str(row["period_end"] or ""))),
    Column("Tal", figure("value"), NUMBER),
    Column("Enhed", "unit", is_filter=True),
)


def _newest_columns(home: str) -> tuple[Column, ...]:
    return (
        Column("Tabel", lambda row: Cell(row["table"], None, f"?serie={row['key']}#valg"), is_filter=True),
        Column("Hvad", "name"),
        Column("Periode", lambda row: row["period"]),
        Column(home, lambda row: row["home"], NUMBER),
        Column("Hele landet", lambda row: row["country"], NUMBER),
        Column("Enhed", "unit"),
        Column("Placering", _rank, NUMBER),
    )
