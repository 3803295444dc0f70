"""Whether the landing is still what was landed: files that were damaged, removed or added.

Belongs here: the rules, and what to do. Does not: writing and reading landed responses (`landing`), whether a release
is whole (`release`), and when somebody looks (`watch`).

A sidecar has its own fingerprint and that of its body. That both are gone shows by the current release, whose manifest
names the responses that it was made of.
"""

import gzip
import hashlib
import os
import re
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from jobmaal.core import files
from jobmaal.core.build import responses_of
from jobmaal.core.errors import NoReleaseError
from jobmaal.core.layout import Layout
from jobmaal.jobindsats.landing import DamagedResponseError, Landed, read_sidecar, stem_of
from jobmaal.jobindsats.names import BODY, QUARANTINE, SIDECAR, sidecars
from jobmaal.releases import catalogue

ADVICE = (
    "Restore what is damaged or missing from a backup, with its .request.json, and move away what was added. No build "
    "reads a damaged file, and releases stay as they are (docs/jobindsats.md, The landing)."
)
_BODY_RE = re.compile(rf"[0-9]{{8}}T[0-9]{{12}}Z-([0-9a-f]{{8}})\.[a-z]+{re.escape(BODY)}")
#: What is being written, or was when its process was killed; the next fetch removes it.
_HALF_RE = re.compile(r"\..+\.part")
_CHANGED = "its content is not what was landed"


def damages(layout: Layout) -> list[str]:
    """Return what is not as it was landed: for each file its name, as seen from the landing, and what is wrong."""
    landing, found, responses, known = layout.landing, dict[str, str](), list[Landed](), set[str]()
    for name in sidecars(landing):
        known |= {name, name.removesuffix(SIDECAR) + BODY}
        try:
            response = read_sidecar(landing / name)
        except FileNotFoundError:
            # Pruned since.
            continue
        except DamagedResponseError:
            found[name] = _CHANGED
            continue
        if (response.folder.name, response.stem) != (response.table_id, stem_of(response, response.sha256)):
            found[name] = "was landed by another name"
        responses.append(response)
        wrong = _body_wrong(response)
        if wrong:
            found[response.name] = wrong
    for name in missing(layout):
        what = "its .request.json is missing" if os.path.lexists(landing / name) else "missing"
        found[name] = f"{what}, and the current release was made of it"
    if not any(name.endswith(f".table{SIDECAR}") for name in found):
        found |= _undescribed(responses)
    for name in _files(landing):
        if name not in known | found.keys() and not _is_cut_off(landing / name):
            found[name] = "was not landed by jobmaal"
    return [f"{name}: {wrong}" for name, wrong in sorted(found.items())]


def missing(layout: Layout) -> list[str]:
    """Return the responses that the current release was made of and that are no longer in the landing."""
    build_id = catalogue.current_id(layout)
    try:
        inputs = catalogue.read_manifest(layout, build_id).get("inputs", {}) if build_id else {}
    except NoReleaseError:
        # The look at the release reports that.
        return []
    return sorted(
        name
        for name in responses_of(inputs)
        if not os.path.lexists(layout.landing / (name.removesuffix(BODY) + SIDECAR))
    )


def _body_wrong(response: Landed) -> str:
    """Return what is wrong with a body; blank where nothing is."""
    if os.path.lexists(response.body) and (response.body.is_symlink() or not response.body.is_file()):
        return "is no regular file"
    try:
        return "" if files.sha256(response.body) == response.file_sha256 else _CHANGED
    except FileNotFoundError:
        return "missing" if response.sidecar.exists() else ""
    except OSError as error:
        return f"cannot be read ({error.strerror})"


def _undescribed(responses: Sequence[Landed]) -> dict[str, str]:
    """Return a response of each description that has gone: without it they would be read as another series."""
    described = {(response.table_id, response.sha256) for response in responses if response.kind == "table"}
    needed = {
        (response.table_id, response.metadata_sha256): response for response in responses if response.metadata_sha256
    }
    return {
        needed[table].name: f"the description of {table[0]} that it landed under is missing"
        for table in needed.keys() - described
    }


def _files(landing: Path) -> Iterator[str]:
    """Return what lies in the landing and is no folder, by name; not what was quarantined."""
    for path, folders, names in os.walk(landing):
        if Path(path) == landing and QUARANTINE in folders:
            folders.remove(QUARANTINE)
        links = [name for name in folders if (Path(path) / name).is_symlink()]
        yield from (str((Path(path) / name).relative_to(landing)) for name in (*names, *links))


def _is_cut_off(path: Path) -> bool:
    """Check whether a file is what a landing that was cut off leaves: half a file, or a body without its sidecar."""
    named = _BODY_RE.fullmatch(path.name)
    if _HALF_RE.fullmatch(path.name):
        return True
    if named is None or path.is_symlink() or not path.is_file():
        return False
    digest = hashlib.sha256()
    try:
        with gzip.open(path) as body:
            while piece := body.read(1 << 20):
                digest.update(piece)
    except (OSError, EOFError, zlib.error):
        return False
    return digest.hexdigest().startswith(named[1])
