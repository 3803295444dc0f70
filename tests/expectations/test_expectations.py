"""Every expectation can fail: each is shown a release that is spoilt in the way that it is there to find.

Belongs here: one small corruption of the built tables for each check. Does not: dbt's tests (`test_dbt`),
nor how the input is judged before anything is built (`test_reconcile`).
"""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest
import yaml

from expectations import runner, suites
from jobmaal.core.layout import Layout

CHECKS = {check.name: check for check in suites.CHECKS}


@dataclass(frozen=True)
class Corruption:
    """A change to the built tables, in words and in SQL, and what a failing row has to name."""

    what: str
    sql: str
    named: str = ""
    leaves_rows: bool = True


def _corruptions() -> Iterator[tuple[str, str, Corruption]]:
    """Read the corruptions: on which release, of which check, and what is spoilt."""
    read = yaml.safe_load(Path(__file__).with_name("corruptions.yml").read_text(encoding="utf-8"))
    where = read.pop("where")
    for release, checks in read.items():
        for name, corruptions in checks.items():
            for what, corruption in corruptions.items():
                sql = corruption.pop("sql").format(**where)
                yield release, name, Corruption(what, sql, **corruption)


CORRUPTIONS = list(_corruptions())


def copy_built(layout: Layout, root: Path) -> Layout:
    """Copy the two databases of the last build, and nothing else; what was published left the work folder."""
    copied = Layout(layout.seeds, root / "data")
    copied.work.mkdir(parents=True)
    for database in (layout.work_database, layout.current / "warehouse.duckdb"):
        shutil.copyfile(database, copied.work / database.name)
    return copied


def corrupt(layout: Layout, sql: str) -> None:
    """Change the built tables, as no step of the build would; columns may be emptied too."""
    with duckdb.connect(str(layout.warehouse)) as database:
        if " = null" in sql:
            table, column = sql.split()[1], sql.split()[3]
            database.execute(f"alter table {table} alter column {column} drop not null")
        changed = database.execute(sql).fetchall()[0][0]
        assert changed > 0, f"nothing was corrupted by: {sql}"


@pytest.mark.parametrize("release", ["published", "with_series", "both"])
def test_every_check_holds_on_what_was_built(request: pytest.FixtureRequest, tmp_path: Path, release: str) -> None:
    outcomes = runner.run(suites.CHECKS, copy_built(request.getfixturevalue(release).layout, tmp_path))
    assert [outcome.name for outcome in outcomes] == list(CHECKS)
    assert [str(outcome) for outcome in outcomes if not outcome.holds] == []
    assert [outcome for outcome in outcomes if outcome.failing_rows] == []


def test_no_two_checks_have_the_same_name_and_each_is_shown_failing() -> None:
    assert len(CHECKS) == len(suites.CHECKS)
    assert {name for _, name, _ in CORRUPTIONS} == CHECKS.keys()


@pytest.mark.parametrize(
    ("release", "name", "corruption"),
    [pytest.param(*found, id=f"{found[1]}-{found[2].what.replace(' ', '_')}") for found in CORRUPTIONS],
)
def test_a_check_fails_where_what_it_is_there_to_find_is_there(
    request: pytest.FixtureRequest, tmp_path: Path, release: str, name: str, corruption: Corruption
) -> None:
    layout = copy_built(request.getfixturevalue(release).layout, tmp_path)
    corrupt(layout, corruption.sql)
    [outcome] = runner.run([CHECKS[name]], layout)
    assert not outcome.holds
    # Where nothing is left to judge there is nothing to show.
    assert bool(outcome.failing_rows) == corruption.leaves_rows
    assert corruption.named in str(outcome)
    assert outcome.asset == CHECKS[name].asset
