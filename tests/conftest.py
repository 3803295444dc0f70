"""What the tests of a whole release share: one refresh for all of them, and the means to make another.

Belongs here: the one release that a session publishes, copying it, and running the command as a process
of its own. Does not: any assertion, nor making faulty input (`helpers_input`).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from jobmaal.layout import Layout
from jobmaal.release import current_id
from tests.helpers_input import copy_project_seeds

#: The command as a user has it, beside the interpreter that runs the tests.
COMMAND = Path(sys.executable).with_name("jobmaal")


@dataclass(frozen=True)
class Published:
    """A release, where it lies, and what the refresh that made it told."""

    layout: Layout
    done: subprocess.CompletedProcess[str]

    @property
    def folder(self) -> Path:
        """The release's own folder."""
        return release_folder(self.layout)


def release_folder(layout: Layout) -> Path:
    """Give the folder of the current release."""
    build_id = current_id(layout)
    assert build_id is not None, "nothing is published"
    return layout.releases / build_id


def environment_of(layout: Layout) -> dict[str, str]:
    """Give an environment that knows these folders and nothing else of jobmaal or Dagster."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("JOBMAAL_", "DAGSTER_"))}
    return kept | layout.to_environment()


@contextmanager
def environment(layout: Layout) -> Iterator[None]:
    """Let this process work with these folders, and give every variable back as it was."""
    before, wanted = dict(os.environ), environment_of(layout)
    try:
        _replace_environment(wanted)
        yield
    finally:
        _replace_environment(before)


def _replace_environment(variables: Mapping[str, str]) -> None:
    os.environ.clear()
    os.environ.update(variables)


def jobmaal(layout: Layout, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own, away from the project's folder."""
    return _run([str(COMMAND), *arguments], layout)


def python(layout: Layout, code: str) -> subprocess.CompletedProcess[str]:
    """Run Python code in a process of its own."""
    return _run([sys.executable, "-c", code], layout)


def _run(command: list[str], layout: Layout) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, env=environment_of(layout), cwd=layout.seeds.parent, capture_output=True, text=True, check=False,
        timeout=180,
    )  # fmt: skip


def copy_of(layout: Layout, root: Path) -> Layout:
    """Copy seeds and data, so that a test may change them."""
    copied = Layout(root / "seeds", root / "data")
    shutil.copytree(layout.seeds, copied.seeds)
    shutil.copytree(layout.data, copied.data, symlinks=True)
    return copied


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Published:
    """Refresh once from the project's own input tables. Nobody may change what it made: copy it (`copy_of`)."""
    layout = copy_project_seeds(tmp_path_factory.mktemp("published"))
    done = jobmaal(layout, "refresh")
    assert done.returncode == 0, done.stdout + done.stderr
    return Published(layout, done)
