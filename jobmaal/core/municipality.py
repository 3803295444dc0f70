"""The municipality whose release this is, as a setting.

Belongs here: the setting alone. Does not: whether there is such a municipality (`raw`), nor its name in a sentence
(`outputs.danish`).
"""

import os
import unicodedata

MUNICIPALITY_VARIABLE, MUNICIPALITY = "JOBMAAL_MUNICIPALITY", "København"


def municipality() -> str:
    """Return the name of the municipality, as the setting has it or by default."""
    return unicodedata.normalize("NFC", os.environ.get(MUNICIPALITY_VARIABLE, "")).strip() or MUNICIPALITY
