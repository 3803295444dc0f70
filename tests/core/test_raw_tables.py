"""The tables of the schema `raw`: their columns are those that dbt's sources declare.

Belongs here: `jobmaal.core.raw_tables`. Does not: what stands in the tables.
"""

import datetime as dt
from decimal import Decimal

import duckdb

from jobmaal.core import raw_tables


def test_a_raw_table_has_the_declared_columns_with_their_types_in_order() -> None:
    columns = raw_tables.declared("jobindsats")["series_claims"]
    with duckdb.connect() as database:
        raw_tables.create(database, {"series_claims": columns})
        raw_tables.insert(database, "series_claims", columns, [])
        described = database.execute("describe raw.series_claims").fetchall()
    kinds = {"timestamptz": "timestamp with time zone", "decimal(18, 4)": "decimal(18,4)"}
    assert [(name, kind.lower()) for name, kind, *_ in described] == [
        (name, kinds.get(kind, kind)) for name, kind in columns.items()
    ]
    assert columns["delivery"] == "varchar"


def test_rows_are_written_as_they_are_given_whatever_their_columns_are_called() -> None:
    columns = {"order": "decimal(18, 4)", "rows": "boolean", "at": "timestamptz", "text": "varchar"}
    rows = [(Decimal("12345678901234.5678"), True, dt.datetime(2026, 9, 1, tzinfo=dt.UTC), "1.10"), (None,) * 4]
    with duckdb.connect() as database:
        database.execute("set timezone = 'UTC'")
        raw_tables.create(database, {"odd": columns})
        raw_tables.insert(database, "odd", columns, rows)
        raw_tables.create_temporary(database, "few", columns, rows[:1])
        assert database.execute("from raw.odd").fetchall() == rows
        assert database.execute("from few").fetchall() == rows[:1]
