"""Power cuts: the model of the disk loses what it may and nothing else, and what was reported outlasts each cut.

Belongs here: the model of `torture.disk`, what `torture.recording` understands, and each scene of `torture.powercut` in
few cuts. Does not: hundreds of cuts (`make torture`), nor the order of flushes in the code (`test_files`).
"""

import os
import random
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from jobmaal.core.layout import PROJECT
from tests.conftest import Published, environment
from torture import ground, powercut, recording
from torture.disk import SECTORS, WAYS, Disk, Flush, Remains, Way
from torture.kills import publisher
from torture.places import OTHERS, PUBLISHING
from torture.powercut import OMISSIONS, SCENES, Recorded, Stage
from torture.recording import NotRecordedError

KEPT, NAMES_KEPT, ALL_LOST = Way("kept", "kept"), WAYS[0], WAYS[1]
ODD_BYTES = bytes(range(1, 256)) * 40
SHORT = [scene for scene in SCENES if scene.command[0] != "refresh"]
needs_strace = pytest.mark.skipif(
    not recording.is_installed(), reason="strace is not installed (Debian's package strace)"
)


@pytest.fixture
def disk(tmp_path: Path) -> Disk:
    """Return a disk that holds a file, `old`, in a folder, `data`."""
    (tmp_path / "before" / "data").mkdir(parents=True)
    (tmp_path / "before" / "data" / "old").write_bytes(b"old")
    return Disk(tmp_path / "before")


def left(disk: Disk, way: Way, seed: int = 0) -> dict[str, bytes]:
    """Return the files that a cut at the end leaves, with their bytes."""
    files = disk.files(disk.cut(len(disk.operations), way, random.Random(seed)))
    return {p: c.read_bytes() if isinstance(c, Path) else os.fsencode(c) for p, c in files.items()}


def every(disk: Disk, *ways: Way) -> Iterator[dict[str, bytes]]:
    """Yield what many cuts at the end leave."""
    for way in ways or WAYS:
        for seed in range(40):
            yield left(disk, way, seed)


# --- the model ------------------------------------------------------------------------------------------


def test_a_rename_that_was_kept_may_name_an_empty_file_where_its_content_was_not_flushed(disk: Disk) -> None:
    disk.write(disk.make_file("data/new"), 0, b"new")
    disk.rename("data/new", "data/old")
    disk.flush("data")
    assert left(disk, KEPT) == {"data/old": b"new"}
    assert left(disk, NAMES_KEPT) == {"data/old": b""}


def test_content_is_certain_once_its_file_was_flushed_and_a_name_once_its_folder_was(disk: Disk) -> None:
    disk.write(disk.make_file("data/new"), 0, b"new")
    disk.flush("data/new")
    disk.rename("data/new", "data/old")
    found = list(every(disk))
    assert {"data/old": b"old"} in found
    assert all(there.get("data/old") in (b"old", b"new") for there in found)
    disk.flush("data")
    assert all(there == {"data/old": b"new"} for there in every(disk))


def test_flushing_a_folder_does_not_keep_its_own_name_in_the_folder_above(disk: Disk) -> None:
    disk.make_folder("data/table")
    disk.write(disk.make_file("data/table/response"), 0, b"response")
    disk.flush("data/table/response")
    disk.flush("data/table")
    assert left(disk, ALL_LOST) == {"data/old": b"old"}
    disk.flush("data")
    assert left(disk, ALL_LOST) == {"data/old": b"old", "data/table/response": b"response"}


def test_a_removal_that_was_not_flushed_may_be_taken_back_with_the_content(disk: Disk) -> None:
    disk.remove("data/old")
    assert left(disk, ALL_LOST) == {"data/old": b"old"}
    disk.flush("data")
    assert left(disk, ALL_LOST) == {}


def test_of_what_was_not_flushed_each_sector_is_there_or_not(disk: Disk) -> None:
    file = disk.find("data/old")
    assert file is not None
    disk.write(file, 0, ODD_BYTES)
    found = {there["data/old"] for there in every(disk, Way("kept", "torn"))}
    assert {b"old", ODD_BYTES} < found
    smallest = min(SECTORS)
    for content in found:
        for at in range(0, len(content), smallest):
            sector, new = content[at : at + smallest], ODD_BYTES[at : at + smallest]
            assert sector in (new, bytes(len(sector)), (b"old" + bytes(smallest))[: len(sector)])


def test_a_file_that_was_cut_to_be_written_anew_may_be_left_empty(disk: Disk) -> None:
    file = disk.find("data/old")
    assert file is not None
    disk.truncate(file, 0)
    disk.write(file, 0, b"new")
    assert {b"old", b"new", b""} <= {there["data/old"] for there in every(disk, Way("kept", "torn"))}


def test_the_names_of_one_folder_are_kept_in_order_and_those_of_two_only_by_one_journal(disk: Disk) -> None:
    disk.make_folder("other")
    disk.flush("")
    disk.make_file("data/first")
    disk.make_file("other/second")
    disk.make_file("data/third")
    assert all("data/first" in there for there in every(disk) if "data/third" in there)
    folders, prefix = (
        [set(there) & {"data/first", "other/second"} for there in every(disk, Way(names, "kept"))]
        for names in ("folders", "prefix")
    )
    assert {"other/second"} in folders
    assert {"other/second"} not in prefix


def test_a_rename_between_folders_is_there_in_one_of_them_and_never_in_both_or_none(disk: Disk) -> None:
    disk.make_folder("other")
    disk.flush("")
    disk.rename("data/old", "other/new")
    found = list(every(disk))
    assert all(there in ({"data/old": b"old"}, {"other/new": b"old"}) for there in found)
    # Either folder's flush keeps both of its ends.
    disk.flush("other")
    assert all(there == {"other/new": b"old"} for there in every(disk))


def test_what_is_left_is_written_to_a_folder_with_its_links_and_nobodys_files_are_shared_but_those_for_reading(
    disk: Disk, tmp_path: Path
) -> None:
    (tmp_path / "before" / "data" / "final").touch(mode=0o444)
    disk = Disk(disk.before)
    disk.write(disk.make_file("data/new"), 0, b"new")
    disk.add_name("data/new", "data/also")
    disk.make_link("current", "data/new")
    folder = tmp_path / "left"
    disk.write_to(folder, disk.now())
    assert (folder / "current").read_bytes() == (folder / "data" / "also").read_bytes() == b"new"
    assert (folder / "data" / "new").samefile(folder / "data" / "also")
    assert (folder / "data" / "final").samefile(disk.before / "data" / "final")
    assert not (folder / "data" / "old").samefile(disk.before / "data" / "old")


# --- strace ---------------------------------------------------------------------------------------------


def shown(text: str) -> str:
    """Return a text as strace shows it."""
    return "".join(f"\\x{byte:02x}" for byte in text.encode())


def test_the_lines_of_threads_that_write_at_once_are_put_together_again(disk: Disk) -> None:
    path, folder = shown("/r/data/æ"), shown("/r/data")
    lines = [
        f'7 openat(AT_FDCWD<{folder}>, "{shown("æ")}", O_WRONLY|O_CREAT|O_TRUNC, 0666) = 3<{path}>',
        f'7 write(3<{path}>, "{shown("one, two = 3")}", 12 <unfinished ...>',
        f'8 rename("{shown("/r/data/old")}", "{shown("/r/data/new")}") = 0',
        f'8 unlink("{shown("/r/data/new")}") = -1 EPERM (Operation not permitted)',
        "7 <... write resumed>) = 12",
        f'8 access("{shown(recording.MARK + "a place, named")}", F_OK) = -1 ENOENT (No such file or directory)',
        f'7 pwrite64(3<{path}>, "{shown("ONE")}", 3, 0) = 3',
        f"7 fsync(3<{path}>) = 0",
        "7 +++ exited with 0 +++",
    ]
    recording.replay(lines, disk, Path("/r"))
    assert left(disk, KEPT) == {"data/new": b"old", "data/æ": b"ONE, two = 3"}
    recorded = Recorded(SCENES[0], disk, disk.before)
    assert {place: type(disk.operations[at + 1]).__name__ for place, at in recorded.places.items()} == {
        "a place, named": "Write"
    }
    assert isinstance(disk.operations[-1], Flush)


_WORK = """
import os, shutil, sqlite3, duckdb
from pathlib import Path
root = Path.cwd()
(root / "a" / "b").mkdir(parents=True)
(root / "a" / "text").write_text("text" * 5000)
shutil.copyfile(root / "a" / "text", root / "a" / "b" / "copy")
shutil.copyfile(__import__("sys").executable, root / "from elsewhere")
shutil.copytree(root / "a", root / "c")
shutil.rmtree(root / "a")
(root / "link").symlink_to("c")
os.link(root / "c" / "text", root / "same")
with (root / "same").open("r+b") as file:
    file.seek(3), file.write(b"!"), file.truncate(100)
with (root / "same").open("ab") as file:
    file.write(b"?")
with sqlite3.connect(root / "log.db") as log:
    log.execute("pragma journal_mode = wal"), log.execute("create table t as select 1 as x")
with duckdb.connect(str(root / "w.duckdb")) as database:
    database.execute("create table t as select range as x from range(50000)")
    database.execute("delete from t where x % 7 = 0")
    database.execute("copy t to 'w.parquet'")
"""
_MAPPED = """
import mmap
with open("mapped", "w+b") as file:
    file.truncate(4096)
    mmap.mmap(file.fileno(), 4096)[0] = 7
"""


@needs_strace
def test_every_byte_that_python_sqlite_and_duckdb_write_is_recorded(tmp_path: Path) -> None:
    (tmp_path / "root").mkdir()
    done, disk = recording.record([sys.executable, "-c", _WORK], tmp_path / "root", os.environ, tmp_path / "kept")
    assert done.returncode == 0, done.stderr
    files = (p for p in (tmp_path / "root").rglob("*") if p.is_symlink() or not p.is_dir())
    there = {str(p.relative_to(tmp_path / "root")) for p in files}
    assert {"c/text", "c/b/copy", "link", "same", "from elsewhere", "w.duckdb", "w.parquet"} < there
    assert disk.files(disk.now()).keys() == there


@needs_strace
def test_what_is_written_by_way_of_memory_is_refused_and_not_passed_over(tmp_path: Path) -> None:
    (tmp_path / "root").mkdir()
    with pytest.raises(NotRecordedError, match="mapped is written by way of memory"):
        recording.record([sys.executable, "-c", _MAPPED], tmp_path / "root", os.environ, tmp_path / "kept")


_CARELESS = """
from pathlib import Path
beside = Path("data/standing.new").absolute()
beside.write_text('{"how": "new"}')
beside.replace(beside.with_name("standing.json"))
"""
_CAREFUL = """
from pathlib import Path
from jobmaal.core import files
files.write(Path("data/standing.json").absolute(), '{"how": "new"}')
"""


@needs_strace
@pytest.mark.parametrize(("code", "is_safe"), [(_CARELESS, False), (_CAREFUL, True)])
def test_a_file_that_is_renamed_without_a_flush_is_found_and_one_that_is_written_durably_holds(
    tmp_path: Path, code: str, is_safe: bool
) -> None:
    root = tmp_path / "root"
    (root / "data").mkdir(parents=True)
    (root / "data" / "standing.json").write_text('{"how": "old"}')
    _, disk = recording.record(
        [sys.executable, "-c", code], root, dict(os.environ) | {"PYTHONPATH": str(PROJECT)}, tmp_path / "kept"
    )
    recorded, chance = Recorded(SCENES[0], disk, tmp_path), random.Random(0)
    wrong = {one for _ in range(200) for one in powercut.model_cut(recorded, chance)}
    if is_safe:
        assert wrong == set()
    else:
        assert wrong == {
            "data/standing.json: is neither old nor new in data/standing.json",
            "data/standing.json: is as it was before, though the command had reported its end",
        }


# --- what must hold -------------------------------------------------------------------------------------


@pytest.fixture
def published_twice(tmp_path: Path) -> Recorded:
    """Return the recording of a second release, with a response landed meanwhile."""
    for path in ("data/releases/1/a", "data/releases/1/b"):
        (tmp_path / "before" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "before" / path).write_text(path)
    (tmp_path / "before" / "data" / "current").symlink_to("releases/1")
    disk = Disk(tmp_path / "before")
    disk.make_folder("data/releases/2")
    for name in ("a", "b"):
        disk.write(disk.make_file(f"data/releases/2/{name}"), 0, name.encode())
    disk.make_folder("data/landing")
    disk.make_file("data/landing/1.json.gz")
    disk.make_file("data/landing/1.request.json")
    disk.make_link("data/.current.new", "releases/2")
    disk.rename("data/.current.new", "data/current")
    return Recorded(SCENES[0], disk, tmp_path)


def without(recorded: Recorded, *names: str) -> Remains:
    """Return what is there at the end, but for some names."""
    now = recorded.disk.now()
    folders = {folder: dict(inside) for folder, inside in now.names.items()}
    for name in names:
        folder, _, last = name.rpartition("/")
        del folders[recorded.disk.find(folder) or 0][last]
    return Remains(folders, now.content)


@pytest.mark.parametrize(
    ("lost", "wrong"),
    [
        ([], []),
        (["data/releases/2/b"], ["data/releases/2/: is neither old nor new in data/releases/2/b"]),
        (["data/releases/1"], ["data/releases/1/: is lost"]),
        (["data/releases/2"], ["data/current: leads to no release"]),
        (["data/current"], ["data/current: is lost"]),
        (["data/landing/1.json.gz"], ["data/landing/1.request.json: without its body"]),
        (["data/landing/1.request.json"], []),
    ],
)
def test_what_is_half_there_or_lost_is_named(published_twice: Recorded, lost: list[str], wrong: list[str]) -> None:
    assert published_twice.wrong(without(published_twice, *lost), is_reported=False) == wrong


def test_what_is_still_old_is_wrong_once_its_end_was_reported(published_twice: Recorded) -> None:
    before = published_twice.disk.first()
    assert published_twice.wrong(before, is_reported=False) == []
    assert f"{published_twice.wrong(before, is_reported=True)}".count("though the command had reported its end") == 4


# --- the scenes -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def stage(published: Published, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Return the folders that scenes begin with, and let a publisher answer meanwhile."""
    root = tmp_path_factory.mktemp("stage").resolve()
    ground.take_model(published.layout, root)
    with environment(published.layout), publisher() as server:
        os.environ |= server.variables
        yield Stage(published.layout, root, root)


@pytest.fixture(scope="module")
def recorded(stage: Stage) -> dict[str, Recorded]:
    """Return the recording of each scene that makes no whole refresh, by its name."""
    if not recording.is_installed():
        pytest.skip("strace is not installed (Debian's package strace)")
    return {scene.name: stage.record(scene) for scene in SHORT}


@pytest.mark.slow
def test_every_named_place_of_publishing_landing_fetching_and_rollback_is_come_to(
    recorded: dict[str, Recorded],
) -> None:
    reached = {place for one in recorded.values() for place in one.places}
    assert reached == {place.name for place in (*PUBLISHING, *OTHERS)}


@pytest.mark.slow
@pytest.mark.parametrize("name", [scene.name for scene in SHORT])
def test_what_was_reported_outlasts_a_power_cut_and_each_flush_that_is_left_out_is_missed(
    stage: Stage, recorded: dict[str, Recorded], name: str
) -> None:
    scene, chance = recorded[name], random.Random(20261130)
    cuts = [powercut.cut(stage, scene, *one) for one in powercut.named_cuts(scene, chance, ways=1)]
    assert [f"{one.where}, {one.way}: {wrong}" for one in cuts for wrong in one.wrong] == []
    assert [wrong for _ in range(300) for wrong in powercut.model_cut(scene, chance)] == []
    for omission in (omission for omission in OMISSIONS if omission.scene == name):
        assert powercut.first_miss(scene, omission, chance)[0], omission
