"""When things run by themselves, by Danish clocks. Nothing else belongs here; it imports no framework."""

import os
import re

from jobmaal.core.errors import JobmaalError

ZONE = "Europe/Copenhagen"
#: The variable that sets another hour, and the hour: after whatever a publisher does at midnight, before anybody comes.
HOUR_VARIABLE, HOUR = "JOBMAAL_NIGHTLY_AT", "04:30"
MORNING = "07:30"
_HOUR_RE = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")


def nightly_at() -> str:
    """Return the hour of the nightly job, such as 04:30. Raises JobmaalError where the variable is no time of day."""
    text = os.environ.get(HOUR_VARIABLE) or HOUR
    if not _HOUR_RE.fullmatch(text):
        raise JobmaalError(f"{HOUR_VARIABLE} is to be a time of day such as {HOUR}; it is '{text}'.")
    return text


def cron(at: str) -> str:
    """Write a time of day as cron does."""
    hour, minute = at.split(":")
    return f"{int(minute)} {int(hour)} * * *"


def change_of_clock() -> str | None:
    """Return what becomes of the hour in the nights in which the clock changes; None where they are like all others."""
    at = nightly_at()
    if cron(at).split()[1] != "2":
        return None
    return f"Where the clock skips {at}, the night's work begins at 03:00; where {at} comes twice, at the second."
