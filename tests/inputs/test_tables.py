"""Reading the input tables: what a file may look like, where a row begins, what a cell may hold.

Belongs here: `jobmaal.inputs.tables` and `csv_files` on small seeds. Does not: what the command line reports of it
(`test_bad_input`), what must hold between rows (`test_rules`), printed numbers (`test_numbers`), sums
(`test_reconcile`).
"""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from jobmaal.core.errors import Fault, FaultyInputError
from jobmaal.core.layout import Layout
from jobmaal.inputs import tables
from tests.helpers.input import DOC, Cells, faults_of, read_table, schema, write_seeds, write_table

HEADER = "account_id,account_name,note"
LINE = {"figure_id": "b.1", "line_name": "Kurser"}


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
    assert fault.file == "seeds/shared/accounts.csv"
    return fault


# --- the file --------------------------------------------------------------------------------------


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


def test_the_fingerprint_of_a_file_is_that_of_its_bytes(tmp_path: Path) -> None:
    content = f"\ufeff{HEADER}\r\nadm,Administration,\r\n".encode()
    found = read_table(seeds(tmp_path), content)
    assert found.sha256["seeds/shared/accounts.csv"] == hashlib.sha256(content).hexdigest()


def test_a_row_is_in_the_line_where_it_begins(tmp_path: Path) -> None:
    content = f'{HEADER}\na,x,"two\nlines"\n\nb,y,"three\r\nmore\r\nlines\nand one"\nc,one,\n'
    rows = read_table(seeds(tmp_path), content.encode()).of("accounts")
    assert [(row["account_id"], row.line) for row in rows] == [("a", 2), ("b", 5), ("c", 9)]


@pytest.mark.parametrize(
    ("content", "line", "rule"),
    [
        (f'{HEADER}\na,x,"two\nlines"\nb,,\n', 4, "may not be blank"),
        *((f"{HEADER}\na,Name,\n{row}\nc,N,\n", 3, f"has {row.count(',') + 1} cells where the header has 3 columns")
          for row in ("b", "b,Name", "b,Name,note,more")),
        # An empty column at the end, once for all of its lines, with what to do.
        (f"{HEADER},\na,N,,\nb,N,,\n", 1, "3 lines, from 1 to 3, end in an empty column without a name: remove"),
        (f"{HEADER}\na,N,,\nb,N,,,\n", 2, "2 lines, from 2 to 3, end in an empty column without a name: remove"),
        (f"{HEADER},,\na,N,\nb,N,,\n", 1, "2 lines, from 1 to 3, end in an empty column without a name: remove"),
        (f"{HEADER}\na,N,,\n", 2, "line 2 ends in an empty column without a name: remove the ',' at the end"),
        (f"{HEADER}\na,N,,\n".replace(",", "\t"), 2, "line 2 ends in an empty column without a name: remove the tab"),
        # Another header.
        ("account_id,note\n1,2,3\n", 0, "lacks the column(s) account_name"),
        ("note\n1,2,3\n", 0, "lacks the column(s) account_id, account_name"),
        (f"{HEADER},colour,age\n1,2,3\n", 0, "has the unknown column(s) age, colour"),
        (f"{HEADER},note\n1,2,3\n", 0, "names a column twice: note"),
        ("account_id,,account_name,note\n", 0, "has a column without a name in place 2; name it, or remove it"),
        ("account_id,name,note\n", 0, "lacks the column(s) account_name; has the unknown column(s) name"),
        ("Account_id,account_name,note\n", 0, "lacks the column(s) account_id; has the unknown column(s) Account_id"),
        ("adm,Administration,x\n", 0, f"is no CSV of this table: its first line must be the header {HEADER}"),
        (HEADER.replace(",", "|"), 0, "is no CSV of this table"),
        ("\n1,2,3\n", 0, "is no CSV of this table"),
        # What is no text, or no CSV.
        ("", 0, "is empty; write at least the header, or remove the file where it may be absent"),
        (" \r\n\t\n", 0, "is empty"),
        ("\ufeff", 0, "is empty"),
        (f"{HEADER}\nadm,Løn,\n".encode("latin-1"), 0, "is not UTF-8: byte 0xf8 in line 2"),
        (f"{HEADER}\nadm,Løn,\n".encode("utf-16"), 0, "is not UTF-8: byte 0xff in line 1"),
        (f"{HEADER}\nadm,Lon,\n".encode("utf-16-le"), 0, "holds zero bytes"),
        (f"{HEADER}\nadm,L\0n,\n", 0, "holds zero bytes"),
        (f'{HEADER}\nadm,"never closed,\n', 0, "is no CSV from line"),
        (f'{HEADER}\nadm,"closed" too early,\n', 0, "is no CSV from line 2 on"),
    ],
)  # fmt: skip
def test_a_file_that_differs_is_reported_with_its_line(
    tmp_path: Path, content: str | bytes, line: int, rule: str
) -> None:
    fault = fault_of_accounts(tmp_path, content.encode() if isinstance(content, str) else content)
    assert fault.line == line
    assert fault.rule.startswith(rule)


def test_only_an_optional_column_may_be_left_out(tmp_path: Path) -> None:
    layout = seeds(tmp_path, budget_lines=[LINE])
    path = layout.seeds / DOC / "budget_lines.csv"
    optional = {c.name for c in schema()["budget_lines"].columns if c.optional}
    assert optional == {
        "ocr_text", "reading", "is_level", "theme_no", "is_open_ended", "direction", "funding_source", "price_level",
        "counted_in", "sign",
    }  # fmt: skip
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
    "unit": ("figures", "unit", {"figure_id": "g"}),
    "text": ("documents", "locator", {}),
    "date": ("documents", "dated", {}),
    "sha256": ("documents", "text_sha256", {}),
    "code": ("areas", "municipality_code", {"area_name": "A", "area_type": "municipality"}),
    "decimal": ("known_faults", "residual", {"claim_id": "c"}),
    "expression": ("claims", "expression", {"claim_id": "c", "stated_figure_id": "f"}),
    "yesno": ("initiatives", "is_number_printed", {"initiative_no": "1"}),
    "slug": ("lists", "list_id", {"item_no": "1"}),
    "period": ("levels", "period_id", {"figure_id": "l", "measure_id": "m", "area_name": "Hele landet"}),
    "in": ("documents", "status", {}),
    "region": ("areas", "region_name", {"area_name": "A", "area_type": "region"}),
    "required": ("budget_lines", "line_name", LINE),
}
_RIGHT = {
    "integer": ["0", "1", "-1", "007", "999999999"],
    "line": ["1", "2345"],
    "age": ["", "0", "18", "120"],
    "year": ["2007", "2099"],
    "number": ["1", "1.1", "1.10", "4.2.1", "A", "2b", "Spor 3"],
    "name": ["Unge 18-24", "1. maj", "Jobklub 2.0", "It & Økonomi – ”Én vej”", "16/17"],
    "unit": ["kr.", "pct.", "forløb", "IPS-forløb", "ledige borgere", "timer"],
    "text": ["Hvad? Hvem?", "https://a.dk/?b=c?d", "BLÅ”, São, ã, √2", "a\u00a0b"],
    "date": ["", "2007-06-01", "2008-02-29"],
    "decimal": ["0", "-500000", "0.5", "3.0000", "9" * 14],
    "expression": ["f", "f + 2", "f - f * -1", "(f + 100) / f"],
    "yesno": ["yes", "no"],
    "slug": ["a", "1", "b.jobs_2007-x"],
    "period": ["", "2017M07", "2017M12", "2017Q02", "2017QMAT02", "2017Y01"],
    "in": ["draft", "adopted", "account"],
    "required": ["x", "0", "Kurser, m.v."],
}
_WRONG = [
    ("integer", "must be a whole number", ["1,5", "1.5", "1 000", "1e3", "+1", "x", "1234567890", "\u0661\u0662"]),
    ("date", "must be a date: 2007-06-01", ["01-06-2007", "2007-6-1", "20070601", "2007-02-30", "2007-W01-1"]),
    ("date", "must be a date: 2007-06-01", ["1905-06-29"]),
    ("line", "must be at least 1", ["0", "-3"]),
    ("age", "must be at ", ["-1", "121"]),
    ("year", "must be a year: 2007", ["1905", "2007.0", "07", "2107", "20o7", "2007-08", "x"]),
    ("period", "must be a period", ["1905Y01", "2017", "2017M13", "2017M00", "2017Q5", "2017Y02", "2017m07"]),
    ("period", "must be a period", ["\u0662\u0660\u0661\u0667Y01"]),
    ("number", "is a decimal number", ["1.0", "1,1", "1e1", "4.2.0"]),
    ("number", "is a date", ["01-feb", "feb-01", "2. jan", "12. okt", "2024-02-01", "01-02-2024"]),
    ("name", "is a date", ["02-jan", "okt-12", "jan/02"]),
    ("name", "cannot be seen or only looks", ["a\u00a0b", "a\u200bb", "a\u00adb", "a\tb"]),
    ("name", "two spaces in a row", ["a  b"]),
    ("name", "mixes letters of two alphabets", ["\u041aurser i dansk"]),
    ("unit", "has the unknown unit", ["tkr.", "t.kr.", "100 kr.", "mia.", "kroner pr. forløb", "DKK", "%"]),
    (
        "unit",
        "has the unknown unit",
        ["euro", "pct", "procent", "procentpoint", "pct-point", "Kr.", "mio kr", "feb", "maj", "nr", "Dato"],
    ),
    ("unit", "is no unit", ["100", "forløb/år", "12 forløb", "x", "stk.", "x" * 61]),
    ("text", "was lost in a save", ["N\u00c3\u00b8rrebro", "4 â€“ 5", "Ã†b", "\ufffdb", "N√∏rrebro", "forl?b"]),
    ("text", "was lost in a save", ["forl\u203ab", "Ã…", "â€œx", "f├©", "forl¿b"]),
    ("sha256", "must be a sha256", ["abc", "0" * 63, "A" * 64, "0" * 65]),
    ("code", "must be a code of three digits", ["0101", "101.0", "1", "København", "10 1"]),
    ("decimal", "must be a number with a decimal point", ["three", "3,0", "3 kr.", "1.000.000", "--3", "+3", "NaN"]),
    ("decimal", "must be a number with a decimal point", ["sNaN", "Infinity", "0.00001", "9" * 15]),
    ("expression", "has 'f+f', which is no figure's id", ["f+f"]),
    ("expression", "has '%', which is no figure's id", ["f % f"]),
    ("expression", "has '1,5', which is no figure's id", ["f * 1,5"]),
    ("expression", "is no arithmetic", ["f f", "f +", "+ f", "- f", "( f", "f ( f )", "()", "f * * f", "f / / f"]),
    ("expression", "has more than 500 operands and signs", ["f + " * 250 + "f"]),
    ("expression", "'g' is unknown: there is no such *.figure_id in the document", ["f + g", "g - 1"]),
    ("expression", "'nowhere:f' is unknown: there is no such *.figure_id in the document 'now", ["1 + nowhere:f"]),
    ("yesno", "must be yes or no", ["Yes", "ja", "1", "true"]),
    ("slug", "must be made of a-z", ["A", "å", "a b", "-a", ".a", "a/b", "a:b", "a\nb"]),
    ("in", "must be one of draft, adopted, account", ["Draft", "final", "draft, adopted"]),
    ("region", "must be one of Region Hovedstaden, ", ["Region Østjylland"]),
    ("required", "may not be blank", ["", " ", "\u00a0", "\n"]),
]


def with_cell(tmp_path: Path, kind: str, value: str) -> Layout:
    """Write small seeds with a cell of a kind."""
    table, column, rest = _CELLS[kind]
    usual: Mapping[str, Sequence[Cells]] = {"measures": [{"measure_id": "m"}], "figures": [{"figure_id": "f"}]}
    return seeds(tmp_path, **{**usual, table: [*usual.get(table, []), {**rest, column: value}]})


@pytest.mark.parametrize(("kind", "value"), [(kind, value) for kind, values in _RIGHT.items() for value in values])
def test_a_cell_that_keeps_its_columns_rule_is_taken(tmp_path: Path, kind: str, value: str) -> None:
    assert told(with_cell(tmp_path, kind, value)) == []


@pytest.mark.parametrize(
    ("kind", "rule", "value"), [(kind, rule, value) for kind, rule, values in _WRONG for value in values]
)
def test_a_cell_that_breaks_its_columns_rule_is_reported(tmp_path: Path, kind: str, rule: str, value: str) -> None:
    table, column, _ = _CELLS[kind]
    fault, *others = tables.inspect(with_cell(tmp_path, kind, value))[1]
    assert others == []
    assert (Path(fault.file).name, fault.line, fault.column) == (f"{table}.csv", 2 + (table == "figures"), column)
    assert fault.value == value.strip()
    assert rule in fault.rule


def test_each_blank_cell_of_a_required_column_is_a_fault_of_its_own(tmp_path: Path) -> None:
    columns = schema()["budget_lines"].columns
    required = [column.name for column in columns if column.required]
    blank = {**dict.fromkeys((column.name for column in columns), ""), "note": "x"}
    found = tables.inspect(seeds(tmp_path, budget_lines=[blank]))[1]
    assert sorted((f.column, f.rule) for f in found) == sorted((column, "may not be blank") for column in required)


# --- between rows and tables -------------------------------------------------------------------------


def test_a_key_that_comes_twice_is_reported_with_the_line_of_the_first(tmp_path: Path) -> None:
    layout = seeds(tmp_path, budget_lines=[LINE, {**LINE, "figure_id": "b.2"}, LINE])
    (fault,) = faults_of(layout)
    assert (fault.line, fault.value, fault.rule) == (4, "b.1", "stands already in line 2: figure_id must be unique")


def test_a_key_of_several_columns_is_unique_in_all_of_them_together(tmp_path: Path) -> None:
    items = [{"list_id": "a", "item_no": "1"}, {"list_id": "a", "item_no": "2"}, {"list_id": "b", "item_no": "1"}]
    assert told(seeds(tmp_path / "right", lists=items)) == []
    assert told(seeds(tmp_path / "wrong", lists=[*items, items[1]])) == [
        ("list_id", "stands already in line 3: list_id + item_no must be unique")
    ]


def test_a_figure_id_is_unique_across_the_tables_of_a_document_but_not_of_two(tmp_path: Path) -> None:
    layout = seeds(tmp_path / "one", budget_lines=[LINE], figures=[{"figure_id": "b.1"}])
    assert told(layout) == [
        ("figure_id", f"stands already in seeds/{DOC}/budget_lines.csv:2: a figure's id is unique in its document")
    ]
    content = {"budget_lines": [LINE], "initiatives": [{"initiative_no": "1"}]}
    assert faults_of(write_seeds(tmp_path / "two", {"one": content, "other": content})) == []


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
def test_a_name_of_nothing_is_reported(tmp_path: Path, table: str, cells: Cells, column: str, home: str) -> None:
    (fault,) = faults_of(seeds(tmp_path, **{table: [cells]}))
    assert (fault.column, fault.value) == (column, "x")
    assert fault.rule.startswith("is unknown: ")
    assert home in fault.rule


def test_a_name_of_another_document_counts_only_where_that_document_is_named(tmp_path: Path) -> None:
    one = {"figures": [{"figure_id": "f"}]}
    other = {"budget_lines": [LINE]}
    for named, is_known in [("other:b.1", True), ("b.1", False), ("nowhere:b.1", False), ("other:b.2", False)]:
        claims = [{"claim_id": "c", "stated_figure_id": "f", "expression": f"f + {named}"}]
        found = faults_of(write_seeds(tmp_path / named, {"one": {**one, "claims": claims}, "other": other}))
        assert [(f.column, f"'{named}' " in f.rule) for f in found] == ([] if is_known else [("expression", True)])


def test_an_entered_actual_must_answer_to_a_figure_of_the_document_that_it_names(tmp_path: Path) -> None:
    layout = write_seeds(tmp_path, {"one": {"budget_lines": [LINE]}, "other": {}})
    for named, expected in (("one", []), ("other", [("budget_figure_id", "b.1")])):
        row = {"document_id": named, "budget_figure_id": "b.1", "period_id": "2007Y01", "entered_on": "2008-01-01"}
        write_table(layout.seeds, "shared", "actual_amounts", [{**row, "origin": "ledger"}])
        assert [(fault.column, fault.value) for fault in faults_of(layout)] == expected


# --- the folders -----------------------------------------------------------------------------------


def test_seeds_that_do_not_exist_are_reported(tmp_path: Path) -> None:
    (fault,) = faults_of(Layout(tmp_path / "nowhere", tmp_path))
    assert "is no folder" in fault.rule


@pytest.mark.parametrize(
    "name", ["shared/colours.csv", f"{DOC}/accounts.csv", f"{DOC}/notes.txt", f"{DOC}/lines.xlsx", "budget_lines.csv"]
)
def test_a_file_that_is_no_table_is_reported_and_a_hidden_one_is_not_looked_at(tmp_path: Path, name: str) -> None:
    layout = seeds(tmp_path)
    for path in (name, f"{DOC}/.DS_Store", f"{DOC}/README.md"):
        (layout.seeds / path).write_text("x", encoding="utf-8")
    # A link to nothing is no table without rows.
    (layout.seeds / DOC / "themes.csv").symlink_to(tmp_path / "nowhere.csv")
    assert [fault.file for fault in faults_of(layout)] == sorted([f"seeds/{name}", f"seeds/{DOC}/themes.csv"])


def test_a_file_without_rows_need_not_exist_and_each_that_must_is_reported(tmp_path: Path) -> None:
    layout = seeds(tmp_path, themes=[])
    needed = {table.name for table in schema().values() if table.scope == "shared" and not table.optional}
    assert {path.stem for path in layout.seeds.rglob("*.csv")} == needed
    assert faults_of(layout) == []
    for path in layout.seeds.rglob("*.csv"):
        path.unlink()
    assert {fault.file: fault.rule for fault in faults_of(layout) if fault.file != f"seeds/{DOC}"} == {
        f"seeds/shared/{name}.csv": f"is missing; its header is {','.join(schema()[name].column_names)}"
        for name in needed
    }


def test_folders_and_the_list_of_documents_must_agree(tmp_path: Path) -> None:
    layout = seeds(tmp_path)
    (layout.seeds / DOC).rename(layout.seeds / "another")
    assert [(fault.file, fault.rule) for fault in faults_of(layout)] == [
        (f"seeds/{DOC}", "is a document of shared/documents.csv, but has no folder"),
        ("seeds/another", "is no document of shared/documents.csv; add a row there"),
    ]


def test_faults_are_in_the_order_of_file_and_line_and_name_the_folder_whatever_it_is_called(tmp_path: Path) -> None:
    wrong = [{**LINE, "figure_id": f"b.{at}", "line": "x"} for at in range(12)]
    layout = seeds(tmp_path, budget_lines=wrong, themes=[{"theme_no": "1", "line": "x"}])
    renamed = Layout(layout.seeds.rename(tmp_path / "input"), layout.data)
    found = [(fault.file, fault.line) for fault in faults_of(renamed) if fault.column == "line"]
    assert found == [*((f"input/{DOC}/budget_lines.csv", 2 + at) for at in range(12)), (f"input/{DOC}/themes.csv", 2)]


def test_tables_are_read_again_only_where_a_file_has_changed(tmp_path: Path) -> None:
    layout = seeds(tmp_path, themes=[{"theme_no": "1", "theme_name": "A"}])
    first = tables.inspect(layout)[0]
    assert tables.inspect(layout)[0] is first
    write_table(layout.seeds, DOC, "themes", [{"theme_no": "1", "theme_name": "B"}])
    assert [row["theme_name"] for row in tables.inspect(layout)[0].of("themes")] == ["B"]


def test_only_the_check_against_the_text_editions_reads_what_is_no_figure(tmp_path: Path) -> None:
    layout = seeds(tmp_path, not_figures=[{"line": "0", "text": "30", "reason": "age"}])
    found, faults = tables.inspect(layout)
    assert (found.of("not_figures"), faults) == ([], [])
    found, faults = tables.inspect(layout, for_editions=True)
    assert [(row["text"], fault.column) for row, fault in zip(found.of("not_figures"), faults, strict=True)] == [
        ("30", "line")
    ]
