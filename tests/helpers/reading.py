"""Readers that ask questions without pause while something is published: one harness for tests, torture and benchmarks.

Belongs here: starting and ending them, what they were answered and how long they waited. Does not: what they ask, what
is published, nor whether an answer is right.
"""

import itertools
import multiprocessing.dummy
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

Ask = Callable[[], Any]
#: Maximum number of seconds until a reader has begun, and until it has ended.
_PATIENCE = 600


@dataclass(frozen=True)
class Answer:
    """An answer, when it was asked for (time.monotonic), and the seconds that it took."""

    value: Any
    asked_at: float
    seconds: float


@dataclass
class Read:
    """What one reader was answered, in order, and how often it met which error."""

    answers: list[Answer] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)

    def ask(self, ask: Ask) -> None:
        """Ask once, and note the answer or the error."""
        asked_at = time.monotonic()
        try:
            value = ask()
        except Exception as error:
            self.errors[f"{type(error).__name__}: {error}"] += 1
        else:
            self.answers.append(Answer(value, asked_at, time.monotonic() - asked_at))


@contextmanager
def reading(readers: Sequence[Sequence[Ask]], *, in_threads: bool = False) -> Iterator[list[Read]]:
    """Let each reader ask its questions in turn, again and again; the list is filled once they have ended.

    Each has asked once before the body begins, and asks once more after it has ended. A reader is a process of its own,
    since DuckDB shares one database among the connections of a process; threads may ask a server.
    """
    # Forked processes would share what DuckDB and dbt hold here.
    context: Any = multiprocessing.dummy if in_threads else multiprocessing.get_context("spawn")
    has_begun, is_over, ended = context.Barrier(len(readers) + 1), context.Event(), context.Queue()
    running = [context.Process(target=_read, args=(asks, has_begun, is_over, ended)) for asks in readers]
    reads: list[Read] = []
    for reader in running:
        reader.start()
    try:
        has_begun.wait(_PATIENCE)
        yield reads
    finally:
        is_over.set()
        reads += [ended.get(timeout=_PATIENCE) for _ in running]
        for reader in running:
            reader.join()


def _read(asks: Sequence[Ask], has_begun: Any, is_over: Any, ended: Any) -> None:
    read = Read()
    for number, ask in enumerate(itertools.cycle(asks)):
        is_last = is_over.is_set()
        read.ask(ask)
        if number == 0:
            has_begun.wait(_PATIENCE)
        if is_last:
            break
    ended.put(read)
