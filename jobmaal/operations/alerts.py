"""Alerts: a message to those who look after the warehouse, by e-mail, Teams, Slack or a webhook.

Belongs here: who is alerted, whether they can be reached, and sending an alert. Does not: when one is sent, and what it
says (`status`).

One variable of the environment, JOBMAAL_ALERT_URL, holds the address, or several, in Apprise's notation. It may hold a
password, so it is shown nowhere: messages name the service alone.
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
#: Number of retries of sending, of seconds between them, and of seconds after which it is given up.
_RETRIES, _WAIT_SECONDS, _PATIENCE_SECONDS = 2, 2.0, 60
_MOST_CHARACTERS = 6000


class AlertError(JobmaalError):
    """Alerts cannot be sent: the address is unusable, or a service did not take the message."""


def is_configured() -> bool:
    """Check whether there is an address at all."""
    return bool(os.environ.get(ADDRESS_VARIABLE, "").strip())


def describe() -> str:
    """Return where alerts go, for the start of what may have to send one. Raises AlertError where they cannot."""
    if not is_configured():
        return f"Alerts are not configured: failures are reported here alone. {ADDRESS_VARIABLE} takes an address."
    return "Alerts go to " + ", ".join(_name(service) for service in _services())


def send(title: str, body: str, is_good: bool) -> None:
    """Send a message to every address. Raises AlertError where there is none, or one of them did not take it."""
    from apprise import NotifyType  # a third of a second, when there is something to send

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
            f"Check {ADDRESS_VARIABLE} and the service; `jobmaal alerts --try` sends a message to try it."
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
    """Return the name of a service alone: with some, a key is where others have their host."""
    return str(service.service_name)
