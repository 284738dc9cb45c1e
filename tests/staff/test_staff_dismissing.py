"""Rows that no key of mine opens: laid aside for me alone."""

from __future__ import annotations

from sqlalchemy import insert

from crypto.envelope import envelope_id
from crypto.sealing.seal import seal_content
from staff.models import Dismissed
from tests.staff.test_staff_inbox import order
from tests.staff.world import Browser, World

BUTTON = "Lägg undan för mig"


def junk(world: World) -> str:
    """Leave an envelope that claims to be for Ekstad and opens for nobody there; gives its id."""
    sealed = bytearray(seal_content(b"x", "ekstad", world.roster))
    for start in range(51, 51 + 8 * 80, 80):
        sealed[start + 40] ^= 1
    world.leave(bytes(sealed))
    world.collect()
    return envelope_id(bytes(sealed)).hex()


def test_what_does_not_open_is_laid_aside_for_oneself(world: World, owner: Browser, colleague: Browser) -> None:
    """Anna lays it aside and finds it among what is laid aside; Björn still has it; she takes it out again."""
    row = junk(world)
    assert BUTTON in owner.get("/inbox").text
    assert BUTTON in owner.get(f"/inbox/{row}").text
    assert owner.post(f"/inbox/{row}/dismiss").status_code == 303
    page = owner.get("/inbox").text
    assert "Undanlagd för dig" in page
    assert order(page) == []
    assert order(owner.get("/inbox?show=aside").text) == [row]
    assert order(colleague.get("/inbox").text) == [row]
    owner.post(f"/inbox/{row}/dismiss", again="1")
    assert order(owner.get("/inbox").text) == [row]
    assert "laid_aside" in [one.what for one in world.parts.audit.own(world.person(world.owner))]


def test_what_opens_is_not_laid_aside_this_way(world: World, owner: Browser) -> None:
    """A request that can be read has no such button, and asking for it all the same does nothing."""
    row = world.send(message="hej")
    assert BUTTON not in owner.get(f"/inbox/{row}").text
    owner.post(f"/inbox/{row}/dismiss")
    assert order(owner.get("/inbox").text) == [row]


def test_nobody_hides_a_row_by_writing_to_the_database(world: World, owner: Browser) -> None:
    """A row slipped into the table, with Anna's own tag beside it, is not locked under the pepper: it hides nothing."""
    row = junk(world)
    person = world.person(world.owner)
    forged = {
        "row": bytes.fromhex(row),
        "member": person.member_tag(person.identity.box_public),
        "value": b"x" * 552,
    }
    with world.parts.casebook.write() as session:
        session.execute(insert(Dismissed), [forged])
    assert order(owner.get("/inbox").text) == [row]
