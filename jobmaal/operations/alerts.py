"""Alerts: a message to whoever looks after the warehouse, by e-mail, Teams, Slack or a webhook.

Belongs here: where alerts go, whether they can go there, and sending one. Does not: when there is something to tell,
and what it says (`standing`).

One variable of the environment, JOBMAAL_ALERT_URL, holds the address, or several, in Apprise's notation. It may hold a
password, so it is shown nowhere: what is told names the service alone.
"""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING

from jobmaal.core.errors import JobmaalError, printable

if TYPE_CHECKING:
    from apprise import Apprise
    from apprise.plugins.base import NotifyBase

ADDRESS_VARIABLE = "JOBMAAL_ALERT_URL"
#: Sending is tried again so often, with so many seconds between; and given up after so many in all.
_RETRIES, _WAIT_SECONDS, _PATIENCE_SECONDS = 2, 2.0, 60
_MOST_CHARACTERS = 6000


class AlertError(JobmaalError):
    """Alerts cannot be sent: the address is none, or what it names did not take the message."""


def is_configured() -> bool:
    """Check whether there is an address at all."""
    return bool(os.environ.get(ADDRESS_VARIABLE, "").strip())


def describe() -> str:
    """Return where alerts go, for the start of whatever may have to send one. Raises AlertError where they cannot."""
    if not is_configured():
        return f"Alerts are not configured: failures are told here alone. {ADDRESS_VARIABLE} takes an address."
    return "Alerts go to " + ", ".join(_name(service) for service in _services())


def send(title: str, body: str, is_good: bool) -> None:
    """Send a message to every address. Raises AlertError where there is none, or one of them did not take it."""
    from apprise import NotifyType  # a third of a second, when there is something to tell

    services = _services()
    kind = NotifyType.SUCCESS if is_good else NotifyType.FAILURE
    text = "\n".join(printable(line) for line in body.splitlines())[:_MOST_CHARACTERS]
    refusing = [
        _name(service)
        for service in services
        if not _only(service).notify(text, title=printable(title), notify_type=kind, timeout=_PATIENCE_SECONDS)
    ]
    if refusing:
        raise AlertError(
            f"The alert '{printable(title)}' could not be sent to {', '.join(refusing)}. "
            f"Check {ADDRESS_VARIABLE} and what it names; `jobmaal alerts --try` sends a message to try it."
        )


def _services() -> Apprise:
    """Read the address. Raises AlertError without repeating it."""
    from apprise import Apprise, AppriseAsset

    # What the library logs may hold a part of the address.
    logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
    asset = AppriseAsset(
        app_id="jobmaal", app_desc="jobmaal", app_url="", default_service_retry=_RETRIES,
        default_service_wait=_WAIT_SECONDS, async_mode=False,
    )  # fmt: skip
    services = Apprise(asset=asset)
    if not services.add(os.environ.get(ADDRESS_VARIABLE, "").strip()) or not len(services):
        raise AlertError(
            f"{ADDRESS_VARIABLE} holds no address that alerts can be sent to (it is not shown here). Such are "
            "mailtos://user:password@mail.example.org?to=team@example.org and https://…webhook… addresses; "
            "docs/operations.md names more."
        )
    return services


def _only(service: NotifyBase) -> Apprise:
    from apprise import Apprise

    alone = Apprise(asset=service.asset)
    alone.add(service)
    return alone


def _name(service: NotifyBase) -> str:
    """Name a service alone: what stands where others have their host is, with some, a key."""
    return str(service.service_name)
