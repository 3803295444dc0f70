"""What one cell of an input table may hold, by the type that its column is declared with.

Belongs here: the form of a single text, and when two texts look alike. Does not: printed numbers (`numbers`) and
what takes more than one cell to judge (`tables`).

A save in a spreadsheet or through a wrong encoding leaves traces: a date where a number was, two odd characters where
a letter was, a space that is none. A cell with such a trace is refused, since nobody can know what stood there.
"""

import datetime as dt
import functools
import re
import unicodedata
from collections.abc import Callable

from jobmaal.core.periods import is_period
from jobmaal.inputs.expressions import expression_problem
from jobmaal.inputs.units import unit_problem

#: An id may become the name of a folder.
_SLUG_RE = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}")
_INTEGER_RE = re.compile(r"-?[0-9]{1,9}")
_YEAR_RE = re.compile(r"(19[5-9]|20[0-9])[0-9]")
_DATE_RE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_CODE_RE = re.compile(r"[1-9][0-9]{2}")
_DECIMAL_RE = re.compile(r"-?[0-9]{1,14}(\.[0-9]{1,4})?")
_SHA256_RE = re.compile(r"[0-9a-f]{64}")

#: Bytes 80 to BF as Latin-1 and Windows show them: what follows the first byte of a letter in UTF-8.
_FOLLOWS = "\u0080-\u00bf" + bytes(range(0x80, 0xA0)).decode("cp1252", "ignore")
_LOST_LETTER_RE = re.compile(
    # UTF-8 read as Windows' encoding (`Ã†` for Æ), or as the Mac's or DOS's; and the sign for what was lost.
    rf"[ÂÃ](?:[{_FOLLOWS}]|\s|$)|â[€{_FOLLOWS}][{_FOLLOWS}]|√[^\s\w(]|√[òÖÜ]|├.|\ufffd"
    # One letter of DOS's or the Mac's encoding read as Windows', or saved as a question mark (`forl?b`).
    r"|(?<=[^\W\d_])[\u203a\u2020\u00bf\u00be?](?=[^\W\d_])"
)
#: Texts in which a question mark between letters is right.
_ADDRESS_RE = re.compile(r"\w://")

#: What a spreadsheet shows for `1-2`, `1.2` or `1/2`: a day and a month, or a month and a year.
_SHOWN_MONTHS = "jan|feb|mar|apr|maj|may|jun|jul|aug|sep|sept|okt|oct|nov|dec"


def _shown_date_re(between: str) -> re.Pattern[str]:
    """Return the pattern of a date in which such characters stand between its parts."""
    months = rf"(?:{_SHOWN_MONTHS})\.?"
    return re.compile(
        rf"\d{{1,4}}{between}+{months}(?:{between}+\d{{2,4}})?|{months}{between}+\d{{1,4}}"
        r"|\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[-/]\d{1,2}[-/]\d{2,4}(?: \d\d:\d\d.*)?",
        re.IGNORECASE,
    )


#: In a name, `1. maj` and `maj 2007` are as they should be; as a number they are not.
_DATE_IN_NAME_RE = _shown_date_re("[-/]")
_DATE_IN_NUMBER_RE = _shown_date_re("[-. /]")
_SHOWN_DECIMAL_RE = re.compile(r"\d+(?:\.\d+)*\.0+|\d+,\d+|\d+(?:\.\d+)?[eE][+-]?\d+")
#: Quotation marks and apostrophes, as the plain ones.
_QUOTES = str.maketrans(dict.fromkeys("\u201c\u201d\u201e«»", '"') | dict.fromkeys("\u2018\u2019\u00b4\u02bc`", "'"))
#: Letters that are printed as nothing.
_BLANK_LETTERS = frozenset("\u115f\u1160\u2800\u3164\uffa0")
_OTHER_ALPHABETS_RE = re.compile(r"[\u0370-\u03ff\u0400-\u052f]")
_LATIN_RE = re.compile(r"[A-Za-z]")


def problem(value: str, kind: str) -> str | None:
    """Return which rule of its column's type a cell breaks, with what to do, or None."""
    return _TYPES[kind](value)


@functools.cache
def look(name: str) -> str:
    """Return what a name looks like: equal for two names that a reader would take for one."""
    letters = unicodedata.normalize("NFKC", name).casefold()
    letters = re.sub(r"[\u2010-\u2015\u2212\u00ad]", "-", letters)
    letters = letters.translate(_QUOTES)
    letters = "".join(c if c.isprintable() and c not in _BLANK_LETTERS else " " if c.isspace() else "" for c in letters)
    return re.sub(r"\s*-\s*", "-", " ".join(letters.split())).strip(" .:;,-")


def _text(value: str) -> str | None:
    if value.isascii() and "?" not in value:
        return None
    lost = _LOST_LETTER_RE.search(value)
    if lost is None or (lost.group() == "?" and _ADDRESS_RE.search(value)):
        return None
    around = value[max(0, lost.start() - 5) : lost.end() + 5]
    return f"has a letter that was lost in a save ('{around}'); save as 'CSV UTF-8', and type what is printed"


def _name(value: str) -> str | None:
    if not value.isprintable() or not _BLANK_LETTERS.isdisjoint(value):
        bad = next(c for c in value if not c.isprintable() or c in _BLANK_LETTERS)
        kind = unicodedata.name(bad, "a control character").lower()
        return (
            f"has a character that cannot be seen or only looks like a space (U+{ord(bad):04X}, {kind}); type it anew"
        )
    if "  " in value:
        return "has two spaces in a row; leave one"
    if _OTHER_ALPHABETS_RE.search(value) and _LATIN_RE.search(value):
        return "mixes letters of two alphabets, which look alike; type it anew"
    return _text(value) or _shown_date(value, _DATE_IN_NAME_RE)


def _shown_date(value: str, pattern: re.Pattern[str]) -> str | None:
    if pattern.fullmatch(value):
        return "is a date, which a spreadsheet makes of a number such as 1.2 or 1-2; type what is printed"
    return None


def _number(value: str) -> str | None:
    if _SHOWN_DECIMAL_RE.fullmatch(value):
        return "is a decimal number, which a spreadsheet makes of 1 or 1.10; type the number as printed, as text"
    return _shown_date(value, _DATE_IN_NUMBER_RE) or _name(value)


def _slug(value: str) -> str | None:
    if not _SLUG_RE.fullmatch(value):
        return "must be made of a-z, 0-9, dot, hyphen and underscore, at most 100 of them"
    return _shown_date(value, _DATE_IN_NAME_RE)


def _is_date(value: str) -> bool:
    try:
        return bool(_DATE_RE.fullmatch(value)) and bool(dt.date.fromisoformat(value)) and _is_year(value[:4])
    except ValueError:
        return False


def _is_year(value: str) -> bool:
    return bool(_YEAR_RE.fullmatch(value))


def _unless(is_right: Callable[[str], object], rule: str) -> Callable[[str], str | None]:
    return lambda value: None if is_right(value) else rule


#: The types of a column, each with what returns the rule that a cell breaks.
_TYPES: dict[str, Callable[[str], str | None]] = {
    "text": _text,
    # What the text edition has, letter by letter, its misreadings among them.
    "verbatim": lambda _: None,
    "name": _name,
    "number": _number,
    "unit": unit_problem,
    "expression": expression_problem,
    "decimal": _unless(_DECIMAL_RE.fullmatch, "must be a number with a decimal point, such as -500000 or 0.5"),
    "integer": _unless(_INTEGER_RE.fullmatch, "must be a whole number"),
    "year": _unless(_is_year, "must be a year: 2007"),
    "yesno": _unless(("yes", "no").__contains__, "must be yes or no"),
    "slug": _slug,
    "period": _unless(
        lambda value: is_period(value) and _is_year(value[:4]),
        "must be a period as Jobindsats writes it: 2017M07, 2017Q02, 2017QMAT02, 2017Y01 (2017H01, 2017W34)",
    ),
    "date": _unless(_is_date, "must be a date: 2007-06-01"),
    "code": _unless(_CODE_RE.fullmatch, "must be a code of three digits, without a zero before it: 101"),
    "sha256": _unless(_SHA256_RE.fullmatch, "must be a sha256: 64 of 0-9 and a-f, as sha256sum prints it"),
}
