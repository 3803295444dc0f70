"""`python -m expectations`: wait for names of checks, run them, write their outcomes (see `process`)."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict

from expectations import runner, suites
from jobmaal.core.gc_settings import collected_seldom
from jobmaal.core.layout import Layout


def main() -> None:
    """Read names from standard input, write outcomes to standard output."""
    runner.get_ready()
    asked = sys.stdin.read()
    if not asked:
        return
    names = set(json.loads(asked))
    chosen = [check for check in suites.all_checks() if check.name in names]
    import duckdb  # the process gets ready without it

    try:
        outcomes = runner.run(chosen, Layout.from_environment())
    except (OSError, duckdb.Error) as error:
        # The machine's doing as a rule, and whoever started the process tells it.
        print(error)
        sys.exit(1)
    print(json.dumps([asdict(outcome) for outcome in outcomes], default=str))


if __name__ == "__main__":
    with collected_seldom():
        main()
