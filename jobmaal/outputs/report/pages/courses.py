"""The page of what is planned in numbers. Nothing else belongs here."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from jobmaal.core.rows import Row, query
from jobmaal.outputs import danish
from jobmaal.outputs.report import charts
from jobmaal.outputs.report.cells import NUMBER, Cell, Chart, Column, Table, sortable, source_href
from jobmaal.outputs.report.pages.shared import (
    BASIS_ORDER,
    COURSES,
    Page,
    basis_cell,
    figure_cell,
    known,
    role_text,
    rows_of,
    sum_cell,
    table,
    text_cell,
    year_cell,
)


def courses(database: duckdb.DuckDBPyConnection) -> Page:
    """Show what is planned: by year, unit and target group."""
    facts = query(
        database,
        """
        select
            agreements.agreement_name, initiatives.initiative_no, initiatives.initiative_name, facts.year_key,
            facts.year_to, units.jobcenter_name, groups.target_group_name, facts.course_unit, facts.planned_courses,
            facts.value_qualifier, facts.value_to, facts.value_status, facts.source_ref
        from fct_courses as facts
        inner join dim_agreement as agreements on facts.agreement_key = agreements.agreement_key
        inner join dim_initiative as initiatives on facts.initiative_key = initiatives.initiative_key
        inner join dim_jobcenter as units on facts.jobcenter_key = units.jobcenter_key
        inner join dim_target_group as groups on facts.target_group_key = groups.target_group_key
        order by
            facts.year_key, agreements.agreement_name, initiatives.initiative_no, facts.course_unit,
            facts.source_ref, units.jobcenter_name, groups.target_group_name, facts.planned_courses
        """,
    )
    shares = query(
        database,
        """
        select
            shares.jobcenter_name, units.unit_type, shares.year_key, shares.course_unit, shares.allocation_basis,
            shares.unit_role, shares.unit_role_name, sum(shares.planned_courses) as planned_courses,
            list(distinct shares.planned_courses_qualifier) as qualifiers,
            sum(coalesce(shares.planned_courses_to, shares.planned_courses)) as planned_courses_to
        from rpt_jobcenter_year as shares
        inner join dim_jobcenter as units on shares.jobcenter_key = units.jobcenter_key
        where shares.planned_courses is not null
        group by all
        order by
            shares.jobcenter_name, shares.year_key, shares.course_unit, shares.allocation_basis, shares.unit_role,
            shares.unit_role_name
        """,
    )
    tables = (_course_lines(facts), _course_units(shares), _course_groups(database))
    found = (_year_chart(facts), _unit_chart(shares))
    return Page(
        "forloeb.html",
        "Forløb",
        {table.name: table for table in tables},
        {chart.name: chart for chart in found if chart},
    )


def _years(row: Row) -> str:
    """Write the year of a number, or the first and the last where it is for a stretch of years."""
    is_stretch = row["year_to"] is not None and row["year_to"] > row["year_key"] > 0
    return danish.year(row["year_key"]) + (f"–{row['year_to']}" if is_stretch else "")


def _course_lines(facts: Sequence[Row]) -> Table:
    columns = [
        Column("Aftale", is_filter=True),
        Column("Initiativ"),
        Column("År", NUMBER),
        Column("Enhed"),
        Column("Målgruppe"),
        Column("Tæller", is_filter=True),
        Column("Planlagt", NUMBER),
    ]
    rows = [
        [
            text_cell(row["agreement_name"]),
            text_cell(f"{row['initiative_no']} {row['initiative_name']}"),
            Cell(
                _years(row),
                row["year_key"],
            ),
            text_cell(known(row["jobcenter_name"])),
            text_cell(known(row["target_group_name"])),
            text_cell(row["course_unit"]),
            figure_cell(row, "planned_courses"),
        ]
        for row in facts
    ]
    return table(
        "forloeb", "Alt, hvad der er planlagt i tal; hvert tal fører til stedet, hvor det er trykt", columns, rows
    )


def _course_units(shares: Sequence[Row]) -> Table:
    columns = [
        Column("Enhed", is_filter=True),
        Column("Slags", is_filter=True),
        Column("Rolle", is_filter=True),
        Column("År", NUMBER),
        Column("Tæller", is_filter=True),
        Column("Planlagt", NUMBER),
        Column("Fordeling", is_filter=True),
    ]
    rows = [
        [
            text_cell(known(row["jobcenter_name"]) or "Ingen enhed nævnt"),
            text_cell(danish.UNIT_TYPE.get(row["unit_type"], "")),
            text_cell(role_text(row)),
            year_cell(row["year_key"]),
            text_cell(row["course_unit"]),
            sum_cell(
                row["planned_courses"],
                danish.qualifier_of_sum(row["qualifiers"]),
                row["planned_courses_to"],
                rows_of("forloeb.html", "forloeb", danish.year(row["year_key"])),
            ),
            basis_cell(row["allocation_basis"]),
        ]
        for row in shares
    ]
    return table("enheder", "Planlagt efter enhed og år", columns, rows)


def _course_groups(database: duckdb.DuckDBPyConnection) -> Table:
    found = query(
        database,
        """
        select
            groups.target_group_name, groups.benefit, groups.stated_size, groups.stated_size_to,
            groups.stated_size_qualifier, groups.stated_size_unit, groups.source_ref, facts.course_unit,
            agreements.agreement_name, sum(facts.planned_courses) as planned_courses,
            list(distinct facts.value_qualifier) as qualifiers,
            sum(coalesce(facts.value_to, facts.planned_courses)) as planned_courses_to
        from fct_courses as facts
        inner join dim_target_group as groups on facts.target_group_key = groups.target_group_key
        inner join dim_agreement as agreements on facts.agreement_key = agreements.agreement_key
        group by all
        order by
            planned_courses desc nulls last, groups.target_group_name, facts.course_unit, agreements.agreement_name,
            groups.source_ref
        """,
    )
    columns = [
        Column("Målgruppe"),
        Column("Ydelse"),
        Column("Aftale", is_filter=True),
        Column("Målgruppens størrelse", NUMBER),
        Column("Planlagt i alt", NUMBER),
        Column("Tæller", is_filter=True),
    ]
    rows = []
    for row in found:
        size = danish.qualified(row["stated_size"], row["stated_size_qualifier"], row["stated_size_to"])
        rows.append(
            [
                text_cell(known(row["target_group_name"]) or "Ingen målgruppe nævnt"),
                text_cell(known(row["benefit"]).replace(" | ", ", ")),
                text_cell(row["agreement_name"]),
                Cell(
                    f"{size} {row['stated_size_unit'] or ''}".strip(),
                    sortable(row["stated_size"]),
                    source_href(row["source_ref"]) if size else None,
                ),
                sum_cell(
                    row["planned_courses"],
                    danish.qualifier_of_sum(row["qualifiers"]),
                    row["planned_courses_to"],
                    rows_of("forloeb.html", "forloeb", row["target_group_name"]),
                ),
                text_cell(row["course_unit"]),
            ]
        )
    return table("maalgrupper", "Planlagt efter målgruppe, alle år lagt sammen", columns, rows)


def _year_chart(facts: Sequence[Row]) -> Chart | None:
    names = list(dict.fromkeys(row["agreement_name"] for row in facts))
    sums: dict[tuple[str, str], float] = {}
    for row in facts:
        if row["course_unit"] == COURSES and row["year_key"] > 0 and row["planned_courses"] is not None:
            key = (_years(row), row["agreement_name"])
            sums[key] = sums.get(key, 0) + float(row["planned_courses"])
    if not sums:
        return None
    values = [
        {"name": year, "part": name, "amount": amount, "rank": names.index(name)}
        for (year, name), amount in sorted(sums.items())
    ]
    return Chart(
        "aar",
        "Så mange forløb er planlagt hvert år",
        "En søjle for hvert år med planlagte forløb, delt efter aftale; tal for flere år under ét står for sig.",
        "forloeb",
        charts.stacked_bars(values, "planlagte forløb", names),
    )


def _unit_chart(shares: Sequence[Row]) -> Chart | None:
    sums: dict[str, dict[str, float]] = {}
    for row in shares:
        if row["course_unit"] == COURSES and known(row["jobcenter_name"]):
            of_unit = sums.setdefault(row["jobcenter_name"], {})
            of_unit[row["allocation_basis"]] = of_unit.get(row["allocation_basis"], 0) + float(row["planned_courses"])
    if not sums:
        return None
    values = [
        {"name": name, "part": danish.BASIS[basis], "amount": of_unit[basis], "rank": at}
        for name, of_unit in sorted(sums.items(), key=lambda one: -sum(one[1].values()))
        for at, basis in enumerate(BASIS_ORDER)
        if basis in of_unit
    ]
    parts = [danish.BASIS[basis] for basis in BASIS_ORDER]
    return Chart(
        "enheder-diagram",
        "Så mange forløb skal hver enhed stå for",
        "En søjle for hver enhed med planlagte forløb i alle år, delt efter, om dokumentet selv fordeler dem.",
        "enheder",
        charts.stacked_bars(values, "planlagte forløb", parts),
    )
