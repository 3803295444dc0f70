"""The checks in a process of their own, which gets ready while the warehouse is being built.

Great Expectations takes three seconds to import; on a second core they cost nothing. The process ends
when its standard input does, so it does not outlive whoever started it.

Belongs here: starting the process and talking to it. Does not: running checks (`expectations.runner`).
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Sequence

from jobmaal.core.outcomes import Outcome

_waiting: list[subprocess.Popen[str]] = []


def get_ready() -> None:
    """Start the process, unless one is waiting already."""
    if not _waiting:
        command = [sys.executable, "-P", "-m", "expectations"]
        # The folder of the command may hold another package of that name (-P); so may PYTHONPATH, behind the project's.
        _waiting.append(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))


def start(names: Sequence[str]) -> Callable[[], list[Outcome]]:
    """Start the named checks; the call that comes back waits for their outcomes.

    Until then nobody may open the databases for writing. Raises RuntimeError where the process broke down.
    """
    get_ready()
    process = _waiting.pop()
    assert process.stdin is not None
    process.stdin.write(json.dumps(list(names)))
    process.stdin.close()
    process.stdin = None

    def wait() -> list[Outcome]:
        told, _ = process.communicate()
        if process.returncode != 0:
            raise RuntimeError(f"the checks broke down: {told.strip() or 'what they said stands above'}")
        return [Outcome(**outcome) for outcome in json.loads(told)]

    return wait


def dismiss() -> None:
    """End a process that is waiting for a run that will not come."""
    for process in _waiting:
        process.communicate()
    _waiting.clear()
