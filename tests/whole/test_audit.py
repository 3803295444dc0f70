"""The audit of what is installed: each fault that it is there to find is found, and no answer is no finding.

Belongs here: `tests.audit` on locks and reports written for the purpose. Does not: what `uv` and `pip-audit` find of
themselves, nor querying the services, which `make audit` does.
"""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests import audit

FOUND = {"click": {"PYSEC-1": "click 8.3.0: PYSEC-1, fixed in ['8.3.1']"}}


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        (r"^axe-playwright-python==.*\n( .*\n)+", "", r"- axe-playwright-python=="),
        (r"^click==[0-9.]*", "click==8.0.1", "click==8.0.1"),
        (r"^(click==.*) \\\n(    --hash.*\n)+", r"\1\n", "must have a hash"),
    ],
)
def test_a_lock_that_is_not_what_is_installed_is_a_fault(tmp_path: Path, old: str, new: str, found: str) -> None:
    lock = tmp_path / "dev.lock"
    lock.write_text(re.sub(old, new, audit.DEV_LOCK.read_text(encoding="utf-8"), flags=re.MULTILINE), encoding="utf-8")
    assert found in "\n".join(audit.drift(lock))


def test_the_findings_of_a_report_and_what_it_did_not_check_are_returned(monkeypatch: pytest.MonkeyPatch) -> None:
    def reporting(*packages: dict[str, Any], error: str = "") -> None:
        """Let every service respond with these packages, or with an error alone."""
        report = "" if error else json.dumps({"dependencies": packages, "fixes": []})
        done = subprocess.CompletedProcess([], 1, stdout=report, stderr=error)
        monkeypatch.setattr(audit, "_run", lambda *_: done)

    known = {"id": "PYSEC-1", "fix_versions": ["8.3.1"], "aliases": [], "description": "?"}
    click = {"name": "click", "version": "8.3.0", "vulns": [known]}
    reporting(click, {"name": "numpy", "version": "2.4.6", "vulns": []})
    assert audit.query(audit.DEV_LOCK) == (FOUND | {"numpy": {}}, [])
    reporting(click, {"name": "own", "skip_reason": "Dependency not found on PyPI: own (1)"})
    assert audit.query(audit.DEV_LOCK) == (FOUND, [f"{name}: 1 of 2 packages are not known" for name in audit.SERVICES])
    reporting(error="Traceback (most recent call last):\nConnectionError: nobody there")
    assert audit.query(audit.DEV_LOCK) == ({}, [f"{name}: ConnectionError: nobody there" for name in audit.SERVICES])


def test_a_finding_is_a_fault_unless_it_is_accepted_and_so_is_an_accepted_one_that_is_no_longer_found() -> None:
    accepted = {("click", "PYSEC-1")}
    fault = [f"vulnerable: {FOUND['click']['PYSEC-1']}"]
    assert audit.faults_of_findings(FOUND, set(), is_complete=True) == fault
    assert audit.faults_of_findings(FOUND, {("numpy", "PYSEC-1")}, is_complete=False) == fault
    assert audit.faults_of_findings(FOUND, accepted, is_complete=True) == []
    assert "remove the row" in audit.faults_of_findings({"click": {}}, accepted, is_complete=True)[0]
    assert audit.faults_of_findings({"click": {}}, accepted, is_complete=False) == []


def test_every_cell_of_an_accepted_finding_is_filled_in(tmp_path: Path) -> None:
    audit.read_accepted(audit.ACCEPTED)
    header = audit.ACCEPTED.read_text(encoding="utf-8").splitlines()[0]
    file = tmp_path / audit.ACCEPTED.name
    file.write_text(f"{header}\nclick,PYSEC-1,never called,Datateamet,2026-11-26\n", encoding="utf-8")
    assert audit.read_accepted(file) == {("click", "PYSEC-1")}
    file.write_text(f"{header}\nclick,PYSEC-1, ,Datateamet,2026-11-26\n", encoding="utf-8")
    with pytest.raises(SystemExit, match="every cell of a row must be filled in"):
        audit.read_accepted(file)


def test_locks_that_cannot_be_renewed_without_a_network_are_no_fault(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path))
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    stale, unchecked = audit.stale_locks()
    assert (stale, len(unchecked)) == ([], 1)
