"""When a response is refused: it cannot be what the publisher means, so it is quarantined and does not land.

A response is refused where its form is none (`jobindsats.response`: columns, labels, numbers), or where its figures
break one of these rules, unless a reviewed row of series_reviews.csv accepts that response:

    incomplete  areas, members, periods or columns are missing
    nulls       values are null that are no suppressed small cells
    scale       figures are many times as large, or out of range
    revisions   more figures changed, or by more, than the publisher ever revises
    swapped     columns, members or periods stand in each other's place

Belongs here: the rules on figures, and what has landed of a table as far as they need it (`history`). Does not:
quarantine (`landing`).

The publisher revises, suppresses small cells and adds periods; that is legitimate, and the thresholds leave it room.
They were set on saved responses: a release revised at most one cell in eleven and hardly any by a fifth, no cell that
had a value was suppressed later, and of the areas only islands with at most 12 persons were left out.
"""

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
