"""The page of targets and how they stand. Nothing else belongs here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import duckdb

from jobmaal.core.rows import Row, query
from jobmaal.outputs import danish
from jobmaal.outputs.report import charts
from jobmaal.outputs.report.cells import Cell, Chart, Column, sortable, source_href
from jobmaal.outputs.report.pages.shared import STATUS_ORDER, Page, known, status_cell, table, text_cell
from jobmaal.outputs.suppression.tables import HIDDEN, Shown

#: How a target stands where a number says so; it may be suppressed.
_OBSERVED = ("met", "not_met", HIDDEN)


def targets(database: duckdb.DuckDBPyConnection, shown: Shown) -> Page:
    """Show every target: its goal, its standing, its status, and what lies behind it."""
    found = query(
        database,
        f"""
        select
            agreements.agreement_name, targets.theme_name, initiatives.initiative_no, initiatives.initiative_name,
            targets.target_name, targets.target_level, targets.target_kind, targets.comparator, targets.target_value,
            targets.value_to, targets.value_qualifier, targets.value_status, targets.unit, targets.due_year,
            targets.due_date, targets.source_ref, areas.area_name, facts.actual_value, facts.actual_qualifier,
            facts.actual_value_to, facts.actual_source, targets.is_current, targets.valid_to,
            facts.actual_source_ref, facts.attainment_status, facts.is_latest, facts.year_key, periods.period_id,
            periods.period_end, actuals.raw_text as actual_text, goals.raw_text as goal_text
        from {shown.relation("fct_target_attainment")} as facts
        inner join dim_target as targets on facts.target_key = targets.target_key
        inner join dim_agreement as agreements on facts.agreement_key = agreements.agreement_key
        inner join dim_initiative as initiatives on facts.initiative_key = initiatives.initiative_key
        inner join dim_period as periods on facts.period_key = periods.period_key
        inner join dim_area as areas on targets.area_key = areas.area_key
        left join audit_lineage as actuals on facts.actual_source_ref = actuals.source_ref
        left join audit_lineage as goals on targets.source_ref = goals.source_ref
        order by
            -- What is known comes first.
            facts.attainment_status not in ('met', 'not_met'), agreements.year_from, agreements.agreement_name,
            targets.target_id, periods.period_end, facts.year_key
        """,
    )
    latest = [row for row in found if row["is_latest"]]
    observed = [row for row in found if row["attainment_status"] in _OBSERVED]
    columns = [
        Column("Mål"),
        Column("Krav"),
        Column("Status", is_filter=True),
        Column("Seneste tal"),
        Column("Målt i"),
        Column("Frist"),
        Column("Aftale", is_filter=True),
        Column("Indsats"),
        Column("Slags", is_filter=True),
        Column("Kilde"),
    ]
    rows = [
        [
            text_cell(row["target_name"]),
            _goal(row),
            status_cell(row["attainment_status"]) if row["is_current"] else _superseded(row),
            _actual(row),
            text_cell(_when(row)),
            _due(row),
            text_cell(row["agreement_name"]),
            text_cell(_effort(row)),
            text_cell(danish.LEVEL.get(row["target_level"], "")),
            text_cell(danish.ORIGIN.get(row["actual_source"] or "", "")),
        ]
        for row in latest
    ]
    seen = [
        Column("Mål"),
        Column("Krav"),
        Column("Målt i"),
        Column("Tal"),
        Column("Status", is_filter=True),
        Column("Kilde"),
    ]
    observations = [
        [
            text_cell(row["target_name"]),
            _goal(row),
            text_cell(_when(row)),
            _actual(row),
            status_cell(row["attainment_status"]),
            text_cell(danish.ORIGIN.get(row["actual_source"] or "", "")),
        ]
        for row in observed
    ]
    tables = (
        table("maal", "Alle mål med krav, status og seneste tal", columns, rows),
        table("observationer", "Alle målinger, også de tidligere", seen, observations),
    )
    chart = _places_chart(observed)
    current = [row for row in latest if row["is_current"]]
    counts = {status: sum(row["attainment_status"] == status for row in current) for status in STATUS_ORDER}
    return Page(
        "maal.html", "Mål", {table.name: table for table in tables}, {chart.name: chart} if chart else {}, counts
    )


def _superseded(row: Mapping[str, Any]) -> Cell:
    """Return the mark of a target in whose place another stands: it is shown, and counted nowhere."""
    return Cell(f"Afløst fra {danish.date(row['valid_to'])}", "superseded", None, "none")


def _effort(row: Mapping[str, Any]) -> str:
    initiative = known(row["initiative_name"])
    return f"{row['initiative_no']} {initiative}" if initiative else row["theme_name"] or ""


def _goal(row: Mapping[str, Any]) -> Cell:
    href = source_href(row["source_ref"])
    if row["target_kind"] == "deadline":
        day = danish.date(row["due_date"])
        return Cell(f"senest {day}" if day else str(row["goal_text"] or "en frist"), None, href)
    if row["comparator"] == "better_than":
        return Cell(f"bedre end {row['area_name']}", None, href)
    if row["target_value"] is None:
        return Cell(f"intet tal („{row['goal_text']}“)", None, href, "none")
    unit = "nr. " if row["unit"] == "nr." else ""
    after = "" if unit else f" {row['unit']}"
    printed = danish.qualified(row["target_value"], row["value_qualifier"], row["value_to"])
    compared = "" if printed.startswith(("mindst", "højst")) else danish.COMPARATOR.get(row["comparator"], "") + " "
    return Cell(f"{compared}{unit}{printed}{after}", sortable(row["target_value"]), href)


def _due(row: Mapping[str, Any]) -> Cell:
    if row["due_date"]:
        return Cell(danish.date(row["due_date"]), row["due_date"].isoformat())
    return Cell(str(row["due_year"] or "Ingen frist"), str(row["due_year"] or ""))


def _actual(row: Mapping[str, Any]) -> Cell:
    href = source_href(row["actual_source_ref"]) if row["actual_source"] != "entered" else None
    if row["actual_value"] is None and row["actual_source"] == "series":
        return Cell(danish.NO_VALUE["suppressed"], None, href, "hidden")
    if row["actual_value"] is None:
        return Cell(f"„{row['actual_text']}“" if row["actual_text"] else "", None, href)
    unit = "nr. " if row["unit"] == "nr." else ""
    after = "" if unit or row["unit"] in ("tekst", "dato") else f" {row['unit']}"
    seen = danish.qualified(row["actual_value"], row["actual_qualifier"], row["actual_value_to"])
    return Cell(f"{unit}{seen}{after}", sortable(row["actual_value"]), href)


def _when(row: Mapping[str, Any]) -> str:
    if row["attainment_status"] not in _OBSERVED:
        return ""
    return danish.period(row["period_id"]) or danish.year(row["year_key"])


def _places_chart(observed: Sequence[Row]) -> Chart | None:
    values = [
        {
            "name": row["target_name"],
            "place": float(row["actual_value"]),
            "goal": float(row["target_value"]),
            "end": str(row["period_end"] or ""),
            "when": danish.period(row["period_id"]),
        }
        for row in observed
        if row["target_kind"] == "rank" and row["actual_value"] is not None and row["target_value"] is not None
    ]
    if not values:
        return None
    return Chart(
        "placeringer",
        "Placeringen i klyngen ved siden af målet",
        "For hvert mål om en placering: målet som en streg, og placeringerne i de perioder, der er målt, som punkter.",
        "observationer",
        charts.places(values, "placering (nr. 1 er bedst)"),
    )
