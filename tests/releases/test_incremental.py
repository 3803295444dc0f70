"""Continuing a release: what is read again, what is kept, and that the tables come out as if all had been read.

Belongs here: `jobmaal.releases.incremental`, `jobmaal.releases.parquet`, and the loader where it continues
(`jobindsats.cells`). Does not: what a whole build makes of responses (`test_cells`), nor publishing
(`test_releases`).
"""

import datetime as dt
import json
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dagster_project import dbt_graph
from dagster_project.workspace import Workspace
from jobmaal.core import work_folder
from jobmaal.core.build import Build
from jobmaal.core.files import sha256
from jobmaal.core.keys import surrogate_key
from jobmaal.core.layout import PROJECT, Layout
from jobmaal.inputs import tables
from jobmaal.inputs.tables import Input
from jobmaal.jobindsats import cells
from jobmaal.jobindsats.cells import FULL, INCREMENTAL, UNCHANGED, Base
from jobmaal.jobindsats.landing import Landing, Origin
from jobmaal.jobindsats.response import Promise, check_data
from jobmaal.releases import fingerprint, incremental, parquet
from jobmaal.releases.catalogue import manifest_text
from jobmaal.releases.changes import Changes
from jobmaal.releases.incremental import Release
from tests.conftest import PublishedSeries, copy_of, environment, jobmaal, release_folder
from tests.helpers.series import (
    ALL,
    DIMENSION,
    NUMBER,
    TABLE,
    UNDECLARED,
    Series,
    deliveries,
    description,
    july,
    response,
)


@pytest.fixture(scope="module")
def found() -> Input:
    """Read the project's own input tables."""
    read, faults = tables.inspect(Layout(PROJECT / "seeds", PROJECT / "data"))
    assert faults == []
    return read


# --- the loader: as if all had been read --------------------------------------------------------------------

_NAMED = """
    select
        ms.table_id, measure_id, area_name, period_id, member, is_total, value, came.source_ref as source_ref,
        went.source_ref as ended_by
    from raw.read_vintages as v
    inner join raw.read_measures as ms using (measure_no) inner join raw.read_areas using (area_no)
    inner join raw.read_periods using (period_no) inner join raw.read_members using (member_no)
    inner join raw.read_responses as came using (response_no)
    left join raw.read_responses as went on ended_by_response_no = went.response_no
"""


class Continued(Series):
    """Responses read in several builds, each of which continues the one before; its facts are kept by plain names."""

    def __init__(self, data: Path) -> None:
        """Start with nothing."""
        super().__init__(data)
        self.facts_by_cell: dict[tuple[Any, ...], tuple[Any, ...]] = {}
        self.base: Base | None = None
        self.how: dict[str, str] = {}

    def build(self, found: Input) -> None:
        """Read what is new on top of what was read before, and apply it as the incremental models do."""
        responses = cells.snapshot(self.layout, found)
        cells.load(self.db, self.layout, found, responses, self.base)
        self.how = dict(self.rows("select table_id, how from raw.read_tables"))
        kept = {table_id for table_id, how in self.how.items() if how != FULL}
        self.facts_by_cell = {key: row for key, row in self.facts_by_cell.items() if key[0] in kept}
        # A value is known by its cell and the response that first showed it.
        for row in self.rows(_NAMED):
            self.facts_by_cell[*row[:5], row[7]] = row
        self._publish({response.name for response in responses})

    def newest(self) -> list[tuple[Any, ...]]:
        """Return the values that hold."""
        return [row for row in self.facts_by_cell.values() if row[8] is None]

    def _publish(self, names: set[str]) -> None:
        state = self.layout.data / f"state-{len(names)}"
        state.mkdir(parents=True, exist_ok=True)
        for name in cells.STATE_TABLES:
            self.db.execute(f"copy raw.{name} to '{state / name}.parquet'")
        self.db.execute("attach if not exists ':memory:' as base")
        self.db.execute(
            "create or replace table base.main.fct_benchmark (table_id varchar, measure_key bigint, area_key bigint, "
            "period_key bigint, member varchar, value decimal(18, 4), source_ref varchar)"
        )
        for table_id, measure_id, area, period, member, _, value, source_ref, _ in self.newest():
            keys = (surrogate_key(table_id, measure_id), surrogate_key(area), surrogate_key(period))
            self.db.execute(
                "insert into base.main.fct_benchmark values (?, ?, ?, ?, ?, ?, ?)",
                (table_id, *keys, member, value, source_ref),
            )
        self.base = Base(state, names)


def whole(series: Series, found: Input) -> list[tuple[Any, ...]]:
    """Read everything at once, and give the values by name."""
    series.base = None  # type: ignore[attr-defined]
    cells.load(series.db, series.layout, found, cells.snapshot(series.layout, found))
    return sorted(series.rows(_NAMED), key=repr)


@settings(max_examples=20, deadline=None)
@given(landed=deliveries(), data=st.data())
def test_builds_that_continue_one_another_end_where_a_whole_one_does(
    found: Input, landed: list[dict[str, Any]], data: st.DataObject
) -> None:
    order = data.draw(st.permutations(landed), label="order of landing")
    stops = data.draw(st.sets(st.integers(1, len(order))), label="built after so many")
    with tempfile.TemporaryDirectory() as folder:
        series = Continued(Path(folder))
        for number, arguments in enumerate(order, 1):
            series.land(**arguments)
            if number in stops:
                series.build(found)
        series.build(found)
        claims = sorted(series.rows("select * from raw.series_claims"), key=repr)
        continued = sorted(series.facts_by_cell.values(), key=repr)
        assert continued == whole(series, found)
        assert claims == sorted(series.rows("select * from raw.series_claims"), key=repr)


def test_only_what_is_new_is_read_and_only_what_changed_is_stored(tmp_path: Path, found: Input) -> None:
    series = Continued(tmp_path)
    series.land(0, response([july(100), july(50, area="Odense")]))
    series.land(0, response([july(7)]), table=UNDECLARED)
    series.build(found)
    assert series.how == {TABLE: FULL, UNDECLARED: FULL}
    series.land(1, response([july(101), july(50, area="Odense")]))
    series.build(found)
    assert series.how == {TABLE: INCREMENTAL, UNDECLARED: UNCHANGED}
    stored = [(v.area, v.value, v.day, v.until) for v in series.vintages()]
    assert stored == [("København", 100, 0, 1), ("København", 101, 1, None)]
    assert series.rows("select cells_read from raw.read_tables where how = 'continued'") == [(2,)]
    assert series.rows("select is_read from raw.read_responses order by response_no") == [(False,), (False,), (True,)]


def test_a_value_that_changes_twice_since_has_both_changes(tmp_path: Path, found: Input) -> None:
    series = Continued(tmp_path)
    series.land(0, response([july(100)]))
    series.build(found)
    for day, value in ((1, 100), (2, 101), (3, 101), (4, 100)):
        series.land(day, response([july(value)]))
    series.build(found)
    assert [(v.value, v.day, v.until) for v in series.vintages()] == [(100, 0, 2), (101, 2, 4), (100, 4, None)]


def test_a_damaged_response_that_was_read_before_stops_no_build_that_continues(tmp_path: Path, found: Input) -> None:
    series = Continued(tmp_path)
    first = series.land(0, response([july(100)]))
    series.build(found)
    first.body.chmod(0o644)
    first.body.write_bytes(b"spoilt")
    series.land(1, response([july(101)]))
    series.build(found)
    assert len(series.newest()) == 1
    with pytest.raises(cells.DamagedResponseError, match="not what was landed"):
        whole(series, found)


RENAMED = description({"a": NUMBER}, {"_y": [{"0": ALL}, {"1": "Dagpenge", "2": "Kontanthjælp"}]})
FIRST = description({"a": NUMBER}, DIMENSION)


@pytest.mark.parametrize(
    ("day", "body", "described"),
    [
        pytest.param(1, [july(5), july(1, "A-dagpenge")], FIRST, id="in between"),
        pytest.param(3, [july(5), july(1, "Dagpenge")], RENAMED, id="a member renamed"),
        pytest.param(3, [july(5), july(1, "Kontanthjælp")], FIRST, id="a new part, so that others are no longer all"),
    ],
)
def test_what_tells_otherwise_what_was_read_has_its_table_read_whole(
    tmp_path: Path, found: Input, day: int, body: list[list[Any]], described: bytes
) -> None:
    series = Continued(tmp_path)
    for before in (0, 2):
        series.land(before, response([july(before), july(before, "A-dagpenge")]), FIRST)
    series.build(found)
    series.land(day, response(body), described)
    series.build(found)
    assert series.how == {TABLE: FULL}
    assert sorted(series.facts_by_cell.values(), key=repr) == whole(series, found)


# --- whether a release can be continued ---------------------------------------------------------------------

NOW, READING = dt.datetime(2026, 9, 10, tzinfo=dt.UTC), "f" * 64
LANDED = {"landing/t/1.data.json.gz": "a" * 64}


def published(layout: Layout, **told: Any) -> Layout:
    """Write a release that says no more of itself than whether it can be continued."""
    build_id = "20260909T000000000000Z-0123abcd"
    folder = layout.releases / build_id
    folder.mkdir(parents=True)
    manifest = {
        "build_id": build_id, "built_at": NOW.isoformat(), "contract": 1, "input_sha256": "", "outputs": {},
        "changes": {}, "checks": [], "rows": {}, "inputs": LANDED, "has_synthetic": False, "continues": None,
        "reading_sha256": READING,
        "whole_at": (NOW - dt.timedelta(days=2)).isoformat(), **told,
    }  # fmt: skip
    (folder / "manifest.json").write_text(manifest_text(manifest), encoding="utf-8")
    layout.current.symlink_to(Path("releases") / build_id)
    return layout


def next_build(inputs: dict[str, str] | None = None) -> Build:
    """Return a build that begins now."""
    inputs = LANDED if inputs is None else inputs
    return Build("20260910T000000000000Z-0123abcd", NOW, "", "", inputs, reading_sha256=READING)


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    """Return the project's input tables, and an empty data folder."""
    made = Layout(PROJECT / "seeds", tmp_path / "data")
    made.data.mkdir()
    return made


def test_a_release_of_the_same_code_and_series_is_continued(layout: Layout) -> None:
    assert incremental.why_not(published(layout), next_build({**LANDED, "landing/t/2.data.json.gz": ""})) == ""


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({"reading_sha256": "0" * 64}, "other code"),
        ({"has_synthetic": True}, "made-up"),
        ({"whole_at": (NOW - dt.timedelta(days=7)).isoformat()}, "once a week"),
        ({"inputs": {}}, "no responses"),
        ({"inputs": {**LANDED, "landing/t/0.data.json.gz": ""}}, "some that are gone"),
    ],
)
def test_what_a_release_can_not_be_continued_for_is_said(layout: Layout, told: dict[str, Any], why: str) -> None:
    assert why in incremental.why_not(published(layout, **told), next_build())


def inputs_of(model: str, but_for: str) -> set[str]:
    """Name the raw tables that a model is made of, but for those that it has through another."""
    by_id = {node.unique_id: node for node in dbt_graph.models()}
    found, waiting = set[str](), [node.unique_id for node in by_id.values() if node.name == model]
    while waiting:
        for parent in by_id[waiting.pop()].depends_on.nodes:
            if parent not in by_id:
                found.add(parent.rpartition(".")[2])
            elif by_id[parent].name != but_for:
                waiting.append(parent)
    return found


def test_a_change_of_who_is_ranked_among_whom_has_the_next_build_read_everything(
    layout: Layout, tmp_path: Path
) -> None:
    def is_told_apart(name: str) -> bool:
        changed = Layout(tmp_path / name / "seeds", layout.data)
        shutil.copytree(layout.seeds, changed.seeds)
        with (changed.seeds / f"{name}.csv").open("a", encoding="utf-8") as file:
            file.write("\n")
        return fingerprint.reading_sha256(changed) != fingerprint.reading_sha256(layout)

    # What is read of the responses is known by these.
    inputs = {name for name in inputs_of("fct_benchmark_rank", but_for="fct_benchmark") if not name.startswith("read_")}
    assert {"comparison_groups", "comparison_group_areas", "series_rankings", "target_series"} <= inputs
    assert {name for name in inputs if not is_told_apart(f"shared/{name}")} == set()
    assert not is_told_apart("plads_til_alle_2007/budget_lines")


def test_without_a_release_or_with_a_damaged_one_everything_is_read(layout: Layout) -> None:
    assert "nothing is published" in incremental.why_not(layout, next_build())
    published(layout)
    (layout.current / "manifest.json").write_text("{}", encoding="utf-8")
    assert "damaged" in incremental.why_not(layout, next_build())


def test_an_audit_is_due_a_week_after_everything_was_read(layout: Layout) -> None:
    published(layout, continues="20260902T000000000000Z-0123abcd")
    assert not incremental.is_audit_due(layout, NOW + dt.timedelta(days=4))
    assert incremental.is_audit_due(layout, NOW + dt.timedelta(days=5))


def test_a_release_that_was_read_whole_needs_no_audit(layout: Layout) -> None:
    assert not incremental.is_audit_due(published(layout), NOW + dt.timedelta(days=30))


# --- the files ----------------------------------------------------------------------------------------------

KEY = {"fct_benchmark": ["measure_key", "area_key", "period_key", "member"]}


class Files:
    """A fact of two tables over two years, whose Parquet is written as a release's."""

    def __init__(self, folder: Path) -> None:
        """Make the fact, with two measures and two areas in each of four periods."""
        self.folder = folder
        self.db = duckdb.connect()
        self.db.execute(
            """
            create table dim_period as
            from (values (1, '2024M11', 2024), (2, '2024M12', 2024), (3, '2025M01', 2025), (4, '2025M02', 2025))
            as t (period_key, period_id, year_key)
            """
        )
        self.db.execute(
            """
            create table fct_benchmark as
            select table_id, measure_key, area_key, period_key, 'I alt' as member, 10 * period_key as value
            from (values ('t'), ('u')) as a (table_id), range(2) as m (measure_key), range(2) as b (area_key),
                dim_period
            order by all desc
            """
        )

    def write(
        self, name: str, base: Release | None = None, changed: Iterable[tuple[str, int]] = ()
    ) -> tuple[Release, dict[str, Any]]:
        """Write the files; gives them as a release, and those that were taken over.

        `changed` names the periods of which a row differs from `base`.
        """
        staged = self.folder / name
        taken_over = (base, Changes({}, {"fct_benchmark": set(changed)})) if base else None
        linked = parquet.write(self.db, KEY, staged, taken_over, is_synthetic=False).linked
        paths = {str(path.relative_to(staged)): path for path in sorted(staged.rglob("*.parquet"))}
        outputs = {name: {"sha256": sha256(path), "bytes": path.stat().st_size} for name, path in paths.items()}
        return Release(staged, {"outputs": outputs}), linked

    def rows(self, release: Release) -> list[tuple[Any, ...]]:
        """Read all files together."""
        folder = release.folder / "parquet" / "fct_benchmark"
        return self.db.execute(f"from read_parquet('{folder}', hive_partitioning = true) order by all").fetchall()


@pytest.fixture
def files(tmp_path: Path) -> Files:
    """Make a fact."""
    return Files(tmp_path)


def stems(release: Release, table_id: str = "t") -> list[str]:
    """Name the files of a table."""
    return sorted(Path(name).stem for name in release.manifest["outputs"] if f"table_id={table_id}/" in name)


@pytest.mark.parametrize(
    ("in_one_file", "of_a_period", "expected"),
    [
        (16, 1, ["data"]),
        (15, 4, ["2024M11", "2024M12", "2025M01", "2025M02"]),
        (15, 5, ["2024", "2025"]),
    ],
)
def test_a_large_table_is_a_file_a_period_or_a_year(
    files: Files, monkeypatch: pytest.MonkeyPatch, in_one_file: int, of_a_period: int, expected: list[str]
) -> None:
    monkeypatch.setattr(parquet, "ROWS_IN_ONE_FILE", in_one_file)
    monkeypatch.setattr(parquet, "ROWS_OF_A_PERIOD", of_a_period)
    written, linked = files.write("one")
    assert stems(written) == stems(written, "u") == expected
    assert linked == {}
    query = "select measure_key, area_key, period_key, member, value, table_id from fct_benchmark order by all"
    assert files.rows(written) == files.db.execute(query).fetchall()


@pytest.fixture
def by_year(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a file a year."""
    monkeypatch.setattr(parquet, "ROWS_IN_ONE_FILE", 1)
    monkeypatch.setattr(parquet, "ROWS_OF_A_PERIOD", 100)


@pytest.mark.usefixtures("by_year")
def test_only_files_of_which_no_row_changed_are_taken_over(files: Files) -> None:
    base, _ = files.write("one")
    files.db.execute("update fct_benchmark set value = 0 where table_id = 't' and period_key = 3")
    after, linked = files.write("two", base, [("t", 3)])
    assert set(linked) == {
        "parquet/fct_benchmark/table_id=t/2024.parquet",
        "parquet/fct_benchmark/table_id=u/2024.parquet",
        "parquet/fct_benchmark/table_id=u/2025.parquet",
    }
    assert files.rows(after) == files.rows(files.write("three")[0])
    assert files.write("three")[0].manifest == after.manifest


@pytest.mark.usefixtures("by_year")
def test_of_a_table_that_lost_a_period_no_file_is_taken_over(files: Files) -> None:
    base, _ = files.write("one")
    files.db.execute("delete from fct_benchmark where table_id = 't' and period_key = 3")
    after, linked = files.write("two", base, [("t", 3)])
    assert {Path(name).parent.name for name in linked} == {"table_id=u"}
    assert files.write("three")[0].manifest == after.manifest


@pytest.mark.usefixtures("by_year")
@pytest.mark.parametrize("at_once", [1, 5, 1000])
def test_files_are_the_same_however_many_rows_are_gathered_at_once(
    files: Files, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    whole = files.write("one")[0].manifest
    monkeypatch.setattr(parquet, "_ROWS_AT_ONCE", at_once)
    assert files.write("two")[0].manifest == whole


@pytest.mark.usefixtures("by_year")
def test_a_file_that_is_no_longer_what_was_published_is_written_anew(files: Files) -> None:
    base, _ = files.write("one")
    damaged = base.folder / "parquet/fct_benchmark/table_id=t/2024.parquet"
    damaged.write_bytes(b"PAR1")
    (base.folder / "parquet/fct_benchmark/table_id=t/2025.parquet").unlink()
    after, linked = files.write("two", base)
    assert {Path(name).parent.name for name in linked} == {"table_id=u"}
    assert after.manifest == base.manifest


# --- a whole refresh ----------------------------------------------------------------------------------------


def land_later(layout: Layout) -> None:
    """Land a response that follows all others of its table: one cell revised, and one of a period that is new."""
    landing = Landing(layout)
    newest = landing.whole_data()[-1]
    values = [["2024M08", "København", "Kontanthjælp", 77, None], ["2026M07", "København", "Kontanthjælp", 78, 1.5]]
    rows = [[*row, *[None] * (len(newest.columns) - len(row))] for row in values]
    body = json.dumps({"columns": newest.columns, "rows": rows}).encode()
    at = newest.retrieved_at + dt.timedelta(seconds=1)
    origin = Origin(newest.table_id, "data", at, "api", "made for a test", 200, "later")
    landing.land(origin, body, check_data(body, Promise()))


@pytest.fixture(scope="module")
def continued(with_series: PublishedSeries, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Path]:
    """Return three releases: one with series, one that continues it with a response more, and the same read whole."""
    layout = copy_of(with_series.layout, tmp_path_factory.mktemp("continued"))
    folders = [release_folder(layout)]
    land_later(layout)
    for arguments in ((), ("--force",)):
        done = jobmaal(layout, "refresh", *arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        folders.append(release_folder(layout))
    first, second, third = folders
    return first, second, third


def told(release: Path) -> dict[str, Any]:
    """Read a release's manifest."""
    manifest: dict[str, Any] = json.loads((release / "manifest.json").read_text(encoding="utf-8"))
    return manifest


def test_a_refresh_reads_what_is_new_and_says_what_it_continues(continued: tuple[Path, Path, Path]) -> None:
    first, second, third = map(told, continued)
    assert (first["continues"], second["continues"], third["continues"]) == (None, first["build_id"], None)
    assert second["whole_at"] == first["whole_at"]
    assert third["whole_at"] == third["built_at"]
    assert second["series"]["cells_read"] == 8
    hows = set(second["series"]["tables"].items())
    assert {how for table_id, how in hows if table_id == "y25i01"} == {INCREMENTAL}
    assert {how for table_id, how in hows if table_id != "y25i01"} == {UNCHANGED}
    assert set(third["series"]["tables"].values()) == {FULL}
    assert third["series"]["cells_read"] > 1000


def test_a_release_that_continues_another_is_the_one_that_read_everything(continued: tuple[Path, Path, Path]) -> None:
    _, second, third = continued
    with duckdb.connect() as database:
        for name, release in (("a", second), ("b", third)):
            database.execute(f"attach '{release / 'warehouse.duckdb'}' as {name} (read_only)")
        names = database.execute("select table_name from duckdb_tables() where database_name = 'a'").fetchall()
        for (name,) in names:
            rows = [f"(from {a}.main.{name} except all from {b}.main.{name})" for a, b in ("ab", "ba")]
            found = [database.execute(f"select count(*) from {row}").fetchall()[0][0] for row in rows]
            assert found == ([1, 1] if name == "audit_build" else [0, 0]), name
    parquet_of = [
        {name: output for name, output in told(release)["outputs"].items() if name.startswith("parquet/")}
        for release in (second, third)
    ]
    for outputs in parquet_of:
        del outputs["parquet/audit_build.parquet"]
    assert parquet_of[0] == parquet_of[1]
    # What is read whole of the same responses is what stood there: an audit that finds nothing.
    assert told(third)["changes"] == {}


def test_what_changed_is_counted_by_what_was_written(continued: tuple[Path, Path, Path]) -> None:
    changes = told(continued[1])["changes"]
    assert changes["fct_benchmark"] == {"added": 4, "gone": 0, "changed": 4}
    assert changes["fct_benchmark_vintage"] == {"added": 8, "gone": 0, "changed": 4}
    assert changes["audit_reply"] == {"added": 1, "gone": 0, "changed": 0}


def test_files_that_did_not_change_are_one_file_in_both_releases(continued: tuple[Path, Path, Path]) -> None:
    first, second, third = continued
    linked = [
        name
        for name in told(second)["outputs"]
        if name.startswith("parquet/fct_benchmark") and (second / name).samefile(first / name)
    ]
    assert len(linked) == told(second)["series"]["parquet_files_linked"] > 0
    assert not any("table_id=y25i01" in name for name in linked)
    assert told(third)["series"]["parquet_files_linked"] == 0


@pytest.mark.parametrize("how", [FULL, INCREMENTAL])
def test_a_cell_that_stands_twice_stops_the_gate(continued: tuple[Path, Path, Path], tmp_path: Path, how: str) -> None:
    second = continued[1]
    data = second.parent.parent
    layout = Layout(data.parent / "seeds", tmp_path / "data")
    work_folder.make(layout)
    shutil.copytree(data / "work", layout.work, dirs_exist_ok=True)
    shutil.copy(second / "warehouse.duckdb", layout.warehouse)
    layout.warehouse.chmod(0o644)
    with duckdb.connect(str(layout.work_database)) as database:
        # The work folder is the last build's, which read everything.
        database.execute("update raw.read_tables set how = ? where table_id = 'y25i01'", [how])
    facts = ("fct_benchmark", "fct_benchmark_vintage")
    with environment(layout):
        workspace = Workspace()
        assert all(outcome.holds for outcome in dbt_graph.check(facts, workspace, lambda _: None))
        with duckdb.connect(str(layout.warehouse)) as database:
            for fact in facts:
                cell = "where table_id = 'y25i01' and measure_key > 0 order by all limit 1"
                database.execute(f"insert into {fact} from (from {fact} {cell})")
        outcomes = dbt_graph.check(facts, workspace, lambda _: None)
    red = {outcome.asset: outcome.failing_rows for outcome in outcomes if not outcome.holds}
    assert set(red) == set(facts)
    assert all(rows[0]["number_of_rows"] == "2" for rows in red.values())


def test_a_damaged_release_is_not_continued(continued: tuple[Path, Path, Path], tmp_path: Path) -> None:
    data = continued[0].parent.parent
    layout = copy_of(Layout(data.parent / "seeds", data), tmp_path)
    damaged = release_folder(layout) / "warehouse.duckdb"
    damaged.chmod(0o644)
    with damaged.open("r+b") as file:
        file.seek(-100, 2)
        file.write(b"spoilt")
    land_later(layout)
    done = jobmaal(layout, "refresh")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "damaged" in done.stderr
    assert told(release_folder(layout))["continues"] is None
    assert set(told(release_folder(layout))["series"]["tables"].values()) == {FULL}
