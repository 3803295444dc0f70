"""The workbook: one sheet per public table that fits, after one that explains and one with every column.

Belongs here: sheets, formats, widths. Does not: which rows (`content`).

Every text is written as a text: nothing from the data is ever a formula or a link. Keys are too long for a
spreadsheet's numbers, which have fifteen digits, and are texts too.
"""

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import duckdb
from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from jobmaal.core.build import Build
from jobmaal.core.contract import PublicColumn, PublicTable
from jobmaal.outputs import danish
from jobmaal.outputs.files import content
from jobmaal.outputs.files.content import BOOLEAN, DATE, DECIMAL, MOMENT, TEXT, WHOLE
from jobmaal.outputs.suppression.tables import Shown

FILE = "jobmaal.xlsx"
FRONT, COLUMNS = "Læs mig", "Kolonner"
#: Maximum number of rows of a sheet: nobody reads more, and writing them would take most of a large refresh's time.
MOST_ROWS = 25_000
_MOST_TEXT = 32_767
_NARROW, _WIDE = 10, 60
_FORMATS = {"kr.": "#,##0.00", DECIMAL: "General", DATE: "dd-mm-yyyy", MOMENT: "dd-mm-yyyy hh:mm:ss"}


def write(path: Path, build: Build, database: duckdb.DuckDBPyConnection, shown: Shown) -> None:
    """Write the workbook of a build."""
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    # The library writes each sheet into a file of its own first. Killed meanwhile, it leaves them where the next build
    # removes them, and not in the system's folder, which others see.
    with (
        tempfile.TemporaryDirectory(dir=path.parent) as folder,
        Workbook(str(path), {**options, "tmpdir": folder}) as book,
    ):
        # The same release gives the same bytes.
        book.set_properties({"title": "jobmaal", "comments": build.build_id, "created": build.built_at})
        counts = {table.name: content.count(database, table, shown) for table in content.tables()}
        fitting = [table for table in content.tables() if counts[table.name] <= MOST_ROWS]
        _front(book, build, shown, counts)
        _columns(book)
        for table in fitting:
            _table(book, table, counts[table.name], database, shown)


def _front(book: Workbook, build: Build, shown: Shown, counts: dict[str, int]) -> None:
    sheet = book.add_worksheet(FRONT)
    sheet.hide_gridlines(2)
    top = {"valign": "top"}
    title = book.add_format({"bold": True, "font_size": 16})
    wrapped = book.add_format({**top, "text_wrap": True, "indent": 1})
    bold = book.add_format({"bold": True, "bottom": 1})
    link = book.add_format({**top, "font_color": "#0A4F9E", "underline": 1})
    plain = book.add_format(top)
    loud = book.add_format({**top, "bold": True, "font_color": "#B00020", "text_wrap": True})
    sheet.set_column(0, 0, 30)
    sheet.set_column(1, 1, 10)
    sheet.set_column(2, 2, 110)
    sheet.write_string(0, 0, danish.title(build.municipality), title)
    for row, label, text in ((2, "Udgivelse", build.build_id), (3, "Tallene er fra", f"{build.built_at:%d-%m-%Y}")):
        sheet.write_string(row, 0, label)
        sheet.write_string(row, 2, text)
    notes = [
        "Hvert ark er en tabel. Første række er kolonnernes navne; arket Kolonner forklarer hver af dem.",
        "Hvert tal fører til sin kilde: source_ref er nøglen til arket audit_lineage, hvor dokumentet, stedet og den"
        " trykte tekst står.",
        content.NOMINAL + " Procent er i procent (42,5).",
        content.ONLY_TOTALS,
        content.suppression_note(shown.below, shown.withheld),
        "Nøgler (…_key) er tekst, fordi de er længere, end et regnearks tal kan være. Klokkeslæt er dansk tid.",
    ]
    styled = [(content.SYNTHETIC, loud)] if build.has_synthetic else []
    for row, (note, style) in enumerate([*styled, *((note, wrapped) for note in notes)], start=5):
        sheet.write_string(row, 2, note, style)
    row = 6 + len(styled) + len(notes)
    for at, heading in enumerate(("Ark", "Rækker", "Hvad der står i det")):
        sheet.write_string(row, at, heading, bold)
    for table in content.tables():
        row += 1
        fits = counts[table.name] <= MOST_ROWS
        if fits:
            sheet.write_url(row, 0, f"internal:'{table.name}'!A1", link, table.name)
        else:
            sheet.write_string(row, 0, table.name, plain)
        sheet.write_number(row, 1, counts[table.name], plain)
        left_out = "" if fits else "Er ikke med her: der er flere rækker, end nogen læser i et ark. Se csv og parquet. "
        sheet.write_string(row, 2, left_out + table.description_da, wrapped)


def _columns(book: Workbook) -> None:
    rows = [
        (table.name, column.name, column.type, column.unit or "", column.description_da)
        for table in content.tables()
        for column in table.columns
    ]
    names, widths = ("tabel", "kolonne", "type", "enhed", "forklaring"), (28, 28, 16, 26, 110)
    sheet = _sheet(book, COLUMNS, names, widths, len(rows))
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    for row, texts in enumerate(rows, start=1):
        for at, text in enumerate(texts):
            sheet.write_string(row, at, text, wrapped)


def _sheet(book: Workbook, name: str, columns: Sequence[str], widths: Sequence[int], count: int) -> Worksheet:
    """Return a new sheet with its headings, which stay in view, and with filters for a number of rows."""
    sheet = book.add_worksheet(name)
    heading = book.add_format({"bold": True, "bg_color": "#E8EDF3", "bottom": 1})
    for at, (column, width) in enumerate(zip(columns, widths, strict=True)):
        sheet.set_column(at, at, width)
        sheet.write_string(0, at, column, heading)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, max(count, 1), len(columns) - 1)
    return sheet


def _table(book: Workbook, table: PublicTable, count: int, database: duckdb.DuckDBPyConnection, shown: Shown) -> None:
    names = [column.name for column in table.columns]
    sheet = _sheet(book, table.name, names, _widths(database, table, shown), count)
    writers = [_writer(book, sheet, column) for column in table.columns]
    expressions = [_read(column) for column in table.columns]
    for row, values in enumerate(content.rows(database, table, shown, expressions), start=1):
        for at, value in enumerate(values):
            if value is not None:
                writers[at](row, at, value)


def _is_key(column: PublicColumn) -> bool:
    return content.kind(column) == WHOLE and column.name.endswith("_key") and column.name != "year_key"


def _read(column: PublicColumn) -> str:
    """Return the SQL that reads a value as it is written into a cell."""
    if content.kind(column) == MOMENT:
        return f"date_trunc('second', {content.local(column)})"
    return f"{content.named(column)}::varchar" if _is_key(column) else content.named(column)


def _writer(book: Workbook, sheet: Worksheet, column: PublicColumn) -> Callable[[int, int, Any], object]:
    kind = content.kind(column)
    if kind == TEXT or _is_key(column):
        return lambda row, at, text: sheet.write_string(
            row, at, text if len(text) <= _MOST_TEXT else text[: _MOST_TEXT - 1] + "…"
        )
    if kind == BOOLEAN:
        return sheet.write_boolean
    if kind in (DATE, MOMENT):
        shape = book.add_format({"num_format": _FORMATS[kind]})
        return lambda row, at, moment: sheet.write_datetime(row, at, moment, shape)
    if kind == DECIMAL:
        shape = book.add_format({"num_format": _FORMATS.get(column.unit or "", _FORMATS[DECIMAL])})
        return lambda row, at, number: sheet.write_number(row, at, number, shape)
    return sheet.write_number


def _widths(database: duckdb.DuckDBPyConnection, table: PublicTable, shown: Shown) -> list[int]:
    longest = ", ".join(f"max(length({content.named(column)}::varchar))" for column in table.columns)
    [found] = database.execute(f"select {longest} from {shown.relation(table.name)}").fetchall()
    return [
        # With room for the arrow of the filter.
        min(max(_NARROW, len(column.name) + 3, (length or 0) + 2), _WIDE)
        for column, length in zip(table.columns, found, strict=True)
    ]
