"""The summary at the end of a refresh: what was loaded and checked, what is wrong in the documents, where it is.

Belongs here: what a person reads after a run, taken from the release itself. Does not: the facts of `jobmaal status`
(`overview`).
"""

import datetime as dt
import shlex
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import click

from jobmaal.core.database import read_sql
from jobmaal.core.errors import printable
from jobmaal.core.layout import Layout
from jobmaal.inputs.units import DATE_UNIT
from jobmaal.outputs import danish
from jobmaal.readers.connection import open_release
from jobmaal.releases.catalogue import WAREHOUSE, read_manifest

_FACTS = {
    "courses": "fct_courses",
    "budget": "fct_budget",
    "targets": "fct_target_attainment",
    "benchmarks": "fct_benchmark",
    "ranks": "fct_benchmark_rank",
}


def show(layout: Layout, build_id: str, seconds: float) -> None:
    """Print the summary of a release to standard output."""
    manifest = read_manifest(layout, build_id)
    with open_release(layout, build_id) as database:
        budgets, findings, series, of_series = (
            database.execute(read_sql(Path(__file__).with_name(f"summary_{name}.sql"))).fetchall()
            for name in ("budgets", "findings", "responses", "series_claims")
        )
        claims = database.execute("select sum(claims) from rpt_agreement").fetchall()[0][0]
    rows = manifest["rows"]
    click.echo(f"\nPublished {build_id} in {seconds:.0f} s")
    click.echo("\nLoaded")
    click.echo(
        f"  {rows['dim_agreement'] - 1} documents, {rows['dim_initiative'] - 1} initiatives,"
        f" {rows['audit_lineage']} figures"
    )
    click.echo("  rows of " + ", ".join(f"{name}: {rows[table]}" for name, table in _FACTS.items()))
    for name, total, listed, years in budgets:
        shown = f"{'no total stated' if total is None else f'{_millions(total)} mio. kr.':>17}"
        # Levels that replace each other from year to year have no sum.
        itemised = f"{_millions(listed)} itemised" if listed else "nothing itemised"
        itemised = "levels that replace each other" if listed is None else itemised
        click.echo(printable(f"  {shown}  {name} ({itemised}), {years or 'no year printed'}"))
    click.echo("\nChecked")
    click.echo(
        f"  {len(manifest['checks'])} checks hold, and {claims - len(findings)} of the documents' {claims} own claims"
    )
    for status, heading in (
        ("known", "Faults in the documents themselves"),
        ("ambiguous", "Ambiguous in the documents: these hold in one of two readings"),
    ):
        found = [finding[:-1] for finding in findings if finding[-1] == status]
        if found:
            click.echo(f"\n{heading} ({len(found)}; stated, computed, residual)")
        for claim_id, stated, computed, unit, locator, explanation in found:
            click.echo(printable(f"  {claim_id}  [{locator}]"))
            # What cannot be read has no value, and so no difference either.
            sides = f"{danish.claimed(stated, unit) or '?'} - {danish.claimed(computed, unit)}"
            gap = (danish.difference(stated, computed, unit) or "?") + ("" if unit == DATE_UNIT else f" {unit}")
            # A terminal's own minus, which can be searched for and copied.
            click.echo(printable(f"    {f'{sides} = {gap}'.replace('−', '-')}: {explanation}"))
    _show_series(series, of_series)
    show_unmatched(manifest)
    show_withheld(manifest)
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


def _show_series(series: Sequence[tuple[Any, ...]], claims: Sequence[tuple[Any, ...]]) -> None:
    """Print which series there are and what they claim of themselves; or how to get them."""
    if not series:
        click.echo(
            "\nThe series of Jobindsats are not part of this release; the employment plan's own figures are.\n"
            "  With a key in JOBINDSATS_TOKEN: `jobmaal fetch`. Saved responses: `jobmaal land DIR`. Then refresh.\n"
            "  `make demo` builds a release of its own on made-up series."
        )
        return
    click.echo("\nSeries of Jobindsats (table, responses in releases, the newest in UTC, cells)")
    for table_id, responses, deliveries, newest, cells in series:
        at = newest.astimezone(dt.UTC)
        click.echo(f"  {table_id:<9} {responses:>5} in {deliveries:<4} {at:%Y-%m-%d %H:%M}  {cells:>12,}")
    for kind, rows, deviating, checked, cells in claims:
        outcome = f"{deviating} of {rows} deviate, {cells:,} of {checked:,} cells" if deviating else f"all {rows} hold"
        click.echo(f"  {kind.replace('_', ' ')}: {outcome}")


def show_withheld(manifest: Mapping[str, Any]) -> None:
    """Print to standard error what the public outputs of a release withhold, and what to do about it."""
    # A release of an earlier version has neither.
    for name, heading in _WITHHELD.items():
        if manifest.get(name):
            click.echo("\n" + heading, err=True)
            for measure in manifest[name]:
                click.echo(printable(f"  {measure}"), err=True)


_WITHHELD = {
    "withheld_measures": (
        "WITHHELD from the report, the workbook and CSV: these may count few persons, or rest on few."
        "\n  Review them, and fill in not_persons_reviewed_by and _on in shared/series_measures.csv where they do not."
    ),
    "negative_counts": (
        "NEGATIVE counts of persons landed before they were refused. They are suppressed like small ones."
        "\n  Fetch the table again to correct them. A measure that counts no persons is exempted as above."
    ),
}


def _millions(amount: Decimal) -> str:
    return danish.number(round(amount / 1_000_000, 2))
