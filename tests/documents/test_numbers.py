"""The grammar of printed numbers: forms that documents use, texts that must be refused, laws that hold for all.

Belongs here: what `jobmaal.documents.numbers.parse` makes of one text; the forms are rows of two tables beside it. Does
not: tables, files and sums.
"""

import csv
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from jobmaal.documents.numbers import Number, NumberError, UnitError, is_counted, parse, printed
from jobmaal.inputs.units import MEASURED_UNITS, MONEY_UNITS

UNITS = [*MONEY_UNITS, "pct.", "pct.-point", "dato", "tekst", "nr.", "personer", "forløb"]
NUMERIC_UNITS = [*MONEY_UNITS, "pct.", "pct.-point", "nr.", "personer"]


def number(value: str, unit: str, place: str = "1") -> Number:
    """Write the expected outcome of a text that has an exact value."""
    return Number(Decimal(value), None, unit, "exact", "reported", Decimal(place))


def cases(name: str) -> list[dict[str, str]]:
    """Return the rows of a table of cases."""
    with Path(__file__).with_name(name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def expected(row: dict[str, str]) -> Number:
    """Return what a row expects; a text that stands for a number and gives none has no value."""
    value, value_to, place = (Decimal(row[c]) if row[c] else None for c in ("value", "value_to", "place"))
    return Number(value, value_to, row["value_unit"], row["qualifier"], row["status"], place)


READ = [
    *((row["printed"], row["unit"], row["reading"], row["sign"], expected(row)) for row in cases("numbers_read.csv")),
    # What a table does not show: other spaces, several of them, and a letter of base and accent.
    ("5,0\u00a0mio.\u00a0kr.", "mio. kr.", "", "", number("5000000", "kr.", "100000")),
    ("\u00a0 700 \u2009 kr.\n", "kr.", "", "", number("700", "kr.")),
    *(
        (f"1{space}250{space}000", "kr.", "", "", number("1250000", "kr."))
        for space in "\u00a0\u2007\u2009\u202f\u3000"
    ),
    ("e\u0301t a\u030ar", "år", "", "", number("1", "år")),
    ("udgangen  af 2009", "dato", "", "", number("20091231", "dato")),
]
REFUSED = [
    *(tuple(row.values()) for row in cases("numbers_refused.csv")),
    (" \u00a0\t", "kr.", "", ""), ("", "personer", "", ""), ("", "tekst", "", ""),
    ("ca. " + "9" * 5000, "personer", "", ""),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("13-ugers forløb", "uger"), ("6 mdr.", "måneder"), ("1 måned", "måneder"), ("3 hele uger", "uger"),
        ("3 skoleår", "år"), ("4 uger pr. måned", "uger"), ("2 timer om ugen", "timer"), ("3-årligt", "år"),
        ("10 arbejdsdage", "arbejdsdage"), ("37 timers", "timer"), ("52", "uger"),
        ("40 personer under uddannelse", "personer"),
    ],
)  # fmt: skip
def test_the_words_behind_a_number_may_say_what_the_unit_says(text: str, unit: str) -> None:
    assert parse(text, unit).status == "reported"


@pytest.mark.parametrize(("text", "unit", "reading", "sign", "result"), READ)
def test_a_printed_form_is_read_in_full(text: str, unit: str, reading: str, sign: str, result: Number) -> None:
    assert parse(text, unit, reading, sign) == result


@pytest.mark.parametrize(("text", "unit", "reading", "sign"), REFUSED)
def test_a_text_outside_the_grammar_or_what_the_columns_beside_it_say_is_refused(
    text: str, unit: str, reading: str, sign: str
) -> None:
    with pytest.raises(NumberError):
        parse(text, unit, reading, sign)


@pytest.mark.parametrize(
    ("text", "unit", "told"),
    [
        ("42,5 mio. kr.", "kr.", "must be 'mio. kr.'"),
        ("500 kr.", "mio. kr.", "must be 'kr.'"),
        ("42,5 mip.", "mio. kr.", "'mip.'"),
        ("70-60", "personer", "above its upper end"),
        (" ", "pct.", "blank"),
        ("31. februar 2007", "dato", "calendar"),
        ("4O", "pct.", "42,5 or 26.898.526"),
        ("2.5", "forløb", "2.500 is easily saved as 2.5"),
        ("1,4", "forløb", "'forløb' is counted whole"),
        ("1,4", "helårspersoner", "write 'decimal' in the column 'reading'"),
        ("01-feb", "virksomheder", "has the month 'feb', so a spreadsheet may have made a date of it"),
        ("feb-01", "virksomheder", "has the month 'feb'"),
        ("1.925", "mio. kr.", "1925 (grouped) or 1,925 (decimal); write 'grouped' or 'decimal'"),
        ("0.925", "mio. kr.", "decimal alone"),
        ("40 forl?b", "forløb", "has a '?' that is in the place of no digit"),
        ("29. juni 1905", "dato", "is before 1950"),
        ("1,0 mia. kr.", "1.000 kr.", "says billions, but the unit is '1.000 kr.'; the unit must be 'mia. kr.'"),
        (
            "reduceres med 42",
            "mio. kr.",
            "is -42.000.000 kr. where it lowers the sum (write 'minus' in the column 'sign')",
        ),
        ("øges med 42", "mio. kr.", "or 42.000.000 kr. where it adds to it (write 'plus')"),
        ("12,500", "1.000 kr.", "12500 (grouped, as in English) or 12,500 (decimal)"),
        ("1.250¹", "1.000 kr.", "has the sign '¹', which may be a footnote mark"),
        ("(1)", "1.000 kr.", "is -1 or a footnote mark"),
    ],
)
def test_a_refusal_says_what_is_wrong(text: str, unit: str, told: str) -> None:
    with pytest.raises(NumberError) as refusal:
        parse(text, unit)
    assert told in str(refusal.value)


def test_a_unit_that_is_none_is_refused_whatever_is_counted() -> None:
    with pytest.raises(UnitError):
        parse("10", "tkr.")


# --- laws ------------------------------------------------------------------------------------------


#: Units in which a dot before three digits may group or not.
_DOUBTFUL = {"mio. kr.", "mia. kr.", "pct.", "pct.-point", *MEASURED_UNITS}


@st.composite
def amounts(draw: st.DrawFn) -> tuple[Decimal, int]:
    """Draw a non-negative decimal and how many decimals it is printed with."""
    places = draw(st.integers(0, 4))
    return Decimal(draw(st.integers(0, 10**11))).scaleb(-places), places


def danish(value: Decimal, places: int, grouped: bool) -> str:
    """Print a number as a Danish document does."""
    return printed(value, places) if grouped else f"{value:.{places}f}".replace(".", ",")


@given(amounts(), st.booleans(), st.sampled_from(NUMERIC_UNITS))
@settings(deadline=None)
def test_what_is_printed_in_danish_notation_is_read_back_exactly(
    amount: tuple[Decimal, int], grouped: bool, unit: str
) -> None:
    value, places = amount
    # What is counted has no decimals, and three digits behind a lone dot may be either.
    assume(not (places and is_counted(unit)))
    assume(not (grouped and not places and 1000 <= value < 1_000_000 and unit in _DOUBTFUL))
    # Nor has money that is counted in kroner three decimals: these may be thousands, as in English.
    assume(not (places == 3 and 1 <= value < 1000 and unit in ("kr.", "1.000 kr.")))
    scale = MONEY_UNITS.get(unit, 1)
    assume(value * scale < 10**14)
    number_read = parse(danish(value, places, grouped), unit)
    assert number_read.value == value * scale
    assert number_read.place == Decimal(1).scaleb(-places) * scale
    assert (number_read.qualifier, number_read.status) == ("exact", "reported")


@given(amounts(), amounts(), st.booleans(), st.sampled_from(["{}-{}", "{} – {}", "mellem {} og {}", "{} til {}"]))
@settings(deadline=None)
def test_a_range_keeps_its_order_or_is_refused(
    one: tuple[Decimal, int], other: tuple[Decimal, int], grouped: bool, form: str
) -> None:
    # Persons are counted whole.
    low, high = sorted((value.to_integral_value(), 0) for value, _ in (one, other))
    right = form.format(danish(*low, grouped), danish(*high, grouped))
    number_read = parse(right, "personer")
    assert (number_read.value, number_read.value_to, number_read.qualifier) == (low[0], high[0], "range")
    if low[0] < high[0]:
        with pytest.raises(NumberError):
            parse(form.format(danish(*high, grouped), danish(*low, grouped)), "personer")


_PIECES = [
    "1", "2007", "12.345", "1.000", "0,5", ",", ".", "-", "–", "+", ",-", ")",
    "reduceres med ", " ", "\u00a0", "?", "%", "/", "(", "[xx]", "ca.",
    "mindst ", "op til ", "mellem ", " og ", " til ", "tre", "én", "hver ", "tredje", " ud af ", "fem", "nul", "alle",
    "halvdelen", "tredobles", "førerposition", "nr. ", "mio.", "mia. ", "t.kr.", "kr.", "pct.", "pct.-point",
    "personer", "31. ", "juli ",
    "februar ", "5. ", "kvartal ", "2007-02-31", "²", "½", "٣", "İ", "\n",
]  # fmt: skip
any_text = st.one_of(st.text(), st.lists(st.sampled_from(_PIECES), max_size=8).map("".join))


@given(any_text, st.sampled_from(UNITS))
@settings(deadline=None, max_examples=400)
@example("hver anden", "pct.")
@example("\x00", "kr.")
def test_any_text_is_read_or_refused_and_nothing_else_happens(text: str, unit: str) -> None:
    try:
        number_read = parse(text, unit)
    except NumberError:
        return
    assert (number_read.value is None) == (number_read.status != "reported")
    assert (number_read.value_to is not None) == (number_read.qualifier == "range")


@given(any_text, any_text, st.sampled_from(UNITS))
@settings(deadline=None, max_examples=200)
def test_a_text_with_a_question_mark_never_gives_a_value(before: str, after: str, unit: str) -> None:
    try:
        number_read = parse(f"{before[:100]}?{after[:90]}", unit)
    except NumberError:
        return
    assert number_read.value is None
    assert number_read.value_to is None
