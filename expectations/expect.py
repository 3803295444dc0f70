"""The vocabulary of the suites: what can be expected of a table, each word one Great Expectations class.

Belongs here: naming expectations and their arguments. The classes themselves are only imported where
the checks run, since the library takes seconds to start.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Expected:
    """An expectation: the name of its class in `great_expectations.expectations`, and its arguments."""

    class_name: str
    arguments: dict[str, Any]

    def __str__(self) -> str:
        """Return the expectation as a person would write it."""
        told = ", ".join(f"{name}={value}" for name, value in self.arguments.items())
        return f"{self.class_name}({told})"


def values_in(column: str, allowed: Sequence[Any]) -> Expected:
    """Expect every value of the column to be one of those allowed. A null passes: pair it with `no_nulls`."""
    return Expected("ExpectColumnValuesToBeInSet", {"column": column, "value_set": list(allowed)})


def always(column: str, value: Any) -> list[Expected]:
    """Expect rows, and this value in each of them: nothing, and no null, passes in silence."""
    return [some_rows(), no_nulls(column), values_in(column, [value])]


def no_nulls(column: str) -> Expected:
    """Expect a value in every row of the column."""
    return Expected("ExpectColumnValuesToNotBeNull", {"column": column})


def some_rows() -> Expected:
    """Expect a table that is not empty: a check that judged nothing must not pass."""
    return Expected("ExpectTableRowCountToBeBetween", {"min_value": 1})


def no_rows() -> Expected:
    """Expect a table that is empty."""
    return Expected("ExpectTableRowCountToEqual", {"value": 0})
