"""The questions of docs/questions.md: the queries, the answers on the page, and the answers of a release.

Belongs here: the one reader of that page, and rewriting its answers: `python -m tests.helpers.questions` reads them of
the current release, after the queries or the answers have changed on purpose. Does not: the comparison
(`test_questions`).
"""

import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from jobmaal.core.layout import PROJECT, Layout
from jobmaal.releases.catalogue import WAREHOUSE

PAGE = PROJECT / "docs" / "questions.md"
#: DuckDB's own shell as docs/warehouse.md starts it: the release alone, read-only; its answer is a table in Markdown.
SHELL = [
    str(Path(sys.executable).with_name("duckdb")), "-readonly", "-cmd", "set enable_external_access = false",
    "-cmd", "set lock_configuration = true", "-markdown", "-nullvalue", "NULL",
]  # fmt: skip
#: A heading, the text below it, the query, and the answer if there is one.
_SECTION_RE = re.compile(r"^## (\d+)\. (.+?)\n(.*?)```sql\n(.*?)```\n(?:\n(\|.*?\|)\n)?(?=\n##|\Z)", re.M | re.S)
_COLUMNS_RE = re.compile(r"Needs series:.*?Columns: (.*?)\.\n", re.S)


@dataclass(frozen=True)
class Question:
    """A question of the page. `columns` replace the answer where only a release with series has one."""

    number: int
    title: str
    query: str
    answer: str
    columns: tuple[str, ...]


def questions(page: str) -> list[Question]:
    """Read the questions of the page, in its order."""
    found = []
    for number, title, text, query, answer in _SECTION_RE.findall(page):
        named = _COLUMNS_RE.search(text)
        columns = tuple(re.findall(r"`(\w+)`", named[1])) if named else ()
        found.append(Question(int(number), title, query, answer, columns))
    return found


def ask(release: Path, query: str) -> str:
    """Return the answer of a release as the page has it: without padding, so that one new number changes one line.

    It is empty where there is no row.
    """
    done = subprocess.run(
        [*SHELL, str(release / WAREHOUSE), "-c", query], stdout=subprocess.PIPE, text=True, check=True, timeout=60
    )
    return re.sub(" *[|] *", "|", done.stdout.strip())


def answered(page: str, answer: Callable[[Question], str]) -> str:
    """Return the page with new answers; questions on series have none."""

    def renewed(section: re.Match[str]) -> str:
        (question,) = questions(section[0])
        head = section[0][: section[0].index("```sql")]
        body = f"{head}```sql\n{question.query}```\n"
        return body if question.columns else f"{body}\n{answer(question)}\n"

    return _SECTION_RE.sub(renewed, page)


def main() -> None:
    """Write the answers of the current release into the page."""
    release = Layout.from_environment().current
    page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(answered(page, lambda question: ask(release, question.query)), encoding="utf-8")


if __name__ == "__main__":
    main()
