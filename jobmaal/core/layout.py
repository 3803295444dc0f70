"""Where things are: the project's own folders, the input tables, and everything under `data/`.

Belongs here: paths and nothing else. Does not: reading or writing what is there.
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


class _InData:
    """A path below the data folder of a layout."""

    def __init__(self, place: str) -> None:
        self._place = place

    def __get__(self, layout: Layout, _: type[Layout]) -> Path:
        return layout.data / self._place


@dataclass(frozen=True)
class Layout:
    """The two folders that a run works with; every other path follows from them."""

    seeds: Path
    data: Path

    #: What is being built: emptied by every refresh, never read by others.
    work = _InData("work")
    #: The mark that the work folder is jobmaal's own.
    work_mark = _InData(".work.jobmaal")
    #: Raw, staging and intermediate tables.
    work_database = _InData("work/work.duckdb")
    #: The public tables of the build in hand.
    warehouse = _InData("work/warehouse.duckdb")
    #: The page that dbt made of the project for the build in hand.
    dbt_docs = _InData("work/dbt.html")
    #: The folder in which each step leaves the outcomes of its checks for the gate.
    check_results = _InData("work/checks")
    #: Dbt's own files; kept between runs, so that it parses only what changed.
    dbt_target = _InData("dbt")
    #: Dagster's run history.
    dagster_home = _InData("dagster")
    #: The publisher's responses as they came; with the seeds, all that the warehouse is made of.
    landing = _InData("landing")
    #: One folder per published release.
    releases = _InData("releases")
    #: The link that readers follow.
    current = _InData("current")
    #: What Superset keeps: its own database of charts and users, and its secrets.
    superset = _InData("superset")
    #: A file that holds publishing back, with the build id that it was pinned to.
    pin = _InData("pinned")
    #: The lock of a refresh, and of what else moves releases.
    lock = _InData("refresh.lock")
    #: The lock of the process that runs the schedules.
    schedules_lock = _InData("schedules.lock")
    #: The status of refresh, fetch, release and service.
    standing = _InData("standing.json")
    #: The tables that the publisher no longer lists, and since when that is known.
    delisted = _InData("delisted.json")
    #: The lock of what lands responses.
    landing_lock = _InData("landing.lock")

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
