"""The Dagster UI: pages of another origin, and names that are not its own, do not reach it.

Belongs here: who is answered, and what can be changed, asked by programs and from pages in a real browser. Does not:
the units that serve it (`test_deploy`).
"""

from __future__ import annotations

import json
import socket
import threading
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from dagster_project import serving
from jobmaal.core.errors import JobmaalError
from tests.helpers.input import copy_project_seeds
from tests.helpers.serving import PATIENCE, Served, ask, serve

if TYPE_CHECKING:
    from playwright.sync_api import Browser

_SCHEDULES = """
{ schedulesOrError(
    repositorySelector: {repositoryName: "__repository__", repositoryLocationName: "dagster_project.definitions"}
) { ... on Schedules { results { name scheduleState { id status } } } } }
"""
_STOP = """mutation { stopRunningSchedule(id: "%s") { __typename ... on PythonError { message } } }"""
_JSON = "application/json"


# --- who is answered, decided before Dagster sees it --------------------------------------------------------


@pytest.fixture(scope="module")
def guarded() -> Iterator[int]:
    """Serve an application that answers whatever reaches it, guarded as the UI is; returns the port."""
    import uvicorn
    from starlette.applications import Starlette
    from starlette.responses import PlainTextResponse
    from starlette.routing import Route, WebSocketRoute

    from dagster_project import web  # Dagster is not needed by the other tests

    async def reached(_request: object) -> PlainTextResponse:
        return PlainTextResponse("reached")

    async def connected(socket: object) -> None:
        await socket.accept()  # type: ignore[attr-defined]
        await socket.close()  # type: ignore[attr-defined]

    routes = [WebSocketRoute("/graphql", connected), Route("/{path:path}", reached, methods=["GET", "POST"])]
    with socket.create_server(("127.0.0.1", 0)) as listening:
        config = uvicorn.Config(web.guarded(Starlette(routes=routes)), log_level="error")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        yield listening.getsockname()[1]
        server.should_exit = True
        thread.join(PATIENCE)


#: What is asked, with which headers, and the answer: 200 where the application itself is reached.
_ASKED: list[tuple[str, str | None, Mapping[str, str], int]] = [
    # This machine by each of its names, with any port; but by no name that somebody else led to it.
    *(
        ("/runs", None, {"Host": host}, 200) for host in ("localhost", "LOCALHOST:8", "127.0.0.1:{port}", "[::1]:3000")
    ),
    *(
        ("/runs", None, {"Host": host}, 400)
        for host in (
            "evil.example", "evil.example:3000", "localhost.evil.example", "127.0.0.1.evil.example", "10.0.0.1", ""
        )
    ),
    # The UI's own page, and no page of another origin, be it one of this machine.
    (
        "/graphql", "{}",
        {"Origin": "http://localhost:{port}", "Host": "localhost:{port}", "Content_Type": f"{_JSON}; charset=utf-8"},
        200,
    ),
    *(
        ("/report_asset_materialization/release", body, {"Origin": origin}, 403)
        for body in (None, "{}")
        for origin in (
            "http://evil.example", "null", "http://127.0.0.1:8888", "http://127.0.0.1", "https://localhost", ""
        )
    ),
    # The page on which queries are typed is shown; GraphQL is asked by a POST of JSON, and by nothing that a browser
    # sends unasked.
    ("/graphql", None, {"Accept": "text/html"}, 200),
    ("/graphql?query=mutation{x}", None, {"Accept": "*/*"}, 405),
    ("/graphql/?query=mutation{x}", None, {"Accept": "*/*"}, 405),
    ("/graphql", "{}", {"Content_Type": "text/plain"}, 415),
    ("/graphql", "{}", {"Content_Type": "text/plain; application/json"}, 415),
    ("/graphql?query=mutation{x}", "", {"Content_Type": "application/x-www-form-urlencoded"}, 415),
    ("/graphql", "{}", {"Content_Type": "application/graphql"}, 415),
]  # fmt: skip


@pytest.mark.parametrize(("path", "body", "headers", "status"), _ASKED)
def test_only_what_this_machine_and_the_uis_own_page_ask_is_answered(
    guarded: int, path: str, body: str | None, headers: Mapping[str, str], status: int
) -> None:
    sent = {name: text.format(port=guarded) for name, text in headers.items()}
    answer, text = ask(guarded, path, body, **sent)
    assert (answer, "reached" in text) == (status, status == 200)


@pytest.mark.parametrize(
    ("origin", "is_connected"), [("http://evil.example", False), ("http://127.0.0.1:{port}", True)]
)
def test_a_websocket_is_opened_to_the_uis_own_page_alone(guarded: int, origin: str, is_connected: bool) -> None:
    with socket.create_connection(("127.0.0.1", guarded), timeout=PATIENCE) as connection:
        lines = [
            "GET /graphql HTTP/1.1", f"Host: 127.0.0.1:{guarded}", f"Origin: {origin.format(port=guarded)}",
            "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "", "",
        ]  # fmt: skip
        connection.sendall("\r\n".join(lines).encode())
        answer = connection.recv(100).decode("latin-1")
    assert answer.startswith("HTTP/1.1 101" if is_connected else "HTTP/1.1 403")


def test_a_proxys_name_is_allowed_by_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(serving.HOSTS_VARIABLE, "jobmaal.example.dk, *.intern.example.dk")
    assert serving.allowed_hosts() == [*serving.OWN_HOSTS, "jobmaal.example.dk", "*.intern.example.dk"]


@pytest.mark.parametrize("name", ["*", "https://jobmaal.example.dk", "jobmaal.example.dk:3000", "a.*.dk", "a b"])
def test_a_name_that_is_none_or_would_allow_everybody_is_named(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(serving.HOSTS_VARIABLE, f"ok.example.dk,{name}")
    with pytest.raises(JobmaalError, match=r"such as jobmaal\.example\.dk") as error:
        serving.allowed_hosts()
    assert f"'{name}' is none" in str(error.value)


# --- the real UI --------------------------------------------------------------------------------------------


def schedules(served: Served, what: str) -> dict[str, str]:
    """Return the `id` or the `status` of each schedule."""
    found = served.graphql(_SCHEDULES)["schedulesOrError"]["results"]
    return {schedule["name"]: schedule["scheduleState"][what] for schedule in found}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve the UI in which everything may be changed, as `jobmaal serve` does."""
    with serve(copy_project_seeds(tmp_path_factory.mktemp("web")), "web") as ui:
        yield ui


@pytest.fixture(scope="module")
def read_only(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve the UI as the server's unit does."""
    with serve(copy_project_seeds(tmp_path_factory.mktemp("read_only")), "web", "--read-only") as ui:
        yield ui


def stopping(served: Served) -> str:
    """Return the mutation that stops the nightly schedule."""
    return _STOP % schedules(served, "id")["nightly_schedule"]


@pytest.mark.slow
def test_neither_a_foreign_name_nor_a_form_nor_a_link_stops_a_schedule_of_the_real_ui(served: Served) -> None:
    stop = stopping(served)
    content, link = json.dumps({"query": stop}), "/graphql?query=" + urllib.request.quote(stop)
    asked = [
        ask(served.port, body=content, Content_Type=_JSON, Host="evil.example"),
        ask(served.port, body=content, Content_Type=_JSON, Origin="http://evil.example"),
        ask(served.port, body=content, Content_Type="text/plain"),
        ask(served.port, link, body="", Content_Type="text/plain"),
        ask(served.port, link),
    ]
    assert [status for status, _ in asked] == [400, 403, 415, 415, 405]
    assert set(schedules(served, "status").values()) == {"RUNNING"}


@pytest.mark.slow
def test_the_read_only_ui_shows_everything_and_stops_nothing(read_only: Served) -> None:
    assert set(schedules(read_only, "status")) == {"nightly_schedule", "morning_schedule"}
    done = read_only.graphql(stopping(read_only))
    assert done["stopRunningSchedule"]["__typename"] == "UnauthorizedError"
    assert set(schedules(read_only, "status").values()) == {"RUNNING"}


#: What a page tries: to read by fetch, to write by fetch and by a form, and to mutate over a websocket.
_ATTACK = """
async ([target, stop]) => {
    const tried = {}
    const attempt = async (name, what) => {
        try { tried[name] = await what() } catch (error) { tried[name] = "failed" }
    }
    await attempt("read", async () => {
        const query = JSON.stringify({query: "{ runsOrError { __typename } }"})
        const options = {method: "POST", headers: {"Content-Type": "application/json"}, body: query}
        return await (await fetch(target + "/graphql", options)).text()
    })
    await attempt("write", async () => {
        const options = {method: "POST", mode: "no-cors", headers: {"Content-Type": "text/plain"}}
        await fetch(target + "/graphql?query=" + encodeURIComponent(stop), {...options, body: ""})
        await fetch(target + "/graphql", {...options, body: JSON.stringify({query: stop})})
        await fetch(target + "/graphql?query=" + encodeURIComponent(stop), {mode: "no-cors"})
        return "sent"
    })
    await attempt("socket", () => new Promise(resolve => {
        const socket = new WebSocket(target.replace("http", "ws") + "/graphql", "graphql-ws")
        socket.onopen = () => resolve("open")
        socket.onerror = () => resolve("refused")
    }))
    return tried
}
"""


@contextmanager
def page_elsewhere() -> Iterator[int]:
    """Serve a page of another origin, which lists a folder; gives its port."""
    with ThreadingHTTPServer(("127.0.0.1", 0), SimpleHTTPRequestHandler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


@pytest.mark.slow
def test_a_page_of_another_origin_reads_and_changes_nothing_in_a_real_browser(browser: Browser, served: Served) -> None:
    with page_elsewhere() as port:
        for name in ("127.0.0.1", "localhost"):
            page = browser.new_page()
            page.goto(f"http://{name}:{port}/")
            tried = page.evaluate(_ATTACK, [f"http://127.0.0.1:{served.port}", stopping(served)])
            assert tried == {"read": "failed", "write": "sent", "socket": "refused"}
            page.close()
    assert set(schedules(served, "status").values()) == {"RUNNING"}


@pytest.mark.slow
def test_a_name_led_to_this_machine_reads_nothing_in_a_real_browser(browser: Browser, served: Served) -> None:
    target, page = f"http://rebound.example:{served.port}", browser.new_page()
    # The browser takes the page for one of the same origin, so it lets it read whatever is answered.
    response = page.goto(f"{target}/")
    assert response is not None
    assert response.status == 400
    tried = page.evaluate(_ATTACK, [target, stopping(served)])
    page.close()
    assert tried == {"read": "Invalid host header", "write": "sent", "socket": "refused"}
    assert set(schedules(served, "status").values()) == {"RUNNING"}


@pytest.mark.slow
def test_the_uis_own_page_works_in_a_real_browser_and_stops_a_schedule(browser: Browser, served: Served) -> None:
    page = browser.new_page()
    page.goto(f"http://localhost:{served.port}/automation")
    page.get_by_text("nightly_schedule").first.wait_for(timeout=PATIENCE * 1000)
    stop = """async stop => await (await fetch("/graphql", {method: "POST",
        headers: {"Content-Type": "application/json"}, body: JSON.stringify({query: stop})})).text()"""
    assert "ScheduleStateResult" in page.evaluate(stop, stopping(served))
    assert schedules(served, "status")["nightly_schedule"] == "STOPPED"
    page.close()
