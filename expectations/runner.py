"""Running suites: SQL does the work, Great Expectations judges the small table that results.

Belongs here: the form of a check and its outcome. Does not: any particular check.
"""

from __future__ import annotations

import logging
import os
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from expectations.expect import Expected
from jobmaal.core.database import connect
from jobmaal.core.layout import Layout, quoted
from jobmaal.core.outcomes import MOST_ROWS_SHOWN, Outcome, shown_row


@dataclass(frozen=True)
class Check:
    """One check: `name` is a sentence, `sql` gives the table, `expectations` say what must hold of it.

    `asset` is the public table that the check speaks for. The SQL sees the public tables by their names and
    the work database's by theirs (`raw.…`, `staging.…`, `intermediate.…`). `needs` names the rows (what may follow
    `from` in SQL) without which there is nothing to judge: where there are none, no rows are right too.
    """

    name: str
    asset: str
    sql: str
    expectations: Sequence[Expected]
    needs: str = ""

    def as_markdown(self) -> str:
        """Show the check: its sentence, its question, and what is expected of the answer."""
        sentence = self.name.replace("_", " ").capitalize()
        expected = "\n".join(f"- {e}" for e in self.expectations)
        return f"{sentence}.\n\n```sql\n{textwrap.dedent(self.sql).strip()}\n```\n\n{expected}"


def get_ready() -> None:
    """Import the library, which takes three seconds."""
    # The library phones home unless it is told not to before it is imported.
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    import great_expectations  # noqa: F401

    # It tells of each temporary folder that it makes.
    logging.getLogger("great_expectations.data_context.types.base").setLevel(logging.WARNING)


def run(checks: Sequence[Check], layout: Layout) -> list[Outcome]:
    """Run checks on the databases under `layout`, which nobody may have open for writing."""
    get_ready()
    import great_expectations as gx
    import pandas as pd

    context = gx.get_context(mode="ephemeral")
    # Bars of a hundredth of a second each are no progress.
    context.variables.progress_bars = {"globally": False}  # type: ignore[assignment]
    source = context.data_sources.add_pandas("checks")
    outcomes = []
    with connect(layout.work_database, read_only=True) as database:
        database.execute(f"attach '{quoted(layout.warehouse)}' as warehouse (read_only)")
        database.execute("set search_path = 'main,warehouse.main'")
        for check in checks:
            cursor = database.execute(check.sql)
            # Not DuckDB's own frame, in which a decimal is a float: money is compared as it is.
            columns = [name for name, *_ in cursor.description or ()]
            frame = pd.DataFrame(cursor.fetchall(), columns=columns, dtype=object)
            if check.needs and frame.empty and not database.execute(f"select 1 from {check.needs} limit 1").fetchall():
                outcomes.append(_outcome(check, frame, []))
                continue
            batch = (
                source.add_dataframe_asset(check.name)
                .add_batch_definition_whole_dataframe("whole")
                .get_batch(batch_parameters={"dataframe": frame})
            )
            expected = [getattr(gx.expectations, e.class_name)(**e.arguments) for e in check.expectations]
            results = [batch.validate(e, result_format="COMPLETE") for e in expected]
            outcomes.append(_outcome(check, frame, [r for r in results if not r.success]))
    return outcomes


def _outcome(check: Check, frame: Any, failed: Sequence[Any]) -> Outcome:
    """Show a check's outcome, with the rows that broke it."""
    rows: list[Any] = []
    for result in failed:
        places = (result.result or {}).get("unexpected_index_list") or []
        shown = frame.iloc[places[:MOST_ROWS_SHOWN]] if places else frame.head(MOST_ROWS_SHOWN)
        rows += [shown_row(frame.columns, row) for row in shown.itertuples(index=False)]
    return Outcome(
        name=check.name,
        asset=check.asset,
        kind="great_expectations",
        holds=not failed,
        observed=f"{len(frame)} row(s) judged",
        expected="; ".join(map(str, check.expectations)),
        failing_rows=rows[:MOST_ROWS_SHOWN],
    )
