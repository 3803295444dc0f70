"""Durable writing: what is flushed, and when, by every part that keeps something from one run to the next.

Belongs here: the order of flushes and names. Does not: what a power cut leaves (`test_powercut`).
"""

import os
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from dagster_project import dbt_graph, run
from jobmaal.core import files, work_folder
from jobmaal.core.layout import Layout
from jobmaal.jobindsats import delisted
from jobmaal.operations import locking, status
from jobmaal.releases import catalogue

BUILD = "20261122T091151559981Z-849fff0f"


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    """Return folders in which nothing has been published."""
    layout = Layout(tmp_path / "seeds", tmp_path / "data")
    layout.data.mkdir()
    return layout


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return a list of what is done from now on: `flush`, `replace`, `unlink` and `mkdir`, each with its path."""
    seen: list[str] = []
    fsync, replace, unlink, mkdir = os.fsync, Path.replace, Path.unlink, Path.mkdir

    def flushed(descriptor: int) -> None:
        seen.append(f"flush {Path(f'/proc/self/fd/{descriptor}').readlink()}")
        fsync(descriptor)

    def replaced(path: Path, target: Path) -> Path:
        seen.append(f"replace {target}")
        return replace(path, target)

    def unlinked(path: Path, missing_ok: bool = False) -> None:
        if path.exists():
            seen.append(f"unlink {path}")
        unlink(path, missing_ok)

    def made(path: Path, *args: int, **how: bool) -> None:
        seen.append(f"mkdir {path}")
        mkdir(path, *args, **how)

    monkeypatch.setattr(os, "fsync", flushed)
    monkeypatch.setattr(Path, "replace", replaced)
    monkeypatch.setattr(Path, "unlink", unlinked)
    monkeypatch.setattr(Path, "mkdir", made)
    return seen


# --- the functions --------------------------------------------------------------------------------------


def test_a_file_is_flushed_before_it_has_its_name_and_its_folder_afterwards(tmp_path: Path, seen: list[str]) -> None:
    path = tmp_path / "note.json"
    files.write(path, "å")
    assert seen == [f"flush {tmp_path / '.note.json.part'}", f"replace {path}", f"flush {tmp_path}"]
    assert path.read_bytes() == "å".encode()


def test_a_new_folder_is_flushed_into_the_one_above_it_before_anything_is_in_it(
    tmp_path: Path, seen: list[str]
) -> None:
    files.make_folder(tmp_path / "a" / "b")
    a, b = tmp_path / "a", tmp_path / "a" / "b"
    assert seen == [f"mkdir {a}", f"flush {tmp_path}", f"mkdir {b}", f"flush {a}"]
    files.make_folder(b)
    assert len(seen) == 4


def test_a_file_is_removed_for_good_and_one_that_is_not_there_costs_nothing(tmp_path: Path, seen: list[str]) -> None:
    files.remove(tmp_path / "note")
    assert seen == []
    (tmp_path / "note").touch()
    files.remove(tmp_path / "note")
    assert seen == [f"unlink {tmp_path / 'note'}", f"flush {tmp_path}"]


def test_a_failure_leaves_what_was_there_and_nothing_beside_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "note"
    files.write(path, "old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        files.write(path, "new")
    assert [p.name for p in tmp_path.iterdir()] == ["note"]
    assert path.read_text() == "old"


def test_what_a_killed_process_left_beside_a_file_that_nobody_may_write_stands_in_nobodys_way(tmp_path: Path) -> None:
    (tmp_path / ".note.part").write_text("half")
    (tmp_path / ".note.part").chmod(0o444)
    files.write(tmp_path / "note", b"whole", is_final=True)
    assert [p.name for p in tmp_path.iterdir()] == ["note"]
    assert (tmp_path / "note").stat().st_mode & 0o777 == 0o444


# --- what is kept between runs --------------------------------------------------------------------------


def note_delisted(layout: Layout) -> None:
    """Note that a table is no longer listed."""
    delisted.note(layout, ["y01"], [])


def note_failure(layout: Layout) -> None:
    """Note that a refresh failed."""
    status.failed(layout, status.REFRESH, "It broke.")


def take_lock(layout: Layout) -> None:
    """Hold the lock and let go of it."""
    with locking.refresh_lock(layout):
        pass


def compile_tests(layout: Layout) -> None:
    """Keep the queries of dbt's tests, as of a project that has none."""
    compiled = SimpleNamespace(success=True, result=SimpleNamespace(results=[]))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dbt_graph, "_invoke", lambda _: compiled)
        dbt_graph._compiled_tests(layout)


WRITERS: dict[str, Callable[[Layout], object]] = {
    "delisted.json": note_delisted,
    "standing.json": note_failure,
    "refresh.holder": take_lock,
    ".work.jobmaal": work_folder.make,
    "dagster/dagster.yaml": run.prepare_home,
    "dbt/tests.json": compile_tests,
}


@pytest.mark.parametrize("name", WRITERS)
def test_what_is_kept_from_one_run_to_the_next_is_on_the_disk_before_work_goes_on(
    layout: Layout, seen: list[str], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    # What `prepare_home` sets would be there for other tests.
    monkeypatch.setattr(os, "environ", dict(os.environ))
    WRITERS[name](layout)
    path = layout.data / name
    named = seen.index(f"replace {path}")
    assert seen[named - 1] == f"flush {path.with_name(f'.{path.name}.part')}"
    assert seen[named + 1] == f"flush {path.parent}"


def test_a_note_of_who_holds_a_lock_is_gone_for_good_when_the_lock_is_free(layout: Layout, seen: list[str]) -> None:
    take_lock(layout)
    assert seen[-2:] == [f"unlink {layout.data / 'refresh.holder'}", f"flush {layout.data}"]


def test_a_pin_is_gone_for_good_when_unpinning_has_ended(layout: Layout, seen: list[str]) -> None:
    layout.pin.write_text(BUILD)
    assert catalogue.unpin(layout) == BUILD
    assert seen == [f"unlink {layout.pin}", f"flush {layout.data}"]
