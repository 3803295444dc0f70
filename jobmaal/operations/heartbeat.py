"""The heartbeat: a call to an address at which a monitoring service expects one for as long as the service works.

Belongs here: the address and the call. Does not: whether the service works (`health`).

One variable of the environment, JOBMAAL_HEARTBEAT_URL, holds the address. Anybody who knows it can call there too, so
it is shown nowhere.
"""

import os
import urllib.request
from http.client import HTTPException

from jobmaal.core.errors import JobmaalError

ADDRESS_VARIABLE = "JOBMAAL_HEARTBEAT_URL"
_PATIENCE_SECONDS = 30


class HeartbeatError(JobmaalError):
    """Nobody could be called at the address."""


def call() -> None:
    """Call the address where one is set. Raises HeartbeatError without repeating it."""
    address = os.environ.get(ADDRESS_VARIABLE, "").strip()
    if not address:
        return
    if not address.startswith(("https://", "http://")):
        raise HeartbeatError(f"{ADDRESS_VARIABLE} holds no address of the web (https://…); it is not shown here.")
    try:
        with urllib.request.urlopen(address, timeout=_PATIENCE_SECONDS):
            pass
    except (OSError, ValueError, HTTPException) as error:
        # Of an address that is none, the error's own words repeat it.
        reason = getattr(error, "code", None) or getattr(error, "reason", None) or type(error).__name__
        raise HeartbeatError(
            f"The heartbeat could not be sent ({reason}). Check {ADDRESS_VARIABLE} and the way out; it is tried again "
            "with the next look."
        ) from None
