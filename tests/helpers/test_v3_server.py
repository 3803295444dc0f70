"""The server that stands in for API v3: what it answers to each form of request, and how it misbehaves.

Belongs here: `tests.helpers.v3_server` over a real socket. Does not: the figures that it serves (`test_synthetic`).
"""

from __future__ import annotations

import http.client
import json
import os
import re
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import urllib3

from jobmaal.core.layout import PROJECT
from jobmaal.demo import synthetic
from jobmaal.demo.synthetic import COUNTRY, SyntheticDimension, SyntheticMeasure, SyntheticTable
from tests.helpers.v3_server import KINDS, NO_PERMISSION, WRONG_KEY, ServedTable, V3Server

SHARED = Path(os.environ.get("JOBMAAL_SHARED") or PROJECT.parent / "shared") / "jobindsats" / "data"
TOKEN = "hemmelig"
KON = SyntheticDimension("_koen", "_kon", "Køn", "Køn i alt", ("Kvinder", "Mænd"))
PERSONS = (
    SyntheticMeasure("p", "Antal", synthetic.COUNT, "Personer"),
    SyntheticMeasure("p", "Pct.", synthetic.RATE, "Personer"),
    SyntheticMeasure("f", "Fuldtidspersoner", synthetic.COUNT),
)
MONTHS = synthetic.period_ids("M", "2026M10", 2)
QUARTERS = synthetic.period_ids("QMAT", "2026M10", 2)


def tables() -> dict[str, ServedTable]:
    """Return a table with the country and one without it."""
    with_country = SyntheticTable("a01", "A", "M", MONTHS, ("Fanø", COUNTRY, "København"), PERSONS, (KON,))
    without = SyntheticTable("b01", "B", "QMAT", QUARTERS, ("Fanø", "København"), PERSONS[2:])
    return {"a01": ServedTable(with_country), "b01": ServedTable(without)}


@pytest.fixture
def server() -> Iterator[V3Server]:
    """Serve the two tables."""
    with V3Server(tables(), token=TOKEN) as running:
        yield running


def ask(server: V3Server, path: str, authorization: str | None = f"Bearer {TOKEN}") -> tuple[int, Any]:
    """Return the status and content of a reply; text where it is no JSON."""
    headers = {"Authorization": authorization} if authorization else {}
    reply = urllib3.request("GET", server.url + path, headers=headers, retries=False, timeout=5)
    text = reply.data.decode("utf-8-sig")
    return reply.status, json.loads(text) if "json" in reply.headers["Content-Type"] else text


def asked(server: V3Server, query: str, table_id: str = "a01") -> Any:
    """Return the content of a data reply that must be right."""
    status, content = ask(server, f"/data/{table_id}?{query}&format=json")
    assert status == 200, content
    return content


def column(content: Any, name: str) -> list[Any]:
    """Return a column's distinct cells in order."""
    at = content["columns"].index(name)
    return list(dict.fromkeys(row[at] for row in content["rows"]))


# --- what there is ------------------------------------------------------------------------------------


def test_the_list_of_tables_tells_each_table_with_its_dates(server: V3Server) -> None:
    status, subjects = ask(server, "/tables?format=json")
    told = [table for subject in subjects for group in subject["table_groups"] for table in group["tables"]]
    assert (status, [table["table_id"] for table in told]) == (200, ["a01", "b01"])
    assert set(told[0]) == {"table_id", "table_name", "update_freq", "update_latest", "update_next"}


def test_a_table_is_described_with_groups_periods_and_hierarchies(server: V3Server) -> None:
    status, told = ask(server, "/table/a01?format=json")
    assert status == 200
    assert told["mgroups"] == [
        {"mgroup_id": "p", "mgroup_name": "Personer"},
        {"mgroup_id": "f", "mgroup_name": "Fuldtidspersoner"},
    ]
    assert told["periods"] == [{"periodtype_id": "M", "values": [{"period_id": period} for period in MONTHS]}]
    assert [(d["dimension_id"], [h["hierarchy_id"] for h in d["hierarchies"]]) for d in told["dimensions"]] == [
        ("_omrade", ["_nykom", "_hele_landet"]),
        ("_koen", ["_kon"]),
    ]
    assert told["dimensions"][1]["hierarchies"][0]["levels"] == [
        {"level_id": "1", "values": [{"value_id": "0", "value_name": "Køn i alt"}]},
        {
            "level_id": "2",
            "values": [{"value_id": "1", "value_name": "Kvinder"}, {"value_id": "2", "value_name": "Mænd"}],
        },
    ]


# --- the grammar --------------------------------------------------------------------------------------


def test_all_of_a_table_is_the_made_up_reply(server: V3Server) -> None:
    content = asked(server, "mgroup.*=*&period.M=latest:24&hierarchy._nykom=*&hierarchy._kon=*")
    assert content == json.loads(synthetic.reply(server.tables["a01"].shape, 0))


def test_without_hierarchies_the_totals_come_without_their_columns(server: V3Server) -> None:
    content = asked(server, "mgroup.f=1&period.M=latest:1")
    whole = json.loads(synthetic.reply(server.tables["a01"].shape, 0, [MONTHS[-1]], [COUNTRY], [["Køn i alt"]]))
    assert content == {"columns": ["Periode", "Fuldtidspersoner"], "rows": [[MONTHS[-1], whole["rows"][0][-1]]]}


@pytest.mark.parametrize(
    ("query", "columns"),
    [
        ("mgroup.*=*", ["Personer: Antal", "Personer: Pct.", "Fuldtidspersoner"]),
        ("mgroup.p=*", ["Personer: Antal", "Personer: Pct."]),
        ("mgroup.p=2", ["Personer: Pct."]),
        ("mgroup.p=1&mgroup.f=1", ["Personer: Antal", "Fuldtidspersoner"]),
    ],
)
def test_measures_are_chosen_by_group_and_id(server: V3Server, query: str, columns: list[str]) -> None:
    assert asked(server, f"{query}&period.M=latest:1")["columns"] == ["Periode", *columns]


@pytest.mark.parametrize(
    ("value", "periods"),
    [
        ("latest:2", ["2026M09", "2026M10"]),
        ("latest:24", list(MONTHS)),
        ("2026M01", ["2026M01"]),
        ("2026M02,2025M01", ["2025M01", "2026M02"]),
    ],
)
def test_periods_are_chosen_as_the_latest_or_by_id(server: V3Server, value: str, periods: list[str]) -> None:
    assert column(asked(server, f"mgroup.*=*&period.M={value}"), "Periode") == periods


@pytest.mark.parametrize(
    ("selection", "members"),
    [
        ("/", ["Køn i alt"]),
        ("*", ["Køn i alt", "Kvinder", "Mænd"]),
        ("/2/", ["Mænd"]),
        ("/1/,/2/", ["Kvinder", "Mænd"]),
        ("/0/", ["Køn i alt"]),
        ("level:1", ["Køn i alt"]),
        ("level:2", ["Kvinder", "Mænd"]),
    ],
)
def test_members_are_chosen_by_each_form_of_a_selection(server: V3Server, selection: str, members: list[str]) -> None:
    content = asked(server, f"mgroup.*=*&period.M=latest:1&hierarchy._kon={selection}")
    assert content["columns"][:2] == ["Periode", "Køn"]
    assert column(content, "Køn") == members


@pytest.mark.parametrize(
    ("query", "areas"),
    [
        ("hierarchy._nykom=*", ["Fanø", COUNTRY, "København"]),
        ("hierarchy._nykom=/", [COUNTRY]),
        ("hierarchy._nykom=level:2", ["Fanø", "København"]),
        ("hierarchy._nykom=/2/", ["København"]),
        ("hierarchy._hele_landet=*", [COUNTRY]),
        ("hierarchy._hele_landet=/", [COUNTRY]),
        ("hierarchy._hele_landet=/&hierarchy._nykom=/1/", ["Fanø", COUNTRY]),
    ],
)
def test_areas_are_chosen_by_one_hierarchy_or_several(server: V3Server, query: str, areas: list[str]) -> None:
    content = asked(server, f"mgroup.*=*&period.M=latest:1&{query}")
    assert content["columns"][:3] == ["Periode", "Område", "Personer: Antal"]
    assert column(content, "Område") == areas


def test_encoded_parameters_are_the_same(server: V3Server) -> None:
    plain = asked(server, "mgroup.*=*&period.M=2026M01,2026M02&hierarchy._kon=/1/,/2/")
    assert plain == asked(server, "mgroup.%2A=%2A&period.M=2026M01%2C2026M02&hierarchy._kon=%2F1%2F%2C%2F2%2F")


# --- errors -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "cause"),
    [
        ("mgroup.*=*&period.A=latest:1", "Unknown period type: A"),
        ("mgroup.*=*&period.YEAR=latest:1", "Unknown period type: YEAR"),
        ("mgroup.*=*&period.M=latest:40", "Requested latest:40 for type M, but only 24 periods are available."),
        ("mgroup.*=*&period.M=2031M01", "Unknown periods: ['2031M01']"),
        ("mgroup.*=*&period.M=latest:1&hierarchy._omrade=*", "Unknown hierarchies: ['_omrade']"),
        ("mgroup.*=*&period.M=latest:1&hierarchy._region=*", "Unknown hierarchies: ['_region']"),
        ("mgroup.*=*&period.M=latest:1&hierarchy._kon=/9/", "Unknown values of hierarchy _kon: ['/9/']"),
        ("mgroup.*=*&period.M=latest:1&hierarchy._kon=1", "Unknown values of hierarchy _kon: ['1']"),
        ("mgroup.*=*&period.M=latest:1&hierarchy._kon=level:9", "Unknown levels: ['9']"),
        ("mgroup.x=*&period.M=latest:1", "Unknown mgroups: ['x']"),
        ("mgroup.p=9&period.M=latest:1", "Unknown measures: ['9']"),
        ("mgroup.*=*", "Missing parameter: period"),
        ("period.M=latest:1", "Missing parameter: mgroup"),
        ("mgroup.*=*&period.M=latest:1&area=*", "Unknown parameters: ['area']"),
        ("mgroup.*=*&period.M=latest:1&format=xml", "Unknown format: xml"),
    ],
)
def test_what_is_not_understood_is_refused_with_its_cause(server: V3Server, query: str, cause: str) -> None:
    status, content = ask(server, f"/data/a01?{query}")
    assert (status, content["code"], content["cause"]) == (422, 422, cause)
    assert content["request_id"]


@pytest.mark.parametrize(
    ("query", "cause"),
    [
        ("", "Table b01 needs a hierarchy of dimension _omrade"),
        ("&hierarchy._nykom=/", "Hierarchy _nykom has no total"),
        ("&hierarchy._hele_landet=/", "Unknown hierarchies: ['_hele_landet']"),
    ],
)
def test_a_table_without_the_country_has_no_total_of_areas(server: V3Server, query: str, cause: str) -> None:
    status, content = ask(server, f"/data/b01?mgroup.*=*&period.QMAT=latest:1{query}")
    assert (status, content["cause"]) == (422, cause)
    assert column(asked(server, "mgroup.*=*&period.QMAT=latest:1&hierarchy._nykom=*", "b01"), "Område")


@pytest.mark.parametrize("path", ["/table/nej", "/data/nej?mgroup.*=*&period.M=latest:1", "/nej"])
def test_an_unknown_table_or_path_is_not_found(server: V3Server, path: str) -> None:
    status, content = ask(server, path)
    assert (status, content["code"]) == (404, 404)


def test_a_path_outside_the_base_is_not_found(server: V3Server) -> None:
    root = server.url.removesuffix("/v3")
    reply = urllib3.request("GET", f"{root}/v2/tables", headers={"Authorization": f"Bearer {TOKEN}"}, retries=False)
    assert reply.status == 404


@pytest.mark.parametrize("authorization", [None, TOKEN, "Bearer", "Bearer wrong", f"bearer  {TOKEN}"])
def test_without_the_right_bearer_token_nothing_is_answered(server: V3Server, authorization: str | None) -> None:
    for path in ("/tables", "/table/a01", "/data/a01", "/table/nej"):
        status, content = ask(server, path, authorization)
        assert (status, content["code"], set(content)) == (401, 401, {"code", "cause", "request_id"})


def test_more_cells_than_the_limit_are_refused(server: V3Server) -> None:
    query = "mgroup.*=*&period.M=latest:2&hierarchy._nykom=*&hierarchy._kon=*"
    server.cell_limit = 2 * 3 * 3 * 3
    assert len(asked(server, query)["rows"]) == 18
    server.cell_limit -= 1
    status, content = ask(server, f"/data/a01?{query}")
    assert (status, content["cause"]) == (422, "Requested 54 cells, but at most 53 are allowed.")


# --- publications --------------------------------------------------------------------------------------


def test_a_revision_changes_cells_and_moves_the_dates(server: V3Server) -> None:
    before = ask(server, "/table/a01")[1]
    query = "mgroup.*=*&period.M=latest:24&hierarchy._nykom=*&hierarchy._kon=*"
    first = asked(server, query)
    server.revise("a01")
    after = ask(server, "/table/a01")[1]
    assert asked(server, query) == json.loads(synthetic.reply(server.tables["a01"].shape, 1)) != first
    assert (after["update_latest"], before["update_next"] < after["update_next"]) == (before["update_next"], True)
    assert ask(server, "/table/b01")[1]["update_latest"] == before["update_latest"]


def test_a_renamed_label_keeps_its_id_and_its_cells(server: V3Server) -> None:
    query = "mgroup.f=1&period.M=latest:1&hierarchy._kon=/2/"
    before = asked(server, query)
    server.rename("a01", {"Fuldtidspersoner": "Fuldtid", "Mænd": "Mand"})
    after = asked(server, query)
    assert after == {"columns": ["Periode", "Køn", "Fuldtid"], "rows": [[MONTHS[-1], "Mand", before["rows"][0][2]]]}
    told = ask(server, "/table/a01")[1]
    assert told["mgroups"][1] == {"mgroup_id": "f", "mgroup_name": "Fuldtid"}
    members = told["dimensions"][1]["hierarchies"][0]["levels"][1]["values"]
    assert members[1] == {"value_id": "2", "value_name": "Mand"}


# --- misbehaviour --------------------------------------------------------------------------------------

WHOLE = "/data/a01?mgroup.*=*&period.M=latest:2&hierarchy._nykom=*&hierarchy._kon=*"


@pytest.mark.parametrize(
    ("kind", "status", "words"),
    [
        ("429", 429, "Too many requests"),
        ("500", 500, "Internal Server Error"),
        ("401", 401, "Invalid or missing token"),
        ("403", 403, NO_PERMISSION),
        ("text", 200, WRONG_KEY),
        ("html", 200, "<!DOCTYPE html>"),
    ],
)
def test_another_answer_is_given_so_many_times(server: V3Server, kind: str, status: int, words: str) -> None:
    server.misbehave(kind, times=2)
    for _ in range(2):
        got, content = ask(server, "/tables")
        assert got == status
        assert words in (content["cause"] if isinstance(content, dict) else content)
    assert ask(server, "/tables")[0] == 200


def test_too_many_requests_tell_how_long_to_wait(server: V3Server) -> None:
    server.misbehave("429")
    assert urllib3.request("GET", f"{server.url}/tables", retries=False).headers["Retry-After"] == "1"


@pytest.mark.parametrize("kind", ["columns", "no-column", "types", "duplicates", "empty"])
def test_a_spoilt_reply_is_of_data_alone_and_differs_from_the_right_one(server: V3Server, kind: str) -> None:
    server.misbehave(kind)
    assert ask(server, "/tables")[0] == 200
    (_, spoilt), (_, right) = ask(server, WHOLE), ask(server, WHOLE)
    assert right == json.loads(synthetic.reply(server.tables["a01"].shape, 0, MONTHS[-2:]))
    assert {
        "columns": spoilt["columns"][:-1] == right["columns"][:-1] and spoilt["columns"] != right["columns"],
        "no-column": spoilt["columns"] == right["columns"][:-1] and len(spoilt["rows"][0]) == len(spoilt["columns"]),
        "types": any(row[-1] == str(other[-1]) for row, other in zip(spoilt["rows"], right["rows"], strict=False)),
        "duplicates": spoilt["rows"] == [*right["rows"], right["rows"][0]],
        "empty": spoilt == {"columns": right["columns"], "rows": []},
    }[kind]


def test_a_hanging_reply_ends_when_the_client_gives_up(server: V3Server) -> None:
    server.misbehave("hang")
    with pytest.raises(urllib3.exceptions.ReadTimeoutError):
        urllib3.request("GET", f"{server.url}/tables", retries=False, timeout=0.2)
    assert ask(server, "/tables")[0] == 200


def test_a_hanging_reply_ends_with_the_server() -> None:
    with V3Server(tables()) as server:
        server.misbehave("hang")
        failures: list[Exception] = []

        def wait() -> None:
            try:
                urllib3.request("GET", f"{server.url}/tables", retries=False, timeout=60)
            except urllib3.exceptions.HTTPError as error:
                failures.append(error)

        waiting = threading.Thread(target=wait)
        waiting.start()
        while not server.log:
            time.sleep(0.01)
    waiting.join(10)
    assert len(failures) == 1


def test_a_dropped_connection_gives_no_answer(server: V3Server) -> None:
    server.misbehave("drop")
    with pytest.raises(urllib3.exceptions.ProtocolError):
        urllib3.request("GET", f"{server.url}/tables", retries=False)
    assert ask(server, "/tables")[0] == 200


def test_a_cut_reply_promises_more_than_it_sends(server: V3Server) -> None:
    server.misbehave("cut")
    with closing(http.client.HTTPConnection(server.url.split("/")[2], timeout=5)) as connection:
        connection.request("GET", f"/v3{WHOLE}", headers={"Authorization": f"Bearer {TOKEN}"})
        with closing(connection.getresponse()) as reply, pytest.raises(http.client.IncompleteRead):
            reply.read()


def test_cut_json_is_whole_as_far_as_http_can_tell(server: V3Server) -> None:
    server.misbehave("cut-json")
    reply = urllib3.request("GET", server.url + WHOLE, headers={"Authorization": f"Bearer {TOKEN}"}, retries=False)
    assert (reply.status, len(reply.data)) == (200, int(reply.headers["Content-Length"]))
    with pytest.raises(ValueError, match=r"delimiter|Expecting|Unterminated"):
        json.loads(reply.data)


def test_a_match_chooses_which_requests_are_misbehaved_to(server: V3Server) -> None:
    server.misbehave("500", times=9, match=lambda path, params: path == "/data/a01" and params["period.M"] == "2026M01")
    assert ask(server, "/table/a01")[0] == 200
    assert ask(server, "/data/a01?mgroup.*=*&period.M=2026M02")[0] == 200
    assert ask(server, "/data/a01?mgroup.*=*&period.M=2026M01")[0] == 500


def test_an_unknown_kind_of_misbehaviour_is_a_mistake_of_the_test(server: V3Server) -> None:
    assert len(KINDS) == len(set(KINDS))
    with pytest.raises(AssertionError, match="none of"):
        server.misbehave("418")


def test_a_byte_order_mark_comes_on_demand(server: V3Server) -> None:
    server.bom = True
    reply = urllib3.request("GET", f"{server.url}/tables", headers={"Authorization": f"Bearer {TOKEN}"})
    assert reply.data.startswith(b"\xef\xbb\xbf[")


def test_the_log_has_every_request_of_many_threads(server: V3Server) -> None:
    threads = [threading.Thread(target=ask, args=(server, f"/tables?n={n}")) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted((path, int(params["n"])) for path, params in server.log) == [("/tables", n) for n in range(20)]


# --- saved replies -------------------------------------------------------------------------------------


def saved(table_id: str, folder: Path = SHARED) -> list[Path]:
    """Return the saved replies of a table, oldest first; skip the test where there are none."""
    found = sorted((folder / table_id).glob("*.json"))
    if not found:
        pytest.skip(f"there are no saved replies in {folder / table_id} (set JOBMAAL_SHARED)")
    return found


@pytest.mark.parametrize(
    ("table_id", "hierarchies"),
    [("y30r21", ["_ygrp_y30r21"]), ("y25i01", ["_ygrpi09"]), ("y25i09", ["_ygrpi09"]), ("y60a02", [])],
)
def test_a_saved_reply_is_served_as_it_is(table_id: str, hierarchies: list[str]) -> None:
    paths = saved(table_id)
    with V3Server({table_id: ServedTable.from_saved(paths[0], table_id, *paths[1:])}, token=TOKEN) as server:
        for path in paths:
            told = ask(server, f"/table/{table_id}")[1]
            (kind,) = told["periods"]
            query = f"mgroup.*=*&period.{kind['periodtype_id']}=latest:{len(kind['values'])}&hierarchy._nykom=*"
            query += "".join(f"&hierarchy.{name}=*" for name in hierarchies)
            assert asked(server, query, table_id) == json.loads(path.read_text(encoding="utf-8-sig"))
            if path != paths[-1]:
                server.revise(table_id)


def test_the_groups_of_a_saved_reply_are_those_of_its_labels() -> None:
    table = ServedTable.from_saved(saved("y30r21")[0], "y30r21")
    assert [len(labels) for labels in table.measures().values()] == [3, 3, 1]
    with V3Server({"y30r21": table}, token=TOKEN) as server:
        content = asked(server, "mgroup.m7=1&period.QMAT=latest:1&hierarchy._nykom=/1/", "y30r21")
    assert (content["columns"][2:], len(content["rows"])) == ([table.shape.measure_labels[-1]], 1)


def test_without_the_saved_replies_the_reason_names_the_folder(tmp_path: Path) -> None:
    with pytest.raises(pytest.skip.Exception, match=re.escape(str(tmp_path / "y30r21"))):
        saved("y30r21", tmp_path)
