"""The page of all agreements over the years. Nothing else belongs here."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from jobmaal.core.rows import Row, query
from jobmaal.outputs import danish
from jobmaal.outputs.report import charts
from jobmaal.outputs.report.cells import NUMBER, Cell, Chart, Column
from jobmaal.outputs.report.pages.shared import (
    AGREEMENTS,
    MILLION,
    STATUS_COLOURS,
    STATUS_ORDER,
    Page,
    number_cell,
    rows_of,
    short,
    sum_cell,
    table,
    text_cell,
)
from jobmaal.outputs.suppression.tables import Shown


def overview(database: duckdb.DuckDBPyConnection, shown: Shown) -> Page:
    """Show the agreements over the years: money, courses, targets, what does not add up, and when the data is from.

    Money and courses stand side by side for the same years alone, since readers divide one by the other.
    """
    agreements = query(database, AGREEMENTS.format(table=shown.relation("rpt_agreement")))
    columns = [
        Column("Aftale eller plan"),
        Column("Stilling", is_filter=True),
        Column("Dateret"),
        Column("År"),
        Column("Oplyst total, kr.", NUMBER),
        Column("Poster lagt sammen, kr.", NUMBER),
        Column("Pengenes år"),
        Column("År med begge dele"),
        Column("Penge da, kr.", NUMBER),
        Column("Forløb da", NUMBER),
        Column("Mål", NUMBER),
        Column("Nået", NUMBER),
        Column("Ikke nået", NUMBER),
        Column("Ikke målt", NUMBER),
        Column("Intet tal sat", NUMBER),
        Column("Tal, der ikke stemmer", NUMBER),
        Column("Kan læses på to måder", NUMBER),
    ]
    rows = [_agreement(row) for row in agreements]
    [data] = query(
        database,
        """
        select
            (select count(*) from audit_reply) as replies,
            (select max(retrieved_at) from audit_reply) as newest_reply,
            (select count(*) from audit_lineage) as figures
        """,
    )
    counted = ("targets", "claims", "claims_known", "claims_ambiguous")
    totals = {key: sum(row[key] for row in agreements) for key in counted}
    totals |= {status: sum(row[f"targets_{status}"] for row in agreements) for status in STATUS_ORDER}
    return Page(
        "index.html",
        "Overblik",
        {"aftaler": table("aftaler", "Aftaler og planer, ældste først", columns, rows)},
        {chart.name: chart for chart in (_money_chart(agreements), _targets_chart(agreements)) if chart},
        {**data, **totals, "agreements": len(agreements)},
    )


def _agreement(row: Row) -> list[Cell]:
    name = row["agreement_name"]
    years = str(row["year_from"]) + (f"–{row['year_to']}" if row["year_to"] != row["year_from"] else "")
    courses = rows_of("forloeb.html", "forloeb", name)
    lines, targets = rows_of("budget.html", "linjer", name), rows_of("maal.html", "maal", name)
    return [
        text_cell(name),
        text_cell(danish.AGREEMENT_STATUS[row["agreement_status"]]),
        Cell(danish.date(row["dated"]), str(row["dated"] or "")),
        Cell(years, row["year_from"]),
        sum_cell(row["stated_total_dkk"], row["stated_total_qualifier"], None, lines),
        sum_cell(row["sum_of_lines_dkk"], row["sum_of_lines_qualifier"], None, lines),
        text_cell(danish.years(row["money_years"])),
        text_cell(danish.years(row["shared_years"])),
        sum_cell(row["shared_years_dkk"], row["shared_years_dkk_qualifier"], None, lines),
        sum_cell(row["shared_years_courses"], row["shared_years_courses_qualifier"], None, courses),
        number_cell(row["targets"], targets),
        *(number_cell(row[f"targets_{status}"], targets) for status in STATUS_ORDER),
        number_cell(row["claims_known"], rows_of("afstemning.html", "fejl", name)),
        number_cell(row["claims_ambiguous"], rows_of("afstemning.html", "tvetydige", name)),
    ]


def _money_chart(agreements: Sequence[Row]) -> Chart | None:
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
    if not values:
        return None
    return Chart(
        "penge",
        "Så meget oplyser hver aftale i alt, og så meget af det kan findes på en post",
        "Søjler i millioner kroner for hver aftale, der oplyser en total, delt i det, der er fordelt på poster, og "
        "det, der ikke er.",
        "aftaler",
        charts.stacked_bars(values, "mio. kr. (årets priser)", parts),
    )


def _targets_chart(agreements: Sequence[Row]) -> Chart | None:
    values = [
        {
            "name": short(row["agreement_name"]),
            "part": danish.TARGET_STATUS[status],
            "amount": row[f"targets_{status}"],
            "rank": at,
        }
        for row in agreements
        for at, status in enumerate(STATUS_ORDER)
        if row[f"targets_{status}"]
    ]
    if not values:
        return None
    parts = [danish.TARGET_STATUS[status] for status in STATUS_ORDER]
    unmeasured = sum(row["targets_not_measured"] + row["targets_not_set"] for row in agreements)
    return Chart(
        "maalstatus",
        f"{unmeasured} af {sum(row['targets'] for row in agreements)} mål er aldrig målt",
        "Søjler for hver aftale med antallet af mål, der er nået, ikke nået, ikke målt, eller hvor intet tal er sat.",
        "aftaler",
        charts.stacked_bars(values, "antal mål", parts, STATUS_COLOURS),
    )
