"""A server on this machine that speaks Jobindsats's API v3, with whatever can go wrong on demand.

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
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from jobmaal.demo import synthetic
from jobmaal.demo.synthetic import COUNTRY, SyntheticDimension, SyntheticMeasure, SyntheticTable
from jobmaal.jobindsats.response import AREA, PERIOD

BASE = "/v3"
WRONG_KEY = "Forkert nøgle eller nøglen er udløbet."
NO_PERMISSION = "You do not have permission to view this directory or page."

#: Of the tables of which there are saved replies: the hierarchies of the columns after the area, in order.
_SAVED_HIERARCHIES = {"y30r21": ("_ygrp_y30r21",), "y25i01": ("_ygrpi09",), "y25i09": ("_ygrpi09",)}
_PERIOD_TYPE_RE = re.compile(r"^[0-9]{4}([A-Z]+)[0-9]{2}$")
_FORMATS = ("json",)

Params = dict[str, str]
Match = Callable[[str, Params], bool]


class RefusalError(Exception):
    """A request that is answered with an error."""

    def __init__(self, status: int, cause: str) -> None:
        """Keep what is answered."""
        self.status = status
        self.cause = cause
        super().__init__(cause)


# --- tables -----------------------------------------------------------------------------------------


@dataclass
class ServedTable:
    """A table and its publication: made-up figures of `shape`, or the rows of saved files, one file a revision."""

    shape: SyntheticTable
    update_latest: str = "2026-08-19"
    update_next: str = "2026-09-16"
    saved: tuple[Path, ...] = ()
    revision: int = 0
    #: What labels are called now, by what they were called at first.
    labels: dict[str, str] = field(default_factory=dict)

    @classmethod
    def from_saved(cls, path: Path, table_id: str, *later: Path) -> ServedTable:
        """Serve a saved reply, and the later ones as the revisions that follow it; the metadata is made to fit."""
        return cls(_shape_of(path, table_id), saved=(path, *later))

    def revise(self) -> None:
        """Publish the next revision: the announced day has come, and the next one is four weeks on."""
        self.revision += 1
        if self.saved:
            self.shape = _shape_of(self.saved[self.revision], self.shape.table_id)
        self.update_latest = self.update_next
        self.update_next = (dt.date.fromisoformat(self.update_next[:10]) + dt.timedelta(days=28)).isoformat()

    def metadata(self) -> dict[str, Any]:
        """Return what `/table/<id>` says now."""
        told = synthetic.metadata(self.shape, self.update_latest, self.update_next)
        values = (v for d in told["dimensions"] for h in d["hierarchies"] for lv in h["levels"] for v in lv["values"])
        for value in values:
            value["value_name"] = self.labels.get(value["value_name"], value["value_name"])
        for group in told["mgroups"]:
            group["mgroup_name"] = self.labels.get(group["mgroup_name"], group["mgroup_name"])
        return told

    def reply(
        self,
        periods: Collection[str],
        areas: Collection[str],
        members: Sequence[Collection[str]],
        columns: Collection[str],
    ) -> bytes:
        """Return the cells that are asked for, under the labels that they have now."""
        if self.saved:
            body = _saved_reply(self.saved[self.revision], [periods, areas, *members], columns)
        else:
            body = synthetic.reply(self.shape, self.revision, periods, areas, members, columns=columns)
        return _renamed(body, self.labels) if self.labels else body

    def measures(self) -> dict[str, list[str]]:
        """Return the columns of each group of measures; a measure's id is its number in its group, from 1."""
        groups: dict[str, list[str]] = {}
        for measure, label in zip(self.shape.measures, self.shape.measure_labels, strict=True):
            groups.setdefault(measure.mgroup_id, []).append(label)
        return groups


def _shape_of(path: Path, table_id: str) -> SyntheticTable:
    """Describe the table that a saved reply is of."""
    content = json.loads(path.read_text(encoding="utf-8-sig"))
    columns, rows = content["columns"], content["rows"]
    wide = next(n for n in range(2, len(columns)) if not any(isinstance(row[n], str) for row in rows))
    names = [list(dict.fromkeys(row[n] for row in rows)) for n in range(wide)]
    hierarchies = _SAVED_HIERARCHIES.get(table_id, tuple(f"_h{n}" for n in range(wide - 2)))
    groups = {label.partition(": ")[0]: f"m{n}" for n, label in enumerate(columns[wide:], 1)}
    kind = _PERIOD_TYPE_RE.match(names[0][0])
    assert kind is not None, f"{names[0][0]} is no period"
    return SyntheticTable(
        table_id=table_id,
        table_name=table_id,
        period_type=kind[1],
        period_ids=tuple(sorted(names[0])),
        areas=tuple(names[1]),
        measures=tuple(
            SyntheticMeasure(groups[name], label or name, synthetic.COUNT, name)
            for name, _, label in (column.partition(": ") for column in columns[wide:])
        ),
        dimensions=tuple(_dimension(hierarchies[n - 2], columns[n], names[n]) for n in range(2, wide)),
    )


def _dimension(hierarchy_id: str, label: str, members: Sequence[str]) -> SyntheticDimension:
    total = next(member for member in members if member.endswith("i alt"))
    parts = tuple(member for member in members if member != total)
    return SyntheticDimension(f"{hierarchy_id}_dim", hierarchy_id, label, total, parts)


def _saved_reply(path: Path, labels: Sequence[Collection[str]], columns: Collection[str]) -> bytes:
    content = json.loads(path.read_text(encoding="utf-8-sig"))
    shown = [n for n, column in enumerate(content["columns"]) if column in columns]
    wanted = [set(some) for some in labels]
    rows = (row for row in content["rows"] if all(row[n] in some for n, some in enumerate(wanted)))
    return _json({"columns": [content["columns"][n] for n in shown], "rows": [[r[n] for n in shown] for r in rows]})


def _renamed(body: bytes, labels: Mapping[str, str]) -> bytes:
    content = json.loads(body)
    rows = [[labels.get(c, c) if isinstance(c, str) else c for c in row] for row in content["rows"]]
    return _json({"columns": [labels.get(column, column) for column in content["columns"]], "rows": rows})


def _json(content: object) -> bytes:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


# --- the grammar of a request -----------------------------------------------------------------------


def data(table: ServedTable, params: Params, cell_limit: int | None) -> bytes:
    """Answer `/data/<id>`. Raises RefusalError."""
    _check_parameters(params)
    periods = _periods(table, params)
    labels = _measures(table, params)
    asked = _members(table, params)
    shape = table.shape
    sets, columns = [], [PERIOD, *labels]
    wholes = [(synthetic.AREA_DIMENSION, AREA, COUNTRY if COUNTRY in shape.areas else None)]
    wholes += [(d.dimension_id, d.label, d.total) for d in shape.dimensions]
    for dimension_id, label, total in wholes:
        if dimension_id in asked:
            columns.append(label)
            sets.append(asked[dimension_id])
        elif total is None:
            raise RefusalError(422, f"Table {shape.table_id} needs a hierarchy of dimension {dimension_id}")
        else:
            sets.append({total})
    cells = len(periods) * math.prod(map(len, sets)) * len(labels)
    if cell_limit is not None and cells > cell_limit:
        raise RefusalError(422, f"Requested {cells} cells, but at most {cell_limit} are allowed.")
    return table.reply(periods, sets[0], sets[1:], columns)


def _check_parameters(params: Params) -> None:
    known = ("mgroup.", "period.", "hierarchy.")
    odd = [name for name in params if name != "format" and not name.startswith(known)]
    if odd:
        raise RefusalError(422, f"Unknown parameters: {odd}")
    if params.get("format", "json") not in _FORMATS:
        raise RefusalError(422, f"Unknown format: {params['format']}")


def _after(prefix: str, params: Params) -> dict[str, str]:
    """Return the parameters of a kind, by what follows the prefix."""
    found = {name.removeprefix(prefix): value for name, value in params.items() if name.startswith(prefix)}
    if not found and prefix != "hierarchy.":
        raise RefusalError(422, f"Missing parameter: {prefix[:-1]}")
    return found


def _periods(table: ServedTable, params: Params) -> list[str]:
    there = table.shape.period_ids
    found: list[str] = []
    for kind, value in _after("period.", params).items():
        if kind != table.shape.period_type:
            raise RefusalError(422, f"Unknown period type: {kind}")
        newest = re.fullmatch(r"latest:([1-9][0-9]*)", value)
        if newest and int(newest[1]) > len(there):
            cause = f"Requested latest:{newest[1]} for type {kind}, but only {len(there)} periods are available."
            raise RefusalError(422, cause)
        found = list(there[-int(newest[1]) :]) if newest else value.split(",")
        if set(found) - set(there):
            raise RefusalError(422, f"Unknown periods: {sorted(set(found) - set(there))}")
    return found


def _measures(table: ServedTable, params: Params) -> list[str]:
    """Return the columns of the measures that are asked for."""
    groups = table.measures()
    found: list[str] = []
    for group, measure in _after("mgroup.", params).items():
        if group != "*" and group not in groups:
            raise RefusalError(422, f"Unknown mgroups: {[group]}")
        for labels in [groups[group]] if group != "*" else groups.values():
            by_id = {str(number): label for number, label in enumerate(labels, 1)}
            if measure != "*" and measure not in by_id:
                raise RefusalError(422, f"Unknown measures: {[measure]}")
            found += labels if measure == "*" else [by_id[measure]]
    return found


def _members(table: ServedTable, params: Params) -> dict[str, set[str]]:
    """Return the labels that are asked for by dimension; several hierarchies of one dimension add up."""
    told = synthetic.metadata(table.shape, "", "")
    hierarchies = {h["hierarchy_id"]: (d["dimension_id"], h) for d in told["dimensions"] for h in d["hierarchies"]}
    asked = _after("hierarchy.", params)
    if set(asked) - set(hierarchies):
        raise RefusalError(422, f"Unknown hierarchies: {sorted(set(asked) - set(hierarchies))}")
    found: dict[str, set[str]] = {}
    for name, selection in asked.items():
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
        if level not in levels:
            raise RefusalError(422, f"Unknown levels: {[level]}")
        return list(levels[level].values())
    values = {f"/{value_id}/": label for level in levels.values() for value_id, label in level.items()}
    paths = selection.split(",")
    if set(paths) - set(values):
        raise RefusalError(422, f"Unknown values of hierarchy {name}: {sorted(set(paths) - set(values))}")
    return [values[path] for path in paths]


# --- misbehaviour -----------------------------------------------------------------------------------


def _with_column_renamed(content: dict[str, Any]) -> None:
    content["columns"][-1] = "En anden måling"


def _with_column_left_out(content: dict[str, Any]) -> None:
    content["columns"].pop()
    for row in content["rows"]:
        row.pop()


def _with_number_as_text(content: dict[str, Any]) -> None:
    row = next(row for row in content["rows"] if row[-1] is not None)
    row[-1] = str(row[-1])


def _with_negative_count(content: dict[str, Any]) -> None:
    content["rows"][0][-2] = -1


def _with_row_twice(content: dict[str, Any]) -> None:
    content["rows"].append(content["rows"][0])


def _with_no_rows(content: dict[str, Any]) -> None:
    content["rows"].clear()


def _with_nulls(content: dict[str, Any]) -> None:
    for row in content["rows"]:
        row[:] = [cell if isinstance(cell, str) else None for cell in row]


def _with_rows_cut_off(content: dict[str, Any]) -> None:
    del content["rows"][-len(content["rows"]) // 40 :]


def _tenfold(content: dict[str, Any]) -> None:
    for row in content["rows"]:
        row[:] = [cell if isinstance(cell, str) or cell is None else cell * 10 for cell in row]


def _without_a_member(content: dict[str, Any]) -> None:
    last = content["rows"][-1][2]
    content["rows"] = [row for row in content["rows"] if row[2] != last]


#: Kinds that answer with a spoilt reply of `/data`; the rest spoil any reply.
_SPOILERS = {
    "columns": _with_column_renamed,
    "no-column": _with_column_left_out,
    "types": _with_number_as_text,
    "negative": _with_negative_count,
    "duplicates": _with_row_twice,
    "empty": _with_no_rows,
    "nulls": _with_nulls,
    "cut-rows": _with_rows_cut_off,
    "tenfold": _tenfold,
    "no-member": _without_a_member,
}
#: Kinds that answer with something else: status, type of content, body.
_JSON, _TEXT, _HTML = "application/json; charset=utf-8", "text/plain; charset=utf-8", "text/html; charset=utf-8"
_INSTEAD = {
    "500": (500, _TEXT, "Internal Server Error"),
    "403": (403, _TEXT, NO_PERMISSION),
    "text": (200, _TEXT, WRONG_KEY),
    "html": (200, _HTML, "<!DOCTYPE html><html><body><h1>Vedligeholdelse</h1></body></html>"),
}
_REFUSALS = {"429": (429, "Too many requests"), "401": (401, "Invalid or missing token")}
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

    These may be set at any time: `cell_limit`; `bom`, a byte-order mark before each JSON reply; `date`, what its clock
    says, or the text of the header, where that is not this machine's time; `age`, how long a cache kept its replies.
    """

    def __init__(self, tables: Mapping[str, ServedTable], token: str = "token", cell_limit: int | None = None) -> None:
        """Keep what is served, by table id."""
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
        """Ask for a pause this long wherever too many requests are refused."""
        self._http.retry_after = str(seconds)

    @property
    def url(self) -> str:
        """The base that requests begin with."""
        return f"http://127.0.0.1:{self._http.server_address[1]}{BASE}"

    @property
    def log(self) -> list[tuple[str, Params]]:
        """The path and parameters of every request that was received, misbehaved to or not."""
        with self._lock:
            return list(self._log)

    def misbehave(self, kind: str, times: int = 1, match: Match = lambda *_: True) -> None:
        """Answer the next so many requests that match in a way of KINDS; a spoilt reply is one of `/data` anyway."""
        assert kind in KINDS, f"{kind} is none of {KINDS}"
        with self._lock:
            self._misbehaviours.append(_Misbehaviour(kind, times, match))

    def revise(self, table_id: str) -> None:
        """Publish the table's next revision."""
        with self._lock:
            self.tables[table_id].revise()

    def rename(self, table_id: str, labels: Mapping[str, str]) -> None:
        """Call columns, groups of measures, members or areas something else; their ids stay."""
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
        """Stop, and let go of whoever hangs."""
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
                # Whoever gave up has closed the connection; that is none of the server's failures.
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
                """Stay silent; `log` has what was asked."""

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
            _refuse(request, RefusalError(*_REFUSALS[kind]))
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
        """Say nothing until the client closes the connection or the server stops."""
        request.close_connection = True
        while not self._stopping.wait(0.02):
            if select.select([request.connection], [], [], 0)[0] and not request.connection.recv(1, socket.MSG_PEEK):
                return

    def _answer(self, request: BaseHTTPRequestHandler, kind: str, path: str, params: Params) -> None:
        try:
            if request.headers.get("Authorization") != f"Bearer {self.token}":
                raise RefusalError(*_REFUSALS["401"])
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
        # As they are at this moment: they may be revised while an answer is computed.
        with self._lock:
            tables = {table_id: replace(table, labels=dict(table.labels)) for table_id, table in self.tables.items()}
        if path == "/tables":
            return _json(synthetic.calendar([table.metadata() for table in tables.values()]))
        what, _, table_id = path[1:].partition("/")
        if what not in ("table", "data"):
            raise RefusalError(404, "Not found")
        if table_id not in tables:
            raise RefusalError(404, f"Unknown table: {table_id}")
        table = tables[table_id]
        return _json(table.metadata()) if what == "table" else data(table, params, self.cell_limit)


def _refuse(request: BaseHTTPRequestHandler, refusal: RefusalError) -> None:
    told = {"code": refusal.status, "cause": refusal.cause, "request_id": str(uuid.uuid4())}
    _send(request, refusal.status, _JSON, _json(told))


def _send(
    request: BaseHTTPRequestHandler, status: int, content_type: str, body: bytes, *, is_cut: bool = False
) -> None:
    """Answer. Where it is cut, half the body goes out, and the connection ends before the length that was told."""
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
