"""The page of checks that goes into each release: what was checked, and with what outcome.

Belongs here: one self-contained HTML page. The template is beside this module.
"""

from collections.abc import Sequence
from pathlib import Path

from jobmaal.core.build import Build
from jobmaal.core.outcomes import Outcome
from jobmaal.outputs import templates

_KINDS = {
    "reconciliation": "Afstemning af dokumenternes egne tal",
    "great_expectations": "Great Expectations",
    "dbt": "dbt-tests",
}


def write_page(path: Path, build: Build, outcomes: Sequence[Outcome]) -> None:
    """Write the page for a build's outcomes."""
    template = templates.read(Path(__file__).with_name("checks_page.html"))
    groups = [(title, [o for o in outcomes if o.kind == kind]) for kind, title in _KINDS.items()]
    path.write_text(template.render(build=build, groups=groups), encoding="utf-8")
