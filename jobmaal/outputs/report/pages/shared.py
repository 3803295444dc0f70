"""What the pages share: their shape, their queries, and cells for what is in the warehouse.

Belongs here: turning values into cells, once for all pages. Does not: what a page shows.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import quote

import duckdb

from jobmaal.core.database import Row, query, read_sql
from jobmaal.outputs import danish
from jobmaal.outputs.report.cells import NUMBER, Cell, Chart, Column, Table, sortable, source_href

#: Charts of kroner are in millions.
MILLION = 1_000_000
COURSES = "forløb"
STATUS_ORDER = ("met", "not_met", "not_measured", "not_set")
STATUS_COLOURS = ("--good", "--bad", "--c3", "--c6")
BASIS_ORDER = ("single", "stated", "even")
AGREEMENTS = "select * from {table} order by year_from, dated nulls last, agreement_name"
_LONGEST_NAME = 44


@dataclass(frozen=True)
class Page:
    """A page: its file, its name in the menu, and what it shows, by name."""

    file: str
    name: str
    tables: Mapping[str, Table]
    charts: Mapping[str, Chart]
    facts: Mapping[str, Any]


def page(
    file: str, name: str, tables: Sequence[Table], charts: Sequence[Chart] = (), facts: Mapping[str, Any] | None = None
) -> Page:
    """Return a page, without the charts that have nothing to draw."""
    drawn = {chart.name: chart for chart in charts if chart.spec}
    return Page(file, name, {table.name: table for table in tables}, drawn, facts or {})


def rows_of(database: duckdb.DuckDBPyConnection, name: str, **relations: str) -> list[Row]:
    """Return the rows of the query of that name, which is in a file beside the pages."""
    return query(database, read_sql(Path(__file__).with_name(f"{name}.sql"), **relations))


def sum_cell(value: Decimal | None, qualifier: str | None, value_to: Decimal | None, href: str | None = None) -> Cell:
    """Return a sum of printed numbers with what limits it; `href` leads to what it is made of."""
    if value is None:
        return Cell("")
    return Cell(danish.qualified(value, qualifier, value_to), sortable(value), href)


def figure(name: str) -> Callable[[Row], Cell]:
    """Return how to show a printed number with its qualifier, or what is there instead of it; it leads to its place."""

    def cell(row: Row) -> Cell:
        href = source_href(row["source_ref"])
        if row["value_status"] != "reported":
            return Cell(danish.NO_VALUE[row["value_status"]], None, href, "none")
        return Cell(danish.qualified(row[name], row["value_qualifier"], row["value_to"]), sortable(row[name]), href)

    return cell


def status_cell(row: Row) -> Cell:
    """Return the status of a target."""
    status = row["attainment_status"]
    return Cell(danish.TARGET_STATUS[status], status, None, status)


def search_href(page: str, table: str, search: str) -> str:
    """Return the link to the rows that a sum is made of."""
    return f"{page}?sog={quote(search)}#{table}"


def known(text: str | None) -> str:
    """Leave out the name of the member that stands for none."""
    return "" if text in (None, "Ikke oplyst") else str(text)


def short(name: str) -> str:
    """Return an agreement's name for a chart, where there is little room."""
    return name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1].rstrip() + "…"


def account(row: Row) -> str:
    """Return an account's name, with its number where it has one."""
    number, name = known(row["account_id"]), known(row["account_name"])
    return f"{name} ({number})" if number[:1].isdigit() else name


def _basis(row: Row) -> Cell:
    basis = row["allocation_basis"]
    return Cell(danish.BASIS[basis], basis, None, "even" if basis == "even" else None)


def _role(row: Row) -> str:
    return row["unit_role_name"] or danish.ROLE.get(row["unit_role"] or "", "")


#: Columns that several tables have. A role is the document's own word, or what its sentence says.
AGREEMENT = Column("Aftale", "agreement_name", is_filter=True)
YEAR = Column("År", lambda row: Cell(danish.year(row["year_key"]), row["year_key"]), NUMBER)
UNIT_TYPE = Column("Slags", lambda row: danish.UNIT_TYPE.get(row["unit_type"], ""), is_filter=True)
ROLE = Column("Rolle", _role, is_filter=True)
#: How a share came to its unit; an even split is marked as one.
BASIS = Column("Fordeling", _basis, is_filter=True)


def unit_name(row: Row) -> str:
    """Return the name of the unit that a share is for."""
    return known(row["jobcenter_name"]) or "Ingen enhed nævnt"


def mixed_sum(row: Row, value: str, href: str) -> Cell:
    """Return a sum over printed numbers of several qualifiers."""
    return sum_cell(row[value], danish.qualifier_of_sum(row["qualifiers"]), row[f"{value}_to"], href)
