"""What `jobmaal status` shows: what is published, from when, whether publishing is pinned, and what is wrong.

Belongs here: gathering these facts, and writing them for people. Does not: deciding what is wrong (`health`).
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from jobmaal.core.errors import EXIT_BROKE_DOWN, NoReleaseError, printable
from jobmaal.core.layout import Layout
from jobmaal.operations import health, integrity, status
from jobmaal.releases import catalogue, fingerprint


@dataclass(frozen=True)
class Overview:
    """The facts as `jobmaal status --json` prints them, and the problems among them, the gravest first."""

    facts: dict[str, Any]
    problems: list[health.Problem]

    @property
    def exit_code(self) -> int:
        """What the command ends with."""
        if self.facts["damages"] or self.facts["landing_damages"]:
            return EXIT_BROKE_DOWN
        return self.problems[0].exit_code if self.problems else 0


def read(layout: Layout, look: health.Look, *, verify: bool) -> Overview:
    """Return the facts; files are checked where `verify` is set. Raises NoReleaseError where nothing is published."""
    build_id = catalogue.require_current(layout)
    damages = catalogue.damages(layout, build_id) if verify else None
    statuses = {what: status.read(layout, what) for what in status.KINDS}
    problems = health.problems(layout, dt.datetime.now(dt.UTC), look)
    facts: dict[str, Any] = {
        "build_id": build_id,
        "path": str(layout.current),
        "pinned": catalogue.pinned_id(layout),
        "failing": {what: asdict(each) for what, each in statuses.items() if each.is_failing},
        "problems": [asdict(problem) for problem in problems],
        "damages": damages,
        "landing_damages": integrity.damages(layout) if verify else None,
    }
    try:
        manifest = catalogue.read_manifest(layout, build_id)
    except NoReleaseError:
        # With --verify, the damage is among the facts.
        if damages is None:
            raise
        return Overview(facts, problems)
    facts |= {
        "built_at": manifest["built_at"],
        "refreshed_at": max(manifest["built_at"], statuses[status.REFRESH].good_at),
        "contract": manifest["contract"],
        "checks": len(manifest["checks"]),
        "unmatched": manifest.get("unmatched", []),
        "is_input_unchanged": manifest["input_sha256"] == fingerprint.input_sha256(layout),
        "withheld_measures": manifest.get("withheld_measures", []),
        "negative_counts": manifest.get("negative_counts", []),
    }
    return Overview(facts, problems)


def lines(overview: Overview) -> Iterator[str]:
    """Yield the facts for people, line by line."""
    facts = overview.facts
    yield f"Release    {facts['build_id']}"
    if "built_at" in facts:
        yield f"Built      {status.shown(facts['built_at'])}, contract {facts['contract']}"
        yield f"Refreshed  {status.shown(facts['refreshed_at'])}"
        yield f"Checks     {facts['checks']}, all of them hold"
        unchanged = facts["is_input_unchanged"]
        yield f"Input      {'as in the release' if unchanged else 'changed since: run jobmaal refresh'}"
        for measure in facts["withheld_measures"]:
            why = "it may count few persons, or rest on few; review it in series_measures.csv"
            yield printable(f"WITHHELD   {measure}: {why}")
        for measure in facts["negative_counts"]:
            yield printable(f"NEGATIVE   {measure}; suppressed in public outputs")
    yield f"Lies in    {facts['path']}"
    yield f"Publishing {'pinned to ' + str(facts['pinned']) if facts['pinned'] else 'not held back'}"
    for line in facts.get("unmatched", ()):
        yield f"Unmatched  {line}"
    yield from map(str, overview.problems)
    if facts["damages"]:
        yield f"Files      DAMAGED: {'; '.join(facts['damages'])}"
        yield "Fix        `jobmaal refresh --force` rebuilds it; `jobmaal rollback` goes back to the one before"
    elif facts["damages"] is not None:
        yield "Files      all as published"
    if facts["landing_damages"]:
        yield from (printable(f"Landing    DAMAGED: {damage}") for damage in facts["landing_damages"])
        yield f"Fix        {integrity.ADVICE}"
    elif facts["landing_damages"] is not None:
        yield "Landing    all as landed"
