"""Files: writing so that a power cut loses nothing that was reported as done, and leaves nothing half written.

Belongs here: flushing, writing a file beside its name, making a folder, removing a file, the SHA-256 of a file. Does
not: what is written.

The operating system keeps what was written in memory for up to half a minute. The content of a file is on the disk once
the file was flushed; its name, new, changed or gone, once the folder was.
"""

import hashlib
import os
from pathlib import Path


def flush(path: Path) -> None:
    """Flush what was written to a file or folder to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write(path: Path, content: bytes | str, *, is_final: bool = False) -> None:
    """Write a file whole or not at all, in place of what has its name; nobody may write to one that is final."""
    make_folder(path.parent)
    beside = path.with_name(f".{path.name}.part")
    # One that a killed process left may be final, and then nobody could write to it.
    beside.unlink(missing_ok=True)
    try:
        beside.write_bytes(content.encode() if isinstance(content, str) else content)
        if is_final:
            beside.chmod(0o444)
        flush(beside)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    flush(path.parent)


def make_folder(path: Path) -> None:
    """Make a folder and those above it, where they are not there."""
    if path.is_dir():
        return
    if not path.parent.exists():
        make_folder(path.parent)
    path.mkdir(exist_ok=True)
    flush(path.parent)


def remove(path: Path) -> None:
    """Remove a file for good, if it is there."""
    if path.exists():
        path.unlink(missing_ok=True)
        flush(path.parent)


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file's content, in hexadecimal digits. Raises OSError where it cannot be read."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
