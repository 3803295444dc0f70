"""Reading without pause while releases are published and rolled back, and checking that every answer is right.

Belongs here: what is asked, and the order of publishing and rolling back. Does not: making a release (`ground`), the
readers (`tests.helpers.reading`). Run it with `python -m torture.readers`; it writes `torture/results/readers.json`.

A refresh takes too long to publish many releases, so the warehouse is built once and published in varied copies. Each
copy has another number of years and other budgets, so that an answer mixed from two releases is noticed.
"""

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import duckdb

from jobmaal.core.layout import Layout
from jobmaal.operations.locking import refresh_lock
from jobmaal.releases import catalogue
from tests.helpers.reading import Read, reading
from torture import ground

#: What a release answers: its id, the number of its years, the sum of its budgets.
Answer = tuple[str, int, str]
_QUERY = """
    select
        (select build_id from audit_build),
        (select count(*) from dim_year),
        (select cast(sum(amount_dkk) as varchar) from fct_budget)
"""
#: How long readers are left alone with a release that has become current by a rollback.
_PAUSE = 0.5
_MOST_SHOWN = 20


@dataclass
class Story:
    """What was published and rolled back to, and the right answer of each release."""

    truths: dict[str, Answer] = field(default_factory=dict)
    rolled_back_to: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


def main() -> None:
    """Read while publishing, write the report; end with 1 where an answer was wrong or missing."""
    options, started = _options(), time.monotonic()
    with tempfile.TemporaryDirectory(prefix="jobmaal-readers-") as folder:
        layout = ground.prepare(Path(folder))
        model = ground.take_model(layout, Path(folder))
        story = Story()
        note(story, layout)
        began = time.monotonic()
        reads = publish_while_reading(layout, model, options, story)
        seconds = time.monotonic() - began
    lost = story.wrong + wrong(story, reads)
    content = {"seed": "none: nothing is drawn", **_counts(story, reads, seconds)}
    sys.exit(ground.write_report("readers", started, content, lost))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m torture.readers", description="Read while releases change.")
    parser.add_argument("--releases", type=int, default=25, help="releases to publish (default 25)")
    parser.add_argument("--rollbacks", type=int, default=5, help="rollbacks in between (default 5)")
    parser.add_argument("--readers", type=int, default=8, help="processes that read (default 8)")
    return parser.parse_args()


# --- publishing -----------------------------------------------------------------------------------------


def publish_while_reading(
    layout: Layout, model: ground.Model, options: argparse.Namespace, story: Story
) -> Sequence[Read]:
    """Publish all releases, with the rollbacks spread evenly among them; return what readers met meanwhile."""
    with reading([[partial(_ask, layout.current / catalogue.WAREHOUSE)]] * options.readers) as reads:
        for number in range(1, options.releases + 1):
            build = ground.new_build(layout, model)
            with refresh_lock(layout):
                done = ground.publish_copy(layout, model, build, _variation(number))
            if not done.is_current:
                story.wrong.append(f"{build.build_id} was not published: {done.report}")
            note(story, layout)
            ground.log(f"release {number} of {options.releases}: {done.report}")
            if _rollbacks_due(number, options) > _rollbacks_due(number - 1, options):
                _roll_back(layout, story)
    return reads


def _rollbacks_due(number: int, options: argparse.Namespace) -> int:
    return int(number * options.rollbacks / options.releases)


def _variation(number: int) -> list[str]:
    """Return each release as many years more as its number, and budgets of its own."""
    return [
        f"insert into dim_year select 9000 + n, 9000 + n from range({number}) as r(n)",
        f"update fct_budget set amount_dkk = amount_dkk + {number}",
    ]


def _ask(warehouse: Path) -> Answer:
    with duckdb.connect(str(warehouse), read_only=True) as database:
        build_id, years, budgets = database.execute(_QUERY).fetchall()[0]
    return str(build_id), int(years), str(budgets)


def note(story: Story, layout: Layout) -> None:
    """Ask the current release itself, by its own folder, while nothing moves."""
    build_id = catalogue.current_id(layout)
    assert build_id is not None, "nothing is published"
    answer = _ask(layout.releases / build_id / catalogue.WAREHOUSE)
    if answer[0] != build_id:
        story.wrong.append(f"the release {build_id} has the build {answer[0]}")
    story.truths[build_id] = answer


def _roll_back(layout: Layout, story: Story) -> None:
    with refresh_lock(layout):
        chosen = catalogue.roll_back(layout, None)
    time.sleep(_PAUSE)
    with refresh_lock(layout):
        catalogue.unpin(layout)
    story.rolled_back_to.append(chosen)
    ground.log(f"rolled back to {chosen}")


# --- the report -----------------------------------------------------------------------------------------


def wrong(story: Story, reads: Sequence[Read]) -> list[str]:
    """Return which answers are not of one release, which questions were not answered, and what nobody read."""
    answers, errors = _together(reads)
    lost = [
        f"{count} answers {answer} are not what {answer[0]} holds: {story.truths.get(answer[0])}"
        for answer, count in answers.items()
        if story.truths.get(answer[0]) != answer
    ]
    lost += [f"{count} questions got no answer: {error}" for error, count in errors.most_common(_MOST_SHOWN)]
    lost += [f"reader {number} got no answer" for number, read in enumerate(reads) if not read.answers]
    return lost


def _together(reads: Sequence[Read]) -> tuple[Counter[Answer], Counter[str]]:
    answers = Counter(answer.value for read in reads for answer in read.answers)
    return answers, sum((read.errors for read in reads), Counter[str]())


def _counts(story: Story, reads: Sequence[Read], seconds: float) -> Mapping[str, object]:
    answers, errors = _together(reads)
    seen = {answer[0] for answer in answers}
    return {
        "releases": len(story.truths),
        "rollbacks": len(story.rolled_back_to),
        "readers": len(reads),
        "seconds_of_reading": round(seconds, 1),
        "queries": answers.total() + errors.total(),
        "queries_a_second": round((answers.total() + errors.total()) / seconds, 1),
        "errors": errors.total(),
        "releases_that_were_read": len(seen & story.truths.keys()),
        "slowest_query_seconds": round(max(answer.seconds for read in reads for answer in read.answers), 3),
        "answers_by_release": {build_id: _of(answers, build_id) for build_id in sorted(seen)},
    }


def _of(answers: Mapping[Answer, int], build_id: str) -> int:
    return sum(count for answer, count in answers.items() if answer[0] == build_id)


if __name__ == "__main__":
    main()
