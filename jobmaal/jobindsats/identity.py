"""Which labels of a table's responses mean the same measure, and the same part of the population.

Belongs here: telling measures and members apart by the publisher's ids where its metadata gives them, by labels
otherwise, so that a renamed label does not split a series. Does not: reading cells (`cells`).

What a label means depends on all responses and descriptions of the table that have landed, never on the order in
which they did: the description in force at a response comes first; where there was none, any description that knows
the label, unless two disagree; and else the label stands for itself.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from jobmaal.inputs.tables import Row
from jobmaal.jobindsats.config import SeriesTable, direction, labels_of
from jobmaal.jobindsats.kinds import UNCLASSIFIED, kind_of
from jobmaal.jobindsats.landing import Landed
from jobmaal.jobindsats.response import Metadata, is_of_group
from jobmaal.jobindsats.units import RELATIVE_UNITS, UNKNOWN, unit_of

#: The member where a table has no other dimensions than period and area, and in every dimension's total.
TOTAL = "I alt"
SEPARATOR = " | "
#: Hierarchies by which a person counts more than once, and how their columns are called: one person can be in two
#: unemployment funds in a month, so persons do not add up over them. Full-time persons do.
_OVERLAPPING_HIERARCHIES, _OVERLAPPING_LABELS = ("_akasse",), ("a-kasse", "akasse", "arbejdsløshedskasse")


@dataclass(frozen=True)
class Measure:
    """A measure of a table, under its newest label; `kind` is one of `kinds`.

    Tables of one `suppression_group` add up to one another, so what is suppressed in one is in all of them.
    """

    table_id: str
    measure_id: str
    measure_name: str
    unit: str
    higher_is_better: bool | None
    ranks_measure_id: str
    kind: str
    suppression_group: str

    @property
    def adds_up(self) -> bool:
        """Whether parts of the population add up to the whole in this measure."""
        return self.unit not in (*RELATIVE_UNITS, UNKNOWN)


@dataclass(frozen=True)
class Member:
    """A part of the population, under its newest labels.

    `key` holds for good: pairs of dimension and value, without those that are totals. So a total is the same member
    whether or not a response has a column for the dimension.
    """

    key: frozenset[tuple[str, str]]
    label: str

    @property
    def is_total(self) -> bool:
        """Whether it is all of the population."""
        return not self.key


class _Ids:
    """What labels mean, as pairs of label and id that one description each gives."""

    def __init__(self) -> None:
        self._own: dict[tuple[str, str], str] = {}
        self._all: dict[str, set[str]] = defaultdict(set)

    def add(self, description: str, label: str, identity: str) -> None:
        self._own.setdefault((description, label), identity)
        self._all[label].add(identity)

    def of(self, description: str, label: str) -> str:
        own = self._own.get((description, label))
        if own is not None:
            return own
        known = self._all.get(label, set())
        return next(iter(known)) if len(known) == 1 else label

    def is_taken(self, description: str, label: str, identity: str) -> bool:
        """Check whether a description gives the id to another label."""
        return any(
            by == description and other != label and found == identity for (by, other), found in self._own.items()
        )


class Measures:
    """The measures of a table's responses, which come oldest first."""

    def __init__(
        self,
        table: SeriesTable,
        declared: Sequence[Row],
        responses: Sequence[Landed],
        described: Mapping[str, Metadata],
    ) -> None:
        """Take the table's rows of series_measures.csv, and the metadata by its sha256."""
        self._ids = _Ids()
        for response in responses:
            metadata = described.get(response.metadata_sha256)
            for label in _measure_labels(response) if metadata else ():
                identity = _measure_id(label, metadata)
                if identity:
                    self._ids.add(response.metadata_sha256, label, identity)
        self._rows = self._owned(declared, responses)
        self.by_id: dict[str, Measure] = {}
        self._of: dict[tuple[str, str], str] = {}
        for response in responses:
            for label in _measure_labels(response):
                measure = self._measure(table, response, label)
                before = self.by_id.get(measure.measure_id, measure)
                if before.kind != measure.kind:
                    # One label says that it counts persons and another that it does not.
                    measure = replace(measure, kind=UNCLASSIFIED)
                # Responses come oldest first, so the newest label stays.
                self.by_id[measure.measure_id] = measure
                self._of[response.metadata_sha256, label] = measure.measure_id

    def of(self, response: Landed) -> list[str]:
        """Return the ids of a response's measures, in the order of its columns."""
        return [self._of[response.metadata_sha256, label] for label in _measure_labels(response)]

    def _owned(self, declared: Sequence[Row], responses: Sequence[Landed]) -> dict[str, Row]:
        """Return the rows by the id of the measure that each is of: the first that a description gave the label to.

        A label may pass to another measure later; that one does not join the first, and the row is not of it. Where a
        response shows several of a row's labels side by side, they are several measures, and the row is of the first.
        """
        owners: dict[str, str] = {}
        for response in sorted(responses, key=lambda response: not response.metadata_sha256):
            for label in _measure_labels(response):
                owners.setdefault(label, self._ids.of(response.metadata_sha256, label))
        named = {label: (place, row) for row in declared for place, label in enumerate(labels_of(row))}
        beside = {
            frozenset(self._ids.of(response.metadata_sha256, label) for label in _measure_labels(response))
            for response in responses
        }
        rows: dict[str, Row] = {}
        for label in sorted(named.keys() & owners.keys(), key=lambda label: (named[label][0], [*owners].index(label))):
            identity, row = owners[label], named[label][1]
            others = {other for other, taken in rows.items() if taken is row} - {identity}
            if not any(identity in shown and others & shown for shown in beside):
                rows.setdefault(identity, row)
        return rows

    def _measure(self, table: SeriesTable, response: Landed, label: str) -> Measure:
        identity = self._ids.of(response.metadata_sha256, label)
        row, unit = self._rows.get(identity), unit_of(label)
        if row is not None:
            identity, unit = row["measure_id"], row["unit"]
        return Measure(
            table_id=table.table_id,
            measure_id=identity,
            measure_name=label,
            unit=unit,
            higher_is_better=table.higher_is_better if row is None else direction(row["higher_is_better"]),
            ranks_measure_id="" if row is None else row["ranks_measure_id"],
            kind=kind_of(label, unit, is_reviewed=row is not None and bool(row["not_persons_reviewed_by"])),
            suppression_group=table.part_of_table_id or table.table_id,
        )


def _measure_labels(response: Landed) -> tuple[str, ...]:
    return response.columns[2 + response.dimensions :]


def _measure_id(label: str, metadata: Metadata | None) -> str:
    """Return a column's name: its group's id, and its own name if the group has several. Blank where none fits."""
    groups = metadata.mgroups if metadata else ()
    for group_id, name in sorted(groups, key=lambda group: -len(group[1])):
        if is_of_group(label, name):
            return group_id + label[len(name) :]
    return ""


class Members:
    """The members of a table's responses, which come oldest first."""

    def __init__(self, found: Iterable[tuple[Landed, Sequence[tuple[str, ...]]]], described: Mapping[str, Metadata]):
        """Take each response with the combinations of labels in it, and the metadata by its sha256."""
        responses = list(found)
        self._dimensions, self._values = _Ids(), _Ids()
        #: Of hierarchies that have a total: whether a value is it.
        self._totals: dict[tuple[str, str], bool] = {}
        #: The dimensions in which a response has several labels that look like a total's.
        self._subtotalled: set[str] = set()
        #: The levels in its hierarchy of each part that a description names. There are several where a parent and its
        #: child share one label: the response shows them as one member, which splits the total at both levels.
        self.levels: dict[tuple[str, str], list[str]] = {}
        #: The hierarchies by which a description names a dimension, by the dimension.
        self.hierarchies: dict[str, str] = {}
        # What shows the most labels teaches the most: a total alone may stand in several dimensions.
        for response, combinations in sorted(responses, key=lambda pair: -len(pair[1])):
            metadata = described.get(response.metadata_sha256)
            for at, column in enumerate(_dimension_labels(response) if metadata else ()):
                self._learn(response, column, {labels[at] for labels in combinations}, metadata)
        for response, combinations in responses:
            for at, column in enumerate(_dimension_labels(response)):
                if len({labels[at] for labels in combinations if is_total_label(labels[at])}) > 1:
                    self._subtotalled.add(self._dimensions.of(response.metadata_sha256, column))
        self.by_key: dict[frozenset[tuple[str, str]], Member] = {}
        for response, combinations in responses:
            for labels in combinations:
                member = self.of(response, labels)
                # Put behind the others, so that the last of those with the same label is the one shown last.
                self.by_key.pop(member.key, None)
                self.by_key[member.key] = member
        self._tell_apart()

    def overlapping(self, table: SeriesTable) -> frozenset[str]:
        """Return the dimensions over which persons do not add up.

        Without a description a dimension is known by its column's label alone; where the configuration asks for an
        overlapping hierarchy, any such dimension may be it.
        """
        is_asked = any(name.startswith(_OVERLAPPING_HIERARCHIES) for name, _ in table.hierarchies)
        return frozenset(
            dimension
            for dimension in {dimension for key in self.by_key for dimension, _ in key}
            if self.hierarchies.get(dimension, dimension).startswith(_OVERLAPPING_HIERARCHIES)
            or dimension.casefold().startswith((*_OVERLAPPING_HIERARCHIES, *_OVERLAPPING_LABELS))
            or (is_asked and dimension not in self.hierarchies)
        )

    def _tell_apart(self) -> None:
        """Add its ids to a label that another member has had since: a member is known by its label."""
        newest = {member.label: member.key for member in self.by_key.values()}
        for key, member in self.by_key.items():
            if newest[member.label] != key:
                ids = ", ".join(f"{dimension}={value}" for dimension, value in sorted(key))
                self.by_key[key] = replace(member, label=f"{member.label} ({ids})")

    def of(self, response: Landed, labels: tuple[str, ...]) -> Member:
        """Return the member that a combination of labels in a response means."""
        parts = set()
        for column, label in zip(_dimension_labels(response), labels, strict=True):
            dimension = self._dimensions.of(response.metadata_sha256, column)
            value = self._values.of(response.metadata_sha256, f"{dimension}={label}").removeprefix(f"{dimension}=")
            if not self._is_total(dimension, column, value, label):
                parts.add((dimension, value))
        return Member(frozenset(parts), SEPARATOR.join(labels) or TOTAL)

    def _is_total(self, dimension: str, column: str, value: str, label: str) -> bool:
        """Check whether a value is all of a dimension: as its description tells, by its label otherwise."""
        if (dimension, value) in self._totals:
            return self._totals[dimension, value]
        if dimension in self._subtotalled:
            return label.casefold() in (TOTAL.casefold(), f"{column} {TOTAL}".casefold())
        return is_total_label(label)

    def _learn(self, response: Landed, column: str, labels: set[str], metadata: Metadata | None) -> None:
        """Find the hierarchy that has all of a column's labels, and take its ids."""
        for dimension_id, hierarchies in metadata.dimensions if metadata else ():
            if self._dimensions.is_taken(response.metadata_sha256, column, dimension_id):
                continue
            for hierarchy in hierarchies:
                # Ids that several values share tell nothing apart.
                is_distinct = len({key for key, _ in hierarchy.values}) == len(set(hierarchy.values))
                if not is_distinct or not labels <= {name for _, name in hierarchy.values}:
                    continue
                self._dimensions.add(response.metadata_sha256, column, dimension_id)
                self.hierarchies.setdefault(dimension_id, hierarchy.hierarchy_id)
                for level in hierarchy.levels:
                    for value_id, name in level.values:
                        text = f"{dimension_id}={name}"
                        self._values.add(response.metadata_sha256, text, f"{dimension_id}={value_id}")
                        shown_as = self._values.of(response.metadata_sha256, text).removeprefix(f"{dimension_id}=")
                        for part in {value_id, shown_as}:
                            levels = self.levels.setdefault((dimension_id, part), [])
                            if level.level_id not in levels:
                                levels.append(level.level_id)
                        if hierarchy.total:
                            self._totals[dimension_id, value_id] = value_id == hierarchy.total
                return


def _dimension_labels(response: Landed) -> tuple[str, ...]:
    return response.columns[2 : 2 + response.dimensions]


def is_total_label(label: str) -> bool:
    """Check whether a label is that of a dimension's total: `I alt`, `Ydelsesgrupper i alt`."""
    return label.casefold() == TOTAL.casefold() or label.casefold().endswith(" " + TOTAL.casefold())
