"""Step 1, from landed files to rows: a temporary table `parsed_…` for all responses with the same columns.

Reads the compressed bodies. Makes `parsed_…`, a row per row of a response: response_no, period, area, member (its
labels, joined), and a column per measure. Belongs here: reading, and which combinations of labels were read. Does not:
what labels mean (`names`).
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
    responses: Sequence[Landed]


def parse(context: Context, responses: Sequence[Landed], measures: Measures) -> list[Parsed]:
    """Read the rows of responses. Raises DamagedResponseError where one is no longer what was landed."""
    for response in responses:
        response.verify()
    alike: dict[tuple[int, tuple[str, ...]], list[Landed]] = defaultdict(list)
    for response in responses:
        alike[response.dimensions, tuple(measures.of(response))].append(response)
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
        distinct="distinct" if any(response.repeated for response in table.responses) else "",
        member=f" || '{LABEL_SEPARATOR}' || ".join(members) or "''",
        values=", ".join(f"cast(cells[{first + k}] as decimal(18, 4)) as v{k}" for k in range(len(table.measure_ids))),
        files=", ".join(f"'{quoted(response.body)}'" for response in table.responses),
        numbers=", ".join(str(context.response_no[response.name]) for response in table.responses),
        largest=max(response.size for response in table.responses) + _ROOM,
    )


def combinations(context: Context, tables: Sequence[Parsed]) -> Combinations:
    """Return the combinations of labels in each response that was parsed."""
    found: dict[str, list[tuple[str, ...]]] = {}
    for table in tables:
        by_response: dict[int, list[tuple[str, ...]]] = defaultdict(list)
        for response_no, text in context.rows(f"select distinct response_no, member from {table.name} order by all"):
            by_response[response_no].append(labels_apart(text))
        found |= {response.name: by_response[context.response_no[response.name]] for response in table.responses}
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
