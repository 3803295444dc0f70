"""Input that must not pass, reported through the command line, while the published release stays as it is.

Belongs here: the project's own input tables, spoilt in one way each, and what `check` and `refresh` report of them.
Does not: the rules one by one (`test_tables`, `test_rules`, `test_numbers`, `test_reconcile`).
"""

import csv
import io
import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from click.testing import Result

from jobmaal.core.errors import EXIT_CHECK_FAILED, EXIT_FAULTY_INPUT, Fault
from jobmaal.core.layout import Layout
from jobmaal.raw import read_all
from tests.helpers.input import (
    append,
    copy_project_seeds,
    csv_text,
    edit,
    publish_something,
    published,
    rewrite,
    row_of,
    run,
)

#: The document that is spoilt, and rows of it that other rows rest on.
PLAN = "plads_til_alle_2007"
LINES, TOTALS, KNOWN = f"{PLAN}/budget_lines.csv", f"{PLAN}/budget_totals.csv", f"{PLAN}/known_faults.csv"
BUDGET_LINE = ("figure_id", "b.jobpatruljer.adm")
GRAND_TOTAL = ("figure_id", "t.ialt")
FAULTY_TOTAL = ("figure_id", "t.varslingssystem.ialt")
KNOWN_FAULT = ("claim_id", "t.varslingssystem.ialt:lines")
COURSES_2018 = "beskaeftigelsesplan_2018/courses.csv"


#: Spoils the tables in a folder; returns the fault, whose rule is a part of what is to be reported.
Spoil = Callable[[Path], Fault]


def fault(file: str, rule: str, line: int = 0, column: str = "", value: str = "") -> Fault:
    """Write what is to be reported; what is left out does not apply."""
    return Fault(f"seeds/{file}", line, column, value, rule)


def is_reported(expected: Fault, output: str) -> bool:
    """Check whether one line reports a fault."""
    place = str(replace(expected, rule=""))
    return any(line.strip().startswith(place) and expected.rule in line for line in output.splitlines())


# --- ways to spoil the tables ----------------------------------------------------------------------


def cell(file: str, key: tuple[str, str], column: str, value: str, rule: str) -> Spoil:
    """Put a value into the row that the key names; it is to be reported there."""

    def spoil(seeds: Path) -> Fault:
        return fault(file, rule, edit(seeds / file, key, column, value), column, value)

    return spoil


def content(file: str, change: Callable[[bytes], bytes], rule: str, line: int = 0) -> Spoil:
    """Change the bytes of a file."""

    def spoil(seeds: Path) -> Fault:
        (seeds / file).write_bytes(change((seeds / file).read_bytes()))
        return fault(file, rule, line)

    return spoil


line_cell = partial(cell, LINES, BUDGET_LINE)
known_cell = partial(cell, KNOWN, KNOWN_FAULT)


def missing_column(seeds: Path) -> Fault:
    def drop(header: list[str], rows: list[list[str]]) -> None:
        for row in [*rows, header]:
            del row[header.index("printed")]

    rewrite(seeds / LINES, drop)
    return fault(LINES, "lacks the column(s) printed")


def unknown_file(seeds: Path) -> Fault:
    (seeds / PLAN / "budget_lines_old.csv").write_text("x\n", encoding="utf-8")
    return fault(f"{PLAN}/budget_lines_old.csv", "is no input table; the tables are budget_followups, budget_lines,")


def folder_of_no_document(seeds: Path) -> Fault:
    shutil.copytree(seeds / PLAN, seeds / "plan_2099")
    return fault("plan_2099", "is no document of shared/documents.csv; add a row there")


def figure_id_in_two_tables(seeds: Path) -> Fault:
    first, _ = row_of(seeds / LINES, *BUDGET_LINE)
    file = f"{PLAN}/figures.csv"
    other = {"what": "x", "printed": "1", "unit": "kr.", "locator": "x", "line": "1"}
    rule = f"stands already in seeds/{LINES}:{first}: a figure's id is unique in its document"
    return fault(file, rule, append(seeds / file, {**other, BUDGET_LINE[0]: BUDGET_LINE[1]}), *BUDGET_LINE)


def theme_with_a_space_that_is_none(seeds: Path) -> Fault:
    theme = row_of(seeds / LINES, *BUDGET_LINE)[1]["theme_name"]
    return line_cell("theme_name", theme.replace(" ", "\u00a0", 1), "only looks like a space (U+00A0")(seeds)


TABLES_AT_FAULT: dict[str, Spoil] = {
    # What a spreadsheet and a wrong encoding leave behind.
    "courses_that_lost_their_zeros": cell(
        COURSES_2018, ("figure_id", "4.3.4.courses"), "printed", "2.5",
        "has a dot before fewer than three digits, but in 'forløb' a dot groups thousands",
    ),
    "initiative_that_lost_its_zero": cell(
        "integrationsaftale_2009/courses.csv", ("initiative_no", "1.10"), "initiative_no", "1.1",
        "is not 1.10, which figure_id and locator have",
    ),
    "range_that_became_a_date": cell(
        "jobkonsulentpulje_2007/targets.csv", ("printed", "4-5"), "printed", "04-maj", "has the month 'maj'"
    ),
    "millions_with_a_dot": line_cell(
        "printed", "1.925", "has a dot that may group thousands or begin decimals: 1925 (grouped) or 1,925 (decimal)"
    ),
    "letters_read_in_another_encoding": cell(
        f"{PLAN}/themes.csv", ("theme_no", "1"), "theme_name", "NÃ¦ste skridt", "was lost in a save"
    ),
    "thousands_of_kroner_as_courses": cell(
        COURSES_2018, ("figure_id", "4.3.4.courses"), "unit", "tkr.", "has the unknown unit 'tkr.'"
    ),
    "latin_1": content(LINES, lambda text: text.decode().encode("latin-1", "replace"), "is not UTF-8: byte 0x"),
    "html": content(
        LINES, lambda _: b"<html><td>3,5</td></html>", "is no CSV of this table: its first line must be the header"
    ),
    # One cell each.
    "unknown_account": line_cell(
        "account_id", "9.99.99", "is unknown: there is no such accounts.account_id in shared/accounts.csv"
    ),
    "unparsable_number": line_cell("printed", "S,3", "is no number in Danish notation"),
    "known_fault_of_no_claim": known_cell("claim_id", "t.nowhere:lines", "is no claim of this document"),
    "wrong_date": known_cell("reviewed_on", "31-12-2026", "must be a date: 2007-06-01"),
} | {
    spoil.__name__: spoil
    for spoil in (
        missing_column, unknown_file, folder_of_no_document, figure_id_in_two_tables, theme_with_a_space_that_is_none,
    )
}  # fmt: skip


# --- ways to spoil the sums ------------------------------------------------------------------------


def line_with_one_wrong_digit(seeds: Path) -> Fault:
    told = line_cell("printed", "3,9", "claims that do not hold")(seeds)
    return replace(told, rule="with 3,5 in its place all of them would hold")


def known_fault_taken_off_the_list(seeds: Path) -> Fault:
    def drop(header: list[str], rows: list[list[str]]) -> None:
        rows[:] = [row for row in rows if row[header.index("claim_id")] != KNOWN_FAULT[1]]

    rewrite(seeds / KNOWN, drop)
    line, row = row_of(seeds / TOTALS, *FAULTY_TOTAL)
    return fault(TOTALS, "no entry in known_faults.csv explains it", line, "printed", row["printed"])


SUMS_AT_FAULT: dict[str, Spoil] = {
    "total_that_its_parts_do_not_reach": cell(
        TOTALS,
        GRAND_TOTAL,
        "printed",
        "99,9",
        f"does not agree with the numbers that imply it: {PLAN}:t.ialt:lines: the whole agreement",
    ),
    "line_with_one_wrong_digit": line_with_one_wrong_digit,
    "known_fault_taken_off_the_list": known_fault_taken_off_the_list,
}


# --- what is reported ------------------------------------------------------------------------------


def assert_reported(tmp_path: Path, command: str, exit_code: int, spoils: Sequence[Spoil], said: str) -> None:
    """Assert that a command on spoilt tables reports it all and touches neither the release nor the environment."""
    layout = copy_project_seeds(tmp_path)
    expected = [spoil(layout.seeds) for spoil in spoils]
    result = run_watched(layout, command)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert "Traceback" not in result.output
    assert result.exit_code == exit_code
    for told in expected:
        assert is_reported(told, result.output), f"{told}\nis not reported in\n{result.output}"
    assert said in result.output


def run_watched(layout: Layout, command: str) -> Result:
    """Run a command beside a published release, and see that neither it nor the environment is touched."""
    publish_something(layout)
    before, environment = published(layout), dict(os.environ)
    result = run(layout, command)
    assert published(layout) == before
    assert dict(os.environ) == environment
    assert not layout.work.exists()
    return result


_FAULTY = (EXIT_FAULTY_INPUT, "fault(s) in the input tables. Fix them and run the command again")
_BROKEN = (EXIT_CHECK_FAILED, "These checks do not hold, so nothing was published")


@pytest.mark.parametrize("command", ["check", "refresh"])
@pytest.mark.parametrize(
    ("spoil", "end"),
    [
        *(pytest.param(spoil, _FAULTY, id=name) for name, spoil in TABLES_AT_FAULT.items()),
        *(pytest.param(spoil, _BROKEN, id=name) for name, spoil in SUMS_AT_FAULT.items()),
    ],
)
def test_a_fault_or_a_sum_that_does_not_agree_is_reported_and_nothing_is_published(
    tmp_path: Path, spoil: Spoil, end: tuple[int, str], command: str
) -> None:
    assert_reported(tmp_path, command, end[0], [spoil], end[1])


@pytest.mark.parametrize(
    ("names", "others"),
    [
        # Five files.
        (
            ["unknown_account", "wrong_date", "figure_id_in_two_tables", "courses_that_lost_their_zeros"],
            [cell(f"{PLAN}/themes.csv", ("theme_no", "1"), "line", "ninety", "must be a whole number")],
        ),
        # Five files of which nothing can be read.
        (
            ["missing_column", "unknown_file"],
            [
                content(f"{PLAN}/themes.csv", lambda _: b"", "is empty"),
                content(f"{PLAN}/lists.csv", lambda _: b"\xe6\xf8\xe5", "is not UTF-8"),
                content("shared/areas.csv", lambda _: b"<html>", "is no CSV of this table"),
            ],
        ),
        # Every number that is none.
        (["unparsable_number"], [cell(TOTALS, GRAND_TOTAL, "printed", "42,5 mip.", "ends in 'mip.'")]),
    ],
)
@pytest.mark.parametrize("command", ["check", "refresh"])
def test_all_faults_are_reported_in_one_run(
    tmp_path: Path, names: Sequence[str], others: Sequence[Spoil], command: str
) -> None:
    spoils = [*(TABLES_AT_FAULT[name] for name in names), *others]
    assert_reported(tmp_path, command, EXIT_FAULTY_INPUT, spoils, f"{len(spoils)} fault(s) in the input tables")


# --- what is right ---------------------------------------------------------------------------------


def test_the_projects_own_tables_pass(tmp_path: Path) -> None:
    assert_reported(tmp_path, "check", 0, [], "no fault")


def test_a_refresh_of_good_tables_would_start_the_frameworks(tmp_path: Path) -> None:
    """Where this fails, the tests above do not notice a refresh that goes too far."""
    result = run_watched(copy_project_seeds(tmp_path), "refresh")
    assert isinstance(result.exception, ImportError)


@pytest.mark.parametrize(
    ("delimiter", "end", "mark"),
    [(";", "\r\n", "\ufeff"), ("\t", "\n", ""), (",", "\r\n", "\ufeff")],
    ids=["semicolon-crlf-bom", "tab", "crlf-bom"],
)
def test_tables_saved_by_a_spreadsheet_give_the_same_cells(tmp_path: Path, delimiter: str, end: str, mark: str) -> None:
    layout = copy_project_seeds(tmp_path)
    as_they_were = read_all(layout).tables.rows
    for path in layout.seeds.rglob("*.csv"):
        header, *rows = csv.reader(io.StringIO(path.read_text(encoding="utf-8"), newline=""))
        path.write_text(mark + csv_text(header, rows, delimiter, end), encoding="utf-8", newline="")
    assert as_they_were["budget_lines"]
    assert read_all(layout).tables.rows == as_they_were
    assert run(layout, "check").exit_code == 0
