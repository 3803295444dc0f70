"""The series of a whole release: fetched over a socket or landed from files, refreshed, and queried as a user would.

Belongs here: what the public tables show of what was published. Does not: how a response is judged, read or fetched
(`tests/jobindsats`), nor the formulas on made-up rows (dbt's unit tests).
"""

import json
import os
import re
import shutil
from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from jobmaal.core.errors import EXIT_BROKE_DOWN
from jobmaal.core.layout import PROJECT, Layout
from jobmaal.demo import landing, synthetic
from jobmaal.jobindsats.landing import Landing
from jobmaal.releases.catalogue import current_id
from jobmaal.releases.publish import SYNTHETIC_MARK
from tests.conftest import (
    SUPPRESSED,
    TARGET_SERIES,
    Published,
    PublishedSeries,
    copy_of,
    environment,
    jobmaal,
    release_folder,
)
from tests.helpers.input import copy_project_seeds
from tests.helpers.v3_server import ServedTable

SHARED = Path(os.environ.get("JOBMAAL_SHARED") or PROJECT.parent / "shared") / "jobindsats"
ALL = "Ydelsesgrupper i alt"
#: Makes a view with one row per cell, with names in addition to its keys.
NAMED = """
    create temp view {0}_named as
    select b.*, m.measure_id, a.area_name, a.area_type, p.period_id
    from {0} as b
    inner join dim_measure as m using (measure_key)
    inner join dim_area as a using (area_key)
    inner join dim_period as p using (period_key)
"""
Cell = tuple[str, str, str]


def ask(layout: Layout, query: str, *parameters: object) -> list[Any]:
    """Query the current release."""
    with duckdb.connect(str(layout.current / "warehouse.duckdb"), read_only=True) as database:
        database.execute("set timezone = 'UTC'")
        for table in set(re.findall(r"(\w+)_named", query)):
            database.execute(NAMED.format(table))
        return database.execute(query, parameters).fetchall()


def published_cells(table: ServedTable, column: int, revision: int | None = None) -> dict[Cell, Decimal | None]:
    """Return a measure's cells by period, area and label as the publisher has them (or had them at a revision)."""
    body = synthetic.response(table.shape, table.revision if revision is None else revision)
    rows = json.loads(body, parse_float=Decimal)["rows"]
    cells = {tuple(row[:3]): None if row[column] is None else Decimal(row[column]) for row in rows}
    return cells | {SUPPRESSED: None} if revision is None else cells


# --- values are those of the publisher --------------------------------------------------------------------


def test_both_fetches_report_what_they_fetched(with_series: PublishedSeries) -> None:
    assert with_series.first.returncode == with_series.second.returncode == 0
    assert with_series.first.stdout.count("fetched") == len(with_series.tables)
    assert with_series.second.stdout.count("fetched") == 1


def test_the_newest_values_are_those_of_the_newest_revision(with_series: PublishedSeries) -> None:
    expected = published_cells(with_series.tables["y25i01"], 4)
    renamed = {(p, a, "Dagpenge (a-kasse)" if m == "A-dagpenge" else m): v for (p, a, m), v in expected.items()}
    query = "select period_id, area_name, member, value, value_status from fct_benchmark_named"
    found = ask(with_series.layout, f"{query} where table_id = 'y25i01' and measure_id = 'ledige_antal'")
    assert {(p, a, m): v for p, a, m, v, _ in found} == renamed
    assert {status for *_, value, status in found if value is None} == {"suppressed"}
    assert {status for *_, value, status in found if value is not None} == {"reported"}


def test_what_was_known_before_the_revision_is_one_where(with_series: PublishedSeries) -> None:
    before, now = (published_cells(with_series.tables["y25i01"], 4, revision) for revision in (0, 1))
    [(first,)] = ask(with_series.layout, "select min(retrieved_at) from audit_reply where table_id = 'y25i01'")
    found = ask(
        with_series.layout,
        """
        select period_id, area_name, member, value from fct_benchmark_vintage_named
        where
            table_id = 'y25i01' and measure_id = 'ledige_antal' and is_total
            and valid_from <= $1 and (valid_to is null or valid_to > $1)
        """,
        first,
    )
    totals = {cell: value for cell, value in before.items() if cell[2] == ALL}
    assert {tuple(row[:3]): row[3] for row in found} == totals
    assert any(now[cell] != value for cell, value in totals.items())


def test_only_what_changed_is_stored_again_and_a_renamed_label_splits_nothing(with_series: PublishedSeries) -> None:
    cells = [published_cells(with_series.tables["y25i01"], 4, revision) for revision in (0, 1)]
    changed = sum(cells[0][cell] != value for cell, value in cells[1].items()) + (cells[1][SUPPRESSED] is not None)
    query = "from fct_benchmark_vintage_named where table_id = 'y25i01' and measure_id = 'ledige_antal'"
    assert ask(with_series.layout, f"select count(*) {query}") == [(len(cells[0]) + changed,)]
    labels = [row[0] for row in ask(with_series.layout, f"select distinct member {query} order by 1")]
    assert labels == ["Dagpenge (a-kasse)", "Kontanthjælp", ALL]


def test_every_benchmark_names_the_response_that_showed_it_first(with_series: PublishedSeries) -> None:
    [(source_ref,)] = ask(
        with_series.layout,
        "select max(source_ref) from fct_benchmark inner join audit_reply using (source_ref, table_id) "
        "where table_id = 'y25i01' and reply_source = 'api'",
    )
    done = jobmaal(with_series.layout, "trace", source_ref)
    assert done.returncode == 0, done.stderr
    assert "/data/y25i01?" in done.stdout
    response = next(r for r in Landing(with_series.layout).responses("y25i01") if r.source_ref == source_ref)
    assert str(response.body) in done.stdout
    assert response.sha256 in done.stdout


def test_responses_are_inputs_of_the_release_and_nothing_is_built_without_new_ones(
    with_series: PublishedSeries,
) -> None:
    manifest = json.loads((with_series.folder / "manifest.json").read_text(encoding="utf-8"))
    landed = {f"landing/{r.name}": r.sha256 for r in Landing(with_series.layout).whole_data()}
    assert landed.items() <= manifest["inputs"].items()
    assert manifest["has_synthetic"] is False
    assert "Nothing has changed" in jobmaal(with_series.layout, "refresh").stdout


# --- breaks --------------------------------------------------------------------------------------------------


def test_values_on_either_side_of_the_reform_have_different_segments(with_series: PublishedSeries) -> None:
    query = "select distinct period_id, series_segment from fct_benchmark_named where table_id = "
    segments = dict(ask(with_series.layout, query + "'y60a02'"))
    assert {segments[p] for p in segments if p < "2025M07"} == {0}
    assert {segments[p] for p in segments if p >= "2025M07"} == {2}
    assert set(dict(ask(with_series.layout, query + "'y25i01'")).values()) == {0}
    before = ask(
        with_series.layout, "select before_table_id from dim_series_break where table_id = 'y60a02' order by 1"
    )
    assert before == [("y35a02",), ("y36a02",), ("y38a02",)]


# --- ranks ---------------------------------------------------------------------------------------------------


def test_ranks_are_those_of_the_values_among_the_areas_of_the_group(with_series: PublishedSeries) -> None:
    values = published_cells(with_series.tables["y25i01"], 5)
    groups: dict[str, set[str]] = defaultdict(set)
    for group, area in ask(
        with_series.layout,
        """
        select comparison_group_id, area_name from bridge_comparison_group
        inner join dim_comparison_group using (comparison_group_key) inner join dim_area using (area_key)
        """,
    ):
        groups[group].add(area)
    found = ask(
        with_series.layout,
        """
        select g.comparison_group_id, r.period_id, r.area_name, r.rank, r.areas_ranked, r.gap_to_best, best.area_name
        from fct_benchmark_rank_named as r
        inner join dim_comparison_group as g using (comparison_group_key)
        inner join dim_area as best on r.best_area_key = best.area_key
        where r.table_id = 'y25i01' and r.measure_id = 'ledige_pct' and r.member = 'Ydelsesgrupper i alt'
        """,
    )
    assert {row[0] for row in found} == {g for g in groups if not g.startswith("klynge")}
    by_ranking: dict[tuple[str, str], dict[str, Sequence[Any]]] = defaultdict(dict)
    for group, period, area, *rest in found:
        by_ranking[group, period][area] = rest
    for (group, period), ranks in by_ranking.items():
        own = {area: values[period, area, ALL] for area in groups[group]}
        assert None not in own.values()
        best = min(own.values())  # type: ignore[type-var]
        assert ranks.keys() == own.keys()
        for area, (rank, ranked, gap, best_area) in ranks.items():
            assert rank == 1 + sum(other < own[area] for other in own.values())  # type: ignore[operator]
            assert (ranked, gap) == (len(own), own[area] - best)  # type: ignore[operator]
            assert own[best_area] == best
            assert rank > 1 or best_area == area


# --- targets --------------------------------------------------------------------------------------------------


def _attained(with_series: PublishedSeries, target_id: str) -> dict[str, tuple[Decimal | None, str, str]]:
    return {
        period: (actual, status, source)
        for period, actual, status, source in ask(
            with_series.layout,
            """
            select period_id, actual_value, attainment_status, actual_source
            from fct_target_attainment inner join dim_target using (target_key) inner join dim_period using (period_key)
            where target_id = ? and fct_target_attainment.document_id = 'beskaeftigelsesplan_2018'
            """,
            target_id,
        )
    }


def test_a_target_that_names_a_measure_is_followed_in_each_period_there_is(with_series: PublishedSeries) -> None:
    values = published_cells(with_series.tables["y25i01"], 5)
    periods = with_series.tables["y25i01"].shape.period_ids
    own = {p: values[p, "København", ALL] for p in periods}
    six = {p: [values[p, a, ALL] for a in SIX_CITIES] for p in periods}
    share, lead, rank, gap = (
        _attained(with_series, row["target_id"]) for row in (TARGET_SERIES[i] for i in (2, 1, 0, 3))
    )
    for p in periods:
        mine, best = own[p], min(six[p])
        assert mine is not None
        assert best is not None
        assert share[p] == (mine, "met" if mine <= 52 else "not_met", "series")
        ahead = values[p, "Aarhus", ALL] - mine  # type: ignore[operator]
        assert lead[p] == (ahead, "met" if ahead > 0 else "not_met", "series")
        place = 1 + sum(value < mine for value in six[p])  # type: ignore[operator]
        assert rank[p] == (place, "met" if place <= 10 else "not_met", "series")
        at_first = own["2024M07"] - min(six["2024M07"])  # type: ignore[operator, type-var]
        smaller = None if at_first <= 0 else 100 * (at_first - (mine - best)) / at_first
        if smaller is None:
            assert gap[p][:2] == (None, "not_measured")
        else:
            assert abs(gap[p][0] - smaller) < Decimal("0.0001")  # type: ignore[operator]
            assert gap[p][1] == ("met" if smaller >= 25 else "not_met")


SIX_CITIES = ("København", "Aarhus", "Aalborg", "Odense", "Esbjerg", "Randers")


def test_what_the_documents_report_themselves_stays_beside_the_series(with_series: PublishedSeries) -> None:
    found = _attained(with_series, "4.3.goal.top10")
    assert found["2017Q02"] == (30, "not_met", "document")
    [(latest,)] = ask(
        with_series.layout,
        "select period_id from fct_target_attainment inner join dim_target using (target_key) "
        "inner join dim_period using (period_key) where target_id = '4.3.goal.top10' and is_latest",
    )
    assert latest == "2026M06"


def test_a_group_whose_members_are_not_all_known_measures_no_target(with_series: PublishedSeries) -> None:
    assert {source for *_, source in _attained(with_series, "4.1.goal").values()} == {"document"}


# --- what the series claim of themselves -------------------------------------------------------------------------


def test_what_a_series_claims_is_counted_and_stops_nothing(with_series: PublishedSeries) -> None:
    claims = ask(
        with_series.layout,
        """
        select claim_kind, count(*), sum(cells_checked), sum(cells_deviating), list(distinct status order by status)
        from audit_reconciliation where document_id in ('y25i01', 'y30r21') group by 1 order by 1
        """,
    )
    by_kind: Mapping[str, Any] = {row[0]: row[1:] for row in claims}
    # Three releases of y25i01, the last of which suppresses a cell, and one of y30r21.
    assert by_kind["parts_of_total"][0] == 4
    assert by_kind["country_and_municipalities"][0] == 3
    rows, checked, deviating, statuses = by_kind["printed_place"]
    assert (rows, deviating, statuses) == (1, 0, ["ok"])
    assert checked == 98 * 4 * len(with_series.tables["y30r21"].shape.period_ids)
    assert "deviates" in {s for row in by_kind.values() for s in row[3]}


# --- faults --------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_damaged_response_stops_the_refresh_and_leaves_the_release(
    with_series: PublishedSeries, tmp_path: Path
) -> None:
    layout = copy_of(with_series.layout, tmp_path)
    current = current_id(layout)
    response = Landing(layout).whole_data()[0]
    response.body.chmod(0o644)
    response.body.write_bytes(response.body.read_bytes()[:-9])
    done = jobmaal(layout, "refresh", "--force")
    assert done.returncode == EXIT_BROKE_DOWN
    assert response.body.name in done.stderr
    assert "sha256" in done.stderr
    assert "Traceback" not in done.stderr
    assert current_id(layout) == current


def test_made_up_responses_are_refused_outside_the_demo(published: Published, tmp_path: Path) -> None:
    layout = Layout(published.layout.seeds, tmp_path / "data")
    shutil.copytree(published.layout.dbt_target, layout.dbt_target)
    for number, _ in enumerate(landing.land(layout)):
        # A table's name comes before its turn.
        if number == 1:
            break
    done = jobmaal(layout, "refresh")
    assert done.returncode == EXIT_BROKE_DOWN
    assert "made-up" in done.stderr
    assert current_id(layout) is None


# --- the demo ---------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_demo_is_a_release_of_its_own_and_marked_everywhere(
    published: Published, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(landing, "YEARS", 1)
    real = copy_of(published.layout, tmp_path)
    current = current_id(real)
    with environment(real):
        landed = list(landing.land(real.demo))
    assert len(landed) == 14 - 2, "the tables that the reform ended have nothing in the last year"
    done = jobmaal(real.demo, "refresh")
    assert done.returncode == 0, done.stderr
    assert "MADE UP" in done.stdout
    assert ask(real.demo, "select has_synthetic from audit_build") == [(True,)]
    assert {row[0] for row in ask(real.demo, "select is_synthetic from audit_reply")} == {True}
    comments = ask(real.demo, "select comment from duckdb_tables()")
    assert all(comment.startswith(SYNTHETIC_MARK) for (comment,) in comments)
    for path in release_folder(real.demo).rglob("*.parquet"):
        marks = duckdb.sql(f"select key, value from parquet_kv_metadata('{path}')").fetchall()
        assert (b"synthetic", b"true") in marks, path
    assert "Opdigtede tal" in (release_folder(real.demo) / "checks.html").read_text(encoding="utf-8")
    assert current_id(real) == current
    assert ask(real, "select has_synthetic from audit_build") == [(False,)]


# --- the real responses --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def real_responses(tmp_path_factory: pytest.TempPathFactory) -> Layout:
    """Land the saved responses and refresh."""
    if not (SHARED / "data").is_dir():
        pytest.skip(f"the saved responses of Jobindsats are not in {SHARED}")
    layout = copy_project_seeds(tmp_path_factory.mktemp("real_responses"))
    landed = jobmaal(layout, "land", str(SHARED))
    assert landed.returncode == 0, landed.stdout + landed.stderr
    done = jobmaal(layout, "refresh")
    assert done.returncode == 0, done.stderr
    return layout


def test_the_unemployed_of_copenhagen_today_and_as_known_on_the_18th_of_august(real_responses: Layout) -> None:
    where = """
        table_id = 'y25i01' and measure_id = 'ledige_antal' and area_name = 'København' and period_id = '2026M06'
        and is_total
    """
    today = ask(real_responses, f"select value from fct_benchmark_named where {where}")
    assert today == [(15591,)]
    known = ask(
        real_responses,
        f"""
        select value from fct_benchmark_vintage_named where {where}
        and valid_from <= timestamptz '2026-08-18 23:00:00 Europe/Copenhagen'
        and (valid_to is null or valid_to > timestamptz '2026-08-18 23:00:00 Europe/Copenhagen')
        """,
    )
    assert known == [(15185,)]


def test_the_place_of_copenhagen_on_the_ranking_is_what_the_table_prints(real_responses: Layout) -> None:
    where = "table_id = 'y30r21' and area_name = 'København' and period_id = '2020QMAT02' and is_total"
    printed = ask(real_responses, f"select value from fct_benchmark_named where {where} and measure_id = 'placering'")
    assert printed == [(63,)]
    [(rank, sharing)] = ask(
        real_responses,
        """
        select r.rank, count(*)
        from fct_benchmark_rank_named as r
        inner join fct_benchmark_rank as same
            on r.measure_key = same.measure_key and r.member = same.member and r.period_key = same.period_key
            and r.comparison_group_key = same.comparison_group_key and r.rank = same.rank
        inner join dim_comparison_group as g on r.comparison_group_key = g.comparison_group_key
        where
            r.measure_id = 'forskel_andel' and r.area_name = 'København' and r.period_id = '2020QMAT02'
            and r.member = 'Ydelsesgrupper i alt' and g.comparison_group_id = 'alle'
        group by 1
        """,
    )
    assert rank <= 63 <= rank + sharing - 1


def test_the_revisions_are_those_that_were_counted(real_responses: Layout) -> None:
    found = ask(
        real_responses,
        "select table_id, count(*) from fct_benchmark_vintage where valid_to is not null group by 1 order by 1",
    )
    assert found == [("y25i01", 1525), ("y25i09", 517)]
