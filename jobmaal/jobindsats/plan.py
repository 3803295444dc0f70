"""What is asked for of a table: which requests give all that is configured, each within the cell limit.

Belongs here: checking the configuration against what the publisher has, and splitting by period and area. Does
not: the grammar of the configuration (`config`), and asking (`client`, `fetch`).

The limit's true size is not known, so set it with room to spare. The same configuration
and the same metadata give the same requests in the same order; an interrupted fetch rests on that.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, product
from typing import TypeVar

from jobmaal.core.errors import Fault, FaultyInputError
from jobmaal.jobindsats.config import ALL, SeriesTable
from jobmaal.jobindsats.response import Hierarchy, Metadata

_EVERYTHING, _TOTAL, _LEVEL = "*", "/", "level:"
_LATEST = "latest:"
#: How many ids a fault lists before it only says how many more there are.
_LISTED = 12

_Item = TypeVar("_Item")
#: A member of a hierarchy: its id and its label.
_Value = tuple[str, str]


@dataclass(frozen=True)
class Request:
    """One question to `/data/<table_id>`, and what its response must hold: ids of periods, labels of the rest.

    `members` has a set of labels per dimension column, in the order of the configuration; `cells` is the number of
    values that were planned for.
    """

    params: dict[str, str]
    periods: tuple[str, ...]
    areas: tuple[str, ...]
    members: tuple[frozenset[str], ...]
    cells: int = 0

    @property
    def is_smallest(self) -> bool:
        """Whether no plan has a smaller one."""
        return len(self.periods) == len(self.areas) == 1


def plan(table: SeriesTable, metadata: Metadata, cell_limit: int, measures: int | None = None) -> list[Request]:
    """Split what is configured into requests of at most `cell_limit` cells (periods x areas x members x measures).

    `measures` is the number of measure columns where a response has shown it; the metadata alone counts groups of
    them. One area in one period that is over the limit by itself is asked for as it is. Raises FaultyInputError
    where the configuration asks for what the table does not have.
    """
    faults: list[Fault] = []
    periods = _periods(table, metadata, faults)
    selections = _selections(table, metadata, faults)
    areas = _areas(table, metadata, faults)
    asked_measures = _measures(table, metadata, faults)
    if faults:
        raise FaultyInputError(faults)
    members = tuple(frozenset(label for _, label in values) for values in selections)
    cells = math.prod(map(len, members)) * max(1, measures or 0, _known_measures(asked_measures, metadata))
    requests = []
    for hierarchy, wanted in areas:
        for some_periods, some_areas in _split(periods, wanted, cells, cell_limit):
            params = {
                **asked_measures,
                f"period.{table.period_type}": ",".join(some_periods),
                f"hierarchy.{hierarchy.hierarchy_id}": _asked_areas(hierarchy, some_areas),
                **{f"hierarchy.{name}": selection for name, selection in table.hierarchies},
                "format": "json",
            }
            requests.append(
                Request(
                    params,
                    tuple(some_periods),
                    tuple(label for _, label in some_areas),
                    members,
                    cells * len(some_periods) * len(some_areas),
                )
            )
    return requests


def _periods(table: SeriesTable, metadata: Metadata, faults: list[Fault]) -> list[str]:
    """Return the ids asked for, oldest first; ids of one type sort as the calendar does."""
    if table.period_type not in metadata.periods:
        rule = f"is no period type of {table.table_id}; there are: {_listed(metadata.periods)}"
        faults.append(table.row.fault("period_type", rule))
        return []
    there = sorted(set(metadata.periods[table.period_type]))
    if not there:
        faults.append(table.row.fault("period_type", f"has no period at all in {table.table_id}"))
    if table.periods == ALL:
        return there
    if table.periods.startswith(_LATEST):
        newest = int(table.periods.removeprefix(_LATEST))
        if newest > len(there):
            rule = f"asks for {newest} periods of type {table.period_type}, but the table has only {len(there)}"
            faults.append(table.row.fault("periods", rule))
        return there[-newest:]
    asked = {period.strip() for period in table.periods.split(",")}
    if asked - set(there):
        rule = (
            f"asks for {_listed(sorted(asked - set(there)))}, which {table.table_id} does not have; "
            f"its periods of type {table.period_type} are {f'{there[0]} to {there[-1]}' if there else 'none'}"
        )
        faults.append(table.row.fault("periods", rule))
    return sorted(asked)


def _measures(table: SeriesTable, metadata: Metadata, faults: list[Fault]) -> dict[str, str]:
    """Return the parameters that ask for the measures."""
    if table.measures == _EVERYTHING:
        return {"mgroup.*": _EVERYTHING}
    groups = [group for group, _ in metadata.mgroups]
    asked = dict(part.strip().split("=", 1) for part in table.measures.split(";") if part.strip())
    faults += [
        table.row.fault("measures", f"asks for the unknown group of measures '{group}'; there are: {_listed(groups)}")
        for group in asked
        if group not in groups
    ]
    return {f"mgroup.{group}": measure for group, measure in asked.items()}


def _known_measures(asked: dict[str, str], metadata: Metadata) -> int:
    return len(metadata.mgroups) if "mgroup.*" in asked else len(asked)


def _selections(table: SeriesTable, metadata: Metadata, faults: list[Fault]) -> list[list[_Value]]:
    """Return the members that each configured hierarchy's selection stands for."""
    found = []
    for name, selection in table.hierarchies:
        hierarchy = metadata.hierarchy(name)
        if hierarchy is None:
            faults.append(table.row.fault("hierarchies", _no_hierarchy(name, table, metadata)))
            continue
        values = _selected(hierarchy, selection)
        if not values:
            rule = (
                f"the selection '{selection}' fits nothing of {name}; * is all of it, / its total, /5/,/11/ two "
                f"members, level:<id> a level of: {_listed([level.level_id for level in hierarchy.levels])}"
            )
            faults.append(table.row.fault("hierarchies", rule))
        found.append(values)
    return found


def _selected(hierarchy: Hierarchy, selection: str) -> list[_Value]:
    """Return the members that a selection stands for; none where it fits nothing."""
    if selection == _EVERYTHING:
        return list(hierarchy.values)
    if selection == _TOTAL:
        return [value for value in hierarchy.values if value[0] == hierarchy.total][:1]
    if selection.startswith(_LEVEL):
        wanted = selection.removeprefix(_LEVEL)
        return [value for level in hierarchy.levels if level.level_id == wanted for value in level.values]
    by_path = {_path(value_id): (value_id, label) for value_id, label in hierarchy.values}
    paths = [path.strip() for path in selection.split(",")]
    return [by_path[path] for path in paths] if all(path in by_path for path in paths) else []


def _areas(table: SeriesTable, metadata: Metadata, faults: list[Fault]) -> list[tuple[Hierarchy, list[_Value]]]:
    """Return each area hierarchy with the areas that it is asked for.

    Nothing shows that two hierarchies of one dimension can be asked for together, so each has requests of its
    own; an area that two of them have is asked for once, since the response knows it by its label alone.
    """
    found, seen = [], set[str]()
    for place, name in enumerate(table.areas):
        hierarchy = metadata.hierarchy(name)
        if hierarchy is None:
            if place == 0:
                faults.append(table.row.fault("areas", _no_hierarchy(name, table, metadata)))
            continue
        wanted = []
        for value_id, label in hierarchy.values:
            if label not in seen:
                seen.add(label)
                wanted.append((value_id, label))
        if wanted:
            found.append((hierarchy, wanted))
        elif place == 0:
            faults.append(table.row.fault("areas", f"names {name} first, which has no areas in {table.table_id}"))
    return found


def _asked_areas(hierarchy: Hierarchy, areas: Sequence[_Value]) -> str:
    if len(areas) == len(hierarchy.values):
        return _EVERYTHING
    return ",".join(_path(value_id) for value_id, _ in areas)


def _path(value_id: str) -> str:
    """Write a member's id as a selection does: /5/."""
    inside = value_id.strip("/")
    return f"/{inside}/" if inside else "/"


def _no_hierarchy(name: str, table: SeriesTable, metadata: Metadata) -> str:
    """Return the fault of a hierarchy that does not exist; the dimension's name in its place is the usual mistake."""
    inside = dict(metadata.dimensions).get(name)
    if inside is not None:
        own = _listed([hierarchy.hierarchy_id for hierarchy in inside])
        return f"'{name}' is a dimension of {table.table_id}, and a hierarchy is wanted: one of {own}"
    there = [hierarchy.hierarchy_id for _, hierarchies in metadata.dimensions for hierarchy in hierarchies]
    return f"{table.table_id} has no hierarchy '{name}'; there are: {_listed(there)}"


def _listed(names: Iterable[str]) -> str:
    listed = list(names)
    more = f" and {len(listed) - _LISTED} more" if len(listed) > _LISTED else ""
    return (", ".join(listed[:_LISTED]) or "none") + more


def _split(
    periods: Sequence[str], areas: Sequence[_Value], cells: int, cell_limit: int
) -> Iterator[tuple[Sequence[str], Sequence[_Value]]]:
    """Split into as few pieces as the limit allows; `cells` is what one area has in one period."""
    at_once = cell_limit // (cells * len(areas))
    if at_once:
        pieces = product(_even(periods, at_once), [areas])
    else:
        pieces = product(_even(periods, 1), _even(areas, max(1, cell_limit // cells)))
    yield from pieces


def _even(items: Sequence[_Item], most: int) -> list[Sequence[_Item]]:
    """Cut into the fewest pieces of at most `most`, of nearly the same size, in order."""
    pieces = math.ceil(len(items) / most)
    ends = [len(items) * piece // pieces for piece in range(pieces + 1)] if pieces else [0]
    return [items[start:end] for start, end in pairwise(ends)]
