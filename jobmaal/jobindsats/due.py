"""Which tables have something new to fetch, by the publisher's own calendar.

Belongs here: checking the calendar against what has landed. Does not: asking for either (`fetch`), and how the
publisher writes times (`response`).
"""

import datetime as dt

from jobmaal.jobindsats.landing import Landed, Landing
from jobmaal.jobindsats.response import PUBLISHER_ZONE, CalendarEntry, publisher_time, read_metadata


def why_not(landing: Landing, entry: CalendarEntry, now: dt.datetime) -> str:
    """Return why there is nothing new to fetch of a table; blank where it is due.

    `not due` and `late` differ: late is what the publisher announced and has not published. Raises
    DamagedResponseError where the landed description that tells it is damaged.
    """
    deliveries = list(landing.whole_deliveries(entry.table_id).values())
    if not deliveries or not _is_of_publication(landing, deliveries[-1][0], entry):
        return ""
    announced = publisher_time(entry.update_next)
    if announced is None:
        return "not due: nothing new is published"
    if deliveries[-1][0].retrieved_at < announced <= now:
        return ""
    # A day alone is over when the day is.
    if now >= announced + dt.timedelta(days=1 if _is_day(announced) else 0):
        return f"late: announced for {entry.update_next}, and not published yet"
    return f"not due until {entry.update_next}"


def _is_of_publication(landing: Landing, response: Landed, entry: CalendarEntry) -> bool:
    """Check whether a landed response is of the publication that the calendar names."""
    for landed in landing.responses(entry.table_id):
        if landed.kind == "table" and landed.sha256 == response.metadata_sha256:
            then = read_metadata(landed.read())
            return _is_same(then.update_latest, entry.update_latest) and _is_same(then.update_next, entry.update_next)
    return False


def _is_same(one: str, other: str) -> bool:
    """Check whether two texts are the same time; the publisher's two responses need not be equally precise."""
    times = publisher_time(one), publisher_time(other)
    if times[0] is None or times[1] is None:
        return one == other
    a, b = (time.astimezone(PUBLISHER_ZONE) for time in times if time)
    return a == b or (a.date() == b.date() and (_is_day(a) or _is_day(b)))


def _is_day(time: dt.datetime) -> bool:
    """Check whether a time is a day without a time of day."""
    return time.time() == dt.time.min
