"""From landed replies to the raw tables on Spark: what `jobmaal.jobindsats.cells` does with DuckDB.

Belongs here: reading replies, deciding which partitions they touch, and working those out again, all of it in SQL
that Spark runs. Does not: what labels mean (`jobmaal.jobindsats.identity`, which decides it for both engines, on the
few labels), nor anything that the warehouse makes of the values, which is dbt's.

`read_rows` keeps every reply as it was read, a partition a reply, and is only ever added to. `read_vintages` is worked
out of it a period at a time, so that a partition depends on the replies and never on the order in which they came.
Numbers stand for names as on DuckDB; here a number is the first 60 bits of the name's md5, the same for ever and
known without asking anyone.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jobmaal.jobindsats import cells
from jobmaal.jobindsats.config import series_tables
from jobmaal.jobindsats.identity import Measures, Members
from jobmaal.jobindsats.landing import DamagedReplyError, Landed, Landing
from jobmaal.layout import Layout
from jobmaal.tables import Input
from scale_out.spark_sql import Spark, text, texts

#: What models read, as on DuckDB, but for the width of the numbers.
NAMES = {
    name: {
        column: {"integer": "bigint", "varchar": "string", "timestamptz": "timestamp"}.get(kind, kind)
        for column, kind in cells.RAW_TABLES[name].items()
    }
    for name in ("read_replies", "read_measures", "read_members", "read_periods", "read_areas")
}
#: Which label of a reply is which member, and which of its columns is which measure.
LABELS = {
    "label_members": {"table_id": "string", "reply": "string", "label": "string", "member_no": "bigint"},
    "label_measures": {"table_id": "string", "reply": "string", "position": "int", "measure_no": "bigint"},
}
_UNIT_SEPARATOR = "\x1f"
#: The number of a name, as `number` gives it.
_NUMBER = "cast(conv(substr(md5({}), 1, 15), 16, 10) as bigint)"


@dataclass(frozen=True)
class Loaded:
    """What a load read and wrote: replies and cells that were not there, and partitions worked out again."""

    replies: int
    cells: int
    partitions: int


def load(spark: Spark, layout: Layout, found: Input) -> Loaded:
    """Bring the raw tables up to what has landed.

    Raises DamagedReplyError, FaultyInputError (areas that are not known), and whatever Spark finds wrong.
    """
    replies = cells.snapshot(layout, found)
    _create(spark)
    read, was_loaded = _replies_read(spark), _replies_loaded(spark)
    landed = {(reply.table_id, reply.stem) for reply in replies}
    new = [reply for reply in replies if (reply.table_id, reply.stem) not in read]
    # Landed no more; or read by a load that broke down before it had noted what they touch.
    odd = (read - landed) | (read - was_loaded)
    _drop(spark, sorted(read - landed))
    _verify(spark, layout, new)
    _read(spark, layout, new)
    names = _names(spark, layout, found, replies)
    anew = {table_id for table_id, _ in odd} | _out_of_order(replies, new) | _renamed(spark, names)
    _touch_all(spark, sorted(anew))
    _write(spark, names, [name for name in names if name != "read_replies"])
    _touch_changed(spark, [reply for reply in new if reply.table_id not in anew])
    partitions = _work_out(spark)
    _write(spark, names, ["read_replies"])
    return Loaded(len(new), sum(reply.cells for reply in new), partitions)


def done(spark: Spark) -> None:
    """Forget which partitions were touched: the tables made of them are up to date."""
    spark.run("truncate table raw.read_touched")


def number(*names: str) -> int:
    """Give the number that stands for a name, as the surrogate keys are made."""
    return int(hashlib.md5("|".join(names).encode(), usedforsecurity=False).hexdigest()[:15], 16)


def _create(spark: Spark) -> None:
    spark.run("create schema if not exists raw")
    by_reply = {"table_id": "string", "reply": "string"}
    rows = {"period": "string", "area": "string", "member": "string", "cells": "array<decimal(18, 4)>"}
    spark.create("raw.read_rows", rows | by_reply, ("table_id", "reply"))
    spark.create("raw.read_labels", {"kind": "string", "label": "string"} | by_reply, ("table_id", "reply"))
    vintages = {
        "measure_no": "bigint", "area_no": "bigint", "member_no": "bigint", "value": "decimal(18, 4)",
        "reply_no": "bigint", "ended_by_reply_no": "bigint", "table_id": "string", "period_no": "bigint",
    }  # fmt: skip
    spark.create("raw.read_vintages", vintages, ("table_id", "period_no"))
    spark.create("raw.read_touched", {"table_id": "string", "period": "string", "period_no": "bigint"})
    for name, columns in (NAMES | LABELS).items():
        spark.create(f"raw.{name}", columns)


def _replies_read(spark: Spark) -> set[tuple[str, str]]:
    """Give the replies whose rows are here. Labels are written after rows: where they are, a reply was read whole."""
    return {(table_id, reply) for table_id, reply in spark.rows("select distinct table_id, reply from raw.read_labels")}


def _replies_loaded(spark: Spark) -> set[tuple[str, str]]:
    """Give the replies that a load was done with."""
    found = spark.rows("select table_id, regexp_extract(source_ref, '/(.*)$', 1) from raw.read_replies")
    return {(table_id, reply) for table_id, reply in found}


def _drop(spark: Spark, removed: Sequence[tuple[str, str]]) -> None:
    for table_id, reply in removed:
        for name in ("read_labels", "read_rows"):
            partition = f"table_id = {text(table_id)}, reply = {text(reply)}"
            spark.run(f"alter table raw.{name} drop if exists partition ({partition})")


def _glob(layout: Layout, replies: Sequence[Landed]) -> str:
    """Write the replies' bodies as one path that Spark takes."""
    return f"{Landing(layout).folder}/{{{','.join(reply.name for reply in replies)}}}"


def _verify(spark: Spark, layout: Layout, new: Sequence[Landed]) -> None:
    """Hold the replies against their sha256, on the workers. Raises DamagedReplyError for the first that differs."""
    if not new:
        return
    path = text(_glob(layout, new))
    spark.run(f"create or replace temporary view arriving_files using binaryFile options (path {path})")
    query = "select concat_ws('/', slice(split(path, '/'), -2, 2)), sha2(content, 256) from arriving_files"
    found = dict(spark.rows(query))
    for reply in new:
        if found.get(reply.name) != reply.file_sha256:
            reply.verify()
            raise DamagedReplyError(f"Spark's workers do not see {reply.body} as it is here. It must lie where all do.")


def _read(spark: Spark, layout: Layout, new: Sequence[Landed]) -> None:
    """Read replies as rows, each into its own partition; a reply is one task, and its rows go nowhere else."""
    if not new:
        return
    path = text(_glob(layout, new))
    options = f"path {path}, multiLine 'true', mode 'FAILFAST'"
    spark.run(
        f"create or replace temporary view arriving_replies (rows array<array<string>>) using json options ({options})"
    )
    arriving = {"file": "string", "table_id": "string", "reply": "string", "dimensions": "int"}
    rows = [(reply.body.name, reply.table_id, reply.stem, reply.dimensions) for reply in new]
    spark.replace("raw.arriving", arriving, rows)
    spark.run(
        """
        insert overwrite table raw.read_rows partition (table_id, reply)
        with
        named as (select rows, element_at(split(input_file_name(), '/'), -1) as file from arriving_replies),

        taken_apart as (
            select arriving.table_id, arriving.reply, arriving.dimensions, explode(named.rows) as cells
            from named inner join raw.arriving as arriving on named.file = arriving.file
        )

        select
            cells[0] as period, cells[1] as area, concat_ws('\\u001F', slice(cells, 3, dimensions)) as member,
            transform(slice(cells, 3 + dimensions, size(cells)), cell -> cast(cell as decimal(18, 4))) as cells,
            table_id, reply
        from taken_apart
        """
    )
    spark.run(
        f"""
        insert overwrite table raw.read_labels partition (table_id, reply)
        select distinct kind, label, table_id, reply
        from raw.read_rows
        lateral view explode(map('period', period, 'area', area, 'member', member)) as kind, label
        where {_are(new)}
        """
    )


def _are(replies: Sequence[Landed]) -> str:
    """Select the partitions of replies."""
    by_table: dict[str, list[str]] = defaultdict(list)
    for reply in replies:
        by_table[reply.table_id].append(reply.stem)
    chosen = (f"table_id = {text(table_id)} and reply in {texts(own)}" for table_id, own in by_table.items())
    return " or ".join(f"({each})" for each in chosen) or "false"


Names = dict[str, list[tuple[Any, ...]]]


def _out_of_order(replies: Sequence[Landed], new: Sequence[Landed]) -> set[str]:
    """Name the tables of which a new reply is the first, or was retrieved before one that was read already.

    Such a reply may have begun or ended any value.
    """
    before = [reply for reply in replies if reply not in new]
    newest = {
        table_id: max(r.stem for r in before if r.table_id == table_id) for table_id in {r.table_id for r in before}
    }
    return {reply.table_id for reply in new if reply.table_id not in newest or reply.stem < newest[reply.table_id]}


def _renamed(spark: Spark, names: Names) -> set[str]:
    """Name the tables in which a label has come to mean something else than it did, or a member has another name."""
    renamed = set()
    for name in (*LABELS, "read_members"):
        own = NAMES.get(name) or LABELS[name]
        at, there = list(own).index("table_id"), set(names[name])
        before = spark.rows(f"select {', '.join(own)} from raw.{name}")
        renamed |= {row[at] for row in before if row not in there}
    return renamed


def _names(spark: Spark, layout: Layout, found: Input, replies: Sequence[Landed]) -> Names:
    """Work out what labels and numbers stand for, of all that has landed; it is little."""
    described = cells.descriptions(layout, replies)
    labels: dict[tuple[str, str], dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    query = "select table_id, reply, kind, label from raw.read_labels order by table_id, reply, kind, label"
    for table_id, reply, kind, label in spark.rows(query):
        labels[table_id, reply][kind].append(label)
    written: Names = {name: [] for name in (*NAMES, *LABELS)}
    for table_id, table in sorted(series_tables(found).items()):
        own = [reply for reply in replies if reply.table_id == table_id]
        if own:
            of_reply = {reply.stem: labels[table_id, reply.stem] for reply in own}
            cells.check_areas(found, table, sorted({area for each in of_reply.values() for area in each["area"]}))
            declared = [row for row in found.of("series_measures") if row["table_id"] == table_id]
            _add_measures(written, Measures(table, declared, own, described), own)
            _add_members(written, own, of_reply, described)
    for kind, name in (("period", "read_periods"), ("area", "read_areas")):
        every = sorted({label for each in labels.values() for label in each[kind]})
        written[name] = [(number(label), label) for label in every]
    written["read_replies"] = [
        (
            number(r.source_ref), r.source_ref, r.table_id, r.delivery, r.retrieved_at,
            cells.released_at(r, described), r.source, r.request, r.sha256, r.name, r.rows, r.cells,
        )
        for r in replies
    ]  # fmt: skip
    return written


def _write(spark: Spark, names: Names, chosen: Sequence[str]) -> None:
    for name in chosen:
        spark.replace(f"raw.{name}", NAMES.get(name) or LABELS[name], names[name])


def _add_measures(written: Names, measures: Measures, own: Sequence[Landed]) -> None:
    for m in measures.by_id.values():
        measure_no = number(m.table_id, m.measure_id)
        written["read_measures"].append(
            (measure_no, m.table_id, m.measure_id, m.measure_name, m.unit, m.higher_is_better)
        )
    for reply in own:
        for position, measure_id in enumerate(measures.of(reply)):
            written["label_measures"].append((reply.table_id, reply.stem, position, number(reply.table_id, measure_id)))


def _add_members(
    written: Names, own: Sequence[Landed], of_reply: Mapping[str, Mapping[str, list[str]]], described: Any
) -> None:
    combinations = {
        stem: [tuple(label.split(_UNIT_SEPARATOR)) if label else () for label in labels["member"]]
        for stem, labels in of_reply.items()
    }
    members = Members([(reply, combinations[reply.stem]) for reply in own], described)
    table_id = own[0].table_id
    numbers = {
        key: number(table_id, *(f"{dimension}={value}" for dimension, value in sorted(key))) for key in members.by_key
    }
    for key, member in members.by_key.items():
        written["read_members"].append((numbers[key], table_id, member.label, member.is_total))
    for reply in own:
        for labels in combinations[reply.stem]:
            row = (table_id, reply.stem, _UNIT_SEPARATOR.join(labels), numbers[members.of(reply, labels).key])
            written["label_members"].append(row)


#: A row a cell that replies show, under its numbers; `{where}` selects the rows that are read.
_SHOWN = f"""
    select
        rows.table_id, rows.reply, rows.period, {_NUMBER.format("rows.period")} as period_no,
        {_NUMBER.format("rows.area")} as area_no, members.member_no, measures.measure_no, rows.value
    from (
        select table_id, reply, period, area, member, position, value
        from raw.read_rows {{touched}} lateral view posexplode(cells) as position, value
        where {{where}}
    ) as rows
    inner join raw.label_members as members
        on rows.table_id = members.table_id and rows.reply = members.reply and rows.member = members.label
    inner join raw.label_measures as measures
        on rows.table_id = measures.table_id and rows.reply = measures.reply and rows.position = measures.position
"""


def _touch_all(spark: Spark, tables: Sequence[str]) -> None:
    """Note every partition of some tables. What is noted stays so until `done`, also where a build breaks down."""
    if tables:
        spark.run(
            f"""
            insert into raw.read_touched
            select distinct table_id, label as period, {_NUMBER.format("label")} as period_no from raw.read_labels
            where kind = 'period' and table_id in {texts(tables)}
            """
        )


def _touch_changed(spark: Spark, newer: Sequence[Landed]) -> None:
    """Note the partitions in which the newest replies show a cell for the first time or with another value."""
    if newer:
        spark.run(
            f"""
            insert into raw.read_touched
            select distinct shown.table_id, shown.period, shown.period_no
            from ({_SHOWN.format(touched="", where=_are(newer))}) as shown
            left join raw.read_vintages as newest
                on
                    shown.table_id = newest.table_id
                    and shown.period_no = newest.period_no
                    and shown.area_no = newest.area_no
                    and shown.member_no = newest.member_no
                    and shown.measure_no = newest.measure_no
                    and newest.ended_by_reply_no is null
            where newest.reply_no is null or shown.value is distinct from newest.value
            """
        )


def _work_out(spark: Spark) -> int:
    """Store, for the partitions touched, the first value of each cell and each that differs from the one before."""
    touched = spark.rows("select table_id, count(distinct period_no) from raw.read_touched group by table_id")
    if not touched:
        return 0
    semi_join = "left semi join raw.read_touched as touched using (table_id, period)"
    tables = f"table_id in {texts([table_id for table_id, _ in touched])}"
    spark.run(
        f"""
        insert overwrite table raw.read_vintages partition (table_id, period_no)
        with
        shown as ({_SHOWN.format(touched=semi_join, where=tables)}),

        changed as (
            select *, {_NUMBER.format("concat('jobindsats:', table_id, '/', reply)")} as reply_no
            from shown
            qualify row_number() over cell = 1 or value is distinct from lag(value) over cell
            window cell as (partition by table_id, period_no, area_no, member_no, measure_no order by reply)
        )

        select /*+ rebalance(table_id, period_no) */
            measure_no, area_no, member_no, value, reply_no,
            lead(reply_no) over (
                partition by table_id, period_no, area_no, member_no, measure_no order by reply
            ) as ended_by_reply_no,
            table_id, period_no
        from changed
        """
    )
    return sum(int(count) for _, count in touched)
