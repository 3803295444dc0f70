"""What can go wrong, reported so that a person can fix it.

Belongs here: the exceptions and the `Fault` record that the command line prints. Does not: deciding
what is a fault (that is the business of the module that reads or checks).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from jobmaal.core.masking import masked

# Exit codes, for what schedules the command.
EXIT_FAULTY_INPUT = 2
EXIT_CHECK_FAILED = 3
EXIT_BUSY = 4
EXIT_NO_RELEASE = 5
EXIT_BROKE_DOWN = 6
EXIT_FETCH_FAILED = 7
# Of `status` and `watch`, the graver the higher.
EXIT_STALE = 8
EXIT_FAILING = 9
EXIT_STOPPED = 10

#: Maximum number of characters of a line; the middle of a longer one is left out.
_LONGEST_LINE = 1000
#: Maximum number of characters that are shown of what somebody else wrote.
_LONGEST_EXCERPT = 200


@dataclass(frozen=True, order=True)
class Fault:
    """One fault in the input: where it is, what is there, which rule it breaks and what to do."""

    file: str
    line: int
    column: str
    value: str
    rule: str

    def __str__(self) -> str:
        """Return the fault as one line: file:line, column, value, rule."""
        place = f"{self.file}:{self.line}" if self.line else self.file
        column = f" column '{self.column}'," if self.column else ""
        value = f" value {_shown(self.value)}:" if self.value or self.column else ""
        return printable(f"{place}:{column}{value} {self.rule}")


def printable(text: str, longest: int = _LONGEST_LINE) -> str:
    """Return a text as one line that reads as it is: control characters and marks of direction written out.

    Secrets of the environment are masked, before a longer text loses its middle: what is wrong stands at its beginning,
    what to do at its end.
    """
    text = masked(text)
    if len(text) > longest:
        kept = longest // 2
        text = f"{text[:kept]} … ({len(text) - 2 * kept:,} characters) … {text[-kept:]}"
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def excerpt(content: object) -> str:
    """Return the beginning of what somebody else wrote, for a message: at most 200 characters, secrets masked."""
    # Masked before it is cut: a part of a secret would not be known again.
    text = masked(str(content))
    return printable(text[:_LONGEST_EXCERPT] + ("…" if len(text) > _LONGEST_EXCERPT else ""))


def printable_lines(text: str) -> str:
    """Return a text of several lines, each as `printable` returns it."""
    return "\n".join(printable(line) for line in text.split("\n"))


def _shown(text: str, limit: int = 80) -> str:
    """Quote a cell so that control characters and great lengths do no harm on a screen."""
    return repr(text if len(text) <= limit else text[:limit] + "…")


class JobmaalError(Exception):
    """A failure that is reported without a traceback. `exit_code` is what the command ends with."""

    exit_code = EXIT_BROKE_DOWN


class FaultyInputError(JobmaalError):
    """The input tables cannot be used. Carries every fault that was found."""

    exit_code = EXIT_FAULTY_INPUT

    def __init__(self, faults: Sequence[Fault]) -> None:
        """Keep the faults in reading order."""
        self.faults = sorted(set(faults))
        super().__init__(f"{len(self.faults)} fault(s) in the input tables")


class CheckFailedError(JobmaalError):
    """A gating check does not hold, so nothing was published. Carries one line per failed check."""

    exit_code = EXIT_CHECK_FAILED

    def __init__(self, failures: Sequence[str], red: Sequence[str] = ()) -> None:
        """Keep the failures as given, and the names of the checks that they are of."""
        self.failures, self.red = list(failures), list(red)
        super().__init__(f"{len(self.failures)} check(s) failed")


class BusyError(JobmaalError):
    """Another refresh holds the lock."""

    exit_code = EXIT_BUSY


class NoReleaseError(JobmaalError):
    """There is no release where one was asked for, or it is not whole."""

    exit_code = EXIT_NO_RELEASE


class OpenOtherwiseError(JobmaalError):
    """A release is open in this process already, in a way that excludes ours."""


class NoTableError(JobmaalError):
    """A release has no table of the name that was asked for."""


class FetchError(JobmaalError):
    """The publisher was out of reach, or did not answer as promised. `can_pass` says whether waiting may help."""

    exit_code = EXIT_FETCH_FAILED

    def __init__(self, message: str, *, can_pass: bool = False) -> None:
        """Keep the message, and whether waiting may help."""
        self.can_pass = can_pass
        super().__init__(message)
