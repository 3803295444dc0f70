"""What the tests of the series share.

Belongs here: fixtures that several modules of this folder ask for. Does not: what tests of other folders need too
(`tests/helpers`), assertions.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from jobmaal.core import files
from jobmaal.core.layout import PROJECT, Layout
from jobmaal.demo import synthetic
from jobmaal.demo.synthetic import SyntheticTable
from jobmaal.inputs import tables
from jobmaal.inputs.tables import Input
from jobmaal.jobindsats.config import series_tables
from tests.helpers.fetching import configure
from tests.helpers.input import DOC, write_seeds
from tests.helpers.series import LandMadeUp, Series


@pytest.fixture(scope="session")
def found() -> Input:
    """Return the project's own input tables."""
    found, faults = tables.inspect(Layout(PROJECT / "seeds", PROJECT / "data"))
    assert faults == []
    return found


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    """Configure two tables, of which nothing has landed."""
    made = write_seeds(tmp_path, {DOC: {}})
    configure(made, "y01", "y02")
    return made


@pytest.fixture(scope="module")
def without_waiting_for_the_disk() -> Iterator[None]:
    """Let nothing be flushed: nobody cuts the power in these tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(files, "flush", lambda _: None)
        yield


@pytest.fixture(scope="session")
def saved_responses() -> Path:
    """Return the folder of the publisher's own responses, by table; a test is skipped where there are none."""
    folder = Path(os.environ.get("JOBMAAL_SHARED") or PROJECT.parent / "shared") / "jobindsats" / "data"
    if not folder.is_dir():
        pytest.skip(f"there are no saved responses in {folder} (set JOBMAAL_SHARED)")
    return folder


@pytest.fixture
def series(tmp_path: Path) -> Series:
    """Return an empty landing."""
    return Series(tmp_path / "data")


@pytest.fixture(scope="session")
def land_made_up() -> LandMadeUp:
    """Return what lands two revisions of a configured table that is made up, with all municipalities."""

    def land(series: Series, found: Input, table_id: str) -> SyntheticTable:
        (table,) = synthetic.shipped_tables({table_id: series_tables(found)[table_id]}, "2026M10", 3)
        described = json.dumps(synthetic.metadata(table, "2026-09-10", "2026-10-10")).encode()
        for revision in range(2):
            series.land(revision, synthetic.response(table, revision), described, table=table_id)
        return table

    return land
