"""The models that carry the series are SQL that DuckDB and Spark read alike: held without a cluster, in seconds.

Belongs here: rendering these models for Spark, and what may stand in them. Does not: rendering and running them on
DuckDB, which `test_dbt` does, nor that both engines make the same tables of them, which `test_spark` shows on a real
cluster.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from sqlfluff.core import FluffConfig, Linter

from jobmaal.core.layout import PROJECT, Layout
from jobmaal.releases.parquet import DOCUMENTS
from tests.lint_dbt import read_artifact, run_dbt, target

#: What differs between the engines, and the only file in which it may.
ENGINES = "macros/engines.sql"
#: Functions that both engines have and mean the same by: whoever adds one has seen `make spark-test` pass with it.
#: Between them stand words that are no functions and may have a bracket behind them.
COMMON_FUNCTIONS = {
    "cast", "coalesce", "concat_ws", "count", "date_trunc", "extract", "first_value", "left", "make_date", "max", "md5",
    "rank", "regexp_extract", "right", "row_number", "substr",
}  # fmt: skip
COMMON_TYPES = {"bigint", "date", "decimal", "integer", "string"}
_JINJA_RE = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
_COMMENT_RE = re.compile(r"--[^\n]*")
_TEXT_RE = re.compile(r"'(?:[^']|'')*'")
_CALL_RE = re.compile(r"\b([a-z_][a-z_0-9]*)\(")
_TYPE_RE = re.compile(r"\bas\s+([a-z]+)(?:\s*\([0-9, ]+\))?\s*\)")
#: Operators and words of one engine alone.
_ODD_RE = re.compile(r"//|::|\bdiv\b|\bhugeint\b|\bvarchar\b|\bwith time zone\b|\bgroup by all\b|\bpivot\b|\[")


@dataclass(frozen=True)
class Rendered:
    """The models tagged `series` as Spark is given them, by name, and what dbt knows of the project."""

    sql: Mapping[str, str]
    manifest: Mapping[str, Any]


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Rendered:
    layout = Layout(seeds=PROJECT / "seeds", data=tmp_path_factory.mktemp("engines"))
    layout.work.mkdir(parents=True)
    # Nothing is asked of Spark, which is not there.
    chosen = ("--target", "spark", "--select", "tag:series", "--indirect-selection", "empty")
    done = run_dbt(layout, "compile", *chosen, "--no-introspect", "--no-populate-cache")
    assert done.returncode == 0, done.stdout
    paths = (target(layout) / "compiled" / "jobmaal" / "models").rglob("*.sql")
    return Rendered(
        {path.stem: path.read_text(encoding="utf-8") for path in paths}, read_artifact(layout, "manifest.json")
    )


def series(rendered: Rendered) -> dict[str, dict[str, Any]]:
    """Return the models that carry the series, by name."""
    nodes = rendered.manifest["nodes"].values()
    return {node["name"]: node for node in nodes if node["resource_type"] == "model" and "series" in node["tags"]}


def own_sql(text: str) -> str:
    """Leave of a model or macro what is SQL of its own: no Jinja, no comments, nothing in quotes."""
    return _TEXT_RE.sub("''", _COMMENT_RE.sub(" ", _JINJA_RE.sub(" ", text)))


def oddities(sql: str) -> Iterator[str]:
    """Name what stands in SQL that is not known to mean the same to both engines."""
    yield from (f"{name}()" for name in _CALL_RE.findall(sql) if name not in COMMON_FUNCTIONS | COMMON_TYPES)
    yield from (f"as {kind}" for kind in _TYPE_RE.findall(sql) if kind not in COMMON_TYPES)
    yield from _ODD_RE.findall(sql)


def macros_of(rendered: Rendered) -> dict[str, str]:
    """Return the project's macros that the models use, by name, but for those that say what differs."""
    known = rendered.manifest["macros"]
    found: dict[str, str] = {}
    waiting = [key for node in series(rendered).values() for key in node["depends_on"]["macros"]]
    while waiting:
        macro = known[waiting.pop()]
        is_ours = macro["package_name"] == "jobmaal" and macro["original_file_path"] != ENGINES
        if is_ours and macro["name"] not in found:
            found[macro["name"]] = macro["macro_sql"]
            waiting += macro["depends_on"]["macros"]
    return found


def test_the_models_that_carry_the_series_are_rendered_for_spark(rendered: Rendered) -> None:
    facts = {"fct_benchmark", "fct_benchmark_vintage", "fct_benchmark_rank", "fct_target_attainment"}
    assert facts <= rendered.sql.keys()
    assert rendered.sql.keys() == series(rendered).keys()


def test_what_spark_is_given_is_sql_of_spark(rendered: Rendered) -> None:
    linter = Linter(config=FluffConfig(overrides={"dialect": "sparksql", "templater": "raw"}))
    for name, sql in rendered.sql.items():
        found = [f"{name}:{fault.line_no} {fault.desc()}" for fault in linter.parse_string(sql).violations]
        assert found == []


def test_no_engine_s_own_sql_stands_outside_the_macros_for_it(rendered: Rendered) -> None:
    told = {name: node["raw_code"] for name, node in series(rendered).items()} | macros_of(rendered)
    assert {"surrogate_key", "is_met", "period_end"} <= told.keys()
    assert {name: found for name, text in told.items() if (found := sorted(set(oddities(own_sql(text)))))} == {}


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        ("select strftime(retrieved_at, '%Y') from responses", ["strftime()"]),
        ("select cast(document_id as varchar) from documents", ["as varchar", "varchar"]),
        ("select 7 // 2", ["//"]),
        ("select labels[1] from responses", ["["]),
        ("select value::integer from cells -- a comment (with a bracket)", ["::"]),
        ("select cast(sum_of as decimal(18, 4)) from cells where 'x(y)' = {{ odd('//') }}", []),
    ],
)
def test_each_kind_of_oddity_is_found(sql: str, found: list[str]) -> None:
    assert list(oddities(own_sql(sql))) == found


def test_a_release_holds_what_the_models_read_and_do_not_make(rendered: Rendered) -> None:
    models = {key: node for key, node in rendered.manifest["nodes"].items() if node["resource_type"] == "model"}
    parents = {key for node in series(rendered).values() for key in node["depends_on"]["nodes"] if key in models}
    read = {(models[key]["schema"], models[key]["name"]) for key in parents} - {
        (node["schema"], node["name"]) for node in series(rendered).values()
    }
    assert read == {(schema, name) for schema, names in DOCUMENTS.items() for name in names}


def test_every_dispatched_macro_is_said_by_both_engines(rendered: Rendered) -> None:
    names = {m["name"] for m in rendered.manifest["macros"].values() if m["original_file_path"] == ENGINES}
    text = (PROJECT / "dbt" / ENGINES).read_text(encoding="utf-8")
    dispatched = set(re.findall(r"adapter\.dispatch\('([a-z_]+)'\)", text))
    assert dispatched
    for name in dispatched:
        assert {name, f"duckdb__{name}", f"spark__{name}"} <= names
