"""What is installed, and what is known against it: `python -m tests.audit`.

Belongs here: running `uv` and `pip-audit` over the locks, and what neither refuses: a finding that is accepted without
a reason, or that is accepted and no longer found. Does not: which versions are wanted (`pyproject.toml`), nor locking
them (`make lock`). A line that does not belong in a lock is found with any other change: `make lock` removes it.

What nobody answers without a network is shown and is no failure: the run reports how much it checked.
"""

import csv
import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from jobmaal.core.layout import PROJECT

_FOLDERS = ("requirements", "bi/superset", "scale_out", "benchmarks/peers/*")
LOCKS = tuple(path for folder in _FOLDERS for path in sorted(PROJECT.glob(f"{folder}/*.lock")))
DEV_LOCK = PROJECT / "requirements/dev.lock"
ACCEPTED = PROJECT / "requirements/accepted-vulnerabilities.csv"
#: The services that pip-audit can query, in this order, until one knows every package.
SERVICES = ("pypi", "osv")
#: Known vulnerabilities of each package that a service knows, as messages by id.
Known = dict[str, dict[str, str]]
_UV = str(Path(sys.executable).with_name("uv"))
#: Messages of uv when nobody answered.
_NO_NETWORK_RE = re.compile(r"error sending request|failed to fetch|connect|dns error|timed out", re.IGNORECASE)


def drift(lock: Path) -> list[str]:
    """Return the changes by which uv would make the environment that of a lock, or why it refuses the lock."""
    done = _run([_UV, "pip", "sync", "--require-hashes", str(lock), "--dry-run", "--offline", "-p", sys.executable])
    changes = [line for line in done.stderr.splitlines() if re.match(r" [-+~] (?!jobmaal==)", line)]
    return [done.stderr.strip()] if done.returncode else changes


def stale_locks() -> tuple[list[str], list[str]]:
    """Renew a copy of the locks. Return the faults found, and what was not checked."""
    with tempfile.TemporaryDirectory() as name:
        copied = {path: Path(name) / path.relative_to(PROJECT) for path in LOCKS}
        inputs = [path for path in (lock.with_suffix(".in") for lock in LOCKS) if path.exists()]
        for path in (PROJECT / "Makefile", PROJECT / "pyproject.toml", *LOCKS, *inputs):
            to = Path(name) / path.relative_to(PROJECT)
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, to)
        done = _run(["make", f"VENV={sys.prefix}", f"--old-file={_UV}", "lock"], Path(name))
        if done.returncode:
            unchecked = _NO_NETWORK_RE.search(done.stderr)
            return ([], [f"whether the locks are current: {_last(done.stderr)}"]) if unchecked else ([done.stderr], [])
        changed = [path for path, renewed in copied.items() if renewed.read_bytes() != path.read_bytes()]
    return [f"{path.relative_to(PROJECT)} is not what `make lock` makes" for path in changed], []


def query(lock: Path) -> tuple[Known, list[str]]:
    """Query the services about everything in a lock. Return what they know, and what each did not check."""
    known: Known = {}
    unchecked = []
    for service in SERVICES:
        command = [sys.executable, "-m", "pip_audit", "--disable-pip", "--require-hashes", "--requirement", str(lock)]
        command += ["--vulnerability-service", service, "--format", "json", "--progress-spinner", "off"]
        done = _run(command)
        if not done.stdout.strip():
            unchecked.append(f"{service}: {_last(done.stderr)}")
            continue
        packages = json.loads(done.stdout)["dependencies"]
        for package in (package for package in packages if "skip_reason" not in package):
            what = f"{package['name']} {package['version']}"
            found = {v["id"]: f"{what}: {v['id']}, fixed in {v['fix_versions'] or 'none'}" for v in package["vulns"]}
            known.setdefault(package["name"], {}).update(found)
        if not (left := sum(package["name"] not in known for package in packages)):
            return known, []
        unchecked.append(f"{service}: {left} of {len(packages)} packages are not known")
    return known, unchecked


def read_accepted(path: Path) -> set[tuple[str, str]]:
    """Return the accepted findings by package and id. Raises SystemExit where one has no reason or no reviewer."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    if blank := [row for row in rows if not all((cell or "").strip() for cell in row.values())]:
        raise SystemExit(f"{path.name}: every cell of a row must be filled in: {blank[0]}")
    return {(row["package"], row["id"]) for row in rows}


def faults_of_findings(known: Known, accepted: set[tuple[str, str]], *, is_complete: bool) -> list[str]:
    """Return the findings that are not accepted, and the accepted ones that a complete check no longer found."""
    found = {(package, identity): text for package, of in known.items() for identity, text in of.items()}
    gone = sorted(accepted - found.keys()) if is_complete else []
    return [f"vulnerable: {found[key]}" for key in sorted(found.keys() - accepted)] + [
        f"{ACCEPTED.name}: nothing that is locked has {identity} ({package}); remove the row"
        for package, identity in gone
    ]


def main() -> int:
    """Print what was checked and what was not; return 1 where something is wrong."""
    stale, unrenewed = stale_locks()
    known, unknown = query(DEV_LOCK)
    faults = drift(DEV_LOCK) + stale + faults_of_findings(known, read_accepted(ACCEPTED), is_complete=not unknown)
    print(f"{len(LOCKS)} locks. Known vulnerabilities: {len(known)} packages checked")
    for what in unrenewed + unknown:
        print(f"NOT checked: {what}")
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


def _run(command: list[str], folder: Path = PROJECT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=600)


def _last(text: str) -> str:
    """Return the last line of a program's messages, which gives the reason for its end."""
    return (text.strip().splitlines() or ["no message"])[-1].strip()[:300]


if __name__ == "__main__":
    sys.exit(main())
