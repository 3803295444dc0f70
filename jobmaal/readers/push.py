"""A release's tables in a schema of a PostgreSQL database, for sites whose BI tools only support PostgreSQL.

Belongs here: the copy, its types, keys, comments and grants, and the swap under readers. Does not: what the tables are
(the release's own file decides) nor how they reference each other (`contract`).

Everything is written in one transaction, beside the schema that readers see, and gets its name at the end. So a push
that breaks off leaves nothing behind. Rows are copied frozen: a reader whose snapshot is older than they are must not
find the table empty. A database that DuckDB's `postgres` extension attaches it cannot write so, and its errors repeat
the password. So it only encodes the rows in PostgreSQL's binary format, which the server reads in half the time that it
takes for CSV, and psycopg does the rest.
"""

import os
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, LiteralString

import duckdb
import psycopg
from psycopg import errors, sql
from psycopg.conninfo import conninfo_to_dict

from jobmaal.core import contract, files, progress
from jobmaal.core.database import connect
from jobmaal.core.errors import BusyError, JobmaalError
from jobmaal.core.layout import Layout
from jobmaal.readers.connection import damaged, warehouse_of
from jobmaal.releases import catalogue

Server = psycopg.Connection[tuple[Any, ...]]

#: DuckDB's own lists of what a release has.
_TABLES = "select table_name, coalesce(comment, '') from duckdb_tables() where not internal order by 1"
_COLUMNS = """
    select column_name, data_type, is_nullable, coalesce(comment, '') from duckdb_columns()
    where table_name = ? and not internal order by column_index
"""
#: DuckDB's types that PostgreSQL knows by the same name; `VARCHAR` becomes `text`.
_TYPE_RE = re.compile(r"BIGINT|INTEGER|VARCHAR|BOOLEAN|DATE|TIMESTAMP WITH TIME ZONE|DECIMAL\(\d+,\d+\)")
#: How the comment of a schema begins that a push has made. No other schema is replaced or dropped.
_MARK_RE = re.compile(r"^jobmaal: release (\S+), contract \d+\. ")
#: What the new schema's name ends with until the swap. PostgreSQL cuts off names of more than 63 bytes.
_LOADING = "_loading"
_LONGEST_SCHEMA_BYTES = 63 - len(_LOADING)
#: What a pipe holds, and after how many such pieces the progress is shown.
_PIECE_BYTES, _PIECES_SHOWN = 1 << 16, 100
#: How long each attempt to lock the tables of a schema may take; new readers wait that long at most.
_LOCK_WAITS_MS = (100, 200, 400, 400, 400)
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
    """What a push did. `kept` names each schema of an earlier push that could not be dropped yet, and why."""

    build_id: str
    rows: Mapping[str, int]
    is_unchanged: bool
    kept: Sequence[str]
    reader_url: str


def push(layout: Layout, target: Target, build_id: str | None = None, *, force: bool = False) -> Pushed:
    """Write a release (the current one where none is named) into a schema of a database.

    A release that is there already is not written again without `force`. Raises NoReleaseError, BusyError where
    another push to the schema is running, and PushError otherwise. Never shows the password.
    """
    secrets = _passwords(target.url)
    if len(target.schema.encode()) > _LONGEST_SCHEMA_BYTES:
        raise PushError(f"The schema's name has more than {_LONGEST_SCHEMA_BYTES} bytes: {target.schema}")
    build_id = catalogue.require(layout, build_id)
    manifest = catalogue.read_manifest(layout, build_id)
    with (
        _errors_shown(secrets),
        psycopg.connect(target.url, autocommit=True, application_name="jobmaal push") as server,
    ):
        _configure(server)
        _lock_pushes(server, target.schema)
        is_unchanged = _published(server, target.schema) == build_id and not force
        with server.transaction():
            _require_reader(server, target.reader)
            if is_unchanged:
                _grant(server, target.schema, target.reader)
            else:
                _write(server, layout, target, manifest)
                _swap(server, target.schema)
        kept = _drop_old(server, target.schema)
        return Pushed(build_id, manifest["rows"], is_unchanged, kept, _reader_url(server))


# --- the server -------------------------------------------------------------------------------------------


def _passwords(url: str) -> list[str]:
    """Return the passwords for a libpq URL. Raises PushError, which repeats none of it: any part may be a secret."""
    if not url.startswith(("postgresql://", "postgres://")):
        raise PushError("The address has to be libpq's: postgresql://USER@HOST:PORT/DATABASE")
    with suppress(psycopg.Error):
        parts = {name: str(value) for name, value in conninfo_to_dict(url).items()}
        host, port, database = (parts.get(name, "") for name in ("host", "port", "dbname"))
        # A character that was not escaped moves the rest of the password into another part.
        if "@" not in host and not set("@/") & set(database) and re.fullmatch("[0-9,]*", port):
            found = (parts.get("password"), parts.get("sslpassword"), os.environ.get("PGPASSWORD"))
            return [password for password in found if password]
    raise PushError(
        "The address cannot be read. Its form is postgresql://USER@HOST:PORT/DATABASE. In a password, @ : / and % "
        "are written as %40 %3A %2F and %25; it may also stand in PGPASSWORD or in ~/.pgpass."
    )


@contextmanager
def _errors_shown(secrets: Sequence[str]) -> Iterator[None]:
    """Show what the server or DuckDB reports, without secrets."""
    try:
        yield
    except duckdb.Error as error:
        raise PushError(f"The release cannot be read: {error}") from None
    except psycopg.Error as error:
        message = " ".join(str(error).split())
        for secret in secrets:
            message = message.replace(secret, "***")
        raise PushError(f"PostgreSQL: {message}. What readers see is whole; fix it, and push again.") from None


def _configure(server: Server) -> None:
    """Set what the work needs and a site may have set otherwise."""
    server.execute(
        "set client_encoding = 'UTF8'; set statement_timeout = 0; set lock_timeout = 0;"
        " set idle_in_transaction_session_timeout = 0; set maintenance_work_mem = '512MB';"
        " set client_min_messages = warning"
    )
    # The server notices a client that was killed while it builds an index, so that the next push need not wait.
    with suppress(psycopg.Error):
        server.execute("set client_connection_check_interval = '2s'")


def _lock_pushes(server: Server, schema: str) -> None:
    """Lock out other pushes to the schema until the connection ends. Raises BusyError."""
    key = {"key": f"jobmaal push {schema}"}
    if _value(server, "select pg_try_advisory_lock(hashtextextended(%(key)s, 0))", key):
        return
    holder = _value(
        server,
        "select format('process %%s of the server, role %%s, since %%s', pid, usename, backend_start::timestamp(0))"
        " from pg_locks inner join pg_stat_activity using (pid) where locktype = 'advisory' and granted"
        " and (classid::bigint << 32) | objid::bigint = hashtextextended(%(key)s, 0) and datname = current_database()",
        key,
    )
    raise BusyError(
        f"Another push to the schema '{schema}' is running ({holder or 'it has just ended'}). This one did nothing."
    )


def _published(server: Server, schema: str) -> str | None:
    """Return the release in the schema, if there is one. Raises PushError where we must or may not write there."""
    if not _value(server, "select has_database_privilege(current_database(), 'create')"):
        grant = _value(server, "select format('grant create on database %I to %I', current_database(), current_user)")
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


def _require_reader(server: Server, reader: str) -> None:
    """Create the role if there is none: a role that nobody logs in as. Raises PushError."""
    if _value(server, "select 1 from pg_roles where rolname = %s", [reader]):
        return
    statement = _sql("create role {} nologin", reader)
    try:
        server.execute(statement)
    except errors.InsufficientPrivilege:
        raise PushError(
            f"There is no role '{reader}', and this one may not create it. Have somebody do so once who may: "
            f"{statement.as_string(server)}. Or name a role that is there: --reader ROLE."
        ) from None


def _reader_url(server: Server) -> str:
    info = server.info
    if info.host.startswith("/"):
        return f"postgresql:///{info.dbname}?host={info.host}&port={info.port}"
    return f"postgresql://{info.host}:{info.port}/{info.dbname}"


def _value(server: Server, query: LiteralString, values: Mapping[str, str] | Sequence[str] | None = None) -> Any:
    """Return the first value that a query returns, or None."""
    row = server.execute(query, values).fetchone()
    return row[0] if row else None


def _sql(statement: LiteralString, *names: str, **values: str | sql.Composable) -> sql.Composed:
    """Put names into a statement quoted, and texts as literals."""
    literals = {name: sql.Literal(value) if isinstance(value, str) else value for name, value in values.items()}
    return sql.SQL(statement).format(*map(sql.Identifier, names), **literals)


# --- the tables -------------------------------------------------------------------------------------------


def _write(server: Server, layout: Layout, target: Target, manifest: Mapping[str, Any]) -> None:
    """Make the schema, under another name at first, with everything that belongs to it."""
    schema, build_id = target.schema + _LOADING, manifest["build_id"]
    source = warehouse_of(layout, build_id)
    if files.sha256(source) != manifest["outputs"][catalogue.WAREHOUSE]["sha256"]:
        raise damaged(build_id)
    mark = f"jobmaal: release {build_id}, contract {manifest['contract']}. Each `jobmaal push` replaces all of it."
    server.execute(_sql("create schema {0}; set local search_path = {0}, pg_catalog", schema))
    server.execute(_sql("comment on schema {} is {mark}", schema, mark=mark))
    columns: dict[str, set[str]] = {}
    with closing(_open(source)) as database:
        for table, comment in database.execute(_TABLES).fetchall():
            started = time.monotonic()
            columns[table] = _create(server, database, table, comment)
            count, expected = _copy(server, database, table), manifest["rows"][table]
            if count != expected:
                raise PushError(f"{table}: {count:,} rows arrived of the {expected:,} of the release.")
            progress.step("push", f"{table}: {count:,} rows", started)
    started = time.monotonic()
    _add_keys(server, columns)
    _grant(server, schema, target.reader)
    progress.step("keys", f"of {len(columns)} tables", started)


def _open(source: Path) -> duckdb.DuckDBPyConnection:
    """Open a release's file so that it can be copied to other places, which `open_release` forbids."""
    database = connect(source, read_only=True)
    # One thread keeps up with the server, and the rows in their order; what is read is soon freed.
    database.execute("set threads = 1; set memory_limit = '512MB'")
    # The package of the extension holds a file that DuckDB has signed; nothing is downloaded.
    folder = resources.files("duckdb_extension_postgres_scanner") / "extensions" / f"v{duckdb.__version__}"
    database.load_extension(str(folder / "postgres_scanner.duckdb_extension"))
    return database


def _create(server: Server, database: duckdb.DuckDBPyConnection, table: str, comment: str) -> set[str]:
    """Create a table with its comments; return the names of its columns."""
    columns = database.execute(_COLUMNS, [table]).fetchall()
    for name, type_, *_ in columns:
        if not _TYPE_RE.fullmatch(type_):
            raise PushError(f"{table}.{name} has the type {type_}, for which no type of PostgreSQL is known here.")
    definitions = [
        _sql("{} {type}", name, type=sql.SQL(type_.replace("VARCHAR", "text") + ("" if is_nullable else " not null")))
        for name, type_, is_nullable, _ in columns
    ]
    server.execute(_sql("create table {} ({columns})", table, columns=sql.SQL(", ").join(definitions)))
    server.execute(_sql("comment on table {} is {comment}", table, comment=comment))
    for name, *_, of_column in columns:
        server.execute(_sql("comment on column {}.{} is {comment}", table, name, comment=of_column))
    return {name for name, *_ in columns}


def _copy(server: Server, database: duckdb.DuckDBPyConnection, table: str) -> int:
    """Copy a table's rows through a pipe, which holds a few at a time; return how many arrived."""
    # Both quote a name in the same way.
    name = sql.Identifier(table).as_string()
    reading, writing = os.pipe()

    def write() -> None:
        with os.fdopen(writing, "wb"):
            try:
                database.execute(f"copy {name} to '/dev/fd/{writing}' (format postgres_binary)")
            except duckdb.Error:
                _reject_nul(database, table)
                raise

    # Whatever happens, the pipe's reading end is closed first, so the writer does not wait for a reader.
    with ThreadPoolExecutor(1) as thread, os.fdopen(reading, "rb"), server.cursor() as cursor:
        writer = thread.submit(write)
        with cursor.copy(_sql("copy {} from stdin (format binary, freeze)", table)) as copy:
            pieces = iter(lambda: os.read(reading, _PIECE_BYTES), b"")
            for number, piece in enumerate(pieces):
                copy.write(piece)
                if number % _PIECES_SHOWN == 0:
                    progress.running("push", f"{table}: {number * _PIECE_BYTES / 1e6:,.0f} MB")
            writer.result()
        return cursor.rowcount


def _reject_nul(database: duckdb.DuckDBPyConnection, table: str) -> None:
    """Raise PushError where a column holds the one character that PostgreSQL cannot."""
    texts = f"select columns(*)::varchar from {sql.Identifier(table).as_string()}"
    found = database.execute(
        f"select name, count(*) from (unpivot ({texts}) on columns(*) into name name value shown)"
        " where contains(shown, chr(0)) group by name order by name"
    ).fetchall()
    for column, count in found:
        raise PushError(f"{table}.{column}: {count:,} texts have a NUL character, which PostgreSQL cannot hold.")


def _add_keys(server: Server, columns: Mapping[str, set[str]]) -> None:
    """Add the contract's keys and references to what the release has of them, and the planner's statistics."""
    promised = [table for table in contract.tables() if table.name in columns]
    for table in promised:
        progress.running("keys", table.name)
        if columns[table.name] >= set(table.key):
            columns_of_key = sql.SQL(", ").join(map(sql.Identifier, table.key))
            server.execute(_sql("alter table {} add primary key ({key})", table.name, key=columns_of_key))
        # After the index is there, so that the statistics cover its pages as well.
        server.execute(_sql("analyze {}", table.name))
    for table in promised:
        for column in table.columns:
            referenced, key = column.references or ("", "")
            if column.name in columns[table.name] and key in columns.get(referenced, ()):
                progress.running("keys", f"{table.name}.{column.name}")
                statement = "alter table {} add foreign key ({}) references {} ({})"
                server.execute(_sql(statement, table.name, column.name, referenced, key))


def _grant(server: Server, schema: str, reader: str) -> None:
    """Let the role read the schema's tables, and no more."""
    server.execute(
        _sql("grant usage on schema {0} to {1}; grant select on all tables in schema {0} to {1}", schema, reader)
    )


# --- the swap ---------------------------------------------------------------------------------------------


def _swap(server: Server, schema: str) -> None:
    """Rename the new schema to its name, and the old one to another."""
    if _value(server, "select 1 from pg_namespace where nspname = %s", [schema]):
        if not _lock_tables(server, schema):
            progress.note("a transaction has been reading for long; it was not waited for, and reads on")
        taken = {name for name, _ in _set_aside(server, schema)}
        aside = next(name for n in range(1, len(taken) + 2) if (name := f"{schema}_old_{n}") not in taken)
        server.execute(_sql("alter schema {} rename to {}", schema, aside))
    server.execute(_sql("alter schema {} rename to {}", schema + _LOADING, schema))


def _lock_tables(server: Server, schema: str) -> bool:
    """Lock a schema's tables for this transaction alone; return whether that succeeded, without a long wait.

    PostgreSQL looks a statement's tables up one by one: without the locks it could find the first in the old schema
    and the second in the new. Who comes meanwhile waits, and then finds all in the new one. Nobody waits as long as a
    second, after which PostgreSQL looks for deadlocks and cancels one side.
    """
    tables = _tables_in(server, schema)
    if tables is None:
        return True
    for wait in _LOCK_WAITS_MS:
        # A savepoint: where it is rolled back, the locks that it got are released.
        with suppress(errors.QueryCanceled, errors.DeadlockDetected), server.transaction():
            server.execute("select set_config('statement_timeout', %s, true)", [str(wait)])
            server.execute(sql.SQL("lock table {} in access exclusive mode").format(tables))
            server.execute("set local statement_timeout = 0")
            return True
        time.sleep(_PAUSE_SECONDS)
    return False


def _tables_in(server: Server, schema: str) -> sql.Composed | None:
    """Return the names of a schema's tables as they are listed in a statement, or None where it has none."""
    found = server.execute(
        "select relname from pg_class inner join pg_namespace as n on n.oid = relnamespace"
        " where nspname = %s and relkind = 'r' and pg_has_role(relowner, 'usage') order by 1",
        [schema],
    ).fetchall()
    return sql.SQL(", ").join(sql.Identifier(schema, name) for (name,) in found) if found else None


def _set_aside(server: Server, schema: str) -> list[tuple[str, str]]:
    """Return the schemas that pushes have set aside, with their comments, and any other that is named so."""
    return server.execute(
        "select nspname, coalesce(obj_description(oid, 'pg_namespace'), '') from pg_namespace"
        " where starts_with(nspname, %s) order by 1",
        [f"{schema}_old_"],
    ).fetchall()


def _drop_old(server: Server, schema: str) -> list[str]:
    """Drop what pushes have set aside, but nothing that is read or built upon; return what stays, and why."""
    kept = []
    for name in (name for name, comment in _set_aside(server, schema) if _MARK_RE.match(comment)):
        try:
            with server.transaction():
                if not _lock_tables(server, name):
                    kept.append(f"{name}: it is still in use; the next push drops it")
                    continue
                # `restrict`: what somebody else has built on the tables is not dropped with them.
                if (tables := _tables_in(server, name)) is not None:
                    server.execute(sql.SQL("drop table {} restrict").format(tables))
                server.execute(_sql("drop schema {} restrict", name))
        except (errors.DependentObjectsStillExist, errors.InsufficientPrivilege) as error:
            kept.append(f"{name}: {error.diag.message_primary} ({error.diag.message_detail or 'not ours'})")
    return kept
