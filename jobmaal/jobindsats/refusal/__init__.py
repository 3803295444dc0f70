"""When a response is refused: it cannot be what the publisher means, so it is quarantined and does not land.

A response is refused where its form is none (`jobindsats.response`: columns, labels, numbers), or where its figures
break one of these rules, unless a reviewed row of series_reviews.csv accepts that response:

    incomplete  areas, members, periods or columns are missing
    nulls       values are null that are no suppressed small cells
    scale       figures are many times as large, or out of range
    revisions   more figures changed, or by more, than the publisher ever revises
    swapped     columns, members or periods stand in each other's place

Belongs here: running the rules, which are queries under the words that report them (`nulls.sql` and
`incomplete.sql` by the response alone, `moved.sql` and `sizes.sql` beside what landed before, `sums.sql` of parts
beside their whole, `large_nulls.sql`; `tables.sql` has what they read), and what has landed of a table as far as they
need it (`history`). Does not: quarantine (`landing`).

The publisher revises, suppresses small cells and adds periods; that is legitimate, and the thresholds leave it room.
They were set on saved responses: a release revised at most one cell in eleven and hardly any by a fifth, no cell that
had a value was suppressed later, and of the areas only islands with at most 12 persons were left out.
"""

import functools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from jobmaal.core import raw_tables
from jobmaal.core.database import query
from jobmaal.core.errors import excerpt
from jobmaal.jobindsats.identity import SEPARATOR, is_total_label
from jobmaal.jobindsats.refusal.grid import Absent, Before, Expected, Finding, Grid, Value

NULLS, SCALE, SWAPPED = "nulls", "scale", "swapped"
#: The municipalities with so few inhabitants that a whole response may leave them out.
_SMALLEST_MUNICIPALITIES = ["Fanø", "Læsø", "Samsø", "Ærø"]
#: Maximum number of names that a reason lists.
_LISTED = 5
_HERE = Path(__file__).parent
#: The rule and the words that stand above a query; they may go on, indented, in the next line.
_RULE_RE = re.compile(r"^-- (\w+): (.*(?:\n--   .*)*)\n((?:.*\n)*?.*;)$", re.MULTILINE)
_CELL = {"no": "integer", "period": "varchar", "area": "varchar", "member": "varchar", "measure_no": "integer"}


def judge(new: Grid, before: Before | None, expected: Expected) -> list[Finding]:
    """Return the rules that a response breaks, each once, with its first finding."""
    found: dict[str, Finding] = {}
    with duckdb.connect(config={"threads": 1}) as database:
        _load(database, new, before, expected)

        def apply(name: str) -> None:
            for rule, text, sql in _rules(name):
                for row in query(database, sql)[:1] if rule not in found else ():
                    found[rule] = Finding(rule, text.format_map({key: _shown(value) for key, value in row.items()}))

        apply("nulls")
        if not _is_empty(found):
            apply("incomplete")
            apply("moved")
            # Figures in another place differ from those before, whatever their size.
            if SWAPPED not in found:
                apply("sizes")
        if not _is_empty(found):
            apply("sums")
            # In another scale a small cell looks like a large one.
            if found.keys().isdisjoint((NULLS, SCALE)):
                apply("large_nulls")
    return list(found.values())


def reason(findings: Sequence[Finding], table_id: str, response: str, today: str) -> str:
    """Write why a response is not taken, and the rows that would accept it."""
    text = "; ".join(f"{finding.text} (rule {finding.rule})" for finding in findings)
    accepting = "  ".join(f"{table_id},{response},{finding.rule},REASON,REVIEWER,{today}," for finding in findings)
    return (
        f"cannot be right: {text}. If the publisher's own page shows the same, accept it with a row in "
        f"shared/series_reviews.csv for each rule, then fetch or land it again: {accepting}"
    )


def _is_empty(found: Mapping[str, Finding]) -> bool:
    """Check whether nothing else can be judged, since all values of something are null or one number."""
    return NULLS in found and found[NULLS].text.startswith("all ")


@functools.cache
def _rules(name: str) -> list[tuple[str, str, str]]:
    """Return the queries of a file, each with its rule and its words; a row of a query breaks the rule."""
    found = _RULE_RE.findall((_HERE / f"{name}.sql").read_text(encoding="utf-8"))
    return [(rule, text.replace("\n--  ", ""), sql) for rule, text, sql in found]


def _load(database: duckdb.DuckDBPyConnection, new: Grid, before: Before | None, expected: Expected) -> None:
    """Write what the rules are about into tables."""
    then = before.grid if before else Grid((), {})
    measures = [
        (at, name, unit, _step(values[at] for values in new.cells.values()))
        for at, (name, unit) in enumerate(new.measures)
    ]
    members = {member for _, _, member in new.cells}
    totals = [member for member in members if all(map(is_total_label, member.split(SEPARATOR)))]
    only = [member for member in members if is_total_label(member) and SEPARATOR not in member]
    known = {
        "areas": expected.areas, "members": expected.members or (), "periods": expected.periods,
        "municipalities": expected.municipalities, "smallest": _SMALLEST_MUNICIPALITIES, "labels": new.labels,
        # Where no label says that it is a total, any may be.
        "totals": totals or members, "missing_measures": before.missing_measures if before else (),
    }  # fmt: skip
    single = {
        "country": expected.country, "has_all_periods": expected.has_all_periods, "has_before": before is not None,
        "newest_period": before.newest_period if before else "", "only_total": only[0] if len(only) == 1 else None,
    }  # fmt: skip
    columns = {**dict.fromkeys(known, "varchar[]"), **dict.fromkeys(single, "varchar")}
    columns |= {"has_all_periods": "boolean", "has_before": "boolean"}
    row = (*(sorted(names) for names in known.values()), *single.values())
    raw_tables.create_temporary(database, "expected", columns, [row])
    measure = {"measure_no": "integer", "name": "varchar", "unit": "varchar", "step": "decimal(18, 4)"}
    raw_tables.create_temporary(database, "measures", measure, measures)
    for name, grid in (("new_values", new), ("old_values", then)):
        raw_tables.create_temporary(database, name, {**_CELL, "value": "varchar"}, [*_values(grid)])
    database.execute((_HERE / "tables.sql").read_text(encoding="utf-8"))


def _values(grid: Grid) -> Iterator[tuple[Any, ...]]:
    """Yield a row for each measure of each cell; a number as text, so that it stays exact."""
    for no, (cell, values) in enumerate(grid.cells.items()):
        for at, value in enumerate(values):
            yield no, *cell, at, "absent" if isinstance(value, Absent) else None if value is None else f"{value:f}"


def _step(values: Iterable[Value | Absent]) -> float:
    """Return the unit of the last digit that a measure is printed with."""
    exponents = (value.as_tuple().exponent for value in values if isinstance(value, Decimal))
    return 10.0 ** min((exponent for exponent in exponents if isinstance(exponent, int)), default=0)


def _shown(value: Any) -> Any:
    """Return a value as a reason shows it: the first of a list, and a number without final zeros."""
    if isinstance(value, list):
        more = f" and {len(value) - _LISTED} more" if len(value) > _LISTED else ""
        return excerpt(", ".join(value[:_LISTED])) + more
    if isinstance(value, Decimal):
        return int(value) if value == int(value) else value.normalize()
    return value
