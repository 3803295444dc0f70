"""The smallest ground on which jobmaal's own commands work: two tables of one area, and a build of one fact.

Belongs here: the input tables and responses, what stands in for dbt and the pages, a clock that can be set, and running
a command as a process that can be killed at a chosen point. Does not: what must hold afterwards (`model`), nor in which
order things happen (`histories`).

Real are the command line, the landing with its checks, locks, the gate's record of checks, publishing, rolling back,
retiring, verifying, and reading. Not real is what takes long: Dagster's run, dbt's models and tests, the pages and
the other files for people. A whole refresh is killed in `kills`.
"""

import datetime as dt
import hashlib
import importlib
import json
import multiprocessing
import os
import shutil
import signal
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial
from multiprocessing.connection import Connection
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import duckdb

import jobmaal
from jobmaal import cli, raw
from jobmaal.core import outcomes, work_folder
from jobmaal.core.build import CONTRACT, Build, input_name
from jobmaal.core.errors import CheckFailedError, JobmaalError
from jobmaal.core.layout import Layout
from jobmaal.core.outcomes import GATING_STEPS, Outcome
from jobmaal.jobindsats.landing import Landed, Landing, Origin
from jobmaal.jobindsats.response import AREA, PERIOD, PUBLISHER_ZONE, Shape
from jobmaal.operations import locking
from jobmaal.operations.session import refreshing
from jobmaal.releases import catalogue, fingerprint, publish
from tests.helpers.input import CITY, DOC, write_seeds, write_table
from torture import ground
from torture.places import PLACES, Place, arm, die

TABLES = ("y01", "y02")
PERIODS = ("2025M01", "2025M02", "2025M03")
COUNTRY, _MEASURE = "Hele landet", "Antal personer"
#: The public tables of the build with their keys.
KEYS = {"audit_build": ["build_id"], "fct_benchmark": ["table_id", "period_key"]}
#: The name of a saved response, in the publisher's time.
_SAVED = "%Y-%m-%dT%H-%M-%S"
#: Imported before the first command is forked, so that none has to import them by itself.
_IMPORTED = (
    "_strptime", "dagster_project.run", "jinja2", "jobmaal.operations.summary", "jobmaal.operations.alerts",
    "jobmaal.releases.changes", "jobmaal.releases.incremental", "jobmaal.operations.health",
    "jobmaal.jobindsats.saved", "jobmaal.releases.parquet", "jobmaal.readers.connection", "jobmaal.operations.status",
    "pandas", "pyarrow",
)  # fmt: skip
#: What changes a folder, as Python's audit events name it; opening a file counts where it is opened to be written.
_CHANGES = {
    "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.link", "os.symlink", "os.chmod", "os.truncate",
}  # fmt: skip
_OPENED_TO_WRITE = os.O_WRONLY | os.O_RDWR | os.O_CREAT
#: What a command ends with that a person would see a traceback of.
_TRACEBACK = 70
#: A command that takes longer hangs.
PATIENCE = 540
_fork = multiprocessing.get_context("fork")

Values = Mapping[tuple[str, str], int]


def prepare(root: Path) -> Layout:
    """Write the input tables into a folder; nothing has landed and nothing is published."""
    for name in _IMPORTED:
        importlib.import_module(name)
    layout = write_seeds(root, {DOC: {"figures": [{"figure_id": "f"}]}})
    usual = {"measures": "*", "areas": "_hele_landet", "hierarchies": "", "period_type": "M", "periods": "all"}
    rows = [{"table_id": name, "table_name": name, **usual} for name in TABLES]
    write_table(layout.seeds, "shared", "series_tables", rows)
    write_table(layout.seeds, "shared", "areas", [{"area_name": COUNTRY, "area_type": "country"}, CITY])
    layout.data.mkdir()
    with duckdb.connect(str(_work_database(layout))) as database:
        database.execute("create schema raw")
        database.execute("create table raw.read_tables (table_id varchar, how varchar, cells_read bigint)")
        database.execute("create table raw.read_vintages (value decimal(18, 4))")
    # What Python keeps of these need not be made again in every process.
    _modules_with_a_clock()
    raw.read_all(layout)
    fingerprint.input_sha256(layout)
    dt.datetime.strptime("2026", "%Y")
    return layout


def _work_database(layout: Layout) -> Path:
    """Return the path of the work database that every build copies."""
    return layout.data.with_name("work.duckdb")


# --- responses ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Response:
    """A response: its table, when it was retrieved, its delivery and part, the first of its three figures.

    One without a figure is no table of figures, so that it must not enter.
    """

    table_id: str
    at: dt.datetime
    delivery: str
    figure: int | None
    part: int = 1
    parts: int = 1

    @property
    def body(self) -> bytes:
        """The bytes that the publisher sent; a part of two has the periods of its half."""
        if self.figure is None:
            return f"<html>Out of order at {self.at.isoformat()}</html>".encode()
        rows = [[period, COUNTRY, value] for (_, period), value in self.values.items()]
        return json.dumps({"columns": [PERIOD, AREA, _MEASURE], "rows": rows}, ensure_ascii=False).encode()

    @property
    def values(self) -> Values:
        """The figures by table and period."""
        assert self.figure is not None
        own = PERIODS if self.parts == 1 else PERIODS[:1] if self.part == 1 else PERIODS[1:]
        return {(self.table_id, period): self.figure + PERIODS.index(period) for period in own}

    @property
    def stem(self) -> str:
        """What its files are called in the landing."""
        return f"{self.at:%Y%m%dT%H%M%S%fZ}-{hashlib.sha256(self.body).hexdigest()[:8]}.data"


def saved_at(table_id: str, at: dt.datetime, figure: int | None) -> Response:
    """Return a response as its file's name dates it: in the publisher's time, the first of an hour that comes twice."""
    local = at.replace(microsecond=0).astimezone(PUBLISHER_ZONE).replace(fold=0)
    return Response(table_id, local.astimezone(dt.UTC), f"{local:{_SAVED}}", figure)


def save(response: Response, folder: Path) -> None:
    """Write a response as a file of a folder for `jobmaal land`."""
    path = folder / response.table_id / f"{response.delivery}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(response.body)


def land_part(layout: Layout, response: Response) -> None:
    """Land a part as a fetch does that is broken off between two parts."""
    origin = Origin(
        response.table_id, "data", response.at, "api", "requested", 200, response.delivery, response.part,
        response.parts,
    )  # fmt: skip
    with locking.fetch_lock(layout):
        rows = len(response.values)
        Landing(layout).land(origin, response.body, Shape((PERIOD, AREA, _MEASURE), 0, rows))


def prune(layout: Layout, at: dt.datetime) -> None:
    """Prune the landing as a fetch does once it has seen the publisher's clock."""
    with locking.fetch_lock(layout):
        Landing(layout).prune(at)


# --- what stands in for dbt and the pages ---------------------------------------------------------------


def _refresh(at: dt.datetime, fails: str, layout: Layout, **_: Any) -> None:
    """Build the fact of what has landed, judge it by one check for each step, and publish it as the last step does."""
    with refreshing(layout) as attempt:
        work_folder.clear(layout)
        responses = Landing(layout).whole_data()
        build = _new_build(layout, at, responses)
        _write_warehouse(layout, build, responses)
        for step in GATING_STEPS:
            outcome = Outcome(f"{step}_holds", "fct_benchmark", "dbt", holds=step != fails)
            outcomes.save(layout, step, build.build_id, [outcome])
        results, missing = outcomes.load(layout, build.build_id)
        failures = [str(outcome) for outcome in results if not outcome.holds] + missing
        if failures:
            attempt.failure = CheckFailedError(failures)
            raise attempt.failure
        attempt.ended = publish.publish(layout, build, results, KEYS).report


def _new_build(layout: Layout, at: dt.datetime, responses: Iterable[Landed]) -> Build:
    digest = fingerprint.input_sha256(layout)
    inputs = fingerprint.inputs(layout) | {input_name(response.name): response.sha256 for response in responses}
    return Build(catalogue.new_id(layout, at, digest), at, "", digest, inputs)


def _write_warehouse(layout: Layout, build: Build, responses: Iterable[Landed]) -> None:
    newest: dict[tuple[str, str], tuple[int, str]] = {}
    for response in responses:
        for period, _, value in json.loads(response.read())["rows"]:
            newest[response.table_id, period] = (value, response.source_ref)
    rows = [
        f"('{table_id}', {period.replace('M', '')}, '{period}', {value}, '{source_ref}')"
        for (table_id, period), (value, source_ref) in newest.items()
    ]
    with duckdb.connect(str(layout.warehouse)) as database:
        database.execute(
            f"""
            create table audit_build as select '{build.build_id}' as build_id, {CONTRACT} as contract;
            create table fct_benchmark
                (table_id varchar, period_key bigint, period_id varchar, value decimal(18, 4), source_ref varchar);
            {f"insert into fct_benchmark values {', '.join(rows)}" if rows else ""}
            """
        )
    shutil.copyfile(_work_database(layout), layout.work_database)


def _write_page(page: Path, build: Build, *_: Any) -> None:
    page.write_text(build.build_id, encoding="utf-8")


def _write_report(folder: Path, build: Build, *_: Any) -> None:
    folder.mkdir()
    _write_page(folder / "index.html", build)


def _nothing(*_: Any, **__: Any) -> None:
    return None


def _stand_in(at: dt.datetime, fails: str) -> None:
    """Put the stand-ins in their places, in this process alone."""
    for where, replacement in {
        "dagster_project.run:refresh": partial(_refresh, at, fails),
        "jobmaal.operations.summary:show": _nothing,
        # The code stays as it is.
        "jobmaal.releases.fingerprint:_code": tuple,
        "jobmaal.releases.parquet:write_state": _nothing,
        "jobmaal.releases.publish:show": lambda _: SimpleNamespace(withheld=[], negative=[]),
        "jobmaal.releases.publish:write_catalogue": _nothing,
        "jobmaal.releases.publish:write_files": _nothing,
        "jobmaal.releases.publish:write_page": _write_page,
        "jobmaal.releases.publish:write_report": _write_report,
        "jobmaal.releases.publish:_versions": dict,
    }.items():
        module, _, name = where.partition(":")
        setattr(importlib.import_module(module), name, replacement)


# --- the clock ------------------------------------------------------------------------------------------


class _IsDatetime(type):
    """Takes every moment for one of the clock's own, as the class does that it stands for."""

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, dt.datetime)


def _set_clock(at: dt.datetime) -> None:
    """Let the clock that jobmaal's modules read go on from a moment, in this process.

    Only theirs: pandas and DuckDB are built on the class that Python has.
    """
    ahead = at - dt.datetime.now(dt.UTC)

    class Clock(dt.datetime, metaclass=_IsDatetime):
        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> dt.datetime:  # type: ignore[override]
            return dt.datetime.now(tz) + ahead

    clock = ModuleType(dt.__name__)
    vars(clock).update(vars(dt) | {"datetime": Clock})
    for module in _modules_with_a_clock():
        vars(module)["dt"] = clock


@cache
def _modules_with_a_clock() -> list[ModuleType]:
    """Return the modules that read it; each process would touch all modules that there are to find them."""
    return [
        module
        for name, module in sys.modules.items()
        if name.startswith("jobmaal.") and getattr(module, "dt", None) is dt
    ]


# --- a command, and where it is killed ------------------------------------------------------------------


@dataclass(frozen=True)
class Trap:
    """Where a command is killed: before a change of the file system or in the middle of a file, by number, or a place.

    One that is not reached lets the command end.
    """

    kind: str
    number: int = 1
    place: str = ""

    @property
    def named(self) -> str:
        """What it is, without a number."""
        return self.place or self.kind

    def __str__(self) -> str:
        """Name it as a failing history does."""
        return self.place or f"{self.kind} {self.number}"


CHANGE, TORN, PLACE = "change", "torn file", "place"


@dataclass(frozen=True)
class Command:
    """One of jobmaal's commands, or a function; where it is killed, and the step of which a check fails, if any."""

    work: Sequence[str] | Callable[[], None]
    trap: Trap | None = None
    fails: str = ""


@dataclass(frozen=True)
class Done:
    """How a command ended: its exit code, or that it was killed; what it printed."""

    code: int
    output: str

    @property
    def was_killed(self) -> bool:
        """Whether the trap was reached."""
        return self.code == -signal.SIGKILL


def run(layout: Layout, at: dt.datetime, command: Command) -> Done:
    """Run a command in a process of its own whose clock begins at a moment."""
    output = layout.data.with_name("output.txt")
    process = _fork.Process(target=_run, args=(layout, at, command, output))
    process.start()
    process.join(PATIENCE)
    if process.exitcode is None:
        process.kill()
        process.join()
        raise AssertionError(f"a command hung: {output.read_text(encoding='utf-8')}")
    code = process.exitcode
    process.close()
    return Done(code, output.read_text(encoding="utf-8"))


def _enter(layout: Layout) -> None:
    """Know these folders and no setting of the user's, such as where alerts go."""
    wanted = ground.environment(layout)
    os.environ.clear()
    os.environ.update(wanted)


def _run(layout: Layout, at: dt.datetime, command: Command, output: Path) -> None:
    with output.open("w", encoding="utf-8") as out:
        sys.stdout = sys.stderr = out
        try:
            _enter(layout)
            _stand_in(at, command.fails)
            _set_clock(at)
            if command.trap is not None:
                _set_trap(command.trap)
            if callable(command.work):
                command.work()
            else:
                cli.main(list(command.work))
        except JobmaalError as error:
            print(error)
            sys.exit(error.exit_code)
        except Exception:
            traceback.print_exc()
            sys.exit(_TRACEBACK)


def _set_trap(trap: Trap) -> None:
    if trap.kind == PLACE:
        arm(next(place for place in PLACES if place.name == trap.place))
        return
    if trap.kind == TORN:
        for name in ("write_text", "write_bytes"):
            arm(Place(trap.kind, f"pathlib:Path.{name}", call=trap.number, partly=_write_half))
        return
    seen = 0

    def watch(event: str, given: tuple[Any, ...]) -> None:
        nonlocal seen
        if event in _CHANGES or (event == "open" and given[2] & _OPENED_TO_WRITE):
            seen += 1
            if seen == trap.number:
                die()

    sys.addaudithook(watch)


def _write_half(path: Path, content: str | bytes) -> None:
    whole = content.encode() if isinstance(content, str) else content
    with path.open("wb") as file:
        file.write(whole[: len(whole) // 2])


@contextmanager
def lock_taken(layout: Layout, at: dt.datetime, lock: str) -> Iterator[None]:
    """Have another process hold a lock meanwhile."""
    here, there = _fork.Pipe()

    def hold() -> None:
        with getattr(locking, lock)(layout, "something else"):
            there.send(None)
            there.recv()

    output = layout.data.with_name("holder.txt")
    process = _fork.Process(target=_run, args=(layout, at, Command(hold), output))
    process.start()
    assert here.poll(PATIENCE), "the lock was not to be had"
    here.recv()
    try:
        yield
    finally:
        here.send(None)
        process.join(PATIENCE)
        assert process.exitcode == 0, output.read_text(encoding="utf-8")


# --- a reader -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Answer:
    """What a reader finds in a release: its id and its figures, or why there was no answer."""

    build_id: str = ""
    values: Mapping[tuple[str, str], int] | None = None
    error: str = ""


class Reader:
    """A process that reads as a notebook does: `jobmaal.open()`, again and again, with connections that stay open."""

    def __init__(self, layout: Layout) -> None:
        """Start it."""
        self._line, other = _fork.Pipe()
        self._process = _fork.Process(target=_read, args=(layout, other), daemon=True)
        self._process.start()

    def read(self, build_id: str | None = None) -> Answer:
        """Open the current release, or the one that is named, and read it."""
        return self._ask(("read", build_id))[0]

    def stay(self) -> Answer:
        """Do so and keep the connection."""
        return self._ask(("stay", None))[0]

    def read_again(self) -> list[Answer]:
        """Read over the connections that were kept."""
        return self._ask(("again", None))

    def close(self) -> None:
        """End it."""
        self._line.send(None)
        self._process.join(PATIENCE)

    def _ask(self, question: tuple[str, str | None]) -> list[Answer]:
        self._line.send(question)
        assert self._line.poll(PATIENCE), "the reader does not answer"
        answers: list[Answer] = self._line.recv()
        return answers


def _read(layout: Layout, line: Connection) -> None:
    _enter(layout)
    kept: list[duckdb.DuckDBPyConnection] = []
    while (question := line.recv()) is not None:
        what, build_id = question
        if what == "again":
            line.send([_answer(connection) for connection in kept])
            continue
        try:
            connection = jobmaal.open(build_id)
        except (JobmaalError, duckdb.Error) as error:
            line.send([Answer(error=str(error))])
            continue
        line.send([_answer(connection)])
        if what == "stay":
            kept.append(connection)
        else:
            connection.close()


def _answer(connection: duckdb.DuckDBPyConnection) -> Answer:
    try:
        ((build_id,),) = connection.execute("select build_id from audit_build").fetchall()
        rows = connection.execute("select table_id, period_id, value from fct_benchmark").fetchall()
    except duckdb.Error as error:
        return Answer(error=str(error))
    return Answer(build_id, {(table_id, period): int(value) for table_id, period, value in rows})
