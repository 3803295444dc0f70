"""Asking all rules about the figures of a response, and saying why one is refused.

Belongs here: which rules are asked and in which order. Does not: the rules (`complete`, `sizes`), reviews and what has
landed (`history`).
"""

from __future__ import annotations

from collections.abc import Sequence

from jobmaal.jobindsats.refusal.complete import incomplete, large_nulls, nulls
from jobmaal.jobindsats.refusal.grid import NULLS, SCALE, Before, Expected, Finding, Grid, added_up, only_total
from jobmaal.jobindsats.refusal.sizes import compared, country, parts


def judge(new: Grid, before: Before | None, expected: Expected) -> list[Finding]:
    """Return the rules that a response breaks, each once, with its first finding."""
    found: dict[str, Finding] = {}
    for findings in (
        nulls(new),
        incomplete(new, before, expected),
        compared(new, before),
        *(country(new, expected, at) for at in added_up(new)),
        *(parts(new, at, total) for at in added_up(new) for total in only_total(new)),
    ):
        for finding in findings:
            found.setdefault(finding.rule, finding)
        if NULLS in found and found[NULLS].text.startswith("all "):
            return list(found.values())
    # In another scale a small cell looks like a large one.
    if NULLS not in found and SCALE not in found:
        found |= {finding.rule: finding for finding in large_nulls(new, before)}
    return list(found.values())


def reason(findings: Sequence[Finding], table_id: str, response: str, today: str) -> str:
    """Write why a response is not taken, and the rows that would accept it."""
    text = "; ".join(f"{finding.text} (rule {finding.rule})" for finding in findings)
    rows = "  ".join(f"{table_id},{response},{finding.rule},REASON,REVIEWER,{today}," for finding in findings)
    return (
        f"cannot be right: {text}. If the publisher's own page shows the same, accept it with a row in "
        f"shared/series_reviews.csv for each rule, then fetch or land it again: {rows}"
    )
