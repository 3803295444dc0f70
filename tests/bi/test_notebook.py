"""The example notebook, run by Jupyter's own machinery on a release: what its cells hold is what the documents say.

Belongs here: the notebook, and how it is kept. Does not: what a frame is made of (`test_connection`).
"""

import json
import os
from decimal import Decimal
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from jobmaal.core.layout import PROJECT
from tests.conftest import Published, environment
from tests.helpers.warehouse import THEME_BY_ACCOUNT

_NOTEBOOK = PROJECT / "docs" / "bi" / "example.ipynb"
#: What the kernel runs after the last cell: it prints one line of JSON.
_PRINTING = """
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
    """Run the notebook with a kernel of this environment, and a last cell that prints its variables."""
    notebook = nbformat.read(_NOTEBOOK, as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell(_PRINTING))
    with environment(published.layout):
        # No profile of the user's takes part.
        os.environ["IPYTHONDIR"] = str(published.layout.data.parent)
        NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    return notebook


@pytest.fixture(scope="module")
def values(ran: nbformat.NotebookNode) -> dict[str, Any]:
    (output,) = ran.cells[-1].outputs
    found: dict[str, Any] = json.loads(output.text)
    return found


def test_the_themes_of_2007_have_what_the_agreement_sets_aside_on_each_account(values: dict[str, Any]) -> None:
    amounts = {
        (theme, account): Decimal(amount) / 1_000_000
        for theme, row in values["set_aside"].items()
        for account, amount in row.items()
        if Decimal(amount)
    }
    assert amounts == {place: Decimal(mio) for place, mio in THEME_BY_ACCOUNT.items()}


def test_what_is_itemised_and_what_a_course_costs_is_what_the_plan_of_2010_says(values: dict[str, Any]) -> None:
    assert values["itemised"]["udmoentningsplan_2010"] == ["66400000.00", "50400000.00", "16000000.00"]
    assert values["cost"]["udmoentningsplan_2010 1.4"] == "4000.00"
    assert len(values["cost"]) == 10


def test_goals_and_faults_are_those_of_the_documents(values: dict[str, Any]) -> None:
    assert (values["goals"]["met"], values["goals"]["not_met"]) == (2, 6)
    assert values["faults"] == sorted(["250000.0000", "16000000.0000"])


def test_the_release_is_named_the_chart_is_drawn_and_the_last_figure_leads_to_its_place(
    ran: nbformat.NotebookNode, values: dict[str, Any], published: Published
) -> None:
    assert values["build"] == {"build_id": published.folder.name, "contract": 1}
    (rows,) = values["chart"]["datasets"].values()
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
