"""A release in a real PostgreSQL: what arrives, who may read it, what readers see meanwhile, and what a failure leaves.

Belongs here: `jobmaal push`. Does not: Dagster's history in PostgreSQL (`test_postgres`), how fast it is
(`benchmarks.push`).
"""

import re
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pytest

from jobmaal.core import contract
from jobmaal.core.errors import EXIT_BROKE_DOWN, EXIT_BUSY, EXIT_NO_RELEASE
from jobmaal.core.layout import PROJECT, Layout
from jobmaal.readers.push import Pushed, PushError, Target, push
from jobmaal.releases.catalogue import WAREHOUSE, current_id, read_manifest
from tests.conftest import COMMAND, Published, copy_of, environment_of, jobmaal
from tests.helpers.input import run
from tests.helpers.postgres import Postgres, postgres
from tests.helpers.reading import reading
from tests.helpers.releases import vary

#: Maximum number of seconds that a push may take.
_PATIENCE = 120
_PASSWORD = "marked-passw0rd:of/the@push"
_PASSWORD_IN_A_URL = "marked-passw0rd%3Aof%2Fthe%40push"
#: What a text may be, and must be afterwards.
TEXTS = (
    "Rødgrød med fløde på Ærø – i alt", "", None, " ", "it's", '"quoted"', "back\\slash", "\\N", "\\.", "NULL",
    "a\ttab", "two\nlines", "two\r\nlines", "a;b,c|d", "=1+1", "🚲", "e\u0301", "\x01\x7f", "$$;drop schema x;--",
)  # fmt: skip
_NUMBERS = count(1)


@dataclass(frozen=True)
class Site:
    """A schema of a server, and the releases that are pushed there. In a query, `{s}` is the schema."""

    server: Postgres
    layout: Layout
    schema: str

    @property
    def current(self) -> str:
        """The release that is current."""
        return str(current_id(self.layout))

    def vary(self, *statements: str) -> str:
        """Write another release."""
        return vary(self.layout, f"20300101T0000{next(_NUMBERS):02}000000Z-00000000", *statements)

    def push(self, build_id: str | None = None, *, force: bool = False) -> Pushed:
        """Push a release, as the command does."""
        return push(self.layout, Target(self.server.url, self.schema), build_id, force=force)

    def run(self, *arguments: str, url: str = "", exit_code: int = 0) -> str:
        """Run the command, and return what it shows."""
        done = run(self.layout, "push", url or self.server.url, "--schema", self.schema, *arguments)
        assert done.exit_code == exit_code, done.output
        assert "Traceback" not in done.output
        return done.output

    def ask(self, query: str, role: str = "") -> list[tuple[Any, ...]]:
        """Ask the server."""
        return self.server.ask(query.replace("{s}", self.schema), role)

    def holds(self, build_id: str, *others: str) -> bool:
        """Check whether readers see this release, and which schemas there are beside it."""
        found = self.ask("select nspname from pg_namespace where starts_with(nspname, '{s}') order by 1")
        is_alone = [name for (name,) in found] == [self.schema, *(f"{self.schema}{other}" for other in others)]
        return is_alone and self.ask("select build_id from {s}.audit_build") == [(build_id,)]

    def is_empty(self) -> bool:
        """Check whether nothing is left of a push."""
        return self.ask("select nspname from pg_namespace where starts_with(nspname, '{s}')") == []


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    """Start a server that lets everybody in but `guarded`, whom it asks for a password."""
    with postgres() as started:
        owner = started.ask("select current_user")[0][0]
        started.administer(f"alter role {owner} createrole")
        for statement in ("role poor login", "role maker login", f"role guarded login password '{_PASSWORD}'"):
            started.administer(f"create {statement}")
        started.administer("grant create on database jobmaal to maker, guarded")
        started.let_in("guarded scram-sha-256", "all trust")
        yield started


@pytest.fixture(scope="module")
def layout(published: Published, tmp_path_factory: pytest.TempPathFactory) -> Layout:
    """Copy the release, to write others beside it."""
    return copy_of(published.layout, tmp_path_factory.mktemp("push"))


@pytest.fixture
def site(server: Postgres, layout: Layout, request: pytest.FixtureRequest) -> Site:
    """Return a schema of the test's own, where nothing is."""
    return Site(server, layout, "s" + str(abs(hash(request.node.name))))


# --- what arrives -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def default(server: Postgres, layout: Layout) -> Site:
    """Return the schema that is the command's default."""
    return Site(server, layout, "jobmaal")


@pytest.fixture(scope="module")
def pushed(default: Site) -> str:
    """Push the release to the default schema, and return what the command shows."""
    return default.run()


def test_every_table_arrives_with_every_row_and_value(pushed: str, default: Site) -> None:
    with duckdb.connect(str(default.layout.current / WAREHOUSE), read_only=True) as database:
        names = [name for (name,) in database.execute("select table_name from duckdb_tables()").fetchall()]
        found = default.ask("select table_name from information_schema.tables where table_schema = '{s}'")
        assert sorted(names) == sorted(name for (name,) in found)
        for name in names:
            expected = Counter(database.execute(f"from {name}").fetchall())
            assert Counter(default.ask(f"select * from {{s}}.{name}")) == expected, name
    assert f"{sum(read_manifest(default.layout, default.current)['rows'].values()):,} rows" in pushed


@pytest.mark.usefixtures("pushed")
def test_types_and_descriptions_are_those_of_the_release(default: Site) -> None:
    names = {"varchar": "text", "decimal(18,2)": "numeric(18,2)", "decimal(18,4)": "numeric(18,4)"}
    names |= {"decimal(20,10)": "numeric(20,10)"}
    for table in contract.tables():
        where = f"'{{s}}.{table.name}'::regclass"
        assert default.ask(f"select obj_description({where}, 'pg_class')") == [(table.description_en,)]
        found = default.ask(
            "select attname, format_type(atttypid, atttypmod), not attnotnull, col_description(attrelid, attnum)"
            f" from pg_attribute where attrelid = {where} and attnum > 0 order by attnum"
        )
        assert found == [(c.name, names.get(c.type, c.type), c.is_nullable, c.description_en) for c in table.columns]
    ((described,),) = default.ask("select obj_description('{s}'::regnamespace, 'pg_namespace')")
    assert described.startswith(f"jobmaal: release {default.current}, contract 1. ")


@pytest.mark.usefixtures("pushed")
def test_every_key_and_every_reference_of_the_contract_is_a_constraint(default: Site) -> None:
    found = default.ask(
        "select c.relname, contype::text, (select array_agg(attname::text order by ord)"
        " from unnest(conkey) with ordinality as k (num, ord)"
        " join pg_attribute on attrelid = conrelid and attnum = num),"
        " f.relname, convalidated from pg_constraint join pg_class as c on c.oid = conrelid"
        " left join pg_class as f on f.oid = confrelid"
        " where connamespace = '{s}'::regnamespace and contype in ('p', 'f')",
    )
    assert {table: tuple(key) for table, kind, key, _, _ in found if kind == "p"} == contract.table_keys()
    references = {(t.name, c.name, c.references[0]) for t in contract.tables() for c in t.columns if c.references}
    assert {(table, key[0], to) for table, kind, key, to, _ in found if kind == "f"} == references
    assert all(is_validated for *_, is_validated in found)


@pytest.mark.usefixtures("pushed")
def test_every_query_of_the_page_runs_and_the_planner_knows_the_tables(default: Site) -> None:
    page = (PROJECT / "docs" / "bi" / "postgresql.md").read_text(encoding="utf-8")
    queries = re.findall(r"^```psql\n(select.*?)^```", page, re.MULTILINE | re.DOTALL)
    assert [len(default.ask(query)) for query in queries] == [8]
    unknown = "relnamespace = '{s}'::regnamespace and relkind = 'r' and reltuples < 0"
    assert default.ask(f"select relname from pg_class where {unknown}") == []


def test_any_text_arrives_as_it_is(site: Site) -> None:
    texts = ", ".join(f"({at}, {literal(text)})" for at, text in enumerate(TEXTS))
    build_id = site.vary(
        f"create table zz_texts as select * from (values {texts}) as t (number, shown)",
        "comment on table zz_texts is 'It''s \"quoted\" \\ – æøå'",
        'create table "zz ""odd"" – Ø;" as select \'x\' as "a ""b"" %s {0}"',
    )
    site.push(build_id)
    assert site.ask("select * from {s}.zz_texts order by number") == list(enumerate(TEXTS))
    described = site.ask("select obj_description('{s}.zz_texts'::regclass, 'pg_class')")
    assert described == [('It\'s "quoted" \\ – æøå',)]
    assert site.ask('select "a ""b"" %s {0}" from {s}."zz ""odd"" – Ø;"') == [("x",)]


def literal(text: str | None) -> str:
    return "null" if text is None else "'" + text.replace("'", "''") + "'"


def test_numbers_and_times_arrive_to_the_last_digit(site: Site) -> None:
    rows = (
        "(-9223372036854775808, -2147483648, -9999999999999999.99, -0.0001, -9999999999.9999999999, false,"
        " '0001-01-01', '1899-12-31 23:59:59.999999+00'),"
        " (9223372036854775807, 2147483647, 9999999999999999.99, 10000.0000, 0.0000000001, true,"
        " '9999-12-31', '2026-03-29 01:30:00.000001+00'),"
        " (0, 0, 0, 100, 10000, null, '1999-12-31', '1999-12-31 23:59:59.999999+00'),"
        " (null, null, null, null, null, null, null, null)"
    )
    build_id = site.vary(
        "create table zz (a bigint, b integer, c decimal(18,2), d decimal(18,4), e decimal(20,10), f boolean, g date,"
        " h timestamptz)",
        f"insert into zz values {rows}",
    )
    site.push(build_id)
    with duckdb.connect(str(site.layout.releases / build_id / WAREHOUSE), read_only=True) as database:
        database.execute("set timezone = 'UTC'")
        expected = database.execute("select columns(*)::varchar from zz order by a").fetchall()
    texts = ", ".join(f"{column}::text" for column in "abcdefgh")
    with psycopg.connect(site.server.url, options="-c timezone=UTC") as connection:
        found = connection.execute(f"select {texts} from {site.schema}.zz order by a".encode()).fetchall()
    assert found == expected


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        (
            "update dim_account set account_name = 'a' || chr(0) || 'b' where account_key > 0",
            r"dim_account\.account_name: 6 texts have a NUL character",
        ),
        ("create table zz (a double)", r"zz\.a has the type DOUBLE"),
        (
            "update fct_budget set account_key = 4711 where line_type = 'itemised'",
            r'"fct_budget_account_key_fkey".*\(account_key\)=\(4711\) is not present in table "dim_account"',
        ),
        ("insert into fct_budget from fct_budget limit 1", r'"fct_budget_pkey".*\(budget_key\)=.* is duplicated'),
    ],
    ids=["a NUL character", "an unknown type", "an orphan", "a key twice"],
)
def test_what_postgresql_cannot_hold_is_reported_with_its_place_and_nothing_changes(
    site: Site, statement: str, message: str
) -> None:
    site.push()
    with pytest.raises(PushError, match=message):
        site.push(site.vary(statement))
    assert site.holds(site.current)


# --- releases -----------------------------------------------------------------------------------------------


def test_a_release_that_is_there_already_is_not_pushed_again_unless_forced(site: Site) -> None:
    numbers = []
    for arguments in ([], [], ["--force"]):
        assert ("already" in site.run(*arguments)) == (len(numbers) == 1)
        numbers += site.ask("select '{s}.fct_budget'::regclass::oid")
    assert numbers[0] == numbers[1] != numbers[2]


def test_an_old_release_can_be_pushed_again_with_what_it_had(site: Site) -> None:
    old = site.vary(
        "drop table fct_courses", "alter table fct_budget drop column account_key", "drop table dim_account"
    )
    site.push()
    site.run("--release", old)
    assert site.holds(old)
    assert site.ask("select to_regclass('{s}.fct_courses')") == [(None,)]


def test_a_release_that_is_not_there_or_damaged_is_not_pushed(site: Site, tmp_path: Path) -> None:
    assert "no release" in site.run("--release", "../x", exit_code=EXIT_NO_RELEASE)
    build_id = site.vary()
    with (site.layout.releases / build_id / WAREHOUSE).open("ab") as file:
        file.write(b"x")
    assert "is damaged" in site.run("--release", build_id, exit_code=EXIT_NO_RELEASE)
    nothing = Site(site.server, Layout(tmp_path / "seeds", tmp_path / "data"), site.schema)
    assert "Nothing is published" in nothing.run(exit_code=EXIT_NO_RELEASE)
    assert site.is_empty()


# --- who may what -------------------------------------------------------------------------------------------


def test_a_schema_that_is_not_ours_is_not_touched(site: Site) -> None:
    site.ask("create schema {s}; create table {s}.theirs (a int)")
    for schema in (site.schema, "public"):
        refused = site.run("--schema", schema, "--force", exit_code=EXIT_BROKE_DOWN)
        assert "was not made by jobmaal" in refused
    assert site.ask("select count(*) from {s}.theirs") == [(0,)]


def test_schemas_named_like_ours_and_made_by_others_stay(site: Site) -> None:
    site.ask("create schema {s}_old_1; create table {s}_old_1.theirs (a int)")
    site.push()
    site.push(force=True)
    assert site.holds(site.current, "_old_1")
    assert site.ask("select count(*) from {s}_old_1.theirs") == [(0,)]


def test_a_role_that_lacks_a_right_is_told_what_to_ask_for_and_another_reader_can_be_named(site: Site) -> None:
    refused = site.run(url=site.server.url_of("poor"), exit_code=EXIT_BROKE_DOWN)
    assert "grant create on database jobmaal to poor" in refused
    maker = site.server.url_of("maker")
    refused = site.run("--reader", "nobody here", url=maker, exit_code=EXIT_BROKE_DOWN)
    assert 'create role "nobody here" nologin' in refused
    assert site.is_empty()
    site.run("--reader", "poor", url=maker)
    assert site.ask("select count(*) from {s}.audit_build", "poor") == [(1,)]


def test_a_role_that_is_granted_the_reading_role_reads_and_does_nothing_else(pushed: str, default: Site) -> None:
    default.server.administer("create role analyst login")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        default.ask("select * from {s}.audit_build", "analyst")
    # As the command says.
    assert "grant jobmaal_reader to SOMEBODY" in pushed
    default.server.administer("grant jobmaal_reader to analyst")
    for name in contract.table_keys():
        default.ask(f"select * from {{s}}.{name} limit 1", "analyst")
    for statement in (
        "insert into {s}.dim_year select * from {s}.dim_year",
        "update {s}.fct_budget set amount_dkk = 0",
        "delete from {s}.fct_budget",
        "truncate {s}.fct_budget",
        "create table {s}.mine (a int)",
        "drop table {s}.fct_budget",
        "drop schema {s} cascade",
        "create schema mine",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            default.ask(statement, "analyst")
    default.push(force=True)
    assert default.ask("select count(*) from {s}.audit_build", "analyst") == [(1,)]


def test_a_password_is_taken_from_the_address_or_the_environment_and_never_shown(site: Site) -> None:
    arguments = ("--schema", site.schema, "--reader", "guarded", "--force")
    without = site.server.url_of("guarded")
    for url, variables, exit_code in (
        (site.server.url_of("guarded", _PASSWORD_IN_A_URL), {}, 0),
        (without, {"PGPASSWORD": _PASSWORD}, 0),
        (without, {"PGPASSWORD": "marked-wrong"}, EXIT_BROKE_DOWN),
    ):
        done = jobmaal(site.layout, "push", url, *arguments, **variables)
        assert done.returncode == exit_code, done.stderr
        assert "marked" not in done.stdout + done.stderr
    assert "password authentication failed" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "exit_code"),
    [
        *(
            ([url], EXIT_BROKE_DOWN)
            for url in (
                "postgresql+psycopg2://u:marked@h/d",
                "mysql://u:marked@h/d",
                "host=h password=marked",
                "postgresql://u:one@marked@127.0.0.1:1/d",
                "postgresql://u:one/marked@127.0.0.1:1/d",
                "postgresql://u:1/marked@127.0.0.1:1/d",
                "postgresql://u:one%marked@127.0.0.1:1/d",
                "postgresql://u:one:marked@127.0.0.1:1/d",
                "postgresql://u:one?marked@127.0.0.1:1/d",
                "postgresql://u@127.0.0.1:1/d?password=marked",
                "postgresql://u@127.0.0.1:1/d?no_such=marked",
                "postgresql://u:marked@127.0.0.1:1/marked",
            )
        ),
        (["x", "postgresql://u:marked@h/d"], 1),
        (["postgresql://u:marked@h/d", "postgresql://u:marked@h/d"], 1),
        ([], 1),
    ],
)
def test_no_part_of_a_password_is_shown_where_the_address_is_wrong(
    arguments: list[str], exit_code: int, published: Published
) -> None:
    done = run(published.layout, "push", *arguments)
    assert done.exit_code == exit_code
    assert "marked" not in done.output
    assert "Traceback" not in done.output


# --- readers ------------------------------------------------------------------------------------------------

#: One statement over several tables: which release, and what it holds.
_FIGURES = (
    "select (select build_id from {0}.audit_build), (select sum(amount_dkk) from {0}.fct_budget),"
    " (select count(*) from {0}.fct_courses), (select count(*) from {0}.dim_area)"
)


def figures_of(layout: Layout, build_id: str) -> tuple[Any, ...]:
    with duckdb.connect(str(layout.releases / build_id / WAREHOUSE), read_only=True) as database:
        (row,) = database.execute(_FIGURES.format("main")).fetchall()
    return tuple(row)


@pytest.mark.slow
def test_readers_meet_no_error_and_no_mixture_while_releases_change(site: Site) -> None:
    first, second = site.current, site.vary(
        "update fct_budget set amount_dkk = amount_dkk * 2", "insert into fct_courses select * replace"
        " (-course_key as course_key) from fct_courses", "delete from rpt_jobcenter_year",
    )  # fmt: skip
    truths = {figures_of(site.layout, first), figures_of(site.layout, second)}
    assert len({truth[1] for truth in truths}) == len({truth[2] for truth in truths}) == 2
    site.push()
    query = _FIGURES.format(site.schema).encode()

    def ask(connection: psycopg.Connection, *, prepare: bool | None = None) -> list[tuple[Any, ...]]:
        return connection.execute(query, prepare=prepare).fetchall()

    def ask_repeatably(connection: psycopg.Connection) -> list[tuple[Any, ...]]:
        with connection.transaction():
            # The snapshot is taken here, before the first of the tables is looked up.
            connection.execute("select 1")
            time.sleep(0.01)
            return [row for _ in range(3) for row in ask(connection)]

    with ExitStack() as stack:
        one, two, three, four = (
            stack.enter_context(psycopg.connect(site.server.url, autocommit=True)) for _ in range(4)
        )
        four.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        asks = [partial(ask, one), partial(ask, two), partial(ask, three, prepare=True), partial(ask_repeatably, four)]
        with reading([[asked] for asked in asks], in_threads=True) as reads:
            for build_id in (second, first) * 4:
                assert site.push(build_id).kept == []
    assert [read.errors for read in reads] == [Counter()] * len(asks)
    assert {row for read in reads for answer in read.answers for row in answer.value} == truths


def test_a_reader_for_long_neither_holds_a_push_up_nor_meets_an_error(site: Site) -> None:
    second = site.vary()
    site.push()
    ((rows,),) = site.ask("select count(*) from {s}.fct_budget")
    with psycopg.connect(site.server.url) as long, psycopg.connect(site.server.url) as older:
        for connection in (long, older):
            connection.execute("set transaction isolation level repeatable read")
        cursor = long.cursor("long")
        cursor.itersize = 1
        cursor.execute(f"select * from {site.schema}.fct_budget".encode())
        cursor.fetchone()
        older.execute("select 1")
        assert [kept.split(":")[0] for kept in site.push(second).kept] == [f"{site.schema}_old_1"]
        # The one reads on where it was; the other finds the new tables whole, which are younger than its snapshot.
        assert len(cursor.fetchall()) == rows - 1
        found = older.execute(
            f"select build_id, (select count(*) from {site.schema}.fct_budget) from {site.schema}.audit_build".encode()
        )
        assert found.fetchall() == [(second, rows)]
        assert site.holds(second, "_old_1")
    assert site.push(second).kept == []
    assert site.holds(second)


def test_what_somebody_built_on_our_tables_is_not_dropped_with_them(site: Site) -> None:
    site.push()
    site.ask("create view {s}v as select * from {s}.fct_budget")
    shown = site.run("--force")
    assert f"Not dropped yet: {site.schema}_old_1: " in shown
    assert f"{site.schema}v" in shown
    assert site.ask("select count(*) > 0 from {s}v") == [(True,)]


# --- failures -----------------------------------------------------------------------------------------------


@contextmanager
def pushing(site: Site, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Push in a process of its own."""
    process = subprocess.Popen(
        [str(COMMAND), "push", site.server.url, "--schema", site.schema, *arguments],
        env=environment_of(site.layout), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.communicate(timeout=_PATIENCE)


def wait_until(server: Postgres, query: str) -> None:
    """Wait until a query about what the server does has an answer."""
    until = time.monotonic() + _PATIENCE
    while not server.ask(query):
        assert time.monotonic() < until, query
        time.sleep(0.02)


def test_the_second_of_two_pushes_says_that_it_is_busy_and_ends(site: Site) -> None:
    with psycopg.connect(site.server.url) as obstacle, pushing(site) as first:
        # The first waits for what becomes of this schema.
        obstacle.execute(f"create schema {site.schema}_loading".encode())
        wait_until(
            site.server,
            f"select pid from pg_stat_activity where wait_event_type = 'Lock' and query like '%{site.schema}%'",
        )
        busy = site.run(exit_code=EXIT_BUSY)
        assert f"Another push to the schema '{site.schema}' is running (process " in busy
        obstacle.rollback()
        assert first.wait(_PATIENCE) == 0
    assert site.holds(site.current)


@pytest.fixture(scope="module")
def large(default: Site) -> str:
    """Write a release that takes some seconds to push."""
    return default.vary(
        "create table zz_large as select i as a, 'æøå ' || i as b, i * 0.01::decimal(18,2) as c"
        " from range(1500000) as t (i)"
    )


_LOADING = "select pid from pg_stat_progress_copy where tuples_processed > 10000"


def kill_the_client(server: Postgres, process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGKILL)
    wait_until(
        server, "select 1 where not exists (select from pg_stat_activity where application_name = 'jobmaal push')"
    )


def interrupt_the_client(_server: Postgres, process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGINT)
    process.wait(_PATIENCE)


def end_the_connection(server: Postgres, process: subprocess.Popen[str]) -> None:
    server.ask(f"select pg_terminate_backend(pid) from ({_LOADING}) as found")
    assert process.wait(_PATIENCE) == EXIT_BROKE_DOWN


def refuse_the_copy(server: Postgres, process: subprocess.Popen[str]) -> None:
    server.ask(f"select pg_cancel_backend(pid) from ({_LOADING}) as found")
    assert process.wait(_PATIENCE) == EXIT_BROKE_DOWN


def crash_the_server(server: Postgres, process: subprocess.Popen[str]) -> None:
    server.stop("immediate")
    assert process.wait(_PATIENCE) == EXIT_BROKE_DOWN
    server.start()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("breaks_off", "message"),
    [
        (kill_the_client, ""),
        (interrupt_the_client, ""),
        (end_the_connection, "PostgreSQL: "),
        (refuse_the_copy, "canceling statement due to user request"),
        (crash_the_server, "PostgreSQL: "),
    ],
)
def test_a_push_that_is_broken_off_leaves_what_was_there_and_the_next_one_does_its_work(
    site: Site, large: str, breaks_off: Callable[[Postgres, subprocess.Popen[str]], None], message: str
) -> None:
    site.push()
    with pushing(site, "--release", large) as process:
        wait_until(site.server, _LOADING)
        breaks_off(site.server, process)
        shown = process.communicate(timeout=_PATIENCE)[1]
    assert message in shown
    assert "Traceback" not in shown
    assert site.holds(site.current)
    site.push(large)
    assert site.holds(large)
    assert site.ask("select count(*), sum(a) from {s}.zz_large") == [(1_500_000, 1_124_999_250_000)]


def test_a_server_that_is_not_there_is_reported(published: Published, tmp_path: Path) -> None:
    done = run(published.layout, "push", f"postgresql:///d?host={tmp_path}")
    assert (done.exit_code, "Traceback" in done.output) == (EXIT_BROKE_DOWN, False)
    assert str(tmp_path) in done.output
