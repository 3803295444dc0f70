"""Input that must not pass, told through the command line, while the published release stays as it is.

Belongs here: the project's own input tables, spoilt in one way each, and what `check` and `refresh` say of
them. Does not: the rules one by one (`test_tables`, `test_numbers`, `test_reconcile`).
"""

from __future__ import annotations

import csv
import io
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from click.testing import Result

from jobmaal.core.errors import EXIT_CHECK_FAILED, EXIT_FAULTY_INPUT
from jobmaal.core.layout import Layout
from jobmaal.raw import Reading, read_all
from tests.helpers.input import (
    append,
    copy_project_seeds,
    csv_text,
    edit,
    line_of,
    publish_something,
    published,
    rewrite,
    row_of,
    run,
)

#: The document that is spoilt, and rows of it that other rows rest on.
PLAN = "plads_til_alle_2007"
BUDGET_LINE = "b.jobpatruljer.adm"
GRAND_TOTAL = "t.ialt"
FAULTY_TOTAL = "t.varslingssystem.ialt"
KNOWN_FAULT = f"{FAULTY_TOTAL}:lines"


@dataclass(frozen=True)
class Told:
    """What one line of the output must say; what is left out does not apply."""

    file: str
    rule: str
    line: int = 0
    column: str = ""
    value: str = ""

    def is_said_in(self, output: str) -> bool:
        """Check whether one line says all of it."""
        place = f"seeds/{self.file}:{self.line}: " if self.line else f"seeds/{self.file}: "
        if self.column:
            place += f"column '{self.column}', value '{self.value}': "
        return any(line.strip().startswith(place) and self.rule in line for line in output.splitlines())


Spoil = Callable[[Path], Told]


# --- ways to spoil the tables ----------------------------------------------------------------------


def cell(seeds: Path, key: tuple[str, str], told: Told) -> Told:
    """Put the value that is to be told into the cell where it is to be told."""
    return replace(told, line=edit(seeds / told.file, key, told.column, told.value))


def budget_cell(seeds: Path, column: str, value: str, rule: str) -> Told:
    """Put a value into a cell of a budget line."""
    told = Told(f"{PLAN}/budget_lines.csv", rule, column=column, value=value)
    return cell(seeds, ("figure_id", BUDGET_LINE), told)


def replace_file(seeds: Path, content: bytes, rule: str, file: str = f"{PLAN}/budget_lines.csv") -> Told:
    """Put another content into a file; it is to be told of the whole of it."""
    (seeds / file).write_bytes(content)
    return Told(file, rule)


def missing_column(seeds: Path) -> Told:
    file = f"{PLAN}/budget_lines.csv"

    def drop(header: list[str], rows: list[list[str]]) -> None:
        for row in [*rows, header]:
            del row[header.index("printed")]

    rewrite(seeds / file, drop)
    return Told(file, "lacks the column(s) printed")


def extra_column(seeds: Path) -> Told:
    file = f"{PLAN}/budget_lines.csv"

    def add(header: list[str], rows: list[list[str]]) -> None:
        header.append("colour")
        for row in rows:
            row.append("red")

    rewrite(seeds / file, add)
    return Told(file, "has the unknown column(s) colour")


def duplicate_key(seeds: Path) -> Told:
    file = f"{PLAN}/budget_lines.csv"
    first = line_of(seeds / file, "figure_id", BUDGET_LINE)
    line = append(seeds / file, row_of(seeds / file, "figure_id", BUDGET_LINE))
    return Told(file, f"stands already in line {first}: figure_id must be unique", line, "figure_id", BUDGET_LINE)


def unknown_unit_of_money(seeds: Path) -> Told:
    return budget_cell(seeds, "unit", "DKK", "must be one of kr., mio. kr.")


def unknown_organisational_unit(seeds: Path) -> Told:
    rule = "is unknown: there is no such unit_aliases.alias in shared/unit_aliases.csv"
    return budget_cell(seeds, "unit_named", "Jobcenter Atlantis", rule)


def unknown_account(seeds: Path) -> Told:
    rule = "is unknown: there is no such accounts.account_id in shared/accounts.csv"
    return budget_cell(seeds, "account_id", "9.99.99", rule)


def unknown_initiative(seeds: Path) -> Told:
    rule = f"is unknown: there is no such initiatives.initiative_no in the document '{PLAN}'"
    return budget_cell(seeds, "initiative_no", "99.1", rule)


def unparsable_number(seeds: Path) -> Told:
    return budget_cell(seeds, "printed", "S,3", "is no number in Danish notation")


def misspelt_million(seeds: Path) -> Told:
    return budget_cell(seeds, "printed", "3,5 mip.", "ends in 'mip.', which is no word for money")


def two_numbers_in_one_cell(seeds: Path) -> Told:
    return budget_cell(seeds, "printed", "3,5 2,0", "ends in '2,0', which is no word for money")


def known_fault_of_no_claim(seeds: Path) -> Told:
    file = f"{PLAN}/known_faults.csv"
    return cell(
        seeds,
        ("claim_id", KNOWN_FAULT),
        Told(file, "is no claim of this document", column="claim_id", value="t.nowhere:lines"),
    )


def residual_in_words(seeds: Path) -> Told:
    file = f"{PLAN}/known_faults.csv"
    return cell(
        seeds,
        ("claim_id", KNOWN_FAULT),
        Told(file, "must be a number with a decimal", column="residual", value="half a million"),
    )


def empty_file(seeds: Path) -> Told:
    return replace_file(seeds, b"", "is empty; at least the header must stand there")


def file_of_blanks(seeds: Path) -> Told:
    return replace_file(seeds, b" \r\n\r\n\t \n", "is empty; at least the header must stand there")


def latin_1(seeds: Path) -> Told:
    path = seeds / PLAN / "budget_lines.csv"
    content = path.read_text(encoding="utf-8").replace("–", "-").replace("”", '"').encode("latin-1", errors="replace")
    return replace_file(seeds, content, "is not UTF-8: byte 0x")


def utf_16(seeds: Path) -> Told:
    content = (seeds / PLAN / "budget_lines.csv").read_text(encoding="utf-8").encode("utf-16")
    return replace_file(seeds, content, "is not UTF-8: byte 0xff in line 1; save the file as 'CSV UTF-8'")


def html(seeds: Path) -> Told:
    page = b"<!DOCTYPE html>\n<html><body><table><tr><td>3,5</td></tr></table></body></html>\n"
    return replace_file(seeds, page, "is no CSV of this table: its first line must be the header figure_id,")


def prose(seeds: Path) -> Told:
    return replace_file(seeds, b"Dear all, the budget follows next week.\n\nYours\n", "is no CSV of this table")


def zero_bytes(seeds: Path) -> Told:
    content = (seeds / PLAN / "budget_lines.csv").read_bytes()
    return replace_file(seeds, content + bytes(512), "holds zero bytes, so it is no text")


def binary(seeds: Path) -> Told:
    return replace_file(seeds, b"PK\x03\x04\x14\x00\x06\x00\x08\x00\x00\x00!\x00\xff\xfe", "is not UTF-8: byte 0xff")


def missing_file(seeds: Path) -> Told:
    (seeds / PLAN / "budget_lines.csv").unlink()
    return Told(f"{PLAN}/budget_lines.csv", "is missing; its header is figure_id,theme_name,")


def missing_shared_file(seeds: Path) -> Told:
    (seeds / "shared" / "documents.csv").unlink()
    return Told("shared/documents.csv", "is missing; its header is document_id,")


def unknown_file(seeds: Path) -> Told:
    (seeds / PLAN / "budget_lines_old.csv").write_text("x\n", encoding="utf-8")
    return Told(f"{PLAN}/budget_lines_old.csv", "is no input table; the tables are agreement, budget_lines,")


def folder_of_no_document(seeds: Path) -> Told:
    shutil.copytree(seeds / PLAN, seeds / "plan_2099")
    return Told("plan_2099", "is no document of shared/documents.csv; add a row there")


def document_without_folder(seeds: Path) -> Told:
    shutil.rmtree(seeds / PLAN)
    return Told(PLAN, "is a document of shared/documents.csv, but has no folder")


def ragged_row(seeds: Path) -> Told:
    path = seeds / PLAN / "budget_lines.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    width, at = lines[0].count(",") + 1, len(lines) + 1
    path.write_text("\n".join([*lines, "b.new,A,B"]) + "\n", encoding="utf-8")
    return Told(f"{PLAN}/budget_lines.csv", f"has 3 cells where the header has {width} columns", at)


def unclosed_quote(seeds: Path) -> Told:
    content = (seeds / PLAN / "budget_lines.csv").read_bytes() + b'b.new,"Never closed,\n'
    return replace_file(seeds, content, "is no CSV from line ")


def wrong_date(seeds: Path) -> Told:
    file = f"{PLAN}/known_faults.csv"
    return cell(
        seeds,
        ("claim_id", KNOWN_FAULT),
        Told(file, "must be a date: 2007-06-01", column="reviewed_on", value="31-12-2026"),
    )


def day_that_is_none(seeds: Path) -> Told:
    file = f"{PLAN}/known_faults.csv"
    return cell(
        seeds,
        ("claim_id", KNOWN_FAULT),
        Told(file, "must be a date: 2007-06-01", column="reviewed_on", value="2026-02-30"),
    )


def years_reversed(seeds: Path) -> Told:
    start = row_of(seeds / PLAN / "budget_lines.csv", "figure_id", BUDGET_LINE)["year_from"]
    return budget_cell(seeds, "year_to", str(int(start) - 1), f"is before year_from ({start})")


def year_that_is_no_number(seeds: Path) -> Told:
    return budget_cell(seeds, "year_from", "20o7", "must be a year: 2007")


def figure_id_in_two_tables(seeds: Path) -> Told:
    first = line_of(seeds / PLAN / "budget_lines.csv", "figure_id", BUDGET_LINE)
    file = f"{PLAN}/figures.csv"
    other = {"figure_id": BUDGET_LINE, "what": "x", "printed": "1", "unit": "kr.", "locator": "x", "line": "1"}
    rule = f"stands already in seeds/{PLAN}/budget_lines.csv:{first}: a figure's id is unique in its document"
    return Told(file, rule, append(seeds / file, other), "figure_id", BUDGET_LINE)


def two_agreements(seeds: Path) -> Told:
    path = seeds / PLAN / "agreement.csv"
    with path.open(encoding="utf-8", newline="") as file:
        (only,) = csv.DictReader(file)
    append(path, {**only, "agreement_name": "Another agreement"})
    return Told(f"{PLAN}/agreement.csv", "must have exactly one row, has 2")


def byte_order_mark_alone(seeds: Path) -> Told:
    return replace_file(seeds, b"\xef\xbb\xbf", "is empty")


def courses_that_lost_their_zeros(seeds: Path) -> Told:
    file = "beskaeftigelsesplan_2018/courses.csv"
    rule = "has a dot before fewer than three digits, but in 'forløb' a dot groups thousands"
    return cell(seeds, ("figure_id", "4.3.4.courses"), Told(file, rule, column="printed", value="2.5"))


def initiative_that_lost_its_zero(seeds: Path) -> Told:
    file = "integrationsaftale_2009/courses.csv"
    told = Told(file, "is not 1.10, which figure_id and locator have", column="initiative_no", value="1.1")
    return cell(seeds, ("initiative_no", "1.10"), told)


def range_that_became_a_date(seeds: Path) -> Told:
    file = "jobkonsulentpulje_2007/targets.csv"
    return cell(seeds, ("printed", "4-5"), Told(file, "has the month 'maj'", column="printed", value="04-maj"))


def millions_with_a_dot(seeds: Path) -> Told:
    rule = "has a dot that may group thousands or begin decimals: 1925 (grouped) or 1,925 (decimal)"
    return budget_cell(seeds, "printed", "1.925", rule)


def letter_saved_as_a_question_mark(seeds: Path) -> Told:
    file = "integrationsaftale_2009/targets.csv"
    rule = "has a '?' that is in the place of no digit"
    return cell(seeds, ("printed", "mindst 1.400"), Told(file, rule, column="printed", value="mindst 40 forl?b"))


def letters_read_in_another_encoding(seeds: Path) -> Told:
    told = Told(f"{PLAN}/themes.csv", "was lost in a save", column="theme_name", value="NÃ¦ste skridt")
    return cell(seeds, ("theme_no", "1"), told)


def theme_with_a_space_that_is_none(seeds: Path) -> Told:
    theme = row_of(seeds / PLAN / "budget_lines.csv", "figure_id", BUDGET_LINE)["theme_name"]
    told = budget_cell(seeds, "theme_name", theme.replace(" ", "\u00a0", 1), "only looks like a space (U+00A0")
    # The terminal shows what cannot be seen written out.
    return replace(told, value=theme.replace(" ", "\\xa0", 1))


def thousands_of_kroner_as_courses(seeds: Path) -> Told:
    file = "beskaeftigelsesplan_2018/courses.csv"
    told = Told(file, "has the unknown unit 'tkr.'", column="unit", value="tkr.")
    return cell(seeds, ("figure_id", "4.3.4.courses"), told)


def municipality_code_with_a_zero_before_it(seeds: Path) -> Told:
    told = Told("shared/areas.csv", "must be a code of three digits", column="municipality_code", value="0101")
    return cell(seeds, ("area_name", "København"), told)


def comma_at_the_end_of_every_line(seeds: Path) -> Told:
    path = seeds / PLAN / "themes.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("".join(f"{line},\n" for line in lines), encoding="utf-8")
    rule = f"{len(lines)} lines, from 1 to {len(lines)}, end in an empty column without a name: remove the ','"
    return Told(f"{PLAN}/themes.csv", rule, 1)


def actual_of_a_year_and_of_its_quarter(seeds: Path) -> Told:
    file = "shared/actual_courses.csv"
    row = {"document_id": "udmoentningsplan_2010", "course_figure_id": "1.3.courses", "printed": "9", "unit": "forløb"}
    row |= {"entered_by": "x", "entered_on": "2011-01-01", "origin": "x"}
    append(seeds / file, {**row, "period_id": "2010Y01"})
    line = append(seeds / file, {**row, "period_id": "2010Q01"})
    return Told(file, "overlaps 2010Y01 in line 2, and the two would be added up", line, "period_id", "2010Q01")


TABLES_AT_FAULT: list[Spoil] = [
    courses_that_lost_their_zeros, initiative_that_lost_its_zero, range_that_became_a_date, millions_with_a_dot,
    letter_saved_as_a_question_mark, letters_read_in_another_encoding, theme_with_a_space_that_is_none,
    thousands_of_kroner_as_courses, municipality_code_with_a_zero_before_it, comma_at_the_end_of_every_line,
    actual_of_a_year_and_of_its_quarter,
    missing_column, extra_column, duplicate_key, unknown_unit_of_money, unknown_organisational_unit, unknown_account,
    unknown_initiative, unparsable_number, misspelt_million, two_numbers_in_one_cell, known_fault_of_no_claim,
    residual_in_words, empty_file, file_of_blanks, latin_1, utf_16, html, prose, zero_bytes, binary, missing_file,
    missing_shared_file, unknown_file, folder_of_no_document, document_without_folder, ragged_row, unclosed_quote,
    wrong_date, day_that_is_none, years_reversed, figure_id_in_two_tables, two_agreements,
]  # fmt: skip
BREAKDOWNS: list[Spoil] = [year_that_is_no_number, byte_order_mark_alone]


# --- ways to spoil the sums ------------------------------------------------------------------------


def total_that_its_parts_do_not_reach(seeds: Path) -> Told:
    file = f"{PLAN}/budget_totals.csv"
    rule = f"does not agree with the numbers that imply it: {PLAN}:{GRAND_TOTAL}:lines: the whole agreement"
    return cell(seeds, ("figure_id", GRAND_TOTAL), Told(file, rule, column="printed", value="99,9"))


def line_that_its_total_does_not_have(seeds: Path) -> Told:
    budget_cell(seeds, "printed", "99,9", "")
    file = f"{PLAN}/budget_totals.csv"
    row = row_of(seeds / file, "figure_id", GRAND_TOTAL)
    rule = f"{PLAN}:{GRAND_TOTAL}:lines: the whole agreement"
    return Told(file, rule, line_of(seeds / file, "figure_id", GRAND_TOTAL), "printed", row["printed"])


def line_with_one_wrong_digit(seeds: Path) -> Told:
    told = budget_cell(seeds, "printed", "3,9", "claims that do not hold")
    return replace(told, rule="with 3,5 in its place all of them would hold")


def known_fault_whose_residual_changed(seeds: Path) -> Told:
    faults = seeds / PLAN / "known_faults.csv"
    residual = row_of(faults, "claim_id", KNOWN_FAULT)["residual"]
    entry = f"seeds/{PLAN}/known_faults.csv:{line_of(faults, 'claim_id', KNOWN_FAULT)}"
    rule = f"({entry} expects a residual of {residual})"
    return cell(
        seeds, ("figure_id", FAULTY_TOTAL), Told(f"{PLAN}/budget_totals.csv", rule, column="printed", value="99,9")
    )


def known_fault_that_no_longer_occurs(seeds: Path) -> Told:
    faults = seeds / PLAN / "known_faults.csv"
    entry = f"seeds/{PLAN}/known_faults.csv:{line_of(faults, 'claim_id', KNOWN_FAULT)}"
    rule = f"({entry} expects a fault, but the claim holds)"
    return cell(
        seeds, ("figure_id", FAULTY_TOTAL), Told(f"{PLAN}/budget_totals.csv", rule, column="printed", value="1,5")
    )


def known_fault_taken_off_the_list(seeds: Path) -> Told:
    def drop(header: list[str], rows: list[list[str]]) -> None:
        rows[:] = [row for row in rows if row[header.index("claim_id")] != KNOWN_FAULT]

    rewrite(seeds / PLAN / "known_faults.csv", drop)
    file = f"{PLAN}/budget_totals.csv"
    row, line = row_of(seeds / file, "figure_id", FAULTY_TOTAL), line_of(seeds / file, "figure_id", FAULTY_TOTAL)
    return Told(file, "no entry in known_faults.csv explains it", line, "printed", row["printed"])


SUMS_AT_FAULT: list[Spoil] = [
    total_that_its_parts_do_not_reach, line_that_its_total_does_not_have, line_with_one_wrong_digit,
    known_fault_whose_residual_changed,
    known_fault_that_no_longer_occurs, known_fault_taken_off_the_list,
]  # fmt: skip


# --- what is told ----------------------------------------------------------------------------------


def names(spoils: list[Spoil]) -> list[str]:
    """Name cases by their functions."""
    return [spoil.__name__ for spoil in spoils]


def run_watched(layout: Layout, command: str) -> Result:
    """Run a command beside a published release, and see that neither it nor the environment is touched."""
    publish_something(layout)
    before, environment = published(layout), dict(os.environ)
    result = run(layout, command)
    assert published(layout) == before
    assert dict(os.environ) == environment
    assert not layout.work.exists()
    return result


def assert_told(result: Result, exit_code: int, *expected: Told) -> None:
    """Assert that the command ended in order and said all that is expected."""
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert "Traceback" not in result.output
    assert result.exit_code == exit_code
    for told in expected:
        assert told.is_said_in(result.output), f"{told}\nis not said in\n{result.output}"


@pytest.mark.parametrize("command", ["check", "refresh"])
@pytest.mark.parametrize("spoil", TABLES_AT_FAULT, ids=names(TABLES_AT_FAULT))
def test_a_fault_in_the_tables_is_told_and_nothing_is_published(tmp_path: Path, spoil: Spoil, command: str) -> None:
    layout = copy_project_seeds(tmp_path)
    told = spoil(layout.seeds)
    result = run_watched(layout, command)
    assert_told(result, EXIT_FAULTY_INPUT, told)
    assert "fault(s) in the input tables. Fix them and run the command again" in result.output


@pytest.mark.parametrize("command", ["check", "refresh"])
@pytest.mark.parametrize("spoil", BREAKDOWNS, ids=names(BREAKDOWNS))
def test_a_fault_that_the_reader_stumbles_over_is_told_like_any_other(
    tmp_path: Path, spoil: Spoil, command: str
) -> None:
    layout = copy_project_seeds(tmp_path)
    told = spoil(layout.seeds)
    assert_told(run_watched(layout, command), EXIT_FAULTY_INPUT, told)


@pytest.mark.parametrize("command", ["check", "refresh"])
@pytest.mark.parametrize("spoil", SUMS_AT_FAULT, ids=names(SUMS_AT_FAULT))
def test_a_sum_that_does_not_agree_is_told_and_nothing_is_published(tmp_path: Path, spoil: Spoil, command: str) -> None:
    layout = copy_project_seeds(tmp_path)
    told = spoil(layout.seeds)
    result = run_watched(layout, command)
    assert_told(result, EXIT_CHECK_FAILED, told)
    assert "These checks do not hold, so nothing was published" in result.output


@pytest.mark.parametrize("command", ["check", "refresh"])
def test_five_faults_in_five_files_are_told_in_one_run(tmp_path: Path, command: str) -> None:
    layout = copy_project_seeds(tmp_path)
    spoils = [unknown_account, wrong_date, figure_id_in_two_tables, two_agreements]
    told = [spoil(layout.seeds) for spoil in spoils]
    line_no = Told(f"{PLAN}/themes.csv", "must be a whole number", column="line", value="ninety")
    told.append(cell(layout.seeds, ("theme_no", "1"), line_no))
    result = run_watched(layout, command)
    assert_told(result, EXIT_FAULTY_INPUT, *told)
    assert "5 fault(s) in the input tables" in result.output


@pytest.mark.parametrize("command", ["check", "refresh"])
def test_five_files_that_cannot_be_read_are_told_in_one_run(tmp_path: Path, command: str) -> None:
    layout = copy_project_seeds(tmp_path)
    told = [
        missing_column(layout.seeds),
        unknown_file(layout.seeds),
        replace_file(layout.seeds, b"", "is empty", f"{PLAN}/themes.csv"),
        replace_file(layout.seeds, b"\xe6\xf8\xe5", "is not UTF-8", f"{PLAN}/lists.csv"),
        replace_file(layout.seeds, b"<html>", "is no CSV of this table", "shared/areas.csv"),
    ]
    assert_told(run_watched(layout, command), EXIT_FAULTY_INPUT, *told)


def test_numbers_that_are_none_are_told_together_with_faults_of_other_kinds(tmp_path: Path) -> None:
    layout = copy_project_seeds(tmp_path)
    told = [unparsable_number(layout.seeds), wrong_date(layout.seeds), figure_id_in_two_tables(layout.seeds)]
    assert_told(run_watched(layout, "check"), EXIT_FAULTY_INPUT, *told)


def test_every_number_that_is_none_is_told_in_one_run(tmp_path: Path) -> None:
    layout = copy_project_seeds(tmp_path)
    total = Told(f"{PLAN}/budget_totals.csv", "ends in 'mip.'", column="printed", value="42,5 mip.")
    told = [unparsable_number(layout.seeds), cell(layout.seeds, ("figure_id", GRAND_TOTAL), total)]
    assert_told(run_watched(layout, "check"), EXIT_FAULTY_INPUT, *told)


# --- what is right ---------------------------------------------------------------------------------


def test_the_projects_own_tables_pass(tmp_path: Path) -> None:
    result = run_watched(copy_project_seeds(tmp_path), "check")
    assert_told(result, 0)
    assert "no fault" in result.output


def test_a_refresh_of_good_tables_would_start_the_frameworks(tmp_path: Path) -> None:
    """Where this fails, the tests above do not notice a refresh that goes too far."""
    result = run_watched(copy_project_seeds(tmp_path), "refresh")
    assert isinstance(result.exception, ImportError)


def what_is_read(reading: Reading) -> tuple[dict[str, object], list[tuple[str, ...]]]:
    """Return figures and claims without the bytes that they came from."""
    figures: dict[str, object] = {
        ref: (figure.number, figure.table, figure.row.file, figure.row.cells) for ref, figure in reading.figures.items()
    }
    return figures, [(str(claim), claim.status, claim.claim_kind) for claim in reading.claims]


@pytest.mark.parametrize(
    ("delimiter", "end", "mark"),
    [(";", "\r\n", "\ufeff"), ("\t", "\n", ""), (",", "\r\n", "\ufeff")],
    ids=["semicolon-crlf-bom", "tab", "crlf-bom"],
)
def test_tables_saved_by_a_spreadsheet_give_the_same_figures_and_claims(
    tmp_path: Path, delimiter: str, end: str, mark: str
) -> None:
    layout = copy_project_seeds(tmp_path)
    as_they_were = what_is_read(read_all(layout))
    for path in layout.seeds.rglob("*.csv"):
        header, *rows = csv.reader(io.StringIO(path.read_text(encoding="utf-8"), newline=""))
        path.write_text(mark + csv_text(header, rows, delimiter, end), encoding="utf-8", newline="")
    assert as_they_were[0]
    assert as_they_were[1]
    assert what_is_read(read_all(layout)) == as_they_were
    assert_told(run(layout, "check"), 0)
