"""The series of Jobindsats as public outputs have them: totals, newest periods, and what is suppressed of them.

Belongs here: choosing, and applying the rule to the vintages of the public tables. Does not: the rule (`rule`), nor
showing anything.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import duckdb

from jobmaal.core.database import Row, query, read_sql
from jobmaal.jobindsats.kinds import OTHER, PERSONS, RELATIVE
from jobmaal.jobindsats.units import PLACE
from jobmaal.outputs.suppression.rule import Sum, Vintage, suppressed_positions

#: Maximum number of values that are shown; about two megabytes of a page. The newest periods come first.
MOST_VALUES = 250_000
#: How long after the first response of a round others can belong to it.
_ROUND = dt.timedelta(hours=12)


class Cell(NamedTuple):
    """The vintages of a cell, oldest first: time in microseconds, value, state (see below), number of the response.

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
    """The chosen vintages of every measure, and which of them are suppressed.

    `measures`, `areas`, `sources` (responses) and `periods` are rows of the public tables; `cells` and `suppressed`
    have an entry per measure, with areas, periods and responses by their positions in these lists.
    """

    measures: Sequence[Row]
    areas: Sequence[Row]
    sources: Sequence[Row]
    periods: Sequence[Row]
    cells: Sequence[Mapping[Place, Cell]]
    suppressed: Sequence[Set[NumberedVintage]]
    shown: int
    all_values: int


def read(database: duckdb.DuckDBPyConnection, below: int, most: int = MOST_VALUES) -> Series:
    """Read the totals of all series, as many of the newest periods as fit, and decide what is suppressed of them."""
    measures, areas, sources = (query(database, _sql(name)) for name in ("measures", "areas", "responses"))
    periods, shown, all_values = _periods(database, most)
    cells = _cells(database, measures, areas, periods)
    suppressed = _suppressed(cells, measures, periods, _Decision(_rounds(sources), _sums(areas), below))
    return Series(measures, areas, sources, periods, cells, suppressed, shown, all_values)


def _sql(name: str) -> str:
    return read_sql(Path(__file__).with_name(f"{name}.sql"))


def _periods(database: duckdb.DuckDBPyConnection, most: int) -> tuple[list[Row], int, int]:
    """Return the newest periods whose totals fit, oldest first, with the number of values of these, and of all."""
    found = query(database, _sql("periods"))
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
    measures: Sequence[Row],
    areas: Sequence[Row],
    periods: Sequence[Row],
) -> list[dict[Place, Cell]]:
    """Read every vintage of the chosen cells, measure by measure."""
    measure_of = {row["measure_key"]: at for at, row in enumerate(measures)}
    area_of = {row["area_key"]: at for at, row in enumerate(areas)}
    period_of = {row["period_key"]: at for at, row in enumerate(periods)}
    cells: list[dict[Place, Cell]] = [{} for _ in measures]
    # As columns of plain numbers: half a million times, that is what it costs.
    found = database.execute(_sql("vintages"), [list(period_of)]).fetchnumpy()
    columns = (
        found[name].tolist()
        for name in ("measure_key", "area_key", "period_key", "since", "value", "state", "response")
    )
    for measure, area, period, since, value, state, response in zip(*columns, strict=True):
        cell = cells[measure_of[measure]].setdefault((area_of[area], period_of[period]), Cell([], [], [], []))
        cell.since.append(since)
        cell.values.append(value)
        cell.states.append(state)
        cell.sources.append(response)
    return cells


def _sums(areas: Sequence[Row]) -> list[Sum]:
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
    """What a decision rests on besides the values: the round of each response, the sums of areas, the limit."""

    rounds: Sequence[int]
    sums: Sequence[Sum]
    below: int


def _suppressed(
    cells: Sequence[Mapping[Place, Cell]],
    measures: Sequence[Row],
    periods: Sequence[Row],
    decide: _Decision,
) -> list[set[NumberedVintage]]:
    """Return what is suppressed of each measure: small counts, and what goes with a suppressed count.

    Where a count is suppressed, so is all else that its table has for that area and period: a rate times its base would
    disclose it.
    """
    suppressed: list[set[NumberedVintage]] = [set() for _ in measures]
    if not decide.below:
        return suppressed
    for measure, vintage in _suppressed_counts(cells, measures, periods, decide):
        suppressed[measure].add(vintage)
    for at, row in enumerate(measures):
        if row["measure_kind"] == PERSONS:
            continue
        counts = [
            other
            for other, one in enumerate(measures)
            if (one["table_id"], one["measure_kind"]) == (row["table_id"], PERSONS)
        ]
        for other in counts:
            suppressed[at] |= _beside(cells[other], cells[at], suppressed[other])
        if row["measure_kind"] != OTHER:
            has_count = {place for other in counts for place in cells[other] if row["measure_kind"] == RELATIVE}
            suppressed[at] |= _all_of(cells[at], cells[at].keys() - has_count)
        if row["unit"] == PLACE:
            # A rank that is missing among the others is known.
            with_gap = {period for _, period, _ in suppressed[at]}
            suppressed[at] |= _all_of(cells[at], {place for place in cells[at] if place[1] in with_gap})
    return suppressed


def _suppressed_counts(
    cells: Sequence[Mapping[Place, Cell]],
    measures: Sequence[Row],
    periods: Sequence[Row],
    decide: _Decision,
) -> Iterator[tuple[int, NumberedVintage]]:
    """Yield the suppressed vintages of counts of persons, with the position of their measure.

    Counts are decided together where sums link them: the tables of a suppression group, and periods of which one
    contains the other.
    """
    groups: dict[str, dict[int, list[tuple[int, int]]]] = defaultdict(lambda: defaultdict(list))
    for measure, row in enumerate(measures):
        if row["measure_kind"] == PERSONS:
            for area, period in sorted(cells[measure]):
                groups[row["suppression_group"]][period].append((measure, area))
    for of_group in groups.values():
        for linked in _linked(of_group.keys(), periods):
            places = [(measure, area, period) for period in sorted(linked) for measure, area in of_group[period]]
            yield from _decided_together(places, cells, decide)


def _decided_together(
    places: Iterable[tuple[int, int, int]], cells: Sequence[Mapping[Place, Cell]], decide: _Decision
) -> Iterator[tuple[int, NumberedVintage]]:
    """Yield the suppressed vintages of some measures, areas and periods, with the position of their measure."""
    owners: list[tuple[int, NumberedVintage]] = []
    vintages: list[Vintage] = []
    series: dict[tuple[int, int], int] = {}
    for measure, area, period in places:
        cell, of_series = cells[measure][area, period], series.setdefault((measure, period), len(series))
        for number, value in enumerate(cell.values):
            owners.append((measure, (area, period, number)))
            vintages.append(Vintage(area, decide.rounds[cell.sources[number]], value, of_series))
    for position in suppressed_positions(vintages, decide.sums, decide.below):
        yield owners[position]


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


def _linked(found: Set[int], periods: Sequence[Row]) -> list[set[int]]:
    """Return the periods in sets that sums may link: those of which one contains the other."""
    spans = {at: (periods[at]["period_start"], periods[at]["period_end"]) for at in found}
    sets: list[set[int]] = []
    # The long ones first, so that whatever they contain comes after them.
    for at in sorted(found, key=lambda at: (spans[at][0] - spans[at][1], at)):
        start, end = spans[at]
        around = [one for one in sets if any(spans[long][0] <= start and end <= spans[long][1] for long in one)]
        sets = [one for one in sets if one not in around] + [{at}.union(*around)]
    return sets


def _rounds(sources: Sequence[Row]) -> list[int]:
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
    """Return the vintages of another measure that were current at the same time as suppressed ones of this."""
    found = set()
    for area, period, number in places:
        this, other = here[area, period], there.get((area, period))
        if other is None:
            continue
        # What was current before the first count that is known rests on one like it.
        since, until = this.since[number] if number else 0, (*this.since, None)[number + 1]
        for at, begins in enumerate(other.since):
            ends = (*other.since, None)[at + 1]
            if (until is None or begins < until) and (ends is None or since < ends):
                found.add((area, period, at))
    return found
