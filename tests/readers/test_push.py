"""A release in a real PostgreSQL: what arrives, who may read it, what readers see meanwhile, and what a failure leaves.

Belongs here: `jobmaal push`. Does not: Dagster's history in PostgreSQL (`test_postgres`), how fast it is
(`benchmarks.push`).
"""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pytest
from click.testing import Result

from jobmaal.core import contract, files
from jobmaal.core.errors import EXIT_BROKE_DOWN, EXIT_BUSY, EXIT_NO_RELEASE
from jobmaal.core.layout import PROJECT, Layout
from jobmaal.readers.push import PushError, Target, push
from jobmaal.releases.catalogue import MANIFEST, WAREHOUSE, current_id, manifest_text, read_manifest
from tests.conftest import COMMAND, Published, copy_of, environment_of, jobmaal
from tests.helpers.input import run
from tests.helpers.postgres import Postgres, postgres

#: What hangs is told as a failure after so many seconds.
_PATIENCE = 120
_PASSWORD = "marked-passw0rd:of/the@push"
_PASSWORD_IN_A_URL = "marked-passw0rd%3Aof%2Fthe%40push"
#: What a text may be, and must be afterwards.
TEXTS = (
    "Rødgrød med fløde på Ærø – i alt", "", None, " ", "it's", '"quoted"', "back\\slash", "\\N", "\\.", "NULL",
    "a\ttab", "two\nlines", "two\r\nlines", "a;b,c|d", "=1+1", "🚲", "e\u0301", "\x01\x7f", "$$;drop schema x;--",
)  # fmt: skip


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
    """Copy the release, to lay others beside it."""
    return copy_of(published.layout, tmp_path_factory.mktemp("push"))


@pytest.fixture
def schema(request: pytest.FixtureRequest) -> str:
    """Name a schema of the test's own."""
    return "s" + str(abs(hash(request.node.name)))


def as_role(server: Postgres, role: str, password: str = "") -> str:
    return server.url.replace("//", f"//{role}{':' if password else ''}{password}@")


def another(layout: Layout, number: int, *statements: str) -> str:
    """Lay down a release that differs from the current one by these statements, and give its name."""
    current, build_id = current_id(layout), f"20300101T0000{number:02}000000Z-00000000"
    assert current is not None
    folder = layout.releases / build_id
    folder.mkdir()
    shutil.copyfile(layout.releases / current / WAREHOUSE, folder / WAREHOUSE)
    with duckdb.connect(str(folder / WAREHOUSE)) as database:
        for statement in (f"update audit_build set build_id = '{build_id}'", *statements):
            database.execute(statement)
        names = database.execute("select table_name from duckdb_tables()").fetchall()
        counts = {name: database.execute(f"select count(*) from {quoted(name)}").fetchone() for (name,) in names}
    outputs = {WAREHOUSE: {"sha256": files.sha256(folder / WAREHOUSE), "bytes": (folder / WAREHOUSE).stat().st_size}}
    rows = {name: count[0] for name, count in counts.items() if count is not None}
    manifest = read_manifest(layout, current) | {"build_id": build_id, "rows": rows, "outputs": outputs}
    (folder / MANIFEST).write_text(manifest_text(manifest), encoding="utf-8")
    return build_id


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def told(result: Result, exit_code: int = 0) -> str:
    assert result.exit_code == exit_code, result.output
    assert "Traceback" not in result.output
    return result.output


def ask(url: str, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(query.encode()).fetchall()


def build_in(server: Postgres, schema: str) -> str:
    return str(ask(server.url, f"select build_id from {schema}.audit_build")[0][0])


def schemas(server: Postgres, schema: str) -> list[str]:
    found = ask(server.url, f"select nspname from pg_namespace where starts_with(nspname, '{schema}') order by 1")
    return [name for (name,) in found]


# --- what arrives -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def pushed(server: Postgres, layout: Layout) -> str:
    """Push the release as the command does it, and give what was told."""
    return told(run(layout, "push", server.url))


def test_every_table_arrives_with_every_row_and_value(pushed: str, server: Postgres, layout: Layout) -> None:
    with duckdb.connect(str(layout.current / WAREHOUSE), read_only=True) as database:
        names = [name for (name,) in database.execute("select table_name from duckdb_tables()").fetchall()]
        found = ask(server.url, "select table_name from information_schema.tables where table_schema = 'jobmaal'")
        assert sorted(names) == sorted(name for (name,) in found)
        for name in names:
            expected = Counter(database.execute(f"from {name}").fetchall())
            assert Counter(ask(server.url, f"select * from jobmaal.{name}")) == expected, name
    assert f"{sum(read_manifest(layout, layout.current.readlink().name)['rows'].values()):,} rows" in pushed


@pytest.mark.usefixtures("pushed")
def test_types_are_those_of_the_release(server: Postgres) -> None:
    same = {"varchar": "text", "decimal(18,2)": "numeric(18,2)", "decimal(18,4)": "numeric(18,4)"}
    same |= {"decimal(20,10)": "numeric(20,10)"}
    for table in contract.tables():
        found = ask(
            server.url,
            "select attname, format_type(atttypid, atttypmod), not attnotnull from pg_attribute"
            f" where attrelid = 'jobmaal.{table.name}'::regclass and attnum > 0 order by attnum",
        )
        assert found == [(c.name, same.get(c.type, c.type), c.is_nullable) for c in table.columns]


@pytest.mark.usefixtures("pushed")
def test_tables_columns_and_schema_are_described(server: Postgres) -> None:
    for table in contract.tables():
        where = f"'jobmaal.{table.name}'::regclass"
        described = ask(server.url, f"select obj_description({where}, 'pg_class')")[0][0]
        assert " ".join(described.split()) == table.description_en
        found = ask(
            server.url,
            f"select col_description({where}, attnum) from pg_attribute where attrelid = {where} and attnum > 0"
            " order by attnum",
        )
        assert found == [(column.description_en,) for column in table.columns]
    described = ask(server.url, "select obj_description('jobmaal'::regnamespace, 'pg_namespace')")[0][0]
    assert described.startswith(f"jobmaal: release {build_in(server, 'jobmaal')}, contract 1. ")


@pytest.mark.usefixtures("pushed")
def test_every_key_and_every_reference_of_the_contract_is_a_constraint(server: Postgres) -> None:
    found = ask(
        server.url,
        "select c.relname, contype::text, conname, (select array_agg(attname::text order by ord)"
        " from unnest(conkey) with ordinality as k (num, ord)"
        " join pg_attribute on attrelid = conrelid and attnum = num),"
        " f.relname, convalidated from pg_constraint join pg_class as c on c.oid = conrelid"
        " left join pg_class as f on f.oid = confrelid"
        " where connamespace = 'jobmaal'::regnamespace and contype in ('p', 'f')",
    )
    assert {table: tuple(key) for table, kind, _, key, _, _ in found if kind == "p"} == contract.table_keys()
    references = {(t.name, c.name, c.references[0]) for t in contract.tables() for c in t.columns if c.references}
    assert {(table, key[0], to) for table, kind, _, key, to, _ in found if kind == "f"} == references
    assert all(is_validated for *_, is_validated in found)


@pytest.mark.usefixtures("pushed")
def test_every_query_of_the_page_runs(server: Postgres) -> None:
    page = (PROJECT / "docs" / "bi" / "postgresql.md").read_text(encoding="utf-8")
    queries = re.findall(r"^```psql\n(select.*?)^```", page, re.MULTILINE | re.DOTALL)
    assert [len(ask(server.url, query)) for query in queries] == [8]


@pytest.mark.usefixtures("pushed")
def test_the_planner_knows_the_tables(server: Postgres) -> None:
    query = (
        "select count(*) from pg_class where relnamespace = 'jobmaal'::regnamespace and relkind = 'r' and reltuples < 0"
    )
    assert ask(server.url, query) == [(0,)]


def test_any_text_arrives_as_it_is(server: Postgres, layout: Layout, schema: str) -> None:
    build_id = another(
        layout,
        1,
        "create table zz_texts (number integer, told varchar)",
        f"insert into zz_texts values {', '.join(f'({at}, {literal(text)})' for at, text in enumerate(TEXTS))}",
        "comment on table zz_texts is 'It''s \"quoted\" \\ – æøå'",
        'create table "zz ""odd"" – Ø;" ("a ""b"" %s" varchar)',
        'insert into "zz ""odd"" – Ø;" values (\'x\')',
    )
    push(layout, Target(server.url, schema), build_id)
    assert ask(server.url, f"select * from {schema}.zz_texts order by number") == list(enumerate(TEXTS))
    described = ask(server.url, f"select obj_description('{schema}.zz_texts'::regclass, 'pg_class')")
    assert described == [('It\'s "quoted" \\ – æøå',)]
    assert ask(server.url, f'select * from {schema}."zz ""odd"" – Ø;"') == [("x",)]


def literal(text: str | None) -> str:
    return "null" if text is None else "'" + text.replace("'", "''") + "'"


def test_numbers_and_times_arrive_to_the_last_digit(server: Postgres, layout: Layout, schema: str) -> None:
    rows = (
        "(-9223372036854775808, -2147483648, -9999999999999999.99, -0.0001, -9999999999.9999999999, false,"
        " '0001-01-01', '1899-12-31 23:59:59.999999+00'),"
        " (9223372036854775807, 2147483647, 9999999999999999.99, 10000.0000, 0.0000000001, true,"
        " '9999-12-31', '2026-03-29 01:30:00.000001+00'),"
        " (0, 0, 0, 100, 10000, null, '1999-12-31', '1999-12-31 23:59:59.999999+00'),"
        " (null, null, null, null, null, null, null, null)"
    )
    build_id = another(
        layout,
        2,
        "create table zz (a bigint, b integer, c decimal(18,2), d decimal(18,4), e decimal(20,10), f boolean, g date,"
        " h timestamptz)",
        f"insert into zz values {rows}",
    )
    push(layout, Target(server.url, schema), build_id)
    with duckdb.connect(str(layout.releases / build_id / WAREHOUSE), read_only=True) as database:
        database.execute("set timezone = 'UTC'")
        expected = database.execute("select columns(*)::varchar from zz order by a").fetchall()
    with psycopg.connect(server.url) as connection:
        connection.execute("set timezone = 'UTC'")
        texts = ", ".join(f"{column}::text" for column in "abcdefgh")
        found = connection.execute(f"select {texts} from {schema}.zz order by a".encode()).fetchall()
    assert found == expected


def test_a_nul_character_is_told_with_table_and_column(server: Postgres, layout: Layout, schema: str) -> None:
    build_id = another(layout, 3, "update dim_account set account_name = 'a' || chr(0) || 'b' where account_key > 0")
    with pytest.raises(PushError, match=r"dim_account\.account_name: 6 texts have a NUL character"):
        push(layout, Target(server.url, schema), build_id)
    assert schemas(server, schema) == []


def test_a_type_that_is_not_known_is_told_with_table_and_column(server: Postgres, layout: Layout, schema: str) -> None:
    build_id = another(layout, 4, "create table zz (a double)")
    with pytest.raises(PushError, match=r"zz\.a has the type DOUBLE"):
        push(layout, Target(server.url, schema), build_id)
    assert schemas(server, schema) == []


def test_a_key_that_does_not_hold_is_told_and_nothing_changes(server: Postgres, layout: Layout, schema: str) -> None:
    push(layout, Target(server.url, schema))
    orphan = another(layout, 5, "update fct_budget set account_key = 4711 where line_type = 'itemised'")
    twice = another(layout, 6, "insert into fct_budget from fct_budget limit 1")
    with pytest.raises(
        PushError,
        match=r"\"fct_budget_account_key_fkey\".*Key \(account_key\)=\(4711\) is not present in table \"dim_account\"",
    ):
        push(layout, Target(server.url, schema), orphan)
    with pytest.raises(PushError, match=r"\"fct_budget_pkey\".*Key \(budget_key\)=.* is duplicated"):
        push(layout, Target(server.url, schema), twice)
    assert build_in(server, schema) == current_id(layout)
    assert schemas(server, schema) == [schema]


# --- releases -----------------------------------------------------------------------------------------------


def test_a_release_that_is_there_already_is_not_pushed_again_unless_forced(
    server: Postgres, layout: Layout, schema: str
) -> None:
    def number() -> object:
        return ask(server.url, f"select '{schema}.fct_budget'::regclass::oid")[0][0]

    told(run(layout, "push", server.url, "--schema", schema))
    first = number()
    assert "already" in told(run(layout, "push", server.url, "--schema", schema))
    assert number() == first
    told(run(layout, "push", server.url, "--schema", schema, "--force"))
    assert number() != first


def test_an_old_release_can_be_pushed_again_with_what_it_had(server: Postgres, layout: Layout, schema: str) -> None:
    old = another(
        layout, 7, "drop table fct_courses", "alter table fct_budget drop column account_key", "drop table dim_account"
    )
    push(layout, Target(server.url, schema))
    told(run(layout, "push", server.url, "--schema", schema, "--release", old))
    assert build_in(server, schema) == old
    assert ask(server.url, f"select to_regclass('{schema}.fct_courses')") == [(None,)]
    assert schemas(server, schema) == [schema]


def test_a_release_that_is_not_there_or_damaged_is_not_pushed(server: Postgres, layout: Layout, schema: str) -> None:
    assert "no release" in told(run(layout, "push", server.url, "--release", "../x"), EXIT_NO_RELEASE)
    build_id = another(layout, 8)
    with (layout.releases / build_id / WAREHOUSE).open("ab") as file:
        file.write(b"x")
    damaged = run(layout, "push", server.url, "--schema", schema, "--release", build_id)
    assert "is damaged" in told(damaged, EXIT_NO_RELEASE)
    assert schemas(server, schema) == []


# --- who may what -------------------------------------------------------------------------------------------


def test_a_schema_that_is_not_ours_is_not_touched(server: Postgres, layout: Layout, schema: str) -> None:
    with psycopg.connect(server.url) as connection:
        connection.execute(f"create schema {schema}; create table {schema}.theirs (a int)".encode())
    refused = run(layout, "push", server.url, "--schema", schema, "--force")
    assert "was not made by jobmaal" in told(refused, EXIT_BROKE_DOWN)
    assert "was not made by jobmaal" in told(run(layout, "push", server.url, "--schema", "public"), EXIT_BROKE_DOWN)
    assert ask(server.url, f"select count(*) from {schema}.theirs") == [(0,)]


def test_schemas_named_like_ours_and_made_by_others_stay(server: Postgres, layout: Layout, schema: str) -> None:
    with psycopg.connect(server.url) as connection:
        connection.execute(f"create schema {schema}_old_1; create table {schema}_old_1.theirs (a int)".encode())
    push(layout, Target(server.url, schema))
    push(layout, Target(server.url, schema), force=True)
    assert schemas(server, schema) == [schema, f"{schema}_old_1"]
    assert ask(server.url, f"select count(*) from {schema}_old_1.theirs") == [(0,)]


def test_a_role_that_may_not_make_schemas_is_told_what_to_ask_for(server: Postgres, layout: Layout) -> None:
    refused = told(run(layout, "push", as_role(server, "poor")), EXIT_BROKE_DOWN)
    assert "grant create on database jobmaal to poor" in refused


def test_a_missing_reader_that_may_not_be_made_stops_the_push_and_another_can_be_named(
    server: Postgres, layout: Layout, schema: str
) -> None:
    arguments = ("push", as_role(server, "maker"), "--schema", schema)
    refused = told(run(layout, *arguments, "--reader", "nobody here"), EXIT_BROKE_DOWN)
    assert 'create role "nobody here" nologin' in refused
    assert schemas(server, schema) == []
    told(run(layout, *arguments, "--reader", "poor"))
    assert ask(as_role(server, "poor"), f"select count(*) from {schema}.audit_build") == [(1,)]


def test_whoever_is_granted_the_reading_role_reads_and_does_nothing_else(
    pushed: str, server: Postgres, layout: Layout
) -> None:
    server.administer("create role analyst login")
    analyst = as_role(server, "analyst")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        ask(analyst, "select * from jobmaal.audit_build")
    # As the command says.
    assert "grant jobmaal_reader to SOMEBODY" in pushed
    server.administer("grant jobmaal_reader to analyst")
    for name in contract.table_keys():
        ask(analyst, f"select * from jobmaal.{name} limit 1")
    for statement in (
        "insert into jobmaal.dim_year select * from jobmaal.dim_year",
        "update jobmaal.fct_budget set amount_dkk = 0",
        "delete from jobmaal.fct_budget",
        "truncate jobmaal.fct_budget",
        "create table jobmaal.mine (a int)",
        "drop table jobmaal.fct_budget",
        "drop schema jobmaal cascade",
        "create schema mine",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege), psycopg.connect(analyst) as connection:
            connection.execute(statement.encode())
    push(layout, Target(server.url), force=True)
    assert ask(analyst, "select count(*) from jobmaal.audit_build") == [(1,)]


def test_a_password_is_taken_from_the_address_or_the_environment_and_never_shown(
    server: Postgres, layout: Layout, schema: str
) -> None:
    arguments = ("--schema", schema, "--reader", "guarded")
    for url, variables in (
        (as_role(server, "guarded", _PASSWORD_IN_A_URL), {}),
        (as_role(server, "guarded"), {"PGPASSWORD": _PASSWORD}),
    ):
        done = jobmaal(layout, "push", url, *arguments, "--force", **variables)
        assert done.returncode == 0, done.stderr
        assert "marked" not in done.stdout + done.stderr
    refused = jobmaal(layout, "push", as_role(server, "guarded"), *arguments, PGPASSWORD="marked-wrong")
    assert refused.returncode == EXIT_BROKE_DOWN
    assert "password authentication failed" in refused.stderr
    assert "marked" not in refused.stdout + refused.stderr


@pytest.mark.parametrize(
    "url",
    [
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
    ],
)
def test_no_part_of_a_password_is_shown_where_the_address_is_wrong(url: str, published: Published) -> None:
    assert "marked" not in told(run(published.layout, "push", url), EXIT_BROKE_DOWN)


def test_no_address_is_shown_where_the_command_is_used_wrongly(published: Published) -> None:
    for arguments in (
        ["x", "postgresql://u:marked@h/d"],
        ["postgresql://u:marked@h/d", "postgresql://u:marked@h/d"],
        [],
    ):
        assert "marked" not in told(run(published.layout, "push", *arguments), 1)


# --- readers ------------------------------------------------------------------------------------------------

#: One statement over several tables: which release, and what it holds.
_FIGURES = (
    "select (select build_id from {0}.audit_build), (select sum(amount_dkk) from {0}.fct_budget),"
    " (select count(*) from {0}.fct_courses), (select count(*) from {0}.dim_area)"
)


def figures_of(layout: Layout, build_id: str) -> tuple[Any, ...]:
    with duckdb.connect(str(layout.releases / build_id / WAREHOUSE), read_only=True) as database:
        row = database.execute(_FIGURES.format("main")).fetchone()
        assert row is not None
        return row


@pytest.mark.slow
def test_readers_meet_no_error_and_no_mixture_while_releases_change(
    server: Postgres, layout: Layout, schema: str
) -> None:
    first = current_id(layout)
    assert first is not None
    second = another(
        layout, 9, "update fct_budget set amount_dkk = amount_dkk * 2", "insert into fct_courses select * replace"
        " (-course_key as course_key) from fct_courses", "delete from rpt_jobcenter_year",
    )  # fmt: skip
    truths = {figures_of(layout, first), figures_of(layout, second)}
    assert len({truth[1] for truth in truths}) == len({truth[2] for truth in truths}) == 2
    push(layout, Target(server.url, schema))
    query = _FIGURES.format(schema).encode()
    seen: list[tuple[Any, ...]] = []
    wrong: list[object] = []
    ended = threading.Event()

    def single(connection: psycopg.Connection) -> None:
        seen.append(connection.execute(query).fetchall()[0])

    def prepared(connection: psycopg.Connection) -> None:
        seen.append(connection.execute(query, prepare=True).fetchall()[0])

    def repeatable(connection: psycopg.Connection) -> None:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        with connection.transaction():
            # The snapshot is taken here, before the first of the tables is looked up.
            connection.execute("select 1")
            for _ in range(3):
                time.sleep(0.01)
                seen.append(connection.execute(query).fetchall()[0])

    def reading(read: Callable[[psycopg.Connection], None]) -> None:
        try:
            with psycopg.connect(server.url, autocommit=True) as connection:
                while not ended.is_set():
                    read(connection)
        except Exception as error:
            wrong.append(error)

    threads = [threading.Thread(target=reading, args=[read]) for read in (single, single, prepared, repeatable)]
    for thread in threads:
        thread.start()
    try:
        for build_id in (second, first) * 4:
            assert push(layout, Target(server.url, schema), build_id).kept == []
    finally:
        ended.set()
        for thread in threads:
            thread.join(_PATIENCE)
    assert wrong == []
    assert set(seen) == truths


def test_a_reader_for_long_neither_holds_a_push_up_nor_meets_an_error(
    server: Postgres, layout: Layout, schema: str
) -> None:
    second = another(layout, 10)
    push(layout, Target(server.url, schema))
    rows = ask(server.url, f"select count(*) from {schema}.fct_budget")[0][0]
    with psycopg.connect(server.url) as long, psycopg.connect(server.url) as older:
        for connection in (long, older):
            connection.execute("set transaction isolation level repeatable read")
        cursor = long.cursor("long")
        cursor.itersize = 1
        cursor.execute(f"select * from {schema}.fct_budget".encode())
        cursor.fetchone()
        older.execute("select 1")
        kept = push(layout, Target(server.url, schema), second).kept
        assert [told.split(":")[0] for told in kept] == [f"{schema}_old_1"]
        # The one reads on where it was; the other finds the new tables whole, which are younger than its snapshot.
        assert len(cursor.fetchall()) == rows - 1
        assert older.execute(f"select count(*) from {schema}.fct_budget".encode()).fetchall() == [(rows,)]
        assert older.execute(f"select build_id from {schema}.audit_build".encode()).fetchall() == [(second,)]
        assert schemas(server, schema) == [schema, f"{schema}_old_1"]
    assert push(layout, Target(server.url, schema), second).kept == []
    assert schemas(server, schema) == [schema]


def test_what_somebody_built_on_our_tables_is_not_dropped_with_them(
    server: Postgres, layout: Layout, schema: str
) -> None:
    push(layout, Target(server.url, schema))
    with psycopg.connect(server.url) as connection:
        connection.execute(f"create view {schema}v as select * from {schema}.fct_budget".encode())
    shown = told(run(layout, "push", server.url, "--schema", schema, "--force"))
    assert f"Not dropped yet: {schema}_old_1: " in shown
    assert f"{schema}v" in shown
    assert ask(server.url, f"select count(*) > 0 from {schema}v") == [(True,)]


# --- failures -----------------------------------------------------------------------------------------------


@contextmanager
def pushing(layout: Layout, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [str(COMMAND), "push", *arguments], env=environment_of(layout), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.communicate(timeout=_PATIENCE)


def wait_until(server: Postgres, query: str) -> int:
    """Wait until a query about what the server does has an answer, and give it: the number of a process."""
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        found = ask(server.url, query)
        if found:
            return int(found[0][0])
        time.sleep(0.02)
    raise AssertionError(query)


def test_the_second_of_two_pushes_says_that_it_is_busy_and_ends(server: Postgres, layout: Layout, schema: str) -> None:
    with psycopg.connect(server.url) as obstacle, pushing(layout, server.url, "--schema", schema) as first:
        # The first waits for what becomes of this schema.
        obstacle.execute(f"create schema {schema}_loading".encode())
        wait_until(
            server, f"select pid from pg_stat_activity where wait_event_type = 'Lock' and query like '%{schema}%'"
        )
        busy = told(run(layout, "push", server.url, "--schema", schema), EXIT_BUSY)
        assert f"Another push to the schema '{schema}' is running (process " in busy
        obstacle.rollback()
        assert first.wait(_PATIENCE) == 0
    assert build_in(server, schema) == current_id(layout)


@pytest.fixture(scope="module")
def large(layout: Layout) -> str:
    """Lay down a release that takes some seconds to push."""
    return another(
        layout, 11, "create table zz_large as select i as a, 'æøå ' || i as b, i * 0.01::decimal(18,2) as c"
        " from range(1500000) as t (i)",
    )  # fmt: skip


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
    ask(server.url, f"select pg_terminate_backend(pid) from ({_LOADING}) as found")
    assert process.wait(_PATIENCE) == EXIT_BROKE_DOWN


def crash_the_server(server: Postgres, process: subprocess.Popen[str]) -> None:
    server.stop("immediate")
    assert process.wait(_PATIENCE) == EXIT_BROKE_DOWN
    server.start()


@pytest.mark.slow
@pytest.mark.parametrize("breaks_off", [kill_the_client, interrupt_the_client, end_the_connection, crash_the_server])
def test_a_push_that_is_broken_off_leaves_what_was_there_and_the_next_one_does_its_work(
    server: Postgres, layout: Layout, schema: str, large: str, breaks_off: Callable[..., None]
) -> None:
    push(layout, Target(server.url, schema))
    with pushing(layout, server.url, "--schema", schema, "--release", large) as process:
        wait_until(server, _LOADING)
        breaks_off(server, process)
        assert "Traceback" not in process.communicate(timeout=_PATIENCE)[1]
    assert build_in(server, schema) == current_id(layout)
    assert schemas(server, schema) == [schema]
    push(layout, Target(server.url, schema), large)
    assert build_in(server, schema) == large
    assert ask(server.url, f"select count(*), sum(a) from {schema}.zz_large") == [(1_500_000, 1_124_999_250_000)]
    assert schemas(server, schema) == [schema]


@pytest.mark.slow
def test_a_refusal_in_the_middle_of_the_load_is_told_and_leaves_what_was_there(
    server: Postgres, layout: Layout, schema: str, large: str
) -> None:
    push(layout, Target(server.url, schema))
    with pushing(layout, server.url, "--schema", schema, "--release", large) as process:
        wait_until(server, _LOADING)
        ask(server.url, f"select pg_cancel_backend(pid) from ({_LOADING}) as found")
        assert process.wait(_PATIENCE) == EXIT_BROKE_DOWN
        shown = process.communicate()[1]
    assert "canceling statement due to user request" in shown
    assert "Traceback" not in shown
    assert build_in(server, schema) == current_id(layout)
    assert schemas(server, schema) == [schema]


def test_a_server_that_is_not_there_is_told(published: Published, tmp_path: Path) -> None:
    shown = told(run(published.layout, "push", f"postgresql:///d?host={tmp_path}"), EXIT_BROKE_DOWN)
    assert str(tmp_path) in shown


def test_a_push_needs_a_release(server: Postgres, tmp_path: Path) -> None:
    nothing = Layout(tmp_path / "seeds", tmp_path / "data")
    assert "Nothing is published" in told(run(nothing, "push", server.url), EXIT_NO_RELEASE)
