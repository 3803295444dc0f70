"""Killed at named places: what readers see is wholly the old release or wholly the new one, and the next try succeeds.

Belongs here: each place of publishing once, some of a whole refresh and of a fetch, and readers while releases
change. Does not: hundreds of kills, and the places that only a whole refresh reaches (`make torture`).
"""

import argparse
import shutil
import signal
from pathlib import Path

import pytest

from jobmaal.core.layout import Layout
from jobmaal.jobindsats.landing import Landing
from jobmaal.operations import status
from jobmaal.releases import catalogue
from jobmaal.releases.catalogue import RELEASES_KEPT
from tests.conftest import Published, PublishedSeries, at_place, copy_of, jobmaal, python, release_folder
from tests.helpers.fetching import TOKEN, configure, served
from tests.helpers.input import DOC, write_seeds
from tests.helpers.v3_server import V3Server
from tests.helpers.warehouse import parquet_of
from torture import ground, readers
from torture.places import BUILDING, COPY, PLACES, PUBLISHING, REFRESH, Place

#: Where a whole refresh is killed, one after the other.
BUILDS = ("the input tables loaded", "in the middle of dbt's build")
FETCHES = tuple(place.name for place in PLACES if place.name.startswith("fetching"))


def killed_at(layout: Layout, place: str, *command: str, **variables: str) -> None:
    """Run a command in a process of its own, and see that it is killed at the place."""
    done = at_place(layout, place, *command, **variables)
    assert done.returncode == -signal.SIGKILL, f"the place was not reached: {done.stdout}{done.stderr}"


def stand(layout: Layout, model: ground.Model) -> ground.Before:
    """Return the state before a copy of the model is published."""
    return ground.stand(layout, model.manifest["inputs"][f"{layout.seeds.name}/{ground.CHANGED}"])


@pytest.fixture(scope="module")
def seven(published: Published, model_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Layout:
    """Return as many releases as are kept, so that the next one removes the oldest."""
    layout, model = copy_of(published.layout, tmp_path_factory.mktemp("seven")), ground.read_model(model_folder)
    for _ in range(RELEASES_KEPT - 1):
        ground.publish_copy(layout, model, ground.new_build(layout, model))
    return layout


# --- publishing -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", PUBLISHING, ids=lambda place: place.name)
def test_killed_while_it_publishes_it_leaves_the_old_release_or_the_new_one_and_the_next_is_published(
    seven: Layout, model_folder: Path, place: Place
) -> None:
    model = ground.read_model(model_folder)
    before = stand(seven, model)
    killed_at(seven, place.name, COPY, str(model_folder))
    assert ground.violations(seven, before) == []
    after = stand(seven, model)
    build = ground.new_build(seven, model)
    assert ground.publish_copy(seven, model, build).is_current
    assert catalogue.current_id(seven) == build.build_id
    assert ground.violations(seven, after) == []
    assert sorted(path.name for path in seven.releases.iterdir()) == catalogue.build_ids(seven)
    assert len(catalogue.build_ids(seven)) == RELEASES_KEPT
    assert not (seven.data / ".current.new").is_symlink()


# --- a whole refresh ------------------------------------------------------------------------------------


@pytest.fixture
def copied(with_series: PublishedSeries, tmp_path: Path) -> Layout:
    """Copy a release with series, its responses in another order on the disk."""
    layout = copy_of(with_series.layout, tmp_path)
    landed = layout.landing.rename(tmp_path / "landing")
    for path in sorted((path for path in landed.rglob("*") if path.is_file()), key=lambda path: path.name[::-1]):
        (layout.landing / path.relative_to(landed)).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, layout.landing / path.relative_to(landed))
    return layout


@pytest.mark.slow
def test_killed_on_the_way_to_the_gate_a_refresh_leaves_the_old_release_and_the_next_one_makes_the_same_bytes(
    with_series: PublishedSeries, copied: Layout
) -> None:
    was = release_folder(copied)
    changed = catalogue.read_manifest(copied, was.name)["inputs"][f"{copied.seeds.name}/{ground.CHANGED}"]
    before = ground.stand(copied, changed)
    for name in BUILDS:
        assert name in {place.name for place in BUILDING}
        killed_at(copied, name, *REFRESH)
        assert catalogue.current_id(copied) == before.build_id, name
        assert ground.violations(copied, before) == [], name
    done = jobmaal(copied, *REFRESH)
    assert done.returncode == 0, done.stderr
    assert catalogue.current_id(copied) != before.build_id
    assert ground.violations(copied, before) == []
    assert not (copied.data / ".work.leaving").exists()
    first, second = parquet_of(with_series.folder), parquet_of(release_folder(copied))
    assert [name for name in first if first[name] != second.get(name)] == []
    assert first.keys() == second.keys()


# --- fetching -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", FETCHES)
def test_a_fetch_that_is_killed_during_a_response_leaves_nothing_incomplete_and_resumes_where_it_was(
    tmp_path: Path, place: str
) -> None:
    layout = write_seeds(tmp_path, {DOC: {}})
    configure(layout, "y01")
    with V3Server({"y01": served("y01")}, token=TOKEN) as server:
        killed_at(layout, place, "fetch", "--cell-limit", "18", "--connections", "1", **server.variables)
        assert Landing(layout).whole_deliveries() == {}
        assert all(response.read() for response in Landing(layout).responses())
        done = jobmaal(layout, "fetch", "--cell-limit", "18", **server.variables)
    assert done.returncode == 0, done.stderr
    assert [len(parts) for parts in Landing(layout).whole_deliveries().values()] == [4]
    assert list(layout.landing.rglob("*.part")) == []


# --- readers --------------------------------------------------------------------------------------------


def test_every_answer_is_of_one_release_while_releases_are_published_and_one_is_rolled_back(
    published: Published, model_folder: Path, tmp_path: Path
) -> None:
    layout, model, story = copy_of(published.layout, tmp_path), ground.read_model(model_folder), readers.Story()
    options = argparse.Namespace(releases=2, rollbacks=1, readers=3)
    readers.note(story, layout)
    reads = readers.publish_while_reading(layout, model, options, story)
    assert story.wrong == []
    assert readers.wrong(story, reads) == []
    assert (len(story.truths), len(story.rolled_back_to)) == (3, 1)
    assert len({answer.value[0] for read in reads for answer in read.answers}) > 1


# --- terminated -----------------------------------------------------------------------------------------

_ENDED_WHILE_DBT_BUILDS = """
import os, signal
from jobmaal.core import progress
from jobmaal.cli import main
usual, seen = progress.running, []
def running(step, text):
    usual(step, text)
    seen.append(text)
    if len(seen) == 20: os.kill(os.getpid(), signal.SIGTERM)
progress.running = running
main(["refresh", "--force"])
"""


@pytest.mark.slow
def test_a_refresh_that_is_asked_to_end_while_dbt_builds_ends_as_one_that_a_person_interrupted(
    published: Published, tmp_path: Path
) -> None:
    layout = copy_of(published.layout, tmp_path)
    for _ in range(3):
        done = python(layout, _ENDED_WHILE_DBT_BUILDS)
        # It used to end under dbt's threads: with SIGABRT one time in three, else as a failure.
        assert (done.returncode, done.stderr.splitlines()[-1]) == (1, "Aborted!"), done.stderr
    assert not status.read(layout, status.REFRESH).is_failing
    assert jobmaal(layout, "refresh", "--force").returncode == 0
