"""The dashboard as Superset imports it: the YAML beside this module, filled in from the release and its contract.

Belongs here: what has its home elsewhere and Superset requires as well: a table's columns and their types (the
release), their descriptions (`jobmaal.core.contract`), Danish for the warehouse's own words
(`jobmaal.outputs.danish`), and a chart's query, as Superset's API requires it. Does not: the charts, labels and the
dashboard (the YAML), importing them (`prepare`).
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from jobmaal.core import contract
from jobmaal.core.errors import JobmaalError
from jobmaal.core.layout import Layout
from jobmaal.outputs import danish
from jobmaal.readers.connection import open_release

HERE = Path(__file__).parent
_DATASETS, _CHARTS = "datasets/", "charts/"
#: What stands in the YAML for the municipality whose release it is.
MUNICIPALITY = "{kommune}"
#: Columns of the warehouse's own words, shown in Danish as `<column>_da`.
WORDS: Mapping[str, Mapping[str, str]] = {
    "actual_source": danish.ORIGIN,
    "agreement_status": danish.AGREEMENT_STATUS,
    "allocation_basis": danish.BASIS,
    "attainment_status": danish.TARGET_STATUS,
    "claim_kind": danish.CLAIM_KIND,
    # The report writes a deadline as its day, and has no word for it.
    "comparator": {**danish.COMPARATOR, "by_date": "senest"},
    **dict.fromkeys(
        ("actual_qualifier", "cost_per_course_qualifier", "planned_courses_qualifier", "value_qualifier"),
        danish.QUALIFIER,
    ),
    "unit_role": danish.ROLE,
    "has_synthetic": {"true": "Ja, serierne er opdigtede", "false": "Nej"},
}


def committed() -> dict[str, Any]:
    """Read the YAML beside this module: what is in each file, by its name in Superset's export."""
    names = ("metadata.yaml", "databases/*.yaml", "datasets/**/*.yaml", "charts/*.yaml", "dashboards/*.yaml")
    files = sorted(file for name in names for file in HERE.glob(name))
    return {str(file.relative_to(HERE)): yaml.safe_load(file.read_text(encoding="utf-8")) for file in files}


def bundle(layout: Layout) -> dict[str, Any]:
    """Return all that is imported, for the current release: contents by file name.

    Raises NoReleaseError, and JobmaalError where the YAML names a table or column that the release does not have.
    """
    contents = committed()
    with open_release(layout) as release:
        rows = release.execute("select table_name, column_name, data_type from duckdb_columns() where not internal")
        tables: dict[str, dict[str, str]] = {}
        for table, column, data_type in rows.fetchall():
            tables.setdefault(table, {})[column] = data_type
        ((municipality,),) = release.execute("select municipality_name from audit_build").fetchall()
    contents = dict(replaced(contents, MUNICIPALITY, municipality))
    for name, content in contents.items():
        if name.startswith(_DATASETS):
            _fill_dataset(name, content, tables)
        if name.startswith(_CHARTS):
            content["query_context"] = json.dumps(query_context(content["viz_type"], content["params"]))
    return contents


def replaced(content: Any, old: str, new: str) -> Any:
    """Return what a file holds with another text in place of one, in every text of it."""
    if isinstance(content, str):
        return content.replace(old, new)
    if isinstance(content, list):
        return [replaced(item, old, new) for item in content]
    if isinstance(content, dict):
        return {key: replaced(value, old, new) for key, value in content.items()}
    return content


def _fill_dataset(name: str, dataset: dict[str, Any], tables: Mapping[str, Mapping[str, str]]) -> None:
    """Add all columns of its table to a dataset, with type and description, and the Danish ones of words."""
    table = dataset["table_name"]
    types = tables.get(table, {})
    labels = {column["column_name"]: column["verbose_name"] for column in dataset["columns"]}
    for column in labels:
        if column not in {*types, *(f"{word}_da" for word in WORDS if word in types)}:
            raise JobmaalError(
                f"{HERE / name} names {table}.{column}, which the current release does not have. `jobmaal refresh`"
                " builds one of this version of jobmaal."
            )
    [promised] = [public for public in contract.tables() if public.name == table]
    described = {column.name: column.description_da for column in promised.columns}
    dataset["description"] = promised.description_da
    dataset["columns"] = [
        {
            "column_name": column,
            "verbose_name": labels.get(column),
            "type": data_type,
            "is_dttm": data_type.startswith(("DATE", "TIMESTAMP")),
            "description": described.get(column, ""),
        }
        for column, data_type in types.items()
    ] + [
        {
            "column_name": f"{column}_da",
            "verbose_name": labels.get(f"{column}_da"),
            "type": "VARCHAR",
            "expression": _in_danish(column),
            "description": described.get(column, ""),
        }
        for column in types
        if column in WORDS
    ]


def _in_danish(column: str) -> str:
    """Return the SQL that shows a word in Danish, or as it is where it is new."""
    cases = " ".join(f"when '{word}' then '{shown}'" for word, shown in WORDS[column].items())
    return f"case cast({column} as varchar) {cases} else cast({column} as varchar) end"


# --- the query of a chart -----------------------------------------------------------------------------------------


def query_context(viz_type: str, params: Mapping[str, Any]) -> dict[str, Any]:
    """Return a chart's query of its dataset, as Superset's pages save it: its API requires it.

    Raises JobmaalError for a kind of chart that nothing here uses yet.
    """
    if viz_type == "table":
        columns = params["all_columns"]
    elif viz_type == "pivot_table_v2":
        columns = [*params["groupbyColumns"], *params["groupbyRows"]]
    elif viz_type == "echarts_timeseries_bar":
        columns = [params["x_axis"], *params["groupby"]]
    else:
        raise JobmaalError(f"A chart of the kind '{viz_type}' is new here: add its query to bi/superset/assets.py.")
    metrics = params.get("metrics") or None
    order = [[metrics[0], False]] if metrics else [json.loads(column) for column in params.get("order_by_cols", ())]
    filters = [
        {"col": one["subject"], "op": one["operator"], "val": one.get("comparator")}
        for one in params.get("adhoc_filters", ())
    ]
    query = {"columns": columns, "metrics": metrics, "orderby": order, "filters": filters,
             "row_limit": int(params["row_limit"]), "extras": {"having": "", "where": ""}}  # fmt: skip
    return {"force": False, "queries": [query], "form_data": dict(params), "result_format": "json",
            "result_type": "full"}  # fmt: skip


def columns_of(chart: Mapping[str, Any]) -> Iterator[str]:
    """Return every column that a chart of the YAML names."""
    [query] = query_context(chart["viz_type"], chart["params"])["queries"]
    yield from query["columns"]
    yield from (metric["column"]["column_name"] for metric in query["metrics"] or ())
    yield from (one["col"] for one in query["filters"])
    yield from (order for order, _ in query["orderby"] if isinstance(order, str))
    yield from chart["params"].get("column_config", {})


def of_kind(contents: Mapping[str, Any], folder: str) -> Iterable[tuple[str, Any]]:
    """Return the files of one folder of an export, with their names."""
    return ((name, content) for name, content in contents.items() if name.startswith(folder))
