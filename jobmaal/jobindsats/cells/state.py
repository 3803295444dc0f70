"""What the release that a build continues has read of a table, and taking it over.

Belongs here: reading the state that a release keeps beside its tables, and what else of the project must know how a
table came into a build. Does not: copying and deleting tables of the release (`jobmaal.releases.incremental`).
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from jobmaal.core.layout import quoted
from jobmaal.core.raw_tables import Rows
from jobmaal.jobindsats.cells.context import RAW_TABLES, Context, labels_apart
from jobmaal.jobindsats.cells.parse import Combinations
from jobmaal.jobindsats.config import SeriesTable
from jobmaal.jobindsats.landing import Landed

#: What the next build needs of this one to continue it; a release keeps them beside its tables.
STATE_TABLES = ("read_labels", "read_periods", "read_tables", "series_claims")
#: The facts that a build continues by cells, and the one that it continues by periods; all others are rebuilt.
INCREMENTAL_FACTS = ("fct_benchmark", "fct_benchmark_vintage")
RANKS = "fct_benchmark_rank"
#: How a table came into the build: as the release that it continues has it, with what is new, or whole.
UNCHANGED, INCREMENTAL, FULL = "kept", "continued", "whole"
#: The condition on a table_id of which a build that continues a release rebuilds every row: what was read whole, and
#: the documents' own. The work database is attached as `work`.
REBUILT = f"table_id not in (select table_id from work.raw.read_tables where how != '{FULL}')"


@dataclass(frozen=True)
class Before:
    """What the release has read of a table: labels by response, what they meant, and the periods."""

    combinations: Combinations
    meaning: str
    periods: Sequence[str]


def before(context: Context, table: SeriesTable, responses: Sequence[Landed]) -> Before | None:
    """Return what the release has read of a table, where what has landed since follows all of it."""
    if context.base is None:
        return None
    known = {response.name for response in responses} & context.base.responses
    combinations: dict[str, list[tuple[str, ...]]] = defaultdict(list)
    for file, labels in _rows(context, "read_labels", "file, labels", table):
        combinations[file].append(labels_apart(labels))
    last = max((context.response_no[name] for name in known), default=0)
    follows = all(context.response_no[response.name] > last for response in responses if response.name not in known)
    if not known or known != combinations.keys() or not follows:
        return None
    ((meaning,),) = _rows(context, "read_tables", "meaning_sha256", table)
    periods = [period for (period,) in _rows(context, "read_periods", "period_id", table)]
    return Before(dict(combinations), meaning, periods)


def take_over_claims(context: Context, table: SeriesTable) -> None:
    """Copy what was claimed of a table's releases before."""
    claims = "series_claims"
    context.insert(claims, _rows(context, claims, ", ".join(RAW_TABLES[claims]), table))


def _rows(context: Context, name: str, columns: str, table: SeriesTable) -> Rows:
    assert context.base is not None
    path = quoted(context.base.state / f"{name}.parquet")
    return context.rows(f"select {columns} from '{path}' where table_id = '{quoted(table.table_id)}'")
