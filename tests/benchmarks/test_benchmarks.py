"""The benchmarks: what they count, compare and print is right. No test measures how fast anything is."""

import json
import sys
from pathlib import Path

import duckdb
import pytest

from benchmarks import increment, landing, measure, queries, readers, spark, table
from jobmaal import raw
from jobmaal.core import progress
from jobmaal.core.layout import PROJECT, Layout
from jobmaal.jobindsats import cells
from jobmaal.jobindsats.landing import Landed, Landing
from jobmaal.jobindsats.response import Promise, check_data
from jobmaal.releases import catalogue
from tests.conftest import PublishedSeries
from tests.helpers.reading import Answer, Read

_TINY = landing.Shaped(("ptv_a02",), ("København", "Aarhus", "Hele landet"), months=2, added_months=1, added_tables=1)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> landing.Made:
    return landing.made(_TINY, tmp_path_factory.mktemp("tiny"))


# --- the made-up history --------------------------------------------------------------------------------


def test_the_made_up_responses_are_usable(tiny: landing.Made) -> None:
    responses = _landed(tiny, landing.HISTORY, landing.ADDED, landing.CHANGED)
    assert len(responses) == 4
    for found in responses:
        shape = check_data(found.read(), Promise())
        assert (shape.columns, shape.dimensions, shape.rows) == (found.columns, found.dimensions, found.rows)


def test_the_history_has_as_many_cells_as_it_says(tiny: landing.Made) -> None:
    assert tiny.cells[landing.HISTORY] == _TINY.cells == sum(r.cells for r in _landed(tiny, landing.HISTORY))
    assert tiny.cells[landing.CHANGED] == _TINY.cells / 2
    assert tiny.cells[landing.ADDED] == _TINY.cells / 4


@pytest.mark.parametrize("cells", [1_000_000, 10_000_000, 100_000_000])
def test_a_history_is_about_as_large_as_asked_and_no_more_than_a_hundredth_is_added(cells: int) -> None:
    shape = landing.shaped(cells)
    assert shape.cells == pytest.approx(cells, rel=0.01)
    added = shape.added_months * shape.added_tables * shape.cells_a_month
    # The smallest that can be added is a month of a table.
    assert added <= max(shape.cells / 100, shape.cells_a_month)


def test_the_same_history_is_made_once_and_has_the_same_bytes(tiny: landing.Made, tmp_path: Path) -> None:
    def written(made: landing.Made) -> dict[str, int]:
        return {str(f.relative_to(made.folder)): f.stat().st_mtime_ns for f in made.folder.rglob("*.json.gz")}

    before = written(tiny)
    assert landing.made(_TINY, tiny.folder) == tiny
    assert written(tiny) == before
    assert written(landing.made(_TINY, tmp_path)).keys() == before.keys()


def test_a_redelivery_changes_about_a_row_in_a_hundred_and_each_of_its_cells(tmp_path: Path) -> None:
    areas = landing.shaped(1_000_000).areas
    made = landing.made(landing.Shaped(("ptv_a02",), areas, 1, 1, 1), tmp_path)
    _, second = _landed(made, landing.HISTORY)
    (third,) = _landed(made, landing.CHANGED)
    pairs = list(zip(json.loads(second.read())["rows"], json.loads(third.read())["rows"], strict=True))
    changed = [(was, now) for was, now in pairs if was != now]
    assert len(changed) / len(pairs) == pytest.approx(0.01, abs=0.003)
    assert all(
        was[:4] == now[:4] and all(a != b for a, b in zip(was[4:], now[4:], strict=True)) for was, now in changed
    )


def test_the_history_loads_and_its_revisions_are_vintages(tiny: landing.Made) -> None:
    with tiny.run("load", (landing.HISTORY, landing.ADDED, landing.CHANGED)) as layout, duckdb.connect() as database:
        found = raw.read_all(layout).tables
        loaded = cells.load(database, layout, found, cells.snapshot(layout, found))
        assert loaded.cells == sum(tiny.cells.values())
        newest = database.execute(
            "select count(*) from raw.read_vintages where ended_by_response_no is null"
        ).fetchone()
        assert newest == (tiny.cells[landing.CHANGED] + tiny.cells[landing.ADDED],)
        assert loaded.values > newest[0]
    assert not layout.data.exists()


def _landed(made: landing.Made, *deliveries: str) -> list[Landed]:
    return [r for name in deliveries for r in Landing(Layout(landing.SEEDS, made.folder / name)).whole_data()]


# --- measuring ------------------------------------------------------------------------------------------


def test_memory_is_that_of_a_process_and_its_children_at_once(tmp_path: Path) -> None:
    child = "import time; kept = bytearray(100_000_000); time.sleep(1)"
    parent = f"import subprocess, sys; kept = bytearray(100_000_000); subprocess.run([sys.executable, '-c', '{child}'])"
    run = measure.run([sys.executable, "-c", parent], measure.environment(Layout(PROJECT / "seeds", tmp_path)))
    assert 200 < run.memory_mb < 400
    assert run.seconds > 1


def test_a_side_reports_in_its_last_line_and_ends_the_benchmark_where_it_fails(tmp_path: Path) -> None:
    known = measure.environment(Layout(PROJECT / "seeds", tmp_path))
    assert measure.run([sys.executable, "-c", 'print("so\\n{\\"seconds\\": 2}")'], known).answer == {"seconds": 2}
    with pytest.raises(SystemExit, match="ended with 1:\nno way"):
        measure.run([sys.executable, "-c", "raise SystemExit('no way')"], known)


def test_the_seconds_of_steps_are_read_from_the_progress_of_a_refresh(capsys: pytest.CaptureFixture[str]) -> None:
    for name, text in (("series", "14 tables"), ("check", "180 dbt tests"), ("check", "40 expectations")):
        progress.step(name, text, 0.0)
    seconds = increment.steps(measure.Run(0, 0, 0, capsys.readouterr().err))
    assert seconds.keys() == {"series", "check"}
    assert seconds["check"] == pytest.approx(2 * seconds["series"], rel=0.01)


def test_figures_are_computed_from_what_was_measured() -> None:
    assert [measure.percentile(values, 0.95) for values in ([3, 1, 2], range(1, 101), [7])] == [3, 95, 7]
    assert increment.checks_share({"load": 1, "series": 5, "build": 4, "check": 2, "publish": 9}) == 0.2
    counted = {"cells_read": 10, "values_written": 20, "parquet_rows_written": 5, "tables": {}}
    assert increment.touched_share(counted, 1000) == 0.02
    assert increment.touched_share({"cells_read": 10}, 1000) is increment.touched_share(None, 1000) is None
    answers = [[Answer(None, 0.5, 1), Answer(None, 1.5, 2)], [Answer(None, 2.5, 3)]]
    assert readers.within([Read(of_one) for of_one in answers], [(0, 1), (2, 3)]) == [1, 3]
    assert table.slope([1, 10, 100], [2, 20, 200]) == pytest.approx(1)
    assert table.slope([1, 10, 100], [1, 100, 10_000]) == pytest.approx(2)


def test_queries_of_the_flat_files_return_what_those_of_the_warehouse_return(
    with_series: PublishedSeries, tmp_path: Path
) -> None:
    with duckdb.connect(str(with_series.layout.current / catalogue.WAREHOUSE), read_only=True) as database:
        pairs = queries.pairs(database, tmp_path)
        assert len(pairs) == 8
        for pair in pairs:
            own = queries.answer(database, pair.own, pair.parameters)
            assert own
            assert own == queries.answer(database, pair.flat, pair.parameters), pair.name


# --- the table ------------------------------------------------------------------------------------------


def test_the_tables_on_the_pages_are_those_of_the_results() -> None:
    page, results = table.PAGE.read_text(encoding="utf-8"), table.read_results()
    assert table.on_page(page, table.table(table.found(results))) == page, "run python -m benchmarks.table"
    page = spark.PAGE.read_text(encoding="utf-8")
    shown = spark.on_paper(results.get("spark"))
    assert table.on_page(page, shown, spark.BEGIN) == page, "run python -m benchmarks.spark"


def test_a_result_keeps_the_bounds_of_the_table_that_it_was_measured_for() -> None:
    for result in table.read_results().values():
        for row_id, figure in result["measured"].items():
            assert figure == table.figure(row_id, figure["value"])


def test_a_figure_at_its_bound_keeps_it() -> None:
    assert table.figure("series", 2.0)["is_met"]
    assert not table.figure("series", 2.01)["is_met"]
    assert table.figure("dlt", 10.0)["is_met"]
    assert not table.figure("dlt", 9.99)["is_met"]
    assert table.figure("added_cells", None) == {"value": None, "bound": 0.05, "is_met": None}


def test_a_row_shows_the_largest_history_and_growth_leaves_out_the_fixed_start() -> None:
    def result(cells: int, seconds: float, value: float | None) -> dict[str, object]:
        return {
            "cells": cells, "runs": 3, "measured": {"series": table.figure("series", value)},
            "median_seconds": {"series": seconds, "series of nothing": 5.0},
        }  # fmt: skip

    figures = table.found({"series.1M": result(1_000_000, 6, 3.0), "series.10M": result(10_000_000, 15, 1.5)})
    assert figures["series"] == {"value": 1.5, "bound": 2.0, "is_met": True, "cells": "10 M", "runs": 3}
    assert figures["growth_series"]["value"] == 1
    assert figures["growth_series"]["cells"] == "1 M → 10 M"
    # A figure that a larger history lacks is that of a smaller one.
    figures = table.found({"series.1M": result(1_000_000, 6, 3.0), "series.10M": result(10_000_000, 15, None)})
    assert figures["series"]["cells"] == "1 M"
    written = table.table(figures)
    assert f"|1 M|3|3.00{table.TIMES}|≤ 2{table.TIMES}|**no**|" in written
    assert written.count("not measured") == len(table.ROWS) - 2
