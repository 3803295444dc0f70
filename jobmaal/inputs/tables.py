"""The input tables: which there are, and their rows.

Belongs here: the declaration (written once, in dbt's `_documents__sources.yml`), which files a folder may have, and
what each cell, key and reference must be. Does not: how a file is read (`csv_files`), what one cell may hold (`cells`),
what must hold between cells and rows (`rules`), nor what the numbers are (`documents.figures`).

Everything is text; nothing is guessed, and all faults are reported at once.
"""

import functools
import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from jobmaal.core.errors import Fault
from jobmaal.core.layout import Layout
from jobmaal.inputs import cells, csv_files, expressions

SHARED_FOLDER = "shared"
#: The words of the declaration that are no names in Python.
_FIELDS = {"in": "allowed", "min": "least", "max": "greatest"}


@dataclass(frozen=True)
class Column:
    """A column of an input table, with the rules for its cells.

    An optional one may be left out of the file; `across` is whether a reference may name another document's figure.
    """

    name: str
    required: bool = False
    optional: bool = False
    type: str = "text"
    allowed: Sequence[str] = ()
    references: str = ""
    across: bool = False
    least: int | None = None
    greatest: int | None = None


@dataclass(frozen=True)
class Table:
    """An input table: `scope` is `document` (a file that each document's folder may have) or `shared`.

    `is_loaded` is whether the warehouse has the table; without it, only the check against the text editions reads it.
    """

    name: str
    columns: tuple[Column, ...]
    scope: str
    key: Sequence[str]
    optional: bool = False
    is_loaded: bool = True

    @functools.cached_property
    def column_names(self) -> tuple[str, ...]:
        """The columns' names in order."""
        return tuple(column.name for column in self.columns)

    @property
    def has_figures(self) -> bool:
        """Whether the table carries numbers printed in a document."""
        return {"figure_id", "printed"} <= set(self.column_names)


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

    @property
    def table(self) -> str:
        """The table's name."""
        return self.file.rpartition("/")[2].removesuffix(".csv")

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
    _by_document: dict[str, dict[str, list[Row]]] = field(default_factory=dict, init=False, repr=False)

    def of(self, table: str, document_id: str | None = None) -> list[Row]:
        """Return a table's rows, of one document where one is named."""
        rows = self.rows.get(table, [])
        if document_id is None:
            return rows
        if table not in self._by_document:
            by_document = self._by_document[table] = defaultdict(list)
            for row in rows:
                by_document[row.document_id].append(row)
        return self._by_document[table].get(document_id, [])

    def figures(self, document_id: str | None = None) -> list[Row]:
        """Return the rows that carry a figure, from all tables, of one document where one is named."""
        tables = [table.name for table in self.schema.values() if table.has_figures]
        return [row for table in tables for row in self.of(table, document_id) if row["figure_id"]]

    def by(self, table: str, column: str) -> dict[tuple[str, str], Row]:
        """Return the rows of a table by document and by a column that differs in each row of a document."""
        return {(row.document_id, row[column]): row for row in self.of(table)}

    @property
    def document_ids(self) -> list[str]:
        """The documents, in the order of `documents.csv`."""
        return [row["document_id"] for row in self.of("documents")]


@functools.cache
def read_schema(path: Path, *, for_editions: bool = False) -> dict[str, Table]:
    """Return the input tables as declared. `for_editions`: also those that are not loaded.

    The libyaml loader keeps `jobmaal check` quick.
    """
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    declared = yaml.load(path.read_text(encoding="utf-8"), Loader=loader)
    tables = [_table(node) for node in declared["sources"][0]["tables"] if "scope" in _meta(node)]
    return {table.name: table for table in tables if table.is_loaded or for_editions}


def _meta(node: dict[str, Any]) -> dict[str, Any]:
    meta = node.get("config", {}).get("meta", {})
    return {_FIELDS.get(name, name): value for name, value in meta.items()}


def _table(node: dict[str, Any]) -> Table:
    columns = tuple(Column(c["name"], **_meta(c)) for c in node["columns"] if not c["name"].startswith("_"))
    return Table(node["name"], columns, is_loaded=node["config"].get("enabled", True), **_meta(node))


@dataclass(frozen=True)
class Snapshot:
    """What was under `seeds/` at one moment: by its name there, the bytes of a CSV, None of anything else.

    The name of a folder ends in a slash. `entries` is None where `seeds/` itself is no folder.
    """

    seeds: Path
    schema: Path
    entries: tuple[tuple[str, bytes | None], ...] | None


def snapshot(layout: Layout) -> Snapshot:
    """Return the bytes of all input tables."""
    seeds = layout.seeds
    if not seeds.is_dir():
        return Snapshot(seeds, layout.input_schema, None)
    paths = sorted(path for path in (*seeds.glob("*"), *seeds.glob("*/*")) if not _is_aside(path, seeds))
    contents = (path.read_bytes() if path.is_file() and path.suffix == ".csv" else None for path in paths)
    names = (f"{path.relative_to(seeds)}{'/' * path.is_dir()}" for path in paths)
    return Snapshot(seeds, layout.input_schema, tuple(zip(names, contents, strict=True)))


def _is_aside(path: Path, seeds: Path) -> bool:
    """Check whether a file may be among the tables without being one."""
    return path.suffix == ".md" or any(part.startswith(".") for part in path.relative_to(seeds).parts)


def inspect(layout: Layout, *, for_editions: bool = False) -> tuple[Input, list[Fault]]:
    """Return what can be read of the input tables, with every fault of a file, cell, key or reference."""
    found, faults = inspect_snapshot(snapshot(layout), for_editions=for_editions)
    return found, [*faults]


@functools.lru_cache(maxsize=2)
def inspect_snapshot(files: Snapshot, *, for_editions: bool = False) -> tuple[Input, tuple[Fault, ...]]:
    """Return what can be read of a snapshot, with its faults.

    The result is kept for the process by the bytes of all files, so nobody may change it. A refresh asks for the
    tables in several of its steps: they are parsed in the first one, and again only where a file was edited since.
    """
    found = Input(read_schema(files.schema, for_editions=for_editions), files.seeds.name)
    faults = list(_read_all(files, found))
    # Keys and references only mean something where every file could be read.
    checks = [_cell_faults] if faults else [_cell_faults, _key_faults, _reference_faults]
    return found, (*faults, *(fault for check in checks for fault in check(found)))


def _read_all(files: Snapshot, found: Input) -> Iterator[Fault]:
    """Read every file; yield a fault for each that is missing, does not belong or cannot be read."""
    folder = files.seeds.name
    if files.entries is None:
        yield Fault(str(files.seeds), 0, "", "", "is no folder: the input tables are looked for here")
        return
    entries = dict(files.entries)
    yield from _read_folder(files, SHARED_FOLDER, "", entries, found)
    folders = {name[:-1] for name in entries if name.endswith("/") and name.count("/") == 1} - {SHARED_FOLDER}
    declared = set(found.document_ids)
    for name in (name for name in entries if "/" not in name):
        yield Fault(f"{folder}/{name}", 0, "", "", "is beside the folders, where nothing is read")
    for name in sorted(folders - declared):
        yield Fault(f"{folder}/{name}", 0, "", "", "is no document of shared/documents.csv; add a row there")
    for name in sorted(declared - folders):
        yield Fault(f"{folder}/{name}", 0, "", "", "is a document of shared/documents.csv, but has no folder")
    for name in sorted(declared & folders):
        yield from _read_folder(files, name, name, entries, found)


def _read_folder(
    files: Snapshot, folder: str, document_id: str, entries: dict[str, bytes | None], found: Input
) -> Iterator[Fault]:
    scope = "document" if document_id else "shared"
    known = [t for t in read_schema(files.schema, for_editions=True).values() if t.scope == scope]
    names = {f"{folder}/{table.name}.csv" for table in known}
    for name, content in entries.items():
        # A link to nothing has no content either.
        if name.startswith(f"{folder}/") and name != f"{folder}/" and (content is None or name not in names):
            rule = "is no input table; the tables are " + ", ".join(sorted(table.name for table in known))
            yield Fault(f"{files.seeds.name}/{name.rstrip('/')}", 0, "", "", rule)
    for table in (table for table in known if table.name in found.schema):
        file = f"{files.seeds.name}/{folder}/{table.name}.csv"
        rows = found.rows.setdefault(table.name, [])
        content = entries.get(f"{folder}/{table.name}.csv")
        if content is None:
            if not (table.optional or document_id):
                yield Fault(file, 0, "", "", f"is missing; its header is {','.join(table.column_names)}")
            continue
        found.sha256[file] = hashlib.sha256(content).hexdigest()
        faults: list[Fault] = []
        needed = {column.name for column in table.columns if not column.optional}
        read = csv_files.read(file, content, table.column_names, needed, faults)
        rows += [Row(document_id, file, line, values) for line, values in read]
        yield from faults


def _cell_faults(found: Input) -> Iterator[Fault]:
    """Yield a fault for each cell that breaks a rule of its column."""
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


def _key_faults(found: Input) -> Iterator[Fault]:
    """Yield a fault for each key that comes twice, and for each figure id that two tables of a document have."""
    for table in found.schema.values():
        for row, first in repeats(found.of(table.name), table.key):
            rule = f"stands already in line {first.line}: {' + '.join(table.key)} must be unique"
            yield row.fault(table.key[0], rule)
    for row, first in repeats(found.figures(), ["figure_id"]):
        # Within one table the key has reported it already.
        if first.file != row.file:
            rule = f"stands already in {first.file}:{first.line}: a figure's id is unique in its document"
            yield row.fault("figure_id", rule)


def repeats(rows: Iterable[Row], columns: Sequence[str]) -> Iterator[tuple[Row, Row]]:
    """Yield each row that has these cells in common with an earlier row of its document, with the first of those."""
    first: dict[tuple[str, ...], Row] = {}
    for row in rows:
        other = first.setdefault((row.document_id, *(row[column] for column in columns)), row)
        if other is not row:
            yield row, other


def _reference_faults(found: Input) -> Iterator[Fault]:
    """Yield a fault for each name of something that does not exist."""
    there: dict[tuple[str, str], set[str]] = defaultdict(set)
    for table in found.schema.values():
        for row in found.of(table.name):
            for name in table.column_names:
                there[row.document_id, f"{table.name}.{name}"].add(row[name])
    for row in found.figures():
        there[row.document_id, "*.figure_id"].add(row["figure_id"])
    for table in found.schema.values():
        for column in (column for column in table.columns if column.references):
            for row in (row for row in found.of(table.name) if row[column.name]):
                for document_id, value, name in _referred(found, table, column, row):
                    if value not in there[document_id, column.references]:
                        home = f"{SHARED_FOLDER}/{column.references.partition('.')[0]}.csv"
                        home = f"the document '{document_id}'" if document_id else home
                        which = "" if name == row[column.name] else f"'{name}' "
                        rule = f"{which}is unknown: there is no such {column.references} in {home}"
                        yield row.fault(column.name, rule)


def _referred(found: Input, table: Table, column: Column, row: Row) -> Iterator[tuple[str, str, str]]:
    """Yield in which document (blank: among the shared tables) a name is to be looked up, what, and the name."""
    names = expressions.figure_ids(row[column.name]) if column.type == "expression" else [row[column.name]]
    target = found.schema.get(column.references.partition(".")[0])
    for name in names:
        if target is not None and target.scope == "shared":
            yield "", name, name
        elif ":" in name and column.across:
            document_id, _, figure_id = name.partition(":")
            yield document_id, figure_id, name
        else:
            yield row["document_id"] if table.scope == "shared" else row.document_id, name, name
