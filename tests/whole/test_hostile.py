"""No input becomes code: names made of SQL, Jinja, HTML, formulas, control characters and a megabyte pass as text.

Belongs here: one release in which everything that has a name is called so, held against the same release with the
plain names cell by cell; the columns that refuse such names; and what a terminal and a page show of them. Does not:
which texts and how they get in (`helpers.hostile`), nor the reader's rules for good cells (`test_tables`).
"""

from __future__ import annotations

import datetime as dt
import json
import re
import shutil
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

import duckdb
import pytest

from dagster_project.run import prepare_home
from jobmaal.core.build import Build
from jobmaal.core.errors import EXIT_NO_RELEASE, FaultyInputError, JobmaalError, printable
from jobmaal.core.layout import Layout
from jobmaal.core.outcomes import Outcome, shown_row
from jobmaal.inputs.tables import Column, Table, inspect
from jobmaal.jobindsats.report import Report, TableReport
from jobmaal.outputs.checks_page import write_page
from jobmaal.raw import read_all
from tests.conftest import Published, PublishedSeries, jobmaal, release_folder
from tests.helpers.hostile import BIG, CODE, CONTROL, END, ENTERED, GRAMMAR, TEXTS, Names, as_kept, is_free, read_cells
from tests.helpers.input import DOC, append, copy_project_seeds, edit, run, schema, write_seeds, write_table

#: Two tables of Jobindsats are enough: one with renamed labels and a hidden cell, one with several measures a group.
SERIES = {"y25i01", "y30r21"}
#: What a release has of its own: keys of what is renamed, its build, where its input stood and what it was hashed to;
#: and which of several that are best is the first by name.
_OF_THE_RELEASE_RE = re.compile(r"_key$|^actual_|^(input_line|source_ref|sha256|landed_file|best_area_name)$")
#: What a measure counts is read from its label, and a renamed one says something else.
_READ_FROM_LABELS = {"dim_measure.measure_kind"}
#: Columns whose cells are no names, though a name may look the same.
_NO_NAMES = {
    "raw_text",
    "document_id",
    "table_id",
    "target_group_id",
    "unit_type",
    "course_years",
    "unit",
    "course_unit",
    "region_name",
}

Row = tuple[str | None, ...]


@dataclass(frozen=True)
class Hostile:
    """The release in which everything is called something hostile, the names, and the release with the plain ones."""

    layout: Layout
    names: Names
    plain: Layout
    told: str


@pytest.fixture(scope="module")
def hostile(with_series: PublishedSeries, tmp_path_factory: pytest.TempPathFactory) -> Hostile:
    """Refresh once with everything hostile, the folder that all of it lies in among them."""
    root = tmp_path_factory.mktemp("hostile") / "it's 100% {{ 1" / "0 }} 'æøå'\n\x1bc \"x\" ; $(id)"
    layout = Layout(root / "seeds", root / "data")
    names = Names(with_series.layout, SERIES)
    names.land(layout)
    names.write_seeds(layout.seeds)
    # What dbt has parsed already it need not parse again.
    shutil.copytree(with_series.layout.dbt_target, layout.dbt_target)
    done = jobmaal(layout, "refresh")
    assert done.returncode == 0, done.stdout + done.stderr
    return Hostile(layout, names, with_series.layout, done.stdout + done.stderr)


# --- the release ------------------------------------------------------------------------------------------


def written(layout: Layout, table: Table) -> list[Row]:
    """Return an input table's cells as they are to be kept, of all documents."""
    rows = [row for path in layout.seeds.glob(f"*/{table.name}.csv") for row in read_cells(path)]
    return sorted(tuple(as_kept(row[name]) for name in table.column_names) for row in rows)


def test_every_cell_of_every_input_table_is_loaded_as_it_was_written(hostile: Hostile) -> None:
    with duckdb.connect(str(hostile.layout.work_database), read_only=True) as database:
        for table in schema().values():
            columns = ", ".join(f"coalesce(\"{name}\", '')" for name in table.column_names)
            loaded = database.execute(f"select {columns} from raw.{table.name}").fetchall()
            assert sorted(loaded) == written(hostile.layout, table), table.name


def test_every_text_column_of_every_input_table_was_hostile(hostile: Hostile) -> None:
    used = set()
    for table in schema().values():
        rows = [dict(zip(table.column_names, row, strict=True)) for row in written(hostile.layout, table)]
        for column in (column for column in table.columns if is_free(table, column)):
            texts = {row[column.name].partition(END)[0] for row in rows if END in row[column.name]}
            assert texts, f"{table.name}.{column.name}"
            used |= texts
    assert {as_kept(text) for text in (*CODE, *CONTROL)} <= used
    assert sum(BIG in name for name in hostile.names.of.values()) > 20


def columns_of(database: duckdb.DuckDBPyConnection, kind: str = "%") -> dict[str, list[str]]:
    """Name the columns of every public table, or those of a kind."""
    query = """
        select table_name, list(column_name order by column_index) from duckdb_columns()
        where not internal and data_type like ? group by 1
    """
    return dict(database.execute(query, [kind]).fetchall())


def test_the_parquet_files_hold_what_the_warehouse_holds(hostile: Hostile) -> None:
    folder = release_folder(hostile.layout)
    with duckdb.connect(str(folder / "warehouse.duckdb"), read_only=True) as database:
        tables = columns_of(database)
        assert {path.name.removesuffix(".parquet") for path in (folder / "parquet").iterdir()} == tables.keys()
        for name, columns in tables.items():
            files = [*(folder / "parquet").glob(f"{name}.parquet"), *(folder / "parquet" / name).glob("*/*.parquet")]
            there = f"select {', '.join(columns)} from {name}"
            query = f"select {', '.join(columns)} from read_parquet($files, hive_types_autocast = false)"
            for one, other in ((there, query), (query, there)):
                odd = database.execute(f"{one} except all {other}", {"files": list(map(str, files))}).fetchall()
                assert odd == [], name


class Elements(HTMLParser):
    """Reads which elements a page has, with the names of their attributes, and the texts between them."""

    def __init__(self, path: Path) -> None:
        """Read a page."""
        super().__init__()
        self.found: set[tuple[str, tuple[str, ...]]] = set()
        self.texts: list[str] = []
        self.scripts: list[str] = []
        self._of: dict[str, str | None] = {}
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.found.add((tag, tuple(sorted(name for name, _ in attrs))))
        self._of = dict(attrs) if tag == "script" else {}

    def handle_data(self, data: str) -> None:
        """Note a text, or what a script holds."""
        (self.scripts if self._of.get("type") == "application/json" else self.texts).append(data)
        self._of = {}


def test_the_report_shows_every_text_as_a_text_and_has_no_element_of_its_own(hostile: Hostile) -> None:
    pages = sorted((release_folder(hostile.layout) / "report").glob("*.html"))
    assert len(pages) == 8
    plain: set[tuple[str, tuple[str, ...]]] = set()
    for path in (release_folder(hostile.plain) / "report").glob("*.html"):
        plain |= Elements(path).found
    texts = ""
    for path in pages:
        page = Elements(path)
        assert page.found - plain == set(), path.name
        for script in filter(str.strip, page.scripts):
            json.loads(script)
        texts += "".join(page.texts)
    assert sum(as_kept(text) in texts for text in CODE) > len(CODE) // 2


def compared_rows(layout: Layout, table: str, documents: set[str]) -> tuple[list[str], list[Row]]:
    """Return what of a public table is compared: all cells as text, without what a release has of its own."""
    with duckdb.connect(str(release_folder(layout) / "warehouse.duckdb"), read_only=True) as database:
        database.execute("set timezone = 'UTC'")
        every = columns_of(database)[table]
        columns = [name for name in every if not _OF_THE_RELEASE_RE.search(name)]
        # The plain release has more series, and in the hostile one somebody entered what came of a target.
        by = "table_id" if "table_id" in every else "document_id" if table == "audit_reconciliation" else ""
        where = [f"list_contains($documents, {by})"] if by else []
        where += ["source_ref is distinct from $entered"] if "source_ref" in every else []
        selected = ", ".join(f"cast({name} as varchar)" for name in columns)
        query = f"select {selected} from {table} where {' and '.join(where) or 'true'}"
        given = {"documents": sorted(documents), "entered": ENTERED}
        rows = database.execute(query, {name: given[name] for name in given if f"${name}" in query}).fetchall()
    return columns, rows


def test_the_release_is_the_one_with_plain_names_renamed_and_nothing_else(hostile: Hostile) -> None:
    documents = {row["document_id"] for row in read_cells(hostile.plain.seeds / "shared" / "documents.csv")}
    with duckdb.connect(str(release_folder(hostile.layout) / "warehouse.duckdb"), read_only=True) as database:
        texts = columns_of(database, "VARCHAR")
        tables = columns_of(database).keys() - {"audit_build", "dim_period", "dim_year"}
    counted = 0
    for table in sorted(tables):
        columns, renamed = compared_rows(hostile.layout, table, SERIES | documents)
        _, plain = compared_rows(hostile.plain, table, SERIES | documents)
        names = {*texts.get(table, ())} - _NO_NAMES
        places = [(f"{table}.{column}", column in names) for column in columns]
        counted += compare(hostile.names, places, plain, renamed)
    assert counted > 10_000


def compare(names: Names, places: list[tuple[str, bool]], plain: list[Row], renamed: list[Row]) -> int:
    """Hold renamed rows against plain ones; gives how many hostile cells were compared.

    `places` tells each column's name, and whether its cells are names.
    """

    def place(row: Row) -> Row:
        return tuple(names.plain(cell or "") for cell in row)

    counted = 0
    for before, after in zip(sorted(plain, key=place), sorted(renamed, key=place), strict=True):
        for (column, is_name), one, other in zip(places, before, after, strict=True):
            if is_name and one in names.of:
                assert other == as_kept(names.of[one]), column
                counted += 1
            elif one != other and column not in _READ_FROM_LABELS:
                assert listed(names, one) == listed(names, other), f"{column}: {one!r:.200} is {other!r:.200}"
    return counted


def listed(names: Names, cell: str | None) -> list[str]:
    """Take what is hostile out of a cell that was blank, or that lists several names in their order."""
    return sorted(names.plain(cell or "").split(", "))


# --- what people read of it -------------------------------------------------------------------------------


def is_harmless(text: str) -> bool:
    """Check whether a terminal shows a text line by line as it is, and no line is too long to read."""
    return all(line.isprintable() and len(line) < 4000 for line in text.split("\n"))


def test_the_account_writes_out_what_a_terminal_would_act_on(hostile: Hostile) -> None:
    # Where it lies is told as it is, to be copied.
    account = hostile.told.partition("It lies in")[0]
    assert "characters) …" in account
    assert not [line for line in account.split("\n") if not is_harmless(line)]


@pytest.mark.parametrize("which", ["value is not null and note is not null", f"length(locator) > {len(BIG)}"])
def test_a_trace_writes_out_what_a_terminal_would_act_on(hostile: Hostile, which: str) -> None:
    with duckdb.connect(str(release_folder(hostile.layout) / "warehouse.duckdb"), read_only=True) as database:
        found = database.execute(f"select source_ref from audit_lineage where {which} order by 1 limit 3").fetchall()
    assert found
    for (reference,) in found:
        result = run(hostile.layout, "trace", reference)
        assert (result.exit_code, is_harmless(result.output)) == (0, True)
        assert len(result.output.splitlines()) < 20


@pytest.mark.parametrize("reference", [*CODE, *CONTROL, BIG], ids=lambda text: ascii(text)[:40])
def test_a_reference_to_a_figure_is_text_whatever_it_looks_like(published: Published, reference: str) -> None:
    result = run(published.layout, "trace", "--", reference)
    assert result.exit_code == EXIT_NO_RELEASE
    assert "The nearest are:" in result.output
    assert is_harmless(result.output)


class Page(HTMLParser):
    """The text and the elements of a page."""

    def __init__(self, path: Path) -> None:
        """Read the page."""
        super().__init__()
        self.text = ""
        self.elements: set[str] = set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Count an element, if nothing in it acts or fetches."""
        self.elements.add(tag)
        assert not [name for name, _ in attrs if name.startswith("on") or name in ("src", "href")]

    def handle_data(self, data: str) -> None:
        """Keep what is read."""
        self.text += data


def test_whatever_a_check_says_is_text_on_the_page(tmp_path: Path) -> None:
    build = Build("20260101T000000Z-0123abcd", dt.datetime(2026, 1, 1, tzinfo=dt.UTC), "abc", "f" * 64, {})
    # What a page does to line ends is no matter.
    texts = [text for text in (*CODE, *CONTROL) if "\r" not in text]
    outcomes = [Outcome(t, t, "dbt", holds=False, observed=t, expected=t, failing_rows=[{t: t}]) for t in texts]
    write_page(tmp_path / "plain.html", build, [Outcome("a", "b", "dbt", holds=True)])
    write_page(tmp_path / "hostile.html", build, outcomes)
    plain, hostile = Page(tmp_path / "plain.html"), Page(tmp_path / "hostile.html")
    assert hostile.elements == plain.elements | {"pre"}
    assert not [text for text in texts if text not in hostile.text]


def test_a_failed_check_is_told_in_lines_that_a_terminal_shows_as_they_are() -> None:
    texts = [*CODE, *CONTROL, BIG]
    rows = [shown_row(("name", "amount"), (text, 1)) for text in texts]
    told = str(Outcome("it_holds", "fct_budget", "dbt", holds=False, observed=CONTROL[6], failing_rows=rows))
    assert len(told.split("\n")) == len(texts) + 1
    assert is_harmless(told)


def test_what_the_publisher_says_is_told_in_lines_that_a_terminal_shows_as_they_are() -> None:
    report = Report([TableReport("y25i01", text, faults=[text], failures=[text]) for text in (*CODE, *CONTROL, BIG)])
    told = [*map(str, report.tables), *report.problems]
    assert not [line for line in told if "\n" in line or not is_harmless(line)]


def test_of_a_long_text_beginning_and_end_are_told() -> None:
    told = printable("seeds/shared/areas.csv:2: " + BIG + "; add a row for it")
    assert told.startswith("seeds/shared/areas.csv:2: 1 MB ")
    assert told.endswith("; add a row for it")
    assert "characters) …" in told


# --- what is refused --------------------------------------------------------------------------------------


def ruled(table: Table) -> list[Column]:
    """Return the columns whose cells the declaration binds to a type, a list or another table."""
    return [column for column in table.columns if column.type not in TEXTS or column.allowed or column.references]


@pytest.mark.parametrize("text", [*CODE, *CONTROL, BIG], ids=lambda text: ascii(text)[:40])
def test_a_column_that_takes_no_text_refuses_it_with_file_line_column_and_value(tmp_path: Path, text: str) -> None:
    lines = len(re.findall("\r\n|\r|\n", text)) + 1
    expected = set()
    layout = write_seeds(tmp_path, {DOC: {}})
    # The list of the documents must name the folder, or nothing is said of references.
    for table in (table for table in schema().values() if table.name != "documents"):
        folder = "shared" if table.scope == "shared" else DOC
        spoilt = [(column.name, f"{text}{END}{table.name}.{column.name}") for column in ruled(table)]
        write_table(layout.seeds, folder, table.name, [{column: value} for column, value in spoilt])
        for at, (column, value) in enumerate(spoilt):
            expected.add((f"seeds/{folder}/{table.name}.csv", 2 + at * lines, column, as_kept(value)))
    found = inspect(layout)[1]
    assert expected - {(fault.file, fault.line, fault.column, fault.value) for fault in found} == set()
    assert len(expected) > 100
    assert all(is_harmless(str(fault)) and len(str(fault)) < 2000 for fault in found)


#: All at once, where one text must do.
WORSE = CONTROL[6] + CODE[0] + BIG


def test_a_column_with_a_grammar_of_its_own_refuses_other_text_with_its_place_and_value(tmp_path: Path) -> None:
    layout = copy_project_seeds(tmp_path)
    document, shared = layout.seeds / "udmoentningsplan_2010", layout.seeds / "shared"
    spoilt = {
        (document / "courses.csv", "figure_id", "1.3.courses"): ["printed"],
        (document / "courses.csv", "figure_id", "1.4.courses"): ["unit"],
        (shared / "series_tables.csv", "table_id", "y25i01"): ["measures", "hierarchies", "periods"],
        (shared / "series_reviews.csv", "table_id", "y25i01"): ["response"],
    }
    review = {"table_id": "y25i01", "response": "", "rule": "nulls", "reason": "r", "reviewed_by": "b"}
    append(shared / "series_reviews.csv", {**review, "reviewed_on": "2026-11-30"})
    check_refusals(layout, spoilt, WORSE + " kr")


def test_a_reviewed_fault_and_a_count_refuse_other_text_with_their_place_and_value(tmp_path: Path) -> None:
    layout = copy_project_seeds(tmp_path)
    document = layout.seeds / "plads_til_alle_2007"
    spoilt = {
        (document / "known_faults.csv", "claim_id", "mentor-title"): ["residual"],
        (document / "known_faults.csv", "claim_id", "initiatives-5"): ["claim_id"],
        (document / "claims.csv", "counted", "initiatives:1"): ["counted"],
    }
    check_refusals(layout, spoilt, WORSE)


def check_refusals(layout: Layout, spoilt: dict[tuple[Path, str, str], list[str]], text: str) -> None:
    """Spoil cells, read, and find each of them told."""
    expected = set()
    for (path, column, value), columns in spoilt.items():
        name = str(path.relative_to(layout.seeds.parent))
        for spoilt_column in columns:
            line = edit(path, (column, value), spoilt_column, text)
            expected.add((name, line, spoilt_column, as_kept(text)))
    with pytest.raises(FaultyInputError) as raised:
        read_all(layout)
    found = {(fault.file, fault.line, fault.column, fault.value) for fault in raised.value.faults}
    assert expected <= found
    assert all(is_harmless(str(fault)) and len(str(fault)) < 2000 for fault in raised.value.faults)


def test_every_column_with_a_grammar_of_its_own_is_shown_refusing() -> None:
    # `areas` is held against the publisher's description of the table, when it is fetched.
    shown = {
        "printed", "unit", "measures", "hierarchies", "periods", "residual", "counted", "known_faults.claim_id",
        "series_reviews.response",
    }  # fmt: skip
    assert GRAMMAR - {"series_tables.areas"} == shown


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"adm,L\0n,\n", "holds zero bytes, so it is no text (the first in line 2)"),
        # Half a character, and more than one character has: no UTF-8, whatever a lenient reader makes of them.
        (b"adm,\xed\xa0\x80,\n", "is not UTF-8: byte 0xed in line 2"),
        (b"adm,\xf4\x90\x80\x80,\n", "is not UTF-8: byte 0xf4 in line 2"),
        (b"adm,\xc0\xaf,\n", "is not UTF-8: byte 0xc0 in line 2"),
    ],
)
def test_what_is_no_text_is_refused_with_its_line(tmp_path: Path, content: bytes, told: str) -> None:
    layout = write_seeds(tmp_path, {DOC: {}})
    (layout.seeds / "shared" / "accounts.csv").write_bytes(b"account_id,account_name,note\n" + content)
    [fault] = [fault for fault in inspect(layout)[1] if fault.file.endswith("accounts.csv")]
    assert told in fault.rule


def test_a_megabyte_in_a_header_or_in_a_row_too_many_is_told_in_a_line_that_can_be_read(tmp_path: Path) -> None:
    layout = write_seeds(tmp_path, {DOC: {}})
    accounts = layout.seeds / "shared" / "accounts.csv"
    for content in (f"account_id,account_name,note,{WORSE!r}\n", f"account_id,account_name,note\na,b,c,{BIG}\n"):
        accounts.write_text(content, encoding="utf-8")
        faults = inspect(layout)[1]
        assert faults
        assert all(is_harmless(str(fault)) for fault in faults)


# --- folders ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("character", list("*?[#"))
def test_a_folder_that_dagster_and_dbt_take_for_something_else_is_refused(tmp_path: Path, character: str) -> None:
    layout = Layout(tmp_path / "seeds", tmp_path / f"a{character}b")
    with pytest.raises(JobmaalError, match="Name another folder with --data"):
        prepare_home(layout)
    assert not layout.data.exists()
