"""From landed replies to the raw tables: every value that a cell has had, and when it was first seen.

Belongs here: reading the replies' cells with DuckDB, a table of Jobindsats at a time, and storing what changed.
Does not: judging replies (done before they landed), what labels mean (`identity`), or anything that the warehouse
makes of the values, which is dbt's.

A cell is a measure, an area, a period and a member. A reply that repeats its value adds nothing; one that does not
show it leaves it as it was. The order of replies is that of their retrieval, whenever they landed. DuckDB holds no
more than it must and spills to disk, so memory does not grow with the sum of the replies.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from jobmaal.errors import Fault, FaultyInputError
from jobmaal.jobindsats import claims
from jobmaal.jobindsats.config import SeriesTable, known_areas, series_tables
from jobmaal.jobindsats.identity import Measures, Members
from jobmaal.jobindsats.landing import DamagedReplyError, Landed, Landing
from jobmaal.jobindsats.reply import Metadata, publisher_time, read_metadata
from jobmaal.layout import Layout, quoted
from jobmaal.tables import Input

if TYPE_CHECKING:
    import datetime as dt

    import duckdb

RAW_TABLES = {
    "read_replies": {
        "reply_no": "integer", "source_ref": "varchar", "table_id": "varchar", "delivery": "varchar",
        "retrieved_at": "timestamptz", "released_at": "timestamptz", "source": "varchar", "request": "varchar",
        "sha256": "varchar", "file": "varchar", "rows": "bigint", "cells": "bigint",
    },
    "read_measures": {
        "measure_no": "integer", "table_id": "varchar", "measure_id": "varchar", "measure_name": "varchar",
        "unit": "varchar", "higher_is_better": "boolean",
    },
    "read_members": {"member_no": "integer", "table_id": "varchar", "member": "varchar", "is_total": "boolean"},
    "read_periods": {"period_no": "integer", "period_id": "varchar"},
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
}  # fmt: skip

#: The temporary tables that are made anew for each table of Jobindsats.
_TEMPORARY = (
    "label_periods", "label_areas", "label_members", "member_parts", "releases", "area_types", "gathered",
)  # fmt: skip
#: Joins the labels of a member while they are text in DuckDB; no label holds it.
_UNIT_SEPARATOR = "\x1f"


@dataclass
class _Numbers:
    """Hands out numbers to whatever the vintages name, in the order in which it is first met."""

    of: dict[Any, int] = field(default_factory=dict)

    def number(self, thing: Any) -> int:
        return self.of.setdefault(thing, len(self.of) + 1)


@dataclass
class Loaded:
    """What was loaded: replies and cells read, and values stored."""

    tables: int = 0
    replies: int = 0
    cells: int = 0
    values: int = 0


def snapshot(layout: Layout, found: Input) -> list[Landed]:
    """Give the data replies that a build reads: all whole deliveries of configured tables, oldest first."""
    configured = series_tables(found)
    return [reply for reply in Landing(layout).whole_data() if reply.table_id in configured]


def load(
    database: duckdb.DuckDBPyConnection,
    layout: Layout,
    found: Input,
    replies: Sequence[Landed],
    tell: Callable[[str], None] = lambda _: None,
) -> Loaded:
    """Write the raw tables of the series. Raises DamagedReplyError, FaultyInputError (areas that are not known)."""
    database.execute("create schema if not exists raw")
    for name, columns in RAW_TABLES.items():
        declared = ", ".join(f"{column} {kind}" for column, kind in columns.items())
        database.execute(f"create or replace table raw.{name} ({declared})")
    loader = _Loader(database, found, descriptions(layout, replies), replies)
    for at, (table_id, table) in enumerate(sorted(series_tables(found).items()), 1):
        own = [reply for reply in replies if reply.table_id == table_id]
        if own:
            tell(f"{table_id}, table {at}: {len(own)} replies")
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
    """Give when the publisher released what a reply holds; None where its description does not tell."""
    metadata = described.get(reply.metadata_sha256)
    return publisher_time(metadata.update_latest) if metadata else None


@dataclass
class _Layout:
    """Replies with the same columns, parsed together into the temporary table `name`."""

    name: str
    dimensions: int
    measure_ids: tuple[str, ...]
    replies: list[Landed]


class _Loader:
    """Loads the tables of Jobindsats one after the other into one database."""

    def __init__(
        self,
        database: duckdb.DuckDBPyConnection,
        found: Input,
        described: Mapping[str, Metadata],
        replies: Sequence[Landed],
    ) -> None:
        self._db, self._found, self._described = database, found, described
        self._reply_no = {reply.name: at for at, reply in enumerate(replies, 1)}
        self._replies = replies
        self._areas, self._periods = _Numbers(), _Numbers()
        self._member_rows: list[tuple[Any, ...]] = []
        self._measure_rows: list[tuple[Any, ...]] = []
        self.loaded = Loaded()

    def load_table(self, table: SeriesTable, replies: Sequence[Landed]) -> None:
        """Load all replies of one table."""
        for reply in replies:
            reply.verify()
        declared = [row for row in self._found.of("series_measures") if row["table_id"] == table.table_id]
        measures = Measures(table, declared, replies, self._described)
        measure_nos = self._number_measures(measures)
        layouts = self._parse(replies, measures)
        self._map_labels(table, layouts)
        self._map_releases(replies)
        found: list[claims.SeriesClaim] = []
        for block in _blocks(layouts, measures):
            self._gather(layouts, block)
            self._store([measure_nos[measure_id] for measure_id in block], replies)
            found += claims.check(self._db, [measures.by_id[measure_id] for measure_id in block])
        self._keep_claims(table, found)
        self._drop([*(layout.name for layout in layouts), *_TEMPORARY])
        self.loaded.tables += 1
        self.loaded.replies += len(replies)
        self.loaded.cells += sum(reply.cells for reply in replies)

    def _parse(self, replies: Sequence[Landed], measures: Measures) -> list[_Layout]:
        """Read the replies' rows: one temporary table for all replies with the same columns."""
        alike: dict[tuple[int, tuple[str, ...]], list[Landed]] = defaultdict(list)
        for reply in replies:
            alike[reply.dimensions, tuple(measures.of(reply))].append(reply)
        layouts = []
        for at, ((dimensions, measure_ids), same) in enumerate(alike.items()):
            layout = _Layout(f"parsed_{at}", dimensions, measure_ids, same)
            first = 3 + dimensions
            values = "".join(f", cast(cells[{first + k}] as decimal(18, 4)) as v{k}" for k in range(len(measure_ids)))
            members = [f"cells[{3 + k}]" for k in range(dimensions)]
            member = f" || '{_UNIT_SEPARATOR}' || ".join(members) or "''"
            files = ", ".join(f"'{quoted(reply.body)}'" for reply in same)
            numbers = ", ".join(str(self._reply_no[reply.name]) for reply in same)
            largest = max(reply.size for reply in same) + 1_048_576
            # Replies are read side by side, as many as there are threads; their rows are never all in memory. A
            # reply's number is found once, before its rows are taken apart: a join on all of them would cost as much
            # as reading them.
            self._db.execute(
                f"""
                create or replace temp table {layout.name} as
                select reply_no, cells[1] as period, cells[2] as area, {member} as member {values}
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
        for measure_id, m in measures.by_id.items():
            number = numbers[measure_id] = len(self._measure_rows) + 1
            self._measure_rows.append(
                (number, m.table_id, m.measure_id, m.measure_name, m.unit, m.higher_is_better)
            )  # fmt: skip
        return numbers

    def _map_labels(self, table: SeriesTable, layouts: Sequence[_Layout]) -> None:
        """Give every label of the table's replies its number, and say which members are parts of which."""
        self._map("period", layouts, self._periods)
        check_areas(self._found, table, self._map("area", layouts, self._areas))
        found: list[tuple[Landed, Sequence[tuple[str, ...]]]] = []
        for layout in layouts:
            by_reply: dict[int, list[tuple[str, ...]]] = defaultdict(list)
            for reply_no, text in self._rows(f"select distinct reply_no, member from {layout.name} order by all"):
                by_reply[reply_no].append(tuple(text.split(_UNIT_SEPARATOR)) if text else ())
            found += [(reply, by_reply[self._reply_no[reply.name]]) for reply in layout.replies]
        found.sort(key=lambda pair: self._reply_no[pair[0].name])
        members = Members(found, self._described)
        numbers = {}
        for key, member in members.by_key.items():
            numbers[key] = len(self._member_rows) + 1
            self._member_rows.append((numbers[key], table.table_id, member.label, member.is_total))
        rows = [
            (self._reply_no[reply.name], _UNIT_SEPARATOR.join(labels), numbers[members.of(reply, labels).key])
            for reply, combinations in found
            for labels in combinations
        ]
        self._fill("label_members", {"reply_no": "integer", "label": "varchar", "no": "integer"}, rows)
        parts = claims.parts({numbers[key]: member for key, member in members.by_key.items()}, members.levels)
        counted = Counter((total, split_by) for total, split_by, _ in parts)
        self._fill(
            "member_parts",
            {"total_no": "integer", "split_by": "varchar", "part_no": "integer", "all_parts": "bigint"},
            [(*part, counted[part[:2]]) for part in parts],
        )

    def _map_releases(self, replies: Sequence[Landed]) -> None:
        """Give each release the number of its last reply, and say what kind of area each is."""
        last = {reply.delivery: self._reply_no[reply.name] for reply in replies}
        rows = [(self._reply_no[reply.name], last[reply.delivery]) for reply in replies]
        self._fill("releases", {"reply_no": "integer", "release_no": "integer"}, rows)
        types = {row["area_name"]: row["area_type"] for row in self._found.of("areas")}
        typed = [(self._areas.number(name), kind) for name, kind in types.items()]
        self._fill("area_types", {"area_no": "integer", "area_type": "varchar"}, typed)

    def _map(self, column: str, layouts: Sequence[_Layout], numbers: _Numbers) -> list[str]:
        union = " union ".join(f"select distinct {column} from {layout.name}" for layout in layouts)
        labels = sorted(row[0] for row in self._rows(union))
        self._fill(
            f"label_{column}s",
            {"label": "varchar", "no": "integer"},
            [(label, numbers.number(label)) for label in labels],
        )
        return labels

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

    def _store(self, numbers: Sequence[int], replies: Sequence[Landed]) -> None:
        """Store the first value of each cell, and each that differs from the one before it."""
        key, columns = "period_no, area_no, member_no", [f"m{at}" for at in range(len(numbers))]
        unpivoted = f"unnest([{', '.join(map(str, numbers))}]) as measure_no, unnest([{', '.join(columns)}]) as value"
        store = f"insert into raw.read_vintages by name select {key}, reply_no, {unpivoted} from"
        if len({reply.delivery for reply in replies}) == 1:
            # The parts of one delivery have no cell in common, so nothing is compared.
            self._db.execute(f"{store} gathered")
            return
        first = ", ".join(f"min({c}) as {c}" for c in columns)
        constant = " and ".join(f"(count({c}) = 0 or count({c}) = count(*) and min({c}) = max({c}))" for c in columns)
        self._db.execute(
            f"""
            create or replace temp table seen as
            select {key}, min(reply_no) as reply_no, {first}, {constant} as is_constant from gathered group by {key}
            """
        )
        # Most cells are never revised, and are stored without being put in order.
        self._db.execute(f"{store} seen where is_constant")
        self._db.execute(
            f"""
            insert into raw.read_vintages by name
            with shown as (
                select {key}, reply_no, {unpivoted}
                from gathered semi join (select * from seen where not is_constant) using ({key})
            ),

            changed as (
                select * from shown
                window cell as (partition by measure_no, {key} order by reply_no)
                qualify row_number() over cell = 1 or value is distinct from lag(value) over cell
            )

            select *, lead(reply_no) over (partition by measure_no, {key} order by reply_no) as ended_by_reply_no
            from changed
            """
        )
        self._drop(["seen"])

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
        self._insert("read_periods", [(number, name) for name, number in self._periods.of.items()])
        self._insert("read_areas", [(number, name) for name, number in self._areas.of.items()])
        self.loaded.values = self._rows("select count(*) from raw.read_vintages")[0][0]

    def _reply_row(self, reply: Landed) -> tuple[Any, ...]:
        return (
            self._reply_no[reply.name], reply.source_ref, reply.table_id, reply.delivery, reply.retrieved_at,
            released_at(reply, self._described), reply.source, reply.request, reply.sha256, reply.name, reply.rows,
            reply.cells,
        )  # fmt: skip

    def _insert(self, name: str, rows: Sequence[tuple[Any, ...]]) -> None:
        columns = RAW_TABLES[name]
        if rows:
            self._fill("rows_to_insert", columns, rows)
            self._db.execute(f"insert into raw.{name} select * from rows_to_insert")
            self._drop(["rows_to_insert"])

    def _fill(self, name: str, columns: Mapping[str, str], rows: Sequence[tuple[Any, ...]]) -> None:
        """Make a small temporary table."""
        import pandas as pd  # noqa: PLC0415 - the framework-free commands start without it

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


def _blocks(layouts: Sequence[_Layout], measures: Measures) -> Iterator[list[str]]:
    """Give the measures in blocks that stand in the same replies, so that a reply's row is compared as a whole."""
    together: dict[tuple[int, ...], list[str]] = defaultdict(list)
    for measure_id in measures.by_id:
        together[tuple(at for at, layout in enumerate(layouts) if measure_id in layout.measure_ids)].append(measure_id)
    yield from together.values()
