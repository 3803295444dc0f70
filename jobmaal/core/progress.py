"""The progress of a run: one line per step, and on a terminal a line that keeps up with the work.

Belongs here: the form of these lines. They go to standard error, so that standard output has the summary alone.
"""

import sys
import time

from jobmaal.core.errors import printable

_WIDTH = 78


def step(name: str, text: str, started: float) -> None:
    """Show that a step is done, with the seconds since `started` (time.monotonic)."""
    _clear_line()
    print(f"  {name:<8} {printable(text):<56} {time.monotonic() - started:6.1f} s", file=sys.stderr, flush=True)


def running(name: str, text: str) -> None:
    """Show how far a step is, on a terminal alone."""
    if sys.stderr.isatty():
        _clear_line()
        print(f"  {name:<8} {text}", end="", file=sys.stderr, flush=True)


def note(text: str) -> None:
    """Show what was found out of order, and what was done about it."""
    _clear_line()
    print(f"  {'note':<8} {text}", file=sys.stderr, flush=True)


def _clear_line() -> None:
    if sys.stderr.isatty():
        print("\r" + " " * _WIDTH + "\r", end="", file=sys.stderr)
