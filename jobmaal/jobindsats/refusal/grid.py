"""The figures of a response, and what it is compared with: what the rules of a refusal are about.

Belongs here: a response as a grid of cells, what is expected of it, and what breaks a rule. Does not: the rules
(in files of SQL), nor reading a grid (`history`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

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
