"""Whether a measure counts persons, as its label, its unit and the data team's review show.

Belongs here: the classification that the suppression of small counts follows. Does not: units (`units`), suppressing
(`jobmaal.outputs.suppression`), or what else a label means (`identity`).

Protection is the default: what is neither a percentage nor a rank counts persons until a reviewed row of
`series_measures.csv` exempts the measure by its id. No value has a say, since one wrong value would open the gate.
"""

import re

from jobmaal.jobindsats.units import PERCENT, PLACE, POINTS, RELATIVE_UNITS

#: The kinds of measures: counts of persons; percentages and ranks; what was reviewed and counts no persons; and what
#: cannot be classified, which public outputs withhold.
PERSONS, RELATIVE, OTHER, UNCLASSIFIED = "persons", "relative", "other", "unclassified"
#: How the label of a percentage reads: "Ledige i pct. af …", "… (pct. point)", "Andel …". Not "Personer med mindst
#: 50 pct. …", which is a count; nor "Placering i job", which is no rank.
_PERCENTAGE_RE = re.compile(
    r"\bi (pct|procent)\b(?!\.?-)|\((pct|procent)\.?( ?-?point)?\)|, (pct\.|procent)$|^(pct|procent)\b"
    r"|^((forventet|faktisk) )?andel(en)?\b",
    re.IGNORECASE,
)
_RANK_RE = re.compile(r"^placering(en)?( på \w*rangliste\w*)?$", re.IGNORECASE)
#: Words of percentages, of ranks, and of differences, which may be negative: a label with one is no plain count.
_DOUBTFUL_RE = re.compile(
    r"pct\b|procent|\bandel|placering|\bforskel|\bdifference|\bændring|\budvikling|\bstigning|\bfald\b|\b(til)?vækst\b"
    r"|\bnetto|\bafvigelse|%",
    re.IGNORECASE,
)
_COUNT_RE = re.compile(r"\bantal", re.IGNORECASE)


def kind_of(label: str, unit: str, is_reviewed: bool) -> str:
    """Return the kind of a measure; `is_reviewed` where a reviewer says that it counts no persons."""
    if is_reviewed:
        return OTHER
    # "Group: measure" where the publisher groups measures: the measure's own name has to say it.
    name = label.rpartition(": ")[2]
    reads_relative = {PERCENT: _PERCENTAGE_RE, POINTS: _PERCENTAGE_RE, PLACE: _RANK_RE}.get(unit)
    if reads_relative and reads_relative.search(name) and not _COUNT_RE.search(label):
        return RELATIVE
    # A label that says both, or a unit that the label does not confirm, is no exemption.
    return UNCLASSIFIED if unit in RELATIVE_UNITS or _DOUBTFUL_RE.search(label) else PERSONS
