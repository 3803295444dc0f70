"""What is installed, and what is known against it: `python -m tests.audit`.

Belongs here: asking `uv` whether the locks are what is wanted and what is installed, and `pip-audit` what is known
against it; and what neither of them refuses: an address in a lock, a finding that is accepted without a reason or that
is found no more. Does not: which versions are wanted (`pyproject.toml`), nor locking them (`make lock`).

What cannot be asked for want of a network is shown and is no failure: the run says how much of it was judged.
"""

from __future__ import annotations

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
#: The services that pip-audit can ask, the first one first.
SERVICES = ("pypi", "osv")
#: What is known against each package that was judged, by id.
Known = dict[str, dict[str, str]]
_UV = str(Path(sys.executable).with_name("uv"))
_ENTRY_RE = re.compile(
    r"^[\w.,\[\]-]+==[^\s@]+(?: ; [^\n\\]+)? \\\n(?: {4}--hash=sha256:[0-9a-f]{64}(?: \\)?\n)+", re.MULTILINE
)
#: How uv says that nobody answered.
_NO_NETWORK_RE = re.compile(r"error sending request|failed to fetch|connect|dns error|timed out", re.IGNORECASE)


def odd_lines(text: str) -> list[str]:
    """Return the lines of a lock that are neither a comment nor of an entry: one version with its hashes."""
    return [line for line in _ENTRY_RE.sub("", text).splitlines() if not re.match(r"\s*(#|$)", line)]


def drift(lock: Path) -> list[str]:
    """Return what uv would change to install what a lock names and nothing else, and what pyproject.toml wants."""
    found = []
    for wanted in (("sync", "--require-hashes", str(lock)), ("install", "-r", "pyproject.toml", "--extra", "dev")):
        done = _run([_UV, "pip", *wanted, "--dry-run", "--offline", "--python", sys.executable])
        changes = [line for line in done.stderr.splitlines() if re.match(r" [-+~] (?!jobmaal==)", line)]
        found += [done.stderr.strip()] if done.returncode else changes
    return found


def stale_locks() -> tuple[list[str], list[str]]:
    """Renew a copy of the locks. Return what is wrong with them, and what could not be asked."""
    with tempfile.TemporaryDirectory() as name:
        copied = {path: Path(name) / path.relative_to(PROJECT) for path in LOCKS}
        inputs = [path for path in (lock.with_suffix(".in") for lock in LOCKS) if path.exists()]
        for path in (PROJECT / "Makefile", PROJECT / "pyproject.toml", *LOCKS, *inputs):
            to = Path(name) / path.relative_to(PROJECT)
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, to)
        done = _run(["make", f"VENV={sys.prefix}", f"--old-file={_UV}", "lock"], Path(name))
        if done.returncode:
            unasked = _NO_NETWORK_RE.search(done.stderr)
            return ([], [f"are the locks up to date? {_last(done.stderr)}"]) if unasked else ([done.stderr.strip()], [])
        changed = [path for path, renewed in copied.items() if renewed.read_bytes() != path.read_bytes()]
    return [f"{path.relative_to(PROJECT)} is not what `make lock` makes" for path in changed], []


def ask(lock: Path) -> tuple[Known, list[str]]:
    """Ask the services about everything in a lock, until one knows all of it; and return what each could not say."""
    known: Known = {}
    unasked = []
    for service in SERVICES:
        command = [sys.executable, "-m", "pip_audit", "--disable-pip", "--require-hashes", "--requirement", str(lock)]
        command += ["--vulnerability-service", service, "--format", "json", "--progress-spinner", "off"]
        done = _run(command)
        try:
            packages = json.loads(done.stdout)["dependencies"]
        except ValueError:
            unasked.append(f"{service}: {_last(done.stderr)}")
            continue
        for package in packages:
            if "skip_reason" not in package:
                what = f"{package['name']} {package['version']}"
                told = {v["id"]: f"{what}: {v['id']}, fixed in {v['fix_versions'] or 'none'}" for v in package["vulns"]}
                known.setdefault(package["name"], {}).update(told)
        if not (left := sum(package["name"] not in known for package in packages)):
            return known, []
        unasked.append(f"{service}: {left} of {len(packages)} packages are not known")
    return known, unasked


def read_accepted(path: Path) -> set[tuple[str, str]]:
    """Read which findings do not concern this project: package and id. Each has a reason and somebody who saw to it."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    if blank := [row for row in rows if not all((cell or "").strip() for cell in row.values())]:
        raise SystemExit(f"{path.name}: every cell of a row must be filled in: {blank[0]}")
    return {(row["package"], row["id"]) for row in rows}


def faults_of_findings(known: Known, accepted: set[tuple[str, str]], *, is_complete: bool) -> list[str]:
    """Return what was found and not accepted, and what is accepted and was not found although all was judged."""
    found = {(package, identity): told for package, of in known.items() for identity, told in of.items()}
    gone = sorted(accepted - found.keys()) if is_complete else []
    return [f"vulnerable: {found[key]}" for key in sorted(found.keys() - accepted)] + [
        f"{ACCEPTED.name}: nothing that is locked has {identity} ({package}); remove the row"
        for package, identity in gone
    ]


def main() -> int:
    """Print what was audited and what not; 1 where something is wrong."""
    faults = [f"{path}: {line}" for path in LOCKS for line in odd_lines(path.read_text(encoding="utf-8"))]
    faults += drift(DEV_LOCK)
    checked = _run([_UV, "pip", "check", "--python", sys.executable])
    faults += [checked.stderr.strip()] if checked.returncode else []
    stale, unasked = stale_locks()
    known, left = ask(DEV_LOCK)
    faults += stale + faults_of_findings(known, read_accepted(ACCEPTED), is_complete=not left)
    print(f"{len(LOCKS)} locks. Known vulnerabilities: {len(known)} packages judged")
    for what in unasked + left:
        print(f"NOT audited: {what}")
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


def _run(command: list[str], folder: Path = PROJECT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=600)


def _last(text: str) -> str:
    """Return the last line of what a program said, which is where it says why it ended."""
    return (text.strip().splitlines() or ["it said nothing"])[-1].strip()[:300]


if __name__ == "__main__":
    sys.exit(main())
