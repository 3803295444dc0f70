"""No secret leaves the environment: not in a message, not in a file, whatever goes wrong.

Belongs here: `jobmaal fetch` failing in each way that it can, and what whole refreshes leave behind, searched for the
secrets that they were started with. Does not: how failures are reported (`test_fetch`), nor finding a secret
(`helpers.secrets`). That no command of any other test shows one is asserted where commands are run (`conftest`).
"""

import base64
import gzip
import json
import os
import threading
import traceback
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import product
from pathlib import Path
from urllib.parse import quote

import duckdb
import pytest

from jobmaal.core.layout import Layout
from jobmaal.jobindsats import client as http
from jobmaal.jobindsats.names import QUARANTINE
from tests.conftest import Published, PublishedSeries
from tests.helpers.fetching import configure, served
from tests.helpers.input import DOC, edit, run, write_seeds
from tests.helpers.secrets import MARKERS, PASSWORD, SECRETS, TOKEN, forms, search
from tests.helpers.v3_server import KINDS, V3Server

NOWHERE: list[str] = []


# --- the search itself ------------------------------------------------------------------------------------


def ways_to_write(secret: str) -> list[bytes]:
    """Write a secret as programs do, with something before and behind it."""
    ways = [f"before {secret} behind".encode(), quote(secret, safe="").encode(), secret.encode("utf-16-le")]
    ways.append(json.dumps({"said": f"Bearer {secret}"}).replace("/", "\\/").encode())
    for before, behind in product(("", "a", "ab", "Bearer "), ("", "@", "@host")):
        around = f"{before}{secret}{behind}".encode()
        ways += [base64.b64encode(around), base64.urlsafe_b64encode(around)]
    return ways


@pytest.mark.parametrize("written", [way for marker in MARKERS for way in ways_to_write(marker)])
def test_a_secret_is_found_in_whatever_form_it_is_written(written: bytes) -> None:
    found = search([written])
    assert found
    assert search(found) == NOWHERE


def test_a_secret_is_found_in_packed_files_and_in_databases(tmp_path: Path) -> None:
    (tmp_path / "body.json.gz").write_bytes(gzip.compress(TOKEN.encode()))
    with zipfile.ZipFile(tmp_path / "packed.zip", "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("inside", TOKEN * 9)
    with duckdb.connect(str(tmp_path / "some.duckdb")) as database:
        database.execute("create table t as select ? || repeat('a', 2000) || i as c from range(5000) as r (i)", [TOKEN])
    (tmp_path / TOKEN.replace("/", "")).touch()
    assert {Path(place.partition(":")[0]).name for place in search([tmp_path])} == {
        "body.json.gz", "packed.zip", "some.duckdb",
    }  # fmt: skip


# --- whole refreshes ----------------------------------------------------------------------------------------


def test_a_refresh_leaves_no_secret_behind(published: Published) -> None:
    # Its messages were searched when it ran.
    assert search([published.layout.data]) == NOWHERE
    assert list(published.layout.dagster_home.rglob("*.db"))


def test_two_fetches_and_a_refresh_leave_no_secret_behind(with_series: PublishedSeries) -> None:
    assert search([with_series.layout.data]) == NOWHERE
    assert list(with_series.layout.landing.rglob("*.json.gz"))


# --- a fetch that fails -------------------------------------------------------------------------------------


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    """Configure two tables."""
    made = write_seeds(tmp_path, {DOC: {}})
    configure(made, "y01", "y02")
    return made


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the command wait a moment where it would wait for seconds."""
    monkeypatch.setattr(
        http, "from_environment",
        lambda rate, connections, _timeout: http.Client(
            os.environ[http.URL_VARIABLE], os.environ[http.TOKEN_VARIABLE], rate, connections, 0.2, backoff=0.001
        ),
    )  # fmt: skip


def fetched(layout: Layout, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, **variables: str) -> str:
    """Fetch in surroundings with secrets, see that nothing holds one afterwards, and return the messages."""
    caplog.set_level("DEBUG")
    for name, value in (SECRETS | {"JOBINDSATS_RATE": "0", "JOBINDSATS_CELL_LIMIT": "18"} | variables).items():
        monkeypatch.setenv(name, value)
    for name in ("NO_PROXY", "no_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    result = run(layout, "fetch")
    raised = "".join(traceback.format_exception(*result.exc_info)) if result.exc_info else ""
    assert search([layout.data, result.output, raised, caplog.text]) == NOWHERE
    assert isinstance(result.exception, SystemExit | None), raised
    assert result.output
    return result.output


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize("kind", [*KINDS, ""])
def test_a_publisher_that_misbehaves_discloses_no_secret(
    layout: Layout, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, kind: str
) -> None:
    with V3Server({table_id: served(table_id) for table_id in ("y01", "y02")}, token=TOKEN) as server:
        if kind:
            # Each of these costs the patience of a whole request.
            times = {"429": 1, "hang": 6}.get(kind, 100)
            server.misbehave(kind, times, match=lambda path, _: kind in ("401", "403") or path != "/tables")
        fetched(layout, monkeypatch, caplog, JOBINDSATS_URL=server.url)


@contextmanager
def responding(status: int, body: bytes, headers: Mapping[str, str]) -> Iterator[str]:
    """Start a server with one response to everything; yield its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            for header in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(*header)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Stay silent."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/v3"
        finally:
            server.shutdown()


#: Forms in which a response may hold the token, each with a response that is read and one that is refused.
_REPEATED = sorted(forms(TOKEN).keys() - {"in hexadecimal", "in two bytes a character"})


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize(
    ("status", "form"),
    [*product((200, 422), _REPEATED), *product((302, 401, 403, 404, 429, 500), ["as it is", "in JSON"])],
)
def test_a_token_that_the_publisher_repeats_in_any_form_is_neither_shown_nor_stored(
    layout: Layout, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, status: int, form: str
) -> None:
    repeated = forms(TOKEN)[form]
    headers = {"Location": f"https://elsewhere.invalid/?t={TOKEN}", "X-Token": TOKEN, "Retry-After": f"om lidt {TOKEN}"}
    for body in (b'{"cause": "Who is ' + repeated + b'?", "request_id": "' + repeated + b'"}', b"<p>" + repeated):
        with responding(status, body, headers) as url:
            output = fetched(layout, monkeypatch, caplog, JOBINDSATS_URL=url)
        assert "token" in output
    assert not (layout.landing / QUARANTINE).exists()


@pytest.mark.parametrize(
    "variables",
    [
        {"JOBINDSATS_URL": f"https://somebody:{PASSWORD}@jobindsats.invalid/v3"},
        {"JOBINDSATS_URL": f"http://jobindsats.invalid/{PASSWORD}"},
        {"JOBINDSATS_URL": f"https://jobindsats.invalid/v3?key={PASSWORD}"},
        {"JOBINDSATS_URL": f"https://[{PASSWORD}"},
        {"JOBINDSATS_TOKEN": f"{TOKEN} {TOKEN}", "JOBINDSATS_URL": "https://jobindsats.invalid/v3"},
        {"JOBINDSATS_TOKEN": f"{TOKEN}\nX: y", "JOBINDSATS_URL": "https://jobindsats.invalid/v3"},
        {"JOBINDSATS_TOKEN": f"{TOKEN}æ", "JOBINDSATS_URL": "https://jobindsats.invalid/v3"},
        *(
            {"HTTPS_PROXY": proxy, "JOBINDSATS_URL": "https://jobindsats.invalid/v3"}
            for proxy in (
                f"http://somebody:{PASSWORD}@127.0.0.1:9",
                f"https://somebody:{PASSWORD}@127.0.0.1:9",
                f"socks5://somebody:{PASSWORD}@127.0.0.1:9",
                f"somebody:{PASSWORD}@127.0.0.1:9",
                f"http://somebody:{PASSWORD}@[127.0.0.1:9",
                f"http://somebody:{PASSWORD}@127.0.0.1:port",
            )
        ),
    ],
    ids=lambda variables: " ".join(variables)[:60],
)
@pytest.mark.usefixtures("hasty")
def test_surroundings_that_are_wrong_are_reported_without_what_is_secret_in_them(
    layout: Layout, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, variables: Mapping[str, str]
) -> None:
    output = fetched(layout, monkeypatch, caplog, **variables)
    assert "JOBINDSATS_URL" in output or "JOBINDSATS_TOKEN" in output or "proxy" in output.lower()


# --- other commands that fail -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "command",
    [
        ["--help"], ["fetch", "--help"], ["status"], ["status", "--json"], ["releases"], ["rollback"], ["trace", "x"],
        ["check"], ["refresh"], ["land", "."], ["fetch", "--rate", "x"], ["nonsense"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_no_command_shows_a_secret_where_it_fails(
    layout: Layout, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    edit(layout.seeds / "shared" / "areas.csv", ("area_name", "Aarhus"), "area_type", "town")
    result = run(layout, *command)
    assert result.output
    assert search([layout.data, result.output]) == NOWHERE
