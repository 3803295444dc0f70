"""What jobmaal's commands must leave, in plain Python: which responses have landed, which releases there are.

Belongs here: the states that a command passes through, one after the other, as far as somebody else can see them. Does
not: running a command, or finding out what it left (`histories`).

A command that ends leaves its last state. One that is killed leaves one of those on its way, whole.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from jobmaal.core.errors import EXIT_CHECK_FAILED, EXIT_FAULTY_INPUT, EXIT_FETCH_FAILED, EXIT_NO_RELEASE
from jobmaal.jobindsats.landing import DAYS_KEPT_ASIDE
from jobmaal.jobindsats.names import BODY, QUARANTINE, SIDECAR
from jobmaal.releases.catalogue import RELEASES_KEPT
from torture.small import Response, Values

#: Stands for the id of a release that is being made, until it is known; like that, it is later than all others.
NEW = "new"
#: What can be done to a published release, and whether a refresh sees it without reading every file.
DAMAGES = {"flipped": False, "added": False, "gone": True, "manifest": True}
_SECOND = "%Y%m%dT%H%M%S"


@dataclass(frozen=True)
class Release:
    """A release: the data responses that were there when it was built, those of complete deliveries, its figures.

    `previous` is the release that was current then, `damage` what was done to it since.
    """

    landed: frozenset[str] = frozenset()
    inputs: frozenset[str] = frozenset()
    values: Values = field(default_factory=dict)
    previous: str | None = None
    damage: str = ""


@dataclass(frozen=True)
class State:
    """What is there: responses by the stem of their files in the landing, releases by id, the link, the pin."""

    landed: Mapping[str, Response] = field(default_factory=dict)
    aside: Mapping[str, Response] = field(default_factory=dict)
    releases: Mapping[str, Release] = field(default_factory=dict)
    current: str | None = None
    pinned: str | None = None

    @property
    def files(self) -> frozenset[str]:
        """The files of the landing."""
        stems = [*self.landed, *(f"{QUARANTINE}/{stem}" for stem in self.aside)]
        return frozenset(stem + ending for stem in stems for ending in (BODY, SIDECAR))

    @property
    def complete(self) -> list[Response]:
        """The responses of complete deliveries, oldest first: what a build reads."""
        deliveries: dict[tuple[str, str], list[Response]] = defaultdict(list)
        for response in self.landed.values():
            deliveries[response.table_id, response.delivery].append(response)
        complete = [response for own in deliveries.values() if len(own) == own[0].parts for response in own]
        return sorted(complete, key=lambda response: (response.at, response.table_id, response.stem))

    def built(self) -> Release:
        """Return the release that a build makes now."""
        values: dict[tuple[str, str], int] = {}
        for response in self.complete:
            values |= response.values
        inputs = frozenset(map(name_of, self.complete))
        return Release(frozenset(self.landed), inputs, values, self.current)

    def named(self, build_id: str) -> State:
        """Return this state with the id of the release that was being made."""
        releases = {build_id if name == NEW else name: release for name, release in self.releases.items()}
        return replace(self, releases=releases, current=build_id if self.current == NEW else self.current)


@dataclass(frozen=True)
class Passage:
    """How a command must go: what it ends with, the states from the one before it to the last, whether it locks."""

    code: int
    states: Sequence[State]
    locks: bool = True

    @property
    def last(self) -> State:
        """What it leaves."""
        return self.states[-1]


def name_of(response: Response) -> str:
    """Return the stem of a response's files, as seen from the landing."""
    return f"{response.table_id}/{response.stem}"


def stamp(state: State, at: dt.datetime) -> str:
    """Return how the id of a release begins that is built at a moment: later than every existing release."""
    newest = max((dt.datetime.strptime(name[:15], _SECOND) for name in state.releases), default=dt.datetime.min)
    at = at.replace(tzinfo=None)
    later = newest if newest == dt.datetime.min else newest + dt.timedelta(seconds=1)
    return f"{max(at, later):{_SECOND}%fZ-}"


# --- releases -------------------------------------------------------------------------------------------


def refresh(state: State, *, force: bool, fails: bool) -> Passage:
    """Repair the link; build what has landed unless it is published; publish it unless a check fails or one is pinned.

    Then retire what is older than the newest seven.
    """
    states = [state]
    is_broken = bool(state.releases) and (state.current is None or state.pinned not in (None, state.current))
    if is_broken:
        states.append(replace(state, current=_chosen(state)))
    now = states[-1]
    if not force and _is_published(now):
        return Passage(0, states, is_broken)
    if fails:
        return Passage(EXIT_CHECK_FAILED, states)
    if now.pinned is not None:
        return Passage(0, states)
    made = replace(now, releases={**now.releases, NEW: now.built()})
    states += [made, replace(made, current=NEW)]
    kept = sorted(made.releases)[-RELEASES_KEPT:]
    for build_id in sorted(made.releases.keys() - {*kept}):
        left = {name: release for name, release in states[-1].releases.items() if name != build_id}
        states.append(replace(states[-1], releases=left))
    return Passage(0, states)


def _chosen(state: State) -> str | None:
    """Return the release that a link that leads nowhere is led to, or whose rollback was cut off."""
    for build_id in (state.pinned, state.current, *sorted(state.releases, reverse=True)):
        if build_id is not None and (build_id == state.current or not state.releases[build_id].damage):
            return build_id
    return state.current


def _is_published(state: State) -> bool:
    if state.current is None:
        return False
    release = state.releases[state.current]
    return release.landed == state.landed.keys() and not DAMAGES.get(release.damage, False)


def roll_back(state: State, build_id: str | None) -> Passage:
    """Pin a release, then lead the link to it; the one before the current where none is named."""
    if build_id is None and state.current is not None:
        earlier = [name for name in sorted(state.releases) if name < state.current]
        build_id = earlier[-1] if earlier else None
    if build_id is None or state.releases[build_id].damage:
        return Passage(EXIT_NO_RELEASE, [state])
    pinned = replace(state, pinned=build_id)
    return Passage(0, [state, pinned, replace(pinned, current=build_id)])


def unpin(state: State) -> Passage:
    """Take the pin away."""
    return Passage(0, [state, replace(state, pinned=None)])


# --- the landing ----------------------------------------------------------------------------------------


def land(state: State, at: dt.datetime, responses: Iterable[Response]) -> Passage:
    """Land saved responses table by table, oldest first; what is no response is kept aside, what is another refused.

    Nothing of a table lands behind a response of the future.
    """
    states, codes = [state], {0}
    ahead = {response.table_id for response in state.landed.values() if response.at > at}
    for response in sorted(responses, key=lambda response: (response.table_id, response.at)):
        now = states[-1]
        there = [
            own for own in now.landed.values()
            if (own.table_id, own.delivery) == (response.table_id, response.delivery)
        ]  # fmt: skip
        if response.table_id in ahead:
            codes.add(EXIT_FETCH_FAILED)
        elif there:
            codes |= {EXIT_FAULTY_INPUT for own in there if own.body != response.body}
        elif response.figure is None:
            codes.add(EXIT_FAULTY_INPUT)
            states.append(replace(now, aside={**now.aside, name_of(response): response}))
        else:
            states.append(replace(now, landed={**now.landed, name_of(response): response}))
    code = EXIT_FAULTY_INPUT if EXIT_FAULTY_INPUT in codes else max(codes)
    return Passage(code, states)


def land_part(state: State, response: Response) -> Passage:
    """Land one part of a delivery."""
    return Passage(0, [state, replace(state, landed={**state.landed, name_of(response): response})])


def prune(state: State, at: dt.datetime) -> Passage:
    """Remove what was kept aside, and deliveries that were never completed, after their time."""
    limit = at - dt.timedelta(days=DAYS_KEPT_ASIDE)
    complete = {*map(name_of, state.complete)}
    landed = {name: own for name, own in state.landed.items() if name in complete or own.at >= limit}
    aside = {name: own for name, own in state.aside.items() if own.at >= limit}
    return Passage(0, [state, replace(state, landed=landed, aside=aside)])


def is_pruned(file: str, at: dt.datetime) -> bool:
    """Check whether pruning removes a file that a killed command left: half a file, or a body that is old enough."""
    name = file.rpartition("/")[2]
    limit = f"{at - dt.timedelta(days=DAYS_KEPT_ASIDE):%Y%m%dT%H%M%S%fZ}"
    return name.startswith(".") or name < limit
