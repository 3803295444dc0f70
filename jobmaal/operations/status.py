"""How things stand: when a refresh, a fetch and the release itself were last in order, since when one is not.

Belongs here: keeping that from one run to the next, and telling whoever is to be told where it changes. Does not:
sending (`alerts`), finding out whether the release is in order (`watch`).

What is kept is one small file, `data/standing.json`. Losing it loses no more than since when something fails.
"""

from __future__ import annotations

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
#: What somebody looks at, and does not do: it is reported when something of it turns red, and not each time.
_LOOKED_AT = (RELEASE, SERVICE)
_MORE = {
    REFRESH: "jobmaal refresh", FETCH: "jobmaal fetch", RELEASE: "jobmaal status --verify", SERVICE: "jobmaal status",
}  # fmt: skip
#: How much of a failure is told: so many checks or faults, so many lines of each.
_MOST_TOLD, _MOST_LINES, _MOST_CHARACTERS = 8, 4, 300


@dataclass(frozen=True)
class Standing:
    """How one thing stands: when it was last in order, since when it is not, why, and which checks are red.

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


def read(layout: Layout, what: str) -> Standing:
    """Return how something stands; as if never tried where nothing, or nothing readable, is kept."""
    try:
        standing = Standing(**_content(layout)[what])
        _check_types(standing)
    except (KeyError, TypeError, ValueError):
        return Standing()
    return standing


def _check_types(standing: Standing) -> None:
    """Check that a note that may have been damaged has what the code relies on. Raises TypeError or ValueError."""
    for text in filter(None, (standing.good_at, standing.failing_since)):
        if dt.datetime.fromisoformat(text).tzinfo is None:
            raise ValueError(text)
    if not isinstance(standing.reason, str) or not all(isinstance(name, str) for name in standing.red):
        raise TypeError(standing)


def good(layout: Layout, what: str, told: str) -> None:
    """Note that something is in order, and tell it where it was not. Never raises: the work itself is done."""
    before = read(layout, what)
    after = Standing(good_at=_now())
    if before.is_failing:
        since = shown(before.failing_since)
        body = f"{told}\n\nIt had failed since {since}:\n{before.reason}\n\n{_published(layout)}"
        if not _tell(f"jobmaal: {what} works again", body, is_good=True):
            # Kept as failing, so that the next good end tells it.
            after = replace(before, good_at=after.good_at)
    _keep(layout, what, after)


def failed(layout: Layout, what: str, error: BaseException | str) -> None:
    """Note that something failed, and tell it: each time for work, once for checks that only look. Never raises."""
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
        is_told = _tell(f"jobmaal: {what} {'not in order' if what in _LOOKED_AT else 'failed'}", "\n".join(body))
        # A check whose turning red nobody was told of turns red again the next time.
        red = red if is_told else list(before.red)
        is_reported = is_told and _is_configured()
    _keep(layout, what, Standing(before.good_at, since, "\n".join(reasons[:_MOST_LINES]), red, is_reported))


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


def _first(told: Sequence[str]) -> list[str]:
    """Return the first lines of the first that there is to tell, and how much more there is."""
    lines = [line for one in told[:_MOST_TOLD] for line in _lines(one)]
    return lines + ([f"… and {len(told) - _MOST_TOLD} more"] if len(told) > _MOST_TOLD else [])


def _lines(told: str) -> list[str]:
    lines = [printable(line)[:_MOST_CHARACTERS] for line in told.splitlines()]
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


def _tell(title: str, body: str, *, is_good: bool = False) -> bool:
    """Send an alert where an address is set; say whether everybody was told who is to be told."""
    from jobmaal.operations import alerts  # most often there is nothing to tell

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
    """Keep the other processes that note something from doing so meanwhile: each writes what all have noted."""
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


def _keep(layout: Layout, what: str, standing: Standing) -> None:
    try:
        with _alone(layout):
            content = _content(layout) | {what: asdict(standing)}
            files.write(layout.standing, json.dumps(content, ensure_ascii=False, indent=1))
    except OSError as error:
        print(f"How the {what} stands could not be noted in {layout.standing}: {error.strerror}", file=sys.stderr)
