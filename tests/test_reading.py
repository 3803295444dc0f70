"""Reading a release: whoever opens it as documented can read it, and can do nothing else.

Belongs here: `jobmaal.open()` and the documented `duckdb` command line, each tried against what a query from
somebody else might do. Does not: what the tables say.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

import jobmaal
from jobmaal.errors import NoReleaseError
from jobmaal.layout import Layout
from jobmaal.release import WAREHOUSE, build_ids, current_id
from tests.conftest import Published, copy_of, environment
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
    documented = (Path(__file__).parent.parent / "docs" / "warehouse.md").read_text(encoding="utf-8")
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
