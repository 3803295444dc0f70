"""Whether a measure counts persons, as its label, its unit and the data team's review tell.

Belongs here: the classification that the suppression of small counts follows. Does not: units (`units`), suppressing
(`jobmaal.disclosure`), or what else a label means (`identity`).

Protection is the default: what is neither a percentage nor a rank counts persons until a reviewed row of
`series_measures.csv` exempts the measure by its id. No value has a say, since one wrong value would open the gate.
"""

from __future__ import annotations

import re

from jobmaal.jobindsats.units import RELATIVE_UNITS

#: The kinds of measures: counts of persons; percentages and ranks; what was reviewed and counts no persons; and what
#: cannot be told apart, which public outputs withhold.
PERSONS, RELATIVE, OTHER, UNCLASSIFIED = "persons", "relative", "other", "unclassified"
_READS_RELATIVE_RE = re.compile(r"\bpct\b|\bprocent|\bandel\b|\bplacering\b", re.IGNORECASE)
_READS_COUNT_RE = re.compile(r"\bantal\b", re.IGNORECASE)


def kind_of(label: str, unit: str, is_reviewed: bool) -> str:
    """Return the kind of a measure; `is_reviewed` where a reviewer says that it counts no persons."""
    if is_reviewed:
        return RELATIVE if unit in RELATIVE_UNITS else OTHER
    reads_relative = bool(_READS_RELATIVE_RE.search(label))
    if unit not in RELATIVE_UNITS and not reads_relative:
        return PERSONS
    # A label that says both, or a unit that the label does not bear out, is no exemption.
    is_plain = unit in RELATIVE_UNITS and reads_relative and not _READS_COUNT_RE.search(label)
    return RELATIVE if is_plain else UNCLASSIFIED
