"""Running suites: SQL does the work, Great Expectations judges the small table that results.

Belongs here: the form of a check and its outcome. Does not: any particular check.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from jobmaal.outcomes import MOST_ROWS_SHOWN, Outcome

# The library phones home unless it is told not to before it is imported.
os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")

if TYPE_CHECKING:
    import duckdb
    from great_expectations.expectations.expectation import Expectation


@dataclass(frozen=True)
class Check:
    """One check: `name` is a sentence, `sql` gives the table, `expectations` say what must hold of it.

    `asset` is the public table that the check speaks for. The SQL sees the public tables by their names and
    the work database's by theirs (`raw.…`, `staging.…`, `intermediate.…`).
    """

    name: str
    asset: str
    sql: str
    expectations: Sequence[Expectation] = field(repr=False)


def run(checks: Iterable[Check], connection: duckdb.DuckDBPyConnection) -> Iterator[Outcome]:
    """Run checks one by one. A check that cannot be run has failed."""
    import great_expectations as gx  # noqa: PLC0415 - 3 seconds that only this step should pay

    # The library tells of each temporary folder that it makes.
    logging.getLogger("great_expectations.data_context.types.base").setLevel(logging.WARNING)

    context = gx.get_context(mode="ephemeral")
    # Bars of a hundredth of a second each are no progress.
    context.variables.progress_bars = {"globally": False}  # type: ignore[assignment]
    source = context.data_sources.add_pandas("checks")
    for check in checks:
        frame = connection.execute(check.sql).df()
        batch = (
            source.add_dataframe_asset(check.name)
            .add_batch_definition_whole_dataframe("whole")
            .get_batch(batch_parameters={"dataframe": frame})
        )
        results = [batch.validate(e, result_format="COMPLETE") for e in check.expectations]
        failed = [r for r in results if not r.success]
        rows: list[Any] = []
        for result in failed:
            places = (result.result or {}).get("unexpected_index_list") or []
            shown = frame.iloc[places[:MOST_ROWS_SHOWN]] if places else frame.head(MOST_ROWS_SHOWN)
            rows += shown.astype(str).to_dict(orient="records")
        yield Outcome(
            name=check.name,
            asset=check.asset,
            kind="great_expectations",
            holds=not failed,
            observed=f"{len(frame)} row(s) judged",
            expected="; ".join(_sentence(e) for e in check.expectations),
            failing_rows=rows[:MOST_ROWS_SHOWN],
        )


def _sentence(expectation: Expectation) -> str:
    """Say an expectation in words: its type and its own arguments."""
    arguments = {
        key: value
        for key, value in expectation.configuration.kwargs.items()
        if key not in ("batch_id", "mostly") and value not in (None, False)
    }
    told = ", ".join(f"{key}={value}" for key, value in arguments.items())
    return f"{expectation.expectation_type}({told})"
