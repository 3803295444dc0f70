"""No input becomes code: names made of SQL, Jinja, HTML, formulas, control characters and a megabyte pass as text.

Belongs here: one release in which every name is hostile, compared cell by cell with the same release with plain names;
the columns that refuse such names; and what a terminal and a page show of them. Does not: which texts and how they get
in (`helpers.hostile`), nor the reader's rules for good cells (`test_tables`).
"""

import datetime as dt
import itertools
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

#: Two tables of Jobindsats are enough: with renamed labels and a suppressed cell, and with several measures per group.
SERIES = {"y25i01", "y30r21"}
#: Columns that differ between any two releases: keys of what is renamed, the build, the place and hash of its input;
#: and which of several best areas is the first by name.
_OF_THE_RELEASE_RE = re.compile(r"_key$|^actual_|^(input_line|source_ref|sha256|landed_file|best_area_name)$")
#: What a measure counts is read from its label, and a renamed one means something else.
_READ_FROM_LABELS = {"dim_account.main_account", "dim_account.account_function", "dim_measure.measure_kind"}
#: Columns of which the shipped documents have no cell.
_NOT_SHIPPED = {"funding_source", "price_level"}
#: Columns whose cells are no names, though a name may look the same.
_NO_NAMES = {
    "main_account",
    "account_function",
    "account_grouping",
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
    """The release with hostile names, the names, the release with the plain ones, and the output of the refresh."""

    layout: Layout
    names: Names
    plain: Layout
    output: str


@pytest.fixture(scope="module")
def hostile(with_series: PublishedSeries, tmp_path_factory: pytest.TempPathFactory) -> Hostile:
    """Refresh once with hostile names everywhere, that of the folder among them."""
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
    """Return the cells of an input table as they are to be stored, of all documents."""
    rows = [row for path in layout.seeds.glob(f"*/{table.name}.csv") for row in read_cells(path)]
    return sorted(tuple(as_kept(row[name]) for name in table.column_names) for row in rows)


def test_every_cell_of_every_input_table_is_loaded_as_it_was_written(hostile: Hostile) -> None:
    with duckdb.connect(str(hostile.layout.work_database), read_only=True) as database:
        for table in (table for table in schema().values() if table.is_loaded):
            columns = ", ".join(f"coalesce(\"{name}\", '')" for name in table.column_names)
            loaded = database.execute(f"select {columns} from raw.{table.name}").fetchall()
            assert sorted(loaded) == written(hostile.layout, table), table.name


def test_every_text_column_of_every_input_table_was_hostile(hostile: Hostile) -> None:
    used = set()
    for table in schema().values():
        rows = [dict(zip(table.column_names, row, strict=True)) for row in written(hostile.layout, table)]
        shipped = (column for column in table.columns if rows and column.name not in _NOT_SHIPPED)
        for column in (column for column in shipped if is_free(table, column)):
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


class Page(HTMLParser):
    """The elements of a page, each with the names of its attributes, and the texts between them."""

    def __init__(self, path: Path) -> None:
        """Read the page."""
        super().__init__()
        self.elements: set[tuple[str, tuple[str, ...]]] = set()
        self.texts: list[str] = []
        self.scripts: list[str] = []
        self._of: dict[str, str | None] = {}
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Add an element."""
        self.elements.add((tag, tuple(sorted(name for name, _ in attrs))))
        self._of = dict(attrs) if tag == "script" else {}

    def handle_data(self, data: str) -> None:
        """Add a text, or the content of a script."""
        (self.scripts if self._of.get("type") == "application/json" else self.texts).append(data)
        self._of = {}

    @property
    def text(self) -> str:
        """All texts, one after the other."""
        return "".join(self.texts)


def test_the_report_shows_every_text_as_a_text_and_has_no_element_of_its_own(hostile: Hostile) -> None:
    pages = sorted((release_folder(hostile.layout) / "report").rglob("*.html"))
    # The municipality of the setting has no agreements, since theirs has another name.
    assert len(pages) == 16
    plain = [Page(path) for path in (release_folder(hostile.plain) / "report").glob("*.html")]
    texts = ""
    for page in map(Page, pages):
        assert page.elements <= {element for other in plain for element in other.elements}
        for script in filter(str.strip, page.scripts):
            json.loads(script)
        texts += page.text
    assert sum(as_kept(text) in texts for text in CODE) > len(CODE) // 2


def compared_rows(layout: Layout, table: str, documents: set[str]) -> tuple[list[str], list[Row]]:
    """Return what is compared of a public table: all cells as text, except the columns that differ anyway."""
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
    """Compare renamed rows with plain ones; return the number of hostile cells among them.

    `places` has each column's name, and whether its cells are names.
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
    """Return the plain names of a cell, which may be blank or list several of them in order."""
    return sorted(names.plain(cell or "").split(", "))


# --- what people read of it -------------------------------------------------------------------------------


def is_harmless(text: str) -> bool:
    """Check whether a terminal shows a text line by line as it is, and no line is too long to read."""
    return all(line.isprintable() and len(line) < 4000 for line in text.split("\n"))


def test_the_output_of_a_refresh_writes_out_what_a_terminal_would_act_on(hostile: Hostile) -> None:
    # The path of the release is shown as it is, to be copied.
    output = hostile.output.partition("It lies in")[0]
    assert "characters) …" in output
    assert not [line for line in output.split("\n") if not is_harmless(line)]


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


def test_the_outcome_of_a_check_is_text_on_the_page(tmp_path: Path) -> None:
    build = Build("20260101T000000Z-0123abcd", dt.datetime(2026, 1, 1, tzinfo=dt.UTC), "abc", "f" * 64, {})
    # A page may change line ends.
    texts = [text for text in (*CODE, *CONTROL) if "\r" not in text]
    outcomes = [Outcome(t, t, "dbt", holds=False, observed=t, expected=t, failing_rows=[{t: t}]) for t in texts]
    write_page(tmp_path / "plain.html", build, [Outcome("a", "b", "dbt", holds=True)])
    write_page(tmp_path / "hostile.html", build, outcomes)
    plain, hostile = Page(tmp_path / "plain.html"), Page(tmp_path / "hostile.html")
    assert {tag for tag, _ in hostile.elements} == {tag for tag, _ in plain.elements} | {"pre"}
    attributes = {name for _, names in hostile.elements for name in names}
    assert not [name for name in attributes if name.startswith("on") or name in ("src", "href")]
    assert not [text for text in texts if text not in hostile.text]


def test_checks_and_the_publishers_words_are_shown_in_lines_that_a_terminal_shows_as_they_are() -> None:
    texts = [*CODE, *CONTROL, BIG]
    rows = [shown_row(("name", "amount"), (text, 1)) for text in texts]
    check = str(Outcome("it_holds", "fct_budget", "dbt", holds=False, observed=CONTROL[6], failing_rows=rows))
    assert len(check.split("\n")) == len(texts) + 1
    report = Report([TableReport("y25i01", text, faults=[text], failures=[text]) for text in texts])
    lines = [*check.split("\n"), *map(str, report.tables), *report.problems]
    assert not [line for line in lines if "\n" in line or not is_harmless(line)]


def test_the_beginning_and_the_end_of_a_long_text_are_shown() -> None:
    shown = printable("seeds/shared/areas.csv:2: " + BIG + "; add a row for it")
    assert shown.startswith("seeds/shared/areas.csv:2: 1 MB ")
    assert shown.endswith("; add a row for it")
    assert "characters) …" in shown


# --- what is refused --------------------------------------------------------------------------------------


def ruled(table: Table) -> list[Column]:
    """Return the columns whose declaration restricts them to a type, a list or the keys of another table."""
    return [column for column in table.columns if column.type not in TEXTS or column.allowed or column.references]


@pytest.mark.parametrize("first", range(3))
def test_a_column_that_takes_no_text_refuses_it_with_file_line_column_and_value(tmp_path: Path, first: int) -> None:
    # Each column gets another of the texts; every text is tried in several columns.
    texts = itertools.islice(itertools.cycle([*CODE, *CONTROL, BIG]), 20 * first, None)
    expected, used = set(), set()
    layout = write_seeds(tmp_path, {DOC: {}})
    # The list of the documents must name the folder, or no reference is checked.
    for table in (table for table in schema().values() if table.name != "documents"):
        folder = "shared" if table.scope == "shared" else DOC
        spoilt = [(column.name, f"{next(texts)}{END}{table.name}.{column.name}") for column in ruled(table)]
        write_table(layout.seeds, folder, table.name, [{column: value} for column, value in spoilt])
        line = 2
        for column, value in spoilt:
            expected.add((f"seeds/{folder}/{table.name}.csv", line, column, as_kept(value)))
            line += len(re.findall("\r\n|\r|\n", value)) + 1
            used.add(value.partition(END)[0])
    found = inspect(layout, for_editions=True)[1]
    assert expected - {(fault.file, fault.line, fault.column, fault.value) for fault in found} == set()
    assert len(expected) > 100
    assert used >= {*CODE, *CONTROL}
    assert all(is_harmless(str(fault)) and len(str(fault)) < 2000 for fault in found)


#: All at once, where one text must do.
WORSE = CONTROL[6] + CODE[0] + BIG


def test_a_column_with_a_grammar_of_its_own_refuses_other_text_with_its_place_and_value(tmp_path: Path) -> None:
    layout = copy_project_seeds(tmp_path)
    document, shared = layout.seeds / "udmoentningsplan_2010", layout.seeds / "shared"
    review = {"table_id": "y25i01", "response": "", "rule": "nulls", "reason": "r", "reviewed_by": "b"}
    append(shared / "series_reviews.csv", {**review, "reviewed_on": "2026-11-30"})
    spoilt = {
        (document / "courses.csv", "figure_id", "1.3.courses"): ["printed"],
        (document / "courses.csv", "figure_id", "1.4.courses"): ["unit"],
        (shared / "series_tables.csv", "table_id", "y25i01"): ["measures", "hierarchies", "periods"],
        (shared / "series_reviews.csv", "table_id", "y25i01"): ["response"],
    }
    check_refusals(layout, spoilt, WORSE + " kr")
    # The claims, in folders of their own.
    layout = copy_project_seeds(tmp_path / "claims")
    document = layout.seeds / "plads_til_alle_2007"
    spoilt = {
        (document / "known_faults.csv", "claim_id", "initiatives-5"): ["claim_id"],
        (document / "claims.csv", "counted", "initiatives:1"): ["counted"],
    }
    check_refusals(layout, spoilt, WORSE)


def check_refusals(layout: Layout, spoilt: dict[tuple[Path, str, str], list[str]], text: str) -> None:
    """Check that reading reports each of the spoilt cells."""
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
    # `areas` is checked against the description of the table, when it is fetched.
    shown = {
        "printed", "unit", "measures", "hierarchies", "periods", "counted", "known_faults.claim_id",
        "series_reviews.response",
    }  # fmt: skip
    assert GRAMMAR - {"series_tables.areas"} == shown


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (b"adm,L\0n,\n", "holds zero bytes, so it is no text (the first in line 2)"),
        # Half a character, and more than one character has: no UTF-8, whatever a lenient reader makes of them.
        (b"adm,\xed\xa0\x80,\n", "is not UTF-8: byte 0xed in line 2"),
        (b"adm,\xf4\x90\x80\x80,\n", "is not UTF-8: byte 0xf4 in line 2"),
        (b"adm,\xc0\xaf,\n", "is not UTF-8: byte 0xc0 in line 2"),
    ],
)
def test_what_is_no_text_is_refused_with_its_line(tmp_path: Path, content: bytes, rule: str) -> None:
    layout = write_seeds(tmp_path, {DOC: {}})
    (layout.seeds / "shared" / "accounts.csv").write_bytes(b"account_id,account_name,note\n" + content)
    [fault] = [fault for fault in inspect(layout)[1] if fault.file.endswith("accounts.csv")]
    assert rule in fault.rule


def test_a_megabyte_in_a_header_or_in_a_row_too_many_is_reported_in_a_line_that_can_be_read(tmp_path: Path) -> None:
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
