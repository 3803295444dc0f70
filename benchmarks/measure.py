"""Running whole commands, each in a cold process and in turn with what it is compared with.

Belongs here: processes, their seconds and memory, medians, and the form of a result. Does not: what is measured and
how (the module of each subject), the bounds and the table (`table`).

Figures of one machine are no figures of another, so a result is a ratio to something else in the same run.
The measuring process itself stays small: a process begins with the peak of memory of the one that starts it.
"""

import argparse
import json
import math
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from benchmarks import table
from jobmaal.core.layout import PROJECT, Layout

BIN = Path(sys.executable).parent
RUNS = 3
_SAMPLED_EVERY = 0.1
_PAGE = os.sysconf("SC_PAGE_SIZE")
_VERSIONS = ("jobmaal", "duckdb", "dbt-core", "dbt-duckdb", "dagster", "great-expectations")


@dataclass(frozen=True)
class Run:
    """A command that ran to its end. `memory_mb` is the most that it and its children had at once.

    `spilled_mb` is the most that DuckDB had put on disk for want of memory; `output` is what the command printed.
    """

    seconds: float
    memory_mb: float
    spilled_mb: float
    output: str

    @property
    def answer(self) -> Any:
        """The last line, read as JSON: the report of a side that measures itself."""
        return json.loads(self.output.splitlines()[-1])


def environment(layout: Layout) -> dict[str, str]:
    """Return an environment that knows these folders and nothing else of jobmaal or Dagster."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("JOBMAAL_", "DAGSTER_"))}
    # As in the Makefile: without bytecode every start takes twice as long.
    kept.pop("PYTHONDONTWRITEBYTECODE", None)
    return kept | layout.to_environment()


def run(command: Sequence[str], known: Mapping[str, str]) -> Run:
    """Run a command to its end in the project's folder; end with its output where it fails."""
    with tempfile.TemporaryFile() as output:
        started = time.perf_counter()
        process = subprocess.Popen(command, env=dict(known), cwd=PROJECT, stdout=output, stderr=output)
        watch = _Watch(process.pid, Path(known["JOBMAAL_DATA"]))
        watch.start()
        try:
            status = process.wait()
        finally:
            process.kill()
            watch.is_over.set()
        seconds = time.perf_counter() - started
        watch.join()
        output.seek(0)
        text = output.read().decode()
    if status != 0:
        sys.exit(f"{' '.join(command)} ended with {status}:\n{text}")
    return Run(seconds, watch.most_memory / 1e6, watch.most_spilled / 1e6, text)


def jobmaal(layout: Layout, *arguments: str, **variables: str) -> Run:
    """Run a command of jobmaal."""
    return run([str(BIN / "jobmaal"), *arguments], environment(layout) | variables)


def module(layout: Layout, name: str, *arguments: str) -> Run:
    """Run a module of the benchmarks in a process of its own: a side that measures itself, or work that needs room."""
    return run([sys.executable, "-m", name, *arguments], environment(layout))


class _Watch(threading.Thread):
    """Looks at a process and its children every now and then."""

    def __init__(self, pid: int, data: Path) -> None:
        super().__init__(daemon=True)
        self._pid, self._work = pid, data / "work"
        self.is_over = threading.Event()
        self.most_memory = self.most_spilled = 0

    def run(self) -> None:
        while not self.is_over.wait(_SAMPLED_EVERY):
            self.most_memory = max(self.most_memory, sum(map(_resident, _tree(self._pid))))
            # DuckDB's own folder next to each of its files; the rest of the work folder comes and goes.
            self.most_spilled = max(self.most_spilled, sum(map(_size, self._work.glob("*.tmp/duckdb_temp*"))))


def _tree(root: int) -> list[int]:
    children: dict[int, list[int]] = defaultdict(list)
    for path in Path("/proc").glob("[0-9]*/stat"):
        # The name of a process stands in brackets, and may hold any.
        fields = _read(path).rpartition(")")[2].split()
        if fields:
            children[int(fields[1])].append(int(path.parent.name))
    found = [root]
    for pid in found:
        found += children[pid]
    return found


def _resident(pid: int) -> int:
    fields = _read(Path(f"/proc/{pid}/statm")).split()
    return int(fields[1]) * _PAGE if fields else 0


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        # It ended in the meantime.
        return ""


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def in_turn(runs: int, sides: Mapping[str, Callable[[], Run]]) -> dict[str, list[Run]]:
    """Run all sides in turn, so that what disturbs the machine disturbs them alike."""
    done: dict[str, list[Run]] = {side: [] for side in sides}
    for number in range(runs):
        for side, start in sides.items():
            done[side].append(start())
        seconds = ", ".join(f"{side} {results[-1].seconds:.2f} s" for side, results in done.items())
        log(f"run {number + 1} of {runs}: {seconds}")
    return done


def log(text: str) -> None:
    """Show how far it is."""
    print(text, file=sys.stderr, flush=True)


def medians(done: Mapping[str, Sequence[Run]]) -> dict[str, float]:
    """Return the median of each side's seconds."""
    return {side: round(statistics.median(run.seconds for run in results), 3) for side, results in done.items()}


def memory(done: Mapping[str, Sequence[Run]]) -> dict[str, int]:
    """Return the most memory that each side had, in MB."""
    return {side: round(max(run.memory_mb for run in results)) for side, results in done.items()}


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that so large a share of them does not exceed."""
    return sorted(values)[math.ceil(len(values) * share) - 1]


def write(
    name: str, runs: int, measured: Mapping[str, float | None], details: Mapping[str, Any], cells: int | None = None
) -> None:
    """Write a result: the figure of each row of the table by the row's id, and what it was worked out from.

    `runs_of` among the details has the runs of a row that had fewer than the others.
    """
    result = {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "python": platform.python_version(),
        "versions": {package: metadata.version(package) for package in _VERSIONS},
        "runs": runs,
        **({} if cells is None else {"cells": cells}),
        "measured": {row: table.figure(row, value) for row, value in measured.items()},
        **details,
    }
    table.RESULTS.mkdir(exist_ok=True)
    text = json.dumps(result, indent=1, ensure_ascii=False) + "\n"
    (table.RESULTS / f"{name}.json").write_text(text, encoding="utf-8")
    print(text)


def sized(name: str, cells: int) -> str:
    """Name the result of a subject that is measured at several sizes."""
    return f"{name}.{round(cells / 1e6) or 1}M"


def options(about: str | None, cells: int, *flags: str) -> argparse.Namespace:
    """Return the options of a benchmark of the series: the number of cells, of runs, and its own flags."""
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cells", type=int, default=cells, help=f"cells of the history (default {cells:,})")
    parser.add_argument("--runs", type=int, default=RUNS, help=f"how often each side runs (default {RUNS})")
    for flag in flags:
        parser.add_argument(f"--{flag}", action="store_true")
    return parser.parse_args()
