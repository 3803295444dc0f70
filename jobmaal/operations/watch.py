"""Looking at what is published and landed, without building anything: whether it is fresh, and still what it was.

Belongs here: the rules, and what each found. Does not: telling anybody (`standing`), when to look (`dagster_project`).
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterable, Iterator

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

#: A night may be missed by half a day: whoever comes in the morning sees it.
MOST_HOURS, HOURS_VARIABLE = 36.0, "JOBMAAL_MOST_HOURS"
#: How far the clocks of two machines may differ.
_CLOCK_TOLERANCE = dt.timedelta(minutes=5)
#: So many days after what the publisher has announced, waiting is no longer the publisher's alone.
DAYS_OF_GRACE = 2
REFRESHED, FETCHED, WHOLE, LANDED, SERIES = (
    "a_refresh_has_confirmed_the_release_lately",
    "the_release_has_what_the_publisher_has_announced",
    "the_release_is_still_what_was_published",
    "the_landing_is_still_what_was_landed",
    "what_the_series_claim_of_themselves_holds_where_it_held",
)
#: What each rule says, for whoever reads of it.
DESCRIPTIONS = {
    REFRESHED: f"A refresh has published, or found that nothing was new, in the last {MOST_HOURS:.0f} hours "
    f"({HOURS_VARIABLE} sets another number).",
    FETCHED: f"Of each table all has been fetched that Jobindsats's own calendar announced {DAYS_OF_GRACE} days ago.",
    WHOLE: "Every file of the release has the sha256 that its manifest gives.",
    LANDED: "Every landed response has the sha256 that its sidecar gives; none is missing, and nothing was added.",
    SERIES: "No claim that a series makes of itself deviates in the publisher's newest delivery and held in the one "
    "before. (A claim that deviates never stops a release: the publisher rounds, hides and revises.)",
}
#: A table's claims of itself in its newest delivery that deviate, and did not in the delivery before.
_TURNED = """
    with
    claims as (
        select document_id, claim_kind, scope, status, cells_checked, cells_deviating,
            row_number() over (partition by document_id, claim_kind order by scope desc) as age
        from audit_reconciliation
        where claim_id like 'series:%' and scope like 'release retrieved %'
    )
    select newest.document_id, newest.claim_kind, newest.scope, newest.cells_deviating, newest.cells_checked
    from claims as newest
    inner join claims as before using (document_id, claim_kind)
    where newest.age = 1 and before.age = 2 and newest.status = 'deviates' and before.status = 'ok'
    order by all
"""


def look(layout: Layout, now: dt.datetime) -> list[Outcome]:
    """Look at what is published, by every rule, and have it told where one turns red or all are green again."""
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


def most_age() -> dt.timedelta:
    """Return how long a release may go unconfirmed. Raises JobmaalError where the variable is no number of hours."""
    text = os.environ.get(HOURS_VARIABLE) or str(MOST_HOURS)
    try:
        return dt.timedelta(hours=float(text))
    except (ValueError, OverflowError):
        raise JobmaalError(f"{HOURS_VARIABLE} is to be a number of hours, such as 36; it is '{text}'.") from None


def passed(times: Iterable[dt.datetime], now: dt.datetime) -> list[dt.datetime]:
    """Return those of some times that have passed: a future timestamp is of a wrong clock, and confirms nothing."""
    return [time for time in times if time <= now + _CLOCK_TOLERANCE]


def stale(layout: Layout, now: dt.datetime) -> list[str]:
    """Return whether the release has gone unconfirmed for too long."""
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
    if now - at <= most_age():
        return []
    why = status.read(layout, status.REFRESH)
    hours = (now - at) / dt.timedelta(hours=1)
    told = f"No refresh has come to a good end since {at:%Y-%m-%d %H:%M} UTC, {hours:.0f} hours ago"
    return [
        f"{told}; it fails since {status.shown(why.failing_since)}."
        if why.is_failing
        else f"{told}. Does the daemon run?"
    ]


def _missed(layout: Layout, now: dt.datetime) -> list[str]:
    """Return what the publisher announced that has not been fetched; nothing where its calendar was never asked for."""
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
    asked = f"{calendar.retrieved_at:%Y-%m-%d %H:%M} UTC"
    for table_id in sorted(configured.keys() & entries.keys()):
        # As it stood some days ago: what came out this night may be fetched tomorrow.
        why_not = due.why_not(landing, entries[table_id], now - dt.timedelta(days=DAYS_OF_GRACE))
        if not why_not and now - calendar.retrieved_at > dt.timedelta(days=DAYS_OF_GRACE):
            yield f"{table_id}: was due by the calendar of {asked}, and has not been fetched."
        elif why_not.startswith("late"):
            yield f"{table_id}: {why_not} (by the calendar of {asked})."


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
            rows = database.execute(_TURNED).fetchall()
    except (duckdb.Error, NoReleaseError) as error:
        return [f"The release cannot be read: {error}"]
    return [
        f"{table_id}: {kind.replace('_', ' ')} deviates in the {scope}: {deviating} of {checked} cells"
        for table_id, kind, scope, deviating, checked in rows
    ]
