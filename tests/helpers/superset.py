"""A real Superset for tests: made ready once, served on this machine, asked through its API.

Belongs here: the server and asking it. Does not: any assertion about what it answers.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import urllib3

from bi.superset import assets
from bi.superset.serve import environment_of as superset_environment
from jobmaal.core.layout import PROJECT, Layout
from tests.conftest import Published, copy_of, environment_of, once

#: Superset's own environment, which `make superset-env` sets up.
PYTHON = PROJECT / "bi" / "superset" / ".venv" / "bin" / "python"


@dataclass
class Superset:
    """A running Superset, asked as one of its users."""

    url: str
    layout: Layout
    user: str = "admin"
    _headers: dict[str, str] = field(default_factory=dict)
    _http: urllib3.PoolManager = field(default_factory=urllib3.PoolManager)

    def log_in(self, user: str) -> Superset:
        """Return the same server, asked as this user."""
        other = Superset(self.url, self.layout, user)
        secrets = json.loads((self.layout.superset / "secrets.json").read_text(encoding="utf-8"))
        password = secrets[f"{user}_password"]
        login = {"username": user, "password": password, "provider": "db"}
        other._headers = {"Authorization": f"Bearer {other.post('security/login', login)['access_token']}"}
        token = other.respond("GET", "security/csrf_token/")
        other._headers |= {
            "X-CSRFToken": token.json()["result"],
            "Cookie": token.headers["Set-Cookie"].partition(";")[0],
            "Referer": self.url,
        }
        return other

    def respond(self, method: str, path: str, body: Any = None) -> urllib3.BaseHTTPResponse:
        """Return what the server answers, whatever it is."""
        return self._http.request(
            method, f"{self.url}/api/v1/{path}", json=body, headers=self._headers, timeout=60, retries=False
        )

    def get(self, path: str) -> Any:
        """Ask for something. Raises AssertionError where the server refuses, with what it says."""
        return self._answer(self.respond("GET", path))

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """Send something. Raises AssertionError where the server refuses, with what it says."""
        return self._answer(self.respond("POST", path, body))

    def _answer(self, response: urllib3.BaseHTTPResponse) -> Any:
        assert response.status < 300, f"{response.status}: {response.data.decode()[:2000]}"
        return response.json()

    def ids(self, kind: str) -> dict[str, int]:
        """Return the ids of all charts, datasets or dashboards, by uuid."""
        listed = self.get(f"{kind}/?q=(columns:!(id,uuid),page_size:100)")["result"]
        return {one["uuid"]: one["id"] for one in listed}

    def chart_rows(self, chart_id: int) -> list[dict[str, Any]]:
        """Return the rows that a chart shows, as it was saved."""
        [result] = self.get(f"chart/{chart_id}/data/")["result"]
        rows: list[dict[str, Any]] = result["data"]
        return rows

    def ask(self, table: str, columns: Sequence[str], filters: Sequence[tuple[str, str, Any]]) -> list[dict[str, Any]]:
        """Return the rows of a dataset, through the API that the charts use; filters as (column, operator, value)."""
        uuids = {one["table_name"]: one["uuid"] for _, one in assets.of_kind(assets.committed(), "datasets/")}
        query = {
            "columns": list(columns),
            "filters": [{"col": column, "op": operator, "val": value} for column, operator, value in filters],
            "row_limit": 10_000,
        }
        dataset = {"id": self.ids("dataset")[uuids[table]], "type": "table"}
        [result] = self.post("chart/data", {"datasource": dataset, "queries": [query]})["result"]
        rows: list[dict[str, Any]] = result["data"]
        return rows


def ask_theme_by_account(superset: Superset) -> dict[tuple[str, str], Decimal]:
    """Ask what each theme of the agreement for 2007 set aside on which account: kroner, nothing left out but zeros."""
    rows = superset.ask(
        "rpt_agreement_budget",
        ["theme_name", "account_name", "lines_dkk"],
        [
            ("document_id", "==", "plads_til_alle_2007"),
            ("theme_name", "!=", "I alt"),
            ("account_id", "!=", "I alt"),
            ("lines_dkk", "!=", 0),
        ],
    )
    return {(row["theme_name"], row["account_name"]): Decimal(str(row["lines_dkk"])) for row in rows}


def run(layout: Layout, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run one of the modules of `bi.superset` in Superset's environment."""
    return _run(["-m", *arguments], environment_of(layout))


def inside(layout: Layout, code: str) -> subprocess.CompletedProcess[str]:
    """Run Python code inside Superset, as its own commands are run."""
    return _run(["-c", code], environment_of(layout) | superset_environment(layout))


def _run(arguments: Sequence[str], environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(PYTHON), *arguments],
        cwd=PROJECT, env=environment, capture_output=True, text=True, check=False, timeout=500,
    )  # fmt: skip


@contextlib.contextmanager
def serving(layout: Layout) -> Iterator[Superset]:
    """Start Superset on folders that are made ready (`superset_ready`), and end it."""
    if not PYTHON.with_name("gunicorn").exists():
        pytest.skip("Superset's environment is not there: `make superset-env` sets it up")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryFile("w+") as output:
        server = subprocess.Popen(
            [str(PYTHON), "-m", "bi.superset.serve", "--as-it-is", "--port", str(port)],
            cwd=PROJECT, env=environment_of(layout), stdout=output, stderr=output, start_new_session=True,
        )  # fmt: skip
        try:
            superset = Superset(f"http://127.0.0.1:{port}", layout)
            _wait_for(superset.url, server, output)
            yield superset.log_in("admin")
        finally:
            os.killpg(server.pid, signal.SIGTERM)
            try:
                server.wait(30)
            except subprocess.TimeoutExpired:
                os.killpg(server.pid, signal.SIGKILL)
                server.wait()


def _wait_for(url: str, server: subprocess.Popen[bytes], output: Any) -> None:
    deadline = time.monotonic() + 500
    while True:
        with contextlib.suppress(urllib3.exceptions.HTTPError):
            if urllib3.request("GET", f"{url}/health", timeout=5, retries=False).status == 200:
                return
        if server.poll() is not None or time.monotonic() > deadline:
            output.seek(0)
            raise AssertionError(f"Superset did not start:\n{output.read()[-4000:]}")
        time.sleep(0.5)


@pytest.fixture(scope="session")
def superset_ready(published: Published, tmp_path_factory: pytest.TempPathFactory) -> Layout:
    """Make Superset ready for a copy of the published release, once. Nobody may change it: copy it (`copy_of`)."""
    if not PYTHON.with_name("gunicorn").exists():
        pytest.skip("Superset's environment is not there: `make superset-env` sets it up")

    def made(folder: Path) -> Layout:
        layout = copy_of(published.layout, folder)
        done = run(layout, "bi.superset.serve", "--only-prepare")
        assert done.returncode == 0, done.stdout + done.stderr
        return layout

    return once(tmp_path_factory, "superset", made)


@pytest.fixture(scope="session")
def superset(superset_ready: Layout) -> Iterator[Superset]:
    """Serve the published release through Superset, to ask and not to change."""
    with serving(superset_ready) as running:
        yield running
