"""Surrogate keys: dbt's macro and Python give the same ones.

Belongs here: `jobmaal.core.keys` beside dbt's macro `surrogate_key`. Does not: which keys there are (`test_warehouse`).
"""

import duckdb
import pytest

from jobmaal.core.keys import surrogate_key
from tests.conftest import PublishedSeries


@pytest.mark.parametrize(
    ("table", "key", "names"),
    [
        ("dim_area", "area_key", "area_name"),
        ("dim_period", "period_key", "period_id"),
        ("dim_measure", "measure_key", "table_id, measure_id"),
    ],
)
def test_python_knows_the_keys_that_dbt_gives(with_series: PublishedSeries, table: str, key: str, names: str) -> None:
    with duckdb.connect(str(with_series.folder / "warehouse.duckdb"), read_only=True) as database:
        rows = database.execute(f"select {key}, {names} from {table} where {key} != -1").fetchall()
    assert len(rows) > 10
    assert {row[0]: surrogate_key(*row[1:]) for row in rows} == {row[0]: row[0] for row in rows}
