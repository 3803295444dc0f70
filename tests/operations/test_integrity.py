"""The landing is still what was landed: every file that is damaged, missing or added is found, and nothing else is.

Belongs here: what `jobmaal status --verify` and the look in the morning say of the landing. Does not: the release
(`test_faults`), and a night with a damaged landing (`test_nights`).
"""

import datetime as dt
import gzip
import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from jobmaal.core.build import input_name
from jobmaal.core.errors import EXIT_BROKE_DOWN, EXIT_FAILING
from jobmaal.core.layout import Layout
from jobmaal.jobindsats.landing import CALENDAR_ID, DamagedResponseError, Landed, Landing, Origin
from jobmaal.operations import integrity, status, watch
from jobmaal.releases.catalogue import current_id, manifest_text, read_manifest
from tests.helpers.input import DOC, publish_something, run, write_seeds

AT = dt.datetime(2026, 8, 18, 19, 52, 29, tzinfo=dt.UTC)
ORIGIN = Origin("y01", "data", AT, "api", "/data/y01?mgroup.*=*", 200, "abc-0")
BODY = b'{"columns": ["Periode"], "rows": []}' * 40


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    """Land two tables, one with its description, and a calendar; and publish a release that was made of them."""
    made = write_seeds(tmp_path, {DOC: {}})
    landing = Landing(made)
    table, _ = landing.land(replace(ORIGIN, kind="table", delivery=""), b'{"table_id": "y01"}')
    responses = [
        landing.land(replace(ORIGIN, metadata_sha256=table.sha256), BODY)[0],
        landing.land(replace(ORIGIN, table_id="y02", part=1, parts=2), BODY + b" ")[0],
        landing.land(replace(ORIGIN, table_id="y02", part=2, parts=2), BODY + b"  ")[0],
    ]
    landing.land(replace(ORIGIN, table_id=CALENDAR_ID, kind="calendar", delivery=""), b"[]")
    landing.quarantine(ORIGIN, b"nothing", "is no JSON")
    publish_something(made)
    publish(made, responses)
    return made


def publish(layout: Layout, responses: list[Landed]) -> None:
    """Let the release be one that was made of these."""
    manifest = {
        "build_id": current_id(layout), "built_at": dt.datetime.now(dt.UTC).isoformat(), "contract": 1,
        "input_sha256": "", "outputs": {}, "changes": {}, "checks": [], "rows": {},
        "inputs": {input_name(response.name): response.sha256 for response in responses},
    }  # fmt: skip
    (layout.current / "manifest.json").write_text(manifest_text(manifest), encoding="utf-8")
    for path in (layout.releases / str(current_id(layout))).rglob("*"):
        if path.is_file() and path.name != "manifest.json":
            path.unlink()


def landed_files(layout: Layout) -> list[Path]:
    """Return every file of what has landed."""
    return sorted(p for p in layout.landing.rglob("*.json*") if "_quarantine" not in p.parts)


def spoil(path: Path, content: bytes) -> None:
    """Write over a landed file, as nobody should."""
    path.chmod(0o644)
    path.write_bytes(content)


def test_a_landing_as_it_was_landed_is_in_order(layout: Layout) -> None:
    assert integrity.damages(layout) == []
    result = run(layout, "status", "--verify")
    assert "Landing    all as landed" in result.output
    assert "Files      all as published" in result.output


def test_a_landing_that_is_not_there_is_in_order(tmp_path: Path) -> None:
    assert integrity.damages(Layout(tmp_path / "seeds", tmp_path / "data")) == []


def flipped(path: Path, whole: bytes) -> Iterator[bytes]:
    """Yield the content of a file with one bit of it flipped."""
    for at in range(0, len(whole), 7 if path.name.endswith(".request.json") else 3):
        for bit in (1, 0x20, 0x80):
            yield whole[:at] + bytes([whole[at] ^ bit]) + whole[at + 1 :]


def cut_off_or_lengthened(_: Path, whole: bytes) -> Iterator[bytes]:
    """Yield the content of a file with something missing at its end, or added there."""
    yield from (b"", whole[:-1], whole[: len(whole) // 2], whole + b"\n", whole + b"\0", whole * 2)


@pytest.mark.parametrize(("spoilt", "at_least"), [(flipped, 1000), (cut_off_or_lengthened, 50)])
def test_every_file_whose_content_changed_is_found_and_named(
    layout: Layout, spoilt: Callable[[Path, bytes], Iterator[bytes]], at_least: int
) -> None:
    tried = 0
    for path in landed_files(layout):
        whole, name = path.read_bytes(), str(path.relative_to(layout.landing))
        for content in spoilt(path, whole):
            spoil(path, content)
            assert f"{name}: its content is not what was landed" in integrity.damages(layout), (name, content)
            tried += 1
        spoil(path, whole)
    assert tried > at_least
    assert integrity.damages(layout) == []


def test_a_body_that_is_gone_is_found(layout: Layout) -> None:
    for path in landed_files(layout):
        if path.name.endswith(".json.gz"):
            whole = path.read_bytes()
            path.unlink()
            assert f"{path.relative_to(layout.landing)}: missing" in ", ".join(integrity.damages(layout))
            path.write_bytes(whole)


def test_a_response_of_the_release_that_is_gone_is_found_with_its_sidecar_or_without(layout: Layout) -> None:
    first, *_ = (response for response in Landing(layout).responses("y02"))
    first.sidecar.unlink()
    expected = f"{first.name}: its .request.json is missing, and the current release was made of it"
    assert integrity.damages(layout) == [expected]
    first.body.unlink()
    assert integrity.damages(layout) == [f"{first.name}: missing, and the current release was made of it"]
    shutil.rmtree(layout.landing)
    assert len(integrity.damages(layout)) == 3


def test_a_description_that_is_gone_is_found(layout: Layout) -> None:
    [table] = (response for response in Landing(layout).responses("y01") if response.kind == "table")
    table.body.unlink()
    table.sidecar.unlink()
    [damage] = integrity.damages(layout)
    assert damage.endswith(": the description of y01 that it landed under is missing")


@pytest.mark.parametrize(
    "name", ["notes.txt", "y01/a copy.json.gz", "y01/.hidden", "y09/2026.json", "y01/inner/x.request.json.bak"]
)
def test_a_file_that_was_added_is_found(layout: Layout, name: str) -> None:
    (layout.landing / name).parent.mkdir(parents=True, exist_ok=True)
    (layout.landing / name).write_bytes(b"something")
    assert integrity.damages(layout) == [f"{name}: was not landed by jobmaal"]


def test_a_response_that_was_copied_to_another_name_or_table_is_found(layout: Layout) -> None:
    response = Landing(layout).responses("y02")[0]
    other = replace(response, stem="20260901T000000000000Z" + response.stem[-9:])
    elsewhere = replace(response, folder=layout.landing / "y03")
    elsewhere.folder.mkdir()
    for copy in (other, elsewhere):
        shutil.copy(response.body, copy.body)
        shutil.copy(response.sidecar, copy.sidecar)
    expected = [str(copy.sidecar.relative_to(layout.landing)) for copy in (other, elsewhere)]
    assert integrity.damages(layout) == [f"{name}: was landed by another name" for name in expected]


def test_links_pipes_and_folders_in_place_of_files_are_found_without_waiting(layout: Layout, tmp_path: Path) -> None:
    one, two, three = (path for path in landed_files(layout) if path.name.endswith(".data.json.gz"))
    shutil.move(one, tmp_path / "moved")
    one.symlink_to(tmp_path / "moved")
    two.unlink()
    os.mkfifo(two)
    three.unlink()
    three.mkdir()
    (layout.landing / "linked").symlink_to(tmp_path)
    names = [str(path.relative_to(layout.landing)) for path in (one, two, three)]
    assert integrity.damages(layout) == [
        "linked: was not landed by jobmaal", *(f"{name}: is no regular file" for name in names),
    ]  # fmt: skip


def test_a_sidecar_that_is_no_file_is_found(layout: Layout) -> None:
    response = Landing(layout).responses("y01")[0]
    for content in (b"[" * 100_000, b"1", b'"a"', b"null", b"{}", b"\xff"):
        spoil(response.sidecar, content)
        assert integrity.damages(layout)[0].endswith("its content is not what was landed")
        with pytest.raises(DamagedResponseError):
            Landing(layout).responses()
    response.sidecar.unlink()
    response.sidecar.mkdir()
    assert integrity.damages(layout)[0].endswith("its content is not what was landed")


def test_what_a_landing_that_was_cut_off_leaves_is_no_damage(layout: Layout) -> None:
    late = replace(ORIGIN, retrieved_at=AT + dt.timedelta(days=1))
    landed, _ = Landing(layout).land(late, BODY)
    landed.sidecar.unlink()
    (landed.folder / f".{landed.body.name}.77.part").write_bytes(b"half of it")
    assert integrity.damages(layout) == []
    spoil(landed.body, gzip.compress(b"something else"))
    assert integrity.damages(layout) == [f"{landed.name}: was not landed by jobmaal"]


def test_sidecars_from_before_they_had_a_fingerprint_are_read(layout: Layout) -> None:
    for response in Landing(layout).responses():
        content = json.loads(response.sidecar.read_text(encoding="utf-8"))
        assert next(iter(content)) == "sidecar_sha256"
        del content["sidecar_sha256"]
        spoil(response.sidecar, (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode())
    assert integrity.damages(layout) == []


# --- who is alerted ------------------------------------------------------------------------------------------


def test_status_names_each_damaged_file_and_what_to_do(layout: Layout) -> None:
    body, sidecar = Landing(layout).responses("y02")[0].body, Landing(layout).responses("y01")[0].sidecar
    for path in (body, sidecar):
        spoil(path, path.read_bytes()[:-2])
    result = run(layout, "status", "--verify")
    assert result.exit_code == EXIT_BROKE_DOWN
    for path in (body, sidecar):
        expected = f"Landing    DAMAGED: {path.relative_to(layout.landing)}: its content is not what was landed"
        assert expected in result.output
    assert f"Fix        {integrity.ADVICE}" in result.output
    for_programs = run(layout, "status", "--verify", "--json")
    assert for_programs.exit_code == EXIT_BROKE_DOWN
    assert len(json.loads(for_programs.stdout)["landing_damages"]) == 2
    assert json.loads(run(layout, "status", "--json").stdout)["landing_damages"] is None


def test_the_look_in_the_morning_finds_it_and_status_shows_it_from_then_on(layout: Layout) -> None:
    body = Landing(layout).responses("y02")[0].body
    spoil(body, b"")
    [outcome] = (o for o in watch.look(layout, dt.datetime.now(dt.UTC)) if o.name == watch.LANDED)
    assert not outcome.holds
    assert f"y02/{body.name}: its content is not what was landed" in outcome.observed
    assert integrity.ADVICE in outcome.observed
    assert watch.LANDED in status.read(layout, status.RELEASE).red
    result = run(layout, "status")
    assert result.exit_code == EXIT_FAILING
    assert "the landing is still what was landed" in result.output
    assert read_manifest(layout, str(current_id(layout)))["inputs"]
