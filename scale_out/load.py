"""From landed responses to the raw tables on Spark: what `jobmaal.jobindsats.cells` does with DuckDB.

Belongs here: reading responses, deciding which partitions they touch, and computing those again, all of it in SQL
that Spark runs. Does not: what labels mean (`jobmaal.jobindsats.identity`, which decides it for both engines, on the
few labels), nor anything that the warehouse makes of the values, which is dbt's.

`reply_rows` keeps every response as it was read, one partition per response, and only grows. `read_vintages` is
computed from it for the tables and periods that new responses touch, each of them in full, so that the content of a
partition of a fact depends on the responses and never on the order in which they came. Numbers stand for names as on
DuckDB; here they are the surrogate keys, which every worker can compute.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jobmaal.core.keys import DIGITS, surrogate_key
from jobmaal.core.layout import Layout
from jobmaal.inputs.tables import Input
from jobmaal.jobindsats import cells
from jobmaal.jobindsats.config import series_tables
from jobmaal.jobindsats.identity import Measures, Members
from jobmaal.jobindsats.landing import DamagedResponseError, Landed, Landing
from scale_out.spark_sql import Spark, text, texts

#: What models read, as on DuckDB, but for the width of the numbers.
NAMES = {
    name: {
        column: {"integer": "bigint", "varchar": "string", "timestamptz": "timestamp"}.get(kind, kind)
        for column, kind in cells.RAW_TABLES[name].items()
    }
    for name in ("read_responses", "read_measures", "read_members", "read_periods", "read_areas", "read_vintages")
}
#: Which label of a response is which member, and which of its columns is which measure.
LABELS = {
    "label_members": {"table_id": "string", "response": "string", "label": "string", "member_no": "bigint"},
    "label_measures": {"table_id": "string", "response": "string", "position": "int", "measure_no": "bigint"},
}
#: The `surrogate_key` of a text, by Spark: most texts are in responses that only Spark reads.
_NUMBER = f"cast(conv(substr(md5({{}}), 1, {DIGITS}), 16, 10) as bigint)"


@dataclass(frozen=True)
class Loaded:
    """What a load read, and how many partitions (a table and period) are to be rebuilt.

    `is_whole` where these are all partitions, and the facts are rebuilt with them.
    """

    responses: int
    cells: int
    partitions: int
    is_whole: bool


def load(spark: Spark, layout: Layout, found: Input, *, is_whole: bool) -> Loaded:
    """Bring the raw tables up to what has landed; where `is_whole`, rebuild all partitions.

    Raises DamagedResponseError, FaultyInputError (areas that are not known), SparkError.
    """
    responses = cells.snapshot(layout, found)
    _create(spark)
    read, was_loaded = _responses_read(spark), _responses_loaded(spark)
    landed = {(response.table_id, response.stem) for response in responses}
    new = [response for response in responses if (response.table_id, response.stem) not in read]
    # A response that is no longer landed may have been the only one of a period.
    is_whole |= bool((read | was_loaded) - landed)
    _drop(spark, sorted(read - landed))
    _verify(spark, layout, new)
    _read(spark, layout, new)
    names = _names(spark, layout, found, responses, new)
    # What was read by a load that broke down may have touched anything.
    anew = {table_id for table_id, _ in read - was_loaded} | _out_of_order(responses, new) | _renamed(spark, names)
    _touch_all(spark, sorted({response.table_id for response in responses} if is_whole else anew))
    _write(spark, names, [name for name in names if name != "read_responses"])
    if not is_whole:
        _touch_changed(spark, [response for response in new if response.table_id not in anew])
    partitions = _work_out(spark)
    _write(spark, names, ["read_responses"])
    return Loaded(len(new), sum(response.cells for response in new), partitions, is_whole)


def done(spark: Spark) -> None:
    """Forget which partitions were touched: the tables made of them are up to date."""
    spark.run("truncate table raw.touched")


def _create(spark: Spark) -> None:
    spark.run("create schema if not exists raw")
    by_response = {"table_id": "string", "response": "string"}
    rows = {"period": "string", "area": "string", "member": "string", "cells": "array<decimal(18, 4)>"}
    spark.create("raw.reply_rows", rows | by_response, ("table_id", "response"))
    spark.create("raw.response_labels", {"kind": "string", "label": "string"} | by_response, ("table_id", "response"))
    spark.create("raw.touched", {"table_id": "string", "period": "string"})
    for name, columns in (NAMES | LABELS).items():
        spark.create(f"raw.{name}", columns)


def _responses_read(spark: Spark) -> set[tuple[str, str]]:
    """Return the responses whose rows are here. Labels are written after rows: they mark a response as complete."""
    return {
        (table_id, response)
        for table_id, response in spark.rows("select distinct table_id, response from raw.response_labels")
    }


def _responses_loaded(spark: Spark) -> set[tuple[str, str]]:
    """Return the responses that a load has finished."""
    found = spark.rows("select table_id, regexp_extract(source_ref, '/(.*)$', 1) from raw.read_responses")
    return {(table_id, response) for table_id, response in found}


def _drop(spark: Spark, removed: Sequence[tuple[str, str]]) -> None:
    for table_id, response in removed:
        for name in ("response_labels", "reply_rows"):
            partition = f"table_id = {text(table_id)}, response = {text(response)}"
            spark.run(f"alter table raw.{name} drop if exists partition ({partition})")


def _glob(layout: Layout, responses: Sequence[Landed]) -> str:
    """Return the bodies of the responses as one path that Spark reads."""
    return f"{Landing(layout).folder}/{{{','.join(response.name for response in responses)}}}"


def _verify(spark: Spark, layout: Layout, new: Sequence[Landed]) -> None:
    """Check responses against their sha256, on the workers. Raises DamagedResponseError at the first that differs."""
    if not new:
        return
    path = text(_glob(layout, new))
    spark.run(f"create or replace temporary view arriving_files using binaryFile options (path {path})")
    query = "select concat_ws('/', slice(split(path, '/'), -2, 2)), sha2(content, 256) from arriving_files"
    found = dict(spark.rows(query))
    for response in new:
        if found.get(response.name) != response.file_sha256:
            response.verify()
            raise DamagedResponseError(
                f"Spark's workers do not see {response.body} as it is here. All must see the folder of the landing."
            )


def _read(spark: Spark, layout: Layout, new: Sequence[Landed]) -> None:
    """Read responses as rows, each into its own partition; a response is one task, whose rows are not shuffled."""
    if not new:
        return
    path = text(_glob(layout, new))
    options = f"path {path}, multiLine 'true', mode 'FAILFAST'"
    spark.run(f"create or replace temporary view new_rows (rows array<array<string>>) using json options ({options})")
    arriving = {"file": "string", "table_id": "string", "response": "string", "dimensions": "int"}
    rows = [(response.body.name, response.table_id, response.stem, response.dimensions) for response in new]
    spark.replace("raw.arriving", arriving, rows)
    spark.run(
        """
        insert overwrite table raw.reply_rows partition (table_id, response)
        with
        named as (select rows, element_at(split(input_file_name(), '/'), -1) as file from new_rows),

        taken_apart as (
            select arriving.table_id, arriving.response, arriving.dimensions, explode(named.rows) as cells
            from named inner join raw.arriving as arriving on named.file = arriving.file
        )

        select
            cells[0] as period, cells[1] as area, concat_ws('\\u001F', slice(cells, 3, dimensions)) as member,
            transform(slice(cells, 3 + dimensions, size(cells)), cell -> cast(cell as decimal(18, 4))) as cells,
            table_id, response
        from taken_apart
        """
    )
    spark.run(
        f"""
        insert overwrite table raw.response_labels partition (table_id, response)
        select distinct kind, label, table_id, response
        from raw.reply_rows
        lateral view explode(map('period', period, 'area', area, 'member', member)) as kind, label
        where {_are(new)}
        """
    )


def _are(responses: Sequence[Landed]) -> str:
    """Return the condition that selects the partitions of responses."""
    by_table: dict[str, list[str]] = defaultdict(list)
    for response in responses:
        by_table[response.table_id].append(response.stem)
    chosen = (f"table_id = {text(table_id)} and response in {texts(own)}" for table_id, own in by_table.items())
    return " or ".join(f"({each})" for each in chosen) or "false"


Names = dict[str, list[tuple[Any, ...]]]


def _out_of_order(responses: Sequence[Landed], new: Sequence[Landed]) -> set[str]:
    """Return the tables with a new response that is the first, or was retrieved before one that was read already.

    Such a response may have begun or ended any value.
    """
    before = [response for response in responses if response not in new]
    newest = {
        table_id: max(r.stem for r in before if r.table_id == table_id) for table_id in {r.table_id for r in before}
    }
    return {
        response.table_id
        for response in new
        if response.table_id not in newest or response.stem < newest[response.table_id]
    }


def _renamed(spark: Spark, names: Names) -> set[str]:
    """Name the tables in which a label has come to mean something else than it did, or a member has another name."""
    renamed = set()
    for name in (*LABELS, "read_members"):
        own = NAMES.get(name) or LABELS[name]
        at, there = list(own).index("table_id"), set(names[name])
        before = spark.rows(f"select {', '.join(own)} from raw.{name}")
        renamed |= {row[at] for row in before if row not in there}
    return renamed


def _names(spark: Spark, layout: Layout, found: Input, responses: Sequence[Landed], new: Sequence[Landed]) -> Names:
    """Work out what labels and numbers stand for, of all that has landed; it is little."""
    described = cells.descriptions(layout, responses)
    labels: dict[tuple[str, str], dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    query = "select table_id, response, kind, label from raw.response_labels order by table_id, response, kind, label"
    for table_id, response, kind, label in spark.rows(query):
        labels[table_id, response][kind].append(label)
    written: Names = {name: [] for name in (*NAMES, *LABELS) if name != "read_vintages"}
    for table_id, table in sorted(series_tables(found).items()):
        own = [response for response in responses if response.table_id == table_id]
        if own:
            of_response = {response.stem: labels[table_id, response.stem] for response in own}
            cells.check_areas(found, table, sorted({area for each in of_response.values() for area in each["area"]}))
            declared = [row for row in found.of("series_measures") if row["table_id"] == table_id]
            _add_measures(written, Measures(table, declared, own, described), own)
            _add_members(written, own, of_response, described)
            periods = sorted({period for each in of_response.values() for period in each["period"]})
            written["read_periods"] += [(surrogate_key(table_id, period), table_id, period) for period in periods]
    areas = sorted({area for each in labels.values() for area in each["area"]})
    written["read_areas"] = [(surrogate_key(area), area) for area in areas]
    written["read_responses"] = [
        (
            surrogate_key(r.source_ref), r.source_ref, r.table_id, r.delivery, r.retrieved_at,
            cells.released_at(r, described), r.source, r.request, r.sha256, r.name, r.rows, r.cells,
            r in new,
        )
        for r in responses
    ]  # fmt: skip
    return written


def _write(spark: Spark, names: Names, chosen: Sequence[str]) -> None:
    for name in chosen:
        spark.replace(f"raw.{name}", NAMES.get(name) or LABELS[name], names[name])


def _add_measures(written: Names, measures: Measures, own: Sequence[Landed]) -> None:
    for m in measures.by_id.values():
        measure_no = surrogate_key(m.table_id, m.measure_id)
        written["read_measures"].append(
            (
                measure_no,
                m.table_id,
                m.measure_id,
                m.measure_name,
                m.unit,
                m.higher_is_better,
                m.kind,
                m.suppression_group,
            )
        )
    for response in own:
        for position, measure_id in enumerate(measures.of(response)):
            written["label_measures"].append(
                (response.table_id, response.stem, position, surrogate_key(response.table_id, measure_id))
            )


def _add_members(
    written: Names, own: Sequence[Landed], of_response: Mapping[str, Mapping[str, list[str]]], described: Any
) -> None:
    combinations = {
        stem: [cells.labels_apart(label) for label in labels["member"]] for stem, labels in of_response.items()
    }
    members = Members([(response, combinations[response.stem]) for response in own], described)
    table_id = own[0].table_id
    numbers = {
        key: surrogate_key(table_id, *(f"{dimension}={value}" for dimension, value in sorted(key)))
        for key in members.by_key
    }
    for key, member in members.by_key.items():
        written["read_members"].append((numbers[key], table_id, member.label, member.is_total))
    for response in own:
        for labels in combinations[response.stem]:
            row = (
                table_id,
                response.stem,
                cells.LABEL_SEPARATOR.join(labels),
                numbers[members.of(response, labels).key],
            )
            written["label_members"].append(row)


#: One row per cell that responses show, under its numbers; `{touched}` and `{where}` select the rows that are read.
_SHOWN = f"""
    select
        rows.table_id, rows.response, rows.period, {_NUMBER.format("rows.area")} as area_no, members.member_no,
        measures.measure_no, rows.value
    from (
        select table_id, response, period, area, member, position, value
        from raw.reply_rows {{touched}} lateral view posexplode(cells) as position, value
        where {{where}}
    ) as rows
    inner join raw.label_members as members
        on rows.table_id = members.table_id and rows.response = members.response and rows.member = members.label
    inner join raw.label_measures as measures
        on rows.table_id = measures.table_id and rows.response = measures.response and rows.position = measures.position
"""


def _touch_all(spark: Spark, tables: Sequence[str]) -> None:
    """Note every partition of some tables. What is noted stays so until `done`, also where a build breaks down."""
    if tables:
        spark.run(
            f"""
            insert into raw.touched
            select distinct table_id, label from raw.response_labels
            where kind = 'period' and table_id in {texts(tables)}
            """
        )


def _touch_changed(spark: Spark, newer: Sequence[Landed]) -> None:
    """Mark the partitions in which the newest responses show a cell for the first time or with another value."""
    if newer:
        tables = sorted({response.table_id for response in newer})
        spark.run(
            f"""
            insert into raw.touched
            select distinct shown.table_id, shown.period
            from ({_SHOWN.format(touched="", where=_are(newer))}) as shown
            inner join raw.read_members as members on shown.member_no = members.member_no
            left join main.fct_benchmark as newest
                on
                    newest.table_id in {texts(tables)}
                    and shown.measure_no = newest.measure_key
                    and shown.area_no = newest.area_key
                    and {_NUMBER.format("shown.period")} = newest.period_key
                    and members.member = newest.member
            where newest.measure_key is null or shown.value is distinct from newest.value
            """
        )


def _work_out(spark: Spark) -> int:
    """Compute, for the partitions touched, the first value of each cell and each that differs from the one before."""
    touched = spark.rows("select table_id, count(distinct period) from raw.touched group by table_id")
    semi_join = "left semi join raw.touched as touched using (table_id, period)"
    tables = f"table_id in {texts([table_id for table_id, _ in touched])}"
    cell = "table_id, period, area_no, member_no, measure_no"
    spark.run(
        f"""
        insert overwrite table raw.read_vintages
        with
        shown as ({_SHOWN.format(touched=semi_join, where=tables)}),

        changed as (
            select *, {_NUMBER.format("concat('jobindsats:', table_id, '/', response)")} as response_no
            from shown
            qualify row_number() over cell = 1 or value is distinct from lag(value) over cell
            window cell as (partition by {cell} order by response)
        )

        select
            measure_no, area_no, {_NUMBER.format("concat_ws('|', table_id, period)")} as period_no, member_no, value,
            response_no, lead(response_no) over (partition by {cell} order by response) as ended_by_response_no
        from changed
        """
    )
    return sum(int(count) for _, count in touched)
