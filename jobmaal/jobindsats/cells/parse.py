"""Step 1, from landed files to rows: a temporary table `parsed_…` for all responses with the same columns.

Reads the compressed bodies. Makes `parsed_…`, a row per row of a response: reply_no, period, area, member (its labels,
joined), and a column per measure. Belongs here: reading, and which combinations of labels were read. Does not: what
labels mean (`names`).
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from jobmaal.core.layout import quoted
from jobmaal.jobindsats.cells.context import LABEL_SEPARATOR, Context, labels_apart, query
from jobmaal.jobindsats.identity import Measures
from jobmaal.jobindsats.landing import Landed

#: The combinations of labels of each response, by its name.
Combinations = Mapping[str, Sequence[tuple[str, ...]]]
#: Bytes beyond the largest response that DuckDB's reader may need for one.
_ROOM = 1_048_576


@dataclass(frozen=True)
class Parsed:
    """Responses with the same columns, in the temporary table `name`."""

    name: str
    dimensions: int
    measure_ids: tuple[str, ...]
    replies: Sequence[Landed]


def parse(context: Context, replies: Sequence[Landed], measures: Measures) -> list[Parsed]:
    """Read the rows of responses. Raises DamagedReplyError where one is no longer what was landed."""
    for reply in replies:
        reply.verify()
    alike: dict[tuple[int, tuple[str, ...]], list[Landed]] = defaultdict(list)
    for reply in replies:
        alike[reply.dimensions, tuple(measures.of(reply))].append(reply)
    tables = [Parsed(f"parsed_{at}", *columns, own) for at, (columns, own) in enumerate(alike.items())]
    for table in tables:
        context.create_as(table.name, _query(context, table))
    return tables


def _query(context: Context, table: Parsed) -> str:
    members = [f"cells[{3 + at}]" for at in range(table.dimensions)]
    first = 3 + table.dimensions
    return query(
        "parse",
        # Rows that repeat another one figure by figure were let in as one.
        distinct="distinct" if any(reply.repeated for reply in table.replies) else "",
        member=f" || '{LABEL_SEPARATOR}' || ".join(members) or "''",
        values=", ".join(f"cast(cells[{first + k}] as decimal(18, 4)) as v{k}" for k in range(len(table.measure_ids))),
        files=", ".join(f"'{quoted(reply.body)}'" for reply in table.replies),
        numbers=", ".join(str(context.reply_no[reply.name]) for reply in table.replies),
        largest=max(reply.size for reply in table.replies) + _ROOM,
    )


def combinations(context: Context, tables: Sequence[Parsed]) -> Combinations:
    """Return the combinations of labels in each response that was parsed."""
    found: dict[str, list[tuple[str, ...]]] = {}
    for table in tables:
        by_reply: dict[int, list[tuple[str, ...]]] = defaultdict(list)
        for reply_no, text in context.rows(f"select distinct reply_no, member from {table.name} order by all"):
            by_reply[reply_no].append(labels_apart(text))
        found |= {reply.name: by_reply[context.reply_no[reply.name]] for reply in table.replies}
    return found


def labels(context: Context, column: str, tables: Sequence[Parsed]) -> list[str]:
    """Return the different labels in a column of what was parsed."""
    union = " union ".join(f"select distinct {column} from {table.name}" for table in tables)
    return sorted(row[0] for row in context.rows(union))


def blocks(tables: Sequence[Parsed], measures: Measures) -> Iterator[tuple[list[str], list[Parsed]]]:
    """Yield the measures in blocks that the same tables have, so that a row is compared as a whole, with the tables."""
    alike: dict[tuple[int, ...], list[str]] = defaultdict(list)
    for measure_id in measures.by_id:
        alike[tuple(at for at, table in enumerate(tables) if measure_id in table.measure_ids)].append(measure_id)
    # A measure that none of them has is one that only earlier responses have.
    yield from ((block, [tables[at] for at in where]) for where, block in alike.items() if where)
