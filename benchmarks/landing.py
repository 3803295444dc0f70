"""A made-up history of whatever size, landed: what the benchmarks of the series read.

Belongs here: the shape of that history, its figures, and landing it fast, once. Does not: the made-up tables of the
demo and the tests (`jobmaal.demo.synthetic`), whose figures are likelier and take longer to make, nor measuring.

All configured tables have the same shape: 99 areas, two crossed dimensions with 60 members, three measures, and as many
months as the size asks for. It is delivered twice; the second delivery repeats all of it, with some rows revised. Two
further deliveries are kept with it, for a benchmark to land that measures their cost: `added` brings new months,
`changed` repeats all once more with one row in a hundred changed. The same size gives the same bytes, so a folder with
them is used again. Run by itself it makes a history: `python -m benchmarks.landing 100000000`.
"""

import datetime as dt
import functools
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jobmaal.core import work_folder
from jobmaal.core.layout import PROJECT, Layout
from jobmaal.demo import synthetic
from jobmaal.jobindsats import config
from jobmaal.jobindsats.landing import Landing, Origin
from jobmaal.jobindsats.response import AREA, PERIOD, Shape

#: Where histories are kept between runs.
FOLDER = PROJECT / "data" / "bench"
SEEDS = PROJECT / "seeds"
HISTORY, ADDED, CHANGED = "history", "added", "changed"
#: The last of the measures is one that the project ranks in two of its tables.
MEASURES = ("Antal personer", "Antal fuldtidspersoner", "Fuldtidspersoner i pct. af befolkningen")
_DIMENSIONS = {
    "Ydelsesgrupper": ("Ydelsesgrupper i alt", "A-dagpenge", "Kontanthjælp", "Sygedagpenge", "Øvrige ydelser"),
    "Alder": ("Alder i alt", *(f"{age}-{age + 4} år" for age in range(16, 71, 5))),
}
_MEMBERS = [(benefit, age) for benefit in _DIMENSIONS["Ydelsesgrupper"] for age in _DIMENSIONS["Alder"]]
COLUMNS = (PERIOD, AREA, *_DIMENSIONS, *MEASURES)
_LAST_MONTH = "2026M06"
_RELEASES = 2
#: The share of the rows that the second delivery and the redelivery change, and the most that is added.
_REVISED, _REDELIVERED, _ADDED = 0.015, 0.01, 0.01
#: The maximum number of months in a response: some hundred thousand cells, as a fetch asks for them.
_MONTHS_A_RESPONSE = 20
_SMALLEST_SHOWN = 3
_LARGEST = 1_000_000


@dataclass(frozen=True)
class Shaped:
    """How large a history is. `months` are those of each delivery, `added` how many more of how many tables come."""

    tables: tuple[str, ...]
    areas: tuple[str, ...]
    months: int
    added_months: int
    added_tables: int

    @property
    def cells_a_month(self) -> int:
        """Return the cells of a table in a month."""
        return len(self.areas) * len(_MEMBERS) * len(MEASURES)

    @property
    def cells(self) -> int:
        """Return the cells of the whole history, both deliveries."""
        return _RELEASES * len(self.tables) * self.months * self.cells_a_month


@dataclass(frozen=True)
class Made:
    """A history on disk: its cells and bytes of JSON, and those of the deliveries that may follow, by name."""

    folder: Path
    cells: dict[str, int]
    bytes: dict[str, int]

    @property
    def release(self) -> Layout:
        """Return the folders of a release of this history, which stay from one benchmark to the next."""
        return Layout(SEEDS, self.folder / "release")

    @contextmanager
    def run(self, name: str, landed: Sequence[str] = (HISTORY,)) -> Iterator[Layout]:
        """Return the folders of a run of its own, with deliveries landed; removed afterwards."""
        layout = Layout(SEEDS, self.folder / "runs" / name)
        shutil.rmtree(layout.data, ignore_errors=True)
        work_folder.make(layout)
        try:
            for delivery in landed:
                self.land(delivery, layout)
            yield layout
        finally:
            shutil.rmtree(layout.data, ignore_errors=True)

    def land(self, delivery: str, layout: Layout) -> None:
        """Land a delivery: as links, since a landed file never changes."""
        source = self.folder / delivery / "landing"
        shutil.copytree(source, layout.landing, copy_function=os.link, dirs_exist_ok=True)


def kept(cells: int) -> Made:
    """Return the history with about this number of cells, made in a process of its own where it is not there yet."""
    subprocess.run([sys.executable, "-m", __name__, str(cells)], cwd=PROJECT, stdout=sys.stderr, check=True)
    return made(shaped(cells))


def shaped(cells: int) -> Shaped:
    """Return the history with about this number of cells."""
    tables = config.read_tables(Layout(SEEDS, FOLDER))
    areas = synthetic.shipped_tables(tables, _LAST_MONTH, 1)[1].areas
    one = Shaped(tuple(tables), areas, 1, 1, len(tables))
    months = max(1, round(cells / one.cells))
    room = _ADDED * months * one.cells / one.cells_a_month
    months_of_all = int(room / len(tables))
    if months_of_all:
        return Shaped(tuple(tables), areas, months, months_of_all, len(tables))
    return Shaped(tuple(tables), areas, months, 1, max(1, int(room)))


def made(shape: Shaped, folder: Path | None = None) -> Made:
    """Return the history of a shape, made where it is not there yet; takes some minutes for a hundred million cells."""
    home = folder or FOLDER / f"{shape.cells}"
    note = home / "made.json"
    # Another way of making it is another history.
    wanted = json.loads(json.dumps(asdict(shape))) | {"by": hashlib.sha256(Path(__file__).read_bytes()).hexdigest()}
    there = json.loads(note.read_text(encoding="utf-8")) if note.exists() else {}
    if there.get("shape") != wanted:
        shutil.rmtree(home, ignore_errors=True)
        there = {"shape": wanted, **_make(shape, home)}
        note.write_text(json.dumps(there), encoding="utf-8")
    return Made(home, there["cells"], there["bytes"])


def _make(shape: Shaped, home: Path) -> dict[str, dict[str, int]]:
    cells, sizes = {HISTORY: 0, ADDED: 0, CHANGED: 0}, {HISTORY: 0, ADDED: 0, CHANGED: 0}
    years = (shape.months + shape.added_months) // 12 + 1
    periods = synthetic.period_ids("M", _LAST_MONTH, years)[-shape.months - shape.added_months :]
    old, new = periods[: shape.months], periods[shape.months :]
    for at, table_id in enumerate(shape.tables):
        table = _Table(table_id, shape.areas)
        deliveries = [(HISTORY, old, revision) for revision in range(_RELEASES)]
        deliveries += [(CHANGED, old, _RELEASES)]
        deliveries += [(ADDED, new, _RELEASES)] if at < shape.added_tables else []
        for name, months, revision in deliveries:
            landing = Landing(Layout(SEEDS, home / name))
            parts = [months[n : n + _MONTHS_A_RESPONSE] for n in range(0, len(months), _MONTHS_A_RESPONSE)]
            for part, some in enumerate(parts, 1):
                # The redelivery may follow what was added.
                month = 7 + revision + (name == CHANGED)
                when = dt.datetime(2026, month, 1, 6, 0, part, tzinfo=dt.UTC)
                origin = Origin(
                    table_id, "data", when, "api", "made up", 200,
                    delivery=f"{name}-{revision}", part=part, parts=len(parts),
                )  # fmt: skip
                landed, _ = landing.land(origin, *table.response(some, revision))
                cells[name] += landed.cells
                sizes[name] += landed.size
    return {"cells": cells, "bytes": sizes}


class _Table:
    """The responses of one table. Figures are whole numbers by area and member; the country is the last area."""

    def __init__(self, table_id: str, areas: Sequence[str]) -> None:
        self._areas = [*(area for area in areas if area != synthetic.COUNTRY), synthetic.COUNTRY]
        self._seed = int.from_bytes(hashlib.blake2b(table_id.encode(), digest_size=4).digest(), "little")
        random = np.random.default_rng(self._seed)
        benefits, ages = (len(labels) - 1 for labels in _DIMENSIONS.values())
        sizes = random.lognormal(0, 0.9, (len(self._areas) - 1, 1, 1))
        self._people = _with_country(20_000 * sizes)
        self._mean = 20 * sizes * random.lognormal(0, 0.6, (1, benefits, ages))
        labels = [(area, *member) for area in self._areas for member in _MEMBERS]
        #: A row's labels as JSON has them, and places for its figures.
        self._row = ",".join(f'["{{period}}",{_json(row)[1:-1]},%s,%s,%s]' for row in labels)

    def response(self, periods: Sequence[str], revision: int) -> tuple[bytes, Shape]:
        """Return the response for some periods at a revision (0 is the first), and its shape."""
        texts = (self._row.replace("{period}", period) % tuple(self._figures(period, revision)) for period in periods)
        body = f'{{"columns":{_json(COLUMNS)},"rows":[{",".join(texts)}]}}'.encode()
        return body, Shape(COLUMNS, len(_DIMENSIONS), len(periods) * len(self._areas) * len(_MEMBERS))

    def _figures(self, period: str, revision: int) -> list[Any]:
        """Return the period's figures as text, row by row."""
        random = np.random.default_rng((self._seed, int(period[:4]), int(period[5:])))
        leaves = np.rint(self._mean * random.lognormal(0, 0.05, self._mean.shape))
        persons = _with_totals(_with_country(leaves)).astype(np.int64).ravel()
        for number in range(1, revision + 1):
            share = _REVISED if number < _RELEASES else _REDELIVERED
            # Upwards by more than a suppressed count, and by enough to be seen in the rate, so that all three change.
            seen = np.repeat(np.ceil(self._people / 1000).ravel().astype(np.int64), len(_MEMBERS))
            persons += (random.random(persons.size) < share) * (_SMALLEST_SHOWN + seen)
        persons = np.minimum(persons, _LARGEST - 1)
        full_time = persons - (persons + 10) // 20
        rate = np.rint(1000 * persons / np.repeat(self._people.ravel(), len(_MEMBERS))).astype(np.int64)
        suppressed = persons < _SMALLEST_SHOWN
        columns = [_counts()[persons], _counts()[full_time], _rates()[np.minimum(rate, _LARGEST - 1)]]
        for column in columns[:2]:
            column[suppressed] = "null"
        figures: list[Any] = np.stack(columns, axis=-1).ravel().tolist()
        return figures


def _with_country(by_area: NDArray[Any]) -> NDArray[Any]:
    return np.concatenate([by_area, by_area.sum(axis=0, keepdims=True)])


def _with_totals(leaves: NDArray[Any]) -> NDArray[Any]:
    for axis in (1, 2):
        leaves = np.concatenate([leaves.sum(axis=axis, keepdims=True), leaves], axis=axis)
    return leaves


@functools.cache
def _counts() -> NDArray[Any]:
    """Write numbers out once; a figure is then a look-up."""
    return np.array([str(number) for number in range(_LARGEST)], dtype=object)


@functools.cache
def _rates() -> NDArray[Any]:
    return np.array([str(number / 10) for number in range(_LARGEST)], dtype=object)


def _json(content: object) -> str:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))


if __name__ == "__main__":
    found = made(shaped(int(sys.argv[1])))
    for delivery, count in found.cells.items():
        print(f"{found.folder / delivery}: {count:,} cells, {found.bytes[delivery] / 1e6:,.0f} MB of JSON")
