"""The documentation: every query in it runs on the release, and every trap's wrong query is wrong.

Belongs here: queries, traps, links and paths of all pages. Does not: printed answers (`test_questions`), nor
what is typed in Python (`test_pages`).
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from jobmaal.core.errors import EXIT_CHECK_FAILED, EXIT_FAULTY_INPUT
from jobmaal.core.layout import PROJECT, Layout
from jobmaal.releases.catalogue import WAREHOUSE
from tests.conftest import Published, PublishedSeries, jobmaal

_PAGES = [
    *(PROJECT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")),
    *(PROJECT / room / "README.md" for room in ("benchmarks", "data", "torture")),
    *sorted((PROJECT / "docs").rglob("*.md")),
]
_SQL_RE = re.compile(r"^```sql\n(.*?)^```", re.MULTILINE | re.DOTALL)
_LINK_RE = re.compile(r"\]\(([^)#:]*)(?:#([^)]*))?\)")
_HEADING_RE = re.compile(r"^#+ (.+)$", re.MULTILINE)
_ROOMS = (
    "benchmarks", "bi/superset", "dagster_project", "dbt", "deploy", "expectations", "jobmaal", "requirements",
    "scale_out", "seeds", "tests", "torture",
)  # fmt: skip
_PATH_RE = re.compile(rf"(?<![\w./<>-])(?:{'|'.join(_ROOMS)})/[\w./-]*[\w/]")
_MODULE_RE = re.compile(r"`(\w+\.py)`")
#: What a reader makes: an environment of its own, and the document of the walk-through.
_MADE = ("/.venv", "seeds/tillaegsaftale_2024")


_TRAP_RE = re.compile(r"^\*\*Trap: (.+?)\*\*(.*?)(?=^\*\*Trap: |^#{2,3} |\Z)", re.MULTILINE | re.DOTALL)
_LABEL_RE = re.compile(r"^-- (wrong|also wrong|right)\b", re.MULTILINE)

#: What has traps of its own: each fact, and where a unit's part is read.
_TRAPPED = [
    "fct_budget", "fct_courses", "fct_target_attainment", "fct_benchmark", "fct_benchmark_vintage",
    "fct_benchmark_rank", "bridge_initiative_unit", "rpt_jobcenter_year",
]  # fmt: skip


def traps() -> dict[str, dict[str, list[str]]]:
    """Return the traps of the contract's page: by title, the queries called wrong and those called right."""
    page = (PROJECT / "docs" / "warehouse.md").read_text(encoding="utf-8")
    found: dict[str, dict[str, list[str]]] = {}
    for title, body in _TRAP_RE.findall(page):
        labelled: dict[str, list[str]] = {"wrong": [], "right": []}
        for query in (part.strip() for block in _SQL_RE.findall(body) for part in block.split(";")):
            if label := _LABEL_RE.search(query):
                labelled[label[1].removeprefix("also ")].append(query)
        found[title] = labelled
    return found


def _page_id(page: Path) -> str:
    return str(page.relative_to(PROJECT))


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    headings = _HEADING_RE.findall(page.read_text(encoding="utf-8"))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def queries(page: Path) -> list[str]:
    """Return the queries of a page."""
    return _SQL_RE.findall(page.read_text(encoding="utf-8"))


@pytest.mark.parametrize("page", [page for page in _PAGES if queries(page)], ids=_page_id)
def test_every_query_of_a_page_runs_on_the_release(page: Path, published: Published) -> None:
    with duckdb.connect(str(published.layout.current / WAREHOUSE), read_only=True) as database:
        for query in queries(page):
            database.execute(query.replace("data/current", str(published.layout.current)))


@pytest.mark.parametrize("title", traps())
def test_a_trap_has_a_wrong_query_beside_a_right_one_with_another_answer(
    title: str, with_series: PublishedSeries
) -> None:
    labelled = traps()[title]
    assert labelled["wrong"]
    assert labelled["right"]
    with duckdb.connect(str(with_series.layout.current / WAREHOUSE), read_only=True) as database:
        answers = {label: [database.sql(q).fetchall() for q in found] for label, found in labelled.items()}
    assert all(rows and any(value is not None for row in rows for value in row) for rows in answers["right"])
    assert not any(wrong == right for wrong in answers["wrong"] for right in answers["right"])


def test_every_fact_and_every_part_of_a_unit_has_a_trap() -> None:
    wrong = "\n".join(query for labelled in traps().values() for query in labelled["wrong"])
    assert [table for table in _TRAPPED if not re.search(rf"\b(from|join) {table}\b", wrong)] == []


def test_there_are_queries_to_run() -> None:
    assert sum(len(queries(page)) for page in _PAGES) > 20


def test_the_first_answer_of_the_readme_is_the_one_that_a_reader_gets(published: Published) -> None:
    readme = (PROJECT / "README.md").read_text(encoding="utf-8")
    script, answer = re.findall(r"<<'PY'\n(.*?)^PY\n```\n\n```\n(.*?)^```", readme, re.MULTILINE | re.DOTALL)[0]
    script = script.replace("data/current", str(published.layout.current))
    printed = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert printed.split() == answer.split()


@pytest.mark.parametrize("page", _PAGES, ids=_page_id)
def test_every_link_within_the_project_and_every_path_that_a_page_names_leads_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for name, anchor in _LINK_RE.findall(text):
        target = page.parent / name if name else page
        assert target.exists(), name
        assert not anchor or anchor in anchors(target), f"{name}#{anchor}"
    paths = [path for path in _PATH_RE.findall(text) if not any(made in path for made in _MADE)]
    assert [path for path in paths if not (PROJECT / path).exists()] == []
    modules = {path.name for room in _ROOMS for path in (PROJECT / room).glob("*.py")}
    assert set(_MODULE_RE.findall(text)) <= modules


def test_the_walk_through_of_the_input_tables_is_what_happens(tmp_path: Path) -> None:
    page = (PROJECT / "docs" / "input-tables.md").read_text(encoding="utf-8")
    page_text = " ".join(page.split())
    layout = Layout(tmp_path / "seeds", tmp_path / "data")
    shutil.copytree(PROJECT / "seeds", layout.seeds)
    folder = layout.seeds / "tillaegsaftale_2024"
    folder.mkdir()
    found = re.search(r"\*\*2\. Add the rows\.\*\*.*?```\n(.*?)```", page, re.DOTALL)
    assert found is not None
    for part in found[1].strip().split("\n\n"):
        name, rows = part.split("\n", 1)
        with (layout.seeds / name if name.startswith("shared/") else folder / name).open("a", encoding="utf-8") as file:
            file.write(rows + "\n")

    def change(name: str, before: str, after: str) -> None:
        text = (folder / name).read_text(encoding="utf-8")
        assert text.count(before) == 1
        (folder / name).write_text(text.replace(before, after), encoding="utf-8")

    def check(code: int) -> None:
        done = jobmaal(layout, "check")
        assert done.returncode == code, done.stdout + done.stderr
        assert " ".join((done.stdout or done.stderr).split()) in page_text

    check(EXIT_FAULTY_INPUT)
    change("budget_lines.csv", "300.000 kr.,1.000 kr.", "300.000 kr.,kr.")
    check(EXIT_CHECK_FAILED)
    change("budget_totals.csv", "335.000 kr.", "385.000 kr.")
    check(0)
