"""Releases: which there are, which is current, whether one is whole, going back to one.

Belongs here: reading `data/releases` and moving the link `data/current`. Does not: making a release
(`publish`). Imports little, since the nightly "nothing has changed" waits for it.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from pathlib import Path
from typing import Any

from jobmaal.errors import NoReleaseError
from jobmaal.layout import Layout

MANIFEST = "manifest.json"
WAREHOUSE = "warehouse.duckdb"
_MANIFEST_KEYS = {"build_id", "built_at", "contract", "input_sha256", "outputs", "changes", "checks", "rows"}
_BUILD_ID_RE = re.compile(r"^\d{8}T\d{6,12}Z-[0-9a-f]{8}$")


def build_ids(layout: Layout) -> list[str]:
    """Name the releases, oldest first."""
    if not layout.releases.is_dir():
        return []
    return sorted(p.name for p in layout.releases.iterdir() if _BUILD_ID_RE.match(p.name))


def current_id(layout: Layout) -> str | None:
    """Name the release that readers see, if there is one."""
    if not layout.current.is_symlink():
        return None
    name = layout.current.readlink().name
    return name if (layout.releases / name / MANIFEST).is_file() else None


def pinned_id(layout: Layout) -> str | None:
    """Name the release that publishing is held back for, if it is."""
    return layout.pin.read_text(encoding="utf-8").strip() if layout.pin.is_file() else None


def read_manifest(layout: Layout, build_id: str) -> dict[str, Any]:
    """Read a release's manifest. Raises NoReleaseError."""
    path = layout.releases / build_id / MANIFEST
    try:
        manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(manifest, dict) or not manifest.keys() >= _MANIFEST_KEYS:
            raise ValueError
    except FileNotFoundError:
        raise NoReleaseError(f"There is no release '{build_id}'. `jobmaal releases` lists them.") from None
    except ValueError:
        raise NoReleaseError(f"The manifest of release '{build_id}' cannot be read: {path}") from None
    return manifest


def is_unchanged(layout: Layout, input_sha256: str) -> bool:
    """Say whether the current release is of exactly this input, and its files are there in full length."""
    build_id = current_id(layout)
    if build_id is None:
        return False
    try:
        manifest = read_manifest(layout, build_id)
    except NoReleaseError:
        # A damaged release is one to replace.
        return False
    folder = layout.releases / build_id
    return manifest["input_sha256"] == input_sha256 and all(
        (folder / name).is_file() and (folder / name).stat().st_size == output["bytes"]
        for name, output in manifest["outputs"].items()
    )


def damages(layout: Layout, build_id: str) -> list[str]:
    """Hold every file of a release against its manifest; give what differs."""
    folder = layout.releases / build_id
    outputs = read_manifest(layout, build_id)["outputs"]
    there = {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()} - {MANIFEST}
    found = [f"{name}: missing" for name in sorted(outputs.keys() - there)]
    found += [f"{name}: not in the manifest" for name in sorted(there - outputs.keys())]
    for name in sorted(outputs.keys() & there):
        if file_sha256(folder / name) != outputs[name]["sha256"]:
            found.append(f"{name}: its content is not what was published")
    return found


def point_to(layout: Layout, build_id: str) -> None:
    """Let readers see another release, by one rename."""
    beside = layout.data / ".current.new"
    beside.unlink(missing_ok=True)
    beside.symlink_to(Path(layout.releases.name) / build_id)
    beside.replace(layout.current)
    flush(layout.data)


def roll_back(layout: Layout, build_id: str | None) -> str:
    """Make an earlier release current and pin it; the one before the current where none is named."""
    ids, current = build_ids(layout), current_id(layout)
    if build_id is None:
        if current is None:
            raise NoReleaseError("Nothing is published yet. `jobmaal refresh` does it.")
        earlier = [i for i in ids if i < current]
        if not earlier:
            raise NoReleaseError("There is no release before the current one. `jobmaal releases` lists them.")
        build_id = earlier[-1]
    elif build_id not in ids:
        raise NoReleaseError(f"There is no release '{build_id}'. `jobmaal releases` lists them.")
    found = damages(layout, build_id)
    if found:
        raise NoReleaseError(f"Release '{build_id}' is damaged and was not made current:\n  " + "\n  ".join(found))
    beside = layout.pin.with_suffix(".new")
    beside.write_text(build_id + "\n", encoding="utf-8")
    beside.replace(layout.pin)
    point_to(layout, build_id)
    return build_id


def unpin(layout: Layout) -> str | None:
    """Let refreshes publish again; gives what was pinned."""
    pinned = pinned_id(layout)
    layout.pin.unlink(missing_ok=True)
    return pinned


def take_current_warehouse(layout: Layout) -> None:
    """Copy the current release's tables into the work folder, for someone who materializes a part there."""
    build_id = current_id(layout)
    if build_id is not None:
        layout.work.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(layout.releases / build_id / WAREHOUSE, layout.warehouse)
        layout.warehouse.chmod(0o644)


def file_sha256(path: Path) -> str:
    """Give the fingerprint of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def flush(path: Path) -> None:
    """Have the disk hold what was written to a file or folder."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
