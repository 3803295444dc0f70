"""The figures of a response, and what it is compared with: what the rules of a refusal are about.

Belongs here: a response as a grid of cells, what is expected of it, what breaks a rule, and what several rules ask of a
grid. Does not: the rules (`complete`, `sizes`), nor reading a grid (`history`).
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from jobmaal.core.errors import excerpt
from jobmaal.jobindsats.identity import SEPARATOR, is_total_label
from jobmaal.jobindsats.units import PERCENT, PLACE, POINTS, UNKNOWN

#: The rules, as a review names them.
INCOMPLETE, NULLS, SCALE, REVISIONS, SWAPPED = ("incomplete", "nulls", "scale", "revisions", "swapped")

#: The largest count of a member that a response may leave out; the largest that was seen left out is 12.
SMALL_COUNT = 20
#: The municipalities with so few inhabitants that a whole response may leave them out.
SMALLEST_MUNICIPALITIES = frozenset({"Læsø", "Fanø", "Samsø", "Ærø"})
#: Fewer cells than this show no share: a small table may lose some.
FEWEST = 10
#: How many names a reason lists.
_LISTED = 5

Value = Decimal | int | None
#: Period, area and member.
Cell = tuple[str, str, str]


class Absent:
    """Stands for a measure that a response has no column for."""


ABSENT = Absent()


@dataclass(frozen=True)
class Grid:
    """The values of a response, or of what landed before it: a tuple per cell, in the order of `measures`.

    `measures` are pairs of name and unit, `labels` are those of the members. Before, a value may be ABSENT.
    """

    measures: Sequence[tuple[str, str]]
    cells: Mapping[Cell, Sequence[Value | Absent]]
    labels: frozenset[str] = frozenset()

    @property
    def periods(self) -> list[str]:
        """The periods, oldest first."""
        return sorted({cell[0] for cell in self.cells})


@dataclass(frozen=True)
class Before:
    """What landed of the table before: values for the periods of a response and the one ahead of them.

    `newest_period` is the newest that landed at all, blank where nothing did; `missing_measures` are the names of the
    measures that the release before has and the response lacks.
    """

    grid: Grid
    newest_period: str = ""
    missing_measures: Sequence[str] = ()


@dataclass(frozen=True)
class Expected:
    """What a response was to have, as far as it is known: areas, and labels of members; None where it is not known.

    `has_all_periods` says whether every period up to the newest was asked for, `periods` are those that the table's
    description has. `country` is the name of the area that has all `municipalities`.
    """

    areas: frozenset[str] = frozenset()
    members: frozenset[str] | None = None
    has_all_periods: bool = False
    periods: frozenset[str] = frozenset()
    country: str = ""
    municipalities: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Finding:
    """A rule that a response breaks, with the figures."""

    rule: str
    text: str


def added_up(grid: Grid) -> list[int]:
    """Return the places of the measures that count something and have no sign: differences need not add up."""
    negative = {at for values in grid.cells.values() for at, v in enumerate(values) if (value_of(v) or 0) < 0}
    return [at for at in counting(grid) if at not in negative]


def only_total(grid: Grid) -> list[str]:
    """Return the member that is the total, where a single label says so."""
    totals = {member for _, _, member in grid.cells if is_total_label(member) and SEPARATOR not in member}
    return list(totals) if len(totals) == 1 else []


def is_total_in(grid: Grid) -> Callable[[str], bool]:
    """Return what tells whether a member is all of the population; where no label says so, any may be."""
    members = {member for _, _, member in grid.cells}
    totals = {member for member in members if all(map(is_total_label, member.split(SEPARATOR)))}
    return (totals or members).__contains__


def counting(grid: Grid) -> list[int]:
    """Return the places of the measures that count something."""
    return [at for at, (_, unit) in enumerate(grid.measures) if unit not in (PERCENT, POINTS, PLACE, UNKNOWN)]


def value_of(value: Value | Absent) -> Decimal | None:
    """Return a value as a decimal; None where there is none."""
    return None if value is None or isinstance(value, Absent) else Decimal(value)


def listed(names: Collection[str]) -> str:
    """Return the first of some names as a reason shows them, and how many more there are."""
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return excerpt(", ".join(list(names)[:_LISTED])) + more
