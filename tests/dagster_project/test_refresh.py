"""A refresh as a whole, as a process of its own: what it tells, when it publishes, that it repeats itself.

Belongs here: whole refreshes. They take twenty seconds each, so they form one story on one copy of the
session's release, and each test looks at one chapter. Does not: single steps (`test_releases`,
`test_dagster`), nor the tables' content (`test_warehouse`).
"""

import json
import os
import random
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from jobmaal.core.errors import EXIT_BUSY, EXIT_CHECK_FAILED
from jobmaal.core.layout import Layout
from jobmaal.operations.locking import refresh_lock
from jobmaal.releases.catalogue import build_ids, damages, pinned_id
from tests.conftest import Published, copy_of, jobmaal, python, release_folder
from tests.helpers.input import copy_project_seeds, edit, rewrite
from tests.helpers.input import published as everything_published
from tests.helpers.warehouse import AMBIGUOUS, FAULTS, parquet_of

WITH_LINE_NUMBERS = "audit_lineage.parquet"
#: A unit that gets another name, the tables that show it, and an amount that is spoilt.
UNIT = ("shared/units.csv", "raadgivning_udvikling")
NEW_NAME = "A name that nobody had before"
TABLES_WITH_UNITS = {"dim_jobcenter", "rpt_initiative", "rpt_jobcenter_year"}
AMOUNT = ("plads_til_alle_2007/budget_lines.csv", "b.jobpatruljer.adm")

#: The job itself, without the command that judges the input tables before it starts.
_JOB_ALONE = """
import sys
from dagster_project import run
from jobmaal.core.errors import JobmaalError
from jobmaal.core.layout import Layout
try:
    run.refresh(Layout.from_environment())
except JobmaalError as error:
    print("\\n".join(getattr(error, "failures", [str(error)])))
    sys.exit(error.exit_code)
"""


@dataclass(frozen=True)
class Chapter:
    """One refresh of the story: what it told, and what was published after it."""

    layout: Layout
    done: subprocess.CompletedProcess[str]
    folder: Path
    ids: list[str]
    is_pinned: bool

    @property
    def manifest(self) -> dict[str, Any]:
        """The manifest of the release that is current at the end of the chapter."""
        found: dict[str, Any] = json.loads((self.folder / "manifest.json").read_text(encoding="utf-8"))
        return found


def chapter(layout: Layout, done: subprocess.CompletedProcess[str]) -> Chapter:
    """Note how things stand after a refresh."""
    return Chapter(layout, done, release_folder(layout), build_ids(layout), pinned_id(layout) is not None)


# --- the story ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def workbench(published: Published, tmp_path_factory: pytest.TempPathFactory) -> Layout:
    """Copy the session's release, to go on from there."""
    return copy_of(published.layout, tmp_path_factory.mktemp("refresh"))


@pytest.fixture(scope="module")
def shuffled(workbench: Layout) -> Chapter:
    """Put the rows of every input table into another order, and refresh."""
    order = random.Random(2007)
    for path in sorted(workbench.seeds.rglob("*.csv")):
        rewrite(path, lambda _, rows: order.shuffle(rows))
    return chapter(workbench, jobmaal(workbench, "refresh"))


@pytest.fixture(scope="module")
def held_back(published: Published, shuffled: Chapter) -> Chapter:
    """Go back to the release before, and build its input once more."""
    layout = Layout(published.layout.seeds, shuffled.layout.data)
    assert jobmaal(layout, "rollback").returncode == 0
    assert jobmaal(layout, "refresh").stdout.startswith("Nothing has changed")
    done = jobmaal(layout, "refresh", "--force")
    # The next chapter builds in the same place.
    shutil.copyfile(layout.warehouse, _built_while_pinned(layout))
    return chapter(layout, done)


def _built_while_pinned(layout: Layout) -> Path:
    return layout.data.with_name("built_while_pinned.duckdb")


@pytest.fixture(scope="module")
def renamed(shuffled: Chapter, held_back: Chapter) -> Chapter:
    """Let publishing go on, give a unit another name in the shuffled tables, and refresh."""
    layout = Layout(shuffled.layout.seeds, held_back.layout.data)
    assert jobmaal(layout, "unpin").returncode == 0
    edit(layout.seeds / UNIT[0], ("unit_id", UNIT[1]), "unit_name", NEW_NAME)
    return chapter(layout, jobmaal(layout, "refresh"))


@pytest.fixture(scope="module")
def spoilt(renamed: Chapter, tmp_path_factory: pytest.TempPathFactory) -> tuple[Chapter, dict[str, bytes]]:
    """Spoil an amount and run the job past the command's early stop. Gives what was published before it, too."""
    seeds = copy_project_seeds(tmp_path_factory.mktemp("spoilt")).seeds
    edit(seeds / AMOUNT[0], ("figure_id", AMOUNT[1]), "printed", "3,6")
    layout = Layout(seeds, renamed.layout.data)
    before = everything_published(layout)
    return chapter(layout, python(layout, _JOB_ALONE)), before


# --- what it tells --------------------------------------------------------------------------------------


def test_the_account_counts_what_was_loaded(published: Published) -> None:
    account = published.done.stdout
    with duckdb.connect(str(published.folder / "warehouse.duckdb"), read_only=True) as database:

        def count(table: str) -> int:
            return int(database.execute(f"select count(*) from {table}").fetchall()[0][0])

        assert f"5 documents, {count('dim_initiative') - 1} initiatives, {count('audit_lineage')} figures" in account
        facts = {"courses": "fct_courses", "budget": "fct_budget", "targets": "fct_target_attainment"}
        for what, table in facts.items():
            assert f"{what}: {count(table)}" in account
        claims = count("audit_reconciliation")
        assert f"{claims - len(FAULTS) - len(AMBIGUOUS)} of the documents' {claims} own claims" in account


@pytest.mark.parametrize(
    ("section", "text"),
    [
        # Each agreement's budget in Danish notation.
        (0, "42,5 mio. kr.  Plads til alle på arbejdsmarkedet (42,5 itemised), 2007"),
        (0, "107,59 mio. kr.  Redegørelse for anvendelse af den statslige pulje"),
        (0, "91 mio. kr.  Beskæftigelses- og Integrationsaftalen 2009 (nothing itemised)"),
        (0, "66,4 mio. kr.  Udmøntningsplan for 2010 (50,4 itemised)"),
        (0, "no total stated  Københavns beskæftigelsesplan for 2016-2020 (levels that replace each other), 2017-2020"),
        # The documents' faults with their exact residuals.
        (1, f" ({len(FAULTS)};"),
        (1, "2.000.000 - 1.500.000 = 500.000 kr."),
        (1, "1.000.000 - 1.500.000 = -500.000 kr."),
        (1, "66.400.000 - 50.400.000 = 16.000.000 kr."),
        (1, "5.500.000 - 5.250.000 = 250.000 kr."),
        (1, "252 - 247 = 5 personer"),
        (1, "5. september 2006 - 31. august 2006 = 5 dage"),
        # What can be read in two ways, apart from them.
        (2, f": these hold in one of two readings ({len(AMBIGUOUS)};"),
        (2, "100 - 80 = 20 forløb"),
        (2, "6 - 5 = 1 boligområder"),
        (2, "90.000.000 - 180.000.000 = -90.000.000 kr."),
    ],
)
def test_the_account_has_each_number_in_its_section_alone(published: Published, section: int, text: str) -> None:
    sections = re.split("Faults in the documents themselves|Ambiguous in the documents", published.done.stdout)
    assert [text in part for part in sections] == [at == section for at in range(3)]


def test_progress_goes_to_standard_error_a_line_a_step(published: Published) -> None:
    assert published.done.returncode == 0
    steps = re.findall(r"^  (\w+) .+ \d+\.\d s$", published.done.stderr, re.MULTILINE)
    assert steps == ["load", "series", "build", "check", "check", "publish"]
    assert not re.search(r"^  (load|build|publish) ", published.done.stdout, re.MULTILINE)


def test_a_refresh_says_where_its_release_is_and_nothing_but_account_and_progress(published: Published) -> None:
    assert f"It lies in {published.layout.current}" in published.done.stdout
    assert published.folder.name in published.done.stdout
    for noise in ("Warning", "DEBUG", "INFO", "Traceback", "dagster", "great_expectations"):
        assert noise not in published.done.stderr + published.done.stdout


# --- once more ------------------------------------------------------------------------------------------


def test_a_second_refresh_says_that_nothing_has_changed_and_touches_nothing(published: Published) -> None:
    def seen() -> dict[str, tuple[int, int]]:
        # When it was last found in order is noted all the same.
        there = set(published.layout.data.rglob("*")) - {published.layout.standing}
        return {str(p): (p.lstat().st_mtime_ns, p.lstat().st_ino) for p in there}

    before = seen()
    done = jobmaal(published.layout, "refresh")
    assert done.returncode == 0
    assert done.stdout.startswith("Nothing has changed")
    assert published.folder.name in done.stdout
    assert seen() == before


def test_the_order_of_the_rows_of_the_input_changes_no_byte_but_the_line_numbers(
    published: Published, shuffled: Chapter
) -> None:
    assert shuffled.done.returncode == 0, shuffled.done.stderr
    assert shuffled.ids == [published.folder.name, shuffled.folder.name]
    first, second = parquet_of(published.folder), parquet_of(shuffled.folder)
    assert first.keys() == second.keys()
    assert [name for name in first if first[name] != second[name]] == [WITH_LINE_NUMBERS]
    query = "select * exclude (input_line) from '{}/parquet/audit_lineage.parquet'"
    with duckdb.connect() as database:
        old, new = (database.execute(query.format(c.folder)).fetchall() for c in (published, shuffled))
    assert old == new


def test_the_same_rows_give_the_same_bytes(shuffled: Chapter, renamed: Chapter) -> None:
    # Line numbers too; the tables that show the changed unit have been compared between the first two releases.
    first, second = parquet_of(shuffled.folder), parquet_of(renamed.folder)
    assert {name for name in first if first[name] != second[name]} == {f"{name}.parquet" for name in TABLES_WITH_UNITS}


# --- what changed, and who sees it ----------------------------------------------------------------------


def test_while_pinned_a_refresh_builds_and_checks_but_publishes_nothing(
    published: Published, shuffled: Chapter, held_back: Chapter
) -> None:
    assert held_back.is_pinned
    assert held_back.done.returncode == 0, held_back.done.stderr
    assert "every check holds" in held_back.done.stdout
    assert f"Not published: pinned to {published.folder.name}" in held_back.done.stdout
    assert re.search(r"^  check .*expectations", held_back.done.stderr, re.MULTILINE)
    assert held_back.folder.name == published.folder.name
    assert held_back.ids == shuffled.ids
    # Neither the rollback nor the build that was held back touches a release.
    assert [damages(held_back.layout, build_id) for build_id in held_back.ids] == [[], []]


def test_what_was_built_anew_while_pinned_is_what_had_been_published(published: Published, held_back: Chapter) -> None:
    with duckdb.connect(str(_built_while_pinned(held_back.layout)), read_only=True) as database:
        database.execute(f"attach '{published.folder}/warehouse.duckdb' as published (read_only)")
        tables = [row[0] for row in database.execute("select table_name from duckdb_tables()").fetchall()]
        for table in set(tables) - {"audit_build"}:
            columns = f"from {table} except all select * from published.main.{table}"
            assert database.execute(f"select * {columns}").fetchall() == [], table


def test_once_let_go_a_refresh_publishes_again(held_back: Chapter, renamed: Chapter) -> None:
    assert renamed.done.returncode == 0, renamed.done.stderr
    assert not renamed.is_pinned
    assert renamed.ids == [*held_back.ids, renamed.folder.name]


def test_a_changed_input_table_gives_a_release_that_tells_the_changed_file_and_rows_of_each_table(
    published: Published, shuffled: Chapter, renamed: Chapter
) -> None:
    before = json.loads((shuffled.folder / "manifest.json").read_text(encoding="utf-8"))
    inputs = renamed.manifest["inputs"]
    assert {name for name in inputs if inputs[name] != before["inputs"][name]} == {f"seeds/{UNIT[0]}"}
    assert renamed.manifest["input_sha256"] != before["input_sha256"]
    assert renamed.manifest["previous_build_id"] == published.folder.name
    changes = renamed.manifest["changes"]
    figures = renamed.manifest["rows"]["audit_lineage"]
    # The rows moved to other lines of the input, which is all that changes in the lineage.
    assert 0 < changes.pop("audit_lineage")["changed"] <= figures
    assert changes.keys() == TABLES_WITH_UNITS
    # The unit is one of the six of one initiative, 2.3 of 2010, which has money and places of practice.
    assert changes["dim_jobcenter"] == changes["rpt_initiative"] == {"added": 0, "gone": 0, "changed": 1}
    assert changes["rpt_jobcenter_year"] == {"added": 0, "gone": 0, "changed": 1}
    with duckdb.connect(str(renamed.folder / "warehouse.duckdb"), read_only=True) as database:
        found = database.execute("select jobcenter_name from dim_jobcenter where jobcenter_id = ?", [UNIT[1]])
        assert found.fetchall() == [(NEW_NAME,)]


# --- what must not pass ---------------------------------------------------------------------------------


def test_a_sum_that_is_broken_publishes_nothing_and_says_which_check_failed_and_on_what(
    spoilt: tuple[Chapter, dict[str, bytes]],
) -> None:
    after, before = spoilt
    assert after.done.returncode == EXIT_CHECK_FAILED, after.done.stdout + after.done.stderr
    assert everything_published(after.layout) == before
    checks = ("no_claim_of_a_document_is_broken", "every_claim_holds_or_is_explained", "budget_lines_add_up_by_theme")
    for named in (*checks, "plads_til_alle_2007:t.ialt", "3600000"):
        assert named in after.done.stdout


# --- one at a time --------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", [["refresh"], ["refresh", "--force"], ["rollback"]])
def test_while_another_refresh_runs_a_second_one_names_its_process_and_its_start_and_does_nothing(
    tmp_path: Path, command: list[str]
) -> None:
    layout = copy_project_seeds(tmp_path)
    with refresh_lock(layout):
        before = {path.name for path in layout.data.iterdir()}
        done = jobmaal(layout, *command)
        assert done.returncode == EXIT_BUSY
        assert f"process {os.getpid()}, since " in done.stderr
        assert re.search(r"since \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", done.stderr)
        assert {path.name for path in layout.data.iterdir()} == before
        # Reading does not wait for the lock.
        assert jobmaal(layout, "check").returncode == 0
