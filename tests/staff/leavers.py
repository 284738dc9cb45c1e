"""Those who stay and those who leave, as the stories of keys that are shut out have them."""

from __future__ import annotations

from crypto.opening.members import Member
from crypto.opening.recovering import PEERS
from staff.accounts.session import Row
from staff.cases.hand import Hand
from staff.people import leaving, recovering
from staff.person import Person
from tests.staff.world import Human, World


def hand_of(world: World, human: Human) -> Hand:
    """Give somebody a session without a browser, as the register has them now."""
    keys, _ = world.session(human)
    person = world.person(human)
    papers = world.parts.register.current()
    found = Person(person.identity, listed(world, human), papers, person.pepper)
    return Hand(world.parts, Row(b"", person.identity.box_public, 0.0, 0.0, keys=keys), found)


def listed(world: World, human: Human) -> Member:
    """Give somebody as the register has them now."""
    found = world.parts.register.current().members.by_box(box(human))
    assert found
    return found


def shut_out(world: World, human: Human) -> None:
    """Let Lena shut a key out."""
    hand = hand_of(world, world.lead)
    leaving.leave(world.parts, hand.person, listed(world, human), world.clock.now())


def box(human: Human) -> bytes:
    """Give somebody's X25519 public half."""
    return human.identity.box_public


def two_sign(world: World, first: Human, second: Human, what: str = PEERS) -> None:
    """Let two sign that something is given anew, as the pages do: the first need of a kind that the town has."""
    parts = world.parts
    one = next(one for one in recovering.needs(parts, hand_of(world, first).person) if one.what == what)
    recovering.ask(parts, hand_of(world, first).person, what, one.about)
    order = next(one.order for one in recovering.needs(parts, hand_of(world, second).person) if one.what == what)
    assert order
    recovering.second(parts, hand_of(world, second).person, order)
