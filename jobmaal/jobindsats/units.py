"""Units of measures, as labels state them.

Belongs here: the units that the code knows, and reading one from a label. Does not: what a label means (`identity`), or
whether a measure counts persons (`kinds`).
"""

PERCENT, POINTS, PLACE = "pct.", "pct.-point", "nr."
PERSONS, FULL_TIME_PERSONS = "personer", "fuldtidspersoner"
#: The unit of a measure that the data team has not described and whose label names none.
UNKNOWN = "ukendt"
#: Units in which parts of the population do not add up to the whole.
RELATIVE_UNITS = (PERCENT, POINTS, PLACE)
#: What a label says of its unit, the first that fits; for measures that the data team has not described. A rate or a
#: mean of persons is not a number of persons, and which unit it has its label does not tell. Nor does "antal" alone.
_UNITS = (
    ("pct. point", POINTS), ("pct.-point", POINTS), ("procentpoint", POINTS), ("pct.", PERCENT), ("procent", PERCENT),
    ("andel", PERCENT), ("placering", PLACE), ("gennemsnit", UNKNOWN), ("indeks", UNKNOWN), (" pr. ", UNKNOWN),
    ("fuldtidspersoner", FULL_TIME_PERSONS), ("helårspersoner", "helårspersoner"), ("personer", PERSONS),
)  # fmt: skip


def unit_of(label: str) -> str:
    """Return the unit that a measure's label states; UNKNOWN where it states none, since nothing may be assumed."""
    text = label.casefold()
    return next((unit for word, unit in _UNITS if word in text), UNKNOWN)
