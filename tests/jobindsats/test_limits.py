"""A response may be so large and take so long, and no more: over a real socket, and in a saved file.

Belongs here: limits of size and time, and what they cost in memory. Does not: which files of a folder are read
(`test_saved`), nor what else a publisher may do wrong (`test_fetch`).
"""

import gzip
import io
import json
import random
import socket
import threading
import time
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from jobmaal.core.errors import EXIT_BROKE_DOWN, EXIT_FAULTY_INPUT, EXIT_FETCH_FAILED, FetchError, JobmaalError
from jobmaal.core.layout import Layout
from jobmaal.jobindsats import client as http
from jobmaal.jobindsats import limits
from jobmaal.jobindsats.client import Client
from jobmaal.jobindsats.limits import PACKED_VARIABLE, SIZE_VARIABLE, Limits
from jobmaal.jobindsats.names import QUARANTINE, data_names
from jobmaal.jobindsats.response import UnusableResponseError
from tests.helpers.fetching import TOKEN, body_of
from tests.helpers.input import run

OK = b"HTTP/1.1 200 OK\r\n"
MB = 1_000_000
SMALL = Limits(size=1, packed=0.1)

Talk = Callable[[socket.socket], None]


@contextmanager
def talking(talk: Talk) -> Iterator[tuple[str, list[int]]]:
    """Start a server that says what it likes to each request; yield its address, and when it was asked."""
    server, asked = socket.create_server(("127.0.0.1", 0)), list[int]()

    def one(connection: socket.socket) -> None:
        with connection:
            try:
                connection.recv(65536)
                asked.append(1)
                talk(connection)
            except OSError:
                # The client has hung up.
                return

    def serve() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            threading.Thread(target=one, args=(connection,), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.getsockname()[1]}/v3", asked
    finally:
        server.shutdown(socket.SHUT_RDWR)
        server.close()


def ask(url: str, timeout: float = 5, most: Limits = SMALL) -> bytes:
    """Ask for the list of tables, with little patience."""
    return Client(url, TOKEN, 0, 1, timeout, backoff=0.001, limits=most).get("/tables", {})[1]


def drip(connection: socket.socket, text: bytes) -> None:
    """Send a byte at a time, each well before a patience of its own would end."""
    for at in range(len(text)):
        connection.sendall(text[at : at + 1])
        time.sleep(0.05)


def saying(*parts: bytes) -> Talk:
    """Send some bytes, and hang up."""
    return lambda connection: connection.sendall(b"".join(parts))


def with_body(body: bytes, *headers: bytes) -> bytes:
    """Write a response."""
    return b"\r\n".join([OK.strip(), *headers, b"Content-Length: %d" % len(body), b"", body])


# --- time -------------------------------------------------------------------------------------------------


#: What is sent at once, and what a byte at a time.
SLOW: dict[str, tuple[bytes, bytes]] = {
    "all of it": (b"", OK + b"Content-Length: 4000\r\n\r\n" + b" " * 4000),
    "a body": (OK + b"Content-Length: 4000\r\n\r\n", b" " * 4000),
    "a body without an end": (OK + b"\r\n", b" " * 4000),
    "a status": (b"", b"HTTP/1.1 2" + b"0" * 4000),
    "headers": (OK, b"X-Some: thing\r\n" * 400),
    "continuations": (b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 400),
    "chunks": (OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n" * 4000),
    "a redirect": (b"HTTP/1.1 302 Found\r\nLocation: /v3\r\nContent-Length: 4000\r\n\r\n", b" " * 4000),
    "an error": (b"HTTP/1.1 404 Not Found\r\nContent-Length: 4000\r\n\r\n", b" " * 4000),
}


@pytest.mark.parametrize("what", SLOW)
def test_a_response_that_comes_a_byte_at_a_time_ends_with_the_time_of_the_request(
    monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    monkeypatch.setattr(http, "_RETRIES", 1)
    at_once, slowly = SLOW[what]

    def talk(connection: socket.socket) -> None:
        connection.sendall(at_once)
        drip(connection, slowly)

    with talking(talk) as (url, asked):
        began = time.monotonic()
        with pytest.raises(
            FetchError, match=r"none within 0\.4 s, the limit that --timeout or JOBINDSATS_TIMEOUT sets"
        ):
            ask(url, timeout=0.4)
        # Each try has the whole time. To its last byte, one response would take 200 seconds.
        assert 0.8 <= time.monotonic() - began < 100
    assert len(asked) == 2


def test_a_slow_response_that_is_in_time_arrives_whole() -> None:
    with talking(lambda c: drip(c, with_body(b"[]"))) as (url, _):
        assert ask(url, timeout=60) == b"[]"


# --- size -------------------------------------------------------------------------------------------------


def zeros(size: int) -> bytes:
    """Pack zeros, of which a thousand are one byte."""
    packer, piece = zlib.compressobj(9, wbits=31), bytes(MB)
    return b"".join([*(packer.compress(piece) for _ in range(size // MB)), packer.flush()])


def noise(size: int) -> bytes:
    """Return bytes that cannot be packed."""
    return random.Random(7).randbytes(size)


LARGE: dict[str, tuple[bytes, str]] = {
    "plain": (with_body(b" " * (MB + 1)), SIZE_VARIABLE),
    "without an end": (OK + b"\r\n" + b" " * (3 * MB), SIZE_VARIABLE),
    "in chunks": (OK + b"Transfer-Encoding: chunked\r\n\r\n" + b"10000\r\n%b\r\n" % (b" " * 65536) * 99, SIZE_VARIABLE),
    "unpacked": (with_body(zeros(50 * MB), b"Content-Encoding: gzip"), SIZE_VARIABLE),
    "in parts": (with_body(gzip.compress(bytes(9000)) * 200, b"Content-Encoding: x-gzip"), SIZE_VARIABLE),
    "packed": (with_body(gzip.compress(noise(MB // 2)), b"Content-Encoding: gzip"), PACKED_VARIABLE),
    "packed of empty parts": (with_body(gzip.compress(b"") * 9000, b"Content-Encoding: gzip"), PACKED_VARIABLE),
}  # fmt: skip


@pytest.mark.parametrize("what", LARGE)
def test_a_response_that_is_too_large_is_refused_by_its_limit_and_not_asked_for_again(what: str) -> None:
    response, variable = LARGE[what]
    limit = "1 MB unpacked" if variable == SIZE_VARIABLE else "0.1 MB packed"
    with talking(saying(response)) as (url, asked), pytest.raises(FetchError) as error:
        ask(url)
    assert f"The response to /tables? is larger than {limit}, so the rest was not read" in str(error.value)
    assert f"{variable} sets another limit" in str(error.value)
    assert len(asked) == 1


def test_the_largest_response_within_the_limits_arrives() -> None:
    body = b"[" + b" " * (MB - 2) + b"]"
    for response in (with_body(body), with_body(gzip.compress(body), b"Content-Encoding: gzip")):
        with talking(saying(response)) as (url, _):
            assert ask(url) == body


@pytest.mark.parametrize("status", [b"404 Not Found", b"302 Found", b"401 Unauthorized"])
def test_of_a_refusal_that_is_too_large_the_status_is_reported(status: bytes) -> None:
    body = zeros(50 * MB)
    response = with_body(body, b"Content-Encoding: gzip").replace(b"200 OK", status)
    with talking(saying(response)) as (url, _), pytest.raises(FetchError, match=f"with {status[:3].decode()}"):
        ask(url)


ODD: dict[str, tuple[bytes, str]] = {
    "brotli": (with_body(b"[]", b"Content-Encoding: br"), "is packed as 'br', which was not requested"),
    "packed twice": (with_body(b"[]", b"Content-Encoding: gzip, gzip"), "is packed as 'gzip, gzip'"),
    "packed and not": (with_body(b"[]", b"Content-Encoding: gzip"), "cannot be unpacked"),
    "packed and cut off": (with_body(gzip.compress(b"[]" * 99)[:-9], b"Content-Encoding: gzip"), "cannot be unpacked"),
    "bytes behind it": (with_body(gzip.compress(b"[]") + b"more", b"Content-Encoding: gzip"), "cannot be unpacked"),
    "a chunk below zero": (OK + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n" + b" " * MB, "gave no whole"),
    "another chunk below zero": (OK + b"Transfer-Encoding: chunked\r\n\r\n-5\r\n" + b" " * MB, "gave no whole"),
    "no chunk": (OK + b"Transfer-Encoding: chunked\r\n\r\nmany\r\n", "gave no whole"),
    "a chunk whose size has no end": (OK + b"Transfer-Encoding: chunked\r\n\r\n" + b"0" * MB, "gave no whole"),
    "headers without an end": (OK + b"X: y\r\n" * 90_000, "gave no whole"),
    "a header without an end": (OK + b"X: " + b"y" * 3 * MB, "gave no whole"),
    "a status without an end": (b"HTTP/1.1 " + b"2" * MB, "gave no whole"),
    "no HTTP": (b"220 mail.example.dk ESMTP\r\n", "gave no whole"),
    "nothing": (b"", "gave no whole"),
    "a pause without an end": (
        with_body(b"later", b"Retry-After: " + b"9" * 5000).replace(b"200 OK", b"503 Busy"), "with 503: later",
    ),
    "a pause of ages": (
        with_body(b"later", b"Retry-After: " + b"9" * 40).replace(b"200 OK", b"503 Busy"), "It asks to wait",
    ),
    "an error in a thousand lists": (
        with_body(b"[" * 90_000).replace(b"200 OK", b"422 Odd"), "with 422: " + "[" * 200 + "…",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", ODD)
def test_whatever_is_sent_is_reported_in_a_line(monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    monkeypatch.setattr(http, "_RETRIES", 1)
    response, reason = ODD[what]
    with talking(saying(response)) as (url, _), pytest.raises(FetchError) as error:
        ask(url)
    assert reason in str(error.value)
    assert len(str(error.value)) < 1000
    assert str(error.value).isprintable()


def test_the_connection_is_used_again_after_a_response_that_was_not_read_to_its_end() -> None:
    with talking(saying(LARGE["plain"][0])) as (url, asked):
        client = Client(url, TOKEN, 0, 1, 5, limits=SMALL)
        for _ in range(3):
            with pytest.raises(FetchError, match="larger than"):
                client.get("/tables", {})
    assert len(asked) == 3


@pytest.mark.parametrize("size", [50, 2000])
def test_memory_does_not_grow_with_what_a_file_unpacks_to(size: int) -> None:
    packed = zeros(size * MB)
    tracemalloc.start()
    try:
        with pytest.raises(UnusableResponseError, match="is larger than 8 MB unpacked"):
            limits.read(io.BytesIO(packed), Limits(size=8, packed=16), is_packed=True)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 20 * MB


def test_parts_that_were_packed_one_by_one_are_one_response() -> None:
    packed = gzip.compress(b"[1,") + gzip.compress(b"") + gzip.compress(b"2]") + bytes(512)
    assert limits.read(io.BytesIO(packed), Limits(), is_packed=True) == b"[1,2]"


# --- settings ---------------------------------------------------------------------------------------------


def test_another_limit_can_be_set_for_a_fetch(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    with talking(saying(with_body(b" " * 3000))) as (url, _):
        for name, value in (
            ("JOBINDSATS_URL", url), ("JOBINDSATS_TOKEN", TOKEN), ("JOBINDSATS_RATE", "0"), (SIZE_VARIABLE, "0.002"),
        ):  # fmt: skip
            monkeypatch.setenv(name, value)
        result = run(layout, "fetch")
    assert result.exit_code == EXIT_FETCH_FAILED
    assert "is larger than 0.002 MB unpacked" in result.output


@pytest.mark.parametrize("text", ["0", "-1", "many", "nan", "inf", "64 MB"])
@pytest.mark.parametrize("variable", [SIZE_VARIABLE, PACKED_VARIABLE])
def test_a_limit_that_is_none_is_reported(
    layout: Layout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, text: str
) -> None:
    monkeypatch.setenv(variable, text)
    result = run(layout, "land", str(tmp_path))
    assert result.exit_code == EXIT_BROKE_DOWN
    assert f"{variable} must be a number of megabytes, such as " in result.output
    with pytest.raises(JobmaalError, match="must be a number"):
        limits.from_environment()


@pytest.mark.parametrize(
    ("ending", "content", "told"),
    [
        (".json", b" " * 60_000, f"0.05 MB unpacked, so the rest was not read. {SIZE_VARIABLE} sets another limit"),
        (".json.gz", zeros(5 * MB), f"0.05 MB unpacked, so the rest was not read. {SIZE_VARIABLE} sets another limit"),
        (".json.gz", gzip.compress(noise(30_000)), f"0.02 MB packed, so the rest was not read. {PACKED_VARIABLE} sets"),
    ],
)
def test_a_saved_file_that_is_too_large_keeps_no_other_from_landing(
    layout: Layout, monkeypatch: pytest.MonkeyPatch, ending: str, content: bytes, told: str
) -> None:
    monkeypatch.setenv(SIZE_VARIABLE, "0.05")
    monkeypatch.setenv(PACKED_VARIABLE, "0.02")
    folder = layout.seeds.parent / "saved" / "y01"
    folder.mkdir(parents=True)
    file = folder / f"2026-08-19T00-00-00{ending}"
    file.write_bytes(content)
    (folder / "2026-08-20T00-00-00.json").write_bytes(body_of("y01"))
    result = run(layout, "land", str(folder.parent))
    assert result.exit_code == EXIT_FAULTY_INPUT
    assert f"{file}: is larger than {told}" in result.stderr
    assert len(data_names(layout.landing)) == 1
    assert not (layout.landing / QUARANTINE).exists()


def test_the_defaults_have_room_for_the_largest_response_of_the_benchmark() -> None:
    # 20 months of 99 areas and 60 members with three measures (benchmarks/landing.py), and labels as long as any.
    labels = ["2026M08", "Brønderslev", "Kvinder i alt, 60 år og derover", "Uddannelseshjælp"]
    values = random.Random(7)
    rows = [[*labels, values.randrange(10**6), values.randrange(10**6), values.random()] for _ in range(20 * 99 * 60)]
    body = json.dumps({"columns": labels, "rows": rows}, ensure_ascii=False).encode()
    assert len(body) < Limits.size * MB / 4
    assert len(gzip.compress(body, 1)) < Limits.packed * MB / 4
