"""The series of Jobindsats as the page of benchmarks gets them: totals, ranks, and what was published first.

Belongs here: writing small what is shown of them. Does not: what that is (`suppression`), and showing it (`report.js`).

Shapes, for the page's script. `values` of a series has a list per area, in it a value per period: a number, "s" where
it is suppressed, "u" where it cannot be read, null where there is no row. `sources` is the number of the response, in
the same shape, or one number where it is the same for all. `first` has what was published first where it differs.
"""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from jobmaal.core.database import Row, query, read_sql
from jobmaal.outputs import danish
from jobmaal.outputs.suppression.series import SUPPRESSED, Cell, NumberedVintage, Place
from jobmaal.outputs.suppression.tables import Shown

_HERE = Path(__file__).parent
HIDDEN, UNREADABLE = "s", "u"


@dataclass(frozen=True)
class Benchmark:
    """The series of a page, and how many of all values these are."""

    content: Mapping[str, Any]
    shown: int
    all_values: int

    @property
    def is_empty(self) -> bool:
        """Whether no series has been loaded yet."""
        return not self.content["series"]


def read(database: duckdb.DuckDBPyConnection, shown: Shown, home: str) -> Benchmark:
    """Return the totals of all series as they are shown; `home` is the area that the page begins with."""
    chosen = shown.series
    areas, periods = chosen.areas, chosen.periods
    groups = query(database, read_sql(_HERE / "comparison_groups.sql"))
    area_of = _positions(areas, "area_key")
    series = [
        _series(row, chosen.cells[at], chosen.suppressed[at], periods, len(areas))
        for at, row in enumerate(chosen.measures)
    ]
    _add_ranks(database, series, shown, groups)
    for one in series:
        # The page has the periods themselves.
        del one["used"]
    content = {
        "areas": [[row["area_name"], row["area_type"]] for row in areas],
        "home": next((at for at, row in enumerate(areas) if row["area_name"] == home), 0),
        # -1 where there is none: no list has a place with that number in the page's script.
        "country": next((at for at, row in enumerate(areas) if row["area_type"] == "country"), -1),
        "groups": [[row["comparison_group_name"], sorted(area_of[key] for key in row["area_keys"])] for row in groups],
        "sources": [
            [row["source_ref"], f"{row['table_id']}, hentet {danish.moment(row['retrieved_at'])}"]
            for row in chosen.sources
        ],
        "breaks": _breaks(database),
        "series": [one for one in series if one["periods"]],
    }
    return Benchmark(content, chosen.shown, chosen.all_values)


def _series(
    measure: Row,
    cells: Mapping[Place, Cell],
    suppressed: Set[NumberedVintage],
    periods: Sequence[Row],
    areas: int,
) -> dict[str, Any]:
    """Return a measure's series: only the periods and areas that it has."""
    used = sorted({period for _, period in cells})
    place_of = {period: place for place, period in enumerate(used)}
    values: list[list[Any] | None] = [None] * areas
    sources: list[list[int] | None] = [None] * areas
    first = []
    for (area, period), cell in sorted(cells.items(), key=lambda item: item[0]):
        if values[area] is None:
            values[area], sources[area] = [None] * len(used), [0] * len(used)
        row, of_row, place = values[area], sources[area], place_of[period]
        assert row is not None
        assert of_row is not None
        newest = len(cell.values) - 1
        row[place] = _written(cell, newest, (area, period, newest) in suppressed)
        # When a suppressed value changed is not public: it has the first response that had the cell.
        of_row[place] = cell.sources[0 if (area, period, newest) in suppressed else newest]
        if newest and cell.values[0] != cell.values[newest] and (area, period, 0) not in suppressed:
            first.append([area, place, _written(cell, 0, is_hidden=False), cell.sources[0]])
    different = {one for row in sources if row is not None for one in row}
    return {
        "key": str(measure["measure_key"]),
        "table": measure["table_id"],
        "name": measure["measure_name"],
        "unit": measure["unit"],
        "better": measure["higher_is_better"],
        "periods": [[periods[i]["period_id"], danish.period(periods[i]["period_id"])] for i in used],
        "ends": [periods[i]["period_end"].isoformat() for i in used],
        "used": used,
        "values": values,
        "sources": different.pop() if len(different) == 1 else sources,
        "first": first,
        "ranks": [],
    }


def _written(cell: Cell, number: int, is_hidden: bool) -> float | int | str | None:
    value, state = cell.values[number], cell.states[number]
    if is_hidden or state == SUPPRESSED:
        return HIDDEN
    if value is None:
        return UNREADABLE
    return int(value) if value == int(value) else round(value, 4)


def _add_ranks(
    database: duckdb.DuckDBPyConnection, series: Sequence[dict[str, Any]], shown: Shown, groups: Sequence[Row]
) -> None:
    """Add each area's rank and the number of areas ranked, per comparison group and period of a series."""
    measure_of = _positions(shown.series.measures, "measure_key")
    area_of = _positions(shown.series.areas, "area_key")
    period_of = _positions(shown.series.periods, "period_key")
    group_of = _positions(groups, "comparison_group_key")
    rankings = database.execute(read_sql(_HERE / "ranks.sql", fct_benchmark_rank=shown.relation("fct_benchmark_rank")))
    for measure, group, area, keys, ranks, sizes in rankings.fetchall():
        if group not in group_of:
            continue
        one = series[measure_of[measure]]
        place_of = {period: place for place, period in enumerate(one["used"])}
        places: list[list[int] | None] = [None] * len(one["used"])
        for key, rank, size in zip(keys, ranks, sizes, strict=True):
            place = place_of.get(period_of.get(key, -1))
            if place is not None:
                places[place] = [rank, size]
        if any(places):
            one["ranks"].append([group_of[group], area_of[area], places])


def _positions(rows: Sequence[Row], key: str) -> dict[int, int]:
    """Return the position of each row by its key."""
    return {row[key]: at for at, row in enumerate(rows)}


def _breaks(database: duckdb.DuckDBPyConnection) -> list[list[str]]:
    """Return the days on which a table's series was broken, with what broke it."""
    found = query(
        database,
        "select table_id, broken_on, break_name from dim_series_break where broken_on is not null order by all",
    )
    return [[row["table_id"], row["broken_on"].isoformat(), row["break_name"]] for row in found]
