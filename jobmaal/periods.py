"""Period ids as Jobindsats writes them: 2026M07, 2017Q02, 2020QMAT02 (a rolling year), 2025Y01.

Belongs here: the grammar of the ids. Does not: the calendar of a period, which is dbt's (`dim_period`).
"""

from __future__ import annotations

import re

_PERIOD_RE = re.compile(r"(?:19|20)[0-9]{2}(?:M(?:0[1-9]|1[0-2])|Q0[1-4]|QMAT0[1-4]|Y01)")


def is_period(text: str) -> bool:
    """Say whether the text is a period id."""
    return bool(_PERIOD_RE.fullmatch(text))
