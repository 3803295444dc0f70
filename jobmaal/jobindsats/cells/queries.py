"""The SQL of the steps, which stands in the folder `sql`: a file per query, named after what it selects.

Belongs here: filling in what a query cannot know before it is run, such as the columns of a response. Does not: running
queries, which each step does with its own.
"""

from __future__ import annotations

import functools
from pathlib import Path

_FOLDER = Path(__file__).with_name("sql")


def query(name: str, **values: object) -> str:
    """Return a query; each word in braces is replaced by the value of that name."""
    return _text(name).format(**values)


@functools.cache
def _text(name: str) -> str:
    return (_FOLDER / f"{name}.sql").read_text(encoding="utf-8")
