"""What is fetched of Jobindsats, as the data team configures it in `seeds/shared/series_*.csv`.

Belongs here: the grammar of the configuration, and what must hold between its tables. Does not: whether the
publisher has what is asked for (that is `plan`).
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from jobmaal.core.errors import Fault, FaultyInputError
from jobmaal.core.layout import Layout
from jobmaal.core.periods import is_period
from jobmaal.inputs import tables
from jobmaal.inputs.tables import Input, Row
from jobmaal.jobindsats.kinds import kind_of

ALL, LATEST = "all", "latest:"
_LATEST_RE = re.compile(r"^latest:[1-9][0-9]*$")
#: A response as the quarantine names it: what counts are the first digits of its sha256.
_RESPONSE_RE = re.compile(r"^(?:[0-9]{8}T[0-9]{12}Z-)?[0-9a-f]{8}$")
_ASKED_RE = re.compile(r"^[^=;\s]+=\S+$")


@dataclass(frozen=True)
class SeriesTable:
    """A table of Jobindsats and what is asked for of it.

    `described_measures` counts its rows in series_measures.csv, `kinds` are those of these measures by label; `row` is
    where the table itself is written. `ended_on` is the day from which on the publisher no longer publishes it, blank
    while it does.
    """

    table_id: str
    table_name: str
    measures: str
    areas: tuple[str, ...]
    hierarchies: tuple[tuple[str, str], ...]
    period_type: str
    periods: str
    higher_is_better: bool | None
    part_of_table_id: str
    described_measures: int
    kinds: Mapping[str, str]
    row: Row
    ended_on: str = ""


def read(layout: Layout) -> Input:
    """Read the input tables, the configuration among them. Raises FaultyInputError where they have faults."""
    found, faults = tables.inspect(layout)
    faults += inspect(found)
    if faults:
        raise FaultyInputError(faults)
    return found


def read_tables(layout: Layout) -> dict[str, SeriesTable]:
    """Return the configured tables by id. Raises FaultyInputError where the input tables have faults."""
    return series_tables(read(layout))


def known_areas(found: Input) -> frozenset[str]:
    """Return the areas that a response may have."""
    return frozenset(row["area_name"] for row in found.of("areas"))


def series_tables(found: Input) -> dict[str, SeriesTable]:
    """Return the configured tables by id."""
    described: dict[str, list[Row]] = defaultdict(list)
    for row in found.of("series_measures"):
        described[row["table_id"]].append(row)
    return {row["table_id"]: _series_table(row, described[row["table_id"]]) for row in found.of("series_tables")}


def _series_table(row: Row, described: Sequence[Row]) -> SeriesTable:
    hierarchies = (part.partition("=") for part in _parts(row["hierarchies"]))
    return SeriesTable(
        table_id=row["table_id"],
        table_name=row["table_name"],
        measures=row["measures"],
        areas=tuple(row["areas"].split()),
        hierarchies=tuple((name, selection) for name, _, selection in hierarchies),
        period_type=row["period_type"],
        periods=row["periods"],
        higher_is_better=direction(row["higher_is_better"]),
        part_of_table_id=row["part_of_table_id"],
        described_measures=len(described),
        kinds=_kinds(described),
        row=row,
        ended_on=row["ended_on"],
    )


def labels_of(row: Row) -> list[str]:
    """Return the labels under which the publisher writes a measure: first as it does now, then its other ones."""
    return [row["label"], *_parts(row["other_labels"])]


def _kinds(described: Sequence[Row]) -> Mapping[str, str]:
    """Return the kinds of described measures by all of their labels."""
    return {
        label: kind_of(label, row["unit"], bool(row["not_persons_reviewed_by"]))
        for row in described
        for label in labels_of(row)
    }


def direction(text: str) -> bool | None:
    """Read the cell of a `higher_is_better` column."""
    return {"yes": True, "no": False}.get(text)


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(";") if part.strip()]


def inspect(found: Input) -> list[Fault]:
    """Return every fault of the configuration that the declaration of the input tables cannot tell."""
    return [*_grammar(found), *_reviews(found), *_measures(found), *_targets(found), *_groups(found)]


def _grammar(found: Input) -> Iterator[Fault]:
    parts = {row["table_id"] for row in found.of("series_tables") if row["part_of_table_id"]}
    for row in found.of("series_tables"):
        if row["part_of_table_id"] in (parts | {row["table_id"]}):
            yield row.fault("part_of_table_id", "must name a table that is itself no part")
        measures = _parts(row["measures"])
        if row["measures"] != "*" and not (measures and all(map(_ASKED_RE.match, measures))):
            yield row.fault("measures", "must be * or <mgroup_id>=<measure_id>, several joined by ;")
        if not all(map(_ASKED_RE.match, _parts(row["hierarchies"]))):
            yield row.fault("hierarchies", "must be <hierarchy_id>=<selection> (_kon=*), several joined by ;")
        periods = row["periods"]
        if (
            periods != ALL
            and not _LATEST_RE.match(periods)
            and not all(is_period(p.strip()) for p in periods.split(","))
        ):
            yield row.fault("periods", "must be all, latest:14, or period ids joined by commas (2026M01,2026M02)")


def _reviews(found: Input) -> Iterator[Fault]:
    for row in found.of("series_reviews"):
        if not _RESPONSE_RE.match(row["response"]):
            rule = "must name a response as the reason in the quarantine does: 20260818T195229000000Z-f81fbd39"
            yield row.fault("response", rule)


def _measures(found: Input) -> Iterator[Fault]:
    """Check that a measure is one of the table that the row names, and that what is ranked has a direction."""
    measures = {(row["table_id"], row["measure_id"]): row for row in found.of("series_measures")}
    labels: dict[tuple[str, str], Row] = {}
    for (table_id, _), row in measures.items():
        for label in labels_of(row):
            other = labels.setdefault((table_id, label), row)
            if other is not row:
                column = "label" if label == row["label"] else "other_labels"
                yield row.fault(column, f"stands already in line {other.line}: a label is one measure of its table")
        if bool(row["not_persons_reviewed_by"]) != bool(row["not_persons_reviewed_on"]):
            blank = "not_persons_reviewed_on" if row["not_persons_reviewed_by"] else "not_persons_reviewed_by"
            yield row.fault(blank, "may not be blank: an exemption names its reviewer and the day, or neither")
        if row["ranks_measure_id"] and (table_id, row["ranks_measure_id"]) not in measures:
            yield row.fault("ranks_measure_id", _no_measure(table_id))
    for row in (*found.of("series_rankings"), *found.of("target_series")):
        measure = measures.get((row["table_id"], row["measure_id"]))
        if measure is None:
            yield row.fault("measure_id", _no_measure(row["table_id"]))
        elif row["comparison_group_id"] and not measure["higher_is_better"]:
            yield row.fault("measure_id", "cannot be ranked: its row in series_measures.csv has no higher_is_better")


def _no_measure(table_id: str) -> str:
    return f"is no measure of {table_id} in shared/series_measures.csv"


def _targets(found: Input) -> Iterator[Fault]:
    """Check that a target's series has what its kind needs."""
    targets: Mapping[tuple[str, str], Row] = {(r.document_id, r["figure_id"]): r for r in found.of("targets")}
    for row in found.of("target_series"):
        target = targets.get((row["document_id"], row["target_id"]))
        if target is None:
            continue
        kind = target["target_kind"]
        if kind == "deadline":
            yield row.fault("target_id", "is a deadline, which no series tells of; enter its day in actual_targets.csv")
        if kind in ("rank", "gap_reduction") and not row["comparison_group_id"]:
            yield row.fault("comparison_group_id", f"may not be blank for the kind {kind}")
        if kind == "gap_reduction" and not row["baseline_period_id"]:
            yield row.fault("baseline_period_id", f"may not be blank for the kind {kind}")
        if kind == "change" and not row["baseline_period_id"] and not target["baseline_figure_id"]:
            yield row.fault("baseline_period_id", "may not be blank: the target names no figure that it counts from")


def _groups(found: Input) -> Iterator[Fault]:
    """Check that an area is in a group only once at a time."""
    spans: dict[tuple[str, str], list[Row]] = {}
    for row in found.of("comparison_group_areas"):
        if row["valid_to"] and row["valid_to"] <= row["valid_from"]:
            yield row.fault("valid_to", f"is not after valid_from ({row['valid_from']})")
        others = spans.setdefault((row["comparison_group_id"], row["area_name"]), [])
        for other in others:
            starts_before_end = not other["valid_to"] or row["valid_from"] < other["valid_to"]
            if starts_before_end and (not row["valid_to"] or other["valid_from"] < row["valid_to"]):
                yield row.fault("valid_from", f"overlaps line {other.line}: an area is in a group once at a time")
        others.append(row)
