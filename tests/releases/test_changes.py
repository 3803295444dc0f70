"""What changed since the release before: every row counted once, and every period of the series that has one.

Belongs here: comparing two small warehouses. Does not: what the report shows of it (`test_refresh`), nor which files
are taken over (`test_incremental`).
"""

from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jobmaal.releases.changes import Changes, compare

CELL = ("measure_key", "area_key", "period_key", "member")
FACTS = ("fct_benchmark", "fct_benchmark_rank")
KEY = {**dict.fromkeys(FACTS, CELL), "dim_year": ("year_key",)}
FACT = "table_id varchar, measure_key bigint, area_key bigint, period_key bigint, member varchar, value decimal(9, 1)"
#: A cell is (measure_key, area_key, period_key, member); the table of a measure is named after it.
CELLS = st.tuples(st.integers(0, 2), st.integers(0, 2), st.integers(0, 2), st.sampled_from("ab"))
ROWS = st.dictionaries(CELLS, st.none() | st.integers(0, 2), max_size=12)
Rows = dict[tuple[int, int, int, str], int | None]


def write(path: Path, cells: Rows, years: dict[int | None, str]) -> None:
    """Write a warehouse of a fact, another with the same rows, years, and what names the tables in the facts."""
    path.unlink(missing_ok=True)
    with duckdb.connect(str(path)) as database:
        database.execute(f"create table fct_benchmark ({FACT})")
        database.execute("create table dim_year (year_key bigint, note varchar)")
        for cell, value in cells.items():
            database.execute("insert into fct_benchmark values (?, ?, ?, ?, ?, ?)", [f"t{cell[0]}", *cell, value])
        database.execute("create table fct_benchmark_rank as from fct_benchmark")
        database.execute("create table dim_measure as select distinct table_id from fct_benchmark")
        for year, note in years.items():
            database.execute("insert into dim_year values (?, ?)", [year, note])


class Pair:
    """A warehouse, the one before it, and a work database that says how its tables were read."""

    def __init__(self, folder: Path) -> None:
        """Name the files."""
        self.now, self.before, self.work = (folder / f"{name}.duckdb" for name in ("now", "before", "work"))

    def compare(self, is_continued: bool = False) -> Changes | None:
        """Compare the two."""
        with duckdb.connect(str(self.now)) as database:
            database.execute(f"attach if not exists '{self.work}' as work")
            return compare(database, self.before, KEY, is_continued=is_continued)

    def read(self, how: dict[str, str], written: Rows) -> None:
        """Return how the tables of Jobindsats were read, and which cells the build wrote."""
        self.work.unlink(missing_ok=True)
        with duckdb.connect(str(self.work)) as database:
            database.execute("create schema raw; create schema intermediate")
            database.execute("create table raw.read_tables (table_id varchar, how varchar)")
            for row in how.items():
                database.execute("insert into raw.read_tables values (?, ?)", row)
            database.execute(f"create table intermediate.int_benchmark_vintages ({FACT})")
            for cell, value in written.items():
                row = [f"t{cell[0]}", *cell, value]
                database.execute("insert into intermediate.int_benchmark_vintages values (?, ?, ?, ?, ?, ?)", row)


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    """Return the files in which each case writes its two warehouses."""
    return Pair(tmp_path_factory.mktemp("pair"))


def expected(before: Rows, now: Rows) -> dict[str, int]:
    return {
        "added": len(now.keys() - before.keys()),
        "gone": len(before.keys() - now.keys()),
        "changed": sum(before[cell] != now[cell] for cell in before.keys() & now.keys()),
    }


def differing(before: Rows, now: Rows) -> set[tuple[str, int]]:
    none = object()
    cells = {c for c in before.keys() | now.keys() if before.get(c, none) != now.get(c, none)}  # type: ignore[call-overload]
    return {(f"t{cell[0]}", cell[2]) for cell in cells}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=ROWS, now=ROWS)
def test_each_row_is_counted_once_and_each_period_that_has_one_is_named(pair: Pair, before: Rows, now: Rows) -> None:
    write(pair.before, before, {2007: "a", None: "b"})
    write(pair.now, now, {2007: "a", None: "b"})
    found = pair.compare()
    assert found is not None
    counts = expected(before, now)
    assert found.tables == (dict.fromkeys(FACTS, counts) if any(counts.values()) else {})
    assert {name: found.periods.get(name, set()) for name in FACTS} == dict.fromkeys(FACTS, differing(before, now))


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=ROWS, written=ROWS, other=ROWS)
def test_of_a_continued_table_the_written_cells_tell_it_all(
    pair: Pair, before: Rows, written: Rows, other: Rows
) -> None:
    """Table 0 was kept, 1 continued, and 2 read whole."""
    now = {cell: value for cell, value in before.items() if cell[0] != 2}
    now |= {cell: value for cell, value in written.items() if cell[0] == 1}
    now |= {cell: value for cell, value in other.items() if cell[0] == 2}
    write(pair.before, before, {})
    write(pair.now, now, {})
    pair.read({"t0": "kept", "t1": "continued", "t2": "whole"}, {c: v for c, v in written.items() if c[0] > 0})
    assert pair.compare(is_continued=True) == pair.compare()


def test_a_key_may_be_null_and_rows_of_other_tables_are_compared_too(pair: Pair) -> None:
    write(pair.before, {}, {2007: "a", None: "b", 2009: "c"})
    write(pair.now, {}, {2007: "a", None: "changed", 2010: "d"})
    found = pair.compare()
    assert found is not None
    assert found.tables == {"dim_year": {"added": 1, "gone": 1, "changed": 1}}


def test_a_table_of_another_key_is_all_new(pair: Pair) -> None:
    write(pair.before, {}, {2007: "a"})
    write(pair.now, {}, {2007: "a", 2008: "b"})
    with duckdb.connect(str(pair.before)) as database:
        database.execute("alter table dim_year rename year_key to year_id")
    found = pair.compare()
    assert found is not None
    assert found.tables == {"dim_year": {"added": 2, "gone": 0, "changed": 0}}


def test_a_column_that_only_one_of_them_has_is_not_compared(pair: Pair) -> None:
    write(pair.before, {}, {2007: "a"})
    write(pair.now, {}, {2007: "a"})
    with duckdb.connect(str(pair.now)) as database:
        database.execute("alter table dim_year add column of_today varchar default 'new'")
    assert pair.compare() == Changes({}, {})


@pytest.mark.parametrize("content", [None, b"", b"no database" * 1000])
def test_a_damaged_release_is_not_compared(pair: Pair, content: Any) -> None:
    write(pair.now, {}, {2007: "a"})
    pair.before.unlink(missing_ok=True)
    if content is not None:
        pair.before.write_bytes(content)
    assert pair.compare() is None
