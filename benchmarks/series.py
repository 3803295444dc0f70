"""How long landed responses take to become `fct_benchmark` and its vintages, beside DuckDB's own parsing of the bytes.

Belongs here: one size of a history, and with `--peers` dlt and pandas beside it, in their fastest way; with `--usual`
also in the way in which most people have them, once, since that takes long. Writes
`benchmarks/results/series.<size>.json`. Run it on a machine that does nothing else, with `make bench`.
"""

from dataclasses import replace
from functools import partial

from benchmarks import landing, measure, peers
from jobmaal.core.layout import Layout

CELLS = 10_000_000
PEERS = ("dlt", "pandas")


def main() -> None:
    """Measure all sides in turn and write the results."""
    options = measure.options(__doc__, CELLS, "peers", "usual")
    made = landing.kept(options.cells)
    others = PEERS if options.peers else ()
    usual = PEERS if options.usual else ()
    with made.run("series") as layout, made.run("series-nothing", landed=()) as nothing:
        done = measure.in_turn(
            options.runs,
            {
                "series of nothing": partial(_side, "series", nothing),
                "series": partial(_side, "series", layout),
                "DuckDB": partial(_side, "limit", layout),
                **{name: partial(_peer, name, "fast", layout) for name in others},
            },
        )
        once = {f"{name}_usual": partial(_peer, name, "usual", layout) for name in usual}
        done |= measure.in_turn(1, once) if once else {}
    seconds, cells = measure.medians(done), made.cells[landing.HISTORY]
    beside = [*others, *once]
    assert all(run.answer["cells"] == cells for name in beside for run in done[name])
    measure.write(
        measure.sized("series", cells),
        options.runs,
        {
            "series": seconds["series"] / seconds["DuckDB"],
            **{name: seconds[name] / seconds["series"] for name in beside},
        },
        {
            "runs_of": dict.fromkeys(once, 1),
            "json_mb": round(made.bytes[landing.HISTORY] / 1e6),
            "median_seconds": seconds,
            "cells_per_second": {side: round(cells / of_side) for side, of_side in seconds.items()},
            "parts_seconds": {
                part: round(sorted(run.answer[part] for run in done["series"])[options.runs // 2], 2)
                for part in ("reading", "models")
            },
            "peak_memory_mb": measure.memory(done),
            "versions_of_peers": {name: peers.versions(name) for name in {*others, *usual}},
        },
        cells,
    )


def _side(name: str, layout: Layout) -> measure.Run:
    return _by_itself(measure.module(layout, "benchmarks.sides", name))


def _peer(name: str, way: str, layout: Layout) -> measure.Run:
    return _by_itself(peers.load(name, way, layout))


def _by_itself(run: measure.Run) -> measure.Run:
    """Count the seconds that a side measured itself."""
    return replace(run, seconds=run.answer["seconds"])


if __name__ == "__main__":
    main()
