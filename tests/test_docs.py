"""The documentation: every query in it runs on the release. What the answers are is for its reader to see."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from jobmaal.layout import PROJECT
from jobmaal.release import WAREHOUSE
from tests.conftest import Published

_PAGES = [PROJECT / "README.md", *sorted((PROJECT / "docs").rglob("*.md"))]
_SQL_RE = re.compile(r"^```sql\n(.*?)^```", re.MULTILINE | re.DOTALL)
_LINK_RE = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")


def queries(page: Path) -> list[str]:
    """Give the queries of a page."""
    return _SQL_RE.findall(page.read_text(encoding="utf-8"))


@pytest.mark.parametrize("page", [page for page in _PAGES if queries(page)], ids=lambda page: page.name)
def test_every_query_of_a_page_runs_on_the_release(page: Path, published: Published) -> None:
    with duckdb.connect(str(published.layout.current / WAREHOUSE), read_only=True) as database:
        for query in queries(page):
            database.execute(query.replace("data/current", str(published.layout.current)))


def test_there_are_queries_to_run() -> None:
    assert sum(len(queries(page)) for page in _PAGES) > 20


def test_the_first_answer_of_the_readme_is_the_one_that_a_reader_gets(published: Published) -> None:
    readme = (PROJECT / "README.md").read_text(encoding="utf-8")
    script, answer = re.findall(r"<<'PY'\n(.*?)^PY\n```\n\n```\n(.*?)^```", readme, re.MULTILINE | re.DOTALL)[0]
    script = script.replace("data/current", str(published.layout.current))
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert told.split() == answer.split()


@pytest.mark.parametrize("page", _PAGES, ids=lambda page: page.name)
def test_every_link_within_the_project_leads_somewhere(page: Path) -> None:
    links = _LINK_RE.findall(page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []
