"""The example notebook, run by Jupyter's own machinery on a release: what its cells hold is what the documents say.

Belongs here: the notebook, and how it is kept. Does not: what a frame is made of (`test_connection`).
"""

from __future__ import annotations

import json
import os
from decimal import Decimal
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from jobmaal.core.layout import PROJECT
from tests.conftest import Published, environment

_NOTEBOOK = PROJECT / "docs" / "bi" / "example.ipynb"
#: What is asked of the kernel after the last cell; what it prints is one line of JSON.
_ASKED = """
import json
print(json.dumps({
    "set_aside": {theme: {k: str(v) for k, v in row.items()} for theme, row in set_aside.to_dict("index").items()},
    "itemised": {d: [str(row[c]) for c in ("stated_total_dkk", "sum_of_lines_dkk", "unitemised_dkk")]
                 for d, row in itemised.to_dict("index").items()},
    "cost": {f"{row.document_id} {row.initiative_no}": str(row.cost_per_course_dkk) for row in cost.itertuples()},
    "goals": dict(goals),
    "faults": sorted(str(v) for v in faults["residual"]),
    "build": build,
    "chart": chart.to_dict(),
}))
"""


@pytest.fixture(scope="module")
def ran(published: Published) -> nbformat.NotebookNode:
    """Run the notebook with a kernel of this environment, and a cell behind it that tells what is in its variables."""
    notebook = nbformat.read(_NOTEBOOK, as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell(_ASKED))
    with environment(published.layout):
        # No profile of the user's takes part.
        os.environ["IPYTHONDIR"] = str(published.layout.data.parent)
        NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    return notebook


@pytest.fixture(scope="module")
def told(ran: nbformat.NotebookNode) -> dict[str, Any]:
    (output,) = ran.cells[-1].outputs
    found: dict[str, Any] = json.loads(output.text)
    return found


def test_the_themes_of_2007_have_what_the_agreement_sets_aside_on_each_account(told: dict[str, Any]) -> None:
    amounts = {
        (theme, account): Decimal(amount)
        for theme, row in told["set_aside"].items()
        for account, amount in row.items()
        if Decimal(amount)
    }
    assert amounts == {
        ("Beskæftigelses via forbedret dansk", "Integration"): 5_000_000,
        ("Fokus på boligområder med høj ledighed", "Administration"): 4_500_000,
        ("Fokus på boligområder med høj ledighed", "Indsats"): 2_500_000,
        ("Kompetencer og IT skal være i orden", "Administration"): 13_500_000,
        ("Modvirke isolation og fattigdom", "Administration"): 5_000_000,
        ("Modvirke isolation og fattigdom", "Indsats"): 7_000_000,
        ("Unge skal have en uddannelse", "Administration"): 2_600_000,
        ("Unge skal have en uddannelse", "Indsats"): 2_400_000,
    }
    assert sum(amounts.values()) == 42_500_000


def test_what_is_itemised_and_what_a_course_costs_is_what_the_plan_of_2010_says(told: dict[str, Any]) -> None:
    assert told["itemised"]["udmoentningsplan_2010"] == ["66400000.00", "50400000.00", "16000000.00"]
    assert told["cost"]["udmoentningsplan_2010 1.4"] == "4000.00"
    assert len(told["cost"]) == 10


def test_goals_and_faults_are_those_of_the_documents(told: dict[str, Any]) -> None:
    assert (told["goals"]["met"], told["goals"]["not_met"]) == (2, 6)
    assert told["faults"] == sorted(["250000.0000", "16000000.0000"])


def test_the_release_is_named_the_chart_is_drawn_and_the_last_figure_leads_to_its_place(
    ran: nbformat.NotebookNode, told: dict[str, Any], published: Published
) -> None:
    assert told["build"] == {"build_id": published.folder.name, "contract": 1}
    (rows,) = told["chart"]["datasets"].values()
    assert len(rows) == 5
    assert {type(row["cost_per_course_dkk"]) for row in rows} == {float}
    assert any("text/html" in output.get("data", {}) for cell in ran.cells for output in cell.get("outputs", []))
    assert "Bilagstabel 1" in ran.cells[-2].outputs[0].data["text/plain"]


def test_the_notebook_is_kept_without_outputs_and_without_a_word_of_the_machine() -> None:
    notebook = nbformat.read(_NOTEBOOK, as_version=4)
    nbformat.validate(notebook)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [(cell.outputs, cell.execution_count) for cell in cells] == [([], None)] * len(cells)
    assert str(PROJECT) not in _NOTEBOOK.read_text(encoding="utf-8")
