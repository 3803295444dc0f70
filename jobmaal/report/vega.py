"""The runtime of the charts: Vega, Vega-Lite and their embedding, as one script that needs no network.

Belongs here: getting the script out of its package, once, and keeping it. Does not: charts (`charts`).
"""

from __future__ import annotations

from importlib import metadata

from jobmaal.layout import Layout

_PACKAGE = "vl-convert-python"


def runtime(layout: Layout) -> str:
    """Give the script, which sets `vegaEmbed`; taking it out of the package takes some seconds, so it is kept."""
    kept = layout.chart_runtime / f"vega-{metadata.version(_PACKAGE)}.js"
    if not kept.is_file():
        import vl_convert  # noqa: PLC0415 - the first release alone needs it

        kept.parent.mkdir(parents=True, exist_ok=True)
        partly = kept.with_suffix(".part")
        # Its declaration asks for a script to bundle; without one it gives all of Vega.
        script: str = vl_convert.javascript_bundle()  # type: ignore[call-arg]
        partly.write_text(script, encoding="utf-8")
        partly.replace(kept)
    return kept.read_text(encoding="utf-8")
