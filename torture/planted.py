"""Bugs planted on purpose in a copy of the package, to see that the histories find each of them.

Belongs here: the bugs, planting one, and trying histories on the copy. Does not: the histories themselves
(`histories`). `python -m torture.planted` plants all and writes `torture/results/planted.json`; a test plants a few.

A bug is a text of a module that stands there once, and what is put in its place. Where the text is gone, planting
fails: rewrite the bug, or remove it with what it broke.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from pathlib import Path

from jobmaal.core.layout import PROJECT
from torture import ground
from torture.histories import STEPS, memory, try_histories

#: What the copy has of the project; the other folders are links to what is there.
_COPIED, _LINKED = "jobmaal", ("dagster_project", "dbt", "expectations", "requirements", "tests", "torture")
#: Number of histories in which a bug has to be found.
HISTORIES = 1500


@dataclass(frozen=True)
class Bug:
    """A bug: what it is, the module that it is in, the text that stands there, and the text in its place."""

    name: str
    module: str
    text: str
    instead: str


BUGS = (
    Bug(
        "files of a release may be written", "releases/publish.py",
        "            path.chmod(0o444)\n", "",
    ),
    Bug(
        "a refresh publishes though a release is pinned", "releases/publish.py",
        "    if pinned is not None:\n        report = f\"held", "    if pinned == '':\n        report = f\"held",
    ),
    Bug(
        "one release fewer is kept", "releases/publish.py",
        "ids[-RELEASES_KEPT:], current_id(layout)", "ids[1 - RELEASES_KEPT:], current_id(layout)",
    ),
    Bug(
        "the work of a killed refresh stays for ever", "core/work_folder.py",
        "    shutil.rmtree(leaving, ignore_errors=True)\n", "",
    ),
    Bug(
        "an id is made from the clock alone", "releases/catalogue.py",
        "max([at, *later])", "max([at, *later[:0]])",
    ),
    Bug(
        "the link is gone for a moment while it moves", "releases/catalogue.py",
        "    beside.replace(layout.current)\n",
        "    layout.current.unlink(missing_ok=True)\n    beside.replace(layout.current)\n",
    ),
    Bug(
        "a rollback pins nothing", "releases/catalogue.py",
        '    files.write(layout.pin, build_id + "\\n")\n', "",
    ),
    Bug(
        "a rollback goes to the oldest release", "releases/catalogue.py",
        "build_id = earlier[-1]", "build_id = earlier[0]",
    ),
    Bug(
        "a rollback takes a damaged release", "releases/catalogue.py",
        "    found = damages(layout, build_id)\n    if found:",
        "    found = damages(layout, build_id)\n    if not ids:",
    ),
    Bug(
        "a rollback that was killed is not carried out", "releases/catalogue.py",
        "(current is None or (pinned is not None and pinned != current))", "(current is None or pinned == '')",
    ),
    Bug(
        "unpinning forgets to", "releases/catalogue.py",
        "    files.remove(layout.pin)\n", "",
    ),
    Bug(
        "a lost link is led to the oldest release", "releases/catalogue.py",
        "current, *reversed(build_ids(layout)))", "current, *build_ids(layout))",
    ),
    Bug(
        "verifying skips a file", "releases/catalogue.py",
        "in sorted(outputs.items()):", "in sorted(outputs.items())[1:]:",
    ),
    Bug(
        "verifying believes any manifest that can be read", "core/sealed.py",
        "and written != text(content, seal)", "and not written",
    ),
    Bug(
        "verifying passes over a file that is no part of the release", "releases/catalogue.py",
        "in sorted(there - outputs.keys())]", "in sorted(there & outputs.keys() - there)]",
    ),
    Bug(
        "what has landed since is not noticed", "releases/catalogue.py",
        'manifest["input_sha256"] == input_sha256 and all(', 'manifest["input_sha256"] and all(',
    ),
    Bug(
        "the lock is not taken", "operations/locking.py",
        "        lock.acquire()\n", "        lock.lock_counter\n",
    ),
    Bug(
        "unpinning does not wait for others", "cli.py",
        '    with refresh_lock(layout, "unpin"):\n', "    if refresh_lock:\n",
    ),
    Bug(
        "who was killed with the lock is not reported", "operations/locking.py",
        "        dead = read_holder(note) if is_outermost else None\n", "        dead = None\n",
    ),
    Bug(
        "a sidecar is written before its response", "jobindsats/landing.py",
        "        files.write(landed.body, packed, is_final=True)\n"
        "        files.write(sidecar, _sidecar(landed), is_final=True)\n",
        "        files.write(sidecar, _sidecar(landed), is_final=True)\n"
        "        files.write(landed.body, packed, is_final=True)\n",
    ),
    Bug(
        "another response of the same time lands over the one that is there", "jobindsats/saved.py",
        "            if landed.sha256 != hashlib.sha256(body).hexdigest():\n",
        "            if landed.sha256 != hashlib.sha256(body).hexdigest():\n"
        "                break\n            if not landed.sha256:\n",
    ),
    Bug(
        "what is no response lands", "jobindsats/saved.py",
        "        path = self.landing.quarantine(origin, body, str(error), error.rules)\n",
        "        path = self.landing.land(origin, body)[0].body\n",
    ),
    Bug(
        "a response lands behind one of the future", "jobindsats/landing.py",
        "        if late is not None:\n", "        if late is not None and late.retrieved_at < now:\n",
    ),
    Bug(
        "half a delivery is built", "jobindsats/landing.py",
        "if {p.part for p in parts} >= _all_parts(parts)}", "if parts}",
    ),
    Bug(
        "the oldest response wins", "jobindsats/landing.py",
        "for part in parts), key=_in_time)", "for part in parts), key=_in_time, reverse=True)",
    ),
    Bug(
        "pruning removes what has entered", "jobindsats/landing.py",
        "            if response.kind != \"data\" or (response.table_id, response.delivery) in entered\n",
        "            if response.kind != \"data\" or not entered\n",
    ),
    Bug(
        "pruning removes what was kept aside yesterday", "jobindsats/landing.py",
        "dt.timedelta(days=DAYS_KEPT_ASIDE)", "dt.timedelta(days=1)",
    ),
    Bug(
        "what a killed fetch had half written stays for ever", "jobindsats/landing.py",
        '        gone += self.folder.rglob(".*.part")\n', "",
    ),
    Bug(
        "the link moves before the release is in its place", "releases/publish.py",
        "    folder = _move_into_place(layout, staged, build.build_id)\n    point_to(layout, build.build_id)\n",
        "    point_to(layout, build.build_id)\n    folder = _move_into_place(layout, staged, build.build_id)\n",
    ),
    Bug(
        "the manifest is written once the release can be seen", "releases/publish.py",
        '    (staged / MANIFEST).write_text(manifest_text(manifest), encoding="utf-8")\n'
        "    folder = _move_into_place(layout, staged, build.build_id)\n",
        "    folder = _move_into_place(layout, staged, build.build_id)\n"
        '    (folder / MANIFEST).write_text(manifest_text(manifest), encoding="utf-8")\n',
    ),
    Bug(
        "a release is removed under its own name", "releases/publish.py",
        "        (layout.releases / build_id).rename(leaving)\n",
        "        shutil.rmtree(layout.releases / build_id)\n        leaving.mkdir()\n",
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Hunt:
    """What became of a planted bug: how many histories were tried, which one found it, and what did not hold there.

    The history that finds a bug is repeated, which counts. `fault` is why a bug could not be tried, blank where it was.
    """

    bug: str
    seconds: float
    histories: int
    failure: str
    history: Sequence[str]
    fault: str = ""

    @property
    def is_found(self) -> bool:
        """Whether a history failed."""
        return bool(self.failure)


def spoilt(bug: Bug) -> str:
    """Return the module with the bug.

    Raises LookupError where the text that it replaces does not stand there once, SyntaxError where it is no Python.
    """
    text = (PROJECT / _COPIED / bug.module).read_text(encoding="utf-8")
    if text.count(bug.text) != 1:
        raise LookupError(
            f"'{bug.name}' cannot be planted: {bug.module} has its text {text.count(bug.text)} times and not once. "
            f"Rewrite the bug in torture/planted.py. The text is:\n{bug.text}"
        )
    spoilt_text = text.replace(bug.text, bug.instead)
    # What is no Python would be found by every history, and show nothing.
    compile(spoilt_text, bug.module, "exec")
    return spoilt_text


def plant(bug: Bug, root: Path) -> None:
    """Make a copy of the project that has the bug."""
    shutil.copytree(PROJECT / _COPIED, root / _COPIED, ignore=shutil.ignore_patterns("__pycache__"))
    for name in _LINKED:
        (root / name).symlink_to(PROJECT / name)
    (root / _COPIED / bug.module).write_text(spoilt(bug), encoding="utf-8")


def hunt(bug: Bug, number: int, *, histories: int = HISTORIES) -> Hunt:
    """Plant a bug, and try histories on the copy until one fails."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="jobmaal-planted-", dir=memory()) as folder:
        plant(bug, Path(folder))
        command = [sys.executable, "-m", "torture.planted", "--try", str(histories), "--seed", str(number)]
        done = subprocess.run(
            command, cwd=folder, env=os.environ | {"PYTHONPATH": folder}, capture_output=True, text=True, check=False
        )
    seconds = round(time.monotonic() - started, 1)
    if done.returncode != 0:
        return Hunt(bug.name, seconds, 0, "", (), f"could not be tried: {done.stderr}")
    return Hunt(bug.name, seconds, **json.loads(done.stdout))


def _try(histories: int, number: int) -> None:
    """Try histories of the package that is imported, and print the result."""
    result = try_histories(histories, number, steps=STEPS, shrinks=False)
    json.dump({"histories": result.tally.histories, "failure": result.failure, "history": result.history}, sys.stdout)


def main() -> None:
    """Plant each bug in turn, write the report; end with 1 where one was not found."""
    options = _options()
    if options.histories is not None:
        _try(options.histories, options.seed)
        return
    started = time.monotonic()
    wanted = [bug for bug in BUGS if options.only in bug.name]
    hunts = []
    with ThreadPoolExecutor(options.processes) as pool:
        begun = [pool.submit(hunt, bug, options.seed) for bug in wanted]
        for work in as_completed(begun):
            if work.cancelled():
                continue
            done = work.result()
            ground.log(f"{done.bug}: {f'found after {done.histories} histories' if done.is_found else 'NOT FOUND'}")
            hunts.append(done)
            if time.monotonic() > started + options.seconds:
                for later in begun:
                    later.cancel()
    lost = [
        f"{done.bug}: {done.fault or f'not found in {done.histories} histories'}" for done in hunts if not done.is_found
    ]
    content = {
        "seed": options.seed, "bugs": len(hunts), "found": sum(done.is_found for done in hunts),
        "not_begun": sorted({bug.name for bug in wanted} - {done.bug for done in hunts}),
        "each": [asdict(done) for done in hunts],
    }  # fmt: skip
    sys.exit(ground.write_report("planted", started, content, lost))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m torture.planted", description="Plant bugs, and see that the histories find them."
    )
    parser.add_argument("--only", default="", metavar="TEXT", help="those with this in their name")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="plant none later than that (no limit)")
    parser.add_argument("--seed", type=int, default=20260818, help="of the histories")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1, help="at a time (default: cores)")
    parser.add_argument("--try", type=int, dest="histories", help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
