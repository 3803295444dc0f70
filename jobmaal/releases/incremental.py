"""Continuing the current release: whether a build may begin with its tables, and taking over what it does not change.

Belongs here: deciding, and copying or linking files whose content is still what was published. Does not: which of the
responses are read again (`jobindsats.cells`), nor what is made of them, which is dbt's.

A build that continues a release and one that reads everything give the same tables. So a whole build once a week is
the audit of those in between, and `jobmaal refresh --force` makes one on demand.
"""

import datetime as dt
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jobmaal.core import files, progress
from jobmaal.core.build import Build, responses_of
from jobmaal.core.errors import NoReleaseError
from jobmaal.core.layout import Layout
from jobmaal.jobindsats.cells import STATE_TABLES, Base
from jobmaal.releases.catalogue import WAREHOUSE, current_id, read_manifest

#: So long may releases be continued, one after the other, before everything is read again.
WHOLE_EVERY = dt.timedelta(days=7)
#: The folder of a release with what the next one needs to continue it.
STATE = "state"
_CHUNK = 4 << 20


@dataclass(frozen=True)
class Release:
    """A release that may be continued: its folder, and what its manifest says."""

    folder: Path
    manifest: dict[str, Any]

    def output(self, name: str) -> dict[str, Any] | None:
        """Return what was published under a name, with its sha256 and bytes."""
        found: dict[str, Any] | None = self.manifest["outputs"].get(name)
        return found


def why_not(layout: Layout, build: Build) -> str:
    """Return why a build cannot continue the current release; blank where it can."""
    build_id = current_id(layout)
    if build_id is None:
        return "nothing is published yet"
    try:
        manifest = read_manifest(layout, build_id)
    except NoReleaseError as error:
        return str(error)
    landed = responses_of(manifest["inputs"])
    since = manifest.get("whole_at", manifest["built_at"])
    reasons = {
        f"{build_id} was read by other code, or with other tables of series or rankings": (
            manifest.get("reading_sha256") != build.reading_sha256
        ),
        "made-up responses came or went": manifest["has_synthetic"] != build.has_synthetic,
        f"the last whole build was on {since[:10]}, and once a week everything is read": (
            build.built_at - dt.datetime.fromisoformat(since) >= WHOLE_EVERY
        ),
        f"{build_id} has no responses, or some that are gone": not landed or not landed <= responses_of(build.inputs),
    }
    return next((reason for reason, holds in reasons.items() if holds), "")


def is_audit_due(layout: Layout, now: dt.datetime) -> bool:
    """Check whether the current release continues others, and everything was last read more than a week ago."""
    build_id = current_id(layout)
    if build_id is None:
        return False
    manifest = read_manifest(layout, build_id)
    return bool(manifest.get("continues")) and now - dt.datetime.fromisoformat(manifest["whole_at"]) >= WHOLE_EVERY


def begin(layout: Layout, build: Build) -> Base | None:
    """Put the tables of the release that the build continues into the work folder; None where it continues none."""
    if not build.continues:
        return None
    release = of(layout, build.continues)
    names = [f"{STATE}/{name}.parquet" for name in STATE_TABLES]
    is_whole = all(_is_as_published(release, name) for name in names)
    if not is_whole or not _copy(release, WAREHOUSE, layout.warehouse):
        progress.note(f"{build.continues} is damaged (`jobmaal status --verify`); everything is read again")
        layout.warehouse.unlink(missing_ok=True)
        return None
    return Base(release.folder / STATE, responses_of(release.manifest["inputs"]))


def of(layout: Layout, build_id: str) -> Release:
    """Return a release. Raises NoReleaseError."""
    return Release(layout.releases / build_id, read_manifest(layout, build_id))


def link(release: Release, name: str, to: Path) -> dict[str, Any] | None:
    """Link a file of a release into the next one; None where it is not what was published.

    Gives its sha256 and bytes.
    """
    published = release.output(name)
    if published is None or not _is_as_published(release, name):
        return None
    to.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(release.folder / name, to)
    except OSError:
        # Not every file system has hard links; what cannot be taken over is written.
        return None
    return published


def _is_as_published(release: Release, name: str) -> bool:
    published = release.output(name)
    try:
        return published is not None and files.sha256(release.folder / name) == published["sha256"]
    except OSError:
        return False


def _copy(release: Release, name: str, to: Path) -> bool:
    """Copy a file, and say whether what was copied is what was published."""
    published, digest = release.output(name), hashlib.sha256()
    try:
        with (release.folder / name).open("rb") as source, to.open("wb") as target:
            while chunk := source.read(_CHUNK):
                digest.update(chunk)
                target.write(chunk)
    except FileNotFoundError:
        return False
    return published is not None and digest.hexdigest() == published["sha256"]
