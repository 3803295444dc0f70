"""Units that may be typed beside a printed number: those with a meaning of their own, and what is counted.

Belongs here: which units there are, and what is wrong with another. Does not: how a number in a unit is read
(`documents.numbers`), nor in what unit a series is published (`jobindsats.units`).
"""

import re
from decimal import Decimal

MILLION = Decimal(1_000_000)

#: Units with a meaning of their own. Every other unit is the name of what is counted.
MONEY_UNITS = {"kr.": Decimal(1), "1.000 kr.": Decimal(1000), "mio. kr.": MILLION, "mia. kr.": 1000 * MILLION}
SHARE_UNITS = {"pct.", "pct.-point"}
RANK_UNIT = "nr."
DATE_UNIT = "dato"
TEXT_UNIT = "tekst"
#: Units that are measured: their numbers may have decimals, as those of money and shares may. Whatever else a unit
#: names is counted whole. Persons in full-time terms are not here, since documents print them whole; a row that has
#: decimals all the same says so in the column `reading`.
MEASURED_UNITS = frozenset(
    {
        "år", "kvartaler", "måneder", "uger", "dage", "arbejdsdage", "døgn", "timer", "minutter",
        "årsværk", "gange", "point", "karakter", "km", "meter", "kvm",
    }
)  # fmt: skip
#: What is counted, in plain words: `forløb`, `IPS-forløb`, `ledige borgere`.
_COUNTED_UNIT_RE = re.compile(r"[^\W\d_]{2,}(?:[- ][^\W\d_]+)*")
_LONGEST_UNIT = 60
#: Words that no thing is counted in: a unit with one of them must be written as one of those with a meaning.
_WORDS_OF_MEANING = {
    "kr", "tkr", "krone", "kroner", "øre", "dkk", "mio", "mill", "million", "millioner", "mia", "milliard",
    "milliarder", "tusind", "tusinde", "tusinder", "hundrede", "eur", "euro", "usd", "dollar", "sek", "nok", "gbp",
    "pct", "procent", "procenter", "procentpoint", "promille", "nr", "nummer", "dato", "tekst", "pr",
}  # fmt: skip

MONTH_NAMES = (
    "januar", "februar", "marts", "april", "maj", "juni", "juli", "august", "september", "oktober", "november",
    "december",
)  # fmt: skip
#: What documents call months, with their numbers.
MONTHS = {name: number for number, name in enumerate(MONTH_NAMES, start=1)}
MONTHS |= {"jan": 1, "feb": 2, "aug": 8, "sept": 9, "okt": 10, "nov": 11, "dec": 12}
#: The names of months, in the Danish and the English of spreadsheets, which make `01-feb` of `1-2`.
MONTH_WORDS = MONTHS.keys() | {"mar", "apr", "may", "jun", "jul", "sep", "oct"}


def unit_problem(unit: str) -> str | None:
    """Return what is wrong with a unit: it has a meaning of its own, or is a plain word for what is counted."""
    if unit in MONEY_UNITS or unit in SHARE_UNITS or unit in (RANK_UNIT, DATE_UNIT, TEXT_UNIT):
        return None
    words = set(re.findall(r"[^\W\d_]+|%", unit.lower()))
    if words & _WORDS_OF_MEANING or "%" in words:
        known = ", ".join(MONEY_UNITS)
        return f"has the unknown unit '{unit}'; write {known}, pct. or pct.-point (nr. for a rank, dato, tekst)"
    if words & MONTH_WORDS:
        return f"has the unknown unit '{unit}', which is a month; type the unit that is printed"
    if len(unit) > _LONGEST_UNIT or not _COUNTED_UNIT_RE.fullmatch(unit):
        return "is no unit; write one with a meaning (kr., pct., dato), or a plain word for what is counted (forløb)"
    return None
