"""Names that a reader might take for code, and input tables and responses in which every name is such a one.

Belongs here: the texts, which columns they may stand in (from the declaration of the input tables, so that a new text
column is among them), and renaming whatever the data team and the publisher call by a name. Does not: any assertion.
"""

import csv
import json
import re
import unicodedata
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import fields, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from jobmaal.core.layout import Layout
from jobmaal.inputs.tables import Column, Table
from jobmaal.inputs.units import TEXT_UNIT
from jobmaal.jobindsats.landing import Landing, Origin
from jobmaal.jobindsats.response import Metadata, Promise, check_data, read_metadata
from jobmaal.jobindsats.units import RELATIVE_UNITS
from tests.helpers.input import schema

#: What some reader on the way might take for code: SQL, Jinja, shells, formats, spreadsheets, HTML, XML, patterns.
CODE = (
    "'; drop table fct_budget; --", '"; drop table "fct_budget', "--", "/*", "$1", "?", "$$", "\\", "\\'", "\\n",
    "\\u0000", "{{ 1/0 }}", "{% raise %}", "{{ env_var('HOME') }}", "{# #}", "{%", "${HOME}", "$(id)", "`id`",
    "%s %(x)d %", "{0.x!r}",
    "=cmd|' /C calc'!A0", "+1+1", "-1+1", "@SUM(A1)", "<script>alert(1)</script>", "<img src=x onerror=alert(1)>",
    "]]>", "&lt;", "a | b", ":", ",;", "../..", "(several)", "NULL", "nan", "NaT", "None",
    # Put on top of another, and beyond two bytes.
    "e\u0301\u0323", "\U0001f600\U0001f1e9\U0001f1f0",
)  # fmt: skip
#: What a text of an input table may hold; a name, and a label of a response, may not.
CONTROL = (
    "a\tb", "a\nb", "a\r\nb", "a\rb", "\x01", "\x08\x08", "\x1b[2J\x1b]0;title\x07", "\x7f", "a\x85b", "a\u2028b",
    "\u202etxt", "\u200b\u200d\ufeff", "\ufffe\U0010ffff",
)  # fmt: skip
#: Between what is hostile in a name and the name itself.
END = "⟧"
BIG = "1 MB " + "æ" * 500_000 + END

#: Columns that are text by their declaration and have a grammar of their own in code.
GRAMMAR = {
    "printed", "unit", "measures", "hierarchies", "periods", "counted",
    "series_tables.areas", "series_reviews.response", "known_faults.claim_id",
}  # fmt: skip
#: The types of a column that any text may stand in, but for what the eye cannot see in a name.
TEXTS = {"text", "name", "number", "verbatim"}
#: The target of which somebody entered what came of it; no number is set for it.
ENTERED = "beskaeftigelsesplan_2018:3.goal.arbejdskraft"
#: Rows of tables that are empty, or have only names with a meaning.
_MORE = {
    "series_reviews": [
        {"table_id": "y25i01", "response": "20260818T195229000000Z-f81fbd39", "rule": "nulls", "reason": "reason",
         "reviewed_by": "by", "reviewed_on": "2026-11-30"},
    ],
    "actual_courses": [
        {"document_id": "udmoentningsplan_2010", "course_figure_id": "1.3.courses", "period_id": "2010Y01",
         "printed": "190 forløb", "unit": "forløb"},
    ],
    "actual_amounts": [
        {"document_id": "udmoentningsplan_2010", "budget_figure_id": "b.1.3.indsats", "period_id": "2010Y01",
         "printed": "4,9 mio. kr.", "unit": "mio. kr."},
    ],
    "actual_targets": [
        {"document_id": "beskaeftigelsesplan_2018", "target_id": "3.goal.arbejdskraft", "period_id": "2018Y01",
         "printed": CODE[0] + CONTROL[6], "unit": "tekst"},
    ],
    # Of a part of the population that no series has.
    "target_series": [
        {"document_id": "beskaeftigelsesplan_2018", "target_id": "3.goal.flygtninge", "table_id": "y25i01",
         "measure_id": "ledige_pct", "member": "nobody", "area_name": "København", "baseline_period_id": "2024M07"},
    ],
}  # fmt: skip
for _row in _MORE["actual_courses"] + _MORE["actual_amounts"] + _MORE["actual_targets"]:
    _row.update(entered_by="somebody", entered_on="2026-01-01", origin="somewhere")
#: Names that mean something to the warehouse.
_MEANT = {"I alt"}


def is_free(table: Table, column: Column) -> bool:
    """Check whether any text may stand in a column, or in the one that it refers to."""
    if column.name in GRAMMAR or f"{table.name}.{column.name}" in GRAMMAR:
        return False
    if column.references:
        home, _, name = column.references.partition(".")
        return home != "*" and is_free(schema()[home], next(c for c in schema()[home].columns if c.name == name))
    return column.type in TEXTS and not column.allowed


def read_cells(path: Path) -> Iterator[dict[str, str]]:
    """Read an input table, by no other rules than those of CSV."""
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def as_kept(text: str) -> str:
    """Return what is kept of a cell: its letters composed, without blanks around it."""
    return unicodedata.normalize("NFC", text).strip()


class Names:
    """What everything is called instead. The same name is renamed alike wherever it stands, so that all agrees."""

    def __init__(self, source: Layout, table_ids: set[str]) -> None:
        """Rename everything in these input tables, and in the landed responses of these tables of Jobindsats."""
        self.source = source
        self.of: dict[str, str] = {}
        self._plain: dict[str, str] = {}
        landed = [response for table_id in sorted(table_ids) for response in Landing(source).responses(table_id)]
        self._responses = {response: json.loads(response.read()) for response in landed}
        # Labels first, so that no name that is also a label becomes something that no label may be.
        for response, content in self._responses.items():
            self._data(content, response.dimensions) if response.kind == "data" else self._named(content)
        for table, column in (("areas", "area_name"), ("series_measures", "label"), ("levels", "member")):
            for path in source.seeds.glob(f"*/{table}.csv"):
                for row in read_cells(path):
                    self.label(row[column])
        self._make_one_of_each_column_big()

    def _make_one_of_each_column_big(self) -> None:
        """Let a name in each kind of column be a megabyte long, the one that stands in the fewest places."""
        places: dict[str, set[str]] = defaultdict(set)
        counted: Counter[str] = Counter()
        for path in self.source.seeds.rglob("*.csv"):
            table = schema()[path.stem]
            free = [column.name for column in table.columns if is_free(table, column) and not column.references]
            for row in read_cells(path):
                for name in filter(None, (row.get(column) for column in free)):
                    counted[name] += 1
                for column in free:
                    places[column].add(row.get(column) or "")
        for names in places.values():
            candidates = sorted(names - _MEANT - {""} - self.of.keys(), key=lambda name: (counted[name], name))
            if candidates:
                self.of[candidates[0]] = BIG + candidates[0]

    def label(self, name: str) -> str:
        """Rename a label of a response; one of several measures of a group begins with the name of the group."""
        if name in _MEANT:
            return name
        label = _one_of(CODE, name.partition(": ")[0]) + END + name
        # The label in the input tables, with which it is compared, is composed when they are read.
        return self.of.setdefault(name, unicodedata.normalize("NFC", label))

    def cell(self, name: str) -> str:
        """Rename what something in an input table is called."""
        if not name or name in _MEANT:
            return name
        return self.of.setdefault(name, _one_of(CODE, name) + END + name)

    def text(self, text: str) -> str:
        """Put something else before a text that names nothing."""
        return _one_of((*CODE, *CONTROL), text) + END + text if text and text not in _MEANT else text

    def plain(self, text: str) -> str:
        """Take all that is hostile out of a text, also of one that was put together of several names."""
        if END not in text:
            return text
        if text not in self._plain:
            self._plain[text] = self._hostile.sub("", text.replace(BIG, ""))
        return self._plain[text]

    @cached_property
    def _hostile(self) -> re.Pattern[str]:
        texts = sorted({as_kept(text) for text in (*CODE, *CONTROL)}, key=len, reverse=True)
        return re.compile(f"(?:{'|'.join(map(re.escape, texts))}|){END}")

    # --- input tables -----------------------------------------------------------------------------------

    def write_seeds(self, seeds: Path) -> None:
        """Write the input tables with everything renamed, and all that may be blank and changes nothing filled in."""
        shared = {self.source.seeds / "shared" / f"{table}.csv" for table in _MORE}
        for path in sorted({*self.source.seeds.rglob("*.csv"), *shared}):
            table = schema()[path.stem]
            there = read_cells(path) if path.exists() else ()
            rows = [self._row(table, row) for row in (*there, *_MORE.get(table.name, ()))]
            target = seeds / path.relative_to(self.source.seeds)
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("w", encoding="utf-8", newline="") as file:
                # All in quotes: the module leaves a bare carriage return without them.
                writer = csv.DictWriter(file, table.column_names, quoting=csv.QUOTE_ALL, lineterminator="\n")
                writer.writeheader()
                writer.writerows(rows)

    def _row(self, table: Table, row: dict[str, str]) -> dict[str, str]:
        renamed = {}
        for column in table.columns:
            value = row.get(column.name) or ""
            if column.name == "counted" and value.startswith("initiatives:"):
                value = "initiatives:" + self.cell(value.removeprefix("initiatives:"))
            elif column.name == "printed" and row.get("unit") == TEXT_UNIT:
                value = _one_of((*CODE, *CONTROL), value) + END + value
            elif is_free(table, column):
                is_name = column.references or column.type in ("name", "number")
                value = self.cell(value) if is_name or value in self.of else self.text(value)
                if column.name in ("note", "ocr_text", "case_no") and not value:
                    # Nothing is worked out of these.
                    value = _one_of((*CODE, *CONTROL), f"{table.name}.{column.name} {row}") + END
            renamed[column.name] = value
        if table.name == "series_measures" and row["unit"] in RELATIVE_UNITS:
            # A renamed label no longer reads as a percentage, so a person has to confirm that it counts nobody.
            renamed |= {"not_persons_reviewed_by": self.text("somebody"), "not_persons_reviewed_on": "2026-11-30"}
        return renamed

    # --- responses --------------------------------------------------------------------------------------

    def land(self, target: Layout) -> None:
        """Land the responses with every label and title renamed, as of the same times, if they pass as usable."""
        into = Landing(target)
        described: dict[str, tuple[str, Metadata | None]] = {"": ("", None)}
        areas = frozenset(self.of[row["area_name"]] for row in read_cells(self.source.seeds / "shared" / "areas.csv"))
        for response, content in sorted(self._responses.items(), key=lambda pair: pair[0].kind != "table"):
            origin = Origin(**{field.name: getattr(response, field.name) for field in fields(Origin)})
            if response.kind == "table":
                body = _json(self._named(content))
                described[response.sha256] = (into.land(origin, body)[0].sha256, read_metadata(body))
            else:
                body = _json(self._data(content, response.dimensions))
                sha256, metadata = described[response.metadata_sha256]
                shape = check_data(body, Promise(metadata, areas=areas))
                into.land(replace(origin, metadata_sha256=sha256), body, shape)

    def _named(self, content: Any) -> Any:
        """Rename all that a description calls by a name; its title is long."""
        if isinstance(content, list):
            return [self._named(item) for item in content]
        if not isinstance(content, dict):
            return content
        renamed = {key: self._named(value) for key, value in content.items()}
        named = {key: value for key, value in renamed.items() if key.endswith("_name")}
        renamed |= {key: BIG + value if key == "table_name" else self.label(value) for key, value in named.items()}
        return renamed

    def _data(self, content: dict[str, Any], dimensions: int) -> dict[str, Any]:
        columns, labels = content["columns"], 2 + dimensions
        return {
            "columns": [*columns[:2], *map(self.label, columns[2:])],
            "rows": [[row[0], *map(self.label, row[1:labels]), *row[labels:]] for row in content["rows"]],
        }


def _one_of(texts: tuple[str, ...], name: str) -> str:
    return texts[zlib.crc32(name.encode()) % len(texts)]


def _json(content: object) -> bytes:
    return json.dumps(content, ensure_ascii=False).encode()
