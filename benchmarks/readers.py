"""How long eight BI readers wait for answers while a release is built and published, beside the same readers alone.

Belongs here: readers that ask the questions of docs/questions.md one after the other without pause, each with a new
connection to `data/current`, as a BI tool does whose pool is empty; and two releases published under them. Does not:
whether each answer is right, which `torture.readers` sees to. Writes `benchmarks/results/readers.json`. Run it with
`make bench`.
"""

from __future__ import annotations

import multiprocessing
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Event
from pathlib import Path

import duckdb

from benchmarks import increment, landing, measure
from benchmarks.landing import ADDED, CHANGED
from jobmaal.core.layout import Layout
from jobmaal.releases import catalogue
from tests.helpers.questions import PAGE, questions

CELLS = 10_000_000
READERS = 8
#: How long the readers are left alone before each publish.
_ALONE_SECONDS = 30
_PATIENCE = 600


@dataclass
class Read:
    """What a reader met: when each question was asked and how many seconds the answer took; and errors."""

    answers: list[tuple[float, float]] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)


@dataclass
class Spans:
    """When the readers were alone, when a refresh ran, and when it published: its last step."""

    alone: list[tuple[float, float]] = field(default_factory=list)
    refresh: list[tuple[float, float]] = field(default_factory=list)
    publish: list[tuple[float, float]] = field(default_factory=list)


def main() -> None:
    """Publish under readers and write the results."""
    asked = measure.asked(__doc__, CELLS)
    made, spans = landing.kept(asked.cells), Spans()
    with made.run("readers") as layout:
        measure.jobmaal(layout, "refresh")
        with _reading(layout) as reads:
            for delivery in (ADDED, CHANGED):
                began = time.monotonic()
                time.sleep(_ALONE_SECONDS)
                made.land(delivery, layout)
                spans.alone.append((began, time.monotonic()))
                _publish(layout, spans)
    seconds = {name: within(reads, of_name) for name, of_name in vars(spans).items()}
    p95 = {name: measure.percentile(values, 0.95) for name, values in seconds.items()}
    errors = sum((read.errors for read in reads), Counter[str]())
    measure.write(
        "readers",
        len(spans.refresh),
        {"readers": max(p95["refresh"], p95["publish"]) / p95["alone"], "readers_errors": errors.total()},
        {
            "readers": READERS,
            "p95_seconds": p95,
            "answers": {name: len(values) for name, values in seconds.items()},
            "errors": dict(errors.most_common(20)),
        },
        made.cells[landing.HISTORY],
    )


def within(reads: Sequence[Read], spans: Sequence[tuple[float, float]]) -> list[float]:
    """Return the seconds of the answers to what was asked in one of the spans of time."""
    return [
        seconds for read in reads for at, seconds in read.answers if any(begins <= at < ends for begins, ends in spans)
    ]


def _publish(layout: Layout, spans: Spans) -> None:
    began = time.monotonic()
    run = measure.jobmaal(layout, "refresh")
    ended = time.monotonic()
    spans.refresh.append((began, ended))
    spans.publish.append((ended - increment.steps(run)["publish"], ended))
    measure.say(f"published in {run.seconds:.1f} s under {READERS} readers")


@contextmanager
def _reading(layout: Layout) -> Iterator[list[Read]]:
    """Let readers read; what they met stands in the list once they have stopped."""
    # Forked processes would share what DuckDB holds here.
    context = multiprocessing.get_context("spawn")
    is_over, told = context.Event(), context.Queue()
    queries = [question.query for question in questions(PAGE.read_text(encoding="utf-8"))]
    readers = [
        context.Process(
            target=_read, args=(layout.current / catalogue.WAREHOUSE, queries[n:] + queries[:n], is_over, told)
        )
        for n in range(READERS)
    ]
    reads: list[Read] = []
    for reader in readers:
        reader.start()
    try:
        yield reads
    finally:
        is_over.set()
        reads += [told.get(timeout=_PATIENCE) for _ in readers]
        for reader in readers:
            reader.join()


def _read(warehouse: Path, queries: Sequence[str], is_over: Event, told: Queue[Read]) -> None:
    read = Read()
    while not is_over.is_set():
        for query in queries:
            started = time.monotonic()
            try:
                with duckdb.connect(str(warehouse), read_only=True) as database:
                    database.execute("set enable_progress_bar = false")
                    database.execute(query).fetchall()
                read.answers.append((started, time.monotonic() - started))
            except (duckdb.Error, OSError) as error:
                read.errors[f"{type(error).__name__}: {error}"] += 1
            if is_over.is_set():
                break
    told.put(read)


if __name__ == "__main__":
    main()
