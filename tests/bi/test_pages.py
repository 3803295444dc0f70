"""docs/bi/: what is typed on its pages at a Python prompt gives what is printed there, on a release.

Belongs here: the sessions of the pages, the example notebook, and what the page on SQLAlchemy says of a link that
moves. Does not: Superset and PostgreSQL, which have tests of their own.
"""

import doctest
import re
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool, QueuePool

from jobmaal.core.layout import PROJECT, Layout
from jobmaal.releases.catalogue import WAREHOUSE, point_to
from tests.conftest import Published, copy_of, environment
from tests.helpers.releases import vary

_SESSION_RE = re.compile(r"^```pycon\n(.*?)^```", re.MULTILINE | re.DOTALL)
_PAGES = sorted((PROJECT / "docs" / "bi").glob("*.md"))
_SESSIONS = {page: _SESSION_RE.findall(page.read_text(encoding="utf-8")) for page in _PAGES}


@pytest.mark.parametrize("page", [page for page, found in _SESSIONS.items() if found], ids=lambda page: page.name)
def test_what_is_typed_on_a_page_gives_what_is_printed_there(
    page: Path, published: Published, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = doctest.DocTestParser().get_doctest("\n".join(_SESSIONS[page]), {}, page.name, str(page), 0)
    output: list[str] = []
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    with environment(published.layout), monkeypatch.context() as patched:
        patched.chdir(published.layout.data.parent)
        runner.run(session, out=output.append)
    assert (runner.failures, runner.tries > 0) == (0, True), "".join(output)


def test_the_pages_on_dataframes_sqlalchemy_and_python_are_tried() -> None:
    tried = {page.stem for page, found in _SESSIONS.items() if found}
    assert {"dataframes", "python", "sqlalchemy"} <= tried


@pytest.fixture
def layout(published: Published, tmp_path: Path) -> Layout:
    """Return a data folder with two releases, `first` and `second`; the first is current."""
    layout = copy_of(published.layout, tmp_path)
    vary(layout, "second")
    point_to(layout, vary(layout, "first"))
    return layout


@pytest.mark.parametrize(
    ("pool", "settings", "after"),
    [(QueuePool, {}, "first"), (QueuePool, {"pool_recycle": 0}, "second"), (NullPool, {}, "second")],
    ids=["the default keeps the old", "recycled at once", "no pool"],
)
def test_a_pool_keeps_the_old_release_and_no_pool_has_the_new_one(
    layout: Layout, pool: type, settings: dict[str, int], after: str
) -> None:
    engine = create_engine(
        f"duckdb:///{layout.current / WAREHOUSE}", poolclass=pool, connect_args={"read_only": True}, **settings
    )

    def build() -> str:
        with engine.connect() as connection:
            return connection.execute(text("select build_id from audit_build")).scalar_one()

    assert build() == "first"
    point_to(layout, "second")
    assert build() == after
    engine.dispose()
    assert build() == "second"


def test_without_a_pool_the_new_release_is_read_while_the_old_one_still_is(layout: Layout) -> None:
    engine = create_engine(
        f"duckdb:///{layout.current / WAREHOUSE}", poolclass=NullPool, connect_args={"read_only": True}
    )
    query = text("select build_id from audit_build")
    with engine.connect() as old:
        assert old.execute(query).scalar_one() == "first"
        point_to(layout, "second")
        with engine.connect() as new:
            assert new.execute(query).scalar_one() == "second"
        assert old.execute(query).scalar_one() == "first"
