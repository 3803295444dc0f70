"""Step 2, from labels to numbers: who is who in one table of Jobindsats.

Reads the labels of `parsed_…`. Adds rows to raw.read_measures, read_periods, read_members, read_areas and read_labels,
a row per name; and makes the temporary tables `label_members`, a row per response and combination of labels, and
`member_parts`, a row per member that splits another one. Belongs here: numbering, in the order of the surrogate keys
where there is one, so that values sorted by their numbers are in key order. Does not: what labels mean (`identity`).
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Sequence

from jobmaal.core.errors import Fault, FaultyInputError
from jobmaal.core.keys import surrogate_key
from jobmaal.inputs.tables import Input
from jobmaal.jobindsats.cells import claims
from jobmaal.jobindsats.cells.context import LABEL_SEPARATOR, Context
from jobmaal.jobindsats.cells.parse import Combinations
from jobmaal.jobindsats.config import SeriesTable, known_areas
from jobmaal.jobindsats.identity import Measures, Members
from jobmaal.jobindsats.landing import Landed


def add_measures(context: Context, measures: Measures) -> dict[str, int]:
    """Write the measures of a table; return their numbers by id."""
    in_order = sorted(measures.by_id.values(), key=lambda m: surrogate_key(m.table_id, m.measure_id))
    first = context.number_of_rows("read_measures") + 1
    context.insert(
        "read_measures",
        [
            (no, m.table_id, m.measure_id, m.measure_name, m.unit, m.higher_is_better, m.kind, m.suppression_group)
            for no, m in enumerate(in_order, first)
        ],
    )
    return {m.measure_id: no for no, m in enumerate(in_order, first)}


def add_periods(context: Context, table: SeriesTable, labels: Iterable[str]) -> None:
    """Write the periods of a table."""
    first = context.number_of_rows("read_periods") + 1
    in_order = sorted(labels, key=surrogate_key)
    context.insert("read_periods", [(no, table.table_id, label) for no, label in enumerate(in_order, first)])


def add_labels(context: Context, table: SeriesTable, combinations: Combinations) -> None:
    """Write the combinations of labels of a table's responses."""
    rows = [
        (table.table_id, file, LABEL_SEPARATOR.join(labels))
        for file, of_response in combinations.items()
        for labels in of_response
    ]
    context.insert("read_labels", rows)


def add_areas(context: Context, table: SeriesTable, labels: Sequence[str]) -> None:
    """Write the areas that no other table has had. Raises FaultyInputError where one is not known."""
    check_areas(context.found, table, labels)
    there = {name for (name,) in context.rows("select area_name from raw.read_areas")}
    context.insert("read_areas", [(context.area_no[name], name) for name in labels if name not in there])


def check_areas(found: Input, table: SeriesTable, labels: Sequence[str]) -> None:
    """Raise FaultyInputError where responses of a table have areas that are not known."""
    known = known_areas(found)
    file = f"{found.folder}/shared/areas.csv"
    rule = f"is no area here, but responses of {table.table_id} have it; add a row for it"
    faults = [Fault(file, 0, "area_name", label, rule) for label in labels if label not in known]
    if faults:
        raise FaultyInputError(faults)


def add_members(
    context: Context, table: SeriesTable, members: Members, combinations: Combinations, read: Sequence[Landed]
) -> None:
    """Write the members of a table; make `label_members` of the responses that were read, and `member_parts`."""
    in_order = sorted(members.by_key.items(), key=lambda pair: pair[1].label)
    first = context.number_of_rows("read_members") + 1
    numbers = {key: no for no, (key, _) in enumerate(in_order, first)}
    context.insert(
        "read_members", [(numbers[key], table.table_id, member.label, member.is_total) for key, member in in_order]
    )
    context.create_temporary(
        "label_members",
        {"response_no": "integer", "label": "varchar", "member_no": "integer"},
        [
            (
                context.response_no[response.name],
                LABEL_SEPARATOR.join(labels),
                numbers[members.of(response, labels).key],
            )
            for response in read
            for labels in combinations[response.name]
        ],
    )
    parts = claims.parts({numbers[key]: member for key, member in members.by_key.items()}, members.levels)
    all_parts = Counter((total, split_by) for total, split_by, _ in parts)
    overlapping = tuple(f"{dimension}/" for dimension in members.overlapping(table))
    integers = dict.fromkeys(("total_no", "part_no", "all_parts"), "integer")
    context.create_temporary(
        "member_parts",
        {"total_no": "integer", "split_by": "varchar", **integers, "is_overlapping": "boolean"},
        [(*part, all_parts[part[:2]], part[1].startswith(overlapping)) for part in parts],
    )


def meaning(responses: Sequence[Landed], combinations: Combinations, measures: Measures, members: Members) -> str:
    """Return the fingerprint of all that the labels of some responses mean to the values and claims made of them."""
    read = [response for response in responses if response.name in combinations]
    of_measures = {measure_id: measures.by_id[measure_id] for response in read for measure_id in measures.of(response)}
    content = [
        {response.name: measures.of(response) for response in read},
        {key: (m.unit, m.higher_is_better, m.ranks_measure_id) for key, m in sorted(of_measures.items())},
        {
            response.name: [
                (labels, members.by_key[members.of(response, labels).key].label)
                for labels in combinations[response.name]
            ]
            for response in read
        },
        sorted((member.label, member.is_total) for member in members.by_key.values()),
        sorted(claims.parts({member.label: member for member in members.by_key.values()}, members.levels)),
    ]
    return hashlib.sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()
