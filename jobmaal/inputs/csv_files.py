"""One file of an input table, read strictly.

Belongs here: encoding, header, width of the rows, and in which line a row begins. Does not: which tables there are
(`tables`) and what a cell may hold (`cells`).

A byte-order mark, Windows line ends and a spreadsheet's `;` leave no doubt and are read; all else that differs from
what is declared is a fault.
"""

import csv
import io
import unicodedata
from collections.abc import Iterator, Sequence, Set

from jobmaal.core.errors import Fault

_DELIMITERS = (",", ";", "\t")
# A cell may be of any length; the module's own limit is 128 KB.
csv.field_size_limit(2**31 - 1)


def read(
    name: str, content: bytes, columns: Sequence[str], needed: Set[str], faults: list[Fault]
) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield each row's line and cells; add to `faults` what cannot be read. Line 0 means the whole file."""
    try:
        text = _decoded(content)
        delimiter = max(_DELIMITERS, key=text.split("\n", 1)[0].count)
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        header = [cell.strip() for cell in next(reader)]
        named = [*header]
        while named and not named[-1]:
            named.pop()
        _check_header(named, columns, needed)
        # The lines that end in a delimiter too many: a spreadsheet writes one for each column that it takes for used.
        trailing = [1] if named != header else []
        line = reader.line_num + 1
        for values in reader:
            at, line = line, reader.line_num + 1
            if not any(value.strip() for value in values):
                continue
            if len(values) > len(named) and not any(value.strip() for value in values[len(named) :]):
                trailing.append(at)
            elif len(values) != len(named):
                rule = f"has {len(values)} cells where the header has {len(named)} columns"
                faults.append(Fault(name, at, "", "", rule))
                continue
            composed = (unicodedata.normalize("NFC", value).strip() for value in values)
            yield at, dict(zip(named, composed, strict=False))
        if trailing:
            faults.append(Fault(name, trailing[0], "", "", _trailing_rule(trailing, delimiter)))
    except _UnreadableError as error:
        faults.append(Fault(name, 0, "", "", str(error)))
    except csv.Error as error:
        faults.append(Fault(name, 0, "", "", f"is no CSV from line {reader.line_num} on: {error}"))


class _UnreadableError(Exception):
    """A file of which nothing can be read. The message says why."""


def _decoded(content: bytes) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        byte = content[error.start : error.start + 1].hex()
        raise _UnreadableError(f"is not UTF-8: byte 0x{byte} in line {line}; save the file as 'CSV UTF-8'") from None
    if not text.strip():
        raise _UnreadableError("is empty; write at least the header, or remove the file where it may be absent")
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        rule = f"holds zero bytes, so it is no text (the first in line {line}); save the file as 'CSV UTF-8'"
        raise _UnreadableError(rule)
    return text


def _check_header(header: list[str], columns: Sequence[str], needed: Set[str]) -> None:
    """Raise for a header that is not the table's own. The order of the columns is free."""
    seen = set(header)
    if not seen.intersection(columns):
        rule = f"is no CSV of this table: its first line must be the header {','.join(columns)}"
        raise _UnreadableError(rule)
    problems = []
    if needed - seen:
        problems.append("lacks the column(s) " + ", ".join(c for c in columns if c in needed - seen))
    if "" in seen:
        problems.append(f"has a column without a name in place {header.index('') + 1}; name it, or remove it")
    if unknown := sorted(seen.difference(columns, [""])):
        problems.append("has the unknown column(s) " + ", ".join(unknown))
    if twice := sorted({c for c in header if c and header.count(c) > 1}):
        problems.append("names a column twice: " + ", ".join(twice))
    if problems:
        raise _UnreadableError("; ".join(problems))


def _trailing_rule(lines: list[int], delimiter: str) -> str:
    """Return one rule for all lines of a file that end in an empty column without a name."""
    mark = "tab" if delimiter == "\t" else f"'{delimiter}'"
    which = f"line {lines[0]} ends" if len(lines) == 1 else f"{len(lines)} lines, from {lines[0]} to {lines[-1]}, end"
    return f"{which} in an empty column without a name: remove the {mark} at the end"
