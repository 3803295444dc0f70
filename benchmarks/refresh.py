"""How long a refresh of the shipped input takes beside `dbt build`, beside the usual stack, and beside itself.

Belongs here: the input as it is shipped, without series. Writes `benchmarks/results/refresh.json`. Run it on a machine
that does nothing else, with `make bench`, which sets up the environment of the usual stack.
"""

import shutil
import sys
import tempfile
from pathlib import Path

from benchmarks import measure, peers
from jobmaal.core.layout import PROJECT, Layout

RUNS = 3
#: The command with nothing in the place of the report.
_WITHOUT_REPORT = """
import sys
from jobmaal import cli
from jobmaal.releases import publish
publish.write_report = lambda *_: None
sys.argv = ["jobmaal", "refresh", "--force"]
cli.main()
"""
#: The same without files and catalogue too: what makes the warehouse, and nothing that is made of it.
_UP_TO_PUBLISHING = """
import sys
from dagster_project import dbt_graph
from jobmaal import cli
from jobmaal.releases import publish
publish.write_report = publish.write_files = publish.write_catalogue = dbt_graph.write_docs = lambda *_: None
sys.argv = ["jobmaal", "refresh", "--force"]
cli.main()
"""


def main() -> None:
    """Measure all sides in turn and write the results."""
    with tempfile.TemporaryDirectory() as folder:
        layout, bare, stack = (Layout(PROJECT / "seeds", Path(folder) / name) for name in ("own", "bare", "stack"))
        known = measure.environment(layout)
        # The first run parses the dbt project and fills the work database that the bare build reads.
        measure.jobmaal(layout, "refresh")
        bare.work.mkdir(parents=True)
        shutil.copy(layout.work_database, bare.work_database)
        # Not measured: each parses the project once, as it would before it is first used.
        _dbt_build(bare)
        peers.prepare_usual_stack(stack)
        done = measure.in_turn(
            RUNS,
            {
                "refresh": lambda: measure.jobmaal(layout, "refresh", "--force"),
                "refresh without report": lambda: measure.run([sys.executable, "-c", _WITHOUT_REPORT], known),
                "refresh up to publishing": lambda: measure.run([sys.executable, "-c", _UP_TO_PUBLISHING], known),
                "dbt build": lambda: _dbt_build(bare),
                "usual stack": lambda: peers.usual_stack(stack, in_one_process=True),
                "usual stack by default": lambda: peers.usual_stack(stack, in_one_process=False),
                "refresh with nothing new": lambda: measure.jobmaal(layout, "refresh"),
                "--version": lambda: measure.jobmaal(layout, "--version"),
            },
        )
    seconds = measure.medians(done)
    measure.write(
        "refresh",
        RUNS,
        {
            "refresh": seconds["refresh up to publishing"] / seconds["dbt build"],
            "refresh_stack": seconds["usual stack"] / seconds["refresh up to publishing"],
            "refresh_stack_usual": seconds["usual stack by default"] / seconds["refresh up to publishing"],
            "nothing_new": seconds["refresh with nothing new"] / seconds["--version"],
            "report": seconds["refresh"] / seconds["refresh without report"],
            "exports": seconds["refresh"] / seconds["refresh up to publishing"],
        },
        {
            "median_seconds": seconds,
            "peak_memory_mb": measure.memory(done),
            "versions_of_peers": {"usual stack": peers.versions("dagster_dbt")},
        },
    )


def _dbt_build(layout: Layout) -> measure.Run:
    """Run dbt alone, without the unit tests, which are of formulas and which a refresh does not run either."""
    command = [str(measure.BIN / "dbt"), "build", "--quiet", "--exclude-resource-type", "unit_test"]
    command += ["--project-dir", "dbt", "--profiles-dir", "dbt", "--target-path", str(layout.dbt_target)]
    return measure.run(command, measure.environment(layout))


if __name__ == "__main__":
    main()
