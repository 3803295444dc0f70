"""The landing: every response of the publisher as it came, under `data/landing`.

Belongs here: writing, finding and reading landed responses, quarantine, retention. Does not: judging responses
(`response`), asking for them (`fetch`), or reading their cells (`cells`).

A response is two files of one stem, `<retrieved at>-<first digits of its sha256>`: the compressed body, and then,
once that is on disk, a sidecar that says what was asked and what came. A body without its sidecar is not landed.
Both are written whole, are on the disk before the next thing is done (`durable`), and never change. What has entered
is kept for ever, since no one else keeps the publisher's past; what was quarantined, and deliveries that were never
completed, go after 90 days.
"""

import datetime as dt
import gzip
import hashlib
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from jobmaal.core import files, sealed
from jobmaal.core.errors import EXIT_FETCH_FAILED, JobmaalError
from jobmaal.core.layout import Layout
from jobmaal.core.masking import masked
from jobmaal.jobindsats.names import BODY, QUARANTINE, SIDECAR, sidecars
from jobmaal.jobindsats.response import Shape

#: What the response of `/tables` lies under.
CALENDAR_ID = "_tables"
#: The source of responses that were made up.
SYNTHETIC = "synthetic"
DAYS_KEPT_ASIDE = 90
_STEM_TIME = "%Y%m%dT%H%M%S%fZ"
#: The fingerprint of a sidecar stands in it, before everything else; those made before there was one begin otherwise.
_SEAL, _FIRST_KEY_BEFORE = "sidecar_sha256", "table_id"


class DamagedResponseError(JobmaalError):
    """A landed file is no longer what was landed."""


class TimeToComeError(JobmaalError):
    """A response is of a future time, so that nothing that lands now could ever follow it."""

    exit_code = EXIT_FETCH_FAILED


@dataclass(frozen=True)
class Origin:
    """Where a response came from: `kind` is data, table or calendar; `source` is api, folder or synthetic.

    `request` is what was asked, for people. A delivery is all the responses that answer one plan, numbered 1 to
    `parts`; `metadata_sha256` names the table's description in force when the data came, blank where there was none.
    """

    table_id: str
    kind: str
    retrieved_at: dt.datetime
    source: str
    request: str
    status: int
    delivery: str = ""
    part: int = 1
    parts: int = 1
    metadata_sha256: str = ""


@dataclass(frozen=True)
class Landed(Origin):
    """A response in the landing.

    `sha256` and `size` (bytes) are of the body as it came, `file_sha256` is of the compressed file. `repeated` counts
    the rows that repeat another one, `accepted` names the rules that it breaks and a reviewer let pass.
    """

    folder: Path = Path()
    stem: str = ""
    sha256: str = ""
    file_sha256: str = ""
    size: int = 0
    columns: tuple[str, ...] = ()
    dimensions: int = 0
    rows: int = 0
    repeated: int = 0
    accepted: tuple[str, ...] = ()

    @property
    def body(self) -> Path:
        """The compressed body."""
        return self.folder / f"{self.stem}.{self.kind}{BODY}"

    @property
    def sidecar(self) -> Path:
        """What was asked and what came."""
        return self.folder / f"{self.stem}.{self.kind}{SIDECAR}"

    @property
    def name(self) -> str:
        """The body's file, as seen from the landing."""
        return f"{self.table_id}/{self.body.name}"

    @property
    def source_ref(self) -> str:
        """What rows of the warehouse that came from this response name."""
        return f"jobindsats:{self.table_id}/{self.stem}"

    @property
    def cells(self) -> int:
        """How many values the response has."""
        return (self.rows - self.repeated) * max(len(self.columns) - 2 - self.dimensions, 0)

    def verify(self) -> None:
        """Check the file against its sha256. Raises DamagedResponseError."""
        try:
            with self.body.open("rb") as file:
                is_whole = hashlib.file_digest(file, "sha256").hexdigest() == self.file_sha256
        except FileNotFoundError:
            is_whole = False
        if not is_whole:
            raise DamagedResponseError(
                f"{self.body} is not what was landed on {self.retrieved_at:%Y-%m-%d %H:%M} UTC: its sha256 differs, or "
                "it is gone. Restore it from a backup; or remove it with its .request.json and fetch the table again, "
                "which cannot bring back what the publisher has revised since."
            )

    def read(self) -> bytes:
        """Return the body as it came. Raises DamagedResponseError."""
        self.verify()
        return gzip.decompress(self.body.read_bytes())


class Landing:
    """The landing of a data folder."""

    def __init__(self, layout: Layout) -> None:
        """Nothing is made before the first response is landed."""
        self.layout, self.folder = layout, layout.landing
        self._may_be_made_up = layout.is_demo

    def land(self, origin: Origin, body: bytes, shape: Shape | None = None) -> tuple[Landed, bool]:
        """Keep a response; return it, and whether it is new: the very same response of the same time is kept once."""
        sha256 = hashlib.sha256(body).hexdigest()
        folder, stem = self.folder / origin.table_id, stem_of(origin, sha256)
        sidecar = folder / f"{stem}.{origin.kind}{SIDECAR}"
        if sidecar.exists():
            return read_sidecar(sidecar), False
        packed = gzip.compress(body, compresslevel=6, mtime=0)
        landed = Landed(
            **asdict(origin), folder=folder, stem=stem, sha256=sha256, size=len(body),
            file_sha256=hashlib.sha256(packed).hexdigest(), **(asdict(shape) if shape else {}),
        )  # fmt: skip
        files.write(landed.body, packed, is_final=True)
        files.write(sidecar, _sidecar(landed), is_final=True)
        return landed, True

    def quarantine(self, origin: Origin, body: bytes, reason: str, rules: Sequence[str] = ()) -> Path:
        """Keep a refused response, with the reason and the rules that a review can waive; return its file."""
        sha256 = hashlib.sha256(body).hexdigest()
        folder = self.folder / QUARANTINE / origin.table_id
        path = folder / f"{stem_of(origin, sha256)}.{origin.kind}{BODY}"
        files.write(path, gzip.compress(body, compresslevel=6, mtime=0), is_final=True)
        content = {**_content(origin), "sha256": sha256, "size": len(body), "reason": masked(reason)}
        content |= {"rules": list(rules)} if rules else {}
        files.write(path.with_name(path.name.removesuffix(BODY) + SIDECAR), _json(content), is_final=True)
        return path

    def responses(self, table_id: str | None = None) -> list[Landed]:
        """Return what has landed, of one table or of all, oldest first."""
        found = (read_sidecar(self.folder / name) for name in sidecars(self.folder, table_id))
        return sorted(found, key=_in_time)

    def newest(self, table_id: str, kind: str) -> Landed | None:
        """Return the newest response of a kind."""
        return next((r for r in reversed(self.responses(table_id)) if r.kind == kind), None)

    def whole_deliveries(self, table_id: str | None = None) -> dict[tuple[str, str], list[Landed]]:
        """Return each complete delivery, by table and id, in the order of their first responses."""
        deliveries: dict[tuple[str, str], list[Landed]] = defaultdict(list)
        for response in self.responses(table_id):
            if response.kind == "data":
                deliveries[response.table_id, response.delivery].append(response)
        return {key: parts for key, parts in deliveries.items() if {p.part for p in parts} >= _all_parts(parts)}

    def whole_data(self) -> list[Landed]:
        """Return the data responses of all complete deliveries, oldest first: what a build reads.

        Raises JobmaalError where one of them is made up and this is no demo, DamagedResponseError for a spoilt sidecar.
        """
        responses = sorted((part for parts in self.whole_deliveries().values() for part in parts), key=_in_time)
        if not self._may_be_made_up and any(response.source == SYNTHETIC for response in responses):
            raise JobmaalError(f"{self.folder} holds made-up responses, which belong in the demo alone. Remove them.")
        return responses

    def parts_of(self, table_id: str, delivery: str) -> list[Landed]:
        """Return the landed parts of a delivery, whole or not."""
        return [r for r in self.responses(table_id) if r.kind == "data" and r.delivery == delivery]

    def refuse_time_to_come(self, table_id: str, now: dt.datetime) -> None:
        """Raise TimeToComeError where a response of a table was retrieved after now: values are ordered by that."""
        late = next((response for response in self.responses(table_id) if response.retrieved_at > now), None)
        if late is not None:
            raise TimeToComeError(
                f"{late.body} landed as of {late.retrieved_at:%Y-%m-%d %H:%M} UTC, and this machine's clock says "
                f"{now:%Y-%m-%d %H:%M} UTC. What lands now would count as older than that for ever, so nothing of "
                "this table did. If the clock is wrong now, set it right. If it was wrong then, move that file and its "
                ".request.json away, and fetch again."
            )

    def prune(self, now: dt.datetime) -> list[str]:
        """Remove what has lain aside for too long: what was quarantined, and what never entered for want of the rest.

        That is a part of a delivery never completed, and a body whose sidecar was never written.
        """
        limit = f"{now - dt.timedelta(days=DAYS_KEPT_ASIDE):{_STEM_TIME}}"
        entered = self.whole_deliveries()
        kept = {
            path.name
            for response in self.responses()
            if response.kind != "data" or (response.table_id, response.delivery) in entered
            for path in (response.body, response.sidecar)
        }
        # A name begins with the time, so that names tell what is older.
        gone = [path for path in self.folder.glob("*/[0-9]*.json*") if path.name not in kept and path.name < limit]
        gone += [path for path in (self.folder / QUARANTINE).glob("*/[0-9]*.json*") if path.name < limit]
        # What a killed process left half written; pruning holds the lock, so nobody is writing.
        gone += self.folder.rglob(".*.part")
        # A sidecar goes before its body: without it there is no response.
        for path in sorted(gone, key=lambda path: not path.name.endswith(SIDECAR)):
            path.unlink(missing_ok=True)
        return [str(path.relative_to(self.folder)) for path in gone]


def _in_time(response: Landed) -> tuple[dt.datetime, str, str, str]:
    return response.retrieved_at, response.table_id, response.stem, response.kind


def _all_parts(parts: list[Landed]) -> set[int]:
    return set(range(1, parts[0].parts + 1))


def stem_of(origin: Origin, sha256: str) -> str:
    """Return what the files of a response are called, without their endings."""
    return f"{origin.retrieved_at.astimezone(dt.UTC):{_STEM_TIME}}-{sha256[:8]}"


def _content(response: Origin) -> dict[str, Any]:
    content = asdict(response)
    content["retrieved_at"] = response.retrieved_at.astimezone(dt.UTC).isoformat()
    return content


def _sidecar(response: Landed) -> bytes:
    # Where a response lies is known from where it lies; what is seldom there is written only where it is.
    left_out = {"folder", "stem", *(key for key in ("repeated", "accepted") if not getattr(response, key))}
    content = {key: value for key, value in _content(response).items() if key not in left_out}
    return (sealed.text(content, _SEAL) + "\n").encode()


def _json(content: dict[str, Any]) -> bytes:
    return (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode()


def read_sidecar(path: Path) -> Landed:
    """Return the response that a sidecar describes. Raises DamagedResponseError where it is not what was landed."""
    try:
        text = path.read_bytes().decode()
        if not text.endswith("\n"):
            raise ValueError("cut off")
        content = sealed.read(text[:-1], _SEAL, _FIRST_KEY_BEFORE)
        content["retrieved_at"] = dt.datetime.fromisoformat(content["retrieved_at"])
        content["columns"] = tuple(content["columns"])
        content["accepted"] = tuple(content.get("accepted", ()))
        stem = path.name.removesuffix(SIDECAR).rpartition(".")[0]
        return Landed(**content, folder=path.parent, stem=stem)
    except (ValueError, KeyError, TypeError, IsADirectoryError):
        raise DamagedResponseError(f"{path} cannot be read as the sidecar of a landed response. Restore it.") from None
