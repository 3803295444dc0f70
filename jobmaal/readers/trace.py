"""From a figure to the place where it is printed, or a response to its request, and to every table that uses it.

Belongs here: following a `source_ref` through the current release. Does not: what a figure means.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import click

from jobmaal.core.errors import NoReleaseError, printable
from jobmaal.core.layout import Layout
from jobmaal.readers.connection import damaged, open_release
from jobmaal.releases.catalogue import require_current

if TYPE_CHECKING:
    import duckdb

_MOST_SUGGESTED = 8
_FIGURE = """
    select l.*, a.agreement_name from audit_lineage as l
    left join dim_agreement as a using (document_id) where l.source_ref = ?
"""
_RESPONSE = "select * from audit_reply where source_ref = ?"
_TABLES = """
    select table_name, string_agg(column_name || ' = $ref', ' or ') from duckdb_columns()
    where column_name in ('source_ref', 'actual_source_ref') and table_name not in ('audit_lineage', 'audit_reply')
    group by 1 order by 1
"""
_NEAREST = """
    select source_ref from (select source_ref from audit_lineage union all select source_ref from audit_reply)
    order by jaro_winkler_similarity(source_ref, ?) desc, 1 limit ?
"""


def show(layout: Layout, source_ref: str) -> None:
    """Print a figure's origin and uses. Raises NoReleaseError for an unknown reference."""
    build_id = require_current(layout)
    import duckdb

    # Bytes of the command line that are not UTF-8 are in no reference, and DuckDB accepts none of them.
    source_ref = source_ref.encode(errors="replace").decode()
    try:
        with open_release(layout, build_id) as database:
            if response := _row(database, _RESPONSE, source_ref):
                lines = _response_lines(layout, response)
            elif figure := _row(database, _FIGURE, source_ref):
                lines = _figure_lines(figure)
            else:
                near = "".join(f"\n  {ref}" for (ref,) in _rows(database, _NEAREST, [source_ref, _MOST_SUGGESTED]))
                raise NoReleaseError(f"There is no figure '{source_ref}'. The nearest are:{near}")
            for table, condition in _rows(database, _TABLES):
                ((count,),) = _rows(database, f"select count(*) from {table} where {condition}", {"ref": source_ref})
                if count:
                    lines.append(("used in", f"{table} ({count} row{'s' if count > 1 else ''})"))
    except duckdb.Error:
        raise damaged(build_id) from None
    click.echo(printable(source_ref))
    for name, text in [*lines, ("release", build_id)]:
        click.echo(f"  {name:<10} {printable(text)}")


def _figure_lines(figure: dict[str, Any]) -> list[tuple[str, str]]:
    """Return where a figure is printed, how it was read, and where it was entered."""
    value = figure["value"] if figure["value_to"] is None else f"{figure['value']} to {figure['value_to']}"
    read = f"{value} {figure['unit']} ({figure['value_qualifier']}, {figure['value_status']})"
    lines = [
        ("document", f"{figure['document_id']}: {figure['agreement_name'] or ''}"),
        ("place", f"{figure['locator'] or ''} (line {figure['document_line']} of the text edition)"),
        ("printed", figure["raw_text"] or ""),
        ("read as", read if figure["value"] is not None else figure["value_status"]),
        ("entered in", f"{figure['input_file']}:{figure['input_line']}"),
    ]
    return [*lines, ("note", figure["note"])] if figure["note"] else lines


def _response_lines(layout: Layout, response: dict[str, Any]) -> list[tuple[str, str]]:
    """Return what was requested of Jobindsats, when, and where the response is."""
    lines = [
        ("table", f"{response['table_id']} of Jobindsats"),
        ("asked", response["request"]),
        ("retrieved", f"{response['retrieved_at'].astimezone(dt.UTC):%Y-%m-%d %H:%M:%S} UTC"),
        ("response", f"{response['reply_rows']} rows, {response['reply_cells']} cells, sha256 {response['sha256']}"),
        ("kept in", str(layout.landing / response["landed_file"])),
    ]
    return [*lines, ("note", "made up, for the demo")] if response["is_synthetic"] else lines


def _rows(database: duckdb.DuckDBPyConnection, query: str, values: object = None) -> list[tuple[Any, ...]]:
    return database.execute(query, values).fetchall()


def _row(database: duckdb.DuckDBPyConnection, query: str, source_ref: str) -> dict[str, Any]:
    """Return the row that a reference leads to, by column; empty where there is none."""
    rows = _rows(database, query, [source_ref])
    return dict(zip([column[0] for column in database.description or []], rows[0], strict=True)) if rows else {}
