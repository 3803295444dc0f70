"""Disk errors: no room on a disk, or no permission to write. The message says where, and what to do.

Belongs here: recognising them, in the words of Python, DuckDB, SQLite or dbt. Does not: cleaning up after them.
"""

import os
import shutil
import tempfile
from pathlib import Path

from jobmaal.core.errors import CheckFailedError, FaultyInputError, JobmaalError, printable
from jobmaal.core.layout import Layout
from jobmaal.releases.catalogue import current_id

#: What a full disk is called: by the operating system, by SQLite, by a quota.
_FULL = ("No space left on device", "database or disk is full", "Disk quota exceeded")
#: SQLite on a full disk may speak of an I/O error alone; with less room than this nothing can be built.
_TOO_LITTLE_BYTES = 1_000_000
_SHOWN_CHARACTERS = 300


class MachineError(JobmaalError):
    """The disk is full, or the data folder may not be written: no fault of the input, and none of the code."""


def refusal(error: BaseException, layout: Layout) -> str:
    """Return what the machine refuses, where and what to do; blank where the error is about something else."""
    text = _messages(error)
    about_input = isinstance(error, CheckFailedError | FaultyInputError)
    written = [] if about_input else [_there(layout.data), Path(tempfile.gettempdir())]
    folder = next((folder for folder in written if _free(folder)[0] < _TOO_LITTLE_BYTES), None)
    if folder is None and any(words in text for words in _FULL):
        folder = _there(Path(str(getattr(error, "filename", None) or layout.data)))
    if folder is not None:
        free, total = (f"{size / 1e6:,.1f} MB" for size in _free(folder))
        return (
            f"The disk is full: {folder} is on one with {free} of {total} left ({_short(text)}). "
            f"{_as_it_was(layout)} Make room there, or name another folder with --data, and run the command again."
        )
    data = _there(layout.data)
    if not about_input and not os.access(data, os.W_OK):
        return (
            f"The data folder may not be written: {data} ({_short(text)}). {_as_it_was(layout)} "
            "Let this user write there, or mount it for writing, and run the command again; or name another folder "
            "with --data."
        )
    return ""


def message(error: OSError, layout: Layout) -> str:
    """Return what the operating system refused, in its own words where nothing better is known."""
    where = f": {error.filename}" if error.filename else ""
    return refusal(error, layout) or f"{error.strerror or error}{where}"


def _messages(error: BaseException | None) -> str:
    """Return the messages of an error and of those that caused it."""
    lines = []
    while error is not None:
        lines += [str(error), *getattr(error, "failures", [])]
        error = error.__cause__ or error.__context__
    return "\n".join(lines)


def _short(text: str) -> str:
    """Return the line that names the refusal, else the first."""
    lines = [line.strip() for line in text.splitlines() if line.strip()] or [""]
    line = next((line for line in lines if any(words in line for words in _FULL)), lines[0])
    return printable(line)[:_SHOWN_CHARACTERS]


def _there(path: Path) -> Path:
    """Return a path, or the nearest folder above it that exists."""
    return next(folder for folder in (path, *path.absolute().parents) if folder.exists())


def _free(folder: Path) -> tuple[int, int]:
    usage = shutil.disk_usage(folder)
    return usage.free, usage.total


def _as_it_was(layout: Layout) -> str:
    """Return the sentence that readers have what they had."""
    build_id = current_id(layout)
    return f"Readers go on with release {build_id}." if build_id else "Nothing is published."
