"""Danish numbers as documents print them, turned into exact decimals and back.

Belongs here: the one grammar by which `42,5`, `26.898.526 kr.`, `(600)`, `ca. 1.000`, `60-70`, `[XX]` or
`1. juli 2007` become values, and how a value is printed. Does not: where a number is printed or what it means.

The grammar is strict: what it does not know is an error, because a number read wrongly is worse
than a number that stops the build.
"""

import calendar
import datetime as dt
import re
import unicodedata
from dataclasses import dataclass, replace
from decimal import Decimal

from jobmaal.inputs.units import (
    DATE_UNIT,
    MEASURED_UNITS,
    MONEY_UNITS,
    MONTH_WORDS,
    MONTHS,
    SHARE_UNITS,
    TEXT_UNIT,
    unit_problem,
)

_QUALIFIERS = {
    "approx": ("ca.", "ca", "cirka", "godt", "knap", "omtrent", "omkring", "skønsmæssigt", "næsten", "typisk"),
    "at_least": ("mindst", "minimum", "min.", "mere end", "flere end", "over"),
    "at_most": (
        "op til", "højst", "højest", "maksimalt", "maksimalt være", "maks.", "under", "mindre end", "senest", "inden",
        "inden for", "indenfor", "inden for de første", "inden for maksimalt",
    ),
}  # fmt: skip
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
_PLACES = {
    "første": 1, "anden": 2, "tredje": 3, "fjerde": 4, "femte": 5, "sjette": 6, "syvende": 7, "ottende": 8,
    "niende": 9, "tiende": 10,
}  # fmt: skip
_WHOLE_SHARES = {"alle": 100, "samtlige": 100, "halvdelen": 50, "halvdel": 50}
#: Words that say which place, where ranks are concerned.
_PLACE_WORDS = {
    "førerposition": 1, "bedst": 1, "bedste": 1, "flest": 1, "først": 1, "næstbedst": 2, "næstbedste": 2,
    "næstkorteste": 2,
}  # fmt: skip
_MULTIPLES = {"fordobles": 2, "tredobles": 3, "firedobles": 4}

# One number: thousands in groups of three behind dots or behind spaces, or plain digits; a decimal comma, after which
# a stray space is forgiven (`5, 0`); or a dot before at most three digits, of which `_with_decimal_point` judges.
_GROUPS = r"[1-9]\d{0,2}(?:(?:\.\d{3})+|(?: \d{3})+)(?:,\s?\d+)?"
_UNSIGNED = rf"(?:{_GROUPS}|\d+\.\d{{1,3}}(?![.\d])|\d+(?:,\s?\d+)?)"
_NUMBER = r"[-−]?" + _UNSIGNED
# Behind a number comes a space, a sign or nothing: no further digits, and no letter that may be a digit misread.
_NUMBER_ENDS = r"(?![\d.,]*\d)(?=$|[\s.,%-])"
_RANGE_RE = re.compile(rf"^(?:mellem\s+)?({_NUMBER})\s*(?:[-–]|\s(?:og|til)\s)\s*({_NUMBER})" + _NUMBER_ENDS)
_SINGLE_RE = re.compile(rf"^({_NUMBER})" + _NUMBER_ENDS)
_PLACEHOLDER_RE = re.compile(r"^\[\s*x+\s*\]$")

#: How a sign is printed: `–600`, `+1,2`; `600-`, `(600)`; and money without øre, `500.000,-`.
_SIGN_BEFORE_RE = re.compile(rf"^([+\-−–])\s?(?={_UNSIGNED})")
_SIGN_BEHIND_RE = re.compile(rf"^({_UNSIGNED})\s?[-−–](?=$|\s)")
_BRACKETS_RE = re.compile(rf"^\(({_UNSIGNED})\)(?=$|\s)")
_NO_OERE_RE = re.compile(rf"^([+\-−–]?{_UNSIGNED}),[-−–](?=$|\s)")
_KRONER_BEFORE_RE = re.compile(r"^(?:kr\.?|dkk)\s+(?=\S)")
#: Words for a change or a difference: whether it adds to the sum or takes from it, the text alone does not settle.
_CHANGE_RE = re.compile(
    r"^(?:(?:reduceres|nedsættes|nedskrives|sænkes|mindskes|falder|øges|forhøjes|hæves|stiger|reduktion|stigning)"
    r"|(?:mer|mindre)(?:udgift|forbrug|indtægt)(?:er|en|et)?|besparelse|effektivisering|indtægt(?:er)?|refusion)"
    r"(?: med| på| om)?:?\s+"
)
_SCALES = {"mia": "mia. kr.", "milliard": "mia. kr.", "mi": "mio. kr.", "t": "1.000 kr."}
_SCALE_WORDS = {"mio. kr.": "millions", "mia. kr.": "billions", "1.000 kr.": "thousands", "kr.": "kroner"}
_MONEY_TAIL_RE = re.compile(
    r"^(mio\.?|mill\.?|millioner|mia\.?|milliard(?:er)?|t\.?(?=\s?kr)|tusinde?)?\s*(kr\.?|kroner|dkk)?\.?$"
)
_SHARE_TAIL_RES = {
    "pct.": re.compile(r"^(pct\.?|procent|%)?\.?$"),
    "pct.-point": re.compile(r"^(pct\.?-?\s?point|procentpoint)?\.?$"),
}
#: `13-ugers`, `3. bedst`, `400 forløb`: words, set off from the number.
_COUNT_TAIL_RE = re.compile(r"^(?:-[^\W\d_][^\d]*|\.|\.?\s*(?<![.])[^\W\d_][^\d]*|\.\s+[^\W\d_][^\d]*)?$")
#: Words that would change the number or its unit, so that they may not be passed over behind it.
_COUNTING_WORDS = {
    "hundrede", "tusind", "tusinde", "mio", "mill", "million", "millioner", "mia", "milliarder", "halv", "halvt",
    "halve", "halvanden", "kvart", "komma", "og", "til", "eller", "ud", "pct", "procent", "promille", "kr",
    "kroner", "dkk", "dusin", "snese", "mindst", "minimum", "højst", "højest", "maksimalt", "maks", "ca", "cirka",
    "omtrent", "skønsmæssigt", "derover", "derunder", "plus",
}  # fmt: skip
#: The forms in which a measure of time follows its number: `1 måned`, `13-ugers`.
_TIME_UNITS = {
    form + genitive: unit
    for unit, forms in {
        "år": ("år",), "kvartaler": ("kvartal", "kvartaler"), "måneder": ("måned", "måneder", "mdr"),
        "uger": ("uge", "uger"), "dage": ("dag", "dage"), "arbejdsdage": ("arbejdsdag", "arbejdsdage"),
        "døgn": ("døgn",), "timer": ("time", "timer"), "minutter": ("minut", "minutter"),
    }.items()
    for form in forms
    for genitive in ("", "s")
}  # fmt: skip
#: Units of money in which a dot before three digits groups thousands; in the larger ones it may begin decimals.
_WHOLE_MONEY = ("kr.", "1.000 kr.")
#: The warehouse keeps values in DECIMAL(18, 4); no figure of an agreement comes near it.
_MOST_DIGITS = 14
_MOST_DECIMALS = 4
_LONGEST_TEXT = 200

#: A spreadsheet that shows the day of a cell's date as a year shows one of these: 2007 becomes 29 June 1905.
_FIRST_YEAR = 1950
#: Words for a part of the year, with its last month.
_SEASONS = {"primo": 1, "foråret": 5, "inden sommeren": 5, "medio": 6, "sommeren": 8, "efteråret": 11, "ultimo": 12}
#: Words that may stand around a date without changing it.
_DATE_WORDS = {"i", "løbet", "af", "udgangen", "ved", "senest", "den", "inden", "pr.", "år"}
_YEAR_RE = re.compile(r"\b((?:19|20)\d{2})\b")
_WHOLE_DATE_RE = re.compile(r"^(\d{4})-(\d{2})-(\d{2})$|^(\d{1,2})\.(\d{1,2})\.(\d{4})$")
_PART_OF_YEAR_RE = re.compile(
    r"(?:(?<!\d)(?P<day>\d{1,2})\.\s*)?\b(?P<month>" + "|".join(sorted(MONTHS, key=len, reverse=True)) + r")\b"
    r"|\b(?P<quarter>[1-4])\.\s*kvartal\b|(?P<season>" + "|".join(_SEASONS) + ")"
)


class NumberError(ValueError):
    """A text that is no number by this grammar. The message says what is wrong with it."""


class UnitError(NumberError):
    """A unit that is none, whatever number is before it."""


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


def parse(text: str, unit: str, reading: str = "", sign: str = "") -> Number:
    """Return the number that `text` is, printed in a place where `unit` is meant.

    Units: those of money (all give kroner), `pct.`, `pct.-point`, `dato` (gives yyyymmdd), `tekst` (no number at all),
    or the name of what is counted. `reading` is `grouped`, `decimal` or blank: what a dot or comma before three digits
    does where the unit does not settle it. `sign` is `minus`, `plus` or blank: what the reviewer says where the text
    does not. Raises NumberError.
    """
    if len(text) > _LONGEST_TEXT:
        raise NumberError("is longer than any number")
    words = re.sub(r"\s+", " ", unicodedata.normalize("NFC", text)).strip().lower()
    base = "kr." if unit in MONEY_UNITS else unit
    if problem := unit_problem(unit):
        raise UnitError(problem)
    if not words:
        raise NumberError("is blank where a number is needed")
    if unit == TEXT_UNIT or _PLACEHOLDER_RE.match(words):
        return Number(None, None, base, "exact", "not_collected", None)
    if "?" in words:
        _check_question_marks(words, unit, sign)
        return Number(None, None, base, "exact", "illegible", None)
    if unit == DATE_UNIT:
        return _date(words)
    if odd := next((char for char in words if char.isnumeric() and not char.isascii()), None):
        raise NumberError(f"has the sign '{odd}', which may be a footnote mark or a part of the number; type 0-9 alone")
    return _in_range(_signed_amount(words, unit, base, reading, sign))


def printed(value: Decimal | float, digits: int | None = None, *, at_most: int = _MOST_DECIMALS) -> str:
    """Return a number with point and comma as in Danish: with as many decimals as it has, or with exactly `digits`."""
    text = f"{Decimal(str(value)):,.{at_most if digits is None else digits}f}"
    if digits is None and "." in text:
        text = text.rstrip("0").rstrip(".")
    return text.translate(str.maketrans(",.", ".,"))


def _check_question_marks(words: str, unit: str, sign: str) -> None:
    """Raise NumberError unless each `?` is a digit: with some digit in its place, the text is a number."""
    for digit in "1234567890":
        try:
            # No value comes of it, so that a doubtful dot does no harm.
            parse(words.replace("?", digit), unit, "grouped", sign)
        except NumberError:
            continue
        return
    raise NumberError("has a '?' that is in the place of no digit; type the letters and signs as they are printed")


def _signed_amount(words: str, unit: str, base: str, reading: str, sign: str) -> Number:
    """Return a number with the sign that is printed, or that the reviewer sets where none is."""
    words, is_change = _CHANGE_RE.subn("", words, count=1)
    qualifier, words = _qualified(words)
    words = _KRONER_BEFORE_RE.sub("", words) if unit in MONEY_UNITS else words
    words = _NO_OERE_RE.sub(r"\1", words) if unit in MONEY_UNITS else words
    printed_sign = ""
    if match := _SIGN_BEFORE_RE.match(words):
        printed_sign, words = "plus" if match[1] == "+" else "minus", words[match.end() :]
    elif not is_counted(unit) and (match := _SIGN_BEHIND_RE.match(words) or _BRACKETS_RE.match(words)):
        # In brackets, a single digit may as well be a footnote mark.
        is_mark = match.re is _BRACKETS_RE and len(match[1]) == 1
        printed_sign, words = "" if is_mark else "minus", match[1] + words[match.end() :]
        if is_mark and sign != "minus":
            raise NumberError(
                f"is -{match[1]} or a footnote mark; write 'minus' in the column 'sign', or type the number without it"
            )
    number = _amount(words, unit, base, reading, qualifier)
    if is_change and not (sign or printed_sign):
        below, above = (printed(value) if value else "0" for value in (-(number.value or 0), number.value or 0))
        raise NumberError(
            f"is {below} {base} where it lowers the sum (write 'minus' in the column 'sign'), or {above} {base} where "
            "it adds to it (write 'plus')"
        )
    if sign and printed_sign and sign != printed_sign:
        raise NumberError(f"is printed with the sign {printed_sign}, but the column 'sign' says {sign}")
    return _negative(number, is_printed=bool(printed_sign)) if "minus" in (sign, printed_sign) else number


def _negative(number: Number, *, is_printed: bool) -> Number:
    """Return a number below zero. A sign that is printed is the number's; the reviewer's turns what limits it too."""
    if number.value is None or number.value < 0:
        return number
    turned = {"at_least": "at_most", "at_most": "at_least"}
    qualifier = number.qualifier if is_printed else turned.get(number.qualifier, number.qualifier)
    if number.value_to is not None:
        return replace(number, value=-number.value_to, value_to=-number.value, qualifier=qualifier)
    return replace(number, value=-number.value, qualifier=qualifier)


def _qualified(words: str) -> tuple[str, str]:
    """Return what limits a number, and the words behind it."""
    qualifier = "exact"
    while match := _QUALIFIER_RE.match(words):
        # "skønsmæssigt mellem", "mere end ca.": the stronger word, which comes first, stands.
        qualifier = _QUALIFIER_OF[match[1]] if qualifier == "exact" else qualifier
        words = words[match.end() :].removeprefix("om ")
    return qualifier, words


def _amount(words: str, unit: str, base: str, reading: str, qualifier: str) -> Number:
    """Return a number: one value, a range, or words."""
    words = _RANK_PREFIX_RE.sub("", words) if unit == "nr." else words

    spoken = _spoken(words, unit)
    if spoken is not None:
        return Number(spoken, None, base, qualifier, "reported", Decimal(1))
    if match := _RANGE_RE.match(words) or _SINGLE_RE.match(words):
        scale = _scale(words[match.end() :].strip(), unit)
        (value, place), *upper = (_decimal(digits, unit, reading) for digits in match.groups())
        for value_to, place_to in upper:
            if value > value_to:
                raise NumberError("is a range whose lower end is above its upper end")
            return Number(value * scale, value_to * scale, base, "range", "reported", min(place, place_to) * scale)
        if qualifier == "approx" and place == 1:
            place = _rounded_place(value)
        return Number(value * scale, None, base, qualifier, "reported", place * scale)
    _refuse_months(words)
    raise NumberError("is no number in Danish notation (42,5 or 26.898.526 or 60-70 or ca. 1.000)")


def _decimal(digits: str, unit: str, reading: str) -> tuple[Decimal, Decimal]:
    """Return the value of one printed number and what its last digit is worth."""
    plain = digits.replace("−", "-").replace(" ", "")
    if re.match(r"-?0\d", plain):
        raise NumberError("begins with a zero, as spreadsheets write a day or a month; type what is printed")
    plain = _with_decimal_point(plain, unit, reading)
    whole, _, decimals = plain.lstrip("-").partition(".")
    if decimals and is_counted(unit) and reading != "decimal":
        raise NumberError(
            f"has decimals, but '{unit}' is counted whole; type what is printed (1.400 is easily saved as 1.4), "
            "or write 'decimal' in the column 'reading' where decimals are printed"
        )
    if len(whole) > _MOST_DIGITS or len(decimals) > _MOST_DECIMALS:
        raise NumberError(f"has more than {_MOST_DIGITS} digits, or more than {_MOST_DECIMALS} behind the comma")
    value = Decimal(plain)
    return value, Decimal(1).scaleb(-len(decimals))


def _with_decimal_point(plain: str, unit: str, reading: str) -> str:
    """Return a printed number without dots that group, and with a point where the decimals begin."""
    is_grouped = bool(re.fullmatch(r"-?[1-9]\d{0,2}(?:\.\d{3})+(?:,\d+)?", plain))
    grouped = plain.replace(".", "").replace(",", ".")
    if unit in _WHOLE_MONEY and re.fullmatch(r"-?[1-9]\d{0,2},\d{3}", plain) and reading != "decimal":
        if reading == "grouped":
            return plain.replace(",", "")
        readings = f"{plain.replace(',', '')} (grouped, as in English) or {plain} (decimal)"
        raise NumberError(
            f"has a comma that may group thousands or begin decimals: {readings}; "
            "write 'grouped' or 'decimal' in the column 'reading'"
        )
    if not re.fullmatch(r"-?\d+\.\d+", plain):
        return grouped
    is_certain = unit in _WHOLE_MONEY or is_counted(unit)
    if re.search(r"\.\d{3}$", plain):
        if is_certain and (reading == "decimal" or not is_grouped):
            raise NumberError(f"has a dot that groups no thousands, though in '{unit}' a dot before three digits does")
        if is_certain or (is_grouped and reading == "grouped"):
            return grouped
        if reading == "decimal":
            return plain
        readings = f"{grouped} (grouped) or {plain.replace('.', ',')} (decimal)" if is_grouped else "decimal alone"
        raise NumberError(
            f"has a dot that may group thousands or begin decimals: {readings}; "
            "write 'grouped' or 'decimal' in the column 'reading', or type a decimal comma"
        )
    if is_certain and reading != "decimal":
        raise NumberError(
            f"has a dot before fewer than three digits, but in '{unit}' a dot groups thousands; "
            "type what is printed (2.500 is easily saved as 2.5)"
        )
    return plain


def is_counted(unit: str) -> bool:
    """Check whether a unit names a thing that is counted whole, a place in a ranking among them."""
    return unit not in MONEY_UNITS and unit not in SHARE_UNITS and unit not in MEASURED_UNITS


def _refuse_months(words: str) -> None:
    """Raise NumberError for a text with the name of a month, which no number has."""
    month = next((word for word in re.findall(r"[^\W\d_]+", words) if word in MONTH_WORDS), None)
    if month:
        raise NumberError(
            f"has the month '{month}', so a spreadsheet may have made a date of it; type what is printed (1-2)"
        )


def _in_range(number: Number) -> Number:
    """Return a number. Raises NumberError where the warehouse could not hold it."""
    for value in (number.value, number.value_to):
        if value is not None and abs(value) >= Decimal(10) ** _MOST_DIGITS:
            raise NumberError(f"is {value:.0f}, which no figure of an agreement comes near")
    return number


def _rounded_place(value: Decimal) -> Decimal:
    """Return how far an approximate whole number was rounded: its trailing zeros (ca. 9.600: to 100)."""
    digits = str(abs(int(value)))
    zeros = len(digits) - len(digits.rstrip("0"))
    return Decimal(10) ** (zeros if zeros < len(digits) else 0)


def _scale(tail: str, unit: str) -> Decimal:
    """Return what to multiply a number by. Raises NumberError where the words behind it do not go with the unit."""
    if unit in MONEY_UNITS:
        match = _MONEY_TAIL_RE.match(tail)
        if not match:
            raise NumberError(f"ends in {tail!r}, which is no word for money")
        said = next(of for start, of in _SCALES.items() if match[1].startswith(start)) if match[1] else "kr."
        if (match[1] or match[2]) and said != unit:
            raise NumberError(f"says {_SCALE_WORDS[said]}, but the unit is '{unit}'; the unit must be '{said}'")
        return MONEY_UNITS[unit]
    pattern = _SHARE_TAIL_RES.get(unit, _COUNT_TAIL_RE)
    _refuse_months(tail)
    words = set(re.findall(r"[^\W\d_]+|%", tail)) if unit not in SHARE_UNITS else set()
    if not pattern.match(tail) or words & _COUNTING_WORDS or "%" in words or not _is_in_time_unit(tail, unit):
        raise NumberError(f"ends in {tail!r}, which does not go with the unit '{unit}'")
    return Decimal(1)


def _is_in_time_unit(tail: str, unit: str) -> bool:
    """Check whether the words behind a number name its measure of time first, where the unit is one (hele uger)."""
    words = re.findall(r"[^\W\d_]+", tail)
    if unit not in _TIME_UNITS.values() or not words:
        return True
    longest_first = sorted(_TIME_UNITS, key=len, reverse=True)
    forms = (form for word in words for form in longest_first if word.startswith(form) or word.endswith(form))
    return _TIME_UNITS.get(next(forms, "")) == unit


def _spoken(words: str, unit: str) -> Decimal | None:
    """Return the value of number words: `tre`, `otte mål`, `alle`, `hver tredje`, `fire ud af fem`, `førerposition`."""
    first, _, rest = words.partition(" ")
    if unit == "nr." and (place := _PLACE_WORDS.get(words) or _PLACES.get(first.rstrip("."))):
        return Decimal(place)
    if unit == "pct." and (share := _spoken_share(words, first)) is not None:
        return share
    if words in _MULTIPLES and unit != "pct.":
        return Decimal(_MULTIPLES[words]) if unit not in MONEY_UNITS else None
    return Decimal(_CARDINALS[first]) if first in _CARDINALS and _tail_fits(rest.strip(), unit) else None


def _spoken_share(words: str, first: str) -> Decimal | None:
    """Return a share in words, in percent."""
    part, whole = _WHOLE_SHARES.get(first), 1
    if match := re.match(r"^hver (\w+)$", words):
        part, whole = 1, _PLACES.get(match[1], 0)
    elif match := re.match(r"^(\w+) ud af (\w+)$", words):
        part, whole = _CARDINALS.get(match[1]), _CARDINALS.get(match[2], 0)
    elif part is not None:
        return Decimal(part)
    return (Decimal(100 * part) / whole).quantize(Decimal("0.0001")) if part is not None and whole else None


def _tail_fits(tail: str, unit: str) -> bool:
    """Check whether the words behind a number word go with the unit."""
    try:
        return unit not in MONEY_UNITS and bool(_scale(tail, unit))
    except NumberError:
        return False


def _date(words: str) -> Number:
    """Return a deadline: the last day of what is printed, as yyyymmdd. No year printed: not_collected."""
    if match := _WHOLE_DATE_RE.match(words):
        year, month, day = match.groups()[:3] if match[1] else match.groups()[:2:-1]
        return _day(int(year), int(month), int(day))
    without_year = Number(None, None, DATE_UNIT, "exact", "not_collected", None)
    if not re.search(r"\d", words):
        return without_year
    year_printed = _YEAR_RE.search(words)
    rest = _YEAR_RE.sub("", words, count=1)
    part = _PART_OF_YEAR_RE.search(rest)
    if not set(rest.replace(part[0] if part else "", "", 1).split()) <= _DATE_WORDS:
        raise NumberError("is no date that can be read: 1. juli 2007, 4. kvartal 2007, ultimo 2007, 2007-07-01")
    if not year_printed:
        return without_year
    in_year, named = int(year_printed[1]), part.groupdict() if part else {}
    if named.get("day"):
        return _day(in_year, MONTHS[named["month"]], int(named["day"]))
    last = MONTHS.get(named.get("month") or "") or _SEASONS.get(named.get("season") or "", 12)
    last = int(named["quarter"]) * 3 if named.get("quarter") else last
    return _day(in_year, last, calendar.monthrange(in_year, last)[1])


def _day(year: int, month: int, day: int) -> Number:
    if year < _FIRST_YEAR:
        raise NumberError(f"is before {_FIRST_YEAR}, as a year is that a spreadsheet took for a date; type the year")
    try:
        dt.date(year, month, day)
    except ValueError:
        raise NumberError("is no day in the calendar") from None
    return Number(Decimal(year * 10_000 + month * 100 + day), None, DATE_UNIT, "exact", "reported", Decimal(1))
