"""The command line.

Belongs here: what a person types and reads. Does not: any work; that is imported when it is needed, so
that each command starts as quickly as it can.
"""

from __future__ import annotations

import datetime as dt
import io
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from jobmaal.core.build import VERSION
from jobmaal.core.errors import (
    EXIT_BROKE_DOWN,
    CheckFailedError,
    FaultyInputError,
    JobmaalError,
    NoReleaseError,
    printable,
    printable_lines,
)
from jobmaal.core.layout import Layout, prefer_own_packages
from jobmaal.jobindsats import settings

if TYPE_CHECKING:
    from jobmaal.jobindsats.report import Report
    from jobmaal.operations.health import Seen
    from jobmaal.raw import Reading

_HELP = """Build and look after the data warehouse of municipal employment agreements.

\b
Start here:
  jobmaal refresh          load, build, check and publish
  jobmaal status           what is published, from when, and what is wrong
  jobmaal check            check the input tables alone, while editing them
  jobmaal fetch            fetch what Jobindsats has published since the last time
  jobmaal land DIR         or land responses of Jobindsats that were saved to files
  jobmaal demo             or try things out on made-up series
  jobmaal push URL         write a release into a PostgreSQL database
  jobmaal trace REF        where a figure is printed, and where it is used
  jobmaal serve            refresh every night by itself, and show every run
"""
_EPILOG = """
\b
Exit codes: 0 done; 1 wrong usage or interrupted; 2 the input tables have
faults; 3 a check failed and nothing was published; 4 another refresh or fetch
is running; 5 no such release; 6 something else broke down; 7 Jobindsats
could not be asked, or gave something unusable. Of status and watch, the
highest that holds: 8 no refresh has confirmed the release lately; 9 a refresh
or fetch fails or does not end; 10 the daemon or a schedule has stopped.
"""

# Two is what a scheduler takes for faults in the input; wrong usage ends like any other failure to start.
click.UsageError.exit_code = 1


class _Text(click.types.StringParamType):
    """A text that other programs get, such as a database: bytes of the command line that are no UTF-8 are refused."""

    name = "text"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if not _is_text(value):
            self.fail(
                f"'{printable(value)}' is not text that others can read: it is not UTF-8, or has a NUL.", param, ctx
            )
        return super().convert(value, param, ctx)


class _Folder(click.Path):
    """A folder, of whatever name the file system can have."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if "\0" in os.fspath(value):
            self.fail(f"'{printable(os.fspath(value))}' has a NUL, which is in no name of a folder.", param, ctx)
        return super().convert(value, param, ctx)


_FOLDER = _Folder(file_okay=False, path_type=Path)
_EXISTING_FOLDER = _Folder(exists=True, file_okay=False, path_type=Path)


def _is_text(value: str) -> bool:
    """Check whether every character of an argument is one."""
    return "\0" not in value and not any("\ud800" <= character <= "\udfff" for character in value)


def _reported(command: Callable[..., Any]) -> Callable[..., Any]:
    """Report a failure as a person would, and end with its exit code."""

    @wraps(command)
    def run(*args: Any, **kwargs: Any) -> Any:
        try:
            return command(*args, **kwargs)
        except JobmaalError as error:
            for line in _lines_of(error):
                click.echo(line, err=True)
            sys.exit(error.exit_code)
        except BrokenPipeError:
            # The reader has ended (`jobmaal releases | head`); click ends it quietly.
            raise
        except OSError as error:
            from jobmaal.operations import disk_errors

            click.echo(printable(disk_errors.message(error, Layout.from_environment())), err=True)
            sys.exit(EXIT_BROKE_DOWN)

    return run


def _lines_of(error: JobmaalError) -> list[str]:
    """Return what to print of a failure: each fault or failed check, and what to do."""
    if isinstance(error, FaultyInputError):
        advice = "Fix them and run the command again; `jobmaal check` shows them in seconds."
        return [*map(str, error.faults), f"\n{error}. {advice}"]
    if isinstance(error, CheckFailedError):
        failures = [f"  {printable_lines(failure)}" for failure in error.failures]
        return ["\nThese checks do not hold, so nothing was published:", *failures]
    return [printable_lines(str(error))]


@click.group(context_settings={"help_option_names": ["-h", "--help"]}, help=_HELP, epilog=_EPILOG)
@click.version_option(VERSION, prog_name="jobmaal")
@click.option(
    "--seeds", type=_FOLDER, envvar="JOBMAAL_SEEDS", help="Folder of the input tables (default: the project's own)."
)
@click.option(
    "--data", type=_FOLDER, envvar="JOBMAAL_DATA",
    help="Folder of everything that is generated (default: the project's own).",
)  # fmt: skip
@click.pass_context
def main(context: click.Context, seeds: Path | None, data: Path | None) -> None:
    """Set the folders that all commands work with."""
    prefer_own_packages()
    # A character that the terminal cannot show ends no command.
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    for name, folder in (("JOBMAAL_SEEDS", seeds), ("JOBMAAL_DATA", data)):
        if folder is None:
            continue
        if not _is_text(str(folder)):
            raise click.UsageError(
                f"The folder '{printable(str(folder))}' ({name}) cannot be used: its name is not UTF-8, and DuckDB "
                "and dbt take no other. Name another folder."
            )
        try:
            resolved = folder.resolve()
            # A name that no folder can have is known before any work; where one may not look, the command says so.
            with suppress(PermissionError):
                resolved.exists()
            os.environ[name] = str(resolved)
        except OSError as error:
            raise click.UsageError(f"{name}: {error.strerror}: '{printable(str(folder))}'.") from None
    context.obj = Layout.from_environment()


def _command(name: str | None = None) -> Callable[[Callable[..., Any]], click.Command]:
    """Return a decorator that makes a command of a function, which gets the layout and reports its failures."""
    return lambda function: main.command(name)(click.make_pass_decorator(Layout)(_reported(function)))


@_command()
@click.option(
    "--force",
    is_flag=True,
    help="Read and build everything anew, even where nothing has changed since the current release.",
)
def refresh(layout: Layout, force: bool) -> None:
    """Load the input tables, build the warehouse, check it, publish it.

    A failed check publishes nothing and leaves the current release as it is. Where nothing has changed
    since the current release, nothing is built.
    """
    _refresh(layout, force)


def _refresh(layout: Layout, force: bool) -> None:
    from jobmaal.operations import need, status
    from jobmaal.releases import catalogue

    started = time.monotonic()
    if catalogue.is_link_broken(layout):
        from jobmaal.operations.session import repair_link  # a tenth of all that is done where nothing is new

        repair_link(layout)
    if not force and not need.is_refresh_needed(layout):
        click.echo(f"Nothing has changed: {catalogue.current_id(layout)} is current. (--force builds all the same.)")
        from jobmaal.operations.summary import show_unmatched

        show_unmatched(catalogue.read_manifest(layout, catalogue.require_current(layout)))
        status.good(layout, status.REFRESH, "Nothing was new.")
        return
    from jobmaal.jobindsats.landing import Landing
    from jobmaal.operations.session import refreshing

    with refreshing(layout):
        click.echo("Refreshing the warehouse", err=True)
        _show_where_alerts_go()
        # Faults are reported in a second, before the frameworks start; the job finds what was read.
        _read_input(layout)
        Landing(layout).whole_data()
        from dagster_project import run

        pinned = catalogue.pinned_id(layout)
        run.refresh(layout, is_whole=force)
    _show_summary(layout, pinned, time.monotonic() - started)


def _show_where_alerts_go() -> None:
    """Show it before the first failure; an address that cannot be used stops no refresh."""
    from jobmaal.operations import alerts

    try:
        click.echo(f"  {alerts.describe()}", err=True)
    except alerts.AlertError as error:
        click.echo(str(error), err=True)


def _read_input(layout: Layout, editions_folder: Path | None = None) -> Reading:
    """Read the input tables, and check them against the text editions in a folder, if one is named.

    Raises FaultyInputError, and CheckFailedError where a sum is neither right nor explained.
    """
    from jobmaal.raw import read_all

    reading = read_all(layout, for_editions=editions_folder is not None)
    checked = _check_editions(reading, editions_folder) if editions_folder else None
    if reading.broken:
        from jobmaal.documents.suspects import suspects

        # What the broken ones share comes first.
        faults = [*suspects(reading.claims), *(claim.fault() for claim in reading.broken)]
        raise CheckFailedError(list(map(str, faults)), [claim.claim_id for claim in reading.broken])
    if checked:
        click.echo(checked)
    return reading


def _check_editions(reading: Reading, folder: Path) -> str:
    """Return how many documents were checked against their text editions. Raises FaultyInputError."""
    from jobmaal.documents import editions

    missing, faults = editions.inspect(reading.tables, folder)
    documents = reading.tables.of("documents")
    for row in (row for row in documents if row["document_id"] in missing):
        which = f"{row['document_id']} (sha256 {row['text_sha256']})"
        click.echo(printable(f"Not checked, since {folder} holds no text of it: {which}"), err=True)
    if faults:
        raise FaultyInputError([*faults, *(claim.fault() for claim in reading.broken)])
    return (
        f"{len(documents) - len(missing)} of {len(documents)} documents checked against the text edition: "
        "each figure is on its line, each digit is accounted for."
    )


def _show_summary(layout: Layout, pinned: str | None, seconds: float) -> None:
    """Print what the refresh did: what was loaded, what holds, what is wrong in the documents, where it is."""
    from jobmaal.operations.summary import show
    from jobmaal.releases import catalogue

    if pinned is not None:
        click.echo(f"\nBuilt and checked in {seconds:.0f} s; every check holds. Not published: pinned to {pinned}.")
        click.echo("`jobmaal unpin` lets the next refresh publish again.")
        return
    build_id = catalogue.current_id(layout)
    if build_id is None:
        raise NoReleaseError("The refresh ended without a release.")
    show(layout, build_id, seconds)


@_command()
@click.option(
    "--documents",
    "folder",
    metavar="DIR",
    type=_EXISTING_FOLDER,
    help="Check each figure and digit against the text editions in DIR, which are known by their sha256.",
)
def check(layout: Layout, folder: Path | None) -> None:
    """Check the input tables alone: form, references, numbers, and every sum. Takes a second; builds nothing."""
    reading = _read_input(layout, folder)
    rows = sum(len(r) for r in reading.tables.rows.values())
    count = Counter(claim.status for claim in reading.claims)
    outcome = f"{count['ok']} hold, {count['known']} are known faults of the documents"
    outcome += f", {count['ambiguous']} are ambiguous" if count["ambiguous"] else ""
    click.echo(
        f"{len(reading.tables.sha256)} files, {rows} rows, {len(reading.figures)} figures: no fault. "
        f"{len(reading.claims)} claims: {outcome}."
    )


@_command("status")
@click.option("--verify", is_flag=True, help="Check every file of the current release and of the landing.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def show_status(layout: Layout, verify: bool, as_json: bool) -> None:
    """Show what is published, from when, whether publishing is pinned, and what fails.

    Ends with 0 where all is well; with 6 where files are damaged (--verify); else with the highest that holds: 8 where
    no refresh has confirmed the release lately, 9 where a refresh or fetch fails or does not end, 10 where the daemon
    or a schedule has stopped.
    """
    from jobmaal.operations import overview

    found = overview.read(layout, _look, verify=verify)
    click.echo(json.dumps(found.facts, indent=1) if as_json else "\n".join(overview.lines(found)))
    if found.exit_code:
        sys.exit(found.exit_code)


def _look(layout: Layout, now: dt.datetime, longest_run: dt.timedelta) -> Seen:
    from dagster_project import service  # a second, which no other command needs

    return service.look(layout, now, longest_run)


@_command()
@click.option(
    "--units",
    type=click.File(encoding="utf-8", errors="replace"),
    help="What `systemctl show` says of the services; deploy/ shows how.",
)
def watch(layout: Layout, units: IO[str] | None) -> None:
    """Check from outside whether the service works, and send an alert where it does not.

    For a timer that is none of the service's own. Ends as `status` does. Where all is well, it calls the address in
    JOBMAAL_HEARTBEAT_URL, at which a monitoring service can expect a call.
    """
    from jobmaal.operations import health

    problems = health.report(layout, dt.datetime.now(dt.UTC), _look, units.read() if units else None)
    for problem in problems:
        click.echo(str(problem))
    if problems:
        sys.exit(problems[0].exit_code)
    click.echo("All is well.")


@_command()
def releases(layout: Layout) -> None:
    """List the releases that are kept, newest first."""
    from jobmaal.releases import catalogue

    current, pinned = catalogue.current_id(layout), catalogue.pinned_id(layout)
    ids = catalogue.build_ids(layout)
    if not ids:
        raise NoReleaseError("Nothing is published yet. `jobmaal refresh` does it.")
    for build_id in reversed(ids):
        marks = [m for m, is_so in (("current", build_id == current), ("pinned", build_id == pinned)) if is_so]
        try:
            since = _since(catalogue.read_manifest(layout, build_id))
        except NoReleaseError:
            since = "damaged: its manifest cannot be read"
        click.echo(f"{build_id}  {since}  {' '.join(marks)}".rstrip())


@_command()
@click.option("--open", "opens", is_flag=True, help="Open it in the browser.")
def report(layout: Layout, opens: bool) -> None:
    """Show where the report of the current release lies, a page for people who look rather than query."""
    from jobmaal.outputs.report import INDEX
    from jobmaal.releases import catalogue

    build_id = catalogue.require_current(layout)
    if not (layout.releases / build_id / "report" / INDEX).is_file():
        raise NoReleaseError(f"The release '{build_id}' has no report. `jobmaal refresh --force` makes one with it.")
    page = layout.current / "report" / INDEX
    click.echo(page)
    if opens and click.launch(page.as_uri()):
        raise JobmaalError(f"No browser could be started here. Open the page yourself: {page}")


def _since(manifest: dict[str, Any]) -> str:
    """Return how much a release differs from the one before it."""
    if not manifest["previous_build_id"]:
        return "the first"
    if manifest["changes"] is None:
        return "the one before was damaged"
    changed = sum(sum(change.values()) for change in manifest["changes"].values())
    return f"{changed} rows differ from the one before"


@_command()
@click.argument("build_id", required=False)
def rollback(layout: Layout, build_id: str | None) -> None:
    """Make an earlier release current, and pin it: BUILD_ID, or the one before the current.

    Later refreshes build and check but do not publish until `jobmaal unpin`.
    """
    from jobmaal.operations.locking import refresh_lock
    from jobmaal.releases import catalogue

    with refresh_lock(layout, "rollback"):
        chosen = catalogue.roll_back(layout, build_id)
    click.echo(f"{chosen} is current, and pinned. `jobmaal unpin` lets refreshes publish again.")


@_command()
def unpin(layout: Layout) -> None:
    """Let refreshes publish again after a rollback."""
    from jobmaal.operations.locking import refresh_lock
    from jobmaal.releases import catalogue

    with refresh_lock(layout, "unpin"):
        pinned = catalogue.unpin(layout)
    click.echo(f"No longer pinned to {pinned}; the next refresh publishes." if pinned else "Nothing was pinned.")


@_command()
@click.option(
    "--table", "table_ids", multiple=True, metavar="ID", help="Fetch this table, due or not. May be repeated."
)
@settings.options
def fetch(layout: Layout, table_ids: tuple[str, ...], **chosen: Any) -> None:
    """Fetch the tables of shared/series_tables.csv that Jobindsats has published anew.

    The token is read from the variable JOBINDSATS_TOKEN. What is fetched lies in the data folder until `jobmaal
    refresh` builds it into a release. A fetch that was interrupted goes on where it was.
    """
    from jobmaal.jobindsats import fetch as jobindsats
    from jobmaal.operations.session import conclude_fetch, fetching

    with fetching(layout):
        report = jobindsats.fetch(layout, table_ids, settings.Settings(**chosen))
    conclude_fetch(layout, report)
    _show_landing(report)


@_command()
@click.argument("folder", metavar="DIR", type=_EXISTING_FOLDER)
def land(layout: Layout, folder: Path) -> None:
    """Land responses of Jobindsats that were saved to files, as DIR/<table_id>/2026-08-18T21-52-29.json.

    The name is the time of retrieval, Danish time. DIR/<table_id>/table.json, a response of /table/<table_id>,
    is the table's description where there is one.
    """
    from jobmaal.jobindsats import saved
    from jobmaal.operations.locking import fetch_lock

    with fetch_lock(layout, "land"):
        report = saved.land_folder(layout, folder)
    _show_landing(report)


@_command()
def demo(layout: Layout) -> None:
    """Build a release on made-up series, for whoever has no key to Jobindsats.

    It lies in the data folder under demo/current, marked as made up on every table; the real release is not touched.
    """
    from jobmaal.demo import landing as made_up

    os.environ |= layout.demo.to_environment()
    click.echo("Making up series of Jobindsats: 98 municipalities, ten years", err=True)
    for table_id in made_up.land(layout.demo):
        click.echo(f"  {table_id}", err=True)
    _refresh(layout.demo, force=False)


def _show_landing(report: Report) -> None:
    """Print what landed, then what has to be looked into, and end with what that amounts to."""
    for table in report.tables:
        click.echo(str(table))
    for line in (*report.problems, *report.notes):
        click.echo(line, err=True)
    if report.responses:
        click.echo("Run `jobmaal refresh` to build them into a release.")
    if report.exit_code:
        sys.exit(report.exit_code)


@_command()
@click.argument("source_ref")
def trace(layout: Layout, source_ref: str) -> None:
    """Show where a figure is printed, how it was read, and which rows rest on it.

    SOURCE_REF is a value of any column `source_ref`, such as plads_til_alle_2007:b.jobpatruljer.adm.
    """
    from jobmaal.readers.trace import show

    show(layout, source_ref)


@_command()
@click.option("--try", "is_trial", is_flag=True, help="Send a message, to see that it arrives.")
def alerts(layout: Layout, is_trial: bool) -> None:
    """Show where alerts go, and whether a message gets there.

    The variable JOBMAAL_ALERT_URL holds the address (or several, with a comma between) in Apprise's notation, such as
    mailtos://user:password@mail.example.org?to=team@example.org. An alert is sent when a refresh or a fetch fails,
    when it works again, and when a check of the release turns red.
    """
    from jobmaal.operations import alerts as alerting

    click.echo(alerting.describe())
    if is_trial:
        alerting.send("jobmaal: a trial", f"This is how an alert of {layout.data} arrives.", is_good=True)
        click.echo("A message has been sent. Look whether it has arrived.")


@_command()
@click.argument("url", nargs=-1)
@click.option("--schema", type=_Text(), default="jobmaal", show_default=True, help="Schema that the release becomes.")
@click.option(
    "--release", "build_id", type=_Text(), metavar="BUILD_ID", help="Push this release (default: the current one)."
)
@click.option(
    "--reader", type=_Text(), metavar="ROLE", default="jobmaal_reader", show_default=True, help="Role that may read it."
)
@click.option("--force", is_flag=True, help="Push even where the release is there already.")
def push(layout: Layout, url: tuple[str, ...], build_id: str | None, force: bool, **names: str) -> None:
    """Write a release's tables into a schema of a PostgreSQL database, with types, comments, keys and a reading role.

    URL is libpq's, such as postgresql://jobmaal@db.example.dk/warehouse. A password in it can be seen by others on
    this machine while the command runs: leave it to the variable PGPASSWORD or to ~/.pgpass. It is never shown.

    Readers see the release before until the new one is whole, and then the new one. Only schemas that were made by
    this command are replaced.
    """
    # Any number of them, since click shows what it has no place for, and an address may hold a password.
    if len(url) != 1:
        raise click.UsageError("Give one URL: postgresql://USER@HOST:PORT/DATABASE")
    from jobmaal.readers.push import Target
    from jobmaal.readers.push import push as pushing

    target = Target(url[0], **names)
    done = pushing(layout, target, build_id, force=force)
    for kept in done.kept:
        click.echo(f"Not dropped yet: {kept}", err=True)
    if done.is_unchanged:
        click.echo(f"The schema '{target.schema}' is release {done.build_id} already. (--force pushes all the same.)")
        return
    click.echo(f"The schema '{target.schema}' is release {done.build_id}: {sum(done.rows.values()):,} rows.")
    click.echo(f"To read: grant {target.reader} to SOMEBODY; then as SOMEBODY: psql '{done.reader_url}'")


@_command()
@click.argument("part", required=False, type=click.Choice(["web", "daemon"]))
@click.option("--port", default=3000, show_default=True, help="Port of the Dagster UI on 127.0.0.1.")
@click.option("--fd", type=int, help="Listen on this open socket in place of a port, as systemd hands it on.")
@click.option("--read-only", "is_read_only", is_flag=True, help="Let nobody change anything in the UI.")
def serve(layout: Layout, part: str | None, **address: Any) -> None:
    """Serve the Dagster UI, and run what is to run by itself: the nightly refresh, and a look in the morning.

    PART is web or daemon, for whoever has something else that keeps each of them running; both where none is named.
    The UI answers to localhost and to the names in JOBMAAL_ALLOWED_HOSTS, and to its own pages alone.
    """
    from dagster_project.serving import Address
    from dagster_project.serving import serve as serving

    serving(layout, part, Address(**address))
