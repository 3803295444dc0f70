"""A server on this machine that speaks Jobindsats's API v3, and misbehaves on demand.

Belongs here: the grammar of requests, the errors, and misbehaving. Does not: made-up figures (`synthetic`), and any
assertion. What the real API does beyond what its clients show is a guess: value ids, the wording of most errors,
a cell limit, and that `*` includes the total.
"""

from __future__ import annotations

import datetime as dt
import json
import math
import re
import select
import socket
import threading
import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from jobmaal.demo import synthetic
from jobmaal.demo.synthetic import COUNTRY, SyntheticTable
from jobmaal.jobindsats.response import AREA, PERIOD

BASE = "/v3"
WRONG_KEY = "Forkert nøgle eller nøglen er udløbet."
NO_PERMISSION = "You do not have permission to view this directory or page."

Params = dict[str, str]
Match = Callable[[str, Params], bool]


class RefusalError(Exception):
    """A request whose response is an error."""

    def __init__(self, status: int, cause: str) -> None:
        """Keep the status and the cause."""
        self.status = status
        self.cause = cause
        super().__init__(cause)


# --- tables -----------------------------------------------------------------------------------------


@dataclass
class ServedTable:
    """A table and its publication: made-up figures of `shape` at a revision."""

    shape: SyntheticTable
    update_latest: str = "2026-08-19"
    update_next: str = "2026-09-16"
    revision: int = 0
    #: The current names of labels, by their first names.
    labels: dict[str, str] = field(default_factory=dict)

    def revise(self) -> None:
        """Publish the next revision: the announced day has come, and the next one is four weeks on."""
        self.revision += 1
        self.update_latest = self.update_next
        self.update_next = (dt.date.fromisoformat(self.update_next[:10]) + dt.timedelta(days=28)).isoformat()

    def metadata(self) -> dict[str, Any]:
        """Return the current response of `/table/<id>`."""
        content = synthetic.metadata(self.shape, self.update_latest, self.update_next)
        levels = (level for d in content["dimensions"] for h in d["hierarchies"] for level in h["levels"])
        for value in (value for level in levels for value in level["values"]):
            value["value_name"] = self.labels.get(value["value_name"], value["value_name"])
        for group in content["mgroups"]:
            group["mgroup_name"] = self.labels.get(group["mgroup_name"], group["mgroup_name"])
        return content

    def response(self, chosen: Sequence[Collection[str]] = (), columns: Collection[str] | None = None) -> bytes:
        """Return the cells of the chosen periods, areas and members, in this order, under their current labels."""
        content = _content(self.shape, self.revision)
        shown = [n for n, column in enumerate(content["columns"]) if columns is None or column in columns]
        rows = [content["columns"]]
        rows += (row for row in content["rows"] if all(row[n] in labels for n, labels in enumerate(chosen)))
        head, *renamed = ([self.labels.get(row[n], row[n]) for n in shown] for row in rows)
        return _json({"columns": head, "rows": renamed})


@lru_cache(maxsize=64)
def _content(shape: SyntheticTable, revision: int) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(synthetic.response(shape, revision))
    return content


def _json(content: object) -> bytes:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


# --- the grammar of a request -----------------------------------------------------------------------


def data(table: ServedTable, params: Params, cell_limit: int | None) -> bytes:
    """Return the response of `/data/<id>`. Raises RefusalError."""
    _check_parameters(params)
    shape = table.shape
    measures = _measures(shape, params)
    chosen, columns = [_periods(shape, params)], [PERIOD, *measures]
    members = _members(shape, params)
    dimensions = [(synthetic.AREA_DIMENSION, AREA, COUNTRY if COUNTRY in shape.areas else None)]
    dimensions += [(d.dimension_id, d.label, d.total) for d in shape.dimensions]
    for dimension_id, label, total in dimensions:
        if dimension_id in members:
            columns.append(label)
            chosen.append(members[dimension_id])
        elif total is None:
            raise RefusalError(422, f"Table {shape.table_id} needs a hierarchy of dimension {dimension_id}")
        else:
            chosen.append({total})
    cells = math.prod(map(len, chosen)) * len(measures)
    if cell_limit is not None and cells > cell_limit:
        raise RefusalError(422, f"Requested {cells} cells, but at most {cell_limit} are allowed.")
    return table.response(chosen, columns)


def _check_parameters(params: Params) -> None:
    unknown = [name for name in params if not re.match(r"format$|(mgroup|period|hierarchy)\.", name)]
    if unknown:
        raise RefusalError(422, f"Unknown parameters: {unknown}")
    if params.get("format", "json") != "json":
        raise RefusalError(422, f"Unknown format: {params['format']}")


def _after(prefix: str, params: Params) -> dict[str, str]:
    """Return the parameters of a kind, by what follows the prefix."""
    found = {name.removeprefix(prefix): value for name, value in params.items() if name.startswith(prefix)}
    if not found and prefix != "hierarchy.":
        raise RefusalError(422, f"Missing parameter: {prefix[:-1]}")
    return found


def _known(what: str, requested: Collection[str], known: Collection[str]) -> None:
    """Refuse what the table does not have."""
    if unknown := sorted(set(requested) - set(known)):
        raise RefusalError(422, f"Unknown {what}: {unknown}")


def _periods(shape: SyntheticTable, params: Params) -> set[str]:
    [(period_type, value)] = _after("period.", params).items()
    if period_type != shape.period_type:
        raise RefusalError(422, f"Unknown period type: {period_type}")
    if newest := re.fullmatch(r"latest:([1-9][0-9]*)", value):
        number, available = int(newest[1]), len(shape.period_ids)
        if number > available:
            cause = f"Requested {value} for type {period_type}, but only {available} periods are available."
            raise RefusalError(422, cause)
        return set(shape.period_ids[-number:])
    _known("periods", value.split(","), shape.period_ids)
    return set(value.split(","))


def _measures(shape: SyntheticTable, params: Params) -> list[str]:
    """Return the columns of the requested measures; a measure's id is its number in its group, from 1."""
    groups: dict[str, dict[str, str]] = {}
    for measure, label in zip(shape.measures, shape.measure_labels, strict=True):
        group = groups.setdefault(measure.mgroup_id, {})
        group[str(len(group) + 1)] = label
    requested = _after("mgroup.", params)
    _known("mgroups", requested.keys() - {"*"}, groups)
    found: list[str] = []
    for name, measure_id in requested.items():
        for group in [groups[name]] if name != "*" else groups.values():
            _known("measures", {measure_id} - {"*"}, group)
            found += group.values() if measure_id == "*" else [group[measure_id]]
    return found


def _members(shape: SyntheticTable, params: Params) -> dict[str, set[str]]:
    """Return the requested labels by dimension; several hierarchies of one dimension add up."""
    dimensions = synthetic.metadata(shape, "", "")["dimensions"]
    hierarchies = {h["hierarchy_id"]: (d["dimension_id"], h) for d in dimensions for h in d["hierarchies"]}
    requested = _after("hierarchy.", params)
    _known("hierarchies", requested, hierarchies)
    found: dict[str, set[str]] = {}
    for name, selection in requested.items():
        dimension_id, hierarchy = hierarchies[name]
        found.setdefault(dimension_id, set()).update(_selected(hierarchy, selection))
    return found


def _selected(hierarchy: Mapping[str, Any], selection: str) -> list[str]:
    levels = {lv["level_id"]: {v["value_id"]: v["value_name"] for v in lv["values"]} for lv in hierarchy["levels"]}
    name = hierarchy["hierarchy_id"]
    if selection == "*":
        return [label for values in levels.values() for label in values.values()]
    if selection == "/":
        top = list(next(iter(levels.values())).values())
        if len(top) != 1:
            raise RefusalError(422, f"Hierarchy {name} has no total")
        return top
    if selection.startswith("level:"):
        level = selection.removeprefix("level:")
        _known("levels", [level], levels)
        return list(levels[level].values())
    values = {f"/{value_id}/": label for level in levels.values() for value_id, label in level.items()}
    _known(f"values of hierarchy {name}", selection.split(","), values)
    return [values[path] for path in selection.split(",")]


# --- misbehaviour -----------------------------------------------------------------------------------


Content = dict[str, Any]


def _with_column_left_out(content: Content) -> None:
    content["columns"].pop()
    for row in content["rows"]:
        row.pop()


def _with_number_as_text(content: Content) -> None:
    row = next(row for row in content["rows"] if row[-1] is not None)
    row[-1] = str(row[-1])


def _without_a_member(content: Content) -> None:
    last = content["rows"][-1][2]
    content["rows"] = [row for row in content["rows"] if row[2] != last]


def _with_values(content: Content, change: Callable[[Any], Any]) -> None:
    for row in content["rows"]:
        row[:] = [cell if isinstance(cell, str) or cell is None else change(cell) for cell in row]


def _with_negative_count(content: Content) -> None:
    content["rows"][0][-2] = -1


#: Kinds that spoil the response of `/data`; the rest apply to any response.
_SPOILERS: dict[str, Callable[[Content], object]] = {
    "columns": lambda content: content["columns"].__setitem__(-1, "En anden måling"),
    "no-column": _with_column_left_out,
    "types": _with_number_as_text,
    "negative": _with_negative_count,
    "duplicates": lambda content: content["rows"].append(content["rows"][0]),
    "empty": lambda content: content["rows"].clear(),
    "nulls": lambda content: _with_values(content, lambda _: None),
    "cut-rows": lambda content: content["rows"].__delitem__(slice(-len(content["rows"]) // 40, None)),
    "tenfold": lambda content: _with_values(content, lambda value: value * 10),
    "no-member": _without_a_member,
}
#: Kinds with another response: status, type of content, body.
_JSON, _TEXT, _HTML = "application/json; charset=utf-8", "text/plain; charset=utf-8", "text/html; charset=utf-8"
_INSTEAD = {
    "500": (500, _TEXT, "Internal Server Error"),
    "403": (403, _TEXT, NO_PERMISSION),
    "text": (200, _TEXT, WRONG_KEY),
    "html": (200, _HTML, "<!DOCTYPE html><html><body><h1>Vedligeholdelse</h1></body></html>"),
}
_REFUSALS = {
    "429": RefusalError(429, "Too many requests"),
    "401": RefusalError(401, "Invalid or missing token"),
}
KINDS = (*_SPOILERS, *_INSTEAD, *_REFUSALS, "hang", "drop", "cut", "cut-json")


@dataclass
class _Misbehaviour:
    kind: str
    times: int
    match: Match


# --- the server -------------------------------------------------------------------------------------


class _HTTPServer(ThreadingHTTPServer):
    #: With the usual five, a sixth client at once waits a second before its connection is tried again.
    request_queue_size = 128
    #: Value of Retry-After for a client that sends too many requests; seconds.
    retry_after = "1"


class V3Server:
    """Serves the tables while its context is open. `url` ends with /v3; paths in `log` and `match` do not have it.

    These may be set at any time: `cell_limit`; `bom`, a byte-order mark before each JSON response; `date`, the time by
    its clock, or the text of the header, where that is not this machine's time; `age`, how long a cache kept its
    responses.
    """

    def __init__(self, tables: Mapping[str, ServedTable], token: str = "token", cell_limit: int | None = None) -> None:
        """Serve tables by id."""
        self.tables = dict(tables)
        self.token = token
        self.cell_limit = cell_limit
        self.bom = False
        self.date: dt.datetime | str | None = None
        self.age: int | None = None
        self._lock = threading.RLock()
        self._log: list[tuple[str, Params]] = []
        self._misbehaviours: list[_Misbehaviour] = []
        self._stopping = threading.Event()
        self._http = _HTTPServer(("127.0.0.1", 0), self._handler(), bind_and_activate=False)

    def ask_to_wait(self, seconds: int) -> None:
        """Request a pause of this length in each refusal of too many requests."""
        self._http.retry_after = str(seconds)

    @property
    def url(self) -> str:
        """The base that requests begin with."""
        return f"http://127.0.0.1:{self._http.server_address[1]}{BASE}"

    @property
    def variables(self) -> dict[str, str]:
        """The environment in which jobmaal fetches from here, without a pause between requests."""
        return {"JOBINDSATS_URL": self.url, "JOBINDSATS_TOKEN": self.token, "JOBINDSATS_RATE": "0"}

    @property
    def log(self) -> list[tuple[str, Params]]:
        """The path and parameters of every request."""
        with self._lock:
            return list(self._log)

    def misbehave(self, kind: str, times: int = 1, match: Match = lambda *_: True) -> None:
        """Misbehave in a way of KINDS at the next requests that match; only responses of `/data` are spoilt."""
        assert kind in KINDS, f"{kind} is none of {KINDS}"
        with self._lock:
            self._misbehaviours.append(_Misbehaviour(kind, times, match))

    def revise(self, table_id: str) -> None:
        """Publish the table's next revision."""
        with self._lock:
            self.tables[table_id].revise()

    def rename(self, table_id: str, labels: Mapping[str, str]) -> None:
        """Rename columns, groups of measures, members or areas; their ids stay."""
        with self._lock:
            self.tables[table_id].labels.update(labels)

    def __enter__(self) -> V3Server:
        """Listen."""
        self._http.server_bind()
        self._http.server_activate()
        # A short poll, or each server would take half a second to stop.
        threading.Thread(target=self._http.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop, and close the connections that hang."""
        self._stopping.set()
        self._http.shutdown()
        self._http.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            # Headers and body go out in two writes; without this the second waits for the client's acknowledgement.
            disable_nagle_algorithm = True

            def do_GET(self) -> None:
                # A client that gave up has closed the connection; that is no failure of the server.
                try:
                    server._receive(self)
                except (BrokenPipeError, ConnectionResetError):
                    self.close_connection = True

            def date_time_string(self, timestamp: float | None = None) -> str:
                if isinstance(server.date, str):
                    return server.date
                return super().date_time_string(server.date.timestamp() if server.date else timestamp)

            def end_headers(self) -> None:
                if server.age is not None:
                    self.send_header("Age", str(server.age))
                super().end_headers()

            def log_message(self, *_: object) -> None:
                """Stay silent; `log` has the requests."""

        return Handler

    def _receive(self, request: BaseHTTPRequestHandler) -> None:
        split = urlsplit(request.path)
        # Outside the base there is nothing: such a path keeps its whole form, and is not found.
        path, params = split.path.removeprefix(BASE), dict(parse_qsl(split.query, keep_blank_values=True))
        with self._lock:
            self._log.append((path, params))
            kind = self._next_misbehaviour(path, params)
        if kind == "hang":
            self._hang(request)
        elif kind == "drop":
            request.connection.shutdown(socket.SHUT_RDWR)
            request.close_connection = True
        elif kind in _INSTEAD:
            status, content_type, text = _INSTEAD[kind]
            _send(request, status, content_type, text.encode())
        elif kind in _REFUSALS:
            _refuse(request, _REFUSALS[kind])
        else:
            self._answer(request, kind, path, params)

    def _next_misbehaviour(self, path: str, params: Params) -> str:
        for planned in self._misbehaviours:
            is_meant = path.startswith("/data/") or planned.kind not in _SPOILERS
            if planned.times > 0 and is_meant and planned.match(path, dict(params)):
                planned.times -= 1
                return planned.kind
        return ""

    def _hang(self, request: BaseHTTPRequestHandler) -> None:
        """Wait until the client closes the connection or the server stops."""
        request.close_connection = True
        while not self._stopping.wait(0.02):
            if select.select([request.connection], [], [], 0)[0] and not request.connection.recv(1, socket.MSG_PEEK):
                return

    def _answer(self, request: BaseHTTPRequestHandler, kind: str, path: str, params: Params) -> None:
        if request.headers.get("Authorization") != f"Bearer {self.token}":
            _refuse(request, _REFUSALS["401"])
            return
        try:
            body = self._body(path, params)
        except RefusalError as refusal:
            _refuse(request, refusal)
            return
        if kind in _SPOILERS:
            content = json.loads(body)
            _SPOILERS[kind](content)
            body = _json(content)
        body = b"\xef\xbb\xbf" * self.bom + body
        if kind == "cut-json":
            body = body[: len(body) // 2]
        _send(request, 200, _JSON, body, is_cut=kind == "cut")

    def _body(self, path: str, params: Params) -> bytes:
        # As they are at this moment: they may be revised while a response is computed.
        with self._lock:
            tables = {table_id: replace(table, labels=dict(table.labels)) for table_id, table in self.tables.items()}
        if path == "/tables":
            return _json(_calendar([table.metadata() for table in tables.values()]))
        what, _, table_id = path[1:].partition("/")
        if what not in ("table", "data"):
            raise RefusalError(404, "Not found")
        if table_id not in tables:
            raise RefusalError(404, f"Unknown table: {table_id}")
        table = tables[table_id]
        return _json(table.metadata()) if what == "table" else data(table, params, self.cell_limit)


def _calendar(tables: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the response of `/tables`."""
    shown = ("table_id", "table_name", "update_freq", "update_latest", "update_next")
    group = {"table_group_name": "Alle", "tables": [{name: table[name] for name in shown} for table in tables]}
    return [{"subject_name": "Ydelser og ledighed", "table_groups": [group]}]


def _refuse(request: BaseHTTPRequestHandler, refusal: RefusalError) -> None:
    content = {"code": refusal.status, "cause": refusal.cause, "request_id": str(uuid.uuid4())}
    _send(request, refusal.status, _JSON, _json(content))


def _send(
    request: BaseHTTPRequestHandler, status: int, content_type: str, body: bytes, *, is_cut: bool = False
) -> None:
    """Send a response; one that is cut ends after half its body, before the length in its header."""
    request.send_response(status)
    request.send_header("Content-Type", content_type)
    request.send_header("Content-Length", str(len(body)))
    if status == 429:
        assert isinstance(request.server, _HTTPServer)
        request.send_header("Retry-After", request.server.retry_after)
    request.end_headers()
    request.wfile.write(body[: len(body) // 2] if is_cut else body)
    if is_cut:
        request.connection.shutdown(socket.SHUT_RDWR)
        request.close_connection = True
