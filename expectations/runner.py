"""Running checks: SQL does the work, Great Expectations judges the small table that results.

Belongs here: running checks, and the process that `process` starts for it (`python -m expectations.runner`), which
reads names of checks from standard input and writes their outcomes to standard output. Does not: any particular check.
"""

import json
import logging
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from expectations import suites
from expectations.check import Check, shared_views
from jobmaal.core.database import connect
from jobmaal.core.gc_settings import collected_seldom
from jobmaal.core.layout import Layout, quoted
from jobmaal.core.outcomes import MOST_ROWS_SHOWN, Outcome, shown_row


def _get_ready() -> None:
    """Import the library, which takes three seconds."""
    # The library phones home unless that is switched off before it is imported.
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    import great_expectations  # noqa: F401

    # It reports each temporary folder that it makes.
    logging.getLogger("great_expectations.data_context.types.base").setLevel(logging.WARNING)


def run(checks: Sequence[Check], layout: Layout) -> list[Outcome]:
    """Run checks on the databases under `layout`, which nobody may have open for writing."""
    _get_ready()
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
        for name, query in shared_views().items():
            database.execute(f"create temp view {name} as {query}")
        for check in checks:
            cursor = database.execute(check.sql)
            # Not DuckDB's own frame, in which a decimal is a float: money is compared as it is.
            columns = [name for name, *_ in cursor.description or ()]
            frame = pd.DataFrame(cursor.fetchall(), columns=columns, dtype=object)
            results: list[Any] = []
            if not check.needs or not frame.empty or database.execute(f"from {check.needs} limit 1").fetchall():
                asset = source.add_dataframe_asset(check.name).add_batch_definition_whole_dataframe("whole")
                batch = asset.get_batch(batch_parameters={"dataframe": frame})
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


def main() -> None:
    """Wait for names of checks, run those, and write their outcomes."""
    _get_ready()
    request = sys.stdin.read()
    if not request:
        return
    names = set(json.loads(request))
    import duckdb  # the process gets ready without it

    try:
        outcomes = run([check for check in suites.CHECKS if check.name in names], Layout.from_environment())
    except (OSError, duckdb.Error) as error:
        # Usually the machine's fault; the one that started the process reports it.
        print(error)
        sys.exit(1)
    print(json.dumps([asdict(outcome) for outcome in outcomes], default=str))


if __name__ == "__main__":
    with collected_seldom():
        main()
