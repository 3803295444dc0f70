"""The grammar of printed numbers: forms that documents use, texts that must be refused, laws that hold for all.

Belongs here: what `jobmaal.documents.numbers.parse` makes of one text. Does not: tables, files and sums.
"""

from decimal import Decimal

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from jobmaal.documents.numbers import Number, NumberError, UnitError, is_counted, parse, printed
from jobmaal.inputs.units import MEASURED_UNITS

UNITS = ["kr.", "mio. kr.", "pct.", "pct.-point", "dato", "tekst", "nr.", "personer", "forløb"]
NUMERIC_UNITS = ["kr.", "mio. kr.", "pct.", "pct.-point", "nr.", "personer"]


def number(value: str, unit: str, place: str = "1", qualifier: str = "exact", to: str | None = None) -> Number:
    """Write the expected outcome of a text that has a value."""
    upper = None if to is None else Decimal(to)
    return Number(Decimal(value), upper, unit, qualifier, "reported", Decimal(place))


def without_value(status: str, unit: str) -> Number:
    """Write the expected outcome of a text that stands for a number and gives none."""
    return Number(None, None, unit, "exact", status, None)


READ = [
    # money
    ("42,5", "mio. kr.", number("42500000", "kr.", "100000")),
    ("42,5 mio. kr.", "mio. kr.", number("42500000", "kr.", "100000")),
    ("42.5 mio.", "mio. kr.", number("42500000", "kr.", "100000")),
    ("5, 0 mio. kr.", "mio. kr.", number("5000000", "kr.", "100000")),
    ("7 mio.kr", "mio. kr.", number("7000000", "kr.", "1000000")),
    ("91,0 mill. kr.", "mio. kr.", number("91000000", "kr.", "100000")),
    ("0,9 mio.", "mio. kr.", number("900000", "kr.", "100000")),
    ("0,0", "mio. kr.", number("0", "kr.", "100000")),
    ("6", "mio. kr.", number("6000000", "kr.", "1000000")),
    ("-1,5 mio. kr.", "mio. kr.", number("-1500000", "kr.", "100000")),
    ("−1,5 mio. kr.", "mio. kr.", number("-1500000", "kr.", "100000")),
    ("ca. 90 mio. kr.", "mio. kr.", number("90000000", "kr.", "10000000", "approx")),
    ("40-50 mio. kroner", "mio. kr.", number("40000000", "kr.", "1000000", "range", "50000000")),
    ("26.898.526 kr.", "kr.", number("26898526", "kr.")),
    ("20.000 kr.", "kr.", number("20000", "kr.")),
    ("1.234,50 kroner", "kr.", number("1234.50", "kr.", "0.01")),
    ("553 kr.", "kr.", number("553", "kr.")),
    # nothing but a space: a space that does not break, and several of them
    ("5,0\u00a0mio.\u00a0kr.", "mio. kr.", number("5000000", "kr.", "100000")),
    ("\u00a0 700 \u2009 kr.\n", "kr.", number("700", "kr.")),
    # shares
    ("12,1 pct.", "pct.", number("12.1", "pct.", "0.1")),
    ("2.2 pct.", "pct.", number("2.2", "pct.", "0.1")),
    ("28,8 %", "pct.", number("28.8", "pct.", "0.1")),
    ("20%", "pct.", number("20", "pct.")),
    ("44 procent", "pct.", number("44", "pct.")),
    ("ca. tre procent", "pct.", number("3", "pct.", "1", "approx")),
    ("Højest 3 pct.", "pct.", number("3", "pct.", "1", "at_most")),
    ("Mindst 90 pct.", "pct.", number("90", "pct.", "1", "at_least")),
    ("minimum 50 pct.", "pct.", number("50", "pct.", "1", "at_least")),
    ("Alle", "pct.", number("100", "pct.")),
    ("samtlige", "pct.", number("100", "pct.")),
    ("over halvdelen", "pct.", number("50", "pct.", "1", "at_least")),
    ("hver tredje", "pct.", number("33.3333", "pct.")),
    ("Omtrent hver tredje", "pct.", number("33.3333", "pct.", "1", "approx")),
    ("under hver syvende", "pct.", number("14.2857", "pct.", "1", "at_most")),
    ("fire ud af fem", "pct.", number("80", "pct.")),
    ("Mere end fire ud af fem", "pct.", number("80", "pct.", "1", "at_least")),
    ("0,1 pct.-point", "pct.-point", number("0.1", "pct.-point", "0.1")),
    ("0,1 pct-point", "pct.-point", number("0.1", "pct.-point", "0.1")),
    # things counted
    ("1.000", "personer", number("1000", "personer")),
    ("1400", "forløb", number("1400", "forløb")),
    ("1500 forløb", "forløb", number("1500", "forløb")),
    ("ca. 1.000", "personer", number("1000", "personer", "1000", "approx")),
    ("Ca. 7.100", "personer", number("7100", "personer", "100", "approx")),
    ("ca. 63", "personer", number("63", "personer", "1", "approx")),
    ("godt 400", "forløb", number("400", "forløb", "100", "approx")),
    ("mindst 1.400", "forløb", number("1400", "forløb", "1", "at_least")),
    ("mere end 60", "virksomheder", number("60", "virksomheder", "1", "at_least")),
    ("op til 100", "forløb", number("100", "forløb", "1", "at_most")),
    ("maksimalt en", "dage", number("1", "dage", "1", "at_most")),
    ("maksimalt være 6 ugers", "uger", number("6", "uger", "1", "at_most")),
    ("mindre end to år", "år", number("2", "år", "1", "at_most")),
    ("indenfor 4 uger", "uger", number("4", "uger", "1", "at_most")),
    ("inden for 7 år", "år", number("7", "år", "1", "at_most")),
    ("inden for maksimalt 3 mdr.", "måneder", number("3", "måneder", "1", "at_most")),
    ("senest én måned", "måneder", number("1", "måneder", "1", "at_most")),
    ("over fem år", "år", number("5", "år", "1", "at_least")),
    ("typisk 2 uger", "uger", number("2", "uger", "1", "approx")),
    ("skønsmæssigt om mellem 500 og 1.000", "modtagere", number("500", "modtagere", "1", "range", "1000")),
    ("inden 6 måneders", "måneder", number("6", "måneder", "1", "at_most")),
    ("inden for de første to uger", "uger", number("2", "uger", "1", "at_most")),
    ("inden for maksimalt en", "arbejdsdage", number("1", "arbejdsdage", "1", "at_most")),
    ("skønsmæssigt mellem 500 og 1.000", "personer", number("500", "personer", "1", "range", "1000")),
    ("mellem 500 og 1.000", "modtagere", number("500", "modtagere", "1", "range", "1000")),
    ("60-70", "fritidsjob", number("60", "fritidsjob", "1", "range", "70")),
    ("4–5", "virksomheder", number("4", "virksomheder", "1", "range", "5")),
    ("60 til 70 personer", "personer", number("60", "personer", "1", "range", "70")),
    ("13-ugers", "uger", number("13", "uger")),
    ("12 mdr.", "måneder", number("12", "måneder")),
    ("tre", "teams", number("3", "teams")),
    ("e\u0301t a\u030ar", "år", number("1", "år")),
    ("otte mål", "mål", number("8", "mål")),
    ("tredobles", "gange", number("3", "gange")),
    # places in a ranking
    ("førerposition", "nr.", number("1", "nr.")),
    ("flest", "nr.", number("1", "nr.")),
    ("top 10", "nr.", number("10", "nr.")),
    ("10 bedste", "nr.", number("10", "nr.")),
    ("tredje", "nr.", number("3", "nr.")),
    # days: the last one of what is printed
    ("1. juli 2007", "dato", number("20070701", "dato")),
    ("2007-02-20", "dato", number("20070220", "dato")),
    ("29. februar 2008", "dato", number("20080229", "dato")),
    ("februar 2007", "dato", number("20070228", "dato")),
    ("4. kvartal 2007", "dato", number("20071231", "dato")),
    ("2. kvartal 2007", "dato", number("20070630", "dato")),
    ("udgangen  af 2009", "dato", number("20091231", "dato")),
    # no number, and known to be none
    ("[XX]", "personer", without_value("not_collected", "personer")),
    ("[ x ]", "mio. kr.", without_value("not_collected", "kr.")),
    ("styrket opfølgning", "tekst", without_value("not_collected", "tekst")),
    ("hurtigst muligt", "dato", without_value("not_collected", "dato")),
    ("?.600", "personer", without_value("illegible", "personer")),
    ("0,?", "pct.-point", without_value("illegible", "pct.-point")),
    ("?", "nr.", without_value("illegible", "nr.")),
    ("4?,5 mio. kr.", "mio. kr.", without_value("illegible", "kr.")),
    ("??.???", "personer", without_value("illegible", "personer")),
    ("mindst 4? forløb", "forløb", without_value("illegible", "forløb")),
    ("6?-60", "personer", without_value("illegible", "personer")),
    ("3?", "år", without_value("illegible", "år")),
    ("1?. juli 2007", "dato", without_value("illegible", "dato")),
    ("20?7-02-2?", "dato", without_value("illegible", "dato")),
    # what is measured may have decimals
    ("1,5 år", "år", number("1.5", "år", "0.1")),
    ("2.5 timer", "timer", number("2.5", "timer", "0.1")),
    ("37,5", "uger", number("37.5", "uger", "0.1")),
    ("12,25 årsværk", "årsværk", number("12.25", "årsværk", "0.01")),
    # two groups, or a comma behind one, leave no doubt
    ("1.234.567", "mio. kr.", number("1234567000000", "kr.", "1000000")),
    ("1.925,5", "mio. kr.", number("1925500000", "kr.", "100000")),
]

#: Texts that must be refused, by the unit that they are typed with.
REFUSED: list[tuple[str, list[str]]] = [
    # a limit behind the number, which would be lost
    ("forløb", ["40 forløb mindst", "40 forløb, højst"]),
    ("personer", ["40 ca.", "40 personer maksimalt"]),
    # another measure of time than the unit
    ("måneder", ["5 uger", "tre uger", "4 uger pr. måned"]),
    ("dage", ["13-ugers", "10 arbejdsdage"]),
    ("uger", ["200 forløb"]),
    # groups and decimals that are none
    ("kr.", ["1.00.000", "1000.000", "12.34.56"]),
    ("pct.", ["1,2,3", "5,,0", ",5", "5,"]),
    ("mio. kr.", ["5 ,0"]),
    # more digits behind a gap
    ("personer", ["12 3", "1 000", "1-2-3"]),
    ("kr.", ["1\u00a0000 kr."]),
    # letters and signs that may be misread digits
    ("pct.", ["4O", "nan", "uendelig"]),
    ("personer", ["l0", "1²", "1e5", "1_000", "5/10"]),
    ("år", ["1½"]),
    # words that say another unit
    ("mio. kr.", ["42,5 mip.", "500 kr.", "5 mia. kr.", "tre"]),
    ("kr.", ["42,5 mio. kr.", "5 t.kr.", "10 personer"]),
    ("pct.", ["10 personer", "førerposition"]),
    ("personer", ["10 pct.", "10 %", "10 kr.", "10 mio.", "tre procent", "hver tredje", "alle"]),
    # ranges that are none
    ("personer", ["70-60", "mellem 1.000 og 500", "mellem 5", "5-"]),
    # what a spreadsheet makes of a number: fewer digits, decimals, a month, a day
    ("forløb", ["2.5", "40.0", "0,5 forløb", "mindst 1.4 forløb", "12 maj"]),
    ("personer", ["1.4", "1,4", "1.4-2.5", "okt-12", "12. okt", "01-02", "007", "2024-02-01"]),
    ("helårspersoner", ["16.7", "16,7"]),
    ("nr.", ["1.0"]),
    ("kr.", ["20.0 kr.", "26.89 kr."]),
    ("virksomheder", ["01-feb", "1-Feb", "feb-01"]),
    ("uger", ["2-jan"]),
    ("mio. kr.", ["05-maj"]),
    ("pct.", ["03-maj"]),
    ("dato", ["29. juni 1905", "1905", "feb-07"]),
    # a dot that may group or not
    ("mio. kr.", ["1.925", "0.925"]),
    ("pct.", ["57.125", "1.200-1.500", "1000.000"]),
    ("timer", ["1.250"]),
    # a question mark that is in the place of no digit
    ("forløb", ["40 forl?b", "m?ndst 40"]),
    ("pct.", ["40 p?t."]),
    ("mio. kr.", ["5,0 mio. k?."]),
    ("teams", ["t?e"]),
    ("dato", ["1. j?li 2007"]),
    # longer than any number
    ("personer", ["ca. " + "9" * 5000]),
    # nothing there
    ("personer", [""]),
    ("kr.", [" \u00a0\t"]),
    ("tekst", [""]),
    ("pct.", ["ca.", "[XX", "fire ud af nul"]),
    # no such day
    ("dato", ["31. februar 2007", "29. februar 2007", "2007-13-01", "0. juli 2007", "32. juli 2007"]),
    # what only begins like a number
    ("år", ["et halvt"]),
    ("personer", ["tre hundrede", "tre og tyve", "to til tre", "10 kr", "1.OOO"]),
    ("mio. kr.", ["tredobles"]),
    ("pct.", ["10 pct.-point", "0.123"]),
    ("mio.kr.", ["5"]),
    ("dato", ["5. kvartal 2008", "100. juli 2007", "29. februar 1900", "0000-01-01"]),
    ("kr.", ["9" * 40]),
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


@pytest.mark.parametrize(("text", "unit", "expected"), READ)
def test_a_printed_form_is_read_in_full(text: str, unit: str, expected: Number) -> None:
    assert parse(text, unit) == expected


@pytest.mark.parametrize(("unit", "text"), [(unit, text) for unit, texts in REFUSED for text in texts])
def test_a_text_outside_the_grammar_is_refused(unit: str, text: str) -> None:
    with pytest.raises(NumberError):
        parse(text, unit)


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
    ],
)
def test_a_refusal_says_what_is_wrong(text: str, unit: str, told: str) -> None:
    with pytest.raises(NumberError) as refusal:
        parse(text, unit)
    assert told in str(refusal.value)


@pytest.mark.parametrize(
    ("text", "unit", "reading", "expected"),
    [
        ("1.925", "mio. kr.", "grouped", number("1925000000", "kr.", "1000000")),
        ("1.925", "mio. kr.", "decimal", number("1925000", "kr.", "1000")),
        ("0.925", "mio. kr.", "decimal", number("925000", "kr.", "1000")),
        ("57.125 pct.", "pct.", "decimal", number("57.125", "pct.", "0.001")),
        ("1.250", "timer", "grouped", number("1250", "timer")),
        ("ca. 1.200-1.500", "pct.-point", "grouped", number("1200", "pct.-point", "1", "range", "1500")),
        ("412,7 helårspersoner", "helårspersoner", "decimal", number("412.7", "helårspersoner", "0.1")),
        # Where nothing is in doubt, the column changes nothing.
        ("1.925", "kr.", "grouped", number("1925", "kr.")),
        ("42,5", "mio. kr.", "grouped", number("42500000", "kr.", "100000")),
        ("40", "forløb", "decimal", number("40", "forløb")),
    ],
)
def test_a_dot_that_may_group_or_not_is_read_as_the_column_says(
    text: str, unit: str, reading: str, expected: Number
) -> None:
    assert parse(text, unit, reading) == expected


@pytest.mark.parametrize(
    ("text", "unit", "reading"),
    [
        ("1.925", "kr.", "decimal"),
        ("2.500", "forløb", "decimal"),
        ("0.925", "mio. kr.", "grouped"),
        ("1000.000", "pct.", "grouped"),
    ],
)
def test_a_reading_that_the_unit_or_the_digits_rule_out_is_refused(text: str, unit: str, reading: str) -> None:
    with pytest.raises(NumberError):
        parse(text, unit, reading)


@pytest.mark.parametrize(
    "unit",
    [
        "tkr.", "t.kr.", "1.000 kr.", "mia. kr.", "kroner pr. forløb", "mio kr", "DKK", "%", "euro", "100", "feb",
        "maj", "pct", "procentpoint", "pct-point", "Kr.", "procent", "nr", "Dato", "forløb/år", "",
    ],
)  # fmt: skip
def test_a_unit_that_is_neither_known_nor_a_plain_word_is_refused_whatever_is_counted(unit: str) -> None:
    with pytest.raises(UnitError):
        parse("10", unit)


# --- laws ------------------------------------------------------------------------------------------


#: Units in which a dot before three digits may group or not.
_DOUBTFUL = {"mio. kr.", "pct.", "pct.-point", *MEASURED_UNITS}


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
    scale = 1_000_000 if unit == "mio. kr." else 1
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
    "1", "2007", "12.345", "1.000", "0,5", ",", ".", "-", "–", " ", "\u00a0", "?", "%", "/", "(", "[xx]", "ca.",
    "mindst ", "op til ", "mellem ", " og ", " til ", "tre", "én", "hver ", "tredje", " ud af ", "fem", "nul", "alle",
    "halvdelen", "tredobles", "førerposition", "nr. ", "mio.", "kr.", "pct.", "pct.-point", "personer", "31. ", "juli ",
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
