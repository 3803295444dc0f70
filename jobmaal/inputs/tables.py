"""The input tables: which there are, and reading them strictly from CSV.

Belongs here: the schema (declared once, in dbt's `_documents__sources.yml`), reading files as text, and the
rules that hold within and between tables. Does not: what one cell may hold (`cells`), what the numbers
are (`figures`) and whether they add up (`reconcile`).

Everything is text; nothing is guessed. A byte-order mark, Windows line ends and a spreadsheet's `;`
leave no doubt and are read; all else that differs from the schema is a fault, and all faults are told.
"""

from __future__ import annotations

import csv
import functools
import hashlib
import io
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from jobmaal.core.errors import Fault
from jobmaal.core.layout import Layout
from jobmaal.inputs import cells

SHARED_FOLDER = "shared"
#: What the warehouse calls members and sums of its own.
_RESERVED = {"I alt", "Ikke oplyst", "Flere enheder", "(several)"}
_INTEGER_RE = re.compile(r"^-?[0-9]{1,9}$")
_DELIMITERS = (",", ";", "\t")
# A cell may be as long as whoever typed it meant it to be; the module's own limit is 128 KB.
csv.field_size_limit(2**31 - 1)


@dataclass(frozen=True)
class Column:
    """A column of an input table, with the rules for its cells."""

    name: str
    required: bool = False
    optional: bool = False
    type: str = "text"
    allowed: tuple[str, ...] = ()
    references: str = ""
    least: int | None = None
    greatest: int | None = None


@dataclass(frozen=True)
class Table:
    """An input table: `scope` is `document` (a file in each document's folder) or `shared`."""

    name: str
    scope: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]

    @functools.cached_property
    def column_names(self) -> tuple[str, ...]:
        """The columns' names in order."""
        return tuple(column.name for column in self.columns)

    @property
    def has_figures(self) -> bool:
        """Whether the table carries numbers printed in a document."""
        return "figure_id" in self.column_names and "printed" in self.column_names


@dataclass(frozen=True)
class Row:
    """One row as text. `document_id` is blank in a shared table; `file` is relative to the seeds' parent."""

    document_id: str
    file: str
    line: int
    cells: dict[str, str]

    def __getitem__(self, column: str) -> str:
        """Return a cell; an optional column that the file leaves out is blank."""
        return self.cells.get(column, "")

    def fault(self, column: str, rule: str) -> Fault:
        """Return the fault of a cell that breaks a rule."""
        return Fault(self.file, self.line, column, self[column] if column else "", rule)


@dataclass
class Input:
    """All input tables as read: rows by table name, and the sha256 of every file. `folder` is the seeds' name."""

    schema: dict[str, Table]
    folder: str = "seeds"
    rows: dict[str, list[Row]] = field(default_factory=dict)
    sha256: dict[str, str] = field(default_factory=dict)
    #: The rows of each table by document, with the number of rows that they were sorted from.
    _sorted: dict[str, tuple[int, dict[str, list[Row]]]] = field(default_factory=dict, init=False, repr=False)

    def of(self, table: str, document_id: str | None = None) -> list[Row]:
        """Return a table's rows, of one document where one is named."""
        rows = self.rows.get(table, [])
        if document_id is None:
            return rows
        count, by_document = self._sorted.get(table, (-1, {}))
        if count != len(rows):
            by_document = {}
            for row in rows:
                by_document.setdefault(row.document_id, []).append(row)
            self._sorted[table] = len(rows), by_document
        return list(by_document.get(document_id, ()))

    @property
    def document_ids(self) -> list[str]:
        """The documents, in the order of `documents.csv`."""
        return [row["document_id"] for row in self.of("documents")]


@functools.cache
def read_schema(path: Path) -> dict[str, Table]:
    """Read the declaration of the input tables. The libyaml loader keeps `jobmaal check` quick."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    declared = yaml.load(path.read_text(encoding="utf-8"), Loader=loader)
    return {table.name: table for table in map(_table, declared["sources"][0]["tables"]) if table.scope}


def _meta(node: dict[str, Any]) -> dict[str, Any]:
    meta: dict[str, Any] = node.get("config", {}).get("meta", {})
    return meta


def _table(node: dict[str, Any]) -> Table:
    meta = _meta(node)
    return Table(
        name=node["name"],
        scope=meta.get("scope", ""),
        key=tuple(meta.get("key", ())),
        columns=tuple(
            Column(
                name=column["name"],
                required=m.get("required", False),
                optional=m.get("optional", False),
                type=m.get("type", "text"),
                allowed=tuple(m.get("in", ())),
                references=m.get("references", ""),
                least=m.get("min"),
                greatest=m.get("max"),
            )
            for column in node["columns"]
            if not column["name"].startswith("_")
            for m in (_meta(column),)
        ),
    )


def inspect(layout: Layout) -> tuple[Input, list[Fault]]:
    """Read what can be read of the input tables, and give it with every fault that was found."""
    found = Input(schema=read_schema(layout.input_schema), folder=layout.seeds.name)
    faults = list(_read_all(layout.seeds, found))
    # Keys and references only mean something where every file could be read.
    in_form = not faults
    faults += _check_rows(found)
    if in_form:
        faults += _check_keys(found)
        faults += _check_references(found)
        faults += _check_meaning(found)
    return found, faults


def _read_all(seeds: Path, found: Input) -> Iterator[Fault]:
    """Read every file that there must be; say what is missing or does not belong."""
    if not seeds.is_dir():
        yield Fault(str(seeds), 0, "", "", "is no folder: the input tables are looked for here")
        return
    yield from _read_folder(seeds, SHARED_FOLDER, "", found)
    declared = set(found.document_ids)
    folders = {p.name for p in seeds.iterdir() if p.is_dir() and not p.name.startswith(".")} - {SHARED_FOLDER}
    for path in sorted(p for p in seeds.iterdir() if p.is_file() and not _is_aside(p)):
        yield Fault(f"{seeds.name}/{path.name}", 0, "", "", "lies beside the folders, where nothing is read")
    for name in sorted(folders - declared):
        yield Fault(f"{seeds.name}/{name}", 0, "", "", "is no document of shared/documents.csv; add a row there")
    for name in sorted(declared - folders):
        yield Fault(f"{seeds.name}/{name}", 0, "", "", "is a document of shared/documents.csv, but has no folder")
    for name in sorted(declared & folders):
        yield from _read_folder(seeds, name, name, found)


def _read_folder(seeds: Path, folder: str, document_id: str, found: Input) -> Iterator[Fault]:
    scope = "document" if document_id else "shared"
    tables = {table.name: table for table in found.schema.values() if table.scope == scope}
    for path in sorted((seeds / folder).iterdir() if (seeds / folder).is_dir() else []):
        if path.name not in {f"{name}.csv" for name in tables} and not _is_aside(path):
            hint = "is no input table; the tables are " + ", ".join(sorted(tables))
            yield Fault(f"{seeds.name}/{folder}/{path.name}", 0, "", "", hint)
    for table in tables.values():
        name = f"{seeds.name}/{folder}/{table.name}.csv"
        path = seeds / folder / f"{table.name}.csv"
        rows = found.rows.setdefault(table.name, [])
        if not path.is_file():
            yield Fault(name, 0, "", "", f"is missing; its header is {','.join(table.column_names)}")
            continue
        content = path.read_bytes()
        found.sha256[name] = hashlib.sha256(content).hexdigest()
        faults: list[Fault] = []
        rows.extend(_read_file(name, content, table, document_id, faults))
        yield from faults


def _is_aside(path: Path) -> bool:
    """Check whether a file may lie among the tables without being one."""
    return path.name.startswith(".") or path.suffix == ".md"


def _read_file(name: str, content: bytes, table: Table, document_id: str, faults: list[Fault]) -> Iterator[Row]:
    """Read one file's rows; what cannot be read becomes a fault. Line 0 means the whole file."""
    text = _decode(name, content, faults)
    if text is None:
        return
    header_line = text.split("\n", 1)[0]
    delimiter = max(_DELIMITERS, key=header_line.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        header = [cell.strip() for cell in next(reader)]
        named = [*header]
        while named and not named[-1]:
            named.pop()
        problem = _header_problem(named, table)
        if problem:
            faults.append(Fault(name, 0, "", "", problem))
            return
        # The lines that end in a delimiter too many: a spreadsheet writes one for each column that it takes for used.
        trailing = [1] if named != header else []
        line = reader.line_num + 1
        for values in reader:
            at, line = line, reader.line_num + 1
            if not any(value.strip() for value in values):
                continue
            width = len(values)
            if width > len(named) and not any(value.strip() for value in values[len(named) :]):
                trailing.append(at)
            elif width != len(named):
                rule = f"has {width} cells where the header has {len(named)} columns"
                faults.append(Fault(name, at, "", "", rule))
                continue
            composed = (unicodedata.normalize("NFC", value).strip() for value in values)
            yield Row(document_id, name, at, dict(zip(named, composed, strict=False)))
        if trailing:
            faults.append(_trailing_fault(name, trailing, delimiter))
    except csv.Error as error:
        faults.append(Fault(name, 0, "", "", f"is no CSV from line {reader.line_num} on: {error}"))


def _trailing_fault(name: str, lines: list[int], delimiter: str) -> Fault:
    """Return one fault for all lines of a file that end in an empty column without a name."""
    mark = "tab" if delimiter == "\t" else f"'{delimiter}'"
    those = f"line {lines[0]}" if len(lines) == 1 else f"{len(lines)} lines, from {lines[0]} to {lines[-1]},"
    rule = (
        f"{those} end{'s' if len(lines) == 1 else ''} in an empty column without a name: remove the {mark} at the end"
    )
    return Fault(name, lines[0], "", "", rule)


def _decode(name: str, content: bytes, faults: list[Fault]) -> str | None:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        shown = content[error.start : error.start + 1].hex()
        rule = f"is not UTF-8: byte 0x{shown} in line {line}; save the file as 'CSV UTF-8'"
        faults.append(Fault(name, 0, "", "", rule))
        return None
    if not text.strip():
        faults.append(Fault(name, 0, "", "", "is empty; at least the header must stand there"))
        return None
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        rule = f"holds zero bytes, so it is no text (the first in line {line}); save the file as 'CSV UTF-8'"
        faults.append(Fault(name, 0, "", "", rule))
        return None
    return text


def _header_problem(header: list[str], table: Table) -> str:
    """Return what is wrong with a header, or nothing. The order of the columns is free."""
    known, seen = set(table.column_names), set(header)
    if not known & seen:
        return f"is no CSV of this table: its first line must be the header {','.join(table.column_names)}"
    needed = {column.name for column in table.columns if not column.optional}
    problems = []
    if needed - seen:
        problems.append("lacks the column(s) " + ", ".join(c for c in table.column_names if c in needed - seen))
    if "" in seen:
        problems.append(f"has a column without a name in place {header.index('') + 1}; name it, or remove it")
    if seen - known - {""}:
        problems.append("has the unknown column(s) " + ", ".join(sorted(seen - known - {""})))
    if twice := sorted({c for c in header if c and header.count(c) > 1}):
        problems.append("names a column twice: " + ", ".join(twice))
    return "; ".join(problems)


def _check_rows(found: Input) -> Iterator[Fault]:
    """Check each cell by itself."""
    for table in found.schema.values():
        for row in found.of(table.name):
            for column in table.columns:
                rule = _cell_problem(row[column.name], column)
                if rule:
                    yield row.fault(column.name, rule)


def _cell_problem(value: str, column: Column) -> str | None:
    """Return which rule a cell breaks, or None."""
    if not value:
        return "may not be blank" if column.required else None
    if column.allowed and value not in column.allowed:
        return f"must be one of {', '.join(column.allowed)}"
    problem = cells.problem(value, column.type)
    if problem is None and column.least is not None and int(value) < column.least:
        return f"must be at least {column.least}"
    if problem is None and column.greatest is not None and int(value) > column.greatest:
        return f"must be at most {column.greatest}"
    return problem


def _check_keys(found: Input) -> Iterator[Fault]:
    """Check that no key comes twice, and no figure id anywhere in a document."""
    for table in found.schema.values():
        first: dict[tuple[str, ...], Row] = {}
        for row in found.of(table.name):
            key = (row.document_id, *(row[column] for column in table.key))
            if key in first:
                rule = f"stands already in line {first[key].line}: {' + '.join(table.key)} must be unique"
                yield row.fault(table.key[0], rule)
            first.setdefault(key, row)
    for document_id in found.document_ids:
        seen: dict[str, Row] = {}
        for row in _figure_rows(found, document_id):
            other = seen.setdefault(row["figure_id"], row)
            # Within one table the key has said it already.
            if other is not row and other.file != row.file:
                rule = f"stands already in {other.file}:{other.line}: a figure's id is unique in its document"
                yield row.fault("figure_id", rule)


def _figure_rows(found: Input, document_id: str) -> Iterator[Row]:
    for table in found.schema.values():
        if table.has_figures:
            yield from (row for row in found.of(table.name, document_id) if row["figure_id"])


def _check_references(found: Input) -> Iterator[Fault]:
    """Check that whatever a cell names is there."""
    there: dict[tuple[str, str], set[str]] = defaultdict(set)
    for table in found.schema.values():
        for row in found.of(table.name):
            for name in table.column_names:
                there[row.document_id, f"{table.name}.{name}"].add(row[name])
    for document_id in found.document_ids:
        there[document_id, "*.figure_id"] = {r["figure_id"] for r in _figure_rows(found, document_id)}
    for table in found.schema.values():
        for column in (column for column in table.columns if column.references):
            for row in (row for row in found.of(table.name) if row[column.name]):
                document_id, value = _referred(found, table, column, row)
                if value not in there[document_id, column.references]:
                    home = f"{SHARED_FOLDER}/{column.references.partition('.')[0]}.csv"
                    home = f"the document '{document_id}'" if document_id else home
                    yield row.fault(column.name, f"is unknown: there is no such {column.references} in {home}")


def _referred(found: Input, table: Table, column: Column, row: Row) -> tuple[str, str]:
    """Return in which document (blank: among the shared tables) a reference is to be looked up, and what."""
    value = row[column.name]
    target = found.schema.get(column.references.partition(".")[0])
    if target is not None and target.scope == "shared":
        return "", value
    if ":" in value and (column.references == "*.figure_id" or column.name == "supersedes"):
        document_id, _, figure_id = value.partition(":")
        return document_id, figure_id
    return row["document_id"] if table.scope == "shared" else row.document_id, value


def _check_meaning(found: Input) -> Iterator[Fault]:
    """Check what only makes sense across the cells of a row or the rows of a table."""
    for document_id in found.document_ids:
        rows = found.of("agreement", document_id)
        if len(rows) != 1:
            file = f"{found.folder}/{document_id}/agreement.csv"
            yield Fault(file, 0, "", "", f"must have exactly one row, has {len(rows)}")
    for table in found.schema.values():
        for row in found.of(table.name):
            if "year_from" in table.column_names:
                yield from _check_years(row)
            if table.has_figures and len({bool(row[c]) for c in ("figure_id", "printed", "unit")}) > 1:
                yield row.fault("printed", "must be given together with figure_id and unit, or not at all")
    for table_name, column in (
        ("accounts", "account_id"),
        ("budget_lines", "theme_name"),
        ("budget_totals", "theme_name"),
    ):
        for row in (row for row in found.of(table_name) if row[column] in _RESERVED):
            yield row.fault(column, "is what the warehouse calls a member of its own; choose another name")
    wholes = {(r.document_id, r["figure_id"]): r for r in found.of("budget_lines")}
    for row in found.of("budget_lines"):
        whole = wholes.get((row.document_id, row["part_of"])) if row["part_of"] else None
        if whole is not None and (whole is row or whole["part_of"]):
            yield row.fault("part_of", "must name a line that is itself no part")
        if whole is not None and not whole["is_split_complete"]:
            yield whole.fault("is_split_complete", f"must be yes or no, since line {row.line} is a part of this one")
    yield from _check_totals(found)
    yield from _check_targets(found)
    yield from _check_claims(found)


def _check_years(row: Row) -> Iterator[Fault]:
    start, end = row["year_from"], row["year_to"]
    if not all(_INTEGER_RE.match(year) for year in (start, end) if year):
        return
    if bool(start) != bool(end):
        yield row.fault("year_to" if start else "year_from", "must be given with the other year, or neither")
    elif start and int(start) > int(end):
        yield row.fault("year_to", f"is before year_from ({start})")
    if row["basis"] == "yearly" and not start:
        yield row.fault("year_from", "may not be blank where basis is yearly")


def _check_totals(found: Input) -> Iterator[Fault]:
    """Check that no two totals of one scope are for the same year, since one of them implies the other."""
    seen: dict[tuple[str, ...], list[Row]] = defaultdict(list)
    for row in found.of("budget_totals"):
        scope = (row.document_id, row["theme_name"], row["line_name"], row["account_id"])
        for other in seen[scope]:
            if row["year_from"] <= other["year_to"] and other["year_from"] <= row["year_to"]:
                rule = (
                    f"overlaps line {other.line}, a total of the same scope; write one of them as a figure and a claim"
                )
                yield row.fault("year_from", rule)
        seen[scope].append(row)


def _check_targets(found: Input) -> Iterator[Fault]:
    """Check that a target's kind, comparator and dates go together, and that a standing is in the target's unit."""
    targets = {(row.document_id, row["figure_id"]): row for row in found.of("targets")}
    for row in targets.values():
        if (row["target_kind"] == "deadline") != (row["comparator"] == "by_date"):
            yield row.fault("comparator", "by_date goes with the kind deadline, and with no other")
        if row["target_kind"] == "beat_area" and not row["area_name"]:
            yield row.fault("area_name", "may not be blank for the kind beat_area")
        if row["due_date"] and row["due_year"] and not row["due_date"].startswith(row["due_year"]):
            yield row.fault("due_date", f"lies in another year than due_year ({row['due_year']})")
    for row in found.of("target_status"):
        target = targets.get((row.document_id, row["target_id"]))
        if target is not None and "tekst" not in (row["unit"], target["unit"]) and row["unit"] != target["unit"]:
            yield row.fault("unit", f"must be that of the target: '{target['unit']}'")


def _check_claims(found: Input) -> Iterator[Fault]:
    with_terms = {(row.document_id, row["claim_id"]) for row in found.of("claim_terms")}
    for row in found.of("claims"):
        if bool(row["counted"]) == ((row.document_id, row["claim_id"]) in with_terms):
            yield row.fault("counted", "a claim has either something counted or rows in claim_terms.csv, not both")
    for row in found.of("claim_terms"):
        if bool(row["figure_id"]) == bool(row["constant"]):
            yield row.fault("figure_id", "a term has either a figure or a constant")
        if row["operation"] == "/" and row["constant"] == "0":
            yield row.fault("constant", "cannot divide by zero")
    for row in found.of("known_faults"):
        if bool(row["other_reading"]) != bool(row["other_reading_da"]):
            blank = "other_reading_da" if row["other_reading"] else "other_reading"
            yield row.fault(blank, "must be given in both languages, or in neither")
        for column, other in (("reason", "other_reading"), ("explanation_da", "other_reading_da")):
            if row[other] and (row[other] == row[column] or not any(c.isalpha() for c in row[other])):
                yield row.fault(other, f"must be another reading in words than '{column}'; leave it blank without one")
