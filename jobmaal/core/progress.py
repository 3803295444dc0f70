"""Telling how far a run is: a line a step, and on a terminal a line that keeps up with the work.

Belongs here: the form of these lines. Goes to standard error, so that standard output holds the account.
"""

from __future__ import annotations

import sys
import time

from jobmaal.core.errors import printable

_WIDTH = 78


def step(name: str, told: str, started: float) -> None:
    """Show that a step is done, with the seconds since `started` (time.monotonic)."""
    _clear_line()
    print(f"  {name:<8} {printable(told):<56} {time.monotonic() - started:6.1f} s", file=sys.stderr, flush=True)


def running(name: str, told: str) -> None:
    """Show how far a step is, on a terminal alone."""
    if sys.stderr.isatty():
        _clear_line()
        print(f"  {name:<8} {told}", end="", file=sys.stderr, flush=True)


def note(told: str) -> None:
    """Show what was found out of order, and what was done about it."""
    _clear_line()
    print(f"  {'note':<8} {told}", file=sys.stderr, flush=True)


def _clear_line() -> None:
    if sys.stderr.isatty():
        print("\r" + " " * _WIDTH + "\r", end="", file=sys.stderr)
