"""What the files hold: the public tables as public outputs have them, and the texts about them.

Belongs here: the rows, their order, and the texts that the files share. Does not: a format.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import duckdb

from jobmaal.core import contract
from jobmaal.core.contract import PublicColumn, PublicTable
from jobmaal.outputs.suppression.tables import Shown

DECIMAL, WHOLE, TEXT, BOOLEAN, DATE, MOMENT = "decimal", "whole", "text", "boolean", "date", "moment"
_KINDS = {
    "bigint": WHOLE,
    "integer": WHOLE,
    "varchar": TEXT,
    "boolean": BOOLEAN,
    "date": DATE,
    "timestamptz": MOMENT,
    "timestamp with time zone": MOMENT,
}
#: For people first, then the facts and what they refer to, then the audit tables.
_ORDER = ("rpt_", "fct_", "bridge_", "dim_", "audit_")
#: Spreadsheets have no time zones; this is the readers'.
ZONE = "Europe/Copenhagen"
_AT_A_TIME = 10_000

NOMINAL = "Alle beløb er i kroner i årets egne priser; der er intet prisindeks."
ONLY_TOTALS = "Af serierne fra Jobindsats er kun totalerne med, for de nyeste perioder. Resten står i warehouse.duckdb."
SYNTHETIC = (
    "Opdigtede tal: serierne fra Jobindsats i denne udgivelse er lavet til at prøve med. De siger intet om"
    " virkeligheden."
)


def suppression_note(below: int, withheld: Sequence[str] = ()) -> str:
    """Return what is suppressed in the files, and which measures are withheld."""
    if not below:
        return "Kun det, udgiveren selv skjuler, er skjult: feltet er tomt, og value_status er suppressed."
    return (
        f"Antal personer under {2 * below} er skjult, så ingen kan se, hvilke af dem der er under {below}, og det, der"
        " ville røbe dem, er skjult sammen med dem: feltet er tomt, og value_status er hidden. Det er ikke nul."
        + withheld_note(withheld)
    )


def withheld_note(withheld: Sequence[str]) -> str:
    """Return which measures are withheld completely; blank where none is."""
    if not withheld:
        return ""
    reason = "fordi det ikke kan ses, om de tæller få personer eller hviler på få"
    return f" Holdt helt tilbage, {reason}, er: {'; '.join(withheld)}."


def tables() -> list[PublicTable]:
    """Return the public tables in the order in which a person meets them."""
    return sorted(contract.tables(), key=lambda table: (_ORDER.index(table.name.split("_")[0] + "_"), table.name))


def kind(column: PublicColumn) -> str:
    """Return what a column holds. Raises KeyError for a type that no public table has."""
    return DECIMAL if column.type.startswith("decimal") else _KINDS[column.type.lower()]


def count(database: duckdb.DuckDBPyConnection, table: PublicTable, shown: Shown) -> int:
    """Count the rows of a table as it is shown."""
    return int(database.execute(f"select count(*) from {shown.relation(table.name)}").fetchall()[0][0])


def rows(
    database: duckdb.DuckDBPyConnection, table: PublicTable, shown: Shown, expressions: list[str]
) -> Iterator[tuple[Any, ...]]:
    """Return the rows of a table as it is shown, in key order."""
    order = ", ".join(f'"{name}"' for name in table.key)
    found = database.execute(f"select {', '.join(expressions)} from {shown.relation(table.name)} order by {order}")
    while some := found.fetchmany(_AT_A_TIME):
        yield from some


def named(column: PublicColumn) -> str:
    """Return a column's name as it stands in SQL; some are words of SQL."""
    return f'"{column.name}"'


def local(column: PublicColumn) -> str:
    """Return a time as the clocks of its readers show it, without a zone."""
    return f"{named(column)} at time zone '{ZONE}'"
