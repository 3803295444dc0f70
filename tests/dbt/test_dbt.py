"""The dbt project on the shipped input tables: its unit tests, its data tests, and its own kind of test failing.

Belongs here: one dbt run in a folder of its own, and what it says. Does not: the formulas' cases, which stand
beside the models as dbt unit tests, nor the project's conventions (`lint_dbt`).
"""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from dagster_project import dbt_graph
from dagster_project.workspace import Workspace
from jobmaal.core import sealed
from jobmaal.core.layout import PROJECT, Layout
from jobmaal.core.outcomes import Outcome
from tests.conftest import environment
from tests.lint_dbt import orphaned_sources, read_artifact, run_dbt, write_raw_tables

#: Fewer would mean that dbt did not find them.
FEWEST_UNIT_TESTS = 25
KEY_OF_TWO_COLUMNS = "unique_combination_stg_documents__themes_document_id__theme_no"


@dataclass(frozen=True)
class Built:
    """What dbt told of one run over the whole project."""

    layout: Layout
    manifest: dict[str, Any]
    results: dict[str, dict[str, Any]]
    printed: str

    def of_kind(self, kind: str) -> dict[str, dict[str, Any]]:
        """Return the results of models, tests or unit tests, by name."""
        return {key.split(".", 2)[2]: r for key, r in self.results.items() if key.startswith(f"{kind}.")}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    layout = Layout(seeds=PROJECT / "seeds", data=tmp_path_factory.mktemp("data"))
    write_raw_tables(layout)
    done = run_dbt(layout, "build")
    results = read_artifact(layout, "run_results.json")["results"]
    return Built(layout, read_artifact(layout, "manifest.json"), {r["unique_id"]: r for r in results}, done.stdout)


def failed(results: dict[str, dict[str, Any]]) -> list[str]:
    return [name for name, result in results.items() if result["status"] not in ("pass", "success")]


def test_every_unit_test_of_a_formula_passes(built: Built) -> None:
    unit_tests = built.of_kind("unit_test")
    assert len(unit_tests) >= FEWEST_UNIT_TESTS
    assert len(unit_tests) == len(built.manifest["unit_tests"])
    assert failed(unit_tests) == [], built.printed


@pytest.mark.parametrize(("kind", "fewest"), [("model", 50), ("test", 150)])
def test_the_shipped_input_builds_and_passes_every_data_test(built: Built, kind: str, fewest: int) -> None:
    results = built.of_kind(kind)
    assert len(results) >= fewest
    assert failed(results) == [], built.printed


def test_every_generic_test_of_the_project_is_shown_failing_below(built: Built) -> None:
    own = {m["name"] for m in built.manifest["macros"].values() if m["package_name"] == "jobmaal"}
    assert {name for name in own if name.startswith("test_")} == {
        "test_unique_cells",
        "test_unique_combination",
    }


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        pytest.param([("d", "1"), ("d", "2"), ("e", "1")], [], id="unique"),
        pytest.param([], [], id="empty"),
        pytest.param([("d", "1"), ("d", "2"), ("d", "1")], [("d", "1", 2)], id="duplicate"),
        pytest.param([("d", None), ("d", None), ("d", "1")], [("d", None, 2)], id="null counts as a value"),
        pytest.param([(None, None)] * 3, [(None, None, 3)], id="nulls alone"),
        pytest.param([("d", "1"), ("d", "1"), ("e", "1"), ("e", "1")], [("d", "1", 2), ("e", "1", 2)], id="two keys"),
    ],
)
def test_unique_combination_finds_each_key_that_stands_twice(
    built: Built, rows: list[tuple[str | None, str | None]], found: list[tuple[str | None, str | None, int]]
) -> None:
    key, test = next((k, t) for k, t in built.manifest["nodes"].items() if t["name"] == KEY_OF_TWO_COLUMNS)
    relation = built.manifest["nodes"][test["attached_node"]]["relation_name"]
    sql = built.results[key]["compiled_code"]
    assert relation in sql
    with duckdb.connect() as database:
        database.execute("create table themes (document_id varchar, theme_no varchar, theme_name varchar)")
        for number, row in enumerate(rows):
            database.execute("insert into themes values (?, ?, ?)", [*row, str(number)])
        assert sorted(database.execute(sql.replace(relation, "themes")).fetchall(), key=str) == found


@pytest.mark.parametrize(
    ("cells", "twice"),
    [
        pytest.param([], [], id="empty"),
        pytest.param([("t", 1, 1), ("t", 1, 2), ("t", 2, 1), ("s", 3, 1)], [], id="in order"),
        pytest.param([("t", 1, 2), ("t", 1, 1), ("t", 2, 1)], [], id="in disorder"),
        pytest.param(
            [("t", 1, 2), ("t", 1, 3), ("t", 1, 1), ("s", 0, 1)], [], id="in disorder, and measures not ascending"
        ),
        pytest.param([("t", 1, 1), ("s", 3, 1), ("t", 1, 2)], [], id="a measure in two places"),
        pytest.param([("t", 1, None), ("t", 1, None)], [(1, None)], id="twice without a period"),
        pytest.param([("t", 1, 1), ("t", 1, 1)], [(1, 1)], id="one after the other"),
        pytest.param([("t", 1, 1), ("t", 1, 2), ("t", 1, 1)], [(1, 1)], id="twice in disorder"),
        pytest.param([("t", 1, 1), ("s", 3, 1), ("t", 1, 1)], [(1, 1)], id="twice in two places"),
    ],
)
def test_unique_cells_finds_each_cell_that_stands_twice_in_whatever_order(
    built: Built, cells: list[tuple[str, int, int | None]], twice: list[tuple[int, int | None]]
) -> None:
    key, test = next(
        (k, t) for k, t in built.manifest["nodes"].items() if t["name"].startswith("unique_cells_fct_benchmark_measure")
    )
    relation = built.manifest["nodes"][test["attached_node"]]["relation_name"]
    with duckdb.connect() as database:
        # How the tables were read is what was built; nothing was continued.
        database.execute(f"attach '{built.layout.work_database}' as work (read_only)")
        database.execute(f"attach '{built.layout.warehouse}' as warehouse (read_only)")
        database.execute(
            "create table facts (table_id varchar, measure_key bigint, area_key bigint default 1, period_key bigint, "
            "member varchar default 'I alt')"
        )
        for cell in cells:
            database.execute("insert into facts (table_id, measure_key, period_key) values (?, ?, ?)", cell)
        sql = built.results[key]["compiled_code"].replace(relation, "facts")
        assert [(row[0], row[2], row[4]) for row in database.execute(sql).fetchall()] == [(*c, 2) for c in twice]


def test_no_source_is_orphaned_and_one_would_be_told(built: Built) -> None:
    assert orphaned_sources(built.manifest) == []
    orphan = {"name": "forgotten", "config": {"meta": {}}}
    assert orphaned_sources({"parent_map": {}, "sources": {"source.jobmaal.raw.forgotten": orphan}}) == ["forgotten"]


# --- the gate asks the tests itself ----------------------------------------------------------------------------------


def gate(layout: Layout) -> dict[str, Outcome]:
    """Have the gate run all data tests on what was built."""
    with environment(layout):
        names = [model.name for model in dbt_graph.models()]
        return {outcome.name: outcome for outcome in dbt_graph.check(names, Workspace(), lambda _: None)}


def test_the_gate_asks_what_dbt_asks(built: Built) -> None:
    outcomes = gate(built.layout)
    of_dbt = {key: result for key, result in built.results.items() if key.startswith("test.")}
    assert {name: outcome.holds for name, outcome in outcomes.items()} == {
        built.manifest["nodes"][key]["name"]: result["status"] == "pass" for key, result in of_dbt.items()
    }
    kept = json.loads((built.layout.dbt_target / "tests.json").read_text(encoding="utf-8"))
    assert kept["queries"] == {key: result["compiled_code"] for key, result in of_dbt.items()}


def test_every_data_test_is_judged_as_the_gate_judges_it(built: Built) -> None:
    """The gate counts rows, and takes none for a pass: what dbt does where a test says nothing else."""
    judged = {
        (config["severity"].lower(), config["error_if"], config["fail_calc"], config["limit"], config["enabled"])
        for config in (n["config"] for n in built.manifest["nodes"].values() if n["resource_type"] == "test")
    }
    assert judged == {("error", "!= 0", "count(*)", None, True)}


@pytest.fixture
def spoiled(built: Built, tmp_path: Path) -> Layout:
    """Copy what was built, to spoil it."""
    layout = Layout(built.layout.seeds, tmp_path / "data")
    shutil.copytree(built.layout.data, layout.data)
    return layout


def test_a_row_that_breaks_a_test_is_told(spoiled: Layout) -> None:
    with duckdb.connect(str(spoiled.warehouse)) as database:
        database.execute("insert into dim_year from (from dim_year where year_key = 2007)")
    red = [outcome for outcome in gate(spoiled).values() if not outcome.holds]
    assert {outcome.asset for outcome in red} == {"dim_year"}
    assert {"unique_dim_year_year_key"} <= {outcome.name for outcome in red}
    assert all(outcome.observed == "1 failing row(s)" and outcome.failing_rows for outcome in red)


def test_a_test_that_cannot_be_run_has_failed(spoiled: Layout) -> None:
    with duckdb.connect(str(spoiled.warehouse)) as database:
        database.execute("drop table fct_budget")
    red = {outcome.asset: outcome for outcome in gate(spoiled).values() if not outcome.holds}
    assert "fct_budget" in red
    assert "fct_budget" in red["fct_budget"].observed


def test_queries_of_another_state_of_the_project_are_not_asked(spoiled: Layout) -> None:
    whole = gate(spoiled)
    kept = spoiled.dbt_target / "tests.json"
    there = json.loads(kept.read_text(encoding="utf-8"))
    others = there | {"queries": dict.fromkeys(there["queries"], "select 1")}
    # Only what is as it was written is asked; this is.
    kept.write_text(sealed.text(others, "sha256"), encoding="utf-8")
    assert not any(outcome.holds for outcome in gate(spoiled).values())
    # This is not.
    kept.write_text(json.dumps(others), encoding="utf-8")
    assert gate(spoiled) == whole
    kept.write_text(sealed.text({"basis": "another", "queries": {}}, "sha256"), encoding="utf-8")
    assert gate(spoiled) == whole


@pytest.mark.parametrize("damaged", [b"", b'{"x', b"[1]", b"{}", b"\xff", b"[" * 100_000])
def test_queries_that_were_kept_and_cannot_be_read_are_written_anew(spoiled: Layout, damaged: bytes) -> None:
    whole = gate(spoiled)
    (spoiled.dbt_target / "tests.json").write_bytes(damaged)
    assert gate(spoiled) == whole
