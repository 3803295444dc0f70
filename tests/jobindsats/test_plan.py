"""Splitting a table into requests: everything once, nothing over the limit, and what cannot be asked for.

Belongs here: the requests that follow from a configuration and a description. Does not: asking
(`test_fetch`), and the grammar of the configuration.
"""

import math
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobmaal.core.errors import FaultyInputError
from jobmaal.inputs.tables import Row
from jobmaal.jobindsats.config import SeriesTable
from jobmaal.jobindsats.plan import Request, plan
from jobmaal.jobindsats.response import Hierarchy, Level, Metadata

FILE, LINE = "seeds/shared/series_tables.csv", 7
AREAS = ("København", "Aarhus", "Odense", "Læsø")
COUNTRY = "Hele landet"


def table(**given: object) -> SeriesTable:
    """Configure a table; what a test does not name does no harm."""
    cells = {
        "table_id": "y01", "measures": "*", "areas": "_nykom _hele_landet", "hierarchies": "_kon=*",
        "period_type": "M", "periods": "all",
    }  # fmt: skip
    cells |= {name: str(value) for name, value in given.items()}
    hierarchies = (part.partition("=") for part in cells["hierarchies"].split(";") if part)
    return SeriesTable(
        table_id=cells["table_id"],
        table_name="A table",
        measures=cells["measures"],
        areas=tuple(cells["areas"].split()),
        hierarchies=tuple((name, selection) for name, _, selection in hierarchies),
        period_type=cells["period_type"],
        periods=cells["periods"],
        higher_is_better=None,
        part_of_table_id="",
        described_measures=0,
        kinds={},
        row=Row("", FILE, LINE, cells),
    )


def hierarchy(hierarchy_id: str, *levels: tuple[str, ...]) -> Hierarchy:
    """Describe a hierarchy; the ids are numbers, from the top."""
    numbers = iter(range(1000))
    made = [
        Level(str(at), tuple((str(next(numbers)), name) for name in names)) for at, names in enumerate(levels, start=1)
    ]
    return Hierarchy(hierarchy_id, tuple(made))


def metadata(
    months: int = 12, areas: tuple[str, ...] = AREAS, country: tuple[str, ...] = (COUNTRY,), mgroups: int = 1
) -> Metadata:
    """Describe a table with municipalities, the country and a dimension of sexes."""
    periods = tuple(f"{2020 + n // 12}M{n % 12 + 1:02d}" for n in range(months))
    return Metadata(
        table_id="y01",
        table_name="A table",
        update_latest="2026-08-19",
        update_next="2026-09-16",
        mgroups=tuple((f"m{n}", f"Measure {n}") for n in range(mgroups)),
        # The publisher's order is not relied on.
        periods={"M": tuple(reversed(periods)), "Q": ("2020Q01",)},
        dimensions=(
            ("_omrade", (hierarchy("_nykom", areas), hierarchy("_hele_landet", country))),
            ("_koen", (hierarchy("_kon", ("I alt",), ("Kvinder", "Mænd")),)),
        ),
    )


def asked(requests: list[Request]) -> Counter[tuple[str, str]]:
    """Count how often each area is asked for in each period."""
    return Counter((period, area) for request in requests for period in request.periods for area in request.areas)


def cells(request: Request, measures: int = 1) -> int:
    """Count the cells of a request."""
    return len(request.periods) * len(request.areas) * math.prod(map(len, request.members)) * measures


def refused(configured: SeriesTable, described: Metadata | None = None) -> list[str]:
    """Return the faults that a plan ends with."""
    with pytest.raises(FaultyInputError) as caught:
        plan(configured, described or metadata(), 1000)
    return [str(fault) for fault in caught.value.faults]


# --- what is asked for ----------------------------------------------------------------------------------


def test_a_table_below_the_limit_is_one_request_per_area_hierarchy() -> None:
    requests = plan(table(), metadata(months=2), 1000)
    assert [request.params for request in requests] == [
        {
            "mgroup.*": "*",
            "period.M": "2020M01,2020M02",
            f"hierarchy.{areas}": "*",
            "hierarchy._kon": "*",
            "format": "json",
        }
        for areas in ("_nykom", "_hele_landet")
    ]
    assert requests[0].areas == AREAS
    assert requests[0].members == (frozenset({"I alt", "Kvinder", "Mænd"}),)


def test_an_area_that_two_hierarchies_have_is_asked_for_once() -> None:
    covered = metadata(areas=(COUNTRY, *AREAS))
    assert [r.areas for r in plan(table(), covered, 1000)] == [(COUNTRY, *AREAS)]
    partly = metadata(country=(COUNTRY, "Bornholm", "Læsø"))
    last = plan(table(), partly, 1000)[-1]
    assert last.areas == (COUNTRY, "Bornholm")
    assert last.params["hierarchy._hele_landet"] == "/0/,/1/"


def test_an_area_hierarchy_that_the_table_lacks_is_left_out_unless_it_is_the_first() -> None:
    assert asked(plan(table(areas="_nykom _region"), metadata(), 1000)) == asked(
        plan(table(areas="_nykom"), metadata(), 1000)
    )
    [fault] = refused(table(areas="_region _nykom"))
    assert "y01 has no hierarchy '_region'; there are: _nykom, _hele_landet, _kon" in fault


def test_measures_may_be_named() -> None:
    [request] = plan(table(measures="m1=*;m0=4", areas="_nykom"), metadata(mgroups=3), 1000)
    assert [name for name in request.params if name.startswith("mgroup")] == ["mgroup.m1", "mgroup.m0"]
    assert request.params["mgroup.m0"] == "4"


@pytest.mark.parametrize(
    ("selection", "members"),
    [
        ("*", {"I alt", "Kvinder", "Mænd"}),
        ("/", {"I alt"}),
        ("level:2", {"Kvinder", "Mænd"}),
        ("/1/", {"Kvinder"}),
        ("/1/,/2/", {"Kvinder", "Mænd"}),
    ],
)
def test_a_selection_stands_for_members(selection: str, members: set[str]) -> None:
    for request in plan(table(hierarchies=f"_kon={selection}"), metadata(), 1000):
        assert request.members == (frozenset(members),)
        assert request.params["hierarchy._kon"] == selection


def test_a_table_without_dimensions_is_asked_for_without_any() -> None:
    [request, _] = plan(table(hierarchies=""), metadata(), 1000)
    assert request.members == ()
    assert not any(name.startswith("hierarchy._kon") for name in request.params)


@pytest.mark.parametrize(
    ("periods", "first", "count"),
    [("all", "2020M01", 12), ("latest:3", "2020M10", 3), ("2020M05, 2020M02", "2020M02", 2)],
)
def test_periods_are_named_oldest_first(periods: str, first: str, count: int) -> None:
    request = plan(table(periods=periods), metadata(), 1000)[0]
    assert request.periods[0] == first
    assert len(request.periods) == count
    assert request.params["period.M"] == ",".join(request.periods) == ",".join(sorted(request.periods))


# --- splitting ------------------------------------------------------------------------------------------


def test_periods_are_split_before_areas_and_into_even_parts() -> None:
    # One period has 4 areas x 3 members = 12 cells, so 5 periods fit, and 12 periods take 3 requests.
    requests = plan(table(areas="_nykom"), metadata(), 60)
    assert [len(request.periods) for request in requests] == [4, 4, 4]
    assert {request.params["hierarchy._nykom"] for request in requests} == {"*"}


def test_areas_are_split_where_one_period_is_over_the_limit() -> None:
    requests = plan(table(areas="_nykom"), metadata(months=2), 11)
    assert [(request.periods, len(request.areas)) for request in requests] == [
        (("2020M01",), 2), (("2020M01",), 2), (("2020M02",), 2), (("2020M02",), 2),
    ]  # fmt: skip
    assert requests[0].params["hierarchy._nykom"] == "/0/,/1/"


def test_one_area_in_one_period_over_the_limit_is_asked_for_as_it_is() -> None:
    requests = plan(table(), metadata(months=2), 1)
    assert {(len(request.periods), len(request.areas)) for request in requests} == {(1, 1)}
    assert len(requests) == 2 * (len(AREAS) + 1)


def test_measures_count_where_a_response_has_shown_how_many_there_are() -> None:
    by_groups = plan(table(areas="_nykom"), metadata(mgroups=2), 48)
    by_columns = plan(table(areas="_nykom"), metadata(mgroups=2), 48, measures=4)
    assert [len(request.periods) for request in by_groups] == [2] * 6
    assert [len(request.periods) for request in by_columns] == [1] * 12


@st.composite
def descriptions(draw: st.DrawFn) -> Metadata:
    """Draw a table whose second area hierarchy shares some of the areas of the first."""
    names = tuple(f"Area {n}" for n in range(draw(st.integers(1, 30))))
    shared = draw(st.integers(0, 5))
    return metadata(draw(st.integers(1, 60)), names, (COUNTRY, *names[:shared]), draw(st.integers(1, 5)))


@given(described=descriptions(), limit=st.integers(1, 3000), measures=st.none() | st.integers(1, 20))
def test_every_area_is_asked_for_once_in_every_period_within_the_limit(
    described: Metadata, limit: int, measures: int | None
) -> None:
    areas = {area for _, hierarchies in described.dimensions[:1] for h in hierarchies for _, area in h.values}
    requests = plan(table(), described, limit, measures)
    assert asked(requests) == Counter({(p, a): 1 for p in described.periods["M"] for a in areas})
    for request in requests:
        single = len(request.periods) == len(request.areas) == 1
        assert single or cells(request, measures or len(described.mgroups)) <= limit
    assert requests == plan(table(), described, limit, measures)


@given(months=st.integers(1, 60), limit=st.integers(12, 800))
def test_requests_are_as_few_and_as_even_as_can_be(months: int, limit: int) -> None:
    sizes = [len(request.periods) for request in plan(table(areas="_nykom"), metadata(months), limit)]
    assert len(sizes) == math.ceil(months / (limit // 12))
    assert max(sizes) - min(sizes) <= 1


# --- what there is not ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "value", "rule"),
    [
        ("periods", "latest:40", "asks for 40 periods of type M, but the table has only 12"),
        (
            "periods", "2020M01,2031M01",
            "asks for 2031M01, which y01 does not have; its periods of type M are 2020M01 to 2020M12",
        ),
        ("period_type", "QMAT", "is no period type of y01; there are: M, Q"),
        ("hierarchies", "_alder=*", "y01 has no hierarchy '_alder'; there are: _nykom, _hele_landet, _kon"),
        ("hierarchies", "_koen=*", "'_koen' is a dimension of y01, and a hierarchy is wanted: one of _kon"),
        ("areas", "_omrade", "'_omrade' is a dimension of y01, and a hierarchy is wanted: one of _nykom, _hele_landet"),
        ("measures", "m0=*;m9=*", "asks for the unknown group of measures 'm9'; there are: m0, m1"),
    ],
)  # fmt: skip
def test_what_a_table_does_not_have_is_refused_with_what_it_has(column: str, value: str, rule: str) -> None:
    [fault] = refused(table(**{column: value}), metadata(mgroups=2))
    assert fault == f"{FILE}:{LINE}: column '{column}', value '{value}': {rule}"


@pytest.mark.parametrize("selection", ["level:9", "/77/", "/1/,/77/", "all", "//"])
def test_a_selection_that_fits_nothing_is_told_with_what_would(selection: str) -> None:
    [fault] = refused(table(hierarchies=f"_kon={selection}"))
    assert f"the selection '{selection}' fits nothing of _kon" in fault
    assert "a level of: 1, 2" in fault


def test_the_total_of_a_hierarchy_that_has_none_is_refused() -> None:
    described = replace(metadata(), dimensions=(*metadata().dimensions, ("_x", (hierarchy("_y", ("A", "B")),))))
    assert "the selection '/' fits nothing of _y" in refused(table(hierarchies="_y=/"), described)[0]


def test_all_faults_of_a_table_are_told_at_once() -> None:
    assert len(refused(table(periods="latest:99", hierarchies="_a=*;_b=*", measures="m9=1", areas="_c"))) == 5


@pytest.mark.parametrize("described", [metadata(months=0), metadata(areas=())])
def test_a_table_that_has_nothing_to_give_is_refused(described: Metadata) -> None:
    assert len(refused(table(), described)) == 1
