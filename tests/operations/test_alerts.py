"""Alerts: each says once what failed, what is still published, and what shows more.

Belongs here: sending to real receivers, and when an alert is sent. Does not: the nightly job (`test_nights`).
"""

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from jobmaal.core.errors import CheckFailedError
from jobmaal.core.layout import Layout
from jobmaal.operations import alerts, status, watch
from jobmaal.releases.catalogue import WAREHOUSE, current_id
from tests.conftest import Published, copy_of, jobmaal, release_folder
from tests.helpers.receivers import Receiver, mail_server, webhook
from tests.helpers.secrets import PASSWORD


@pytest.fixture(scope="module")
def copied(published: Published, tmp_path_factory: pytest.TempPathFactory) -> Layout:
    """Copy a release, to look at."""
    return copy_of(published.layout, tmp_path_factory.mktemp("alerts"))


@pytest.fixture
def layout(copied: Layout) -> Iterator[Layout]:
    """Return a copied release, without a status, and remove the one that a test writes."""
    copied.standing.unlink(missing_ok=True)
    yield copied
    copied.standing.unlink(missing_ok=True)


@pytest.fixture
def changed(published: Published, tmp_path: Path) -> Layout:
    """Copy a release, to be spoilt."""
    return copy_of(published.layout, tmp_path)


# --- sending --------------------------------------------------------------------------------------------


def test_without_an_address_it_is_said_and_nothing_is_sent(monkeypatch: pytest.MonkeyPatch, layout: Layout) -> None:
    monkeypatch.delenv(alerts.ADDRESS_VARIABLE, raising=False)
    assert "not configured" in alerts.describe()
    assert alerts.ADDRESS_VARIABLE in alerts.describe()
    status.failed(layout, status.REFRESH, "no reason")
    assert status.read(layout, status.REFRESH).is_failing


@pytest.mark.parametrize(
    "address",
    [
        f"mailto://jobmaal:{PASSWORD}@mail.example.org?from=a@example.org&to=b@example.org",
        f"jsons://jobmaal:{PASSWORD}@example.org/hook",
        "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ",
    ],
)
def test_where_alerts_go_is_reported_without_anything_secret(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv(alerts.ADDRESS_VARIABLE, address)
    described = alerts.describe()
    assert re.fullmatch(r"Alerts go to [\w-]+", described)
    assert not {PASSWORD, "T1JJ3T3L2", "A1BRTD4JD", "TIiajkdnlazkcOXrIdevi7FQ"} & set(re.split(r"\W", described))


@pytest.mark.parametrize(
    "address", [f"nothing {PASSWORD}", f"smtp://user:{PASSWORD}@host", f"json://ok, x://{PASSWORD}"]
)
def test_an_address_that_is_none_is_reported_at_once_and_not_shown(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv(alerts.ADDRESS_VARIABLE, address)
    with pytest.raises(alerts.AlertError, match="holds no address") as error:
        alerts.describe()
    assert PASSWORD not in str(error.value)


def test_an_alert_arrives_by_mail(monkeypatch: pytest.MonkeyPatch) -> None:
    with mail_server(PASSWORD) as receiver:
        monkeypatch.setenv(alerts.ADDRESS_VARIABLE, receiver.address)
        alerts.send("jobmaal: prøve", "Første linje\nanden: æøå <b>&amp;", is_good=False)
    [alert] = receiver.arrived
    assert alert.title == "jobmaal: prøve"
    assert "Første linje" in alert.body
    assert "æøå" in alert.body


def test_an_alert_arrives_by_webhook(hook: Receiver) -> None:
    alerts.send("jobmaal: prøve", "Første linje\nanden: æøå", is_good=True)
    [alert] = hook.arrived
    assert (alert.title, alert.body) == ("jobmaal: prøve", "Første linje\nanden: æøå")


def test_a_receiver_that_refuses_twice_is_asked_again(hook: Receiver) -> None:
    hook.refusals = 2
    alerts.send("again", "and again", is_good=False)
    assert [alert.title for alert in hook.arrived] == ["again"]


def test_a_receiver_that_goes_on_refusing_is_given_up_and_named_without_anything_secret(hook: Receiver) -> None:
    hook.refusals = 100
    with pytest.raises(alerts.AlertError, match=r"could not be sent to JSON\.") as error:
        alerts.send("again", "and again", is_good=False)
    assert hook.tries == 1 + alerts._RETRIES
    assert PASSWORD not in str(error.value)


def test_of_two_addresses_the_one_that_works_gets_the_alert_and_the_other_is_named(
    hook: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(alerts.ADDRESS_VARIABLE, f"xml://127.0.0.1:9/x, {hook.address}")
    with pytest.raises(alerts.AlertError, match=r"could not be sent to XML\."):
        alerts.send("two", "addresses", is_good=False)
    assert [alert.title for alert in hook.arrived] == ["two"]


# --- when an alert is sent ----------------------------------------------------------------------


def test_a_failure_is_reported_each_time_and_the_recovery_once(layout: Layout, hook: Receiver) -> None:
    for reason in ("first", "second"):
        status.failed(layout, status.REFRESH, CheckFailedError([f"fct_budget: {reason}\n    a=1\n    a=2"], ["x"]))
    for _ in range(2):
        status.good(layout, status.REFRESH, "published")
    first, second, good = hook.arrived
    assert first.title == second.title == "jobmaal: refresh failed"
    assert "fct_budget: first\n    a=1\n    a=2" in first.body
    assert "It fails since" not in first.body
    assert "It fails since" in second.body
    assert good.title == "jobmaal: refresh works again"
    assert "fct_budget: second" in good.body
    for alert in hook.arrived:
        assert f"Published is {current_id(layout)}, built 2" in alert.body


def test_of_a_check_that_failed_before_and_one_that_turned_red_the_second_is_pointed_out(
    layout: Layout, hook: Receiver
) -> None:
    status.failed(layout, status.REFRESH, CheckFailedError(["old"], ["old"]))
    status.failed(layout, status.REFRESH, CheckFailedError(["old", "new"], ["old", "new"]))
    assert "Red since this time" not in hook.arrived[0].body
    assert "Red since this time: new\n" in hook.arrived[1].body


def test_many_failures_are_reported_in_a_message_that_can_be_read(layout: Layout, hook: Receiver) -> None:
    rows = "\n".join(f"    row {n}" for n in range(10))
    status.failed(layout, status.REFRESH, CheckFailedError([f"check {n}\n{rows}" for n in range(50)]))
    body = hook.arrived[0].body
    assert "check 7\n    row 0\n    row 1\n    row 2\n    … and 7 more rows" in body
    assert "check 8" not in body
    assert "… and 42 more" in body


def test_a_recovery_that_nobody_could_be_reported_of_is_reported_the_next_time(layout: Layout, hook: Receiver) -> None:
    status.failed(layout, status.FETCH, "out of reach")
    hook.refusals = 1 + alerts._RETRIES
    status.good(layout, status.FETCH, "fetched")
    assert [alert.title for alert in hook.arrived] == ["jobmaal: fetch failed"]
    status.good(layout, status.FETCH, "fetched")
    assert [alert.title for alert in hook.arrived][1:] == ["jobmaal: fetch works again"]


def test_a_check_of_the_release_that_turns_red_is_reported_once_and_again_if_nobody_was_told(
    changed: Layout, hook: Receiver
) -> None:
    now = dt.datetime.now(dt.UTC)
    assert all(outcome.holds for outcome in watch.look(changed, now))
    assert hook.arrived == []
    later = now + dt.timedelta(hours=watch.MOST_HOURS + 1)
    hook.refusals = 1 + alerts._RETRIES
    watch.look(changed, later)
    watch.look(changed, later)
    watch.look(changed, later)
    [stale] = hook.arrived
    assert stale.title == "jobmaal: release not in order"
    assert "No refresh has succeeded since" in stale.body
    parquet = next((release_folder(changed) / "parquet").glob("*.parquet"))
    parquet.chmod(0o644)
    parquet.write_bytes(parquet.read_bytes()[:-1] + b"?")
    watch.look(changed, later)
    assert f"parquet/{parquet.name}: its content is not what was published" in hook.arrived[1].body
    assert f"Red since this time: {watch.WHOLE}" in hook.arrived[1].body


def test_a_claim_of_a_series_that_held_and_no_longer_does_is_reported(changed: Layout, hook: Receiver) -> None:
    file = release_folder(changed) / WAREHOUSE
    file.chmod(0o644)
    claim = (
        "insert into audit_reconciliation (claim_id, document_id, claim_kind, scope, unit, cells_checked,"
        " cells_deviating, status, explanation, source_ref, scope_da) values"
        " ('series:y1:sum:{0}', 'y1', 'sum_of_areas', 'release retrieved {0}', 'x', 10, {1}, '{2}', '', 'x', 'x')"
    )
    with duckdb.connect(str(file)) as database:
        database.execute(claim.format("2026-07-01 10:00 UTC", 0, "ok"))
        database.execute(claim.format("2026-06-01 10:00 UTC", 4, "deviates"))
    watch.look(changed, dt.datetime.now(dt.UTC))
    with duckdb.connect(str(file)) as database:
        database.execute(claim.format("2026-08-01 10:00 UTC", 3, "deviates"))
    watch.look(changed, dt.datetime.now(dt.UTC))
    assert watch.SERIES.replace("_", " ") not in hook.arrived[0].body
    deviation = "y1: sum of areas deviates in the release retrieved 2026-08-01 10:00 UTC: 3 of 10 cells"
    assert deviation in hook.arrived[1].body


def test_a_status_that_cannot_be_read_or_written_is_no_reason_to_fail(
    layout: Layout, capsys: pytest.CaptureFixture[str]
) -> None:
    layout.standing.write_text("{ half", encoding="utf-8")
    assert status.read(layout, status.REFRESH) == status.Status()
    layout.standing.unlink()
    layout.standing.mkdir()
    status.failed(layout, status.REFRESH, "no reason")
    assert "could not be noted" in capsys.readouterr().err
    layout.standing.rmdir()


# --- the command line -----------------------------------------------------------------------------------


def test_a_refresh_that_fails_alerts_and_so_does_the_next_that_works(changed: Layout) -> None:
    spoilt = changed.seeds / "plads_til_alle_2007" / "budget_lines.csv"
    whole = spoilt.read_bytes()
    spoilt.write_bytes(whole + b"half a row\n")
    with webhook(PASSWORD) as receiver:
        address = {alerts.ADDRESS_VARIABLE: receiver.address}
        failed = jobmaal(changed, "refresh", **address)
        again = jobmaal(changed, "refresh", **address)
        spoilt.write_bytes(whole)
        good = jobmaal(changed, "refresh", **address)
        good_again = jobmaal(changed, "refresh", **address)
    assert "Alerts go to JSON" in failed.stderr
    assert [done.returncode for done in (failed, again, good, good_again)] == [2, 2, 0, 0]
    assert [alert.title for alert in receiver.arrived] == [
        "jobmaal: refresh failed", "jobmaal: refresh failed", "jobmaal: refresh works again",
    ]  # fmt: skip
    body = receiver.arrived[0].body
    assert re.search(r"budget_lines\.csv:\d+: ", body)
    assert f"Published is {current_id(changed)}, built 2" in body
    assert "`jobmaal check` shows it" in body
    for done in (failed, again, good):
        assert PASSWORD not in done.stdout + done.stderr


def test_an_address_that_is_none_keeps_nobody_from_refreshing(published: Published) -> None:
    done = jobmaal(published.layout, "alerts", **{alerts.ADDRESS_VARIABLE: f"nothing {PASSWORD}"})
    assert done.returncode == 6
    assert "holds no address" in done.stderr
    assert PASSWORD not in done.stderr
    assert jobmaal(published.layout, "refresh", **{alerts.ADDRESS_VARIABLE: "nothing"}).returncode == 0


def test_an_alert_can_be_tried(published: Published) -> None:
    with mail_server(PASSWORD) as receiver:
        done = jobmaal(published.layout, "alerts", "--try", **{alerts.ADDRESS_VARIABLE: receiver.address})
    assert done.returncode == 0, done.stderr
    assert [alert.title for alert in receiver.arrived] == ["jobmaal: a trial"]
    assert PASSWORD not in done.stdout + done.stderr
