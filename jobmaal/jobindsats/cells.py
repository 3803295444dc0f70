"""From landed replies to the raw tables: every value that a cell has had, and when it was first seen.

Belongs here: reading the replies' cells with DuckDB, a table of Jobindsats at a time, and storing what changed.
Does not: judging replies (done before they landed), what labels mean (`identity`), or anything that the warehouse
makes of the values, which is dbt's.

A cell is a measure, an area, a period and a member. A reply that repeats its value adds nothing; one that does not
show it leaves it as it was. The order of replies is that of their retrieval, whenever they landed. DuckDB holds no
more than it must and spills to disk, so memory does not grow with the sum of the replies.

Where a build continues a release (`Base`), a table of which nothing new has landed is kept as it is there, and of one
whose new replies follow those that the release has read, only these are parsed: `read_vintages` then has what they
changed and nothing else. A table whose new replies came in between, or change what a label of the old ones means, is
read whole. Either way the warehouse comes out the same. Numbers are handed out in the order of the surrogate keys, so
that values sorted by their numbers are in key order.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jobmaal.core import progress
from jobmaal.core.errors import Fault, FaultyInputError
from jobmaal.core.keys import surrogate_key
from jobmaal.core.layout import Layout, quoted
from jobmaal.inputs.tables import Input
from jobmaal.jobindsats import claims
from jobmaal.jobindsats.config import SeriesTable, known_areas, series_tables
from jobmaal.jobindsats.identity import Measures, Members
from jobmaal.jobindsats.landing import DamagedReplyError, Landed, Landing
from jobmaal.jobindsats.response import Metadata, publisher_time, read_metadata

if TYPE_CHECKING:
    import datetime as dt

    import duckdb

RAW_TABLES = {
    "read_replies": {
        "reply_no": "integer", "source_ref": "varchar", "table_id": "varchar", "delivery": "varchar",
        "retrieved_at": "timestamptz", "released_at": "timestamptz", "source": "varchar", "request": "varchar",
        "sha256": "varchar", "file": "varchar", "rows": "bigint", "cells": "bigint", "is_read": "boolean",
    },
    "read_measures": {
        "measure_no": "integer", "table_id": "varchar", "measure_id": "varchar", "measure_name": "varchar",
        "unit": "varchar", "higher_is_better": "boolean", "measure_kind": "varchar",
        "suppression_group": "varchar",
    },
    "read_members": {"member_no": "integer", "table_id": "varchar", "member": "varchar", "is_total": "boolean"},
    "read_periods": {"period_no": "integer", "table_id": "varchar", "period_id": "varchar"},
    "read_areas": {"area_no": "integer", "area_name": "varchar"},
    "read_vintages": {
        "measure_no": "integer", "area_no": "integer", "period_no": "integer", "member_no": "integer",
        "value": "decimal(18, 4)", "reply_no": "integer", "ended_by_reply_no": "integer",
    },
    "series_claims": {
        "table_id": "varchar", "rule": "varchar", "delivery": "varchar", "source_ref": "varchar",
        "retrieved_at": "timestamptz", "cells_checked": "bigint", "cells_deviating": "bigint",
        "tolerance": "decimal(18, 4)", "unit": "varchar",
    },
    "read_tables": {
        "table_id": "varchar", "how": "varchar", "meaning_sha256": "varchar", "replies_read": "bigint",
        "cells_read": "bigint",
    },
}  # fmt: skip

#: The combinations of labels of each reply, which no model reads.
_LABELS = {"read_labels": {"table_id": "varchar", "file": "varchar", "labels": "varchar"}}
#: What the next build needs of this one to continue it; a release keeps them beside its tables.
STATE_TABLES = ("read_labels", "read_periods", "read_tables", "series_claims")
#: The facts that a build continues by cells, and the one that it continues by periods; all others are made anew.
CONTINUED_FACTS = ("fct_benchmark", "fct_benchmark_vintage")
RANKS = "fct_benchmark_rank"
#: How a table came into the build: as the release that it continues has it, with what is new, or whole.
KEPT, CONTINUED, WHOLE = "kept", "continued", "whole"
#: The condition on a table_id of which a build that continues a release makes every row anew: what was read whole, and
#: the documents' own. The work database is attached as `work`.
MADE_ANEW = f"table_id not in (select table_id from work.raw.read_tables where how != '{WHOLE}')"

#: The temporary tables that are made anew for each table of Jobindsats.
_TEMPORARY = (
    "label_periods", "label_areas", "label_members", "member_names", "member_parts", "releases", "area_types",
    "gathered", "stored", "held", "differing",
)  # fmt: skip
#: Joins the labels of a member while they are text in DuckDB; no label holds it.
LABEL_SEPARATOR = "\x1f"
_KEY, _KEY_ORDER = "period_no, area_no, member_no", "measure_no, area_no, period_no, member_no, reply_no"

#: The combinations of labels of each reply, by its name.
_Combinations = Mapping[str, Sequence[tuple[str, ...]]]


@dataclass(frozen=True)
class Base:
    """The release that a build continues: where its state is, and the landed replies that it was made of.

    Its tables are those of the database that is attached as `base`.
    """

    state: Path
    replies: Set[str]


@dataclass
class Loaded:
    """What was loaded: tables (of these kept as they were), replies and cells read, and values stored."""

    tables: int = 0
    kept: int = 0
    replies: int = 0
    cells: int = 0
    values: int = 0


def snapshot(layout: Layout, found: Input) -> list[Landed]:
    """Return the data replies that a build reads: all whole deliveries of configured tables, oldest first."""
    configured = series_tables(found)
    return [reply for reply in Landing(layout).whole_data() if reply.table_id in configured]


def load(
    database: duckdb.DuckDBPyConnection,
    layout: Layout,
    found: Input,
    replies: Sequence[Landed],
    base: Base | None = None,
) -> Loaded:
    """Write the raw tables of the series. Raises DamagedReplyError, FaultyInputError (areas that are not known)."""
    database.execute("create schema if not exists raw")
    for name, columns in (RAW_TABLES | _LABELS).items():
        declared = ", ".join(f"{column} {kind}" for column, kind in columns.items())
        database.execute(f"create or replace table raw.{name} ({declared})")
    loader = _Loader(database, found, descriptions(layout, replies), replies, base)
    for at, (table_id, table) in enumerate(sorted(series_tables(found).items()), 1):
        own = [reply for reply in replies if reply.table_id == table_id]
        if own:
            progress.running("series", f"{table_id}, table {at}: {len(own)} replies")
            loader.load_table(table, own)
    loader.write_names()
    return loader.loaded


def descriptions(layout: Layout, replies: Sequence[Landed]) -> dict[str, Metadata]:
    """Read the metadata that the replies came under, by its sha256. Raises DamagedReplyError where it is gone."""
    landing = Landing(layout)
    needed = {(reply.table_id, reply.metadata_sha256) for reply in replies if reply.metadata_sha256}
    described: dict[str, Metadata] = {}
    for table_id in sorted({table_id for table_id, _ in needed}):
        for landed in landing.replies(table_id):
            if landed.kind == "table" and (table_id, landed.sha256) in needed:
                described[landed.sha256] = read_metadata(landed.read())
    # Without its description a reply would be read by its labels, and its series be others.
    gone = sorted(table_id for table_id, sha256 in needed if sha256 not in described)
    if gone:
        told = f"The description under which replies of {gone[0]} landed is gone from {landing.folder / gone[0]}."
        raise DamagedReplyError(f"{told} Restore its .table.json.gz and .table.request.json from a backup.")
    return described


def check_areas(found: Input, table: SeriesTable, labels: Sequence[str]) -> None:
    """Raise FaultyInputError where replies of a table have areas that are not known."""
    known = known_areas(found)
    file = f"{found.folder}/shared/areas.csv"
    rule = f"is no area here, but replies of {table.table_id} have it; add a row for it"
    faults = [Fault(file, 0, "area_name", label, rule) for label in labels if label not in known]
    if faults:
        raise FaultyInputError(faults)


def released_at(reply: Landed, described: Mapping[str, Metadata]) -> dt.datetime | None:
    """Return when the publisher released what a reply holds; None where its description does not tell."""
    metadata = described.get(reply.metadata_sha256)
    return publisher_time(metadata.update_latest) if metadata else None


@dataclass
class _Layout:
    """Replies with the same columns, parsed together into the temporary table `name`."""

    name: str
    dimensions: int
    measure_ids: tuple[str, ...]
    replies: list[Landed]


@dataclass(frozen=True)
class _Before:
    """What a build that is continued has read of a table: labels by reply, what they meant, and the periods."""

    combinations: _Combinations
    meaning: str
    periods: Sequence[str]


class _Loader:
    """Loads the tables of Jobindsats one after the other into one database."""

    def __init__(
        self,
        database: duckdb.DuckDBPyConnection,
        found: Input,
        described: Mapping[str, Metadata],
        replies: Sequence[Landed],
        base: Base | None,
    ) -> None:
        self._db, self._found, self._described, self._base = database, found, described, base
        self._reply_no = {reply.name: at for at, reply in enumerate(replies, 1)}
        self._replies = replies
        in_order = sorted(known_areas(found), key=surrogate_key)
        self._areas = {name: number for number, name in enumerate(in_order, 1)}
        self._areas_seen: set[str] = set()
        self._read: set[str] = set()
        self._member_rows: list[tuple[Any, ...]] = []
        self._measure_rows: list[tuple[Any, ...]] = []
        self._period_rows: list[tuple[Any, ...]] = []
        self._label_rows: list[tuple[Any, ...]] = []
        self._table_rows: list[tuple[Any, ...]] = []
        self.loaded = Loaded()

    def load_table(self, table: SeriesTable, replies: Sequence[Landed]) -> None:
        """Load one table: keep it, continue it with what is new, or read all of its replies."""
        declared = [row for row in self._found.of("series_measures") if row["table_id"] == table.table_id]
        measures = Measures(table, declared, replies, self._described)
        measure_nos = self._number_measures(measures)
        before = self._before(table, replies)
        if before is None:
            how, read = WHOLE, replies
        else:
            read = [reply for reply in replies if reply.name not in before.combinations]
            how = CONTINUED if read else KEPT
        self.loaded.tables += 1
        if how == KEPT and before is not None:
            self._keep(table, before)
            return
        layouts = self._parse(read, measures)
        combinations = self._combinations(layouts, before)
        members = self._members(replies, combinations)
        if before is not None and before.meaning != _meaning(replies, before.combinations, measures, members):
            # What is new tells otherwise what is old, so all of it is read again.
            how, before, read = WHOLE, None, replies
            self._drop([layout.name for layout in layouts])
            layouts = self._parse(read, measures)
            combinations = self._combinations(layouts)
            members = self._members(replies, combinations)
        self._map_labels(table, layouts, members, combinations, before)
        self._map_releases(read)
        found: list[claims.SeriesClaim] = []
        blocks = list(_blocks(layouts, measures))
        for block in blocks:
            self._gather(layouts, block)
            numbers = [measure_nos[measure_id] for measure_id in block]
            if before is None:
                self._store(numbers, read, is_only=len(blocks) == 1)
            else:
                self._store_changes(table, before, measures, block, numbers)
            found += claims.check(self._db, [measures.by_id[measure_id] for measure_id in block])
        if len(blocks) > 1 and before is None:
            self._db.execute(f"insert into raw.read_vintages by name select * from stored order by {_KEY_ORDER}")
        self._keep_claims(table, found)
        if before is not None:
            self._take_over("series_claims", table)
        self._drop([*(layout.name for layout in layouts), *_TEMPORARY])
        self._told(table, how, _meaning(replies, combinations, measures, members), read)

    def _told(self, table: SeriesTable, how: str, meaning: str, read: Sequence[Landed]) -> None:
        self._read |= {reply.name for reply in read}
        cells = sum(reply.cells for reply in read)
        self._table_rows.append((table.table_id, how, meaning, len(read), cells))
        self.loaded.replies += len(read)
        self.loaded.cells += cells

    def _before(self, table: SeriesTable, replies: Sequence[Landed]) -> _Before | None:
        """Return what the base has read of a table, where what has landed since follows all of it."""
        if self._base is None:
            return None
        known = {reply.name for reply in replies} & self._base.replies
        combinations: dict[str, list[tuple[str, ...]]] = defaultdict(list)
        for file, labels in self._state("read_labels", "file, labels", table):
            combinations[file].append(labels_apart(labels))
        last = max((self._reply_no[name] for name in known), default=0)
        follows = all(self._reply_no[reply.name] > last for reply in replies if reply.name not in known)
        if not known or known != combinations.keys() or not follows:
            return None
        ((meaning,),) = self._state("read_tables", "meaning_sha256", table)
        return _Before(dict(combinations), meaning, [row[0] for row in self._state("read_periods", "period_id", table)])

    def _state(self, name: str, columns: str, table: SeriesTable) -> list[Any]:
        assert self._base is not None
        query = f"select {columns} from '{quoted(self._base.state / name)}.parquet' where table_id = ?"
        return self._db.execute(query, [table.table_id]).fetchall()

    def _take_over(self, name: str, table: SeriesTable) -> None:
        """Copy a table's rows of what the base keeps."""
        self._insert(name, self._state(name, ", ".join(RAW_TABLES[name]), table))

    def _keep(self, table: SeriesTable, before: _Before) -> None:
        """Leave a table as the base has it."""
        self.loaded.kept += 1
        self._take_over("series_claims", table)
        self._number_periods(table, before.periods)
        self._add_labels(table, before.combinations)
        self._told(table, KEPT, before.meaning, [])

    def _parse(self, replies: Sequence[Landed], measures: Measures) -> list[_Layout]:
        """Read the rows of replies that are what landed: one temporary table for all with the same columns."""
        for reply in replies:
            reply.verify()
        alike: dict[tuple[int, tuple[str, ...]], list[Landed]] = defaultdict(list)
        for reply in replies:
            alike[reply.dimensions, tuple(measures.of(reply))].append(reply)
        layouts = []
        for at, ((dimensions, measure_ids), same) in enumerate(alike.items()):
            layout = _Layout(f"parsed_{at}", dimensions, measure_ids, same)
            first = 3 + dimensions
            values = "".join(f", cast(cells[{first + k}] as decimal(18, 4)) as v{k}" for k in range(len(measure_ids)))
            members = [f"cells[{3 + k}]" for k in range(dimensions)]
            member = f" || '{LABEL_SEPARATOR}' || ".join(members) or "''"
            files = ", ".join(f"'{quoted(reply.body)}'" for reply in same)
            numbers = ", ".join(str(self._reply_no[reply.name]) for reply in same)
            largest = max(reply.size for reply in same) + 1_048_576
            # Rows that repeat another one figure by figure were let in as one.
            distinct = "distinct" if any(reply.repeated for reply in same) else ""
            # Replies are read side by side, as many as there are threads; their rows are never all in memory. A
            # reply's number is found once, before its rows are taken apart: a join on all of them would cost as much
            # as reading them.
            self._db.execute(
                f"""
                create or replace temp table {layout.name} as
                select {distinct} reply_no, cells[1] as period, cells[2] as area, {member} as member {values}
                from (
                    select [{numbers}][list_position([{files}], filename)] as reply_no, unnest(rows) as cells
                    from read_json(
                        [{files}], format = 'unstructured', columns = {{rows: 'varchar[][]'}}, filename = true,
                        compression = 'gzip', maximum_object_size = {largest}
                    )
                )
                """
            )
            layouts.append(layout)
        return layouts

    def _number_measures(self, measures: Measures) -> dict[str, int]:
        numbers = {}
        for m in sorted(measures.by_id.values(), key=lambda m: surrogate_key(m.table_id, m.measure_id)):
            number = numbers[m.measure_id] = len(self._measure_rows) + 1
            self._measure_rows.append(
                (number, m.table_id, m.measure_id, m.measure_name, m.unit, m.higher_is_better, m.kind,
                 m.suppression_group)
            )  # fmt: skip
        return numbers

    def _number_periods(self, table: SeriesTable, labels: Iterable[str]) -> list[tuple[Any, ...]]:
        first = len(self._period_rows) + 1
        rows = [(no, table.table_id, label) for no, label in enumerate(sorted(labels, key=surrogate_key), first)]
        self._period_rows += rows
        return rows

    def _add_labels(self, table: SeriesTable, combinations: _Combinations) -> None:
        self._label_rows += [
            (table.table_id, file, LABEL_SEPARATOR.join(labels))
            for file, all_ in combinations.items()
            for labels in all_
        ]

    def _combinations(self, layouts: Sequence[_Layout], before: _Before | None = None) -> _Combinations:
        """Return the combinations of labels in each reply: those that were parsed, and those of before."""
        found = dict(before.combinations) if before else {}
        for layout in layouts:
            by_reply: dict[int, list[tuple[str, ...]]] = defaultdict(list)
            for reply_no, text in self._rows(f"select distinct reply_no, member from {layout.name} order by all"):
                by_reply[reply_no].append(labels_apart(text))
            found |= {reply.name: by_reply[self._reply_no[reply.name]] for reply in layout.replies}
        return found

    def _members(self, replies: Sequence[Landed], combinations: _Combinations) -> Members:
        return Members([(reply, combinations[reply.name]) for reply in replies], self._described)

    def _map_labels(
        self,
        table: SeriesTable,
        layouts: Sequence[_Layout],
        members: Members,
        combinations: _Combinations,
        before: _Before | None,
    ) -> None:
        """Return every label of what was parsed its number, and say which members are parts of which."""
        areas = self._labels("area", layouts)
        check_areas(self._found, table, areas)
        self._areas_seen |= set(areas)
        numbered = {"label": "varchar", "no": "integer", "key": "bigint"}
        self._fill("label_areas", numbered, [(name, self._areas[name], surrogate_key(name)) for name in areas])
        periods = {*self._labels("period", layouts), *(before.periods if before else ())}
        rows = [(label, no, surrogate_key(label)) for no, _, label in self._number_periods(table, periods)]
        self._fill("label_periods", numbered, rows)
        numbers = {}
        for key, member in sorted(members.by_key.items(), key=lambda pair: pair[1].label):
            numbers[key] = len(self._member_rows) + 1
            self._member_rows.append((numbers[key], table.table_id, member.label, member.is_total))
        named = [(member.label, numbers[key]) for key, member in members.by_key.items()]
        self._fill("member_names", {"member": "varchar", "no": "integer"}, named)
        rows = [
            (self._reply_no[reply.name], LABEL_SEPARATOR.join(labels), numbers[members.of(reply, labels).key])
            for layout in layouts
            for reply in layout.replies
            for labels in combinations[reply.name]
        ]
        self._fill("label_members", {"reply_no": "integer", "label": "varchar", "no": "integer"}, rows)
        self._add_labels(table, combinations)
        parts = claims.parts({numbers[key]: member for key, member in members.by_key.items()}, members.levels)
        counted = Counter((total, split_by) for total, split_by, _ in parts)
        overlapping = tuple(f"{dimension}/" for dimension in members.overlapping(table))
        self._fill(
            "member_parts",
            {
                "total_no": "integer",
                "split_by": "varchar",
                "part_no": "integer",
                "all_parts": "bigint",
                "is_overlapping": "boolean",
            },
            [(*part, counted[part[:2]], part[1].startswith(overlapping)) for part in parts],
        )

    def _map_releases(self, replies: Sequence[Landed]) -> None:
        """Return each release the number of its last reply, and say what kind of area each is."""
        last = {reply.delivery: self._reply_no[reply.name] for reply in replies}
        rows = [(self._reply_no[reply.name], last[reply.delivery]) for reply in replies]
        self._fill("releases", {"reply_no": "integer", "release_no": "integer"}, rows)
        typed = [(self._areas[row["area_name"]], row["area_type"]) for row in self._found.of("areas")]
        self._fill("area_types", {"area_no": "integer", "area_type": "varchar"}, typed)

    def _labels(self, column: str, layouts: Sequence[_Layout]) -> list[str]:
        union = " union ".join(f"select distinct {column} from {layout.name}" for layout in layouts)
        return sorted(row[0] for row in self._rows(union))

    def _gather(self, layouts: Sequence[_Layout], block: Sequence[str]) -> None:
        """Bring the block's measures of all replies into one temporary table, all labels as numbers."""
        selects = []
        for layout in layouts:
            own = layout.measure_ids
            if set(block) <= set(own):
                values = ", ".join(f"v{own.index(measure_id)} as m{at}" for at, measure_id in enumerate(block))
                selects.append(
                    f"""
                    select parsed.reply_no, p.no as period_no, a.no as area_no, m.no as member_no, {values}
                    from {layout.name} as parsed
                    inner join label_periods as p on parsed.period = p.label
                    inner join label_areas as a on parsed.area = a.label
                    inner join label_members as m on parsed.member = m.label and parsed.reply_no = m.reply_no
                    """
                )
        self._db.execute("create or replace temp table gathered as " + " union all ".join(selects))

    def _store(self, numbers: Sequence[int], replies: Sequence[Landed], *, is_only: bool) -> None:
        """Store the first value of each cell, and each that differs from the one before it."""
        columns = [f"m{at}" for at in range(len(numbers))]
        values = f"select {_KEY}, reply_no, {_unpivoted(numbers)}"
        selected = f"{values} from gathered"
        # The parts of one delivery have no cell in common, so nothing is compared.
        if len({reply.delivery for reply in replies}) > 1:
            first = ", ".join(f"min({c}) as {c}" for c in columns)
            constant = " and ".join(
                f"(count({c}) = 0 or count({c}) = count(*) and min({c}) = max({c}))" for c in columns
            )
            self._db.execute(
                f"""
                create or replace temp table seen as
                select {_KEY}, min(reply_no) as reply_no, {first}, {constant} as is_constant
                from gathered group by {_KEY}
                """
            )
            # Most cells are never revised, and are stored without being put in order.
            selected = f"""
                {values}, null as ended_by_reply_no from seen where is_constant
                union all by name
                from (
                    with shown as (
                        {values} from gathered semi join (select * from seen where not is_constant) using ({_KEY})
                    )
                    {_CHANGED}
                )
            """
        if is_only:
            self._db.execute(f"insert into raw.read_vintages by name from ({selected}) order by {_KEY_ORDER}")
        else:
            self._db.execute("create temp table if not exists stored as from raw.read_vintages limit 0")
            self._db.execute(f"insert into stored by name {selected}")
        self._drop(["seen"])

    def _store_changes(
        self, table: SeriesTable, before: _Before, measures: Measures, block: Sequence[str], nos: Sequence[int]
    ) -> None:
        """Store what replies that follow the base's changed: new values, and what they ended."""
        self._fill("measure_keys", {"key": "bigint", "no": "integer"}, [
            (surrogate_key(table.table_id, measures.by_id[measure_id].measure_id), no)
            for measure_id, no in zip(block, nos, strict=True)
        ])  # fmt: skip
        known = [(reply.source_ref, self._reply_no[reply.name]) for reply in self._replies]
        self._fill("reply_numbers", {"source_ref": "varchar", "reply_no": "integer"}, known)
        self._db.execute(
            """
            create or replace temp table held as
            select
                measure_keys.no as measure_no, label_areas.no as area_no, label_periods.no as period_no,
                member_names.no as member_no, facts.value, reply_numbers.reply_no
            from base.main.fct_benchmark as facts
            inner join measure_keys on facts.measure_key = measure_keys.key
            inner join label_areas on facts.area_key = label_areas.key
            -- Of most replies the newest period is all that they have, and the base knows none of its cells.
            inner join (
                select * from label_periods
                where no in (select period_no from gathered) and label in (select unnest(?))
            ) as label_periods on facts.period_key = label_periods.key
            inner join member_names on facts.member = member_names.member
            inner join reply_numbers on facts.source_ref = reply_numbers.source_ref
            where facts.table_id = ?
            """,
            [before.periods, table.table_id],
        )
        cell = f"measure_no, {_KEY}"
        self._db.execute(
            f"""
            create or replace temp table differing as
            with told as (select {_KEY}, {_unpivoted(nos)} from gathered)
            select distinct {cell} from told left join held using ({cell})
            where held.reply_no is null or held.value is distinct from told.value
            """
        )
        self._db.execute(
            f"""
            insert into raw.read_vintages by name
            with shown as (
                select {_KEY}, reply_no, measure_no, value
                from (select {_KEY}, reply_no, {_unpivoted(nos)} from gathered) semi join differing using ({cell})
                union all by name
                from held semi join differing using ({cell})
            )
            from ({_CHANGED})
            where ended_by_reply_no is not null or reply_no >= (select min(reply_no) from gathered)
            order by {_KEY_ORDER}
            """
        )
        self._drop(["measure_keys", "reply_numbers"])

    def _keep_claims(self, table: SeriesTable, found: Sequence[claims.SeriesClaim]) -> None:
        """Write a row a rule and release, over all measures of the table."""
        together: dict[tuple[str, int], list[claims.SeriesClaim]] = defaultdict(list)
        for claim in found:
            together[claim.rule, claim.release_no].append(claim)
        rows = []
        for (rule, release_no), same in sorted(together.items()):
            reply, units = self._replies[release_no - 1], {claim.unit for claim in same}
            tolerances = [claim.tolerance for claim in same if claim.tolerance is not None]
            rows.append((
                table.table_id, rule, reply.delivery, reply.source_ref, reply.retrieved_at,
                sum(claim.cells_checked for claim in same), sum(claim.cells_deviating for claim in same),
                max(tolerances, default=None), units.pop() if len(units) == 1 else None,
            ))  # fmt: skip
        self._insert("series_claims", rows)

    def write_names(self) -> None:
        """Write what the numbers in the vintages stand for."""
        self._insert("read_replies", [self._reply_row(reply) for reply in self._replies])
        self._insert("read_measures", self._measure_rows)
        self._insert("read_members", self._member_rows)
        self._insert("read_periods", self._period_rows)
        self._insert("read_areas", [(self._areas[name], name) for name in sorted(self._areas_seen)])
        self._insert("read_labels", self._label_rows)
        self._insert("read_tables", self._table_rows)
        self.loaded.values = self._rows("select count(*) from raw.read_vintages")[0][0]

    def _reply_row(self, reply: Landed) -> tuple[Any, ...]:
        return (
            self._reply_no[reply.name], reply.source_ref, reply.table_id, reply.delivery, reply.retrieved_at,
            released_at(reply, self._described), reply.source, reply.request, reply.sha256, reply.name, reply.rows,
            reply.cells, reply.name in self._read,
        )  # fmt: skip

    def _insert(self, name: str, rows: Sequence[tuple[Any, ...]]) -> None:
        columns = (RAW_TABLES | _LABELS)[name]
        if rows:
            self._fill("rows_to_insert", columns, rows)
            self._db.execute(f"insert into raw.{name} select * from rows_to_insert")
            self._drop(["rows_to_insert"])

    def _fill(self, name: str, columns: Mapping[str, str], rows: Sequence[tuple[Any, ...]]) -> None:
        """Make a small temporary table."""
        import pandas as pd  # the framework-free commands start without it

        frame = pd.DataFrame(rows, columns=list(columns), dtype=object)
        selected = ", ".join(f"cast({column} as {kind}) as {column}" for column, kind in columns.items())
        self._db.register("frame", frame)
        self._db.execute(f"create or replace temp table {name} as select {selected} from frame")
        self._db.unregister("frame")

    def _drop(self, names: Sequence[str]) -> None:
        for name in names:
            self._db.execute(f"drop table if exists temp.{name}")

    def _rows(self, query: str) -> list[Any]:
        return self._db.execute(query).fetchall()


#: Of `shown`: the first value of each cell, and each that differs from the one before it; and what ended it.
_CHANGED = f"""
    select *, lead(reply_no) over (partition by measure_no, {_KEY} order by reply_no) as ended_by_reply_no
    from (
        select * from shown
        window cell as (partition by measure_no, {_KEY} order by reply_no)
        qualify row_number() over cell = 1 or value is distinct from lag(value) over cell
    )
"""


def _unpivoted(numbers: Sequence[int]) -> str:
    """Make a row a measure of a row that has a column for each."""
    columns = ", ".join(f"m{at}" for at in range(len(numbers)))
    return f"unnest([{', '.join(map(str, numbers))}]) as measure_no, unnest([{columns}]) as value"


def labels_apart(labels: str) -> tuple[str, ...]:
    """Take the labels of a member apart that were joined."""
    return tuple(labels.split(LABEL_SEPARATOR)) if labels else ()


def _meaning(replies: Sequence[Landed], combinations: _Combinations, measures: Measures, members: Members) -> str:
    """Return the fingerprint of all that the labels of some replies mean to the values and claims made of them."""
    read = [reply for reply in replies if reply.name in combinations]
    named = {
        reply.name: [
            (labels, members.by_key[members.of(reply, labels).key].label) for labels in combinations[reply.name]
        ]
        for reply in read
    }
    of_measures = {measure_id: measures.by_id[measure_id] for reply in read for measure_id in measures.of(reply)}
    parts = claims.parts({member.label: member for member in members.by_key.values()}, members.levels)
    told = [
        {reply.name: measures.of(reply) for reply in read},
        {key: (m.unit, m.higher_is_better, m.ranks_measure_id) for key, m in sorted(of_measures.items())},
        named,
        sorted((member.label, member.is_total) for member in members.by_key.values()),
        sorted(parts),
    ]
    return hashlib.sha256(json.dumps(told, ensure_ascii=False).encode()).hexdigest()


def _blocks(layouts: Sequence[_Layout], measures: Measures) -> Iterator[list[str]]:
    """Return the measures in blocks that stand in the same replies, so that a reply's row is compared as a whole."""
    together: dict[tuple[int, ...], list[str]] = defaultdict(list)
    for measure_id in measures.by_id:
        together[tuple(at for at, layout in enumerate(layouts) if measure_id in layout.measure_ids)].append(measure_id)
    # A measure that is in none of them is one that only earlier replies have.
    yield from (block for where, block in together.items() if where)
