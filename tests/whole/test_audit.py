"""The audit of what is installed: each thing that it is there to find is found, and what nobody answers is no finding.

Belongs here: `tests.audit` on locks and reports written for the purpose, and the project's own locks where no network
is needed. Does not: asking the services, which `make audit` does.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from jobmaal.core.layout import PROJECT
from tests import audit
from tests.audit import ACCEPTED, DEV_LOCK, LOCK, UV_LOCK, Audited, Finding

HASH = f"    --hash=sha256:{'a' * 64}"
GOOD = f"click==8.3.0 \\\n{HASH} \\\n{HASH}\n    # via jobmaal\nnumpy==2.4.6 ; python_version < '3' \\\n{HASH}\n"
FOUND = Finding("click", "8.3.0", "PYSEC-1", "8.3.1")


@pytest.mark.parametrize("name", [LOCK, DEV_LOCK, UV_LOCK])
def test_the_projects_own_locks_are_whole(name: str) -> None:
    text = (PROJECT / name).read_text(encoding="utf-8")
    assert list(audit.faults_of_lock(name, text)) == []
    assert len(audit.locked(text)) == sum(line[:1].isalnum() for line in text.splitlines())


def test_a_good_lock_has_no_fault() -> None:
    assert list(audit.faults_of_lock(LOCK, GOOD)) == []
    assert [str(entry) for entry in audit.locked(GOOD)] == ["click==8.3.0", 'numpy==2.4.6; python_version < "3"']


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ("idna==3.1\n", "without a hash, or no entry at all: idna==3.1"),
        (f"idna==3.1 \\\n    --hash=md5:{'a' * 32}\n", "without a hash"),
        (f"idna>=3.1 \\\n{HASH}\n", "idna>=3.1 is no fixed version"),
        (f"idna @ https://pkgs.example/idna.whl \\\n{HASH}\n", "names an address"),
        ("--index-url https://user:pw@pkgs.example/simple\n", "names an address"),
        ("--find-links /opt/wheels\n", "names an address"),
        ("-e .\n", "without a hash, or no entry at all: -e ."),
    ],
)
def test_what_a_lock_may_not_have_is_told(more: str, told: str) -> None:
    assert told in "\n".join(audit.faults_of_lock(LOCK, GOOD + more))


def test_what_pyproject_wants_and_a_lock_does_not_have_is_told() -> None:
    assert list(audit.faults_of_coverage(["click>=8.1", "NumPy"], LOCK, GOOD)) == []
    assert list(audit.faults_of_coverage(["click>=9", "idna"], LOCK, GOOD)) == [
        f"{LOCK}: lacks click>=9, has 8.3.0",
        f"{LOCK}: lacks idna",
    ]


def test_an_environment_that_is_not_what_the_lock_says_is_told() -> None:
    # NumPy is locked for another Python.
    assert list(audit.faults_of_environment({"Click": "8.3.0", "jobmaal": "0.1.0", "pip": "1"}, GOOD)) == []
    assert list(audit.faults_of_environment({"click": "8.2.0", "numpy": "2.4.6"}, GOOD)) == [
        "installed: click 8.2.0; locked: 8.3.0",
        "installed: numpy 2.4.6; locked: not at all",
    ]
    assert list(audit.faults_of_environment({}, GOOD)) == ["installed: click is missing; locked: 8.3.0"]


def test_a_report_tells_what_was_judged_what_was_found_and_what_was_passed_over() -> None:
    known = {"id": "PYSEC-1", "fix_versions": ["8.3.1"], "aliases": [], "description": "?"}
    report = [
        {"name": "Click", "version": "8.3.0", "vulns": [known]},
        {"name": "numpy", "version": "2.4.6", "vulns": []},
        {"name": "own", "skip_reason": "Dependency not found on PyPI and could not be audited: own (1)"},
    ]
    judged, found, skipped = audit.read_report(json.dumps({"dependencies": report, "fixes": []}))
    assert (judged, skipped) == ({"click", "numpy"}, {"own"})
    assert [str(finding) for finding in found] == ["Click 8.3.0: PYSEC-1, mended in 8.3.1"]
    with pytest.raises(ValueError, match="Expecting value"):
        audit.read_report("")


def test_a_finding_is_a_fault_unless_a_row_says_why_it_is_none() -> None:
    audited = Audited(frozenset({"click"}), frozenset({FOUND}), ())
    assert audit.faults_of_findings(audited, set(), {"click"}) == [f"vulnerable: {FOUND}"]
    assert audit.faults_of_findings(audited, {("click", "PYSEC-1")}, {"click"}) == []
    assert audit.faults_of_findings(audited, {("numpy", "PYSEC-1")}, {"numpy"}) == [f"vulnerable: {FOUND}"]


def test_a_row_for_what_is_found_no_more_is_a_fault_once_everything_was_judged() -> None:
    accepted = {("click", "PYSEC-1")}
    whole, part = (
        Audited(frozenset({"click", "numpy"}), frozenset(), ()),
        Audited(frozenset({"numpy"}), frozenset(), ()),
    )
    assert "remove the row" in "\n".join(audit.faults_of_findings(whole, accepted, {"click", "numpy"}))
    assert audit.faults_of_findings(part, accepted, {"click", "numpy"}) == []


def test_every_cell_of_an_accepted_finding_is_filled_in(tmp_path: Path) -> None:
    audit.read_accepted(PROJECT / ACCEPTED)
    header = (PROJECT / ACCEPTED).read_text(encoding="utf-8").splitlines()[0]
    file = tmp_path / ACCEPTED
    file.write_text(f"{header}\nClick,PYSEC-1,never called,Datateamet,2026-11-26\n", encoding="utf-8")
    assert audit.read_accepted(file) == {("click", "PYSEC-1")}
    file.write_text(f"{header}\nclick,PYSEC-1, ,Datateamet,2026-11-26\n", encoding="utf-8")
    with pytest.raises(SystemExit, match="every cell of a row must be filled in"):
        audit.read_accepted(file)


@pytest.mark.parametrize("said", ["", "Traceback (most recent call last):\nConnectionError: nobody there"])
def test_a_service_that_cannot_be_asked_is_told_and_nothing_counts_as_judged(
    monkeypatch: pytest.MonkeyPatch, said: str
) -> None:
    monkeypatch.setattr(
        audit, "_run", lambda command, _folder: subprocess.CompletedProcess(command, 1, stdout="", stderr=said)
    )
    audited = audit.ask(PROJECT / DEV_LOCK)
    assert (audited.packages, audited.findings) == (frozenset(), frozenset())
    assert [told.partition(":")[0] for told in audited.unreachable] == list(audit.SERVICES)


def test_a_lock_that_cannot_be_held_against_the_registry_is_told_and_is_no_fault(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path))
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    stale, unasked = audit.stale_locks(str(Path(sys.executable).with_name("uv")))
    assert stale == []
    assert len(unasked) == 2
