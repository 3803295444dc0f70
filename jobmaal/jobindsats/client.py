"""Asking the publisher: one GET at a time, patient with what passes, clear about what does not.

Belongs here: HTTP, the token, waiting and trying again, the pace, and telling what failed. Does not: what is
asked for (`plan`), what a response must hold (`response`), and where it is kept (`landing`).

The token is read from the environment in one place and goes into one header. It stands in no message, no
configuration and no file.
"""

import datetime as dt
import http.client
import io
import itertools
import json
import os
import random
import re
import socket
import threading
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlencode
from urllib.request import getproxies, proxy_bypass

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    InvalidHeader,
    NewConnectionError,
    ProtocolError,
    ProxyError,
    ReadTimeoutError,
    SSLError,
)
from urllib3.util import Retry, Timeout, parse_url

from jobmaal.core import masking
from jobmaal.core.errors import FetchError, excerpt
from jobmaal.jobindsats import limits as sizes
from jobmaal.jobindsats.limits import Limits
from jobmaal.jobindsats.response import UnusableResponseError

TOKEN_VARIABLE = "JOBINDSATS_TOKEN"
URL_VARIABLE = "JOBINDSATS_URL"
TIMEOUT_VARIABLE = "JOBINDSATS_TIMEOUT"
DEFAULT_URL = "https://api.jobindsats.dk/v3"

#: How often a request that failed in a way that can pass is made again, and the longest wait asked for by a response.
_RETRIES = 5
_LONGEST_WAIT_SECONDS = 300
#: A pause that is asked for is kept to as a whole or not at all; of a longer one than this the end has no date.
_NEVER_CUT_SHORT = 10**9
#: Maximum size of a response that refuses a request: a person reads its first words. In millions of bytes.
_REFUSAL = Limits(size=1, packed=1)
_PLAIN, _PACKED = ("", "identity"), ("gzip", "x-gzip")
_PASSING_STATUS = (429, 500, 502, 503, 504)
_OK, _REDIRECT, _UNAUTHORIZED, _FORBIDDEN, _UNPROCESSABLE = 200, range(300, 400), 401, 403, 422
#: What the publisher writes where it refuses a request for its size; the wording is not known, so any of these counts.
#: 413 and 414 (body and address too long) mean it by themselves.
_TOO_MUCH_STATUS = (413, 414)
_TOO_MUCH_RE = re.compile(
    r"\bcells?\b|\bcelle|too (?:many|much|large|big|long)|for (?:mange|stor|lang)|exceed|overskrid|maximum|maksim"
    r"|\blimit",
    re.IGNORECASE,
)
_UNKNOWN_RE = re.compile(r"^\W*(?:unknown|ukendt|missing|invalid|ugyldig|requested latest)", re.IGNORECASE)
_SHOWN_CHARACTERS = 200
#: How far this machine's clock may be from the publisher's. Responses are ordered by it for ever.
_CLOCK_TOLERANCE = dt.timedelta(minutes=15)
#: What stands for the token where a response repeats it, and from which length on it is in a response by no chance.
_MASK, _TELLING_LENGTH = b"(token)", 12
#: What urllib3 begins a message with.
_CONNECTION_RE = re.compile(r"^HTTPS?Connection(?:Pool)?\([^)]*\): ")
_LIST_RE = re.compile(r"([^=&,]+),(?:[^=&,]+,)+([^=&,]+)")
_LOCAL_HOSTS = ("127.0.0.1", "localhost", "[::1]")


class OutOfReachError(FetchError):
    """No other request would do better: nobody answers, or lets us in with this token; or our clock is wrong."""


class TooMuchError(FetchError):
    """The publisher refuses the request for its size: asking for less at a time may do."""


class _Until(io.RawIOBase):
    """What arrives over a connection until a moment, however slowly."""

    def __init__(self, connection: socket.socket, raw: io.RawIOBase, ends: float) -> None:
        super().__init__()
        self._connection, self._raw, self._ends = connection, raw, ends

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int | None:
        seconds = self._ends - time.monotonic()
        if seconds <= 0:
            raise TimeoutError
        self._connection.settimeout(seconds)
        return self._raw.readinto(buffer)

    def readall(self) -> bytes:
        # What is read is bounded piece by piece. Only a chunk of a size below zero would have everything read at once.
        raise http.client.HTTPException("a chunk of a size that is none")

    def close(self) -> None:
        self._raw.close()
        super().close()


class _TimedResponse(http.client.HTTPResponse):
    """A response of which the last byte must arrive in time: a connection's own timeout begins again with each byte.

    What urllib3 sets as that patience is what is left of the time of the whole request.
    """

    def __init__(self, sock: socket.socket, *arguments: Any, **named: Any) -> None:
        super().__init__(sock, *arguments, **named)
        ends = time.monotonic() + (sock.gettimeout() or 0)
        self.fp = io.BufferedReader(_Until(sock, self.fp.detach(), ends))


class _Connection(HTTPConnection):
    response_class = _TimedResponse


class _EncryptedConnection(HTTPSConnection):
    response_class = _TimedResponse


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _EncryptedPool(HTTPSConnectionPool):
    ConnectionCls = _EncryptedConnection


class Client:
    """Asks one publisher. Safe to share between threads; connections are used again."""

    def __init__(  # noqa: PLR0913
        self,
        base_url: str,
        token: str,
        rate: float,
        connections: int,
        timeout: float,
        *,
        backoff: float = 1.0,
        limits: Limits | None = None,
    ) -> None:
        """Take the token, and how to request: at most `rate` new requests a second (0: no limit); seconds otherwise.

        `timeout` is for one try of a request, from the first byte sent to the last one received. Raises FetchError
        where the address or the token cannot be one.
        """
        self._base_url = _judged_url(base_url)
        self._token = [form.encode() for form in masking.text_forms(_judged_token(token))]
        self._is_telling = len(token) >= _TELLING_LENGTH
        self._pace = _Pace(rate)
        self._timeout, self._backoff, self._limits = timeout, backoff, limits or Limits()
        self._pool = _pool(
            self._base_url,
            maxsize=connections,
            block=True,
            headers={"Authorization": f"Bearer {token}", "Accept": "application/json"},
            timeout=Timeout(total=timeout),
            retries=False,
        )
        self._pool.pool_classes_by_scheme = {"http": _Pool, "https": _EncryptedPool}

    def get(self, path: str, params: Mapping[str, str]) -> tuple[int, bytes, dt.datetime]:
        """Return status, body and time of retrieval (UTC). Raises FetchError for all but 200, or by a wrong clock."""
        asked = target(path, params)
        self._pace.wait()
        began = dt.datetime.now(dt.UTC)
        response, body = self._response(asked)
        if response.status != _OK:
            raise _refused(asked, response.status, self._masked(body), _wait_of(response))
        variable = TOKEN_VARIABLE if self._is_telling and any(f in body for f in self._token) else None
        variable = variable or masking.variable_in(body)
        if variable is not None:
            what = "the token" if variable == TOKEN_VARIABLE else f"the secret in {variable}"
            raise FetchError(f"The response to {abridged(asked)} repeats {what}, so it was not kept.")
        ended = dt.datetime.now(dt.UTC)
        _check_clock(response.headers, began, ended)
        return response.status, body, ended

    def _response(self, asked: str) -> tuple[urllib3.BaseHTTPResponse, bytes]:
        """Return the response and its body, of the first try that does not fail in a way that can pass.

        Of a pause that is too long the response that asks for it is returned: after less it would be refused again.
        """
        for tries in itertools.count(1):
            wait = self._backoff * (2 ** (tries - 1) + random.random())
            try:
                response, body = self._try(asked)
            except (HTTPError, ValueError) as error:
                # The size of a chunk that is no number is a ValueError.
                if tries > _RETRIES:
                    raise self._unanswered(asked, error) from None
            else:
                wished = _wait_of(response)
                if response.status not in _PASSING_STATUS or tries > _RETRIES or wished > _LONGEST_WAIT_SECONDS:
                    break
                wait = wished or wait
            time.sleep(wait)
        return response, body

    def _try(self, asked: str) -> tuple[urllib3.BaseHTTPResponse, bytes]:
        """Send the request once; return the response and its body. Raises FetchError where that exceeds a limit."""
        # A redirect is not followed: it would carry the token to the host that the response names.
        response = self._pool.request(
            "GET", self._base_url + asked, redirect=False, preload_content=False, decode_content=False
        )
        try:
            return response, self._body(response)
        except UnusableResponseError as error:
            raise FetchError(
                f"The response to {abridged(asked)} {error}. Ask for less at a time (--cell-limit), or set another "
                "limit where the response is as it should be."
            ) from None
        finally:
            # What was not read is not waited for.
            response.close()
            response.release_conn()

    def _body(self, response: urllib3.BaseHTTPResponse) -> bytes:
        """Read a body within the limits. Raises UnusableResponseError; a refusal's body that is too large is none."""
        encoding = response.headers.get("Content-Encoding", "").strip().lower()
        if encoding not in _PLAIN + _PACKED:
            raise UnusableResponseError(f"is packed as '{excerpt(encoding)}', which was not requested")
        try:
            limits = self._limits if response.status == _OK else _REFUSAL
            return sizes.read(response, limits, is_packed=encoding in _PACKED)
        except UnusableResponseError:
            if response.status == _OK:
                raise
            return b""

    def _masked(self, body: bytes) -> bytes:
        for form in self._token:
            body = body.replace(form, _MASK)
        return body

    def _unanswered(self, asked: str, error: Exception | None) -> FetchError:
        """Show that no response came; the network and the other end are named, nothing that was sent but the path."""
        host = parse_url(self._base_url).host
        if isinstance(error, NewConnectionError | ConnectTimeoutError | ProxyError | SSLError):
            return OutOfReachError(
                f"{host} cannot be reached ({_reason(error)}). Asked for {abridged(asked)}, "
                f"tried {_RETRIES + 1} times. Look to the network, a proxy, or {URL_VARIABLE} if it is set.",
                can_pass=True,
            )
        reason = _reason(error)
        if isinstance(error, ReadTimeoutError):
            reason = f"timed out: none within {self._timeout:g} s, the limit that --timeout or {TIMEOUT_VARIABLE} sets"
        return FetchError(
            f"{host} gave no whole response to {abridged(asked)} in {_RETRIES + 1} tries ({reason}). "
            "Try later, or ask for less at a time (--cell-limit) or wait longer (--timeout).",
            can_pass=True,
        )


def from_environment(rate: float, connections: int, timeout: float) -> Client:
    """Make a client of JOBINDSATS_TOKEN and JOBINDSATS_URL. Raises FetchError where there is no token."""
    token = os.environ.get(TOKEN_VARIABLE, "").strip()
    if not token:
        raise FetchError(
            f"There is no token for Jobindsats: set {TOKEN_VARIABLE}. Without one, `jobmaal land DIR` takes responses "
            "that were saved to files, and `make demo` shows the warehouse with made-up ones."
        )
    url = os.environ.get(URL_VARIABLE) or DEFAULT_URL
    return Client(url, token, rate, connections, timeout, limits=sizes.from_environment())


def target(path: str, params: Mapping[str, str]) -> str:
    """Write what is asked for as the request does, with the characters of Jobindsats's selections as they are."""
    return f"{path}?{urlencode(params, safe='*/,:')}"


def _pool(base_url: str, **settings: Any) -> urllib3.PoolManager:
    """Return connections to an address, by the proxy that the environment names for it (HTTPS_PROXY, NO_PROXY).

    Raises FetchError where it names none that can be; what it names may hold a password, and is not shown.
    """
    url = parse_url(base_url)
    proxy = getproxies().get(url.scheme or "")
    if not proxy or url.host in _LOCAL_HOSTS or proxy_bypass(url.host or ""):
        return urllib3.PoolManager(**settings)
    try:
        return urllib3.ProxyManager(proxy, **settings)
    except HTTPError:
        text = f"The proxy that {(url.scheme or '').upper()}_PROXY names is none that can be used"
        raise FetchError(f"{text}: it must be an address such as http://proxy.example:3128.") from None


def abridged(asked: str) -> str:
    """Shorten the long lists in what was asked, for a message: 2026M01,…,2026M12."""
    return _LIST_RE.sub(r"\1,…,\2", asked)


class _Pace:
    """Spaces the requests of all threads evenly."""

    def __init__(self, rate: float) -> None:
        self._gap = 1 / rate if rate > 0 else 0.0
        self._next = 0.0
        self._lock = threading.Lock()

    def wait(self) -> None:
        """Sleep until this thread's turn."""
        with self._lock:
            turn = max(self._next, time.monotonic())
            self._next = turn + self._gap
        time.sleep(max(0.0, turn - time.monotonic()))


def _judged_url(text: str) -> str:
    """Return the address without a slash at its end; a token goes out encrypted, or no further than this machine."""
    try:
        url = parse_url(text)
    except HTTPError:
        url = parse_url("")
    is_safe = url.scheme == "https" or (url.scheme == "http" and url.host in _LOCAL_HOSTS)
    if not is_safe or not url.host or url.auth or url.query:
        raise FetchError(
            f"{URL_VARIABLE} must be an https address such as {DEFAULT_URL}, without user or question mark."
        )
    return text.rstrip("/")


def _judged_token(token: str) -> str:
    if not token.isascii() or not token.isprintable() or " " in token:
        raise FetchError(
            f"{TOKEN_VARIABLE} holds a character that no token has (a blank, a line break, a letter such as æ). "
            "Copy the token again, whole and by itself."
        )
    return token


def _wait_of(response: urllib3.BaseHTTPResponse) -> float:
    """Return the pause that a response asks for by `Retry-After`, in seconds; 0 for none, or one nobody can read."""
    try:
        return Retry(retry_after_max=_NEVER_CUT_SHORT).parse_retry_after(response.headers.get("Retry-After", ""))
    except (InvalidHeader, ValueError, OverflowError, TypeError, IndexError):
        return 0


def _refused(asked: str, status: int, body: bytes, wait: float = 0) -> FetchError:
    """Return the error for a response that is not 200. `wait` is its `Retry-After` in seconds."""
    said = _said(body)
    came = f"Jobindsats answered {abridged(asked)} with {status}" + (f": {said}" if said else "")
    if status == _UNAUTHORIZED:
        return OutOfReachError(f"{came}. The token is not accepted: check {TOKEN_VARIABLE} (v3 has tokens of its own).")
    if status == _FORBIDDEN:
        return FetchError(f"{came}. The token may not read this: ask Jobindsats what it gives access to.")
    if status in _REDIRECT:
        return FetchError(f"{came}. It points elsewhere, and the token is not taken along: check {URL_VARIABLE}.")
    if status in _PASSING_STATUS:
        return _refused_for_now(came, wait)
    if status in _TOO_MUCH_STATUS or (
        status == _UNPROCESSABLE and _TOO_MUCH_RE.search(said) and not _UNKNOWN_RE.search(said)
    ):
        return TooMuchError(f"{came}. That was too much at a time: ask for fewer cells (--cell-limit).")
    return FetchError(f"{came}. Asking again would give the same.")


def _refused_for_now(came: str, wait: float) -> FetchError:
    """Return what to report of a refusal that passes: by waiting, or only after longer than a fetch waits."""
    if wait > _LONGEST_WAIT_SECONDS:
        until = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=wait)
        return OutOfReachError(
            f"{came}. It asks to wait {_duration(wait)}, until {until:%Y-%m-%d %H:%M} UTC, and a fetch waits no longer "
            f"than {_duration(_LONGEST_WAIT_SECONDS)}: this one ends here. Fetch again after that time."
        )
    return FetchError(f"{came}, {_RETRIES + 1} times. Try later.", can_pass=True)


def _duration(seconds: float) -> str:
    """Write a number of seconds as a person does."""
    for unit, size in (("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} seconds"


def _check_clock(headers: Mapping[str, str], began: dt.datetime, ended: dt.datetime) -> None:
    """Check this machine's clock against the publisher's. Raises OutOfReachError; without a date nothing is compared.

    A response is dated while it is requested, however long it takes and however often it is tried. One that a cache
    kept is dated earlier, by the seconds in its `Age`.
    """
    try:
        date = parsedate_to_datetime(headers.get("Date", ""))
        dated = date.replace(tzinfo=date.tzinfo or dt.UTC) + dt.timedelta(seconds=int(headers.get("Age", "0")))
    except (ValueError, OverflowError):
        return
    if began - _CLOCK_TOLERANCE <= dated <= ended + _CLOCK_TOLERANCE:
        return
    raise OutOfReachError(
        f"This machine's clock says {ended:%Y-%m-%d %H:%M} UTC, and Jobindsats's says {dated:%Y-%m-%d %H:%M} UTC. "
        "What is fetched is ordered by this clock, so nothing was landed. Set the clock right (`timedatectl` shows "
        "whether it is kept by the network), and fetch again."
    )


def _said(body: bytes) -> str:
    """Return the publisher's own words: `cause` and `request_id` of an error in JSON, else how the text begins."""
    text = body.decode("utf-8-sig", errors="replace")
    try:
        content = json.loads(text)
        cause, request_id = content["cause"], content.get("request_id")
    except (ValueError, TypeError, KeyError, RecursionError):
        return excerpt(" ".join(text[: 4 * _SHOWN_CHARACTERS].split())).rstrip(".")
    reference = f" (request_id {excerpt(request_id)})" if request_id else ""
    return f"{excerpt(cause)}{reference}".rstrip(".")


def _reason(error: object) -> str:
    """Return in a few words why there is no response."""
    if isinstance(error, ProxyError):
        return f"through the proxy: {_reason(error.original_error)}"
    if isinstance(error, ProtocolError):
        # The last argument is what happened; the message repeats it in Python's notation.
        return excerpt(error.args[-1])
    return excerpt(_CONNECTION_RE.sub("", str(error))).rstrip(".")
