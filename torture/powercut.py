"""Cutting the power while something is published, rolled back, landed or refreshed: nothing that was reported is lost.

Belongs here: when the power is cut, what must hold in what it leaves, and how work goes on there. Does not: what a disk
may lose (`disk`), what the commands did to it (`recording`), where the named places are (`places`). Run it with
`python -m torture.powercut`; it writes `torture/results/powercut.json`.

Each command runs once, to its end, and is recorded. Then the power is cut in the recording: at each named place, at the
end and at random, in each way of losing what was not flushed. What is left has to be wholly old or wholly new, file by
file and release by release, and wholly new where the command had ended. It is written into a folder of its own, read as
readers do, and worked on as the next night would: once at each place, and wherever no earlier cut has left the same.

Each kind of flush is then left out of the recording, one at a time: each has to be missed, or this would prove nothing.
"""

import argparse
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence, Set
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from functools import cached_property
from itertools import cycle, islice
from pathlib import Path
from threading import Lock

import duckdb

from jobmaal.core.errors import EXIT_FAULTY_INPUT, EXIT_NO_RELEASE, JobmaalError
from jobmaal.core.layout import PROJECT, Layout
from jobmaal.jobindsats.landing import Landing
from jobmaal.jobindsats.names import BODY, SIDECAR
from jobmaal.readers.connection import open_release
from jobmaal.releases import catalogue
from jobmaal.releases.catalogue import RELEASES_KEPT
from torture import ground, recording
from torture.disk import WAYS, Content, Disk, Flush, Mark, Names, Remains, Way
from torture.kills import publisher, save_responses
from torture.places import COPY, FETCH, LAND, MARK, NOWHERE, REFRESH, ROLLBACK

#: Where a scene begins: seven releases, the last but one of them current and pinned, or no data folder at all.
PUBLISHED, ROLLED_BACK, NOTHING = "published", "rolled back", "nothing"
#: What a refresh empties or rebuilds in the data folder, and what other programs keep. Only the next run checks it.
_SCRATCH = re.compile(r"data/(work|\.work\.leaving|dbt|dagster)/|data/[a-z]+\.lock$|(?!data/)")
#: What is on its way to its name, or on its way out.
_UNDER_WAY = re.compile(r"/(\.current\.new|\.[^/]+\.part|\.leaving-[^/]+(/.*)?|[a-z]+\.new)$")
_UNIT = re.compile(r"data/releases/[^/]+/")
#: A note of who is at work: there while somebody is, and no longer.
_NOTE = ".holder"
_END, _RANDOM = "the end", "at random"
_KNOWN = "as after an earlier cut that left the same"


@dataclass(frozen=True)
class Scene:
    """A command that is recorded, where it begins, and what is run on what a power cut left of it."""

    name: str
    start: str
    command: tuple[str, ...]
    again: tuple[tuple[str, ...], ...]
    ends: int = 0


SCENES = (
    Scene("publishing", PUBLISHED, (COPY,), ((COPY,),)),
    Scene("publishing the first release", NOTHING, (COPY,), ((COPY,),)),
    Scene("rolling back", PUBLISHED, ROLLBACK, (("refresh",), ("unpin",), (COPY,))),
    Scene("unpinning", ROLLED_BACK, ("unpin",), (("refresh",), ("unpin",), (COPY,))),
    Scene("landing", PUBLISHED, LAND, (LAND, FETCH)),
    Scene(
        "landing the first responses, one of them unusable",
        NOTHING,
        ("land", "spoilt"),
        (LAND, FETCH),
        EXIT_FAULTY_INPUT,
    ),
    Scene("fetching", PUBLISHED, FETCH, (FETCH,)),
    Scene("refreshing", PUBLISHED, REFRESH, (("refresh", "--force"),)),
    Scene("refreshing for the first time", NOTHING, ("refresh",), (("refresh", "--force"),)),
)
#: A scene whose first command is one of these takes the time of a whole refresh for each cut.
_LONG = "refresh"


@dataclass(frozen=True)
class Omission:
    """Flushes that are left out on purpose: of a scene, those of paths that a pattern matches; folders end with /."""

    scene: str
    what: str
    paths: str


OMISSIONS = (
    Omission("publishing", "the files of a release", r"data/work/release/(.*/)?[^/]+$"),
    Omission("publishing", "the folders in a release", r"data/work/release/(.*/)?$"),
    Omission("publishing", "the folder of the releases", r"data/releases/$"),
    Omission("publishing", "the data folder", r"data/$"),
    Omission("publishing the first release", "the folder above a new data folder", r"/$"),
    Omission("rolling back", "the content of the pin", r"data/\.pinned\.part$"),
    Omission("rolling back", "the data folder", r"data/$"),
    Omission("unpinning", "the data folder", r"data/$"),
    Omission("landing", "the bodies of responses", r".*\.gz\.part$"),
    Omission("landing", "the sidecars of responses", r".*\.request\.json\.part$"),
    Omission("landing", "the folder of a table", r"data/landing/[a-z]\w+/$"),
    Omission("landing", "the folder of the landing", r"data/landing/$"),
    Omission("landing the first responses, one of them unusable", "the data folder", r"data/$"),
    Omission("landing the first responses, one of them unusable", "the quarantine", r"data/landing/_quarantine/$"),
    Omission("refreshing", "the status", r"data/\.standing\.json\.part$"),
)
#: Maximum number of cuts that are tried to find an omission.
_CUTS_OF_AN_OMISSION = 1000


@dataclass
class Recorded:
    """A scene's recording: the disk, how the command ended, and the folder that it is kept in."""

    scene: Scene
    disk: Disk
    folder: Path
    _seen: set[Hashable] = field(default_factory=lambda: {""})
    _lock: Lock = field(default_factory=Lock)

    def __str__(self) -> str:
        """Return the scene with what was recorded of it."""
        return f"{self.scene.name}: {self.end} operations, places: {', '.join(self.places)}"

    @cached_property
    def before(self) -> Mapping[str, Mapping[str, Content]]:
        """What was there before the command, by unit."""
        return _units(self.disk.files(self.disk.first()))

    @cached_property
    def after(self) -> Mapping[str, Mapping[str, Content]]:
        """What is there when it has ended, by unit."""
        return _units(self.disk.files(self.disk.now()))

    @property
    def end(self) -> int:
        """The number of operations."""
        return len(self.disk.operations)

    @cached_property
    def places(self) -> Mapping[str, int]:
        """Before which operation each named place is."""
        return {o.place: number for number, o in enumerate(self.disk.operations) if isinstance(o, Mark)}

    def left(self, remains: Remains) -> str:
        """Return whether what is left is the old, the new, or files of both, each of them whole."""
        there, old, new = map(_without_notes, (_units(self.disk.files(remains)), self.before, self.after))
        return "old" if there == old else "new" if there == new else "between"

    def is_known(self, remains: Remains, place: str, *, is_reported: bool) -> bool:
        """Check whether an earlier cut has left the same, as far as it counts, and another was at the same place."""
        if self.scene.command[0] == _LONG:
            # The next refresh reads some of what does not count to readers.
            return False
        files = self.disk.files(remains).items()
        what = {(p, "" if _UNDER_WAY.search(p) else c) for p, c in files if not _SCRATCH.match(p)}
        left = is_reported, frozenset(what)
        with self._lock:
            is_known = {left, place} <= self._seen
            self._seen |= {left, place}
        return is_known

    def wrong(self, remains: Remains, *, is_reported: bool) -> list[str]:
        """Return what is neither wholly old nor wholly new, or not new though the command had reported its end."""
        there = _units(self.disk.files(remains))
        found = [
            f"{unit}: {self._how(unit, there.get(unit, {}), is_reported=is_reported)}"
            for unit in sorted(self.before.keys() | self.after.keys() | there.keys())
            if not self._holds(unit, there.get(unit, {}), is_reported=is_reported)
        ]
        for unit, content in there.items():
            if unit.endswith(SIDECAR) and unit.removesuffix(SIDECAR) + BODY not in there:
                found.append(f"{unit}: without its body")
            link = content.get("data/current")
            if isinstance(link, str) and f"data/{link}/" not in there:
                found.append(f"{unit}: leads to no release")
        return found

    def _holds(self, unit: str, there: Mapping[str, Content], *, is_reported: bool) -> bool:
        before, after = self.before.get(unit, {}), self.after.get(unit, {})
        # A release that is on its way out may lie there for one more night; it goes with the next.
        is_leaving = bool(_UNIT.match(unit)) and not after
        if there == after or (there == before and (not is_reported or is_leaving)):
            return True
        return unit.endswith(_NOTE) and not is_reported and all(map(_is_json, there.values()))

    def _how(self, unit: str, there: Mapping[str, Content], *, is_reported: bool) -> str:
        if is_reported and there == self.before.get(unit, {}):
            return "is as it was before, though the command had reported its end"
        if not there:
            return "is lost"
        expected = self.after.get(unit) or self.before.get(unit, {})
        odd = sorted(name for name in expected.keys() | there.keys() if expected.get(name) != there.get(name))
        return f"is neither old nor new in {', '.join(odd[:3])}" + (f" and {len(odd) - 3} more" if odd[3:] else "")


def _units(files: Mapping[str, Content]) -> Mapping[str, Mapping[str, Content]]:
    """Return the files that count, together with those that only count together: those of a release."""
    found: dict[str, dict[str, Content]] = defaultdict(dict)
    for path, content in files.items():
        if not _SCRATCH.match(path) and not _UNDER_WAY.search(path):
            unit = _UNIT.match(path)
            found[unit[0] if unit else path][path] = content
    return found


def _without_notes(units: Mapping[str, Mapping[str, Content]]) -> Mapping[str, Mapping[str, Content]]:
    return {unit: content for unit, content in units.items() if not unit.endswith(_NOTE)}


def _is_json(content: Content) -> bool:
    try:
        json.loads(content.read_bytes() if isinstance(content, Path) else content)
    except ValueError:
        return False
    return True


@dataclass
class Cut:
    """A power cut: where, after how many of the operations, what was lost, what was left, and what was wrong then."""

    scene: str
    where: str
    operation: int
    of: int
    way: str
    seed: int
    left: str = ""
    next: str = ""
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        """Return it as a line of progress."""
        line = f"{self.scene}, {self.where} ({self.operation}/{self.of}), {self.way}: {self.left}, {self.next}"
        return "; ".join([line, *self.wrong])


@dataclass
class Found:
    """What all cuts found; `left_out` counts those for which there was no time, `omissions` flushes left out."""

    cuts: list[Cut] = field(default_factory=list)
    left_out: int = 0
    omissions: list[dict[str, object]] = field(default_factory=list)

    def lost(self) -> list[str]:
        """Return all that was wrong, and the omissions that were not missed."""
        lost = [f"{one.scene}, {one.where}, {one.way}: {wrong}" for one in self.cuts for wrong in one.wrong]
        lost += [f"nobody misses the flush of {o['left_out']}: {o['scene']}" for o in self.omissions if not o["cuts"]]
        return lost

    def content(self) -> dict[str, object]:
        """Return the counts, and each cut that was worked on: the seed repeats the others, which left the same."""
        return {
            "cuts": len(self.cuts),
            "at_named_places": sum(one.where not in (_END, _RANDOM) for one in self.cuts),
            "at_the_end": sum(one.where == _END for one in self.cuts),
            "at_random": sum(one.where == _RANDOM for one in self.cuts),
            "worked_on": sum(one.next != _KNOWN for one in self.cuts),
            "left_out": self.left_out,
            "cuts_by_scene": dict(Counter(one.scene for one in self.cuts)),
            "cuts_by_way": dict(Counter(one.way for one in self.cuts)),
            "cuts_by_place": dict(Counter(f"{one.scene}: {one.where}" for one in self.cuts)),
            "cuts_that_left": dict(Counter(one.left for one in self.cuts)),
            "omissions": self.omissions,
            "each": [asdict(one) for one in self.cuts if one.wrong or one.next != _KNOWN],
        }


# --- the ground -----------------------------------------------------------------------------------------


class Stage:
    """The folders that scenes begin with, made of one release, and the model that copies are published from."""

    def __init__(self, first: Layout, model: Path, root: Path) -> None:
        """Publish as many copies as are kept, and write responses to land."""
        self.model, self.root = model, root
        seven, taken = root / PUBLISHED, ground.read_model(model)
        layout = _layout(seven)
        shutil.copytree(first.seeds, layout.seeds)
        shutil.copytree(first.data, layout.data, symlinks=True)
        for _ in range(RELEASES_KEPT - len(catalogue.build_ids(layout))):
            ground.publish_copy(layout, taken, ground.new_build(layout, taken))
        save_responses(layout)
        for table in (seven / "saved").iterdir():
            spoilt = seven / "spoilt" / table.name
            shutil.copytree(table, spoilt)
            (spoilt / "2026-08-13T09-30-00.json").write_text('{"message": "Out of order"}', encoding="utf-8")
        for start in (ROLLED_BACK, NOTHING):
            shutil.copytree(seven, root / start, symlinks=True)
        shutil.rmtree(_layout(root / NOTHING).data)
        catalogue.roll_back(_layout(root / ROLLED_BACK), None)

    def record(self, scene: Scene) -> Recorded:
        """Run a scene's command to its end, and record it."""
        folder = Path(tempfile.mkdtemp(dir=self.root))
        root = folder / "recorded"
        shutil.copytree(self.root / scene.start, root, symlinks=True)
        done, disk = recording.record(
            self._command(MARK, scene.command), root, self._environment(_layout(root)), folder / "kept"
        )
        if done.returncode != scene.ends:
            sys.exit(f"Undisturbed, {scene.name} ended with {done.returncode}: {done.stdout}{done.stderr}")
        shutil.rmtree(root)
        return Recorded(scene, disk, folder)

    def run(self, layout: Layout, command: Sequence[str]) -> subprocess.CompletedProcess[str]:
        """Run a command to its end in folders of its own."""
        return subprocess.run(
            self._command(NOWHERE, command), env=self._environment(layout), cwd=layout.seeds.parent,
            capture_output=True, text=True, check=False, timeout=ground.PATIENCE,
        )  # fmt: skip

    def _command(self, place: str, command: Sequence[str]) -> list[str]:
        model = [str(self.model)] if command[0] == COPY else []
        return [sys.executable, "-m", "torture.places", place, *command, *model]

    @staticmethod
    def _environment(layout: Layout) -> dict[str, str]:
        return ground.environment(layout) | {"PYTHONPATH": str(PROJECT)}


def _layout(root: Path) -> Layout:
    return Layout(root / "seeds", root / "data")


# --- one power cut --------------------------------------------------------------------------------------


def cut(stage: Stage, recorded: Recorded, cut: Cut, way: Way) -> Cut:
    """Cut the power, read what is left as readers do, and go on as the next night would."""
    is_reported = cut.operation == recorded.end
    remains = recorded.disk.cut(cut.operation, way, random.Random(cut.seed))
    cut.left, cut.wrong = recorded.left(remains), recorded.wrong(remains, is_reported=is_reported)
    if recorded.is_known(remains, "" if cut.where == _RANDOM else cut.where, is_reported=is_reported):
        cut.next = _KNOWN
        return cut
    with tempfile.TemporaryDirectory(dir=recorded.folder) as folder:
        layout = _layout(Path(folder) / "left")
        recorded.disk.write_to(layout.seeds.parent, remains)
        cut.wrong += _read(stage, layout)
        for command in recorded.scene.again:
            done = stage.run(layout, command)
            cut.next = f"`{command[0]}` ended with {done.returncode}"
            if done.returncode != 0:
                cut.wrong.append(f"the next `{command[0]}` ended with {done.returncode}: {_last(done)}")
            if is_reported and "never came to its end" in done.stderr:
                cut.wrong.append(f"the next `{command[0]}` reports a failure of what had ended: {_last(done)}")
        cut.wrong += [f"afterwards: {wrong}" for wrong in _gone_on(recorded, layout)]
    return cut


def _read(stage: Stage, layout: Layout) -> Iterator[str]:
    """Yield what readers and the operator meet that is wrong."""
    yield from ground.defects(layout)
    build_id = catalogue.current_id(layout)
    status = stage.run(layout, ("status", "--verify"))
    if status.returncode != (EXIT_NO_RELEASE if build_id is None else 0):
        yield f"`status --verify` ended with {status.returncode}: {_last(status)}"
    if build_id is not None:
        try:
            with open_release(layout) as database:
                database.execute("from audit_build").fetchall()
        except (JobmaalError, duckdb.Error) as error:
            yield f"jobmaal.open() failed: {error}"
    yield from _unreadable_responses(layout)


def _unreadable_responses(layout: Layout) -> Iterator[str]:
    try:
        for response in Landing(layout).responses():
            response.read()
    except JobmaalError as error:
        yield str(error)


def _gone_on(recorded: Recorded, layout: Layout) -> Iterator[str]:
    """Yield what should be there, or no longer be there, when the next commands have succeeded."""
    yield from ground.defects(layout)
    yield from _unreadable_responses(layout)
    last = recorded.scene.again[-1][0]
    if last in (COPY, "refresh"):
        ids = catalogue.build_ids(layout)
        if catalogue.current_id(layout) != max(ids, default=None) or catalogue.pinned_id(layout):
            yield "what was published next is not current"
        left = [path for path in (layout.data / ".current.new", layout.work / "release") if os.path.lexists(path)]
        left += [path for path in layout.releases.iterdir() if path.name not in ids]
        yield from (f"{path.relative_to(layout.data)} is left behind" for path in left)
        if len(ids) > RELEASES_KEPT:
            yield f"{len(ids)} releases lie there instead of {RELEASES_KEPT}"
    else:
        if not Landing(layout).whole_deliveries():
            yield "the responses have not landed"
        yield from (f"{path.name} is left behind" for path in layout.landing.rglob(".*.part"))


def _last(done: subprocess.CompletedProcess[str]) -> str:
    return (done.stdout[-300:] + done.stderr[-500:]).strip()


# --- which cuts -----------------------------------------------------------------------------------------


def named_cuts(recorded: Recorded, chance: random.Random, ways: int = len(WAYS)) -> Iterator[tuple[Cut, Way]]:
    """Yield cuts at every place that the recording has, and at its end: in every way, or in some of them in turn."""
    turn = cycle(WAYS)
    for where, operation in {**recorded.places, _END: recorded.end}.items():
        for way in islice(turn, ways):
            yield _cut(recorded, where, operation, way, chance), way


def random_cuts(recorded: Recorded, chance: random.Random, count: int) -> Iterator[tuple[Cut, Way]]:
    """Yield cuts at random operations: half of them of all, half of those that change names or flush."""
    turns = [n for n, o in enumerate(recorded.disk.operations) if isinstance(o, Names | Flush)]
    for _ in range(count):
        anywhere, turn = chance.randint(0, recorded.end), chance.choice(turns) + chance.randint(0, 1)
        operation = chance.choice((anywhere, turn))
        way = chance.choice(WAYS)
        yield _cut(recorded, _RANDOM, operation, way, chance), way


def _cut(recorded: Recorded, where: str, operation: int, way: Way, chance: random.Random) -> Cut:
    return Cut(recorded.scene.name, where, operation, recorded.end, str(way), chance.randrange(1 << 32))


def first_miss(recorded: Recorded, omission: Omission, chance: random.Random) -> tuple[int, str]:
    """Return after how many cuts flushes that are left out are missed, and how; zero where they never are."""
    disk = recorded.disk
    dropped = {
        number
        for number, flush in enumerate(disk.operations)
        if isinstance(flush, Flush) and re.match(omission.paths, flush.path + ("/" if flush.node in disk.names else ""))
    }
    assert dropped, f"{omission.scene} flushes nothing of {omission.what}"
    for number in range(1, _CUTS_OF_AN_OMISSION + 1):
        wrong = model_cut(recorded, chance, dropped)
        if wrong:
            return number, wrong[0]
    return 0, ""


def model_cut(recorded: Recorded, chance: random.Random, dropped: Set[int] = frozenset()) -> list[str]:
    """Return what is wrong with what a cut leaves, by that alone: one in ten is at the end, the others at random."""
    ((one, way),) = random_cuts(recorded, chance, 1)
    operation = recorded.end if chance.random() < 1 / 10 else one.operation
    remains = recorded.disk.cut(operation, way, random.Random(one.seed), dropped=dropped)
    return recorded.wrong(remains, is_reported=operation == recorded.end)


# --- the whole ------------------------------------------------------------------------------------------


def main() -> None:
    """Record, cut, write the report; end with 1 where anything was lost, or an omission was not missed."""
    options = _options()
    if not recording.is_installed():
        sys.exit("strace is not installed (Debian's package strace): nothing can be recorded.")
    started, chance = time.monotonic(), random.Random(options.seed)
    with ExitStack() as stack:
        root = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="jobmaal-powercut-"))).resolve()
        server = stack.enter_context(publisher())
        os.environ |= {"JOBINDSATS_URL": server.url, "JOBINDSATS_TOKEN": server.token}
        first = ground.prepare(root / "first")
        ground.take_model(first, root)
        stage, found = Stage(first, root, root), Found()
        chosen = [scene for scene in SCENES if (scene.command[0] == _LONG) == options.refreshes]
        for scene in (scene for scene in chosen if options.only in scene.name):
            recorded = stage.record(scene)
            ground.log(str(recorded))
            _try(stage, recorded, options, chance, found)
            shutil.rmtree(recorded.folder)
    name = ["powercut", *(["refreshes"] if options.refreshes else []), *options.only.split()]
    sys.exit(ground.write_report("-".join(name), started, {"seed": options.seed, **found.content()}, found.lost()))


def _try(stage: Stage, recorded: Recorded, options: argparse.Namespace, chance: random.Random, found: Found) -> None:
    """Cut the power in a recording as often as requested, with all flushes and with some left out."""
    until = time.monotonic() + options.seconds
    planned = [*named_cuts(recorded, chance, options.ways), *random_cuts(recorded, chance, options.count)]

    def carry_out(one: tuple[Cut, Way]) -> Cut | None:
        if time.monotonic() > until:
            return None
        done = cut(stage, recorded, *one)
        if done.next != _KNOWN or done.wrong:
            ground.log(str(done))
        return done

    with ThreadPoolExecutor(options.lanes) as pool:
        done = list(pool.map(carry_out, planned))
    found.cuts += filter(None, done)
    found.left_out += done.count(None)
    name = recorded.scene.name
    for omission in (omission for omission in OMISSIONS if omission.scene == name):
        after, how = first_miss(recorded, omission, chance)
        ground.log(f"{name} without flushing {omission.what}: {how or 'NOT MISSED'}")
        found.omissions.append({"scene": name, "left_out": omission.what, "cuts": after, "missed": how})


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m torture.powercut", description="Cut the power; nothing that was reported may be lost."
    )
    parser.add_argument("--refreshes", action="store_true", help="of whole refreshes, which take long, and not others")
    parser.add_argument("--only", default="", metavar="TEXT", help="of these, the scenes with this in their name")
    parser.add_argument("--count", type=int, default=500, help="random cuts of each scene (default 500)")
    parser.add_argument("--ways", type=int, default=len(WAYS), help="ways at each named place, in turn (default: all)")
    parser.add_argument(
        "--seconds",
        type=float,
        default=float("inf"),
        help="begin no cut of a scene later than that (default: no limit)",
    )
    parser.add_argument("--seed", type=int, default=20261130, help="of the random cuts, and of what they lose")
    parser.add_argument("--lanes", type=int, default=os.cpu_count() or 1, help="how many at a time (default: cores)")
    return parser.parse_args()


if __name__ == "__main__":
    main()
