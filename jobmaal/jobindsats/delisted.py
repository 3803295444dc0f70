"""Tables that the publisher no longer lists: that it was said of them, so that it is said once.

Belongs here: the record of them. Does not: finding out (`fetch`), and what is configured (`config`).
"""

import datetime as dt
import json
from collections.abc import Collection

from jobmaal.core import files
from jobmaal.core.layout import Layout


def read(layout: Layout) -> dict[str, str]:
    """Return the tables that are known to be delisted, with the day on which that was found; none if unreadable."""
    try:
        content = json.loads(layout.delisted.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(key): str(day) for key, day in content.items()} if isinstance(content, dict) else {}


def note(layout: Layout, delisted: Collection[str], listed: Collection[str]) -> list[str]:
    """Record which tables are delisted and which are listed again; return those that are newly delisted."""
    before = read(layout)
    after = {key: day for key, day in before.items() if key not in listed}
    new = sorted(set(delisted) - after.keys())
    after |= dict.fromkeys(new, dt.datetime.now(dt.UTC).date().isoformat())
    if after != before:
        files.write(layout.delisted, json.dumps(after, indent=1) + "\n")
    return new
