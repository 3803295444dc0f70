"""Reading a release: who opens it as documented can read it, and can do nothing else.

Belongs here: `jobmaal.open()` and the documented `duckdb` command line, each tried against what a query from
somebody else might do; `jobmaal.table()` compared with DuckDB's own values. Does not: what the tables mean.
"""

import math
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

import jobmaal
from jobmaal.core.errors import NoReleaseError, NoTableError, OpenOtherwiseError
from jobmaal.core.layout import PROJECT, Layout
from jobmaal.releases.catalogue import WAREHOUSE, build_ids, current_id
from tests.conftest import Published, copy_of, environment, python
from tests.conftest import jobmaal as command
from tests.helpers.releases import vary

#: The arguments of the documented command line.
CONFINED = ["-readonly", "-cmd", "set enable_external_access = false", "-cmd", "set lock_configuration = true"]
#: What a query may not do, from wherever it comes; {} is a folder that could be written to.
FORBIDDEN = [
    "create table mine (a integer)",
    "delete from fct_budget",
    "update fct_budget set amount_dkk = 0",
    "drop table fct_budget",
    "copy fct_budget to '{}/out.csv'",
    "copy (select 1) to '{}/out.parquet' (format parquet)",
    "export database '{}/out'",
    "select * from read_text('/etc/hostname')",
    "select * from read_csv('/etc/hostname')",
    "select * from '/etc/hostname'",
    "select * from glob('/etc/*')",
    "attach '{}/other.duckdb' as other",
    "install httpfs",
    "load httpfs",
    "set enable_external_access = true",
    "set lock_configuration = false",
    "reset enable_external_access",
    "pragma enable_profiling = 'json'; set profiling_output = '{}/out.json'",
]


@pytest.fixture
def current(published: Published) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the published release, and let the test read it by `jobmaal` as well."""
    with environment(published.layout), jobmaal.open() as database:
        yield database


def test_the_current_release_opens_and_answers(current: duckdb.DuckDBPyConnection, published: Published) -> None:
    assert current.execute("select build_id from audit_build").fetchall() == [(current_id(published.layout),)]
    assert current.execute("select count(*) from fct_budget").fetchall()[0][0] > 0


@pytest.mark.parametrize("path", ["current", "releases/{}"])
def test_a_release_that_the_same_process_has_open_otherwise_is_reported_with_the_way_out(
    published: Published, path: str
) -> None:
    file = published.layout.data / path.format(current_id(published.layout)) / WAREHOUSE
    with environment(published.layout), duckdb.connect(str(file), read_only=True) as other:
        for touch in (jobmaal.open, lambda: jobmaal.table("dim_year")):
            with pytest.raises(
                OpenOtherwiseError, match=r"open by duckdb\.connect\(\).*Close that connection"
            ) as error:
                touch()
            assert error.value.__cause__ is None
        other.close()
        jobmaal.open().close()


@pytest.mark.parametrize("query", FORBIDDEN)
def test_an_opened_release_and_the_documented_command_line_can_be_read_and_nothing_else(
    published: Published, current: duckdb.DuckDBPyConnection, tmp_path: Path, query: str
) -> None:
    with pytest.raises(duckdb.Error):
        current.execute(query.format(tmp_path))
    assert current.execute("select count(*) from fct_budget").fetchall()[0][0] > 0
    done = _shell(published, query.format(tmp_path))
    assert done.returncode != 0
    assert "Error" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_the_documented_command_line_answers_and_stands_in_the_docs(published: Published) -> None:
    assert _shell(published, "copy (select 1) to '/dev/stdout'").returncode != 0
    done = _shell(published, "select build_id from audit_build")
    assert (done.returncode, str(current_id(published.layout)) in done.stdout) == (0, True)
    documented = (PROJECT / "docs" / "warehouse.md").read_text(encoding="utf-8")
    assert (
        "duckdb -readonly -cmd 'set enable_external_access = false' -cmd 'set lock_configuration = true'" in documented
    )


def _shell(published: Published, query: str) -> subprocess.CompletedProcess[str]:
    """Ask in DuckDB's own command line, which comes with the development environment."""
    command = [str(Path(sys.executable).with_name("duckdb")), *CONFINED, str(published.layout.current / WAREHOUSE)]
    return subprocess.run([*command, "-csv", "-c", query], capture_output=True, text=True, check=False, timeout=60)


def test_every_file_of_a_release_is_read_only(published: Published) -> None:
    files = [path for path in published.folder.rglob("*") if path.is_file()]
    assert {path.stat().st_mode & 0o777 for path in files} == {0o444}


@pytest.mark.slow
def test_an_open_connection_stays_with_its_release_and_a_new_one_has_the_next(
    published: Published, tmp_path: Path
) -> None:
    layout = copy_of(published.layout, tmp_path)
    with environment(layout), jobmaal.open() as before:
        done = command(layout, "refresh", "--force")
        assert done.returncode == 0, done.stderr
        first, second = build_ids(layout)
        with jobmaal.open() as after, jobmaal.open(first) as named:
            found = [c.execute("select build_id from audit_build").fetchall()[0][0] for c in (before, after, named)]
    assert found == [first, second, first]


def test_where_nothing_is_published_it_says_how_to_get_something(tmp_path: Path) -> None:
    layout = Layout(tmp_path / "seeds", tmp_path / "data")
    with environment(layout):
        with pytest.raises(NoReleaseError, match="jobmaal refresh"):
            jobmaal.open()
        with pytest.raises(NoReleaseError, match="no release '20260101T000000Z-00000000'"):
            jobmaal.open("20260101T000000Z-00000000")


#: What each of DuckDB's types is in a frame.
DTYPES = {"BIGINT": "Int64", "INTEGER": "Int32", "BOOLEAN": "boolean", "VARCHAR": "str", "DATE": "datetime64[us]",
          "TIMESTAMP WITH TIME ZONE": "datetime64[us, UTC]"}  # fmt: skip


def _plain(value: Any) -> Any:
    """Return a cell of a frame as DuckDB's own `fetchall` returns it."""
    if value is pd.NaT or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return None
    return value


@pytest.mark.parametrize("release", ["published", "with_series"])
def test_every_table_has_its_columns_types_and_values_in_a_frame(release: str, request: pytest.FixtureRequest) -> None:
    layout = request.getfixturevalue(release).layout
    empty = set()
    with environment(layout), jobmaal.open() as database:
        columns = database.execute(
            "select table_name, column_name, data_type from duckdb_columns() where not internal"
            " order by table_name, column_index"
        ).fetchall()
        for table, of_table in groupby(columns, key=lambda column: column[0]):
            frame, types = jobmaal.table(table), {name: type_ for _, name, type_ in of_table}
            assert frame.attrs == {"build_id": current_id(layout), "contract": 1}
            expected = {name: DTYPES.get(type_, "object") for name, type_ in types.items()}
            assert frame.dtypes.map(str).to_dict() == expected, table
            assert list(frame) == list(types)
            exact = [column for column, type_ in types.items() if type_.startswith("DECIMAL")]
            assert {type(value) for column in exact for value in frame[column].dropna()} <= {Decimal}
            assert len(frame) == len(database.table(table))
            empty |= set() if len(frame) else {table}
            # The facts of the series are too many to be compared cell by cell, and of the same types.
            if len(frame) < 20_000:
                rows = zip(*([_plain(value) for value in frame[column]] for column in frame), strict=True)
                dates = ", ".join(f"{name}::timestamp as {name}" for name, type_ in types.items() if type_ == "DATE")
                query = f"select *{f' replace ({dates})' if dates else ''} from {table}"
                assert list(rows) == database.execute(query).fetchall(), table
    # An empty table has its columns and types too.
    assert ("fct_benchmark_rank" in empty) == (release == "published")


def test_money_sums_exactly_in_a_frame_also_by_group_and_by_weight(current: duckdb.DuckDBPyConnection) -> None:
    budget, shares = jobmaal.table("fct_budget"), jobmaal.table("bridge_initiative_unit")
    expected = current.execute("select line_type, sum(amount_dkk) from fct_budget group by 1 order by 1").fetchall()
    assert list(budget.groupby("line_type")["amount_dkk"].sum().items()) == expected
    ((whole,),) = current.execute(
        "select sum(amount_dkk) from fct_budget where initiative_key in"
        " (select initiative_key from bridge_initiative_unit)"
    ).fetchall()
    split = budget.merge(shares, on="initiative_key")
    assert (split["amount_dkk"] * split["weight"]).sum() == whole
    assert (budget["amount_dkk"].sum() / 1_000_000) == Decimal("760.594104")
    assert jobmaal.table("fct_benchmark_rank")["gap_to_best"].sum() == 0


def test_times_are_points_in_utc_whatever_the_clock_of_the_reader(
    published: Published, current: duckdb.DuckDBPyConnection
) -> None:
    code = "import jobmaal; print(jobmaal.table('audit_build')['built_at'][0].isoformat())"
    shown = {python(published.layout, code, TZ=zone).stdout for zone in ("UTC", "America/New_York")}
    ((built_at,),) = current.execute("select built_at::timestamptz at time zone 'UTC' from audit_build").fetchall()
    assert shown == {f"{built_at.isoformat()}+00:00\n"}


def test_an_earlier_release_gives_its_own_table(published: Published, tmp_path: Path) -> None:
    layout = copy_of(published.layout, tmp_path)
    vary(layout, "later")
    with environment(layout):
        frame = jobmaal.table("audit_build", build_id="later")
        assert frame["build_id"][0] == frame.attrs["build_id"] == "later"
        with pytest.raises(NoReleaseError, match="no release 'never'"):
            jobmaal.table("fct_budget", build_id="never")


@pytest.mark.parametrize("name", ["fct_budgets", 'x"; drop table fct_budget', "", "duckdb_tables", "FCT_BUDGET"])
@pytest.mark.usefixtures("current")
def test_a_table_that_is_not_there_is_reported_with_those_that_are(name: str) -> None:
    with pytest.raises(NoTableError) as error:
        jobmaal.table(name)
    assert f"no table '{name}'" in str(error.value)
    assert ("Is 'fct_budget' meant" in str(error.value)) == (name == "fct_budgets")
    assert "dim_account, dim_agreement" in str(error.value)


def test_importing_jobmaal_imports_nothing_heavy_and_type_checkers_see_its_types(published: Published) -> None:
    code = "import sys, jobmaal; print(sorted({'duckdb', 'pandas', 'numpy', 'dagster', 'dbt'} & set(sys.modules)))"
    assert python(published.layout, code).stdout == "[]\n"
    assert (Path(jobmaal.__file__).parent / "py.typed").is_file()
