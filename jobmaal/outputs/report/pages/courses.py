"""The page of what is planned in numbers. Nothing else belongs here."""

from collections import defaultdict
from collections.abc import Sequence

import duckdb

from jobmaal.core.database import Row
from jobmaal.outputs import danish
from jobmaal.outputs.report import charts
from jobmaal.outputs.report.cells import NUMBER, Cell, Chart, Column, Table, sortable, source_href
from jobmaal.outputs.report.pages.shared import (
    AGREEMENT,
    BASIS,
    BASIS_ORDER,
    COURSES,
    ROLE,
    UNIT_TYPE,
    YEAR,
    Page,
    figure,
    known,
    mixed_sum,
    page,
    rows_of,
    search_href,
    unit_name,
)


def courses(database: duckdb.DuckDBPyConnection) -> Page:
    """Show what is planned: by year, unit and target group."""
    planned, of_units = rows_of(database, "courses"), rows_of(database, "courses_of_units")
    return page(
        "forloeb.html",
        "Forløb",
        [
            Table("forloeb", "Alt, hvad der er planlagt i tal; hvert tal fører til stedet, hvor det er trykt",
                  _PLANNED, planned),
            Table("enheder", "Planlagt efter enhed og år", _OF_UNITS, of_units),
            Table("maalgrupper", "Planlagt efter målgruppe, alle år lagt sammen",
                  _OF_TARGET_GROUPS, rows_of(database, "courses_of_target_groups")),
        ],
        [_year_chart(planned), _unit_chart(of_units)],
    )  # fmt: skip


def _years(row: Row) -> str:
    """Write the year of a number, or the first and the last where it is for several years."""
    is_stretch = row["year_to"] is not None and row["year_to"] > row["year_key"] > 0
    return danish.year(row["year_key"]) + (f"–{row['year_to']}" if is_stretch else "")


def _of_year(row: Row) -> Cell:
    return mixed_sum(row, "planned_courses", search_href("forloeb.html", "forloeb", danish.year(row["year_key"])))


def _of_target_group(row: Row) -> Cell:
    return mixed_sum(row, "planned_courses", search_href("forloeb.html", "forloeb", row["target_group_name"]))


def _group_size(row: Row) -> Cell:
    size = danish.qualified(row["stated_size"], row["stated_size_qualifier"], row["stated_size_to"])
    text = f"{size} {row['stated_size_unit'] or ''}".strip()
    return Cell(text, sortable(row["stated_size"]), source_href(row["source_ref"]) if size else None)


_COUNTED = Column("Tæller", "course_unit", is_filter=True)
_PLANNED = (
    AGREEMENT,
    Column("Initiativ", lambda row: f"{row['initiative_no']} {row['initiative_name']}"),
    Column("År", lambda row: Cell(_years(row), row["year_key"]), NUMBER),
    Column("Enhed", lambda row: known(row["jobcenter_name"])),
    Column("Målgruppe", lambda row: known(row["target_group_name"])),
    _COUNTED,
    Column("Planlagt", figure("planned_courses"), NUMBER),
)
_OF_UNITS = (
    Column("Enhed", unit_name, is_filter=True),
    UNIT_TYPE,
    ROLE,
    YEAR,
    _COUNTED,
    Column("Planlagt", _of_year, NUMBER),
    BASIS,
)
_OF_TARGET_GROUPS = (
    Column("Målgruppe", lambda row: known(row["target_group_name"]) or "Ingen målgruppe nævnt"),
    Column("Ydelse", lambda row: known(row["benefit"]).replace(" | ", ", ")),
    AGREEMENT,
    Column("Målgruppens størrelse", _group_size, NUMBER),
    Column("Planlagt i alt", _of_target_group, NUMBER),
    _COUNTED,
)


def _year_chart(planned: Sequence[Row]) -> Chart:
    names = list(dict.fromkeys(row["agreement_name"] for row in planned))
    sums = defaultdict[tuple[str, str], float](float)
    for row in planned:
        if row["course_unit"] == COURSES and row["year_key"] > 0 and row["planned_courses"] is not None:
            sums[_years(row), row["agreement_name"]] += float(row["planned_courses"])
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


def _unit_chart(of_units: Sequence[Row]) -> Chart:
    sums: dict[str, defaultdict[str, float]] = defaultdict(lambda: defaultdict(float))
    for row in of_units:
        if row["course_unit"] == COURSES and known(row["jobcenter_name"]):
            sums[row["jobcenter_name"]][row["allocation_basis"]] += float(row["planned_courses"])
    values = [
        {"name": name, "part": danish.BASIS[basis], "amount": of_unit[basis], "rank": at}
        for name, of_unit in sorted(sums.items(), key=lambda one: -sum(one[1].values()))
        for at, basis in enumerate(BASIS_ORDER)
        if basis in of_unit
    ]
    return Chart(
        "enheder-diagram",
        "Så mange forløb skal hver enhed stå for",
        "En søjle for hver enhed med planlagte forløb i alle år, delt efter, om dokumentet selv fordeler dem.",
        "enheder",
        charts.stacked_bars(values, "planlagte forløb", [danish.BASIS[basis] for basis in BASIS_ORDER]),
    )
