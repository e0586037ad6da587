"""How old a login is and when it ends; on the fifth of seven days it is said."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest

from syncer.onboarding import grants
from syncer.onboarding.grants import Grant
from syncer.secrets import SecretRef

GIVEN = dt.datetime(2026, 11, 1, 12, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
ENDS = (GIVEN + 7 * DAY).isoformat()


def secret(**fields: object) -> str:
    kept = {"client_id": "i", "client_secret": "s", "refresh_token": "r", "granted": GIVEN.isoformat()}
    return json.dumps({**kept, **fields})


def grant(**fields: object) -> Grant:
    found = grants.read(secret(**fields))
    assert found is not None
    return found


@pytest.mark.parametrize("text", ["", "hunter2", "5", "[]", "null", "{}", '{"token": "x"}', "[" * 100_000])
def test_a_password_or_a_token_tells_nothing(text: str) -> None:
    assert grants.read(text) is None


@pytest.mark.parametrize("said", [None, 5, "yesterday", [], "2026-13-01"])
def test_what_can_not_be_read_is_unknown(said: object) -> None:
    found = grant(granted=said, expires=said, testing=said, scopes=said)
    assert found.granted is None and found.expires is None and found.testing is None
    assert grants.warning(found, GIVEN) == ""


def test_what_is_known_is_read() -> None:
    found = grant(expires=ENDS, testing=True, scopes=["a", "b"])
    assert found == Grant(GIVEN, GIVEN + 7 * DAY, True, frozenset("ab"))
    assert grant(granted="2026-11-01T12:00:00").granted == GIVEN
    assert grant(granted="2026-11-01T13:00:00+01:00").granted == GIVEN


@pytest.mark.parametrize("fields", [{"testing": True}, {"testing": True, "expires": ENDS}])
def test_the_grant_of_an_app_in_testing_is_warned_of_from_its_fifth_day_on(fields: dict[str, object]) -> None:
    found = grant(**fields)
    assert grants.warning(found, GIVEN + 5 * DAY - dt.timedelta(minutes=1)) == ""
    assert grants.warning(found, GIVEN + 5 * DAY) == "its login ends in 2 days because its app is in testing"
    assert "in 5 hours" in grants.warning(found, GIVEN + 7 * DAY - dt.timedelta(hours=5))
    assert "ended 3 days ago" in grants.warning(found, GIVEN + 10 * DAY)
    assert grants.cure(found, "evenhold connect google --partner Ada").startswith("Publish the app")


def test_a_grant_that_its_giver_limited_is_warned_of_two_days_ahead() -> None:
    found = grant(testing=False, expires=(GIVEN + 90 * DAY).isoformat())
    assert grants.warning(found, GIVEN + 87 * DAY) == ""
    assert grants.warning(found, GIVEN + 88 * DAY) == "its login ends in 2 days"
    assert grants.cure(found, "do it") == "Run: do it"


@pytest.mark.parametrize(("days", "warned"), [(4.9, False), (5, True), (7.9, True), (8, False), (300, False)])
def test_where_nobody_knows_it_is_said_only_while_it_may_still_come_true(days: float, warned: bool) -> None:
    said = grants.warning(grant(), GIVEN + days * DAY)
    assert bool(said) is warned
    assert not warned or "if its app is in testing" in said


def test_an_app_in_production_is_never_warned_of() -> None:
    assert not any(grants.warning(grant(testing=False), GIVEN + days * DAY) for days in range(400))


@pytest.mark.parametrize(
    ("told", "testing"),
    [(604_799, True), (604_800, True), (604_500, True), (604_499, False), (3_600, False), (7_776_000, False)],
)
def test_a_lifetime_of_seven_days_means_testing(told: int, testing: bool) -> None:
    assert grants.expiry(told, GIVEN) == (GIVEN + dt.timedelta(seconds=told), testing)


@pytest.mark.parametrize("told", [None, "604799", True, 0, -5, 10**12, [], float("nan")])
def test_no_lifetime_tells_nothing(told: object) -> None:
    assert grants.expiry(told, GIVEN) == (None, None)


def test_it_is_read_from_a_file_and_no_program_is_started_for_it(tmp_path: Path) -> None:
    kept, mark = tmp_path / "ada.token", tmp_path / "mark"
    kept.write_text(secret(testing=True))
    kept.chmod(0o600)
    found = grants.of(SecretRef(file=kept))
    assert found is not None and found.testing is True
    kept.chmod(0o644)
    assert grants.of(SecretRef(file=kept)) is None
    assert grants.of(SecretRef(command=("touch", str(mark)))) is None
    assert not mark.exists()
