"""Whether the documents' numbers agree with each other: every arithmetic claim, its residual, its status.

Belongs here: working a claim out, exactly, in decimals; the tolerance that the printing gives; and
holding the outcome against the reviewed list of known faults. Does not: which claims a document makes
beyond its budget totals (that is `claims.csv`), nor what is done about a broken one (the gate's).

Budget totals are claims by themselves: each is held against the lines in its scope and against the
finer totals that it should sum; a line whose split is complete is held against its parts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from jobmaal.errors import Fault, FaultyInputError
from jobmaal.figures import Figure, source_ref
from jobmaal.tables import Input, Row

#: Values are kept to this many places; a share or an average may have more.
_PLACES = Decimal("0.0001")
_SCOPE = ("theme_name", "line_name", "account_id")
_FINEST_FIRST = ("line_name", "theme_name", "account_id")


@dataclass(frozen=True)
class Claim:
    """A claim worked out. `status` is ok, known (a reviewed fault, with this residual) or broken.

    `claim_id` is `<document_id>:<local id>`; values are in kroner, percent or pieces.
    """

    claim_id: str
    document_id: str
    claim_kind: str
    scope: str
    stated: Figure
    computed_value: Decimal
    tolerance: Decimal
    cells_checked: int
    status: str
    explanation: str
    reviewed_by: str

    @property
    def stated_value(self) -> Decimal:
        """The number that the document states."""
        return _value(self.stated)

    @property
    def residual(self) -> Decimal:
        """Stated minus computed."""
        return self.stated_value - self.computed_value

    def __str__(self) -> str:
        """Give the claim as one line for a person."""
        unit = self.stated.number.unit
        return (
            f"{self.claim_id}: {self.scope}: stated {_shown(self.stated_value)}, "
            f"computed {_shown(self.computed_value)}, residual {_shown(self.residual)} {unit}"
            + (f" ({self.explanation})" if self.explanation else "")
        )

    def fault(self) -> Fault:
        """Tell a broken claim like any other fault, at the place of the number that it states."""
        return self.stated.row.fault("printed", f"does not agree with the numbers that imply it: {self}")


@dataclass(frozen=True)
class _Worked:
    """A claim before it is judged."""

    local_id: str
    kind: str
    scope: str
    stated: Figure
    computed: Decimal
    cells: int
    places: tuple[Decimal, ...]


def evaluate(tables: Input, figures: Mapping[str, Figure]) -> list[Claim]:
    """Work out every claim of every document and judge it.

    Raises FaultyInputError where a claim cannot be worked out at all, or where the list of known faults
    names a claim that does not exist.
    """
    claims: list[Claim] = []
    faults: list[Fault] = []
    for document_id in tables.document_ids:
        worked = [*_budget_claims(tables, figures, document_id)]
        worked += _written_claims(tables, figures, document_id, faults)
        known = {row["claim_id"]: row for row in tables.of("known_faults", document_id)}
        claims += [_judge(document_id, w, known.get(w.local_id), faults) for w in worked]
        for claim_id in known.keys() - {w.local_id for w in worked}:
            faults.append(known[claim_id].fault("claim_id", "is no claim of this document"))
        ids = [w.local_id for w in worked]
        for row in tables.of("claims", document_id):
            if ids.count(row["claim_id"]) > 1:
                faults.append(row.fault("claim_id", "is also the id of a budget total's own claim"))
    if faults:
        raise FaultyInputError(faults)
    return sorted(claims, key=lambda claim: claim.claim_id)


def _judge(document_id: str, worked: _Worked, entry: Row | None, faults: list[Fault]) -> Claim:
    """Compare a claim with its tolerance and with the reviewed entry, if there is one."""
    # Half a step of the last printed digit: what rounding can explain, and no more.
    tolerance = (min(worked.places) / 2).quantize(_PLACES)
    computed = worked.computed.quantize(_PLACES)
    residual = _value(worked.stated) - computed
    holds = abs(residual) <= tolerance
    status, explanation = ("ok", "") if holds else ("broken", "no entry in known_faults.csv explains it")
    if entry is not None:
        try:
            expected = Decimal(entry["residual"])
        except InvalidOperation:
            faults.append(entry.fault("residual", "must be a number with a decimal point, such as -500000 or 0.5"))
            expected = residual
        if holds:
            status, explanation = "broken", f"{entry.file}:{entry.line} expects a fault, but the claim holds"
        elif expected != residual:
            status = "broken"
            explanation = f"{entry.file}:{entry.line} expects a residual of {_shown(expected)}"
        else:
            status, explanation = "known", entry["reason"]
    return Claim(
        f"{document_id}:{worked.local_id}", document_id, worked.kind, worked.scope, worked.stated, computed,
        tolerance, worked.cells, status, explanation, entry["reviewed_by"] if entry is not None else "",
    )  # fmt: skip


# --- budget totals ---------------------------------------------------------------------------------


def _budget_claims(tables: Input, figures: Mapping[str, Figure], document_id: str) -> Iterator[_Worked]:
    lines = tables.of("budget_lines", document_id)
    totals = tables.of("budget_totals", document_id)

    def claim(local_id: str, kind: str, scope: str, stated: Row, plus: list[Row], minus: list[Row]) -> _Worked:
        figure, added, taken = (
            [figures[source_ref(document_id, row["figure_id"])] for row in rows] for rows in ([stated], plus, minus)
        )
        computed = sum(map(_value, added), Decimal(0)) - sum(map(_value, taken), Decimal(0))
        cells, places = len(added) + len(taken), _places(*figure, *added, *taken)
        return _Worked(local_id, kind, scope, figure[0], computed, cells, places)

    for total in totals:
        kind = next(
            (f"{column.partition('_')[0]}_total" for column in _FINEST_FIRST if total[column]), "agreement_total"
        )
        # A total over nothing that is listed claims nothing.
        if any(_in_years(line, total) for line in lines):
            plus, minus = _lines_within(total, lines)
            yield claim(f"{total['figure_id']}:lines", kind, f"{_scope(total)}, lines", total, plus, minus)
        for suffix, finer in _finer_totals(total, totals):
            yield claim(f"{total['figure_id']}:{suffix}", kind, f"{_scope(total)}, {suffix}", total, finer, [])
    for whole in lines:
        if whole["is_split_complete"] == "yes":
            parts = [line for line in lines if line["part_of"] == whole["figure_id"]]
            yield claim(f"{whole['figure_id']}:parts", "parts_of_whole", whole["line_name"], whole, parts, [])


def _in_years(row: Row, total: Row) -> bool:
    return bool(row["year_from"]) and (int(total["year_from"]) <= int(row["year_from"]) <= int(total["year_to"]))


def _lines_within(total: Row, lines: list[Row]) -> tuple[list[Row], list[Row]]:
    """Give the lines to add for a total and those to take off again, so that each krone counts once.

    A line whose parts are all given is replaced by them; one with only some parts counts less these parts.
    """
    scoped = [line for line in lines if _in_years(line, total) and all(total[c] in ("", line[c]) for c in _SCOPE)]
    partly_split = {line["figure_id"] for line in scoped if line["is_split_complete"] == "no"}
    return (
        [line for line in scoped if line["is_split_complete"] != "yes"],
        [line for line in lines if line["part_of"] in partly_split],
    )


def _finer_totals(total: Row, totals: list[Row]) -> Iterator[tuple[str, list[Row]]]:
    """Give the finer totals that a total should be the sum of, one set per direction that it leaves open."""
    for column, suffix in (("theme_name", "themes"), ("account_id", "accounts"), ("line_name", "line_totals")):
        # A theme's lines are summed within the theme; over all themes it is the themes that are summed.
        if (
            total[column]
            or (column == "line_name" and not total["theme_name"])
            or (column == "theme_name" and total["line_name"])
        ):
            continue
        finer = [
            other
            for other in totals
            if other[column] and _in_years(other, total) and all(other[c] == total[c] for c in _SCOPE if c != column)
        ]  # fmt: skip
        if finer:
            yield suffix, finer


def _scope(total: Row) -> str:
    named = [total[column] for column in _SCOPE if total[column]]
    years = total["year_from"] + (f"-{total['year_to']}" if total["year_to"] != total["year_from"] else "")
    return " / ".join(named or ["the whole agreement"]) + f" {years}"


# --- claims that the data team wrote down -------------------------------------------------------------


def _written_claims(
    tables: Input, figures: Mapping[str, Figure], document_id: str, faults: list[Fault]
) -> Iterator[_Worked]:
    for row in tables.of("claims", document_id):
        stated = figures[source_ref(document_id, row["stated_figure_id"])]
        if stated.number.value is None:
            faults.append(row.fault("stated_figure_id", "has no value that could be compared"))
            continue
        if row["counted"]:
            count = _count(tables, row)
            if count is None:
                rule = "must be list:<list_id>, initiatives, initiatives:<theme_no>, themes or targets:<target_level>"
                faults.append(row.fault("counted", rule + ", naming something that is there"))
                continue
            yield _Worked(
                row["claim_id"], row["claim_kind"], row["scope"], stated, Decimal(count), count, _places(stated)
            )
            continue
        terms = [t for t in tables.of("claim_terms", document_id) if t["claim_id"] == row["claim_id"]]
        worked = _work_out(row, terms, stated, figures, faults)
        if worked is not None:
            yield worked


def _work_out(
    row: Row, terms: list[Row], stated: Figure, figures: Mapping[str, Figure], faults: list[Fault]
) -> _Worked | None:
    computed = Decimal(0)
    used: list[Figure] = []
    operations: dict[str, Callable[[Decimal, Decimal], Decimal]] = {
        "+": Decimal.__add__, "-": Decimal.__sub__, "*": Decimal.__mul__, "/": Decimal.__truediv__,
    }  # fmt: skip
    for term in sorted(terms, key=lambda t: int(t["term_no"])):
        if term["figure_id"]:
            figure = figures[source_ref(term.document_id, term["figure_id"])]
            if figure.number.value is None:
                faults.append(term.fault("figure_id", "has no value that could be reckoned with"))
                return None
            used.append(figure)
            operand = figure.number.value
        else:
            operand = Decimal(term["constant"])
        if term["operation"] == "/" and operand == 0:
            faults.append(term.fault("operation", "would divide by zero"))
            return None
        computed = operations[term["operation"]](computed, operand)
    # Only where numbers of one kind are added do the parts' own digits say how exactly they should agree.
    additive = all(term["operation"] in "+-" for term in terms)
    places = _places(stated, *used) if additive else _places(stated)
    return _Worked(row["claim_id"], row["claim_kind"], row["scope"], stated, computed, len(terms), places)


def _count(tables: Input, claim: Row) -> int | None:
    """Count what a claim says is listed; None where the claim names nothing that is there."""
    what, _, which = claim["counted"].partition(":")
    column = {"list": "list_id", "initiatives": "theme_no", "targets": "target_level", "themes": ""}.get(what)
    if column is None or (what == "list" and not which):
        return None
    rows = tables.of({"list": "lists"}.get(what, what), claim.document_id)
    if which:
        rows = [row for row in rows if row[column] == which]
    return len(rows) or None


def _value(figure: Figure) -> Decimal:
    return figure.number.value if figure.number.value is not None else Decimal(0)


def _places(*figures: Figure) -> tuple[Decimal, ...]:
    return tuple(f.number.place for f in figures if f.number.place is not None) or (Decimal(1),)


def _shown(value: Decimal) -> str:
    """Write a value without exponent or needless zeros."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
