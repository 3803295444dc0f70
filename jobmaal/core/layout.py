"""Where things lie: the project's own folders, the input tables, and everything under `data/`.

Belongs here: paths and nothing else. Does not: reading or writing what lies there.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]


def prefer_own_packages() -> None:
    """Have this process and those that it starts find the project's packages before any on the user's PYTHONPATH.

    A package there may have the name of one of ours, or of what we use (`expectations`, `dbt`). The folders stay on
    the path, behind what is installed.
    """
    theirs = os.environ.get("PYTHONPATH", "")
    folders = {os.path.abspath(folder) for folder in theirs.split(os.pathsep) if folder} - {str(PROJECT)}  # noqa: PTH100
    sys.path.sort(key=lambda folder: (folder != str(PROJECT), os.path.abspath(folder) in folders))  # noqa: PTH100
    if str(PROJECT) not in sys.path:
        sys.path.insert(0, str(PROJECT))
    if theirs and theirs.split(os.pathsep)[0] != str(PROJECT):
        os.environ["PYTHONPATH"] = os.pathsep.join((str(PROJECT), theirs))


def quoted(text: Path | str) -> str:
    """Write a path or a text as it stands between single quotes in SQL."""
    return str(text).replace("'", "''")


@dataclass(frozen=True)
class Layout:
    """The two folders that a run works with; every other path follows from them."""

    seeds: Path
    data: Path

    @classmethod
    def from_environment(cls) -> Layout:
        """Take JOBMAAL_SEEDS and JOBMAAL_DATA where they are set, the project's own folders otherwise."""
        return cls(
            seeds=Path(os.environ.get("JOBMAAL_SEEDS") or PROJECT / "seeds").resolve(),
            data=Path(os.environ.get("JOBMAAL_DATA") or PROJECT / "data").resolve(),
        )

    def to_environment(self) -> dict[str, str]:
        """Return the variables that make another process (or dbt) work with the same folders."""
        return {"JOBMAAL_SEEDS": str(self.seeds), "JOBMAAL_DATA": str(self.data)}

    @property
    def demo(self) -> Layout:
        """The folders of the demo: the same input tables, and a data folder of its own for made-up series."""
        return Layout(self.seeds, self.data / "demo")

    @property
    def is_demo(self) -> bool:
        """Whether these are a demo's folders."""
        return self.data.name == "demo"

    @property
    def input_schema(self) -> Path:
        """The declaration of the input tables, which dbt and the reader share."""
        return PROJECT / "dbt" / "models" / "staging" / "documents" / "_documents__sources.yml"

    @property
    def work(self) -> Path:
        """What is being built: emptied by every refresh, never read by others."""
        return self.data / "work"

    @property
    def work_mark(self) -> Path:
        """What says that the work folder is jobmaal's own."""
        return self.data / ".work.jobmaal"

    @property
    def work_database(self) -> Path:
        """Raw, staging and intermediate tables."""
        return self.work / "work.duckdb"

    @property
    def warehouse(self) -> Path:
        """The public tables of the build in hand."""
        return self.work / "warehouse.duckdb"

    @property
    def dbt_docs(self) -> Path:
        """The page that dbt made of the project for the build in hand."""
        return self.work / "dbt.html"

    @property
    def check_results(self) -> Path:
        """The folder in which each step leaves the outcomes of its checks for the gate."""
        return self.work / "checks"

    @property
    def dbt_target(self) -> Path:
        """Dbt's own files; kept between runs, so that it parses only what changed."""
        return self.data / "dbt"

    @property
    def dagster_home(self) -> Path:
        """Dagster's run history."""
        return self.data / "dagster"

    @property
    def landing(self) -> Path:
        """The publisher's replies as they came; with the seeds, all that the warehouse is made of."""
        return self.data / "landing"

    @property
    def releases(self) -> Path:
        """One folder per published release."""
        return self.data / "releases"

    @property
    def current(self) -> Path:
        """The link that readers follow."""
        return self.data / "current"

    @property
    def superset(self) -> Path:
        """What Superset keeps: its own database of charts and users, and its secrets."""
        return self.data / "superset"

    @property
    def pin(self) -> Path:
        """A file that holds publishing back, with the build id that it was pinned to."""
        return self.data / "pinned"

    @property
    def lock(self) -> Path:
        """The lock of whoever refreshes."""
        return self.data / "refresh.lock"

    @property
    def schedules_lock(self) -> Path:
        """The lock of the process that runs the schedules."""
        return self.data / "schedules.lock"

    @property
    def standing(self) -> Path:
        """How refreshes, fetches and the release stand: what was last told of each."""
        return self.data / "standing.json"

    @property
    def delisted(self) -> Path:
        """The tables that the publisher no longer lists, and since when that is known."""
        return self.data / "delisted.json"

    @property
    def landing_lock(self) -> Path:
        """The lock of whoever lands replies."""
        return self.data / "landing.lock"
