"""A claim: a number that a document states, and what its other numbers make it.

Belongs here: what a claim is, what it computes, and the tolerance that the printing gives it. Does not: which claims
there are (`budget_totals`, `followup_claims`, `written_claims`) and whether one that does not hold is a known fault
(`known_faults`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property

from jobmaal.core.errors import Fault
from jobmaal.documents.figures import Figure

#: Values are kept to this many places; a share or an average may have more.
_PLACES = Decimal("0.0001")

#: What returns the value of a figure: the one that was read, or another on trial.
Values = Callable[[Figure], Decimal]


def sum_of(used: Sequence[tuple[int, Figure]]) -> Callable[[Values], Decimal]:
    """Return the formula of a sum in which each figure counts a number of times."""
    return lambda value: sum((times * value(figure) for times, figure in used), Decimal(0))


@dataclass(frozen=True)
class Claim:
    """A claim, worked out in kroner, percent or pieces.

    `claim_id` is `<document_id>:<local id>`; `used` are the figures that `formula` computes the number from, and
    `is_sum` is whether it only adds and subtracts them. `status` is ok, known (a reviewed fault, with this residual),
    ambiguous (reviewed: it holds in one of two readings) or broken; `expected_residual` is that of the reviewed fault,
    zero without one.
    """

    claim_id: str
    document_id: str
    claim_kind: str
    scope: str
    scope_da: str
    stated: Figure
    used: tuple[Figure, ...]
    formula: Callable[[Values], Decimal] = field(compare=False, repr=False)
    cells_checked: int
    is_sum: bool = True
    status: str = "ok"
    explanation: str = ""
    explanation_da: str = ""
    reviewed_by: str = ""
    expected_residual: Decimal = Decimal(0)

    @property
    def local_id(self) -> str:
        """Its id within the document."""
        return self.claim_id.removeprefix(f"{self.document_id}:")

    @property
    def source_refs(self) -> tuple[str, ...]:
        """Every figure that it rests on, the stated one first."""
        return tuple(dict.fromkeys(figure.source_ref for figure in (self.stated, *self.used)))

    @property
    def is_readable(self) -> bool:
        """Whether all its numbers can be read. Without that it never holds."""
        return all(figure.number.value is not None for figure in (self.stated, *self.used))

    @cached_property
    def computed_value(self) -> Decimal:
        """What the other numbers make it."""
        return self._computed(lambda figure: figure.value)

    @property
    def residual(self) -> Decimal:
        """Stated minus computed."""
        return self.stated.value - self.computed_value

    @cached_property
    def tolerance(self) -> Decimal:
        """Half a step of the last printed digit: what rounding can explain, and no more.

        Only where numbers of one kind are added do the parts' own digits say how exactly they should agree.
        """
        figures = (self.stated, *self.used) if self.is_sum else (self.stated,)
        places = [figure.number.place for figure in figures if figure.number.place is not None]
        return (min(places, default=Decimal(1)) / 2).quantize(_PLACES)

    @property
    def holds(self) -> bool:
        """Whether the stated number is the computed one, as exactly as it is printed."""
        return self.is_readable and abs(self.residual) <= self.tolerance

    def deviation_with(self, figure: Figure, value: Decimal) -> Decimal:
        """Return how far the residual would be from the expected one, were this the figure's value."""

        def values(other: Figure) -> Decimal:
            return value if other.source_ref == figure.source_ref else other.value

        return values(self.stated) - self._computed(values) - self.expected_residual

    def holds_with(self, figure: Figure, value: Decimal) -> bool:
        """Check whether the claim would be as it is reviewed to be, were this the figure's value."""
        return abs(self.deviation_with(figure, value)) <= (0 if self.expected_residual else self.tolerance)

    def _computed(self, values: Values) -> Decimal:
        return self.formula(values).quantize(_PLACES)

    def __str__(self) -> str:
        """Return the claim as one line for a person."""
        stated = "?" if self.stated.number.value is None else shown(self.stated.value)
        text = f"{self.claim_id}: {self.scope}: stated {stated}, computed {shown(self.computed_value)}, "
        text += f"residual {shown(self.residual)} {self.stated.number.unit}"
        return text + (f" ({self.explanation})" if self.explanation else "")

    def fault(self) -> Fault:
        """Return a broken claim like any other fault, at the place of the number that it states."""
        rule = f"does not agree with the numbers that imply it: {self}"
        if self._is_thousandfold:
            rule += "; one is a thousand times the other, so an amount in 1.000 kr. may be typed with the unit kr."
        return self.stated.row.fault("printed", rule)

    @property
    def _is_thousandfold(self) -> bool:
        if not self.is_readable or self.stated.number.unit != "kr." or not self.computed_value:
            return False
        small, large = sorted((self.stated.value, self.computed_value), key=abs)
        return abs(large - 1000 * small) <= 1000 * self.tolerance


def shown(value: Decimal) -> str:
    """Return a value without exponent or needless zeros."""
    return f"{value.normalize():f}"
