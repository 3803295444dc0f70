"""Tables that the server of a test has, how they are configured, and what has landed of them.

Belongs here: what tests of several folders fetch. Does not: the server (`v3_server`), assertions.
"""

from jobmaal.core.layout import Layout
from jobmaal.demo.synthetic import COUNT, COUNTRY, RATE, SyntheticDimension, SyntheticMeasure, SyntheticTable
from jobmaal.jobindsats.landing import Landing
from tests.helpers.input import write_table
from tests.helpers.v3_server import ServedTable

TOKEN = "s3cr3t-tokenvalue-0123456789"

PERIODS = ("2026M04", "2026M05", "2026M06", "2026M07")

PAST, FUTURE = "2020-01-15", "2099-01-15"


def served(table_id: str, **given: str) -> ServedTable:
    """Return a table of four periods, whose next publication is far ahead."""
    shape = SyntheticTable(
        table_id=table_id,
        table_name=table_id,
        period_type="M",
        period_ids=PERIODS,
        areas=(COUNTRY, "København", "Aarhus"),
        measures=(SyntheticMeasure("m1", "Antal personer", COUNT), SyntheticMeasure("m2", "Personer i pct.", RATE)),
        dimensions=(SyntheticDimension("_koen", "_kon", "Køn", "I alt", ("Kvinder", "Mænd")),),
    )
    return ServedTable(shape, **{"update_latest": "2026-08-19", "update_next": FUTURE} | given)


def configure(layout: Layout, *table_ids: str) -> None:
    """Write the configuration of these tables, and their areas."""
    usual = {"measures": "*", "areas": "_nykom _hele_landet", "hierarchies": "_kon=*", "period_type": "M"}
    rows = [{"table_id": name, "table_name": name, "periods": "all", **usual} for name in table_ids]
    write_table(layout.seeds, "shared", "series_tables", rows)
    areas = [(COUNTRY, "country"), ("København", "municipality"), ("Aarhus", "municipality")]
    write_table(layout.seeds, "shared", "areas", [{"area_name": name, "area_type": kind} for name, kind in areas])


def names_of(layout: Layout) -> list[str]:
    """Return the names of all that has landed, of every kind."""
    return [response.name for response in Landing(layout).responses()]


def body_of(table_id: str) -> bytes:
    """Return the whole response of a table."""
    return served(table_id).response()
