"""The account at the end of a refresh: loaded, checked, found wrong in the documents, and where it lies.

Belongs here: what a person reads after a run, taken from the release itself.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from typing import Any

import click

from jobmaal.errors import printable
from jobmaal.layout import Layout
from jobmaal.release import WAREHOUSE, read_manifest


def tell(layout: Layout, build_id: str, seconds: float) -> None:
    """Print the account of a release to standard output."""
    import duckdb  # noqa: PLC0415

    manifest = read_manifest(layout, build_id)
    with duckdb.connect(str(layout.releases / build_id / WAREHOUSE), read_only=True) as database:
        budgets = database.execute(
            """
            select a.agreement_name, sum(f.amount_dkk), sum(f.amount_dkk) filter (f.line_type = 'itemised')
            from fct_budget as f inner join dim_agreement as a using (agreement_key)
            group by all order by min(a.year_from), 1
            """
        ).fetchall()
        faults = database.execute(
            """
            select r.claim_id, r.scope, r.stated_value, r.computed_value, r.residual, r.unit, l.locator, r.explanation
            from audit_reconciliation as r inner join audit_lineage as l using (source_ref)
            where r.status = 'known' order by r.document_id, r.claim_id
            """
        ).fetchall()
        claims = database.execute(
            "select count(*) from audit_reconciliation where status in ('ok', 'known') and document_id not in"
            " (select table_id from audit_reply)"
        ).fetchall()[0][0]
        series = database.execute(
            """
            select table_id, count(*), count(distinct delivery), max(retrieved_at), sum(reply_cells)
            from audit_reply group by 1 order by 1
            """
        ).fetchall()
        of_series = database.execute(
            """
            select claim_kind, count(*), count(*) filter (status = 'deviates'), sum(cells_checked), sum(cells_deviating)
            from audit_reconciliation where document_id in (select table_id from audit_reply) group by 1 order by 1
            """
        ).fetchall()
    rows = manifest["rows"]
    facts = {
        "courses": rows["fct_courses"],
        "budget": rows["fct_budget"],
        "targets": rows["fct_target_attainment"],
        "benchmarks": rows["fct_benchmark"],
        "ranks": rows["fct_benchmark_rank"],
    }
    click.echo(f"\nPublished {build_id} in {seconds:.0f} s")
    click.echo("\nLoaded")
    counts = {"documents": rows["dim_agreement"] - 1, "initiatives": rows["dim_initiative"] - 1}
    counts["figures"] = rows["audit_lineage"]
    click.echo("  " + ", ".join(f"{count} {what}" for what, count in counts.items()))
    click.echo("  rows of " + ", ".join(f"{what}: {count}" for what, count in facts.items()))
    for name, total, listed in budgets:
        itemised = _danish(round(listed / 1_000_000, 2)) if listed else "nothing"
        click.echo(
            f"  {_danish(round((total or 0) / 1_000_000, 2)):>8} mio. kr.  {printable(name)} ({itemised} itemised)"
        )
    click.echo("\nChecked")
    click.echo(
        f"  {len(manifest['checks'])} checks hold, and {claims - len(faults)} of the documents' {claims} own claims"
    )
    if faults:
        click.echo(f"\nFaults in the documents themselves ({len(faults)}; stated, computed, residual)")
    for claim_id, _, stated, computed, residual, unit, locator, explanation in faults:
        click.echo(printable(f"  {claim_id}  [{locator}]"))
        click.echo(
            printable(f"    {_danish(stated)} - {_danish(computed)} = {_danish(residual)} {unit}: {explanation}")
        )
    _tell_series(series, of_series)
    show_unmatched(manifest)
    if manifest["has_synthetic"]:
        click.echo("\nThe series are MADE UP: this is a release to try things out with, marked so on every table.")
    click.echo(f"\nIt lies in {layout.current}")
    click.echo("  jobmaal report --open    shows it to people")
    file = str(layout.current / WAREHOUSE)
    click.echo(f"  duckdb -readonly {shlex.quote(file)}")
    click.echo(f"  python: duckdb.connect({file!r}, read_only=True)")
    click.echo("  jobmaal trace <source_ref> leads from any figure to the place where it is printed.")


def show_unmatched(manifest: Mapping[str, Any]) -> None:
    """Print the rows of the input tables that match nothing in what has landed of the series."""
    unmatched = manifest.get("unmatched") or []
    if unmatched:
        click.echo(
            f"\nRows that match nothing in what has landed of their table ({len(unmatched)}): correct or remove them"
        )
    for line in unmatched:
        click.echo(f"  {line}")


def _tell_series(series: Sequence[tuple[Any, ...]], claims: Sequence[tuple[Any, ...]]) -> None:
    """Say which series there are and what they claim of themselves; or how to get them."""
    if not series:
        click.echo(
            "\nThe series of Jobindsats are not part of this release; the employment plan's own figures are.\n"
            "  With a key in JOBINDSATS_TOKEN: `jobmaal fetch`. With saved replies: `jobmaal land DIR`. Then refresh.\n"
            "  `make demo` builds a release of its own on made-up series."
        )
        return
    click.echo("\nSeries of Jobindsats (table, replies in releases, the newest in UTC, cells)")
    for table_id, replies, deliveries, newest, cells in series:
        click.echo(f"  {table_id:<9} {replies:>5} in {deliveries:<4} {newest:%Y-%m-%d %H:%M}  {cells:>12,}")
    for kind, rows, deviating, checked, cells in claims:
        told = f"{deviating} of {rows} deviate, {cells:,} of {checked:,} cells" if deviating else f"all {rows} hold"
        click.echo(f"  {kind.replace('_', ' ')}: {told}")


def _danish(value: object) -> str:
    """Write a number in Danish notation, without needless zeros."""
    text = f"{value:,.4f}".rstrip("0").rstrip(".")
    return text.replace(",", " ").replace(".", ",").replace(" ", ".")
