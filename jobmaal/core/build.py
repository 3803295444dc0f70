"""What a build knows of itself. Nothing else belongs here."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from jobmaal.core.municipality import MUNICIPALITY

#: The version of the code, as pyproject.toml has it.
VERSION = "0.1.0"
#: The promise to those outside, as docs/warehouse.md numbers it.
CONTRACT = 1
_LANDING = "landing/"


@dataclass(frozen=True)
class Build:
    """A build: its id, when it began, the revision of the code (blank: unknown), and its input's fingerprints.

    `inputs` gives the sha256 of every input table and of every landed response that the build is made of, by name;
    `has_synthetic` says whether any of these responses is made up; `reading_sha256` is of what decides, besides
    responses, which values are stored; `continues` names the release that it begins with, blank where it reads all;
    `municipality` is whose release it is.
    """

    build_id: str
    built_at: dt.datetime
    git_revision: str
    input_sha256: str
    inputs: Mapping[str, str]
    has_synthetic: bool = False
    reading_sha256: str = ""
    continues: str = ""
    municipality: str = MUNICIPALITY


def input_name(response: str) -> str:
    """Return a landed response's name among the inputs."""
    return _LANDING + response


def responses_of(inputs: Iterable[str]) -> set[str]:
    """Return the landed responses among inputs, by their own names."""
    return {name.removeprefix(_LANDING) for name in inputs if name.startswith(_LANDING)}
