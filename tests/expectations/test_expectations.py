"""Every expectation can fail: each is shown a release that is spoilt in the way that it is there to find.

Belongs here: one small corruption of the built tables for each check. Does not: dbt's tests (`test_dbt`),
nor how the input is judged before anything is built (`test_reconcile`).
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from expectations import runner
from expectations.suites import all_checks
from jobmaal.core.layout import Layout
from tests.conftest import Published, PublishedSeries

CHECKS = {check.name: check for check in all_checks()}


@dataclass(frozen=True)
class Corruption:
    """A change to the built tables, told in words and in SQL, and what a failing row has to name."""

    told: str
    sql: str
    named: str = ""
    leaves_rows: bool = True


_FIRST_CELL = "source_ref = 'plads_til_alle_2007:b.jobpatruljer.adm'"
_FIRST_COURSES = "source_ref = 'integrationsaftale_2009:1.1.courses' and year_key = 2009"

#: How each check is made to fail; some in more than one way.
CORRUPTIONS: dict[str, list[Corruption]] = {
    "every_document_is_one_agreement_with_initiatives_and_figures": [
        Corruption(
            "an agreement is lost", "delete from dim_agreement where document_id = 'udmoentningsplan_2010'", "udm"
        ),
        Corruption("an agreement is doubled", "insert into dim_agreement from dim_agreement where agreement_key != -1"),
        Corruption("a document's initiatives are lost", "delete from dim_initiative where document_id like 'jobk%'"),
        Corruption("a document's figures are lost", "delete from audit_lineage where document_id like 'jobk%'"),
    ],
    "no_row_of_an_input_table_is_lost": [
        Corruption("an initiative is lost", "delete from dim_initiative where initiative_no = '1.10'", "initiatives"),
        Corruption("a target is lost", "delete from dim_target where target_id = '2.result'", "targets"),
        Corruption("a group is lost", "delete from dim_target_group where target_group_id = 'alle'", "target_groups"),
        Corruption("a unit is lost", "delete from dim_jobcenter where jobcenter_id = 'jks'", "units"),
        Corruption("an account is lost", "delete from dim_account where account_id = '5.45.60'", "accounts"),
        Corruption("a level is lost", "delete from fct_benchmark where value = 12.1", "levels"),
        Corruption("a claim is lost", "delete from audit_reconciliation where status = 'known'", "claims"),
        Corruption(
            "a figure is doubled", f"insert into audit_lineage from audit_lineage where {_FIRST_CELL}", "figures"
        ),
    ],
    "budget_lines_add_up_by_line": [
        Corruption("an amount is changed", f"update fct_budget set amount_dkk = 3500001 where {_FIRST_CELL}", "500001"),
        Corruption("every line is lost", "delete from fct_budget"),
    ],
    "budget_lines_add_up_by_theme": [
        Corruption("a line is lost", f"delete from fct_budget where {_FIRST_CELL}"),
        Corruption("a line is under another theme", f"update fct_budget set theme_name = 'x' where {_FIRST_CELL}"),
    ],
    "budget_lines_add_up_by_account": [
        Corruption("a line is on no account", f"update fct_budget set account_key = -1 where {_FIRST_CELL}"),
    ],
    "budget_lines_add_up_by_theme_and_account": [
        Corruption("a line is doubled", f"insert into fct_budget from fct_budget where {_FIRST_CELL}"),
    ],
    "budget_lines_add_up_in_all": [
        Corruption("a line is in another year", f"update fct_budget set year_key = 2008 where {_FIRST_CELL}"),
    ],
    "every_agreement_sums_to_its_stated_total": [
        Corruption(
            "a grant is lost in one year", "delete from fct_budget where amount_dkk = 26898526 and year_key = 2009"
        ),
        Corruption("the rest is lost", "delete from fct_budget where amount_dkk = 16000000", "udmoentningsplan_2010"),
    ],
    "unitemised_budget_is_the_stated_total_minus_the_lines_once_a_year": [
        Corruption(
            "the rest is in two rows",
            "insert into fct_budget from fct_budget where line_type = 'unitemised' and year_key = 2009",
            "integrationsaftale_2009",
        ),
    ],
    "every_listed_amount_is_published_once": [
        Corruption("a cell is lost", f"delete from fct_budget where {_FIRST_CELL}", "b.jobpatruljer.adm"),
        Corruption("a cell is doubled", f"insert into fct_budget from fct_budget where {_FIRST_CELL}"),
        Corruption(
            "the money of every year is lost in one of them",
            "delete from fct_budget where amount_dkk = 120000000 and year_key = 2020",
            "b.virksomhedsrettet.2019",
        ),
    ],
    "what_falls_to_the_units_adds_up_to_the_whole": [
        Corruption(
            "a krone is lost", "update rpt_jobcenter_year set amount_dkk = amount_dkk - 0.01 where year_key = 2010"
        ),
        Corruption("a document is lost", "delete from rpt_jobcenter_year where document_id like 'plads%'", "plads_til"),
    ],
    "what_the_agreements_have_adds_up_to_the_money_of_the_facts": [
        Corruption("a krone is lost", "update rpt_agreement set total_dkk = total_dkk - 0.01 where year_from = 2010"),
        Corruption(
            "what is listed is taken for what is not",
            "update rpt_agreement set itemised_dkk = unitemised_dkk, unitemised_dkk = itemised_dkk",
            "itemised",
        ),
        Corruption("an agreement is lost", "delete from rpt_agreement where document_id like 'plads%'", "plads_til"),
    ],
    "an_agreements_total_is_what_its_document_states_and_nothing_where_it_states_none": [
        Corruption("a sum is taken for a total", "update rpt_agreement set stated_total_dkk = total_dkk", "453100000"),
        Corruption("levels are summed", "update rpt_agreement set sum_of_lines_dkk = itemised_dkk", "453100000"),
        Corruption("a total is lost", "update rpt_agreement set stated_total_dkk = null", "42500000"),
    ],
    "money_and_courses_side_by_side_are_for_the_same_years": [
        Corruption(
            "all years' courses stand beside one year's money",
            "update rpt_agreement set shared_years_courses = planned_courses",
            "16200",
        ),
        Corruption("years are wider than the money", "update rpt_agreement set shared_years = '2009-2012'", "4050"),
        Corruption("a year's money is lost", "update rpt_agreement set shared_years_dkk = null", "91000000"),
    ],
    "the_weights_of_an_initiative_sum_to_one": [
        Corruption(
            "a unit is lost",
            "delete from bridge_initiative_unit where jobcenter_key ="
            " (select max(jobcenter_key) from bridge_initiative_unit where weight between 0.1 and 0.3)",
        ),
        Corruption("a unit weighs a little less", "update bridge_initiative_unit set weight = 0.999 where weight = 1"),
    ],
    "a_planned_number_has_a_row_in_each_of_its_years": [
        Corruption("a year is lost", f"delete from fct_courses where {_FIRST_COURSES}", "1.1.courses"),
        Corruption(
            "a row is doubled", f"insert into fct_courses from fct_courses where {_FIRST_COURSES}", "1.1.courses"
        ),
    ],
    "a_planned_number_is_the_one_that_is_printed": [
        Corruption(
            "a number is changed", f"update fct_courses set planned_courses = 351 where {_FIRST_COURSES}", "351"
        ),
        Corruption("a number is lost", f"update fct_courses set planned_courses = null where {_FIRST_COURSES}"),
        Corruption("a figure is lost", "delete from audit_lineage where source_ref like '%:1.1.courses'"),
    ],
    "courses_that_fall_to_the_units_add_up_to_the_whole": [
        Corruption("a unit's part is lost", "delete from rpt_jobcenter_year where course_unit = 'pladser'", "pladser"),
        Corruption(
            "courses become places", "update rpt_jobcenter_year set course_unit = 'pladser' where year_key = 2011"
        ),
    ],
    "courses_of_the_agreements_add_up_to_those_of_the_facts": [
        Corruption(
            "places are added to courses",
            "update rpt_agreement set planned_courses = 2755 where planned_courses = 2505",
            "2755",
        ),
        Corruption("an agreement's courses are lost", "update rpt_agreement set planned_courses = null", "16200"),
        Corruption("an agreement is lost", "delete from rpt_agreement where document_id like 'plads%'", "plads_til"),
    ],
    "the_price_of_an_agreement_rests_on_the_money_and_courses_of_the_facts": [
        Corruption(
            "money without courses is priced",
            "update rpt_agreement set costed_dkk = total_dkk",
            "udmoentningsplan_2010",
        ),
        Corruption(
            "courses without money are priced", "update rpt_agreement set costed_courses = planned_courses", "16200"
        ),
        Corruption("a price is lost", "update rpt_agreement set cost_per_course_dkk = null", "plads_til_alle_2007"),
        Corruption(
            "a price is a hundredth too high",
            "update rpt_agreement set cost_per_course_dkk = cost_per_course_dkk + 0.01",
            "15855.43",
        ),
        Corruption(
            "courses are for a thousand",
            "update rpt_agreement set courses_per_million_kroner = courses_per_million_kroner / 1000",
            "0.0631",
        ),
    ],
    "every_target_has_exactly_one_newest_row": [
        Corruption("a second row is the newest", "update fct_target_attainment set is_latest = true", "4.3.goal.top10"),
        Corruption("no row is the newest", "update fct_target_attainment set is_latest = false"),
        Corruption(
            "a target is followed nowhere",
            "delete from fct_target_attainment where attainment_status = 'not_set'",
            "2.result",
        ),
    ],
    "a_ratio_is_at_least_one_exactly_when_the_target_is_met": [
        Corruption("a goal that is missed is met", "update fct_target_attainment set attainment_status = 'met'"),
        Corruption(
            "a goal that is met has a lower ratio",
            "update fct_target_attainment set attainment_ratio = 0.9999 where attainment_ratio = 1",
            "0.9999",
        ),
    ],
    "a_target_is_not_set_exactly_where_a_placeholder_stands_for_its_number": [
        Corruption(
            "a placeholder is taken for a target",
            "update fct_target_attainment set attainment_status = 'not_measured' where attainment_status = 'not_set'",
            "[XX]",
        ),
        Corruption(
            "a target is taken for a placeholder",
            "update fct_target_attainment set attainment_status = 'not_set' where attainment_ratio = 1.22",
        ),
    ],
    "nothing_is_met_or_missed_without_an_observation": [
        Corruption(
            "an observation is lost",
            "update fct_target_attainment set actual_source_ref = null where attainment_ratio = 1.24",
        ),
    ],
    "every_current_target_is_counted_once_with_its_agreement": [
        Corruption(
            "an observation is counted", "update rpt_agreement set targets_met = 10 where targets_met = 5", "met"
        ),
        Corruption("a target is counted nowhere", "update rpt_agreement set targets = targets - 1", "all"),
        Corruption("an agreement is lost", "delete from rpt_agreement where document_id like 'plads%'", "plads_til"),
    ],
    "every_target_has_one_row_for_people": [
        Corruption("a target is lost", "delete from rpt_target where target_kind = 'rank'", "4.3.goal.top10"),
    ],
    "every_reference_leads_to_a_figure": [
        Corruption("a figure is lost", f"delete from audit_lineage where {_FIRST_CELL}", "b.jobpatruljer.adm"),
        Corruption(
            "a reference is changed", f"update fct_courses set source_ref = 'x:y' where {_FIRST_COURSES}", "x:y"
        ),
        Corruption(
            "an actual leads nowhere",
            "update fct_target_attainment set actual_source_ref = 'x:y' where attainment_ratio = 1.24",
            "x:y",
        ),
    ],
    "every_figure_of_a_fact_table_is_published": [
        Corruption("a line is lost", f"delete from fct_budget where {_FIRST_CELL}", "b.jobpatruljer.adm"),
        Corruption("a level is lost", "delete from fct_benchmark where value = 12.1"),
    ],
    "every_figure_has_a_place_and_its_printed_text": [
        Corruption("a place is lost", f"update audit_lineage set locator = null where {_FIRST_CELL}"),
        Corruption("a text is lost", f"update audit_lineage set raw_text = null where {_FIRST_CELL}"),
        Corruption("a line is lost", f"update audit_lineage set document_line = null where {_FIRST_CELL}"),
        Corruption("a value is lost", f"update audit_lineage set value = null where {_FIRST_CELL}", "jobpatruljer"),
        Corruption("a placeholder has a value", "update audit_lineage set value = 0 where raw_text = '[XX]'", "[XX]"),
    ],
    "every_claim_holds_or_is_explained": [
        Corruption(
            "a claim is broken", "update audit_reconciliation set status = 'broken' where residual = 5", "broken"
        ),
        Corruption("a residual is changed", "update audit_reconciliation set residual = 0 where residual = 5"),
        Corruption("every claim is lost", "delete from audit_reconciliation", leaves_rows=False),
    ],
}

_HIDDEN = "value_status = 'suppressed' and table_id = 'y25i01'"

#: The same for the checks of the series, on a release that has some.
SERIES_CORRUPTIONS: dict[str, list[Corruption]] = {
    "every_value_that_was_read_is_a_vintage": [
        Corruption("a table is lost", "delete from fct_benchmark_vintage where table_id = 'y25i03'", "y25i03"),
        Corruption("a value is changed", "update fct_benchmark_vintage set value = value + 1 where value = 63", "sum"),
        Corruption("everything is lost", "delete from fct_benchmark_vintage", "cells_published=None"),
    ],
    "the_newest_values_are_the_vintages_that_still_hold": [
        Corruption("a table is lost", "delete from fct_benchmark where table_id = 'y25i03'", "y25i03"),
        Corruption(
            "an old value is shown",
            "update fct_benchmark set value = value + 1 where table_id = 'y25i01' and value = 63",
            "y25i01",
        ),
    ],
    "the_vintages_of_a_cell_follow_one_another": [
        Corruption(
            "a value ends before the next begins",
            "update fct_benchmark_vintage set valid_to = valid_to - interval 1 second where valid_to is not null",
        ),
        Corruption(
            "a value is stored twice",
            "update fct_benchmark_vintage set value = 63, value_status = 'reported' where table_id = 'y25i01'",
        ),
    ],
    "a_hidden_cell_has_no_value_and_no_place": [
        Corruption("a hidden cell is worked out", f"update fct_benchmark set value = 1 where {_HIDDEN}", "value"),
        Corruption(
            "a missing value passes for one", f"update fct_benchmark set value_status = 'reported' where {_HIDDEN}"
        ),
        Corruption(
            "a hidden cell is ranked",
            """
            update fct_benchmark set value = null, value_status = 'suppressed'
            where measure_key in (select measure_key from fct_benchmark_rank)
            """,
            "ranked",
        ),
    ],
    "the_places_of_a_group_begin_with_one_and_leave_out_none_but_ties": [
        Corruption("the best is second", "update fct_benchmark_rank set rank = 2 where rank = 1"),
        Corruption("an area is lost", "delete from fct_benchmark_rank where rank = 3"),
        Corruption("the best has a gap", "update fct_benchmark_rank set gap_to_best = 1 where gap_to_best = 0"),
        Corruption("the areas are miscounted", "update fct_benchmark_rank set areas_ranked = 99"),
    ],
    "every_benchmark_leads_to_a_landed_reply": [
        Corruption("a reply is lost", "delete from audit_reply where table_id = 'y25i03'", "y25i03"),
        Corruption(
            "a reference is changed", "update fct_benchmark_vintage set source_ref = 'x:y' where value = 63", "x:y"
        ),
        Corruption(
            "an actual leads nowhere",
            "update fct_target_attainment set actual_source_ref = 'x:y' where actual_source = 'series'",
            "x:y",
        ),
    ],
}


def copy_built(layout: Layout, root: Path) -> Layout:
    """Copy the two databases of the last build, and nothing else; what was published left the work folder."""
    copied = Layout(layout.seeds, root / "data")
    copied.work.mkdir(parents=True)
    for database in (layout.work_database, layout.current / "warehouse.duckdb"):
        shutil.copyfile(database, copied.work / database.name)
    return copied


def corrupt(layout: Layout, sql: str) -> None:
    """Change the built tables, as no step of the build would; columns may be emptied too."""
    with duckdb.connect(str(layout.warehouse)) as database:
        if " = null" in sql:
            table, column = sql.split()[1], sql.split()[3]
            database.execute(f"alter table {table} alter column {column} drop not null")
        changed = database.execute(sql).fetchall()[0][0]
        assert changed > 0, f"nothing was corrupted by: {sql}"


@pytest.mark.parametrize("release", ["published", "with_series"])
def test_every_check_holds_on_what_was_built(request: pytest.FixtureRequest, tmp_path: Path, release: str) -> None:
    outcomes = runner.run(all_checks(), copy_built(request.getfixturevalue(release).layout, tmp_path))
    assert [outcome.name for outcome in outcomes] == list(CHECKS)
    assert [str(outcome) for outcome in outcomes if not outcome.holds] == []
    assert [outcome for outcome in outcomes if outcome.failing_rows] == []


def test_no_two_checks_have_the_same_name_and_each_is_shown_failing() -> None:
    assert len(CHECKS) == len(all_checks())
    assert CORRUPTIONS.keys() | SERIES_CORRUPTIONS.keys() == CHECKS.keys()


def _each(corruptions: dict[str, list[Corruption]]) -> list[object]:
    return [
        pytest.param(name, corruption, id=f"{name}-{corruption.told.replace(' ', '_')}")
        for name, found in corruptions.items()
        for corruption in found
    ]


@pytest.mark.parametrize(("name", "corruption"), _each(CORRUPTIONS))
def test_a_check_fails_where_what_it_is_there_to_find_is_there(
    published: Published, tmp_path: Path, name: str, corruption: Corruption
) -> None:
    _assert_fails(copy_built(published.layout, tmp_path), name, corruption)


@pytest.mark.parametrize(("name", "corruption"), _each(SERIES_CORRUPTIONS))
def test_a_check_of_the_series_fails_where_what_it_is_there_to_find_is_there(
    with_series: PublishedSeries, tmp_path: Path, name: str, corruption: Corruption
) -> None:
    _assert_fails(copy_built(with_series.layout, tmp_path), name, corruption)


def _assert_fails(layout: Layout, name: str, corruption: Corruption) -> None:
    corrupt(layout, corruption.sql)
    [outcome] = runner.run([CHECKS[name]], layout)
    assert not outcome.holds
    # Where nothing is left to judge there is nothing to show.
    assert bool(outcome.failing_rows) == corruption.leaves_rows
    assert corruption.named in str(outcome)
    assert outcome.asset == CHECKS[name].asset
