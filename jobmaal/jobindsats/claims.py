"""What a series claims of itself: totals and parts, the country and its municipalities, printed places.

Belongs here: the three rules, each counted over the cells of one release. Does not: judging the counts or telling
of them (`audit_reconciliation`), nor the documents' own claims (`jobmaal.documents.reconcile`).

The publisher rounds and hides, so a difference within what rounding can explain is none, and nothing is ever worked
out where a cell of the sum or the ranking is hidden.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, TypeVar

from jobmaal.jobindsats.identity import Measure, Member
from jobmaal.jobindsats.units import PERSONS

if TYPE_CHECKING:
    import duckdb

Named = TypeVar("Named", int, str)

PARTS, COUNTRY, PLACES = "parts_of_total", "country_and_municipalities", "printed_place"

#: How finely a column is printed: the coarsest step that all its values are whole multiples of.
_STEP = """
    case when bool_and({m} % 10 = 0) then 10 when bool_and({m} % 1 = 0) then 1 when bool_and({m} % 0.1 = 0) then 0.1
    else 0.01 end
"""


@dataclass(frozen=True)
class SeriesClaim:
    """One rule over one measure of one release; `release_no` is the number of the release's last reply."""

    rule: str
    release_no: int
    cells_checked: int
    cells_deviating: int
    tolerance: Decimal | None
    unit: str


def check(database: duckdb.DuckDBPyConnection, measures: Sequence[Measure]) -> Iterator[SeriesClaim]:
    """Hold a table's cells against one another.

    The cells are in the temporary table `gathered` (reply_no, period_no, area_no, member_no, m0, m1 …), one column a
    measure; `releases` gives each reply's release, `area_types` the type of each area, `member_parts` the members
    that split another by one dimension, and whether a person can be in several of them (`is_overlapping`).
    """
    by_id = {measure.measure_id: at for at, measure in enumerate(measures)}
    for at, measure in enumerate(measures):
        rules, counted = [], "not is_overlapping" if measure.unit == PERSONS else "true"
        if measure.adds_up:
            rules += [(PARTS, _PARTS), (COUNTRY, _COUNTRY)]
        for rule, query in rules:
            for found in database.execute(
                query.format(m=f"m{at}", step=_STEP.format(m=f"m{at}"), counted=counted)
            ).fetchall():
                release_no, checked, deviating, tolerance = found
                yield SeriesClaim(rule, release_no, checked, deviating, tolerance, measure.unit)
        ranked = by_id.get(measure.ranks_measure_id)
        if ranked is not None and measures[ranked].higher_is_better is not None:
            order = "desc" if measures[ranked].higher_is_better else "asc"
            query = _PLACES.format(place=f"m{at}", m=f"m{ranked}", order=order)
            for release_no, checked, deviating in database.execute(query).fetchall():
                yield SeriesClaim(PLACES, release_no, checked, deviating, None, measure.unit)


def parts(
    members: Mapping[Named, Member], levels: Mapping[tuple[str, str], Sequence[str]]
) -> list[tuple[Named, str, Named]]:
    """Return which members split which other one by a single dimension, at one level of its hierarchy.

    Rows of (the total, what splits it, the part), by what names the members here.
    """
    numbers = {member.key: number for number, member in members.items()}
    return [
        (numbers[member.key - {part}], f"{part[0]}/{level}", number)
        for number, member in members.items()
        for part in sorted(member.key)
        if member.key - {part} in numbers
        for level in levels.get(part) or ("",)
    ]


_STEPS = """
    steps as (
        select release_no, {step} as step from gathered inner join releases using (reply_no)
        where {m} is not null group by release_no
    )
"""

_COUNTED = """
    select
        release_no, count(*), count(*) filter (abs(whole - together) > tolerance), max(tolerance)
    from held
    group by release_no
    order by release_no
"""

_PARTS = (
    f"with {_STEPS},"
    """
    summed as (
        select
            release_no, period_no, area_no, total_no, split_by,
            sum({m}) as together, count(*) as cells, count({m}) as shown, any_value(all_parts) as all_parts
        from gathered inner join releases using (reply_no) inner join member_parts on member_no = part_no
        where {counted}
        group by all
    ),

    held as (
        select summed.release_no, {m} as whole, together, (cells + 1) * step / 2 as tolerance
        from summed
        inner join steps on summed.release_no = steps.release_no
        inner join releases on summed.release_no = releases.release_no
        inner join gathered
            on releases.reply_no = gathered.reply_no and summed.period_no = gathered.period_no
            and summed.area_no = gathered.area_no and total_no = member_no
        where shown = cells and cells = all_parts and {m} is not null
    )
    """ + _COUNTED
)

_COUNTRY = (
    f"with {_STEPS},"
    """
    summed as (
        select
            release_no, period_no, member_no,
            sum({m}) filter (area_type = 'municipality') as together,
            count(*) filter (area_type = 'municipality') as cells,
            count({m}) filter (area_type = 'municipality') as shown,
            any_value({m}) filter (area_type = 'country') as whole
        from gathered inner join releases using (reply_no) inner join area_types using (area_no)
        where area_type in ('municipality', 'country')
        group by all
    ),

    held as (
        select release_no, whole, together, (cells + 1) * step / 2 as tolerance
        from summed inner join steps using (release_no)
        where shown = cells and cells = (select count(*) from area_types where area_type = 'municipality')
            and whole is not null
    )
    """ + _COUNTED
)

_PLACES = """
    with cells as (
        select release_no, period_no, member_no, {place} as place, {m} as ranked
        from gathered inner join releases using (reply_no) inner join area_types using (area_no)
        where area_type = 'municipality'
    ),

    placed as (
        select
            release_no, place,
            rank() over (partition by release_no, period_no, member_no order by ranked {order}) as first_place,
            count(*) over (partition by release_no, period_no, member_no, ranked) as sharing,
            count(place + ranked) over (partition by release_no, period_no, member_no) as shown
        from cells
    )

    select release_no, count(*), count(*) filter (place not between first_place and first_place + sharing - 1)
    from placed
    where shown = (select count(*) from area_types where area_type = 'municipality')
    group by release_no
    order by release_no
"""
