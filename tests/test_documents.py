"""Every transcribed figure is held against its document, where the documents are at hand.

Belongs here: that what the seeds say a document prints does stand there, and that no digit of a document
was passed over. Does not: what the numbers mean (`numbers`) and whether they add up (`reconcile`).

The documents are no part of the project. They are looked for in the folder JOBMAAL_DOCUMENTS, else in
`../shared/documents`, and known by their sha256; without them the tests are skipped. Each check is a plain
function from a document and the input tables to a list of faults, so that the last tests can show it fail.
"""

from __future__ import annotations

import csv
import difflib
import hashlib
import os
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from jobmaal import tables
from jobmaal.errors import Fault
from jobmaal.layout import PROJECT, Layout
from jobmaal.tables import Input, Row

SEEDS = PROJECT / "seeds"

#: A number, date, range or case number, as far as digits and what joins them reach.
TOKEN_RE = re.compile(r"\d[\d.,:/-]*\d|\d")
#: In `not_figures`, the text that stands for a whole line.
WHOLE_LINE = "*"

#: The columns that hold a name as the document prints it.
NAMES = (
    ("agreement", "agreement_name"),
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
        """Give a line by its number from 1; blank beyond the end."""
        return self.lines[number - 1] if 1 <= number <= len(self.lines) else ""

    def near(self, number: int) -> str:
        """Give the lines in which a name that starts about here may end, since names break over lines."""
        return " ".join(self.line(n) for n in range(number - 1, number + 7))


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())


def documents_folder() -> Path:
    """Say where the documents are looked for."""
    return Path(os.environ.get("JOBMAAL_DOCUMENTS") or PROJECT.parent / "shared" / "documents")


def open_document(folder: Path, document_id: str, text_sha256: str) -> Document:
    """Find a document by its fingerprint; skip the test where it is not at hand."""
    if not folder.is_dir():
        pytest.skip(f"there is no folder of documents {folder} (set JOBMAAL_DOCUMENTS)")
    for path in sorted(folder.glob("*.txt")):
        content = path.read_bytes()
        if hashlib.sha256(content).hexdigest() == text_sha256:
            # Not splitlines: a form feed starts a page, but no line.
            lines = content.decode("utf-8").split("\n")
            return Document(document_id, path.name, tuple(map(_plain, lines)))
    pytest.skip(f"the folder of documents {folder} holds no text of {document_id} (sha256 {text_sha256})")


# What the rows say


def figure_rows(tables: Input, document_id: str) -> list[Row]:
    """Give the rows of a document that carry a figure, from all tables."""
    with_figures = (table.name for table in tables.schema.values() if table.has_figures)
    return [row for name in with_figures for row in tables.of(name, document_id) if row["figure_id"]]


def text_in_document(row: Row) -> str:
    """Give what the text edition has for a figure: where the scan was misread, not what was printed."""
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


# The checks


def misplaced_rows(document: Document, tables: Input) -> list[Fault]:
    """Find rows of any table whose line is blank or beyond the document's end."""
    return [
        row.fault("line", f"is a blank line of {document.file}, or none")
        for table in tables.schema.values()
        if table.scope == "document" and "line" in table.column_names
        for row in tables.of(table.name, document.document_id)
        if not document.line(int(row["line"]))
    ]


def misquoted_figures(document: Document, tables: Input) -> list[Fault]:
    """Find figures that do not stand on their line."""
    return [
        row.fault("ocr_text" if row["ocr_text"] else "printed", f"is not on line {row['line']} of {document.file}")
        for row in figure_rows(tables, document.document_id)
        if not places(text_in_document(row), document.line(int(row["line"])))
    ]


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
    figures = by_line(figure_rows(tables, document.document_id))
    not_figures = by_line(tables.of("not_figures", document.document_id))
    faults = []
    for number, line in enumerate(document.lines, start=1):
        accounted = _accounted(line, figures.get(number, []), not_figures.get(number, []))
        faults += [
            Fault(document.file, number, "", token.group(), "is in no table; it is a figure or a not_figure")
            for token in TOKEN_RE.finditer(line)
            if any(line[at].isdigit() and at not in accounted for at in range(*token.span()))
        ]
    return faults


def _accounted(line: str, figures: list[Row], not_figures: list[Row]) -> set[int]:
    """Give the positions of a line that rows account for.

    A figure accounts for one place, so a number that stands twice needs two rows; the longest text chooses
    first, and a figure that finds no place left shares one. A not_figure accounts for every place of its
    text, since its key allows it once a line.
    """
    positions: set[int] = set()
    for text in sorted(map(text_in_document, figures), key=len, reverse=True):
        positions |= next((place for place in places(text, line) if not place & positions), set())
    for row in not_figures:
        if row["text"] == WHOLE_LINE:
            return set(range(len(line)))
        positions.update(*places(_plain(row["text"]), line))
    return positions


def misspelt_names(
    document: Document, tables: Input, exceptions: Mapping[tuple[str, str], str] = NOT_VERBATIM
) -> list[Fault]:
    """Find names that are not near their line as they are written in the tables."""
    is_scan = any(row["ocr_text"] for row in figure_rows(tables, document.document_id))
    likeness_needed = SCAN_LIKENESS if is_scan else 1.0
    return [
        row.fault(column, f"is not near line {row['line']} of {document.file}")
        for row, column, name in _names(document, tables)
        if likeness(name, document.near(int(row["line"]))) < likeness_needed
        and (document.document_id, row["figure_id"] or column) not in exceptions
    ]


def _names(document: Document, tables: Input) -> Iterator[tuple[Row, str, str]]:
    """Give each name with its row and column. Of a budget line, without the title of its initiative.

    That title stands further up in the document, and the initiative's own row is held against it there.
    """
    initiatives = tables.of("initiatives", document.document_id)
    titles = {row["initiative_no"]: row["initiative_name"] for row in initiatives}
    for table, column in NAMES:
        for row in tables.of(table, document.document_id):
            title = titles.get(row["initiative_no"], "") if column == "line_name" else ""
            yield row, column, row[column].removeprefix(title)


def likeness(name: str, text: str) -> float:
    """Say how like a name the most similar words of a text are, by their letters alone: 1 is the same."""
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


# The tests


def _documents() -> list[dict[str, str]]:
    with (SEEDS / "shared" / "documents.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def seeds(tmp_path_factory: pytest.TempPathFactory) -> Input:
    """Read the project's own input tables."""
    return tables.inspect(Layout(seeds=SEEDS, data=tmp_path_factory.mktemp("data")))[0]


@pytest.fixture(scope="module", params=_documents(), ids=lambda row: row["document_id"])
def document(request: pytest.FixtureRequest) -> Document:
    """Open each document in turn."""
    return open_document(documents_folder(), request.param["document_id"], request.param["text_sha256"])


def _told(faults: Iterable[Fault]) -> str:
    return "\n".join(map(str, faults))


def test_every_row_names_a_line_that_is_there(document: Document, seeds: Input) -> None:
    """Every row names a line that is there."""
    assert not _told(misplaced_rows(document, seeds))


def test_every_figure_stands_on_its_line(document: Document, seeds: Input) -> None:
    """Every figure stands on its line."""
    assert not _told(misquoted_figures(document, seeds))


def test_every_number_of_the_document_is_accounted_for(document: Document, seeds: Input) -> None:
    """Every number of the document is accounted for."""
    assert not _told(unread_numbers(document, seeds))


def test_every_not_figure_stands_on_its_line(document: Document, seeds: Input) -> None:
    """Every not_figure stands on its line."""
    assert not _told(stale_not_figures(document, seeds))


def test_every_name_stands_near_its_line(document: Document, seeds: Input) -> None:
    """Every name stands near its line."""
    assert not _told(misspelt_names(document, seeds))


def test_no_exception_for_a_name_is_out_of_date(document: Document, seeds: Input) -> None:
    """No exception for a name is out of date."""
    excepted = [key for key in NOT_VERBATIM if key[0] == document.document_id]
    faults = misspelt_names(document, seeds, exceptions={})
    assert len(faults) == len(excepted), _told(faults)


# The tests of the checks: each shows one failing on a copy of the tables with one row spoilt


def _with_change(tables: Input, table: str, old: Row, new: Row | None) -> Input:
    """Copy the tables with one row changed, or left out."""
    changed = [new if row is old else row for row in tables.of(table)]
    return replace(tables, rows={**tables.rows, table: [row for row in changed if row is not None]})


def _with_cell(row: Row, column: str, value: str) -> Row:
    return replace(row, cells={**row.cells, column: value})


def _with_other_digit(row: Row, line: str) -> Row | None:
    """Change the last digit of a figure so that it is no longer on its line; None where that cannot be."""
    column = "ocr_text" if row["ocr_text"] else "printed"
    others = (re.sub(r"\d(?=\D*$)", digit, row[column]) for digit in "0123456789")
    return next((_with_cell(row, column, other) for other in others if _plain(other) not in line), None)


def _is_alone(row: Row, document: Document, tables: Input) -> bool:
    """Say whether nothing else on a figure's line could be taken for its number."""
    same_line = [
        *(text_in_document(r) for r in figure_rows(tables, document.document_id) if r["line"] == row["line"]),
        *(r["text"] for r in tables.of("not_figures", document.document_id) if r["line"] == row["line"]),
    ]
    text = text_in_document(row)
    return sum(text in other or other in text for other in same_line) == 1


def test_a_changed_digit_is_told_as_exactly_that_row(document: Document, seeds: Input) -> None:
    """A changed digit is told as exactly that row; tried on one figure of each table."""
    tried = 0
    for table in seeds.schema.values():
        rows = seeds.of(table.name, document.document_id) if table.has_figures else []
        with_digit = (row for row in rows if TOKEN_RE.search(text_in_document(row)))
        spoilt = ((row, _with_other_digit(row, document.line(int(row["line"])))) for row in with_digit)
        for old, new in [pair for pair in spoilt if pair[1]][:1]:
            faults = misquoted_figures(document, _with_change(seeds, table.name, old, new))
            assert [(fault.file, fault.line) for fault in faults] == [(old.file, old.line)]
            tried += 1
    assert tried


def test_a_figure_left_out_is_told_as_an_unread_number(document: Document, seeds: Input) -> None:
    """A figure left out is told as an unread number; tried on one figure of each table."""
    tried = 0
    for table in seeds.schema.values():
        rows = seeds.of(table.name, document.document_id) if table.has_figures else []
        with_digit = (row for row in rows if TOKEN_RE.search(text_in_document(row)))
        for row in [row for row in with_digit if _is_alone(row, document, seeds)][:1]:
            faults = unread_numbers(document, _with_change(seeds, table.name, row, None))
            numbers = TOKEN_RE.findall(text_in_document(row))
            assert [fault.line for fault in faults] == [int(row["line"])] * len(numbers)
            assert all(number in fault.value for number, fault in zip(numbers, faults, strict=True))
            tried += 1
    assert tried


def test_a_not_figure_on_the_wrong_line_is_told_twice(document: Document, seeds: Input) -> None:
    """A not_figure moved to a line beyond the end is stale there, and its number is unread where it was."""
    not_figures = seeds.of("not_figures", document.document_id)
    # One that is the only number of its line.
    moved = next(r for r in not_figures if TOKEN_RE.findall(document.line(int(r["line"]))) == [r["text"]])
    spoilt = _with_change(seeds, "not_figures", moved, _with_cell(moved, "line", str(len(document.lines) + 1)))
    assert [(fault.file, fault.line) for fault in stale_not_figures(document, spoilt)] == [(moved.file, moved.line)]
    assert [fault.line for fault in unread_numbers(document, spoilt)] == [int(moved["line"])]
    assert [fault.line for fault in misplaced_rows(document, spoilt)] == [moved.line]


def test_a_name_from_elsewhere_is_told(document: Document, seeds: Input) -> None:
    """The name of the first initiative, given to the last, is told there."""
    first, *_, last = seeds.of("initiatives", document.document_id)
    wrong = _with_cell(last, "initiative_name", first["initiative_name"])
    faults = misspelt_names(document, _with_change(seeds, "initiatives", last, wrong))
    assert (last.file, last.line) in [(fault.file, fault.line) for fault in faults]


def test_a_number_that_stands_twice_needs_two_rows() -> None:
    """A number that stands twice needs two rows; one that stands once may serve two."""
    figure = Row("made-up", "figures.csv", 2, {"figure_id": "a", "printed": "12", "line": "1"})
    assert _accounted("12 x 12", [figure], []) == {0, 1}
    assert _accounted("12 x 12", [figure, figure], []) == {0, 1, 5, 6}
    assert _accounted("12 x", [figure, figure], []) == {0, 1}


@pytest.mark.parametrize(
    ("text", "line", "is_there"),
    [
        ("12", "12-20", True),
        ("12", "12/20", True),
        ("12", "x 12. y", True),
        ("12", "12x", True),
        ("12", "112", False),
        ("12", "120", False),
        ("12", "1.12", False),
        ("12", "12,5", False),
        ("ab", "cab", False),
        ("ab", "(ab)", True),
    ],
)
def test_a_text_is_found_as_a_whole_number_or_word(text: str, line: str, *, is_there: bool) -> None:
    """A text is found as a whole number or word, not as a piece of a longer one."""
    assert bool(places(text, line)) == is_there


def test_without_the_documents_the_reason_names_the_folder(tmp_path: Path) -> None:
    """Without the documents the reason names the folder, be it that it or a text in it is missing."""
    for folder in (tmp_path / "none", tmp_path):
        with pytest.raises(pytest.skip.Exception, match=re.escape(str(folder))):
            open_document(folder, "made-up", "0" * 64)
