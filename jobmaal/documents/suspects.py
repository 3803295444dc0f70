"""What broken claims have in common: the figure whose one wrong digit would explain several of them.

Belongs here: finding the entries to look up first, each with the value that would make its claims hold. Does not: which
claims are broken (`known_faults`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from jobmaal.core.errors import Fault
from jobmaal.documents.claims import Claim
from jobmaal.documents.figures import Figure
from jobmaal.documents.numbers import printed
from jobmaal.inputs.units import MONEY_UNITS

#: Maximum number of entries that are named together, where each of them would explain the same claims.
_MOST_SUSPECTS = 4


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
    """Return a fault for each entry that several broken claims share, so that one wrong digit is reported as one.

    The entry that explains the most claims comes first, then the one that explains the most of the rest, and so on.
    """
    shared: dict[str, tuple[Figure, list[Claim]]] = {}
    for claim in claims:
        if claim.is_readable:
            for figure in {f.source_ref: f for f in (claim.stated, *claim.used)}.values():
                shared.setdefault(figure.source_ref, (figure, []))[1].append(claim)
    left = {claim.claim_id for claim in claims if claim.status == "broken"}
    faults: list[Fault] = []
    while True:
        found = [_suspect(figure, resting, left) for figure, resting in shared.values()]
        found = [suspect for suspect in found if len(suspect.broken) > 1]
        if not found:
            return faults
        best = max(suspect.rank for suspect in found)
        likely = [suspect for suspect in found if suspect.rank == best]
        if len(likely) <= _MOST_SUSPECTS:
            faults += [_fault(suspect, likely) for suspect in likely]
        left -= {claim.claim_id for suspect in likely for claim in suspect.broken}


def _suspect(figure: Figure, claims: Sequence[Claim], left: set[str]) -> _Suspect:
    """Return what another value of a figure would do to the claims that rest on it."""
    broken = tuple(claim for claim in claims if claim.claim_id in left)
    sound = [claim for claim in claims if claim.status != "broken"]
    best: tuple[Decimal | None, frozenset[str]] = (None, frozenset())
    tried = (_fixing_value(claim, figure) for claim in broken if len(broken) > 1)
    for value in {value for value in tried if value is not None}:
        fixed = frozenset(claim.claim_id for claim in broken if claim.holds_with(figure, value))
        if len(fixed) > len(best[1]) and all(claim.holds_with(figure, value) for claim in sound):
            best = (value, fixed)
    return _Suspect(figure, broken, *best)


def _fixing_value(claim: Claim, figure: Figure) -> Decimal | None:
    """Return the value of a figure with which a claim holds, printed as finely as the figure is; None without one."""
    value, place = figure.value, figure.number.place or Decimal(1)
    try:
        deviation = claim.deviation_with(figure, value)
        slope = claim.deviation_with(figure, value + place) - deviation
        steps = (-deviation / slope).to_integral_value()
    except ArithmeticError:
        return None
    return value + steps * place


def _is_one_digit(figure: Figure, value: Decimal) -> bool:
    """Check whether a value differs from the one that was read in one digit."""
    one, other = (str(int(abs(v) / (figure.number.place or 1))) for v in (figure.value, value))
    return len(one) == len(other) and sum(a != b for a, b in zip(one, other, strict=True)) == 1


def _fault(suspect: _Suspect, likely: Sequence[_Suspect]) -> Fault:
    """Return a suspect as a fault of its row, with the claims that share it and what would make them hold."""
    row, number = suspect.figure.row, len(suspect.broken)
    rule = f"is shared by {number} claims that do not hold ({', '.join(claim.local_id for claim in suspect.broken)})"
    if len(likely) > 1:
        others = ", ".join(f"{s.figure.row.file}:{s.figure.row.line}" for s in likely if s is not suspect)
        rule += f", as is {others}"
    if suspect.value is not None:
        which = "all" if len(suspect.fixed) == number else str(len(suspect.fixed))
        value = printed(suspect.value / MONEY_UNITS.get(row["unit"], 1))
        rule += f"; with {value} in its place {which} of them would hold"
    return row.fault("printed", rule + "; look it up in the document first")
