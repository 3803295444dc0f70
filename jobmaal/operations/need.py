"""Whether a refresh is needed: the one decision, for the command line, the night and the sensor on the input tables.

Belongs here: that decision, and no import that a command with nothing to do would have to wait for. Does not: whether a
refresh may continue the release before (`jobmaal.releases.incremental`).
"""

import datetime as dt

from jobmaal.core.layout import Layout
from jobmaal.releases import catalogue, fingerprint


def is_refresh_needed(layout: Layout, *, is_thorough: bool = False) -> bool:
    """Check whether the current release is of another input than there is now, or is not whole.

    A thorough check has time to read every file of the release, and to ask whether everything was read so long ago that
    the releases since, each on top of the one before, are due for their audit.
    """
    build_id = catalogue.current_id(layout)
    if build_id is None or not catalogue.is_unchanged(layout, fingerprint.input_sha256(layout)):
        return True
    if not is_thorough:
        return False
    from jobmaal.releases import incremental

    return incremental.is_audit_due(layout, dt.datetime.now(dt.UTC)) or bool(catalogue.damages(layout, build_id))
