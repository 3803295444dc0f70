"""What a page is made of: tables declared as columns, cells, charts, and where each number leads.

Belongs here: shapes that the template shows, without a word of their own. Does not: queries (`pages`).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from jobmaal.core.database import Row
from jobmaal.outputs import danish

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
    """A column: its heading, what it shows of a row, its kind, and whether its values can be chosen from.

    `value` is the name of a value of the row, or a function that makes a cell or a text of the row.
    """

    label: str
    value: str | Callable[[Row], Cell | str | None]
    kind: str = TEXT
    is_filter: bool = False

    def cell(self, row: Row) -> Cell:
        """Return the cell of a row; an empty one where it has no value."""
        if callable(self.value):
            value = self.value(row)
            return value if isinstance(value, Cell) else Cell(value or "")
        return number_cell(row[self.value]) if self.kind == NUMBER else Cell(row[self.value] or "")


@dataclass(frozen=True)
class Table:
    """A table: a name that is unique on its page, a caption that says what it shows, its columns, and its rows.

    `anchor` names the value that is each row's id, where something leads to the rows.
    """

    name: str
    caption: str
    columns: Sequence[Column]
    rows: Sequence[Row]
    anchor: str | None = None


@dataclass(frozen=True)
class Chart:
    """A chart: its title says what it shows, its text the same for who cannot see it; `table` has the numbers.

    `spec` is None where there is nothing to draw.
    """

    name: str
    title: str
    text: str
    table: str
    spec: Mapping[str, Any] | None


def number_cell(value: Decimal | float | None, href: str | None = None, digits: int | None = None) -> Cell:
    """Return a number that is no printed figure itself; `href` leads to what it is made of."""
    return Cell(danish.number(value, digits), sortable(value), href if value is not None else None)


def source_href(source_ref: str | None) -> str | None:
    """Return the link to the place where a figure is printed, or to the response that it came in."""
    return f"{SOURCES_PAGE}#{quote(source_ref, safe=':.-_/')}" if source_ref else None


def sortable(value: Decimal | float | None) -> float | None:
    """Return a number as the page's script compares it."""
    if value is None:
        return None
    return int(value) if value == int(value) else float(value)
