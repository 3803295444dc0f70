"""Histories of many commands compared with a model, and bugs planted on purpose to see that they find them.

Belongs here: a few of what `torture.histories` and `torture.planted` try by the thousand. Does not: what one command
does from one state (`test_releases`, `test_landing`, `test_kills`).
"""

from dataclasses import replace

import pytest

from torture import planted
from torture.histories import try_histories

#: Number of histories in every test run; they are the same ones each time.
HISTORIES = 6
#: One of each part of the package.
_PLANTED_OFTEN = (
    "a refresh publishes though a release is pinned",
    "a rollback that was killed is not carried out",
    "an id is made from the clock alone",
    "the lock is not taken",
    "verifying skips a file",
    "half a delivery is built",
)


def test_commands_in_any_order_killed_anywhere_leave_what_the_model_says() -> None:
    result = try_histories(HISTORIES)
    assert not result.failure, "\n".join([*result.history, result.failure])
    assert result.tally.histories >= HISTORIES
    assert result.tally.kills.total() > 0


@pytest.mark.parametrize("bug", planted.BUGS, ids=lambda bug: bug.name)
def test_what_a_planted_bug_replaces_is_in_the_code(bug: planted.Bug) -> None:
    compile(planted.spoilt(bug), bug.module, "exec")


def test_a_planted_bug_whose_text_is_gone_is_reported_with_what_to_do() -> None:
    bug = replace(planted.BUGS[0], text="a line that no module has\n")
    with pytest.raises(LookupError, match=r"(?s)has its text 0 times.*Rewrite the bug.*a line that no module has"):
        planted.spoilt(bug)


def test_a_bug_that_lets_nothing_be_tried_is_not_found() -> None:
    unimportable = planted.Bug("no import", "releases/catalogue.py", 'MANIFEST = "manifest.json"\n', "import nowhere\n")
    hunt = planted.hunt(unimportable, number=1, histories=1)
    assert not hunt.is_found
    assert "No module named 'nowhere'" in hunt.fault


@pytest.mark.slow
@pytest.mark.parametrize("name", _PLANTED_OFTEN)
def test_a_planted_bug_is_found(name: str) -> None:
    bug = next(bug for bug in planted.BUGS if bug.name == name)
    hunt = planted.hunt(bug, number=1, histories=400)
    assert hunt.is_found, hunt.fault or f"not found in {hunt.histories} histories"
    # Shown by `pytest -rP`.
    print("\n".join([f"Found after {hunt.histories} histories:", *hunt.history, hunt.failure]))
