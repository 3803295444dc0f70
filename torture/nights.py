"""Killing webserver, daemon and all that they run in the middle of a night, and seeing that the next one is in order.

Belongs here: when all of it is killed, and what the next start finds. Does not: what must always hold (`ground`).
Run it with `python -m torture.nights`; it writes `torture/results/nights.json`.

Each night is the real thing: `jobmaal serve`, its schedule at a minute that is near, a kill -9 of every process at a
moment drawn from the length of a refresh, a second `jobmaal serve` at another near minute, and a release from that.
"""

import argparse
import datetime as dt
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

from dagster_project import hours
from jobmaal.core.layout import Layout
from jobmaal.releases import catalogue
from torture import ground

#: The daemon looks at the clock some seconds after it was started.
_START_SECONDS = 40
_PORT = 34568


@dataclass
class Night:
    """A night that was cut off: how long its run had run, what was current then, and what was wrong afterwards."""

    seconds: float
    current: str = ""
    wrong: list[str] = field(default_factory=list)


def main() -> None:
    """Cut nights off, write the report; end with 1 where something was lost."""
    options = _options()
    started, chance = time.monotonic(), random.Random(options.seed)
    nights = []
    with tempfile.TemporaryDirectory(prefix="jobmaal-nights-") as folder:
        layout = ground.prepare(Path(folder))
        seconds = _undisturbed(layout)
        for number in range(1, options.count + 1):
            nights.append(_night(layout, number, chance.uniform(0, seconds)))
            ground.log(f"night {number} of {options.count}: {nights[-1]}")
    lost = [wrong for night in nights for wrong in night.wrong]
    content = {"seed": options.seed, "nights": len(nights), "each": [asdict(night) for night in nights]}
    sys.exit(ground.write_report("nights", started, content, lost))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m torture.nights", description="Kill all of it in the night.")
    parser.add_argument("--count", type=int, default=3, help="nights to cut off (default 3)")
    parser.add_argument("--seed", type=int, default=20260819, help="of the random moments")
    return parser.parse_args()


def _undisturbed(layout: Layout) -> float:
    ground.change_input(layout, 0)
    started = time.monotonic()
    done = ground.jobmaal(layout, "refresh")
    assert done.returncode == 0, done.stderr
    return time.monotonic() - started


def _night(layout: Layout, number: int, seconds: float) -> Night:
    night = Night(round(seconds, 1))
    before = ground.stand(layout, ground.change_input(layout, number))
    with _serving(layout):
        if not _wait(lambda: layout.lock.with_suffix(".holder").exists()):
            night.wrong.append("the schedule started nothing")
        time.sleep(seconds)
    night.current = "old" if catalogue.current_id(layout) == before.build_id else "new"
    night.wrong += ground.violations(layout, before)
    # Where the first night came to its end, the second needs something new.
    before = ground.stand(layout, ground.change_input(layout, 1000 + number))
    with _serving(layout) as served:
        if not _wait(lambda: catalogue.current_id(layout) != before.build_id):
            night.wrong.append("the night after published nothing")
        _wait(lambda: not layout.lock.with_suffix(".holder").exists())
        served.send_signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            served.wait(ground.PATIENCE)
        if served.returncode != 0:
            night.wrong.append(f"serving ended with {served.returncode}")
    night.wrong += [f"after the night after: {wrong}" for wrong in ground.violations(layout, before)]
    return night


@contextmanager
def _serving(layout: Layout) -> Iterator[subprocess.Popen[bytes]]:
    """Serve with the nightly job at the next minute that the daemon will be awake for."""
    at = dt.datetime.now(ZoneInfo(hours.ZONE)) + dt.timedelta(seconds=60 + _START_SECONDS)
    variables = ground.environment(layout) | {hours.HOUR_VARIABLE: f"{at:%H:%M}"}
    with (layout.data.parent / "serve.log").open("wb") as log:
        command = [str(ground.COMMAND), "serve", "--port", str(_PORT)]
        served = subprocess.Popen(command, env=variables, cwd=layout.data.parent, stdout=log, stderr=log)
        try:
            yield served
        finally:
            _kill_all(layout)
            served.wait()


def _kill_all(layout: Layout) -> None:
    """Kill every process that works with these folders, as a power cut does."""
    mark = f"JOBMAAL_DATA={layout.data}".encode()
    for path in Path("/proc").glob("[0-9]*"):
        with suppress(OSError, ValueError):
            if mark in (path / "environ").read_bytes().split(b"\0") and int(path.name) != os.getpid():
                os.kill(int(path.name), signal.SIGKILL)


def _wait(is_so: Callable[[], bool]) -> bool:
    until = time.monotonic() + ground.PATIENCE
    while not is_so():
        if time.monotonic() > until:
            return False
        time.sleep(0.2)
    return True


if __name__ == "__main__":
    main()
