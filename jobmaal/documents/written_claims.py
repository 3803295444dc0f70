"""The claims that the data team wrote down in `claims.csv`: an expression over figures, or a number of things listed.

Belongs here: what such a claim computes. Does not: the grammar of an expression (`inputs.expressions`), the claims that
a budget makes by itself (`budget_totals`), and whether a claim holds (`claims`).
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from jobmaal.core.errors import Fault
from jobmaal.documents.claims import Claim, Values
from jobmaal.documents.figures import Figure, source_ref
from jobmaal.inputs import expressions
from jobmaal.inputs.tables import Input, Row

#: What may be counted: the table that lists it, and the column by which some of it may be chosen.
_COUNTED = {
    "list": ("lists", "list_id"),
    "initiatives": ("initiatives", "theme_no"),
    "themes": ("themes", ""),
    "targets": ("targets", "target_level"),
}


def claims(tables: Input, figures: Mapping[str, Figure], document_id: str, faults: list[Fault]) -> Iterator[Claim]:
    """Yield the claims of a document; add a fault for each that cannot be worked out."""
    for row in tables.of("claims", document_id):
        stated = figures[source_ref(document_id, row["stated_figure_id"])]
        if stated.number.value is None:
            faults.append(row.fault("stated_figure_id", "has no value that could be compared"))
        elif row["counted"]:
            count = _count(tables, row)
            if count:
                yield _claim(row, stated, {}, str(count), count)
            else:
                rule = "must be list:<list_id>, initiatives, initiatives:<theme_no>, themes or targets:<target_level>"
                faults.append(row.fault("counted", rule + ", naming something that exists"))
        else:
            used = {name: figures[source_ref(document_id, name)] for name in expressions.figure_ids(row["expression"])}
            operands = expressions.parse(row["expression"]).operands
            claim = _claim(row, stated, used, row["expression"], len(operands))
            doubtful = [name for name in operands if name not in used and source_ref(document_id, name) in figures]
            if doubtful:
                rule = f"has '{doubtful[0]}', which is a whole number and a figure's id; give the figure another id"
                faults.append(row.fault("expression", rule))
            elif problem := _problem(claim, used):
                faults.append(row.fault("expression", problem))
            else:
                yield claim


def _claim(row: Row, stated: Figure, used: Mapping[str, Figure], text: str, count: int) -> Claim:
    expression = expressions.parse(text)

    def formula(value: Values) -> Decimal:
        return expression.evaluate(lambda name: value(used[name]))

    return Claim(
        claim_id=f"{row.document_id}:{row['claim_id']}",
        document_id=row.document_id,
        claim_kind=row["claim_kind"],
        scope=row["scope"],
        scope_da=row["scope_da"],
        stated=stated,
        used=tuple(used.values()),
        formula=formula,
        cells_checked=count,
        is_sum=expression.is_sum,
    )


def _problem(claim: Claim, used: Mapping[str, Figure]) -> str | None:
    """Return why a claim cannot be worked out, or None."""
    if unread := [name for name, figure in used.items() if figure.number.value is None]:
        return f"names '{unread[0]}', which has no value to compute with"
    try:
        _ = claim.computed_value
    except OverflowError:
        return "gives a number that the warehouse cannot hold"
    except ArithmeticError:
        return "divides by zero"
    return None


def _count(tables: Input, claim: Row) -> int:
    """Return how many things a claim says are listed; zero where the claim names nothing that exists."""
    what, _, which = claim["counted"].partition(":")
    table, column = _COUNTED.get(what, ("", ""))
    if what == "list" and not which:
        return 0
    return sum(not which or row[column] == which for row in tables.of(table, claim.document_id))
