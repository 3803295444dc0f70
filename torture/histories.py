"""Histories: landing, refreshing, rolling back, pruning in any order, killed anywhere, by any clock, against a model.

Belongs here: what happens in a history, and what must hold after each step of it, seen from outside. Does not: what a
command must leave (`model`), how it is run and killed (`small`), bugs that are planted to see whether they are found
(`planted`). `python -m torture.histories` tries thousands and writes `torture/results/histories.json`; a test tries a
few.

After each step the current release answers wholly, and is the one of the model; after a kill, the one of a state
on the command's way. Whatever was reported done is there. Releases have the order in which they were published, are as
their manifests list, and verifying finds all damage that was done and no other. Nothing is left over that grows.
"""

from __future__ import annotations

import argparse
import datetime as dt
import gc
import gzip
import hashlib
import json
import multiprocessing
import os
import shutil
import stat
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import Flaky
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from jobmaal.core.errors import EXIT_BROKE_DOWN, EXIT_BUSY, EXIT_CHECK_FAILED, EXIT_NO_RELEASE, JobmaalError
from jobmaal.core.layout import Layout
from jobmaal.core.outcomes import GATING_STEPS
from jobmaal.jobindsats.landing import Landing
from jobmaal.jobindsats.names import BODY, QUARANTINE, SIDECAR
from jobmaal.operations import locking, status
from jobmaal.releases import catalogue
from jobmaal.releases.catalogue import RELEASES_KEPT
from torture import ground, model, small
from torture.model import Passage, State
from torture.small import CHANGE, PLACE, TORN, Command, Done, Reader, Response, Trap

#: Where a history is tried: in memory, if there is such a place.
_MEMORY = Path("/dev/shm")
#: When every history begins; the clock goes on by as much with each step.
_BEGINNING, _STEP = dt.datetime(2026, 1, 10, 12, 0, 30, tzinfo=dt.UTC), dt.timedelta(minutes=1)
_JUMPS = {
    "a moment back": dt.timedelta(seconds=-95), "a day back": dt.timedelta(hours=-30),
    "a year back": dt.timedelta(days=-400), "a moment on": dt.timedelta(seconds=35), "a day on": dt.timedelta(hours=30),
    "four months on": dt.timedelta(days=120), "twenty years on": dt.timedelta(days=7305),
}  # fmt: skip
#: The longest history: long enough for what a kill leaves to meet a few commands afterwards.
STEPS = 12
#: Files that a killed command was writing under other names; the next one that writes them removes them.
_HALF_WRITTEN = {name for name in ground.ENTRIES if name.endswith(".part")}
#: Number of histories that a process tries from one seed.
_BATCH = 50


def _trap(places: Sequence[str], changes: int) -> st.SearchStrategy[Trap | None]:
    """Draw where a command is killed, if anywhere: at one of the named places that it passes, or at a change."""
    at_a_change = st.integers(1, changes).map(partial(Trap, CHANGE))
    torn = st.integers(1, 6).map(partial(Trap, TORN))
    at_a_place = st.sampled_from(places).map(partial(Trap, PLACE, 1)) if places else at_a_change
    return st.one_of(st.none(), st.none(), at_a_change, torn, at_a_place)


#: Where each command is killed, with about the number of changes that it makes; a later trap is not reached.
_REFRESHING = _trap(
    (
        "the work folder half cleared", "the outcomes of one check kept, not of the next", "the changes counted",
        "in the middle of Parquet", "before the page of checks", "manifest half written", "in the middle of flushing",
        "before the folder moves", "before the link is made", "the new link not yet in place",
        "after the link moved", "a release leaving, not yet removed", "a release leaving, half removed",
    ),
    65,
)  # fmt: skip
_ROLLING_BACK = _trap(
    ("rollback: pinned, link not moved", "rollback: the pin begun", "the new link not yet in place"), 11
)
_LANDING = _trap(("landing: a body without its sidecar", "landing: a response landed"), 24)
_LANDING_A_PART, _PRUNING, _UNPINNING = _trap((), 16), _trap((), 9), _trap((), 7)
#: Maximum number of connections that stay open.
_MOST_READERS = 2
_REFRESH_LOCK, _FETCH_LOCK = "refresh_lock", "fetch_lock"
_LOCKS = {_REFRESH_LOCK: status.REFRESH, _FETCH_LOCK: status.FETCH}


@dataclass(frozen=True)
class Beginning:
    """A folder to begin with, what is there, and the time."""

    folder: Path
    layout: Layout
    state: State
    at: dt.datetime


@dataclass
class Tally:
    """What was tried: histories, their steps by rule, kills by command and by what they left, readers' questions."""

    histories: int = 0
    steps: Counter[str] = field(default_factory=Counter)
    kills: Counter[str] = field(default_factory=Counter)
    kills_at: Counter[str] = field(default_factory=Counter)
    kills_left: Counter[str] = field(default_factory=Counter)
    answers: int = 0
    #: The steps of the last history, as a person reads them.
    history: list[str] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        """Add what another process tried."""
        self.histories += other.histories
        self.answers += other.answers
        self.steps += other.steps
        self.kills += other.kills
        self.kills_at += other.kills_at
        self.kills_left += other.kills_left


class Beginnings:
    """Folders in which some releases have been published, each of one response more, to begin histories with."""

    def __init__(self, root: Path) -> None:
        """Make none before it is needed."""
        self.root = root
        self._made: dict[int, Beginning] = {}

    def of(self, releases: int) -> Beginning:
        """Return the one with this number of releases."""
        if releases not in self._made:
            self._made[releases] = self._make(releases)
        return self._made[releases]

    def _make(self, releases: int) -> Beginning:
        folder = self.root / f"beginning-{releases}"
        if not releases:
            folder.mkdir()
            return Beginning(folder, small.prepare(folder), State(), _BEGINNING)
        before = self.of(releases - 1)
        shutil.copytree(before.folder, folder, symlinks=True)
        layout, at = Layout(folder / "seeds", folder / "data"), before.at + _STEP
        response = small.saved_at(small.TABLES[releases % 2], at, 90 + releases)
        small.save(response, folder / "saved")
        state = model.land(before.state, at, [response]).last
        build_id = model.stamp(state, at)
        for command in (["land", str(folder / "saved")], ["refresh"]):
            done = small.run(layout, at, Command(command))
            assert done.code == 0, f"Even undisturbed, {command[0]} ended with {done.code}: {done.output}"
        state = model.refresh(state, force=False, fails=False).last.named(_made_since(layout, state, build_id))
        return Beginning(folder, layout, state, at)


class Histories(RuleBasedStateMachine):
    """A data folder, the model of it, and a reader. `tally` and `beginnings` are those of all histories of a run."""

    tally: Tally
    beginnings: Beginnings

    def __init__(self) -> None:
        """Begin with nothing."""
        super().__init__()
        self.root = Path(tempfile.mkdtemp(prefix="history-", dir=self.beginnings.root))
        self.layout = Layout(self.root / "seeds", self.root / "data")
        self.state, self.now, self.figure = State(), _BEGINNING, 0
        # What killed commands left: files in the landing, names under data/, notes of the holders of locks.
        self.debris: frozenset[str] = frozenset()
        self.may_leave: set[str] = set()
        self.notes: set[str] = set()
        self.died: set[str] = set()
        self.failing: set[str] = set()
        self.kept: list[tuple[str, small.Values]] = []
        self.reader: Reader | None = None
        # The files of each release when it was last compared, and how things stood when the reader last read.
        self.compared: dict[str, object] = {}
        self.read_at: object = None
        self.tally.histories += 1
        self.tally.history = []

    def teardown(self) -> None:
        """Leave nothing behind, neither a process nor a folder."""
        if self.reader is not None:
            self.reader.close()
        # A process that was killed may still be ending, and the folder above goes with all that is left.
        shutil.rmtree(self.root, ignore_errors=True)

    @initialize(releases=st.integers(0, RELEASES_KEPT))
    def begin(self, releases: int) -> None:
        """Begin with some releases."""
        beginning = self.beginnings.of(releases)
        shutil.copytree(beginning.folder, self.root, symlinks=True, dirs_exist_ok=True)
        self.state, self.now = beginning.state, beginning.at + _STEP
        self.reader = Reader(self.layout)
        self._note("begin", f"begin with {releases} releases")

    # --- steps ------------------------------------------------------------------------------------------

    @rule(
        wanted=st.lists(
            st.tuples(
                st.sampled_from(small.TABLES), st.sampled_from(["now", "earlier", "again", "another", "nonsense"])
            ),
            min_size=1,
            max_size=3,
        ),
        trap=_LANDING,
    )
    def land(self, wanted: list[tuple[str, str]], trap: Trap | None) -> None:
        """Land saved responses: new ones, older ones, the same once more, another of the same time, and nonsense."""
        folder = self.root / "saved"
        shutil.rmtree(folder, ignore_errors=True)
        responses = {(one.table_id, one.delivery): one for one in (self._response(*each) for each in wanted)}
        for response in responses.values():
            small.save(response, folder)
        passage = model.land(self.state, self.now, responses.values())
        step = f"land {', '.join(' '.join(each) for each in wanted)}"
        self._step("land", step, passage, Command(["land", str(folder)], trap))

    def _response(self, table_id: str, which: str) -> Response:
        own = [one for one in self.state.landed.values() if (one.table_id, one.parts) == (table_id, 1)]
        past = [one for one in own if one.at <= self.now]
        if which == "again" and past:
            return past[-1]
        self.figure += 1
        figure = None if which == "nonsense" else 10 + self.figure % 80
        at = self.now
        if which == "another" and past:
            at = past[-1].at
        elif which == "earlier":
            at -= dt.timedelta(hours=self.figure, seconds=7)
        return small.saved_at(table_id, at, figure)

    @rule(table_id=st.sampled_from(small.TABLES), completes=st.booleans(), trap=_LANDING_A_PART)
    def land_part(self, table_id: str, completes: bool, trap: Trap | None) -> None:
        """Land one part of two, as a fetch does that is broken off; the next may be the other one."""
        begun = [
            one for one in self.state.landed.values()
            if (one.table_id, one.parts, one.part) == (table_id, 2, 1) and one not in self.state.complete
        ]  # fmt: skip
        self.figure += 1
        delivery, part = f"fetched-{self.figure}", 1
        if completes and begun:
            delivery, part = begun[-1].delivery, 2
        response = Response(table_id, self.now, delivery, 10 + self.figure % 80, part, 2)
        passage = model.land_part(self.state, response)
        work = partial(small.land_part, self.layout, response)
        self._step("part", f"land part {part} of 2 of {table_id}", passage, Command(work, trap))

    @rule(trap=_PRUNING)
    def prune(self, trap: Trap | None) -> None:
        """Prune the landing."""
        work = partial(small.prune, self.layout, self.now)
        self._step("prune", "prune", model.prune(self.state, self.now), Command(work, trap))

    @rule(
        force=st.booleans(),
        fails=st.sampled_from(["", "", "", "", "", *GATING_STEPS]),
        trap=_REFRESHING,
    )
    def refresh(self, force: bool, fails: str, trap: Trap | None) -> None:
        """Refresh; a check may fail."""
        step = f"refresh{' --force' if force else ''}{f', a check of {fails} fails' if fails else ''}"
        before, passage = self.state, model.refresh(self.state, force=force, fails=bool(fails))
        done = self._step("refresh", step, passage, Command(["refresh", *["--force"] * force], trap, fails))
        if done.was_killed:
            return
        if passage.code == 0:
            self.failing.discard(status.REFRESH)
        elif passage.code == EXIT_CHECK_FAILED:
            self.failing.add(status.REFRESH)
        if self.state.releases.keys() - before.releases.keys():
            # Publishing cleans up behind those that were killed.
            self.may_leave &= _HALF_WRITTEN

    @rule(table_id=st.sampled_from(small.TABLES), trap=_REFRESHING)
    def pass_a_night(self, table_id: str, trap: Trap | None) -> None:
        """Land what is new and refresh."""
        self.land([(table_id, "now")], None)
        self.refresh(force=False, fails="", trap=trap)

    @rule(chosen=st.none() | st.integers(0, RELEASES_KEPT), trap=_ROLLING_BACK)
    def roll_back(self, chosen: int | None, trap: Trap | None) -> None:
        """Roll back to the release before the current one, or to any; to the current one, which pins it."""
        ids = sorted(self.state.releases)
        build_id = ids[chosen % len(ids)] if chosen is not None and ids else None
        which = f"number {ids.index(build_id) + 1} of {len(ids)}" if build_id else "the one before"
        command = Command(["rollback", *filter(None, [build_id])], trap)
        self._step("rollback", f"rollback to {which}", model.roll_back(self.state, build_id), command)

    @rule(trap=_UNPINNING)
    def unpin(self, trap: Trap | None) -> None:
        """Let refreshes publish again."""
        self._step("unpin", "unpin", model.unpin(self.state), Command(["unpin"], trap))

    @rule(command=st.sampled_from(["refresh --force", "rollback", "unpin", "land"]))
    def try_while_another_works(self, command: str) -> None:
        """Try a command while another process holds its lock: it does nothing and reports why."""
        lock = _FETCH_LOCK if command == "land" else _REFRESH_LOCK
        given = command.split()
        if command == "land":
            folder = self.root / "saved"
            shutil.rmtree(folder, ignore_errors=True)
            small.save(small.saved_at(small.TABLES[0], self.now, 10), folder)
            given.append(str(folder))
        self._note("busy", f"{command}, while another holds the lock")
        with small.lock_taken(self.layout, self.now, lock):
            self._take_over(lock)
            done = small.run(self.layout, self.now, Command(given))
        self.now += _STEP
        assert done.code == EXIT_BUSY, f"ended with {done.code} while another process held the lock: {done.output}"

    @rule(jump=st.sampled_from(sorted(_JUMPS)))
    def set_clock(self, jump: str) -> None:
        """Let the clock jump."""
        self.now += _JUMPS[jump]
        self._note("clock", f"the clock jumps {jump}")

    @rule(chosen=st.integers(0, 2), how=st.sampled_from(sorted(model.DAMAGES)))
    def damage(self, chosen: int, how: str) -> None:
        """Damage a file of a release, other than the one that readers open."""
        whole = sorted(name for name, one in self.state.releases.items() if not one.damage)
        if not whole:
            return
        # One of the newest, which a rollback or a lost link may lead to.
        build_id = whole[-3:][chosen % len(whole[-3:])]
        _damage(self.layout.releases / build_id, how)
        damaged = replace(self.state.releases[build_id], damage=how)
        self.state = replace(self.state, releases={**self.state.releases, build_id: damaged})
        self._note("damage", f"a file is {how} of release number {sorted(self.state.releases).index(build_id) + 1}")

    @rule()
    def lose_the_link(self) -> None:
        """Remove `data/current`, as somebody does who tidies up."""
        self.layout.current.unlink(missing_ok=True)
        self.state = replace(self.state, current=None)
        self._note("link lost", "data/current is removed")

    @rule()
    def open_and_stay(self) -> None:
        """Open the current release and keep the connection, as a notebook does."""
        if self.state.current is None or len(self.kept) == _MOST_READERS:
            return
        self._note("reader stays", "a reader opens the release and stays")
        assert self.reader is not None
        _expect(self.reader.stay(), self.state.current, self.state.releases[self.state.current].values)
        self.kept.append((self.state.current, self.state.releases[self.state.current].values))

    @rule()
    def look(self) -> None:
        """Compare what `status --verify` and `releases` print with the model, and read the oldest release by name."""
        self._note("status", "status and releases")
        listed = small.run(self.layout, self.now, Command(["releases"]))
        state, ids = self.state, sorted(self.state.releases, reverse=True)
        assert listed.code == (0 if ids else EXIT_NO_RELEASE), listed.output
        marks = [
            {mark for mark, own in (("current", state.current), ("pinned", state.pinned)) if own == name}
            for name in ids
        ]
        if ids:
            assert self.reader is not None
            _expect(self.reader.read(ids[-1]), ids[-1], state.releases[ids[-1]].values)
            printed = [line.split() for line in listed.output.splitlines()]
            assert [words[0] for words in printed] == ids, f"`releases` lists {listed.output}"
            assert [{*words} & {"current", "pinned"} for words in printed] == marks, f"`releases` shows {listed.output}"
        done = small.run(self.layout, self.now, Command(["status", "--verify", "--json"]))
        if state.current is None:
            assert done.code == EXIT_NO_RELEASE, done.output
            return
        assert done.output.startswith("{"), f"`status` ended with {done.code}: {done.output}"
        shown = json.loads(done.output)
        is_damaged = bool(state.releases[state.current].damage)
        assert (done.code == EXIT_BROKE_DOWN, bool(shown["damages"])) == (is_damaged, is_damaged), done.output
        assert (shown["build_id"], shown["pinned"]) == (state.current, state.pinned), done.output
        assert shown["failing"].keys() == self.failing, done.output

    # --- a command and what it left ---------------------------------------------------------------------

    def _note(self, kind: str, step: str) -> None:
        self.tally.history.append(step)
        self.tally.steps[kind] += 1

    def _step(self, kind: str, step: str, passage: Passage, command: Command) -> Done:
        """Run a command, and take over what it left if that is what it may leave."""
        begins = model.stamp(self.state, self.now)
        self._note(kind, step)
        done = small.run(self.layout, self.now, command)
        if done.was_killed:
            self.tally.history[-1] += f", killed at {command.trap}"
            self.tally.kills[kind] += 1
            self.tally.kills_at[command.trap.named if command.trap else "nowhere"] += 1
            self._take_what_a_kill_left(kind, passage, begins)
        else:
            assert done.code == passage.code, f"ended with {done.code} and not with {passage.code}: {done.output}"
            pruned = {file for file in self.debris if kind == "prune" and model.is_pruned(file, self.now)}
            self.state = passage.last.named(_made_since(self.layout, self.state, begins))
            self.debris -= self.state.files | pruned
            if passage.locks:
                self._take_over(_FETCH_LOCK if kind in ("land", "part", "prune") else _REFRESH_LOCK)
            if kind == "rollback" and passage.code == 0:
                self.may_leave -= {".current.new", ".pinned.part"}
        self.now += _STEP
        return done

    def _take_what_a_kill_left(self, kind: str, passage: Passage, begins: str) -> None:
        """Find the state on the command's way that it left."""
        seen = look(self.layout)
        made = _made_since(self.layout, self.state, begins)
        states = [state.named(made) for state in passage.states]
        if kind == "prune":
            states = [_partly_pruned(passage, seen)]
        left = next((at for at, state in enumerate(states) if self._may_be(state, seen, passage)), None)
        if left is None:
            ways = "\n".join(sorted({str(_visible(state)) for state in states}))
            raise AssertionError(f"was killed and left\n{seen}\nwhich is none of\n{ways}")
        self.state = states[left]
        self.debris = seen.files - self.state.files
        self.may_leave |= {".leaving-", ".work.leaving", ".current.new", *_HALF_WRITTEN}
        self.failing = {what for what in _LOCKS.values() if status.read(self.layout, what).is_failing}
        notes = {lock: _note_of(self.layout, lock) for lock in _LOCKS}
        self.notes = {lock for lock, note in notes.items() if note.exists()}
        self.died = {lock for lock, note in notes.items() if locking.read_holder(note) is not None}
        which = "the state before" if left == 0 else "the last state" if left == len(states) - 1 else "one between"
        self.tally.kills_left[which] += 1

    def _may_be(self, state: State, seen: Seen, passage: Passage) -> bool:
        """Check whether a killed command left this state, apart from incomplete files and bodies without sidecars."""
        bodies = {file for file in passage.states[0].files | passage.last.files if file.endswith(BODY)}
        others = seen.files - state.files - self.debris - bodies
        is_there = state.files | (self.debris if len(passage.states) == 1 else frozenset()) <= seen.files
        is_seen = _visible(state) == (seen.current, seen.pinned, seen.releases)
        return is_seen and is_there and all(file.rpartition("/")[2].startswith(".") for file in others)

    def _take_over(self, lock: str) -> None:
        """Note that a command took a lock: it reports the holder that died, and takes the note away."""
        if lock in self.died:
            self.failing.add(_LOCKS[lock])
        self.died.discard(lock)
        self.notes.discard(lock)

    # --- what must hold ---------------------------------------------------------------------------------

    @invariant()
    def all_is_there_and_nothing_else(self) -> None:
        """Compare the data folder with the model."""
        state, seen = self.state, look(self.layout)
        assert (seen.current, seen.pinned, seen.releases) == _visible(state), (
            f"{seen} is there, and should be {_visible(state)}"
        )
        missing, odd = (state.files | self.debris) - seen.files, seen.files - state.files - self.debris
        assert not missing | odd, f"the landing lacks {sorted(missing)} and has too much: {sorted(odd)}"
        for stem, response in state.landed.items():
            assert gzip.decompress((self.layout.landing / f"{stem}{BODY}").read_bytes()) == response.body, stem
        whole = [response.name for response in Landing(self.layout).whole_data()]
        assert whole == [model.name_of(one) + BODY for one in state.complete], f"a build would read {whole}"
        failing = {what for what in _LOCKS.values() if status.read(self.layout, what).is_failing}
        assert failing == self.failing, f"{failing or 'nothing'} fails, and should be {self.failing or 'nothing'}"

    @invariant()
    def readers_have_answers_of_one_release(self) -> None:
        """Open the current release as a reader does; those that stayed query again whenever anything changed."""
        assert self.reader is not None
        current = self.state.current
        now = (current, len(self.kept), {name: _marks(self.layout.releases / name) for name in self.state.releases})
        if now == self.read_at:
            return
        self.read_at, answer = now, self.reader.read()
        if current is None:
            assert answer.error, f"there is no current release, and a reader got {answer}"
        else:
            _expect(answer, current, self.state.releases[current].values)
        again = self.reader.read_again()
        for one, (build_id, values) in zip(again, self.kept, strict=True):
            _expect(one, build_id, values)
        self.tally.answers += 1 + len(again)

    @invariant()
    def releases_are_as_their_manifests_say(self) -> None:
        """Compare each release with its manifest and with what it was built of; see that verifying finds all damage.

        Files that have not been touched since the last time are not read again.
        """
        for build_id, own in self.state.releases.items():
            now = (own.damage, _marks(self.layout.releases / build_id))
            if self.compared.get(build_id) == now:
                continue
            self.compared[build_id] = now
            damages = catalogue.damages(self.layout, build_id)
            assert bool(damages) == bool(own.damage), f"{build_id}: {own.damage or 'undamaged'}, verified as {damages}"
            if not own.damage:
                _compare(self.layout.releases / build_id, build_id, own)

    @invariant()
    def nothing_is_left_over(self) -> None:
        """Find what killed commands left and a later one should have removed."""
        names = {path.name for path in self.layout.data.iterdir()}
        assert names <= ground.ENTRIES, f"data/ has unknown entries: {names - ground.ENTRIES}"
        notes = {_note_of(self.layout, lock).name for lock in self.notes}
        left = {name for name in names if name.endswith((".leaving", ".new", ".part", ".holder"))}
        if self.layout.releases.is_dir():
            left |= {path.name[:9] for path in self.layout.releases.glob(".*")}
        assert left <= self.may_leave | notes, f"left over: {left - self.may_leave - notes}"


@dataclass(frozen=True)
class Seen:
    """The data folder, read without jobmaal: the release that the link leads to, pin, releases, landed files."""

    current: str | None
    pinned: str | None
    releases: tuple[str, ...]
    files: frozenset[str]


def look(layout: Layout) -> Seen:
    """Return the state of the data folder."""
    names = sorted(path.name for path in layout.releases.glob("[!.]*")) if layout.releases.is_dir() else []
    led_to = layout.current.readlink().name if layout.current.is_symlink() else None
    pinned = layout.pin.read_text(encoding="utf-8").strip() if layout.pin.exists() else None
    files = frozenset(str(p.relative_to(layout.landing)) for p in layout.landing.rglob("*") if not p.is_dir())
    return Seen(led_to if led_to in names else None, pinned, tuple(names), files)


def _visible(state: State) -> tuple[str | None, str | None, tuple[str, ...]]:
    return state.current, state.pinned, tuple(sorted(state.releases))


def _made_since(layout: Layout, state: State, begins: str) -> str:
    """Return the id of the one release that is new, if it begins as it must; else what no release is called."""
    names = [name for name in look(layout).releases if name not in state.releases]
    return names[0] if len(names) == 1 and names[0].startswith(begins) else f"{begins}..."


def _partly_pruned(passage: Passage, seen: Seen) -> State:
    """Return the state that pruning left: each response that is to go may be there still, or not."""
    first, last = passage.states
    landed, aside = (
        {stem: one for stem, one in of_first.items() if stem in of_last or f"{folder}{stem}{SIDECAR}" in seen.files}
        for folder, of_first, of_last in (("", first.landed, last.landed), (f"{QUARANTINE}/", first.aside, last.aside))
    )
    return replace(last, landed=landed, aside=aside)


def _note_of(layout: Layout, lock: str) -> Path:
    return (layout.lock if lock == _REFRESH_LOCK else layout.landing_lock).with_suffix(".holder")


def _expect(answer: small.Answer, build_id: str, values: small.Values) -> None:
    assert (answer.build_id, answer.values) == (build_id, values), f"{answer} is no answer of {build_id}: {values}"


def _compare(folder: Path, build_id: str, own: model.Release) -> None:
    """Compare a release with its manifest, and that with what the release was built of."""
    manifest = json.loads((folder / catalogue.MANIFEST).read_text(encoding="utf-8"))
    there = {str(path.relative_to(folder)): path for path in folder.rglob("*") if not path.is_dir()}
    del there[catalogue.MANIFEST]
    assert {name: _sha256(path) for name, path in there.items()} == {
        name: output["sha256"] for name, output in manifest["outputs"].items()
    }, f"{build_id} has other files than its manifest lists"
    assert {stat.S_IMODE(path.stat().st_mode) for path in there.values()} == {0o444}, f"{build_id} may be written"
    inputs = {name for name in manifest["inputs"] if name.startswith("landing/")}
    assert inputs == {f"landing/{stem}{BODY}" for stem in own.inputs}, (
        f"the manifest of {build_id} has the inputs {inputs}"
    )
    found = (manifest["build_id"], manifest["previous_build_id"], manifest["rows"])
    assert found == (build_id, own.previous, {"audit_build": 1, "fct_benchmark": len(own.values)}), found


def _marks(folder: Path) -> dict[str, tuple[int, ...]]:
    """Return what changes where a file does."""
    files = ((str(path), path.stat()) for path in folder.rglob("*"))
    return {name: (now.st_ino, now.st_mtime_ns, now.st_ctime_ns, now.st_size) for name, now in files}


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _damage(folder: Path, how: str) -> None:
    """Do to a release what a person or a disk may."""
    page, manifest = folder / "checks.html", folder / catalogue.MANIFEST
    if how == "flipped":
        content = bytearray(page.read_bytes())
        content[len(content) // 2] ^= 1
        page.chmod(0o644)
        page.write_bytes(content)
    elif how == "added":
        (folder / "added.txt").write_text("a note", encoding="utf-8")
    elif how == "gone":
        page.unlink()
    else:
        manifest.chmod(0o644)
        text = manifest.read_text(encoding="utf-8")
        manifest.write_text(text.replace('"contract": 1', '"contract": 2'), encoding="utf-8")


# --- many histories -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Result:
    """What a run of histories came to: what was tried, and the failing history with what did not hold, if any."""

    tally: Tally
    failure: str = ""
    history: Sequence[str] = ()


def memory() -> Path | None:
    """Return a folder in memory, where there is one: nothing here is to outlive the run."""
    return _MEMORY if _MEMORY.is_dir() and os.access(_MEMORY, os.W_OK) else None


def try_histories(count: int, number: int | None = None, *, steps: int = STEPS, shrinks: bool = True) -> Result:
    """Try histories until one fails; the same ones each time where no seed is given.

    Only what does not hold is a failing history. Whatever else goes wrong is a fault of the trial, and raised.

    `shrinks` has a failing one made as short as it still fails, which takes a while.
    """
    phases = [Phase.generate, *[Phase.shrink] * shrinks]
    chosen = settings(
        max_examples=count, stateful_step_count=steps, deadline=None, database=None, derandomize=number is None,
        phases=phases, suppress_health_check=list(HealthCheck), report_multiple_bugs=False,
    )  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="jobmaal-histories-", dir=memory(), ignore_cleanup_errors=True) as folder:
        tally = Tally()
        # What is here now stays: a forked process that looks for garbage in it would copy every page of it.
        gc.freeze()
        machine = type("Histories", (Histories,), {"tally": tally, "beginnings": Beginnings(Path(folder))})
        try:
            run_state_machine_as_test(machine if number is None else seed(number)(machine), settings=chosen)
        except (AssertionError, JobmaalError, Flaky) as error:
            return Result(tally, f"{type(error).__name__}: {error}", tuple(tally.history))
        finally:
            gc.unfreeze()
        return Result(tally)


def main() -> None:
    """Try histories in several processes, write the report; end with 1 where something did not hold."""
    options = _options()
    started = time.monotonic()
    tally, lost, failing = Tally(), list[str](), list[Sequence[str]]()
    batches = [min(_BATCH, options.count - begun) for begun in range(0, options.count, _BATCH)]
    with ProcessPoolExecutor(options.processes, mp_context=multiprocessing.get_context("spawn")) as pool:
        work = [
            pool.submit(try_histories, count, options.seed + number, steps=options.steps, shrinks=options.shrinks)
            for number, count in enumerate(batches)
        ]
        for done in as_completed(work):
            if done.cancelled():
                continue
            result = done.result()
            tally.add(result.tally)
            if result.failure:
                lost.append(result.failure)
                failing.append(result.history)
                ground.log("\n  ".join(["this history failed:", *result.history, result.failure]))
            ground.log(f"{tally.histories} histories, {tally.steps.total()} steps, {len(lost)} failed")
            if time.monotonic() > started + options.seconds:
                for batch in work:
                    batch.cancel()
    content = {
        "seed": options.seed,
        "histories": tally.histories, "steps": tally.steps.total(), "steps_by_kind": dict(tally.steps.most_common()),
        "readers_answers": tally.answers,
        "kills": tally.kills.total(), "kills_of": dict(tally.kills.most_common()),
        "kills_at": dict(tally.kills_at.most_common()), "kills_that_left": dict(tally.kills_left.most_common()),
        "failing_histories": failing,
    }  # fmt: skip
    sys.exit(ground.write_report("histories", started, content, lost))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m torture.histories", description="Try histories of commands, kills and clocks beside a model."
    )
    parser.add_argument("--count", type=int, default=2500, help="histories (default 2500)")
    parser.add_argument(
        "--seconds", type=float, default=float("inf"), help="begin no batch of them later than that (default: no limit)"
    )
    parser.add_argument("--steps", type=int, default=STEPS, help=f"at most this many steps each (default {STEPS})")
    parser.add_argument(
        "--seed", type=int, default=20260818, help=f"of the first {_BATCH}; each batch of them has the next one"
    )
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1, help="at a time (default: cores)")
    parser.add_argument(
        "--as-found", dest="shrinks", action="store_false", help="do not shorten a failing history, which takes a while"
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
