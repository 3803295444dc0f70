"""The files of a release as their readers get them: the workbook, the CSV files, and the description of these.

Belongs here: what is in them, and that a spreadsheet and Frictionless Data's own tool read it so. Does not: what is
suppressed in them (`test_suppression`).
"""

import csv
import datetime as dt
import json
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import openpyxl
import pytest

from jobmaal.core import contract
from jobmaal.core.build import Build
from jobmaal.outputs.files import content, release_files, workbook
from jobmaal.outputs.suppression.tables import show
from tests.conftest import Published, PublishedSeries

TABLES = {table.name: table for table in contract.tables()}
BUILD = Build("20260101T000000000000Z-00000000", dt.datetime(2026, 1, 1, tzinfo=dt.UTC), "", "", {})
#: What a spreadsheet would run, and what it would lose or break a file at.
HOSTILE = (
    "\uff1d1+1", "\uff0b1", "\uff0d1", "\uff20sum(1)",
    "=1+1", "+1", "-1", "@sum(1)", "\t=1", "=HYPERLINK(\"http://127.0.0.1\")", "a;b", 'say "no"', "to\nlinjer",
    "http://127.0.0.1/", "æøåÆØÅ", "'quoted", "1.234,5", "00101", "x" * 40_000, "\x01 control",
)  # fmt: skip
COPENHAGEN = ZoneInfo("Europe/Copenhagen")


def rows_of(folder: Path, table: str) -> list[list[Any]]:
    """Return a table's rows as the warehouse has them, in key order."""
    key = ", ".join(TABLES[table].key)
    with duckdb.connect(str(folder / "warehouse.duckdb"), read_only=True) as database:
        database.execute("set timezone = 'UTC'")
        return [list(row) for row in database.execute(f"select * from {table} order by {key}").fetchall()]


def read_csv(path: Path) -> list[list[str]]:
    """Read a file as its readers do."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file, delimiter=";"))


def as_csv(value: Any) -> str:
    """Write a value of the warehouse as a Danish spreadsheet reads it."""
    match value:
        case None:
            return ""
        case bool():
            return "SAND" if value else "FALSK"
        case Decimal():
            return f"{value:f}".replace(".", ",")
        case dt.datetime():
            return f"{value.astimezone(COPENHAGEN):%Y-%m-%d %H:%M:%S.%f}"
        case str():
            return f"'{value}" if value.startswith((*"=+-@\t\r\n", *"\uff1d\uff0b\uff0d\uff20")) else value
        case _:
            return str(value)


def as_cell(value: Any, column: contract.PublicColumn) -> Any:
    """Return a value of the warehouse as a cell of the workbook has it."""
    if isinstance(value, dt.datetime):
        return value.astimezone(COPENHAGEN).replace(tzinfo=None, microsecond=0)
    if isinstance(value, dt.date):
        return dt.datetime(value.year, value.month, value.day)
    if isinstance(value, int) and column.name.endswith("_key") and column.name != "year_key":
        return str(value)
    return float(value) if isinstance(value, Decimal) else value


@pytest.fixture(scope="module")
def book(published: Published) -> Any:
    """Open the workbook of the release."""
    return openpyxl.load_workbook(published.folder / workbook.FILE)


@pytest.fixture
def rewritten(published: Published, tmp_path: Path) -> Callable[..., Path]:
    """Change the tables with SQL, and write the files of what comes of it."""

    def write(sql: str = "select 1", name: str = "release", build: Build = BUILD) -> Path:
        copied = tmp_path / f"{name}.duckdb"
        shutil.copyfile(published.folder / "warehouse.duckdb", copied)
        copied.chmod(0o644)
        folder = tmp_path / name
        folder.mkdir()
        with duckdb.connect(str(copied)) as database:
            database.execute("set timezone = 'UTC'")
            database.execute(sql)
            release_files.write(folder, build, database, show(database))
        return folder

    return write


# --- CSV ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("table", TABLES)
def test_a_csv_file_has_every_row_and_value_of_its_table(published: Published, table: str) -> None:
    head, *rows = read_csv(published.folder / "csv" / f"{table}.csv")
    assert head == [column.name for column in TABLES[table].columns]
    assert rows == [[as_csv(value) for value in row] for row in rows_of(published.folder, table)]


def test_csv_is_written_as_danish_spreadsheets_read_it(published: Published) -> None:
    content = (published.folder / "csv" / "fct_budget.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbfbudget_key;document_id;")
    assert content.count(b"\r\n") == content.count(b"\n") == 1 + len(rows_of(published.folder, "fct_budget"))
    assert b";5000000,00;exact;" in content


def test_a_text_that_would_be_a_formula_is_marked_as_a_text(rewritten: Callable[..., Path]) -> None:
    folder = rewritten(_hostile_names())
    names = [row[2] for row in read_csv(folder / "csv" / "dim_account.csv")[1:]]
    assert {name for name in names if name.startswith("'")} == {f"'{text}" for text in HOSTILE[:10]} | {"'quoted"}
    assert set(HOSTILE[10:]) <= set(names)


def _hostile_names() -> str:
    literals = [text.replace("'", "''") for text in HOSTILE]
    rows = ", ".join(f"({1000 + at}, 'h{at}', '{text}')" for at, text in enumerate(literals))
    return f"insert into dim_account (account_key, account_id, account_name) values {rows}"


# --- datapackage.json -----------------------------------------------------------------------------------------


def package(folder: Path) -> Mapping[str, Any]:
    """Read the description."""
    found: Mapping[str, Any] = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    return found


def _faults(folder: Path) -> list[Any]:
    """Let Frictionless Data's own tool hold every file against the description: types, keys, references, bytes."""
    import frictionless  # a second

    report = frictionless.validate(str(folder / "datapackage.json"))
    assert len(report.tasks) == len(TABLES)
    return report.flatten(["name", "rowNumber", "fieldNumber", "type", "note"])


def test_the_description_is_valid_by_its_own_tool(published: Published) -> None:
    assert _faults(published.folder) == []


@pytest.mark.slow
def test_the_description_of_a_release_with_series_is_valid_too(with_series: PublishedSeries) -> None:
    assert _faults(with_series.folder) == []


def test_a_damaged_file_is_no_longer_as_described(published: Published, tmp_path: Path) -> None:
    folder = tmp_path / "damaged"
    folder.mkdir()
    shutil.copyfile(published.folder / "datapackage.json", folder / "datapackage.json")
    shutil.copytree(published.folder / "csv", folder / "csv")
    path = folder / "csv" / "fct_budget.csv"
    path.chmod(0o644)
    path.write_bytes(path.read_bytes().replace(b"5000000,00", b"5.000.000,00", 1))
    assert {fault[3] for fault in _faults(folder)} >= {"type-error", "hash-count"}


def test_each_field_has_its_type_unit_and_descriptions_and_each_table_its_key(published: Published) -> None:
    described = package(published.folder)
    assert {one["name"] for one in described["resources"]} == set(TABLES)
    for one in described["resources"]:
        table = TABLES[one["name"]]
        # A name that every program knows.
        assert one["encoding"] == "utf-8"
        assert one["schema"]["primaryKey"] == list(table.key)
        assert len(one["description"]) > 20 < len(one["descriptionEnglish"])
        assert [field["name"] for field in one["schema"]["fields"]] == [column.name for column in table.columns]
        for field, column in zip(one["schema"]["fields"], table.columns, strict=True):
            where = f"{table.name}.{column.name}"
            assert len(field["description"]) > 10 < len(field["descriptionEnglish"]), where
            is_number = field["type"] in ("number", "integer")
            is_key = column.references is not None or column.name in table.key or column.name.endswith("_key")
            assert ("unit" in field) == (
                is_number and (not is_key or (table.name == "dim_year" and column.name == "year"))
            ), where
    budget = next(one for one in described["resources"] if one["name"] == "fct_budget")
    amount = next(field for field in budget["schema"]["fields"] if field["name"] == "amount_dkk")
    assert (amount["unit"], amount["decimalChar"]) == ("kr.", ",")
    assert {"fields": ["account_key"], "reference": {"resource": "dim_account", "fields": ["account_key"]}} in budget[
        "schema"
    ]["foreignKeys"]


def test_a_unit_that_a_column_names_is_there() -> None:
    for table in TABLES.values():
        for column in table.columns:
            if column.unit is not None and column.unit.startswith("column "):
                name, _, other = column.unit.removeprefix("column ").partition(" of ")
                assert name in {found.name for found in TABLES[other or table.name].columns}, (table.name, column.name)


# --- the workbook ---------------------------------------------------------------------------------------------


def test_the_workbook_explains_itself_first_and_has_a_sheet_for_each_table(book: Any, published: Published) -> None:
    assert book.sheetnames[:2] == [workbook.FRONT, workbook.COLUMNS]
    assert set(book.sheetnames[2:]) == set(TABLES)
    assert book.sheetnames[2].startswith("rpt_")
    front = [[cell.value for cell in row] for row in book[workbook.FRONT].iter_rows()]
    texts = " ".join(str(value) for row in front for value in row if value is not None)
    assert published.folder.name in texts
    for note in (content.NOMINAL, content.ONLY_TOTALS, content.suppression_note(5)):
        assert note in texts
    listed = {row[0]: row[1] for row in front if row[0] in TABLES}
    assert listed == {name: len(rows_of(published.folder, name)) for name in TABLES}
    columns = [[cell.value for cell in row] for row in book[workbook.COLUMNS].iter_rows(min_row=2)]
    assert [(row[0], row[1], row[4]) for row in columns] == [
        (table.name, column.name, column.description_da) for table in content.tables() for column in table.columns
    ]


@pytest.mark.parametrize("table", TABLES)
def test_a_sheet_has_every_row_with_numbers_as_numbers(book: Any, published: Published, table: str) -> None:
    sheet = book[table]
    head, *rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    columns = TABLES[table].columns
    assert head == [column.name for column in columns]
    assert rows == [
        [as_cell(value, column) for value, column in zip(row, columns, strict=True)]
        for row in rows_of(published.folder, table)
    ]
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref is not None
    assert all(8 <= sheet.column_dimensions[cell.column_letter].width <= 62 for cell in sheet[1])


def test_nothing_from_the_data_is_a_formula_or_a_link(rewritten: Callable[..., Path]) -> None:
    found = openpyxl.load_workbook(rewritten(_hostile_names()) / workbook.FILE)
    for sheet in found.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type != "f", (sheet.title, cell.coordinate)
                assert cell.hyperlink is None or sheet.title == workbook.FRONT
    names = {row[2].value for row in found["dim_account"].iter_rows(min_row=2)}
    # A cell holds 32,767 characters.
    assert {text if len(text) < 32_767 else text[:32_766] + "…" for text in HOSTILE} - {"\x01 control"} <= names


def test_a_table_that_no_sheet_can_hold_is_left_out_and_named(
    rewritten: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbook, "MOST_ROWS", 100)
    found = openpyxl.load_workbook(rewritten() / workbook.FILE)
    assert "audit_lineage" not in found.sheetnames
    assert "fct_budget" in found.sheetnames
    [left_out] = [row for row in found[workbook.FRONT].iter_rows(values_only=True) if row[0] == "audit_lineage"]
    assert left_out[2].startswith("Er ikke med her")


def test_made_up_series_are_said_to_be_so(rewritten: Callable[..., Path]) -> None:
    folder = rewritten(build=replace(BUILD, has_synthetic=True))
    front = openpyxl.load_workbook(folder / workbook.FILE)[workbook.FRONT]
    assert content.SYNTHETIC in {cell.value for row in front.iter_rows() for cell in row}
    assert package(folder)["synthetic"] is True
    assert package(folder)["description"].startswith(content.SYNTHETIC)


def test_the_same_tables_give_the_same_bytes(rewritten: Callable[..., Path]) -> None:
    first, second = rewritten(name="first"), rewritten(name="second")
    files = sorted(str(path.relative_to(first)) for path in first.rglob("*") if path.is_file())
    assert len(files) == len(TABLES) + 2
    assert [name for name in files if (first / name).read_bytes() != (second / name).read_bytes()] == []


# --- in a real spreadsheet ------------------------------------------------------------------------------------

#: Fields end at `;`, texts stand in `"`, UTF-8, Danish; see LibreOffice's filter options for CSV.
_DANISH_CSV = "CSV:59,34,76,1,,1030,false,true,false"
_XLSX = "xlsx:Calc MS Excel 2007 XML"


@pytest.fixture(scope="module")
def libreoffice(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Let LibreOffice read a file and save what it understood."""
    program = shutil.which("soffice") or shutil.which("libreoffice")
    if program is None:
        pytest.skip("LibreOffice is not installed: nothing is opened in a real spreadsheet")
    profile = tmp_path_factory.mktemp("profile")

    def convert(path: Path, folder: Path, target: str, *options: str) -> Path:
        command = [program, f"-env:UserInstallation={profile.as_uri()}", "--headless", *options]
        command += ["--convert-to", target, "--outdir", str(folder), str(path)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
        found = folder / f"{path.stem}.{target.partition(':')[0]}"
        assert found.is_file(), done.stdout + done.stderr
        return found

    return convert


def test_libreoffice_reads_danish_numbers_dates_and_letters_from_csv(
    published: Published, libreoffice: Callable[..., Path], tmp_path: Path
) -> None:
    read = libreoffice(published.folder / "csv" / "fct_budget.csv", tmp_path, _XLSX, f"--infilter={_DANISH_CSV}")
    rows = list(openpyxl.load_workbook(read).active.iter_rows(min_row=2, values_only=True))
    names = [column.name for column in TABLES["fct_budget"].columns]
    amount, theme = names.index("amount_dkk"), names.index("theme_name")
    expected = rows_of(published.folder, "fct_budget")
    assert [row[amount] for row in rows] == [None if row[amount] is None else float(row[amount]) for row in expected]
    assert [row[theme] for row in rows] == [row[theme] for row in expected]
    dated = libreoffice(published.folder / "csv" / "dim_agreement.csv", tmp_path, _XLSX, f"--infilter={_DANISH_CSV}")
    days = {row[4] for row in openpyxl.load_workbook(dated).active.iter_rows(min_row=2, values_only=True)}
    assert days == {
        row[4] and dt.datetime(row[4].year, row[4].month, row[4].day)
        for row in rows_of(published.folder, "dim_agreement")
    }


def test_libreoffice_runs_nothing_from_either_file(
    rewritten: Callable[..., Path], libreoffice: Callable[..., Path], tmp_path: Path
) -> None:
    folder = rewritten(_hostile_names())
    read = libreoffice(folder / "csv" / "dim_account.csv", tmp_path, _XLSX, f"--infilter={_DANISH_CSV}")
    cells = [cell for row in openpyxl.load_workbook(read).active.iter_rows() for cell in row]
    assert [cell.value for cell in cells if cell.data_type == "f"] == []
    assert {"'=1+1", "'@sum(1)"} <= {cell.value for cell in cells}
    sheets = libreoffice(folder / workbook.FILE, tmp_path, "ods")
    saved = libreoffice(sheets, tmp_path / "again", _XLSX)
    account = openpyxl.load_workbook(saved)["dim_account"]
    assert [cell.value for row in account.iter_rows() for cell in row if cell.data_type == "f"] == []
    assert {"=1+1", "@sum(1)"} <= {cell.value for row in account.iter_rows() for cell in row}


def test_libreoffice_opens_the_workbook_with_its_numbers(
    published: Published, libreoffice: Callable[..., Path], tmp_path: Path
) -> None:
    saved = libreoffice(published.folder / workbook.FILE, tmp_path, "ods")
    found = openpyxl.load_workbook(libreoffice(saved, tmp_path, _XLSX))
    assert found.sheetnames[0] == workbook.FRONT
    money = [row[11] for row in found["fct_budget"].iter_rows(min_row=2, values_only=True)]
    amounts = [row[11] for row in rows_of(published.folder, "fct_budget")]
    assert money == [None if amount is None else float(amount) for amount in amounts]
