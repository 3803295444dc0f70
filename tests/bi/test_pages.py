"""docs/bi/: what is typed on its pages at a Python prompt gives what is printed there, on a release.

Belongs here: the sessions of the pages, the example notebook, and what the page on SQLAlchemy says of a link that
moves. Does not: Superset and PostgreSQL, which have tests of their own.
"""

from __future__ import annotations

import doctest
import re
import shutil
from pathlib import Path

import duckdb
import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool, QueuePool

from jobmaal.core.layout import PROJECT
from jobmaal.releases.catalogue import WAREHOUSE
from tests.conftest import Published, environment

_SESSION_RE = re.compile(r"^```pycon\n(.*?)^```", re.MULTILINE | re.DOTALL)
_PAGES = sorted((PROJECT / "docs" / "bi").glob("*.md"))
_SESSIONS = {page: _SESSION_RE.findall(page.read_text(encoding="utf-8")) for page in _PAGES}


@pytest.mark.parametrize("page", [page for page, found in _SESSIONS.items() if found], ids=lambda page: page.name)
def test_what_is_typed_on_a_page_gives_what_is_printed_there(
    page: Path, published: Published, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = doctest.DocTestParser().get_doctest("\n".join(_SESSIONS[page]), {}, page.name, str(page), 0)
    told: list[str] = []
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    with environment(published.layout), monkeypatch.context() as patched:
        patched.chdir(published.layout.data.parent)
        runner.run(session, out=told.append)
    assert (runner.failures, runner.tries > 0) == (0, True), "".join(told)


def test_the_pages_on_dataframes_sqlalchemy_and_python_are_tried() -> None:
    tried = {page.stem for page, found in _SESSIONS.items() if found}
    assert {"dataframes", "python", "sqlalchemy"} <= tried


@pytest.fixture
def link(published: Published, tmp_path: Path) -> Path:
    """Return a link `current` to the first of two files that differ in their build id alone."""
    for build_id in ("first", "second"):
        (tmp_path / build_id).mkdir()
        file = tmp_path / build_id / WAREHOUSE
        shutil.copy(published.folder / WAREHOUSE, file)
        file.chmod(0o644)
        with duckdb.connect(str(file)) as database:
            database.execute("update audit_build set build_id = ?", [build_id])
    (tmp_path / "current").symlink_to("first")
    return tmp_path / "current"


def _move(link: Path, build_id: str) -> None:
    link.with_name("next").symlink_to(build_id)
    link.with_name("next").replace(link)


@pytest.mark.parametrize(
    ("pool", "settings", "after"),
    [(QueuePool, {}, "first"), (QueuePool, {"pool_recycle": 0}, "second"), (NullPool, {}, "second")],
    ids=["the default keeps the old", "recycled at once", "no pool"],
)
def test_a_pool_keeps_the_old_release_and_no_pool_has_the_new_one(
    link: Path, pool: type, settings: dict[str, int], after: str
) -> None:
    engine = create_engine(
        f"duckdb:///{link / WAREHOUSE}", poolclass=pool, connect_args={"read_only": True}, **settings
    )

    def build() -> str:
        with engine.connect() as connection:
            return connection.execute(text("select build_id from audit_build")).scalar_one()

    assert build() == "first"
    _move(link, "second")
    assert build() == after
    engine.dispose()
    assert build() == "second"


def test_without_a_pool_the_new_release_is_read_while_the_old_one_still_is(link: Path) -> None:
    engine = create_engine(f"duckdb:///{link / WAREHOUSE}", poolclass=NullPool, connect_args={"read_only": True})
    query = text("select build_id from audit_build")
    with engine.connect() as old:
        assert old.execute(query).scalar_one() == "first"
        _move(link, "second")
        with engine.connect() as new:
            assert new.execute(query).scalar_one() == "second"
        assert old.execute(query).scalar_one() == "first"
