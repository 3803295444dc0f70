"""Releases: which there are, which is current, whether one is whole, going back to one.

Belongs here: reading `data/releases` and moving the link `data/current`. Does not: making a release
(`publish`). Imports little, since the nightly "nothing has changed" waits for it.
"""

import datetime as dt
import itertools
import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jobmaal.core import files, progress, sealed
from jobmaal.core.errors import NoReleaseError
from jobmaal.core.layout import Layout

MANIFEST = "manifest.json"
WAREHOUSE = "warehouse.duckdb"
#: Number of releases that stay.
RELEASES_KEPT = 7
_MANIFEST_KEYS = {"build_id", "built_at", "contract", "input_sha256", "outputs", "changes", "checks", "rows"}
#: The fingerprint of a manifest stands in it, before everything else; those made before there was one begin otherwise.
_OWN_SHA256, _FIRST_KEY_BEFORE = "manifest_sha256", "build_id"
_BUILD_ID_RE = re.compile(r"^(\d{8}T\d{6})\d{0,6}Z-[0-9a-f]{8}$")
_SECOND = "%Y%m%dT%H%M%S"


def build_ids(layout: Layout) -> list[str]:
    """Return the ids of the releases, oldest first."""
    if not layout.releases.is_dir():
        return []
    return sorted(p.name for p in layout.releases.iterdir() if _BUILD_ID_RE.match(p.name))


def new_id(layout: Layout, at: dt.datetime, input_sha256: str) -> str:
    """Return the id of a build that begins now: its time, and later than every release.

    The order of the names is the order of publishing, which retiring and rolling back go by. So where the clock went
    back, or stood in the far future once, the name is later than the time; `built_at` is what the clock says.
    """
    later = [_second(build_id) + dt.timedelta(seconds=1) for build_id in build_ids(layout)]
    return f"{max([at, *later]):{_SECOND}%fZ}-{input_sha256[:8]}"


def _second(build_id: str) -> dt.datetime:
    found = _BUILD_ID_RE.match(build_id)
    assert found is not None, build_id
    return dt.datetime.strptime(found[1], _SECOND).replace(tzinfo=dt.UTC)


def current_id(layout: Layout) -> str | None:
    """Return the id of the release that readers see, if the link leads to one, intact or not."""
    try:
        name = layout.current.readlink().name
        return name if layout.current.samefile(layout.releases / name) else None
    except OSError:
        # No link, or one that leads nowhere, or in a circle.
        return None


def require_current(layout: Layout) -> str:
    """Return the id of the release that readers see. Raises NoReleaseError, which says what is wrong with the link."""
    build_id = current_id(layout)
    if build_id is None:
        raise NoReleaseError(_why_none(layout))
    return build_id


def require(layout: Layout, build_id: str | None) -> str:
    """Return the id of an existing release, the current one for None. Raises NoReleaseError."""
    if build_id is None:
        return require_current(layout)
    if build_id not in build_ids(layout):
        raise NoReleaseError(f"There is no release '{build_id}'. `jobmaal releases` lists them.")
    return build_id


def _why_none(layout: Layout) -> str:
    link, mends = layout.current, "`jobmaal refresh` brings it back"
    if link.is_symlink():
        return f"{link} leads to {link.readlink()}, where no release is. {mends}."
    if link.exists():
        what = "a folder" if link.is_dir() else "a file"
        return f"{link} is {what} and no link to a release. {mends}, and moves aside what is there."
    if build_ids(layout):
        return f"The link {link} is gone, though there are releases. {mends}."
    return "Nothing is published yet. `jobmaal refresh` does it."


def pinned_id(layout: Layout) -> str | None:
    """Return the id of the pinned release, if one is. A damaged pin counts as one."""
    return layout.pin.read_text(encoding="utf-8", errors="replace").strip() if layout.pin.is_file() else None


def read_manifest(layout: Layout, build_id: str) -> dict[str, Any]:
    """Read a release's manifest. Raises NoReleaseError."""
    path = layout.releases / build_id / MANIFEST
    try:
        text = path.read_text(encoding="utf-8")
        manifest = sealed.read(text, _OWN_SHA256, _FIRST_KEY_BEFORE)
        if not manifest.keys() >= _MANIFEST_KEYS:
            raise ValueError
    except (OSError, ValueError):
        if not path.parent.is_dir():
            raise NoReleaseError(f"There is no release '{build_id}'. `jobmaal releases` lists them.") from None
        fault = f"The manifest of release '{build_id}' is damaged or cannot be read: {path}"
        raise NoReleaseError(f"{fault}. `jobmaal refresh --force` makes a new release.") from None
    return manifest


def manifest_text(manifest: Mapping[str, Any]) -> str:
    """Return a manifest's text, with the fingerprint of all that it says before it."""
    return sealed.text(manifest, _OWN_SHA256)


def is_unchanged(layout: Layout, input_sha256: str) -> bool:
    """Check whether the current release is of exactly this input, and its files are there in full length."""
    build_id = current_id(layout)
    if build_id is None:
        return False
    folder = layout.releases / build_id
    try:
        manifest = read_manifest(layout, build_id)
        return manifest["input_sha256"] == input_sha256 and all(
            (folder / name).stat().st_size == output["bytes"] for name, output in manifest["outputs"].items()
        )
    except (NoReleaseError, OSError):
        # A damaged release is one to replace.
        return False


def damages(layout: Layout, build_id: str) -> list[str]:
    """Compare every file of a release with its manifest; return what differs. Raises NoReleaseError if it is gone."""
    folder = layout.releases / build_id
    try:
        outputs = read_manifest(layout, build_id)["outputs"]
    except NoReleaseError:
        if not folder.is_dir():
            raise
        return [f"{MANIFEST}: missing" if not os.path.lexists(folder / MANIFEST) else f"{MANIFEST}: damaged"]
    there = {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_symlink() or not p.is_dir()} - {MANIFEST}
    found = []
    for name, output in sorted(outputs.items()):
        try:
            if files.sha256(folder / name) != output["sha256"]:
                found.append(f"{name}: its content is not what was published")
        except FileNotFoundError:
            found.append(f"{name}: missing")
        except OSError as error:
            found.append(f"{name}: cannot be read ({error.strerror})")
    return found + [f"{name}: not in the manifest" for name in sorted(there - outputs.keys())]


def point_to(layout: Layout, build_id: str) -> None:
    """Make another release current, by one rename. What is there and is no link is not destroyed."""
    beside = layout.data / ".current.new"
    beside.unlink(missing_ok=True)
    beside.symlink_to(Path(layout.releases.name) / build_id)
    if not layout.current.is_symlink():
        _move_aside(layout.current)
    beside.replace(layout.current)
    files.flush(layout.data)


def _move_aside(path: Path) -> None:
    """Make room for the link where somebody has put something else."""
    if path.is_dir() and not any(path.iterdir()):
        path.rmdir()
    elif path.exists():
        aside = next(
            p for n in itertools.count(1) if not os.path.lexists(p := path.with_name(f"{path.name}.aside-{n}"))
        )
        path.rename(aside)
        progress.note(f"{path} was no link; what was there lies in {aside}")


def is_link_broken(layout: Layout) -> bool:
    """Check whether the link leads to no release though there are some, or a rollback was cut off before it moved."""
    current, pinned = current_id(layout), pinned_id(layout)
    return bool(build_ids(layout)) and (current is None or (pinned is not None and pinned != current))


def restore_link(layout: Layout) -> None:
    """Point a broken link to the pinned release, or else to the newest that is intact."""
    if not is_link_broken(layout):
        return
    current = current_id(layout)
    chosen = (pinned_id(layout), current, *reversed(build_ids(layout)))
    for build_id in (build_id for build_id in chosen if build_id is not None):
        if build_id == current:
            return
        if (layout.releases / build_id).is_dir() and not damages(layout, build_id):
            point_to(layout, build_id)
            progress.note(f"{layout.current} was broken; it leads to {build_id}")
            return


def roll_back(layout: Layout, build_id: str | None) -> str:
    """Make an earlier release current and pin it; the one before the current where none is named."""
    if build_id is None:
        current = require_current(layout)
        earlier = [i for i in build_ids(layout) if i < current]
        if not earlier:
            raise NoReleaseError("There is no release before the current one. `jobmaal releases` lists them.")
        build_id = earlier[-1]
    build_id = require(layout, build_id)
    found = damages(layout, build_id)
    if found:
        raise NoReleaseError(f"Release '{build_id}' is damaged and was not made current:\n  " + "\n  ".join(found))
    files.write(layout.pin, build_id + "\n")
    point_to(layout, build_id)
    return build_id


def unpin(layout: Layout) -> str | None:
    """Remove the pin, so that refreshes publish again; return what was pinned."""
    pinned = pinned_id(layout)
    files.remove(layout.pin)
    return pinned


def take_current_warehouse(layout: Layout) -> None:
    """Copy the current release's tables into the work folder, for someone who materializes a part there."""
    build_id = current_id(layout)
    if build_id is not None:
        from jobmaal.core import work_folder  # a reader does without it

        work_folder.make(layout)
        shutil.copyfile(layout.releases / build_id / WAREHOUSE, layout.warehouse)
        layout.warehouse.chmod(0o644)
