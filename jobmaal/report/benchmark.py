"""The series of Jobindsats as the page of benchmarks gets them: totals, ranks, and what was published first.

Belongs here: choosing what fits on a page, hiding what is not for wider circles, and writing it small. Does not: the
rule on what is hidden (`hidden`), and showing it (`report.js`).

Shapes, for the page's script. `values` of a series has a list per area, in it a value per period: a number, "s" where
it is hidden, "u" where it cannot be read, null where there is no row. `sources` beside it is the number of the reply,
the same shape, or one number where it is the same for all. `first` has what was published first where it differs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jobmaal.report import danish
from jobmaal.report.hidden import Sum, Vintage, counts_persons, hidden
from jobmaal.report.rows import Row, query

if TYPE_CHECKING:
    import duckdb

#: So many values are shown at most; about two megabytes. The newest periods come first.
MOST_VALUES = 250_000
HOME = "København"
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


@dataclass(frozen=True)
class _Cell:
    """The vintages of a cell, oldest first: time in microseconds, value, state (see below), number of the reply."""

    since: list[int]
    values: list[float | None]
    states: list[int]
    sources: list[int]


#: What a value is, beside one that is there.
_SUPPRESSED = 1
#: (area, period), each as its place in a list, and the same with the number of a vintage.
_Place = tuple[int, int]
_Vintage = tuple[int, int, int]


def read(database: duckdb.DuckDBPyConnection, below: int, most: int = MOST_VALUES) -> Benchmark:
    """Read the totals of all series, as many of the newest periods as fit."""
    measures, areas, sources = _measures(database), _areas(database), _sources(database)
    periods, shown, all_values = _periods(database, most)
    cells = _cells(database, measures, areas, periods)
    secret = _secret(cells, measures, _sums(areas), below)
    index = {row["period_key"]: at for at, row in enumerate(periods)}
    series = [_series(row, cells[at], secret[at], periods, len(areas)) for at, row in enumerate(measures)]
    _add_ranks(database, series, measures, areas, index)
    for one in series:
        # The page has the periods themselves.
        del one["used"]
    content = {
        "areas": [[row["area_name"], row["area_type"]] for row in areas],
        "home": next((at for at, row in enumerate(areas) if row["area_name"] == HOME), 0),
        # -1 where there is none: no list has a place with that number in the page's script.
        "country": next((at for at, row in enumerate(areas) if row["area_type"] == "country"), -1),
        "groups": _groups(database, areas),
        "sources": [[row["source_ref"], row["told"]] for row in sources],
        "breaks": _breaks(database),
        "series": [one for one in series if one["periods"]],
    }
    return Benchmark(content, shown, all_values)


def _measures(database: duckdb.DuckDBPyConnection) -> list[Row]:
    return query(
        database,
        """
        select measures.measure_key, measures.table_id, measures.measure_name, measures.unit, measures.higher_is_better
        from dim_measure as measures
        where measures.table_id in (select table_id from audit_reply)
        order by measures.table_id, measures.measure_name, measures.measure_key
        """,
    )


def _areas(database: duckdb.DuckDBPyConnection) -> list[Row]:
    return query(
        database,
        """
        select area_key, area_name, area_type, region_name from dim_area where area_key != -1
        order by area_type != 'country', area_type != 'region', area_name
        """,
    )


def _sources(database: duckdb.DuckDBPyConnection) -> list[Row]:
    found = query(database, "select source_ref, table_id, retrieved_at from audit_reply order by retrieved_at, 1")
    return [{**row, "told": f"{row['table_id']}, hentet {danish.moment(row['retrieved_at'])}"} for row in found]


def _periods(database: duckdb.DuckDBPyConnection, most: int) -> tuple[list[dict[str, Any]], int, int]:
    """Give the newest periods whose totals fit, oldest first, with the number of values of these, and of all."""
    found = query(
        database,
        """
        select
            periods.period_key, periods.period_id, periods.period_end,
            count(*) filter (facts.is_total) as totals, count(*) as all_values
        from fct_benchmark as facts
        inner join dim_period as periods on facts.period_key = periods.period_key
        where facts.table_id in (select table_id from audit_reply) and periods.period_end is not null
        group by all
        order by periods.period_end desc, periods.period_id desc
        """,
    )
    shown, chosen = 0, []
    for row in found:
        shown += row["totals"]
        if shown > most:
            shown -= row["totals"]
            break
        chosen.append(row)
    return chosen[::-1], shown, sum(row["all_values"] for row in found)


def _cells(
    database: duckdb.DuckDBPyConnection,
    measures: Sequence[Mapping[str, Any]],
    areas: Sequence[Mapping[str, Any]],
    periods: Sequence[Mapping[str, Any]],
) -> list[dict[_Place, _Cell]]:
    """Read every vintage of the chosen cells, measure by measure."""
    measure_of = {row["measure_key"]: at for at, row in enumerate(measures)}
    area_of = {row["area_key"]: at for at, row in enumerate(areas)}
    period_of = {row["period_key"]: at for at, row in enumerate(periods)}
    cells: list[dict[_Place, _Cell]] = [{} for _ in measures]
    # As columns of plain numbers: half a million times, that is what it costs.
    found = database.execute(
        """
        with replies as (
            select source_ref, row_number() over (order by retrieved_at, source_ref) - 1 as reply from audit_reply
        )
        select
            measure_key, area_key, period_key, epoch_us(valid_from) as since, cast("value" as double) as value,
            case value_status when 'reported' then 0 when 'suppressed' then 1 else 2 end as state, replies.reply
        from fct_benchmark_vintage as vintages
        inner join replies on vintages.source_ref = replies.source_ref
        where vintages.is_total and vintages.period_key in (select unnest(?))
        order by measure_key, area_key, period_key, valid_from
        """,
        [list(period_of)],
    ).fetchnumpy()
    columns = (
        found[name].tolist() for name in ("measure_key", "area_key", "period_key", "since", "value", "state", "reply")
    )
    for measure, area, period, since, value, state, reply in zip(*columns, strict=True):
        cell = cells[measure_of[measure]].setdefault((area_of[area], period_of[period]), _Cell([], [], [], []))
        cell.since.append(since)
        cell.values.append(value)
        cell.states.append(state)
        cell.sources.append(reply)
    return cells


def _sums(areas: Sequence[Mapping[str, Any]]) -> list[Sum]:
    """Say which areas add up to which: municipalities to their region and to the country, regions to the country."""
    at = {kind: {i for i, row in enumerate(areas) if row["area_type"] == kind} for kind in ("country", "region")}
    municipalities = {i for i, row in enumerate(areas) if row["area_type"] == "municipality"}
    of_region = [
        Sum(region, {i for i in municipalities if areas[i]["region_name"] == areas[region]["area_name"]})
        for region in at["region"]
    ]
    of_country = [Sum(country, parts) for country in at["country"] for parts in (municipalities, at["region"])]
    return [one for one in (*of_region, *of_country) if one.parts]


def _secret(
    cells: Sequence[Mapping[_Place, _Cell]], measures: Sequence[Mapping[str, Any]], sums: Sequence[Sum], below: int
) -> list[set[_Vintage]]:
    """Give what is hidden of each measure.

    Where a count of persons is hidden, so is whatever else its table says of that area and period: a rate times its
    base would give it away.
    """
    counts = [_hidden_counts(of_measure, sums, below) if _is_count(row, of_measure) else set()
              for row, of_measure in zip(measures, cells, strict=True)]  # fmt: skip
    secret = [set(of_measure) for of_measure in counts]
    for at, of_measure in enumerate(counts):
        for other, row in enumerate(measures):
            if of_measure and other != at and row["table_id"] == measures[at]["table_id"]:
                secret[other] |= _beside(cells[at], cells[other], of_measure)
    return secret


def _is_count(measure: Mapping[str, Any], cells: Mapping[_Place, _Cell]) -> bool:
    """Say whether a measure counts persons; one that falls below zero is a difference between counts."""
    return counts_persons(measure["unit"]) and all(
        value is None or value >= 0 for cell in cells.values() for value in cell.values
    )


def _hidden_counts(cells: Mapping[_Place, _Cell], sums: Sequence[Sum], below: int) -> set[_Vintage]:
    of_period: dict[int, list[_Vintage]] = defaultdict(list)
    for (area, period), cell in cells.items():
        of_period[period] += [(area, period, number) for number in range(len(cell.values))]
    found = set()
    for known in of_period.values():
        vintages = [_vintage(area, cells[area, period], number) for area, period, number in known]
        found |= {known[at] for at in hidden(vintages, sums, below)}
    return found


def _vintage(area: int, cell: _Cell, number: int) -> Vintage:
    return Vintage(area, cell.since[number], cell.values[number])


def _beside(here: Mapping[_Place, _Cell], there: Mapping[_Place, _Cell], places: Iterable[_Vintage]) -> set[_Vintage]:
    """Give the vintages of another measure that stood at the same time as hidden ones of this."""
    found = set()
    for area, period, number in places:
        this, other = here[area, period], there.get((area, period))
        if other is None:
            continue
        since, until = this.since[number], (*this.since, None)[number + 1]
        for at, begins in enumerate(other.since):
            ends = (*other.since, None)[at + 1]
            if (until is None or begins < until) and (ends is None or since < ends):
                found.add((area, period, at))
    return found


def _series(
    measure: Mapping[str, Any],
    cells: Mapping[_Place, _Cell],
    closed: Set[_Vintage],
    periods: Sequence[Mapping[str, Any]],
    areas: int,
) -> dict[str, Any]:
    """Write a measure's series: only the periods and areas that it has."""
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
        row[place] = _written(cell, newest, (area, period, newest) in closed)
        of_row[place] = cell.sources[newest]
        if newest and cell.values[0] != cell.values[newest]:
            was = _written(cell, 0, (area, period, 0) in closed)
            first.append([area, place, was, cell.sources[0]])
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


def _written(cell: _Cell, number: int, is_hidden: bool) -> float | int | str | None:
    value, state = cell.values[number], cell.states[number]
    if is_hidden or state == _SUPPRESSED:
        return HIDDEN
    if value is None:
        return UNREADABLE
    return int(value) if value == int(value) else round(value, 4)


def _add_ranks(
    database: duckdb.DuckDBPyConnection,
    series: Sequence[dict[str, Any]],
    measures: Sequence[Mapping[str, Any]],
    areas: Sequence[Mapping[str, Any]],
    period_of: Mapping[int, int],
) -> None:
    """Put each area's place in its comparison groups beside the series; none where the value is hidden."""
    measure_of = {row["measure_key"]: at for at, row in enumerate(measures)}
    area_of = {row["area_key"]: at for at, row in enumerate(areas)}
    group_of = {row["comparison_group_key"]: at for at, row in enumerate(_group_rows(database))}
    found = database.execute(
        """
        select measure_key, comparison_group_key, area_key, list(period_key), list("rank"), list(areas_ranked)
        from fct_benchmark_rank where is_total
        group by measure_key, comparison_group_key, area_key
        order by measure_key, comparison_group_key, area_key
        """
    ).fetchall()
    for measure, group, area, keys, ranks, sizes in found:
        if group not in group_of:
            continue
        one, at = series[measure_of[measure]], area_of[area]
        place_of = {period: place for place, period in enumerate(one["used"])}
        places: list[list[int] | None] = [None] * len(one["used"])
        for key, rank, size in zip(keys, ranks, sizes, strict=True):
            place = place_of.get(period_of.get(key, -1))
            if place is not None and one["values"][at][place] != HIDDEN:
                places[place] = [rank, size]
        if any(places):
            one["ranks"].append([group_of[group], at, places])


def _group_rows(database: duckdb.DuckDBPyConnection) -> list[Row]:
    return query(
        database,
        """
        select groups.comparison_group_key, groups.comparison_group_name, list(members.area_key) as area_keys
        from dim_comparison_group as groups
        inner join bridge_comparison_group as members
            on groups.comparison_group_key = members.comparison_group_key
        where members.valid_to is null
        group by all
        having count(*) > 1
        order by count(*), groups.comparison_group_name
        """,
    )


def _groups(database: duckdb.DuckDBPyConnection, areas: Sequence[Mapping[str, Any]]) -> list[list[Any]]:
    area_of = {row["area_key"]: at for at, row in enumerate(areas)}
    return [
        [row["comparison_group_name"], sorted(area_of[key] for key in row["area_keys"])]
        for row in _group_rows(database)
    ]


def _breaks(database: duckdb.DuckDBPyConnection) -> list[list[str]]:
    """Give the days on which a table's series was broken, with what broke it."""
    found = query(
        database,
        "select table_id, broken_on, break_name from dim_series_break where broken_on is not null order by all",
    )
    return [[row["table_id"], row["broken_on"].isoformat(), row["break_name"]] for row in found]
