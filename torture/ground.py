"""The ground that torture happens on: folders of its own, commands in them, made-up releases, what must always hold.

Belongs here: what `kills` and `readers` share. Does not: when anything is killed or read.
"""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from jobmaal.core import contract, work_folder
from jobmaal.core.build import Build
from jobmaal.core.errors import NoReleaseError
from jobmaal.core.layout import PROJECT, Layout
from jobmaal.core.outcomes import Outcome
from jobmaal.releases import catalogue, fingerprint

if TYPE_CHECKING:
    from jobmaal.releases.publish import Published

RESULTS = Path(__file__).with_name("results")
#: A command that takes longer hangs; that is a fault too.
PATIENCE = 600
#: The command as a user has it, in the folder of the interpreter that runs this.
COMMAND = Path(sys.executable).with_name("jobmaal")
#: The input table whose note is changed, so that there is something new to build.
CHANGED = Path("shared") / "accounts.csv"
#: What a model is kept as.
_MODEL_TABLES, _MODEL_WORK, _MODEL_DOCS, _MODEL_KEPT = "model.duckdb", "model_work.duckdb", "dbt.html", "model.json"
#: All that may ever be directly under data/, whatever was killed.
_NAMES = {
    "current", ".current.new", ".work.leaving", ".work.jobmaal", "dagster", "dbt", "landing", "landing.lock",
    "landing.holder", "pinned", "refresh.lock", "refresh.holder", "releases", "schedules.holder",
    "schedules.lock", "standing.json", "delisted.json", "work",
}  # fmt: skip
#: With what a killed process was writing under another name.
ENTRIES = _NAMES | {f".{name}.part" for name in _NAMES}
#: Releases beyond the seven that kills in a row may leave, until a refresh gets through and retires them.
_SPARE_RELEASES = 5


def prepare(root: Path) -> Layout:
    """Copy the project's input tables into a folder of its own, and publish a first release of them."""
    layout = Layout(root / "seeds", root / "data")
    shutil.copytree(PROJECT / "seeds", layout.seeds)
    log("publishing a first release")
    done = jobmaal(layout, "refresh")
    if done.returncode != 0:
        sys.exit(f"The project cannot be refreshed even undisturbed:\n{done.stdout}{done.stderr}")
    return layout


def log(text: str) -> None:
    """Show how far it is."""
    print(f"{dt.datetime.now(dt.UTC):%H:%M:%S} {text}", file=sys.stderr, flush=True)


def environment(layout: Layout) -> dict[str, str]:
    """Return an environment that knows these folders and nothing else of jobmaal or Dagster."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("JOBMAAL_", "DAGSTER_"))}
    # As in the Makefile: without bytecode every start takes twice as long.
    kept.pop("PYTHONDONTWRITEBYTECODE", None)
    return kept | layout.to_environment()


def jobmaal(layout: Layout, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command to its end."""
    return subprocess.run(
        [str(COMMAND), *arguments], env=environment(layout), cwd=PROJECT, capture_output=True, text=True, check=False,
        timeout=PATIENCE,
    )  # fmt: skip


# --- something new to build -----------------------------------------------------------------------------


def change_input(layout: Layout, number: int) -> str:
    """Write a number into the note of the first account; return the sha256 of the table."""
    path = layout.seeds / CHANGED
    with path.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    rows[0][header.index("note")] = f"Changed {number} times while it was tried what a kill does."
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *rows])
    return hashlib.sha256(path.read_bytes()).hexdigest()


@dataclass(frozen=True)
class Model:
    """A release that copies are made of: its tables and what they were built from, dbt's page, checks and keys."""

    warehouse: Path
    work_database: Path
    dbt_docs: Path
    outcomes: Sequence[Outcome]
    manifest: Mapping[str, Any]
    keys: Mapping[str, Sequence[str]]


def take_model(layout: Layout, keep_in: Path) -> Model:
    """Take the current release as a model, and keep its tables even where the release is removed."""
    build_id = catalogue.current_id(layout)
    assert build_id is not None, "nothing is published"
    shutil.copyfile(layout.releases / build_id / catalogue.WAREHOUSE, keep_in / _MODEL_TABLES)
    shutil.copyfile(layout.work_database, keep_in / _MODEL_WORK)
    shutil.copyfile(layout.dbt_docs, keep_in / _MODEL_DOCS)
    kept = {"manifest": catalogue.read_manifest(layout, build_id), "keys": contract.table_keys()}
    (keep_in / _MODEL_KEPT).write_text(json.dumps(kept, ensure_ascii=False), encoding="utf-8")
    return read_model(keep_in)


def read_model(kept_in: Path) -> Model:
    """Return the model that was taken there before; quick, since no framework is needed for it."""
    kept = json.loads((kept_in / _MODEL_KEPT).read_text(encoding="utf-8"))
    checks = [Outcome(**check) for check in kept["manifest"]["checks"]]
    tables, work, docs = (kept_in / name for name in (_MODEL_TABLES, _MODEL_WORK, _MODEL_DOCS))
    return Model(tables, work, docs, checks, kept["manifest"], kept["keys"])


def new_build(layout: Layout, model: Model) -> Build:
    """Name a build of the model's input, made now."""
    now, digest = dt.datetime.now(dt.UTC), str(model.manifest["input_sha256"])
    build_id = catalogue.new_id(layout, now, digest)
    return Build(build_id, now, str(model.manifest["git_revision"]), digest, model.manifest["inputs"])


def publish_copy(layout: Layout, model: Model, build: Build, changes: Sequence[str] = ()) -> Published:
    """Publish the model's tables as another build; `changes` is SQL run on them first."""
    # A process that dies before it publishes starts without what writes a release.
    from jobmaal.releases.publish import publish

    work_folder.make(layout)
    shutil.copyfile(model.warehouse, layout.warehouse)
    shutil.copyfile(model.work_database, layout.work_database)
    shutil.copyfile(model.dbt_docs, layout.dbt_docs)
    with duckdb.connect(str(layout.warehouse)) as database:
        database.execute("update audit_build set build_id = ?", [build.build_id])
        for change in changes:
            database.execute(change)
    return publish(layout, build, model.outcomes, model.keys)


# --- what must always hold ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Before:
    """How things stood before a kill: which release was current, and what the next one is made of."""

    build_id: str
    changed_sha256: str


def stand(layout: Layout, changed_sha256: str) -> Before:
    """Return the state before a change."""
    build_id = catalogue.current_id(layout)
    assert build_id is not None, "nothing is published"
    return Before(build_id, changed_sha256)


def violations(layout: Layout, before: Before) -> list[str]:
    """Return what does not hold that must hold whenever a refresh was killed."""
    build_id = catalogue.current_id(layout)
    if build_id is None:
        return ["data/current leads to no release"]
    found = defects(layout)
    return found or _neither_old_nor_new(layout, build_id, before)


def defects(layout: Layout) -> list[str]:
    """Return what is wrong with the releases, whichever is current, and with the rest of the data folder."""
    build_id = catalogue.current_id(layout)
    found = [f"{one}: {damage}" for one in catalogue.build_ids(layout) for damage in _damages(layout, one)]
    found += _wrong_answers(layout, build_id) if build_id else []
    found += [f"{path} is beside a published file" for path in layout.releases.rglob("*.wal")]
    return found + list(_growth(layout))


def _damages(layout: Layout, build_id: str) -> list[str]:
    try:
        return catalogue.damages(layout, build_id)
    except (NoReleaseError, OSError) as error:
        return [str(error)]


def _neither_old_nor_new(layout: Layout, build_id: str, before: Before) -> list[str]:
    if build_id == before.build_id:
        return []
    manifest = catalogue.read_manifest(layout, build_id)
    is_new = manifest["inputs"].get(f"{layout.seeds.name}/{CHANGED}") == before.changed_sha256
    if is_new and manifest["previous_build_id"] == before.build_id:
        return []
    return [f"data/current leads to {build_id}, which is neither the release before nor of the new input"]


def _wrong_answers(layout: Layout, build_id: str) -> list[str]:
    """Return what is wrong with the build and the rows of the warehouse, opened as readers open it."""
    try:
        manifest = catalogue.read_manifest(layout, build_id)
        with duckdb.connect(str(layout.current / catalogue.WAREHOUSE), read_only=True) as database:
            answer = database.execute("select build_id from audit_build").fetchall()
            rows = {
                name: database.execute(f"select count(*) from {name}").fetchall()[0][0] for name in manifest["rows"]
            }
    except (duckdb.Error, NoReleaseError) as error:
        return [f"the current warehouse does not answer: {error}"]
    found = [] if answer == [(build_id,)] else [f"the warehouse of {build_id} has the build {answer}"]
    return found + ([] if rows == manifest["rows"] else [f"{build_id} has other rows than its manifest counts"])


def _growth(layout: Layout) -> Iterator[str]:
    odd = {path.name for path in layout.data.glob("*")} - ENTRIES
    if odd:
        yield f"data/ has entries that nobody knows: {', '.join(sorted(odd))}"
    releases = sorted(path.name for path in layout.releases.glob("*"))
    if len(releases) > catalogue.RELEASES_KEPT + _SPARE_RELEASES:
        yield f"data/releases has {len(releases)} entries: {', '.join(releases)}"


# --- the report -----------------------------------------------------------------------------------------


def write_report(name: str, started: float, content: Mapping[str, Any], lost: Sequence[str]) -> bool:
    """Write `torture/results/<name>.json` and log the end; return 1 where anything was lost, else 0."""
    report = {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "versions": {n: metadata.version(n) for n in ("jobmaal", "duckdb", "dbt-core", "dagster")},
        "git_revision": fingerprint.git_revision(),
        "ended_at": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "seconds": round(time.monotonic() - started, 1),
        **content,
        "lost": list(lost),
    }
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    path.write_text(json.dumps(report, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    for line in lost:
        log(f"FAILED {line}")
    log(f"{'nothing was lost' if not lost else f'{len(lost)} failure(s)'}; the report is {path}")
    return bool(lost)
