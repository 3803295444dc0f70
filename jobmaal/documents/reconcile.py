"""Whether the documents' numbers agree with each other: every arithmetic claim, its residual, its status.

Belongs here: working a claim out, exactly, in decimals; the tolerance that the printing gives; and
holding the outcome against the reviewed list of known faults. Does not: which claims a document makes
beyond its budget totals (that is `claims.csv`), nor what is done about a broken one (the gate's).

Budget totals are claims by themselves: each is held against the lines in its scope and against the
finer totals that it should sum; a line whose split is complete is held against its parts.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from jobmaal.core.errors import Fault, FaultyInputError
from jobmaal.documents.figures import Figure, source_ref
from jobmaal.documents.numbers import printed
from jobmaal.inputs.tables import Input, Row
from jobmaal.inputs.units import MONEY_UNITS

#: Values are kept to this many places; a share or an average may have more.
_PLACES = Decimal("0.0001")
_SCOPE = ("theme_name", "line_name", "account_id")
#: The warehouse keeps values in DECIMAL(18, 4).
_TOO_LARGE = Decimal(10) ** 14
_RESIDUAL_RE = re.compile(r"^-?[0-9]{1,14}(\.[0-9]{1,4})?$")
_FINEST_FIRST = ("line_name", "theme_name", "account_id")
#: What a stated amount is held against, by the end of its claim's id, in Danish.
_AGAINST_DA = {
    "lines": "budgetlinjerne",
    "themes": "indsatsområdernes summer",
    "accounts": "kontienes summer",
    "line_totals": "budgetlinjernes summer",
    "parts": "delene",
}


_OPERATIONS: dict[str, Callable[[Decimal, Decimal], Decimal]] = {
    "+": Decimal.__add__, "-": Decimal.__sub__, "*": Decimal.__mul__, "/": Decimal.__truediv__,
}  # fmt: skip
#: Maximum number of entries that are named together, where each of them would explain the same claims.
_MOST_SUSPECTS = 4


@dataclass(frozen=True)
class _Told:
    """A text in two languages: English for the data team, Danish for citizens."""

    en: str
    da: str


#: What returns the value of a figure: the one that was read, or another on trial.
_Values = Callable[[Figure], Decimal]


@dataclass(frozen=True)
class Claim:
    """A claim worked out.

    `status` is ok, known (a reviewed fault, with this residual), ambiguous (reviewed: it holds in one of two readings)
    or broken. `claim_id` is `<document_id>:<local id>`; values are in kroner, percent or pieces. `expected_residual` is
    that of the reviewed fault, zero without one. `used` are the figures that the computed value is worked out of by
    `formula`.
    """

    claim_id: str
    document_id: str
    claim_kind: str
    scope: str
    scope_da: str
    stated: Figure
    computed_value: Decimal
    tolerance: Decimal
    cells_checked: int
    status: str
    explanation: str
    explanation_da: str
    reviewed_by: str
    expected_residual: Decimal = Decimal(0)
    is_readable: bool = True
    used: tuple[Figure, ...] = ()
    formula: Callable[[_Values], Decimal] = field(default=lambda _: Decimal(0), compare=False, repr=False)

    @property
    def stated_value(self) -> Decimal:
        """The number that the document states."""
        return _value(self.stated)

    @property
    def source_refs(self) -> tuple[str, ...]:
        """Every figure that it rests on, the stated one first."""
        return tuple(dict.fromkeys(figure.source_ref for figure in (self.stated, *self.used)))

    @property
    def residual(self) -> Decimal:
        """Stated minus computed."""
        return self.stated_value - self.computed_value

    def deviation_with(self, figure: Figure, value: Decimal) -> Decimal:
        """Return how far the residual would be from the expected one, were this the figure's value."""

        def values(other: Figure) -> Decimal:
            return value if other.source_ref == figure.source_ref else _value(other)

        return values(self.stated) - self.formula(values).quantize(_PLACES) - self.expected_residual

    def holds_with(self, figure: Figure, value: Decimal) -> bool:
        """Check whether the claim would be as it is reviewed to be, were this the figure's value."""
        return abs(self.deviation_with(figure, value)) <= (0 if self.expected_residual else self.tolerance)

    def __str__(self) -> str:
        """Return the claim as one line for a person."""
        unit = self.stated.number.unit
        stated = "?" if self.stated.number.value is None else _shown(self.stated_value)
        return (
            f"{self.claim_id}: {self.scope}: stated {stated}, "
            f"computed {_shown(self.computed_value)}, residual {_shown(self.residual)} {unit}"
            + (f" ({self.explanation})" if self.explanation else "")
        )

    def fault(self) -> Fault:
        """Show a broken claim like any other fault, at the place of the number that it states."""
        return self.stated.row.fault("printed", f"does not agree with the numbers that imply it: {self}")


@dataclass(frozen=True)
class _Name:
    """What a claim is called within its document, of which kind it is, and what it claims."""

    local_id: str
    kind: str
    scope: _Told


@dataclass(frozen=True)
class _Worked:
    """A claim before it is judged. One with a number that cannot be read never holds by itself."""

    name: _Name
    stated: Figure
    computed: Decimal
    cells: int
    places: tuple[Decimal, ...]
    is_readable: bool = True
    used: tuple[Figure, ...] = ()
    formula: Callable[[_Values], Decimal] = lambda _: Decimal(0)


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
        claims += [_judge(document_id, w, known.get(w.name.local_id), faults) for w in worked]
        ids = Counter(w.name.local_id for w in worked)
        faults += [row.fault("claim_id", "is no claim of this document") for i, row in known.items() if i not in ids]
        faults += [
            row.fault("claim_id", "is also the id of a budget total's own claim")
            for row in tables.of("claims", document_id)
            if ids[row["claim_id"]] > 1
        ]
    if faults:
        raise FaultyInputError(faults)
    return sorted(claims, key=lambda claim: claim.claim_id)


def _judge(document_id: str, worked: _Worked, entry: Row | None, faults: list[Fault]) -> Claim:
    """Compare a claim with its tolerance and with the reviewed entry, if there is one."""
    # Half a step of the last printed digit: what rounding can explain, and no more.
    tolerance = (min(worked.places) / 2).quantize(_PLACES)
    computed = worked.computed.quantize(_PLACES)
    residual = _value(worked.stated) - computed
    holds = worked.is_readable and abs(residual) <= tolerance
    unexplained = _Told("no entry in known_faults.csv explains it", "ingen post i known_faults.csv forklarer det")
    status, explanation = ("ok", _Told("", "")) if holds else ("broken", unexplained)
    expected = Decimal(0)
    if entry is not None:
        is_number = _RESIDUAL_RE.match(entry["residual"])
        if not is_number:
            faults.append(entry.fault("residual", "must be a number with a decimal point, such as -500000 or 0.5"))
        expected = Decimal(entry["residual"]) if is_number else residual
        place = f"{entry.file}:{entry.line}"
        if holds:
            status = "broken"
            explanation = _Told(
                f"{place} expects a fault, but the claim holds", f"{place} venter en fejl, men regnestykket holder"
            )
        elif expected != residual:
            status = "broken"
            # As the entry has it, with a decimal point in both languages: it is looked for there.
            explanation = _Told(
                f"{place} expects a residual of {_shown(expected)}",
                f"{place} venter en afvigelse på {_shown(expected)}",
            )
        else:
            status, explanation = _reviewed(entry)
    return Claim(
        claim_id=f"{document_id}:{worked.name.local_id}",
        document_id=document_id,
        claim_kind=worked.name.kind,
        scope=worked.name.scope.en,
        scope_da=worked.name.scope.da,
        stated=worked.stated,
        computed_value=computed,
        tolerance=tolerance,
        cells_checked=worked.cells,
        status=status,
        explanation=explanation.en,
        explanation_da=explanation.da,
        reviewed_by=entry["reviewed_by"] if entry is not None else "",
        expected_residual=expected,
        is_readable=worked.is_readable,
        used=worked.used,
        formula=worked.formula,
    )


def _reviewed(entry: Row) -> tuple[str, _Told]:
    """Return the status and the explanation of a claim that does not hold as its reviewed entry expects."""
    if not entry["other_reading"]:
        return "known", _Told(entry["reason"], entry["explanation_da"])
    return "ambiguous", _Told(
        f"{entry['reason']} Or: {entry['other_reading']}",
        f"{entry['explanation_da']} Eller: {entry['other_reading_da']}",
    )


# --- what broken claims have in common -----------------------------------------------------------------


@dataclass(frozen=True)
class _Suspect:
    """A figure that several broken claims rest on, and the value with which most of them hold (None: there is none)."""

    figure: Figure
    broken: tuple[Claim, ...]
    value: Decimal | None
    fixed: frozenset[str]

    @property
    def rank(self) -> tuple[int, bool, int]:
        """The more claims one value fixes, the likelier; then one wrong digit; then the more claims rest on it."""
        return len(self.fixed), self.value is not None and _is_one_digit(self.figure, self.value), len(self.broken)


def suspects(claims: Sequence[Claim]) -> list[Fault]:
    """Return a fault for each entry that several broken claims share, so that its one wrong digit is not told as many.

    The entry that explains the most claims comes first, then the one that explains the most of the rest, and so on.
    """
    resting: dict[str, list[Claim]] = {}
    shared: dict[str, Figure] = {}
    for claim in claims:
        if claim.is_readable:
            for figure in {f.source_ref: f for f in (claim.stated, *claim.used)}.values():
                shared[figure.source_ref] = figure
                resting.setdefault(figure.source_ref, []).append(claim)
    left = {claim.claim_id for claim in claims if claim.status == "broken"}
    faults: list[Fault] = []
    while True:
        found = [_suspect(figure, resting[ref], left) for ref, figure in shared.items()]
        found = [suspect for suspect in found if len(suspect.broken) > 1]
        if not found:
            return faults
        best = max(suspect.rank for suspect in found)
        likely = [suspect for suspect in found if suspect.rank == best]
        if len(likely) <= _MOST_SUSPECTS:
            faults += [_suspect_fault(suspect, likely) for suspect in likely]
        left -= {claim.claim_id for suspect in likely for claim in suspect.broken}


def _suspect(figure: Figure, claims: Sequence[Claim], left: set[str]) -> _Suspect:
    """Return what another value of a figure would do to the claims that rest on it."""
    broken = tuple(claim for claim in claims if claim.claim_id in left)
    sound = [claim for claim in claims if claim.status != "broken"]
    best: tuple[Decimal | None, frozenset[str]] = (None, frozenset())
    tried = (_value_that_mends(claim, figure) for claim in broken if len(broken) > 1)
    for value in {value for value in tried if value is not None}:
        fixed = frozenset(claim.claim_id for claim in broken if claim.holds_with(figure, value))
        if len(fixed) > len(best[1]) and all(claim.holds_with(figure, value) for claim in sound):
            best = (value, fixed)
    return _Suspect(figure, broken, *best)


def _value_that_mends(claim: Claim, figure: Figure) -> Decimal | None:
    """Return the value of a figure with which a claim holds, printed as finely as the figure is; None without one."""
    value, place = _value(figure), figure.number.place or Decimal(1)
    try:
        deviation = claim.deviation_with(figure, value)
        slope = claim.deviation_with(figure, value + place) - deviation
        steps = (-deviation / slope).to_integral_value()
    except ArithmeticError:
        return None
    return value + steps * place


def _is_one_digit(figure: Figure, value: Decimal) -> bool:
    """Check whether a value differs from the one that was read in one digit."""
    one, other = (str(int(abs(v) / (figure.number.place or 1))) for v in (_value(figure), value))
    return len(one) == len(other) and sum(a != b for a, b in zip(one, other, strict=True)) == 1


def _suspect_fault(suspect: _Suspect, likely: Sequence[_Suspect]) -> Fault:
    """Return a suspect as a fault of its row, with the claims that share it and what would make them hold."""
    row, number = suspect.figure.row, len(suspect.broken)
    names = ", ".join(claim.claim_id.partition(":")[2] for claim in suspect.broken)
    rule = f"is shared by {number} claims that do not hold ({names})"
    if len(likely) > 1:
        others = ", ".join(f"{s.figure.row.file}:{s.figure.row.line}" for s in likely if s is not suspect)
        rule += f", as is {others}"
    if suspect.value is not None:
        which = "all" if len(suspect.fixed) == number else str(len(suspect.fixed))
        value = printed(suspect.value / MONEY_UNITS.get(row["unit"], 1))
        rule += f"; with {value} in its place {which} of them would hold"
    return row.fault("printed", rule + "; look it up in the document first")


# --- budget totals ---------------------------------------------------------------------------------


class _Scopes:
    """The lines and totals of a document by what they are of, so that no total goes through all of them."""

    def __init__(self, lines: Sequence[Row], totals: Sequence[Row]) -> None:
        """Sort lines and totals."""
        names = {line["figure_id"]: line["line_name"] for line in lines}
        self.parts: dict[str, list[Row]] = defaultdict(list)
        self._lines: dict[tuple[str, str], list[Row]] = defaultdict(list)
        self._named: dict[tuple[str, str], list[Row]] = defaultdict(list)
        self._totals: dict[tuple[str, ...], list[Row]] = defaultdict(list)
        self._spans = list({(line["year_from"], line["year_to"], line["basis"]): line for line in lines}.values())
        for line in lines:
            if line["part_of"]:
                self.parts[line["part_of"]].append(line)
            # A part stands under its whole's line, whatever it is called itself.
            name = names.get(line["part_of"], line["line_name"])
            for theme in {"", line["theme_name"]}:
                for below, sorted_lines in ((name, self._lines), (line["line_name"], self._named)):
                    for line_name in {"", below}:
                        sorted_lines[theme, line_name].append(line)
        for total in totals:
            for column in (column for column in _SCOPE if total[column]):
                for free in {frozenset({column}), frozenset({column, "theme_name"})}:
                    self._totals[self._open(total, column, free)].append(total)

    def has_lines(self, years: tuple[int, int]) -> bool:
        """Check whether any line counts within years."""
        return any(_times(line, years) for line in self._spans)

    def below(self, total: Row) -> list[Row]:
        """Return the lines within a total's scope, parts under their whole's name."""
        return self._on_account(total, self._lines)

    def named(self, total: Row) -> list[Row]:
        """Return the lines within a total's scope, each under its own name."""
        return self._on_account(total, self._named)

    def finer(self, total: Row, column: str, free: frozenset[str]) -> list[Row]:
        """Return the totals that have a column which a total leaves open, and but for what is free its scope."""
        return self._totals.get(self._open(total, column, free), [])

    @staticmethod
    def _open(total: Row, column: str, free: frozenset[str]) -> tuple[str, ...]:
        return (column, *("*" if c in free else "=" + total[c] for c in _SCOPE))

    @staticmethod
    def _on_account(total: Row, lines: Mapping[tuple[str, str], list[Row]]) -> list[Row]:
        account = total["account_id"]
        found = lines.get((total["theme_name"], total["line_name"]), [])
        return [line for line in found if line["account_id"] == account] if account else found


def _budget_claims(tables: Input, figures: Mapping[str, Figure], document_id: str) -> Iterator[_Worked]:
    lines = tables.of("budget_lines", document_id)
    totals = tables.of("budget_totals", document_id)
    scopes = _Scopes(lines, totals)

    def figure(row: Row) -> Figure:
        return figures[source_ref(document_id, row["figure_id"])]

    for total in totals:
        column = next((column for column in _FINEST_FIRST if total[column]), "agreement_name")
        kind = f"{column.partition('_')[0]}_total"
        for years in _spans(total):
            year = "" if total["basis"] == "whole" else str(years[0])
            within = _lines_within(total, years, scopes)
            # A total over nothing that is listed claims nothing, nor does one over levels that add up to no total.
            is_claim = scopes.has_lines(years) and not _has_levels_of_several_years(within, years)
            directions = {"lines": within} if is_claim else {}
            directions |= {
                suffix: [(_times(t, years), t) for t in finer] for suffix, finer in _finer_totals(total, years, scopes)
            }
            for suffix, parts in directions.items():
                local_id = f"{total['figure_id']}:{suffix}" + (f"-{year}" if year else "")
                name = _Name(local_id, kind, _scope(total, suffix, year))
                yield _summed(name, figure(total), parts, figure)
    for whole in lines:
        if whole["is_split_complete"] == "yes":
            given = [(1, part) for part in scopes.parts[whole["figure_id"]]]
            scope = _Told(whole["line_name"], f"{whole['line_name']} holdt op mod {_AGAINST_DA['parts']}")
            name = _Name(f"{whole['figure_id']}:parts", "parts_of_whole", scope)
            yield _summed(name, figure(whole), given, figure)


def _summed(name: _Name, stated: Figure, parts: list[tuple[int, Row]], figure: Callable[[Row], Figure]) -> _Worked:
    """Work out a sum: each part times how often it counts."""
    used = [(times, figure(row)) for times, row in parts if times]

    def formula(value: _Values) -> Decimal:
        return sum((times * value(f) for times, f in used), Decimal(0))

    return _Worked(
        name=name,
        stated=stated,
        computed=formula(_value),
        cells=len(used),
        places=_places(stated, *(f for _, f in used)),
        is_readable=all(f.number.value is not None for f in [stated, *(f for _, f in used)]),
        used=tuple(f for _, f in used),
        formula=formula,
    )


def _spans(total: Row) -> list[tuple[int, int]]:
    """Return the years that a total is for: one stretch, or year by year where it comes again each year."""
    first, last = int(total["year_from"]), int(total["year_to"])
    return [(first, last)] if total["basis"] == "whole" else [(year, year) for year in range(first, last + 1)]


def _times(row: Row, years: tuple[int, int]) -> int:
    """Return how often an amount counts within years: once in its first year, or once in each of them."""
    if not row["year_from"]:
        return 0
    first, last = int(row["year_from"]), int(row["year_to"])
    if row["basis"] == "whole":
        return int(years[0] <= first <= years[1])
    return max(0, min(last, years[1]) - max(first, years[0]) + 1)


def _lines_within(total: Row, years: tuple[int, int], scopes: _Scopes) -> list[tuple[int, Row]]:
    """Return the lines of a total, each with how often it counts, so that each krone counts once.

    A line whose parts are all given is replaced by them; one with only some parts counts less these parts.
    """
    scoped = scopes.below(total)
    partly_split = (line for line in scoped if line["is_split_complete"] == "no")
    return [
        *((_times(line, years), line) for line in scoped if line["is_split_complete"] != "yes"),
        *((-_times(whole, years), part) for whole in partly_split for part in scopes.parts[whole["figure_id"]]),
    ]


def _has_levels_of_several_years(within: Iterable[tuple[int, Row]], years: tuple[int, int]) -> bool:
    """Check whether a level and the one that replaces it are both within years."""
    levels = [line for times, line in within if times and line["is_level"] == "yes"]
    covered = {year for line in levels for year in range(years[0], years[1] + 1) if _times(line, (year, year))}
    return len(covered) > 1


def _finer_totals(total: Row, years: tuple[int, int], scopes: _Scopes) -> Iterator[tuple[str, list[Row]]]:
    """Return the finer totals that a total should be the sum of, one set per direction that it leaves open.

    Only a set that reaches every line of the total must sum to it: a document may state some totals and not others.
    """
    directions = {
        "themes": "theme_name" if not total["line_name"] else "",
        "accounts": "account_id",
        "line_totals": "line_name",
    }
    for suffix, column in directions.items():
        if not column or total[column]:
            continue
        # A line's total carries the theme that the line stands under, so over all themes the theme is free.
        is_theme_free = column == "line_name" and not total["theme_name"]
        free = frozenset({column, "theme_name"} if is_theme_free else {column})
        finer = [other for other in scopes.finer(total, column, free) if _is_for(other, years)]
        reached = {(other[column], other["theme_name"] if is_theme_free else "") for other in finer}
        if finer and all(
            {(line[column], ""), (line[column], line["theme_name"])} & reached
            for line in scopes.named(total)
            if _times(line, years)
        ):
            yield suffix, finer


def _is_for(total: Row, years: tuple[int, int]) -> bool:
    """Check whether a finer total is for these years and no others, or comes again in them."""
    if total["basis"] == "whole":
        return years[0] <= int(total["year_from"]) and int(total["year_to"]) <= years[1]
    return _times(total, years) > 0


def _scope(total: Row, suffix: str, year: str) -> _Told:
    """Return what a total is over and what it is checked against. Names are the document's own in both languages."""
    years = total["year_from"] + (f"-{total['year_to']}" if total["year_to"] != total["year_from"] else "")

    def named(whole: str, account: str) -> str:
        names = [(account if column == "account_id" else "") + total[column] for column in _SCOPE if total[column]]
        return " / ".join(names or [whole])

    english = f"{named('the whole agreement', '')} {years}, {suffix}"
    # A bare account number tells a citizen nothing.
    danish = f"{named('Hele aftalen', 'Konto ')} i {years} holdt op mod {_AGAINST_DA[suffix]}"
    return _Told(f"{english}-{year}", f"{danish} i {year}") if year else _Told(english, danish)


# --- claims that the data team wrote down -------------------------------------------------------------


def _written_claims(
    tables: Input, figures: Mapping[str, Figure], document_id: str, faults: list[Fault]
) -> Iterator[_Worked]:
    steps: dict[str, list[Row]] = defaultdict(list)
    for term in tables.of("claim_terms", document_id):
        steps[term["claim_id"]].append(term)
    for row in tables.of("claims", document_id):
        stated = figures[source_ref(document_id, row["stated_figure_id"])]
        if stated.number.value is None:
            faults.append(row.fault("stated_figure_id", "has no value that could be compared"))
            continue
        name = _Name(row["claim_id"], row["claim_kind"], _Told(row["scope"], row["scope_da"]))
        if row["counted"]:
            count = _count(tables, row)
            if count is None:
                rule = "must be list:<list_id>, initiatives, initiatives:<theme_no>, themes or targets:<target_level>"
                faults.append(row.fault("counted", rule + ", naming something that is there"))
                continue
            yield _Worked(name, stated, Decimal(count), count, _places(stated), formula=_constant(Decimal(count)))
            continue
        worked = _work_out(name, steps[row["claim_id"]], stated, figures, faults)
        if worked is not None:
            yield worked


def _constant(number: Decimal) -> Callable[[_Values], Decimal]:
    return lambda _: number


def _work_out(
    name: _Name, terms: list[Row], stated: Figure, figures: Mapping[str, Figure], faults: list[Fault]
) -> _Worked | None:
    computed = Decimal(0)
    used: list[Figure] = []
    steps: list[tuple[str, Figure | Decimal]] = []
    for term in sorted(terms, key=lambda t: int(t["term_no"])):
        if term["figure_id"]:
            figure = figures[source_ref(term.document_id, term["figure_id"])]
            if figure.number.value is None:
                faults.append(term.fault("figure_id", "has no value that could be reckoned with"))
                return None
            used.append(figure)
            operand = figure.number.value
            steps.append((term["operation"], figure))
        else:
            operand = Decimal(term["constant"])
            steps.append((term["operation"], operand))
        if term["operation"] == "/" and operand == 0:
            faults.append(term.fault("operation", "would divide by zero"))
            return None
        computed = _OPERATIONS[term["operation"]](computed, operand)
        if abs(computed) >= _TOO_LARGE:
            faults.append(term.fault("operation", "gives a number that the warehouse cannot hold"))
            return None
    # Only where numbers of one kind are added do the parts' own digits say how exactly they should agree.
    additive = all(term["operation"] in "+-" for term in terms)
    places = _places(stated, *used) if additive else _places(stated)

    def formula(value: _Values) -> Decimal:
        result = Decimal(0)
        for operation, operand in steps:
            result = _OPERATIONS[operation](result, value(operand) if isinstance(operand, Figure) else operand)
        return result

    return _Worked(name, stated, computed, len(terms), places, used=tuple(used), formula=formula)


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
