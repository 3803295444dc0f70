"""The dashboard in a real Superset: every chart's numbers against the warehouse, before and after a new release.

Belongs here: what is in `bi/superset`, what Superset makes of it, and who may do what there. Does not: starting one
(`helpers.superset`).
"""

from __future__ import annotations

import datetime as dt
import json
import secrets
import shutil
import stat
import time
from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from bi.superset import assets
from jobmaal.core.errors import EXIT_BROKE_DOWN, JobmaalError, NoReleaseError
from jobmaal.core.layout import Layout
from jobmaal.readers.connection import open_release
from jobmaal.releases.catalogue import current_id, point_to
from tests.conftest import Published, PublishedSeries, copy_of
from tests.helpers.reading import reading
from tests.helpers.releases import vary
from tests.helpers.superset import Superset, inside, run, serving, superset, superset_ready

if TYPE_CHECKING:
    from playwright.sync_api import Browser

__all__ = ["superset", "superset_ready"]

CHARTS = dict(assets.of_kind(assets.committed(), "charts/"))
DATASETS = {content["uuid"]: content for _, content in assets.of_kind(assets.committed(), "datasets/")}
[(_, DASHBOARD)] = assets.of_kind(assets.committed(), "dashboards/")
Rows = Counter[tuple[Any, ...]]


# --- what is committed, without Superset --------------------------------------------------------------------------


def test_every_column_that_a_chart_or_filter_names_is_labelled_and_in_the_release(published: Published) -> None:
    filled = {c["uuid"]: c for _, c in assets.of_kind(assets.bundle(published.layout), "datasets/")}
    for name, chart in CHARTS.items():
        dataset = chart["dataset_uuid"]
        named = set(assets.columns_of(chart))
        assert named <= {column["column_name"] for column in filled[dataset]["columns"]}, name
        labels = {column["column_name"] for column in DATASETS[dataset]["columns"]}
        # What is shown is named in Danish: by a column's label, or a sum's own.
        [query] = assets.query_context(chart["viz_type"], chart["params"])["queries"]
        assert set(query["columns"]) <= labels, name
    for chosen in DASHBOARD["metadata"]["native_filter_configuration"]:
        [target] = chosen["targets"]
        assert target["column"]["name"] in {c["column_name"] for c in filled[target["datasetUuid"]]["columns"]}


def test_every_chart_is_on_the_dashboard_and_every_dataset_in_a_chart() -> None:
    placed = [part["meta"] for part in DASHBOARD["position"].values() if isinstance(part, dict) and "meta" in part]
    assert {meta["uuid"] for meta in placed if "uuid" in meta} == {chart["uuid"] for chart in CHARTS.values()}
    assert {chart["dataset_uuid"] for chart in CHARTS.values()} == DATASETS.keys()


def test_a_chart_selects_and_sums_and_computes_nothing_of_its_own() -> None:
    for name, chart in CHARTS.items():
        for metric in chart["params"].get("metrics", ()):
            # What is summed is money, courses or targets: rates, prices and ranks do not add up.
            column = metric["column"]["column_name"]
            assert (metric["expressionType"], metric["aggregate"]) == ("SIMPLE", "SUM"), name
            assert column.endswith("_dkk") or column == "planned_courses" or column.startswith("targets_"), name
            assert not column.startswith("cost_"), name
        assert all(one["expressionType"] == "SIMPLE" for one in chart["params"].get("adhoc_filters", ())), name
    assert all(dataset["metrics"] == [] and not dataset.get("sql") for dataset in DATASETS.values())


def test_rows_that_repeat_others_or_count_in_another_unit_are_never_summed() -> None:
    for name, chart in CHARTS.items():
        table = DATASETS[chart["dataset_uuid"]]["table_name"]
        wanted = {
            "rpt_agreement_budget": {("theme_name", "!=", "I alt"), ("account_id", "!=", "I alt")},
            "rpt_jobcenter_year": {("course_unit", "==", "forløb")},
        }.get(table, set())
        if chart["params"].get("metrics"):
            kept = {
                (one["subject"], one["operator"], one.get("comparator")) for one in chart["params"]["adhoc_filters"]
            }
            assert wanted <= kept, name


def test_the_bundle_describes_each_column_in_danish_and_shows_the_warehouse_s_words_in_danish(
    published: Published,
) -> None:
    bundle = assets.bundle(published.layout)
    targets = bundle["datasets/jobmaal/rpt_target.yaml"]
    columns = {column["column_name"]: column for column in targets["columns"]}
    assert columns["due_year"]["description"].startswith("Det kalenderår")
    assert "Én række" in targets["description"]
    with open_release(published.layout) as release:
        expression = columns["attainment_status_da"]["expression"]
        words = release.execute(f"select distinct attainment_status, {expression} from rpt_target").fetchall()
    assert ("not_measured", "Ikke målt") in words
    assert all(word != shown for word, shown in words)


def test_a_column_that_the_release_does_not_have_is_reported_before_anything_is_imported(
    published: Published, monkeypatch: pytest.MonkeyPatch
) -> None:
    contents = assets.committed()
    contents["datasets/jobmaal/rpt_target.yaml"]["columns"].append({"column_name": "gone", "verbose_name": "Væk"})
    monkeypatch.setattr(assets, "committed", lambda: contents)
    with pytest.raises(JobmaalError, match=r"rpt_target\.gone, which the current release does not have"):
        assets.bundle(published.layout)


def test_without_a_release_there_is_nothing_to_show(tmp_path: Path) -> None:
    with pytest.raises(NoReleaseError, match="jobmaal refresh"):
        assets.bundle(Layout(tmp_path / "seeds", tmp_path / "data"))


def test_nothing_that_is_committed_names_a_folder_or_holds_a_secret() -> None:
    [(_, database)] = assets.of_kind(assets.committed(), "databases/")
    assert database["sqlalchemy_uri"] == "duckdb:///data/current/warehouse.duckdb"
    assert database["extra"]["engine_params"] == {"connect_args": {"read_only": True}}
    forbidden = ("allow_dml", "allow_ctas", "allow_cvas", "allow_file_upload", "allow_run_async")
    assert {name: database[name] for name in forbidden} == dict.fromkeys(forbidden, False)


# --- in Superset --------------------------------------------------------------------------------------------------


_CONDITIONS = {"==": "{} = ?", "!=": "{} <> ?", "IS NOT NULL": "{} is not null"}


def expected_rows(layout: Layout, chart: Mapping[str, Any]) -> Rows:
    """Return what a chart should show, from its YAML and the release; Danish words are put in here, not by SQL."""
    table = DATASETS[chart["dataset_uuid"]]["table_name"]
    [query] = assets.query_context(chart["viz_type"], chart["params"])["queries"]
    # A table may have a column in Danish of its own.
    danish = {f"{word}_da": word for word in assets.WORDS}
    selected = [danish.get(name, name) for name in query["columns"]]
    sums = [f"sum({metric['column']['column_name']})" for metric in query["metrics"] or ()]
    conditions = ["true", *(_CONDITIONS[one["op"]].format(one["col"]) for one in query["filters"])]
    statement = f"select {', '.join(selected + sums)} from {table} where {' and '.join(conditions)}"
    values = [one["val"] for one in query["filters"] if one["op"] != "IS NOT NULL"]
    with open_release(layout) as release:
        rows = release.execute(statement + (" group by all" if sums else ""), values).fetchall()
    words = [assets.WORDS.get(danish.get(name, ""), {}) for name in [*query["columns"], *sums]]
    return Counter(tuple(map(_shown, words, row)) for row in rows)


def _shown(words: Mapping[str, str], value: Any) -> Any:
    """Return a value as Superset shows it, by these Danish words if there are any."""
    word = str(value).lower() if isinstance(value, bool) else value
    return words.get(word, word) if words else _plain(value)


def _plain(value: Any) -> Any:
    """Return a value as both sides can say it: numbers to four decimals, times as milliseconds."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, dt.datetime):
        return round(value.timestamp() * 1000)
    if isinstance(value, dt.date):
        return round(dt.datetime(value.year, value.month, value.day, tzinfo=dt.UTC).timestamp() * 1000)
    return round(Decimal(str(value)), 4)


def shown_rows(superset: Superset, chart: Mapping[str, Any], ids: Mapping[str, int]) -> Rows:
    """Ask Superset for the rows of a chart."""
    [query] = assets.query_context(chart["viz_type"], chart["params"])["queries"]
    names = [*query["columns"], *(metric["label"] for metric in query["metrics"] or ())]
    rows = superset.chart_rows(ids[chart["uuid"]])
    times = {name for name in names if name in {"built_at", "due_date", "period_end"}}
    return Counter(
        tuple(round(row[n]) if n in times and row[n] is not None else _plain(row[n]) for n in names) for row in rows
    )


def assert_every_chart_shows_the_release(superset: Superset, layout: Layout) -> dict[str, Rows]:
    """Compare every chart of the YAML with the current release; return what was shown."""
    ids = superset.ids("chart")
    shown = {name: shown_rows(superset, chart, ids) for name, chart in CHARTS.items()}
    for name, chart in CHARTS.items():
        assert shown[name] == expected_rows(layout, chart), name
    return shown


#: What a reader of the file alone could try, by SQL that Superset lets through.
ESCAPES = (
    "select * from read_text('/etc/passwd')",
    "copy (select 1) to '{outside}'",
    "attach '{outside}'",
    "set enable_external_access = true",
    "install httpfs",
    "create table mine as select 1",
    "delete from fct_budget",
)


@pytest.mark.slow
@pytest.mark.parametrize("escape", ESCAPES)
def test_sql_reaches_the_warehouse_and_nothing_beside_it(superset: Superset, escape: str, tmp_path: Path) -> None:
    outside = tmp_path / "outside"

    def execute(sql: str) -> tuple[int, str]:
        [database] = superset.ids("database").values()
        body = {"database_id": database, "sql": sql, "client_id": secrets.token_hex(5), "runAsync": False}
        answer = superset.respond("POST", "sqllab/execute/", body)
        return answer.status, answer.data.decode()

    status, output = execute(escape.format(outside=outside))
    assert status >= 400, output
    assert "root:" not in output
    assert not outside.exists()
    assert execute("select count(*) as n from audit_build")[0] == 200


@pytest.mark.slow
def test_a_reader_sees_the_dashboard_and_may_do_nothing_else(superset: Superset) -> None:
    reader = superset.log_in("laeser")
    shown = assert_every_chart_shows_the_release(reader, superset.layout)
    # Without series there is nothing to rank.
    assert {name for name, rows in shown.items() if not rows} == {"charts/kommune-benchmark.yaml"}
    assert sum(shown["charts/maal.yaml"].values()) > 100
    [dashboard] = superset.ids("dashboard").values()
    chart = next(iter(superset.ids("chart").values()))
    [database] = superset.ids("database").values()
    refused = [
        ("PUT", f"dashboard/{dashboard}", {"dashboard_title": "min"}),
        ("DELETE", f"dashboard/{dashboard}", None),
        ("POST", "dashboard/", {"dashboard_title": "min"}),
        ("PUT", f"chart/{chart}", {"slice_name": "min"}),
        ("DELETE", f"chart/{chart}", None),
        ("GET", "database/", None),
        ("POST", "sqllab/execute/", {"database_id": database, "sql": "select 1", "client_id": "laeser"}),
        ("GET", "security/users/", None),
    ]
    assert {(method, path): reader.respond(method, path, body).status for method, path, body in refused} == {
        (method, path): 403 for method, path, _ in refused
    }
    assert superset.get(f"dashboard/{dashboard}")["result"]["dashboard_title"] == DASHBOARD["dashboard_title"].replace(
        assets.MUNICIPALITY, "København"
    )


@pytest.mark.slow
def test_a_reader_s_page_shows_every_chart_in_danish_and_asks_nobody_else(superset: Superset, browser: Browser) -> None:
    page = browser.new_page(viewport={"width": 1500, "height": 9000}, locale="da-DK")
    refused: list[str] = []
    reached: set[str] = set()
    page.on("response", lambda response: refused.append(response.url) if response.status >= 400 else None)
    page.on("requestfinished", lambda request: reached.add(urlsplit(request.url).netloc))
    kept = json.loads((superset.layout.superset / "secrets.json").read_text(encoding="utf-8"))
    page.goto(f"{superset.url}/login/")
    page.fill("[name=username], #username", "laeser")
    page.fill("[name=password], #password", kept["laeser_password"])
    with page.expect_navigation():
        page.click("button[type=submit], input[type=submit]")
    page.goto(f"{superset.url}/superset/dashboard/{DASHBOARD['slug']}/")
    for chart in CHARTS.values():
        page.get_by_text(chart["slice_name"], exact=True).first.wait_for(timeout=60_000)
    page.get_by_text("107.594.104").first.wait_for(timeout=60_000)
    page.get_by_text(str(current_id(superset.layout))).wait_for(timeout=60_000)
    page.get_by_text("Der er ingen tal at vise").wait_for(timeout=60_000)
    assert page.get_by_text("Filtre", exact=True).count() == 1
    assert page.locator(".ant-alert-error").count() == 0
    assert refused == []
    assert {host for host in reached if host} == {urlsplit(superset.url).netloc}
    page.close()


@pytest.mark.slow
def test_secrets_are_made_once_and_for_the_owner_alone(superset_ready: Layout) -> None:
    folder = superset_ready.superset
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) & 0o077 for file in folder.iterdir()} == {0}
    kept = json.loads((folder / "secrets.json").read_text(encoding="utf-8"))
    assert len(set(kept.values())) == 3
    assert not any(value in (folder / "prepare.log").read_text(encoding="utf-8") for value in kept.values())


@pytest.mark.slow
def test_a_port_that_is_taken_is_reported_with_a_command_that_helps(superset: Superset) -> None:
    port = superset.url.rpartition(":")[2]
    done = run(superset.layout, "bi.superset.serve", "--port", port)
    assert done.returncode == EXIT_BROKE_DOWN
    assert f"make superset PORT={int(port) + 1}" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_importing_and_exporting_again_changes_nothing(superset: Superset, tmp_path: Path) -> None:
    before = {kind: superset.ids(kind) for kind in ("database", "dataset", "chart", "dashboard")}
    kept = (superset.layout.superset / "secrets.json").read_bytes()
    done = run(superset.layout, "bi.superset.serve", "--only-prepare")
    assert done.returncode == 0, done.stdout + done.stderr
    assert {kind: superset.ids(kind) for kind in before} == before
    assert (superset.layout.superset / "secrets.json").read_bytes() == kept
    assert_every_chart_shows_the_release(superset, superset.layout)
    done = run(superset.layout, "bi.superset.export", str(tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr
    for name in assets.committed():
        if name != "metadata.yaml":
            assert (tmp_path / name).read_text("utf-8") == (assets.HERE / name).read_text("utf-8"), name


NEXT = "20991231T000000000000Z-00000000"


def write_other_numbers(layout: Layout) -> str:
    """Write a release of which each number that a chart shows is another, beside the current one."""
    with open_release(layout) as release:
        columns = release.execute(
            "select table_name, column_name from duckdb_columns() where not internal and column_name not in"
            " ('contract', 'attainment_ratio') and regexp_matches(data_type, '^(DECIMAL|BIGINT|INTEGER)')"
            " and column_name not like '%\\_key' escape '\\' and table_name in (select unnest($1))",
            [[dataset["table_name"] for dataset in DATASETS.values()]],
        ).fetchall()
    return vary(layout, NEXT, *(f"update {table} set {column} = {column} * 2 + 1" for table, column in columns))


@pytest.mark.slow
def test_a_server_that_has_answered_and_is_being_asked_shows_the_next_release(
    superset_ready: Layout, tmp_path: Path
) -> None:
    layout = copy_of(superset_ready, tmp_path)
    before = str(current_id(layout))
    [build] = [chart for chart in CHARTS.values() if DATASETS[chart["dataset_uuid"]]["table_name"] == "audit_build"]
    write_other_numbers(layout)
    with serving(layout) as superset:
        first = assert_every_chart_shows_the_release(superset, layout)
        asks = [partial(superset.chart_rows, superset.ids("chart")[build["uuid"]])]
        with reading([asks] * 4, in_threads=True) as reads:
            point_to(layout, NEXT)
            moved_at = time.monotonic()
            second = assert_every_chart_shows_the_release(superset, layout)
        # And back again, as a rollback does.
        point_to(layout, before)
        assert assert_every_chart_shows_the_release(superset, layout) == first
    assert [read.errors for read in reads] == [Counter()] * 4
    answers = [
        (answer.asked_at > moved_at, row["build_id"]) for r in reads for answer in r.answers for row in answer.value
    ]
    assert {answer for asked_after, answer in answers if asked_after} == {NEXT}
    assert before in {answer for asked_after, answer in answers if not asked_after}
    assert {name for name in CHARTS if first[name] and first[name] == second[name]} == set()


_HELD = """
from superset.app import create_app
with create_app().app_context():
    from superset import db
    from superset.models.core import Database
    from jobmaal.core.layout import Layout
    from jobmaal.releases.catalogue import point_to

    warehouse = db.session.query(Database).filter_by(database_name="jobmaal").one()

    def ask(connection):
        cursor = connection.cursor()
        cursor.execute("select build_id from audit_build")
        return cursor.fetchone()[0]

    with warehouse.get_raw_connection() as held:
        before = ask(held)
        point_to(Layout.from_environment(), {next!r})
        with warehouse.get_raw_connection() as new:
            print(before, ask(new), ask(held))
"""


@pytest.mark.slow
def test_a_connection_that_is_still_open_keeps_its_release_and_no_other_one(
    superset_ready: Layout, tmp_path: Path
) -> None:
    layout = copy_of(superset_ready, tmp_path)
    before = str(current_id(layout))
    write_other_numbers(layout)
    done = inside(layout, _HELD.format(next=NEXT))
    assert done.stdout.splitlines()[-1:] == [f"{before} {NEXT} {before}"], done.stderr[-2000:]


@pytest.mark.slow
def test_places_among_municipalities_are_shown_where_there_are_series(
    superset_ready: Layout, with_series: PublishedSeries, tmp_path: Path
) -> None:
    layout = copy_of(with_series.layout, tmp_path)
    shutil.copytree(superset_ready.superset, layout.superset)
    with serving(layout) as running:
        shown = assert_every_chart_shows_the_release(running, layout)
    assert shown["charts/kommune-benchmark.yaml"]
