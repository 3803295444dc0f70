"""How often Python looks for objects that are no longer used.

Belongs here: that setting, for processes that make many objects and end soon. Does not: what DuckDB may take
(`database`).
"""

import atexit
import gc
from collections.abc import Iterator
from contextlib import contextmanager

#: Number of new objects, and of collections of these, before it looks. The usual 700, ten and ten cost a third of a
#: refresh: dbt, Dagster, Great Expectations and the report make millions of objects that stay.
_COLLECTED_AFTER = (100_000, 20, 100)


@contextmanager
def collected_seldom() -> Iterator[None]:
    """Collect garbage seldom meanwhile, for five megabytes more, and not at all when the process ends."""
    # Python's last look takes two seconds, to give back what the operating system takes back anyway.
    atexit.register(gc.freeze)
    usual = gc.get_threshold()
    gc.set_threshold(*_COLLECTED_AFTER)
    try:
        yield
    finally:
        gc.set_threshold(*usual)
