"""The folder in which a build is made: whose it is, whatever is in it, and that it goes whole.

Belongs here: the folder alone, and refreshes under which it is removed. Does not: what a build leaves in it
(`test_refresh`), kills at named places (`test_kills`).
"""

import shutil
import subprocess
import time
from pathlib import Path

import pytest

from jobmaal.core import work_folder
from jobmaal.core.errors import JobmaalError
from jobmaal.core.layout import Layout
from jobmaal.outputs.files import workbook
from tests.conftest import COMMAND, Published, copy_of, environment_of, jobmaal, python

_PATIENCE = 300


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    """Return an empty data folder."""
    return Layout(tmp_path / "seeds", tmp_path / "data")


def leave(layout: Layout, name: str) -> None:
    """Leave a file in the work folder, as a refresh does that goes on while the folder is being removed."""
    path = layout.work / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("left", encoding="utf-8")


@pytest.mark.parametrize(
    "name", ["build.json", "dbt.html", "checks/load.json", "work.duckdb", "work.duckdb.wal", "release/x.csv", "tmpx/y"]
)
def test_the_work_folder_is_emptied_whatever_a_removal_by_hand_left_of_it(layout: Layout, name: str) -> None:
    work_folder.make(layout)
    shutil.rmtree(layout.work)
    leave(layout, name)
    work_folder.clear(layout)
    assert list(layout.work.iterdir()) == []


@pytest.mark.parametrize("kind", ["file", "link"])
@pytest.mark.parametrize("name", ["work", ".work.leaving"])
def test_what_stands_in_the_place_of_the_work_folder_makes_way_for_it(layout: Layout, name: str, kind: str) -> None:
    work_folder.make(layout)
    place = layout.data / name
    shutil.rmtree(place, ignore_errors=True)
    if kind == "file":
        place.write_text("", encoding="utf-8")
    else:
        place.symlink_to("/not/there")
    for touch in (work_folder.make, work_folder.clear, work_folder.clear):
        touch(layout)
        assert (layout.work.is_dir(), layout.work.is_symlink()) == (True, False)


@pytest.mark.parametrize("name", ["", "my work.odt"], ids=["a file", "a folder"])
def test_what_jobmaal_did_not_make_is_left_alone_and_named(layout: Layout, name: str) -> None:
    mine = layout.work / name
    mine.parent.mkdir(parents=True)
    mine.write_text("mine", encoding="utf-8")
    for touch in (work_folder.make, work_folder.clear):
        with pytest.raises(JobmaalError, match="that jobmaal did not make") as error:
            touch(layout)
        assert str(layout.work) in str(error.value)
    assert mine.read_text(encoding="utf-8") == "mine"


def test_a_folder_that_an_earlier_version_left_beside_releases_is_recognised(layout: Layout) -> None:
    leave(layout, "dbt.html")
    (layout.releases / "20260101T000000000000Z-00000000").mkdir(parents=True)
    work_folder.clear(layout)
    assert list(layout.work.iterdir()) == []


def test_a_removal_that_was_cut_off_is_finished_by_the_next(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    work_folder.make(layout)
    leave(layout, "checks/load.json")

    def cut_off(*_: object, **__: object) -> None:
        assert not layout.work.exists()
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(shutil, "rmtree", cut_off)
        with pytest.raises(KeyboardInterrupt):
            work_folder.clear(layout)
    work_folder.clear(layout)
    assert sorted(path.name for path in layout.data.iterdir()) == [".work.jobmaal", "work"]
    assert list(layout.work.iterdir()) == []


def test_what_cannot_be_removed_stands_in_nobodys_way(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "rmtree", lambda *_, **__: None)
    for _ in range(3):
        work_folder.make(layout)
        leave(layout, "checks/load.json")
        work_folder.clear(layout)
        assert list(layout.work.iterdir()) == []


def test_the_sheets_of_the_workbook_are_never_written_outside_the_builds_folder(
    published: Published, tmp_path: Path
) -> None:
    # Where the system's temporary folder is missing, writing there fails.
    code = (
        "import tempfile; tempfile.tempdir = '/nowhere'\n"
        "import datetime as dt\n"
        "from pathlib import Path\n"
        "import duckdb\n"
        "from jobmaal.core.build import Build\n"
        "from jobmaal.outputs.suppression.tables import show\n"
        "from jobmaal.outputs.files import workbook\n"
        f"database = duckdb.connect({str(published.folder / 'warehouse.duckdb')!r}, read_only=True)\n"
        "build = Build('x', dt.datetime.now(dt.UTC), '', '', {})\n"
        f"workbook.write(Path({str(tmp_path)!r}) / workbook.FILE, build, database, show(database))\n"
    )
    done = python(published.layout, code)
    assert done.returncode == 0, done.stderr
    assert [path.name for path in tmp_path.iterdir()] == [workbook.FILE]


@pytest.mark.slow
def test_a_work_folder_that_is_removed_during_a_refresh_stops_no_later_one(
    published: Published, tmp_path: Path
) -> None:
    layout = copy_of(published.layout, tmp_path)
    for seconds in (0.3, 1.5, 3.0, 5.0):
        process = subprocess.Popen(
            [str(COMMAND), "refresh", "--force"], env=environment_of(layout), cwd=tmp_path, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert process.stderr is not None
        while not process.stderr.readline().startswith("  load"):
            assert process.poll() is None
        time.sleep(seconds)
        # What `rm -rf` does: files first, and the folder only if nothing was written meanwhile.
        subprocess.run(["rm", "-rf", str(layout.work)], check=False, capture_output=True)
        process.communicate(timeout=_PATIENCE)
    done = jobmaal(layout, "refresh", "--force")
    assert done.returncode == 0, done.stderr
