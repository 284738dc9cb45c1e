"""Giving anew what a lost key could read: which two signatures count, and for what. envelope.md section 4.4."""

from __future__ import annotations

from dataclasses import replace

import pytest

from crypto.opening.identity import Identity
from crypto.opening.members import FORMER, FORMER_RECOVERY, Member, Members
from crypto.opening.orders import Signed, countersign, read_order
from crypto.opening.recovering import LASTS, Recovery, by_key, by_peers, order_recovery, ordered
from tests.crypto import made

WHEN = 1_800_000_000
LENA, LEO, OLD, NEW, BO, STRANGER = (Identity(bytes([number]) * 32) for number in range(41, 47))
KEY, NEXT = Identity(b"k" * 32), Identity(b"n" * 32)
REGISTER = Members(
    4,
    (
        made.member(made.OWNER, "Alma"),
        made.member(BO, "Bo"),
        made.member(NEW, "Ida"),
        made.member(OLD, "Ida", FORMER),
        made.member(LENA, "Lena", "lead"),
        made.member(LEO, "Leo", "lead"),
        replace(made.member(STRANGER, "Noor", "lead"), municipality="bjorkby"),
        made.member(KEY, "Återhämtning", "recovery"),
    ),
)
IDA = made.member(NEW, "Ida")


def wanted(register: Members = REGISTER) -> Recovery:
    """Say that Ida is to read again."""
    found = by_peers(register, IDA)
    assert found
    return found


def signed(recovery: Recovery, first: Identity, second: Identity | None = None, when: int = WHEN) -> Signed:
    """Let one ask and another sign."""
    data = order_recovery(recovery, first, 4, when)
    return read_order(countersign(data, second) if second else data)


def counts(*orders: Signed, recovery: Recovery | None = None, register: Members = REGISTER, now: int = WHEN) -> bool:
    """Tell whether one of these orders lets it happen now."""
    return ordered(REGISTER, register, orders, recovery or wanted(), now) is not None


def without(*names: str) -> Members:
    """Let some leave."""
    left = {"coordinator": FORMER, "lead": "former_lead"}
    gone = [replace(one, role=left[one.role]) if one.name in names else one for one in REGISTER.members]
    return replace(REGISTER, members=tuple(gone))


def test_two_of_the_town_are_enough_if_one_is_a_lead() -> None:
    """Alma asks and Lena signs, or the other way round, or two leads; the order says whose reading and to which key."""
    for pair in ((made.OWNER, LENA), (LENA, made.OWNER), (LENA, LEO)):
        assert counts(signed(wanted(), *pair))
    assert wanted().of == (OLD.sign_public,)


@pytest.mark.parametrize(
    "pair",
    [(LENA, None), (made.OWNER, BO), (NEW, LENA), (LENA, NEW), (OLD, LENA), (LENA, STRANGER), (LENA, KEY)],
    ids=["one alone", "no lead", "the person asks", "the person signs", "the lost key", "another town", "no person"],
)
def test_no_other_pair_is(pair: tuple[Identity, Identity | None]) -> None:
    """One alone, two without a lead, the person with the new key or the lost one, another town, the recovery key."""
    assert not counts(signed(wanted(), *pair))


def test_who_has_left_or_joined_since_the_root_key_signed_signs_for_nobody() -> None:
    """Lena signed and was shut out: it counts no more. Whom two let in yesterday is no lead for this."""
    order = signed(wanted(), made.OWNER, LENA)
    assert not counts(order, register=without("Lena"))
    assert not counts(order, register=without("Alma"))
    joined = Identity(b"j" * 32)
    register = replace(REGISTER, members=(*REGISTER.members, made.member(joined, "Jo", "lead")))
    assert not counts(signed(wanted(), made.OWNER, joined), register=register)


def test_it_is_for_one_new_key_and_no_other() -> None:
    """An order for Ida carries nobody else, nor Ida once she has lost another key, nor the recovery key."""
    order = signed(wanted(), made.OWNER, LENA)
    register = replace(REGISTER, members=(*REGISTER.members, made.member(Identity(b"o" * 32), "Bo", FORMER)))
    other = by_peers(register, made.member(BO, "Bo"))
    again = by_peers(
        replace(REGISTER, members=(*REGISTER.members, made.member(Identity(b"p" * 32), " ida", FORMER))), IDA
    )
    for recovery in (other, again, by_key(_key(), [IDA])):
        assert recovery
        assert not counts(order, recovery=recovery)


def test_it_lasts_seven_days_and_is_not_made_for_later() -> None:
    """The last second counts, the next does not; nor does one that says it was asked for tomorrow."""
    order = signed(wanted(), made.OWNER, LENA)
    assert counts(order, now=WHEN + LASTS - 1)
    assert not counts(order, now=WHEN + LASTS)
    assert not counts(order, now=WHEN - 86_400)


def test_where_the_only_lead_is_who_returns_a_stand_in_is_enough() -> None:
    """Lena lost her key and there is no other lead: a coordinator and the named stand-in, and no two others."""
    old, people = Identity(b"l" * 32), REGISTER.members
    stand_in = replace(made.member(BO, "Bo"), stand_in=True)
    register = Members(4, (people[0], stand_in, people[2], people[4], made.member(old, "Lena", "former_lead")))
    recovery = by_peers(register, people[4])
    assert recovery
    assert ordered(register, register, [signed(recovery, made.OWNER, BO)], recovery, WHEN)
    assert not ordered(register, register, [signed(recovery, made.OWNER, NEW)], recovery, WHEN)
    assert not ordered(register, register, [signed(recovery, LENA, BO)], recovery, WHEN)
    with_leo = replace(register, members=(*register.members, people[5]))
    assert not ordered(with_leo, with_leo, [signed(recovery, made.OWNER, BO)], recovery, WHEN)


def test_the_recovery_key_gives_to_the_team_that_was_signed_for_and_no_other() -> None:
    """Alma, who is to read, asks and Lena, who is not, signs; somebody more in the team needs a new order."""
    team = list(REGISTER.team("ekstad"))
    use = by_key(_key(), team)
    assert use
    order = signed(use, made.OWNER, LENA)
    assert counts(order, recovery=use)
    more = by_key(_key(), [*team, made.member(Identity(b"m" * 32), "Mo")])
    assert more
    assert not counts(order, recovery=more)
    follows = by_key(replace(_key(), role=FORMER_RECOVERY), [made.member(NEXT, "Återhämtning", "recovery")])
    assert follows
    assert follows.what == "replace"
    assert not counts(order, recovery=follows)
    assert counts(signed(follows, made.OWNER, LENA), recovery=follows)


def _key() -> Member:
    return made.member(KEY, "Återhämtning", "recovery")


def test_who_never_had_another_key_is_nobodys_return() -> None:
    """A newcomer under a name of their own, or one that somebody of another town had, needs no such order."""
    assert by_peers(REGISTER, made.member(BO, "Bo")) is None
    elsewhere = replace(made.member(Identity(b"e" * 32), "Bo", FORMER), municipality="bjorkby")
    assert by_peers(replace(REGISTER, members=(*REGISTER.members, elsewhere)), made.member(BO, "Bo")) is None
    assert by_key(made.member(BO, "Bo"), [IDA]) is None


def test_a_team_of_one_asks_for_what_the_recovery_key_holds_with_a_lead() -> None:
    """Bo is all that there is of the team: with Lena it counts, with nobody it does not."""
    use = by_key(_key(), [made.member(BO, "Bo")])
    assert use
    assert counts(signed(use, BO, LENA), recovery=use)
    assert not counts(signed(use, BO), recovery=use)
