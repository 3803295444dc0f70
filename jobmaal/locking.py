"""One refresh at a time and one fetch at a time, however they were started.

Belongs here: the locks and who holds them. The operating system releases it when its holder dies, so a
dead process leaves nothing behind.
"""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from jobmaal.errors import BusyError
from jobmaal.layout import Layout


def refresh_lock(layout: Layout) -> AbstractContextManager[None]:
    """Hold the lock of a refresh; raises BusyError that says who holds it and since when."""
    return _held(layout.lock, "A refresh")


def fetch_lock(layout: Layout) -> AbstractContextManager[None]:
    """Hold the lock of whoever lands replies; raises BusyError. A refresh may run meanwhile."""
    return _held(layout.landing_lock, "A fetch")


@contextmanager
def _held(path: Path, what: str) -> Iterator[None]:
    """Hold a lock that lies in the data folder. The same process may nest."""
    path.parent.mkdir(parents=True, exist_ok=True)
    holder = path.with_suffix(".holder")
    lock = FileLock(path, timeout=0, is_singleton=True)
    try:
        lock.acquire()
    except Timeout:
        raise BusyError(_told(what, holder.read_text(encoding="utf-8") if holder.is_file() else "")) from None
    try:
        since = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
        holder.write_text(json.dumps({"pid": os.getpid(), "since": since}), encoding="utf-8")
        yield
    finally:
        lock.release()


def _told(what: str, note: str) -> str:
    try:
        holder = json.loads(note)
        who = f"process {holder['pid']}, since {holder['since']}"
    except (ValueError, KeyError):
        who = "another process"
    return f"{what} is running already ({who}). Wait for it to end; this one did nothing."
