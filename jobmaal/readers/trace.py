"""From a figure to the place where it is printed, or a reply to what was asked, and to everything that rests on it.

Belongs here: following a `source_ref` through the current release.
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


def tell(layout: Layout, source_ref: str) -> None:
    """Print a figure's origin and uses. Raises NoReleaseError for an unknown reference."""
    build_id = require_current(layout)
    import duckdb

    # Bytes of the command line that are no UTF-8 are in no reference, and DuckDB takes none of them.
    source_ref = source_ref.encode(errors="replace").decode()
    try:
        with open_release(layout, build_id) as database:
            reply = _row(database, "select * from audit_reply where source_ref = ?", source_ref)
            lines = _of_reply(layout, reply) if reply else _of_figure(_figure(database, source_ref))
            uses = _uses(database, source_ref)
    except duckdb.Error:
        raise damaged(build_id) from None
    click.echo(printable(source_ref))
    lines += [("used in", f"{table} ({count} row{'s' if count > 1 else ''})") for table, count in uses]
    for name, text in [*lines, ("release", build_id)]:
        click.echo(f"  {name:<10} {printable(text)}")


def _of_figure(figure: dict[str, Any]) -> list[tuple[str, str]]:
    """Tell where a figure is printed, how it was read, and where it was entered."""
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


def _of_reply(layout: Layout, reply: dict[str, Any]) -> list[tuple[str, str]]:
    """Show what was asked of Jobindsats, when, and where the answer lies."""
    lines = [
        ("table", f"{reply['table_id']} of Jobindsats"),
        ("asked", reply["request"]),
        ("retrieved", f"{reply['retrieved_at'].astimezone(dt.UTC):%Y-%m-%d %H:%M:%S} UTC"),
        ("reply", f"{reply['reply_rows']} rows, {reply['reply_cells']} cells, sha256 {reply['sha256']}"),
        ("kept in", str(layout.landing / reply["landed_file"])),
    ]
    return [*lines, ("note", "made up, for the demo")] if reply["is_synthetic"] else lines


def _figure(database: duckdb.DuckDBPyConnection, source_ref: str) -> dict[str, Any]:
    """Return a figure's row of the lineage. Raises NoReleaseError where there is none."""
    query = """
        select l.*, a.agreement_name from audit_lineage as l
        left join dim_agreement as a using (document_id) where l.source_ref = ?
    """
    found = _row(database, query, source_ref)
    if not found:
        raise NoReleaseError(_unknown(database, source_ref))
    return found


def _row(database: duckdb.DuckDBPyConnection, query: str, source_ref: str) -> dict[str, Any]:
    """Return the row that a reference leads to, or nothing."""
    found = database.execute(query, [source_ref]).fetchall()
    return dict(zip([column[0] for column in database.description or []], found[0], strict=True)) if found else {}


def _uses(database: duckdb.DuckDBPyConnection, source_ref: str) -> list[tuple[str, int]]:
    tables = database.execute(
        """
        select table_name, list(column_name) from duckdb_columns()
        where column_name in ('source_ref', 'actual_source_ref') and table_name not in ('audit_lineage', 'audit_reply')
        group by 1 order by 1
        """
    ).fetchall()
    uses = []
    for table, columns in tables:
        where = " or ".join(f"{column} = $ref" for column in columns)
        count = database.execute(f"select count(*) from {table} where {where}", {"ref": source_ref}).fetchall()[0][0]
        if count:
            uses.append((table, count))
    return uses


def _unknown(database: duckdb.DuckDBPyConnection, source_ref: str) -> str:
    near = database.execute(
        """
        select source_ref from (select source_ref from audit_lineage union all select source_ref from audit_reply)
        order by jaro_winkler_similarity(source_ref, ?) desc, 1 limit ?
        """,
        [source_ref, _MOST_SUGGESTED],
    ).fetchall()
    return f"There is no figure '{source_ref}'. The nearest are:\n  " + "\n  ".join(row[0] for row in near)
