"""Step 5, what a table claims of itself: totals and parts, the country and its municipalities, printed places.

Reads `gathered`, `responses`, `area_types` and `member_parts`; adds rows to raw.series_claims, one per rule and
release. Belongs here: the three rules, each counted over the cells of one release. Does not: judging or reporting the
counts (`audit_reconciliation`), nor the documents' own claims (`jobmaal.documents.reconcile`).

The publisher rounds and suppresses, so a difference that rounding can explain is none, and nothing is computed where a
cell of the sum or the ranking is suppressed.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

from jobmaal.jobindsats.cells.context import Context, query
from jobmaal.jobindsats.config import SeriesTable
from jobmaal.jobindsats.identity import Measure, Member
from jobmaal.jobindsats.units import PERSONS

Named = TypeVar("Named", int, str)

PARTS, COUNTRY, PLACES = "parts_of_total", "country_and_municipalities", "printed_place"


@dataclass(frozen=True)
class SeriesClaim:
    """One rule over one measure of one release; `release_no` is the number of the release's last response."""

    rule: str
    unit: str
    release_no: int
    cells_checked: int
    cells_deviating: int
    tolerance: Decimal | None


def check(context: Context, measures: Sequence[Measure]) -> Iterator[SeriesClaim]:
    """Yield what the cells of a block's measures show of each rule."""
    for rule, unit, text in _queries(measures):
        for row in context.rows(text):
            yield SeriesClaim(rule, unit, *row)


def _queries(measures: Sequence[Measure]) -> Iterator[tuple[str, str, str]]:
    """Yield the rules that hold for each measure, with its unit and the query that counts."""
    by_id = {measure.measure_id: at for at, measure in enumerate(measures)}
    for at, measure in enumerate(measures):
        m, unit = f"m{at}", measure.unit
        if measure.adds_up:
            steps = query("claim_steps", m=m)
            # One person can be in several parts that overlap.
            yield PARTS, unit, query("claim_parts", m=m, steps=steps, is_persons=unit == PERSONS)
            yield COUNTRY, unit, query("claim_country", m=m, steps=steps)
        ranked = by_id.get(measure.ranks_measure_id)
        if ranked is not None and measures[ranked].higher_is_better is not None:
            direction = "desc" if measures[ranked].higher_is_better else "asc"
            yield PLACES, unit, query("claim_places", place=m, m=f"m{ranked}", direction=direction)


def add(context: Context, table: SeriesTable, found: Sequence[SeriesClaim]) -> None:
    """Write a row per rule and release, over all measures of the table."""
    by_release: dict[tuple[str, int], list[SeriesClaim]] = defaultdict(list)
    for claim in found:
        by_release[claim.rule, claim.release_no].append(claim)
    rows = []
    for (rule, release_no), claims in sorted(by_release.items()):
        response, units = context.responses[release_no - 1], {claim.unit for claim in claims}
        tolerances = [claim.tolerance for claim in claims if claim.tolerance is not None]
        rows.append((
            table.table_id, rule, response.delivery, response.source_ref, response.retrieved_at,
            sum(claim.cells_checked for claim in claims), sum(claim.cells_deviating for claim in claims),
            max(tolerances, default=None), units.pop() if len(units) == 1 else None,
        ))  # fmt: skip
    context.insert("series_claims", rows)


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
