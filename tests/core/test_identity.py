"""An item's identity: there and back again for any household, task and occurrence."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from syncer.core.identity import Identity, read_uid

SLUGS = st.from_regex(r"[a-z0-9]+(-[a-z0-9]+)*", fullmatch=True)
IDENTITIES = st.builds(
    Identity,
    st.builds("{}.{}".format, SLUGS, SLUGS),
    st.one_of(st.dates().map(str), st.integers(1, 999_999_999).map("n{:06d}".format)),
    st.integers(0, 10**6),
)
HOUSEHOLDS = st.text(min_size=1, max_size=20)


@settings(max_examples=50)
@given(IDENTITIES, HOUSEHOLDS)
def test_a_uid_is_read_back(identity: Identity, household: str) -> None:
    uid = identity.uid(household)
    assert read_uid(uid, household) == identity
    assert uid.isascii() and not set(uid) & set("/@ \\?#%")


@settings(max_examples=50)
@given(IDENTITIES, HOUSEHOLDS, HOUSEHOLDS)
def test_another_households_items_are_not_read(identity: Identity, ours: str, theirs: str) -> None:
    assume(ours != theirs)
    assert read_uid(identity.uid(theirs), ours) is None


@settings(max_examples=50)
@given(IDENTITIES, IDENTITIES)
def test_different_identities_have_different_uids(one: Identity, other: Identity) -> None:
    assert (one.uid("home") == other.uid("home")) is (one == other)


@pytest.mark.parametrize(
    "change",
    [
        lambda uid: uid.upper(),
        lambda uid: f"x{uid}",
        lambda uid: f"{uid}@host",
        lambda uid: f"{uid}.ics",
        lambda uid: f"{uid}.g",
        lambda uid: f"{uid}.g0",
        lambda uid: f"{uid}.g01",
        lambda uid: f"{uid}.g\u0661",
        lambda uid: f"{uid}\n",
        lambda uid: uid.removeprefix("evenhold-"),
        lambda uid: uid.replace("bins.out", "bins"),
        lambda uid: uid.replace("bins.out", "bins.out.more"),
        lambda uid: uid.replace("2026-11-24", "nabc"),
        lambda uid: uid.replace("2026-11-24", "n"),
        lambda uid: uid.replace("2026-11-24", "n-5"),
        lambda uid: uid.replace("2026-11-24", "20261124"),
        lambda uid: uid.replace("2026-11-24", "zzz"),
        lambda _: "",
        lambda _: "6F9619FF-8B86-D011-B42D-00C04FC964FF",
    ],
)
def test_what_we_would_not_write_is_foreign(change: object) -> None:
    uid = Identity("bins.out", "2026-11-24").uid("home")
    assert callable(change)
    assert read_uid(change(uid), "home") is None


def test_a_later_generation_is_the_same_occurrence() -> None:
    first = Identity("bins.out", "2026-11-24")
    again = Identity("bins.out", "2026-11-24", 2)
    assert again.plain == first
    assert again.uid("home") != first.uid("home")
