"""Surrogate keys: the number that stands for a natural key, the same from build to build and on every engine.

Belongs here: the formula, for code that must know a key before dbt has made it. Does not: the keys of rows, which
dbt's macro `surrogate_key` computes. It has the formula in SQL, since a key that Python computed would have to leave
the engine and come back with every row; `tests/core/test_keys.py` compares both on DuckDB, `make spark-test` on Spark.
"""

import hashlib

#: Number of hexadecimal digits of the md5 that make a key: 60 bits, so that it is never negative in 64.
DIGITS = 15


def surrogate_key(*parts: str) -> int:
    """Return the key of a natural key, none of whose parts is missing."""
    return int(hashlib.md5("|".join(parts).encode(), usedforsecurity=False).hexdigest()[:DIGITS], 16)
