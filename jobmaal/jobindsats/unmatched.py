"""Rows of the series' input tables that match nothing in what has landed.

Belongs here: finding them in a build, and writing what is wrong and what there is instead. Does not: what the rows
mean (`config`, `identity`). A table of which nothing has landed is passed over: of it nothing can be said.

A label that the publisher writes differently costs a measure its unit, direction and ranks, and nothing fails; so this
is reported with every release.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, Any

from jobmaal.core.errors import Fault
from jobmaal.core.keys import surrogate_key
from jobmaal.core.layout import Layout
from jobmaal.inputs.tables import Input, Row
from jobmaal.jobindsats.names import QUARANTINE, SIDECAR

if TYPE_CHECKING:
    import duckdb

#: The whole of a population, whatever its table calls it.
_TOTAL = "I alt"
_LISTED = 6
#: Fewer areas are not ranked.
_FEWEST_RANKED = 2


def find(warehouse: duckdb.DuckDBPyConnection, layout: Layout, found: Input, landed: Collection[str]) -> list[Fault]:
    """Return a fault for each row that matches nothing in the tables that have landed.

    `warehouse` has the tables of the build.
    """
    if not landed:
        return []
    measures = {
        row[0]: row[1:]
        for row in _rows(warehouse, "select measure_key, table_id, measure_id, measure_name from dim_measure")
    }
    faults = [*_measures(found, landed, measures), *_rankings(warehouse, found, landed, measures)]
    faults += _targets(warehouse, found, landed, measures)
    faults += [*_breaks(warehouse, found, landed), *_reviews(layout, found, landed)]
    return sorted(faults)


def _rows(warehouse: duckdb.DuckDBPyConnection, query: str, values: list[Any] | None = None) -> list[tuple[Any, ...]]:
    return warehouse.execute(query, values or []).fetchall()


def _measure_key(row: Row) -> int:
    return surrogate_key(row["table_id"], row["measure_id"])


def _measures(found: Input, landed: Collection[str], measures: dict[int, tuple[Any, ...]]) -> Iterator[Fault]:
    declared = {_measure_key(row) for row in found.of("series_measures")}
    others: dict[str, list[str]] = defaultdict(list)
    for key, (table_id, _, name) in measures.items():
        if key not in declared:
            others[table_id].append(name)
    for row in found.of("series_measures"):
        if row["table_id"] in landed and _measure_key(row) not in measures:
            there = others[row["table_id"]]
            hint = f"columns that no row names: {_listed(there)}" if there else "every column has its row already"
            yield row.fault("label", f"matches no column of what has landed of {row['table_id']}; {hint}")


def _rankings(
    warehouse: duckdb.DuckDBPyConnection, found: Input, landed: Collection[str], measures: dict[int, tuple[Any, ...]]
) -> Iterator[Fault]:
    ranked = set(
        _rows(
            warehouse,
            "select distinct measure_key, comparison_group_id from fct_benchmark_rank"
            " inner join dim_comparison_group using (comparison_group_key)",
        )
    )
    sizes = {row["comparison_group_id"]: int(row["stated_size"] or 0) for row in found.of("comparison_groups")}
    entered: dict[str, set[str]] = defaultdict(set)
    for row in found.of("comparison_group_areas"):
        entered[row["comparison_group_id"]].add(row["area_name"])
    absent: dict[int, list[Row]] = defaultdict(list)
    for row in (row for row in found.of("series_rankings") if row["table_id"] in landed):
        group = row["comparison_group_id"]
        if _measure_key(row) not in measures:
            absent[_measure_key(row)].append(row)
        # A group whose areas are not all entered ranks nobody yet, and says so itself.
        elif (
            len(entered[group]) >= max(_FEWEST_RANKED, sizes.get(group, 0)) and (_measure_key(row), group) not in ranked
        ):
            yield row.fault(
                "comparison_group_id", f"ranks nobody: what has landed of {row['table_id']} has no such areas"
            )
    for rows in absent.values():
        more = f" (so do {len(rows) - 1} more rows for this measure)" if len(rows) > 1 else ""
        rule = f"ranks nothing: no such measure is in what has landed of {rows[0]['table_id']}{more}"
        yield rows[0].fault("measure_id", rule)


def _targets(
    warehouse: duckdb.DuckDBPyConnection, found: Input, landed: Collection[str], measures: dict[int, tuple[Any, ...]]
) -> Iterator[Fault]:
    for row in (row for row in found.of("target_series") if row["table_id"] in landed):
        key, table_id, member = _measure_key(row), row["table_id"], row["member"]
        if key not in measures:
            yield row.fault("measure_id", f"is not in what has landed of {table_id}, so nothing tells of the target")
            continue
        members = _rows(
            warehouse,
            "select distinct member, is_total from fct_benchmark where table_id = ? and measure_key = ?",
            [table_id, key],
        )
        fitting = [name for name, is_total in members if name == member or (member == _TOTAL and is_total)]
        if not fitting:
            there = _listed(sorted(name for name, _ in members))
            yield row.fault("member", f"is no member in what has landed of {table_id}; there are: {there}")
            continue
        areas = _rows(
            warehouse,
            "select 1 from fct_benchmark inner join dim_area using (area_key)"
            " where table_id = ? and measure_key = ? and area_name = ? limit 1",
            [table_id, key, row["area_name"]],
        )
        if not areas:
            yield row.fault("area_name", f"is in nothing that has landed of {table_id}")


def _breaks(warehouse: duckdb.DuckDBPyConnection, found: Input, landed: Collection[str]) -> Iterator[Fault]:
    for row in (row for row in found.of("series_breaks") if row["table_id"] in landed):
        ((first, last),) = _rows(
            warehouse,
            "select min(period_start), max(period_end) from fct_benchmark inner join dim_period using (period_key)"
            " where table_id = ?",
            [row["table_id"]],
        )
        if first is None or row["before_table_id"] or str(first) <= row["broken_on"] <= str(last):
            continue
        yield row.fault(
            "broken_on", f"breaks nothing: what has landed of {row['table_id']} runs from {first} to {last}"
        )


def _reviews(layout: Layout, found: Input, landed: Collection[str]) -> Iterator[Fault]:
    for row in (row for row in found.of("series_reviews") if row["table_id"] in landed):
        digits = row["response"].rpartition("-")[2]
        pattern = f"*-{digits}.data{SIDECAR}"
        rules: set[str] = set()
        for folder in (layout.landing / row["table_id"], layout.landing / QUARANTINE / row["table_id"]):
            for path in folder.glob(pattern):
                content = json.loads(path.read_text(encoding="utf-8"))
                rules |= {*content.get("accepted", ()), *content.get("rules", ())}
        if row["rule"] not in rules:
            breaks = f"breaks {', '.join(sorted(rules))} alone" if rules else "has neither landed nor been quarantined"
            yield row.fault("response", f"accepts nothing: a response of {row['table_id']} with this name {breaks}")


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return ", ".join(f"'{name}'" for name in names[:_LISTED]) + more
