"""What a page is made of: tables of cells, charts, and where each number leads.

Belongs here: shapes that the template shows, without a word of their own. Does not: queries (`pages`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import quote

TEXT, NUMBER = "text", "number"
#: The page on which each figure has its place; every number leads there.
SOURCES_PAGE = "kilder.html"


@dataclass(frozen=True)
class Cell:
    """A cell: what is read, what it is sorted by, where it leads, and a mark for what is no plain value.

    `mark` is one of the style sheet's: met, not_met, hidden, even and others.
    """

    text: str
    sort: str | float | None = None
    href: str | None = None
    mark: str | None = None


@dataclass(frozen=True)
class Column:
    """A column's heading, its kind, and whether its values can be chosen from."""

    label: str
    kind: str = TEXT
    is_filter: bool = False


@dataclass(frozen=True)
class Table:
    """A table, with a name that is unique on its page, and a caption that says what is seen."""

    name: str
    caption: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    #: The ids of the rows, where something leads to them.
    anchors: Sequence[str] = ()


@dataclass(frozen=True)
class Chart:
    """A chart: its title says what is seen, its text the same for who cannot see it; `table` has the numbers."""

    name: str
    title: str
    text: str
    table: str
    spec: Mapping[str, Any]


def source_href(source_ref: str | None) -> str | None:
    """Return the link to the place where a figure is printed, or to the reply that it came in."""
    return f"{SOURCES_PAGE}#{quote(source_ref, safe=':.-_/')}" if source_ref else None


def sortable(value: Decimal | float | None) -> float | None:
    """Return a number as the page's script compares it."""
    if value is None:
        return None
    return int(value) if value == int(value) else float(value)
