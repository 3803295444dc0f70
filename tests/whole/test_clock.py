"""Clocks that jump: the order of releases, and the time of responses, which orders their values for ever.

Belongs here: what a wrong clock must not do. Does not: what a fetch does otherwise (`test_fetch`).
"""

import datetime as dt
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from jobmaal.core.errors import EXIT_FETCH_FAILED
from jobmaal.core.layout import PROJECT, Layout
from jobmaal.jobindsats.landing import Landing, Origin
from jobmaal.releases import catalogue
from jobmaal.releases.catalogue import RELEASES_KEPT
from tests.conftest import COMMAND, Published, copy_of, environment_of, jobmaal
from tests.helpers.fetching import TOKEN, configure, names_of, served
from tests.helpers.input import DOC, run, write_seeds
from tests.helpers.v3_server import V3Server
from torture import ground

PAST, FUTURE = "2019-03-04 05:06:07", "2099-03-04 05:06:07"
#: Publishes a copy of a model as another release.
_PUBLISH = """
import sys
from pathlib import Path
from jobmaal.core.layout import Layout
from torture import ground
layout, model = Layout.from_environment(), ground.read_model(Path(sys.argv[1]))
ground.publish_copy(layout, model, ground.new_build(layout, model))
"""
#: With the clock that times waiting left alone, libfaketime 0.9.10 refuses the way in which Python sleeps.
_SLEEP = """
import select
import time
time.sleep = lambda seconds: select.select([], [], [], seconds) and None
"""


# --- the order of releases ------------------------------------------------------------------------------


def test_a_new_id_is_of_its_time_and_later_than_every_release_there_is(tmp_path: Path) -> None:
    layout, now = Layout(tmp_path, tmp_path), dt.datetime(2026, 1, 2, 3, 4, 5, 678901, dt.UTC)
    assert catalogue.new_id(layout, now, "0123abcd" * 8) == "20260102T030405678901Z-0123abcd"
    for there in ("20990304T050607000000Z-ffffffff", "20990304T050607Z-ffffffff"):
        (layout.releases / there).mkdir(parents=True)
        for at in (now, now.replace(year=2019), now.replace(year=2099, month=3, day=4, hour=5, minute=6, second=7)):
            made = catalogue.new_id(layout, at, "0123abcd" * 8)
            assert made > there
            (layout.releases / made).mkdir()
            assert catalogue.build_ids(layout)[-1] == made
            (layout.releases / made).rmdir()


def faked(layout: Layout, time: str, *command: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a command by another clock."""
    tool = shutil.which("faketime")
    if tool is None:
        pytest.skip("there is no faketime here to set a clock with (Debian: apt-get install faketime)")
    site = layout.seeds.parent / "site"
    site.mkdir(exist_ok=True)
    (site / "sitecustomize.py").write_text(_SLEEP, encoding="utf-8")
    wanted = environment_of(layout) | {"PYTHONPATH": f"{site}{os.pathsep}{PROJECT}", "TZ": "UTC", **variables}
    wanted["FAKETIME_DONT_FAKE_MONOTONIC"] = "1"
    return subprocess.run(
        [tool, "-f", f"@{time}", *command], env=wanted, cwd=layout.seeds.parent, capture_output=True, text=True,
        check=False, timeout=600,
    )  # fmt: skip


@pytest.mark.slow
def test_a_clock_that_jumps_breaks_neither_the_order_of_releases_nor_rolling_back_nor_retiring(
    published: Published, model_folder: Path, tmp_path: Path
) -> None:
    layout = copy_of(published.layout, tmp_path)
    ids, years = catalogue.build_ids(layout), []
    for time in (PAST, FUTURE, PAST):
        done = faked(layout, time, sys.executable, "-c", _PUBLISH, str(model_folder))
        assert done.returncode == 0, done.stderr
        ids.append(str(catalogue.current_id(layout)))
        years.append(catalogue.read_manifest(layout, ids[-1])["built_at"][:4])
    model = ground.read_model(model_folder)
    while len(ids) < RELEASES_KEPT + 2:
        ground.publish_copy(layout, model, ground.new_build(layout, model))
        ids.append(str(catalogue.current_id(layout)))
    # The time of the clock is in the manifest; what was published first was removed first.
    assert years == ["2019", "2099", "2019"]
    assert ids == sorted(set(ids))
    assert catalogue.build_ids(layout) == ids[-RELEASES_KEPT:]
    listed = run(layout, "releases").output.splitlines()
    assert [line.split()[0] for line in listed] == ids[-RELEASES_KEPT:][::-1]
    assert f"{dt.datetime.now(dt.UTC):%Y-%m-%d}" in run(layout, "status").output
    assert catalogue.roll_back(layout, None) == ids[-2]
    assert catalogue.roll_back(layout, None) == ids[-3]


@pytest.mark.slow
def test_a_whole_refresh_succeeds_in_2099_and_the_status_shows_its_time(published: Published, tmp_path: Path) -> None:
    layout = copy_of(published.layout, tmp_path)
    was = str(catalogue.current_id(layout))
    done = faked(layout, FUTURE, str(COMMAND), "refresh", "--force")
    assert done.returncode == 0, done.stderr
    current = str(catalogue.current_id(layout))
    assert current > was
    assert "2099-03-04 05:" in run(layout, "status").output
    assert catalogue.damages(layout, current) == []
    assert catalogue.read_manifest(layout, current)["changes"] == {}


# --- the time of responses ------------------------------------------------------------------------------


@pytest.fixture
def server() -> Iterator[V3Server]:
    with V3Server({"y01": served("y01")}, token=TOKEN) as started:
        yield started


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    made = write_seeds(tmp_path, {DOC: {}})
    configure(made, "y01")
    return made


def fetch(layout: Layout, server: V3Server, *arguments: str, monkeypatch: pytest.MonkeyPatch) -> tuple[int, str]:
    for name, value in server.variables.items():
        monkeypatch.setenv(name, value)
    result = run(layout, "fetch", *arguments)
    return result.exit_code, result.output


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


@pytest.mark.parametrize("minutes", [-16, 16, 60 * 24 * 365])
def test_a_clock_that_is_not_the_publishers_lands_nothing_and_both_times_are_shown(
    layout: Layout, server: V3Server, monkeypatch: pytest.MonkeyPatch, minutes: int
) -> None:
    aside = layout.landing / "_quarantine" / "y01" / "20190101T000000000000Z-01234567.data.json.gz"
    aside.parent.mkdir(parents=True)
    aside.write_bytes(b"")
    server.date = now() + dt.timedelta(minutes=minutes)
    exit_code, output = fetch(layout, server, monkeypatch=monkeypatch)
    assert exit_code == EXIT_FETCH_FAILED
    times = re.findall(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC", output)
    assert f"{server.date:%Y-%m-%d %H:%M} UTC" == times[1]
    assert times[0] != times[1]
    assert "Set the clock right" in output
    assert names_of(layout) == []
    # By a clock in the future everything would be old enough to go.
    assert aside.exists()
    server.date = None
    assert fetch(layout, server, monkeypatch=monkeypatch)[0] == 0


@pytest.mark.parametrize(("minutes", "age"), [(-14, None), (14, None), (-120, 120 * 60), (-10, 0)])
def test_a_clock_that_is_nearly_the_publishers_or_a_response_that_a_cache_has_kept_is_no_reason_to_refuse(
    layout: Layout, server: V3Server, monkeypatch: pytest.MonkeyPatch, minutes: int, age: int | None
) -> None:
    server.date, server.age = now() + dt.timedelta(minutes=minutes), age
    assert fetch(layout, server, monkeypatch=monkeypatch)[0] == 0


@pytest.mark.parametrize("date", ["", "yesterday", "Tue, 99 Foo 2026 99:99:99 GMT"])
def test_without_a_date_that_can_be_read_nothing_is_compared(
    layout: Layout, server: V3Server, monkeypatch: pytest.MonkeyPatch, date: str
) -> None:
    server.date = date
    assert fetch(layout, server, monkeypatch=monkeypatch)[0] == 0


def test_nothing_lands_behind_a_response_of_a_future_time(
    layout: Layout, server: V3Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    landing, at = Landing(layout), now() + dt.timedelta(days=365 * 70)
    body = server.tables["y01"].response()
    late = landing.land(Origin("y01", "data", at, "api", "request", 200, delivery="late"), body)[0]
    before = names_of(layout)
    exit_code, output = fetch(layout, server, "--table", "y01", monkeypatch=monkeypatch)
    assert exit_code == EXIT_FETCH_FAILED
    for word in (str(late.body), f"{at:%Y-%m-%d %H:%M} UTC", "set it right", "move that file"):
        assert word in output
    saved = tmp_path / "saved" / "y01" / "2026-08-18T21-52-29.json"
    saved.parent.mkdir(parents=True)
    saved.write_bytes(body)
    result = run(layout, "land", str(saved.parent.parent))
    assert result.exit_code == EXIT_FETCH_FAILED
    assert str(late.body) in result.output
    assert [name for name in names_of(layout) if not name.startswith("_tables")] == before
    # As the message says.
    late.body.rename(tmp_path / late.body.name)
    late.sidecar.rename(tmp_path / late.sidecar.name)
    assert fetch(layout, server, monkeypatch=monkeypatch)[0] == 0
    assert run(layout, "land", str(saved.parent.parent)).exit_code == 0


def test_a_machine_whose_clock_shows_2099_fetches_nothing(layout: Layout, server: V3Server) -> None:
    done = faked(layout, FUTURE, str(COMMAND), "fetch", **server.variables)
    assert done.returncode == EXIT_FETCH_FAILED, done.stdout + done.stderr
    assert "2099-03-04" in done.stderr
    assert names_of(layout) == []
    assert jobmaal(layout, "fetch", **server.variables).returncode == 0
