"""Steps 3 and 4, from rows to values over time.

Reads `parsed_…` and the names; makes `gathered`, a row per cell that a response shows (response_no, period_no, area_no,
member_no, and m0, m1, …: a column per measure). Of that adds rows to raw.read_vintages, a row per value that a cell has
had. Belongs here: what changed from response to response. Does not: what a value is worth, which is dbt's.
"""

from collections.abc import Mapping, Sequence

from jobmaal.core.keys import surrogate_key
from jobmaal.jobindsats.cells.context import Context, query
from jobmaal.jobindsats.cells.parse import Parsed
from jobmaal.jobindsats.cells.state import Before
from jobmaal.jobindsats.config import SeriesTable
from jobmaal.jobindsats.landing import Landed

_IN_ORDER = "order by measure_no, area_no, period_no, member_no, response_no"
#: The values of all measures, where they are not all in the same responses and wait for one another to be sorted.
_WAITING = "waiting"


def gather(context: Context, table: SeriesTable, tables: Sequence[Parsed], block: Sequence[str]) -> None:
    """Make `gathered` of the tables that have a block's measures."""
    selects = []
    for parsed in tables:
        own = parsed.measure_ids.index
        values = ", ".join(f"v{own(measure_id)} as m{at}" for at, measure_id in enumerate(block))
        selects.append(query("gather", parsed=parsed.name, table_id=table.table_id, values=values))
    context.create_as("gathered", " union all ".join(selects))


def add_values(context: Context, numbers: Sequence[int], read: Sequence[Landed], *, is_only_block: bool) -> None:
    """Write the first value of each cell in `gathered`, and each that differs from the one before it."""
    measures = _unpivoted(numbers)
    if len({response.delivery for response in read}) == 1:
        values = query("vintages_of_one", measures=measures)
    else:
        columns = [f"m{at}" for at in range(len(numbers))]
        constant = (f"(count({c}) = 0 or count({c}) = count(*) and min({c}) = max({c}))" for c in columns)
        first = ", ".join(f"min({c}) as {c}" for c in columns)
        context.create_as("seen", query("seen", first=first, constant=" and ".join(constant)))
        values = query("vintages", measures=measures, changed=query("changed"))
    if is_only_block:
        _insert(context, values)
    else:
        context.database.execute(f"create temp table if not exists {_WAITING} as from raw.read_vintages limit 0")
        context.database.execute(f"insert into {_WAITING} by name {values}")
    context.drop(["seen"])


def add_waiting(context: Context) -> None:
    """Write the values of all blocks, in order."""
    _insert(context, f"from {_WAITING}")
    context.drop([_WAITING])


def add_changes(context: Context, table: SeriesTable, before: Before, numbers: Mapping[str, int]) -> None:
    """Write what responses that follow those of a release changed: new values, and the ones that they ended."""
    keys = [("measure", surrogate_key(table.table_id, measure_id), no) for measure_id, no in numbers.items()]
    keys += [("area", surrogate_key(name), no) for no, name in context.rows("select * from raw.read_areas")]
    periods = context.rows(f"select period_no, period_id from raw.read_periods where table_id = '{table.table_id}'")
    keys += [("period", surrogate_key(label), no) for no, label in periods if label in before.periods]
    context.create_temporary("keys", {"kind": "varchar", "key": "bigint", "no": "integer"}, keys)
    measures = _unpivoted([*numbers.values()])
    context.create_as("current_values", query("current", table_id=table.table_id))
    context.create_as("differing", query("differing", measures=measures))
    _insert(context, query("changes", measures=measures, changed=query("changed")))
    context.drop(["keys", "current_values", "differing"])


def _insert(context: Context, values: str) -> None:
    context.database.execute(f"insert into raw.read_vintages by name from ({values}) {_IN_ORDER}")


def _unpivoted(numbers: Sequence[int]) -> str:
    """Return the two columns that make a row per measure of a row that has a column for each."""
    columns = ", ".join(f"m{at}" for at in range(len(numbers)))
    return f"unnest([{', '.join(map(str, numbers))}]) as measure_no, unnest([{columns}]) as value"
