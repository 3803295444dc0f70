"""Why a claim that does not hold is `known`, `ambiguous` or `broken`: the reviewed list of known faults.

Belongs here: comparing a claim with its row of `known_faults.csv`. Does not: working the claim out (`claims`), nor what
is done about a broken one (the gate's).

A row holds for its exact residual alone. Where the residual is another one, or the claim holds, the row itself is what
is wrong, so the list never grows stale.
"""

from dataclasses import replace
from decimal import Decimal

from jobmaal.documents.claims import Claim, shown
from jobmaal.inputs.tables import Row


def judge(claim: Claim, entry: Row | None) -> Claim:
    """Return a claim with its status and the reason for it in both languages. `entry` is its row, if there is one."""
    if entry is None:
        unexplained = ("no entry in known_faults.csv explains it", "ingen post i known_faults.csv forklarer det")
        return claim if claim.holds else _broken(claim, *unexplained)
    claim = replace(claim, reviewed_by=entry["reviewed_by"], expected_residual=Decimal(entry["residual"]))
    place = f"{entry.file}:{entry.line}"
    if claim.holds:
        expected = f"{place} expects a fault, but the claim holds"
        return _broken(claim, expected, f"{place} venter en fejl, men regnestykket holder")
    if claim.residual != claim.expected_residual:
        # As the entry has it, with a decimal point in both languages: it is looked for there.
        residual = shown(claim.expected_residual)
        return _broken(claim, f"{place} expects a residual of {residual}", f"{place} venter en afvigelse på {residual}")
    reason, reason_da = entry["reason"], entry["explanation_da"]
    if not entry["other_reading"]:
        return replace(claim, status="known", explanation=reason, explanation_da=reason_da)
    return replace(
        claim,
        status="ambiguous",
        explanation=f"{reason} Or: {entry['other_reading']}",
        explanation_da=f"{reason_da} Eller: {entry['other_reading_da']}",
    )


def _broken(claim: Claim, explanation: str, explanation_da: str) -> Claim:
    return replace(claim, status="broken", explanation=explanation, explanation_da=explanation_da)
