"""What the machine does to a warehouse: full disks, folders that may not be written, links and files that are spoilt.

Belongs here: the messages, what readers still have, and that the next refresh succeeds without anybody's help.
Does not: kills (`test_kills`), clocks (`test_clock`), faulty input (`test_bad_input`).
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

import jobmaal as warehouse
from jobmaal.core.errors import EXIT_BROKE_DOWN, EXIT_NO_RELEASE, CheckFailedError, JobmaalError
from jobmaal.core.layout import Layout
from jobmaal.operations import disk_errors
from jobmaal.releases import catalogue
from tests.conftest import (
    COMMAND,
    Published,
    at_place,
    copy_of,
    environment,
    jobmaal,
    release_folder,
    without_privileges,
)
from tests.helpers.input import edit, run
from torture import places

#: Room for a copy of the session's release and for one build; what is more is filled.
DISK = "96m"
FIGURE = "plads_til_alle_2007:b.jobpatruljer.adm"


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return a small disk."""
    folder = tmp_path_factory.mktemp("disk")
    if subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", folder], check=False).returncode != 0:
        pytest.skip("no file system can be mounted here, so no disk can be filled")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


@pytest.fixture(scope="module")
def on_disk(published: Published, disk: Path) -> Layout:
    """Copy the release there, with input that has changed since."""
    layout = copy_of(published.layout, disk)
    edit(layout.seeds / "shared" / "units.csv", ("unit_id", "jks"), "note", "changed")
    return layout


def assert_one_message(output: str, *words: str) -> None:
    """Check that the output has one line besides progress, with these words in it."""
    lines = [line for line in output.splitlines() if not line.startswith(("  ", "Refreshing"))]
    assert len(lines) == 1, output
    for word in words:
        assert word in lines[0]


# --- a full disk ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Night:
    """A refresh on a disk that was full or became so, and the state of the warehouse after it."""

    done: subprocess.CompletedProcess[str]
    was: str | None
    current: str | None
    damages: Sequence[str]
    is_work_there: bool


#: When the disk is full: before anything begins, or from a place on.
FULL = {"before it starts": "", "while dbt builds": "in the middle of dbt's build", "while the release is written":
        "in the middle of Parquet"}  # fmt: skip


@pytest.fixture(scope="module")
def nights(on_disk: Layout, disk: Path) -> dict[str, Night]:
    """Refresh while the disk fills, at one moment after the other; the ballast alone is taken away in between."""
    found, ballast = {}, disk / "ballast"
    for when, place in FULL.items():
        was = catalogue.current_id(on_disk)
        if place:
            done = at_place(on_disk, "--fill", str(ballast), place, *places.REFRESH)
        else:
            places.fill(ballast)
            done = jobmaal(on_disk, *places.REFRESH)
        current = catalogue.current_id(on_disk)
        assert current is not None
        is_work_there = on_disk.work.exists()
        found[when] = Night(done, was, current, catalogue.damages(on_disk, current), is_work_there)
        ballast.unlink()
    return found


@pytest.mark.slow
@pytest.mark.parametrize("when", FULL)
def test_a_refresh_on_a_full_disk_ends_with_one_message_and_leaves_the_release_as_it_was_and_no_build(
    nights: dict[str, Night], on_disk: Layout, when: str
) -> None:
    night = nights[when]
    assert night.done.returncode == EXIT_BROKE_DOWN, night.done.stderr
    assert "Traceback" not in night.done.stdout + night.done.stderr
    assert_one_message(night.done.stderr, "disk is full", str(on_disk.data), "Make room", str(night.was))
    assert (night.current, night.damages) == (night.was, [])
    # A build that found no room does not keep the disk full.
    assert not night.is_work_there


@pytest.mark.slow
def test_once_there_is_room_the_next_refresh_publishes_by_itself(nights: dict[str, Night], on_disk: Layout) -> None:
    done = jobmaal(on_disk, "refresh")
    assert done.returncode == 0, done.stderr
    current = catalogue.current_id(on_disk)
    assert current not in (None, nights["before it starts"].was)
    assert catalogue.damages(on_disk, str(current)) == []


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("dbt could not build:\n  dim_year: IO Error: Could not write: No space left on device"),
        CheckFailedError(["dim_year: not_null: IO Error: No space left on device"]),
        JobmaalError("The step 'release' broke down: (sqlite3.OperationalError) database or disk is full"),
        OSError(122, "Disk quota exceeded"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_full_disk_is_recognised_in_the_words_of_each_tool(error: Exception, tmp_path: Path) -> None:
    assert "disk is full" in disk_errors.refusal(error, Layout(tmp_path, tmp_path))


def test_what_breaks_down_for_another_reason_is_not_taken_for_a_full_disk(tmp_path: Path) -> None:
    assert disk_errors.refusal(RuntimeError("Binder Error: no such column"), Layout(tmp_path, tmp_path)) == ""


# --- a folder that may not be written -------------------------------------------------------------------

_OPEN = "import jobmaal; print(jobmaal.open().execute('select count(*) from dim_year').fetchall()[0][0] > 0)"
READING = {
    "status": ("status",), "verify": ("status", "--verify"), "trace": ("trace", FIGURE), "releases": ("releases",)
}  # fmt: skip


@pytest.fixture
def read_only(on_disk: Layout, disk: Path) -> Iterator[Layout]:
    """Return the folders on a disk that may only be read."""
    subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
    yield on_disk
    subprocess.run(["mount", "-o", "remount,rw", disk], check=True)


def test_on_a_read_only_disk_a_refresh_says_so_and_what_to_do(read_only: Layout) -> None:
    done = jobmaal(read_only, "refresh", "--force")
    assert done.returncode == EXIT_BROKE_DOWN
    assert_one_message(done.stderr, "may not be written", str(read_only.data), "Read-only", "--data")


def test_on_a_read_only_disk_everything_that_reads_works(read_only: Layout) -> None:
    for command in READING.values():
        result = run(read_only, *command)
        assert result.exit_code == 0, result.output
    with environment(read_only), warehouse.open() as database:
        assert database.execute("select count(*) > 0 from dim_year").fetchall() == [(True,)]


@pytest.fixture
def forbidden(published: Published, tmp_path: Path) -> Iterator[Layout]:
    """Forbid writing in every folder of the data."""
    layout = copy_of(published.layout, tmp_path)
    folders = [layout.data, *(path for path in layout.data.rglob("*") if path.is_dir() and not path.is_symlink())]
    for path in (*folders, layout.lock):
        path.chmod(path.stat().st_mode & ~0o222)
    yield layout
    for path in (*folders, layout.lock):
        path.chmod(path.stat().st_mode | 0o200)


def test_a_user_who_may_not_write_the_data_folder_gets_a_message_and_may_read(forbidden: Layout) -> None:
    done = without_privileges(str(COMMAND), "refresh", "--force", layout=forbidden)
    assert done.returncode == EXIT_BROKE_DOWN, done.stderr
    assert_one_message(done.stderr, "may not be written", str(forbidden.data), "Permission denied")
    for command in ([str(COMMAND), *READING["verify"]], [sys.executable, "-c", _OPEN]):
        done = without_privileges(*command, layout=forbidden)
        assert done.returncode == 0, done.stderr


# --- the link -------------------------------------------------------------------------------------------


@pytest.fixture
def copied(published: Published, tmp_path: Path) -> Layout:
    return copy_of(published.layout, tmp_path)


def _lead_elsewhere(link: Path) -> None:
    """Lead to a folder with the name of the release, outside of the releases."""
    other = link.parent.with_name("elsewhere") / catalogue.build_ids(Layout(link.parent, link.parent))[-1]
    other.mkdir(parents=True)
    link.symlink_to(other)


def _make_a_folder(link: Path) -> None:
    link.mkdir()
    (link / "notes.txt").write_text(NOTES, encoding="utf-8")


NOTES = "somebody's notes"
#: What may be in the place of the link, how it gets there once the link is gone, and how it is reported.
SPOILT: dict[str, tuple[Callable[[Path], object], str]] = {
    "nothing": (lambda _: None, "is gone"),
    "a link that leads nowhere": (
        lambda link: link.symlink_to("releases/20200101T000000Z-00000000"), "where no release is"
    ),
    "a link that leads elsewhere": (_lead_elsewhere, "where no release is"),
    "a link to itself": (lambda link: link.symlink_to(link.name), "where no release is"),
    "a file": (lambda link: link.write_text(NOTES, encoding="utf-8"), "is a file"),
    "a folder": (_make_a_folder, "is a folder"),
    "an empty folder": (Path.mkdir, "is a folder"),
}  # fmt: skip


def spoil(layout: Layout, what: str) -> None:
    """Put something in the place of the link."""
    if layout.current.is_symlink():
        layout.current.unlink()
    SPOILT[what][0](layout.current)


@pytest.mark.parametrize("what", SPOILT)
def test_a_link_that_leads_to_no_release_is_reported_and_the_next_refresh_restores_it_without_building(
    copied: Layout, what: str
) -> None:
    was = catalogue.current_id(copied)
    spoil(copied, what)
    for command in (["status"], ["trace", FIGURE], ["rollback"]):
        result = run(copied, *command)
        assert result.exit_code == EXIT_NO_RELEASE
        assert SPOILT[what][1] in result.output
        assert "`jobmaal refresh`" in result.output
    result = run(copied, "refresh")
    assert result.exit_code == 0, result.output
    assert "Nothing has changed" in result.output
    assert catalogue.current_id(copied) == was
    assert run(copied, "status", "--verify").exit_code == 0


@pytest.mark.parametrize("what", ["a file", "a folder", "an empty folder"])
def test_what_a_person_put_in_the_place_of_the_link_is_moved_aside_and_reported(copied: Layout, what: str) -> None:
    has_notes = what != "an empty folder"
    for number in (1, 2):
        spoil(copied, what)
        result = run(copied, "refresh")
        aside = copied.data / f"current.aside-{number}"
        assert aside.exists() == (str(aside) in result.output) == has_notes
    kept = [path for path in copied.data.rglob("*") if "current.aside-" in str(path) and path.is_file()]
    assert [path.read_text(encoding="utf-8") for path in kept] == [NOTES] * 2 * has_notes


def test_a_link_that_is_gone_comes_back_to_the_release_that_is_pinned(copied: Layout) -> None:
    was = str(catalogue.current_id(copied))
    newer = copied.releases / f"29990101T000000000000Z-{was[-8:]}"
    shutil.copytree(copied.releases / was, newer)
    catalogue.roll_back(copied, was)
    copied.current.unlink()
    catalogue.restore_link(copied)
    assert catalogue.current_id(copied) == was
    catalogue.unpin(copied)
    copied.current.unlink()
    catalogue.restore_link(copied)
    assert catalogue.current_id(copied) == newer.name
    (newer / "checks.html").unlink()
    copied.current.unlink()
    catalogue.restore_link(copied)
    assert catalogue.current_id(copied) == was


def test_the_link_is_put_in_the_place_of_a_folder_by_a_rollback_too(copied: Layout) -> None:
    was = str(catalogue.current_id(copied))
    spoil(copied, "a folder")
    result = run(copied, "rollback", was)
    assert result.exit_code == 0, result.output
    assert catalogue.current_id(copied) == was
    assert (copied.data / "current.aside-1" / "notes.txt").is_file()


# --- a damaged release ----------------------------------------------------------------------------------


def _flip_each(folder: Path) -> list[str]:
    files = [path for path in folder.rglob("*") if path.is_file() and path.name != catalogue.MANIFEST]
    for path in files:
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.chmod(0o644)
        path.write_bytes(content)
    return [str(path.relative_to(folder)) for path in files]


def _drop(folder: Path) -> list[str]:
    for name in ("checks.html", catalogue.MANIFEST):
        (folder / name).unlink()
    return [f"{catalogue.MANIFEST}: missing"]


def _add(folder: Path) -> list[str]:
    (folder / "parquet" / "notes.txt").write_text("somebody's", encoding="utf-8")
    (folder / "loose").symlink_to("nowhere")
    (folder / "checks.html").unlink()
    return ["parquet/notes.txt: not in the manifest", "loose: not in the manifest", "checks.html: missing"]


@pytest.mark.parametrize("damage", [_flip_each, _drop, _add])
def test_verifying_names_whatever_is_damaged_and_what_to_do(
    copied: Layout, damage: Callable[[Path], list[str]]
) -> None:
    named = damage(release_folder(copied))
    result = run(copied, "status", "--verify")
    assert result.exit_code == EXIT_BROKE_DOWN, result.output
    for name in (*named, "`jobmaal refresh --force`", "`jobmaal rollback`"):
        assert name in result.output
    result = run(copied, "status", "--verify", "--json")
    assert result.exit_code == EXIT_BROKE_DOWN, result.output
    damages = json.loads(result.output)["damages"]
    assert len(damages) == len(named)
    assert all(any(name in damage for damage in damages) for name in named)


def test_a_file_that_may_not_be_read_is_named_too(copied: Layout) -> None:
    (release_folder(copied) / "checks.html").chmod(0)
    done = without_privileges(str(COMMAND), "status", "--verify", layout=copied)
    assert done.returncode == EXIT_BROKE_DOWN, done.stdout + done.stderr
    assert "checks.html: cannot be read" in done.stdout
    assert "Traceback" not in done.stderr


def test_any_flipped_byte_of_the_manifest_is_found(copied: Layout) -> None:
    path = release_folder(copied) / catalogue.MANIFEST
    content, build_id = path.read_bytes(), str(catalogue.current_id(copied))
    path.chmod(0o644)
    for at in range(0, len(content), 997):
        path.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
        assert catalogue.damages(copied, build_id) == [f"{catalogue.MANIFEST}: damaged"], at
    path.write_bytes(content)
    assert catalogue.damages(copied, build_id) == []


def test_a_manifest_made_before_it_held_its_own_fingerprint_is_still_read(copied: Layout) -> None:
    path, build_id = release_folder(copied) / catalogue.MANIFEST, str(catalogue.current_id(copied))
    content = json.loads(path.read_text(encoding="utf-8"))
    del content["manifest_sha256"]
    path.chmod(0o644)
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")
    assert catalogue.damages(copied, build_id) == []
