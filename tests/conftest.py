"""What the tests of a whole release share: one refresh for all of them, and the means to make another.

Belongs here: the releases that a session publishes once, copying them, running the command as a process of its own, and
the browser. Does not: any assertion, nor making faulty input (`helpers.input`).
"""

from __future__ import annotations

import datetime as dt
import json
import os
import pickle
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import pytest
from filelock import FileLock

from jobmaal.core.layout import PROJECT, Layout
from jobmaal.demo.synthetic import shipped_tables
from jobmaal.jobindsats.config import read_tables
from jobmaal.jobindsats.response import PUBLISHER_ZONE
from jobmaal.releases.catalogue import current_id
from tests.helpers.input import add_documents, append, copy_project_seeds
from tests.helpers.secrets import SECRETS, TOKEN, search
from tests.helpers.v3_server import ServedTable, V3Server
from torture import ground

if TYPE_CHECKING:
    from playwright.sync_api import Browser

# What a shell starts in the background (`make test &`, nohup, many runners) ignores Ctrl-C, and so would every process
# that is started here, even those that are interrupted on purpose.
if threading.current_thread() is threading.main_thread():
    signal.signal(signal.SIGINT, signal.default_int_handler)

#: The command as a user has it, in the folder of the interpreter that runs the tests.
COMMAND = Path(sys.executable).with_name("jobmaal")


#: Each makes a refresh of its own, or several.
_SLOW_FIXTURES = {"continued", "hostile", "shuffled", "held_back", "real_responses", "renamed", "seven", "spoilt"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave to `make test-slow` the tests that need a refresh of their own, however quick they are themselves."""
    for item in items:
        if _SLOW_FIXTURES & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.slow)


@dataclass(frozen=True)
class Published:
    """A release, its folders, and the refresh that made it."""

    layout: Layout
    done: subprocess.CompletedProcess[str]

    @property
    def folder(self) -> Path:
        """The release's own folder."""
        return release_folder(self.layout)


def release_folder(layout: Layout) -> Path:
    """Return the folder of the current release."""
    build_id = current_id(layout)
    assert build_id is not None, "nothing is published"
    return layout.releases / build_id


def environment_of(layout: Layout) -> dict[str, str]:
    """Return an environment that knows these folders and the secrets, and nothing else of jobmaal or Dagster."""
    ours = ("JOBMAAL_", "DAGSTER_", "JOBINDSATS_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return kept | SECRETS | layout.to_environment()


@contextmanager
def environment(layout: Layout) -> Iterator[None]:
    """Let this process work with these folders, and restore every variable afterwards."""
    before, wanted = dict(os.environ), environment_of(layout)
    try:
        os.environ.clear()
        os.environ.update(wanted)
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def jobmaal(layout: Layout, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own, away from the project's folder."""
    return _run([str(COMMAND), *arguments], layout, variables)


def python(layout: Layout, code: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run Python code in a process of its own."""
    return _run([sys.executable, "-c", code], layout, variables)


def at_place(layout: Layout, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run `torture.places`, which spoils a command at a named place, in a process of its own."""
    command = [sys.executable, "-m", "torture.places", *arguments]
    return _run(command, layout, {"PYTHONPATH": str(PROJECT), **variables})


def without_privileges(*command: str, layout: Layout) -> subprocess.CompletedProcess[str]:
    """Run a command as a root whom permissions restrict."""
    tool = shutil.which("setpriv")
    if os.geteuid() == 0:
        if tool is None:
            pytest.skip("permissions do not restrict root, and there is no setpriv to change that")
        command = (tool, "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all", *command)
    return _run(list(command), layout)


def _run(
    command: list[str], layout: Layout, variables: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    environment = environment_of(layout) | dict(variables or {})
    done = subprocess.run(
        command, env=environment, cwd=layout.seeds.parent, capture_output=True, text=True, check=False, timeout=600
    )
    # Whatever a test is about, no command shows a secret.
    assert search([done.stdout, done.stderr]) == []
    return done


def copy_of(layout: Layout, root: Path) -> Layout:
    """Copy seeds and data, so that a test may change them."""
    copied = Layout(root / "seeds", root / "data")
    shutil.copytree(layout.seeds, copied.seeds)
    shutil.copytree(layout.data, copied.data, symlinks=True)
    return copied


Made = TypeVar("Made")


def once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], Made]) -> Made:
    """Make something once for all the processes that share the tests; the others wait for the first."""
    ours = factory.getbasetemp()
    folder = (ours.parent if "PYTEST_XDIST_WORKER" in os.environ else ours) / name
    folder.mkdir(exist_ok=True)
    kept = folder / "made.pickle"
    with FileLock(folder / "lock"):
        if not kept.exists():
            made = make(Path(tempfile.mkdtemp(dir=folder)))
            kept.write_bytes(pickle.dumps(made))
    found: Made = pickle.loads(kept.read_bytes())
    return found


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Published:
    """Refresh once from the project's own input tables. No test may change the result: copy it (`copy_of`)."""
    return once(tmp_path_factory, "published", _published)


def _published(folder: Path) -> Published:
    layout = copy_project_seeds(folder)
    done = jobmaal(layout, "refresh")
    assert done.returncode == 0, done.stdout + done.stderr
    return Published(layout, done)


@pytest.fixture(scope="session")
def both(tmp_path_factory: pytest.TempPathFactory) -> Published:
    """Refresh once from the project's documents and those of the invented Fjordby. No test may change the result."""
    return once(tmp_path_factory, "both", partial(_with_fjordby, alone=False))


@pytest.fixture(scope="session")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Published:
    """Refresh once from the documents of Fjordby alone, for Fjordby. No test may change the result."""
    return once(tmp_path_factory, "alone", partial(_with_fjordby, alone=True))


def _with_fjordby(folder: Path, *, alone: bool) -> Published:
    layout = add_documents(copy_project_seeds(folder), PROJECT / "tests" / "fjordby", alone=alone)
    done = jobmaal(layout, "refresh", **({"JOBMAAL_MUNICIPALITY": "Fjordby"} if alone else {}))
    assert done.returncode == 0, done.stdout + done.stderr
    return Published(layout, done)


@pytest.fixture(scope="session")
def model_folder(published: Published, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a model of the session's release, of which copies can be published."""
    return once(tmp_path_factory, "model", partial(_take_model, published.layout))


def _take_model(layout: Layout, folder: Path) -> Path:
    ground.take_model(layout, folder)
    return folder


_CHROMIUM = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start Chromium."""
    found = next(filter(None, map(shutil.which, _CHROMIUM)), None)
    if found is None:
        pytest.skip("no Chromium is installed (Debian's package chromium)")
    from playwright.sync_api import sync_playwright

    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    # A name that somebody else owns and leads to this machine, as in an attack by DNS.
    flags.append("--host-resolver-rules=MAP rebound.example 127.0.0.1")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=found, args=flags)
        yield started
        started.close()


#: A cell that a response of its own suppresses, after both fetches.
SUPPRESSED = ("2024M08", "Læsø", "Kontanthjælp")
#: Targets of each kind that a series can measure, with the measure that is made to do so.
TARGET_SERIES = (
    {"target_id": "4.3.goal.top10", "measure_id": "ledige_pct", "comparison_group_id": "seksby"},
    {"target_id": "4.3.goal.aarhus", "measure_id": "ledige_pct"},
    {"target_id": "4.6.goal.22-uger", "measure_id": "ledige_pct"},
    {
        "target_id": "4.7.goal.over-50", "measure_id": "ledige_pct", "comparison_group_id": "seksby",
        "baseline_period_id": "2024M07",
    },
)  # fmt: skip


@dataclass(frozen=True)
class PublishedSeries(Published):
    """A release with series, fetched twice over a socket: before and after a revision that also renamed labels.

    `first` and `second` are the two fetches; `tables` is what the publisher has afterwards.
    """

    first: subprocess.CompletedProcess[str]
    second: subprocess.CompletedProcess[str]
    tables: Mapping[str, ServedTable]


@pytest.fixture(scope="session")
def with_series(tmp_path_factory: pytest.TempPathFactory) -> PublishedSeries:
    """Fetch all configured tables from a server on this machine, twice, and refresh. No test may change the result."""
    return once(tmp_path_factory, "with_series", _with_series)


def _with_series(folder: Path) -> PublishedSeries:
    layout = copy_project_seeds(folder)
    for row in TARGET_SERIES:
        common = {"document_id": "beskaeftigelsesplan_2018", "table_id": "y25i01", "member": "I alt"}
        append(layout.seeds / "shared" / "target_series.csv", {**common, "area_name": "København", **row})
    shapes = shipped_tables(read_tables(layout), "2026M06", years=2)
    with V3Server({shape.table_id: ServedTable(shape) for shape in shapes}, token=TOKEN) as server:
        first = jobmaal(layout, "fetch", **server.variables)
        server.revise("y25i01")
        server.rename("y25i01", {"A-dagpenge": "Dagpenge (a-kasse)"})
        second = jobmaal(layout, "fetch", **server.variables)
        tables = dict(server.tables)
    landed = jobmaal(layout, "land", str(_suppressing(layout.seeds.parent / "saved", tables["y25i01"])))
    done = jobmaal(layout, "refresh")
    assert done.returncode == 0, first.stdout + first.stderr + second.stderr + landed.stderr + done.stderr
    return PublishedSeries(layout, done, first, second, tables)


def _suppressing(folder: Path, table: ServedTable) -> Path:
    """Save a response that was retrieved just now and suppresses a cell, as `jobmaal land` reads it."""
    content = json.loads(table.response())
    suppressed = [table.labels.get(label, label) for label in SUPPRESSED]
    for row in content["rows"]:
        row[3:] = [None if row[:3] == suppressed else value for value in row[3:]]
    # The name has no fractions of a second, so the next one is the first after the fetch.
    at = dt.datetime.now(PUBLISHER_ZONE) + dt.timedelta(seconds=1)
    file = folder / "y25i01" / f"{at:%Y-%m-%dT%H-%M-%S}.json"
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps(content), encoding="utf-8")
    # No response may be of a future time.
    time.sleep(1)
    return folder
