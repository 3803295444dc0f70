"""What a build depends on, as one number: whether there is anything new to build is known in milliseconds.

Belongs here: hashing the inputs, the code and the environment that decide what comes out. Does not:
hashing what came out (that is the release's manifest).
"""

import hashlib
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from jobmaal.core.layout import PROJECT, Layout
from jobmaal.core.municipality import municipality
from jobmaal.jobindsats.names import data_names
from jobmaal.outputs.suppression.limit import limit

#: Folders of the project that decide the outcome, with the kinds of file that count there.
_CODE = {
    "dbt": (".sql", ".yml"),
    "jobmaal": (".py", ".sql", ".yml", ".html", ".css", ".js"),
    "dagster_project": (".py",),
    "expectations": (".py", ".sql"),
}
_ENVIRONMENT = ("requirements/main.lock",)
#: The input tables that say which series there are, what their labels mean, and who is ranked among whom.
_SERIES_TABLES = {
    f"seeds/shared/{name}.csv"
    for name in (
        "areas", "comparison_group_areas", "comparison_groups", "series_breaks", "series_measures", "series_rankings",
        "series_tables", "target_series",
    )
}  # fmt: skip
_NOT_CODE = {"target", "logs", "__pycache__"}


def input_sha256(layout: Layout) -> str:
    """Return the fingerprint of everything that decides the outcome: input tables, responses, code, locks, settings.

    Raises JobmaalError where a setting is none: before a refresh begins, not at its end.
    """
    # A landed response never changes, and its name holds the beginning of its sha256.
    landed = "\0".join(data_names(layout.landing))
    return _sha256([*_seeds(layout), *_code()], f"{landed}\0hide below {limit()}\0{municipality()}")


def reading_sha256(layout: Layout) -> str:
    """Return the fingerprint of what decides, beside the responses, which series' values a build stores and ranks."""
    read = [(name, path) for name, path in _seeds(layout) if name in _SERIES_TABLES]
    return _sha256([*read, *_code()])


def dbt_sha256() -> str:
    """Return the fingerprint of what decides which queries dbt writes."""
    return _sha256((name, path) for name, path in _code() if name.startswith("dbt/") or name in _ENVIRONMENT)


def _sha256(files: Iterable[tuple[str, Path]], settings: str = "") -> str:
    digest = hashlib.sha256(f"python {sys.version_info[:2]}\0{settings}".encode())
    for name, path in sorted(files):
        digest.update(f"\0{name}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def inputs(layout: Layout) -> dict[str, str]:
    """Return the sha256 of every input table, by its name as faults tell it."""
    return {
        f"{layout.seeds.name}/{path.relative_to(layout.seeds)}": hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(_input_files(layout))
    }


def _input_files(layout: Layout) -> Iterator[Path]:
    """Return the input tables; what an editor keeps beside them is none."""
    return (path for path in layout.seeds.rglob("*.csv") if not path.name.startswith("."))


def _seeds(layout: Layout) -> Iterator[tuple[str, Path]]:
    for path in _input_files(layout):
        yield f"seeds/{path.relative_to(layout.seeds)}", path


def _code() -> Iterator[tuple[str, Path]]:
    for folder, endings in _CODE.items():
        # Walked by hand: in a refresh that finds nothing new, this is most of the time.
        for inside, folders, files in os.walk(f"{PROJECT}/{folder}"):
            folders[:] = [name for name in folders if name not in _NOT_CODE]
            paths = (f"{inside}/{file}" for file in files if file.endswith(endings))
            yield from ((path.removeprefix(f"{PROJECT}/"), Path(path)) for path in paths)
    for name in _ENVIRONMENT:
        if (PROJECT / name).is_file():
            yield name, PROJECT / name


def git_revision() -> str:
    """Return the revision of the code, with `+` where the checkout has changes; blank outside a checkout."""
    revision = _git("rev-parse", "HEAD")
    return revision + ("+" if revision and _git("status", "--porcelain") else "")


def _git(*arguments: str) -> str:
    import subprocess  # whether anything has changed is known without it

    # On a server the checkout is root's, which git would not read otherwise; and nothing is written there.
    command = ["git", "--no-optional-locks", "-c", f"safe.directory={PROJECT}", "-C", str(PROJECT), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=10)
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()
