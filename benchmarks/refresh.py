"""How long a refresh takes beside a bare `dbt build`, beside itself without report and files, and beside `--version`.

Belongs here: measuring whole commands, each in a cold process. Writes `benchmarks/results/refresh.json`.
Run it with `make bench`, on a machine that does nothing else.
"""

from __future__ import annotations

import json
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from importlib import metadata
from pathlib import Path

from jobmaal.layout import PROJECT

RUNS = 5
RESULTS = Path(__file__).with_name("results") / "refresh.json"
BIN = Path(sys.executable).parent

#: What is measured, over what, and how much it may be at most.
BOUNDS = {
    "refresh up to publishing over dbt build": 2.0,
    "refresh over refresh without report": 1.33,
    "refresh over refresh up to publishing": 1.5,
    "refresh with nothing new over --version": 2.0,
}
#: The command with nothing in the place of the report.
_WITHOUT_REPORT = """
import sys
from jobmaal import cli, publish
publish.write_report = lambda *_: None
sys.argv = ["jobmaal", "refresh", "--force"]
cli.main()
"""
#: The same without files and catalogue too: what makes the warehouse, and nothing that is made of it.
_UP_TO_PUBLISHING = """
import sys
from dagster_project import dbt_graph
from jobmaal import cli, publish
publish.write_report = publish.write_files = publish.write_catalogue = dbt_graph.write_docs = lambda *_: None
sys.argv = ["jobmaal", "refresh", "--force"]
cli.main()
"""


def main() -> None:
    """Measure, print a table, write the results; end with 1 where a bound is missed."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        environment = os.environ | {"JOBMAAL_DATA": str(data)}

        def jobmaal(*arguments: str) -> Callable[[], float]:
            return lambda: _seconds([str(BIN / "jobmaal"), *arguments], environment)

        # The first run parses the dbt project and fills the work database that the bare build reads.
        jobmaal("refresh")()
        bare = environment | {"JOBMAAL_DATA": str(_copy_for_dbt(data, Path(folder) / "bare"))}
        # Without the unit tests, which are of formulas and which a refresh does not run either.
        dbt = [str(BIN / "dbt"), "build", "--quiet", "--exclude-resource-type", "unit_test"]
        dbt += ["--project-dir", "dbt", "--profiles-dir", "dbt"]
        dbt += ["--target-path", str(Path(bare["JOBMAAL_DATA"]) / "dbt")]
        _seconds(dbt, bare)
        seconds = _in_turn(
            {
                "refresh": jobmaal("refresh", "--force"),
                "refresh without report": lambda: _seconds([sys.executable, "-c", _WITHOUT_REPORT], environment),
                "refresh up to publishing": lambda: _seconds([sys.executable, "-c", _UP_TO_PUBLISHING], environment),
                "dbt build": lambda: _seconds(dbt, bare),
                "refresh with nothing new": jobmaal("refresh"),
                "--version": jobmaal("--version"),
            }
        )
    medians = {name: statistics.median(values) for name, values in seconds.items()}
    ratios = {name: medians[name.split(" over ")[0]] / medians[name.split(" over ")[1]] for name in BOUNDS}
    result = {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "python": platform.python_version(),
        "versions": {n: metadata.version(n) for n in ("jobmaal", "dbt-core", "dbt-duckdb", "duckdb", "dagster")},
        "runs": RUNS,
        "median_seconds": {name: round(value, 3) for name, value in medians.items()},
        "ratios": {name: {"measured": round(value, 2), "bound": BOUNDS[name]} for name, value in ratios.items()},
        "peak_memory_mb": round(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024),
    }
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=1))
    sys.exit(any(ratio > BOUNDS[name] for name, ratio in ratios.items()))


def _in_turn(commands: dict[str, Callable[[], float]]) -> dict[str, list[float]]:
    """Run all commands in turn, so that what disturbs the machine disturbs them alike."""
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    for number in range(RUNS):
        for name, run in commands.items():
            seconds[name].append(run())
        told = ", ".join(f"{name} {values[-1]:.2f} s" for name, values in seconds.items())
        print(f"run {number + 1} of {RUNS}: {told}", file=sys.stderr, flush=True)
    return seconds


def _seconds(command: Sequence[str], environment: dict[str, str]) -> float:
    started = time.perf_counter()
    done = subprocess.run(command, env=environment, cwd=PROJECT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return time.perf_counter() - started


def _copy_for_dbt(data: Path, copy: Path) -> Path:
    """Give the bare build folders of its own, with the raw tables that it reads."""
    (copy / "work").mkdir(parents=True)
    shutil.copy(data / "work" / "work.duckdb", copy / "work" / "work.duckdb")
    return copy


if __name__ == "__main__":
    main()
