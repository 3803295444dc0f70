"""A release to try things out with, without a key to Jobindsats: made-up series, apart from the real data.

Belongs here: which made-up responses the demo lands, and when they pretend to have been retrieved. Does not: making
responses up (`synthetic`), building the release.
"""

import datetime as dt
import json
from collections.abc import Iterator

from jobmaal.core.layout import Layout
from jobmaal.demo import synthetic
from jobmaal.jobindsats.config import read_tables
from jobmaal.jobindsats.landing import SYNTHETIC, Landing, Origin
from jobmaal.jobindsats.response import PUBLISHER_ZONE, Promise, check_data, read_metadata
from jobmaal.operations.locking import fetch_lock

LAST_MONTH = "2026M06"
YEARS = 10
#: When the demo's releases were retrieved, the last of them with the last month; most tables have that one alone.
_RELEASES = tuple(dt.datetime(2026, month, 12, 9, 30, tzinfo=PUBLISHER_ZONE) for month in (6, 7, 8))
_REVISED = ("y25i01", "y25i09", "y60a02")


def land(layout: Layout) -> Iterator[str]:
    """Land the demo's responses; yield each table's name before its turn. Raises FaultyInputError, BusyError."""
    with fetch_lock(layout, "demo"):
        landing = Landing(layout)
        for table in synthetic.shipped_tables(read_tables(layout), LAST_MONTH, YEARS):
            yield table.table_id
            _land_table(landing, table)


def _land_table(landing: Landing, table: synthetic.SyntheticTable) -> None:
    releases = _RELEASES if table.table_id in _REVISED else _RELEASES[-1:]
    for revision, at in enumerate(releases):
        released = at.date()
        described = synthetic.metadata(table, released.isoformat(), (released + dt.timedelta(days=30)).isoformat())
        body = json.dumps(described, ensure_ascii=False).encode()
        request = f"made up, revision {revision}"
        metadata, _ = landing.land(Origin(table.table_id, "table", at, SYNTHETIC, request, 200), body)
        # Each release has one period more than the one before it.
        periods = table.period_ids[: len(table.period_ids) - (len(releases) - 1 - revision)]
        data = synthetic.response(table, revision, periods)
        origin = Origin(
            table.table_id, "data", at, SYNTHETIC, request, 200, delivery=f"demo-{revision}",
            metadata_sha256=metadata.sha256,
        )  # fmt: skip
        landing.land(origin, data, check_data(data, Promise(read_metadata(body))))
