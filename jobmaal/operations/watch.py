"""Checks of what is published and landed, without building anything: is it current, and still what it was.

Belongs here: the rules, and what each found. Does not: alerts (`status`), when to look (`dagster_project`).
"""

import datetime as dt
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from jobmaal.core.database import read_sql
from jobmaal.core.errors import CheckFailedError, JobmaalError, NoReleaseError
from jobmaal.core.layout import Layout
from jobmaal.core.outcomes import Outcome
from jobmaal.jobindsats import due
from jobmaal.jobindsats.config import read, series_tables
from jobmaal.jobindsats.landing import CALENDAR_ID, Landing
from jobmaal.jobindsats.response import read_calendar
from jobmaal.operations import integrity, status
from jobmaal.readers.connection import open_release
from jobmaal.releases import catalogue

#: A release is current for this number of hours: a night may be missed by half a day.
MOST_HOURS, HOURS_VARIABLE = 36.0, "JOBMAAL_MOST_HOURS"
#: How far the clocks of two machines may differ.
_CLOCK_TOLERANCE = dt.timedelta(minutes=5)
#: Number of days after the publisher's announced date from which a missing table is a fault.
DAYS_OF_GRACE = 2
REFRESHED, FETCHED, WHOLE, LANDED, SERIES = (
    "a_refresh_has_confirmed_the_release_lately",
    "the_release_has_what_the_publisher_has_announced",
    "the_release_is_still_what_was_published",
    "the_landing_is_still_what_was_landed",
    "what_the_series_claim_of_themselves_holds_where_it_held",
)
#: What each rule says, for people.
DESCRIPTIONS = {
    REFRESHED: f"A refresh has published, or found that nothing was new, in the last {MOST_HOURS:.0f} hours "
    f"({HOURS_VARIABLE} sets another number).",
    FETCHED: f"Of each table all has been fetched that Jobindsats's own calendar announced {DAYS_OF_GRACE} days ago.",
    WHOLE: "Every file of the release has the sha256 that its manifest gives.",
    LANDED: "Every landed response has the sha256 that its sidecar gives; none is missing, and nothing was added.",
    SERIES: "No claim that a series makes of itself deviates in the publisher's newest delivery and held in the one "
    "before. (A claim that deviates never stops a release: the publisher rounds, suppresses and revises.)",
}


def look(layout: Layout, now: dt.datetime) -> list[Outcome]:
    """Check what is published by every rule; send an alert where one turns red or all are green again."""
    found = [_outcome(REFRESHED, stale(layout, now)), _outcome(FETCHED, _missed(layout, now))]
    found += [_outcome(WHOLE, _damages(layout)), _outcome(LANDED, _landing_damages(layout))]
    found.append(_outcome(SERIES, _turned(layout)))
    red = [outcome for outcome in found if not outcome.holds]
    if red:
        error = CheckFailedError([f"{o.name.replace('_', ' ')}:\n{o.observed}" for o in red], [o.name for o in red])
        status.failed(layout, status.RELEASE, error)
    else:
        status.good(layout, status.RELEASE, "The release is fresh, and what was published; so is what has landed.")
    return found


def _outcome(name: str, wrong: list[str]) -> Outcome:
    observed = "\n".join(wrong) or "nothing wrong"
    return Outcome(name, "release", "watch", holds=not wrong, observed=observed, expected=DESCRIPTIONS[name])


def hours(variable: str, usual: float) -> dt.timedelta:
    """Return what a variable sets in hours, or the usual. Raises JobmaalError where it is no number of hours."""
    text = os.environ.get(variable) or str(usual)
    try:
        return dt.timedelta(hours=float(text))
    except (ValueError, OverflowError):
        raise JobmaalError(f"{variable} must be a number of hours, such as {usual:.0f}; it is '{text}'.") from None


def passed(times: Iterable[dt.datetime], now: dt.datetime) -> list[dt.datetime]:
    """Return those of some times that have passed: a future timestamp is of a wrong clock, and confirms nothing."""
    return [time for time in times if time <= now + _CLOCK_TOLERANCE]


def stale(layout: Layout, now: dt.datetime) -> list[str]:
    """Return why the release is not current: no refresh has confirmed it for too long."""
    build_id = catalogue.current_id(layout)
    if build_id is None:
        return ["Nothing is published. `jobmaal refresh` does it."]
    try:
        built = catalogue.read_manifest(layout, build_id)["built_at"]
    except NoReleaseError as error:
        return [str(error)]
    texts = filter(None, (built, status.read(layout, status.REFRESH).good_at))
    times = [dt.datetime.fromisoformat(text) for text in texts]
    at = max(passed(times, now), default=None)
    if at is None:
        return [
            f"By its own clock a refresh confirmed the release at {max(times):%Y-%m-%d %H:%M} UTC, which is still to "
            "come. One of the clocks is wrong; `jobmaal refresh --force` publishes by the present one."
        ]
    if now - at <= hours(HOURS_VARIABLE, MOST_HOURS):
        return []
    why = status.read(layout, status.REFRESH)
    age = (now - at) / dt.timedelta(hours=1)
    text = f"No refresh has succeeded since {at:%Y-%m-%d %H:%M} UTC, {age:.0f} hours ago"
    return [
        f"{text}; it fails since {status.shown(why.failing_since)}."
        if why.is_failing
        else f"{text}. Does the daemon run?"
    ]


def _missed(layout: Layout, now: dt.datetime) -> list[str]:
    """Return what the publisher announced that has not been fetched; nothing where its calendar was never requested."""
    landing = Landing(layout)
    try:
        return list(_overdue(layout, landing, now))
    except JobmaalError as error:
        return [str(error)]


def _overdue(layout: Layout, landing: Landing, now: dt.datetime) -> Iterator[str]:
    calendar = landing.newest(CALENDAR_ID, "calendar")
    if calendar is None:
        return
    entries = read_calendar(calendar.read())
    configured = series_tables(read(layout))
    fetched = f"{calendar.retrieved_at:%Y-%m-%d %H:%M} UTC"
    for table_id in sorted(configured.keys() & entries.keys()):
        # As it stood some days ago: what came out this night may be fetched tomorrow.
        why_not = due.why_not(landing, entries[table_id], now - dt.timedelta(days=DAYS_OF_GRACE))
        if not why_not and now - calendar.retrieved_at > dt.timedelta(days=DAYS_OF_GRACE):
            yield f"{table_id}: was due by the calendar of {fetched}, and has not been fetched."
        elif why_not.startswith("late"):
            yield f"{table_id}: {why_not} (by the calendar of {fetched})."


def _damages(layout: Layout) -> list[str]:
    build_id = catalogue.current_id(layout)
    if build_id is None:
        return []
    try:
        found = catalogue.damages(layout, build_id)
    except (NoReleaseError, OSError) as error:
        found = [str(error)]
    advice = ["`jobmaal refresh --force` builds another, `jobmaal rollback` goes back to the one before."]
    return [f"{build_id}: {damage}" for damage in found] + (advice if found else [])


def _landing_damages(layout: Layout) -> list[str]:
    try:
        found = integrity.damages(layout)
    except OSError as error:
        found = [str(error)]
    return found + ([integrity.ADVICE] if found else [])


def _turned(layout: Layout) -> list[str]:
    """Return which claims of the series have turned from holding to deviating."""
    import duckdb

    if catalogue.current_id(layout) is None:
        return []
    try:
        with open_release(layout) as database:
            rows = database.execute(read_sql(Path(__file__).with_name("turned_claims.sql"))).fetchall()
    except (duckdb.Error, NoReleaseError) as error:
        return [f"The release cannot be read: {error}"]
    return [
        f"{table_id}: {kind.replace('_', ' ')} deviates in the {scope}: {deviating} of {checked} cells"
        for table_id, kind, scope, deviating, checked in rows
    ]
