"""The input tables beside the text editions of the documents: each figure on its line, each digit accounted for.

Belongs here: finding a document's edition by its sha256, and checking what the tables say it prints. Does not: what the
numbers mean (`numbers`) and whether they add up (`reconcile`).

The editions are no part of the project, so that a check of them is asked for. Each check is a plain function from an
edition and the input tables to a list of faults.
"""

from __future__ import annotations

import difflib
import hashlib
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from jobmaal.core.errors import Fault
from jobmaal.inputs.tables import Input, Row

#: A number, date, range or case number, as far as digits and what joins them reach.
TOKEN_RE = re.compile(r"\d[\d.,:/-]*\d|\d")
#: In `not_figures`, the text that stands for a whole line.
WHOLE_LINE = "*"

#: The columns that hold a name as the document prints it.
NAMES = (
    ("documents", "agreement_name"),
    ("themes", "theme_name"),
    ("initiatives", "initiative_name"),
    ("initiative_units", "unit_named"),
    ("budget_lines", "line_name"),
    ("budget_lines", "unit_named"),
    ("budget_totals", "line_name"),
)
#: How like its name the words of a scanned page must be: `ø` read `g` passes, another name does not.
SCAN_LIKENESS = 0.8
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

    def line(self, number: int) -> str:
        """Return a line by its number from 1; blank beyond the end."""
        return self.lines[number - 1] if 1 <= number <= len(self.lines) else ""

    def from_line(self, number: int) -> str:
        """Return a line with the one that follows it, since the text of a figure may break over both."""
        return f"{self.line(number)} {self.line(number + 1)}"

    def near(self, number: int) -> str:
        """Return the lines in which a name that starts about here may end, since names break over lines."""
        return " ".join(self.line(n) for n in range(number - 1, number + 7))


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())


def find_editions(folder: Path, wanted: Mapping[str, str]) -> dict[str, Path]:
    """Return the file in a folder that is a document's text edition, whatever it is called, by document id.

    `wanted` has the sha256 of each document's edition; a document without one in the folder is left out.
    """
    files: dict[str, Path] = {}
    for path in sorted(path for path in folder.iterdir() if path.is_file()):
        files.setdefault(hashlib.sha256(path.read_bytes()).hexdigest(), path)
    return {document_id: files[sha256] for document_id, sha256 in wanted.items() if sha256 in files}


def read_document(document_id: str, path: Path) -> Document:
    """Read a document's text edition. Raises UnicodeDecodeError where it is not UTF-8."""
    # Not splitlines: a form feed starts a page, but no line.
    lines = path.read_bytes().decode("utf-8").split("\n")
    return Document(document_id, path.name, tuple(map(_plain, lines)))


def inspect(tables: Input, folder: Path) -> tuple[list[str], list[Fault]]:
    """Check the tables against the editions in a folder.

    Return the ids of the documents that have none there, and every fault.
    """
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


# --- what the rows say -------------------------------------------------------------------------------------


def _rows(tables: Input, table: str, document_id: str) -> list[Row]:
    """Return the rows of a table that are of a document; one of `documents` is of the document that it names."""
    return [row for row in tables.of(table) if document_id in (row.document_id, row["document_id"])]


def text_in_document(row: Row) -> str:
    """Return what the text edition has for a figure: where the scan was misread, not what was printed."""
    return _plain(row["ocr_text"] or row["printed"])


def by_line(rows: Iterable[Row]) -> dict[int, list[Row]]:
    """Group rows by the document's line that they name."""
    grouped: dict[int, list[Row]] = {}
    for row in rows:
        grouped.setdefault(int(row["line"]), []).append(row)
    return grouped


def places(text: str, line: str) -> list[set[int]]:
    """Find a text on a line, not as a piece of a longer number or word; each place as its positions."""
    start = r"(?<!\d)(?<!\d[.,])" if text[0].isdigit() else r"(?<!\w)" if text[0].isalpha() else ""
    end = r"(?![.,]?\d)" if text[-1].isdigit() else r"(?!\w)" if text[-1].isalpha() else ""
    return [set(range(*found.span())) for found in re.finditer(start + re.escape(text) + end, line)]


# --- the checks --------------------------------------------------------------------------------------------


def misplaced_rows(document: Document, tables: Input) -> list[Fault]:
    """Find rows of any table whose line is blank or beyond the document's end."""
    return [
        row.fault("line", f"is a blank line of {document.file}, or none")
        for table in tables.schema.values()
        if "line" in table.column_names
        for row in _rows(tables, table.name, document.document_id)
        if not document.line(int(row["line"]))
    ]


def misquoted_figures(document: Document, tables: Input) -> list[Fault]:
    """Find figures that do not stand on their line, or start there and end on the next one."""
    return [
        row.fault("ocr_text" if row["ocr_text"] else "printed", f"is not on line {row['line']} of {document.file}")
        for row in tables.figures(document.document_id)
        if not _starts(document, int(row["line"]), text_in_document(row))
    ]


def _starts(document: Document, number: int, text: str) -> list[set[int]]:
    """Return the places of a text that starts on a line, as positions of that line with the next one behind it."""
    line = document.line(number)
    return [place for place in places(text, document.from_line(number)) if min(place) < len(line)]


def stale_not_figures(document: Document, tables: Input) -> list[Fault]:
    """Find rows of `not_figures` whose text does not stand on their line, or whose whole line has no digit."""
    return [
        row.fault("text", f"is not on line {row['line']} of {document.file}")
        for row in tables.of("not_figures", document.document_id)
        for line in (document.line(int(row["line"])),)
        if not (TOKEN_RE.search(line) if row["text"] == WHOLE_LINE else places(_plain(row["text"]), line))
    ]


def unread_numbers(document: Document, tables: Input) -> list[Fault]:
    """Find numbers of the document that no row accounts for."""
    figures = by_line(tables.figures(document.document_id))
    not_figures = by_line(tables.of("not_figures", document.document_id))
    faults = []
    carried: set[int] = set()
    for number, line in enumerate(document.lines, start=1):
        accounted = carried | _accounted(document, number, figures.get(number, []), not_figures.get(number, []))
        # What ends on the next line accounts for its digits there; a blank stands between the two.
        carried = {at - len(line) - 1 for at in accounted if at > len(line)}
        faults += [
            Fault(
                document.file, number, "", token.group(), "is in no table; write it as a figure, or in not_figures.csv"
            )
            for token in TOKEN_RE.finditer(line)
            if any(line[at].isdigit() and at not in accounted for at in range(*token.span()))
        ]
    return faults


def _accounted(document: Document, number: int, figures: list[Row], not_figures: list[Row]) -> set[int]:
    """Return the positions of a line, with the next one behind it, that rows account for.

    A figure accounts for one place, so a number that stands twice needs two rows; the longest text chooses
    first, and a figure that finds no place left shares one. A not_figure accounts for every place of its
    text, since its key allows it once a line.
    """
    line = document.line(number)
    positions: set[int] = set()
    for text in sorted(map(text_in_document, figures), key=len, reverse=True):
        positions |= next((place for place in _starts(document, number, text) if not place & positions), set())
    for row in not_figures:
        if row["text"] == WHOLE_LINE:
            return positions | set(range(len(line)))
        positions.update(*places(_plain(row["text"]), line))
    return positions


def misspelt_names(
    document: Document, tables: Input, exceptions: Mapping[tuple[str, str], str] = NOT_VERBATIM
) -> list[Fault]:
    """Find names that are not near their line as they are written in the tables."""
    is_scan = any(row["ocr_text"] for row in tables.figures(document.document_id))
    likeness_needed = SCAN_LIKENESS if is_scan else 1.0
    return [
        row.fault(column, f"is not near line {row['line']} of {document.file}")
        for row, column, name in _names(document, tables)
        if likeness(name, document.near(int(row["line"]))) < likeness_needed
        and (document.document_id, row["figure_id"] or column) not in exceptions
    ]


def _names(document: Document, tables: Input) -> Iterator[tuple[Row, str, str]]:
    """Yield each name with its row and column. Of a budget line, without the title of its initiative.

    That title stands further up in the document, and the initiative's own row is compared with it there.
    """
    initiatives = tables.of("initiatives", document.document_id)
    titles = {row["initiative_no"]: row["initiative_name"] for row in initiatives}
    for table, column in NAMES:
        for row in _rows(tables, table, document.document_id):
            title = titles.get(row["initiative_no"], "") if column == "line_name" else ""
            yield row, column, row[column].removeprefix(title)


def likeness(name: str, text: str) -> float:
    """Return how like a name the most similar words of a text are, by their letters alone: 1 is the same."""
    wanted, words = "".join(_words(name)), _words(text)
    if not wanted:
        return 1.0
    candidates = [_join_words(words, start, len(wanted)) for start in range(len(words))]
    if wanted in candidates:
        return 1.0
    matcher = difflib.SequenceMatcher(None, b=wanted, autojunk=False)
    best = 0.0
    for candidate in candidates:
        matcher.set_seq1(candidate)
        # The quick ratio is never below the true one and spares most of the work.
        if matcher.quick_ratio() > best:
            best = max(best, matcher.ratio())
    return best


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]+", text.casefold())


def _join_words(words: list[str], start: int, length: int) -> str:
    """Join as many words as it takes to reach a length."""
    joined = ""
    while len(joined) < length and start < len(words):
        joined += words[start]
        start += 1
    return joined


#: Every check of a document.
CHECKS = (misplaced_rows, misquoted_figures, unread_numbers, stale_not_figures, misspelt_names)
