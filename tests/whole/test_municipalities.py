"""København and the invented Fjordby in one release, and Fjordby alone: every kind of budget and follow-up.

Belongs here: that no municipality is in another's figures, and what the pages and files say of each. Does not: the
rules of the input tables (`test_rules`), nor single formulas, which have unit tests beside the models.
"""

from decimal import Decimal

import duckdb
import pytest

from jobmaal.releases.catalogue import WAREHOUSE, read_manifest
from tests.conftest import Published, jobmaal
from tests.helpers.questions import PAGE, Question, ask, questions

OURS = (
    "plads_til_alle_2007", "jobkonsulentpulje_2007", "integrationsaftale_2009", "udmoentningsplan_2010",
    "beskaeftigelsesplan_2018",
)  # fmt: skip
SUPPORT = "fjordby_opfoelgning_2024"


def rows(release: Published, query: str) -> list[tuple[object, ...]]:
    """Ask a release."""
    with duckdb.connect(str(release.folder / WAREHOUSE), read_only=True) as database:
        return database.execute(query).fetchall()


def of_fjordby(query: str) -> str:
    """Ask the same of Fjordby."""
    query = query.replace("'København'", "'Fjordby'")
    for document in OURS:
        query = query.replace(f"'{document}'", "'fjordby_2024'")
    return query.replace("year_key = 2010", "year_key = 2024").replace("due_year = 2020", "due_year = 2024")


@pytest.mark.parametrize(
    "question",
    [pytest.param(q, id=f"{q.number}") for q in questions(PAGE.read_text(encoding="utf-8")) if not q.columns],
)
def test_each_question_is_answered_for_each_as_for_that_one_alone(
    question: Question, published: Published, both: Published, alone: Published
) -> None:
    assert ask(both.folder, question.query) == ask(published.folder, question.query)
    query = of_fjordby(question.query)
    assert ask(both.folder, query) == ask(alone.folder, query)


def test_a_unit_of_one_municipality_is_not_taken_for_anothers(both: Published) -> None:
    query = """
        select i.document_id, j.jobcenter_id, a.area_name
        from bridge_initiative_unit join dim_initiative as i using (initiative_key)
        join dim_jobcenter as j using (jobcenter_key) join dim_area as a on j.municipality_key = a.area_key
        where j.jobcenter_name = 'Virksomhedsservice' group by all order by all
    """
    assert rows(both, query) == [
        ("fjordby_2024", "fjordby_virksomhedsservice", "Fjordby"),
        ("udmoentningsplan_2010", "virksomhedsservice", "København"),
    ]


FOLLOWED_UP = [
    ("Uddannelseshjælp", "I alt", "41.2", "-0.9", "40.3", "41.5", "20.8", "1.2"),
    ("Uddannelseshjælp", "Statslig refusion", None, None, None, "8.3", None, None),
    ("Sygedagpenge", "I alt", "88.0", "-2.0", "86.0", "88.9", "45.1", "2.9"),
    ("Beskæftigelsesindsats", "I alt", "23.5", "4.4", "27.9", "27.2", "11.6", "-0.7"),
    ("heraf mentorer", "I alt", "3.1", "1.8", "4.9", "4.6", "1.9", "-0.3"),
    ("I alt", "I alt", "152.7", "1.5", "154.2", "157.6", "77.5", "3.4"),
    ("I alt", "Kommunal", None, None, None, "128.9", None, None),
]


@pytest.mark.parametrize("expected", FOLLOWED_UP, ids=lambda row: f"{row[0]}, {row[1]}")
def test_a_follow_up_without_its_original_stands_alone(expected: tuple[str | None, ...], both: Published) -> None:
    line, payer, *amounts = expected
    query = f"""
        select adopted_dkk, supplementary_dkk, revised_dkk, forecast_dkk, spent_dkk, forecast_minus_revised_dkk,
               is_standalone, as_of::varchar, municipality_name
        from rpt_budget_followup
        where document_id = '{SUPPORT}' and line_name = '{line}' and funding_source = '{payer}'
    """
    [(*found, is_standalone, as_of, name)] = rows(both, query)
    assert [None if value is None else f"{value / 1_000_000:.1f}" for value in found] == amounts
    assert (is_standalone, as_of, name) == (True, "2024-06-30", "Fjordby")


def test_a_sum_over_lines_counts_each_krone_once(both: Published) -> None:
    query = f"""
        select phase, sum(amount_dkk) / 100000 from fct_budget_followup
        where document_id = '{SUPPORT}' and not is_part group by phase order by phase
    """
    assert rows(both, query) == [("forecast", 1576), ("revised", 1542), ("spent", 775), ("supplementary", 15)]


def test_a_later_document_gives_money_courses_and_standings_of_an_earlier_one(both: Published) -> None:
    query = (
        "select actual_courses, actual_amount_dkk from rpt_initiative where initiative_no = '1.1' and document_id = "
    )
    assert rows(both, query + "'fjordby_2024'") == [(88, 2_400_000)]
    query = """
        select adopted_dkk, supplementary_dkk, revised_dkk, is_standalone
        from rpt_budget_followup where document_id = 'fjordby_tillaeg_2024'
    """
    assert rows(both, query) == [(2_450_000, 200_000, 2_650_000, False)]
    query = """
        select actual_value, period_id, actual_source_ref from rpt_target
        where source_ref = 'fjordby_2024:g.uddannelse'
    """
    assert rows(both, query) == [(62, "2024W34", f"{SUPPORT}:s.uddannelse")]


def test_money_says_what_it_is_who_pays_in_which_prices_and_for_how_long(both: Published) -> None:
    query = """
        select line_name, year_key, amount_dkk, direction, funding_source, price_level, counted_in_source_ref, year_to,
               is_open_ended
        from fct_budget where document_id like 'fjordby%' and (
            direction != 'expense' or funding_source is not null or counted_in_source_ref is not null or is_open_ended
        ) and year_key < 2025 order by document_id, line_name, year_key
    """
    pool = "fjordby_integration_2022:b.pulje"
    assert rows(both, query) == [
        ("Mindreudgift til sygedagpenge", 2024, -2_000_000, "saving", None, "2024-pl", None, 2024, False),
        ("Mindreudgift til uddannelseshjælp", 2024, -600_000, "saving", None, "2024-pl", None, 2024, False),
        ("heraf statslig pulje", 2024, 500_000, "expense", "Statslig pulje", "2024-pl", None, 2024, False),
        ("Administration", 2022, -42_000, "saving", None, None, None, 2022, False),
        ("Statsrefusion", 2022, -600_000, "income", "Staten", None, None, 2022, False),
        ("Tolke", 2023, 1_200_000, "expense", None, None, None, None, True),
        ("Tolke", 2024, 1_200_000, "expense", None, None, None, None, True),
        ("Overført fra Integrationspuljen", 2024, 300_000, "expense", "Integrationspuljen", None, pool, 2024, False),
    ]


def test_agreements_of_both_meet_on_the_function_of_the_chart_of_accounts(both: Published) -> None:
    query = """
        select distinct a.municipality_name from fct_budget join dim_account using (account_key)
        join dim_agreement as a using (agreement_key) where account_function = '5.68.98' order by 1
    """
    assert rows(both, query) == [("Fjordby",), ("København",)]


def test_only_the_revised_target_counts_and_both_are_traceable(both: Published) -> None:
    query = """
        select old.target_id, old.is_current, new.target_id, new.is_current, new.target_value
        from dim_target as new join dim_target as old on new.supersedes_target_key = old.target_key
        where new.document_id = 'fjordby_2024' and old.target_key != -1 order by 1
    """
    assert rows(both, query) == [
        ("g.udd.2025", False, "g.udd.2025.rev", True, 380),
        ("g.uddhj.2025", False, "g.uddhj.2025.rev", True, Decimal("3.6")),
    ]


def test_report_and_files_are_of_the_municipality_and_let_the_reader_choose(both: Published, alone: Published) -> None:
    report = both.folder / "report"
    for page in ("index.html", "budget.html"):
        ours, theirs = ((report / folder / page).read_text(encoding="utf-8") for folder in ("", "998"))
        assert f'<a href="998/{page}"' in ours
        assert f'<a href="../{page}"' in theirs
        assert "Plads til alle" in ours
        assert "Plads til alle" not in theirs
        assert "Budgetaftale 2024" in theirs
        assert "Budgetaftale 2024" not in ours
    assert "Københavns beskæftigelsesaftaler" in (both.folder / "datapackage.json").read_text(encoding="utf-8")
    page = (alone.folder / "report" / "index.html").read_text(encoding="utf-8")
    assert "Fjordbys beskæftigelsesaftaler" in page
    assert "København" not in page
    assert "Fjordbys beskæftigelsesaftaler" in (alone.folder / "datapackage.json").read_text(encoding="utf-8")
    assert read_manifest(alone.layout, alone.folder.name)["municipality"] == "Fjordby"
    assert rows(alone, "select municipality_name from audit_build") == [("Fjordby",)]


def test_a_setting_that_names_no_municipality_is_refused_with_the_nearest(published: Published) -> None:
    done = jobmaal(published.layout, "check", JOBMAAL_MUNICIPALITY="Århus")
    assert (done.returncode, done.stdout) == (6, "")
    assert done.stderr == "JOBMAAL_MUNICIPALITY is 'Århus', which is no municipality; did you mean Aarhus?\n"
