"""How values are written for Danish readers: numbers, dates, periods, and the warehouse's own words.

Belongs here: texts for values. Does not: how a number is printed (`documents.numbers`), which values are shown
(`report`), nor the texts around them (the templates).
"""

import datetime as dt
import re
from collections.abc import Collection, Mapping
from decimal import Decimal
from zoneinfo import ZoneInfo

from jobmaal.documents.numbers import printed
from jobmaal.inputs.units import DATE_UNIT, MONTH_NAMES

_ZONE = ZoneInfo("Europe/Copenhagen")
_PERIOD_RE = re.compile(r"(\d{4})(M|QMAT|Q|H|W|Y)(\d{2})")
_QUALIFIERS = {"approx": "ca. ", "at_least": "mindst ", "at_most": "højst "}

#: What is written where there is no number, by `value_status`.
NO_VALUE = {"suppressed": "skjult", "illegible": "kan ikke læses", "not_collected": "intet tal"}
#: The status of an agreement.
AGREEMENT_STATUS = {"draft": "Udkast", "adopted": "Vedtaget", "account": "Redegørelse"}
#: The newest status of a target.
TARGET_STATUS = {
    "met": "Nået", "not_met": "Ikke nået", "not_measured": "Ikke målt", "not_set": "Intet tal sat", "hidden": "Skjult",
}  # fmt: skip
COMPARATOR = {"at_least": "mindst", "at_most": "højst", "equals": "præcis", "better_than": "bedre end"}
LEVEL = {"activity": "Aktivitet", "result": "Resultat", "vision": "Vision", "reference": "Andres mål"}
ORIGIN = {"document": "dokumentet", "series": "Jobindsats", "entered": "indtastet"}
#: How money or courses came to a unit.
BASIS = {"single": "Én enhed", "stated": "Fordelt som trykt", "even": "Ligeligt fordelt", "none": "Ingen enhed"}
LINE_TYPE = {"itemised": "Fordelt på poster", "unitemised": "Ikke fordelt på poster"}
CLAIM_STATUS = {"ok": "Stemmer", "known": "Stemmer ikke", "ambiguous": "Kan læses på to måder", "deviates": "Afviger"}
#: What limits a number, where it has a column of its own.
QUALIFIER = {"exact": "præcis", "approx": "ca.", "at_least": "mindst", "at_most": "højst", "range": "spænd"}
#: How a document names a unit, where it prints no word of its own for it.
ROLE = {"responsible": "Ansvarlig", "involved": "Involveret", "possible": "Måske"}
CLAIM_KIND = {
    "agreement_total": "Aftalens total",
    "theme_total": "Indsatsområdets total",
    "account_total": "Kontoens total",
    "line_total": "Linjens total",
    "parts_of_whole": "Dele af en helhed",
    "budget_versions": "Budgettets udgaver",
    "product": "Antal gange",
    "unit_price": "Antal gange stykpris",
    "share_of_count": "Andel af et antal",
    "announced_count": "Varslet antal",
    "restated": "Samme tal to steder",
    "title_and_target": "Overskrift og mål",
    "duration": "Varighed",
    "cross_document": "Tal i to dokumenter",
    "country_and_municipalities": "Landet og kommunerne",
    "parts_of_total": "Grupper og total",
    "printed_place": "Trykt placering",
}
UNIT_TYPE = {
    "jobcenter": "Jobcenter",
    "employment_centre": "Beskæftigelsescenter",
    "job_centre_section": "Del af jobcenter",
    "office": "Kontor",
    "administration": "Forvaltning",
    "team": "Team",
    "external": "Ekstern",
}


def word(words: Mapping[str, str], value: str) -> str:
    """Return the Danish word for one of the warehouse's own, or that one where it is new."""
    return words.get(value, value)


def number(value: Decimal | float | None, digits: int | None = None, *, at_most: int = 4) -> str:
    """Return a number as documents print it, with a typographer's minus; nothing for one that is missing."""
    return "" if value is None else printed(value, digits, at_most=at_most).replace("-", "−")


def qualified(value: Decimal | None, qualifier: str | None, value_to: Decimal | None = None) -> str:
    """Write a printed number with what is printed around it: ca., mindst, højst, or from and to."""
    upper = f"–{number(value_to, at_most=2)}" if qualifier == "range" and value_to is not None else ""
    return limited(qualifier, f"{number(value, at_most=2)}{upper}")


def limited(qualifier: str | None, text: str) -> str:
    """Return a number's text with the word that limits it."""
    return f"{_QUALIFIERS.get(qualifier or '', '')}{text}"


def qualifier_of_sum(qualifiers: Collection[str | None]) -> str:
    """Return what limits a sum of numbers, by what limits each of them, as the warehouse's macro of that name does."""
    found = set(qualifiers) - {None, "exact"}
    if not found:
        return "exact"
    if found <= {"range", "at_least"}:
        return "at_least" if "at_least" in found else "range"
    return "at_most" if found == {"at_most"} else "approx"


def date(day: dt.date | None) -> str:
    """Write a day: 5. september 2006."""
    return f"{day.day}. {MONTH_NAMES[day.month - 1]} {day.year}" if day else ""


def claimed(value: Decimal | None, unit: str) -> str:
    """Return a number that a claim states or gives; a day is written as one."""
    return date(_day(value)) if unit == DATE_UNIT and value is not None else number(value)


def difference(stated: Decimal | None, computed: Decimal | None, unit: str) -> str:
    """Return stated minus computed as Danish readers count it: between two days in days."""
    if stated is None or computed is None:
        return ""
    if unit != DATE_UNIT:
        return number(stated - computed)
    days = (_day(stated) - _day(computed)).days
    return f"{number(days)} {'dag' if abs(days) == 1 else 'dage'}"


def _day(value: Decimal) -> dt.date:
    return dt.datetime.strptime(f"{value:.0f}", "%Y%m%d").date()


def moment(at: dt.datetime) -> str:
    """Write a time by Danish clocks: 18. august 2026 kl. 21.52."""
    here = at.astimezone(_ZONE)
    return f"{date(here.date())} kl. {here:%H.%M}"


def period(period_id: str) -> str:
    """Write a period as people do: juni 2026, 2. kvartal 2017, 2016, year to the end of a quarter."""
    found = _PERIOD_RE.fullmatch(period_id)
    if found is None:
        return "" if period_id == "Ikke oplyst" else period_id
    year, kind, part = found[1], found[2], int(found[3])
    if kind == "M":
        return f"{MONTH_NAMES[part - 1]} {year}"
    written = {
        "Q": f"{part}. kvartal {year}",
        "H": f"{part}. halvår {year}",
        "W": f"uge {part} {year}",
        "QMAT": f"året til og med {part}. kvartal {year}",
        "Y": year,
    }
    return written[kind]


def years(text: str | None) -> str:
    """Return years in words as Danish readers write a stretch: 2007–2010."""
    return (text or "").replace("-", "–")


def year(year_key: int) -> str:
    """Write a year; -1 is none that is printed."""
    return str(year_key) if year_key > 0 else "Intet årstal"


def genitive(name: str) -> str:
    """Write a name as the owner of what follows: Københavns, Aarhus'."""
    return f"{name}'" if name.lower().endswith(("s", "x", "z")) else f"{name}s"


def title(municipality: str) -> str:
    """Write the title of what is made for a municipality."""
    return f"jobmaal: {genitive(municipality)} beskæftigelsesaftaler og deres resultater"
