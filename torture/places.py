"""The named places at which a refresh is killed or finds the disk full, and the process that it happens to.

Belongs here: where each place is and how it is reached without changing the code. Does not: what must hold
afterwards (`kills`, `ground`). `python -m torture.places NAME COMMAND...` runs the command and dies at the place; with
`--fill FILE` before the name it fills the disk that the file is on and goes on; with `--mark` in place of the name it
passes every place and notes it for a recording. The command is one of jobmaal's, or `copy FOLDER`, which publishes the
model that was taken there.
"""

import importlib
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial, reduce
from pathlib import Path
from typing import Any, NoReturn

from jobmaal.core.layout import Layout
from torture import ground, recording

REFRESH = ("refresh", "--force")
LAND = ("land", "saved")
FETCH = ("fetch", "--table", "y25i01", "--rate", "0")
#: In place of one of jobmaal's commands: publish the model that is in a folder.
COPY = "copy"
ROLLBACK = ("rollback",)


def _always(*_: Any) -> bool:
    return True


@dataclass(frozen=True)
class Place:
    """A call at which the process dies.

    `where` is `module:name`, as the code under torture looks it up; of the calls that `is_meant` accepts, it is the
    one numbered `call`. It dies before that call, after it, or once `partly` has done a part of the call's work.
    `without` is a file of the data folder that is removed first, as where the command runs for the first time.
    """

    name: str
    where: str
    when: str = "before"
    call: int = 1
    is_meant: Callable[..., bool] = _always
    partly: Callable[..., None] | None = None
    command: tuple[str, ...] = REFRESH
    without: str = ""


def die() -> NoReturn:
    """End this process as a power cut would."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("a killed process went on")


def fill(file: Path) -> None:
    """Leave no room on the disk that the file is on."""
    with file.open("ab", buffering=0) as ballast, suppress(OSError):
        while True:
            ballast.write(bytes(1 << 20))
    with file.open("ab", buffering=0) as ballast, suppress(OSError):
        while True:
            ballast.write(bytes(1 << 9))


def arm(place: Place, act: Callable[[], None] = die) -> None:
    """Let it happen at the place; this process ends there, unless it is given something else to do."""
    module, _, path = place.where.partition(":")
    *way, last = path.split(".")
    owner: Any = reduce(getattr, way, importlib.import_module(module))
    original, calls = getattr(owner, last), 0

    def replaced(*args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        is_meant = place.is_meant(*args)
        calls += is_meant
        if not is_meant or calls != place.call:
            return original(*args, **kwargs)
        if place.partly is not None:
            place.partly(*args)
        elif place.when == "after":
            done = original(*args, **kwargs)
            act()
            return done
        act()
        return original(*args, **kwargs)

    setattr(owner, last, replaced)


# --- parts of a call's work -----------------------------------------------------------------------------


def _write_half(path: Path, text: str) -> None:
    path.write_bytes(text.encode()[: len(text) // 2])


def _write_nothing(path: Path, _: str) -> None:
    path.write_bytes(b"")


def _remove_files_first(folder: Path) -> None:
    """Remove a folder's own files and no folder in it: in which order they go is the file system's choice."""
    for path in Path(folder).rglob("*"):
        if path.is_file():
            path.unlink()


def _remove_one_file(folder: Path) -> None:
    next(path for path in Path(folder).rglob("*") if path.is_file()).unlink()


def _is_sidecar_of_data(path: Path, *_: Any) -> bool:
    return Path(path).name.endswith(".data.request.json")


def _is_named(name: str) -> Callable[..., bool]:
    return lambda path, *_: Path(path).name == name


def _is_leaving(path: Path, *_: Any) -> bool:
    return Path(path).name.startswith(".leaving-")


def _is_old_work(path: Path, *_: Any) -> bool:
    return Path(path).name == ".work.leaving" and Path(path).exists()


def _is_step(name: str) -> Callable[..., bool]:
    return lambda step, _: step == name


def _leads_to_current(_: Path, target: Path) -> bool:
    return Path(target).name == "current"


#: On the way to the gate.
BUILDING = (
    Place(
        "Dagster's settings begun", "pathlib:Path.write_bytes", is_meant=_is_named(".dagster.yaml.part"),
        partly=_write_nothing, without="dagster/dagster.yaml",
    ),
    Place("the work folder half cleared", "shutil:rmtree", is_meant=_is_old_work, partly=_remove_files_first),
    Place("build.json half written", "pathlib:Path.write_text", is_meant=_is_named("build.json"), partly=_write_half),
    Place("the input tables loaded", "jobmaal.raw:write", "after"),
    Place("the series loaded", "jobmaal.jobindsats.cells:load", "after"),
    Place("in the middle of dbt's build", "jobmaal.core.progress:running", call=15, is_meant=_is_step("build")),
    Place("the models built", "dagster_project.dbt_graph:build", "after"),
    Place("in the middle of dbt's tests", "jobmaal.core.progress:running", call=100, is_meant=_is_step("check")),
    Place("dbt's tests run", "dagster_project.dbt_graph:check", "after"),
    Place("while the expectations run", "expectations.process:start", "after"),
    Place("the outcomes of one check kept, not of the next", "jobmaal.core.outcomes:save", "after", call=2),
)  # fmt: skip
#: Behind the gate; reached by publishing a copy, too.
PUBLISHING = (
    Place("the changes counted", "jobmaal.releases.changes:compare", "after"),
    Place("in the middle of Parquet", "jobmaal.releases.parquet:write_state"),
    Place("the pages of the report there, its charts not", "jobmaal.outputs.report.vega:runtime"),
    Place("before the page of checks", "jobmaal.releases.publish:write_page"),
    Place("manifest half written", "pathlib:Path.write_text", is_meant=_is_named("manifest.json"), partly=_write_half),
    Place("in the middle of flushing", "jobmaal.releases.publish:flush", call=9),
    Place("before the folder moves", "jobmaal.releases.publish:_move_into_place"),
    Place("before the link is made", "jobmaal.releases.publish:point_to"),
    Place("the new link not yet in place", "pathlib:Path.replace", is_meant=_leads_to_current),
    Place("after the link moved", "jobmaal.releases.publish:point_to", "after"),
    Place("a release leaving, not yet removed", "shutil:rmtree", is_meant=_is_leaving),
    Place("a release leaving, half removed", "shutil:rmtree", is_meant=_is_leaving, partly=_remove_one_file),
)  # fmt: skip
#: In commands other than a refresh.
OTHERS = (
    Place("rollback: pinned, link not moved", "jobmaal.releases.catalogue:point_to", command=ROLLBACK),
    Place("rollback: the pin begun", "pathlib:Path.write_bytes", is_meant=_is_named(".pinned.part"),
          partly=_write_nothing, command=ROLLBACK),
    Place("landing: a body without its sidecar", "jobmaal.core.files:write", is_meant=_is_sidecar_of_data,
          command=LAND),
    Place("landing: a response landed", "jobmaal.jobindsats.landing:Landing.land", "after", call=1, command=LAND),
    Place("fetching: a response under way", "urllib3.response:HTTPResponse.read", call=3, command=FETCH),
    Place(
        "fetching: a response that has not landed", "jobmaal.jobindsats.refusal.history:History.check", "after",
        command=FETCH,
    ),
)  # fmt: skip
#: Stands for no place: the command runs to its end, or is killed from outside.
NOWHERE = "-"
#: Stands for all of them: the command notes each that it comes to, and goes on.
MARK = "--mark"
PLACES = (*OTHERS, *BUILDING, *PUBLISHING)


def main() -> None:
    """Run a command in this process, and let it happen at the place."""
    given = sys.argv[1:]
    act: Callable[[], None] = die
    if given[0] == "--fill":
        act, given = partial(fill, Path(given[1])), given[2:]
    name, *command = given
    if name == MARK:
        for place in PLACES:
            arm(place, partial(recording.mark, place.name))
    elif name != NOWHERE:
        arm(next(place for place in PLACES if place.name == name), act)
    if command[0] == COPY:
        layout, model = Layout.from_environment(), ground.read_model(Path(command[1]))
        ground.publish_copy(layout, model, ground.new_build(layout, model))
        return
    from jobmaal.cli import main as jobmaal  # after the place is armed

    jobmaal(command)


if __name__ == "__main__":
    main()
