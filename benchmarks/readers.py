"""How long eight BI readers wait for answers while a release is built and published, beside the same readers alone.

Belongs here: readers that ask the questions of docs/questions.md one after the other without pause, each with a new
connection to `data/current`, as a BI tool does whose pool is empty; and two releases published under them. Does not:
whether each answer is right, which `torture.readers` sees to. Writes `benchmarks/results/readers.json`. Run it with
`make bench`.
"""

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import duckdb

from benchmarks import increment, landing, measure
from benchmarks.landing import ADDED, CHANGED
from jobmaal.core.layout import Layout
from jobmaal.releases import catalogue
from tests.helpers.questions import PAGE, questions
from tests.helpers.reading import Read, reading

CELLS = 10_000_000
READERS = 8
#: How long the readers are left alone before each publish.
_ALONE_SECONDS = 30


@dataclass
class Spans:
    """When the readers were alone, when a refresh ran, and when it published: its last step."""

    alone: list[tuple[float, float]] = field(default_factory=list)
    refresh: list[tuple[float, float]] = field(default_factory=list)
    publish: list[tuple[float, float]] = field(default_factory=list)


def main() -> None:
    """Publish under readers and write the results."""
    options = measure.options(__doc__, CELLS)
    made, spans = landing.kept(options.cells), Spans()
    with made.run("readers") as layout:
        measure.jobmaal(layout, "refresh")
        warehouse = layout.current / catalogue.WAREHOUSE
        asks = [partial(_ask, warehouse, one.query) for one in questions(PAGE.read_text(encoding="utf-8"))]
        with reading([asks[n:] + asks[:n] for n in range(READERS)]) as reads:
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
        answer.seconds
        for read in reads
        for answer in read.answers
        if any(begins <= answer.asked_at < ends for begins, ends in spans)
    ]


def _publish(layout: Layout, spans: Spans) -> None:
    began = time.monotonic()
    run = measure.jobmaal(layout, "refresh")
    ended = time.monotonic()
    spans.refresh.append((began, ended))
    spans.publish.append((ended - increment.steps(run)["publish"], ended))
    measure.log(f"published in {run.seconds:.1f} s under {READERS} readers")


def _ask(warehouse: Path, query: str) -> None:
    with duckdb.connect(str(warehouse), read_only=True) as database:
        database.execute("set enable_progress_bar = false")
        database.execute(query).fetchall()


if __name__ == "__main__":
    main()
