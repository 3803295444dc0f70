"""The page of money and unit costs. Nothing else belongs here."""

from collections import defaultdict
from collections.abc import Sequence

import duckdb

from jobmaal.core.database import Row, query
from jobmaal.outputs import danish
from jobmaal.outputs.report import charts
from jobmaal.outputs.report.cells import NUMBER, Cell, Chart, Column, Table, number_cell, sortable, source_href
from jobmaal.outputs.report.pages.shared import (
    AGREEMENT,
    AGREEMENTS,
    BASIS,
    COURSES,
    MILLION,
    ROLE,
    UNIT_TYPE,
    YEAR,
    Page,
    account,
    figure,
    known,
    mixed_sum,
    page,
    rows_of,
    search_href,
    sum_cell,
    unit_name,
)

_UNDISPUTED, _DISPUTED = "Uden forbehold", "Med forbehold"


def budget(database: duckdb.DuckDBPyConnection) -> Page:
    """Show the money: by agreement, theme, account and unit, what is itemised and what is not, and unit costs."""
    lines, prices = rows_of(database, "budget_lines"), rows_of(database, "budget_prices")
    # By year, not by price: kroner of different years are not ranked.
    agreements = [row for row in query(database, AGREEMENTS.format(table="rpt_agreement")) if row["costed_initiatives"]]
    price_charts = _price_charts(prices)
    return page(
        "budget.html",
        "Budget",
        [
            Table("linjer", "Alle penge, linje for linje; hvert beløb fører til stedet, hvor det er trykt",
                  _LINES, lines),
            Table("totaler", "Posterne ved siden af de totaler, som dokumentet selv trykker",
                  _TOTALS, rows_of(database, "budget_totals")),
            Table("opfoelgning", "Vedtaget budget ved siden af det, der siden er bevilget, ventet og brugt",
                  _FOLLOWUPS, rows_of(database, "budget_followups")),
            Table("enheder", "Penge efter den enhed, dokumentet nævner, år for år",
                  _UNITS, rows_of(database, "budget_units")),
            Table("priser", "Pris pr. styk, hver enhed og hvert år for sig, billigste først",
                  _PRICES, prices),
            Table("aftalepriser", "Forløb for pengene, aftale for aftale, ældste først",
                  _AGREEMENT_PRICES, agreements),
        ],
        [_theme_chart(lines), *price_charts],
        {"price_charts": [chart.name for chart in price_charts]},
    )  # fmt: skip


def _lines_of(row: Row) -> str:
    return search_href("budget.html", "linjer", row["agreement_name"])


def _prices_of(row: Row) -> str:
    return search_href("budget.html", "priser", row["agreement_name"])


def _stated(row: Row) -> Cell:
    return sum_cell(row["stated_dkk"], row["stated_qualifier"], row["stated_to_dkk"], source_href(row["source_ref"]))


def _difference(row: Row) -> Cell:
    difference = row["difference_dkk"]
    return Cell(danish.number(difference, 0), sortable(difference), None, "differs" if difference else None)


_LINES = (
    Column("Post", lambda row: row["line_name"] or known(row["initiative_name"])),
    Column("Beløb, kr.", figure("amount_dkk"), NUMBER),
    Column("Indsatsområde", "theme_name", is_filter=True),
    Column("Konto", account),
    YEAR,
    AGREEMENT,
    Column("Enhed", lambda row: known(row["jobcenter_name"])),
    Column("Art", lambda row: danish.LINE_TYPE[row["line_type"]], is_filter=True),
)
_TOTALS = (
    AGREEMENT,
    Column("Indsatsområde", "theme_name"),
    Column("Konto", account),
    YEAR,
    Column(
        "Poster, kr.",
        lambda row: sum_cell(row["lines_dkk"], row["lines_qualifier"], row["lines_to_dkk"], _lines_of(row)),
        NUMBER,
    ),
    Column("Ikke fordelt, kr.", lambda row: number_cell(row["unitemised_dkk"], _lines_of(row), 0), NUMBER),
    Column("Trykt total, kr.", _stated, NUMBER),
    Column("Trykt total minus poster, kr.", _difference, NUMBER),
)


def _phase(label: str, phase: str) -> Column:
    """Return a column of a budget's version; each amount leads to the place where it is printed."""

    def cell(row: Row) -> Cell:
        return sum_cell(row[f"{phase}_dkk"], row[f"{phase}_qualifier"], None, source_href(row[f"{phase}_source_ref"]))

    return Column(label, cell, NUMBER)


def _followed(row: Row) -> Cell:
    """Return the agreement that is followed up, or that it is not at hand."""
    return Cell(row["budget_agreement_name"] or "Ikke med her", None, None, "none" if row["is_standalone"] else None)


_FOLLOWUPS = (
    Column(
        "Linje", lambda row: f"{row['line_name']}, {row['funding_source']}" if row["is_payer"] else row["line_name"]
    ),
    YEAR,
    _phase("Vedtaget, kr.", "adopted"),
    _phase("Tillæg, kr.", "supplementary"),
    _phase("Korrigeret, kr.", "revised"),
    _phase("Forventet, kr.", "forecast"),
    _phase("Brugt, kr.", "spent"),
    Column(
        "Forventet minus korrigeret, kr.", lambda row: number_cell(row["forecast_minus_revised_dkk"], None, 0), NUMBER
    ),
    Column("Pr.", lambda row: Cell(danish.date(row["as_of"]), row["as_of"].isoformat())),
    Column("Opfølgning", "agreement_name", is_filter=True),
    Column("Følger op på", _followed, is_filter=True),
)
_UNITS = (
    Column("Enhed", unit_name),
    UNIT_TYPE,
    ROLE,
    AGREEMENT,
    YEAR,
    Column("Beløb, kr.", lambda row: mixed_sum(row, "amount_dkk", _lines_of(row)), NUMBER),
    BASIS,
)
_AGREEMENT_PRICES = (
    Column("Aftale", "agreement_name"),
    Column("Kroner fra", "costed_years"),
    Column("Initiativer med pris", lambda row: number_cell(row["costed_initiatives"], _prices_of(row)), NUMBER),
    Column("heraf omstridte", lambda row: number_cell(row["costed_initiatives_with_finding"], _prices_of(row)), NUMBER),
    Column("Penge, kr.", lambda row: number_cell(row["costed_dkk"], _prices_of(row), 0), NUMBER),
    Column("Forløb", lambda row: number_cell(row["costed_courses"], _prices_of(row)), NUMBER),
    Column("Kr. pr. forløb", lambda row: number_cell(row["cost_per_course_dkk"], None, 0), NUMBER),
    Column("Forløb pr. mio. kr.", lambda row: number_cell(row["courses_per_million_kroner"], None, 1), NUMBER),
)


def _price_money(row: Row) -> Cell:
    href = search_href("budget.html", "linjer", row["initiative_name"])
    return sum_cell(row["budget_dkk"], row["budget_qualifier"], row["budget_to_dkk"], href)


def _price_courses(row: Row) -> Cell:
    href = search_href("forloeb.html", "forloeb", row["initiative_name"])
    return sum_cell(row["planned_courses"], row["planned_courses_qualifier"], row["planned_courses_to"], href)


def _price(row: Row) -> Cell:
    price = row["cost_per_course_dkk"]
    return Cell(danish.limited(row["cost_per_course_qualifier"], danish.number(price, 0)), sortable(price))


def _reservation(row: Row) -> Cell | None:
    """Return the reservation on a price: that it rests on a number that a finding disputes."""
    if not row["cost_finding_claim_ids"]:
        return None
    if row["has_fault"]:
        fault = search_href("afstemning.html", "fejl", row["agreement_name"])
        return Cell("Bygger på et tal, der ikke stemmer", None, fault)
    ambiguous = search_href("afstemning.html", "tvetydige", row["agreement_name"])
    return Cell("Bygger på et tal, der kan læses på to måder", None, ambiguous)


_PRICES = (
    Column("Tæller", "course_unit", is_filter=True),
    Column("År", "course_years", is_filter=True),
    Column("Initiativ", "initiative_name"),
    AGREEMENT,
    Column("Penge, kr.", _price_money, NUMBER),
    Column("Antal", _price_courses, NUMBER),
    Column("Kr. pr. styk", _price, NUMBER),
    Column("Forbehold", _reservation, is_filter=True),
)


def _theme_chart(lines: Sequence[Row]) -> Chart:
    """Draw the money of themes on accounts, for the agreements that name accounts."""
    sums, by_theme = defaultdict[tuple[str, str], float](float), defaultdict[str, float](float)
    for row in lines:
        if row["theme_name"] and account(row):
            amount = float(row["amount_dkk"] or 0) / MILLION
            sums[row["theme_name"], account(row)] += amount
            by_theme[row["theme_name"]] += amount
    accounts = sorted({account for _, account in sums})
    values = [
        {"name": theme, "part": account, "amount": amount, "rank": accounts.index(account)}
        for (theme, account), amount in sorted(sums.items(), key=lambda one: (-by_theme[one[0][0]], one[0]))
    ]
    return Chart(
        "omraader",
        "Så meget er sat af til hvert indsatsområde, og på hvilken konto",
        "Søjler for hvert indsatsområde i de aftaler, der nævner konti, i millioner kroner, delt efter konto.",
        "linjer",
        charts.stacked_bars(values, "mio. kr. (årets priser)", accounts),
    )


def _price_charts(prices: Sequence[Row]) -> list[Chart]:
    """Draw what a course costs, one chart per year: kroner of different years are not ranked."""
    by_year: dict[str, list[dict[str, object]]] = {}
    for row in prices:
        if row["course_unit"] == COURSES:
            part = _DISPUTED if row["cost_finding_claim_ids"] else _UNDISPUTED
            bar = {"name": row["initiative_name"], "part": part, "amount": float(row["cost_per_course_dkk"]), "rank": 0}
            by_year.setdefault(row["course_years"], []).append(bar)
    return [
        Chart(
            f"priser-{year}",
            f"Kroner pr. forløb i {year}",
            f"En søjle for hvert initiativ med både penge og forløb i {year}; det billigste øverst.",
            "priser",
            charts.stacked_bars(bars, f"kr. pr. forløb (priser i {year})", [_UNDISPUTED, _DISPUTED]),
        )
        for year, bars in by_year.items()
    ]
