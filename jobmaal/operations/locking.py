"""One refresh at a time and one fetch at a time, however they were started.

Belongs here: the locks and who holds them. The operating system releases a lock when its holder dies; the note of who
held it stays behind then, by which the next one knows.
"""

import datetime as dt
import fcntl
import json
import os
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from filelock import FileLock, Timeout

from jobmaal.core import files
from jobmaal.core.errors import BusyError, JobmaalError
from jobmaal.core.layout import Layout
from jobmaal.operations import status


@dataclass(frozen=True)
class Holder:
    """Who holds a lock: the process, what it does, since when, and the run of Dagster that it does it in, if any."""

    pid: int
    doing: str
    since: str
    run_id: str = ""

    def __str__(self) -> str:
        """Return the holder as a message names it."""
        run = f", run {self.run_id[:8]} of Dagster" if self.run_id else ""
        return f"{self.doing}: process {self.pid}{run}, since {self.since}"


def refresh_lock(layout: Layout, doing: str = "refresh", run_id: str = "") -> AbstractContextManager[Holder | None]:
    """Hold the lock of what moves releases; raises BusyError that says who holds it and since when.

    Yields the holder before, where that died while it held the lock: this has been reported by then.
    """
    return _held(layout, layout.lock, status.REFRESH, _now_holding(doing, run_id))


def fetch_lock(layout: Layout, doing: str = "fetch", run_id: str = "") -> AbstractContextManager[Holder | None]:
    """Hold the lock of what lands responses, as `refresh_lock` does. A refresh may run meanwhile."""
    return _held(layout, layout.landing_lock, status.FETCH, _now_holding(doing, run_id))


def hold_schedules(layout: Layout) -> int:
    """Hold the lock on running the schedules until this process ends; returns its open file.

    The process may become another program, or hand the file on to one: the lock lasts as long as one has it open.
    Raises BusyError that names the holder.
    """
    path, note = layout.schedules_lock, _note_of(layout.schedules_lock)
    files.make_folder(path.parent)
    file = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(file)
        who = read_holder(note) or "another process"
        # The lock is on an open file, which the daemon has from the command that started it, and may outlive.
        holding = ", ".join(map(str, _processes_with(path))) or "unknown"
        raise BusyError(
            f"The schedules of {layout.data} run already ({who}; the lock is held by process {holding}): each night "
            "would run twice. Stop that one first, or name another folder with --data. `jobmaal serve web` shows the "
            "UI alone."
        ) from None
    # Without the note nobody could see from outside that the schedules are to run, so none run without it.
    _write(note, _now_holding("serve", ""))
    os.set_inheritable(file, True)
    return file


def schedules_holder(layout: Layout) -> Holder | None:
    """Return who runs the schedules, or is to run them but has ended; None where nobody is to.

    Raises JobmaalError where the note cannot be read: then they may have stopped.
    """
    note = _note_of(layout.schedules_lock)
    holder = read_holder(note)
    if holder is None and os.path.lexists(note):
        raise JobmaalError(
            f"{note} cannot be read, so nobody knows whether the schedules are to run. Start the daemon again, which "
            "writes it again, or remove it where none is to run."
        )
    return holder


def dismiss_schedules(layout: Layout) -> None:
    """Note that nobody is to run the schedules: somebody who ran them by hand has stopped."""
    files.remove(_note_of(layout.schedules_lock))


def note_run(layout: Layout, run_id: str) -> None:
    """Add the run of Dagster that this process began to its note on the refresh lock."""
    note = _note_of(layout.lock)
    holder = read_holder(note)
    if holder is not None:
        _write(note, replace(holder, run_id=run_id))


def _now_holding(doing: str, run_id: str) -> Holder:
    return Holder(os.getpid(), doing, dt.datetime.now(dt.UTC).isoformat(timespec="seconds"), run_id)


@contextmanager
def _held(layout: Layout, path: Path, what: str, holder: Holder) -> Iterator[Holder | None]:
    """Hold a lock in the data folder. The same process may nest; the note then stays the outer one's."""
    files.make_folder(path.parent)
    note = _note_of(path)
    # Any thread of Dagster's may release it.
    lock = FileLock(path, timeout=0, is_singleton=True, thread_local=False)
    try:
        lock.acquire()
    except Timeout:
        who = read_holder(note) or "another process"
        raise BusyError(f"A {what} is running already ({who}). Wait for it to end; this one did nothing.") from None
    try:
        is_outermost = lock.lock_counter == 1
        dead = read_holder(note) if is_outermost else None
        if dead is not None:
            text = f"{dead} never came to its end: it was killed, or the machine stopped."
            print(text, file=sys.stderr)
            status.failed(layout, what, text)
        if is_outermost:
            # A full disk is reported by what needs room there, and not by a note that does without.
            with suppress(OSError):
                _write(note, holder)
        yield dead
    finally:
        if lock.lock_counter == 1:
            with suppress(OSError):
                files.remove(note)
        lock.release()


def _note_of(lock: Path) -> Path:
    return lock.with_suffix(".holder")


def _write(note: Path, holder: Holder) -> None:
    files.write(note, json.dumps(asdict(holder)))


def read_holder(note: Path) -> Holder | None:
    """Return who holds a lock, or held it when it died; None where nobody does, or the note cannot be read."""
    try:
        holder = Holder(**json.loads(note.read_text(encoding="utf-8")))
        is_complete = dt.datetime.fromisoformat(holder.since).tzinfo is not None
    except (OSError, ValueError, TypeError, RecursionError):
        return None
    return holder if is_complete else None


def _processes_with(path: Path) -> list[int]:
    """Return the processes that have a file open, as far as this user may see them."""
    found = []
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        with suppress(OSError):
            if link.samefile(path):
                found.append(int(link.parts[2]))
    return sorted({*found} - {os.getpid()})
