"""Reading a response of Jobindsats and judging whether it is what was promised.

Belongs here: the form of `/data`, `/table` and `/tables` responses, and what makes one unusable. Does not: keeping
responses (`landing`), asking for them (`client`), or turning cells into rows (`cells`).

Source: the API's version 3 as working clients show it; column labels are Danish, cells native JSON numbers,
a suppressed or missing cell is null.
"""

import datetime as dt
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from itertools import chain
from typing import Any, NoReturn
from zoneinfo import ZoneInfo

from jobmaal.core.errors import JobmaalError, excerpt
from jobmaal.core.masking import masked
from jobmaal.core.periods import is_period
from jobmaal.jobindsats.kinds import PERSONS, kind_of
from jobmaal.jobindsats.units import unit_of

PERIOD, AREA = "Periode", "Område"
#: Where the publisher's clocks stand.
PUBLISHER_ZONE = ZoneInfo("Europe/Copenhagen")
_DAY_FIRST_RE = re.compile(r"^(\d{2})[-./](\d{2})[-./](\d{4})")
#: Whole digits and decimals that a value has room for: DECIMAL(18, 4).
_WHOLE_DIGITS, _DECIMALS = 14, 4
#: From here on a binary number, as DuckDB reads it, does not keep four decimals exactly.
_EXACT = 10**11
#: How half a character is written; two of them make one.
_HALF_RE = re.compile(r"\\u[dD][89a-fA-F]")
#: What stands where a number should be, and is text.
_NUMBER_AS_TEXT_RE = re.compile(r"[-–.]*|-?[0-9][0-9.,\s]*")
#: Years in which the publisher's calendar has times, and in which something may have been retrieved.
YEARS = range(1990, 2200)
#: How much of a label is shown, and how far the beginning goes of which an excerpt is shown.
_LONGEST_LABEL, _BEGINNING = 80, 2000
#: What no label has: control characters, of which one joins labels in `cells`.
_UNREADABLE_RE = re.compile(r"[\x00-\x1f\x7f-\x9f]")


class UnusableResponseError(JobmaalError):
    """The response is not what was promised; its text says why, and where.

    `rules` names those that it breaks and that a review can let pass.
    """

    def __init__(self, text: str, rules: Sequence[str] = ()) -> None:
        """Keep what a person reads, and the rules."""
        self.rules = tuple(rules)
        super().__init__(text)


@dataclass(frozen=True)
class Level:
    """A level of a hierarchy: `values` are pairs of id and name."""

    level_id: str
    values: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Hierarchy:
    """A hierarchy of a dimension."""

    hierarchy_id: str
    levels: tuple[Level, ...]

    @property
    def values(self) -> tuple[tuple[str, str], ...]:
        """All values of all levels: pairs of id and name."""
        return tuple(value for level in self.levels for value in level.values)

    @property
    def total(self) -> str:
        """The id of the value that is all of it: the single one of the uppermost of several levels; blank if none."""
        is_total = len(self.levels) > 1 and len(self.levels[0].values) == 1
        return self.levels[0].values[0][0] if is_total else ""


@dataclass(frozen=True)
class Metadata:
    """What `/table/<id>` says of a table; the two times are text as the publisher writes them."""

    table_id: str
    table_name: str
    update_latest: str
    update_next: str
    mgroups: tuple[tuple[str, str], ...]
    periods: Mapping[str, tuple[str, ...]]
    dimensions: tuple[tuple[str, tuple[Hierarchy, ...]], ...]

    def hierarchy(self, hierarchy_id: str) -> Hierarchy | None:
        """Return a hierarchy by its id."""
        found = (h for _, hierarchies in self.dimensions for h in hierarchies if h.hierarchy_id == hierarchy_id)
        return next(found, None)


@dataclass(frozen=True)
class CalendarEntry:
    """What `/tables` says of a table."""

    table_id: str
    update_latest: str
    update_next: str


@dataclass(frozen=True)
class Promise:
    """What a data response must keep to. What is None is not promised; `members` has a set a dimension column.

    `kinds` are those of the described measures, by label; a count of persons is never negative.
    """

    metadata: Metadata | None = None
    periods: frozenset[str] | None = None
    areas: frozenset[str] | None = None
    members: tuple[frozenset[str], ...] | None = None
    kinds: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Shape:
    """The form of a data response: its columns, of which two and then `dimensions` are labels; and its rows.

    `repeated` counts the rows that repeat another one, `accepted` names the rules that a review let pass.
    """

    columns: tuple[str, ...]
    dimensions: int
    rows: int
    repeated: int = 0
    accepted: tuple[str, ...] = ()


#: The rows of a table: labels, then values.
Rows = Sequence[Sequence[Any]]


def check_data(body: bytes, promise: Promise) -> Shape:
    """Judge a response of `/data/<id>`. Raises UnusableResponseError with the reason, and the row if there is one."""
    return check_table(*read_table(body), promise)


def read_table(body: bytes) -> tuple[list[str], Rows]:
    """Return the columns and the rows of a response of `/data/<id>`. Raises UnusableResponseError where it has none."""
    return _table(_parse(body))


def check_table(columns: Sequence[str], rows: Rows, promise: Promise) -> Shape:
    """Judge the columns and rows of a response by themselves, as `check_data` does."""
    dimensions = _count_dimensions(columns, rows, promise)
    _check_measures(columns[2 + dimensions :], promise.metadata)
    repeated = _check_labels(columns, dimensions, rows, promise)
    _check_values(columns, dimensions, rows)
    _check_counts(columns, dimensions, rows, promise.kinds)
    return Shape(tuple(columns), dimensions, len(rows), repeated)


def decode(body: bytes) -> str:
    """Read the bytes as text; a byte-order mark is no fault. Raises UnusableResponseError."""
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnusableResponseError(f"is not UTF-8 (byte {error.start})") from None


def _parse(body: bytes) -> Any:
    text = decode(body)
    try:
        content = json.loads(text, parse_float=_decimal, parse_constant=_no_number, object_pairs_hook=_once)
        if _HALF_RE.search(text):
            # Only a pair of halves is a character; DuckDB cannot read a file with one of them, wherever it stands.
            json.dumps(content, ensure_ascii=False, default=str).encode()
        return content
    except (ValueError, RecursionError) as error:
        start = excerpt(" ".join(text[:_BEGINNING].split()))
        what = "is HTML" if text.lstrip()[:1] == "<" else "is no JSON, or cut off"
        raise UnusableResponseError(f"{what} ({error}); it begins: {start}") from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Make an object of its pairs; a key that comes twice is read in two ways by two readers."""
    content = dict(pairs)
    if len(content) != len(pairs):
        raise ValueError("a key comes twice")
    return content


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise ValueError(f"{text[:40]} is too large") from None


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number")


def _table(content: Any) -> tuple[list[str], list[list[Any]]]:
    """Return columns and rows of content that has the form of a table."""
    if not isinstance(content, dict) or not isinstance(content.get("columns"), list):
        raise UnusableResponseError("has no list 'columns'" + _own_words(content))
    columns, rows = content["columns"], content.get("rows")
    if not isinstance(rows, list):
        raise UnusableResponseError("has no list 'rows'")
    if not all(isinstance(column, str) and column for column in columns) or len(set(columns)) != len(columns):
        raise UnusableResponseError(f"has columns without a label, or twice the same: {excerpt(columns)}")
    if columns[:2] != [PERIOD, AREA]:
        raise UnusableResponseError(f"begins with the columns {excerpt(columns[:2])}; promised are {PERIOD} and {AREA}")
    if not rows:
        raise UnusableResponseError("has no rows")
    for number, row in enumerate(rows, 1):
        if not isinstance(row, list) or len(row) != len(columns):
            text = f"{len(row)} cells" if isinstance(row, list) else "no list"
            raise UnusableResponseError(f"row {number} has {text} where there are {len(columns)} columns")
    return columns, rows


def _own_words(content: Any) -> str:
    """Return what an error response says of itself."""
    cause = content.get("cause") if isinstance(content, dict) else None
    return f"; it says: {excerpt(cause)}" if cause else ""


def _count_dimensions(columns: Sequence[str], rows: Sequence[Sequence[Any]], promise: Promise) -> int:
    """Count the label columns after period and area: text in the first row, as measures never are."""
    labels = 0
    while 2 + labels < len(columns) and isinstance(rows[0][2 + labels], str):
        labels += 1
    if promise.members is not None and labels < len(promise.members):
        raise UnusableResponseError(
            f"has {labels} columns of members; {len(promise.members)} were asked for: {excerpt(columns)}"
        )
    if 2 + labels == len(columns):
        raise UnusableResponseError(f"has no column of numbers: {excerpt(columns)}")
    return labels


def _check_measures(labels: Sequence[str], metadata: Metadata | None) -> None:
    """Check the measures' labels against the groups that the metadata names, where its names lead to labels."""
    if metadata is None or not metadata.mgroups:
        return
    if len(labels) < len(metadata.mgroups):
        raise UnusableResponseError(f"has {len(labels)} columns of numbers where {len(metadata.mgroups)} were promised")
    odd = [label for label in labels if not any(is_of_group(label, name) for _, name in metadata.mgroups)]
    # Where no label at all begins as a group is called, the publisher names them in another way.
    if odd and len(odd) < len(labels):
        raise UnusableResponseError(f"has columns that the table's metadata does not name: {excerpt(odd)}")


def is_of_group(label: str, group_name: str) -> bool:
    """Check whether a column's label is one of a group's: its name, or its name, a colon and the measure's."""
    return label == group_name or label.startswith(group_name + ": ")


def _check_labels(columns: Sequence[str], dimensions: int, rows: Sequence[Sequence[Any]], promise: Promise) -> int:
    """Check periods, areas and members, and that none of their combinations comes twice; return the repeated rows."""
    seen: dict[tuple[Any, ...], int] = {}
    repeated: list[tuple[int, int, tuple[Any, ...]]] = []
    for number, row in enumerate(rows, 1):
        key = tuple(row[: 2 + dimensions])
        if not all(isinstance(label, str) and label.strip() for label in key):
            raise UnusableResponseError(f"row {number} has a blank or a number for a label: {_shown(key)}")
        if key in seen:
            repeated.append((number, seen[key], key))
            continue
        seen[key] = number
    odd = sorted(label for label in {*columns, *chain.from_iterable(seen)} if _UNREADABLE_RE.search(label))
    if odd:
        raise UnusableResponseError(f"has a label with control characters: {_shown(odd[0])}")
    _check_set(columns[0], (row[0] for row in rows), promise.periods)
    _check_set(columns[1], (row[1] for row in rows), promise.areas)
    none = next((row[0] for row in rows if not is_period(row[0])), None)
    if none is not None:
        raise UnusableResponseError(f"has a period that is none: {_shown(none)}")
    missing = sorted((promise.periods or frozenset()) - {row[0] for row in rows})
    if missing:
        raise UnusableResponseError(f"lacks periods that were asked for: {excerpt(', '.join(missing[:5]))}")
    _check_members(columns, [{row[2 + at] for row in rows} for at in range(dimensions)], promise.members)
    if repeated:
        _check_repeated(rows, repeated, seen, promise.metadata)
    return len(repeated)


def _check_repeated(
    rows: Rows,
    repeated: Sequence[tuple[int, int, tuple[Any, ...]]],
    seen: Iterable[tuple[Any, ...]],
    metadata: Metadata | None,
) -> None:
    """Check that rows come twice only since a hierarchy has their label at two levels, a parent and its only child.

    Such rows do no harm where their figures are equal, and nothing tells them apart where they are not.
    """
    shared = _shared_labels(metadata) if metadata else _always_repeated(seen, {key for _, _, key in repeated})
    for number, first, key in repeated:
        text = f"row {number} is a duplicate of row {first}"
        label = next((label for label in reversed(key[2:]) if label in shared), None)
        if list(rows[number - 1]) != list(rows[first - 1]):
            hint = f". Two members share the label {_shown(label)}: ask for a level or for ids in series_tables.csv, "
            hint += "such as _kon=level:2 or _kon=/5/,/11/"
            raise UnusableResponseError(f"{text} with other figures: {_shown(key)}{hint if label else ''}")
        if label is None:
            raise UnusableResponseError(f"{text}: {_shown(key)}")


def _shared_labels(metadata: Metadata) -> set[str]:
    """Return the labels that several values of one hierarchy have."""
    hierarchies = (hierarchy for _, hierarchies in metadata.dimensions for hierarchy in hierarchies)
    counted = (Counter(name for _, name in hierarchy.values) for hierarchy in hierarchies)
    return {name for names in counted for name, count in names.items() if count > 1}


def _always_repeated(seen: Iterable[tuple[Any, ...]], repeated: set[tuple[Any, ...]]) -> set[str]:
    """Return the members' labels of which every row comes again, in several rows: by chance only some would."""
    alone = {label for key in seen if key not in repeated for label in key[2:]}
    return {
        label for label, count in Counter(chain.from_iterable(key[2:] for key in repeated)).items() if count > 1
    } - alone


def _check_members(
    columns: Sequence[str], shown: Sequence[set[str]], promised: Sequence[frozenset[str]] | None
) -> None:
    """Check each column of members against what was asked for, in whatever order they come.

    A dimension that was not asked for may come as a column of its total alone.
    """
    if promised is None:
        for at, labels in enumerate(shown):
            if all(map(_NUMBER_AS_TEXT_RE.fullmatch, labels)):
                raise UnusableResponseError(
                    f"has text for numbers in column {_shown(columns[2 + at])}: {_shown(min(labels))}"
                )
        return
    wanted = list(promised)
    # A column of one label may fit several; the others choose first.
    for at in sorted(range(len(shown)), key=lambda at: -len(shown[at])):
        fitting = next((labels for labels in wanted if shown[at] <= labels), None)
        if fitting is not None:
            wanted.remove(fitting)
        elif len(shown[at]) > 1 or len(shown) == len(promised):
            nearest = max(wanted, key=lambda labels: len(labels & shown[at]), default=frozenset[str]())
            _check_set(columns[2 + at], shown[at], nearest)
    if wanted:
        text = excerpt(", ".join(map(_shown, sorted(wanted[0])[:3])))
        raise UnusableResponseError(f"lacks a column of members that was asked for: {text}")


def _check_set(column: str, labels: Iterable[str], promised: frozenset[str] | None) -> None:
    odd = sorted(set(labels) - promised) if promised is not None else []
    if odd:
        text = excerpt(", ".join(map(_shown, odd[:5]))) + (f" and {len(odd) - 5} more" if len(odd) > 5 else "")  # noqa: PLR2004
        hint = "; areas are known from shared/areas.csv" if column == AREA else ""
        raise UnusableResponseError(
            f"has in column {_shown(column)} what was not asked for or is not known: {text}{hint}"
        )


def _check_values(columns: Sequence[str], dimensions: int, rows: Sequence[Sequence[Any]]) -> None:
    """Check that each cell of a measure is a number that fits, or null."""
    room = 10**_WHOLE_DIGITS
    for at in range(2 + dimensions, len(columns)):
        for number, row in enumerate(rows, 1):
            value = row[at]
            if value is None or (type(value) is int and -room < value < room):
                continue
            if type(value) is Decimal and -room < value < room and value == round(value, _decimals(value)):
                continue
            rule = "is no number" if not isinstance(value, int | Decimal) or isinstance(value, bool) else "does not fit"
            raise UnusableResponseError(f"row {number}, column {_shown(columns[at])}: {_shown(value)} {rule}")


def _check_counts(
    columns: Sequence[str], dimensions: int, rows: Sequence[Sequence[Any]], kinds: Mapping[str, str] | None
) -> None:
    """Check that no count of persons is negative."""
    if kinds is None:
        return
    for at in range(2 + dimensions, len(columns)):
        label = columns[at]
        if kinds.get(label, kind_of(label, unit_of(label), is_reviewed=False)) != PERSONS:
            continue
        row = next((row for row in rows if row[at] is not None and row[at] < 0), None)
        if row is not None:
            where = excerpt(", ".join(map(str, row[: 2 + dimensions])))
            raise UnusableResponseError(
                f"has a negative count of persons, {row[at]}, in column {_shown(label)} of {where}; "
                "a measure that counts no persons is exempted in shared/series_measures.csv (not_persons_reviewed_by)"
            )


def _decimals(value: Decimal) -> int:
    """Return how many decimals a value of this size may have."""
    return _DECIMALS if abs(value) < _EXACT else 0


def _shown(value: object) -> str:
    # Masked before it is cut, as an excerpt is.
    text = masked(" | ".join(map(str, value)) if isinstance(value, tuple) else str(value))[:_LONGEST_LABEL]
    return excerpt(text if isinstance(value, int | Decimal) else repr(text))


def read_metadata(body: bytes) -> Metadata:
    """Read a response of `/table/<id>`. Raises UnusableResponseError."""
    content = _parse(body)
    try:
        return Metadata(
            table_id=str(content["table_id"]),
            table_name=str(content.get("table_name") or ""),
            update_latest=str(content.get("update_latest") or ""),
            update_next=str(content.get("update_next") or ""),
            mgroups=tuple((str(g["mgroup_id"]), str(g["mgroup_name"])) for g in content["mgroups"]),
            periods={
                str(kind["periodtype_id"]): tuple(str(value["period_id"]) for value in kind["values"])
                for kind in content["periods"]
            },
            dimensions=tuple(
                (str(dimension["dimension_id"]), tuple(map(_hierarchy, dimension["hierarchies"])))
                for dimension in content["dimensions"]
            ),
        )
    except (KeyError, TypeError, AttributeError) as error:
        text = f"is no description of a table: it lacks {error}" + _own_words(content)
        raise UnusableResponseError(text) from None


def read_description(body: bytes, table_id: str) -> Metadata:
    """Read a response of `/table/<id>` that was requested of one table. Raises UnusableResponseError."""
    metadata = read_metadata(body)
    if metadata.table_id != table_id:
        raise UnusableResponseError(f"describes another table, {excerpt(metadata.table_id)}")
    return metadata


def _hierarchy(content: Mapping[str, Any]) -> Hierarchy:
    levels = tuple(
        Level(str(level["level_id"]), tuple((str(v["value_id"]), str(v["value_name"])) for v in level["values"]))
        for level in content["levels"]
    )
    return Hierarchy(str(content["hierarchy_id"]), levels)


def read_calendar(body: bytes) -> dict[str, CalendarEntry]:
    """Read a response of `/tables`: what the publisher has, by table id. Raises UnusableResponseError."""
    content = _parse(body)
    try:
        entries = [
            CalendarEntry(
                str(table["table_id"]),
                *(str(table.get(name) or "") for name in ("update_latest", "update_next")),
            )
            for subject in content
            for group in subject["table_groups"]
            for table in group["tables"]
        ]
    except (KeyError, TypeError, AttributeError) as error:
        text = f"is no list of tables: it lacks {error}" + _own_words(content)
        raise UnusableResponseError(text) from None
    return {entry.table_id: entry for entry in entries}


def publisher_time(text: str) -> dt.datetime | None:
    """Read a time of the publisher's calendar (2026-08-19, 2026-08-19T08:00:00, 19-08-2026), Danish time; else None."""
    try:
        day = _DAY_FIRST_RE.match(text)
        time = dt.datetime.fromisoformat("-".join(day.group(3, 2, 1)) + text[day.end() :] if day else text)
    except ValueError:
        return None
    if time.year not in YEARS:
        # 0001-01-01 and 9999-12-31 are how programs write that there is none.
        return None
    return time if time.tzinfo else time.replace(tzinfo=PUBLISHER_ZONE)
