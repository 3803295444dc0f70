"""The input tables compared with the text editions of the documents: each figure on its line, each digit accounted for.

Belongs here: finding a document's edition by its sha256, and checking what the tables say it prints. Does not: what the
numbers mean (`numbers`) and whether they add up (`reconcile`).

The editions are no part of the project, so a check of them is a command's option. Each check is a plain generator of
faults from an edition and the input tables.
"""

import difflib
import hashlib
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

from jobmaal.core.errors import Fault
from jobmaal.inputs.tables import Input, Row

#: A number, date, range or case number, as far as digits and what joins them reach.
TOKEN_RE = re.compile(r"\d[\d.,:/-]*\d|\d")
#: In `not_figures`, the text that stands for a whole line.
WHOLE_LINE = "*"

#: The columns that hold a name as the document prints it.
_NAMES = (
    ("documents", "agreement_name"),
    ("themes", "theme_name"),
    ("initiatives", "initiative_name"),
    ("initiative_units", "unit_named"),
    ("budget_lines", "line_name"),
    ("budget_lines", "unit_named"),
    ("budget_totals", "line_name"),
    ("budget_followups", "line_name"),
)
#: How like its name the words of a scanned page must be: `ø` read `g` passes, another name does not.
_SCAN_LIKENESS = 0.8
#: Names that are not as printed near their line, by document and figure (or column, for a row without figure).
NOT_VERBATIM = {
    ("integrationsaftale_2009", "agreement_name"): "the line is the table's head; 1.6 names the agreement",
    ("udmoentningsplan_2010", "b.2.1"): "the document inflects the word that follows the title",
    ("udmoentningsplan_2010", "b.2.2.opf"): "the document says with verbs what follows the title",
}


@dataclass(frozen=True)
class Document:
    """A document's text edition: its lines in Unicode's composed form, with single spaces."""

    document_id: str
    file: str
    lines: tuple[str, ...]

    def line(self, row: Row, before: int = 0, after: int = 0) -> str:
        """Return the line that a row names, with lines before and after it; blank beyond the end."""
        number = int(row["line"])
        return " ".join(self.lines[max(0, number - 1 - before) : number + after])

    def starts(self, row: Row) -> list[set[int]]:
        """Return the places at which a figure starts on its line, since its text may end on the next one.

        A place is the positions of its letters on the line, counted on to the next line.
        """
        places = find(text_of(row), self.line(row, after=1))
        return [place for place in places if min(place) < len(self.line(row))]


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())


def text_of(row: Row) -> str:
    """Return what the text edition has for a figure: where the scan was misread, not what was printed."""
    return _plain(row["ocr_text"] or row["printed"])


def find_editions(folder: Path, wanted: Mapping[str, str]) -> dict[str, Path]:
    """Return the file in a folder that is a document's text edition, whatever it is called, by document id.

    `wanted` has the sha256 of each document's edition; a document without one in the folder is left out.
    """
    files: dict[str, Path] = {}
    for path in sorted(path for path in folder.iterdir() if path.is_file()):
        files.setdefault(hashlib.sha256(path.read_bytes()).hexdigest(), path)
    return {document_id: files[sha256] for document_id, sha256 in wanted.items() if sha256 in files}


def read_document(document_id: str, path: Path) -> Document:
    """Return a document's text edition. Raises UnicodeDecodeError where it is not UTF-8."""
    # Not splitlines: a form feed starts a page, but no line.
    lines = path.read_bytes().decode("utf-8").split("\n")
    return Document(document_id, path.name, tuple(map(_plain, lines)))


def inspect(tables: Input, folder: Path) -> tuple[list[str], list[Fault]]:
    """Return the ids of the documents that have no edition in a folder, and every fault of those that have one."""
    wanted = {row["document_id"]: row["text_sha256"] for row in tables.of("documents")}
    editions = find_editions(folder, wanted)
    faults: list[Fault] = []
    for document_id, path in editions.items():
        try:
            document = read_document(document_id, path)
        except UnicodeDecodeError:
            faults.append(Fault(path.name, 0, "", "", "is not UTF-8, so that no figure can be found in it"))
            continue
        for check in CHECKS:
            faults += check(document, tables)
    return [document_id for document_id in wanted if document_id not in editions], faults


def find(text: str, line: str) -> list[set[int]]:
    """Return the places of a text on a line, not as a piece of a longer number or word; each as its positions."""
    start = r"(?<!\d)(?<!\d[.,])" if text[0].isdigit() else r"(?<!\w)" if text[0].isalpha() else ""
    end = r"(?![.,]?\d)" if text[-1].isdigit() else r"(?!\w)" if text[-1].isalpha() else ""
    return [set(range(*found.span())) for found in re.finditer(start + re.escape(text) + end, line)]


# --- the checks --------------------------------------------------------------------------------------------


def misplaced_rows(document: Document, tables: Input) -> Iterator[Fault]:
    """Yield a fault for each row of any table whose line is blank or beyond the document's end."""
    for table in (table for table in tables.schema.values() if "line" in table.column_names):
        for row in _rows(tables, table.name, document.document_id):
            if not document.line(row):
                yield row.fault("line", f"is a blank line of {document.file}, or none")


def misquoted_figures(document: Document, tables: Input) -> Iterator[Fault]:
    """Yield a fault for each figure that is not on its line, or does not start there and end on the next one."""
    for row in tables.figures(document.document_id):
        if not document.starts(row):
            column = "ocr_text" if row["ocr_text"] else "printed"
            yield row.fault(column, f"is not on line {row['line']} of {document.file}")


def stale_not_figures(document: Document, tables: Input) -> Iterator[Fault]:
    """Yield a fault for each row of `not_figures` whose text is not on its line, or whose whole line has no digit."""
    for row in tables.of("not_figures", document.document_id):
        line = document.line(row)
        if not (TOKEN_RE.search(line) if row["text"] == WHOLE_LINE else find(_plain(row["text"]), line)):
            yield row.fault("text", f"is not on line {row['line']} of {document.file}")


def unread_numbers(document: Document, tables: Input) -> Iterator[Fault]:
    """Yield a fault for each number of the document that no row accounts for."""
    rows: dict[int, list[Row]] = defaultdict(list)
    for row in (*tables.figures(document.document_id), *tables.of("not_figures", document.document_id)):
        rows[int(row["line"])].append(row)
    carried: set[int] = set()
    for number, line in enumerate(document.lines, start=1):
        accounted = carried | accounted_for(document, rows[number])
        # What ends on the next line accounts for its digits there; a blank stands between the two.
        carried = {at - len(line) - 1 for at in accounted if at > len(line)}
        for token in TOKEN_RE.finditer(line):
            if any(line[at].isdigit() and at not in accounted for at in range(*token.span())):
                rule = "is in no table; write it as a figure, or in not_figures.csv"
                yield Fault(document.file, number, "", token.group(), rule)


def accounted_for(document: Document, rows: Iterable[Row]) -> set[int]:
    """Return the positions of a line, counted on to the next one, that its rows account for.

    A figure accounts for one place, so a number that is there twice needs two rows; the longest text chooses
    first, and a figure that finds no place left shares one. A not_figure accounts for every place of its
    text, since its key allows it once a line.
    """
    positions: set[int] = set()
    for row in sorted((row for row in rows if row["figure_id"]), key=lambda row: len(text_of(row)), reverse=True):
        positions |= next((place for place in document.starts(row) if not place & positions), set())
    for row in (row for row in rows if not row["figure_id"]):
        line = document.line(row)
        is_whole = row["text"] == WHOLE_LINE
        positions.update(*([range(len(line))] if is_whole else find(_plain(row["text"]), line)))
    return positions


def misspelt_names(
    document: Document, tables: Input, exceptions: Mapping[tuple[str, str], str] = NOT_VERBATIM
) -> Iterator[Fault]:
    """Yield a fault for each name that is not near its line as it is written in the tables.

    Of a budget line, the title of its initiative is left out: it is further up in the document, and the initiative's
    own row is compared with it there.
    """
    is_scan = any(row["ocr_text"] for row in tables.figures(document.document_id))
    titles = tables.by("initiatives", "initiative_no")
    for table, column in _NAMES:
        for row in _rows(tables, table, document.document_id):
            title = titles.get((row.document_id, row["initiative_no"])) if column == "line_name" else None
            name = row[column].removeprefix(title["initiative_name"] if title else "")
            # Names break over lines.
            near = document.line(row, before=1, after=6)
            is_excepted = (document.document_id, row["figure_id"] or column) in exceptions
            if not is_excepted and not _has_name(near, name, _SCAN_LIKENESS if is_scan else 1.0):
                yield row.fault(column, f"is not near line {row['line']} of {document.file}")


def _rows(tables: Input, table: str, document_id: str) -> list[Row]:
    """Return the rows of a table that are of a document; one of `documents` is of the document that it names."""
    return [row for row in tables.of(table) if document_id in (row.document_id, row["document_id"])]


def _has_name(text: str, name: str, likeness: float) -> bool:
    """Check whether some words of a text are as like a name as they must be, by their letters alone: 1 is the same."""
    wanted, words = "".join(_words(name)), _words(text)
    # From each word on, as many as it takes to reach the length.
    rests = (words[start:] for start in range(len(words)))
    candidates = [next((j for j in accumulate(r) if len(j) >= len(wanted)), "".join(r)) for r in rests]
    return wanted in ("", *candidates) or bool(difflib.get_close_matches(wanted, candidates, 1, likeness))


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]+", text.casefold())


#: Every check of a document.
CHECKS = (misplaced_rows, misquoted_figures, unread_numbers, stale_not_figures, misspelt_names)
