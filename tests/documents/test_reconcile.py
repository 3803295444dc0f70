"""Whether claims are worked out right: which there are, what they compute, and how they are judged.

Belongs here: `jobmaal.documents.reconcile` and what it uses, on small seeds whose sums are known. Does not: the grammar
of an expression (`test_tables`), nor what the command line reports of a broken claim (`test_bad_input`).
"""

import itertools
import tempfile
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobmaal.core.errors import Fault, FaultyInputError
from jobmaal.core.layout import PROJECT, Layout
from jobmaal.documents.claims import Claim
from jobmaal.documents.suspects import suspects
from jobmaal.raw import read_all
from tests.helpers.input import DOC, Cells, write_seeds

Content = Mapping[str, Sequence[Cells]]


def judged(layout: Layout) -> dict[str, Claim]:
    """Work out all claims; those of the usual document go by their short ids."""
    return {claim.claim_id.removeprefix(f"{DOC}:"): claim for claim in read_all(layout).claims}


def claims_of(tmp_path: Path, **content: Sequence[Cells]) -> dict[str, Claim]:
    """Work out the claims of one document with this content."""
    return judged(write_seeds(tmp_path, {DOC: content}))


def faults_of(tmp_path: Path, **content: Sequence[Cells]) -> list[Fault]:
    """Return the faults for which claims cannot be worked out."""
    with pytest.raises(FaultyInputError) as error:
        claims_of(tmp_path, **content)
    return list(error.value.faults)


def line(figure_id: str, printed: str, theme: str = "A", name: str = "x", **cells: str) -> Cells:
    """Write a budget line."""
    return {"figure_id": figure_id, "printed": printed, "theme_name": theme, "line_name": name, **cells}


def total(figure_id: str, printed: str, **cells: str) -> Cells:
    """Write a budget total; what it says of no scope it sums over."""
    return {"figure_id": figure_id, "printed": printed, **cells}


def years(first: int, last: int, basis: str = "whole") -> Cells:
    """Write a stretch of years."""
    return {"year_from": str(first), "year_to": str(last), "basis": basis}


def computed(expression: str, stated: str = "f") -> Cells:
    """Write a claim that a figure is what an expression comes to."""
    return {"claim_id": "c", "stated_figure_id": stated, "expression": expression}


def outcome(claims: Mapping[str, Claim]) -> dict[str, tuple[str, int, int]]:
    """Show each claim as its kind, what it computes and from how many cells."""
    return {name: (c.claim_kind, int(c.computed_value), c.cells_checked) for name, c in claims.items()}


# --- budget totals ---------------------------------------------------------------------------------

#: Two themes with two lines each, one line on both accounts.
LINES = [
    line("b.1", "10", "A", "x", account_id="adm"),
    line("b.2", "20", "A", "x", account_id="indsats"),
    line("b.3", "30", "A", "y", account_id="adm"),
    line("b.4", "40", "B", "z", account_id="indsats"),
]
#: Totals over them, from the coarsest to the finest.
FINER = [
    total("t", "100"),
    total("t.a", "60", theme_name="A"),
    total("t.b", "40", theme_name="B"),
    total("t.adm", "40", account_id="adm"),
    total("t.ind", "60", account_id="indsats"),
    total("t.a.adm", "40", theme_name="A", account_id="adm"),
    total("t.a.ind", "20", theme_name="A", account_id="indsats"),
    total("t.b.ind", "40", theme_name="B", account_id="indsats"),
    total("t.a.x", "30", theme_name="A", line_name="x"),
    total("t.a.y", "30", theme_name="A", line_name="y"),
]


@pytest.mark.parametrize(
    ("scope", "printed", "expected"),
    [
        ({"theme_name": "A", "line_name": "x"}, "30", ("line_total", 30, 2)),
        ({"theme_name": "A"}, "60", ("theme_total", 60, 3)),
        ({"account_id": "adm"}, "40", ("account_total", 40, 2)),
        ({"theme_name": "A", "account_id": "adm"}, "40", ("theme_total", 40, 2)),
        ({"theme_name": "B", "account_id": "adm"}, "0", ("theme_total", 0, 0)),
        ({}, "100", ("agreement_total", 100, 4)),
    ],
)
def test_a_total_is_compared_with_the_lines_in_its_scope(
    tmp_path: Path, scope: Cells, printed: str, expected: tuple[str, int, int]
) -> None:
    claims = claims_of(tmp_path, budget_lines=LINES, budget_totals=[total("t", printed, **scope)])
    assert outcome(claims) == {"t:lines": expected}
    assert claims["t:lines"].status == "ok"


def test_totals_are_compared_with_finer_totals_in_each_direction(tmp_path: Path) -> None:
    claims = claims_of(tmp_path, budget_lines=LINES, budget_totals=FINER)
    assert {claim.status for claim in claims.values()} == {"ok"}
    finer = {name: shown for name, shown in outcome(claims).items() if not name.endswith(":lines")}
    assert finer == {
        "t:themes": ("agreement_total", 100, 2),
        "t:accounts": ("agreement_total", 100, 2),
        "t.a:accounts": ("theme_total", 60, 2),
        "t.a:line_totals": ("theme_total", 60, 2),
        "t.b:accounts": ("theme_total", 40, 1),
        "t.adm:themes": ("account_total", 40, 1),
        "t.ind:themes": ("account_total", 60, 2),
    }
    assert sum(name.endswith(":lines") for name in claims) == len(FINER)


_LATER = years(2008, 2009, "yearly")
_FOUR_YEARS = years(2007, 2010, "yearly")
_LEVELS = [line("b.1", "10", is_level="yes"), line("b.2", "20", is_level="yes", **_LATER)]


@pytest.mark.parametrize(
    ("lines", "totals", "expected"),
    [
        # A total that its lines and its finer totals miss is broken in each direction.
        (
            LINES,
            [total("t", "101"), total("t.a", "60", theme_name="A"), total("t.b", "40", theme_name="B")],
            {"t:lines": ("broken", 1), "t:themes": ("broken", 1), "t.a:lines": ("ok", 0), "t.b:lines": ("ok", 0)},
        ),
        # It claims nothing where no line is listed, none is dated, or all are for other years.
        ([], [total("t", "91")], {}),
        ([line("b", "5", year_from="", year_to="")], [total("t", "91")], {}),
        (LINES, [total("t", "91", **years(2008, 2008))], {}),
        # It is of its own years and no others.
        (
            [line("b.7", "10"), line("b.8", "20", **years(2008, 2008))],
            [total("t.7", "10"), total("t.8", "20", **years(2008, 2008))],
            {"t.7:lines": ("ok", 0), "t.8:lines": ("ok", 0)},
        ),
        # A finer total of more years says nothing of one of them.
        (
            [line("b.7", "10"), line("b.8", "10", **years(2008, 2008))],
            [total("t.7", "10"), total("t.a", "20", theme_name="A", **years(2007, 2008))],
            {"t.7:lines": ("ok", 0), "t.a:lines": ("ok", 0)},
        ),
        # A yearly total is a claim in each of its years.
        (
            [line(f"b.{at}", "10", name=str(at), **_FOUR_YEARS) for at in range(3)],
            [total("t", "30", **_FOUR_YEARS)],
            {f"t:lines-{year}": ("ok", 0) for year in range(2007, 2011)},
        ),
        # A yearly line counts in each of its years.
        *(
            (
                [line("b", "10", **_FOUR_YEARS), line("b.8", "0", name="y", **years(2008, 2008))],
                [total("t", printed, **years(first, last))],
                {"t:lines": ("ok", 0)},
            )
            for first, last, printed in ((2007, 2010, "40"), (2008, 2008, "10"))
        ),
        # Levels that replace each other add up to no total.
        (_LEVELS, [total("t", "20", **years(2007, 2009))], {}),
        (_LEVELS, [total("t", "20", **years(2007, 2007))], {"t:lines": ("broken", 10)}),
        (
            _LEVELS,
            [total("t", "20", **years(2007, 2009, "yearly"))],
            {"t:lines-2007": ("broken", 10), "t:lines-2008": ("ok", 0), "t:lines-2009": ("ok", 0)},
        ),
        # A line split whole is compared with its parts, which stand for it in the totals.
        (
            [
                line("b", "50", is_split_complete="yes"),
                line("b.adm", "20", part_of="b", account_id="adm"),
                line("b.ind", "30", part_of="b", account_id="indsats"),
            ],
            [total("t", "50"), total("t.adm", "20", account_id="adm"), total("t.ind", "30", account_id="indsats")],
            dict.fromkeys(("b:parts", "t:lines", "t.adm:lines", "t.ind:lines"), ("ok", 0)),
        ),
        (
            [line("b", "50", is_split_complete="yes"), line("p", "20", part_of="b"), line("q", "29", part_of="b")],
            [],
            {"b:parts": ("broken", 1)},
        ),
        # A line split in part counts each krone once.
        (
            [
                line("b", "90", is_split_complete="no", account_id="adm"),
                line("b.1", "55", part_of="b", account_id="indsats"),
                line("c", "10", account_id="adm"),
            ],
            [total("t", "100"), total("t.adm", "45", account_id="adm"), total("t.ind", "55", account_id="indsats")],
            dict.fromkeys(("t:lines", "t:accounts", "t.adm:lines", "t.ind:lines"), ("ok", 0)),
        ),
    ],
)
def test_each_krone_counts_once_in_the_years_that_it_is_for(
    tmp_path: Path, lines: Sequence[Cells], totals: Sequence[Cells], expected: dict[str, tuple[str, int]]
) -> None:
    claims = claims_of(tmp_path, budget_lines=lines, budget_totals=totals)
    assert {name: (claim.status, int(claim.residual)) for name, claim in claims.items()} == expected


# --- tolerance ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stated", "part", "status"),
    [
        ("1,5", "1,5", "ok"),
        ("1,5", "1,50", "ok"),
        ("1,5", "1,45", "broken"),
        ("1", "0,95", "broken"),
        ("1,5", "1,4", "broken"),
        ("1", "1,00", "ok"),
    ],
)
def test_the_finest_printing_in_a_sum_sets_its_tolerance(tmp_path: Path, stated: str, part: str, status: str) -> None:
    lines, totals = [line("b", part, unit="mio. kr.")], [total("t", stated, unit="mio. kr.")]
    assert claims_of(tmp_path, budget_lines=lines, budget_totals=totals)["t:lines"].status == status


@pytest.mark.parametrize(
    ("stated", "factor", "status"),
    [
        ("10", "105", "ok"),
        ("11", "105", "ok"),
        ("10", "106", "broken"),
        ("11", "104", "broken"),
        ("10,0", "105", "broken"),
        ("10,5", "105", "ok"),
        ("ca. 10", "150", "ok"),
        ("ca. 10", "151", "broken"),
    ],
)
def test_half_a_step_of_the_last_printed_digit_is_forgiven_and_no_more(
    tmp_path: Path, stated: str, factor: str, status: str
) -> None:
    """The computed number is a tenth of the factor."""
    claim = claims_of(
        tmp_path,
        figures=[{"figure_id": "f", "printed": stated, "unit": "uger"}],
        claims=[computed(f"{factor} / 10")],
    )["c"]
    assert claim.computed_value == Decimal(factor) / 10
    assert claim.status == status


# --- claims that are written down --------------------------------------------------------------------


FIGURES = [
    {"figure_id": "price", "printed": "700 kr.", "unit": "kr."},
    {"figure_id": "weeks", "printed": "5 ugers", "unit": "uger"},
    {"figure_id": "courses", "printed": "1500 forløb", "unit": "forløb"},
    {"figure_id": "share", "printed": "30 pct.", "unit": "pct."},
    {"figure_id": "illegible", "printed": "?", "unit": "personer"},
    {"figure_id": "none", "printed": "0", "unit": "personer"},
    {"figure_id": "12", "printed": "40", "unit": "personer"},
]


@pytest.mark.parametrize(
    ("stated", "unit", "expression", "expected"),
    [
        ("5,25 mio. kr.", "mio. kr.", "price * weeks * courses", ("5250000", 3)),
        # Rounded as it is printed, though the price is given to the krone.
        ("5,3 mio. kr.", "mio. kr.", "price * weeks * courses", ("5250000", 3)),
        ("450", "forløb", "courses * share / 100", ("450", 3)),
        ("1200", "forløb", "courses - 300", ("1200", 2)),
        ("2000", "forløb", "courses + 500", ("2000", 2)),
        ("-1500", "forløb", "0 - courses", ("-1500", 2)),
        ("33,3 pct.", "pct.", "100 / 3", ("33.3333", 2)),
        ("-2", "forløb", "2 * -1", ("-2", 2)),
        ("1", "forløb", "6 - 3 - 2", ("1", 3)),
        ("3", "forløb", "6 / 4 * 2", ("3", 3)),
        # As in arithmetic: products first, and brackets before them.
        ("7", "forløb", "1 + 2 * 3", ("7", 3)),
        ("9", "forløb", "(1 + 2) * 3", ("9", 3)),
    ],
)
def test_a_claim_is_what_its_expression_comes_to(
    tmp_path: Path, stated: str, unit: str, expression: str, expected: tuple[str, int]
) -> None:
    figures = [*FIGURES, {"figure_id": "f", "printed": stated, "unit": unit}]
    claim = claims_of(tmp_path, figures=figures, claims=[computed(expression)])["c"]
    value, cells = expected
    assert (claim.status, claim.computed_value, claim.cells_checked) == ("ok", Decimal(value), cells)


@pytest.mark.parametrize(
    ("stated", "expression", "column", "rule"),
    [
        ("illegible", "price", "stated_figure_id", "has no value that could be compared"),
        ("price", "1 + illegible", "expression", "names 'illegible', which has no value to compute with"),
        ("price", "weeks / none", "expression", "divides by zero"),
        ("price", "none / 0", "expression", "divides by zero"),
        ("price", "999999999 * 999999999", "expression", "gives a number that the warehouse cannot hold"),
        (
            "price",
            "none + 12",
            "expression",
            "has '12', which is a whole number and a figure's id; give the figure another id",
        ),
    ],
)
def test_a_claim_that_cannot_be_worked_out_is_a_fault(
    tmp_path: Path, stated: str, expression: str, column: str, rule: str
) -> None:
    (fault,) = faults_of(tmp_path, figures=FIGURES, claims=[computed(expression, stated)])
    assert (fault.file, fault.line, fault.column, fault.rule) == (f"seeds/{DOC}/claims.csv", 2, column, rule)
    assert fault.value in (stated, expression)


def test_a_claim_may_rest_on_figures_of_another_document(tmp_path: Path) -> None:
    stated = [{"figure_id": "f", "printed": "42,5", "unit": "mio. kr."}]
    for printed, status in (("42,5 mio. kr.", "ok"), ("42,6 mio. kr.", "broken")):
        other = [{"figure_id": "f", "printed": printed, "unit": "mio. kr."}]
        one: Content = {
            "figures": stated,
            "claims": [computed("other:f")],
        }
        claims = judged(write_seeds(tmp_path / status, {DOC: one, "other": {"figures": other}}))
        assert (claims["c"].status, claims["c"].document_id) == (status, DOC)
        assert claims["c"].stated.source_ref == f"{DOC}:f"


THINGS: Content = {
    "lists": [{"list_id": "goals", "item_no": str(at)} for at in range(3)] + [{"list_id": "other", "item_no": "1"}],
    "themes": [{"theme_no": str(at), "theme_name": f"T{at}"} for at in (1, 2)],
    "initiatives": [{"initiative_no": f"1.{at}", "theme_no": "1"} for at in range(1, 5)]
    + [{"initiative_no": "2.1", "theme_no": "2"}],
    "targets": [{"figure_id": f"goal.{at}", "target_level": "activity" if at else "result"} for at in range(3)],
}


@pytest.mark.parametrize(
    ("counted", "count"),
    [
        ("list:goals", 3), ("list:other", 1), ("themes", 2), ("initiatives", 5), ("initiatives:1", 4),
        ("initiatives:2", 1), ("targets:activity", 2), ("targets:result", 1), ("targets", 3),
    ],
)  # fmt: skip
def test_an_announced_number_is_compared_with_what_is_listed(tmp_path: Path, counted: str, count: int) -> None:
    claim = {"claim_id": "c", "stated_figure_id": "f", "counted": counted, "claim_kind": "announced_count"}
    for stated, status in ((count, "ok"), (count + 1, "broken")):
        figure = {"figure_id": "f", "printed": str(stated), "unit": "things"}
        worked = claims_of(tmp_path / status, **{**THINGS, "figures": [figure], "claims": [claim]})["c"]
        assert (worked.status, int(worked.computed_value), worked.cells_checked) == (status, count, count)


@pytest.mark.parametrize("counted", ["list", "list:", "list:x", "initiatives:9", "targets:x", "colours", "Themes"])
def test_counting_what_is_not_there_is_a_fault(tmp_path: Path, counted: str) -> None:
    claim = {"claim_id": "c", "stated_figure_id": "price", "counted": counted}
    (fault,) = faults_of(tmp_path, **{**THINGS, "figures": FIGURES, "claims": [claim]})
    assert (fault.column, fault.value) == ("counted", counted)


# --- in Danish ---------------------------------------------------------------------------------------


def test_a_total_says_in_both_languages_what_it_is_over_and_what_it_is_compared_with(tmp_path: Path) -> None:
    claims = claims_of(tmp_path / "finer", budget_lines=LINES, budget_totals=FINER)
    yearly = years(2007, 2010, "yearly")
    claims |= claims_of(tmp_path, budget_lines=[line("b", "10", **yearly)], budget_totals=[total("y", "10", **yearly)])
    expected = {
        "t:lines": ("the whole agreement 2007, lines", "Hele aftalen i 2007 holdt op mod budgetlinjerne"),
        "t.adm:themes": ("adm 2007, themes", "Konto adm i 2007 holdt op mod indsatsområdernes summer"),
        "t.a:line_totals": ("A 2007, line_totals", "A i 2007 holdt op mod budgetlinjernes summer"),
        "t.a:accounts": ("A 2007, accounts", "A i 2007 holdt op mod kontienes summer"),
        "t.a.x:lines": ("A / x 2007, lines", "A / x i 2007 holdt op mod budgetlinjerne"),
        "t.a.adm:lines": ("A / adm 2007, lines", "A / Konto adm i 2007 holdt op mod budgetlinjerne"),
        "y:lines-2009": (
            "the whole agreement 2007-2010, lines-2009",
            "Hele aftalen i 2007-2010 holdt op mod budgetlinjerne i 2009",
        ),
    }
    assert {name: (claims[name].scope, claims[name].scope_da) for name in expected} == expected


def test_a_line_with_parts_says_in_danish_that_it_is_compared_with_them(tmp_path: Path) -> None:
    lines = [line("b", "50", name="Mentor", is_split_complete="yes"), line("b.1", "50", part_of="b")]
    claim = claims_of(tmp_path, budget_lines=lines)["b:parts"]
    assert (claim.scope, claim.scope_da) == ("Mentor", "Mentor holdt op mod delene")
    assert (claim.claim_kind, claim.cells_checked) == ("parts_of_whole", 1)


def test_every_claim_and_known_fault_of_the_documents_is_explained_in_danish(tmp_path: Path) -> None:
    reading = read_all(Layout(PROJECT / "seeds", tmp_path))
    entries = reading.tables.of("known_faults")
    assert (len(reading.claims) > 100, len(entries) > 10) == (True, True)
    assert [claim.claim_id for claim in reading.claims if claim.scope_da in ("", claim.scope)] == []
    assert [row["claim_id"] for row in entries if row["explanation_da"] in ("", row["reason"])] == []


# --- known faults ------------------------------------------------------------------------------------


def entry(claim_id: str, residual: str) -> Cells:
    """Write a reviewed fault."""
    told = {"reason": "the sum was never right", "explanation_da": "summen passede aldrig", "reviewed_by": "Jens"}
    return {"claim_id": claim_id, "residual": residual, **told}


_PLACE = f"seeds/{DOC}/known_faults.csv:2"


@pytest.mark.parametrize(
    ("stated", "residual", "expected"),
    [
        # By its exact residual, however that is written.
        *(
            ("103", same, ("known", "the sum was never right", "summen passede aldrig"))
            for same in ("3", "3.0", "3.0000")
        ),
        # Another residual is broken, and so is one that is no longer there.
        *(
            (
                "103", other,
                ("broken", f"{_PLACE} expects a residual of {other}", f"{_PLACE} venter en afvigelse på {other}"),
            )
            for other in ("3.0001", "2.9999", "-3", "0", "3000000")
        ),
        (
            "100", "0",
            (
                "broken", f"{_PLACE} expects a fault, but the claim holds",
                f"{_PLACE} venter en fejl, men regnestykket holder",
            ),
        ),
    ],
)  # fmt: skip
def test_a_known_fault_is_known_by_its_exact_residual(
    tmp_path: Path, stated: str, residual: str, expected: tuple[str, str, str]
) -> None:
    content = {"budget_lines": LINES, "budget_totals": [total("t", stated)]}
    claim = claims_of(tmp_path, **content, known_faults=[entry("t:lines", residual)])["t:lines"]
    assert (claim.status, claim.explanation, claim.explanation_da) == expected
    assert (claim.residual, claim.reviewed_by) == (int(stated) - 100, "Jens")


def test_a_claim_that_holds_in_another_reading_is_ambiguous(tmp_path: Path) -> None:
    content = {"budget_lines": LINES, "budget_totals": [total("t", "103")]}
    other = {**entry("t:lines", "3"), "other_reading": "without b.1", "other_reading_da": "uden b.1"}
    claim = claims_of(tmp_path, **content, known_faults=[other])["t:lines"]
    assert (claim.status, claim.explanation) == ("ambiguous", "the sum was never right Or: without b.1")
    assert claim.explanation_da == "summen passede aldrig Eller: uden b.1"


@pytest.mark.parametrize(("residual", "status"), [("6.6667", "known"), ("6.6666", "broken"), ("6.6668", "broken")])
def test_a_residual_with_decimals_is_known_to_the_last_of_them(tmp_path: Path, residual: str, status: str) -> None:
    figures = [{"figure_id": "f", "printed": "40 pct.", "unit": "pct."}]
    known = [entry("c", residual)]
    assert claims_of(tmp_path, figures=figures, claims=[computed("100 / 3")], known_faults=known)["c"].status == status


def test_a_known_fault_of_no_claim_is_a_fault_of_the_tables(tmp_path: Path) -> None:
    (fault,) = faults_of(tmp_path, budget_lines=LINES, known_faults=[entry("t:lines", "1")])
    assert (fault.file, fault.line, fault.value) == (f"seeds/{DOC}/known_faults.csv", 2, "t:lines")
    assert fault.rule == "is no claim of this document"


@pytest.mark.parametrize("unread", ["?", "[XX]"])
def test_a_sum_with_an_amount_that_cannot_be_read_never_holds(tmp_path: Path, unread: str) -> None:
    lines = [*LINES, line("b.5", unread, "B", "w")]
    claims = claims_of(tmp_path, budget_lines=lines, budget_totals=[total("t", "100")])
    assert {name: claim.status for name, claim in claims.items()} == {"t:lines": "broken"}


def test_a_broken_claim_is_reported_at_the_number_that_it_states(tmp_path: Path) -> None:
    claim = claims_of(tmp_path, budget_lines=LINES, budget_totals=[total("t", "103 kr.")])["t:lines"]
    fault = claim.fault()
    assert (fault.file, fault.line) == (f"seeds/{DOC}/budget_totals.csv", 2)
    assert (fault.column, fault.value) == ("printed", "103 kr.")
    assert "stated 103, computed 100, residual 3 kr." in fault.rule


# --- a law -----------------------------------------------------------------------------------------

_THEMES, _NAMES, _ACCOUNTS = ("A", "B"), ("x", "y"), ("adm", "indsats")
_CELLS = list(itertools.product(_THEMES, _NAMES, _ACCOUNTS))


def whole_budget(amounts: Sequence[int]) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    """Write lines with these amounts and all the totals over them."""
    columns = ("theme_name", "line_name", "account_id")
    lines = [
        {"figure_id": f"b.{at}", "printed": str(amount), **dict(zip(columns, cell, strict=True))}
        for at, (cell, amount) in enumerate(zip(_CELLS, amounts, strict=True))
    ]
    totals: list[dict[str, str]] = []
    for theme, name, account in itertools.product(("", *_THEMES), ("", *_NAMES), ("", *_ACCOUNTS)):
        scope = dict(zip(columns, (theme, name, account), strict=True))
        if (name and not theme) or (name and account):
            continue
        amount = sum(int(row["printed"]) for row in lines if all(v in ("", row[c]) for c, v in scope.items()))
        totals.append({"figure_id": f"t.{len(totals)}", "printed": str(amount), **scope})
    return lines, totals


def work_out(lines: Sequence[Cells], totals: Sequence[Cells]) -> dict[str, Claim]:
    """Work out a budget's claims in a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        return claims_of(Path(folder), budget_lines=lines, budget_totals=totals)


@given(
    st.lists(st.integers(0, 10**9), min_size=len(_CELLS), max_size=len(_CELLS)),
    st.integers(0, 10**6),
    st.integers(1, 10**6),
)
@settings(deadline=None, max_examples=60)
def test_a_budget_holds_and_no_cell_of_it_can_be_changed_unnoticed(
    amounts: list[int], chosen: int, difference: int
) -> None:
    lines, totals = whole_budget(amounts)
    assert {claim.status for claim in work_out(lines, totals).values()} == {"ok"}
    cell = [*lines, *totals][chosen % (len(lines) + len(totals))]
    cell["printed"] = str(int(cell["printed"]) + difference)
    assert "broken" in {claim.status for claim in work_out(lines, totals).values()}


# --- what broken claims have in common -----------------------------------------------------------------

#: Totals of `LINES` of which each line is in several.
TOTALS = [*FINER[:5], total("t.x", "30", theme_name="A", line_name="x")]


def suspected(tmp_path: Path, lines: Sequence[Cells], totals: Sequence[Cells]) -> list[tuple[str, int, str, str]]:
    """Return the entries that broken claims share: file, line, value and what is told."""
    found = suspects([*claims_of(tmp_path, budget_lines=lines, budget_totals=totals).values()])
    return [(Path(f.file).name, f.line, f.value, f.rule) for f in found]


def with_printed(rows: Sequence[Cells], figure_id: str, printed: str) -> list[Cells]:
    """Print another number in one of the rows."""
    return [{**row, "printed": printed} if row["figure_id"] == figure_id else row for row in rows]


def test_a_wrong_digit_is_reported_where_it_is_with_the_value_that_fixes_every_claim(tmp_path: Path) -> None:
    ((file, line_no, value, rule),) = suspected(tmp_path / "line", with_printed(LINES, "b.1", "70"), TOTALS)
    assert (file, line_no, value) == ("budget_lines.csv", 2, "70")
    assert rule.startswith("is shared by 4 claims that do not hold (t.a:lines, t.adm:lines, t.x:lines, t:lines)")
    assert "; with 10 in its place all of them would hold" in rule
    ((file, line_no, value, rule),) = suspected(tmp_path / "total", LINES, with_printed(TOTALS, "t.a", "80"))
    assert (file, line_no, value) == ("budget_totals.csv", 3, "80")
    assert "with 60 in its place all of them would hold" in rule
    # Two of them, one by one.
    wrong = with_printed(with_printed(LINES, "b.1", "11"), "b.4", "90")
    places = [(file, line_no) for file, line_no, *_ in suspected(tmp_path / "two", wrong, TOTALS)]
    assert places == [("budget_lines.csv", 2), ("budget_lines.csv", 5)]


def test_entries_that_explain_the_same_are_named_together(tmp_path: Path) -> None:
    lines = [line("b.1", "10"), line("b.2", "20"), line("b.3", "30", "B")]
    totals = [total("t", "70"), total("t.a", "40", theme_name="A"), total("t.b", "30", theme_name="B")]
    found = suspected(tmp_path, lines, totals)
    assert [line_no for _, line_no, *_ in found] == [2, 3]
    assert "as is seeds/aftale_2007/budget_lines.csv:3; with 20 in its place" in found[0][3]


def test_a_claim_that_fails_alone_names_no_other_entry(tmp_path: Path) -> None:
    assert suspected(tmp_path, LINES, [total("t", "101")]) == []
    assert suspected(tmp_path / "right", LINES, TOTALS) == []


def test_the_fixing_value_is_printed_as_the_document_prints_it(tmp_path: Path) -> None:
    unit = {"unit": "mio. kr."}
    lines = [{**line("b.1", "1,7"), **unit}, {**line("b.2", "1,0", "B"), **unit}]
    totals = [{**total("t", "2,5"), **unit}, {**total("t.a", "1,5", theme_name="A"), **unit}]
    assert "with 1,5 in its place" in suspected(tmp_path / "a", lines, totals)[0][3]
    lines = [line("b.1", "1.234.467"), line("b.2", "1", "B")]
    totals = [total("t", "1.234.568"), total("t.a", "1.234.567", theme_name="A")]
    assert "with 1.234.567 in its place" in suspected(tmp_path / "b", lines, totals)[0][3]


def test_a_known_fault_that_a_wrong_digit_moves_counts_as_one_of_the_claims(tmp_path: Path) -> None:
    known = [{"claim_id": "t.a:lines", "residual": "5", "reason": "r", "explanation_da": "r"}]
    totals = with_printed(with_printed(TOTALS, "t.a", "65"), "t", "100")
    lines = with_printed(LINES, "b.3", "31")
    claims = claims_of(tmp_path, budget_lines=lines, budget_totals=totals, known_faults=known)
    first, *_ = suspects([*claims.values()])
    assert (first.line, first.value) == (4, "31")
    assert "t.a:lines" in first.rule
    assert "with 30 in its place" in first.rule
