"""How the landing's files are named, so that whether anything new has landed is known without reading one.

Belongs here: the endings, and finding files by them. Imports next to nothing: every refresh asks, most of them only to
find that nothing is new. Does not: what is in the files (`landing`).
"""

import os
from collections.abc import Iterator
from pathlib import Path

#: The folder in the landing of what did not enter.
QUARANTINE = "_quarantine"
BODY, SIDECAR = ".json.gz", ".request.json"


def sidecars(landing: Path, table_id: str | None = None) -> Iterator[str]:
    """Yield the sidecars of what has landed, of one table or of all, relative to the landing."""
    if not landing.is_dir():
        return
    folders = [table_id] if table_id else [entry.name for entry in os.scandir(landing) if entry.name != QUARANTINE]
    for folder in folders:
        if (landing / folder).is_dir():
            yield from (
                f"{folder}/{entry.name}" for entry in os.scandir(landing / folder) if entry.name.endswith(SIDECAR)
            )


def data_names(landing: Path) -> list[str]:
    """Return the name of every landed data response: enough to see whether there are new ones."""
    return sorted(name for name in sidecars(landing) if name.endswith(f".data{SIDECAR}"))
