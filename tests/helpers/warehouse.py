"""What the shipped input gives: the tables of contract 1, the known faults, what is ambiguous; by eye.

Belongs here: what tests of several rooms compare a release with. Does not: assertions.
"""

from __future__ import annotations

from pathlib import Path

PLAN_2007 = "plads_til_alle_2007"

POOL_2007 = "jobkonsulentpulje_2007"

PLAN_2009 = "integrationsaftale_2009"

PLAN_2010 = "udmoentningsplan_2010"

PLAN_2018 = "beskaeftigelsesplan_2018"

#: What contract 1 promises of each table; of most `rpt_` tables it names the purpose and no columns.
PROMISED = {
    "dim_year": "year_key year",
    "dim_period": "period_key period_id period_type period_start period_end year_key",
    "dim_jobcenter": "jobcenter_key jobcenter_id jobcenter_name unit_type abbreviation parent_jobcenter_key",
    "bridge_initiative_unit": "initiative_key jobcenter_key role weight allocation_basis",
    "dim_target_group": "target_group_key target_group_id target_group_name benefit match_group_from match_group_to"
    " age_from age_to stated_size",
    "dim_agreement": "agreement_key document_id agreement_name status dated year_from year_to",
    "dim_initiative": "initiative_key agreement_key document_id initiative_no initiative_name theme_no theme_name"
    " target_group_key",
    "dim_theme": "theme_key agreement_key document_id theme_no theme_name budget_theme_name",
    "dim_account": "account_key account_id account_name",
    "dim_target": "target_key target_id agreement_key document_id initiative_key target_name target_kind comparator"
    " target_value value_to value_qualifier unit baseline_value due_year source_ref supersedes_target_key valid_from"
    " valid_to is_current",
    "dim_area": "area_key area_name area_type municipality_code region_name",
    "dim_comparison_group": "comparison_group_key comparison_group_name",
    "bridge_comparison_group": "comparison_group_key area_key valid_from valid_to",
    "dim_measure": "measure_key table_id measure_name unit higher_is_better",
    "dim_series_break": "series_break_key break_id break_name broken_on table_id before_table_id",
    "fct_budget": "document_id agreement_key initiative_key theme_name line_name account_key year_key jobcenter_key"
    " target_group_key line_type amount_dkk value_qualifier value_to source_ref",
    "fct_courses": "document_id agreement_key initiative_key year_key year_to jobcenter_key target_group_key"
    " course_unit planned_courses value_qualifier value_to value_status source_ref",
    "fct_target_attainment": "target_key document_id agreement_key initiative_key jobcenter_key target_group_key"
    " period_key year_key actual_value actual_source actual_source_ref attainment_ratio attainment_status is_latest"
    " source_ref",
    "fct_benchmark": "measure_key area_key period_key member is_total value value_status released_at source_ref",
    "fct_benchmark_vintage": "measure_key area_key period_key member is_total value value_status released_at"
    " source_ref valid_from valid_to",
    "fct_benchmark_rank": "measure_key member area_key period_key comparison_group_key rank areas_ranked gap_to_best"
    " best_area_key",
    "audit_reconciliation": "claim_id document_id claim_kind scope stated_value computed_value residual tolerance unit"
    " cells_checked cells_deviating status explanation source_ref scope_da explanation_da",
    "audit_lineage": "source_ref document_id locator raw_text value value_to unit value_qualifier value_status",
    "audit_reply": "source_ref table_id retrieved_at released_at request sha256 is_synthetic",
    "audit_build": "build_id built_at contract git_revision input_sha256 has_synthetic",
    "rpt_initiative": "",
    "rpt_agreement": "agreement_key document_id agreement_name agreement_status dated year_from year_to initiatives"
    " itemised_dkk unitemised_dkk total_dkk planned_courses costed_initiatives costed_courses costed_dkk"
    " cost_per_course_dkk courses_per_million_kroner targets targets_met targets_not_met targets_not_measured"
    " targets_not_set claims claims_ok claims_known stated_total_dkk sum_of_lines_dkk",
    "rpt_jobcenter_year": "allocation_basis",
    "rpt_agreement_budget": "",
    "rpt_target": "target_key document_id agreement_name theme_name initiative_no initiative_name target_name"
    " target_level target_kind comparator target_value value_to value_qualifier value_status unit baseline_value"
    " due_year due_date area_name actual_value actual_source actual_source_ref period_id period_end year_key"
    " attainment_ratio attainment_status is_over_break source_ref",
    "rpt_benchmark": "measure_key comparison_group_key area_key table_id measure_name unit higher_is_better"
    " comparison_group_name area_name period_id period_end value rank areas_ranked best_area_name gap_to_best"
    " country_value gap_to_country source_ref",
}

#: Stated, computed and residual of every place where a document does not agree with itself.
FAULTS = {
    # "I alt" 2,0 and 1,0 mio. kr. beside account cells of 1,5 each.
    f"{PLAN_2007}:t.varslingssystem.ialt:lines": (2_000_000, 1_500_000, 500_000),
    f"{PLAN_2007}:t.deltidsbeskaeftigelse.ialt:lines": (1_000_000, 1_500_000, -500_000),
    # A draft of "05.09.2006" with "August 2006" on its front page; six areas in chapter 2, five listed in chapter 1.
    f"{PLAN_2007}:udkast-dato": (20_060_905, 20_060_831, 74),
    f"{PLAN_2007}:indsatsomraader-list": (6, 5, 1),
    # 252 newly unemployed, of whom 163 + 42 + 42.
    f"{PLAN_2009}:1.1.group-parts": (252, 247, 5),
    # 66,4 beside 5,9 + 6,0 + 5,0 + 10,0 + 6,0 + 6,0 + 1,0 + 10,0 + 0,5.
    f"{PLAN_2010}:t.agreement:lines": (66_400_000, 50_400_000, 16_000_000),
    # 1500 courses of 5 weeks at 700 kr.
    f"{PLAN_2010}:c.1.4.price": (5_500_000, 5_250_000, 250_000),
}

#: The same of every sentence that contradicts another in one reading and agrees with it in another.
AMBIGUOUS = {
    # "4 initiativer", of which the annex lists two of one area and two of the other that it joins to it.
    f"{PLAN_2007}:initiatives-5": (4, 2, 2),
    # "op til 100" beside "mindst 80": a ceiling and a floor; "samtlige" beside "90 pct.": whom it is for, and a goal.
    f"{PLAN_2007}:mentor-title": (100, 80, 20),
    f"{PLAN_2007}:jobplan-samtlige": (100, 90, 10),
    # "6 udsatte boligområder" in 2.2, "5" in 2.4: two projects.
    f"{POOL_2007}:2.2.boligomraader.2.4": (6, 5, 1),
    # "100 nye praktikpladser" beside 100 within and 50 with companies; a pool for 50 of the 100 within.
    f"{PLAN_2010}:c.2.3.places": (100, 150, -50),
    f"{PLAN_2010}:c.2.3.internal": (100, 50, 50),
    # 10 families in the group, 30 in the courses; a trial of three years in 2010-2011.
    f"{PLAN_2010}:c.2.5.group": (10, 30, -20),
    f"{PLAN_2010}:c.2.5.trial": (3, 2, 1),
    # 90 mio. kr. said to be three times something: not the 60 of the year before.
    f"{PLAN_2018}:c.tredobles": (90_000_000, 180_000_000, -90_000_000),
    # 120 mio. kr. "fra 2016 til 2019" beside 60, 90 and 120 in the years of it: a sum, or the last level.
    f"{PLAN_2018}:c.virksomhedsrettet.2016-2019": (120_000_000, 270_000_000, -150_000_000),
    # "De fem mål" after "otte konkrete mål": headings, and what is under them.
    f"{PLAN_2018}:c.fem-maal-otte-maal": (5, 8, -3),
    # A "klynge" of 30 and one of six: one for each benefit.
    f"{PLAN_2018}:c.klynge.4.3-4.4": (30, 6, 24),
}


#: The tables that say when and from which line they were made.
OF_THE_BUILD = "audit_build.parquet"


def parquet_of(folder: Path) -> dict[str, bytes]:
    """Return the bytes of a release's Parquet files, except what is of the build."""
    root = folder / "parquet"
    return {str(p.relative_to(root)): p.read_bytes() for p in root.rglob("*.parquet") if p.name != OF_THE_BUILD}


#: What each theme of the agreement for 2007 set aside, as it is printed: in mio. kr.
THEME_BY_ACCOUNT = {
    ("Beskæftigelses via forbedret dansk", "Integration"): "5.0",
    ("Fokus på boligområder med høj ledighed", "Administration"): "4.5",
    ("Fokus på boligområder med høj ledighed", "Indsats"): "2.5",
    ("Kompetencer og IT skal være i orden", "Administration"): "13.5",
    ("Modvirke isolation og fattigdom", "Administration"): "5.0",
    ("Modvirke isolation og fattigdom", "Indsats"): "7.0",
    ("Unge skal have en uddannelse", "Administration"): "2.6",
    ("Unge skal have en uddannelse", "Indsats"): "2.4",
}
