"""What jobmaal is measured beside: others on the same job, each from its own packages in an environment of its own.

Belongs here: starting them. What each does is in the folder of its name, which `make bench` gives an environment.
"""

import sys
from pathlib import Path

from benchmarks import measure
from jobmaal.core.layout import PROJECT, Layout

_HERE = Path(__file__).parent


def usual_stack(layout: Layout, *, in_one_process: bool) -> measure.Run:
    """Run the job of a refresh with Dagster, dagster-dbt and Great Expectations, cold."""
    return measure.run(
        [
            str(_python("dagster_dbt")), "-m", "dagster", "asset", "materialize", "--select", "*",
            "--module-name", "benchmarks.peers.dagster_dbt.definitions", "--working-directory", str(PROJECT),
        ],
        _of_usual_stack(layout) | ({"ONE_PROCESS": "yes"} if in_one_process else {}),
    )  # fmt: skip


def prepare_usual_stack(layout: Layout) -> None:
    """Make the folders, and dbt's manifest, which a deployment has from the day that it was made."""
    for folder in (layout.dagster_home, layout.work):
        folder.mkdir(parents=True)
    (layout.dagster_home / "dagster.yaml").write_text("telemetry:\n  enabled: false\n", encoding="utf-8")
    command = [str(_python("dagster_dbt").with_name("dbt")), "parse", "--project-dir", "dbt", "--profiles-dir", "dbt"]
    measure.run([*command, "--target-path", str(layout.dbt_target)], _of_usual_stack(layout))


def _of_usual_stack(layout: Layout) -> dict[str, str]:
    known = measure.environment(layout) | {"DAGSTER_HOME": str(layout.dagster_home), "DO_NOT_TRACK": "1"}
    # dbt is started by its name.
    return known | {"PATH": f"{_python('dagster_dbt').parent}:{known['PATH']}"}


def load(name: str, way: str, layout: Layout) -> measure.Run:
    """Bring the landed responses into a table with a row a cell, in a cold process, in the fast or the usual way."""
    return measure.run([str(_python(name)), str(_HERE / name / "load.py"), way], measure.environment(layout))


def versions(name: str) -> dict[str, str]:
    """Return what a peer's lock names of what its requirements ask for."""
    folder = _HERE / name
    asked = {line.partition("=")[0].partition("[")[0] for line in _lines(folder / "requirements.in")}
    locked = (line.partition(" ")[0].partition("==") for line in _lines(folder / "requirements.lock"))
    return {package: version for package, _, version in locked if package in asked}


def _lines(path: Path) -> list[str]:
    return [line for line in path.read_text(encoding="utf-8").splitlines() if line[:1].isalnum()]


def _python(name: str) -> Path:
    python = _HERE / name / ".venv" / "bin" / "python"
    if not python.exists():
        sys.exit(f"{name} has no environment yet: make {python.parent.parent.relative_to(PROJECT) / '.ready'}")
    return python
