"""Dagster's webserver behind a check of who asks: its own pages, and programs of this machine, reach it; others do not.

Belongs here: which requests Dagster sees, and starting its webserver. Does not: what the daemon does, and how both are
kept running (`serving`).

Dagster asks nobody who they are, so every page that is open in a browser on this machine could read runs and stop
schedules: by a name that leads to this machine (DNS rebinding), by a form, by a link.
"""

from typing import Any

import click
import uvicorn
from dagster_webserver.cli import dagster_webserver
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from dagster_project.serving import CODE, LOOPBACK, allowed_hosts

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


def guarded(app: Starlette) -> Starlette:
    """Put the guards before an application. Raises JobmaalError for a wrong setting."""
    app.add_middleware(SameOriginMiddleware)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=allowed_hosts(), www_redirect=False)
    return app


@click.command()
@click.option("--port", type=int, required=True)
@click.option("--fd", type=int, help="Listen on this socket, which the parent process has opened.")
@click.option("--read-only", is_flag=True)
def main(port: int, fd: int | None, read_only: bool) -> None:
    """Run Dagster's own command until it is stopped, with the guards before the application that it serves."""
    serve = uvicorn.run

    def serve_guarded(app: Any, **settings: Any) -> None:
        # No other page may show this one in a frame, where a click could be misled.
        serve(guarded(app), fd=fd, headers=[("X-Frame-Options", "DENY")], **settings)

    command = ["--host", LOOPBACK, "--port", str(port), "--dagster-log-level", "warning", *CODE]
    # What Dagster's command ends in; it has no option for a guard, nor for a socket that is open already.
    uvicorn.run = serve_guarded
    dagster_webserver.main(command + (["--read-only"] if read_only else []))


if __name__ == "__main__":
    main()
