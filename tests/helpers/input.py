"""What tests of the input need: seeds in a folder of their own, spoilt on purpose or written from nothing.

Belongs here: writing, copying and editing input tables, running a command on them, and a release to watch.
Does not: any assertion about what the project makes of them.
"""

import csv
import io
import os
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import cast

from click.testing import CliRunner, Result

from jobmaal.cli import main
from jobmaal.core.errors import Fault, FaultyInputError
from jobmaal.core.layout import PROJECT, Layout
from jobmaal.inputs import csv_files, rules
from jobmaal.inputs.tables import Input, Table, inspect, read_schema

Cells = Mapping[str, str]

#: The one document of the small seeds.
DOC = "aftale_2007"
#: The municipality of the small seeds.
CITY: Cells = {
    "area_name": "København", "area_type": "municipality", "municipality_code": "101",
    "region_name": "Region Hovedstaden",
}  # fmt: skip
#: What a cell of these columns says where a test does not care.
_DEFAULTS = {
    "locator": "s. 1", "line": "1", "unit": "kr.", "basis": "whole", "printed": "1", "year_from": "2007",
    "year_to": "2007", "theme_name": "", "entered_by": "test", "reviewed_by": "test", "reviewed_on": "2026-01-01",
    "reason": "other", "explanation_da": "andet", "scope": "the scope", "scope_da": "emnet", "what": "the number",
    "item_name": "an item",
    "initiative_name": "An initiative", "is_number_printed": "yes", "target_name": "The target",
    "target_level": "result", "target_kind": "count", "comparator": "at_least", "agreement_name": "Aftalen",
    "status": "adopted", "document_title": "Aftalen", "text_sha256": "0" * 64, "claim_kind": "product",
    "stated_status": "", "member": "I alt", "is_total": "yes", "role": "responsible",
    "target_group_name": "The group", "measure_name": "The measure", "unit_name": "The unit", "unit_type": "office",
    "account_name": "The account", "area_type": "country", "municipality_name": "København",
}  # fmt: skip


def schema() -> dict[str, Table]:
    """Return the input tables as the project declares them, with those that only the text editions need."""
    return read_schema(Layout(PROJECT, PROJECT).input_schema, for_editions=True)


def csv_text(header: Sequence[str], rows: Iterable[Sequence[str]], delimiter: str = ",", end: str = "\n") -> str:
    """Write rows as a spreadsheet would."""
    out, rows = io.StringIO(), [header, *rows]
    # Of line ends the module puts only those in quotes that it writes itself.
    is_quoted = any("\r" in cell for row in rows for cell in row)
    dialect = csv.unix_dialect if is_quoted else csv.excel
    csv.writer(out, dialect, delimiter=delimiter, lineterminator=end).writerows(rows)
    return out.getvalue()


def write_table(seeds: Path, folder: str, table: str, rows: Iterable[Cells]) -> None:
    """Write one table with all its columns; cells that a row leaves out hold what does no harm."""
    header = schema()[table].column_names
    # A group has a size only where the test gives one.
    bare = table == "target_groups"
    usual = {c: "" if bare and c in ("printed", "unit") else _DEFAULTS.get(c, "") for c in header}
    if table in ("courses", "actual_courses"):
        usual["unit"] = "forløb"
    filled = [[row.get(column, usual[column]) for column in header] for row in rows]
    (seeds / folder).mkdir(parents=True, exist_ok=True)
    (seeds / folder / f"{table}.csv").write_text(csv_text(header, filled), encoding="utf-8")


def write_seeds(root: Path, documents: Mapping[str, Mapping[str, Sequence[Cells]]]) -> Layout:
    """Write seeds with these documents, two accounts, a unit and an area, and no file without rows that need not exist.

    The content of a document may have rows of shared tables, which replace the usual ones, and one row of `documents`.
    """
    layout = Layout(root / "seeds", root / "data")
    shared: dict[str, Sequence[Cells]] = {
        "accounts": [{"account_id": "adm"}, {"account_id": "indsats"}],
        "units": [{"unit_id": "jobcenter", "unit_name": "Jobcentret"}],
        "unit_aliases": [{"alias": "Jobcentret", "unit_id": "jobcenter"}],
        "areas": [{"area_name": "Hele landet"}],
    }
    of_scope = {table.name: table.scope for table in schema().values()}
    required = [table.name for table in schema().values() if table.scope == "shared" and not table.optional]
    about: list[Cells] = []
    for name, content in documents.items():
        about.append({"document_id": name, **content.get("documents", [{}])[0]})
        (layout.seeds / name).mkdir(parents=True)
        for table, rows in content.items():
            if of_scope[table] == "shared":
                shared[table] = rows
            elif rows:
                write_table(layout.seeds, name, table, rows)
    if CITY["area_name"] not in {area["area_name"] for area in shared["areas"]}:
        shared["areas"] = [*shared["areas"], CITY]
    for table in {**dict.fromkeys(required), **shared}:
        write_table(layout.seeds, "shared", table, about if table == "documents" else shared.get(table, []))
    return layout


def copy_project_seeds(root: Path, name: str = "seeds") -> Layout:
    """Copy the project's own input tables, to be spoilt."""
    layout = Layout(root / name, root / "data")
    shutil.copytree(PROJECT / "seeds", layout.seeds)
    return layout


def rewrite(path: Path, change: Callable[[list[str], list[list[str]]], None], delimiter: str = ",") -> None:
    """Change a table's header and rows in place."""
    header, *rows = csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline=""))
    change(header, rows)
    path.write_text(csv_text(header, rows, delimiter), encoding="utf-8", newline="")


def row_of(path: Path, column: str, value: str) -> tuple[int, dict[str, str]]:
    """Return in which line the first row with this cell starts, and the row."""
    for line, cells in csv_files.read(path.name, path.read_bytes(), schema()[path.stem].column_names, set(), []):
        if cells[column] == value:
            return line, cells
    raise LookupError(f"no row of {path} has {column} = {value}")


def edit(path: Path, key: tuple[str, str], column: str, value: str) -> int:
    """Put a value into the row that the key (column, value) names; return the row's line."""
    line, _ = row_of(path, *key)

    def change(header: list[str], rows: list[list[str]]) -> None:
        row = next(row for row in rows if row and row[header.index(key[0])] == key[1])
        row[header.index(column)] = value

    rewrite(path, change)
    return line


def append(path: Path, cells: Cells) -> int:
    """Add a row at the end, to a new file where there is none; return its line."""
    if not path.exists():
        path.write_text(csv_text(schema()[path.stem].column_names, []), encoding="utf-8")

    def change(header: list[str], rows: list[list[str]]) -> None:
        rows.append([cells.get(column, "") for column in header])

    rewrite(path, change)
    return len(path.read_text(encoding="utf-8").splitlines())


def faults_of(layout: Layout) -> list[Fault]:
    """Return the faults of the input tables, but for those of their numbers."""
    found, faults = inspect(layout, for_editions=True)
    return sorted({*faults, *rules.inspect(found)})


def read_table(layout: Layout, content: bytes, table: str = "accounts") -> Input:
    """Return the seeds with one shared table's file replaced. Raises FaultyInputError."""
    (layout.seeds / "shared" / f"{table}.csv").write_bytes(content)
    found, faults = inspect(layout)
    if faults:
        raise FaultyInputError(faults)
    return found


@contextmanager
def without_modules(*names: str) -> Iterator[None]:
    """Make these modules impossible to import; other modules that are imported meanwhile stay."""
    there = {name: sys.modules[name] for name in names if name in sys.modules}
    # None is how Python itself marks a module that must not be imported.
    sys.modules.update(dict.fromkeys(names, cast("ModuleType", None)))
    try:
        yield
    finally:
        for name in names:
            del sys.modules[name]
        sys.modules.update(there)


def run(layout: Layout, *command: str) -> Result:
    """Run a command on these folders, in this process, where no framework can be imported."""
    kept = dict.fromkeys(("JOBMAAL_SEEDS", "JOBMAAL_DATA"))
    folders = ["--seeds", str(layout.seeds), "--data", str(layout.data)]
    with without_modules("dagster_project", "dagster", "dbt", "great_expectations"):
        # The runner gives the variables that it names back as they were, whatever the command sets.
        return CliRunner().invoke(main, [*folders, *command], env=kept)


def publish_something(layout: Layout) -> None:
    """Lay a release down that a faulty refresh must not touch."""
    folder = layout.releases / "20260101T000000Z-0123abcd"
    (folder / "parquet").mkdir(parents=True)
    manifest = '{"input_sha256": "of an earlier input", "outputs": {}, "checks": [], "rows": {}}'
    (folder / "manifest.json").write_text(manifest, encoding="utf-8")
    (folder / "warehouse.duckdb").write_bytes(bytes(range(256)))
    (folder / "parquet" / "fct_budget.parquet").write_bytes(b"PAR1 something PAR1")
    layout.current.symlink_to(Path("releases") / folder.name)


def published(layout: Layout) -> dict[str, bytes]:
    """Return everything that readers can see: every file's bytes, and where the link leads."""
    seen = {str(p.relative_to(layout.data)): p.read_bytes() for p in layout.releases.rglob("*") if p.is_file()}
    return {**seen, "current": os.fsencode(layout.current.readlink())}


def add_documents(layout: Layout, folder: Path, *, alone: bool = False) -> Layout:
    """Add the documents of a folder to copied seeds, with their rows of the shared tables; `alone`: in place of all."""
    if alone:
        for path in (path for path in layout.seeds.iterdir() if path.name != "shared"):
            shutil.rmtree(path)
        for table in ("documents", "target_series"):
            rewrite(layout.seeds / "shared" / f"{table}.csv", lambda _, rows: rows.clear())
    for path in (path for path in folder.iterdir() if path.name != "shared"):
        shutil.copytree(path, layout.seeds / path.name)
    for path in (folder / "shared").iterdir():
        added = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"), newline="")))

        def add(header: list[str], rows: list[list[str]], added: Sequence[Cells] = added) -> None:
            rows += [[row.get(column, "") for column in header] for row in added]

        rewrite(layout.seeds / "shared" / path.name, add)
    return layout
