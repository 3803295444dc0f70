"""The status of refresh, fetch, release and service: when each was last in order, since when it is not, and why.

Belongs here: keeping that from one run to the next, and which change is alerted. Does not: who is alerted and how
(`alerts`), finding out whether the release is in order (`watch`).

What is kept is one small file, `data/standing.json`. Losing it loses no more than since when something fails.
"""

import datetime as dt
import fcntl
import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from typing import Any

from jobmaal.core import files
from jobmaal.core.errors import CheckFailedError, FaultyInputError, JobmaalError, NoReleaseError, printable
from jobmaal.core.layout import Layout
from jobmaal.releases import catalogue

#: What can be in order or not, and the command that shows more of it.
REFRESH, FETCH, RELEASE, SERVICE = "refresh", "fetch", "release", "service"
KINDS = (REFRESH, FETCH, RELEASE)
#: What is looked at, and not done: an alert is sent when one of its checks turns red, and not each time.
_LOOKED_AT = (RELEASE, SERVICE)
_MORE = {
    REFRESH: "jobmaal refresh", FETCH: "jobmaal fetch", RELEASE: "jobmaal status --verify", SERVICE: "jobmaal status",
}  # fmt: skip
#: Maximum number of checks or faults that an alert has, of lines of each, and of characters of a line.
_MOST_REASONS, _MOST_LINES, _MOST_CHARACTERS = 8, 4, 300


@dataclass(frozen=True)
class Status:
    """The status of one thing: when it was last in order, since when it is not, why, and which checks are red.

    `is_reported` says whether an alert of it has been sent.
    """

    good_at: str = ""
    failing_since: str = ""
    reason: str = ""
    red: Sequence[str] = ()
    is_reported: bool = False

    @property
    def is_failing(self) -> bool:
        """Whether it was not in order the last time."""
        return bool(self.failing_since)


def read(layout: Layout, what: str) -> Status:
    """Return the status of something; as if never tried where nothing, or nothing readable, is kept."""
    try:
        status = Status(**_content(layout)[what])
        _check_types(status)
    except (KeyError, TypeError, ValueError):
        return Status()
    return status


def _check_types(status: Status) -> None:
    """Check that a note that may have been damaged has what the code relies on. Raises TypeError or ValueError."""
    for text in filter(None, (status.good_at, status.failing_since)):
        if dt.datetime.fromisoformat(text).tzinfo is None:
            raise ValueError(text)
    if not isinstance(status.reason, str) or not all(isinstance(name, str) for name in status.red):
        raise TypeError(status)


def good(layout: Layout, what: str, text: str) -> None:
    """Note that something is in order; send an alert where it was not. Never raises: the work itself is done."""
    before = read(layout, what)
    after = Status(good_at=_now())
    if before.is_failing:
        since = shown(before.failing_since)
        body = f"{text}\n\nIt had failed since {since}:\n{before.reason}\n\n{_published(layout)}"
        if not _send(f"jobmaal: {what} works again", body, is_good=True):
            # Kept as failing, so that the next success sends it.
            after = replace(before, good_at=after.good_at)
    _keep(layout, what, after)


def failed(layout: Layout, what: str, error: BaseException | str) -> None:
    """Note that something failed, and send an alert: each time for work, once for checks. Never raises."""
    before = read(layout, what)
    reasons, red = _reasons(error), list(getattr(error, "red", ()))
    turned = [name for name in red if name not in before.red]
    since = before.failing_since or _now()
    is_reported = before.is_reported
    if what not in _LOOKED_AT or turned:
        body = [*reasons, ""]
        if turned and len(turned) < len(red):
            body += ["Red since this time: " + ", ".join(turned), ""]
        if before.is_failing:
            body.append(f"It fails since {shown(since)}.")
        more = f"More: `{_more(what, error)}` shows it"
        body += [_published(layout), f"{more}." if what == SERVICE else f"{more}, `jobmaal status` how things stand."]
        is_sent = _send(f"jobmaal: {what} {'not in order' if what in _LOOKED_AT else 'failed'}", "\n".join(body))
        # A check whose alert was not sent turns red again the next time.
        red = red if is_sent else list(before.red)
        is_reported = is_sent and _is_configured()
    _keep(layout, what, Status(before.good_at, since, "\n".join(reasons[:_MOST_LINES]), red, is_reported))


def shown(time: str) -> str:
    """Write a time that is kept as a person reads it."""
    return time[:16].replace("T", " ") + " UTC"


def _reasons(error: BaseException | str) -> list[str]:
    """Return what failed, with the first failing rows."""
    if isinstance(error, CheckFailedError):
        return ["These checks do not hold:", *_first(error.failures)]
    if isinstance(error, FaultyInputError):
        return [f"{error}:", *_first(list(map(str, error.faults)))]
    if isinstance(error, str | JobmaalError):
        return _first(str(error).splitlines())
    if isinstance(error, OSError):
        return [f"{error.strerror or error}" + (f": {error.filename}" if error.filename else "")]
    return _first([f"{type(error).__name__}: {error}"])


def _first(reasons: Sequence[str]) -> list[str]:
    """Return the first lines of the first reasons, and how many more there are."""
    lines = [line for one in reasons[:_MOST_REASONS] for line in _lines(one)]
    return lines + ([f"… and {len(reasons) - _MOST_REASONS} more"] if len(reasons) > _MOST_REASONS else [])


def _lines(reason: str) -> list[str]:
    lines = [printable(line)[:_MOST_CHARACTERS] for line in reason.splitlines()]
    more = [f"    … and {len(lines) - _MOST_LINES} more rows"] if len(lines) > _MOST_LINES else []
    return lines[:_MOST_LINES] + more


def _more(what: str, error: BaseException | str) -> str:
    return "jobmaal check" if isinstance(error, FaultyInputError) else _MORE[what]


def _published(layout: Layout) -> str:
    """Return what readers see meanwhile."""
    build_id = catalogue.current_id(layout)
    if build_id is None:
        return "Nothing is published."
    try:
        built = catalogue.read_manifest(layout, build_id)["built_at"]
    except NoReleaseError as error:
        return str(error)
    return f"Published is {build_id}, built {shown(built)}."


def _send(title: str, body: str, *, is_good: bool = False) -> bool:
    """Send an alert where an address is set; return whether every address has taken it."""
    from jobmaal.operations import alerts  # most often there is nothing to send

    if not _is_configured():
        return True
    try:
        alerts.send(title, body, is_good)
    except alerts.AlertError as error:
        print(error, file=sys.stderr)
        return False
    print(f"Alert sent: {title}", file=sys.stderr)
    return True


def _is_configured() -> bool:
    from jobmaal.operations import alerts

    return alerts.is_configured()


def _now() -> str:
    return dt.datetime.now(dt.UTC).isoformat(timespec="seconds")


@contextmanager
def _alone(layout: Layout) -> Iterator[None]:
    """Keep other processes from noting something meanwhile: each writes what all have noted."""
    folder = os.open(layout.data, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _content(layout: Layout) -> dict[str, Any]:
    try:
        content = json.loads(layout.standing.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def _keep(layout: Layout, what: str, status: Status) -> None:
    try:
        with _alone(layout):
            content = _content(layout) | {what: asdict(status)}
            files.write(layout.standing, json.dumps(content, ensure_ascii=False, indent=1))
    except OSError as error:
        print(f"The status of the {what} could not be noted in {layout.standing}: {error.strerror}", file=sys.stderr)
