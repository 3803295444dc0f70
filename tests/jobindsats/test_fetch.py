"""Fetching over a real socket: what lands, what does not, what is asked for again, and how failures are told.

Belongs here: `jobmaal fetch` and `jobmaal land`, against a server that misbehaves on demand. Does not: how a table
is split (`test_plan`), and what the warehouse makes of what landed.
"""

import datetime as dt
import errno
import gzip
import json
import re
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from jobmaal.core.errors import (
    EXIT_BROKE_DOWN,
    EXIT_BUSY,
    EXIT_FAULTY_INPUT,
    EXIT_FETCH_FAILED,
    FetchError,
)
from jobmaal.core.layout import Layout
from jobmaal.demo.synthetic import COUNT, SyntheticMeasure
from jobmaal.jobindsats import due, names
from jobmaal.jobindsats.client import Client, OutOfReachError, TooMuchError
from jobmaal.jobindsats.fetch import fetch
from jobmaal.jobindsats.landing import Landing
from jobmaal.jobindsats.report import Report
from jobmaal.jobindsats.response import CalendarEntry
from jobmaal.jobindsats.settings import Settings
from tests.conftest import COMMAND, environment_of, python
from tests.helpers.fetching import FUTURE, PAST, PERIODS, TOKEN, body_of, configure, names_of, served
from tests.helpers.input import edit, run
from tests.helpers.v3_server import NO_PERMISSION, WRONG_KEY, Params, ServedTable, V3Server

#: One period of a table below has 3 areas x 3 members x 2 measures = 18 cells, so this makes a part a period.
A_PERIOD = 18


@pytest.fixture
def server() -> Iterator[V3Server]:
    with V3Server({table_id: served(table_id) for table_id in ("y01", "y02")}, token=TOKEN) as started:
        yield started


def configuration(layout: Layout) -> Path:
    return layout.seeds / "shared" / "series_tables.csv"


def fetched(layout: Layout, server: V3Server, *table_ids: str, connections: int = 1, limit: int = A_PERIOD) -> Report:
    """Fetch with little patience."""
    client = Client(server.url, TOKEN, 0, connections, 0.5, backoff=0.01)
    return fetch(layout, table_ids or None, Settings(cell_limit=limit, connections=connections), client)


def told(report: Report) -> dict[str, str]:
    return {table.table_id: table.outcome for table in report.tables}


def asked_data(server: V3Server, table_id: str = "") -> list[str]:
    """Return the periods of the data requests that the server got, in order."""
    return [params["period.M"] for path, params in server.log if path.startswith(f"/data/{table_id}")]


def of_data(path: str, _params: Params) -> bool:
    return path.startswith("/data/")


def of_y01(path: str, _params: Params) -> bool:
    return path == "/data/y01"


def whole(layout: Layout, table_id: str) -> list[int]:
    """Return the number of parts of each whole delivery of a table."""
    return [len(parts) for parts in Landing(layout).whole_deliveries(table_id).values()]


def quarantined(layout: Layout) -> list[dict[str, object]]:
    sidecars = sorted((layout.landing / names.QUARANTINE).glob("*/*.request.json"))
    return [json.loads(path.read_text(encoding="utf-8")) for path in sidecars]


def serve_two_measures_in_one_group(server: V3Server) -> None:
    """Let the description of y01, which counts groups, make it look half as large as it is."""
    measures = tuple(SyntheticMeasure("m1", name, COUNT, "Antal") for name in ("Personer", "Fuldtidspersoner"))
    server.tables["y01"] = ServedTable(replace(served("y01").shape, measures=measures), update_next=FUTURE)


def client_of(server: V3Server, token: str = TOKEN, timeout: float = 0.5) -> Client:
    return Client(server.url, token, 0, 1, timeout, backoff=0.01)


# --- what lands -----------------------------------------------------------------------------------------


def test_all_that_is_configured_lands_in_whole_deliveries(layout: Layout, server: V3Server) -> None:
    report = fetched(layout, server, connections=4)
    assert report.exit_code == 0
    assert told(report) == {"y01": "fetched", "y02": "fetched"}
    assert whole(layout, "y01") == whole(layout, "y02") == [4]
    landed = Landing(layout).responses("y01")
    data = [response for response in landed if response.kind == "data"]
    assert sum(response.rows for response in data) == report.tables[0].rows == 4 * 9
    assert all(json.loads(response.read())["rows"] for response in data)
    [description] = [response for response in landed if response.kind == "table"]
    assert {response.metadata_sha256 for response in data} == {description.sha256}
    assert {response.request.partition("?")[0] for response in data} == {"/data/y01"}
    assert "hierarchy._nykom=*&hierarchy._kon=*&format=json" in data[0].request
    assert Landing(layout).newest("_tables", "calendar") is not None


def test_a_second_fetch_asks_for_the_calendar_alone_and_lands_nothing(layout: Layout, server: V3Server) -> None:
    fetched(layout, server)
    names, asked = names_of(layout), len(server.log)
    report = fetched(layout, server)
    assert told(report) == {"y01": f"not due until {FUTURE}", "y02": f"not due until {FUTURE}"}
    assert report.exit_code == 0
    assert [path for path, _ in server.log[asked:]] == ["/tables"]
    assert names_of(layout) == names


def test_a_new_publication_is_fetched_and_the_rest_is_not(layout: Layout, server: V3Server) -> None:
    fetched(layout, server)
    server.revise("y02")
    report = fetched(layout, server)
    assert told(report) == {"y01": f"not due until {FUTURE}", "y02": "fetched"}
    assert (whole(layout, "y01"), whole(layout, "y02")) == ([4], [4, 4])


def test_a_named_table_is_fetched_again_as_a_delivery_of_its_own(layout: Layout, server: V3Server) -> None:
    fetched(layout, server)
    assert told(fetched(layout, server, "y01", "y01")) == {"y01": "fetched"}
    first, second = (delivery for _, delivery in Landing(layout).whole_deliveries("y01"))
    assert (first.partition("-")[0], first[-1], second[-1]) == (second.partition("-")[0], "0", "1")


def test_a_response_with_a_byte_order_mark_lands(layout: Layout, server: V3Server) -> None:
    server.bom = True
    assert fetched(layout, server).exit_code == 0


# --- due, not due, late -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("update_next", "now", "expected"),
    [
        ("2099-01-15", "2099-01-14T12:00+00:00", "not due until 2099-01-15"),
        # Midnight in Copenhagen is 23:00 UTC.
        ("2099-01-15", "2099-01-14T23:00+00:00", ""),
        ("2099-01-15T08:00:00", "2099-01-15T06:59+00:00", "not due until 2099-01-15T08:00:00"),
        ("2099-01-15T08:00:00", "2099-01-15T07:00+00:00", ""),
        ("2099-01-15T08:00:00Z", "2099-01-15T07:30+00:00", "not due until 2099-01-15T08:00:00Z"),
        ("15-01-2099", "2099-01-15T07:00+00:00", ""),
        ("15.01.2099", "2099-01-14T07:00+00:00", "not due until 15.01.2099"),
        ("2020-01-15", "2026-11-01T07:00+00:00", "late: announced for 2020-01-15, and not published yet"),
        ("i morgen", "2099-01-15T07:00+00:00", "not due: nothing new is published"),
        ("", "2099-01-15T07:00+00:00", "not due: nothing new is published"),
    ],
)
def test_a_table_is_due_when_its_next_publication_was_announced_for(
    layout: Layout, server: V3Server, update_next: str, now: str, expected: str
) -> None:
    server.tables["y01"] = served("y01", update_next=update_next)
    fetched(layout, server, "y01")
    entry = CalendarEntry("y01", "2026-08-19", update_next)
    assert due.why_not(Landing(layout), entry, dt.datetime.fromisoformat(now)) == expected


def test_an_announced_day_is_not_late_before_it_is_over(layout: Layout, server: V3Server) -> None:
    today = dt.datetime.now(due.PUBLISHER_ZONE).date()
    server.tables["y01"] = served("y01", update_next=today.isoformat())
    fetched(layout, server, "y01")
    entry = CalendarEntry("y01", "2026-08-19", today.isoformat())
    evening = dt.datetime.combine(today, dt.time(23, 59), due.PUBLISHER_ZONE)
    assert due.why_not(Landing(layout), entry, evening) == f"not due until {today}"
    assert "late" in due.why_not(Landing(layout), entry, evening + dt.timedelta(minutes=1))


@pytest.mark.parametrize(("calendar", "is_due"), [("2026-08-19T08:00:00", False), ("19-08-2026", False), ("x", True)])
def test_the_same_day_told_with_more_precision_is_no_new_publication(
    layout: Layout, server: V3Server, calendar: str, is_due: bool
) -> None:
    fetched(layout, server, "y01")
    entry = CalendarEntry("y01", calendar, FUTURE)
    assert (due.why_not(Landing(layout), entry, dt.datetime.now(dt.UTC)) == "") == is_due


def test_late_is_told_and_is_no_failure(layout: Layout, server: V3Server) -> None:
    server.tables["y01"] = served("y01", update_next=PAST)
    fetched(layout, server)
    report = fetched(layout, server)
    assert told(report)["y01"] == f"late: announced for {PAST}, and not published yet"
    assert report.exit_code == 0


# --- going on where it was --------------------------------------------------------------------------------


def test_a_network_that_goes_leaves_what_landed_and_the_next_fetch_asks_for_the_rest_alone(
    layout: Layout, server: V3Server
) -> None:
    def third(path: str, params: Params) -> bool:
        if path != "/data/y01" or params["period.M"] != PERIODS[2]:
            return False
        server._http.shutdown()
        server._http.server_close()
        return True

    server.misbehave("drop", match=third)
    report = fetched(layout, server)
    assert report.exit_code == EXIT_FETCH_FAILED
    assert told(report) == {
        "y01": "2 of 4 parts have landed; run it again: it goes on where it was",
        "y02": "not tried",
    }
    [problem] = report.problems
    assert "y01: 127.0.0.1 cannot be reached" in problem
    assert "Connection refused" in problem
    assert "2 of 4 parts have landed; run it again: it goes on where it was." in problem
    assert whole(layout, "y01") == []
    with V3Server(server.tables, token=TOKEN) as again:
        report = fetched(layout, again)
        assert told(report) == {"y01": "fetched, going on after 2 of 4 parts", "y02": "fetched"}
        assert asked_data(again, "y01") == list(PERIODS[2:])
    landed = Counter(asked_data(server, "y01")[:2] + asked_data(again, "y01"))
    assert landed == Counter(PERIODS)
    assert whole(layout, "y01") == [4]


def test_the_plan_of_an_unfinished_delivery_is_not_changed_by_its_own_parts(layout: Layout, server: V3Server) -> None:
    serve_two_measures_in_one_group(server)
    server.misbehave(
        "500", times=100, match=lambda path, params: of_y01(path, params) and PERIODS[3] in params["period.M"]
    )
    assert fetched(layout, server, "y01", limit=18).exit_code == EXIT_FETCH_FAILED
    with V3Server(server.tables, token=TOKEN) as again:
        assert fetched(layout, again, "y01", limit=18).exit_code == 0
        assert asked_data(again) == ["2026M06,2026M07"]
        fetched(layout, again, "y01", limit=18)
        assert asked_data(again)[1:] == list(PERIODS)


def test_a_publication_between_two_attempts_begins_anew(layout: Layout, server: V3Server) -> None:
    server.misbehave("403", match=lambda path, params: of_y01(path, params) and params["period.M"] == PERIODS[1])
    fetched(layout, server, "y01")
    server.revise("y01")
    fetched(layout, server, "y01")
    assert asked_data(server) == [*PERIODS[:2], *PERIODS]
    assert whole(layout, "y01") == [4]


# --- what passes is tried again ---------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["429", "500", "hang", "drop", "cut"])
def test_what_passes_is_tried_again_and_lands(
    layout: Layout, server: V3Server, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.misbehave(kind, match=of_data)
    waits, sleep = list[float](), time.sleep
    monkeypatch.setattr(time, "sleep", lambda seconds: (waits.append(seconds), sleep(seconds)))
    report = fetched(layout, server)
    assert report.exit_code == 0, report.problems
    assert asked_data(server, "y01") == [PERIODS[0], *PERIODS]
    assert (whole(layout, "y01"), whole(layout, "y02")) == ([4], [4])
    assert quarantined(layout) == []
    # The server asks for a second.
    assert (max(waits) >= 1) == (kind == "429")


def test_trying_again_has_an_end(layout: Layout, server: V3Server) -> None:
    server.misbehave("500", times=1000, match=of_y01)
    report = fetched(layout, server)
    assert asked_data(server, "y01") == [PERIODS[0]] * 6
    assert told(report)["y02"] == "fetched"
    [problem] = report.problems
    assert "/data/y01?" in problem
    assert "with 500: Internal Server Error, 6 times. Try later" in problem
    assert report.exit_code == EXIT_FETCH_FAILED


def test_a_response_that_never_comes_is_told(server: V3Server) -> None:
    server.misbehave("hang", times=100)
    with pytest.raises(FetchError, match=r"gave no whole response to /tables\?format=json in 6 tries .*timed out"):
        client_of(server, timeout=0.05).get("/tables", {"format": "json"})


def test_what_does_not_pass_is_asked_for_once(layout: Layout, server: V3Server) -> None:
    server.misbehave("403", times=100, match=of_y01)
    report = fetched(layout, server)
    assert asked_data(server, "y01") == [PERIODS[0]]
    # Asking again would give the same, so nobody is told to.
    assert told(report) == {"y01": "0 of 4 parts have landed", "y02": "fetched"}
    assert f"with 403: {NO_PERMISSION.rstrip('.')}. The token may not read this" in report.problems[0]


def test_the_publishers_own_words_are_told_with_the_id_to_quote(server: V3Server) -> None:
    params = {"mgroup.*": "*", "period.M": "latest:40", "format": "json"}
    with pytest.raises(FetchError) as caught:
        client_of(server).get("/data/y01", params)
    assert "/data/y01?mgroup.*=*&period.M=latest:40&format=json with 422" in str(caught.value)
    assert "Requested latest:40 for type M, but only 4 periods are available" in str(caught.value)
    assert re.search(r"\(request_id [0-9a-f-]{36}\)", str(caught.value))
    assert len(server.log) == 1


def test_a_request_with_too_many_cells_is_split_until_the_publisher_takes_it(layout: Layout, server: V3Server) -> None:
    serve_two_measures_in_one_group(server)
    server.cell_limit = 72 - 1
    report = fetched(layout, server, "y01", limit=100_000)
    assert (report.exit_code, report.problems, told(report)) == (0, [], {"y01": "fetched"})
    assert asked_data(server, "y01") == [",".join(PERIODS), ",".join(PERIODS[:2]), ",".join(PERIODS[2:])]
    assert whole(layout, "y01") == [2]
    # Much less than one period: areas are split too.
    server.cell_limit = 17
    assert fetched(layout, server, "y01", limit=100_000).problems == []
    assert whole(layout, "y01") == [2, 12]


def test_a_split_fetch_that_is_interrupted_goes_on_with_the_parts_that_it_has(layout: Layout, server: V3Server) -> None:
    server.cell_limit = A_PERIOD
    server.misbehave(
        "500", times=6, match=lambda path, params: of_y01(path, params) and params["period.M"] == PERIODS[2]
    )
    first = told(fetched(layout, server, "y01", limit=100_000))
    assert first == {"y01": "2 of 4 parts have landed; run it again: it goes on where it was"}
    second = told(fetched(layout, server, "y01", limit=100_000))
    assert second == {"y01": "fetched, going on after 2 of 4 parts"}


def test_one_area_in_one_period_that_is_too_much_is_reported_and_not_asked_for_for_ever(
    layout: Layout, server: V3Server
) -> None:
    server.cell_limit = 1
    report = fetched(layout, server, "y01", limit=100_000)
    [problem] = report.problems
    assert "at most 1 are allowed" in problem
    assert "one area in one period cannot be split further" in problem
    assert "run it again" not in problem
    assert report.exit_code == EXIT_FETCH_FAILED
    assert len(asked_data(server, "y01")) < 10


@pytest.mark.parametrize(
    ("status", "cause", "is_too_much"),
    [
        (422, "Requested 54 cells, but at most 53 are allowed.", True),
        (422, "Too many values requested", True),
        (422, "Forespørgslen er for stor", True),
        (413, "Payload", True),
        (414, "", True),
        (422, "Unknown hierarchies: ['_cells']", False),
        (422, "Requested latest:40 for type Q, but only 29 periods are available.", False),
        (400, "Too many values requested", False),
    ],
)
def test_a_refusal_for_size_is_told_from_one_for_what_there_is_not(status: int, cause: str, is_too_much: bool) -> None:
    with pytest.raises(FetchError) as error:
        ask_once(answering(status, json.dumps({"code": status, "cause": cause})))
    assert isinstance(error.value, TooMuchError) is is_too_much
    assert not error.value.can_pass
    assert ("Asking again would give the same" in str(error.value)) is not is_too_much


def test_requests_keep_the_pace(server: V3Server) -> None:
    client = Client(server.url, TOKEN, 20, 4, 5)
    started = time.monotonic()
    threads = [threading.Thread(target=client.get, args=("/tables", {"format": "json"})) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert time.monotonic() - started >= 4 / 20


def test_a_redirect_is_not_followed_with_the_token(server: V3Server) -> None:
    handler = answering(302, "", ("Location", f"{server.url}/tables?format=json"))
    with pytest.raises(FetchError, match=r"with 302\. It points elsewhere, and the token is not taken along"):
        ask_once(handler)
    assert server.log == []


def test_the_proxy_of_the_environment_is_used_and_named_where_it_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    with pytest.raises(OutOfReachError, match=r"jobindsats\.invalid cannot be reached \(.*proxy.*Look to the network"):
        Client("https://jobindsats.invalid/v3", TOKEN, 0, 1, 1, backoff=0.001).get("/tables", {})


def test_a_table_that_is_no_longer_listed_is_reported_once_and_keeps_its_history(
    layout: Layout, server: V3Server
) -> None:
    fetched(layout, server)
    ended = server.tables.pop("y01")
    first = fetched(layout, server)
    assert (first.exit_code, first.problems) == (0, [])
    assert told(first)["y01"] == "no longer listed by Jobindsats; what has landed stays"
    [note] = first.notes
    assert "enter the day in the column ended_on of its row in shared/series_tables.csv" in note
    second = fetched(layout, server)
    assert (second.exit_code, second.problems, second.notes) == (0, [], [])
    assert whole(layout, "y01") == [4]
    # Listed again and gone again, it is worth another word.
    server.tables["y01"] = ended
    assert told(fetched(layout, server))["y01"] == f"not due until {FUTURE}"
    del server.tables["y01"]
    assert len(fetched(layout, server).notes) == 1


def test_a_table_that_has_ended_is_not_asked_for_any_more(layout: Layout, server: V3Server) -> None:
    fetched(layout, server)
    edit(configuration(layout), ("table_id", "y01"), "ended_on", "2025-07-01")
    for is_listed in (True, False):
        if not is_listed:
            del server.tables["y01"]
        asked = len(asked_data(server))
        report = fetched(layout, server)
        assert told(report)["y01"] == "ended on 2025-07-01; what has landed stays"
        assert (report.exit_code, report.problems, report.notes) == (0, [], [])
        assert len(asked_data(server)) == asked
    edit(configuration(layout), ("table_id", "y01"), "ended_on", "2099-07-01")
    assert told(fetched(layout, server))["y01"] == "no longer listed by Jobindsats; what has landed stays"


# --- what is unusable is kept aside -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("html", "is HTML"),
        ("text", WRONG_KEY),
        ("empty", "has no rows"),
        ("columns", "En anden måling"),
        ("no-column", "has 1 columns of numbers where 2 were promised"),
        ("types", "is no number"),
        ("negative", "a negative count of persons, -1, in column 'Antal personer' of 2026M05, Hele landet, I alt"),
        ("duplicates", "is a duplicate of row 1"),
        ("cut-json", "is no JSON, or cut off"),
    ],
)
def test_an_unusable_response_is_kept_aside_and_the_delivery_stays_incomplete(
    layout: Layout, server: V3Server, kind: str, reason: str
) -> None:
    server.misbehave(kind, match=lambda path, params: of_y01(path, params) and params["period.M"] == PERIODS[1])
    report = fetched(layout, server)
    assert report.exit_code == EXIT_FETCH_FAILED
    assert told(report) == {
        "y01": "1 of 4 parts have landed; run it again: it goes on where it was",
        "y02": "fetched",
    }
    [problem] = report.problems
    assert reason in problem
    assert "y01: the response to /data/y01?mgroup.*=*&period.M=2026M05" in problem
    assert "does not enter" in problem
    [aside] = quarantined(layout)
    assert reason in str(aside["reason"])
    assert whole(layout, "y01") == []
    assert told(fetched(layout, server))["y01"] == "fetched, going on after 1 of 4 parts"
    assert whole(layout, "y01") == [4]


def test_an_unusable_description_keeps_no_other_table_from_being_fetched(layout: Layout, server: V3Server) -> None:
    server.misbehave("html", match=lambda path, _: path == "/table/y01")
    report = fetched(layout, server)
    assert told(report) == {"y01": "failed", "y02": "fetched"}
    assert "the response to /table/y01?format=json is HTML" in report.problems[0]
    assert [aside["kind"] for aside in quarantined(layout)] == ["table"]


@pytest.mark.parametrize(("kind", "reason"), [("text", WRONG_KEY), ("html", "is HTML"), ("cut-json", "is no JSON")])
def test_an_unusable_list_of_tables_ends_the_fetch(layout: Layout, server: V3Server, kind: str, reason: str) -> None:
    server.misbehave(kind)
    with pytest.raises(FetchError, match=re.escape(reason)) as caught:
        fetched(layout, server)
    assert "Jobindsats's list of tables" in str(caught.value)
    assert "Nothing was fetched" in str(caught.value)
    assert [aside["kind"] for aside in quarantined(layout)] == ["calendar"]
    assert names_of(layout) == []


# --- faults of the configuration --------------------------------------------------------------------------


def test_a_table_that_jobindsats_does_not_list_is_a_fault_and_the_others_are_fetched(
    layout: Layout, server: V3Server
) -> None:
    configure(layout, "y99", "y02")
    report = fetched(layout, server)
    assert told(report) == {"y99": "unknown to Jobindsats", "y02": "fetched"}
    assert report.exit_code == EXIT_FAULTY_INPUT
    [problem] = report.problems
    assert "seeds/shared/series_tables.csv:2: column 'table_id', value 'y99': is an unknown table" in problem


def test_what_a_table_does_not_have_is_a_fault_and_nothing_is_asked_of_it(layout: Layout, server: V3Server) -> None:
    line = edit(configuration(layout), ("table_id", "y01"), "periods", "latest:40")
    report = fetched(layout, server)
    assert report.exit_code == EXIT_FAULTY_INPUT
    assert told(report)["y02"] == "fetched"
    [problem] = report.problems
    rule = "asks for 40 periods of type M, but the table has only 4"
    assert f"seeds/shared/series_tables.csv:{line}: column 'periods', value 'latest:40': {rule}" in problem
    assert asked_data(server, "y01") == []


def test_a_named_table_without_a_row_is_told_with_the_file_to_add_it_to(layout: Layout, server: V3Server) -> None:
    with pytest.raises(FetchError, match=r"y77: no row in .*series_tables.csv says what to take of it; add one there"):
        fetched(layout, server, "y01", "y77")
    assert server.log == []


# --- the token ------------------------------------------------------------------------------------------


@pytest.fixture
def surroundings(server: V3Server, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Let the command find the server and its token; a test changes what it is about."""
    monkeypatch.setenv("JOBINDSATS_URL", server.url)
    monkeypatch.setenv("JOBINDSATS_TOKEN", TOKEN)
    monkeypatch.setenv("JOBINDSATS_RATE", "0")
    monkeypatch.setenv("JOBINDSATS_CELL_LIMIT", str(A_PERIOD))
    return monkeypatch


def test_without_a_token_the_ways_on_are_told(layout: Layout, surroundings: pytest.MonkeyPatch) -> None:
    surroundings.delenv("JOBINDSATS_TOKEN")
    result = run(layout, "fetch")
    assert result.exit_code == EXIT_FETCH_FAILED
    for way in ("set JOBINDSATS_TOKEN", "jobmaal land DIR", "make demo"):
        assert way in result.output
    assert not layout.landing.exists()


def test_a_token_that_is_not_accepted_is_told(
    layout: Layout, surroundings: pytest.MonkeyPatch, server: V3Server
) -> None:
    surroundings.setenv("JOBINDSATS_TOKEN", "another")
    result = run(layout, "fetch")
    assert result.exit_code == EXIT_FETCH_FAILED
    assert "/tables?format=json with 401: Invalid or missing token" in result.output
    assert "check JOBINDSATS_TOKEN" in result.output
    assert len(server.log) == 1
    assert "another" not in result.output


def test_a_token_that_is_no_longer_accepted_ends_the_fetch(layout: Layout, server: V3Server) -> None:
    server.misbehave("401", times=100, match=of_data)
    report = fetched(layout, server)
    assert told(report)["y02"] == "not tried"
    assert "The token is not accepted: check JOBINDSATS_TOKEN" in report.problems[0]
    assert len(asked_data(server)) == 1


@pytest.mark.parametrize("token", ["nøgle-med-æøå", "two\nlines", "two words", "tab\tbed"])
def test_a_token_that_cannot_be_one_is_told_without_showing_it(
    layout: Layout, surroundings: pytest.MonkeyPatch, server: V3Server, token: str
) -> None:
    surroundings.setenv("JOBINDSATS_TOKEN", token)
    result = run(layout, "fetch")
    assert result.exit_code == EXIT_FETCH_FAILED
    assert "JOBINDSATS_TOKEN holds a character that no token has" in result.output
    assert token not in result.output
    assert token[:5] not in result.output
    assert server.log == []


@pytest.mark.parametrize(
    "url",
    [
        "http://api.jobindsats.dk/v3",
        "api.jobindsats.dk",
        "https://user:pw@host/v3",
        "https://h/v3?x=1",
        "ftp://h",
        "::",
    ],
)
def test_an_address_that_would_give_the_token_away_is_refused(url: str) -> None:
    with pytest.raises(FetchError, match="JOBINDSATS_URL must be an https address"):
        Client(url, TOKEN, 0, 1, 1)


def test_the_token_stands_nowhere(
    layout: Layout, surroundings: pytest.MonkeyPatch, server: V3Server, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    server.misbehave("html", match=of_y01)
    results = [run(layout, "fetch"), run(layout, "fetch")]
    server.misbehave("401")
    results.append(run(layout, "fetch"))
    surroundings.setenv("JOBINDSATS_URL", "http://127.0.0.1:9/v3")
    client = client_of(server)
    with pytest.raises(OutOfReachError) as caught:
        Client("http://127.0.0.1:9/v3", TOKEN, 0, 1, 1, backoff=0.001).get("/tables", {})
    seen = [result.output for result in results] + [caplog.text, repr(client), str(client), repr(caught.value)]
    assert [result.exit_code for result in results] == [EXIT_FETCH_FAILED, 0, EXIT_FETCH_FAILED]
    for path in (path for path in layout.data.rglob("*") if path.is_file()):
        content = path.read_bytes()
        seen.append((gzip.decompress(content) if path.suffix == ".gz" else content).decode())
    assert len(seen) > 20
    assert not [text for text in seen if TOKEN in text]


# --- the command ------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("surroundings")
def test_the_command_tells_what_landed_and_what_to_do_next(layout: Layout) -> None:
    result = run(layout, "fetch")
    assert result.exit_code == 0, result.output
    assert re.search(r"^y01 +fetched: 4 responses, 36 rows, 0.0 MB$", result.stdout, re.MULTILINE)
    assert result.stdout.endswith("Run `jobmaal refresh` to build them into a release.\n")
    result = run(layout, "fetch", "--table", "y02", "--connections", "3", "--cell-limit", "1000")
    assert re.search(r"^y02 +fetched: 1 response, 36 rows", result.stdout, re.MULTILINE)
    assert run(layout, "fetch").stdout == "".join(f"{name}       not due until {FUTURE}\n" for name in ("y01", "y02"))


@pytest.mark.usefixtures("surroundings")
def test_the_command_ends_with_what_is_wrong(layout: Layout, server: V3Server) -> None:
    server.misbehave("html", match=of_y01)
    result = run(layout, "fetch")
    assert result.exit_code == EXIT_FETCH_FAILED
    assert "is HTML" in result.stderr
    configure(layout, "y01", "y99")
    server.misbehave("html", match=of_y01)
    result = run(layout, "fetch")
    assert result.exit_code == EXIT_FAULTY_INPUT
    assert "'y99': is an unknown table" in result.stderr


@pytest.mark.usefixtures("surroundings")
def test_two_fetches_never_run_at_once(layout: Layout, server: V3Server) -> None:
    code = (
        "import sys\nfrom jobmaal.core.layout import Layout\nfrom jobmaal.operations.locking import fetch_lock\n"
        "with fetch_lock(Layout.from_environment()):\n    print('held', flush=True)\n    sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code],
        env=environment_of(layout),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdin is not None
        assert holder.stdout.readline() == "held\n"
        for command in (["fetch"], ["land", str(layout.seeds)]):
            result = run(layout, *command)
            assert result.exit_code == EXIT_BUSY
            assert f"A fetch is running already (fetch: process {holder.pid}, since " in result.output
        holder.stdin.close()
    assert server.log == []
    assert run(layout, "fetch").exit_code == 0


def test_an_interrupted_fetch_ends_at_once_and_goes_on_later(layout: Layout, server: V3Server) -> None:
    server.misbehave("hang", match=lambda path, params: of_y01(path, params) and params["period.M"] == PERIODS[2])
    command = [str(COMMAND), "fetch", "--connections", "1", "--cell-limit", str(A_PERIOD)]
    variables = {"JOBINDSATS_URL": server.url, "JOBINDSATS_TOKEN": TOKEN, "JOBINDSATS_RATE": "0"}
    with subprocess.Popen(
        command,
        env=environment_of(layout) | variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as fetching:
        while len(asked_data(server)) < 3:
            assert fetching.poll() is None, fetching.communicate()
            time.sleep(0.01)
        fetching.send_signal(signal.SIGINT)
        # The response under way would be given up after two minutes; a busy machine takes its time to end a process.
        _, stderr = fetching.communicate(timeout=30)
    assert fetching.returncode == 1
    assert "Traceback" not in stderr
    assert (len(Landing(layout).responses("y01")), whole(layout, "y01")) == (3, [])
    assert told(fetched(layout, server))["y01"] == "fetched, going on after 2 of 4 parts"


@pytest.mark.usefixtures("surroundings")
def test_an_interruption_that_does_not_wake_the_main_thread_ends_a_fetch_too(layout: Layout, server: V3Server) -> None:
    server.misbehave("hang", match=lambda path, params: of_y01(path, params) and params["period.M"] == PERIODS[2])

    def interrupt() -> None:
        while len(asked_data(server)) < 3:
            time.sleep(0.01)
        # Time enough for the main thread to be waiting again; the signal is this thread's.
        time.sleep(0.5)
        signal.pthread_kill(threading.get_ident(), signal.SIGINT)

    threading.Thread(target=interrupt).start()
    started = time.monotonic()
    assert run(layout, "fetch", "--connections", "1", "--cell-limit", str(A_PERIOD)).exit_code == 1
    assert time.monotonic() - started < 60  # A response is waited for twice as long.


# --- disks ----------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("surroundings")
def test_a_full_disk_leaves_what_landed_whole_and_the_rest_is_fetched_later(layout: Layout, server: V3Server) -> None:
    written = Path.write_bytes

    def full(path: Path, content: bytes) -> int:
        if ".data." in path.name and sum(of.kind == "data" for of in Landing(layout).responses()) >= 2:
            written(path, content[: len(content) // 2])
            raise OSError(errno.ENOSPC, "No space left on device", str(path))
        return written(path, content)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Path, "write_bytes", full)
        result = run(layout, "fetch", "--connections", "1")
    assert result.exit_code == EXIT_BROKE_DOWN
    assert "No space left on device" in result.output
    assert list(layout.landing.rglob("*.part")) == []
    data = [response for response in Landing(layout).responses() if response.kind == "data"]
    assert [bool(response.read()) for response in data] == [True, True]
    assert whole(layout, "y01") == []
    asked = len(server.log)
    assert run(layout, "fetch", "--connections", "1").exit_code == 0
    assert [params["period.M"] for path, params in server.log[asked:] if path == "/data/y01"] == list(PERIODS[2:])


def test_a_damaged_description_keeps_no_other_table_from_being_fetched(layout: Layout, server: V3Server) -> None:
    fetched(layout, server, "y01")
    damage(next(response for response in Landing(layout).responses("y01") if response.kind == "table").body)
    report = fetched(layout, server)
    assert told(report) == {"y01": "failed", "y02": "fetched"}
    assert "is not what was landed" in report.problems[0]


def damage(path: Path) -> None:
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[:-9] + b"x")


# --- responses saved to files -------------------------------------------------------------------------------


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """Save responses of both tables, of one with its description."""
    folder = tmp_path / "saved" / "data"
    for table_id in ("y01", "y02"):
        (folder / table_id).mkdir(parents=True)
        for name in ("2026-08-18T21-52-29.json", "2026-01-18T21-52-29.json"):
            (folder / table_id / name).write_bytes(body_of(table_id))
    (folder / "y01" / "table.json").write_text(json.dumps(served("y01").metadata()), encoding="utf-8")
    return folder


def test_saved_responses_land_as_of_the_time_in_their_names(layout: Layout, saved: Path) -> None:
    # A folder that holds the responses in `data` will do as well.
    result = run(layout, "land", str(saved.parent))
    assert result.exit_code == 0, result.output
    assert re.search(r"^y01 +landed: 2 responses, 72 rows", result.stdout, re.MULTILINE)
    assert "Run `jobmaal refresh`" in result.stdout
    description, *data = sorted(Landing(layout).responses("y01"), key=lambda response: response.kind != "table")
    # Winter time, then summer time.
    assert [f"{response.retrieved_at:%Y-%m-%d %H:%M:%S}" for response in data] == [
        "2026-01-18 20:52:29",
        "2026-08-18 19:52:29",
    ]
    assert {response.metadata_sha256 for response in data} == {description.sha256}
    assert description.retrieved_at == data[0].retrieved_at
    assert data[0].delivery == "2026-01-18T21-52-29"
    assert data[0].request == "saved file y01/2026-01-18T21-52-29.json"
    assert (data[0].source, data[0].dimensions) == ("folder", 1)
    assert whole(layout, "y02") == [1, 1]


def test_landing_a_folder_again_lands_nothing(layout: Layout, saved: Path) -> None:
    run(layout, "land", str(saved))
    names = names_of(layout)
    result = run(layout, "land", str(saved))
    assert result.exit_code == 0
    assert re.search(r"^y01 +2 landed already$", result.stdout, re.MULTILINE)
    assert "jobmaal refresh" not in result.stdout
    assert names_of(layout) == names


def test_packed_responses_land(layout: Layout, saved: Path) -> None:
    for path in list((saved / "y02").iterdir()):
        path.with_name(path.name + ".gz").write_bytes(gzip.compress(path.read_bytes()))
        path.unlink()
    assert run(layout, "land", str(saved)).exit_code == 0
    assert whole(layout, "y02") == [1, 1]


def test_another_response_of_the_same_table_and_time_is_refused(layout: Layout, saved: Path) -> None:
    run(layout, "land", str(saved))
    changed = saved / "y02" / "2026-08-18T21-52-29.json"
    changed.write_bytes(body_of("y02") + b" ")
    result = run(layout, "land", str(saved))
    assert result.exit_code == EXIT_FAULTY_INPUT
    assert f"{changed}: another response of this table and time is landed already" in result.stderr
    assert whole(layout, "y02") == [1, 1]


def test_what_cannot_land_is_told_and_keeps_nothing_else_from_landing(layout: Layout, saved: Path) -> None:
    (saved / "y77").mkdir()
    (saved / "y77" / "2026-08-18T21-52-29.json").write_bytes(body_of("y01"))
    bad = {
        "2026-08-19T21-52-29.json": (WRONG_KEY.encode(), "is no JSON"),
        "2026-03-29T02-30-00.json": (body_of("y02"), "its name is a time that there was not"),
        "2099-08-18T21-52-29.json": (body_of("y02"), "its name is a time to come"),
        "2026-02-30T21-52-29.json": (body_of("y02"), "there is no such day"),
        "august.json": (body_of("y02"), "its name is no time of retrieval"),
        "2026-08-20T21-52-29.json.gz": (gzip.compress(body_of("y02"))[:-20], "cannot be unpacked"),
    }
    for name, (content, _) in bad.items():
        (saved / "y02" / name).write_bytes(content)
    result = run(layout, "land", str(saved))
    assert result.exit_code == EXIT_FAULTY_INPUT
    for name, (_, reason) in bad.items():
        assert re.search(
            rf"^{re.escape(str(saved / 'y02' / name))}: .*{re.escape(reason)}", result.stderr, re.MULTILINE
        )
    assert (
        f"{saved / 'y77'}: no row in {configuration(layout)} says what to take of it; add one there." in result.stderr
    )
    assert [aside["reason"] for aside in quarantined(layout) if WRONG_KEY[:10] in str(aside["reason"])]
    assert (whole(layout, "y01"), whole(layout, "y02"), whole(layout, "y77")) == ([1, 1], [1, 1], [])


def test_of_an_hour_that_comes_twice_the_first_is_meant(layout: Layout, tmp_path: Path) -> None:
    (tmp_path / "autumn" / "y02").mkdir(parents=True)
    (tmp_path / "autumn" / "y02" / "2025-10-26T02-30-00.json").write_bytes(body_of("y02"))
    assert run(layout, "land", str(tmp_path / "autumn")).exit_code == 0
    [response] = Landing(layout).responses("y02")
    assert response.retrieved_at == dt.datetime(2025, 10, 26, 0, 30, tzinfo=dt.UTC)


@pytest.mark.parametrize("content", [b"{}", b"<html>", json.dumps(served("y02").metadata()).encode()])
def test_nothing_lands_beside_a_description_that_is_none(layout: Layout, saved: Path, content: bytes) -> None:
    (saved / "y01" / "table.json").write_bytes(content)
    result = run(layout, "land", str(saved))
    assert result.exit_code == EXIT_FAULTY_INPUT
    assert re.search(r"y01/table.json: .*Nothing of this table was landed", result.stderr)
    assert (whole(layout, "y01"), whole(layout, "y02")) == ([], [1, 1])


def test_a_folder_without_responses_is_told(layout: Layout, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    result = run(layout, "land", str(empty))
    assert result.exit_code == EXIT_FAULTY_INPUT
    assert f"{empty} holds no responses laid out as <table_id>/2026-08-18T21-52-29.json" in result.stderr
    result = run(layout, "land", str(tmp_path / "nowhere"))
    assert result.exit_code == 1
    assert "does not exist" in result.output


def test_a_table_that_was_landed_from_files_is_due(layout: Layout, saved: Path, server: V3Server) -> None:
    run(layout, "land", str(saved))
    report = fetched(layout, server)
    # With its description, it tells which publication it is of.
    assert told(report) == {"y01": f"not due until {FUTURE}", "y02": "fetched"}


def test_a_refresh_imports_nothing_that_fetches(layout: Layout) -> None:
    code = "import sys, jobmaal.cli, jobmaal.raw, jobmaal.jobindsats.cells\nprint(*sys.modules)"
    imported = set(python(layout, code).stdout.split())
    assert "jobmaal.jobindsats.cells" in imported
    assert not imported & {
        f"jobmaal.jobindsats.{name}" for name in ("client", "fetch", "plan", "due", "saved", "report")
    }
    assert "urllib3" not in imported


# --- a publisher that says too much, or too little ---------------------------------------------------------


def answering(status: int, text: str, header: tuple[str, str] = ("X-Nothing", "")) -> type[BaseHTTPRequestHandler]:
    """Answer the first request so, and those after it with a list of no tables."""

    class Handler(BaseHTTPRequestHandler):
        asked = 0

        def do_GET(self) -> None:
            type(self).asked += 1
            body = (text if type(self).asked == 1 else "[]").encode()
            self.send_response(status if type(self).asked == 1 else 200)
            self.send_header(*header)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Stay silent."""

    return Handler


def ask_once(handler: type[BaseHTTPRequestHandler]) -> tuple[int, bytes, dt.datetime]:
    """Ask a server of its own for its tables."""
    with HTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        try:
            return Client(f"http://127.0.0.1:{server.server_port}", TOKEN, 0, 1, 5, backoff=0.01).get("/tables", {})
        finally:
            server.shutdown()


@pytest.mark.parametrize("status", [200, 401, 422])
def test_a_token_that_the_publisher_repeats_is_told_to_nobody_and_not_kept(status: int) -> None:
    with pytest.raises(FetchError) as error:
        ask_once(answering(status, json.dumps({"cause": f"Bearer {TOKEN} is unknown", "note": TOKEN})))
    assert TOKEN not in str(error.value)
    assert "token" in str(error.value)


def test_a_pause_that_nobody_can_read_is_one_like_any_other() -> None:
    handler = answering(429, "slow down", ("Retry-After", "om lidt"))
    assert ask_once(handler)[:2] == (200, b"[]")


@pytest.mark.parametrize("status", [429, 503])
def test_a_pause_longer_than_a_fetch_waits_is_reported_at_once(status: int) -> None:
    handler = answering(status, "slow down", ("Retry-After", "7200"))
    started = time.monotonic()
    with pytest.raises(OutOfReachError, match=r"It asks to wait 2 hours, until 20.* UTC.*Fetch again after that time"):
        ask_once(handler)
    assert time.monotonic() - started < 2
    assert handler.asked == 1  # type: ignore[attr-defined]


def test_a_pause_that_is_too_long_ends_the_fetch_of_the_other_tables_too(layout: Layout, server: V3Server) -> None:
    server.misbehave("429", times=100, match=of_y01)
    server.ask_to_wait(3600)
    report = fetched(layout, server)
    assert told(report) == {"y01": "0 of 4 parts have landed", "y02": "not tried"}
    assert "It asks to wait 60 minutes" in report.problems[0]
    assert not report.can_pass
    assert asked_data(server) == [PERIODS[0]]
