"""Period ids as Jobindsats writes them: 2026M07, 2017Q02, 2020QMAT02 (a rolling year), 2025Y01, 2024H01, 2024W34.

Belongs here: the grammar of the ids, and which days a period has; a week is one of ISO 8601. Does not: the calendar of
the warehouse, which is dbt's (`dim_period`).
"""

import datetime as dt
import re

_PERIOD_RE = re.compile(
    r"(?:19|20)[0-9]{2}(?:M(?:0[1-9]|1[0-2])|Q0[1-4]|QMAT0[1-4]|H0[12]|W(?:0[1-9]|[1-4][0-9]|5[0-3])|Y01)"
)


def is_period(text: str) -> bool:
    """Check whether the text is a period id."""
    return bool(_PERIOD_RE.fullmatch(text)) and span(text) is not None


_PARTS_RE = re.compile(r"([0-9]{4})([A-Z]+)([0-9]{2})")
#: How many months a period of each type has, and how many lie between the starts of two that follow each other.
_MONTHS = {"M": (1, 1), "Q": (3, 3), "QMAT": (12, 3), "H": (6, 6), "Y": (12, 12)}


def span(period_id: str) -> tuple[dt.date, dt.date] | None:
    """Return the first and the last day of a period; None for a text that is no period of a known type."""
    parts = _PARTS_RE.fullmatch(period_id)
    if parts and parts[2] == "W":
        try:
            monday = dt.date.fromisocalendar(int(parts[1]), int(parts[3]), 1)
        except ValueError:
            return None
        return monday, monday + dt.timedelta(days=6)
    if not parts or parts[2] not in _MONTHS or int(parts[1]) < dt.MINYEAR + 1:
        return None
    months, step = _MONTHS[parts[2]]
    # The months are counted from year 0; a rolling year ends with the quarter that it is called by.
    after = int(parts[1]) * 12 + int(parts[3]) * step
    return _first_of(after - months), _first_of(after) - dt.timedelta(days=1)


def _first_of(month: int) -> dt.date:
    return dt.date(month // 12, month % 12 + 1, 1)
