"""Reading a release: whoever opens it as documented can read it, and can do nothing else.

Belongs here: `jobmaal.open()` and the documented `duckdb` command line, each tried against what a query from
somebody else might do; `jobmaal.table()` held against DuckDB's own values. Does not: what the tables say.
"""

from __future__ import annotations

import math
import shutil
import subprocess
import sys
from decimal import Decimal
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

#: The arguments of the documented command line.
CONFINED = ["-readonly", "-cmd", "set enable_external_access = false", "-cmd", "set lock_configuration = true"]
#: What a query may not do, whoever it comes from; {} is a folder that could be written to.
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


def test_the_current_release_opens_and_answers(published: Published) -> None:
    with environment(published.layout), jobmaal.open() as database:
        assert database.execute("select build_id from audit_build").fetchall() == [(current_id(published.layout),)]
        assert database.execute("select count(*) from fct_budget").fetchall()[0][0] > 0


@pytest.mark.parametrize("path", ["current", "releases/{}"])
def test_a_release_that_the_same_process_has_open_otherwise_is_told_with_the_way_out(
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
def test_an_opened_release_can_be_read_and_nothing_else(published: Published, tmp_path: Path, query: str) -> None:
    with environment(published.layout), jobmaal.open() as database:
        with pytest.raises(duckdb.Error):
            database.execute(query.format(tmp_path))
        assert database.execute("select count(*) from fct_budget").fetchall()[0][0] > 0
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("query", FORBIDDEN)
def test_the_documented_command_line_can_read_and_nothing_else(
    published: Published, tmp_path: Path, query: str
) -> None:
    done = _shell(published.layout.current / WAREHOUSE, query.format(tmp_path))
    assert done.returncode != 0
    assert "Error" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_the_documented_command_line_answers_and_stands_in_the_docs(published: Published) -> None:
    done = _shell(published.layout.current / WAREHOUSE, "copy (select 1) to '/dev/stdout'")
    assert done.returncode != 0
    done = _shell(published.layout.current / WAREHOUSE, "select build_id from audit_build")
    assert (done.returncode, current_id(published.layout) in done.stdout) == (0, True)
    documented = (PROJECT / "docs" / "warehouse.md").read_text(encoding="utf-8")
    assert (
        "duckdb -readonly -cmd 'set enable_external_access = false' -cmd 'set lock_configuration = true'" in documented
    )


def _shell(file: Path, query: str) -> subprocess.CompletedProcess[str]:
    """Ask in DuckDB's own command line, which comes with the development environment."""
    duckdb_shell = Path(sys.executable).with_name("duckdb")
    return subprocess.run(
        [str(duckdb_shell), *CONFINED, str(file), "-csv", "-c", query], capture_output=True, text=True, check=False,
        timeout=60,
    )  # fmt: skip


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


def _tables(database: duckdb.DuckDBPyConnection) -> list[str]:
    return [name for (name,) in database.execute("select table_name from duckdb_tables()").fetchall()]


def _plain(value: Any) -> Any:
    """Return a cell of a frame as DuckDB's own `fetchall` gives it."""
    if value is pd.NaT or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return None
    return value


def _same_rows(frame: pd.DataFrame, database: duckdb.DuckDBPyConnection, table: str) -> None:
    dates = {
        column
        for column, type_ in database.execute(
            "select column_name, data_type from duckdb_columns() where table_name = ?", [table]
        ).fetchall()
        if type_ == "DATE"
    }
    rows = list(zip(*([_plain(v) for v in frame[column]] for column in frame), strict=True))
    expected = [
        tuple(
            pd.Timestamp(value) if value is not None and column in dates else value
            for column, value in zip(frame.columns, row, strict=True)
        )
        for row in database.execute(f"select * from {table}").fetchall()
    ]
    assert rows == expected


@pytest.mark.parametrize("release", ["published", "with_series"])
def test_every_table_has_its_columns_types_and_values_in_a_frame(release: str, request: pytest.FixtureRequest) -> None:
    layout = request.getfixturevalue(release).layout
    with environment(layout), jobmaal.open() as database:
        for table in _tables(database):
            frame = jobmaal.table(table)
            types = dict(
                database.execute(
                    "select column_name, data_type from duckdb_columns() where table_name = ? order by column_index",
                    [table],
                ).fetchall()
            )
            assert list(frame) == list(types)
            wanted = [DTYPES.get(type_, "object") for type_ in types.values()]
            assert [str(dtype) for dtype in frame.dtypes] == wanted, table
            exact = [column for column, type_ in types.items() if type_.startswith("DECIMAL")]
            assert {type(value) for column in exact for value in frame[column].dropna()} <= {Decimal}
            assert len(frame) == database.execute(f"select count(*) from {table}").fetchall()[0][0]
            # The facts of the series are too many to be looked at cell by cell, and of the same types.
            if len(frame) < 20_000:
                _same_rows(frame, database, table)


def test_money_sums_exactly_in_a_frame_also_by_group_and_by_weight(published: Published) -> None:
    with environment(published.layout), jobmaal.open() as database:
        budget, shares = jobmaal.table("fct_budget"), jobmaal.table("bridge_initiative_unit")
        wanted = database.execute("select line_type, sum(amount_dkk) from fct_budget group by 1 order by 1").fetchall()
        assert list(budget.groupby("line_type")["amount_dkk"].sum().items()) == wanted
        (whole,) = database.execute(
            "select sum(amount_dkk) from fct_budget where initiative_key in"
            " (select initiative_key from bridge_initiative_unit)"
        ).fetchall()
    split = budget.merge(shares, on="initiative_key")
    assert (split["amount_dkk"] * split["weight"]).sum() == whole[0]
    assert (budget["amount_dkk"].sum() / 1_000_000) == Decimal("760.594104")


def test_a_missing_key_leaves_the_others_as_they_are(published: Published) -> None:
    with environment(published.layout), jobmaal.open() as database:
        frame = jobmaal.table("dim_agreement")
        years = database.execute("select year_from from dim_agreement").fetchall()
    assert [None if pd.isna(year) else year for year in frame["year_from"]] == [year for (year,) in years]
    assert (None,) in years


def test_an_empty_table_keeps_its_columns_and_types(published: Published) -> None:
    with environment(published.layout):
        frame = jobmaal.table("fct_benchmark_rank")
    assert (len(frame), str(frame["rank"].dtype), str(frame["member"].dtype)) == (0, "Int32", "str")
    assert frame["gap_to_best"].sum() == 0


def test_times_are_points_in_utc_whatever_the_clock_of_the_reader(published: Published) -> None:
    code = "import jobmaal; print(jobmaal.table('audit_build')['built_at'][0].isoformat())"
    told = {python(published.layout, code, TZ=zone).stdout for zone in ("UTC", "America/New_York")}
    with environment(published.layout), jobmaal.open() as database:
        (built_at,) = database.execute("select built_at::timestamptz at time zone 'UTC' from audit_build").fetchall()[0]
    assert told == {f"{built_at.isoformat()}+00:00\n"}


def test_a_frame_says_which_release_and_which_contract_it_is_of(published: Published) -> None:
    with environment(published.layout):
        assert jobmaal.table("fct_budget").attrs == {"build_id": current_id(published.layout), "contract": 1}


def test_an_earlier_release_gives_its_own_table(published: Published, tmp_path: Path) -> None:
    layout = copy_of(published.layout, tmp_path)
    (first,) = build_ids(layout)
    # A release beside it, as a copy under a name of its own; what is in it says what was read.
    shutil.copytree(layout.releases / first, layout.releases / "later")
    with environment(layout):
        assert jobmaal.table("audit_build", build_id="later")["build_id"][0] == first
        with pytest.raises(NoReleaseError, match="no release 'never'"):
            jobmaal.table("fct_budget", build_id="never")


@pytest.mark.parametrize("name", ["fct_budgets", 'x"; drop table fct_budget', "", "duckdb_tables", "FCT_BUDGET"])
def test_a_table_that_is_not_there_is_told_with_those_that_are(published: Published, name: str) -> None:
    with environment(published.layout), pytest.raises(NoTableError) as told:
        jobmaal.table(name)
    assert f"no table '{name}'" in str(told.value)
    assert "dim_account, dim_agreement" in str(told.value)


def test_a_misspelt_table_is_told_with_the_one_that_is_probably_meant(published: Published) -> None:
    with environment(published.layout), pytest.raises(NoTableError, match="Is 'fct_budget' meant"):
        jobmaal.table("fct_budgets")


def test_importing_jobmaal_imports_nothing_heavy(published: Published) -> None:
    code = "import sys, jobmaal; print(sorted({'duckdb', 'pandas', 'numpy', 'dagster', 'dbt'} & set(sys.modules)))"
    assert python(published.layout, code).stdout == "[]\n"


def test_type_checkers_see_the_types_of_the_package() -> None:
    assert (Path(jobmaal.__file__).parent / "py.typed").is_file()
