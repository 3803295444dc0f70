"""`jobmaal serve` as somebody starts it, and asking its webserver.

Belongs here: starting, waiting, asking, and ending. Does not: any assertion of what is answered.
"""

import json
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jobmaal.core.layout import Layout
from tests.conftest import COMMAND, environment_of

#: What takes longer than this many seconds, on a machine that has other things to do as well, hangs.
PATIENCE = 420


def ask(port: int, path: str = "/graphql", body: str | None = None, **headers: str) -> tuple[int, str]:
    """Ask, and return the status and the text of the answer."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", None if body is None else body.encode(), named)
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


@dataclass(frozen=True)
class Served:
    """A webserver that was started, where it listens and what it has said."""

    port: int
    log: Path
    process: subprocess.Popen[bytes]

    def graphql(self, query: str) -> Any:
        """Ask as the UI's own page does, and return the data of the answer."""
        origin = f"http://127.0.0.1:{self.port}"
        body = json.dumps({"query": query})
        status, text = ask(self.port, body=body, Content_Type="application/json", Origin=origin)
        assert status == 200, text
        return json.loads(text)["data"]

    def wait_until(self, is_there: Callable[[], bool]) -> None:
        """Wait for something to come, while the server lives."""
        until = time.monotonic() + PATIENCE
        while not is_there():
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < until, self.log.read_text()
            time.sleep(0.5)

    def answers(self) -> bool:
        """Check whether the webserver is there."""
        try:
            return ask(self.port, "/server_info")[0] == 200
        except OSError:
            return False


@contextmanager
def serve(layout: Layout, *options: str, stop: int = signal.SIGTERM, **variables: str) -> Iterator[Served]:
    """Serve until the end of the block. Both processes have to end well; the webserver alone ends by the signal."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    path = layout.data.parent / "serve.log"
    with path.open("w") as log:
        process = subprocess.Popen(
            [str(COMMAND), "serve", *options, "--port", str(port)], env=environment_of(layout) | variables,
            cwd=layout.data.parent, stdout=log, stderr=log,
        )  # fmt: skip
    served = Served(port, path, process)
    try:
        served.wait_until(served.answers)
        yield served
    finally:
        process.send_signal(stop)
        code = process.wait(PATIENCE)
    assert code == 0 or options, path.read_text()
    assert "Traceback" not in path.read_text()
