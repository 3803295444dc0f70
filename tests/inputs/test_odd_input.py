"""Input that is unusual and sound: what check accepts, refresh publishes, and no krone is lost on the way.

Belongs here: one release of small documents that have little or odd amounts. Does not: input that must not pass
(`test_bad_input`), nor the project's own documents (`test_warehouse`).
"""

import duckdb
import pytest

from jobmaal.core.layout import Layout
from jobmaal.releases.catalogue import WAREHOUSE
from tests.conftest import jobmaal
from tests.helpers.input import Cells, write_seeds


def whole(figure_id: str, printed: str, part: str) -> list[Cells]:
    """Write a line of which one part is given."""
    return [
        {"figure_id": figure_id, "line_name": figure_id, "printed": printed, "is_split_complete": "no"},
        {"figure_id": f"{figure_id}.p", "line_name": f"{figure_id}, heraf", "printed": part, "part_of": figure_id},
    ]


#: Documents without initiatives, courses, targets or anything but a number; and lines with a part of every kind.
DOCUMENTS: dict[str, dict[str, list[Cells]]] = {
    "kun_et_tal": {"figures": [{"figure_id": "f"}]},
    "kun_total": {"budget_totals": [{"figure_id": "t", "printed": "0"}]},
    # An amount for several years counts in the first of them, so the total of the second has no lines.
    "flere_aar": {
        "budget_lines": [{"figure_id": "b", "line_name": "b", "year_to": "2009"}],
        "budget_totals": [{"figure_id": "t", "year_from": "2008", "year_to": "2008", "printed": "50"}],
    },
    # Money and courses have the first and the last of a number's years in common, and not the one between.
    "hul_i_aarene": {
        "budget_lines": [
            {"figure_id": f"b{year}", "line_name": year, "year_from": year, "year_to": year}
            for year in ("2007", "2009")
        ],
        "courses": [
            {"figure_id": "c", "year_to": "2009"},
            {"figure_id": "c7"},
            {"figure_id": "c9", "year_from": "2009", "year_to": "2009"},
        ],
    },
    "intet_laest": {
        "budget_lines": [{"figure_id": "b", "line_name": "b", "printed": "?"}],
        "courses": [{"figure_id": "c", "printed": "?"}],
    },
    "ulaest": {
        "budget_lines": [{"figure_id": "b", "line_name": "b", "printed": "5"}],
        "budget_totals": [{"figure_id": "t", "printed": "?"}],
        "known_faults": [{"claim_id": "t:lines", "residual": "-5"}],
        "target_groups": [{"target_group_id": "g", "figure_id": "g.size", "printed": "?", "unit": "personer"}],
    },
    "linjer": {
        "budget_lines": [
            *whole("nul", "0", "0"),
            *whole("besparelse", "-100", "-40"),
            *whole("alt", "50", "50"),
            *whole("fradrag", "100", "-20"),
            *whole("ulaest", "?", "7"),
            *whole("del_ulaest", "9", "?"),
            *whole("spaend", "100-120", "10"),
        ],
    },
}
#: What is published of each line: its amount by figure.
AMOUNTS = {
    "nul.p": "0.00", "besparelse": "-60.00", "besparelse.p": "-40.00", "alt.p": "50.00", "fradrag": "120.00",
    "fradrag.p": "-20.00", "ulaest": None, "ulaest.p": "7.00", "del_ulaest": "9.00", "del_ulaest.p": None,
    "spaend": "90.00", "spaend.p": "10.00",
}  # fmt: skip


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Layout:
    """Check and refresh the odd documents."""
    layout = write_seeds(tmp_path_factory.mktemp("odd"), DOCUMENTS)
    for command in ("check", "refresh"):
        done = jobmaal(layout, command)
        assert done.returncode == 0, done.stdout + done.stderr
    return layout


def test_every_line_keeps_its_money_and_every_document_is_an_agreement_whatever_it_lacks(odd: Layout) -> None:
    query = "select split_part(source_ref, ':', 2), cast(amount_dkk as varchar) from fct_budget where document_id = ?"
    with duckdb.connect(str(odd.current / WAREHOUSE), read_only=True) as database:
        rows = database.execute(query, ["linjer"]).fetchall()
        found = database.execute("select document_id from dim_agreement where agreement_key != -1").fetchall()
    assert dict(rows) == AMOUNTS
    assert len(rows) == len(AMOUNTS)
    assert {document_id for (document_id,) in found} == set(DOCUMENTS)
