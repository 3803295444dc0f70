"""What is installed, and what is known against it: `python -m tests.audit`.

Belongs here: whether the lock files are whole, up to date and what is installed, and asking the services that know of
vulnerabilities. Does not: which versions are wanted (`pyproject.toml`), nor locking them (`make lock`).

What cannot be asked for want of a network is told and is no failure: the run says how much of it was judged.
"""

from __future__ import annotations

import csv
import importlib.metadata
import json
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from jobmaal.core.layout import PROJECT

LOCK, DEV_LOCK, UV_LOCK = "requirements/main.lock", "requirements/dev.lock", "requirements/uv.lock"
#: Of other environments, Superset's, Spark's and those of what is measured beside: looked at for their form alone.
OTHER_LOCKS = (
    "bi/superset/requirements.lock",
    "scale_out/requirements.lock",
    *(f"benchmarks/peers/{peer}/requirements.lock" for peer in ("dagster_dbt", "dlt", "pandas")),
)
ACCEPTED = "requirements/accepted-vulnerabilities.csv"
#: The services that pip-audit can ask, the first one first.
SERVICES = ("pypi", "osv")
#: What an environment has that no lock names: this package, and what made the environment.
_UNLOCKED = {"jobmaal", "pip", "setuptools", "uv"}
#: How `make lock` calls uv; a lock is up to date where that changes nothing.
_COMPILE = ("pip", "compile", "--quiet", "--universal", "--generate-hashes", "--no-emit-index-url", "--no-header")
_ENTRY_RE = re.compile(r"^([A-Za-z0-9][^\n\\#]*?) \\\n(?: {4}--hash=sha256:[0-9a-f]{64}(?: \\)?\n)+", re.MULTILINE)
_ADDRESS_RE = re.compile(r"^[^#\n]*(?:://|--(?:extra-)?index-url|--find-links|--trusted-host)", re.MULTILINE)
#: How uv says that nobody answered.
_NO_NETWORK_RE = re.compile(r"error sending request|failed to fetch|connect|dns error|timed out", re.IGNORECASE)


@dataclass(frozen=True)
class Finding:
    """A known vulnerability of something that is installed."""

    package: str
    version: str
    identity: str
    fixed_in: str

    def __str__(self) -> str:
        """Tell it in a line."""
        return f"{self.package} {self.version}: {self.identity}, mended in {self.fixed_in or 'no version yet'}"


@dataclass(frozen=True)
class Audited:
    """What the services said: which packages were judged, what was found, and which services could not be asked."""

    packages: frozenset[str]
    findings: frozenset[Finding]
    unreachable: tuple[str, ...]


# --- the locks --------------------------------------------------------------------------------------------


def locked(text: str) -> list[Requirement]:
    """Read the entries of a lock file that have hashes."""
    return [Requirement(entry[1]) for entry in _ENTRY_RE.finditer(text)]


def faults_of_lock(name: str, text: str) -> Iterator[str]:
    """Return what is wrong with a lock file by itself: entries without hashes, loose versions, addresses."""
    entries = locked(text)
    lines = [line for line in text.splitlines() if line and not line.startswith((" ", "#"))]
    if len(lines) != len(entries):
        whole = {str(entry) for entry in entries}
        odd = [line for line in lines if str_of(line) not in whole]
        yield f"{name}: without a hash, or no entry at all: {', '.join(odd[:3])}"
    yield from (f"{name}: {entry} is no fixed version" for entry in entries if not is_fixed(entry))
    yield from (f"{name}: names an address: {found.group().strip()}" for found in _ADDRESS_RE.finditer(text))


def str_of(line: str) -> str:
    """Write a line of a lock as its requirement is written."""
    try:
        return str(Requirement(line.removesuffix("\\").strip()))
    except ValueError:
        return line


def is_fixed(entry: Requirement) -> bool:
    """Check whether a requirement is one version and nothing else."""
    return [specifier.operator for specifier in entry.specifier] == ["=="]


def version(entry: Requirement) -> str:
    """Return the version of a locked requirement."""
    return next(iter(entry.specifier)).version


def faults_of_coverage(wanted: Sequence[str], name: str, text: str) -> Iterator[str]:
    """Return what pyproject.toml wants that a lock does not have, or has in a version that is not wanted."""
    versions: dict[str, list[str]] = {}
    for entry in locked(text):
        versions.setdefault(canonicalize_name(entry.name), []).append(version(entry))
    for requirement in map(Requirement, wanted):
        found = versions.get(canonicalize_name(requirement.name), [])
        if not any(requirement.specifier.contains(one, prereleases=True) for one in found):
            yield f"{name}: lacks {requirement}" + (f", has {', '.join(found)}" if found else "")


def faults_of_environment(installed: Mapping[str, str], text: str) -> Iterator[str]:
    """Return where an environment is not what the lock says for this machine."""
    there = {canonicalize_name(name): number for name, number in installed.items()}
    expected = {
        canonicalize_name(entry.name): version(entry)
        for entry in locked(text)
        if entry.marker is None or entry.marker.evaluate()
    }
    for name in sorted(expected.keys() | there.keys() - _UNLOCKED):
        if expected.get(name) != there.get(name):
            yield f"installed: {name} {there.get(name, 'is missing')}; locked: {expected.get(name, 'not at all')}"


def stale_locks(uv: str) -> tuple[list[str], list[str]]:
    """Lock anew, with the locks as what is preferred; give what is stale, and what could not be asked."""
    stale, unasked = [], []
    with tempfile.TemporaryDirectory() as folder:
        for name in ("pyproject.toml", LOCK, DEV_LOCK):
            shutil.copy(PROJECT / name, folder)
        for name, more in ((LOCK, ()), (DEV_LOCK, ("--extra", "dev", "--constraint", LOCK))):
            done = _run([uv, *_COMPILE, "pyproject.toml", *more, "--output-file", name], Path(folder))
            if done.returncode and _NO_NETWORK_RE.search(done.stderr):
                unasked.append(f"whether {name} is up to date with pyproject.toml ({_last(done.stderr)})")
            elif done.returncode:
                stale.append(f"{name}: cannot be made of pyproject.toml:\n{done.stderr.strip()}")
            elif (Path(folder) / name).read_bytes() != (PROJECT / name).read_bytes():
                stale.append(f"{name}: is not what pyproject.toml asks for; run `make lock`")
    return stale, unasked


# --- known vulnerabilities -----------------------------------------------------------------------------------


def ask(lock: Path) -> Audited:
    """Ask the services about everything in a lock, until one knows all of it."""
    packages: set[str] = set()
    findings: set[Finding] = set()
    unreachable = []
    for service in SERVICES:
        command = [sys.executable, "-m", "pip_audit", "--disable-pip", "--require-hashes", "--requirement", str(lock)]
        command += ["--vulnerability-service", service, "--timeout", "15", "--format", "json"]
        command += ["--progress-spinner", "off"]
        done = _run(command, PROJECT)
        try:
            judged, found, skipped = read_report(done.stdout)
        except ValueError:
            unreachable.append(f"{service}: {_last(done.stderr)}")
            continue
        packages |= judged
        findings |= found
        if not skipped - packages:
            break
        unreachable.append(f"{service}: knows nothing of {len(skipped)} of {len(skipped | judged)} packages")
    return Audited(frozenset(packages), frozenset(findings), tuple(unreachable))


def read_report(text: str) -> tuple[set[str], set[Finding], set[str]]:
    """Read what pip-audit says: packages that were judged, what was found, packages that were passed over.

    Raises ValueError where it says nothing.
    """
    judged: set[str] = set()
    found: set[Finding] = set()
    skipped: set[str] = set()
    for package in json.loads(text)["dependencies"]:
        if "skip_reason" in package:
            skipped.add(str(canonicalize_name(package["name"])))
            continue
        judged.add(str(canonicalize_name(package["name"])))
        for known in package["vulns"]:
            mended = ", ".join(known["fix_versions"])
            found.add(Finding(package["name"], package["version"], known["id"], mended))
    return judged, found, skipped


def read_accepted(path: Path) -> set[tuple[str, str]]:
    """Read which findings do not concern this project: package and id. Each has a reason and somebody who saw to it."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    blank = [row for row in rows if not all((cell or "").strip() for cell in row.values())]
    if blank:
        raise SystemExit(f"{path.name}: every cell of a row must be filled in: {blank[0]}")
    return {(canonicalize_name(row["package"]), row["id"]) for row in rows}


def faults_of_findings(audited: Audited, accepted: set[tuple[str, str]], wanted: AbstractSet[str]) -> list[str]:
    """Return what was found and not accepted, and what is accepted and was not found although all was judged."""
    found = {(canonicalize_name(finding.package), finding.identity): finding for finding in audited.findings}
    told = [f"vulnerable: {found[key]}" for key in sorted(found.keys() - accepted)]
    if wanted <= audited.packages:
        gone = sorted(accepted - found.keys())
        told += [
            f"{ACCEPTED}: nothing that is locked has {identity} ({name}); remove the row" for name, identity in gone
        ]
    return told


# --- the command ----------------------------------------------------------------------------------------------


def main() -> int:
    """Print what was audited and what not; 1 where something is wrong."""
    uv = str(Path(sys.executable).with_name("uv"))
    texts = {name: (PROJECT / name).read_text(encoding="utf-8") for name in (LOCK, DEV_LOCK, UV_LOCK, *OTHER_LOCKS)}
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    faults = [fault for name, text in texts.items() for fault in faults_of_lock(name, text)]
    faults += faults_of_coverage(project["dependencies"], LOCK, texts[LOCK])
    dev = project["optional-dependencies"]["dev"]
    faults += faults_of_coverage([*project["dependencies"], *dev], DEV_LOCK, texts[DEV_LOCK])
    faults += faults_of_coverage([str(entry) for entry in locked(texts[LOCK])], DEV_LOCK, texts[DEV_LOCK])
    installed = {d.metadata["Name"]: d.version for d in importlib.metadata.distributions()}
    faults += faults_of_environment(installed, texts[DEV_LOCK])
    checked = _run([uv, "pip", "check", "--python", sys.executable], PROJECT)
    faults += [checked.stderr.strip()] if checked.returncode else []
    stale, unasked = stale_locks(uv)
    faults += stale
    audited = ask(PROJECT / DEV_LOCK)
    names = {canonicalize_name(e.name) for e in locked(texts[DEV_LOCK]) if e.marker is None or e.marker.evaluate()}
    faults += faults_of_findings(audited, read_accepted(PROJECT / ACCEPTED), names)

    judged = names & audited.packages
    print(f"Locks: {', '.join(f'{name} {len(locked(text))} entries' for name, text in texts.items())}")
    print(f"Known vulnerabilities: {len(judged)} of {len(names)} packages judged")
    for told in (*unasked, *audited.unreachable):
        print(f"NOT audited: {told}")
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


def _run(command: Sequence[str], folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=600)


def _last(text: str) -> str:
    """Return the last line of what a program said, which is where it says why it ended."""
    return (text.strip().splitlines() or ["it said nothing"])[-1].strip()[:300]


if __name__ == "__main__":
    sys.exit(main())
