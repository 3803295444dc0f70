"""The claims that a budget follow-up makes by itself: totals, payers, revised budgets, deviations, adopted amounts.

Belongs here: which amounts of a follow-up must be computable from which others. Does not: claims that the data team
wrote down (`written_claims`), those of the budget itself (`budget_totals`), and whether a claim holds (`claims`).
"""

from collections.abc import Iterator, Mapping, Sequence

from jobmaal.documents.claims import Claim, sum_of
from jobmaal.documents.figures import Figure, source_ref
from jobmaal.inputs.tables import Input, Row

#: What an amount is checked against, by the end of its claim's id: the kind of claim, and the words for it in Danish.
_AGAINST = {
    "lines": ("agreement_total", "linjerne"),
    "sources": ("parts_of_whole", "dem, der betaler"),
    "revised": ("budget_versions", "vedtaget budget og tillægsbevillinger"),
    "deviation": ("budget_versions", "forventet forbrug minus korrigeret budget"),
    "adopted": ("restated", "det vedtagne budget"),
}
_PHASES_DA = {
    "adopted": "Vedtaget budget", "supplementary": "Tillægsbevilling", "revised": "Korrigeret budget",
    "forecast": "Forventet forbrug", "spent": "Forbrug", "deviation": "Afvigelse",
}  # fmt: skip
#: A row, and how often it counts in a sum.
_Counted = tuple[int, Row]


def claims(tables: Input, figures: Mapping[str, Figure], document_id: str) -> Iterator[Claim]:
    """Yield the claims of a document's follow-up of budgets."""
    rows = tables.of("budget_followups", document_id)
    by_key = {_key(row): row for row in rows}
    for row in rows:
        for ending, parts in _parts(row, rows, by_key):
            used = [(times, figures[source_ref(document_id, part["figure_id"])]) for times, part in parts]
            yield _claim(row, figures, ending, used)
        if row["phase"] == "adopted" and row["budget_figure_id"]:
            original = figures[source_ref(document_id, row["budget_figure_id"])]
            if original.row["basis"] == "yearly" or original.row["year_from"] == original.row["year_to"]:
                yield _claim(row, figures, "adopted", [(1, original)])


def _key(row: Row, **other: str) -> tuple[str, ...]:
    """Return what distinguishes a row in its document, with other cells where they are given."""
    return tuple(other.get(c, row[c]) for c in ("line_name", "funding_source", "year", "phase"))


def _parts(
    row: Row, rows: Sequence[Row], by_key: Mapping[tuple[str, ...], Row]
) -> Iterator[tuple[str, list[_Counted]]]:
    """Yield what an amount should be the sum of, one set of rows per way to compute it."""
    alike = [other for other in rows if other["year"] == row["year"] and other["phase"] == row["phase"]]
    if not row["line_name"]:
        lines = [other for other in alike if other["line_name"] and not other["part_of_line"]]
        if lines := [other for other in lines if other["funding_source"] == row["funding_source"]]:
            yield "lines", [(1, line) for line in lines]
    if not row["funding_source"]:
        payers = [other for other in alike if other["funding_source"] and other["line_name"] == row["line_name"]]
        if payers:
            yield "sources", [(1, payer) for payer in payers]
    for ending, signs in (
        ("revised", {"adopted": 1, "supplementary": 1}),
        ("deviation", {"forecast": 1, "revised": -1}),
    ):
        if row["phase"] == ending and all(_key(row, phase=phase) in by_key for phase in signs):
            yield ending, [(sign, by_key[_key(row, phase=phase)]) for phase, sign in signs.items()]


def _claim(row: Row, figures: Mapping[str, Figure], ending: str, used: Sequence[tuple[int, Figure]]) -> Claim:
    kind, against = _AGAINST[ending]
    named = " / ".join(filter(None, (row["line_name"], row["funding_source"])))
    return Claim(
        claim_id=f"{row.document_id}:{row['figure_id']}:{ending}",
        document_id=row.document_id,
        claim_kind=kind,
        scope=f"{named or 'all lines'} {row['year']}, {row['phase']}, {ending}",
        scope_da=f"{named or 'Alle linjer'} i {row['year']}: {_PHASES_DA[row['phase']]} holdt op mod {against}",
        stated=figures[source_ref(row.document_id, row["figure_id"])],
        used=tuple(figure for _, figure in used),
        formula=sum_of(used),
        cells_checked=len(used),
    )
