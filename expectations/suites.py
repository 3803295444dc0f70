"""All checks of the suites, in the order in which their outcomes are shown: which published numbers have to agree.

Belongs here: for each query in `<suite>/<check>.sql`, the public table it speaks for, and what is expected of its
answer. Does not: running checks (`runner`), and deciding what a failure means (the gate's).

The arithmetic of the input has been checked before dbt ran. These queries compute it again from the published rows, by
other means than the models, so that a line lost or doubled on the way shows.
"""

from expectations.check import Check, always, no_nulls, no_rows, some_rows, values_in

CHECKS = (
    # Nothing that was written down is lost on the way into the warehouse.
    Check(
        "input_tables/every_document_is_one_agreement_with_initiatives_and_figures",
        "dim_agreement",
        # A document may have no initiatives: a grant, a budget note.
        [some_rows(), values_in("agreements", [1]), values_in("initiatives_lost", [0]), values_in("figures_lost", [0])],
    ),
    Check("input_tables/no_row_of_an_input_table_is_lost", "dim_initiative", always("lost", 0)),
    # The published lines add up to what the documents state, in every direction in which they state it.
    *(
        Check(
            f"budgets/budget_lines_add_up_{direction}",
            "fct_budget",
            always("unexplained", 0),
            f"claimed_totals where direction = '{direction}'",
        )
        for direction in ("by_line", "by_theme", "by_account", "by_theme_and_account", "in_all")
    ),
    Check(
        "budgets/every_agreement_sums_to_its_stated_total",
        "fct_budget",
        always("residual", 0),
        "stated_totals where direction = 'in_all'",
    ),
    Check(
        "budgets/unitemised_budget_is_the_stated_total_minus_the_lines_once_a_year",
        "fct_budget",
        always("rows_found", 1),
        "fct_budget where line_type = 'unitemised'",
    ),
    Check("budgets/every_listed_amount_is_published_once", "fct_budget", always("missing", 0), "raw.budget_lines"),
    Check(
        "budgets/what_falls_to_the_units_adds_up_to_the_whole", "rpt_jobcenter_year", always("lost", 0), "fct_budget"
    ),
    Check(
        "budgets/what_the_agreements_have_adds_up_to_the_money_of_the_facts",
        "rpt_agreement",
        always("lost", 0),
        "raw.documents",
    ),
    Check(
        "budgets/an_agreements_total_is_what_its_document_states_and_nothing_where_it_states_none",
        "rpt_agreement",
        always("agrees", True),
    ),
    Check(
        "budgets/every_amount_of_a_followup_is_published_as_printed",
        "fct_budget_followup",
        always("is_same", True),
        "raw.budget_followups where line_name is not null and phase not in ('adopted', 'deviation')",
    ),
    Check("budgets/money_and_courses_side_by_side_are_for_the_same_years", "rpt_agreement", always("agrees", True)),
    Check(
        "budgets/the_weights_of_an_initiative_sum_to_one",
        "bridge_initiative_unit",
        always("total", 1.0),
        "raw.initiative_units",
    ),
    # Every planned number is in the years that it is for, and divides without loss.
    Check(
        "courses/a_planned_number_has_a_row_in_each_of_its_years", "fct_courses", always("missing", 0), "raw.courses"
    ),
    Check("courses/a_planned_number_is_the_one_that_is_printed", "fct_courses", always("is_same", True), "raw.courses"),
    Check(
        "courses/courses_that_fall_to_the_units_add_up_to_the_whole",
        "rpt_jobcenter_year",
        always("lost", 0),
        "raw.courses",
    ),
    Check("courses/courses_of_the_agreements_add_up_to_those_of_the_facts", "rpt_agreement", always("is_same", True)),
    Check(
        "courses/the_price_of_an_agreement_rests_on_the_money_and_courses_of_the_facts",
        "rpt_agreement",
        always("agrees", True),
    ),
    # Every target is followed, and its status agrees with its numbers.
    Check(
        "targets/every_target_has_exactly_one_newest_row", "fct_target_attainment", always("newest", 1), "raw.targets"
    ),
    Check(
        "targets/a_ratio_is_at_least_one_exactly_when_the_target_is_met",
        "fct_target_attainment",
        always("agrees", True),
        "fct_target_attainment where attainment_ratio is not null",
    ),
    Check(
        "targets/a_target_is_not_set_exactly_where_a_placeholder_stands_for_its_number",
        "fct_target_attainment",
        always("agrees", True),
        "raw.targets",
    ),
    Check(
        "targets/nothing_is_met_or_missed_without_an_observation",
        "fct_target_attainment",
        always("agrees", True),
        "raw.targets",
    ),
    Check("targets/every_target_has_one_row_for_people", "rpt_target", always("report_rows", 1), "raw.targets"),
    Check(
        "targets/every_current_target_is_counted_once_with_its_agreement",
        "rpt_agreement",
        [
            some_rows(),
            *(values_in(f"{status}_missing", [0]) for status in ("all", "met", "not_met", "not_measured", "not_set")),
        ],
        "raw.documents",
    ),
    # Every published figure leads to its place, and every transcribed figure is published.
    Check("lineage/every_reference_leads_to_a_figure", "audit_lineage", [no_rows()]),
    Check("lineage/every_figure_of_a_fact_table_is_published", "audit_lineage", [no_rows()]),
    Check(
        "lineage/every_figure_has_a_place_and_its_printed_text",
        "audit_lineage",
        [
            some_rows(),
            *map(no_nulls, ("locator", "raw_text", "document_line")),
            values_in("is_status_right", [True]),
        ],
        "raw.read_figures",
    ),
    Check(
        "lineage/every_claim_holds_or_is_explained",
        "audit_reconciliation",
        [*always("is_exact", True), no_nulls("status"), values_in("status", ["ok", "known", "ambiguous"])],
        "raw.worked_claims",
    ),
    # Every value of a landed response is published, and nothing is disclosed of what is suppressed.
    Check("series/every_value_that_was_read_is_a_vintage", "fct_benchmark_vintage", [no_rows()]),
    Check("series/the_newest_values_are_the_vintages_that_still_hold", "fct_benchmark", [no_rows()]),
    Check("series/the_vintages_of_a_cell_follow_one_another", "fct_benchmark_vintage", [no_rows()]),
    Check("series/a_hidden_cell_has_no_value_and_no_place", "fct_benchmark_rank", [no_rows()]),
    Check("series/the_places_of_a_group_begin_with_one_and_leave_out_none_but_ties", "fct_benchmark_rank", [no_rows()]),
    Check("series/every_benchmark_leads_to_a_landed_reply", "audit_reply", [no_rows()]),
)
