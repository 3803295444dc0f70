"""The page of money and unit costs. Nothing else belongs here."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from jobmaal.core.rows import Row, query
from jobmaal.outputs import danish
from jobmaal.outputs.report import charts
from jobmaal.outputs.report.cells import NUMBER, Cell, Chart, Column, Table, sortable, source_href
from jobmaal.outputs.report.pages.shared import (
    AGREEMENTS,
    COURSES,
    MILLION,
    Page,
    account,
    basis_cell,
    figure_cell,
    known,
    kroner_cell,
    number_cell,
    role_text,
    rows_of,
    sum_cell,
    table,
    text_cell,
    year_cell,
)

_UNDISPUTED, _DISPUTED = "Uden forbehold", "Med forbehold"


def budget(database: duckdb.DuckDBPyConnection) -> Page:
    """Show the money: by agreement, theme, account and unit, what is itemised and what is not, and unit costs."""
    lines = query(
        database,
        """
        select
            agreements.agreement_name, facts.theme_name, initiatives.initiative_no, initiatives.initiative_name,
            facts.line_name, accounts.account_id, accounts.account_name, facts.year_key, units.jobcenter_name,
            facts.line_type, facts.amount_dkk, facts.value_qualifier, facts.value_to, facts.value_status,
            facts.source_ref
        from fct_budget as facts
        inner join dim_agreement as agreements on facts.agreement_key = agreements.agreement_key
        inner join dim_initiative as initiatives on facts.initiative_key = initiatives.initiative_key
        inner join dim_account as accounts on facts.account_key = accounts.account_key
        inner join dim_jobcenter as units on facts.jobcenter_key = units.jobcenter_key
        order by agreements.year_from, agreements.agreement_name, facts.year_key, facts.theme_name, facts.line_name,
            accounts.account_id
        """,
    )
    prices = query(
        database,
        """
        select
            agreement_name, initiative_name, course_years, course_unit, planned_courses, planned_courses_qualifier,
            planned_courses_to, budget_dkk, budget_qualifier, budget_to_dkk, cost_per_course_dkk,
            cost_per_course_qualifier, cost_finding_claim_ids
        from rpt_initiative where cost_per_course_dkk is not null
        order by course_unit, course_years, cost_per_course_dkk, initiative_name
        """,
    )
    faults = {
        row["claim_id"] for row in query(database, "select claim_id from audit_reconciliation where status = 'known'")
    }
    agreements = [row for row in query(database, AGREEMENTS.format(table="rpt_agreement")) if row["costed_initiatives"]]
    tables = (
        _budget_lines(lines),
        _stated_totals(database),
        _unit_money(database),
        _prices(prices, faults),
        _agreement_prices(agreements),
    )
    theme_chart = _theme_chart(lines)
    by_year = _price_charts(prices)
    return Page(
        "budget.html",
        "Budget",
        {table.name: table for table in tables},
        {chart.name: chart for chart in (theme_chart, *by_year) if chart},
        {"price_charts": [chart.name for chart in by_year]},
    )


def _budget_lines(lines: Sequence[Row]) -> Table:
    columns = [
        Column("Post"),
        Column("Beløb, kr.", NUMBER),
        Column("Indsatsområde", is_filter=True),
        Column("Konto"),
        Column("År", NUMBER),
        Column("Aftale", is_filter=True),
        Column("Enhed"),
        Column("Art", is_filter=True),
    ]
    rows = [
        [
            text_cell(row["line_name"] or known(row["initiative_name"])),
            figure_cell(row, "amount_dkk"),
            text_cell(row["theme_name"]),
            text_cell(account(row)),
            year_cell(row["year_key"]),
            text_cell(row["agreement_name"]),
            text_cell(known(row["jobcenter_name"])),
            text_cell(danish.LINE_TYPE[row["line_type"]]),
        ]
        for row in lines
    ]
    return table(
        "linjer", "Alle penge, linje for linje; hvert beløb fører til stedet, hvor det er trykt", columns, rows
    )


def _stated_totals(database: duckdb.DuckDBPyConnection) -> Table:
    found = query(
        database,
        """
        select * from rpt_agreement_budget where stated_dkk is not null
        order by agreement_name, year_key, theme_name != 'I alt', theme_name, account_id != 'I alt', account_id
        """,
    )
    columns = [
        Column("Aftale", is_filter=True),
        Column("Indsatsområde"),
        Column("Konto"),
        Column("År", NUMBER),
        Column("Poster, kr.", NUMBER),
        Column("Ikke fordelt, kr.", NUMBER),
        Column("Trykt total, kr.", NUMBER),
        Column("Trykt total minus poster, kr.", NUMBER),
    ]
    rows = []
    for row in found:
        href = rows_of("budget.html", "linjer", row["agreement_name"])
        rows.append(
            [
                text_cell(row["agreement_name"]),
                text_cell(row["theme_name"]),
                text_cell(account(row)),
                year_cell(row["year_key"]),
                sum_cell(row["lines_dkk"], row["lines_qualifier"], row["lines_to_dkk"], href),
                kroner_cell(row["unitemised_dkk"], href),
                sum_cell(
                    row["stated_dkk"], row["stated_qualifier"], row["stated_to_dkk"], source_href(row["source_ref"])
                ),
                Cell(
                    danish.number(row["difference_dkk"], 0),
                    sortable(row["difference_dkk"]),
                    None,
                    "differs" if row["difference_dkk"] else None,
                ),
            ]
        )
    return table("totaler", "Posterne ved siden af de totaler, som dokumentet selv trykker", columns, rows)


def _unit_money(database: duckdb.DuckDBPyConnection) -> Table:
    found = query(
        database,
        """
        select
            shares.jobcenter_name, units.unit_type, agreements.agreement_name, shares.allocation_basis,
            shares.unit_role, shares.unit_role_name, shares.year_key, sum(shares.amount_dkk) as amount_dkk,
            list(distinct shares.amount_qualifier) as qualifiers,
            sum(coalesce(shares.amount_to_dkk, shares.amount_dkk)) as amount_to_dkk
        from rpt_jobcenter_year as shares
        inner join dim_jobcenter as units on shares.jobcenter_key = units.jobcenter_key
        inner join dim_agreement as agreements on shares.document_id = agreements.document_id
        where shares.amount_dkk is not null
        group by all
        -- Year by year: levels that replace each other are not added up.
        order by amount_dkk desc, shares.jobcenter_name, agreements.agreement_name, shares.year_key,
            shares.allocation_basis, shares.unit_role, shares.unit_role_name
        """,
    )
    columns = [
        Column("Enhed"),
        Column("Slags", is_filter=True),
        Column("Rolle", is_filter=True),
        Column("Aftale", is_filter=True),
        Column("År", NUMBER),
        Column("Beløb, kr.", NUMBER),
        Column("Fordeling", is_filter=True),
    ]
    rows = [
        [
            text_cell(known(row["jobcenter_name"]) or "Ingen enhed nævnt"),
            text_cell(danish.UNIT_TYPE.get(row["unit_type"], "")),
            text_cell(role_text(row)),
            text_cell(row["agreement_name"]),
            year_cell(row["year_key"]),
            sum_cell(
                row["amount_dkk"],
                danish.qualifier_of_sum(row["qualifiers"]),
                row["amount_to_dkk"],
                rows_of("budget.html", "linjer", row["agreement_name"]),
            ),
            basis_cell(row["allocation_basis"]),
        ]
        for row in found
    ]
    return table("enheder", "Penge efter den enhed, dokumentet nævner, år for år", columns, rows)


def _prices(prices: Sequence[Row], faults: set[str]) -> Table:
    columns = [
        Column("Tæller", is_filter=True),
        Column("År", is_filter=True),
        Column("Initiativ"),
        Column("Aftale", is_filter=True),
        Column("Penge, kr.", NUMBER),
        Column("Antal", NUMBER),
        Column("Kr. pr. styk", NUMBER),
        Column("Forbehold", is_filter=True),
    ]
    rows = [
        [
            text_cell(row["course_unit"]),
            text_cell(row["course_years"]),
            text_cell(row["initiative_name"]),
            text_cell(row["agreement_name"]),
            sum_cell(
                row["budget_dkk"],
                row["budget_qualifier"],
                row["budget_to_dkk"],
                rows_of("budget.html", "linjer", row["initiative_name"]),
            ),
            sum_cell(
                row["planned_courses"],
                row["planned_courses_qualifier"],
                row["planned_courses_to"],
                rows_of("forloeb.html", "forloeb", row["initiative_name"]),
            ),
            Cell(
                danish.limited(row["cost_per_course_qualifier"], danish.number(row["cost_per_course_dkk"], 0)),
                sortable(row["cost_per_course_dkk"]),
            ),
            _reservation(row, faults),
        ]
        for row in prices
    ]
    caption = "Pris pr. styk, hver enhed og hvert år for sig, billigste først"
    return table("priser", caption, columns, rows)


def _reservation(row: Row, faults: set[str]) -> Cell:
    """Return what is to be said against a price: that it rests on a number that a finding disputes."""
    if not row["cost_finding_claim_ids"]:
        return text_cell("")
    if faults.isdisjoint(row["cost_finding_claim_ids"].split(", ")):
        ambiguous = rows_of("afstemning.html", "tvetydige", row["agreement_name"])
        return Cell("Bygger på et tal, der kan læses på to måder", None, ambiguous)
    return Cell("Bygger på et tal, der ikke stemmer", None, rows_of("afstemning.html", "fejl", row["agreement_name"]))


def _agreement_prices(agreements: Sequence[Row]) -> Table:
    columns = [
        Column("Aftale"),
        Column("Kroner fra"),
        Column("Initiativer med pris", NUMBER),
        Column("heraf omstridte", NUMBER),
        Column("Penge, kr.", NUMBER),
        Column("Forløb", NUMBER),
        Column("Kr. pr. forløb", NUMBER),
        Column("Forløb pr. mio. kr.", NUMBER),
    ]
    parts = {row["agreement_name"]: rows_of("budget.html", "priser", row["agreement_name"]) for row in agreements}
    rows = [
        [
            text_cell(row["agreement_name"]),
            text_cell(row["costed_years"]),
            number_cell(row["costed_initiatives"], parts[row["agreement_name"]]),
            number_cell(row["costed_initiatives_with_finding"], parts[row["agreement_name"]]),
            kroner_cell(row["costed_dkk"], parts[row["agreement_name"]]),
            number_cell(row["costed_courses"], parts[row["agreement_name"]]),
            kroner_cell(row["cost_per_course_dkk"]),
            number_cell(row["courses_per_million_kroner"], None, 1),
        ]
        # By year, not by price: kroner of different years are not ranked.
        for row in agreements
    ]
    return table("aftalepriser", "Forløb for pengene, aftale for aftale, ældste først", columns, rows)


def _theme_chart(lines: Sequence[Row]) -> Chart | None:
    """Draw the money of themes on accounts, for the agreements that name accounts."""
    sums: dict[tuple[str, str], float] = {}
    for row in lines:
        if row["theme_name"] and account(row):
            key = (row["theme_name"], account(row))
            sums[key] = sums.get(key, 0) + float(row["amount_dkk"] or 0) / MILLION
    if not sums:
        return None
    accounts = sorted({account for _, account in sums})
    by_theme: dict[str, float] = {}
    for (theme, _), amount in sums.items():
        by_theme[theme] = by_theme.get(theme, 0) + amount
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
    courses = [row for row in prices if row["course_unit"] == COURSES]
    parts = [_UNDISPUTED, _DISPUTED]
    return [
        Chart(
            f"priser-{year}",
            f"Kroner pr. forløb i {year}",
            f"En søjle for hvert initiativ med både penge og forløb i {year}; det billigste øverst.",
            "priser",
            charts.stacked_bars(
                [
                    {
                        "name": row["initiative_name"],
                        "part": _DISPUTED if row["cost_finding_claim_ids"] else _UNDISPUTED,
                        "amount": float(row["cost_per_course_dkk"]),
                        "rank": 0,
                    }
                    for row in courses
                    if row["course_years"] == year
                ],
                f"kr. pr. forløb (priser i {year})",
                parts,
            ),
        )
        for year in dict.fromkeys(row["course_years"] for row in courses)
    ]
