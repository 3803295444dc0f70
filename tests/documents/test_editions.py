"""Every transcribed figure is compared with its document, where the documents are at hand.

Belongs here: that what the seeds say a document prints is there, that no digit of a document was passed over,
and that each check of `jobmaal.documents.editions` can fail. Does not: what the numbers mean (`numbers`) and whether
they add up (`reconcile`).

The documents are no part of the project. They are looked for in the folder JOBMAAL_DOCUMENTS, else in
`../shared/documents`, and known by their sha256; without them the tests are skipped.
"""

import hashlib
import itertools
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from jobmaal.core.errors import EXIT_FAULTY_INPUT, Fault
from jobmaal.core.layout import PROJECT, Layout
from jobmaal.documents import editions
from jobmaal.inputs import tables
from jobmaal.inputs.tables import Input, Row
from tests.helpers.input import DOC, Cells, edit, run, write_seeds, write_table

_SEEDS = tables.inspect(Layout(PROJECT / "seeds", PROJECT / "data"), for_editions=True)[0]
Check = Callable[[editions.Document, Input], Iterator[Fault]]


def documents_folder() -> Path:
    """Return the folder in which the documents are looked for."""
    return Path(os.environ.get("JOBMAAL_DOCUMENTS") or PROJECT.parent / "shared" / "documents")


def open_document(folder: Path, document_id: str, text_sha256: str) -> editions.Document:
    """Find a document by its fingerprint; skip the test where it is not at hand."""
    found = editions.find_editions(folder, {document_id: text_sha256}) if folder.is_dir() else {}
    if not found:
        pytest.skip(f"{folder} (or JOBMAAL_DOCUMENTS) holds no text of {document_id} (sha256 {text_sha256})")
    return editions.read_document(document_id, found[document_id])


@pytest.fixture(scope="module")
def seeds() -> Input:
    """Return the project's own input tables."""
    return _SEEDS


@pytest.fixture(scope="module", params=_SEEDS.of("documents"), ids=lambda row: row["document_id"])
def document(request: pytest.FixtureRequest) -> editions.Document:
    """Open each document in turn."""
    return open_document(documents_folder(), request.param["document_id"], request.param["text_sha256"])


@pytest.mark.parametrize("check", editions.CHECKS, ids=lambda check: check.__name__)
def test_every_check_of_a_document_passes(document: editions.Document, seeds: Input, check: Check) -> None:
    assert "\n".join(map(str, check(document, seeds))) == ""


def test_no_exception_for_a_name_is_out_of_date(document: editions.Document, seeds: Input) -> None:
    excepted = [key for key in editions.NOT_VERBATIM if key[0] == document.document_id]
    assert len([*editions.misspelt_names(document, seeds, exceptions={})]) == len(excepted)


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
    others = (_with_cell(row, column, re.sub(r"\d(?=\D*$)", digit, row[column])) for digit in "0123456789")
    return next((other for other in others if editions.text_of(other) not in line), None)


def _is_alone(row: Row, document: editions.Document, tables: Input) -> bool:
    """Check whether nothing else on a figure's line could be taken for its number."""
    same_line = [
        *(editions.text_of(other) for other in tables.figures(document.document_id) if other["line"] == row["line"]),
        *(r["text"] for r in tables.of("not_figures", document.document_id) if r["line"] == row["line"]),
    ]
    return sum(editions.text_of(row) in other or other in editions.text_of(row) for other in same_line) == 1


def _figures_by_table(document: editions.Document, tables: Input) -> list[list[Row]]:
    """Return the figures with a digit, table by table."""
    rows = [row for row in tables.figures(document.document_id) if editions.TOKEN_RE.search(editions.text_of(row))]
    return [[*group] for _, group in itertools.groupby(rows, lambda row: row.table)]


def test_a_changed_digit_is_reported_as_exactly_that_row(document: editions.Document, seeds: Input) -> None:
    """Tried on one figure of each table."""
    for rows in _figures_by_table(document, seeds):
        spoilt = ((row, _with_other_digit(row, document.line(row))) for row in rows)
        old, new = next(pair for pair in spoilt if pair[1])
        faults = editions.misquoted_figures(document, _with_change(seeds, old.table, old, new))
        assert [(fault.file, fault.line) for fault in faults] == [(old.file, old.line)]


def test_a_figure_left_out_is_reported_as_an_unread_number(document: editions.Document, seeds: Input) -> None:
    """Tried on one figure of each table that has one alone on its line."""
    alone = [[row for row in rows if _is_alone(row, document, seeds)] for rows in _figures_by_table(document, seeds)]
    assert any(alone)
    for row, *_ in filter(None, alone):
        faults = [*editions.unread_numbers(document, _with_change(seeds, row.table, row, None))]
        numbers = editions.TOKEN_RE.findall(editions.text_of(row))
        assert [fault.line for fault in faults] == [int(row["line"])] * len(numbers)
        assert all(number in fault.value for number, fault in zip(numbers, faults, strict=True))


def test_a_not_figure_on_the_wrong_line_is_reported_twice(document: editions.Document, seeds: Input) -> None:
    """A not_figure moved to a line beyond the end is stale there, and its number is unread where it was."""
    not_figures = seeds.of("not_figures", document.document_id)
    # One that is the only number of its line.
    moved = next(r for r in not_figures if editions.TOKEN_RE.findall(document.line(r)) == [r["text"]])
    spoilt = _with_change(seeds, "not_figures", moved, _with_cell(moved, "line", str(len(document.lines) + 1)))
    assert [(fault.file, fault.line) for fault in editions.stale_not_figures(document, spoilt)] == [
        (moved.file, moved.line)
    ]
    assert [fault.line for fault in editions.unread_numbers(document, spoilt)] == [int(moved["line"])]
    assert [fault.line for fault in editions.misplaced_rows(document, spoilt)] == [moved.line]


def test_a_name_from_elsewhere_is_reported(document: editions.Document, seeds: Input) -> None:
    """The name of the first initiative, given to the last, is reported there."""
    first, *_, last = seeds.of("initiatives", document.document_id)
    wrong = _with_cell(last, "initiative_name", first["initiative_name"])
    faults = editions.misspelt_names(document, _with_change(seeds, "initiatives", last, wrong))
    assert (last.file, last.line) in [(fault.file, fault.line) for fault in faults]


def _figure(printed: str) -> Row:
    return Row("made-up", "figures.csv", 2, {"figure_id": "a", "printed": printed, "line": "1"})


def test_a_number_that_is_there_twice_needs_two_rows() -> None:
    """One that is there once may serve two."""
    twice, once = (editions.Document("made-up", "made-up.txt", (line,)) for line in ("12 x 12", "12 x"))
    assert editions.accounted_for(twice, [_figure("12")]) == {0, 1}
    assert editions.accounted_for(twice, [_figure("12")] * 2) == {0, 1, 5, 6}
    assert editions.accounted_for(once, [_figure("12")] * 2) == {0, 1}


def test_the_text_of_a_figure_may_start_on_its_line_and_end_on_the_next() -> None:
    """A word that limits a number may be the last one of the line before it."""
    document = editions.Document("made-up", "made-up.txt", ("job senest", "12 måneder efter 12"))
    assert document.starts(_figure("senest 12 måneder")) != []
    assert document.starts(_figure("måneder efter")) == []
    # Its digits are accounted for on the line on which they are printed.
    accounted = editions.accounted_for(document, [_figure("senest 12 måneder")])
    assert {at for at in accounted if at > len("job senest")} == set(range(11, 21))


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
    assert bool(editions.find(text, line)) == is_there


def test_without_the_documents_the_reason_names_the_folder(tmp_path: Path) -> None:
    """Be it that the folder is missing, or a text in it."""
    for folder in (tmp_path / "none", tmp_path):
        with pytest.raises(pytest.skip.Exception, match=re.escape(str(folder))):
            open_document(folder, "made-up", "0" * 64)


# --- the command ---------------------------------------------------------------------------------------------

#: A text edition, and a document of which it is the edition.
EDITION = "Aftalen\n12 forløb til 30 unge\nI alt 5,0 mio. kr.\n"


def with_edition(tmp_path: Path, edition: str = EDITION) -> tuple[Layout, Path]:
    """Write small seeds with two documents, and a folder with the edition of one of them."""
    content = {
        "documents": [{"text_sha256": hashlib.sha256(edition.encode()).hexdigest()}],
        "courses": [{"figure_id": "c", "printed": "12 forløb", "unit": "forløb", "line": "2"}],
        "figures": [{"figure_id": "f", "printed": "5,0 mio. kr.", "unit": "mio. kr.", "line": "3"}],
        "not_figures": [{"line": "2", "text": "30", "reason": "age"}],
    }
    another: dict[str, list[Cells]] = {"documents": [{"text_sha256": "f" * 64}], "figures": [{"figure_id": "f"}]}
    layout = write_seeds(tmp_path, {DOC: content, "another": another})
    folder = tmp_path / "editions"
    folder.mkdir()
    (folder / "under-another-name.text").write_text(edition, encoding="utf-8")
    return layout, folder


def test_the_command_checks_what_it_has_and_names_what_it_has_not(tmp_path: Path) -> None:
    layout, folder = with_edition(tmp_path)
    done = run(layout, "check", "--documents", str(folder))
    assert done.exit_code == 0, done.output
    assert "1 of 2 documents checked against the text edition" in done.output
    assert f"Not checked, since {folder} holds no text of it: another (sha256 {'f' * 64})" in done.output


def test_the_command_reports_a_figure_that_is_not_on_its_line_and_a_number_that_nobody_took(tmp_path: Path) -> None:
    layout, folder = with_edition(tmp_path)
    edit(layout.seeds / DOC / "courses.csv", ("figure_id", "c"), "printed", "13 forløb")
    done = run(layout, "check", "--documents", str(folder))
    assert done.exit_code == EXIT_FAULTY_INPUT
    place = f"seeds/{DOC}/courses.csv:2: column 'printed', value '13 forløb'"
    assert f"{place}: is not on line 2 of under-another-name.text" in done.output
    assert "under-another-name.text:2: value '12': is in no table; write it as a figure" in done.output
    assert "2 fault(s) in the input tables" in done.output


def test_the_command_reports_sums_that_fail_together_with_what_is_misplaced(tmp_path: Path) -> None:
    layout, folder = with_edition(tmp_path)
    edit(layout.seeds / DOC / "courses.csv", ("figure_id", "c"), "line", "3")
    write_table(layout.seeds, DOC, "claims", [{"claim_id": "x", "stated_figure_id": "f", "expression": "7"}])
    done = run(layout, "check", "--documents", str(folder))
    assert done.exit_code == EXIT_FAULTY_INPUT
    assert "is not on line 3" in done.output
    assert "does not agree with the numbers that imply it" in done.output


def test_an_edition_that_is_no_text_is_reported(tmp_path: Path) -> None:
    layout, folder = with_edition(tmp_path)
    content = "Løn".encode("latin-1")
    (folder / "scan.txt").write_bytes(content)
    documents = [{"document_id": name, "text_sha256": hashlib.sha256(content).hexdigest()} for name in (DOC, "another")]
    write_table(layout.seeds, "shared", "documents", documents)
    done = run(layout, "check", "--documents", str(folder))
    assert done.exit_code == EXIT_FAULTY_INPUT
    assert "scan.txt: is not UTF-8" in done.output
