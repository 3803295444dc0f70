"""The report of a fetch, or of landing a folder of responses: what happened to each table.

Belongs here: counting, the lines that a person reads, the exit code, and the progress bar. Does not: the work that is
reported (`fetch`, `saved`).
"""

import sys
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol

import click

from jobmaal.core.errors import EXIT_FAULTY_INPUT, EXIT_FETCH_FAILED, printable
from jobmaal.core.layout import Layout
from jobmaal.jobindsats.landing import Landed


@dataclass
class TableReport:
    """What happened to one table. `faults` are for the data team to fix, `failures` are the publisher's.

    `notes` are what somebody should know and that is no failure; `can_pass` says that waiting may end the failure.
    """

    table_id: str
    outcome: str = ""
    responses: int = 0
    rows: int = 0
    size: int = 0
    faults: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    can_pass: bool = False
    notes: list[str] = field(default_factory=list)

    def count(self, landed: Landed) -> None:
        """Add a data response that has landed."""
        self.responses += 1
        self.rows += landed.rows
        self.size += landed.size

    def __str__(self) -> str:
        """Return the report in one line."""
        responses = "response" if self.responses == 1 else "responses"
        landed = (
            f": {self.responses} {responses}, {self.rows:,} rows, {self.size / 1e6:,.1f} MB" if self.responses else ""
        )
        return printable(f"{self.table_id:<9} {self.outcome}{landed}")


@dataclass
class Report:
    """The report of a fetch or of a folder, table by table."""

    tables: list[TableReport] = field(default_factory=list)

    @property
    def problems(self) -> list[str]:
        """Everything that has to be looked into, a line each."""
        return [printable(text) for table in self.tables for text in (*table.faults, *table.failures)]

    @property
    def notes(self) -> list[str]:
        """Everything that somebody should know and that is no failure, a line each."""
        return [printable(text) for table in self.tables for text in table.notes]

    @property
    def responses(self) -> int:
        """The number of data responses that landed."""
        return sum(table.responses for table in self.tables)

    @property
    def can_pass(self) -> bool:
        """Whether waiting may end a failure of some table."""
        return any(table.can_pass for table in self.tables)

    @property
    def exit_code(self) -> int:
        """What the command ends with: a fault goes before a failure, since it does not pass by itself."""
        if any(table.faults for table in self.tables):
            return EXIT_FAULTY_INPUT
        return EXIT_FETCH_FAILED if any(table.failures for table in self.tables) else 0


def no_row(layout: Layout) -> str:
    """Return what to do about a table that is not configured."""
    return f"no row in {layout.seeds / 'shared' / 'series_tables.csv'} says what to take of it; add one there"


class Bar(Protocol):
    """What shows how far the work is."""

    def update(self, n_steps: int, /) -> None:
        """Show that this number of further steps is done."""


def bar(label: str, length: int) -> AbstractContextManager[Bar]:
    """Return a bar that shows how far the work is, on a terminal alone."""
    return click.progressbar(length=length, label=f"  {label:<8}", file=sys.stderr, hidden=not sys.stderr.isatty())
