"""From a figure to the place where it is printed, and to everything that rests on it.

Belongs here: following a `source_ref` through the current release.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from jobmaal.errors import NoReleaseError, printable
from jobmaal.layout import Layout
from jobmaal.release import WAREHOUSE, current_id

if TYPE_CHECKING:
    import duckdb

_MOST_SUGGESTED = 8


def tell(layout: Layout, source_ref: str) -> None:
    """Print a figure's origin and uses. Raises NoReleaseError for an unknown reference."""
    build_id = current_id(layout)
    if build_id is None:
        raise NoReleaseError("Nothing is published yet. `jobmaal refresh` does it.")
    import duckdb  # noqa: PLC0415

    try:
        with duckdb.connect(str(layout.releases / build_id / WAREHOUSE), read_only=True) as database:
            figure, uses = _figure(database, source_ref), _uses(database, source_ref)
    except duckdb.Error:
        told = f"The release '{build_id}' is damaged; `jobmaal status --verify` says how, `jobmaal rollback` goes back."
        raise NoReleaseError(told) from None
    value = figure["value"] if figure["value_to"] is None else f"{figure['value']} to {figure['value_to']}"
    click.echo(f"{source_ref}")
    click.echo(f"  document   {figure['document_id']}: {printable(figure['agreement_name'] or '')}")
    click.echo(
        f"  place      {printable(figure['locator'] or '')} (line {figure['document_line']} of the text edition)"
    )
    click.echo(f"  printed    {printable(figure['raw_text'] or '')}")
    read = f"{value} {figure['unit']} ({figure['value_qualifier']}, {figure['value_status']})"
    click.echo(f"  read as    {read if figure['value'] is not None else figure['value_status']}")
    click.echo(f"  entered in {figure['input_file']}:{figure['input_line']}")
    if figure["note"]:
        click.echo(f"  note       {printable(figure['note'] or '')}")
    for table, count in uses:
        click.echo(f"  used in    {table} ({count} row{'s' if count > 1 else ''})")
    click.echo(f"  release    {build_id}")


def _figure(database: duckdb.DuckDBPyConnection, source_ref: str) -> dict[str, Any]:
    """Give a figure's row of the lineage. Raises NoReleaseError where there is none."""
    found = database.execute(
        """
        select l.*, a.agreement_name from audit_lineage as l
        left join dim_agreement as a using (document_id) where l.source_ref = ?
        """,
        [source_ref],
    ).fetchall()
    if not found:
        raise NoReleaseError(_unknown(database, source_ref))
    return dict(zip([column[0] for column in database.description or []], found[0], strict=True))


def _uses(database: duckdb.DuckDBPyConnection, source_ref: str) -> list[tuple[str, int]]:
    tables = database.execute(
        """
        select table_name, list(column_name) from duckdb_columns()
        where column_name in ('source_ref', 'actual_source_ref') and table_name != 'audit_lineage'
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
        "select source_ref from audit_lineage order by jaro_winkler_similarity(source_ref, ?) desc, 1 limit ?",
        [source_ref, _MOST_SUGGESTED],
    ).fetchall()
    return f"There is no figure '{source_ref}'. The nearest are:\n  " + "\n  ".join(row[0] for row in near)
