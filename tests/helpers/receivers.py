"""Receivers of alerts: a real mail server and a real webhook on this machine, which can refuse on demand.

Belongs here: receiving. Does not: any assertion about what is received.
"""

import email
import email.policy
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword


class _AnyPort(Controller):
    """A mail server on any free port; the library would check whether the port that it was given answers."""

    def _trigger_server(self) -> None:
        assert self.server is not None
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@dataclass(frozen=True)
class Alert:
    """What arrived."""

    title: str
    body: str


@dataclass
class Receiver:
    """Where to send to, and what has arrived; `refusals` messages more are refused."""

    address: str = ""
    arrived: list[Alert] = field(default_factory=list)
    refusals: int = 0
    tries: int = 0

    def is_refusing(self) -> bool:
        """Count a try, and check whether it is to be refused."""
        self.tries += 1
        self.refusals -= 1
        return self.refusals >= 0


@contextmanager
def webhook(secret: str = "") -> Iterator[Receiver]:
    """Receive what is posted as JSON; the address holds the secret as a password."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            content: dict[str, Any] = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            is_refused = receiver.is_refusing()
            if not is_refused:
                receiver.arrived.append(Alert(content["title"], content["message"]))
            self.send_response(503 if is_refused else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Stay silent."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        user = f"jobmaal:{secret}@" if secret else ""
        receiver.address = f"json://{user}127.0.0.1:{server.server_port}/hook"
        yield receiver
        server.shutdown()


@contextmanager
def mail_server(secret: str) -> Iterator[Receiver]:
    """Receive mail from senders who know the password."""
    receiver = Receiver()

    class Handler:
        async def handle_DATA(self, _server: object, _session: object, envelope: Any) -> str:  # noqa: N802
            if receiver.is_refusing():
                return "451 not now"
            message = email.message_from_bytes(envelope.content, policy=email.policy.default)
            assert isinstance(message, EmailMessage)
            body = message.get_body(("plain", "html"))
            receiver.arrived.append(Alert(str(message["Subject"]), str(body.get_content()) if body else ""))
            return "250 OK"

    def is_known(_server: object, _session: object, _envelope: object, _how: str, login: object) -> AuthResult:
        return AuthResult(success=isinstance(login, LoginPassword) and login.password == secret.encode())

    controller = _AnyPort(
        Handler(), hostname="127.0.0.1", port=0, authenticator=is_known, auth_required=True, auth_require_tls=False
    )
    controller.start()
    try:
        receiver.address = f"mailto://jobmaal:{secret}@127.0.0.1:{controller.port}?from=jobmaal@example.org&to=data@example.org&mode=insecure"
        yield receiver
    finally:
        controller.stop()
