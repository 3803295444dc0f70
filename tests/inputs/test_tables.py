"""Reading the input tables: what a file may look like, where a row stands, what a cell may say.

Belongs here: `jobmaal.inputs.tables` on small seeds. Does not: what the command line tells of it
(`test_bad_input`), printed numbers (`test_numbers`), sums (`test_reconcile`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from jobmaal.core.errors import Fault, FaultyInputError
from jobmaal.core.layout import Layout
from tests.helpers.input import DOC, Cells, faults_of, read_table, schema, write_seeds

HEADER = "account_id,account_name,note"
LINE = {"figure_id": "b.1", "line_name": "Kurser"}
TOTAL = {"figure_id": "t.1"}


def seeds(tmp_path: Path, **content: Sequence[Cells]) -> Layout:
    """Write small seeds with one document of this content."""
    return write_seeds(tmp_path, {DOC: content})


def told(layout: Layout) -> list[tuple[str, str]]:
    """Return the faults as column and rule."""
    return [(fault.column, fault.rule) for fault in faults_of(layout)]


def accounts(tmp_path: Path, content: bytes) -> list[dict[str, str]]:
    """Read a file of accounts with this content."""
    return [row.cells for row in read_table(seeds(tmp_path), content).of("accounts")]


def fault_of_accounts(tmp_path: Path, content: bytes) -> Fault:
    """Return the one fault of a file of accounts with this content."""
    with pytest.raises(FaultyInputError) as error:
        read_table(seeds(tmp_path), content)
    (fault,) = error.value.faults
    return fault


# --- the file --------------------------------------------------------------------------------------


def test_small_seeds_without_a_fault_are_read(tmp_path: Path) -> None:
    assert faults_of(seeds(tmp_path, budget_lines=[LINE], budget_totals=[TOTAL])) == []


@pytest.mark.parametrize(
    "content",
    [
        f"{HEADER}\nadm,Administration,\nind,Indsats,new\n",
        f"{HEADER}\nadm,Administration,\nind,Indsats,new",
        f"\ufeff{HEADER}\nadm,Administration,\nind,Indsats,new\n",
        f"{HEADER}\r\nadm,Administration,\r\nind,Indsats,new\r\n",
        f"\ufeff{HEADER}\r\nadm,Administration,\r\nind,Indsats,new\r\n".replace(",", ";"),
        f"{HEADER}\nadm,Administration,\nind,Indsats,new\n".replace(",", "\t"),
        "note,account_name,account_id\n,Administration,adm\nnew,Indsats,ind\n",
        '"account_id" , account_name,"note"\n adm ," Administration ",\u00a0\nind,Indsats,"new"\n'.replace('" ,', '",'),
        f"{HEADER}\n\nadm,Administration,\n  ,\t,\n,,\nind,Indsats,new\n\n\n",
    ],
    ids=["plain", "no-last-line-end", "bom", "crlf", "spreadsheet", "tab", "column-order", "blanks", "blank-rows"],
)
def test_a_file_means_the_same_in_each_form_that_leaves_no_doubt(tmp_path: Path, content: str) -> None:
    assert accounts(tmp_path, content.encode()) == [
        {"account_id": "adm", "account_name": "Administration", "note": ""},
        {"account_id": "ind", "account_name": "Indsats", "note": "new"},
    ]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_quoted_cell_may_hold_any_delimiter_and_quote_and_line_end(tmp_path: Path, delimiter: str) -> None:
    content = delimiter.join(["account_id", "account_name", "note"]) + "\n"
    content += delimiter.join(["adm", '"a,b;c ""e"""', '"first\tand\nsecond\r\nthird"']) + "\n"
    (row,) = accounts(tmp_path, content.encode())
    assert row["account_name"] == 'a,b;c "e"'
    assert row["note"] == "first\tand\nsecond\r\nthird"


def test_letters_written_as_base_and_accent_are_the_same_letters(tmp_path: Path) -> None:
    (row,) = accounts(tmp_path, f"{HEADER}\nadm,A\u030arhus e\u0301n,\n".encode())
    assert row["account_name"] == "Århus én"


def test_a_file_with_only_its_header_has_no_rows(tmp_path: Path) -> None:
    assert accounts(tmp_path, HEADER.encode()) == []


def test_the_fingerprint_of_a_file_is_that_of_its_bytes(tmp_path: Path) -> None:
    content = f"\ufeff{HEADER}\r\nadm,Administration,\r\n".encode()
    found = read_table(seeds(tmp_path), content)
    assert found.sha256["seeds/shared/accounts.csv"] == hashlib.sha256(content).hexdigest()


def test_a_row_stands_in_the_line_where_it_begins(tmp_path: Path) -> None:
    content = f'{HEADER}\na,x,"two\nlines"\n\nb,y,"three\r\nmore\r\nlines\nand one"\nc,one,\n'
    rows = read_table(seeds(tmp_path), content.encode()).of("accounts")
    assert [(row["account_id"], row.line) for row in rows] == [("a", 2), ("b", 5), ("c", 9)]


def test_a_fault_behind_cells_of_several_lines_names_the_right_line(tmp_path: Path) -> None:
    fault = fault_of_accounts(tmp_path, f'{HEADER}\na,x,"two\nlines"\nb,,\n'.encode())
    assert (fault.line, fault.column, fault.rule) == (4, "account_name", "may not be blank")


@pytest.mark.parametrize("row", ["b", "b,Name", "b,Name,note,more"])
def test_a_row_of_another_width_is_a_fault_of_its_line(tmp_path: Path, row: str) -> None:
    fault = fault_of_accounts(tmp_path, f"{HEADER}\na,Name,\n{row}\nc,Name,\n".encode())
    assert (fault.file, fault.line) == ("seeds/shared/accounts.csv", 3)
    assert fault.rule == f"has {row.count(',') + 1} cells where the header has 3 columns"


def test_an_empty_column_at_the_end_is_told_once_with_its_lines_and_what_to_do(tmp_path: Path) -> None:
    rule = "end in an empty column without a name: remove the ',' at the end"
    for at, (content, lines, first) in enumerate(
        [
            (f"{HEADER},\na,Name,,\nb,Name,,\n", "3 lines, from 1 to 3,", 1),
            (f"{HEADER}\na,Name,,\nb,Name,,,\n", "2 lines, from 2 to 3,", 2),
            (f"{HEADER},,\na,Name,\nb,Name,,\n", "2 lines, from 1 to 3,", 1),
        ]
    ):
        fault = fault_of_accounts(tmp_path / str(at), content.encode())
        assert (fault.line, fault.rule) == (first, f"{lines} {rule}")
    fault = fault_of_accounts(tmp_path / "one", f"{HEADER}\na,Name,,\n".encode())
    assert fault.rule == "line 2 ends in an empty column without a name: remove the ',' at the end"
    fault = fault_of_accounts(tmp_path / "tab", f"{HEADER}\na,Name,,\n".replace(",", "\t").encode())
    assert fault.rule.endswith("remove the tab at the end")


@pytest.mark.parametrize(
    ("header", "rule"),
    [
        ("account_id,note", "lacks the column(s) account_name"),
        ("note", "lacks the column(s) account_id, account_name"),
        ("account_id,account_name,note,colour,age", "has the unknown column(s) age, colour"),
        ("account_id,account_name,note,note", "names a column twice: note"),
        ("account_id,,account_name,note", "has a column without a name in place 2; name it, or remove it"),
        ("account_id,accountname,note", "lacks the column(s) account_name; has the unknown column(s) accountname"),
        ("Account_id,account_name,note", "lacks the column(s) account_id; has the unknown column(s) Account_id"),
        ("adm,Administration,x", "is no CSV of this table: its first line must be the header"),
        ("account_id|account_name|note", "is no CSV of this table"),
        ("", "is no CSV of this table"),
    ],
)
def test_a_header_that_is_not_the_tables_own_is_told(tmp_path: Path, header: str, rule: str) -> None:
    fault = fault_of_accounts(tmp_path, f"{header}\n1,2,3\n".encode())
    assert fault.line == 0
    assert rule in fault.rule


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (b"", "is empty"),
        (b" \r\n\t\n", "is empty"),
        (f"{HEADER}\nadm,Løn,\n".encode("latin-1"), "is not UTF-8: byte 0xf8 in line 2"),
        (f"{HEADER}\nadm,Løn,\n".encode("utf-16"), "is not UTF-8: byte 0xff in line 1"),
        (f"{HEADER}\nadm,Lon,\n".encode("utf-16-le"), "holds zero bytes"),
        (f"{HEADER}\nadm,L\0n,\n".encode(), "holds zero bytes"),
        (f'{HEADER}\nadm,"never closed,\n'.encode(), "is no CSV from line"),
        (f'{HEADER}\nadm,"closed" too early,\n'.encode(), "is no CSV from line 2 on"),
    ],
    ids=["empty", "blanks", "latin-1", "utf-16", "utf-16-le", "zero", "open-quote", "quote-inside"],
)
def test_a_file_that_cannot_be_read_is_told_as_a_whole(tmp_path: Path, content: bytes, rule: str) -> None:
    fault = fault_of_accounts(tmp_path, content)
    assert (fault.file, fault.line) == ("seeds/shared/accounts.csv", 0)
    assert rule in fault.rule


def test_a_file_with_nothing_but_a_byte_order_mark_is_empty(tmp_path: Path) -> None:
    assert "is empty" in fault_of_accounts(tmp_path, b"\xef\xbb\xbf").rule


def test_only_an_optional_column_may_be_left_out(tmp_path: Path) -> None:
    layout = seeds(tmp_path, budget_lines=[LINE])
    path = layout.seeds / DOC / "budget_lines.csv"
    optional = {c.name for c in schema()["budget_lines"].columns if c.optional}
    assert optional == {"ocr_text", "reading", "is_level", "theme_no"}
    header, row = (line.split(",") for line in path.read_text(encoding="utf-8").splitlines())
    for left_out in header:
        kept = [at for at, column in enumerate(header) if column != left_out]
        lines = [",".join(line[at] for at in kept) for line in (header, row)]
        path.write_text("\n".join(lines), encoding="utf-8")
        rules = [rule for _, rule in told(layout)]
        assert rules == ([] if left_out in optional else [f"lacks the column(s) {left_out}"])


# --- the cell --------------------------------------------------------------------------------------

#: A table, a column of each type in it, and the rest of a good row.
_CELLS: dict[str, tuple[str, str, Cells]] = {
    "integer": ("lists", "item_no", {"list_id": "l"}),
    "line": ("budget_lines", "line", LINE),
    "age": ("target_groups", "age_from", {"target_group_id": "g"}),
    "year": ("targets", "due_year", {"figure_id": "g"}),
    "number": ("initiatives", "initiative_no", {}),
    "name": ("budget_lines", "line_name", LINE),
    "unit": ("figures", "unit", {"figure_id": "f"}),
    "text": ("agreement", "locator", {}),
    "date": ("agreement", "dated", {}),
    "yesno": ("initiatives", "is_number_printed", {"initiative_no": "1"}),
    "slug": ("lists", "list_id", {"item_no": "1"}),
    "period": ("levels", "period_id", {"figure_id": "l", "measure_id": "m", "area_name": "Hele landet"}),
    "in": ("agreement", "status", {}),
    "required": ("budget_lines", "line_name", LINE),
}
_MEASURES: Mapping[str, Sequence[Cells]] = {"measures": [{"measure_id": "m"}]}


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        *(("integer", text) for text in ("0", "1", "-1", "007", "999999999")),
        *(("line", text) for text in ("1", "2345")),
        *(("age", text) for text in ("", "0", "18", "120")),
        *(("year", text) for text in ("2007", "2099")),
        *(("number", text) for text in ("1", "1.1", "1.10", "4.2.1", "A", "2b", "Spor 3")),
        *(("name", text) for text in ("Unge 18-24", "1. maj", "Jobklub 2.0", "It & Økonomi – ”Én vej”", "16/17")),
        *(("unit", text) for text in ("kr.", "pct.", "forløb", "IPS-forløb", "ledige borgere", "timer")),
        *(("text", text) for text in ("Hvad? Hvem?", "https://a.dk/?b=c?d", "BLÅ”, São, ã, √2", "a\u00a0b")),
        *(("date", text) for text in ("", "2007-06-01", "2008-02-29")),
        *(("yesno", text) for text in ("yes", "no")),
        *(("slug", text) for text in ("a", "1", "b.jobs_2007-x")),
        *(("period", text) for text in ("", "2017M07", "2017M12", "2017Q02", "2017QMAT02", "2017Y01")),
        *(("in", text) for text in ("draft", "adopted", "account")),
        *(("required", text) for text in ("x", "0", "Kurser, m.v.")),
    ],
)
def test_a_cell_that_keeps_its_columns_rule_is_taken(tmp_path: Path, kind: str, value: str) -> None:
    table, column, rest = _CELLS[kind]
    assert told(seeds(tmp_path, **{**_MEASURES, table: [{**rest, column: value}]})) == []


@pytest.mark.parametrize(
    ("kind", "value", "rule"),
    [
        *(("integer", t, "must be a whole number") for t in ("1,5", "1.5", "1 000", "1e3", "+1", "x", "1234567890")),
        *(("date", t, "must be a date: 2007-06-01") for t in ("01-06-2007", "2007-6-1", "20070601", "2007-02-30")),
        *(("line", t, "must be at least 1") for t in ("0", "-3")),
        *(("age", t, "must be at ") for t in ("-1", "121")),
        *(("year", t, "must be a year: 2007") for t in ("1905", "2007.0", "07", "2107")),
        *(("date", t, "must be a date: 2007-06-01") for t in ("1905-06-29",)),
        *(("period", t, "must be a period") for t in ("1905Y01",)),
        *(("number", t, "is a decimal number") for t in ("1.0", "1,1", "1e1", "4.2.0")),
        *(("number", t, "is a date") for t in ("01-feb", "feb-01", "2. jan", "12. okt", "2024-02-01", "01-02-2024")),
        *(("name", t, "is a date") for t in ("02-jan", "okt-12", "jan/02")),
        *(("name", t, "cannot be seen or only looks") for t in ("a\u00a0b", "a\u200bb", "a\u00adb", "a\tb")),
        *(("name", t, "two spaces in a row") for t in ("a  b",)),
        *(("name", t, "mixes letters of two alphabets") for t in ("\u041aurser i dansk",)),
        *(("unit", t, "has the unknown unit") for t in ("tkr.", "t.kr.", "1.000 kr.", "mia. kr.", "kroner pr. forløb")),
        *(("unit", t, "has the unknown unit") for t in ("DKK", "%", "euro", "pct", "procentpoint", "Kr.", "feb", "nr")),
        *(("unit", t, "is no unit") for t in ("100", "forløb/år", "12 forløb", "x", "stk.", "x" * 61)),
        *(("text", t, "was lost in a save") for t in ("N\u00c3\u00b8rrebro", "4 â€“ 5", "Ã†b", "\ufffdb", "N√∏rrebro")),
        *(("text", t, "was lost in a save") for t in ("forl?b", "forl\u203ab", "Ã…", "â€œx", "f├©", "forl¿b")),
        *(("yesno", t, "must be yes or no") for t in ("Yes", "ja", "1", "true")),
        *(("slug", t, "must be made of a-z") for t in ("A", "å", "a b", "-a", ".a", "a/b", "a:b", "a\nb")),
        *(("period", t, "must be a period") for t in ("2017", "2017M13", "2017M00", "2017Q5", "2017Y02", "2017m07")),
        *(("in", t, "must be one of draft, adopted, account") for t in ("Draft", "final", "draft, adopted")),
        *(("required", t, "may not be blank") for t in ("", " ", "\u00a0", "\n")),
    ],
)  # fmt: skip
def test_a_cell_that_breaks_its_columns_rule_is_told(tmp_path: Path, kind: str, value: str, rule: str) -> None:
    table, column, rest = _CELLS[kind]
    (fault,) = faults_of(seeds(tmp_path, **{**_MEASURES, table: [{**rest, column: value}]}))
    assert (fault.file, fault.line, fault.column) == (f"seeds/{DOC}/{table}.csv", 2, column)
    assert fault.value == value.strip()
    assert rule in fault.rule


@pytest.mark.parametrize(
    ("kind", "value"), [("integer", "\u0661\u0662"), ("period", "\u0662\u0660\u0661\u0667Y01"), ("date", "2007-W01-1")]
)
def test_digits_and_dates_that_only_python_knows_are_told(tmp_path: Path, kind: str, value: str) -> None:
    table, column, rest = _CELLS[kind]
    assert [c for c, _ in told(seeds(tmp_path, **{**_MEASURES, table: [{**rest, column: value}]}))] == [column]


def test_each_blank_cell_of_a_required_column_is_a_fault_of_its_own(tmp_path: Path) -> None:
    blank = dict.fromkeys(schema()["agreement"].column_names, "")
    required = [c.name for c in schema()["agreement"].columns if c.required]
    assert sorted(told(seeds(tmp_path, agreement=[{**blank, "note": "x"}]))) == sorted(
        (column, "may not be blank") for column in required
    )


# --- between rows and tables -------------------------------------------------------------------------


def test_a_key_that_comes_twice_is_told_with_the_line_of_the_first(tmp_path: Path) -> None:
    layout = seeds(tmp_path, budget_lines=[LINE, {**LINE, "figure_id": "b.2"}, LINE])
    (fault,) = faults_of(layout)
    assert (fault.line, fault.value, fault.rule) == (4, "b.1", "stands already in line 2: figure_id must be unique")


def test_a_key_of_several_columns_is_unique_in_all_of_them_together(tmp_path: Path) -> None:
    items = [{"list_id": "a", "item_no": "1"}, {"list_id": "a", "item_no": "2"}, {"list_id": "b", "item_no": "1"}]
    assert told(seeds(tmp_path / "right", lists=items)) == []
    assert told(seeds(tmp_path / "wrong", lists=[*items, items[1]])) == [
        ("list_id", "stands already in line 3: list_id + item_no must be unique")
    ]


def test_two_documents_may_use_the_same_ids(tmp_path: Path) -> None:
    content = {"budget_lines": [LINE], "initiatives": [{"initiative_no": "1"}]}
    assert faults_of(write_seeds(tmp_path, {"one": content, "two": content})) == []


def test_a_figure_id_is_unique_across_the_tables_of_a_document(tmp_path: Path) -> None:
    layout = seeds(tmp_path, budget_lines=[LINE], figures=[{"figure_id": "b.1"}])
    assert told(layout) == [
        ("figure_id", f"stands already in seeds/{DOC}/budget_lines.csv:2: a figure's id is unique in its document")
    ]


@pytest.mark.parametrize(
    ("table", "cells", "column", "home"),
    [
        ("budget_lines", {**LINE, "account_id": "x"}, "account_id", "accounts.account_id in shared/accounts.csv"),
        ("budget_lines", {**LINE, "unit_named": "x"}, "unit_named", "unit_aliases.alias in shared/unit_aliases.csv"),
        ("budget_lines", {**LINE, "initiative_no": "x"}, "initiative_no", f"in the document '{DOC}'"),
        ("budget_lines", {**LINE, "target_group_id": "x"}, "target_group_id", f"in the document '{DOC}'"),
        ("budget_lines", {**LINE, "part_of": "x"}, "part_of", "budget_lines.figure_id in the document"),
        ("initiatives", {"initiative_no": "1", "theme_no": "x"}, "theme_no", "themes.theme_no in the document"),
        ("targets", {"figure_id": "m", "baseline_figure_id": "x"}, "baseline_figure_id", "no such *.figure_id"),
        ("claims", {"claim_id": "c", "counted": "themes", "stated_figure_id": "x"}, "stated_figure_id", "no such"),
    ],
)
def test_a_name_that_stands_nowhere_is_told(tmp_path: Path, table: str, cells: Cells, column: str, home: str) -> None:
    (fault,) = faults_of(seeds(tmp_path, **{table: [cells]}))
    assert (fault.column, fault.value) == (column, "x")
    assert fault.rule.startswith("is unknown: ")
    assert home in fault.rule


def test_a_name_of_another_document_counts_only_where_that_document_is_named(tmp_path: Path) -> None:
    claim = {"claim_id": "c", "stated_figure_id": "f"}
    terms = [{"claim_id": "c", "term_no": "1", "figure_id": "other:b.1"}]
    one = {"figures": [{"figure_id": "f"}], "claims": [claim], "claim_terms": terms}
    other = {"budget_lines": [LINE]}
    assert faults_of(write_seeds(tmp_path / "right", {"one": one, "other": other})) == []
    for named in ("b.1", "nowhere:b.1", "other:b.2", "other:"):
        wrong = {**one, "claim_terms": [{**terms[0], "figure_id": named}]}
        assert [f.value for f in faults_of(write_seeds(tmp_path / named, {"one": wrong, "other": other}))] == [named]


def test_an_entered_actual_must_answer_to_a_figure_of_the_document_that_it_names(tmp_path: Path) -> None:
    layout = write_seeds(tmp_path, {"one": {"budget_lines": [LINE]}, "other": {}})
    header = ",".join(schema()["actual_amounts"].column_names)
    rows = "{},b.1,2007Y01,1,kr.,,me,2008-01-01,ledger\n"
    read_table(layout, f"{header}\n{rows.format('one')}".encode(), "actual_amounts")
    with pytest.raises(FaultyInputError) as error:
        read_table(layout, f"{header}\n{rows.format('other')}".encode(), "actual_amounts")
    assert [(fault.column, fault.value) for fault in error.value.faults] == [("budget_figure_id", "b.1")]


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ({"year_from": "2008", "year_to": "2007"}, "year_to"),
        ({"year_from": "2007", "year_to": ""}, "year_to"),
        ({"year_from": "", "year_to": "2007"}, "year_from"),
        ({"year_from": "", "year_to": "", "basis": "yearly"}, "year_from"),
    ],
)
def test_years_come_in_pairs_and_in_order(tmp_path: Path, cells: Cells, column: str) -> None:
    assert [c for c, _ in told(seeds(tmp_path, budget_lines=[{**LINE, **cells}]))] == [column]


@pytest.mark.parametrize("year", ["20o7", "2007-08", "x"])
def test_a_year_that_is_no_number_is_told_like_any_other_cell(tmp_path: Path, year: str) -> None:
    (fault,) = faults_of(seeds(tmp_path, budget_lines=[{**LINE, "year_from": year}]))
    assert (fault.column, fault.rule) == ("year_from", "must be a year: 2007")


def test_a_row_without_years_is_taken_where_its_amount_is_for_the_whole_stretch(tmp_path: Path) -> None:
    assert told(seeds(tmp_path, budget_lines=[{**LINE, "year_from": "", "year_to": ""}])) == []


@pytest.mark.parametrize(
    ("cells", "faulty"),
    [
        ({}, False),
        ({"figure_id": "g", "printed": "50", "unit": "personer"}, False),
        ({"figure_id": "g"}, True),
        ({"printed": "50", "unit": "personer"}, True),
        pytest.param({"figure_id": "g", "printed": "50"}, True),
    ],
)
def test_the_size_of_a_group_is_given_whole_or_not_at_all(tmp_path: Path, cells: Cells, faulty: bool) -> None:
    faults = told(seeds(tmp_path, target_groups=[{"target_group_id": "unge", "target_group_name": "Unge", **cells}]))
    assert bool(faults) == faulty


def test_a_part_belongs_to_a_line_that_is_no_part_and_says_whether_it_is_split_whole(tmp_path: Path) -> None:
    whole, part = {**LINE, "is_split_complete": "no"}, {**LINE, "figure_id": "b.2", "part_of": "b.1"}
    assert told(seeds(tmp_path / "a", budget_lines=[whole, part])) == []
    assert told(seeds(tmp_path / "b", budget_lines=[LINE, part])) == [
        ("is_split_complete", "must be yes or no, since line 3 is a part of this one")
    ]
    below = {**LINE, "figure_id": "b.3", "part_of": "b.2"}
    assert ("part_of", "must name a line that is itself no part") in told(
        seeds(tmp_path / "c", budget_lines=[whole, {**part, "is_split_complete": "no"}, below])
    )
    itself = {**LINE, "part_of": "b.1", "is_split_complete": "no"}
    assert [c for c, _ in told(seeds(tmp_path / "d", budget_lines=[itself]))] == ["part_of"]


CLAIM = {"claim_id": "c", "stated_figure_id": "f"}
TERM = {"claim_id": "c", "term_no": "1", "figure_id": "f"}


@pytest.mark.parametrize(
    ("claim", "terms", "columns"),
    [
        ({}, [TERM], []),
        ({"counted": "themes"}, [], []),
        ({}, [], ["counted"]),
        ({"counted": "themes"}, [TERM], ["counted"]),
        ({}, [{**TERM, "constant": "2"}], ["figure_id"]),
        ({}, [{**TERM, "figure_id": ""}], ["figure_id"]),
        ({}, [TERM, {**TERM, "term_no": "2", "figure_id": "", "constant": "0", "operation": "/"}], ["constant"]),
        ({}, [{**TERM, "operation": "%"}], ["operation"]),
        ({}, [{**TERM, "figure_id": "", "constant": "1,5"}], ["constant"]),
    ],
)
def test_a_claim_is_either_counted_or_worked_out_of_terms(
    tmp_path: Path, claim: Cells, terms: Sequence[Cells], columns: list[str]
) -> None:
    layout = seeds(tmp_path, figures=[{"figure_id": "f"}], claims=[{**CLAIM, **claim}], claim_terms=terms)
    assert [column for column, _ in told(layout)] == columns


@pytest.mark.parametrize("count", [0, 2])
def test_a_document_has_exactly_one_agreement(tmp_path: Path, count: int) -> None:
    layout = seeds(tmp_path, agreement=[{"agreement_name": f"Aftale {at}"} for at in range(count)])
    assert faults_of(layout) == [
        Fault(f"seeds/{DOC}/agreement.csv", 0, "", "", f"must have exactly one row, has {count}")
    ]


def test_a_fault_names_the_folder_that_was_read_whatever_it_is_called(tmp_path: Path) -> None:
    layout = seeds(tmp_path, agreement=[])
    renamed = Layout(layout.seeds.rename(tmp_path / "input"), layout.data)
    assert [fault.file for fault in faults_of(renamed)] == [f"input/{DOC}/agreement.csv"]


# --- the folders -----------------------------------------------------------------------------------


def test_seeds_that_are_not_there_are_told(tmp_path: Path) -> None:
    (fault,) = faults_of(Layout(tmp_path / "nowhere", tmp_path))
    assert "is no folder" in fault.rule


def test_files_that_belong_to_no_table_are_told_and_hidden_ones_are_not_looked_at(tmp_path: Path) -> None:
    layout = seeds(tmp_path)
    for name in ("shared/colours.csv", f"{DOC}/accounts.csv", f"{DOC}/.DS_Store", f"{DOC}/notes.txt"):
        (layout.seeds / name).write_text("x", encoding="utf-8")
    assert [fault.file for fault in faults_of(layout)] == [
        f"seeds/{DOC}/accounts.csv",
        f"seeds/{DOC}/notes.txt",
        "seeds/shared/colours.csv",
    ]


@pytest.mark.parametrize("name", [f"{DOC}/budget_lines.xlsx", f"{DOC}/themes.txt", "budget_lines.csv"])
def test_a_file_that_looks_like_a_table_but_is_not_read_is_told(tmp_path: Path, name: str) -> None:
    layout = seeds(tmp_path)
    (layout.seeds / name).write_text("x", encoding="utf-8")
    assert [fault.file for fault in faults_of(layout)] == [f"seeds/{name}"]


def test_all_missing_files_are_told_at_once(tmp_path: Path) -> None:
    layout = seeds(tmp_path)
    for name in (f"{DOC}/budget_lines.csv", f"{DOC}/themes.csv", "shared/areas.csv"):
        (layout.seeds / name).unlink()
    faults = faults_of(layout)
    assert [fault.file for fault in faults] == [
        f"seeds/{DOC}/budget_lines.csv",
        f"seeds/{DOC}/themes.csv",
        "seeds/shared/areas.csv",
    ]
    assert all(fault.rule.startswith("is missing; its header is ") for fault in faults)


def test_folders_and_the_list_of_documents_must_agree(tmp_path: Path) -> None:
    layout = seeds(tmp_path)
    (layout.seeds / DOC).rename(layout.seeds / "another")
    assert [(fault.file, fault.rule) for fault in faults_of(layout)] == [
        (f"seeds/{DOC}", "is a document of shared/documents.csv, but has no folder"),
        ("seeds/another", "is no document of shared/documents.csv; add a row there"),
    ]


def test_faults_are_told_in_the_order_of_file_and_line(tmp_path: Path) -> None:
    wrong = [{**LINE, "figure_id": f"b.{at}", "line": "x"} for at in range(12)]
    faults = faults_of(seeds(tmp_path, budget_lines=wrong, agreement=[{"status": "x"}]))
    assert [fault.line for fault in faults] == [2, *range(2, 14)]
    assert faults == sorted(faults)
