"""A PostgreSQL of the tests' own: Debian's programs, a folder that is thrown away, a unix socket and no port.

Belongs here: starting and stopping the server, and asking it. Does not: any assertion, nor what Dagster keeps there.

The server refuses to run as root. Where root runs the tests, it runs as the user `postgres` of Debian's package.
The user who runs the tests is let in by the name that the system has for them, as on a real server (`peer`).
"""

import getpass
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

_USER = "postgres"
#: Enough for the slowest machine; a server that is not up by then hangs.
_PATIENCE = 120


@dataclass(frozen=True)
class Postgres:
    """A server with one empty database, `jobmaal`. `sockets` is the folder of its unix socket."""

    programs: Path
    sockets: Path

    @property
    def _data(self) -> Path:
        return self.sockets / "data"

    @property
    def url(self) -> str:
        """The address, as SQLAlchemy and libpq accept it."""
        return f"postgresql:///jobmaal?host={self.sockets}"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        # No port, nothing flushed to the disk (it is thrown away), and the socket where we look for it.
        options = f"-c listen_addresses= -c unix_socket_directories={self.sockets} -c fsync=off"
        log = self.sockets / "log"
        self._run("pg_ctl", "--pgdata", self._data, "--options", options, "--log", log, "--wait", "start")

    def stop(self, mode: str = "fast") -> None:
        """Stop it: `fast` ends all connections, `immediate` is as if the machine had died."""
        self._run("pg_ctl", "--pgdata", self._data, "--mode", mode, "--wait", "stop")

    def url_of(self, role: str, password: str = "") -> str:
        """Return the address for a role."""
        return self.url.replace("//", f"//{role}{':' if password else ''}{password}@")

    def ask(self, query: str, role: str = "") -> list[tuple[Any, ...]]:
        """Return the rows that answer a query; none where it has no answer."""
        with psycopg.connect(self.url_of(role) if role else self.url) as connection:
            cursor = connection.execute(query.encode())
            return cursor.fetchall() if cursor.description else []

    def let_in(self, *rules: str) -> None:
        """Set other rules of who is let in (`pg_hba.conf`), each for the unix socket."""
        (self._data / "pg_hba.conf").write_text("".join(f"local all {rule}\n" for rule in rules), encoding="utf-8")
        self._run("pg_ctl", "--pgdata", self._data, "reload")

    def administer(self, statement: str) -> None:
        """Do something that only the server's own user may."""
        self._run("psql", "--host", self.sockets, "--dbname", "jobmaal", "--quiet", "--command", statement)

    def make(self) -> None:
        """Make the server's folder, and in it the database and a role for the user who runs the tests."""
        self._run("initdb", "--pgdata", self._data, "--auth", "peer", "--encoding", "UTF8", "--no-sync")
        self.start()
        owner = getpass.getuser()
        if os.geteuid() == 0:
            self._run("createuser", "--host", self.sockets, owner)
        self._run("createdb", "--host", self.sockets, "--owner", owner, "jobmaal")

    def _run(self, program: str, *arguments: str | Path) -> None:
        # In the folder of an administrator's programs, which is not on everybody's PATH.
        as_user = ["/usr/sbin/runuser", "-u", _USER, "--"] if os.geteuid() == 0 else []
        command = [*as_user, str(self.programs / program), *map(str, arguments)]
        # The server keeps what it is given as standard output, so it is given none.
        done = subprocess.run(
            command, cwd=self.sockets, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            text=True, check=False, timeout=_PATIENCE, env={"LC_ALL": "C.UTF-8"},
        )  # fmt: skip
        assert done.returncode == 0, f"{program}: {done.stderr}"


@contextmanager
def postgres() -> Iterator[Postgres]:
    """Start a server with an empty database, and remove both afterwards. Skips where there is no PostgreSQL."""
    folder = programs()
    if folder is None:
        pytest.skip("no PostgreSQL is installed (Debian's package postgresql)")
    with serving(folder) as server:
        yield server


def programs() -> Path | None:
    """Return the folder of the newest PostgreSQL's programs, if there is one."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return found[-1].parent if found else None


@contextmanager
def serving(programs: Path) -> Iterator[Postgres]:
    """Start a server with an empty database, and remove both afterwards."""
    # Not among pytest's folders: those only their owner enters, and the path of a socket has to be short.
    sockets = Path(tempfile.mkdtemp(prefix="jobmaal-postgres-"))
    try:
        if os.geteuid() == 0:
            shutil.chown(sockets, _USER, _USER)
            sockets.chmod(0o755)
        server = Postgres(programs, sockets)
        try:
            server.make()
            yield server
        finally:
            with suppress(AssertionError):
                server.stop("immediate")
    finally:
        shutil.rmtree(sockets)
