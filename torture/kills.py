"""Killing refreshes, at random moments and at named places, and seeing that no release is lost or half there.

Belongs here: when a refresh is killed, and how the next one goes. Does not: what must hold (`ground`), where the
named places are (`places`). Run it with `python -m torture.kills`; it writes `torture/results/kills.json`.

The kills are shared among lanes, each with folders of its own, so that every core has something to do.
"""

import argparse
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter, deque
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path

from jobmaal.core.layout import PROJECT, Layout
from jobmaal.demo.synthetic import SyntheticTable, shipped_tables
from jobmaal.jobindsats.config import read_tables
from jobmaal.releases import catalogue
from jobmaal.releases.catalogue import RELEASES_KEPT
from tests.helpers.v3_server import ServedTable, V3Server
from torture import ground
from torture.places import COPY, FETCH, LAND, NOWHERE, PLACES, REFRESH, ROLLBACK, Place

#: What runs after each line of progress, in the order of the lines.
_STEPS = ("starting", "series", "build", "dbt's tests", "expectations", "publish", "the summary")
_LINE_RE = re.compile(r"^  (load|series|build|check|publish|keep) .*?([\d.]+) s$", re.MULTILINE)
_LANDED_TABLE = "y25i01"
#: When its response was retrieved, as the name of its file.
_LANDED_AT = "2026-08-12T09-30-00"


@dataclass
class Kill:
    """A kill, what it met, and what was wrong afterwards."""

    where: str
    seconds: float
    step: str = ""
    current: str = ""
    next_refresh: str = ""
    wrong: list[str] = field(default_factory=list)


@dataclass
class Lane:
    """Folders of their own, how long an undisturbed refresh takes there, and the kills so far.

    `group` is the last group of processes that was not killed as a whole: all of it has to end by itself.
    """

    layout: Layout
    chance: random.Random
    every: int
    seconds: float = 0.0
    publishing: float = 0.0
    changes: int = 0
    group: int = 0
    kills: list[Kill] = field(default_factory=list)
    too_late: int = 0

    def took(self, done: subprocess.CompletedProcess[str], started: float) -> None:
        """Take the time of a refresh that was not killed, and how much of it publishing was."""
        self.seconds = time.monotonic() - started
        self.publishing = float(_LINE_RE.findall(done.stderr)[-1][1])

    @property
    def root(self) -> Path:
        """The folder that contains all others."""
        return self.layout.seeds.parent


def main() -> None:
    """Kill, write the report; end with 1 where something was lost."""
    options = _options()
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="jobmaal-kills-") as folder, publisher() as server:
        os.environ |= {"JOBINDSATS_URL": server.url, "JOBINDSATS_TOKEN": server.token}
        lanes = _lanes(Path(folder), options)
        places = deque(place for place in PLACES if not options.without_places and options.only in place.name)
        until = started + options.seconds
        with ThreadPoolExecutor(len(lanes)) as pool:
            counts, copies = (
                [len(range(at, wanted, len(lanes))) for at in range(len(lanes))]
                for wanted in (options.count, options.copies)
            )
            # Taken from a list, so that a lane that failed is reported.
            list(pool.map(partial(_run, places, until), lanes, copies, counts))
    kills = [kill for lane in lanes for kill in lane.kills]
    lost = [f"{kill.where}: {wrong}" for kill in kills for wrong in kill.wrong]
    content = {"seed": options.seed, **_counts(lanes, kills), "places_left_out": [place.name for place in places]}
    sys.exit(ground.write_report("kills", started, content, lost))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m torture.kills", description="Kill refreshes; nothing may be lost.")
    parser.add_argument("--count", type=int, default=200, help="kills of refreshes at random moments (default 200)")
    parser.add_argument("--copies", type=int, default=200, help="and of publishing alone, which is quick (default 200)")
    parser.add_argument(
        "--seconds", type=float, default=float("inf"), help="begin no kill later than that (default: no limit)"
    )
    parser.add_argument(
        "--every", type=int, default=5, help="let a refresh succeed after this number of kills (default 5)"
    )
    parser.add_argument("--seed", type=int, default=20260818, help="of the random moments")
    parser.add_argument("--lanes", type=int, default=os.cpu_count() or 1, help="how many at a time (default: cores)")
    parser.add_argument("--only", default="", metavar="TEXT", help="of the named places, those with this in their name")
    parser.add_argument("--without-places", action="store_true", help="leave the named places out")
    return parser.parse_args()


def _counts(lanes: Sequence[Lane], kills: Sequence[Kill]) -> dict[str, object]:
    return {
        "undisturbed_seconds": [round(lane.seconds, 1) for lane in lanes if lane.seconds],
        "kills": len(kills),
        "of_refreshes_at_random": sum(kill.where.startswith("at ") for kill in kills),
        "of_publishing_at_random": sum(kill.where.startswith("publishing at ") for kill in kills),
        "at_named_places": sum(not kill.where.startswith(("at ", "publishing at ")) for kill in kills),
        "moments_after_the_end": sum(lane.too_late for lane in lanes),
        "kills_by_step": dict(Counter(kill.step for kill in kills).most_common()),
        "kills_that_left": dict(Counter(kill.current for kill in kills)),
        "next_refreshes": dict(Counter(kill.next_refresh for kill in kills if kill.next_refresh)),
        "each": [asdict(kill) for kill in kills],
    }


# --- lanes ----------------------------------------------------------------------------------------------


def _lanes(root: Path, options: argparse.Namespace) -> list[Lane]:
    """Publish one release, then as many copies of it as are kept, and give each lane the same to start from."""
    first = ground.prepare(root / "first")
    model = ground.take_model(first, root)
    for _ in range(RELEASES_KEPT):
        ground.publish_copy(first, model, ground.new_build(first, model))
    save_responses(first)
    lanes = []
    for number in range(options.lanes):
        shutil.copytree(root / "first", root / f"lane{number}", symlinks=True)
        layout = Layout(root / f"lane{number}" / "seeds", root / f"lane{number}" / "data")
        lanes.append(Lane(layout, random.Random(options.seed + number), options.every))
    return lanes


def save_responses(layout: Layout) -> None:
    """Save the responses of one table and one year beside the folders, for `jobmaal land`."""
    table = ServedTable(_table(layout), "2026-08-12", "2026-09-11")
    folder = layout.seeds.parent / "saved" / _LANDED_TABLE
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{_LANDED_AT}.json").write_bytes(table.response())
    (folder / "table.json").write_text(json.dumps(table.metadata()), encoding="utf-8")


def publisher() -> V3Server:
    """Return a publisher on this machine with the same table."""
    return V3Server({_LANDED_TABLE: ServedTable(_table(Layout.from_environment()))})


def _table(layout: Layout) -> SyntheticTable:
    return next(t for t in shipped_tables(read_tables(layout), "2026M06", years=1) if t.table_id == _LANDED_TABLE)


def _run(places: deque[Place], until: float, lane: Lane, copies: int, count: int) -> None:
    """Kill the lane's share of publishing, at named places from the list that all lanes share, and of refreshes."""
    _kill_copies(lane, copies, until)
    while places and time.monotonic() < until:
        at_place = _kill_at_place(lane, places.popleft())
        _let_through(lane, at_place)
        _log(lane, at_place)
    if count:
        _measure(lane)
    number = 0
    while number < count and time.monotonic() < until:
        kill = _kill_at_random(lane)
        if kill is None:
            lane.too_late += 1
            continue
        number += 1
        if number % lane.every == 0 or number == count:
            _let_through(lane, kill)
        _log(lane, kill)
    if lane.kills and not lane.kills[-1].next_refresh:
        _let_through(lane, lane.kills[-1])


def _log(lane: Lane, kill: Kill) -> None:
    lane.kills.append(kill)
    line = f"{lane.root.name} {kill.where}: killed in {kill.step}, {kill.current} release, {kill.next_refresh or '-'}"
    ground.log("; ".join([line, *kill.wrong]))


def _measure(lane: Lane) -> None:
    """Take the time of a refresh that nobody disturbs, and how much of it publishing is."""
    _change(lane)
    started = time.monotonic()
    done = ground.jobmaal(lane.layout, "refresh", "--force")
    if done.returncode != 0:
        sys.exit(f"An undisturbed refresh failed:\n{done.stdout}{done.stderr}")
    lane.took(done, started)
    ground.log(f"{lane.root.name} undisturbed: {lane.seconds:.1f} s, of which publishing {lane.publishing:.1f} s")


def _change(lane: Lane) -> ground.Before:
    lane.changes += 1
    return ground.stand(lane.layout, ground.change_input(lane.layout, lane.changes))


# --- one kill -------------------------------------------------------------------------------------------


def _moment(lane: Lane) -> float:
    """Draw a moment: one in three of the whole refresh, of its last third, of the seconds around publishing."""
    begins = (0.0, lane.seconds * 2 / 3, lane.seconds - 2 * lane.publishing - 1)
    return lane.chance.uniform(max(lane.chance.choice(begins), 0.0), lane.seconds)


def _kill_at_random(lane: Lane) -> Kill | None:
    """Kill a refresh; None where it had come to its end before the moment, which is no kill."""
    before, moment = _change(lane), _moment(lane)
    started = time.monotonic()
    process, output = _start(lane, [str(ground.COMMAND), *REFRESH])
    with suppress(subprocess.TimeoutExpired):
        process.wait(timeout=moment)
        # The machine has less to do than when this was measured.
        lane.seconds = time.monotonic() - started
        return None
    return _after(lane, Kill(f"at {moment:.2f} s", round(moment, 2)), before, process, output)


def _kill_copies(lane: Lane, count: int, until: float) -> None:
    """Kill publishing alone, as often as that, with one in ten left to its end; then publish once more."""
    model = ground.read_model(lane.root.parent)
    unchanged = model.manifest["inputs"][f"{lane.layout.seeds.name}/{ground.CHANGED}"]
    command = [sys.executable, "-m", "torture.places", NOWHERE, COPY, str(lane.root.parent)]
    number, seconds = 0, 0.0
    while number < count and time.monotonic() < until:
        before = ground.stand(lane.layout, unchanged)
        if number % 10 == 0:
            started = time.monotonic()
            process, output = _start(lane, command)
            if process.wait(timeout=ground.PATIENCE) != 0 or catalogue.current_id(lane.layout) == before.build_id:
                sys.exit(f"Publishing a copy failed though nobody killed it: {output.read_text()}")
            seconds = time.monotonic() - started
            before = ground.stand(lane.layout, unchanged)
        # The first part of it is Python's own start.
        moment = lane.chance.uniform(seconds / 3, seconds)
        process, _ = _start(lane, command)
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=moment)
            lane.too_late += 1
            continue
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        number += 1
        current = "old" if catalogue.current_id(lane.layout) == before.build_id else "new"
        kill = Kill(f"publishing at {moment:.2f} s", round(moment, 2), "publishing alone", current)
        kill.wrong += ground.violations(lane.layout, before)
        _log(lane, kill)


def _kill_at_place(lane: Lane, place: Place) -> Kill:
    before = _change(lane)
    if place.without:
        (lane.layout.data / place.without).unlink()
    started = time.monotonic()
    process, output = _start(lane, [sys.executable, "-m", "torture.places", place.name, *place.command])
    try:
        ended = process.wait(timeout=ground.PATIENCE)
    except subprocess.TimeoutExpired:
        ended = None
    kill = Kill(place.name, round(time.monotonic() - started, 2))
    lane.group = process.pid
    if ended != -signal.SIGKILL:
        kill.wrong.append(f"the place was not reached; the command ended with {ended}: {output.read_text()[-500:]}")
    if place.command == ROLLBACK:
        _take_rollback_back(lane, kill, before)
    return _after(lane, kill, before, None, output)


def _take_rollback_back(lane: Lane, kill: Kill, before: ground.Before) -> None:
    """See that the next refresh carries a killed rollback out, or that it never was; then undo it and unpin."""
    kill.wrong += ground.violations(lane.layout, before)
    commands = [["refresh"], ["rollback", before.build_id], ["unpin"]] if catalogue.pinned_id(lane.layout) else []
    for command in commands:
        done = ground.jobmaal(lane.layout, *command)
        pinned, current = catalogue.pinned_id(lane.layout), catalogue.current_id(lane.layout)
        if done.returncode != 0:
            kill.wrong.append(f"`jobmaal {command[0]}` failed: {done.stderr.strip()}")
        if pinned is not None and pinned != current:
            kill.wrong.append(f"publishing is pinned to '{pinned}' while {current} is current, after `{command[0]}`")


def _start(lane: Lane, command: Sequence[str]) -> tuple[subprocess.Popen[bytes], Path]:
    """Start a command as a group of processes; its output goes to a file, which outlives a kill."""
    output = lane.root / "output.txt"
    variables = ground.environment(lane.layout) | {"PYTHONPATH": str(PROJECT)}
    with output.open("wb") as file:
        process = subprocess.Popen(
            command, env=variables, cwd=lane.root, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=file,
            start_new_session=True,
        )  # fmt: skip
    return process, output


def _after(
    lane: Lane, kill: Kill, before: ground.Before, process: subprocess.Popen[bytes] | None, output: Path
) -> Kill:
    """Kill the group, if it is for us to do; note what the kill met, and what does not hold."""
    if process is not None:
        # Not where it has ended by itself: its number may be another's by then.
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    kill.step = _step(lane, output)
    kill.current = "old" if catalogue.current_id(lane.layout) == before.build_id else "new"
    kill.wrong += ground.violations(lane.layout, before)
    return kill


def _step(lane: Lane, output: Path) -> str:
    """Return in which step it was: by its lines of progress, and in publishing by what is under data/."""
    text = output.read_text(encoding="utf-8")
    done = len(_LINE_RE.findall(text))
    step = _STEPS[min(done, len(_STEPS) - 1)]
    if done == 0 and (lane.layout.work / "build.json").is_file() and "Refreshing" in text:
        return "starting or load"
    if step != "publish":
        return step
    staged = lane.layout.work / "release"
    if (staged / catalogue.MANIFEST).is_file():
        return "publish: flushing or moving"
    if (staged / catalogue.WAREHOUSE).is_file():
        return "publish: page and manifest"
    return "publish: writing tables" if staged.is_dir() else "publish: before or after writing"


def _let_through(lane: Lane, kill: Kill) -> None:
    """See that the next refresh succeeds by itself, right away, and publishes."""
    earlier = catalogue.current_id(lane.layout)
    if kill.where in {place.name for place in PLACES if place.command in (LAND, FETCH)}:
        _land_again(lane, kill)
    # Where the old release is current the changed input has to be noticed; where the new one is, it must be forced.
    command = ["refresh"] if kill.current == "old" else ["refresh", "--force"]
    before = ground.stand(lane.layout, ground.change_input(lane.layout, lane.changes))
    started = time.monotonic()
    done = ground.jobmaal(lane.layout, *command)
    is_published = catalogue.current_id(lane.layout) not in (earlier, None)
    kill.next_refresh = "published" if done.returncode == 0 and is_published else f"ended with {done.returncode}"
    if kill.next_refresh == "published":
        # Other work on the machine comes and goes, and the moments have to be those of a refresh as it is now.
        lane.took(done, started)
    else:
        kill.wrong.append(f"the next refresh published nothing: {done.stdout[-300:]}{done.stderr[-700:]}")
        _make_room(lane)
    kill.wrong += [f"after the next refresh: {wrong}" for wrong in ground.violations(lane.layout, before)]
    kill.wrong += _left_behind(lane)


def _land_again(lane: Lane, kill: Kill) -> None:
    for command in (("land", str(lane.root / "saved")), FETCH):
        done = ground.jobmaal(lane.layout, *command)
        if done.returncode != 0:
            kill.wrong.append(f"`{command[0]}` again ended with {done.returncode}: {done.stdout}{done.stderr}")


def _make_room(lane: Lane) -> None:
    """Do what a person would have to do by hand after a refresh that failed, so that the other kills are tried too."""
    shutil.rmtree(lane.layout.work, ignore_errors=True)


def _left_behind(lane: Lane) -> list[str]:
    """Return what a refresh that succeeded should have removed or fixed."""
    layout = lane.layout
    found = [
        f"{path} is left behind" for path in (layout.data / ".current.new", layout.work / "release") if path.exists()
    ]
    found += [f"{path} is left behind" for path in layout.releases.glob(".*")]
    found += [f"a process of the killed command lives on: {process}" for process in _alive(lane.group)]
    releases = list(layout.releases.iterdir())
    if len(releases) > RELEASES_KEPT:
        found.append(f"{len(releases)} releases lie there instead of {RELEASES_KEPT}")
    settings = layout.dagster_home / "dagster.yaml"
    if "telemetry" not in settings.read_text(encoding="utf-8"):
        found.append(f"{settings} no longer turns telemetry off, and no refresh writes it again")
        settings.unlink()
    return found


def _alive(group: int) -> list[str]:
    """Name the processes of a group that have not ended; where there is no /proc, nobody knows."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        # A process may end while it is looked at.
        with suppress(OSError):
            state, _, its_group = (path / "stat").read_text().rpartition(")")[2].split()[:3]
            if group and int(its_group) == group and state != "Z":
                found.append((path / "cmdline").read_text().replace("\0", " ").strip())
    return found


if __name__ == "__main__":
    main()
