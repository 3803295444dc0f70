"""CSV as Danish spreadsheets read it: `;` between fields, a decimal comma, UTF-8 with a byte order mark.

Belongs here: how a value is written in it, and the same for programs (`FIELD`, `DIALECT`). Does not: what
the fields mean (`datapackage`).
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb

from jobmaal.core.contract import PublicColumn
from jobmaal.core.layout import quoted
from jobmaal.outputs.files import content
from jobmaal.outputs.files.content import BOOLEAN, DATE, DECIMAL, MOMENT, TEXT, WHOLE
from jobmaal.outputs.suppression.tables import Shown

FOLDER = "csv"
_TRUE, _FALSE = "SAND", "FALSK"
#: To the microsecond: the time from which a value was known is a part of its key.
_MOMENT = "%Y-%m-%d %H:%M:%S.%f"
#: How Frictionless Data calls this way of writing.
DIALECT = {"delimiter": ";", "quoteChar": '"', "doubleQuote": True, "lineTerminator": "\r\n", "header": True}
#: The byte order mark is for spreadsheets. Programs that know the standard know it too, and only Python has a name for
#: the two together.
ENCODING = "utf-8"
_MARK = "\ufeff"
FIELD: Mapping[str, Mapping[str, Any]] = {
    DECIMAL: {"type": "number", "decimalChar": ",", "bareNumber": True},
    WHOLE: {"type": "integer"},
    TEXT: {"type": "string"},
    BOOLEAN: {"type": "boolean", "trueValues": [_TRUE], "falseValues": [_FALSE]},
    DATE: {"type": "date"},
    MOMENT: {"type": "datetime", "format": _MOMENT},
}
#: What a spreadsheet would run as a formula is marked as text by an apostrophe, as a person would mark it.
GUARD = "En tekst, der begynder med = + - @, har en apostrof foran, så intet regneark regner på den."
#: Spreadsheets in East Asia take the full-width forms for the same characters.
_RISKY = r"^[=+\-@\t\r\n" + "\uff1d\uff0b\uff0d\uff20]"


def write(folder: Path, database: duckdb.DuckDBPyConnection, shown: Shown) -> None:
    """Write one file per public table into a new folder."""
    folder.mkdir(parents=True)
    for table in content.tables():
        # A byte order mark is the file's first character, and so the first of the first column's name.
        columns = [
            f'{_written(column)} as "{"" if at else _MARK}{column.name}"' for at, column in enumerate(table.columns)
        ]
        order = ", ".join(f'own."{name}"' for name in table.key)
        query = f"select {', '.join(columns)} from {shown.relation(table.name)} as own order by {order}"
        path = quoted(folder / f"{table.name}.csv")
        database.execute(f"copy ({query}) to '{path}' (format csv, header, delimiter ';', new_line '\\r\\n')")


def _written(column: PublicColumn) -> str:
    """Return the SQL that writes a value; what is NULL stays so, and becomes an empty field."""
    name, kind = content.named(column), content.kind(column)
    if kind == DECIMAL:
        return f"replace({name}::varchar, '.', ',')"
    if kind == BOOLEAN:
        return f"case {name} when true then '{_TRUE}' when false then '{_FALSE}' end"
    if kind == MOMENT:
        return f"strftime({content.local(column)}, '{_MOMENT}')"
    if kind == TEXT:
        return f"case when regexp_matches({name}, '{_RISKY}') then '''' || {name} else {name} end"
    return name
