"""A series landed response by response, and what is read of it; made-up deliveries of every kind.

Belongs here: what tests of several folders land and read. Does not: assertions.
"""

import datetime as dt
import itertools
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
from hypothesis import strategies as st

from jobmaal.core.layout import PROJECT, Layout
from jobmaal.demo.synthetic import SyntheticTable
from jobmaal.inputs.tables import Input
from jobmaal.jobindsats import cells
from jobmaal.jobindsats.landing import Landed, Landing, Origin
from jobmaal.jobindsats.response import Promise, check_data

#: A configured table whose measures are described in the seeds, one that adds up and one that does not.
TABLE = "y25i01"

NUMBER, SHARE = "Antal ledige fuldtidspersoner", "Ledige fuldtidspersoner i pct. af arbejdsstyrken 16-66 år"

GROUPS, ALL = "Ydelsesgrupper", "Ydelsesgrupper i alt"

#: A configured table of which the seeds describe no measure.
UNDECLARED = "y07a02"

JULY = "2026M07"

Rows = Sequence[Sequence[Any]]


def at(day: int) -> dt.datetime:
    """Return a time of retrieval, days after the first of September."""
    return dt.datetime(2026, 9, 1, 9, 30, tzinfo=dt.UTC) + dt.timedelta(days=day)


def response(rows: Rows, measures: Sequence[str] = (NUMBER,), dimensions: Sequence[str] = (GROUPS,)) -> bytes:
    """Return a response with these columns."""
    columns = ["Periode", "Område", *dimensions, *measures]
    return json.dumps({"columns": columns, "rows": rows}, ensure_ascii=False).encode()


def description(groups: Mapping[str, str], dimensions: Mapping[str, Sequence[Mapping[str, str]]]) -> bytes:
    """Write a table's description: groups by id, and the levels of each dimension's one hierarchy, names by id."""
    return json.dumps(
        {
            "table_id": TABLE,
            "mgroups": [{"mgroup_id": key, "mgroup_name": name} for key, name in groups.items()],
            "periods": [],
            "dimensions": [
                {"dimension_id": name, "hierarchies": [{"hierarchy_id": f"{name}_h", "levels": _levels(levels)}]}
                for name, levels in dimensions.items()
            ],
        }
    ).encode()


def _levels(levels: Sequence[Mapping[str, str]]) -> list[dict[str, Any]]:
    return [
        {"level_id": str(n), "values": [{"value_id": key, "value_name": name} for key, name in level.items()]}
        for n, level in enumerate(levels, 1)
    ]


@dataclass(frozen=True)
class Vintage:
    """A value as the raw tables have it, with names for numbers, and the days on which it came and went."""

    measure: str
    area: str
    period: str
    member: str
    value: Decimal | None
    day: int
    until: int | None


class Series:
    """Responses landed for a test, and what is read of them."""

    def __init__(self, data: Path, seeds: Path = PROJECT / "seeds") -> None:
        """Start with an empty landing."""
        self.layout = Layout(seeds, data)
        self.landing = Landing(self.layout)
        self.db = duckdb.connect(config={"threads": 2})

    def land(  # noqa: PLR0913
        self,
        day: int,
        body: bytes,
        described: bytes | None = None,
        *,
        table: str = TABLE,
        part: int = 1,
        parts: int = 1,
    ) -> Landed:
        """Land a response of a day, with the description that was in force."""
        sha256 = ""
        if described is not None:
            origin = Origin(table, "table", at(day), "api", "/table", 200)
            sha256 = self.landing.land(origin, described)[0].sha256
        # The parts of a delivery come a minute after one another.
        time = at(day) + dt.timedelta(minutes=part)
        origin = Origin(table, "data", time, "api", "/data", 200, f"day {day}", part, parts, sha256)
        return self.landing.land(origin, body, check_data(body, Promise()))[0]

    def load(self, found: Input) -> cells.Loaded:
        """Read all that has landed."""
        return cells.load(self.db, self.layout, found, cells.snapshot(self.layout, found))

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Query the raw tables."""
        return self.db.execute(query).fetchall()

    def vintages(self, where: str = "true") -> list[Vintage]:
        """Return the values of the cells, in the order of their names and then of time."""
        found = self.rows(
            f"""
            select measure_id, area_name, period_id, member, value, came.retrieved_at, went.retrieved_at
            from raw.read_vintages
            inner join raw.read_measures using (measure_no) inner join raw.read_areas using (area_no)
            inner join raw.read_periods using (period_no) inner join raw.read_members using (member_no)
            inner join raw.read_responses as came using (response_no)
            left join raw.read_responses as went on ended_by_response_no = went.response_no
            where {where}
            order by 1, 2, 3, 4, 6
            """
        )
        return [Vintage(*row[:5], _day(row[5]), _day(row[6]) if row[6] else None) for row in found]

    def values(self, member: str = ALL) -> list[tuple[float | None, int, int | None]]:
        """Return the values of København's cell in July, as (value, day it came, day it went)."""
        found = [v for v in self.vintages() if (v.area, v.period, v.member) == ("København", JULY, member)]
        return [(None if v.value is None else float(v.value), v.day, v.until) for v in found]

    def members(self) -> set[tuple[str, bool]]:
        """Return the members and whether they are totals."""
        return set(self.rows("select member, is_total from raw.read_members"))

    def facts(self) -> dict[str, list[tuple[Any, ...]]]:
        """Return all raw tables with names for numbers, as sets of rows."""
        queries = {
            "read_vintages": """
                select ms.table_id, measure_id, area_name, period_id, member, is_total, value, came.file, went.file
                from raw.read_vintages as v
                left join raw.read_measures as ms using (measure_no) left join raw.read_areas using (area_no)
                left join raw.read_periods using (period_no) left join raw.read_members using (member_no)
                left join raw.read_responses as came using (response_no)
                left join raw.read_responses as went on ended_by_response_no = went.response_no
            """,
            **{
                name: f"select {', '.join(c for c in columns if not c.endswith('_no'))} from raw.{name}"
                for name, columns in cells.RAW_TABLES.items()
                if name != "read_vintages"
            },
        }
        return {name: sorted(self.rows(query), key=repr) for name, query in queries.items()}

    def claims(self) -> dict[tuple[str, int], tuple[int, int]]:
        """Return what was checked and what deviates, by rule and day."""
        found = self.rows("select rule, retrieved_at, cells_checked, cells_deviating from raw.series_claims")
        counted = {(rule, _day(time)): (checked, deviating) for rule, time, checked, deviating in found}
        assert len(counted) == len(found), "two rows of one rule and release"
        return counted


def _day(time: dt.datetime) -> int:
    return (time - at(0)).days


def july(value: float | None, member: str = ALL, area: str = "København") -> list[Any]:
    """Return a row of July."""
    return [JULY, area, member, value]


AREAS, PERIODS, MEMBERS = ("København", "Odense"), ("2026M06", JULY), ("A-dagpenge", ALL)

KEYS = tuple(itertools.product(PERIODS, AREAS, MEMBERS))

#: Measures by name with the columns that responses may have, in their order.
COLUMNS = ((NUMBER, SHARE), (SHARE, NUMBER), (NUMBER,), (SHARE,))

FEW_VALUES = st.sampled_from([None, 1, 2, 2.5])


@st.composite
def told_cells(draw: st.DrawFn, keys: Sequence[tuple[str, ...]] = KEYS) -> tuple[tuple[str, ...], dict[Any, Any]]:
    """Draw what a response shows: its measures, and for some cells a value of each."""
    measures = draw(st.sampled_from(COLUMNS))
    values = st.tuples(*[FEW_VALUES] * len(measures))
    return measures, draw(st.dictionaries(st.sampled_from(keys), values, min_size=1))


def written(told: tuple[tuple[str, ...], dict[Any, Any]]) -> bytes:
    """Return a response that shows this."""
    measures, shown = told
    return response([[*key, *values] for key, values in shown.items()], measures)


DESCRIBED = (
    None,
    description({"a": NUMBER, "p": SHARE}, {"_y": [{"0": ALL}, {"1": "A-dagpenge"}]}),
    description({"p": SHARE}, {"_y": [{"0": ALL}, {"7": "A-dagpenge"}]}),
)


@st.composite
def deliveries(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Draw what is landed: each day a delivery of one or two parts, of which one may never come."""
    landed: list[dict[str, Any]] = []
    for day in range(draw(st.integers(1, 4))):
        table = draw(st.sampled_from([TABLE, "y25i09"]))
        described = draw(st.sampled_from(DESCRIBED))
        parts = draw(st.sampled_from([1, 1, 2]))
        came = draw(st.sampled_from([[1, 2], [2]])) if parts == 2 else [1]
        for part in came:
            # The parts of a delivery have no cell in common.
            keys = KEYS if parts == 1 else [key for key in KEYS if key[1] == AREAS[part - 1]]
            body = written(draw(told_cells(keys)))
            landed.append(
                {"day": day, "body": body, "described": described, "table": table, "part": part, "parts": parts}
            )
    return landed


DIMENSION = {"_y": [{"0": ALL}, {"1": "A-dagpenge", "2": "Kontanthjælp"}]}


#: Lands two revisions of a configured table that is made up, and returns it.
LandMadeUp = Callable[[Series, Input, str], SyntheticTable]
