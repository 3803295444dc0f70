"""One refresh at a time, however it was started.

Belongs here: the lock and who holds it. The operating system releases it when its holder dies, so a
dead process leaves nothing behind.
"""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager

from filelock import FileLock, Timeout

from jobmaal.errors import BusyError
from jobmaal.layout import Layout


@contextmanager
def refresh_lock(layout: Layout) -> Iterator[None]:
    """Hold the lock; raises BusyError that says who holds it and since when. The same process may nest."""
    layout.data.mkdir(parents=True, exist_ok=True)
    holder = layout.lock.with_suffix(".holder")
    lock = FileLock(layout.lock, timeout=0, is_singleton=True)
    try:
        lock.acquire()
    except Timeout:
        raise BusyError(_who(holder.read_text(encoding="utf-8") if holder.is_file() else "")) from None
    try:
        since = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
        holder.write_text(json.dumps({"pid": os.getpid(), "since": since}), encoding="utf-8")
        yield
    finally:
        lock.release()


def _who(note: str) -> str:
    try:
        holder = json.loads(note)
        told = f"process {holder['pid']}, since {holder['since']}"
    except (ValueError, KeyError):
        told = "another process"
    return f"A refresh is running already ({told}). Wait for it to end; this one did nothing."
