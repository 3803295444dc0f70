"""How large a response may be, and reading no more of one than that.

Belongs here: the limits on size, their variables, and reading and unpacking a stream within them. Does not: opening a
file (`saved`) or a connection, nor how long a response may take (`client`).
"""

import gzip
import io
import math
import os
import zlib
from dataclasses import dataclass
from typing import Protocol

from jobmaal.core.errors import JobmaalError
from jobmaal.jobindsats.response import UnusableResponseError

SIZE_VARIABLE, PACKED_VARIABLE = "JOBINDSATS_MAX_MB", "JOBINDSATS_MAX_PACKED_MB"
_MB = 1_000_000
_PIECE = 1 << 16


class Readable(Protocol):
    """What bytes are read from."""

    def read(self, size: int, /) -> bytes:
        """Return the next bytes, at most `size`; none where there are no more."""


@dataclass(frozen=True)
class Limits:
    """Maximum size of a response, and of its packed form where it is packed; in millions of bytes."""

    size: float = 64
    packed: float = 16


def from_environment() -> Limits:
    """Return the limits that the environment sets. Raises JobmaalError where a variable is no number above zero."""
    return Limits(_number(SIZE_VARIABLE, Limits.size), _number(PACKED_VARIABLE, Limits.packed))


def _number(variable: str, default: float) -> float:
    text = os.environ.get(variable) or str(default)
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 < number < math.inf:
        raise JobmaalError(f"{variable} must be a number of megabytes, such as {default:g}; it is '{text}'.")
    return number


def read(file: Readable, limits: Limits, *, is_packed: bool) -> bytes:
    """Return all that can be read, unpacked. Raises UnusableResponseError at a limit, or where it cannot be unpacked.

    Nothing is kept in memory beyond the limit, whatever the file unpacks to.
    """
    if not is_packed:
        return _all(_Limited(file, limits.size, too_large(limits)))
    packed = _Limited(file, limits.packed, _too_large("packed", limits.packed, PACKED_VARIABLE))
    try:
        # Reads one part after the other where it was packed in several, and refuses what is none behind the last.
        with gzip.GzipFile(fileobj=packed, mode="rb") as unpacked:  # type: ignore[call-overload]
            return _all(_Limited(unpacked, limits.size, too_large(limits)))
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise UnusableResponseError(f"cannot be unpacked ({error})") from None


def too_large(limits: Limits) -> UnusableResponseError:
    """Return the error for a response that is larger than one may be."""
    return _too_large("unpacked", limits.size, SIZE_VARIABLE)


def _too_large(form: str, limit: float, variable: str) -> UnusableResponseError:
    return UnusableResponseError(
        f"is larger than {limit:g} MB {form}, so the rest was not read. {variable} sets another limit"
    )


def _all(file: Readable) -> bytes:
    content = io.BytesIO()
    while piece := file.read(_PIECE):
        content.write(piece)
    return content.getvalue()


class _Limited:
    """A stream that raises an error once more than a limit was read of it."""

    def __init__(self, file: Readable, limit: float, error: UnusableResponseError) -> None:
        self._file, self._left, self._error = file, limit * _MB, error

    def read(self, size: int, /) -> bytes:
        piece = self._file.read(size)
        self._left -= len(piece)
        if self._left < 0:
            raise self._error
        return piece
