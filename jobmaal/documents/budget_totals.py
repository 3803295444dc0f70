"""The claims that a budget makes by itself: each total is a sum, and so is each line whose parts are all given.

Belongs here: which lines and which finer totals a stated amount must be the sum of, so that each krone counts once.
Does not: claims that the data team wrote down (`written_claims`), and whether a claim holds (`claims`).
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import product

from jobmaal.documents.claims import Claim, sum_of
from jobmaal.documents.figures import Figure, source_ref
from jobmaal.inputs.tables import Input, Row

_SCOPE = ("theme_name", "line_name", "account_id")
_FINEST_FIRST = ("line_name", "theme_name", "account_id")
#: What a stated amount is compared with, by the end of its claim's id, in Danish.
_AGAINST_DA = {
    "lines": "budgetlinjerne",
    "themes": "indsatsområdernes summer",
    "accounts": "kontienes summer",
    "line_totals": "budgetlinjernes summer",
    "parts": "delene",
}
#: The column in which finer totals differ, by the end of the claim's id.
_DIRECTIONS = {"themes": "theme_name", "accounts": "account_id", "line_totals": "line_name"}

#: A row, and how often it counts in a sum.
_Counted = tuple[int, Row]


def claims(tables: Input, figures: Mapping[str, Figure], document_id: str) -> Iterator[Claim]:
    """Yield the claims of a document's budget."""
    budget = _Budget(tables.of("budget_lines", document_id), tables.of("budget_totals", document_id))

    def claim(stated: Row, ending: str, kind: str, scope: tuple[str, str], parts: Iterable[_Counted]) -> Claim:
        used = [(times, figures[source_ref(document_id, row["figure_id"])]) for times, row in parts if times]
        return Claim(
            claim_id=f"{document_id}:{stated['figure_id']}:{ending}",
            document_id=document_id,
            claim_kind=kind,
            scope=scope[0],
            scope_da=scope[1],
            stated=figures[source_ref(document_id, stated["figure_id"])],
            used=tuple(figure for _, figure in used),
            formula=sum_of(used),
            cells_checked=len(used),
        )

    for total in budget.totals:
        column = next((column for column in _FINEST_FIRST if total[column]), "agreement_name")
        kind = f"{column.partition('_')[0]}_total"
        for years in _spans(total):
            year = "" if total["basis"] == "whole" else f"-{years[0]}"
            for direction, parts in budget.sums(total, years):
                yield claim(total, direction + year, kind, _scope(total, direction, year), parts)
    for line in budget.lines:
        if line["is_split_complete"] == "yes":
            scope = (line["line_name"], f"{line['line_name']} holdt op mod {_AGAINST_DA['parts']}")
            parts = [(1, part) for part in budget.parts[line["figure_id"]]]
            yield claim(line, "parts", "parts_of_whole", scope, parts)


class _Budget:
    """The lines and totals of a document by what they are of, so that no total goes through all of them."""

    def __init__(self, lines: Sequence[Row], totals: Sequence[Row]) -> None:
        """Sort lines and totals."""
        self.lines, self.totals = lines, totals
        self.parts: dict[str, list[Row]] = defaultdict(list)
        for line in lines:
            self.parts[line["part_of"]].append(line)
        names = {line["figure_id"]: line["line_name"] for line in lines}
        # A part is below its whole's line, whatever it is called itself.
        self._below = _by_scope(lines, lambda line: names.get(line["part_of"], line["line_name"]))
        self._named = _by_scope(lines, lambda line: line["line_name"])
        self._finer: dict[tuple[str, ...], list[Row]] = defaultdict(list)
        for total, column in product(totals, _SCOPE):
            for free in {frozenset({column}), frozenset({column, "theme_name"})} if total[column] else ():
                self._finer[column, *_open(total, free)].append(total)
        self._spans = {(line["year_from"], line["year_to"], line["basis"]): line for line in lines}.values()

    def sums(self, total: Row, years: tuple[int, int]) -> Iterator[tuple[str, list[_Counted]]]:
        """Yield what a total should be the sum of, one set of rows per direction."""
        within = self._lines_within(total, years)
        # A total over nothing that is listed claims nothing, nor does one over levels that add up to no total.
        if any(_times(line, years) for line in self._spans) and not _has_levels_of_several_years(within, years):
            yield "lines", within
        for direction, column in _DIRECTIONS.items():
            if total[column] or (column == "theme_name" and total["line_name"]):
                continue
            if finer := self._finer_totals(total, column, years):
                yield direction, [(_times(other, years), other) for other in finer]

    def _lines_within(self, total: Row, years: tuple[int, int]) -> list[_Counted]:
        """Return the lines of a total, each with how often it counts, so that each krone counts once.

        A line whose parts are all given is replaced by them; one with only some parts counts less these parts.
        """
        scoped = self._below[_open(total, frozenset())]
        partly_split = (line for line in scoped if line["is_split_complete"] == "no")
        return [
            *((_times(line, years), line) for line in scoped if line["is_split_complete"] != "yes"),
            *((-_times(whole, years), part) for whole in partly_split for part in self.parts[whole["figure_id"]]),
        ]

    def _finer_totals(self, total: Row, column: str, years: tuple[int, int]) -> list[Row]:
        """Return the totals that have a column which a total leaves open and are as it is otherwise.

        Only a set that reaches every line of the total must sum to it: a document may state some totals and not others.
        """
        # A line's total carries the theme that the line is under, so over all themes the theme is free.
        is_theme_free = column == "line_name" and not total["theme_name"]
        free = frozenset({column, "theme_name"} if is_theme_free else {column})
        finer = [other for other in self._finer[column, *_open(total, free)] if _is_for(other, years)]
        reached = {(other[column], other["theme_name"] if is_theme_free else "") for other in finer}
        is_complete = all(
            {(line[column], ""), (line[column], line["theme_name"])} & reached
            for line in self._named[_open(total, frozenset())]
            if _times(line, years)
        )
        return finer if is_complete else []


def _by_scope(lines: Iterable[Row], name_of: Callable[[Row], str]) -> dict[tuple[str, ...], list[Row]]:
    """Return the lines within each scope; a blank in a scope means all."""
    scopes: dict[tuple[str, ...], list[Row]] = defaultdict(list)
    for line in lines:
        for scope in product({"", line["theme_name"]}, {"", name_of(line)}, {"", line["account_id"]}):
            scopes[scope].append(line)
    return scopes


def _open(total: Row, free: frozenset[str]) -> tuple[str, ...]:
    """Return a total's scope, with a star for what is free."""
    return tuple("*" if column in free else total[column] for column in _SCOPE)


def _spans(total: Row) -> list[tuple[int, int]]:
    """Return the years that a total is for: one stretch, or year by year where it comes again each year."""
    first, last = int(total["year_from"]), int(total["year_to"])
    return [(first, last)] if total["basis"] == "whole" else [(year, year) for year in range(first, last + 1)]


def _times(row: Row, years: tuple[int, int]) -> int:
    """Return how often an amount counts within years: once in its first year, or once in each of them."""
    if not row["year_from"]:
        return 0
    first, last = int(row["year_from"]), int(row["year_to"])
    if row["basis"] == "whole":
        return int(years[0] <= first <= years[1])
    return max(0, min(last, years[1]) - max(first, years[0]) + 1)


def _has_levels_of_several_years(within: Iterable[_Counted], years: tuple[int, int]) -> bool:
    """Check whether a level and the one that replaces it are both within years."""
    levels = [line for times, line in within if times and line["is_level"] == "yes"]
    covered = {year for line in levels for year in range(years[0], years[1] + 1) if _times(line, (year, year))}
    return len(covered) > 1


def _is_for(total: Row, years: tuple[int, int]) -> bool:
    """Check whether a finer total is for these years and no others, or comes again in them."""
    if total["basis"] == "whole":
        return years[0] <= int(total["year_from"]) and int(total["year_to"]) <= years[1]
    return _times(total, years) > 0


def _scope(total: Row, direction: str, year: str) -> tuple[str, str]:
    """Return, in English and Danish, what a total is over and what it is compared with. Names are the document's."""
    years = total["year_from"] + (f"-{total['year_to']}" if total["year_to"] != total["year_from"] else "")
    names = {column: total[column] for column in _SCOPE if total[column]}
    english = " / ".join(names.values()) or "the whole agreement"
    # A bare account number means nothing to a citizen.
    danish = " / ".join("Konto " * (column == "account_id") + name for column, name in names.items()) or "Hele aftalen"
    danish = f"{danish} i {years} holdt op mod {_AGAINST_DA[direction]}"
    return f"{english} {years}, {direction}{year}", danish + year.replace("-", " i ")
