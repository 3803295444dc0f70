"""The landing: that what has landed is there whole and for good, and nothing else is.

Belongs here: `jobmaal.jobindsats.landing`. Does not: judging responses (`test_response`), fetching them
(`test_fetch`), reading their cells (`test_cells`).
"""

import datetime as dt
import gzip
import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from jobmaal.core import files as durable
from jobmaal.core.layout import Layout
from jobmaal.jobindsats.landing import CALENDAR_ID, DAYS_KEPT_ASIDE, DamagedResponseError, Landing, Origin
from jobmaal.jobindsats.names import data_names
from jobmaal.jobindsats.response import Shape

NOW = dt.datetime(2026, 11, 22, 9, 30, 0, 250_000, tzinfo=dt.UTC)
BODY = b'\xef\xbb\xbf{"columns": ["Periode", "Omr\xc3\xa5de", "K\xc3\xb8n", "Antal"], "rows": []}'
SHAPE = Shape(("Periode", "Område", "Køn", "Antal", "I pct."), 1, 30)
ORIGIN = Origin("y25i01", "data", NOW, "api", "/data/y25i01?mgroup.*=*", 200, "abc-0", 1, 1, "f" * 64)


@pytest.fixture
def landing(tmp_path: Path) -> Landing:
    """Return a landing in which nothing has landed."""
    return Landing(Layout(tmp_path / "seeds", tmp_path / "data"))


def files(landing: Landing) -> dict[str, bytes]:
    """Return every file of the landing."""
    return {str(p.relative_to(landing.folder)): p.read_bytes() for p in landing.folder.rglob("*") if p.is_file()}


def days_ago(days: float, **origin: Any) -> Origin:
    """Return the origin of a response of a number of days ago."""
    return replace(ORIGIN, retrieved_at=NOW - dt.timedelta(days=days), **origin)


# --- landing --------------------------------------------------------------------------------------------


def test_a_response_lands_as_a_packed_body_and_a_sidecar_under_its_time_and_sha256(landing: Landing) -> None:
    landed, is_new = landing.land(ORIGIN, BODY, SHAPE)
    stem = f"20261122T093000250000Z-{hashlib.sha256(BODY).hexdigest()[:8]}"
    assert sorted(files(landing)) == [f"y25i01/{stem}.data.json.gz", f"y25i01/{stem}.data.request.json"]
    packed, sidecar = (files(landing)[name] for name in sorted(files(landing)))
    assert is_new
    assert gzip.decompress(packed) == landed.read() == BODY
    # Packed without a time, so that the same body gives the same bytes on any day.
    assert packed[4:8] == bytes(4)
    content = json.loads(sidecar)
    # What `test_integrity` finds every changed byte by.
    assert next(iter(content)) == "sidecar_sha256"
    del content["sidecar_sha256"]
    assert content == {
        "table_id": "y25i01",
        "kind": "data",
        "retrieved_at": "2026-11-22T09:30:00.250000+00:00",
        "source": "api",
        "request": "/data/y25i01?mgroup.*=*",
        "status": 200,
        "delivery": "abc-0",
        "part": 1,
        "parts": 1,
        "metadata_sha256": "f" * 64,
        "sha256": hashlib.sha256(BODY).hexdigest(),
        "file_sha256": hashlib.sha256(packed).hexdigest(),
        "size": len(BODY),
        "columns": ["Periode", "Område", "Køn", "Antal", "I pct."],
        "dimensions": 1,
        "rows": 30,
    }


def test_what_landed_is_found_again_as_it_was_told(landing: Landing) -> None:
    landed, _ = landing.land(ORIGIN, BODY, SHAPE)
    assert landing.responses() == landing.responses("y25i01") == landing.whole_data() == [landed]
    assert data_names(landing.folder) == [landed.name.replace(".json.gz", ".request.json")]
    assert landed.source_ref == f"jobindsats:y25i01/{landed.stem}"
    assert landed.cells == 60


def test_the_time_of_retrieval_is_kept_in_utc_whatever_the_clock_told(landing: Landing) -> None:
    danish = replace(ORIGIN, retrieved_at=NOW.astimezone(dt.timezone(dt.timedelta(hours=2))))
    assert landing.land(danish, BODY)[0].stem.startswith("20261122T0930")
    assert not landing.land(ORIGIN, BODY)[1]


def test_the_very_same_response_lands_once(landing: Landing) -> None:
    landed, _ = landing.land(ORIGIN, BODY, SHAPE)
    before = files(landing)
    assert landing.land(ORIGIN, BODY, SHAPE) == (landed, False)
    assert files(landing) == before


@pytest.mark.parametrize(
    ("origin", "body"),
    [
        pytest.param(ORIGIN, BODY + b" ", id="other content"),
        pytest.param(replace(ORIGIN, retrieved_at=NOW + dt.timedelta(microseconds=1)), BODY, id="another time"),
        pytest.param(replace(ORIGIN, kind="table"), BODY, id="another kind"),
        pytest.param(replace(ORIGIN, table_id="y25i03"), BODY, id="another table"),
    ],
)
def test_another_response_lands_beside_it(landing: Landing, origin: Origin, body: bytes) -> None:
    first, _ = landing.land(ORIGIN, BODY)
    before = files(landing)
    other, is_new = landing.land(origin, body)
    assert is_new
    assert set(landing.responses()) == {first, other}
    assert before.items() < files(landing).items()


def test_nobody_can_write_into_what_has_landed(landing: Landing) -> None:
    landing.land(ORIGIN, BODY, SHAPE)
    landing.quarantine(ORIGIN, b"Adgang forbudt", "is no JSON")
    modes = {path.stat().st_mode & 0o777 for path in landing.folder.rglob("*") if path.is_file()}
    assert modes == {0o444}


def test_a_landing_without_responses_is_empty_and_makes_no_folder(landing: Landing) -> None:
    assert landing.responses() == data_names(landing.folder) == landing.prune(NOW) == []
    assert landing.whole_deliveries() == {}
    assert landing.newest("y25i01", "data") is None
    assert not landing.folder.exists()


def test_what_lies_in_the_landing_without_belonging_there_is_passed_over(landing: Landing) -> None:
    landed, _ = landing.land(ORIGIN, BODY)
    (landing.folder / "notes.txt").write_text("mine", encoding="utf-8")
    (landed.body.parent / "a copy.json.gz").write_bytes(b"")
    assert landing.responses() == [landed]


# --- finding --------------------------------------------------------------------------------------------


def test_responses_come_in_the_order_of_their_retrieval_whenever_they_landed(landing: Landing) -> None:
    for days, table_id in ((1, "b"), (3, "a"), (2, "c"), (1, "a")):
        landing.land(days_ago(days, table_id=table_id), BODY)
    assert [response.table_id for response in landing.responses()] == ["a", "c", "a", "b"]
    assert [response.retrieved_at for response in landing.responses("a")] == [
        NOW - dt.timedelta(days=d) for d in (3, 1)
    ]


def test_the_newest_reply_of_a_kind_is_of_that_kind_and_table(landing: Landing) -> None:
    for days, table_id, kind in ((5, "a", "table"), (4, "a", "table"), (3, "a", "data"), (2, "b", "table")):
        landing.land(days_ago(days, table_id=table_id, kind=kind), BODY)
    landing.land(days_ago(1, table_id=CALENDAR_ID, kind="calendar"), BODY)
    newest = landing.newest("a", "table")
    assert newest is not None
    assert newest.retrieved_at == NOW - dt.timedelta(days=4)
    calendar = landing.newest(CALENDAR_ID, "calendar")
    assert calendar is not None
    assert calendar.retrieved_at == NOW - dt.timedelta(days=1)
    assert landing.newest("b", "data") is None


def test_a_delivery_is_whole_once_every_part_has_landed(landing: Landing) -> None:
    parts = [replace(days_ago(3 - part / 10), delivery="d", part=part, parts=3) for part in (3, 1, 2)]
    for part in parts[:2]:
        landing.land(part, BODY)
    landing.land(replace(parts[1], table_id="y25i03", part=2), BODY)
    landing.land(days_ago(2.5, table_id="y25i03", delivery="e"), BODY)
    assert list(landing.whole_deliveries()) == [("y25i03", "e")]
    assert [response.part for response in landing.parts_of("y25i01", "d")] == [1, 3]
    landing.land(parts[2], BODY)
    assert [response.part for response in landing.whole_deliveries()["y25i01", "d"]] == [1, 2, 3]
    assert [(r.table_id, r.part) for r in landing.whole_data()] == [
        ("y25i01", 1), ("y25i01", 2), ("y25i01", 3), ("y25i03", 1),
    ]  # fmt: skip
    assert landing.whole_deliveries("y14d03") == {}


def test_descriptions_and_the_calendar_are_no_deliveries(landing: Landing) -> None:
    landing.land(replace(ORIGIN, kind="table", delivery=""), BODY)
    landing.land(replace(ORIGIN, table_id=CALENDAR_ID, kind="calendar", delivery=""), BODY)
    assert len(landing.responses()) == 2
    assert landing.whole_data() == data_names(landing.folder) == []


# --- damage ---------------------------------------------------------------------------------------------


def spoil(path: Path, content: bytes) -> None:
    """Write over a landed file, as nobody should."""
    path.chmod(0o644)
    path.write_bytes(content)


@pytest.mark.parametrize(
    "content", [b"", b"something else", gzip.compress(BODY + b" ", mtime=0), gzip.compress(BODY, 1, mtime=0)]
)
def test_a_body_that_was_changed_is_told_by_its_sha256(landing: Landing, content: bytes) -> None:
    landed, _ = landing.land(ORIGIN, BODY)
    spoil(landed.body, content)
    for read in (landed.verify, landed.read):
        with pytest.raises(DamagedResponseError) as error:
            read()
        assert str(landed.body) in str(error.value)
        assert "landed on 2026-11-22 09:30 UTC: its sha256 differs" in str(error.value)


def test_a_body_that_is_gone_is_told_in_the_same_way(landing: Landing) -> None:
    landed, _ = landing.land(ORIGIN, BODY)
    landed.body.unlink()
    with pytest.raises(DamagedResponseError, match="it is gone"):
        landing.responses()[0].read()


@pytest.mark.parametrize(
    "content",
    [
        b"", b"{", b"[]", b"{}", b"\xff", b'{"retrieved_at": "yesterday"}',
        b'{"retrieved_at": "2026-11-22T09:30:00+00:00", "columns": [], "unknown": 1}',
        b'{"retrieved_at": "2026-11-22T09:30:00+00:00", "columns": []}',
    ],
)  # fmt: skip
def test_a_sidecar_that_cannot_be_read_is_told_and_not_passed_over(landing: Landing, content: bytes) -> None:
    landed, _ = landing.land(ORIGIN, BODY)
    sidecar = landed.body.with_name(landed.body.name.replace(".json.gz", ".request.json"))
    spoil(sidecar, content)
    with pytest.raises(DamagedResponseError) as error:
        landing.responses()
    assert str(error.value) == f"{sidecar} cannot be read as the sidecar of a landed response. Restore it."


# --- being cut off --------------------------------------------------------------------------------------


class Killed(BaseException):
    """The process ends here."""


def test_a_body_whose_sidecar_was_never_written_has_not_landed_and_lands_when_it_comes_again(
    landing: Landing, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = durable.write

    def write_bodies_alone(path: Path, content: bytes, **how: bool) -> None:
        if path.name.endswith(".request.json"):
            raise Killed
        write(path, content, **how)

    with monkeypatch.context() as patch:
        patch.setattr(durable, "write", write_bodies_alone)
        with pytest.raises(Killed):
            landing.land(ORIGIN, BODY, SHAPE)
    assert [name.endswith(".data.json.gz") for name in files(landing)] == [True]
    assert landing.responses() == data_names(landing.folder) == []
    landed, is_new = landing.land(ORIGIN, BODY, SHAPE)
    assert is_new
    assert landing.responses() == [landed]
    assert landed.read() == BODY


@pytest.mark.parametrize("at", ["write_bytes", "replace", "chmod"])
@pytest.mark.parametrize("failing", [1, 2])
def test_a_disk_that_is_full_leaves_nothing_half_written(
    landing: Landing, monkeypatch: pytest.MonkeyPatch, at: str, failing: int
) -> None:
    there, _ = landing.land(days_ago(1), BODY)
    done = getattr(Path, at)
    calls = []

    def fail(path: Path, *arguments: Any) -> Any:
        calls.append(path)
        if len(calls) == failing:
            if at == "write_bytes":
                done(path, b"half of it")
            raise OSError(28, "No space left on device")
        return done(path, *arguments)

    with monkeypatch.context() as patch:
        patch.setattr(Path, at, fail)
        with pytest.raises(OSError, match="No space left"):
            landing.land(ORIGIN, BODY)
    assert landing.responses() == [there]
    assert not [name for name in files(landing) if name.endswith(".part")]
    assert landing.land(ORIGIN, BODY)[1]


def test_the_body_is_on_disk_before_its_sidecar_is_written(landing: Landing, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[str, bool]] = []
    flush, rename = durable.flush, Path.replace
    durable.make_folder(landing.folder / ORIGIN.table_id)

    def flushed(path: Path) -> None:
        told.append(("folder" if path.is_dir() else path.name.split(".")[-3], True))
        flush(path)

    def renamed(path: Path, target: Path) -> Path:
        told.append((target.name.split(".")[-2], False))
        return rename(path, target)

    monkeypatch.setattr(durable, "flush", flushed)
    monkeypatch.setattr(Path, "replace", renamed)
    landing.land(ORIGIN, BODY)
    assert told == [
        ("json", True), ("json", False), ("folder", True), ("request", True), ("request", False), ("folder", True),
    ]  # fmt: skip


# --- aside ----------------------------------------------------------------------------------------------


def test_what_does_not_enter_is_kept_with_its_reason_and_found_by_nobody_else(landing: Landing) -> None:
    path = landing.quarantine(ORIGIN, BODY, "row 3 has 4 cells")
    assert path.parent == landing.folder / "_quarantine" / "y25i01"
    assert gzip.decompress(path.read_bytes()) == BODY
    told = json.loads(path.with_name(path.name.replace(".json.gz", ".request.json")).read_text(encoding="utf-8"))
    assert (told["reason"], told["request"]) == ("row 3 has 4 cells", "/data/y25i01?mgroup.*=*")
    assert told["sha256"] == hashlib.sha256(BODY).hexdigest()
    assert landing.responses() == landing.responses("y25i01") == data_names(landing.folder) == []
    assert landing.land(ORIGIN, BODY)[1]


def test_after_ninety_days_what_lies_aside_goes_and_what_entered_stays(landing: Landing) -> None:
    old, young = DAYS_KEPT_ASIDE + 0.001, DAYS_KEPT_ASIDE - 0.001
    kept = [
        landing.land(days_ago(4000, delivery="entered"), BODY)[0],
        landing.land(days_ago(4000, kind="table"), BODY)[0],
        landing.land(days_ago(4000, table_id=CALENDAR_ID, kind="calendar"), BODY)[0],
        *(landing.land(days_ago(400 - p, delivery="two parts", part=p, parts=2), BODY)[0] for p in (1, 2)),
        landing.land(days_ago(young, delivery="unfinished and young", part=1, parts=2), BODY)[0],
    ]
    young_aside = landing.quarantine(days_ago(young), BODY, "…")
    wanted = files(landing)
    gone = landing.land(days_ago(old, delivery="never finished", part=2, parts=2), BODY)[0]
    old_aside = landing.quarantine(days_ago(old), BODY, "…")
    half = landing.folder / "y25i01" / ".20261122T093000000000Z-00000000.data.json.gz.77.part"
    half.write_bytes(b"half of it")
    told = landing.prune(NOW)
    assert files(landing) == wanted
    assert young_aside.exists()
    names = [gone.name, str(old_aside.relative_to(landing.folder))]
    sidecars = [name.replace(".json.gz", ".request.json") for name in names]
    assert sorted(told) == sorted([*names, *sidecars, str(half.relative_to(landing.folder))])
    assert set(landing.responses()) == set(kept)
    assert landing.prune(NOW) == []


def test_a_pruning_that_is_cut_off_leaves_no_sidecar_without_its_body(
    landing: Landing, monkeypatch: pytest.MonkeyPatch
) -> None:
    landing.land(days_ago(100, part=1, parts=2), BODY)
    done, calls = Path.unlink, []

    def unlink_once(path: Path, missing_ok: bool = False) -> None:
        calls.append(path)
        if len(calls) > 1:
            raise Killed
        done(path, missing_ok=missing_ok)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", unlink_once)
        with pytest.raises(Killed):
            landing.prune(NOW)
    assert landing.responses() == []
