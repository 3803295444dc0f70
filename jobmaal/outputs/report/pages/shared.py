"""What the pages share: their shape, and cells for what stands in the warehouse.

Belongs here: turning values into cells, once for all pages. Does not: what a page shows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from jobmaal.outputs import danish
from jobmaal.outputs.report.cells import Cell, Chart, Column, Table, sortable, source_href

#: Charts of kroner are in millions.
MILLION = 1_000_000
COURSES = "forløb"
STATUS_ORDER = ("met", "not_met", "not_measured", "not_set")
STATUS_COLOURS = ("--good", "--bad", "--c3", "--c6")
BASIS_ORDER = ("single", "stated", "even")
AGREEMENTS = "select * from {table} order by year_from, dated nulls last, agreement_name"


@dataclass(frozen=True)
class Page:
    """A page: its file, its name in the menu, and what stands on it."""

    file: str
    name: str
    tables: Mapping[str, Table]
    charts: Mapping[str, Chart] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)


def text_cell(text: str | None, href: str | None = None) -> Cell:
    """Return a text, blank for none."""
    return Cell(text or "", None, href)


def number_cell(value: Decimal | int | None, href: str | None = None, digits: int | None = None) -> Cell:
    """Return a number that is no printed figure itself; `href` leads to what it is made of."""
    return Cell(danish.number(value, digits), sortable(value), href if value is not None else None)


def kroner_cell(value: Decimal | None, href: str | None = None) -> Cell:
    """Return an amount in whole kroner."""
    return number_cell(value, href, 0)


def sum_cell(value: Decimal | None, qualifier: str | None, value_to: Decimal | None, href: str | None = None) -> Cell:
    """Return a sum of printed numbers with what limits it; `href` leads to what it is made of."""
    if value is None:
        return Cell("")
    return Cell(danish.qualified(value, qualifier, value_to), sortable(value), href)


def role_text(row: Mapping[str, Any]) -> str:
    """Return the document's own word for a unit's role, or what its sentence says; blank where it has none."""
    return row["unit_role_name"] or danish.ROLE.get(row["unit_role"] or "", "")


def year_cell(year_key: int) -> Cell:
    """Return a year."""
    return Cell(danish.year(year_key), year_key)


def figure_cell(row: Mapping[str, Any], value: str) -> Cell:
    """Return a printed number with its qualifier, or what it is instead of a number; it leads to its place."""
    href = source_href(row["source_ref"])
    if row["value_status"] != "reported":
        return Cell(danish.NO_VALUE[row["value_status"]], None, href, "none")
    return Cell(danish.qualified(row[value], row["value_qualifier"], row["value_to"]), sortable(row[value]), href)


def status_cell(status: str) -> Cell:
    """Return how a target stands."""
    return Cell(danish.TARGET_STATUS[status], status, None, status)


def basis_cell(basis: str) -> Cell:
    """Return how a share came to its unit; an even split is marked as one."""
    return Cell(danish.BASIS[basis], basis, None, "even" if basis == "even" else None)


def rows_of(page: str, table: str, search: str) -> str:
    """Return the link to the rows that a sum is made of."""
    return f"{page}?sog={quote(search)}#{table}"


def table(name: str, caption: str, columns: Sequence[Column], rows: Sequence[Sequence[Cell]]) -> Table:
    """Make a table whose rows fit its columns."""
    assert all(len(row) == len(columns) for row in rows), name
    return Table(name, caption, columns, rows)


def known(text: str | None) -> str:
    """Leave out the name of the member that stands for none."""
    return "" if text in (None, "Ikke oplyst") else str(text)


def short(name: str) -> str:
    """Name an agreement on a chart, where there is little room."""
    most = 44
    return name if len(name) <= most else name[: most - 1].rstrip() + "…"


def account(row: Mapping[str, Any]) -> str:
    """Name an account, with its number where it has one."""
    number, name = known(row["account_id"]), known(row["account_name"])
    return f"{name} ({number})" if number[:1].isdigit() else name
