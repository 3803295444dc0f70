"""The catalogue of a release: tables and columns in both languages, the star, the diagrams of keys, dbt's own page.

Belongs here: what the pages say and that they work in a browser. Does not: the descriptions themselves (`lint_dbt`).
"""

from __future__ import annotations

import json
import re
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pytest
from axe_playwright_python.sync_playwright import Axe

from jobmaal.core import contract
from jobmaal.core.layout import PROJECT
from jobmaal.outputs.dictionary import relationships, site, star
from tests.conftest import Published

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

TABLES = contract.tables()


def text_of(published: Published, page: str) -> str:
    """Read a page as it is on the disk."""
    return (published.folder / "catalogue" / page).read_text(encoding="utf-8")


@pytest.mark.parametrize(("language", "page"), site.PAGES.items())
def test_every_table_and_column_is_explained(published: Published, language: str, page: str) -> None:
    text = unescape(text_of(published, page))
    for table in TABLES:
        description = table.description_da if language == "da" else table.description_en
        assert f'id="{table.name}"' in text
        assert description in text, table.name
        for column in table.columns:
            description = column.description_da if language == "da" else column.description_en
            row = re.search(rf'<tr id="{table.name}\.{column.name}">.*?</tr>', text)
            assert row is not None, (table.name, column.name)
            assert description in row[0]
            assert column.type in row[0]


def test_the_dictionary_counts_the_rows_of_the_release(published: Published) -> None:
    text = text_of(published, site.PAGES["en"])
    with duckdb.connect(str(published.folder / "warehouse.duckdb"), read_only=True) as database:
        for table in TABLES:
            [(count,)] = database.execute(f"select count(*) from {table.name}").fetchall()
            section = text[text.index(f'<section id="{table.name}">') :]
            found = re.search(r"Rows: ([\d,]+)\.", section)
            assert found is not None
            assert int(found[1].replace(",", "")) == count, table.name


def test_the_two_languages_differ_and_each_names_itself(published: Published) -> None:
    danish, english = text_of(published, "ordbog.html"), text_of(published, "dictionary.html")
    assert '<html lang="da">' in danish
    assert '<html lang="en">' in english
    assert "årstal" in danish
    assert "årstal" not in english


def test_every_link_leads_somewhere(published: Published) -> None:
    folder = published.folder / "catalogue"
    for page in site.PAGES.values():
        text = text_of(published, page)
        ids = set(re.findall(r' id="([^"]+)"', text))
        for href in re.findall(r'(?:href|src)="([^"]+)"', text):
            if href.startswith("#"):
                assert href[1:] in ids, href
            elif not href.startswith("data:"):
                assert (folder / href).is_file(), href


def test_the_star_has_a_line_for_each_reference_to_a_dimension() -> None:
    spec = star.spec(TABLES)
    lines, names = (spec["datasets"][spec["layer"][at]["data"]["name"]] for at in (0, 1))
    expected = {
        (table.name, column.references[0])
        for table in TABLES
        if table.name.startswith(("fct_", "bridge_"))
        for column in table.columns
        if column.references and column.references[0].startswith("dim_")
    }
    assert len(lines) == len(expected)
    assert {name for name, _ in expected} == {line["fact"] for line in lines}
    places = [(row["x"], row["y"]) for row in names]
    assert len(set(places)) == len(places)
    assert {"fct_budget", "dim_account"} <= {row["name"] for row in names}


def test_the_page_of_diagrams_is_what_the_contract_says() -> None:
    written = relationships.PAGE.read_text(encoding="utf-8")
    assert written == relationships.page(TABLES), "run python -m jobmaal.outputs.dictionary.relationships"


def test_every_table_has_one_diagram_and_every_reference_one_line() -> None:
    shown = [name for _, _, names in relationships.SUBJECTS for name in names]
    assert sorted(shown) == [table.name for table in TABLES]
    text = relationships.page(TABLES)
    lines = re.findall(r"^    (\w+) (?:\|\||\|o)--o[{|] (\w+) : \"(\w+)\"$", text, re.MULTILINE)
    expected = [
        (column.references[0], table.name, column.name)
        for table in TABLES
        for column in table.columns
        if column.references
    ]
    assert sorted(lines) == sorted(expected)


@pytest.mark.parametrize("page", site.PAGES.values())
def test_the_dictionary_has_every_diagram(published: Published, page: str) -> None:
    text = unescape(text_of(published, page))
    assert all(diagram.source in text for diagram in relationships.diagrams(TABLES))


def test_dbts_page_knows_every_public_model_and_no_path_of_the_machine(published: Published) -> None:
    text = text_of(published, site.DBT_PAGE)
    assert all(f'"model.jobmaal.{table.name}"' in text for table in TABLES)
    assert str(published.layout.data) not in text
    assert str(PROJECT) not in text


# --- in a browser -------------------------------------------------------------------------------------------


def _opened(browser: Browser, path: Path, width: int, scheme: str) -> tuple[Page, list[str]]:
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(path.as_uri())
    return page, asked


@pytest.mark.parametrize(
    ("name", "width", "scheme"), [(site.PAGES["en"], 1280, "light"), (site.PAGES["da"], 390, "dark")]
)
def test_the_dictionary_works_in_a_browser(
    browser: Browser, published: Published, name: str, width: int, scheme: str
) -> None:
    page, asked = _opened(browser, published.folder / "catalogue" / name, width, scheme)
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.wait_for_selector("[data-drawn] svg")
    drawn = page.text_content("[data-drawn] svg") or ""
    assert "fct_budget" in drawn
    assert "dim_account" in drawn
    page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
    # The page itself is no wider than the screen.
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    # Fetching the style sheet once more is the checker's own idea.
    found = Axe().run(page, options={"preload": False})
    assert json.dumps([one["id"] for one in found.response["violations"]]) == "[]"
    assert errors == []
    assert all(url.startswith(("file:", "data:")) for url in asked)
    page.close()


def test_dbts_page_shows_a_model_without_the_network(browser: Browser, published: Published) -> None:
    path = published.folder / "catalogue" / site.DBT_PAGE
    page, asked = _opened(browser, path, 1280, "light")
    page.goto(f"{path.as_uri()}#!/model/model.jobmaal.fct_budget")
    page.wait_for_selector("text=One row per budget line")
    assert page.locator("text=amount_dkk").count() > 0
    assert all(url.startswith(("file:", "data:")) for url in asked)
    page.close()
