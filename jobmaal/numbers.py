"""Danish numbers as documents print them, turned into exact decimals.

Belongs here: the one grammar by which `42,5`, `26.898.526 kr.`, `ca. 1.000`, `60-70`, `[XX]` or
`1. juli 2007` become values. Does not: where a number stands or what it means.

The grammar is strict: whatever it does not know is an error, because a number read wrongly is worse
than a number that stops the build.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal

MILLION = Decimal(1_000_000)

#: Units with a meaning of their own. Every other unit is the name of what is counted.
MONEY_UNITS = {"kr.": Decimal(1), "mio. kr.": MILLION}
SHARE_UNITS = {"pct.", "pct.-point"}
DATE_UNIT = "dato"
TEXT_UNIT = "tekst"

_QUALIFIERS = {
    "approx": ("ca.", "ca", "cirka", "godt", "knap", "omtrent", "omkring", "skønsmæssigt", "næsten"),
    "at_least": ("mindst", "minimum", "min.", "mere end", "flere end", "over"),
    "at_most": ("op til", "højst", "højest", "maksimalt", "maks.", "under", "mindre end", "inden for maksimalt"),
}
_QUALIFIER_OF = {word: kind for kind, words in _QUALIFIERS.items() for word in words}
_QUALIFIER_RE = re.compile(
    r"^(" + "|".join(re.escape(w) for w in sorted(_QUALIFIER_OF, key=len, reverse=True)) + r")(?=[\s\d])\s*"
)
#: Words that may stand before a rank.
_RANK_PREFIX_RE = re.compile(r"^(nummer|nr\.|top|plads)\s+")

_CARDINALS = {
    "nul": 0, "en": 1, "én": 1, "et": 1, "ét": 1, "to": 2, "tre": 3, "fire": 4, "fem": 5, "seks": 6, "syv": 7,
    "otte": 8, "ni": 9, "ti": 10, "elleve": 11, "tolv": 12,
}  # fmt: skip
_ORDINALS = {"tredje": 3, "fjerde": 4, "femte": 5, "sjette": 6, "syvende": 7, "ottende": 8, "niende": 9, "tiende": 10}
#: Words that say first place where ranks are concerned.
_FIRST_PLACE = {"førerposition", "bedst", "bedste", "flest", "først", "nummer et"}
_MULTIPLES = {"fordobles": 2, "tredobles": 3, "firedobles": 4}

# One number: thousands in groups of three behind dots, or plain digits; a decimal comma, after which a
# stray space is forgiven (`5, 0`); or a decimal dot, which only counts as one where it cannot be a group.
_NUMBER = r"[-−]?(?:\d{1,3}(?:\.\d{3})+(?:,\s?\d+)?|\d+\.\d{1,2}(?!\d)|\d+(?:,\s?\d+)?)"
# Behind a number comes a space, a sign or nothing: no further digits, and no letter that may be a digit misread.
_NUMBER_ENDS = r"(?![\d.,]*\d)(?=$|[\s.,%-])"
_RANGE_RE = re.compile(rf"^(?:mellem\s+)?({_NUMBER})\s*(?:[-–]|\s(?:og|til)\s)\s*({_NUMBER})" + _NUMBER_ENDS)
_SINGLE_RE = re.compile(rf"^({_NUMBER})" + _NUMBER_ENDS)
_PLACEHOLDER_RE = re.compile(r"^\[\s*x+\s*\]$")

_MONEY_TAIL_RE = re.compile(r"^(mio\.?|mill\.?|millioner)?\s*(kr\.?|kroner|dkk)?\.?$")
_SHARE_TAIL_RE = re.compile(r"^(pct\.?|procent|%|pct\.?-?\s?point|procentpoint)?\.?$")
_COUNT_TAIL_RE = re.compile(r"^[.-]?\s*[^\W\d_][^\d]*$|^\.?$")

_MONTHS = {
    name: number
    for number, name in enumerate(
        ["januar", "februar", "marts", "april", "maj", "juni", "juli", "august", "september", "oktober", "november",
         "december"], start=1)
}  # fmt: skip
_MONTHS |= {"jan": 1, "feb": 2, "aug": 8, "sept": 9, "okt": 10, "nov": 11, "dec": 12}
#: Words for a part of the year, with its last month.
_SEASONS = {"primo": 1, "foråret": 5, "inden sommeren": 5, "medio": 6, "sommeren": 8, "efteråret": 11, "ultimo": 12}
_LAST_DAY = {1: 31, 2: 28, 3: 31, 4: 30, 5: 31, 6: 30, 7: 31, 8: 31, 9: 30, 10: 31, 11: 30, 12: 31}
_YEAR_RE = re.compile(r"\b((?:19|20)\d{2})\b")
_ISO_DATE_RE = re.compile(r"^(\d{4})-(\d{2})-(\d{2})$")
_DAY_RE = re.compile(r"\b(\d{1,2})\.\s*(" + "|".join(sorted(_MONTHS, key=len, reverse=True)) + r")\b")
_MONTH_RE = re.compile(r"\b(" + "|".join(sorted(_MONTHS, key=len, reverse=True)) + r")\b")
_QUARTER_RE = re.compile(r"\b([1-4])\.\s*kvartal\b")


class NumberError(ValueError):
    """A text that is no number by this grammar. The message says what is wrong with it."""


@dataclass(frozen=True)
class Number:
    """A printed number.

    `value` and `value_to` are in kroner, percent or pieces (a date: yyyymmdd); `value_to` is the upper
    end of a range. `qualifier` is exact, approx, at_least, at_most or range; `status` is reported,
    illegible or not_collected. `place` is what one step of the last printed digit is worth, in the
    value's own unit: it decides how exactly a sum has to agree.
    """

    value: Decimal | None
    value_to: Decimal | None
    unit: str
    qualifier: str
    status: str
    place: Decimal | None


def parse(text: str, unit: str) -> Number:
    """Read `text`, printed in a place where `unit` is meant.

    Units: `kr.` and `mio. kr.` (both give kroner), `pct.`, `pct.-point`, `dato` (gives yyyymmdd),
    `tekst` (no number at all), or the name of what is counted. Raises NumberError.
    """
    words = re.sub(r"\s+", " ", unicodedata.normalize("NFC", text)).strip().lower()
    base = "kr." if unit in MONEY_UNITS else unit
    if not words:
        raise NumberError("is blank where a number is needed")
    if unit == TEXT_UNIT or _PLACEHOLDER_RE.match(words):
        return Number(None, None, base, "exact", "not_collected", None)
    if "?" in words:
        return Number(None, None, base, "exact", "illegible", None)
    if unit == DATE_UNIT:
        return _date(words)

    qualifier = "exact"
    while match := _QUALIFIER_RE.match(words):
        # "skønsmæssigt mellem", "mere end ca.": the stronger word, which comes first, stands.
        qualifier = _QUALIFIER_OF[match[1]] if qualifier == "exact" else qualifier
        words = words[match.end() :].removeprefix("om ")
    words = _RANK_PREFIX_RE.sub("", words) if unit == "nr." else words

    spoken = _spoken(words, unit)
    if spoken is not None:
        return Number(spoken, None, base, qualifier, "reported", Decimal(1))
    if match := _RANGE_RE.match(words):
        scale = _scale(words[match.end() :].strip(), unit)
        low, high = _decimal(match[1]), _decimal(match[2])
        if low[0] > high[0]:
            raise NumberError("is a range whose lower end is above its upper end")
        return Number(low[0] * scale, high[0] * scale, base, "range", "reported", min(low[1], high[1]) * scale)
    if match := _SINGLE_RE.match(words):
        scale = _scale(words[match.end() :].strip(), unit)
        value, place = _decimal(match[1])
        if qualifier == "approx" and place == 1:
            place = _rounded_place(value)
        return Number(value * scale, None, base, qualifier, "reported", place * scale)
    raise NumberError("is no number in Danish notation (42,5 or 26.898.526 or 60-70 or ca. 1.000)")


def _decimal(digits: str) -> tuple[Decimal, Decimal]:
    """Give the value of one printed number and what its last digit is worth."""
    plain = digits.replace("−", "-").replace(" ", "")
    if "," in plain or re.search(r"\.\d{3}(?:\D|$)", plain):
        plain = plain.replace(".", "").replace(",", ".")
    value = Decimal(plain)
    return value, Decimal(1).scaleb(int(value.as_tuple().exponent))


def _rounded_place(value: Decimal) -> Decimal:
    """Say how far an approximate whole number was rounded: its trailing zeros (ca. 9.600: to 100)."""
    digits = str(abs(int(value)))
    zeros = len(digits) - len(digits.rstrip("0"))
    return Decimal(10) ** (zeros if zeros < len(digits) else 0)


def _scale(tail: str, unit: str) -> Decimal:
    """Check the words behind the number against the unit and say what to multiply by."""
    if unit in MONEY_UNITS:
        match = _MONEY_TAIL_RE.match(tail)
        if not match:
            raise NumberError(f"ends in {tail!r}, which is no word for money")
        if match[1] and unit == "kr.":
            raise NumberError("says millions, but the unit is 'kr.'; the unit must be 'mio. kr.'")
        if match[2] and not match[1] and unit == "mio. kr.":
            raise NumberError("says kroner, but the unit is 'mio. kr.'; the unit must be 'kr.'")
        return MONEY_UNITS[unit]
    pattern = _SHARE_TAIL_RE if unit in SHARE_UNITS else _COUNT_TAIL_RE
    if not pattern.match(tail):
        raise NumberError(f"ends in {tail!r}, which does not go with the unit '{unit}'")
    if pattern is _COUNT_TAIL_RE and re.match(r"^(pct|procent|%|mio|mill|kr\.|kroner)", tail):
        raise NumberError(f"ends in {tail!r}, which contradicts the unit '{unit}'")
    return Decimal(1)


def _spoken(words: str, unit: str) -> Decimal | None:
    """Read number words: `tre`, `otte mål`, `alle`, `hver tredje`, `fire ud af fem`, `førerposition`."""
    first = words.split(" ", maxsplit=1)[0]
    if unit == "nr." and words in _FIRST_PLACE:
        return Decimal(1)
    if unit == "nr." and first.rstrip(".") in ("første", "anden", *_ORDINALS):
        return Decimal({"første": 1, "anden": 2, **_ORDINALS}[first.rstrip(".")])
    if unit == "pct.":
        if first in ("alle", "samtlige"):
            return Decimal(100)
        if first in ("halvdelen", "halvdel"):
            return Decimal(50)
        if (match := re.match(r"^hver (\w+)$", words)) and match[1] in {"anden": 2, **_ORDINALS}:
            return (Decimal(100) / {"anden": 2, **_ORDINALS}[match[1]]).quantize(Decimal("0.0001"))
        if match := re.match(r"^(\w+) ud af (\w+)$", words):
            part, whole = _CARDINALS.get(match[1]), _CARDINALS.get(match[2])
            if part is not None and whole:
                return (Decimal(100 * part) / whole).quantize(Decimal("0.0001"))
    if words in _MULTIPLES:
        return Decimal(_MULTIPLES[words])
    if first in _CARDINALS and _tail_fits(words[len(first) :].strip(), unit):
        return Decimal(_CARDINALS[first])
    return None


def _tail_fits(tail: str, unit: str) -> bool:
    """Say whether the words behind a number word go with the unit."""
    try:
        return unit not in MONEY_UNITS and bool(_scale(tail, unit))
    except NumberError:
        return False


def _date(words: str) -> Number:
    """Read a deadline: the last day of what is printed, as yyyymmdd. No year printed: not_collected."""
    if match := _ISO_DATE_RE.match(words):
        return _day(int(match[1]), int(match[2]), int(match[3]))
    year_match = _YEAR_RE.search(words)
    if not year_match:
        return Number(None, None, DATE_UNIT, "exact", "not_collected", None)
    year = int(year_match[1])
    if match := _DAY_RE.search(words):
        return _day(year, _MONTHS[match[2]], int(match[1]))
    if match := _QUARTER_RE.search(words):
        month = int(match[1]) * 3
        return _day(year, month, _LAST_DAY[month])
    if match := _MONTH_RE.search(words):
        month = _MONTHS[match[1]]
        return _day(year, month, _LAST_DAY[month])
    for season, month in _SEASONS.items():
        if season in words:
            return _day(year, month, _LAST_DAY[month])
    return _day(year, 12, 31)


def _day(year: int, month: int, day: int) -> Number:
    leap_day = month == 2 and day == 29 and year % 4 == 0  # noqa: PLR2004
    if not 1 <= month <= 12 or not (1 <= day <= _LAST_DAY[month] or leap_day):  # noqa: PLR2004
        raise NumberError("is no day in the calendar")
    return Number(Decimal(year * 10_000 + month * 100 + day), None, DATE_UNIT, "exact", "reported", Decimal(1))
