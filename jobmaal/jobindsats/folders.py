"""Files in a folder that somebody else has filled: regular ones, reached without following a link.

Belongs here: listing such a folder, and reading a file in it. Does not: what its names mean (`saved`), nor how much is
read (`limits`).

A link could lead to any file that this process may read, and a named pipe or a device need not have an end. Each step
down is taken from the open folder before it, so nothing can be put in its way in between.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from jobmaal.jobindsats import limits
from jobmaal.jobindsats.limits import Limits
from jobmaal.jobindsats.response import UnusableResponseError

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
#: Opening a named pipe must not wait for who writes into it.
_FILE = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
_KINDS = {
    stat.S_IFLNK: "a symbolic link", stat.S_IFDIR: "a folder", stat.S_IFIFO: "a named pipe", stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device", stat.S_IFBLK: "a device",
}  # fmt: skip


@dataclass(frozen=True)
class Entry:
    """What lies in a folder, at the names below it; `mode` says what it is."""

    root: Path
    names: tuple[str, ...] = ()
    mode: int = stat.S_IFDIR

    @property
    def name(self) -> str:
        """Its last name."""
        return self.names[-1]

    @property
    def path(self) -> Path:
        """Where it is."""
        return self.root.joinpath(*self.names)

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder, and no link to one."""
        return stat.S_ISDIR(self.mode)

    @property
    def is_link_to_folder(self) -> bool:
        """Whether it is a link to a folder, or one that leads nowhere."""
        return stat.S_ISLNK(self.mode) and not self.path.is_file()

    def check_regular(self) -> None:
        """Raise UnusableResponseError where it is no regular file."""
        _check_regular(self.mode)

    def entries(self) -> list[Entry]:
        """Return what lies in this folder, by name. Raises UnusableResponseError where it cannot be listed."""
        with self._opened(_FOLDER) as descriptor, os.scandir(descriptor) as found:
            entries = [Entry(self.root, (*self.names, e.name), e.stat(follow_symlinks=False).st_mode) for e in found]
        return sorted(entries, key=lambda entry: entry.names)

    def read(self, most: Limits) -> bytes:
        """Return the content of this file, unpacked. Raises UnusableResponseError where it is none that can be read."""
        self.check_regular()
        with self._opened(_FILE) as descriptor, os.fdopen(descriptor, "rb", buffering=0, closefd=False) as file:
            _check_regular(os.fstat(descriptor).st_mode)
            return limits.read(file, most, is_packed=self.name.endswith(".gz"))

    @contextmanager
    def _opened(self, flags: int) -> Iterator[int]:
        """Open it. Raises UnusableResponseError where the operating system refuses that, or reading from it."""
        try:
            # The user has named this folder, which may be a link.
            descriptor = os.open(self.root, _FOLDER)
            try:
                for at, name in enumerate(self.names, 1):
                    step = (flags if at == len(self.names) else _FOLDER) | os.O_NOFOLLOW
                    below = os.open(name, step, dir_fd=descriptor)
                    os.close(descriptor)
                    descriptor = below
                yield descriptor
            finally:
                os.close(descriptor)
        except OSError as error:
            raise UnusableResponseError(f"cannot be read ({error.strerror or error})") from None


def _check_regular(mode: int) -> None:
    kind = stat.S_IFMT(mode)
    if kind != stat.S_IFREG:
        what = _KINDS.get(kind, "something else")
        raise UnusableResponseError(
            f"is {what}, and only regular files are landed. Put a copy of the file in its place"
        )
