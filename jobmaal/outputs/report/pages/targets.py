"""The page of targets and their status. Nothing else belongs here."""

from collections import Counter
from collections.abc import Sequence

import duckdb

from jobmaal.core.database import Row
from jobmaal.outputs import danish
from jobmaal.outputs.report import charts
from jobmaal.outputs.report.cells import Cell, Chart, Column, Table, sortable, source_href
from jobmaal.outputs.report.pages.shared import AGREEMENT, STATUS_ORDER, Page, known, page, rows_of, status_cell
from jobmaal.outputs.suppression.tables import HIDDEN, Shown

#: The status of a target that has a number; the number may be suppressed.
_OBSERVED = ("met", "not_met", HIDDEN)


def targets(database: duckdb.DuckDBPyConnection, shown: Shown) -> Page:
    """Show every target: what it requires, its newest observation, its status, and all earlier observations."""
    rows = rows_of(database, "targets", fct_target_attainment=shown.relation("fct_target_attainment"))
    latest = [row for row in rows if row["is_latest"]]
    observed = [row for row in rows if row["attainment_status"] in _OBSERVED]
    counts = Counter(row["attainment_status"] for row in latest if row["is_current"])
    return page(
        "maal.html",
        "Mål",
        [
            Table("maal", "Alle mål med krav, status og seneste tal", _TARGETS, latest),
            Table("observationer", "Alle målinger, også de tidligere", _OBSERVATIONS, observed),
        ],
        [_ranks_chart(observed)],
        {status: counts[status] for status in STATUS_ORDER},
    )


def _status(row: Row) -> Cell:
    """Return the status of a target; one that another has replaced is marked so, and counted nowhere."""
    if row["is_current"]:
        return status_cell(row)
    return Cell(f"Afløst fra {danish.date(row['valid_to'])}", "superseded", None, "none")


def _initiative(row: Row) -> str:
    initiative = known(row["initiative_name"])
    return f"{row['initiative_no']} {initiative}" if initiative else row["theme_name"] or ""


def _goal(row: Row) -> Cell:
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


def _due(row: Row) -> Cell:
    if row["due_date"]:
        return Cell(danish.date(row["due_date"]), row["due_date"].isoformat())
    return Cell(str(row["due_year"] or "Ingen frist"), str(row["due_year"] or ""))


def _actual(row: Row) -> Cell:
    href = source_href(row["actual_source_ref"]) if row["actual_source"] != "entered" else None
    if row["actual_value"] is None and row["actual_source"] == "series":
        return Cell(danish.NO_VALUE["suppressed"], None, href, "hidden")
    if row["actual_value"] is None:
        return Cell(f"„{row['actual_text']}“" if row["actual_text"] else "", None, href)
    unit = "nr. " if row["unit"] == "nr." else ""
    after = "" if unit or row["unit"] in ("tekst", "dato") else f" {row['unit']}"
    seen = danish.qualified(row["actual_value"], row["actual_qualifier"], row["actual_value_to"])
    return Cell(f"{unit}{seen}{after}", sortable(row["actual_value"]), href)


def _when(row: Row) -> str:
    if row["attainment_status"] not in _OBSERVED:
        return ""
    return danish.period(row["period_id"]) or danish.year(row["year_key"])


_GOAL = (Column("Mål", "target_name"), Column("Krav", _goal))
_WHEN = Column("Målt i", _when)
_SOURCE = Column("Kilde", lambda row: danish.ORIGIN.get(row["actual_source"] or "", ""))
_TARGETS = (
    *_GOAL,
    Column("Status", _status, is_filter=True),
    Column("Seneste tal", _actual),
    _WHEN,
    Column("Frist", _due),
    AGREEMENT,
    Column("Indsats", _initiative),
    Column("Slags", lambda row: danish.LEVEL.get(row["target_level"], ""), is_filter=True),
    _SOURCE,
)
_OBSERVATIONS = (
    *_GOAL,
    _WHEN,
    Column("Tal", _actual),
    Column("Status", status_cell, is_filter=True),
    _SOURCE,
)


def _ranks_chart(observed: Sequence[Row]) -> Chart:
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
    return Chart(
        "placeringer",
        "Placeringen i klyngen ved siden af målet",
        "For hvert mål om en placering: målet som en streg, og placeringerne i de perioder, der er målt, som punkter.",
        "observationer",
        charts.ranks(values, "placering (nr. 1 er bedst)"),
    )
