"""A check: a query whose answer is a small table, and what is expected of that table.

Belongs here: the form of a check, and a word for each expectation, which is one class of Great Expectations. The
library is imported where the checks run, since that takes seconds. Does not: any particular check (`suites`), running
them (`runner`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Expected:
    """An expectation: the name of its class in `great_expectations.expectations`, and its arguments."""

    class_name: str
    arguments: dict[str, Any]

    def __str__(self) -> str:
        """Return the expectation as a person would write it."""
        arguments = ", ".join(f"{name}={value}" for name, value in self.arguments.items())
        return f"{self.class_name}({arguments})"


def values_in(column: str, allowed: Sequence[Any]) -> Expected:
    """Expect every value of the column to be one of those allowed. A null passes: pair it with `no_nulls`."""
    return Expected("ExpectColumnValuesToBeInSet", {"column": column, "value_set": list(allowed)})


def no_nulls(column: str) -> Expected:
    """Expect a value in every row of the column."""
    return Expected("ExpectColumnValuesToNotBeNull", {"column": column})


def some_rows() -> Expected:
    """Expect a table that is not empty: a check that judged nothing must not pass."""
    return Expected("ExpectTableRowCountToBeBetween", {"min_value": 1})


def no_rows() -> Expected:
    """Expect a table that is empty."""
    return Expected("ExpectTableRowCountToEqual", {"value": 0})


def always(column: str, value: Any) -> tuple[Expected, ...]:
    """Expect rows, and this value in each of them, so that neither an empty table nor a null passes unseen."""
    return some_rows(), no_nulls(column), values_in(column, [value])


@dataclass(frozen=True)
class Check:
    """One check of the public table `asset`; `query` is the place of its SQL, `suite/name`, and the name is a sentence.

    The query sees the public tables by their names, the work database's by theirs (`raw.…`), and what several queries
    share as views (`shared/`). `needs` names the rows (what may follow `from` in SQL) without which there is nothing to
    judge: where there are none, no rows are right too.
    """

    query: str
    asset: str
    expectations: Sequence[Expected]
    needs: str = ""

    @property
    def name(self) -> str:
        """The name of the check, by which its outcome is known."""
        return self.query.partition("/")[2]

    @cached_property
    def sql(self) -> str:
        """The query."""
        return (_FOLDER / f"{self.query}.sql").read_text(encoding="utf-8")

    def as_markdown(self) -> str:
        """Show the check: its sentence, its query, and what is expected of the answer."""
        sentence = self.name.replace("_", " ").capitalize()
        expected = "\n".join(f"- {e}" for e in self.expectations)
        return f"{sentence}.\n\n```sql\n{self.sql.strip()}\n```\n\n{expected}"


def shared_views() -> dict[str, str]:
    """Return the queries that several checks share, each with its name, in the order in which they need each other."""
    paths = sorted((_FOLDER / "shared").glob("*.sql"))
    return {path.stem: path.read_text(encoding="utf-8") for path in paths}
