"""The series of Jobindsats as wider circles see them: totals, the newest periods that fit, and what is hidden of them.

Belongs here: choosing, and applying the rule to the vintages of the public tables. Does not: the rule (`rule`), nor
showing anything.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any, NamedTuple

import duckdb

from jobmaal.core.rows import Row, query
from jobmaal.jobindsats.kinds import OTHER, PERSONS, RELATIVE
from jobmaal.jobindsats.units import PLACE
from jobmaal.outputs.suppression.rule import Sum, Vintage, hidden

#: So many values are shown at most; about two megabytes of a page. The newest periods come first.
MOST_VALUES = 250_000
#: How long after the first response of a round others can belong to it.
_ROUND = dt.timedelta(hours=12)


class Cell(NamedTuple):
    """The vintages of a cell, oldest first: time in microseconds, value, state (see below), number of the reply.

    A tuple, since there may be a quarter of a million.
    """

    since: list[int]
    values: list[float | None]
    states: list[int]
    sources: list[int]


#: What a value is, beside one that is there.
SUPPRESSED = 1
#: (area, period), each as its place in a list, and the same with the number of a vintage.
Place = tuple[int, int]
NumberedVintage = tuple[int, int, int]


@dataclass(frozen=True)
class Series:
    """The chosen vintages of every measure, and which of them are hidden.

    `measures`, `areas`, `sources` (replies) and `periods` are rows of the public tables; `cells` and `secret` have an
    entry per measure, with areas, periods and replies by their places in these lists.
    """

    measures: Sequence[Row]
    areas: Sequence[Row]
    sources: Sequence[Row]
    periods: Sequence[Row]
    cells: Sequence[Mapping[Place, Cell]]
    secret: Sequence[Set[NumberedVintage]]
    shown: int
    all_values: int


def read(database: duckdb.DuckDBPyConnection, below: int, most: int = MOST_VALUES) -> Series:
    """Read the totals of all series, as many of the newest periods as fit, and decide what is hidden of them."""
    measures, areas = _measures(database), _areas(database)
    periods, shown, all_values = _periods(database, most)
    cells = _cells(database, measures, areas, periods)
    sources = _sources(database)
    secret = _secret(cells, measures, periods, _Decision(_rounds(sources), _sums(areas), below))
    return Series(measures, areas, sources, periods, cells, secret, shown, all_values)


def _measures(database: duckdb.DuckDBPyConnection) -> list[Row]:
    return query(
        database,
        """
        select measures.measure_key, measures.table_id, measures.measure_name, measures.unit, measures.higher_is_better,
            measures.measure_kind, measures.suppression_group
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
    return query(
        database, "select source_ref, table_id, retrieved_at, delivery from audit_reply order by retrieved_at, 1"
    )


def _periods(database: duckdb.DuckDBPyConnection, most: int) -> tuple[list[dict[str, Any]], int, int]:
    """Return the newest periods whose totals fit, oldest first, with the number of values of these, and of all."""
    found = query(
        database,
        """
        with facts as (
            select period_key, sum(totals) as totals, sum(all_values) as all_values
            -- Counted first, so that a table is looked up once a period and not once a row.
            from (
                select table_id, period_key, count(*) filter (is_total) as totals, count(*) as all_values
                from fct_benchmark
                group by table_id, period_key
            )
            where table_id in (select table_id from audit_reply)
            group by period_key
        )
        select
            periods.period_key, periods.period_id, periods.period_start, periods.period_end,
            cast(facts.totals as bigint) as totals, cast(facts.all_values as bigint) as all_values
        from facts
        inner join dim_period as periods on facts.period_key = periods.period_key
        where periods.period_end is not null
        order by periods.period_end desc, periods.period_id desc
        """,
    )
    shown, chosen = 0, []
    for row in found:
        shown += row["totals"]
        if shown > most:
            break
        chosen.append(row)
    # A year stays only where its months do: what is suppressed in one is suppressed in the other.
    left_out = found[len(chosen) :]
    chosen = [row for row in chosen if not any(_contains(row, other) for other in left_out)]
    return chosen[::-1], sum(row["totals"] for row in chosen), sum(row["all_values"] for row in found)


def _contains(period: Row, other: Row) -> bool:
    return bool(period["period_start"] <= other["period_start"] and other["period_end"] <= period["period_end"])


def _cells(
    database: duckdb.DuckDBPyConnection,
    measures: Sequence[Mapping[str, Any]],
    areas: Sequence[Mapping[str, Any]],
    periods: Sequence[Mapping[str, Any]],
) -> list[dict[Place, Cell]]:
    """Read every vintage of the chosen cells, measure by measure."""
    measure_of = {row["measure_key"]: at for at, row in enumerate(measures)}
    area_of = {row["area_key"]: at for at, row in enumerate(areas)}
    period_of = {row["period_key"]: at for at, row in enumerate(periods)}
    cells: list[dict[Place, Cell]] = [{} for _ in measures]
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
        cell = cells[measure_of[measure]].setdefault((area_of[area], period_of[period]), Cell([], [], [], []))
        cell.since.append(since)
        cell.values.append(value)
        cell.states.append(state)
        cell.sources.append(reply)
    return cells


def _sums(areas: Sequence[Mapping[str, Any]]) -> list[Sum]:
    """Return which areas add up to which: municipalities to their region and to the country, regions to the country."""
    at = {kind: {i for i, row in enumerate(areas) if row["area_type"] == kind} for kind in ("country", "region")}
    municipalities = {i for i, row in enumerate(areas) if row["area_type"] == "municipality"}
    of_region = [
        Sum(region, {i for i in municipalities if areas[i]["region_name"] == areas[region]["area_name"]})
        for region in at["region"]
    ]
    of_country = [Sum(country, parts) for country in at["country"] for parts in (municipalities, at["region"])]
    return [one for one in (*of_region, *of_country) if one.parts]


@dataclass(frozen=True)
class _Decision:
    """What a decision rests on beside the values: the round of each response, the sums of areas, the limit."""

    rounds: Sequence[int]
    sums: Sequence[Sum]
    below: int


def _secret(
    cells: Sequence[Mapping[Place, Cell]],
    measures: Sequence[Mapping[str, Any]],
    periods: Sequence[Mapping[str, Any]],
    decide: _Decision,
) -> list[set[NumberedVintage]]:
    """Return what is suppressed of each measure.

    Counts of persons are decided together where sums link them: the tables of a suppression group, and periods of which
    one contains the other. Where a count is suppressed, so is whatever else its table has for that area and period: a
    rate times its base would disclose it.
    """
    secret: list[set[NumberedVintage]] = [set() for _ in measures]
    if not decide.below:
        return secret
    groups: dict[str, dict[int, list[_Line]]] = defaultdict(lambda: defaultdict(list))
    for at, row in enumerate(measures):
        if row["measure_kind"] == PERSONS:
            for period, areas in _areas_by_period(cells[at]).items():
                groups[row["suppression_group"]][period].append(_Line(at, period, areas))
    for lines_of in groups.values():
        for linked in _linked(lines_of.keys(), periods):
            lines = [line for period in sorted(linked) for line in lines_of[period]]
            for at, found in _suppressed_counts(lines, cells, decide):
                secret[at].add(found)
    suppressed_counts = [set(of_measure) for of_measure in secret]
    for other, row in enumerate(measures):
        if row["measure_kind"] == PERSONS:
            continue
        counts = [
            at
            for at, one in enumerate(measures)
            if (one["table_id"], one["measure_kind"]) == (row["table_id"], PERSONS)
        ]
        for at in counts:
            secret[other] |= _beside(cells[at], cells[other], suppressed_counts[at])
        if row["measure_kind"] != OTHER:
            has_count = {place for at in counts for place in cells[at] if row["measure_kind"] == RELATIVE}
            secret[other] |= _all_of(cells[other], cells[other].keys() - has_count)
        if row["unit"] == PLACE:
            # A place that is missing among the others is known.
            periods_with_gap = {period for _, period, _ in secret[other]}
            secret[other] |= _all_of(cells[other], {place for place in cells[other] if place[1] in periods_with_gap})
    return secret


def _all_of(cells: Mapping[Place, Cell], places: Iterable[Place]) -> set[NumberedVintage]:
    return {(*place, number) for place in places for number in range(len(cells[place].values))}


def withheld(measures: Sequence[Row]) -> list[Row]:
    """Return the measures of which public outputs show nothing.

    What cannot be classified may count persons; and a percentage or a rank whose table has no count of persons may
    rest on a small one.
    """
    counted = {row["table_id"] for row in measures if row["measure_kind"] == PERSONS}
    return [
        row
        for row in measures
        if row["measure_kind"] not in (PERSONS, OTHER)
        and not (row["measure_kind"] == RELATIVE and row["table_id"] in counted)
    ]


def _linked(found: Set[int], periods: Sequence[Mapping[str, Any]]) -> list[set[int]]:
    """Return the periods in sets that sums may link: those of which one contains the other."""
    spans = {at: (periods[at]["period_start"], periods[at]["period_end"]) for at in found}
    sets: list[set[int]] = []
    # The long ones first, so that whatever they contain comes after them.
    for at in sorted(found, key=lambda at: (spans[at][0] - spans[at][1], at)):
        start, end = spans[at]
        around = [one for one in sets if any(spans[long][0] <= start and end <= spans[long][1] for long in one)]
        sets = [one for one in sets if one not in around] + [{at}.union(*around)]
    return sets


class _Line(NamedTuple):
    """A measure in a period, by their places, with its areas: what sums of areas add up."""

    measure: int
    period: int
    areas: Sequence[int]


def _areas_by_period(cells: Iterable[Place]) -> Mapping[int, Sequence[int]]:
    found = defaultdict(list)
    for area, period in sorted(cells):
        found[period].append(area)
    return found


def _suppressed_counts(
    lines: Sequence[_Line],
    cells: Sequence[Mapping[Place, Cell]],
    decide: _Decision,
) -> Iterator[tuple[int, NumberedVintage]]:
    """Yield the suppressed vintages of measures and periods that are decided together, with the measure's place."""
    places, vintages = [], []
    for series, line in enumerate(lines):
        for area in line.areas:
            cell = cells[line.measure][area, line.period]
            for number, value in enumerate(cell.values):
                places.append((line.measure, (area, line.period, number)))
                vintages.append(Vintage(area, decide.rounds[cell.sources[number]], value, series))
    for position in hidden(vintages, decide.sums, decide.below):
        yield places[position]


def _rounds(sources: Sequence[Mapping[str, Any]]) -> list[int]:
    """Return for each response, oldest first, the number of the round in which it was landed.

    What several tables release in the same hours is published together, and so decided together: a round ends with
    the next delivery of one of its tables, or half a day after it began.
    """
    rounds: list[int] = []
    deliveries: dict[str, str] = {}
    began = None
    for row in sources:
        is_next = deliveries.get(row["table_id"], row["delivery"]) != row["delivery"]
        if began is None or is_next or row["retrieved_at"] - began > _ROUND:
            began, deliveries = row["retrieved_at"], {}
            rounds.append(rounds[-1] + 1 if rounds else 0)
        else:
            rounds.append(rounds[-1])
        deliveries[row["table_id"]] = row["delivery"]
    return rounds


def _beside(
    here: Mapping[Place, Cell], there: Mapping[Place, Cell], places: Iterable[NumberedVintage]
) -> set[NumberedVintage]:
    """Return the vintages of another measure that stood at the same time as hidden ones of this."""
    found = set()
    for area, period, number in places:
        this, other = here[area, period], there.get((area, period))
        if other is None:
            continue
        # What stood before the first count that is known rests on one like it.
        since, until = this.since[number] if number else 0, (*this.since, None)[number + 1]
        for at, begins in enumerate(other.since):
            ends = (*other.since, None)[at + 1]
            if (until is None or begins < until) and (ends is None or since < ends):
                found.add((area, period, at))
    return found
