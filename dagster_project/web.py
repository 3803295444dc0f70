"""Dagster's webserver behind a check of who asks: its own pages, and programs of this machine, reach it; others do not.

Belongs here: which requests Dagster sees, and starting its webserver. Does not: what the daemon does, and how both are
kept running (`serving`).

Dagster asks nobody who they are, so every page that is open in a browser on this machine could read runs and stop
schedules: by a name that leads to this machine (DNS rebinding), by a form, by a link.
"""

from __future__ import annotations

import click
import uvicorn
from dagster import DagsterInstance
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import ModuleTarget
from dagster_webserver.cli import (
    DEFAULT_DB_STATEMENT_TIMEOUT,
    DEFAULT_POOL_MAX_OVERFLOW,
    DEFAULT_POOL_RECYCLE,
)
from dagster_webserver.version import __version__
from dagster_webserver.webserver import DagsterWebserver
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from dagster_project.serving import LOOPBACK, allowed_hosts
from jobmaal.core.layout import PROJECT

_GRAPHQL = "/graphql"


class SameOriginMiddleware:
    """Refuse what a page of another origin asks for, and GraphQL that is not a POST of JSON.

    A browser names the page's origin with whatever could change something, and with every websocket. It sends JSON to
    another origin only after asking, which Dagster refuses; any other form it sends unasked.
    """

    def __init__(self, app: ASGIApp) -> None:
        """Guard an application."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what is allowed, and answer the rest."""
        refusal = _refusal(scope) if scope["type"] in ("http", "websocket") else None
        if refusal is None:
            await self._app(scope, receive, send)
        else:
            await refusal(scope, receive, send)


def _refusal(scope: Scope) -> PlainTextResponse | None:
    headers = Headers(scope=scope)
    origin = headers.get("origin")
    # `null` is the origin of a page that hides its own.
    if origin is not None and origin.partition("://")[2].lower() != headers.get("host", "").lower():
        return PlainTextResponse("Pages of another origin may not use this.", 403)
    if scope["type"] == "websocket" or not scope["path"].rstrip("/").endswith(_GRAPHQL):
        return None
    if scope["method"] != "POST":
        # The page on which queries are typed asks for nothing yet.
        is_page = scope["method"] == "GET" and "text/html" in headers.get("accept", "")
        return None if is_page else PlainTextResponse("GraphQL is asked by POST.", 405, {"Allow": "POST"})
    # Dagster looks for these letters anywhere, and `text/plain; application/json` is sent unasked.
    if headers.get("content-type", "").split(";")[0].strip().lower() != "application/json":
        return PlainTextResponse("GraphQL is asked in JSON (Content-Type: application/json).", 415)
    return None


def guards() -> list[Middleware]:
    """Return what every request passes before Dagster sees it. Raises JobmaalError for a wrong setting."""
    return [
        Middleware(TrustedHostMiddleware, allowed_hosts=allowed_hosts(), www_redirect=False),
        Middleware(SameOriginMiddleware),
    ]


class Webserver(DagsterWebserver[WorkspaceProcessContext, object]):  # type: ignore[type-var]
    """Dagster's webserver, guarded."""

    def build_middleware(self) -> list[Middleware]:
        """Put the guards before everything."""
        return [*guards(), *super().build_middleware()]

    def make_security_headers(self) -> dict[str, str]:
        """Keep other pages from showing this one in a frame, where a click could be led astray."""
        return {**super().make_security_headers(), "X-Frame-Options": "DENY"}


@click.command()
@click.option("--port", type=int, required=True)
@click.option("--fd", type=int, help="Listen on this socket, which the parent process has opened.")
@click.option("--read-only", is_flag=True)
def main(port: int, fd: int | None, read_only: bool) -> None:
    """Run the webserver until it is stopped."""
    with DagsterInstance.get() as instance:
        instance.optimize_for_webserver(DEFAULT_DB_STATEMENT_TIMEOUT, DEFAULT_POOL_RECYCLE, DEFAULT_POOL_MAX_OVERFLOW)
        code = ModuleTarget("dagster_project.definitions", None, working_directory=str(PROJECT), location_name=None)
        with WorkspaceProcessContext(instance, code, version=__version__, read_only=read_only) as context:
            app = Webserver(context).create_asgi_app()
            uvicorn.run(app, host=LOOPBACK, port=port, fd=fd, log_level="warning")


if __name__ == "__main__":
    main()
