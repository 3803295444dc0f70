"""The report as its readers get it: what it answers, where its numbers lead, and that it works in a real browser.

Belongs here: the pages of a release, as files and in Chromium. Does not: what is suppressed (`test_suppression`),
hostile text (`test_hostile`).
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
import shutil
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import duckdb
import pytest
from axe_playwright_python.sync_playwright import Axe
from jinja2 import Template

from jobmaal.core.build import Build
from jobmaal.core.layout import PROJECT
from jobmaal.outputs import danish
from jobmaal.outputs.report import site
from jobmaal.outputs.report.pages.news import Since
from jobmaal.outputs.suppression.tables import show
from jobmaal.releases.catalogue import MANIFEST, WAREHOUSE
from tests.conftest import Published, PublishedSeries, copy_of, jobmaal
from tests.helpers.warehouse import AMBIGUOUS, FAULTS

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

QUALIFIERS = ("exact", "approx", "at_least", "at_most", "range")
PAGES = ("index", "budget", "forloeb", "maal", "benchmark", "afstemning", "nyt", "kilder")


class Reader(HTMLParser):
    """Reads a page: its ids, its links, and the rows of its tables, each cell with its text and link."""

    def __init__(self, text: str) -> None:
        """Read a page."""
        super().__init__()
        self.ids: set[str] = set()
        self.links: list[str] = []
        self.tables: dict[str, list[list[tuple[str, str | None]]]] = {}
        self._table = ""
        self._cell: list[str] | None = None
        self._href: str | None = None
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note ids and links, and begin tables, rows and cells."""
        given = dict(attrs)
        if given.get("id"):
            self.ids.add(str(given["id"]))
        if tag == "section" and given.get("class") == "table":
            self._table = str(given["id"])
            self.tables[self._table] = []
        if tag == "a" and given.get("href"):
            self.links.append(str(given["href"]))
            self._href = given["href"]
        if tag == "tr" and self._table:
            self.tables[self._table].append([])
        if tag in ("td", "th"):
            self._cell, self._href = [], None

    def handle_data(self, data: str) -> None:
        """Note the text of a cell."""
        if self._cell is not None:
            self._cell.append(data)

    def handle_endtag(self, tag: str) -> None:
        """End a cell."""
        if tag in ("td", "th") and self._cell is not None:
            self.tables[self._table][-1].append(("".join(self._cell), self._href))
            self._cell = None


def read(folder: Path, page: str) -> Reader:
    """Read a page of a release's report."""
    return Reader((folder / "report" / f"{page}.html").read_text(encoding="utf-8"))


def rows(folder: Path, page: str, table: str) -> list[dict[str, tuple[str, str | None]]]:
    """Return a table's rows by the names of the columns."""
    names, *found = read(folder, page).tables[table]
    return [dict(zip((name for name, _ in names), row, strict=True)) for row in found]


def source(folder: Path, href: str | None) -> dict[str, str]:
    """Follow a number to the place where it is printed."""
    assert href is not None
    page, _, anchor = href.partition("#")
    assert page == "kilder.html"
    found = [row for row in rows(folder, "kilder", "tal") if row["Reference"][0] == unquote(anchor)]
    assert len(found) == 1
    return {name: text for name, (text, _) in found[0].items()}


def write_report(
    warehouse: Path, folder: Path, since: Since | None = None, *, has_synthetic: bool = False, sql: str = ""
) -> dict[str, str]:
    """Write the report of a copy of a warehouse, changed by SQL, and return the text of each page."""
    copied = folder / WAREHOUSE
    shutil.copyfile(warehouse, copied)
    copied.chmod(0o644)
    build = Build("20260101T000000Z-0123abcd", dt.datetime(2026, 1, 1, tzinfo=dt.UTC), "", "", {}, has_synthetic)
    with duckdb.connect(str(copied)) as database:
        database.execute("set timezone = 'UTC'")
        database.execute(sql or "select 1")
        site.write(folder / "report", build, database, show(database), since)
    return {page: (folder / "report" / f"{page}.html").read_text(encoding="utf-8") for page in PAGES}


# --- what it answers --------------------------------------------------------------------------------------


def test_what_was_set_aside_for_job_patrols_and_where_that_is_printed(published: Published) -> None:
    lines = [row for row in rows(published.folder, "budget", "linjer") if "obpatrulje" in row["Post"][0]]
    assert {(row["Post"][0], row["Beløb, kr."][0]) for row in lines} == {
        ("Jobpatruljer/ 10 nyetablerede jobkonsulenter", "3.500.000"),
        ("Indsats som følge af jobpatruljerne", "2.500.000"),
    }
    places = [source(published.folder, row["Beløb, kr."][1]) for row in lines]
    assert {place["Trykt"] for place in places} == {"„3,5“", "„2,5“"}
    assert all(place["Sted"].startswith("Bilagstabel 1, Fokus på boligområder") for place in places)


def test_which_goals_of_vision_2020_were_met(published: Published) -> None:
    targets = rows(published.folder, "maal", "maal")
    met = {row["Mål"][0] for row in targets if row["Status"][0] == "Nået"}
    not_met = {row["Mål"][0] for row in targets if row["Status"][0] == "Ikke nået"}
    assert (len(met), len(not_met), len(targets)) == (5, 6, 146)
    [replaced] = [row for row in targets if row["Status"][0].startswith("Afløst")]
    assert (replaced["Mål"][0], replaced["Status"][0]) == (
        "København er bedst for udsatte borgere under ét", "Afløst fra 1. januar 2017",
    )  # fmt: skip
    assert "København bliver ved med at ligge først for jobparate kontanthjælpsmodtagere" in met
    assert "København er bedst for unge på 18-19 år" in not_met


def test_what_does_not_add_up_in_the_plan_for_2010_and_by_how_much(published: Published) -> None:
    faults = [r for r in rows(published.folder, "afstemning", "fejl") if r["Dokument"][0] == "Udmøntningsplan for 2010"]
    assert len(faults) == 2
    [total] = [row for row in faults if row["Slags"][0] == "Aftalens total"]
    assert [total[name][0] for name in ("Trykt", "Regnet efter", "Forskel", "Enhed")] == [
        "66.400.000", "50.400.000", "16.000.000", "kr.",
    ]  # fmt: skip
    assert "66,4 mio. kr." in total["Forklaring"][0]
    assert source(published.folder, total["Trykt"][1])["Trykt"].startswith("„66,4")


def test_where_copenhagen_stood_on_the_ranking(published: Published) -> None:
    ranks = rows(published.folder, "benchmark", "trykte-placeringer")
    [place] = [row for row in ranks if "dagpengemodtagere" in row["Hvad"][0] and row["Periode"][0] == "2. kvartal 2017"]
    assert place["Tal"][0] == "30"
    assert source(published.folder, place["Tal"][1])["Enhed"] == "nr."


def test_what_can_be_read_in_two_ways_is_no_fault_and_shows_both(published: Published) -> None:
    ambiguous = rows(published.folder, "afstemning", "tvetydige")
    assert len(ambiguous) == len(AMBIGUOUS)
    assert all(" Eller: " in row["Forklaring"][0] for row in ambiguous)
    [draft] = [r for r in rows(published.folder, "afstemning", "fejl") if r["Trykt"][0] == "5. september 2006"]
    assert [draft[name][0] for name in ("Regnet efter", "Forskel", "Enhed")] == ["31. august 2006", "5 dage", ""]


def test_how_many_courses_each_agreement_bought_is_told_by_year_and_not_ranked(published: Published) -> None:
    prices = rows(published.folder, "budget", "aftalepriser")
    assert [(row["Kroner fra"][0], row["Aftale"][0], row["Forløb pr. mio. kr."][0]) for row in prices] == [
        ("2007", "Plads til alle på arbejdsmarkedet", "46,7"), ("2010", "Udmøntningsplan for 2010", "63,1"),
    ]  # fmt: skip


def test_prices_are_ranked_within_one_unit_and_year_with_what_limits_and_disputes_them(published: Published) -> None:
    prices = rows(published.folder, "budget", "priser")
    groups = [(row["Tæller"][0], row["År"][0]) for row in prices]
    assert groups == sorted(groups)
    for group in set(groups):
        of_group = [row["Kr. pr. styk"][0] for row, found in zip(prices, groups, strict=True) if found == group]
        numbers = [int(re.sub(r"\D", "", text)) for text in of_group]
        assert numbers == sorted(numbers)
    [mentors] = [row for row in prices if "mentorordning (op til" in row["Initiativ"][0]]
    assert [mentors[name][0] for name in ("Antal", "Kr. pr. styk", "Forbehold")] == [
        "højst 100", "mindst 15.000", "Bygger på et tal, der kan læses på to måder",
    ]  # fmt: skip
    [jobs] = [row for row in prices if row["Tæller"][0] == "job"]
    assert jobs["Forbehold"][0] == "Bygger på et tal, der ikke stemmer"
    page = (published.folder / "report" / "budget.html").read_text(encoding="utf-8")
    assert [f"Kroner pr. forløb i {year}" in page for year in (2007, 2010)] == [True, True]


def test_the_overview_has_money_and_courses_of_the_same_years_and_no_total_that_nobody_states(
    published: Published,
) -> None:
    agreements = {row["Aftale eller plan"][0]: row for row in rows(published.folder, "index", "aftaler")}
    shown = ("Oplyst total, kr.", "År med begge dele", "Penge da, kr.", "Forløb da")
    assert [agreements["Beskæftigelses- og Integrationsaftalen 2009"][name][0] for name in shown] == [
        "91.000.000", "2009", "91.000.000", "4.050",
    ]  # fmt: skip
    assert [agreements["Københavns beskæftigelsesplan for 2016-2020"][name][0] for name in shown] == [""] * 4
    money = rows(published.folder, "budget", "enheder")
    levels = {row["Beløb, kr."][0] for row in money if row["Aftale"][0].startswith("Københavns beskæftigelsesplan")}
    assert not {"390.000.000", "438.400.000", "453.100.000"} & levels
    assert "453" not in (published.folder / "report" / "index.html").read_text(encoding="utf-8").split("<footer")[0]


@pytest.mark.parametrize("qualifiers", [q for n in (1, 2, 3, 4, 5) for q in combinations(QUALIFIERS, n)])
def test_the_report_limits_a_sum_as_the_warehouse_does(qualifiers: tuple[str, ...]) -> None:
    macro = Template((PROJECT / "dbt" / "macros" / "qualifiers.sql").read_text(encoding="utf-8")).module
    values = ", ".join(f"(1, '{qualifier}')" for qualifier in qualifiers)
    sql = f"select {macro.qualifier_of_sum('value', 'qualifier')} from (values {values}) as t (value, qualifier)"
    assert danish.qualifier_of_sum(qualifiers) == duckdb.sql(sql).fetchall()[0][0]


@pytest.mark.parametrize(
    ("page", "said"),
    [
        ("index", "årets egne priser"), ("budget", "intet er regnet om"),
        ("forloeb", '<span class="mark even">Ligeligt fordelt</span>'),
    ],
)  # fmt: skip
def test_that_money_is_nominal_and_an_even_split_is_one_is_said(published: Published, page: str, said: str) -> None:
    assert said in (published.folder / "report" / f"{page}.html").read_text(encoding="utf-8")


# --- what it is made of -----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["published", "with_series"])
def test_every_link_leads_somewhere(kind: str, request: pytest.FixtureRequest) -> None:
    folder = request.getfixturevalue(kind).folder
    read_pages = {f"{page}.html": read(folder, page) for page in PAGES}
    for name, page in read_pages.items():
        for href in page.links:
            parts = urlsplit(href)
            assert not parts.scheme, href
            assert not parts.netloc, href
            if parts.path.startswith("../"):
                assert (folder / "report" / parts.path).is_file(), href
                continue
            ids = read_pages[parts.path or name].ids
            # What the script makes has its places only then.
            assert not parts.fragment or unquote(parts.fragment) in ids, f"{name}: {href}"


@pytest.mark.parametrize(
    ("page", "table", "column"),
    [("budget", "linjer", "Beløb, kr."), ("forloeb", "forloeb", "Planlagt"), ("maal", "maal", "Krav"),
     ("budget", "totaler", "Trykt total, kr."), ("benchmark", "dokumenter", "Tal"),
     ("benchmark", "trykte-placeringer", "Tal"), ("afstemning", "stemmer", "Trykt")],
)  # fmt: skip
def test_every_printed_number_leads_to_its_place(published: Published, page: str, table: str, column: str) -> None:
    found = rows(published.folder, page, table)
    places = read(published.folder, "kilder").ids
    assert found
    assert [row for row in found if not row[column][1] or unquote(row[column][1].partition("#")[2]) not in places] == []


def test_the_amounts_of_the_page_are_those_of_the_warehouse(published: Published) -> None:
    with duckdb.connect(str(published.folder / WAREHOUSE), read_only=True) as database:
        [(expected, lines)] = database.execute("select sum(amount_dkk), count(*) from fct_budget").fetchall()
    amounts = [row["Beløb, kr."][0] for row in rows(published.folder, "budget", "linjer")]
    plain = [int(text.split("–")[0].removeprefix("ca. ").removeprefix("op til ").replace(".", "")) for text in amounts]
    assert (sum(plain), len(plain)) == (expected, lines)


def test_the_report_is_made_of_the_public_tables_and_of_nothing_else(published: Published, tmp_path: Path) -> None:
    manifest = json.loads((published.folder / MANIFEST).read_text(encoding="utf-8"))
    build = Build(manifest["build_id"], dt.datetime.fromisoformat(manifest["built_at"]), "", "", {})
    copied = tmp_path / WAREHOUSE
    shutil.copyfile(published.folder / WAREHOUSE, copied)
    with duckdb.connect(str(copied), read_only=True) as database:
        database.execute("set timezone = 'UTC'")
        site.write(tmp_path / "report", build, database, show(database), None)
    ours, theirs = (
        {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        for folder in (tmp_path / "report", published.folder / "report")
    )
    assert ours == theirs


@pytest.mark.parametrize("kind", ["published", "with_series"])
def test_a_report_is_small(kind: str, request: pytest.FixtureRequest) -> None:
    folder = request.getfixturevalue(kind).folder / "report"
    assert sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) < 5_000_000


def test_what_changed_since_the_release_before_is_shown(published: Published, tmp_path: Path) -> None:
    change = {"added": 0, "gone": 0, "changed": 1}
    sql = f"""
        update audit_lineage set raw_text = '4,5' where raw_text = '3,5';
        attach '{published.folder / WAREHOUSE}' as previous (read_only)
    """
    write_report(
        published.folder / WAREHOUSE,
        tmp_path,
        Since({"audit_lineage": change, "fct_benchmark_vintage": change}),
        sql=sql,
    )
    changed = rows(tmp_path, "nyt", "tal")
    assert changed
    assert {(row["Før"][0], row["Nu"][0]) for row in changed} == {("3,5", "4,5")}
    # How many values of the series changed would show whether a suppressed one did.
    assert [row["Hvad"][0] for row in rows(tmp_path, "nyt", "aendringer")] == ["Trykte tal"]


@pytest.mark.parametrize(
    ("since", "said"),
    [(None, "den første udgivelse"), (Since(None), "beskadiget"), (Since({}), "Ingen række er ny")],
)
def test_a_release_with_nothing_to_compare_says_why(
    published: Published, tmp_path: Path, since: Since | None, said: str
) -> None:
    assert said in write_report(published.folder / WAREHOUSE, tmp_path, since)["nyt"]


def test_made_up_series_are_said_to_be_made_up_on_every_page(published: Published, tmp_path: Path) -> None:
    pages = write_report(published.folder / WAREHOUSE, tmp_path, has_synthetic=True)
    assert [page for page, text in pages.items() if "Opdigtede tal" not in text] == []


@pytest.mark.parametrize(
    "change",
    [
        "select 'delete from \"' || table_name || '\"' from duckdb_tables()",
        # Every period of a series has its end; without it none would be shown, and nothing tried.
        "select 'update \"' || table_name || '\" set \"' || column_name || '\" = null' from duckdb_columns()"
        " where not internal and is_nullable and column_name != 'period_end'",
    ],
    ids=["no rows", "no value that may be missing"],
)
def test_a_report_is_written_of_whatever_the_tables_hold(
    with_series: PublishedSeries, tmp_path: Path, change: str
) -> None:
    with duckdb.connect(str(with_series.folder / WAREHOUSE), read_only=True) as database:
        sql = ";".join(statement for (statement,) in database.execute(change).fetchall())
    assert write_report(with_series.folder / WAREHOUSE, tmp_path, sql=sql).keys() == set(PAGES)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (danish.number(1234567), "1.234.567"), (danish.number(-0.05), "−0,05"), (danish.number(57.6923, 1), "57,7"),
        (danish.date(dt.date(2006, 9, 5)), "5. september 2006"), (danish.period("2026M06"), "juni 2026"),
        (danish.period("2017Q02"), "2. kvartal 2017"), (danish.period("2025Y01"), "2025"),
        (danish.period("2020QMAT02"), "året til og med 2. kvartal 2020"), (danish.period("Ikke oplyst"), ""),
        (danish.moment(dt.datetime(2026, 8, 18, 19, 52, tzinfo=dt.UTC)), "18. august 2026 kl. 21.52"),
    ],
)  # fmt: skip
def test_numbers_dates_and_periods_are_written_as_danes_do(written: str, expected: str) -> None:
    assert written == expected


# --- the command ------------------------------------------------------------------------------------------


def test_the_command_says_where_the_report_lies_and_opens_it(published: Published, tmp_path: Path) -> None:
    done = jobmaal(published.layout, "report")
    page = published.layout.current / "report" / "index.html"
    assert (done.returncode, done.stdout.strip()) == (0, str(page))
    opener = tmp_path / "xdg-open"
    opener.write_text(f'#!/bin/sh\necho "$1" > {tmp_path}/opened\n', encoding="utf-8")
    opener.chmod(stat.S_IRWXU)
    assert jobmaal(published.layout, "report", "--open", PATH=f"{tmp_path}:/usr/bin:/bin").returncode == 0
    assert (tmp_path / "opened").read_text(encoding="utf-8").strip() == str(page)


def test_a_machine_without_a_browser_and_a_release_without_a_report_are_told(
    published: Published, tmp_path: Path
) -> None:
    nothing = jobmaal(published.layout, "report", "--open", PATH=str(tmp_path))
    assert nothing.returncode != 0
    assert "No browser could be started" in nothing.stderr
    copied = copy_of(published.layout, tmp_path / "copy")
    shutil.rmtree(copied.releases / published.folder.name / "report")
    done = jobmaal(copied, "report")
    assert done.returncode != 0
    assert "has no report. `jobmaal refresh --force` makes one" in done.stderr


# --- in a browser -----------------------------------------------------------------------------------------


@dataclass
class Watched:
    """A page in the browser, with what it asked for and complained of."""

    page: Page
    asked: list[str]
    complaints: list[str]


Open = Callable[..., Watched]


@pytest.fixture
def opened(browser: Browser, with_series: PublishedSeries) -> Iterator[Open]:
    """Return a way to open pages of the report from the disk; whatever is opened has to keep quiet to the end."""
    contexts, watched = [], []

    def go(page: str, width: int = 1280, scheme: str = "light", folder: Path = with_series.folder) -> Watched:
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
        contexts.append(context)
        seen = Watched(context.new_page(), [], [])
        watched.append(seen)
        seen.page.on("request", lambda request: seen.asked.append(request.url))
        seen.page.on("console", lambda message: message.type == "error" and seen.complaints.append(message.text))
        seen.page.on("pageerror", lambda error: seen.complaints.append(str(error)))
        name, _, rest = page.partition("?")
        seen.page.goto((folder / "report" / f"{name}.html").as_uri() + (f"?{rest}" if rest else ""))
        seen.page.wait_for_function("[...document.querySelectorAll('[data-spec]')].every((c) => c.dataset.drawn)")
        return seen

    yield go
    for seen in watched:
        assert seen.complaints == []
        assert [url for url in seen.asked if not url.startswith(("file:", "data:", "blob:"))] == []
    for context in contexts:
        context.close()


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")], ids=["desktop", "phone"])
@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_accessible_fits_its_screen_and_draws_its_charts(
    opened: Open, page: str, width: int, scheme: str
) -> None:
    seen = opened(page, width, scheme)
    # Fetching the style sheet once more is the checker's own idea.
    found = Axe().run(seen.page, options={"preload": False}).response["violations"]
    assert [(one["id"], one["nodes"][0]["target"]) for one in found] == []
    assert seen.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for chart in seen.page.locator(".chart:visible").all():
        assert chart.locator("svg").count() == 1
        assert chart.get_attribute("aria-label") or chart.get_attribute("aria-labelledby")


def column(page: Page, table: str, name: str) -> list[str]:
    """Return the texts of a column as they are shown."""
    texts: list[str] = page.evaluate(
        """([table, name]) => {
            const section = document.getElementById(table), heads = [...section.querySelectorAll("thead th")];
            const at = heads.findIndex((head) => head.textContent === name);
            const rows = [...section.querySelectorAll("tbody tr")].filter((row) => !row.hidden);
            return rows.map((row) => row.cells[at].textContent);
        }""",
        [table, name],
    )
    return texts


def test_a_table_sorts_by_value_and_not_by_its_letters(opened: Open) -> None:
    page = opened("budget").page
    head = page.locator("#linjer thead th", has_text="Beløb, kr.")
    head.get_by_role("button").click()
    assert head.get_attribute("aria-sort") == "ascending"
    amounts = [float(text) for text in page.locator("#linjer tbody td:nth-child(2)").evaluate_all(
        "cells => cells.map((cell) => cell.dataset.sort)")]  # fmt: skip
    assert amounts == sorted(amounts)
    # As letters, 120.000.000 comes before 500.000.
    assert (amounts[0], amounts[-1]) == (500_000, 120_000_000)
    head.get_by_role("button").press("Enter")
    assert head.get_attribute("aria-sort") == "descending"
    assert column(page, "linjer", "Beløb, kr.")[0] == "120.000.000"


def test_a_table_is_searched_and_filtered_and_says_how_much_is_left(opened: Open) -> None:
    page = opened("budget").page
    page.locator("#linjer").get_by_label("Søg i tabellen").fill("jobpatrulje")
    assert len(column(page, "linjer", "Post")) == 2
    assert page.locator("#linjer .count").inner_text() == "2 af 50 rækker"
    page.locator("#linjer").get_by_label("Søg i tabellen").fill("")
    page.locator("#linjer").get_by_label("Aftale").select_option("Udmøntningsplan for 2010")
    assert set(column(page, "linjer", "Aftale")) == {"Udmøntningsplan for 2010"}
    page.locator("#linjer").get_by_label("Søg i tabellen").fill("findes ikke")
    assert page.locator("#linjer .empty").is_visible()


def test_a_sum_leads_to_its_rows_and_a_number_to_the_place_where_it_is_printed(opened: Open) -> None:
    page = opened("index").page
    page.locator("#aftaler").get_by_role("link", name="42.500.000").first.click()
    page.wait_for_url("**/budget.html?sog=*")
    assert set(column(page, "linjer", "Aftale")) == {"Plads til alle på arbejdsmarkedet"}
    page.locator("#linjer").get_by_role("link", name="3.500.000").first.click()
    page.wait_for_url("**/kilder.html#*")
    row = page.locator("tr:target")
    assert "„3,5“" in row.inner_text()
    assert row.evaluate(
        "row => { const at = row.getBoundingClientRect(); return at.top >= 0 && at.bottom <= innerHeight }"
    )


def test_a_table_is_saved_as_danish_spreadsheets_read_it(opened: Open) -> None:
    page = opened("afstemning").page
    with page.expect_download() as saving:
        page.locator("#fejl").get_by_role("button", name="Hent som CSV").click()
    content = Path(saving.value.path()).read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    found = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"))
    assert len(found) == len(FAULTS)
    assert {"66400000", "50400000", "16000000"} <= {v for row in found for v in row.values()}
    assert saving.value.suggested_filename == "fejl.csv"


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\\n=", "\uff1d", "\uff0b", "\uff0d", "\uff20"])
def test_a_text_that_looks_like_a_formula_is_saved_as_a_text(opened: Open, begin: str) -> None:
    page = opened("afstemning").page
    page.evaluate(f"document.querySelector('#fejl tbody td').textContent = '{begin}HYPERLINK(\"http://x\")'")
    with page.expect_download() as saving:
        page.locator("#fejl").get_by_role("button", name="Hent som CSV").click()
    text = Path(saving.value.path()).read_text(encoding="utf-8-sig")
    written = begin.replace("\\n", "\n")
    assert f'"\'{written}HYPERLINK(""http://x"")"' in text


def test_any_municipality_can_be_chosen_and_its_numbers_are_those_of_the_warehouse(
    opened: Open, with_series: PublishedSeries
) -> None:
    page = opened("benchmark").page
    areas = page.locator("#vaelg-omraade option").all_inner_texts()
    assert len(areas) == 98
    page.locator("#vaelg-omraade").select_option(label="Aarhus")
    series = page.locator("#vaelg-serie option", has_text="Ledige fuldtidspersoner i pct. af arbejdsstyrken").first
    page.locator("#vaelg-serie").select_option(value=str(series.get_attribute("value")))
    assert page.locator("#serie-titel").inner_text().startswith("Aarhus: ")
    assert "Aarhus er nr. " in page.locator("#plads-titel").inner_text()
    page.locator("#serie-diagram svg").wait_for()
    shown = dict(zip(column(page, "serien", "Periode"), column(page, "serien", "Aarhus, pct."), strict=True))
    with duckdb.connect(str(with_series.folder / WAREHOUSE), read_only=True) as database:
        expected = database.execute(
            """
            select periods.period_id, cast(facts."value" as double) from fct_benchmark as facts
            join dim_measure using (measure_key) join dim_area using (area_key)
            join dim_period as periods using (period_key)
            where facts.table_id = 'y25i01' and contains(measure_name, 'arbejdsstyrken') and area_name = 'Aarhus'
            and is_total
            """
        ).fetchall()
    assert shown == {danish.period(period): danish.number(round(value, 2)) for period, value in expected}
    page.locator("#serien tbody a").first.click()
    page.wait_for_url("**/kilder.html#jobindsats:**")
    assert "y25i01" in page.locator("tr:target").inner_text()


def test_what_was_published_first_is_shown_beside_what_stands_now(opened: Open) -> None:
    page = opened("benchmark").page
    found = []
    for option in page.locator("#vaelg-serie option").all():
        page.locator("#vaelg-serie").select_option(value=str(option.get_attribute("value")))
        if page.locator("#rettet").count():
            found = column(page, "rettet", "Rettelse")
            break
    assert found
    assert "0" not in found


def test_a_series_can_be_led_to(opened: Open) -> None:
    page = opened("benchmark").page
    row = page.locator("#nu tbody tr").nth(3)
    name, href = row.locator("td").nth(1).inner_text(), row.locator("a").first.get_attribute("href")
    assert href is not None
    other = opened(f"benchmark{href.partition('#')[0]}").page
    assert other.locator("#vaelg-serie option:checked").inner_text() == name


def test_it_prints_whole_tables_without_what_is_for_the_screen(opened: Open) -> None:
    page = opened("maal").page
    page.emulate_media(media="print")
    assert not page.locator("nav").is_visible()
    assert not page.locator("#maal .tools").is_visible()
    assert page.locator("#maal .scroll").evaluate("box => box.scrollHeight <= box.clientHeight + 1")


def test_without_a_script_the_tables_and_links_are_there(browser: Browser, published: Published) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((published.folder / "report" / "budget.html").as_uri())
    assert page.locator("#linjer tbody tr").count() == 50
    assert page.locator("#linjer .tools").is_hidden()
    context.close()
