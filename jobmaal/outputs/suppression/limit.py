"""The limit below which counts of persons are protected in public outputs.

Belongs here: the setting alone, which every refresh reads before it knows whether there is anything to do. Does
not: the rule (`rule`).
"""

import os

from jobmaal.core.errors import JobmaalError

LIMIT_VARIABLE, LIMIT = "JOBMAAL_HIDE_BELOW", 5


def limit() -> int:
    """Return the number from which counts of persons are shown. Raises JobmaalError where the variable is no number."""
    text = os.environ.get(LIMIT_VARIABLE) or str(LIMIT)
    if not text.isascii() or not text.isdigit():
        raise JobmaalError(f"{LIMIT_VARIABLE} must be a whole number such as {LIMIT}; it is '{text}'.")
    return int(text)
