"""The configuration of the series: its grammar, and what must hold between its tables.

Belongs here: `jobmaal.jobindsats.config`. Does not: the rules of every input table (`test_tables`), nor what the
publisher has (`test_plan`).
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from jobmaal.core.errors import FaultyInputError
from jobmaal.core.layout import PROJECT, Layout
from jobmaal.inputs.tables import Input, Row
from jobmaal.jobindsats import config
from jobmaal.jobindsats.kinds import OTHER, PERSONS
from tests.helpers.input import Cells, append, copy_project_seeds, edit

#: Targets of the project's seeds by their kind.
PLAN = "beskaeftigelsesplan_2018"
RANK, GAP, SHARE = "4.1.goal", "4.7.goal.over-50", "4.6.goal.22-uger"
CHANGE, CHANGE_FROM_FIGURE = "3.goal.flygtninge", "4.6.goal.raskmeldinger"
DEADLINE_PLAN, DEADLINE = "integrationsaftale_2009", "1.2.goal.agreements"

Told = list[tuple[str, int, str, str, str]]
Judge = Callable[[str, Cells], Told]


@pytest.fixture
def with_row(found: Input) -> Judge:
    """Return the faults, as (file, line, column, value, rule), of the project's tables with one row more, line 1000."""

    def judge(table: str, cells: Cells, found: Input = found) -> Told:
        row = Row("", f"seeds/shared/{table}.csv", 1000, dict(cells))
        faults = config.inspect(replace(found, rows={**found.rows, table: [*found.of(table), row]}))
        return [(f.file, f.line, f.column, f.value, f.rule) for f in faults]

    return judge


def test_the_projects_own_configuration_has_no_fault(found: Input) -> None:
    assert config.inspect(found) == []


def test_a_row_is_read_as_what_is_asked_for() -> None:
    read = config.read_tables(Layout(PROJECT / "seeds", PROJECT / "data"))
    benchmark, adjusted, jobs = read["y30r21"], read["y25i03"], read["y14d03"]
    assert (benchmark.areas, benchmark.period_type, benchmark.periods) == (("_nykom",), "QMAT", "all")
    assert (benchmark.measures, benchmark.hierarchies) == ("*", (("_ygrp_y30r21", "*"),))
    assert (adjusted.areas, adjusted.hierarchies) == (("_nykom", "_hele_landet"), ())
    assert (benchmark.higher_is_better, jobs.higher_is_better) == (False, True)
    assert benchmark.row.file == "seeds/shared/series_tables.csv"
    assert benchmark.row.line == 2


def test_the_areas_that_a_response_may_have_are_those_of_the_input_tables(found: Input) -> None:
    known = config.known_areas(found)
    assert {"København", "Hele landet", "Region Sjælland"} < known
    assert len(known) == 98 + 5 + 1


def test_several_hierarchies_are_read_in_order_with_or_without_spaces(found: Input) -> None:
    row = replace(found.of("series_tables")[0], cells={"table_id": "z01", "hierarchies": "_kon=/1/,/2/; _ald=level:2;"})
    table = config.series_tables(replace(found, rows={"series_tables": [row]}))["z01"]
    assert table.hierarchies == (("_kon", "/1/,/2/"), ("_ald", "level:2"))
    assert table.higher_is_better is None


# --- grammar --------------------------------------------------------------------------------------------

TABLE = {
    "table_id": "z01", "table_name": "Ny", "measures": "*", "areas": "_nykom", "hierarchies": "", "period_type": "M",
    "periods": "all",
}  # fmt: skip


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("measures", "a=1"),
        ("measures", "a=1; b=2"),
        ("measures", "a=1;"),
        ("hierarchies", "_kon=*"),
        ("hierarchies", "_kon=/;_ald=/5/,/11/;_opr=level:2"),
        ("periods", "latest:14"),
        ("periods", "2026M01"),
        ("periods", "2026M01,2026M02, 2025M12"),
    ],
)
def test_what_may_be_asked_for_is_no_fault(with_row: Judge, column: str, value: str) -> None:
    assert with_row("series_tables", {**TABLE, column: value}) == []


NO_MEASURES = "must be * or <mgroup_id>=<measure_id>, several joined by ;"
NO_HIERARCHIES = "must be <hierarchy_id>=<selection> (_kon=*), several joined by ;"
NO_PERIODS = "must be all, latest:14, or period ids joined by commas (2026M01,2026M02)"


@pytest.mark.parametrize(
    ("column", "value", "rule"),
    [
        *(("measures", value, NO_MEASURES) for value in ("antal", "a=", "=1", "a=1;b", "* ", "a=1 2", ";", "a b=1")),
        *(("hierarchies", value, NO_HIERARCHIES) for value in ("_kon", "_kon=", "=*", "_kon=*;_ald", "_kon= *")),
        *(("periods", value, NO_PERIODS) for value in ("alle", "latest", "latest:0", "latest:-1", "latest:1.5")),
        *(("periods", value, NO_PERIODS) for value in ("2026", "2026M13", "2026M01;2026M02", "2026M01,", ",")),
        ("periods", "2026M01-2026M12", NO_PERIODS),
    ],
)
def test_what_cannot_be_asked_for_is_told_with_its_place(with_row: Judge, column: str, value: str, rule: str) -> None:
    assert with_row("series_tables", {**TABLE, column: value}) == [
        ("seeds/shared/series_tables.csv", 1000, column, value, rule)
    ]


# --- measures -------------------------------------------------------------------------------------------


def test_a_label_is_one_measure_of_its_table_and_may_be_another_of_another(with_row: Judge, found: Input) -> None:
    (first,) = [r for r in found.of("series_measures") if (r["table_id"], r["measure_id"]) == ("y60a02", "personer")]
    twice = {"table_id": "y60a02", "measure_id": "borgere", "label": first["label"], "unit": "personer"}
    rule = f"stands already in line {first.line}: a label is one measure of its table"
    assert with_row("series_measures", twice) == [
        ("seeds/shared/series_measures.csv", 1000, "label", first["label"], rule)
    ]
    assert with_row("series_measures", {**twice, "table_id": "y01a02"}) == []


@pytest.mark.parametrize("named", ["by", "on"])
def test_an_exemption_names_its_reviewer_and_the_day_or_neither(with_row: Judge, named: str) -> None:
    row = {"table_id": "y60a02", "measure_id": "beloeb", "label": "Beløb", "unit": "kr."}
    both = {"not_persons_reviewed_by": "Datateamet", "not_persons_reviewed_on": "2026-11-30"}
    assert with_row("series_measures", row) == with_row("series_measures", row | both) == []
    (column,) = both.keys() - {f"not_persons_reviewed_{named}"}
    rule = "may not be blank: an exemption names its reviewer and the day, or neither"
    assert with_row("series_measures", {**row, **both, column: ""}) == [
        ("seeds/shared/series_measures.csv", 1000, column, "", rule)
    ]


def test_a_table_is_part_of_one_that_is_itself_no_part(with_row: Judge) -> None:
    assert with_row("series_tables", {**TABLE, "part_of_table_id": "ptv_a02"}) == []
    assert with_row("series_tables", {**TABLE, "part_of_table_id": "z01"}) == [
        ("seeds/shared/series_tables.csv", 1000, "part_of_table_id", "z01", "must name a table that is itself no part")
    ]


def test_a_reviewed_row_exempts_the_measure_under_each_of_its_labels(found: Input) -> None:
    table = replace(found.of("series_tables")[0], cells={"table_id": "z01"})
    cells = {"table_id": "z01", "measure_id": "m", "label": "Beløb", "other_labels": "Sum; Total", "unit": "kr."}

    def kinds(**more: str) -> set[str]:
        rows = {"series_tables": [table], "series_measures": [replace(table, cells=cells | more)]}
        described = config.series_tables(replace(found, rows=rows))["z01"].kinds
        assert set(described) == {"Beløb", "Sum", "Total"}
        return set(described.values())

    assert kinds() == {PERSONS}
    assert kinds(not_persons_reviewed_by="Datateamet") == {OTHER}


def test_a_place_is_of_a_measure_of_its_own_table(with_row: Judge) -> None:
    row = {"table_id": "y60a02", "measure_id": "plads", "label": "Placering", "unit": "nr."}
    assert with_row("series_measures", {**row, "ranks_measure_id": "pct_befolkningen"}) == []
    rule = "is no measure of y60a02 in shared/series_measures.csv"
    assert with_row("series_measures", {**row, "ranks_measure_id": "forskel_andel"}) == [
        ("seeds/shared/series_measures.csv", 1000, "ranks_measure_id", "forskel_andel", rule)
    ]


@pytest.mark.parametrize("table", ["series_rankings", "target_series"])
def test_a_measure_is_one_of_the_table_that_its_row_names(with_row: Judge, table: str) -> None:
    row = {"table_id": "y25i09", "measure_id": "ledige_pct", "comparison_group_id": "alle", "document_id": PLAN}
    rule = "is no measure of y25i09 in shared/series_measures.csv"
    assert with_row(table, {**row, "target_id": RANK}) == [
        (f"seeds/shared/{table}.csv", 1000, "measure_id", "ledige_pct", rule)
    ]


@pytest.mark.parametrize("table", ["series_rankings", "target_series"])
def test_what_is_ranked_has_a_direction(with_row: Judge, table: str) -> None:
    row = {"table_id": "y30r21", "measure_id": "forventet_antal", "comparison_group_id": "alle", "document_id": PLAN}
    rule = "cannot be ranked: its row in series_measures.csv has no higher_is_better"
    assert with_row(table, {**row, "target_id": RANK}) == [
        (f"seeds/shared/{table}.csv", 1000, "measure_id", "forventet_antal", rule)
    ]


def test_a_series_in_which_nothing_is_ranked_needs_no_direction(with_row: Judge) -> None:
    row = {"table_id": "y30r21", "measure_id": "forventet_antal", "document_id": PLAN, "target_id": SHARE}
    assert with_row("target_series", row) == []


# --- the series of a target -----------------------------------------------------------------------------

SERIES = {"document_id": PLAN, "table_id": "ptv_a02", "measure_id": "pct_befolkningen", "area_name": "København"}
GROUP, BASELINE = {"comparison_group_id": "alle"}, {"baseline_period_id": "2018Y01"}


@pytest.mark.parametrize(
    ("target_id", "cells"),
    [(RANK, GROUP), (GAP, GROUP | BASELINE), (SHARE, {}), (CHANGE, BASELINE), (CHANGE_FROM_FIGURE, {})],
)
def test_a_series_with_what_its_targets_kind_needs_is_no_fault(with_row: Judge, target_id: str, cells: Cells) -> None:
    assert with_row("target_series", {**SERIES, "target_id": target_id, **cells}) == []


@pytest.mark.parametrize(
    ("target_id", "cells", "column", "rule"),
    [
        (RANK, BASELINE, "comparison_group_id", "may not be blank for the kind rank"),
        (GAP, BASELINE, "comparison_group_id", "may not be blank for the kind gap_reduction"),
        (GAP, GROUP, "baseline_period_id", "may not be blank for the kind gap_reduction"),
        (CHANGE, {}, "baseline_period_id", "may not be blank: the target names no figure that it counts from"),
    ],
)
def test_a_series_without_what_its_targets_kind_needs_is_told(
    with_row: Judge, target_id: str, cells: Cells, column: str, rule: str
) -> None:
    assert with_row("target_series", {**SERIES, "target_id": target_id, **cells}) == [
        ("seeds/shared/target_series.csv", 1000, column, "", rule)
    ]


def test_no_series_tells_of_a_deadline(with_row: Judge) -> None:
    rule = "is a deadline, which no series tells of; enter its day in actual_targets.csv"
    assert with_row("target_series", {**SERIES, "document_id": DEADLINE_PLAN, "target_id": DEADLINE}) == [
        ("seeds/shared/target_series.csv", 1000, "target_id", DEADLINE, rule)
    ]


# --- comparison groups ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("others", "valid_from", "valid_to", "overlapped"),
    [
        ([("2010-01-01", "2015-01-01")], "2015-01-01", "", []),
        ([("2010-01-01", "2015-01-01")], "2005-01-01", "2010-01-01", []),
        ([("2010-01-01", "2015-01-01")], "2014-12-31", "", [1]),
        ([("2010-01-01", "2015-01-01")], "2005-01-01", "2010-01-02", [1]),
        ([("2010-01-01", "2015-01-01")], "2005-01-01", "", [1]),
        ([("2010-01-01", "2015-01-01")], "2011-01-01", "2012-01-01", [1]),
        ([("2010-01-01", "")], "2016-01-01", "2017-01-01", [1]),
        ([("2010-01-01", "")], "2009-01-01", "", [1]),
        ([("2010-01-01", "")], "2009-01-01", "2010-01-01", []),
        ([("2010-01-01", "2012-01-01"), ("2012-01-01", "")], "2011-01-01", "2013-01-01", [1, 2]),
    ],
)
def test_an_area_is_in_a_group_once_at_a_time(
    found: Input, others: list[tuple[str, str]], valid_from: str, valid_to: str, overlapped: list[int]
) -> None:
    group = {"comparison_group_id": "klynge_unge", "area_name": "Odense"}
    spans = [*others, (valid_from, valid_to)]
    rows = [Row("", "a.csv", n, {**group, "valid_from": a, "valid_to": b}) for n, (a, b) in enumerate(spans, 1)]
    elsewhere = [
        Row("", "a.csv", 8, {**group, "comparison_group_id": "klynge_syge", "valid_from": "2000-01-01"}),
        Row("", "a.csv", 9, {**group, "area_name": "Aarhus", "valid_from": "2000-01-01"}),
    ]
    faults = config.inspect(replace(found, rows={**found.rows, "comparison_group_areas": [*elsewhere, *rows]}))
    assert [(f.line, f.column, f.value, f.rule) for f in faults] == [
        (len(spans), "valid_from", valid_from, f"overlaps line {line}: an area is in a group once at a time")
        for line in overlapped
    ]


@pytest.mark.parametrize("valid_to", ["2009-12-31", "2010-01-01"])
def test_an_area_leaves_a_group_after_it_came(with_row: Judge, valid_to: str) -> None:
    row = {"comparison_group_id": "klynge_unge", "area_name": "Odense", "valid_from": "2010-01-01"}
    file = "seeds/shared/comparison_group_areas.csv"
    assert with_row("comparison_group_areas", {**row, "valid_to": valid_to}) == [
        (file, 1000, "valid_to", valid_to, "is not after valid_from (2010-01-01)")
    ]
    assert with_row("comparison_group_areas", {**row, "valid_to": "2010-01-02"}) == []


# --- as files -------------------------------------------------------------------------------------------


def test_faults_of_the_files_and_of_what_they_ask_for_are_told_together_with_their_lines(tmp_path: Path) -> None:
    layout = copy_project_seeds(tmp_path)
    shared = layout.seeds / "shared"
    first = edit(shared / "series_tables.csv", ("table_id", "y25i09"), "periods", "latest")
    second = edit(shared / "series_tables.csv", ("table_id", "y14d03"), "period_type", "MYTD")
    third = append(shared / "series_rankings.csv", {
        "table_id": "y25i09", "measure_id": "ledige_pct", "comparison_group_id": "alle",
    })  # fmt: skip
    with pytest.raises(FaultyInputError) as error:
        config.read_tables(layout)
    assert [(fault.file, fault.line, fault.column, fault.value) for fault in error.value.faults] == [
        ("seeds/shared/series_rankings.csv", third, "measure_id", "ledige_pct"),
        *sorted([
            ("seeds/shared/series_tables.csv", first, "periods", "latest"),
            ("seeds/shared/series_tables.csv", second, "period_type", "MYTD"),
        ]),
    ]  # fmt: skip
