"""The account at the end of a refresh: loaded, checked, found wrong in the documents, and where it lies.

Belongs here: what a person reads after a run, taken from the release itself.
"""

from __future__ import annotations

import shlex

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
        claims = database.execute("select count(*) from audit_reconciliation").fetchall()[0][0]
    rows = manifest["rows"]
    facts = {
        "courses": rows["fct_courses"],
        "budget": rows["fct_budget"],
        "targets": rows["fct_target_attainment"],
        "the documents' own statistics": rows["fct_benchmark"],
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
        click.echo(f"  {claim_id}  [{locator}]")
        click.echo(f"    {_danish(stated)} - {_danish(computed)} = {_danish(residual)} {unit}: {explanation}")
    click.echo("\nThe series of Jobindsats are not part of this release; the employment plan's own figures are.")
    click.echo(f"\nIt lies in {layout.current}")
    file = str(layout.current / WAREHOUSE)
    click.echo(f"  duckdb -readonly {shlex.quote(file)}")
    click.echo(f"  python: duckdb.connect({file!r}, read_only=True)")
    click.echo("  jobmaal trace <source_ref> leads from any figure to the place where it is printed.")


def _danish(value: object) -> str:
    """Write a number in Danish notation, without needless zeros."""
    text = f"{value:,.4f}".rstrip("0").rstrip(".")
    return text.replace(",", " ").replace(".", ",").replace(" ", ".")
