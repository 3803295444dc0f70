"""Entity-relationship diagrams of the public tables, as Mermaid: keys, references and nothing else.

Belongs here: one diagram per subject, and the page in `docs/` that shows them. Does not: what refers to what
(`contract`), nor the picture that a release draws without Mermaid (`star`).

Every table is in the diagram of its own subject with its key, and each of its references is a line there that names the
column; a table of another subject is a name alone. After a change of the contract, run
`python -m jobmaal.outputs.dictionary.relationships`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from jobmaal.core import contract
from jobmaal.core.contract import PublicColumn, PublicTable
from jobmaal.core.layout import PROJECT

PAGE = PROJECT / "docs" / "entity-relationship.md"
#: What each diagram shows: its title in both languages, and the tables whose keys and references it has.
SUBJECTS = (
    (
        "Agreements, initiatives and units",
        "Aftaler, initiativer og enheder",
        ("dim_agreement", "dim_theme", "dim_initiative", "dim_target_group", "dim_jobcenter", "bridge_initiative_unit"),
    ),
    (
        "Money and courses",
        "Penge og forløb",
        ("dim_account", "dim_price_index", "fct_budget", "fct_budget_followup", "fct_courses"),
    ),
    ("Targets", "Mål", ("dim_target", "fct_target_attainment")),
    (
        "Series and ranks",
        "Serier og placeringer",
        (
            "dim_measure", "dim_area", "dim_period", "dim_year", "dim_series_break", "dim_comparison_group",
            "bridge_comparison_group", "fct_benchmark", "fct_benchmark_vintage", "fct_benchmark_rank", "rpt_benchmark",
        ),
    ),
    (
        "Wide tables of the agreements",
        "Brede tabeller over aftalerne",
        (
            "rpt_agreement", "rpt_agreement_budget", "rpt_budget_followup", "rpt_initiative", "rpt_jobcenter_year",
            "rpt_target",
        ),
    ),
    ("Audit", "Kontrol", ("audit_build", "audit_lineage", "audit_reconciliation", "audit_reply")),
)  # fmt: skip
_INTRODUCTION = """\
# Entity-relationship diagrams

See which keys join which tables. Each table has its key in the diagram of its subject, and a line per reference, named
by the column that refers. `||` is exactly one, `|o` at most one, `o{` any number.
`python -m jobmaal.outputs.dictionary.relationships` writes this page.
"""


@dataclass(frozen=True)
class Diagram:
    """A subject's diagram; `source` is Mermaid."""

    title_en: str
    title_da: str
    source: str


def diagrams(tables: Sequence[PublicTable]) -> list[Diagram]:
    """Return the diagram of each subject."""
    by_name = {table.name: table for table in tables}
    return [Diagram(en, da, _mermaid([by_name[name] for name in names])) for en, da, names in SUBJECTS]


def page(tables: Sequence[PublicTable]) -> str:
    """Return the page for `docs/`, with every diagram."""
    sections = [f"## {diagram.title_en}\n\n```mermaid\n{diagram.source}\n```\n" for diagram in diagrams(tables)]
    return "\n".join([_INTRODUCTION, *sections])


def _mermaid(shown: Sequence[PublicTable]) -> str:
    lines = ["erDiagram"]
    for table in shown:
        lines += _entity(table)
    lines += [_line(table, column) for table in shown for column in table.columns if column.references]
    return "\n".join(lines)


def _entity(table: PublicTable) -> list[str]:
    rows = [f"        {_type(column)} {column.name} PK" for column in table.columns if column.name in table.key]
    return [f"    {table.name} {{", *rows, "    }"]


def _type(column: PublicColumn) -> str:
    """Return the type as the one word that Mermaid allows."""
    return "timestamptz" if column.type == "timestamp with time zone" else column.type


def _line(table: PublicTable, column: PublicColumn) -> str:
    assert column.references is not None
    one = "|o" if column.is_nullable else "||"
    many = "o|" if table.key == (column.name,) else "o{"
    return f'    {column.references[0]} {one}--{many} {table.name} : "{column.name}"'


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(contract.tables()), encoding="utf-8")


if __name__ == "__main__":
    main()
