"""The server that stands in for API v3: its response to each form of request, and its refusals.

Belongs here: what jobmaal relies on when its own tests fetch from `tests.helpers.v3_server`. Does not: the figures that
it serves (`test_synthetic`), and its misbehaviour, of which `test_fetch` and `test_plausible` show the consequences.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import urllib3

from jobmaal.demo import synthetic
from jobmaal.demo.synthetic import COUNTRY, SyntheticDimension, SyntheticMeasure, SyntheticTable
from tests.helpers.v3_server import ServedTable, V3Server

TOKEN = "hemmelig"
KON = SyntheticDimension("_koen", "_kon", "Køn", "Køn i alt", ("Kvinder", "Mænd"))
PERSONS = (
    SyntheticMeasure("p", "Antal", synthetic.COUNT, "Personer"),
    SyntheticMeasure("p", "Pct.", synthetic.RATE, "Personer"),
    SyntheticMeasure("f", "Fuldtidspersoner", synthetic.COUNT),
)
MONTHS = synthetic.period_ids("M", "2026M10", 2)
#: A table with the country and one without it.
SHAPES = (
    SyntheticTable("a01", "A", "M", MONTHS, ("Fanø", COUNTRY, "København"), PERSONS, (KON,)),
    SyntheticTable("b01", "B", "M", MONTHS, ("Fanø", "København"), PERSONS[2:]),
)


@pytest.fixture
def server() -> Iterator[V3Server]:
    """Serve the two tables."""
    with V3Server({shape.table_id: ServedTable(shape) for shape in SHAPES}, token=TOKEN) as running:
        yield running


def request(server: V3Server, path: str, authorization: str = f"Bearer {TOKEN}") -> tuple[int, Any]:
    """Return the status and content of a response."""
    headers = {"Authorization": authorization}
    response = urllib3.request("GET", server.url + path, headers=headers, retries=False, timeout=5)
    return response.status, response.json()


def requested(server: V3Server, query: str) -> Any:
    """Return the content of a data response that must be right."""
    status, content = request(server, f"/data/a01?{query}&format=json")
    assert status == 200, content
    return content


def test_the_whole_of_a_table_is_the_made_up_response_at_its_revision_under_its_current_labels(
    server: V3Server,
) -> None:
    query = "mgroup.*=*&period.M=latest:24&hierarchy._nykom=*&hierarchy._kon=*"
    assert requested(server, query) == json.loads(synthetic.response(SHAPES[0], 0))
    server.revise("a01")
    revised = json.loads(synthetic.response(SHAPES[0], 1))
    assert requested(server, query) == revised
    server.rename("a01", {"Fuldtidspersoner": "Fuldtid", "Mænd": "Mand"})
    renamed = json.dumps(revised, ensure_ascii=False).replace("Fuldtidspersoner", "Fuldtid").replace("Mænd", "Mand")
    assert requested(server, query) == json.loads(renamed)
    assert "Mænd" not in json.dumps(request(server, "/table/a01")[1], ensure_ascii=False)


@pytest.mark.parametrize(
    ("query", "column", "cells"),
    [
        ("mgroup.p=2&period.M=2026M02,2025M01", "Periode", ["2025M01", "2026M02"]),
        ("mgroup.p=2&period.M=latest:2", "Periode", ["2026M09", "2026M10"]),
        ("mgroup.p=2&period.M=latest:1&hierarchy._kon=/", "Køn", ["Køn i alt"]),
        ("mgroup.p=2&period.M=latest:1&hierarchy._kon=*", "Køn", ["Køn i alt", "Kvinder", "Mænd"]),
        ("mgroup.p=2&period.M=latest:1&hierarchy._kon=%2F1%2F%2C%2F2%2F", "Køn", ["Kvinder", "Mænd"]),
        ("mgroup.p=2&period.M=latest:1&hierarchy._kon=level:2", "Køn", ["Kvinder", "Mænd"]),
        ("mgroup.p=2&period.M=latest:1&hierarchy._nykom=*", "Område", ["Fanø", COUNTRY, "København"]),
        ("mgroup.p=2&period.M=latest:1&hierarchy._hele_landet=/&hierarchy._nykom=/1/", "Område", ["Fanø", COUNTRY]),
    ],
)
def test_periods_members_and_areas_are_chosen_by_each_form_of_a_selection(
    server: V3Server, query: str, column: str, cells: list[str]
) -> None:
    content = requested(server, query)
    # A dimension whose hierarchy is not requested is there by its total, without a column.
    assert content["columns"] == [*dict.fromkeys(["Periode", column]), "Personer: Pct."]
    assert [row[content["columns"].index(column)] for row in content["rows"]] == cells


@pytest.mark.parametrize(
    ("path", "status", "cause"),
    [
        ("a01?mgroup.*=*&period.YEAR=latest:1", 422, "Unknown period type: YEAR"),
        ("a01?mgroup.*=*&period.M=latest:40", 422, "Requested latest:40 for type M, but only 24 periods are available"),
        ("a01?mgroup.*=*&period.M=2031M01", 422, "Unknown periods: ['2031M01']"),
        ("a01?mgroup.*=*&period.M=latest:1&hierarchy._region=*", 422, "Unknown hierarchies: ['_region']"),
        ("a01?mgroup.*=*&period.M=latest:1&hierarchy._kon=/9/", 422, "Unknown values of hierarchy _kon: ['/9/']"),
        ("a01?mgroup.*=*&period.M=latest:1&hierarchy._kon=level:9", 422, "Unknown levels: ['9']"),
        ("a01?mgroup.x=*&period.M=latest:1", 422, "Unknown mgroups: ['x']"),
        ("a01?mgroup.p=9&period.M=latest:1", 422, "Unknown measures: ['9']"),
        ("a01?mgroup.*=*", 422, "Missing parameter: period"),
        ("a01?mgroup.*=*&period.M=latest:1&area=*", 422, "Unknown parameters: ['area']"),
        ("a01?mgroup.*=*&period.M=latest:1&format=xml", 422, "Unknown format: xml"),
        ("b01?mgroup.*=*&period.M=latest:1", 422, "Table b01 needs a hierarchy of dimension _omrade"),
        ("b01?mgroup.*=*&period.M=latest:1&hierarchy._nykom=/", 422, "Hierarchy _nykom has no total"),
        ("nej", 404, "Unknown table: nej"),
    ],
)
def test_a_request_that_the_publisher_would_not_understand_is_refused_with_its_cause(
    server: V3Server, path: str, status: int, cause: str
) -> None:
    found, content = request(server, f"/data/{path}")
    assert (found, content["code"]) == (status, status)
    assert cause in content["cause"]
    assert content["request_id"]


@pytest.mark.parametrize("authorization", [TOKEN, "Bearer", "Bearer wrong", f"bearer  {TOKEN}"])
def test_nothing_is_served_without_the_right_bearer_token(server: V3Server, authorization: str) -> None:
    for path in ("/tables", "/table/a01", "/data/a01"):
        assert request(server, path, authorization)[0] == 401


def test_more_cells_than_the_limit_are_refused(server: V3Server) -> None:
    query = "mgroup.*=*&period.M=latest:2&hierarchy._nykom=*&hierarchy._kon=*"
    server.cell_limit = 2 * 3 * 3 * 3
    assert len(requested(server, query)["rows"]) == 18
    server.cell_limit -= 1
    status, content = request(server, f"/data/a01?{query}")
    assert (status, content["cause"]) == (422, "Requested 54 cells, but at most 53 are allowed.")
