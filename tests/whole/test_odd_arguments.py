"""Whatever is typed after a command ends in a message: bytes that are no UTF-8, NULs, files that are something else.

Belongs here: arguments, options and the settings that name a folder. Does not: hostile references that are text
(`test_hostile`), nor what is in a folder to land (`test_saved`).
"""

import os
import subprocess
from pathlib import Path

import pytest

from jobmaal.core.errors import EXIT_FETCH_FAILED, EXIT_NO_RELEASE, EXIT_STOPPED
from jobmaal.core.layout import Layout
from tests.conftest import COMMAND, Published, environment_of
from tests.helpers.input import DOC, publish_something, run, write_seeds

#: Latin-1, half a character, a byte alone; as Python hands them on.
NO_UTF8 = [os.fsdecode(text) for text in (b"caf\xe9", b"\xed\xa0\x80", b"\xff")]
ODD = [*NO_UTF8, "a\0b", "\x1b[2J", "a\nb", "\u202e", "x" * 100_000]
A_DATABASE = "postgresql://somebody@127.0.0.1:9/nothing"


@pytest.mark.parametrize("reference", ODD, ids=lambda text: ascii(text)[:20])
def test_a_reference_of_any_bytes_is_one_that_is_not_known(published: Published, reference: str) -> None:
    result = run(published.layout, "trace", "--", reference)
    assert result.exit_code == EXIT_NO_RELEASE
    assert "There is no figure '" in result.output
    assert "The nearest are:" in result.output
    assert all(line.isprintable() for line in result.output.splitlines())


@pytest.mark.parametrize("text", [*NO_UTF8[:2], "\x1b[2J", "x" * 100_000], ids=lambda text: ascii(text)[:20])
@pytest.mark.parametrize(
    ("command", "code"),
    [
        (["rollback", "--"], EXIT_NO_RELEASE),
        (["land", "--"], 1),
        (["check", "--documents"], 1),
        (["fetch", "--timeout"], 1),
        (["fetch", "--table"], EXIT_FETCH_FAILED),
        (["watch", "--units"], 1),
        (["push", A_DATABASE, "--release"], None),
        (["push", A_DATABASE, "--schema"], None),
        (["push", A_DATABASE, "--reader"], None),
        (["--data"], None),
        (["--seeds"], None),
    ],
)
def test_an_argument_of_any_bytes_is_reported(tmp_path: Path, command: list[str], code: int | None, text: str) -> None:
    layout = write_seeds(tmp_path, {DOC: {}})
    publish_something(layout)
    words = [*command, text, "status"] if command[0].startswith("--") else [*command, text]
    result = run(layout, *words)
    assert isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code == code if code is not None else result.exit_code in range(1, 11)
    assert "Traceback" not in result.output


@pytest.mark.parametrize(
    "command", [["land"], ["check", "--documents"], ["push", A_DATABASE, "--schema"], ["rollback"], ["--data"]]
)
def test_a_nul_is_reported(tmp_path: Path, command: list[str]) -> None:
    layout = write_seeds(tmp_path, {DOC: {}})
    publish_something(layout)
    result = run(layout, *command, "a\0b")
    assert isinstance(result.exception, SystemExit), result.exception
    assert "'a\\x00b'" in result.output


@pytest.mark.parametrize("option", ["--data", "--seeds"])
def test_a_folder_that_dbt_could_not_open_is_refused_before_any_work(tmp_path: Path, option: str) -> None:
    layout = write_seeds(tmp_path, {DOC: {}})
    result = run(layout, option, str(tmp_path / os.fsdecode(b"caf\xe9")), "refresh")
    assert result.exit_code == 1
    assert "caf\\udce9' (JOBMAAL_" in result.output
    assert "its name is not UTF-8" in result.output


def test_what_a_terminal_cannot_show_ends_no_command(published: Published) -> None:
    variables = environment_of(published.layout) | {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    for command in (["status"], ["trace", "plads_til_alle_2007:b.jobpatruljer.adm"], ["trace", b"\xff"]):
        done = subprocess.run([str(COMMAND), *command], env=variables, capture_output=True, check=False, timeout=60)
        assert b"Traceback" not in done.stderr
        assert done.returncode == (EXIT_NO_RELEASE if command[-1] == b"\xff" else 0), done.stderr


@pytest.mark.parametrize("content", [b"\xff\xfe\0", b"UnitFileState=enabled\nId=x", b"UnitFileState=enabled\n\0" * 9])
def test_a_file_of_units_that_is_none_is_reported(tmp_path: Path, content: bytes) -> None:
    layout: Layout = write_seeds(tmp_path, {DOC: {}})
    layout.data.mkdir()
    (tmp_path / "units").write_bytes(content)
    result = run(layout, "watch", "--units", str(tmp_path / "units"))
    assert isinstance(result.exception, SystemExit), result.exception
    # Nobody looks at the services then, which is as if they had stopped.
    assert result.exit_code == EXIT_STOPPED
    assert "is not what `systemctl show` prints" in result.output
