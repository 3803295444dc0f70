"""The checks in a process of their own, which gets ready while the warehouse is being built.

Great Expectations takes three seconds to import; on a second core they cost nothing. The process ends when its standard
input does, so it does not outlive the one that started it.

Belongs here: starting the process and talking to it. Does not: running checks (`expectations.runner`).
"""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from jobmaal.core.outcomes import Outcome

_waiting: list[subprocess.Popen[str]] = []


@contextmanager
def ready() -> Iterator[None]:
    """Let a process wait for the names of checks, and end it if none have come."""
    _get_ready()
    try:
        yield
    finally:
        while _waiting:
            _waiting.pop().communicate()


def _get_ready() -> None:
    if not _waiting:
        # The folder of the command may hold another package of that name (-P); so may PYTHONPATH, behind the project's.
        command = [sys.executable, "-P", "-m", "expectations.runner"]
        _waiting.append(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))


def start(names: Sequence[str]) -> Callable[[], list[Outcome]]:
    """Start the named checks; the function returned waits for their outcomes.

    Until then nobody may open the databases for writing. Raises RuntimeError where the process broke down.
    """
    _get_ready()
    process = _waiting.pop()
    assert process.stdin is not None
    process.stdin.write(json.dumps(list(names)))
    process.stdin.close()
    process.stdin = None

    def wait() -> list[Outcome]:
        output, _ = process.communicate()
        if process.returncode != 0:
            raise RuntimeError(f"the checks broke down: {output.strip() or 'the reason is in the lines above'}")
        return [Outcome(**outcome) for outcome in json.loads(output)]

    return wait
