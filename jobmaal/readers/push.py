"""A release's tables in a schema of a PostgreSQL database, for houses whose BI speaks nothing else.

Belongs here: the copy, its types, keys, comments and grants, and the swap under readers. Does not: what the tables are
(the release's own file decides) nor how they hang together (`contract`).

All is written in one transaction, beside the schema that readers see, and takes its name at the end. So a push that
dies anywhere leaves nothing behind. Rows are copied frozen: a reader whose snapshot is older than they are must not
find the table empty. DuckDB's own extension writes PostgreSQL's binary format, which the server reads in half the time
that it takes for CSV.
"""

from __future__ import annotations

import hashlib
import os
import re
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, LiteralString

import psycopg
from psycopg import errors, sql
from psycopg.conninfo import conninfo_to_dict

from jobmaal.core import contract, files, progress
from jobmaal.core.database import connect
from jobmaal.core.errors import BusyError, JobmaalError, NoReleaseError
from jobmaal.core.layout import Layout
from jobmaal.readers.connection import warehouse_of
from jobmaal.releases import catalogue

if TYPE_CHECKING:
    import duckdb

    Server = psycopg.Connection[tuple[str, ...]]

_TYPES = {
    "BIGINT": "bigint",
    "INTEGER": "integer",
    "VARCHAR": "text",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "TIMESTAMP WITH TIME ZONE": "timestamptz",
}
_DECIMAL_RE = re.compile(r"^DECIMAL\((\d+),(\d+)\)$")
#: How the comment of a schema begins that was made here. No other schema is replaced or dropped.
_MARK_RE = re.compile(r"^jobmaal: release (\S+), contract \d+\. ")
#: PostgreSQL cuts a longer name off; ours get a suffix.
_LONGEST_SCHEMA_BYTES = 63 - len("_loading")
_EXTENSION = "duckdb_extension_postgres_scanner"
_PIECE_BYTES = 1 << 18
_TELL_SECONDS = 0.5
#: How long it is tried to have tables alone, each time; whoever comes meanwhile waits so long at most.
_HOLD_WAITS_MS = (100, 200, 400, 400, 400)
_PAUSE_SECONDS = 0.1


class PushError(JobmaalError):
    """The push was not done; readers have what they had."""


@dataclass(frozen=True)
class Target:
    """Where a release goes: a libpq URL, the schema that it becomes, and the role that may read it."""

    url: str
    schema: str = "jobmaal"
    reader: str = "jobmaal_reader"


@dataclass(frozen=True)
class Pushed:
    """What a push did. `kept` says of each schema of an earlier push why it could not be dropped yet."""

    build_id: str
    rows: Mapping[str, int]
    is_unchanged: bool
    kept: Sequence[str]
    reader_url: str


@dataclass(frozen=True)
class _Column:
    name: str
    type: str
    is_nullable: bool
    comment: str


@dataclass(frozen=True)
class _Table:
    name: str
    comment: str
    columns: Sequence[_Column]

    def has(self, columns: Sequence[str]) -> bool:
        return {column.name for column in self.columns} >= set(columns)


def push(layout: Layout, target: Target, build_id: str | None = None, *, force: bool = False) -> Pushed:
    """Write a release (the current one where none is named) into a schema of a database.

    A release that is there already is not written again without `force`. Raises NoReleaseError, BusyError where
    another push to the schema is running, and PushError for the rest. Never tells the password.
    """
    parameters = _parameters(target.url)
    if len(target.schema.encode()) > _LONGEST_SCHEMA_BYTES:
        raise PushError(f"The schema's name has more than {_LONGEST_SCHEMA_BYTES} bytes: {target.schema}")
    build_id = catalogue.require(layout, build_id)
    manifest = catalogue.read_manifest(layout, build_id)
    with _telling(parameters), psycopg.connect(target.url, autocommit=True, application_name="jobmaal push") as server:
        _settle(server)
        _take_turn(server, target.schema)
        is_unchanged = _published(server, target.schema) == build_id and not force
        with server.transaction():
            _have_reader(server, target.reader)
            if is_unchanged:
                _let_read(server, target.schema, target.reader)
            else:
                _write(server, layout, target, manifest)
                _swap(server, target.schema)
        kept = _drop_old(server, target.schema)
        return Pushed(build_id, manifest["rows"], is_unchanged, kept, _reader_url(server))


# --- the server -------------------------------------------------------------------------------------------


def _parameters(url: str) -> Mapping[str, str]:
    """Read a libpq URL. What cannot be right is not repeated: some of it may be a part of the password."""
    if not url.startswith(("postgresql://", "postgres://")):
        raise PushError("The address has to be libpq's: postgresql://USER@HOST:PORT/DATABASE")
    found: dict[str, str] | None = None
    with suppress(psycopg.Error):
        found = {name: str(value) for name, value in conninfo_to_dict(url).items()}
    host, port, database = ((found or {}).get(name, "") for name in ("host", "port", "dbname"))
    # A sign that was not written otherwise shifts the rest of the password into another part.
    if found is None or "@" in host or set("@/") & set(database) or not re.fullmatch("[0-9,]*", port):
        raise PushError(
            "The address cannot be read. Its form is postgresql://USER@HOST:PORT/DATABASE. In a password, @ : / and % "
            "are written as %40 %3A %2F and %25; it may also stand in PGPASSWORD or in ~/.pgpass."
        )
    return found


@contextmanager
def _telling(parameters: Mapping[str, str]) -> Iterator[None]:
    """Show what the server says, and no secret."""
    try:
        yield
    except psycopg.Error as error:
        told = " ".join(str(error).split())
        for secret in (parameters.get("password"), parameters.get("sslpassword"), os.environ.get("PGPASSWORD")):
            told = told.replace(secret, "***") if secret else told
        raise PushError(f"PostgreSQL: {told}. What readers see is whole; mend it, and push again.") from None


def _settle(server: Server) -> None:
    """Set what the work needs and a house may have set otherwise."""
    for name, value in (
        ("client_encoding", "UTF8"),
        ("statement_timeout", "0"),
        ("lock_timeout", "0"),
        ("idle_in_transaction_session_timeout", "0"),
        ("maintenance_work_mem", "512MB"),
        ("client_min_messages", "warning"),
    ):
        server.execute("select set_config(%s, %s, false)", [name, value])
    # A client that was killed is noticed in the middle of an index, so that the next push is not told to wait.
    with suppress(psycopg.Error):
        server.execute("set client_connection_check_interval = '2s'")


def _take_turn(server: Server, schema: str) -> None:
    """Hold the lock of whoever pushes to the schema until the connection ends. Raises BusyError."""
    number = int.from_bytes(hashlib.sha256(f"jobmaal push {schema}".encode()).digest()[:8], signed=True)
    if _one(server, "select pg_try_advisory_lock(%s)", number):
        return
    who = server.execute(
        "select format('process %%s of the server, role %%s, since %%s', pid, usename, backend_start::timestamp(0))"
        " from pg_locks inner join pg_stat_activity using (pid) where locktype = 'advisory' and granted"
        " and (classid::bigint << 32) | objid::bigint = %s and datname = current_database()",
        [number],
    ).fetchone()
    told = who[0] if who else "it has just ended"
    raise BusyError(f"Another push to the schema '{schema}' is running ({told}). This one did nothing.")


def _published(server: Server, schema: str) -> str | None:
    """Name the release in the schema, if there is one. Raises PushError where we must or may not write there."""
    if not _one(server, "select has_database_privilege(current_database(), 'create')"):
        grant = _one(server, "select format('grant create on database %I to %I', current_database(), current_user)")
        raise PushError(f"This role may not create schemas. The database's owner lets it: {grant}")
    found = server.execute(
        "select coalesce(obj_description(oid, 'pg_namespace'), ''), pg_has_role(nspowner, 'usage'), "
        "pg_get_userbyid(nspowner) from pg_namespace where nspname = %s",
        [schema],
    ).fetchone()
    if found is None:
        return None
    comment, is_ours_to_change, owner = found
    mark = _MARK_RE.match(comment)
    if mark is None:
        raise PushError(
            f"The schema '{schema}' was not made by jobmaal, so it is not replaced. Name another with --schema, "
            "or drop it yourself."
        )
    if not is_ours_to_change:
        raise PushError(f"The schema '{schema}' belongs to the role '{owner}': connect as that one.")
    return mark[1]


def _reader_url(server: Server) -> str:
    info = server.info
    if info.host.startswith("/"):
        return f"postgresql:///{info.dbname}?host={info.host}&port={info.port}"
    return f"postgresql://{info.host}:{info.port}/{info.dbname}"


def _one(server: Server, query: LiteralString, *values: object) -> object:
    row = server.execute(query, values or None).fetchone()
    return row[0] if row else None


# --- the tables -------------------------------------------------------------------------------------------


def _write(server: Server, layout: Layout, target: Target, manifest: Mapping[str, Any]) -> None:
    """Make the schema, under a name of its own yet, with all that belongs to it."""
    schema, build_id = _loading(target.schema), manifest["build_id"]
    source = warehouse_of(layout, build_id)
    if files.sha256(source) != manifest["outputs"][catalogue.WAREHOUSE]["sha256"]:
        raise NoReleaseError(f"Release '{build_id}' is damaged: {source} is not what was published.")
    mark = f"jobmaal: release {build_id}, contract {manifest['contract']}. Each `jobmaal push` replaces all of it."
    server.execute(_sql("create schema {}", schema))
    server.execute(_sql("comment on schema {} is {mark}", schema, mark=mark))
    with closing(_open(source)) as database:
        tables = _tables(database)
        for table in tables:
            started = time.monotonic()
            _create(server, schema, table)
            count, of = _copy(database, server, schema, table), manifest["rows"][table.name]
            if count != of:
                raise PushError(f"{table.name}: {count:,} rows arrived of the {of:,} of the release.")
            progress.step("push", f"{table.name}: {count:,} rows", started)
    started = time.monotonic()
    _add_keys(server, schema, {table.name: table for table in tables})
    _let_read(server, schema, target.reader)
    progress.step("keys", f"of {len(tables)} tables", started)


def _loading(schema: str) -> str:
    return f"{schema}_loading"


def _open(source: Path) -> duckdb.DuckDBPyConnection:
    """Open a release's file so that it can be written from, which `open_release` does not let anybody do."""
    import duckdb  # a wrong address is told without it

    try:
        database = connect(source, read_only=True)
        # One thread keeps up with the server, and the rows in their order; what is read is soon let go of.
        database.execute("set threads = 1")
        database.execute("set memory_limit = '512MB'")
        database.load_extension(_extension(duckdb.__version__))
    except duckdb.Error as error:
        raise PushError(f"{source} cannot be read: {error}") from None
    return database


def _extension(version: str) -> str:
    """Name the file of DuckDB's extension for PostgreSQL, which is signed by DuckDB and looked for in no network."""
    return str(resources.files(_EXTENSION) / "extensions" / f"v{version}" / "postgres_scanner.duckdb_extension")


def _tables(database: duckdb.DuckDBPyConnection) -> list[_Table]:
    found = database.execute(
        "select table_name, coalesce(comment, '') from duckdb_tables() where schema_name = 'main' and not internal"
        " and database_name = current_database() order by 1"
    ).fetchall()
    return [_Table(name, comment, _columns(database, name)) for name, comment in found]


def _columns(database: duckdb.DuckDBPyConnection, table: str) -> list[_Column]:
    found = database.execute(
        "select column_name, data_type, is_nullable, coalesce(comment, '') from duckdb_columns()"
        " where schema_name = 'main' and table_name = ? and database_name = current_database() order by column_index",
        [table],
    ).fetchall()
    return [_Column(name, _type(table, name, kind), is_null, comment) for name, kind, is_null, comment in found]


def _type(table: str, column: str, kind: str) -> str:
    decimal = _DECIMAL_RE.match(kind)
    if decimal is not None:
        return f"numeric({decimal[1]},{decimal[2]})"
    if kind not in _TYPES:
        raise PushError(f"{table}.{column} has the type {kind}, for which no type of PostgreSQL is known here.")
    return _TYPES[kind]


def _create(server: Server, schema: str, table: _Table) -> None:
    columns = [
        sql.SQL("{} {}{}").format(
            sql.Identifier(column.name),
            sql.SQL(column.type),
            sql.SQL("" if column.is_nullable else " not null"),
        )
        for column in table.columns
    ]
    server.execute(_sql("create table {}.{} ({columns})", schema, table.name, columns=sql.SQL(", ").join(columns)))
    server.execute(_sql("comment on table {}.{} is {told}", schema, table.name, told=table.comment))
    for column in table.columns:
        told = column.comment
        server.execute(_sql("comment on column {}.{}.{} is {told}", schema, table.name, column.name, told=told))


def _copy(database: duckdb.DuckDBPyConnection, server: Server, schema: str, table: _Table) -> int:
    """Copy a table's rows through a pipe, which holds some at a time; gives how many arrived."""
    import duckdb

    reading, writing = os.pipe()
    failures: list[duckdb.Error] = []

    def write() -> None:
        try:
            to = f"'/dev/fd/{writing}' (format postgres_binary)"
            database.execute(f"copy (from main.{_quoted(table.name)}) to {to}")
        except duckdb.Error as error:
            failures.append(error)
        finally:
            os.close(writing)

    writer = threading.Thread(target=write, name=f"reading {table.name}")
    cursor = server.cursor()
    statement = _sql("copy {}.{} from stdin (format binary, freeze)", schema, table.name)
    writer.start()
    try:
        with cursor.copy(statement) as copy:
            sent, told = 0, time.monotonic()
            while piece := os.read(reading, _PIECE_BYTES):
                copy.write(piece)
                sent += len(piece)
                if time.monotonic() > told + _TELL_SECONDS:
                    progress.running("push", f"{table.name}: {sent / 1e6:,.0f} MB")
                    told = time.monotonic()
            writer.join()
            if failures:
                raise PushError(_why_unreadable(database, table, failures[0]))
    finally:
        # Whatever happened: the writer must not wait for somebody to read.
        if writer.is_alive():
            database.interrupt()
        while os.read(reading, _PIECE_BYTES):
            pass
        writer.join()
        os.close(reading)
    return cursor.rowcount


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _why_unreadable(database: duckdb.DuckDBPyConnection, table: _Table, error: duckdb.Error) -> str:
    """Return which column holds what PostgreSQL cannot, else what DuckDB says."""
    for column in (column for column in table.columns if column.type == "text"):
        name, of = _quoted(column.name), _quoted(table.name)
        found = database.execute(f"select count(*) from main.{of} where contains({name}, chr(0))").fetchall()[0][0]
        if found:
            return f"{table.name}.{column.name}: {found:,} texts have a NUL character, which PostgreSQL cannot hold."
    return f"{table.name} cannot be read from the release: {error}"


def _add_keys(server: Server, schema: str, tables: Mapping[str, _Table]) -> None:
    """Add the contract's keys and references to what the release has of it, and let the planner know the tables."""
    promised = [table for table in contract.tables() if table.name in tables]
    for table in promised:
        progress.running("keys", table.name)
        if tables[table.name].has(table.key):
            key = sql.SQL(", ").join(map(sql.Identifier, table.key))
            what = f"The primary key ({', '.join(table.key)}) of {table.name}"
            _add(server, what, _sql("alter table {}.{} add primary key ({key})", schema, table.name, key=key))
        # Once the index is there: what it says of the pages is then known as well.
        server.execute(_sql("analyze {}.{}", schema, table.name))
    for table in promised:
        for column in table.columns:
            there, its_key = column.references or ("", "")
            if there in tables and tables[there].has([its_key]) and tables[table.name].has([column.name]):
                progress.running("keys", f"{table.name}.{column.name}")
                statement = "alter table {}.{} add foreign key ({}) references {}.{} ({})"
                what = f"The foreign key of {table.name}.{column.name} to {there}.{its_key}"
                _add(server, what, _sql(statement, schema, table.name, column.name, schema, there, its_key))


def _add(server: Server, what: str, statement: sql.Composed) -> None:
    try:
        server.execute(statement)
    except psycopg.Error as error:
        raise PushError(f"{what} cannot be made, so nothing was changed: {' '.join(str(error).split())}") from None


def _have_reader(server: Server, reader: str) -> None:
    """Make the role where there is none: a role that nobody logs in as. Raises PushError."""
    if _one(server, "select 1 from pg_roles where rolname = %s", reader):
        return
    statement = _sql("create role {} nologin", reader)
    try:
        server.execute(statement)
    except errors.InsufficientPrivilege:
        raise PushError(
            f"There is no role '{reader}', and this one may not make it. Have somebody do so once who may: "
            f"{statement.as_string(server)}. Or name a role that is there: --reader ROLE."
        ) from None


def _let_read(server: Server, schema: str, reader: str) -> None:
    """Let the role read the schema's tables, and no more."""
    server.execute(_sql("grant usage on schema {} to {}", schema, reader))
    server.execute(_sql("grant select on all tables in schema {} to {}", schema, reader))


def _sql(statement: LiteralString, *names: str, **values: str | sql.Composable) -> sql.Composed:
    """Put names into a statement quoted, and texts as texts."""
    filled = {
        name: value if isinstance(value, sql.Composable) else sql.Literal(value) for name, value in values.items()
    }
    return sql.SQL(statement).format(*map(sql.Identifier, names), **filled)


# --- the swap ---------------------------------------------------------------------------------------------


def _swap(server: Server, schema: str) -> None:
    """Return the new schema its name, and the old one another."""
    if _one(server, "select 1 from pg_namespace where nspname = %s", schema):
        if not _hold(server, schema):
            progress.note("a transaction has been reading for long; it was not waited for, and reads on")
        taken = {name for name, _ in _old(server, schema)}
        aside = next(name for n in range(1, len(taken) + 2) if (name := f"{schema}_old_{n}") not in taken)
        server.execute(_sql("alter schema {} rename to {}", schema, aside))
    server.execute(_sql("alter schema {} rename to {}", _loading(schema), schema))


def _hold(server: Server, schema: str) -> bool:
    """Have a schema's tables for this transaction alone; says whether that came about, without waiting for long.

    The swap wants them since PostgreSQL looks a statement's tables up one by one: without the locks it could find the
    first in the old schema and the second in the new. Who comes meanwhile waits, and then finds all in the new one.
    Nobody waits as long as a second, at which PostgreSQL looks for deadlocks and breaks one side off.
    """
    tables = _tables_in(server, schema)
    for wait in _HOLD_WAITS_MS if tables else ():
        # A savepoint: where it is rolled back, the locks that it got are let go of.
        with suppress(errors.QueryCanceled, errors.DeadlockDetected), server.transaction():
            server.execute("select set_config('statement_timeout', %s, true)", [str(wait)])
            server.execute(sql.SQL("lock table {} in access exclusive mode").format(sql.SQL(", ").join(tables)))
            server.execute("set local statement_timeout = 0")
            return True
        time.sleep(_PAUSE_SECONDS)
    return not tables


def _tables_in(server: Server, schema: str) -> list[sql.Identifier]:
    found = server.execute(
        "select relname from pg_class inner join pg_namespace as n on n.oid = relnamespace"
        " where nspname = %s and relkind = 'r' and pg_has_role(relowner, 'usage') order by 1",
        [schema],
    ).fetchall()
    return [sql.Identifier(schema, name) for (name,) in found]


def _old(server: Server, schema: str) -> list[tuple[str, str]]:
    """Name the schemas that pushes have put aside, with their comments, and whatever else is named so."""
    return server.execute(
        "select nspname, coalesce(obj_description(oid, 'pg_namespace'), '') from pg_namespace"
        " where starts_with(nspname, %s) order by 1",
        [f"{schema}_old_"],
    ).fetchall()  # type: ignore[return-value]


def _drop_old(server: Server, schema: str) -> list[str]:
    """Drop what pushes have put aside, but nothing that is read or built upon; returns what stays, and why."""
    kept = []
    for name in (name for name, comment in _old(server, schema) if _MARK_RE.match(comment)):
        try:
            with server.transaction():
                if _hold(server, name):
                    _drop(server, name)
                else:
                    kept.append(f"{name}: it is still in use; the next push drops it")
        except (errors.DependentObjectsStillExist, errors.InsufficientPrivilege) as error:
            kept.append(f"{name}: {error.diag.message_primary} ({error.diag.message_detail or 'not ours'})")
    return kept


def _drop(server: Server, schema: str) -> None:
    """Drop a schema with its tables. What somebody else has built upon them is not dropped with them."""
    tables = _tables_in(server, schema)
    if tables:
        server.execute(sql.SQL("drop table {} restrict").format(sql.SQL(", ").join(tables)))
    server.execute(_sql("drop schema {} restrict", schema))
