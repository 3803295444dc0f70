"""What the tests of the operations share. No assertion belongs here."""

from collections.abc import Iterator

import pytest

from jobmaal.operations import alerts
from tests.helpers.receivers import Receiver, webhook
from tests.helpers.secrets import PASSWORD


@pytest.fixture
def hook(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    """Receive by a webhook the alerts of this process."""
    monkeypatch.setattr(alerts, "_WAIT_SECONDS", 0.01)
    with webhook(PASSWORD) as receiver:
        monkeypatch.setenv(alerts.ADDRESS_VARIABLE, receiver.address)
        yield receiver
