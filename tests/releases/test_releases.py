"""Making a release and looking after it: whole before it is seen, never changed after, seven of them kept.

Belongs here: `jobmaal.releases.publish` and `jobmaal.releases.catalogue` on warehouses of a few rows. Does not: what
the real tables hold (`test_warehouse`), nor when a refresh publishes (`test_refresh`).
"""

import datetime as dt
import hashlib
import json
import os
import stat
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import pytest

from jobmaal.core import files
from jobmaal.core.build import CONTRACT, Build
from jobmaal.core.errors import JobmaalError, NoReleaseError
from jobmaal.core.layout import Layout
from jobmaal.core.outcomes import Outcome
from jobmaal.releases import catalogue
from jobmaal.releases import publish as publishing
from jobmaal.releases.publish import Published, publish

KEYS = {"audit_build": ["build_id"], "dim_year": ["year_key"], "fct_benchmark": ["table_id", "benchmark_key"]}
YEARS = {2007: "first", 2008: "second", 2009: "third"}
BENCHMARKS = (("y25i01", 2, 20), ("y25i01", 1, 10), ("a'b", 3, 30))
OUTCOMES = [Outcome("it_holds", "dim_year", "dbt", holds=True)]

INPUTS = {"seeds/shared/accounts.csv": "a" * 64}


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    """Return folders with one input table."""
    found = Layout(tmp_path / "seeds", tmp_path / "data")
    (found.seeds / "shared").mkdir(parents=True)
    (found.seeds / "shared" / "accounts.csv").write_text("account_id\nadm\n", encoding="utf-8")
    return found


@pytest.fixture(autouse=True)
def _short_report(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a line each in the place of report, files and catalogue, which need every table of the warehouse."""

    def write_report(folder: Path, build: Build, *_: Any) -> None:
        folder.mkdir()
        (folder / "index.html").write_text(build.build_id, encoding="utf-8")

    def write_files(folder: Path, build: Build, *_: Any) -> None:
        (folder / "datapackage.json").write_text(build.build_id, encoding="utf-8")

    def write_catalogue(folder: Path, build: Build, *_: Any) -> None:
        folder.mkdir()
        (folder / "ordbog.html").write_text(build.build_id, encoding="utf-8")

    monkeypatch.setattr("jobmaal.releases.publish.show", lambda _: SimpleNamespace(withheld=[], negative=[]))
    monkeypatch.setattr("jobmaal.releases.parquet.write_state", lambda *_, **__: None)
    monkeypatch.setattr("jobmaal.releases.publish.write_report", write_report)
    monkeypatch.setattr("jobmaal.releases.publish.write_files", write_files)
    monkeypatch.setattr("jobmaal.releases.publish.write_catalogue", write_catalogue)


def build(number: int) -> Build:
    """Return a build; a higher number is a later one."""
    return Build(
        f"202601{number:02}T000000Z-0123abcd", dt.datetime(2026, 1, number, tzinfo=dt.UTC), "abc", "f" * 64, INPUTS
    )


def write_warehouse(
    layout: Layout,
    number: int,
    years: Mapping[int, str] = YEARS,
    benchmarks: Sequence[tuple[str, int, int]] = BENCHMARKS,
    more: str = "",
) -> None:
    """Write the tables of a build; `more` is SQL run after them."""
    layout.work.mkdir(parents=True, exist_ok=True)
    layout.warehouse.unlink(missing_ok=True)
    with duckdb.connect(str(layout.warehouse)) as database:
        database.execute("create table audit_build as select ? as build_id", [build(number).build_id])
        database.execute("create table dim_year (year_key bigint, year_name varchar)")
        database.execute(
            "create table fct_benchmark "
            "(table_id varchar, benchmark_key bigint, value decimal(18, 4), period_key bigint default 7)"
        )
        for year in years.items():
            database.execute("insert into dim_year values (?, ?)", year)
        for benchmark in benchmarks:
            database.execute("insert into fct_benchmark (table_id, benchmark_key, value) values (?, ?, ?)", benchmark)
        for statement in filter(None, more.split(";")):
            database.execute(statement)
    layout.work_database.unlink(missing_ok=True)
    with duckdb.connect(str(layout.work_database)) as database:
        database.execute("create schema raw")
        database.execute("create table raw.read_tables (table_id varchar, how varchar, cells_read bigint)")
        database.execute("create table raw.read_vintages (value decimal(18, 4))")


def publish_build(layout: Layout, number: int, **content: Any) -> Published:
    """Write a build's tables and publish them."""
    write_warehouse(layout, number, **content)
    return publish(layout, build(number), OUTCOMES, KEYS)


def manifest_of(done: Published) -> dict[str, Any]:
    """Read the manifest of what was published."""
    manifest: dict[str, Any] = json.loads((done.folder / "manifest.json").read_text(encoding="utf-8"))
    return manifest


def rows(query: str) -> list[tuple[Any, ...]]:
    """Ask DuckDB, without any database."""
    with duckdb.connect() as database:
        return database.execute(query).fetchall()


def files_of(folder: Path) -> set[str]:
    """Name the files beneath a folder."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def allow_writing(folder: Path) -> None:
    """Undo the protection of a release's files, as someone who damages one would."""
    for path in folder.rglob("*"):
        if path.is_file():
            path.chmod(0o644)


# --- what a release is ----------------------------------------------------------------------------------


def test_a_release_holds_the_warehouse_its_parquet_files_the_checks_and_the_manifest(layout: Layout) -> None:
    done = publish_build(layout, 1)
    assert done.is_current
    assert done.folder == layout.releases / build(1).build_id
    assert files_of(done.folder) == {
        "warehouse.duckdb",
        "manifest.json",
        "catalogue/ordbog.html",
        "datapackage.json",
        "checks.html",
        "report/index.html",
        "parquet/audit_build.parquet",
        "parquet/dim_year.parquet",
        "parquet/fct_benchmark/table_id=a'b/data.parquet",
        "parquet/fct_benchmark/table_id=y25i01/data.parquet",
    }


def test_the_manifest_gives_the_sha256_and_the_length_of_every_other_file(layout: Layout) -> None:
    done = publish_build(layout, 1)
    outputs = manifest_of(done)["outputs"]
    assert outputs.keys() == files_of(done.folder) - {"manifest.json"}
    for name, told in outputs.items():
        content = (done.folder / name).read_bytes()
        assert told == {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}


def test_the_manifest_says_what_the_release_was_made_of(layout: Layout) -> None:
    manifest = manifest_of(publish_build(layout, 1))
    assert manifest["inputs"] == INPUTS
    assert manifest["build_id"] == build(1).build_id
    assert manifest["contract"] == CONTRACT
    assert manifest["git_revision"] == "abc"
    assert manifest["input_sha256"] == "f" * 64
    assert manifest["versions"]["duckdb"] == duckdb.__version__
    assert manifest["rows"] == {"audit_build": 1, "dim_year": 3, "fct_benchmark": 3}
    assert [(check["name"], check["holds"]) for check in manifest["checks"]] == [("it_holds", True)]


def test_no_file_of_a_release_may_be_written(layout: Layout) -> None:
    done = publish_build(layout, 1)
    modes = {name: stat.S_IMODE((done.folder / name).stat().st_mode) for name in files_of(done.folder)}
    assert set(modes.values()) == {0o444}


def test_what_duckdb_still_had_in_its_log_is_in_the_published_file_and_no_log_beside_it(layout: Layout) -> None:
    write_warehouse(layout, 1)
    connection = duckdb.connect(str(layout.warehouse))
    connection.execute("pragma disable_checkpoint_on_shutdown")
    connection.execute("set wal_autocheckpoint = '1GB'")
    connection.execute("insert into dim_year values (2010, 'in the log')")
    connection.close()
    assert Path(f"{layout.warehouse}.wal").exists()
    done = publish(layout, build(1), OUTCOMES, KEYS)
    assert not [name for name in files_of(done.folder) if name.endswith(".wal")]
    with duckdb.connect(str(done.folder / "warehouse.duckdb"), read_only=True) as database:
        assert database.execute("select year_name from dim_year where year_key = 2010").fetchall() == [("in the log",)]


def test_the_published_file_may_be_copied_and_renamed(layout: Layout, tmp_path: Path) -> None:
    done = publish_build(layout, 1)
    copied = tmp_path / "another name.duckdb"
    copied.write_bytes((done.folder / "warehouse.duckdb").read_bytes())
    with duckdb.connect(str(copied), read_only=True) as database:
        assert database.execute("select count(*) from main.dim_year").fetchall() == [(3,)]


# --- parquet --------------------------------------------------------------------------------------------


def test_parquet_rows_stand_in_key_order_whatever_their_order_in_the_table(layout: Layout) -> None:
    first = publish_build(layout, 1)
    second = publish_build(layout, 2, years=dict(reversed(YEARS.items())), benchmarks=BENCHMARKS[::-1])
    assert rows(f"select year_key from '{first.folder}/parquet/dim_year.parquet'") == [(2007,), (2008,), (2009,)]
    for name in files_of(first.folder / "parquet") - {"audit_build.parquet"}:
        assert (first.folder / "parquet" / name).read_bytes() == (second.folder / "parquet" / name).read_bytes(), name


def test_a_benchmark_table_is_one_folder_a_jobindsats_table_and_reads_back_whole(layout: Layout) -> None:
    folder = publish_build(layout, 1).folder / "parquet" / "fct_benchmark"
    assert {path.name for path in folder.iterdir()} == {"table_id=a'b", "table_id=y25i01"}
    back = rows(
        "select table_id, benchmark_key, cast(value as integer) "
        f"from read_parquet('{folder}/*/*.parquet', hive_partitioning = true) order by benchmark_key"
    )
    assert back == [("y25i01", 1, 10), ("y25i01", 2, 20), ("a'b", 3, 30)]


def test_an_empty_benchmark_table_can_be_read_and_has_its_columns(layout: Layout) -> None:
    folder = publish_build(layout, 1, benchmarks=()).folder / "parquet" / "fct_benchmark"
    query = f"from read_parquet('{folder}/*/*.parquet', hive_partitioning = true)"
    assert rows(f"select count(*) {query}") == [(0,)]
    assert {row[0] for row in rows(f"describe {query}")} == {"table_id", "benchmark_key", "value", "period_key"}


# --- only the promised tables -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "named"),
    [
        ("create table extra (a integer)", "main.extra"),
        ("create view extra as select 1 as a", "main.extra"),
        ("create schema other; create table other.extra (a integer)", "other.extra"),
        ("drop table dim_year", "main.dim_year"),
    ],
)
def test_a_build_with_another_table_or_without_a_promised_one_is_refused_by_name(
    layout: Layout, more: str, named: str
) -> None:
    publish_build(layout, 1)
    write_warehouse(layout, 2, more=more)
    with pytest.raises(JobmaalError, match=named):
        publish(layout, build(2), OUTCOMES, KEYS)
    assert catalogue.current_id(layout) == build(1).build_id
    assert catalogue.build_ids(layout) == [build(1).build_id]


# --- what changed ---------------------------------------------------------------------------------------


def test_the_first_release_has_no_changes_and_no_release_before(layout: Layout) -> None:
    manifest = manifest_of(publish_build(layout, 1))
    assert manifest["changes"] == {}
    assert manifest["previous_build_id"] is None


def test_a_release_of_the_same_rows_has_no_changes(layout: Layout) -> None:
    publish_build(layout, 1)
    manifest = manifest_of(publish_build(layout, 2, years=dict(reversed(YEARS.items()))))
    assert manifest["changes"] == {}
    assert manifest["previous_build_id"] == build(1).build_id


def test_changes_count_the_rows_added_gone_and_changed_in_each_table(layout: Layout) -> None:
    publish_build(layout, 1)
    done = publish_build(
        layout, 2,
        years={2008: "renamed", 2009: "third", 2010: "new", 2011: "new"},
        benchmarks=[("y25i01", 1, 10), ("a'b", 3, 31)],
    )  # fmt: skip
    assert manifest_of(done)["changes"] == {
        "dim_year": {"added": 2, "gone": 1, "changed": 1},
        "fct_benchmark": {"added": 0, "gone": 1, "changed": 1},
    }


def test_a_table_that_is_new_counts_as_added(layout: Layout) -> None:
    publish_build(layout, 1)
    write_warehouse(layout, 2, more="create table dim_new as select * from range(4) as r(new_key)")
    done = publish(layout, build(2), OUTCOMES, KEYS | {"dim_new": ["new_key"]})
    assert manifest_of(done)["changes"] == {"dim_new": {"added": 4, "gone": 0, "changed": 0}}


def test_a_column_that_is_new_does_not_make_every_row_changed(layout: Layout) -> None:
    publish_build(layout, 1)
    done = publish_build(layout, 2, more="alter table dim_year add column note varchar default 'new'")
    assert manifest_of(done)["changes"] == {}


@pytest.mark.parametrize("damage", ["missing", "cut off"])
def test_a_damaged_current_release_does_not_keep_the_next_one_from_being_published(layout: Layout, damage: str) -> None:
    first = publish_build(layout, 1).folder
    allow_writing(first)
    if damage == "missing":
        (first / "warehouse.duckdb").unlink()
    else:
        (first / "warehouse.duckdb").write_bytes(b"no database")
    assert publish_build(layout, 2).is_current
    assert catalogue.current_id(layout) == build(2).build_id


# --- the order of things ----------------------------------------------------------------------------------


def test_the_link_leads_to_the_release_by_a_path_that_survives_a_move_of_the_folder(layout: Layout) -> None:
    publish_build(layout, 1)
    assert layout.current.is_symlink()
    assert layout.current.readlink() == Path("releases") / build(1).build_id
    moved = layout.data.rename(layout.data.with_name("moved"))
    assert (moved / "current" / "manifest.json").is_file()


def test_the_release_is_whole_in_its_place_before_the_link_moves(
    layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish_build(layout, 1)
    seen: list[tuple[str | None, list[str]]] = []

    def point_to(where: Layout, build_id: str) -> None:
        seen.append((catalogue.current_id(where), catalogue.damages(where, build_id)))
        catalogue.point_to(where, build_id)

    monkeypatch.setattr(publishing, "point_to", point_to)
    publish_build(layout, 2)
    assert seen == [(build(1).build_id, [])]
    assert catalogue.current_id(layout) == build(2).build_id


def test_every_file_and_folder_is_flushed_before_the_folder_is_renamed(
    layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushed: set[str] = set()

    def flush(path: Path) -> None:
        if not layout.releases.is_dir() or not any(layout.releases.iterdir()):
            flushed.add(path.name)
        files.flush(path)

    monkeypatch.setattr(publishing, "flush", flush)
    done = publish_build(layout, 1)
    assert {path.name for path in done.folder.rglob("*")} <= flushed


def test_the_link_moves_by_one_rename_over_the_old_one(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    publish_build(layout, 1)
    moves: list[tuple[bool, Path]] = []
    rename = os.replace

    def replace(source: Path, target: Path) -> None:
        moves.append((Path(source).is_symlink(), Path(target)))
        assert catalogue.current_id(layout) == build(1).build_id
        rename(source, target)

    monkeypatch.setattr(os, "replace", replace)
    publish_build(layout, 2)
    assert moves == [(True, layout.current)]


@pytest.mark.parametrize(
    "step",
    [
        "show",
        "write_report",
        "write_files",
        "write_catalogue",
        "write_page",
        "sha256",
        "_move_into_place",
        "point_to",
    ],
)
def test_whatever_breaks_on_the_way_readers_still_see_the_release_before(
    layout: Layout, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    first = publish_build(layout, 1)
    with monkeypatch.context() as patch:

        def break_down(*_: object) -> None:
            raise OSError(28, "No space left on device")

        patch.setattr(publishing, step, break_down)
        with pytest.raises(OSError, match="No space left"):
            publish_build(layout, 2)
    assert catalogue.current_id(layout) == build(1).build_id
    assert catalogue.damages(layout, build(1).build_id) == []
    # Nothing half made is listed, and the next attempt succeeds.
    assert all(catalogue.damages(layout, found) == [] for found in catalogue.build_ids(layout))
    assert publish_build(layout, 3).is_current
    assert first.folder.is_dir()


# --- keeping seven --------------------------------------------------------------------------------------


def test_the_last_seven_releases_are_kept(layout: Layout) -> None:
    for number in range(1, 10):
        publish_build(layout, number)
    assert catalogue.build_ids(layout) == [build(number).build_id for number in range(3, 10)]
    assert {path.name for path in layout.releases.iterdir()} == set(catalogue.build_ids(layout))


def test_the_current_release_is_kept_even_where_the_clock_went_back(layout: Layout) -> None:
    for number in range(11, 18):
        publish_build(layout, number)
    publish_build(layout, 1)
    assert catalogue.current_id(layout) == build(1).build_id
    assert catalogue.damages(layout, build(1).build_id) == []


def test_a_pinned_release_is_never_removed(layout: Layout) -> None:
    for number in range(1, 8):
        publish_build(layout, number)
    catalogue.roll_back(layout, build(1).build_id)
    for number in (8, 9):
        (layout.releases / build(number).build_id).mkdir()
    publishing._retire(layout)
    assert catalogue.build_ids(layout) == [build(number).build_id for number in (1, 3, 4, 5, 6, 7, 8, 9)]


def test_what_an_interrupted_removal_left_behind_is_removed_and_never_listed(layout: Layout) -> None:
    publish_build(layout, 1)
    leaving = layout.releases / f".leaving-{build(2).build_id}"
    leaving.mkdir()
    assert catalogue.build_ids(layout) == [build(1).build_id]
    publish_build(layout, 3)
    assert not leaving.exists()


# --- pinned ---------------------------------------------------------------------------------------------


def test_while_pinned_a_build_is_not_published_and_says_so(layout: Layout) -> None:
    publish_build(layout, 1)
    publish_build(layout, 2)
    catalogue.roll_back(layout, None)
    done = publish_build(layout, 3)
    assert not done.is_current
    assert build(1).build_id in done.report
    assert "unpin" in done.report
    assert catalogue.current_id(layout) == build(1).build_id
    assert catalogue.build_ids(layout) == [build(1).build_id, build(2).build_id]


def test_unpinning_gives_what_was_pinned_and_lets_the_next_build_be_published(layout: Layout) -> None:
    publish_build(layout, 1)
    catalogue.roll_back(layout, build(1).build_id)
    assert catalogue.unpin(layout) == build(1).build_id
    assert catalogue.unpin(layout) is None
    assert publish_build(layout, 2).is_current


# --- going back -----------------------------------------------------------------------------------------


def test_going_back_without_naming_a_release_takes_the_one_before_the_current(layout: Layout) -> None:
    for number in (1, 2, 3):
        publish_build(layout, number)
    assert catalogue.roll_back(layout, None) == build(2).build_id
    assert catalogue.roll_back(layout, None) == build(1).build_id
    assert catalogue.pinned_id(layout) == catalogue.current_id(layout) == build(1).build_id
    with pytest.raises(NoReleaseError, match="no release before"):
        catalogue.roll_back(layout, None)


def test_a_pin_that_was_damaged_still_holds_publishing_back(layout: Layout) -> None:
    publish_build(layout, 1)
    layout.pin.write_bytes(b"\xff\xfe")
    assert catalogue.pinned_id(layout)
    assert not publish_build(layout, 2).is_current
    assert catalogue.current_id(layout) == build(1).build_id


def test_going_back_to_a_damaged_release_is_refused_and_changes_nothing(layout: Layout) -> None:
    damaged = publish_build(layout, 1).folder
    publish_build(layout, 2)
    allow_writing(damaged)
    (damaged / "parquet" / "dim_year.parquet").write_bytes(b"PAR1 something PAR1")
    with pytest.raises(NoReleaseError, match=r"dim_year\.parquet"):
        catalogue.roll_back(layout, build(1).build_id)
    assert catalogue.current_id(layout) == build(2).build_id
    assert catalogue.pinned_id(layout) is None


def test_going_back_that_was_cut_off_before_the_link_moved_is_carried_out(
    layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in (1, 2, 3):
        publish_build(layout, number)
    with monkeypatch.context() as cut:
        cut.setattr(catalogue, "point_to", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            catalogue.roll_back(layout, build(1).build_id)
    assert catalogue.pinned_id(layout) == build(1).build_id
    assert catalogue.current_id(layout) == build(3).build_id
    assert catalogue.is_link_broken(layout)
    catalogue.restore_link(layout)
    assert catalogue.current_id(layout) == build(1).build_id
    assert not catalogue.is_link_broken(layout)


def test_a_pin_to_a_release_that_is_gone_moves_no_link(layout: Layout) -> None:
    for number in (1, 2, 3):
        publish_build(layout, number)
    layout.pin.write_text("20200101T000000Z-00000000\n", encoding="utf-8")
    catalogue.restore_link(layout)
    assert catalogue.current_id(layout) == build(3).build_id


@pytest.mark.parametrize("build_id", ["20200101T000000Z-00000000", "../elsewhere", ""])
def test_going_back_to_a_release_that_is_not_there_is_refused(layout: Layout, build_id: str) -> None:
    publish_build(layout, 1)
    with pytest.raises(NoReleaseError):
        catalogue.roll_back(layout, build_id)
    assert catalogue.current_id(layout) == build(1).build_id
    assert catalogue.pinned_id(layout) is None


# --- whole or damaged -------------------------------------------------------------------------------------


def test_a_release_as_published_has_no_damage(layout: Layout) -> None:
    publish_build(layout, 1)
    assert catalogue.damages(layout, build(1).build_id) == []


def test_a_file_changed_missing_or_beside_the_others_is_damage(layout: Layout) -> None:
    folder = publish_build(layout, 1).folder
    allow_writing(folder)
    warehouse = folder / "warehouse.duckdb"
    content = bytearray(warehouse.read_bytes())
    content[-1] ^= 1
    warehouse.write_bytes(content)
    (folder / "checks.html").unlink()
    (folder / "warehouse.duckdb.wal").write_bytes(b"")
    found = catalogue.damages(layout, build(1).build_id)
    assert [line.split(":")[0] for line in found] == ["checks.html", "warehouse.duckdb", "warehouse.duckdb.wal"]
    assert ["missing" in found[0], "content" in found[1], "not in the manifest" in found[2]] == [True, True, True]


def test_a_release_is_of_unchanged_input_only_while_its_files_have_their_length(layout: Layout) -> None:
    folder = publish_build(layout, 1).folder
    assert catalogue.is_unchanged(layout, "f" * 64)
    assert not catalogue.is_unchanged(layout, "0" * 64)
    allow_writing(folder)
    (folder / "checks.html").write_bytes(b"")
    assert not catalogue.is_unchanged(layout, "f" * 64)
    (folder / "checks.html").unlink()
    assert not catalogue.is_unchanged(layout, "f" * 64)


def test_nothing_is_current_before_the_first_release_nor_where_the_link_leads_nowhere(layout: Layout) -> None:
    assert catalogue.current_id(layout) is None
    assert catalogue.build_ids(layout) == []
    layout.data.mkdir()
    layout.current.symlink_to(Path("releases") / build(1).build_id)
    assert catalogue.current_id(layout) is None


def test_a_manifest_that_cannot_be_read_is_told_with_its_path(layout: Layout) -> None:
    folder = publish_build(layout, 1).folder
    allow_writing(folder)
    (folder / "manifest.json").write_text("{", encoding="utf-8")
    with pytest.raises(NoReleaseError, match=r"manifest\.json"):
        catalogue.read_manifest(layout, build(1).build_id)
