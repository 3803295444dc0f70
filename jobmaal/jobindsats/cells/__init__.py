"""From landed responses to the raw tables: every value that a cell has had, and when it was first seen.

Belongs here: the order of the steps, each a module that says which tables it reads and makes, one table of Jobindsats
at a time. Does not: judging responses (done before they landed), what labels mean (`identity`), or anything that the
warehouse makes of the values, which is dbt's.

    landed files --parse--> parsed_… --names--> numbers --gather--> gathered --vintages--> raw.read_vintages
                                                                             --claims----> raw.series_claims

A cell is a measure, an area, a period and a member. A response that repeats its value adds nothing; one that does not
show it leaves it as it was. The order of responses is that of their retrieval, whenever they landed. DuckDB holds no
more than it must and spills to disk, so memory does not grow with the sum of the responses.

Where a build continues a release (`Base`), a table without new responses is left as it is there, and of one whose new
responses follow those that the release has read, only these are parsed: `read_vintages` then has what they changed and
nothing else. A table whose new responses came in between, or change what a label of the old ones means, is
read whole. Either way the warehouse comes out the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobmaal.core import progress
from jobmaal.core.keys import surrogate_key
from jobmaal.core.layout import Layout
from jobmaal.inputs.tables import Input
from jobmaal.jobindsats.cells import claims, names, parse, state, vintages
from jobmaal.jobindsats.cells.context import LABEL_SEPARATOR, RAW_TABLES, Base, Context, labels_apart
from jobmaal.jobindsats.cells.names import check_areas
from jobmaal.jobindsats.cells.state import FULL, INCREMENTAL, INCREMENTAL_FACTS, RANKS, REBUILT, STATE_TABLES, UNCHANGED
from jobmaal.jobindsats.config import SeriesTable, known_areas, series_tables
from jobmaal.jobindsats.identity import Measures, Members
from jobmaal.jobindsats.landing import DamagedResponseError, Landed, Landing
from jobmaal.jobindsats.response import Metadata, publisher_time, read_metadata

if TYPE_CHECKING:
    import datetime as dt

    import duckdb

__all__ = [
    "FULL",
    "INCREMENTAL",
    "INCREMENTAL_FACTS",
    "LABEL_SEPARATOR",
    "RANKS",
    "RAW_TABLES",
    "REBUILT",
    "STATE_TABLES",
    "UNCHANGED",
    "Base",
    "Loaded",
    "check_areas",
    "descriptions",
    "labels_apart",
    "load",
    "released_at",
    "snapshot",
]  # fmt: skip


@dataclass
class Loaded:
    """What was loaded: tables (of these kept as they were), responses and cells read, and values stored."""

    tables: int = 0
    kept: int = 0
    responses: int = 0
    cells: int = 0
    values: int = 0


def snapshot(layout: Layout, found: Input) -> list[Landed]:
    """Return the data responses that a build reads: all complete deliveries of configured tables, oldest first."""
    configured = series_tables(found)
    return [response for response in Landing(layout).whole_data() if response.table_id in configured]


def descriptions(layout: Layout, responses: Sequence[Landed]) -> dict[str, Metadata]:
    """Return the metadata that the responses came under, by its sha256. Raises DamagedResponseError if it is gone."""
    landing = Landing(layout)
    needed = {(response.table_id, response.metadata_sha256) for response in responses if response.metadata_sha256}
    described: dict[str, Metadata] = {}
    for table_id in sorted({table_id for table_id, _ in needed}):
        for landed in landing.responses(table_id):
            if landed.kind == "table" and (table_id, landed.sha256) in needed:
                described[landed.sha256] = read_metadata(landed.read())
    # Without its description a response would be read by its labels, and its series be others.
    gone = sorted(table_id for table_id, sha256 in needed if sha256 not in described)
    if gone:
        raise DamagedResponseError(
            f"The description under which responses of {gone[0]} landed is gone from {landing.folder / gone[0]}. "
            "Restore its .table.json.gz and .table.request.json from a backup."
        )
    return described


def released_at(response: Landed, described: Mapping[str, Metadata]) -> dt.datetime | None:
    """Return when the publisher released what a response holds; None where its description does not say."""
    metadata = described.get(response.metadata_sha256)
    return publisher_time(metadata.update_latest) if metadata else None


def load(
    database: duckdb.DuckDBPyConnection,
    layout: Layout,
    found: Input,
    responses: Sequence[Landed],
    base: Base | None = None,
) -> Loaded:
    """Write the raw tables of the series. Raises DamagedResponseError, FaultyInputError (areas that are not known)."""
    context = Context(
        database,
        found,
        responses,
        descriptions(layout, responses),
        base,
        response_no={response.name: number for number, response in enumerate(responses, 1)},
        area_no={name: number for number, name in enumerate(sorted(known_areas(found), key=surrogate_key), 1)},
    )
    context.prepare()
    loaded, read = Loaded(), set[str]()
    for at, (table_id, table) in enumerate(sorted(series_tables(found).items()), 1):
        own = [response for response in responses if response.table_id == table_id]
        if own:
            progress.running("series", f"{table_id}, table {at}: {len(own)} responses")
            how, meaning, read_now = _load_table(context, table, own)
            cells = sum(response.cells for response in read_now)
            context.insert("read_tables", [(table_id, how, meaning, len(read_now), cells)])
            read |= {response.name for response in read_now}
            loaded.tables += 1
            loaded.kept += how == UNCHANGED
            loaded.responses += len(read_now)
            loaded.cells += cells
    context.insert(
        "read_responses",
        [
            (
                context.response_no[r.name], r.source_ref, r.table_id, r.delivery, r.retrieved_at,
                released_at(r, context.described), r.source, r.request, r.sha256, r.name, r.rows, r.cells,
                r.name in read,
            )
            for r in responses
        ],
    )  # fmt: skip
    loaded.values = context.number_of_rows("read_vintages")
    return loaded


def _load_table(context: Context, table: SeriesTable, responses: Sequence[Landed]) -> tuple[str, str, Sequence[Landed]]:
    """Load one table; return how, the fingerprint of what its labels mean, and the responses that were read."""
    declared = [row for row in context.found.of("series_measures") if row["table_id"] == table.table_id]
    measures = Measures(table, declared, responses, context.described)
    numbers = names.add_measures(context, measures)
    before = state.before(context, table, responses)
    read: Sequence[Landed] = [
        response for response in responses if before is None or response.name not in before.combinations
    ]
    if before is not None and not read:
        names.add_periods(context, table, before.periods)
        names.add_labels(context, table, before.combinations)
        state.take_over_claims(context, table)
        return UNCHANGED, before.meaning, read
    parsed = parse.parse(context, read, measures)
    combinations = {**(before.combinations if before else {}), **parse.combinations(context, parsed)}
    members = _members(context, responses, combinations)
    if before is not None and before.meaning != names.meaning(responses, before.combinations, measures, members):
        # New responses give labels of old ones another meaning, so all are read again.
        context.drop([each.name for each in parsed])
        before, read = None, responses
        parsed = parse.parse(context, read, measures)
        combinations = dict(parse.combinations(context, parsed))
        members = _members(context, responses, combinations)
    names.add_areas(context, table, parse.labels(context, "area", parsed))
    names.add_periods(context, table, {*parse.labels(context, "period", parsed), *(before.periods if before else ())})
    names.add_members(context, table, members, combinations, read)
    names.add_labels(context, table, combinations)
    found: list[claims.SeriesClaim] = []
    blocks = list(parse.blocks(parsed, measures))
    for block, tables in blocks:
        vintages.gather(context, table, tables, block)
        own = {measure_id: numbers[measure_id] for measure_id in block}
        if before is None:
            vintages.add_values(context, [*own.values()], read, is_only_block=len(blocks) == 1)
        else:
            vintages.add_changes(context, table, before, own)
        found += claims.check(context, [measures.by_id[measure_id] for measure_id in block])
    claims.add(context, table, found)
    if before is not None:
        state.take_over_claims(context, table)
    elif len(blocks) > 1:
        vintages.add_waiting(context)
    context.drop(["gathered", "label_members", "member_parts", *(each.name for each in parsed)])
    return (INCREMENTAL if before else FULL), names.meaning(responses, combinations, measures, members), read


def _members(context: Context, responses: Sequence[Landed], combinations: parse.Combinations) -> Members:
    return Members([(response, combinations[response.name]) for response in responses], context.described)
