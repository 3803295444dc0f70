"""What must hold between the cells and rows of the input tables, beyond keys and references.

Belongs here: the rules that hold for any table or need Python, one function each, and running the others, which are the
queries in `rules.sql`. Does not: what one cell may hold (`cells`), what must hold between the numbers that are read
(`documents.rules`), nor arithmetic (`documents.reconcile`).
"""

import re
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path

from jobmaal.core.errors import Fault
from jobmaal.core.periods import span
from jobmaal.inputs.cells import look
from jobmaal.inputs.tables import Input, Row

#: A number such as 1.10 in a figure's id or in the words for a place; a date (1.10.2010) is none.
_NUMBERS_IN_TEXT_RE = re.compile(r"(?<!\d)(?<!\d[.,])\d+(?:\.\d+)+(?![.,]?\d)")
#: A year in the words for a price level: 2024-pl, 2024-priser.
_YEARS_RE = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_QUERIES = Path(__file__).with_name("rules.sql")
#: What the queries ask Python for, each with as many arguments as it takes.
_FUNCTIONS: Mapping[str, Callable[..., str | None]] = {
    "look": lambda name: look(name) if name else None,
    "first_day": lambda period_id: (days := span(period_id or "")) and days[0].isoformat(),
    "full_name": lambda document_id, name: name and (name if ":" in name else f"{document_id}:{name}"),
    "price_level_year": lambda words: (
        next(iter(years), None) if len(years := _YEARS_RE.findall(words or "")) == 1 else None
    ),
    "last_day": lambda period_id: (days := span(period_id or "")) and days[1].isoformat(),
}
#: Tables of actuals, each with the column that names what a row answers to, and that one's table.
ACTUALS = {
    "actual_courses": ("course_figure_id", "courses"),
    "actual_amounts": ("budget_figure_id", "budget_lines"),
    "actual_targets": ("target_id", "targets"),
}


def inspect(found: Input) -> list[Fault]:
    """Return every fault between cells and rows that keys and references do not show."""
    return [fault for rule in _RULES for fault in rule(found)]


def _lookalikes(found: Input) -> Iterator[Fault]:
    """Yield a fault for each name that looks like another one of its column, but differs from it.

    Units of counting are one vocabulary over all documents; every other name is a document's or a municipality's own,
    or one of the shared tables. Aliases of one unit may look alike, so those of two are compared in `rules.sql`.
    """
    first: dict[tuple[str, str, str], tuple[str, Row]] = {}
    for table in found.schema.values():
        for column in table.columns:
            if column.references or column.name == "alias" or column.type not in ("name", "number", "unit"):
                continue
            for row in found.of(table.name):
                value = row[column.name]
                if not value:
                    continue
                scope = "" if column.type == "unit" else row.document_id or row["municipality_name"]
                other, at = first.setdefault((scope, column.name, look(value)), (value, row))
                if other != value:
                    rule = f"looks like '{other}' in {at.file}:{at.line}, but differs from it; write both alike"
                    yield row.fault(column.name, rule)


def _shortened_numbers(found: Input) -> Iterator[Fault]:
    """Yield a fault for each row under 1.1 whose figure or place has 1.10, or both of which have another initiative."""
    initiatives = found.by("initiatives", "initiative_no")
    for table in found.schema.values():
        for column in {"initiative_no", "theme_no"} & set(table.column_names):
            for row in (row for row in found.of(table.name) if "." in row[column]):
                number = row[column]
                by_id, by_place = (set(_NUMBERS_IN_TEXT_RE.findall(row[c])) for c in ("figure_id", "locator"))
                if number in by_id | by_place:
                    continue
                longer = sorted(n for n in by_id | by_place if n.rstrip("0") == number)
                both = sorted(n for n in by_id & by_place if (row.document_id, n) in initiatives)
                if longer or (both and column == "initiative_no"):
                    which = "figure_id and locator have" if not longer or by_id & by_place else "the row has"
                    rule = f"is not {(longer or both)[0]}, which {which}; a spreadsheet saves 1.10 as 1.1"
                    yield row.fault(column, rule)


def _years(found: Input) -> Iterator[Fault]:
    """Yield a fault for each row with one year of two, with years in the wrong order, or yearly without years."""
    for table in (table for table in found.schema.values() if "year_from" in table.column_names):
        for row in found.of(table.name):
            start, end = row["year_from"], row["year_to"]
            if bool(start) != bool(end):
                yield row.fault("year_to" if start else "year_from", "must be given with the other year, or neither")
            elif start > end and (start + end).isdecimal():
                yield row.fault("year_to", f"is before year_from ({start})")
            if row["basis"] == "yearly" and not start:
                yield row.fault("year_from", "may not be blank where basis is yearly")


def _whole_figures(found: Input) -> Iterator[Fault]:
    for table in (table for table in found.schema.values() if table.has_figures):
        for row in found.of(table.name):
            if len({bool(row[column]) for column in ("figure_id", "printed", "unit")}) > 1:
                yield row.fault("printed", "must be given together with figure_id and unit, or not at all")


def _benefits(found: Input) -> Iterator[Fault]:
    for row in (row for row in found.of("target_groups") if row["benefit"]):
        benefits = [part.strip() for part in row["benefit"].split("|")]
        if "" in benefits or len(set(benefits)) < len(benefits):
            yield row.fault("benefit", "must name each benefit once, joined by ' | ' (dagpenge | kontanthjælp)")


def _readings(found: Input) -> Iterator[Fault]:
    for row in found.of("known_faults"):
        for column, other in (("reason", "other_reading"), ("explanation_da", "other_reading_da")):
            if row[other] and (row[other] == row[column] or not any(c.isalpha() for c in row[other])):
                yield row.fault(other, f"must be another reading in words than '{column}'; leave it blank without one")


def _between_rows(found: Input) -> Iterator[Fault]:
    """Yield a fault for each row that a query of `rules.sql` returns. SQLite starts in no time, unlike DuckDB."""
    rows: list[Row] = []
    with closing(sqlite3.connect(":memory:")) as database:
        for name, function in _FUNCTIONS.items():
            database.create_function(name, -1, function, deterministic=True)
        for table in found.schema.values():
            columns = ("_row", "_document", "_file", "_line", *table.column_names)
            database.execute(f"create table {table.name} ({', '.join(columns)})")
            values = (
                (at, row.document_id, row.file, row.line, *(row[column] or None for column in table.column_names))
                for at, row in enumerate(found.of(table.name), start=len(rows))
            )
            database.executemany(f"insert into {table.name} values ({', '.join('?' * len(columns))})", values)
            rows += found.of(table.name)
        for query in _QUERIES.read_text(encoding="utf-8").split(";\n\n"):
            yield from (rows[at].fault(column, rule) for at, column, rule in database.execute(query))


_RULES = (_lookalikes, _shortened_numbers, _years, _whole_figures, _benefits, _readings, _between_rows)
