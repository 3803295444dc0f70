"""A folder of saved responses that somebody else has filled: what is read of it, shown of it and kept.

Belongs here: links, pipes, devices, odd names, odd contents and secrets in files that `jobmaal land` is given. Does
not: their size (`test_limits`), and the rules for good ones (`test_fetch`, `test_refusal`).
"""

import base64
import gzip
import json
import os
import socket
from pathlib import Path
from urllib.parse import quote

import pytest
from click.testing import Result

from jobmaal.core import masking
from jobmaal.core.errors import EXIT_FAULTY_INPUT, excerpt, printable
from jobmaal.core.layout import Layout
from jobmaal.jobindsats.folders import Entry
from jobmaal.jobindsats.landing import Landing
from jobmaal.jobindsats.limits import Limits
from jobmaal.jobindsats.names import QUARANTINE, data_names
from jobmaal.jobindsats.response import UnusableResponseError
from tests.conftest import COMMAND, without_privileges
from tests.helpers.fetching import body_of
from tests.helpers.input import run
from tests.helpers.secrets import MARKERS, PASSWORD, TOKEN, search

GOOD, AT = "2026-08-20T00-00-00.json", "2026-08-19T00-00-00.json"


@pytest.fixture
def layout(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> Layout:
    """Return two configured tables, in surroundings with secrets."""
    monkeypatch.setenv("JOBINDSATS_TOKEN", TOKEN)
    monkeypatch.setenv("HTTPS_PROXY", f"http://somebody:{PASSWORD}@127.0.0.1:9")
    return layout


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """Save a good response of each table."""
    folder = tmp_path / "saved"
    for table_id in ("y01", "y02"):
        (folder / table_id).mkdir(parents=True)
        (folder / table_id / GOOD).write_bytes(body_of(table_id))
    return folder


def land(layout: Layout, folder: Path) -> Result:
    """Land a folder with something wrong in it; what is good lands, and no secret gets out."""
    result = run(layout, "land", str(folder))
    assert isinstance(result.exception, SystemExit | None), result.exception
    assert result.exit_code == EXIT_FAULTY_INPUT
    assert "Traceback" not in result.output
    assert {name.partition("/")[0] for name in data_names(layout.landing)} == {"y01", "y02"}
    assert search([result.output, layout.data]) == []
    return result


# --- what is no regular file ------------------------------------------------------------------------------


@pytest.mark.parametrize("target", ["/proc/self/environ", "/etc/passwd", "/dev/zero", "../y02/" + GOOD, "nowhere", AT])
@pytest.mark.parametrize("name", [AT, AT + ".gz"])
def test_a_link_is_not_followed_wherever_it_leads(layout: Layout, saved: Path, target: str, name: str) -> None:
    (saved / "y01" / name).symlink_to(target)
    result = land(layout, saved)
    assert f"{saved / 'y01' / name}: is a symbolic link, and only regular files are landed" in result.stderr
    assert "root:" not in result.output
    assert len(data_names(layout.landing)) == 2
    assert not (layout.landing / QUARANTINE).exists()


def test_a_description_that_is_a_link_keeps_its_table_alone_from_landing(layout: Layout, saved: Path) -> None:
    (saved / "y01" / "table.json").symlink_to("/proc/self/environ")
    result = run(layout, "land", str(saved))
    assert f"{saved / 'y01' / 'table.json'}: is a symbolic link" in result.stderr
    assert "Nothing of this table was landed" in result.stderr
    assert [name.partition("/")[0] for name in data_names(layout.landing)] == ["y02"]


def test_named_pipes_sockets_devices_and_folders_are_refused_at_once(
    layout: Layout, saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.mkfifo(saved / "y01" / AT)
    (saved / "y02" / AT).mkdir()
    (saved / "y02" / "2026-08-18T00-00-00.json.gz").mkdir()
    told = {"y01/" + AT: "a named pipe", "y02/" + AT: "a folder", "y02/2026-08-18T00-00-00.json.gz": "a folder"}
    with socket.socket(socket.AF_UNIX) as open_socket:
        # An address of a socket is no longer than a hundred bytes.
        monkeypatch.chdir(saved / "y02")
        open_socket.bind("2026-08-17T00-00-00.json")
        told["y02/2026-08-17T00-00-00.json"] = "a socket"
        try:
            os.mknod(saved / "y01" / "2026-08-18T00-00-00.json", 0o20644, os.makedev(1, 5))
            told["y01/2026-08-18T00-00-00.json"] = "a device"
        except PermissionError:
            # Only root may make a device; the others are tried all the same.
            pass
        result = land(layout, saved)
    for name, what in told.items():
        assert f"{saved / name}: is {what}, and only regular files are landed" in result.stderr


@pytest.mark.parametrize("inside", ["", "data"])
def test_a_folder_that_is_a_link_is_not_followed(layout: Layout, saved: Path, tmp_path: Path, inside: str) -> None:
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / "y01").mkdir(parents=True)
    (elsewhere / "y01" / AT).write_bytes(body_of("y01"))
    if inside:
        (saved / inside).mkdir()
        (saved / inside).rmdir()
        saved.rename(tmp_path / "inner")
        saved.mkdir()
        (tmp_path / "inner").rename(saved / inside)
    link = saved / inside / "y03"
    link.symlink_to(elsewhere / "y01")
    result = land(layout, saved)
    assert f"{link} is a symbolic link, and none is followed" in result.stderr
    assert len(data_names(layout.landing)) == 2


def test_a_link_in_place_of_data_is_not_followed(layout: Layout, saved: Path, tmp_path: Path) -> None:
    outer = tmp_path / "outer"
    outer.mkdir()
    (outer / "data").symlink_to(saved)
    result = run(layout, "land", str(outer))
    assert result.exit_code == EXIT_FAULTY_INPUT
    assert f"{outer / 'data'} is a symbolic link" in result.stderr
    assert data_names(layout.landing) == []


def test_the_folder_that_is_named_may_be_a_link(layout: Layout, saved: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(saved)
    assert run(layout, "land", str(tmp_path / "link")).exit_code == 0
    assert len(data_names(layout.landing)) == 2


def test_a_file_that_is_exchanged_for_a_link_after_it_was_listed_is_not_read(saved: Path, tmp_path: Path) -> None:
    [table, _] = Entry(saved).entries()
    [file] = table.entries()
    file.path.unlink()
    file.path.symlink_to("/etc/passwd")
    with pytest.raises(UnusableResponseError, match="cannot be read"):
        file.read(Limits())
    table.path.rename(tmp_path / "moved")
    table.path.symlink_to(tmp_path / "moved")
    with pytest.raises(UnusableResponseError, match="cannot be read"):
        table.entries()
    file.path.parent.unlink()
    (tmp_path / "moved").rename(table.path)
    file.path.unlink()
    os.mkfifo(file.path)
    with pytest.raises(UnusableResponseError, match="is a named pipe"):
        file.read(Limits())


def test_what_may_not_be_read_is_reported_and_the_rest_lands(layout: Layout, saved: Path) -> None:
    (saved / "y01" / AT).touch(mode=0)
    (saved / "y09").mkdir(mode=0)
    done = without_privileges(str(COMMAND), "land", str(saved), layout=layout)
    assert done.returncode == EXIT_FAULTY_INPUT
    assert f"{saved / 'y01' / AT}: cannot be read (Permission denied)" in done.stderr
    assert f"{saved / 'y09'} cannot be read (Permission denied)" in done.stderr
    assert {name.partition("/")[0] for name in data_names(layout.landing)} == {"y01", "y02"}


# --- names ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("0001-01-01T00-00-00.json", "a time of the year 1, in which nothing was retrieved"),
        ("0999-12-31T23-59-59.json.gz", "a time of the year 999"),
        ("1969-12-31T23-59-59.json", "a time of the year 1969"),
        ("9999-12-31T23-59-59.json", "a time of the year 9999"),
        ("2199-12-31T23-59-59.json", "a time to come"),
        ("0000-01-01T00-00-00.json", "no time: there is no such day"),
        ("2026-00-00T00-00-00.json", "no time: there is no such day"),
        ("2025-02-29T00-00-00.json", "no time: there is no such day"),
        ("2026-08-18T24-00-00.json", "no time: there is no such day"),
        ("2026-08-18T23-59-60.json", "no time: there is no such day"),
        ("2026-08-18T23-59-61.json", "no time: there is no such day"),
        ("٢٠٢٦-08-18T23-59-59.json", "no time of retrieval"),
        ("2026-08-18T23-59-59.JSON.json", "no time of retrieval"),
        ("2026-08-18T23-59-59\n.json", "no time of retrieval"),
        ("2026-08-18T23-59-59.json.json.gz", "no time of retrieval"),
        ("\x1b[2J.json", "no time of retrieval"),
        (os.fsdecode(b"\xff\xfe.json"), "no time of retrieval"),
        (" .json", "no time of retrieval"),
        ("x" * 250 + ".json", "no time of retrieval"),
        (TOKEN.replace("/", "_") + ".json", "no time of retrieval"),
    ],
)
def test_a_name_that_is_no_time_keeps_no_other_file_from_landing(
    layout: Layout, saved: Path, name: str, reason: str
) -> None:
    (saved / "y01" / name).write_bytes(body_of("y01"))
    result = land(layout, saved)
    [line] = [line for line in result.stderr.splitlines() if reason in line]
    assert line.isprintable()
    assert line.startswith(printable(str(saved / "y01" / name)))
    assert len(data_names(layout.landing)) == 2


@pytest.mark.parametrize("name", ["\x1b[2J", os.fsdecode(b"\xff"), "y01\n", "_quarantine", "_tables", "'; --", "é"])
def test_a_folder_of_any_name_is_reported(layout: Layout, saved: Path, name: str) -> None:
    (saved / name).mkdir()
    (saved / name / AT).write_bytes(body_of("y01"))
    result = land(layout, saved)
    assert f"{printable(str(saved / name))}: no row in " in result.stderr


# --- contents ---------------------------------------------------------------------------------------------


def table(*, columns: object = None, rows: object = None) -> bytes:
    """Write a response with something odd in it."""
    usual = ["Periode", "Område", "Antal"]
    content = {
        "columns": usual if columns is None else columns,
        "rows": [["2026M07", "Aarhus", 1]] if rows is None else rows,
    }
    return json.dumps(content).encode()


def nested(depth: int) -> bytes:
    """Write a list in a list in a list."""
    return b"[" * depth + b"]" * depth


_ROWS = b'{"columns": ["Periode", "Omr\\u00e5de", "Antal"], "rows": [["2026M07", "Aarhus", %b]]}'
CONTENTS: dict[str, bytes] = {
    "nothing": b"",
    "a NUL": b"\0",
    "NULs": bytes(4096),
    "a byte-order mark alone": b"\xef\xbb\xbf",
    "two byte-order marks": b"\xef\xbb\xbf" * 2 + b"{}",
    "UTF-16": body_of("y01").decode().encode("utf-16"),
    "UTF-32": body_of("y01").decode().encode("utf-32"),
    "Latin-1": body_of("y01").decode().encode("latin-1", "replace"),
    "no UTF-8": b'{"\xff": 1}',
    "surrogates as bytes": b'{"columns": ["\xed\xa0\x80"]}',
    "half a character": b'{"columns": ["Periode", "Omr\\u00e5de", "\\ud800"], "rows": [["2026M07", "Aarhus", 1]]}',
    "half a character in a key": b'{"\\udfff": 1}',
    "a key twice": b'{"columns": [], "columns": []}',
    "a NUL in a label": table(columns=["Periode", "Område", "A\0B"]),
    "a NUL in an area": table(rows=[["2026M07", "Aar\0hus", 1]]),
    "no object": b"[]",
    "a number": b"1",
    "null": b"null",
    "no columns": b'{"columns": null, "rows": null}',
    "rows that are none": table(rows={"a": 1}),
    "rows of other things": table(rows=[1, "a", None]),
    "cells of other things": table(rows=[["2026M07", "Aarhus", {"a": [1]}]]),
    "columns of other things": table(columns=[1, [2], {"3": 4}]),
    "columns of one kind, a hundred thousand": table(columns=["Periode", "Område", *map(str, range(100_000))]),
    "a period as a list": table(rows=[[["2026M07"], "Aarhus", 1]]),
    "an area as an object": table(rows=[["2026M07", {"a": 1}, 1]]),
    "an integer of four thousand digits": _ROWS % (b"9" * 4000),
    "an integer of a million digits": _ROWS % (b"9" * 1_000_000),
    "a large exponent": _ROWS % b"1e999999999",
    "a larger exponent": _ROWS % b"1e99999999999999999999",
    "a small exponent": _ROWS % b"1e-999999999",
    "a million decimals": _ROWS % (b"0." + b"1" * 1_000_000),
    "not a number": _ROWS % b"NaN",
    "a negative count of persons": _ROWS % b"-1",
    "infinite": _ROWS % b"-Infinity",
    "true": _ROWS % b"true",
    "a megabyte of text": _ROWS % (b'"' + b"x" * 1_000_000 + b'"'),
    "a period of a megabyte": table(rows=[["2" * 1_000_000, "Aarhus", 1]]),
    "an area of a megabyte": table(rows=[["2026M07", "x" * 1_000_000, 1]]),
    "a year of none": table(rows=[["0000M00", "Aarhus", 1]]),
    "control characters": b"\x1b[2J\x07" * 100,
    **{f"{depth} lists": nested(depth) for depth in (50, 900, 990, 1000, 5000, 200_000)},
    **{f"{depth} lists in a cell": _ROWS % nested(depth) for depth in (50, 900, 960, 980, 990, 1000)},
    **{f"{depth} lists for columns": b'{"columns": %b, "rows": []}' % nested(depth) for depth in (50, 900, 980, 990)},
    **{f"{depth} lists for a cause": b'{"cause": %b}' % nested(depth) for depth in (50, 900, 980, 990, 1000)},
    **{f"{depth} lists beside half a character": b'["\\ud800", %b]' % nested(depth) for depth in (900, 980, 990)},
}  # fmt: skip


@pytest.mark.parametrize("what", CONTENTS)
@pytest.mark.parametrize("name", [AT, AT + ".gz", "table.json"])
def test_whatever_a_file_has_in_it_is_reported_in_a_line(layout: Layout, saved: Path, what: str, name: str) -> None:
    content = CONTENTS[what]
    (saved / "y01" / name).write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    if name == "table.json":
        # Nothing lands beside a description that is none, but what landed before is there.
        (saved / "y01" / name).rename(saved / "aside")
        assert run(layout, "land", str(saved)).exit_code == 0
        (saved / "aside").rename(saved / "y01" / name)
    result = land(layout, saved)
    [line] = [line for line in result.stderr.splitlines() if line.startswith(f"{saved / 'y01' / name}: ")]
    assert line.isprintable()
    assert len(line) <= 1100


@pytest.mark.parametrize("content", [b"", b"\x1f", b"\x1f\x8b", b"\x1f\x8b\x08" + bytes(99), b"plain", bytes(99)])
def test_a_packed_file_that_is_none_is_reported(layout: Layout, saved: Path, content: bytes) -> None:
    (saved / "y01" / (AT + ".gz")).write_bytes(content)
    told = land(layout, saved).stderr
    assert "cannot be unpacked" in told or "is no JSON" in told


# --- secrets ----------------------------------------------------------------------------------------------


def ways(secret: str) -> dict[str, bytes]:
    """Write a secret as files do."""
    return {
        "a process's environment": b"HOME=/\0JOBINDSATS_TOKEN=" + secret.encode() + b"\0",
        "a label": table(columns=["Periode", "Område", secret]),
        "an area": table(rows=[["2026M07", secret, 1]]),
        "a cause": json.dumps({"cause": f"Who is {secret}?"}).encode(),
        "an address": quote(secret, safe="").encode(),
        "an address in small letters": quote(secret, safe="").lower().encode(),
        "JSON with its slashes escaped": json.dumps(secret).replace("/", "\\/").encode(),
        "base64": base64.b64encode(f"Bearer {secret} ".encode()),
        "two bytes a character": secret.encode("utf-16"),
        "behind a long text": b" " * 100_000 + secret.encode(),
    }


@pytest.mark.parametrize("secret", MARKERS)
@pytest.mark.parametrize("way", ways(TOKEN))
def test_a_file_with_a_secret_of_the_environment_is_neither_shown_nor_kept(
    layout: Layout, saved: Path, secret: str, way: str
) -> None:
    (saved / "y01" / AT).write_bytes(ways(secret)[way])
    result = land(layout, saved)
    variable = "JOBINDSATS_TOKEN" if secret == TOKEN else "HTTPS_PROXY"
    assert f"{AT}: contains the secret in {variable}, so it was neither landed nor kept" in result.stderr
    assert not (layout.landing / QUARANTINE).exists()


def test_a_short_secret_is_masked_where_it_is_shown(
    layout: Layout, saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JOBINDSATS_TOKEN", "kort+kode")
    (saved / "y01" / AT).write_bytes(json.dumps({"cause": "x" * 195 + "kort+kode"}).encode())
    result = run(layout, "land", str(saved))
    assert "kort" not in result.output
    assert "(secr" in result.output
    [sidecar] = (layout.landing / QUARANTINE / "y01").glob("*.request.json")
    assert "kort" not in sidecar.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("variable", "value", "secret"),
    [
        ("JOBMAAL_ALERT_URL", "mailtos://me:pass%2Bword@mail.example.org?to=you@example.org", "pass+word"),
        ("JOBMAAL_ALERT_URL", "json://a:first-one@h, json://b:second-one@h", "second-one"),
        ("JOBMAAL_HEARTBEAT_URL", "https://monitoring.example.dk/ping/abc", "https://monitoring.example.dk/ping/abc"),
        ("PGPASSWORD", "hunter-two", "hunter-two"),
        ("JOBMAAL_POSTGRES", "postgresql+psycopg2://jobmaal:hunter-two@db:5432/jobmaal", "hunter-two"),
        ("SOME_API_KEY", "abcdef-0123", "abcdef-0123"),
    ],
)
def test_what_counts_as_a_secret(monkeypatch: pytest.MonkeyPatch, variable: str, value: str, secret: str) -> None:
    monkeypatch.setenv(variable, value)
    assert masking.masked(f"say {secret}, please") == f"say {masking.MASK}, please"
    assert printable(f"{secret}\n") == f"{masking.MASK}\\n"


@pytest.mark.parametrize(("variable", "value"), [("TOKENIZERS_PARALLELISM", "disabled"), ("MONKEY", "banana")])
def test_what_is_no_secret_is_shown(monkeypatch: pytest.MonkeyPatch, variable: str, value: str) -> None:
    monkeypatch.setenv(variable, value)
    assert masking.masked(value) == value


def test_an_excerpt_is_masked_before_it_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JOBINDSATS_TOKEN", TOKEN)
    for before in range(150, 210):
        assert TOKEN[:4] not in excerpt("x" * before + TOKEN)
    assert len(excerpt("x" * 10_000)) == 201


def test_what_is_quarantined_is_shown_by_its_first_characters_alone(layout: Layout, saved: Path) -> None:
    (saved / "y01" / AT).write_bytes(b"<" + b"abcdefghij" * 5000)
    told = land(layout, saved).stderr
    assert "is HTML" in told
    assert 10 < told.count("abcdefghij") <= 20
    assert Landing(layout).responses("y01")
