"""What a build knows of itself. Nothing else belongs here."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

#: The promise to those outside, as docs/warehouse.md numbers it.
CONTRACT = 1


@dataclass(frozen=True)
class Build:
    """A build: its id, when it began, the revision of the code (blank: unknown), and its input's fingerprints.

    `inputs` gives the sha256 of every input table and of every landed reply that the build is made of, by name;
    `has_synthetic` says whether any of these replies is made up; `continues` names the release whose tables it begins
    with, blank where it reads all replies.
    """

    build_id: str
    built_at: dt.datetime
    git_revision: str
    input_sha256: str
    inputs: Mapping[str, str]
    has_synthetic: bool = False
    continues: str = ""
