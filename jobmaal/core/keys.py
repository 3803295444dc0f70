"""Surrogate keys: the number that stands for a natural key, the same from build to build and on every engine.

Belongs here: the formula, for code that must know a key before dbt has made it. Does not: giving out keys, which
dbt's macro `surrogate_key` does by the same formula (a test holds the two against each other).
"""

from __future__ import annotations

import hashlib

#: Hexadecimal digits of the md5 that make a key: 60 bits, so that it is never negative in 64.
_DIGITS = 15


def surrogate_key(*parts: str) -> int:
    """Return the key of a natural key, none of whose parts is missing."""
    return int(hashlib.md5("|".join(parts).encode(), usedforsecurity=False).hexdigest()[:_DIGITS], 16)
