"""The page of all agreements over the years. Nothing else belongs here."""

from collections.abc import Callable, Sequence

import duckdb

from jobmaal.core.database import Row, query
from jobmaal.outputs import danish
from jobmaal.outputs.report import charts
from jobmaal.outputs.report.cells import NUMBER, Cell, Chart, Column, Table, number_cell
from jobmaal.outputs.report.pages.shared import (
    AGREEMENTS,
    MILLION,
    STATUS_COLOURS,
    STATUS_ORDER,
    Page,
    page,
    rows_of,
    search_href,
    short,
    sum_cell,
)
from jobmaal.outputs.suppression.tables import Shown

_COUNTS = ("targets", "claims", "claims_known", "claims_ambiguous")


def overview(database: duckdb.DuckDBPyConnection, shown: Shown) -> Page:
    """Show the agreements over the years: money, courses, targets, what does not add up, and when the data is from.

    Money and courses are side by side for the same years alone, since readers divide one by the other.
    """
    agreements = query(database, AGREEMENTS.format(table=shown.relation("rpt_agreement")))
    [counts] = rows_of(database, "overview_counts")
    totals = {key: sum(row[key] for row in agreements) for key in _COUNTS}
    totals |= {status: sum(row[f"targets_{status}"] for row in agreements) for status in STATUS_ORDER}
    return page(
        "index.html",
        "Overblik",
        [Table("aftaler", "Aftaler og planer, ældste først", _AGREEMENTS, agreements)],
        [_money_chart(agreements), _targets_chart(agreements)],
        {**counts, **totals, "agreements": len(agreements)},
    )


def _years(row: Row) -> Cell:
    until = f"–{row['year_to']}" if row["year_to"] != row["year_from"] else ""
    return Cell(f"{row['year_from']}{until}", row["year_from"])


def _sum(label: str, value: str, qualifier: str, page: str, table: str) -> Column:
    """Return a column of sums; each leads to the agreement's rows on another page."""

    def cell(row: Row) -> Cell:
        return sum_cell(row[value], row[qualifier], None, search_href(page, table, row["agreement_name"]))

    return Column(label, cell, NUMBER)


def _count(value: str, page: str, table: str) -> Callable[[Row], Cell]:
    """Return how to show a count, which leads to the agreement's rows on another page."""
    return lambda row: number_cell(row[value], search_href(page, table, row["agreement_name"]))


_AGREEMENTS = (
    Column("Aftale eller plan", "agreement_name"),
    Column("Stilling", lambda row: danish.AGREEMENT_STATUS[row["agreement_status"]], is_filter=True),
    Column("Dateret", lambda row: Cell(danish.date(row["dated"]), str(row["dated"] or ""))),
    Column("År", _years),
    _sum("Oplyst total, kr.", "stated_total_dkk", "stated_total_qualifier", "budget.html", "linjer"),
    _sum("Poster lagt sammen, kr.", "sum_of_lines_dkk", "sum_of_lines_qualifier", "budget.html", "linjer"),
    Column("Pengenes år", lambda row: danish.years(row["money_years"])),
    Column("År med begge dele", lambda row: danish.years(row["shared_years"])),
    _sum("Penge da, kr.", "shared_years_dkk", "shared_years_dkk_qualifier", "budget.html", "linjer"),
    _sum("Forløb da", "shared_years_courses", "shared_years_courses_qualifier", "forloeb.html", "forloeb"),
    Column("Mål", _count("targets", "maal.html", "maal"), NUMBER),
    Column("Nået", _count("targets_met", "maal.html", "maal"), NUMBER),
    Column("Ikke nået", _count("targets_not_met", "maal.html", "maal"), NUMBER),
    Column("Ikke målt", _count("targets_not_measured", "maal.html", "maal"), NUMBER),
    Column("Intet tal sat", _count("targets_not_set", "maal.html", "maal"), NUMBER),
    Column("Tal, der ikke stemmer", _count("claims_known", "afstemning.html", "fejl"), NUMBER),
    Column("Kan læses på to måder", _count("claims_ambiguous", "afstemning.html", "tvetydige"), NUMBER),
)


def _money_chart(agreements: Sequence[Row]) -> Chart:
    parts = list(danish.LINE_TYPE.values())
    values = []
    for row in agreements:
        # A sum that no document states is no total.
        if row["stated_total_dkk"] is None:
            continue
        unitemised = row["unitemised_dkk"] or 0
        amounts = (row["stated_total_dkk"] - unitemised, unitemised)
        name = f"{short(row['agreement_name'])} ({danish.years(row['money_years']) or 'intet årstal'})"
        values += [
            {"name": name, "part": part, "amount": float(amount) / MILLION, "rank": at}
            for at, (part, amount) in enumerate(zip(parts, amounts, strict=True))
            if amount
        ]
    return Chart(
        "penge",
        "Så meget oplyser hver aftale i alt, og så meget af det kan findes på en post",
        "Søjler i millioner kroner for hver aftale, der oplyser en total, delt i det, der er fordelt på poster, og "
        "det, der ikke er.",
        "aftaler",
        charts.stacked_bars(values, "mio. kr. (årets priser)", parts),
    )


def _targets_chart(agreements: Sequence[Row]) -> Chart:
    parts = [danish.TARGET_STATUS[status] for status in STATUS_ORDER]
    values = [
        {"name": short(row["agreement_name"]), "part": part, "amount": row[f"targets_{status}"], "rank": at}
        for row in agreements
        for at, (status, part) in enumerate(zip(STATUS_ORDER, parts, strict=True))
        if row[f"targets_{status}"]
    ]
    unmeasured = sum(row["targets_not_measured"] + row["targets_not_set"] for row in agreements)
    return Chart(
        "maalstatus",
        f"{unmeasured} af {sum(row['targets'] for row in agreements)} mål er aldrig målt",
        "Søjler for hver aftale med antallet af mål, der er nået, ikke nået, ikke målt, eller hvor intet tal er sat.",
        "aftaler",
        charts.stacked_bars(values, "antal mål", parts, STATUS_COLOURS),
    )
