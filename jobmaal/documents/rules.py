"""What must hold between the numbers that are read from the input tables.

Belongs here: one function per rule over figures and actuals, each a generator of faults. Does not: what must hold
between the texts (`inputs.rules`), and sums that the document states (`reconcile`).
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from jobmaal.core.errors import Fault
from jobmaal.documents.figures import Actual, Figure, source_ref
from jobmaal.inputs.units import DATE_UNIT

#: The tables of amounts that a document adopts or follows up.
_BUDGETS = ("budget_lines", "budget_totals", "budget_followups")


def inspect(figures: Mapping[str, Figure], actuals: Sequence[Actual]) -> list[Fault]:
    """Return every fault between numbers."""
    return [
        *_units_at_odds(figures, actuals),
        *_dates_at_odds(figures),
        *_parts_beyond_wholes(figures),
        *_counts_below_zero(figures, actuals),
        *_income_above_zero(figures),
        *_thousandths(figures),
    ]


def _units_at_odds(figures: Mapping[str, Figure], actuals: Sequence[Actual]) -> Iterator[Fault]:
    """Yield a fault for each actual that is counted in another unit than what it answers to."""
    for actual in actuals:
        planned = figures.get(actual.answers_to)
        if planned is not None and actual.number.unit != planned.number.unit:
            yield actual.row.fault("unit", f"must be that of what it answers to: '{planned.row['unit']}'")


def _dates_at_odds(figures: Mapping[str, Figure]) -> Iterator[Fault]:
    """Yield a fault for each deadline whose printed words and due date are not the same day."""
    for figure in figures.values():
        due, number = figure.row["due_date"], figure.number
        if (
            due
            and number.unit == DATE_UNIT
            and number.value is not None
            and f"{number.value:.0f}" != due.replace("-", "")
        ):
            yield figure.row.fault("due_date", f"is another day than the printed '{figure.row['printed']}' gives")


def _parts_beyond_wholes(figures: Mapping[str, Figure]) -> Iterator[Fault]:
    """Yield a fault for each line of which some parts are given that make more than all of it.

    Where the document gives all of them, that is a claim of its own.
    """
    parts: dict[str, list[Figure]] = defaultdict(list)
    for figure in figures.values():
        if figure.row["part_of"]:
            parts[source_ref(figure.document_id, figure.row["part_of"])].append(figure)
    for ref, given in parts.items():
        whole = figures.get(ref)
        if whole is None or whole.row["is_split_complete"] != "no" or whole.number.qualifier == "at_least":
            continue
        most = whole.number.value if whole.number.value_to is None else whole.number.value_to
        if most is None or any(part.value * most < 0 for part in given):
            continue
        total = sum((part.value for part in given), Decimal(0))
        if abs(total) > abs(most) + (whole.number.place or Decimal(0)) / 2:
            named = ", ".join(str(part.row.line) for part in given)
            rule = f"is less than its parts in line {named} make up: {total:f} {whole.number.unit}"
            yield whole.row.fault("printed", rule + "; look them up, or name no line in part_of")


def _counts_below_zero(figures: Mapping[str, Figure], actuals: Sequence[Actual]) -> Iterator[Fault]:
    """Yield a fault for each number of courses or size of a group that is below zero."""
    planned = [(f.row, f.number) for f in figures.values() if f.table in ("courses", "target_groups")]
    held = [(actual.row, actual.number) for actual in actuals if actual.table == "actual_courses"]
    for row, number in (*planned, *held):
        if number.value is not None and number.value < 0:
            yield row.fault("printed", "is below zero, as no number of courses or persons is; type what is printed")


def _income_above_zero(figures: Mapping[str, Figure]) -> Iterator[Fault]:
    """Yield a fault for each income or saving that would add to a sum, unless the reviewer says that it does."""
    for figure in figures.values():
        row, value = figure.row, figure.value
        whole = figures.get(source_ref(figure.document_id, row["part_of"])) if row["part_of"] else None
        direction = row["direction"] or (whole.row["direction"] if whole is not None else "")
        if direction in ("income", "saving") and value > 0 and not row["sign"]:
            rule = f"is {value:f} {figure.number.unit} of {direction}, which lowers a sum or adds to it: "
            rule += f"write 'minus' in the column 'sign' for {-value:f}, or 'plus' for {value:f}"
            yield row.fault("printed", rule)


def _thousandths(figures: Mapping[str, Figure]) -> Iterator[Fault]:
    """Yield a fault for each budget amount in bare kroner of which the document states a thousand times as much.

    So a table under the heading `1.000 kr.` looks that was typed with the unit `kr.`; its own sums agree all the same.
    Prices are not compared, since a thousand of something may well cost a thousand times as much.
    """
    money: dict[tuple[str, str, str], list[Figure]] = defaultdict(list)
    for figure in figures.values():
        if figure.number.unit == "kr." and figure.value and not _is_bare(figure):
            for named in _named(figure):
                money[named].append(figure)
    for figure in figures.values():
        row = figure.row
        if not _is_bare(figure) or figure.table not in _BUDGETS or not figure.value or row["reading"] == "kroner":
            continue
        larger = (other for named in _named(figure) for other in money[named] if _is_thousandfold(figure, other))
        if other := next(larger, None):
            place = f"{other.row.file}:{other.row.line}"
            rule = f"is a thousandth of '{other.row['printed']}' ({other.row['unit']}) in {place}; "
            rule += (
                "if the table counts in thousands, the unit is '1.000 kr.', else write 'kroner' in the column 'reading'"
            )
            yield row.fault("printed", rule)


def _is_bare(figure: Figure) -> bool:
    """Check whether an amount is in kroner by its heading alone, or by a mistake."""
    return figure.row["unit"] == "kr." and "kr" not in figure.row["printed"].lower()


def _named(figure: Figure) -> list[tuple[str, str, str]]:
    """Return what an amount is for, in each way in which another figure of its document may be for the same."""
    row = figure.row
    if not row["initiative_no"] and not row["line_name"]:
        return [(figure.document_id, "all", row["theme_name"])]
    return [(figure.document_id, column, row[column]) for column in ("initiative_no", "line_name") if row[column]]


def _is_thousandfold(figure: Figure, other: Figure) -> bool:
    """Check whether an amount is a thousand times another, as exactly as it is printed."""
    return abs(other.value - 1000 * figure.value) <= (other.number.place or Decimal(0)) / 2
