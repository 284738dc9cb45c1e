from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import text, update

from crypto.opening.casebook import Place, seal_value
from crypto.returncode import Keys
from crypto.submission import FollowUp, Mailbox, Submission, new_try
from crypto.thread import sign_follow_up
from staff.inbox import record
from staff.inbox.record import Record
from staff.models import StoredSubmission
from tests.staff.test_staff_inbox import order
from tests.staff.test_staff_replies import answer
from tests.staff.world import Browser, World
from tests.staff.writer import Writer

FALSELY = "Säger sig höra till en tråd, men det stämmer inte"


def copied(kim: Writer) -> bytes:
    """Give what a copy of the dead drop shows of a mailbox: its address, and neither of its keys."""
    with kim.world.engine.connect() as connection:
        (address,) = {bytes(row[0]) for row in connection.execute(text("SELECT address FROM replies"))}
    return address


def forgeries(kim: Writer, thief: Writer) -> dict[str, Submission]:
    """Make what somebody with a copy of the dead drop could send."""
    own, address = thief.keys.mailbox(), copied(kim)
    named = Mailbox(address, own.reply_key, own.thread_key)
    plain = thief.message(message="falskt")
    signed = sign_follow_up(thief.message(message="falskt"), _Named(thief.keys, named), 9000)
    return {
        "a request that names the address": replace(plain, mailbox=named),
        "a message signed with their own key": signed,
        "a message with a made-up signature": replace(plain, mailbox=named, follow_up=FollowUp(5, b"x" * 64)),
    }


class _Named(Keys):
    """The thief's keys under another's address."""

    def __init__(self, keys: Keys, named: Mailbox) -> None:
        super().__init__(keys.token, keys.reply_secret, keys.thread_seed)
        object.__setattr__(self, "named", named)

    def mailbox(self) -> Mailbox:
        """Give the mixed mailbox."""
        found: Mailbox = object.__getattribute__(self, "named")
        return found


FORGED = (
    "a request that names the address",
    "a message signed with their own key",
    "a message with a made-up signature",
)


@pytest.mark.parametrize("kind", FORGED)
def test_whoever_copied_the_dead_drop_joins_no_thread_and_gets_no_answer(
    world: World, owner: Browser, colleague: Browser, kim: Writer, thief: Writer, kind: str
) -> None:
    """The thief names Kim's mailbox: a row of its own with a warning, no box to answer in, nothing under it."""
    row = kim.send(message="hej")
    answer(owner, row, "till Kim")
    false = thief.leave(forgeries(kim, thief)[kind])
    page = owner.get("/inbox").text
    assert set(order(page)) == {row, false}
    assert FALSELY in page
    page = colleague.get(f"/inbox/{false}").text
    assert FALSELY in page
    assert "falskt" in page
    assert "<textarea" not in page
    assert "falskt" not in colleague.get(f"/inbox/{row}").text
    owner.post(f"/inbox/{false}/reply", **{"text": "till tjuven", "from": "x", "seen": "9"})
    assert "ingen brevlåda att svara till" in owner.get(f"/inbox/{false}").text
    assert [one.text for one in kim.replies()] == ["till Kim"]
    assert thief.replies() == []
    answer(owner, row, "till Kim igen")
    assert [one.text for one in kim.replies()] == ["till Kim", "till Kim igen"]


def test_a_copied_message_of_kims_own_adds_nothing_new(
    world: World, owner: Browser, kim: Writer, thief: Writer
) -> None:
    """A signature belongs to its words: put under other words it proves nothing, and the same words stand once."""
    row = kim.send(message="hej")
    true = sign_follow_up(kim.message(message="äkta"), kim.keys, 5)
    kim.leave(true)
    false = kim.leave(replace(true, try_id=new_try(), answers={"message": "utbytt"}))
    page = owner.get("/inbox").text
    assert set(order(page)) == {row, false}
    assert FALSELY in page
    page = owner.get(f"/inbox/{row}").text
    assert "äkta" in page
    assert "utbytt" not in page


def test_an_unsigned_request_with_all_of_anothers_keys_is_still_its_own(
    world: World, owner: Browser, kim: Writer, thief: Writer
) -> None:
    """Even who knew all three public keys, but not the code, gets a row of their own without answers."""
    row = kim.send(message="hej")
    answer(owner, row, "svar")
    false = thief.leave(replace(thief.message(message="falskt"), mailbox=kim.keys.mailbox()))
    page = owner.get("/inbox").text
    assert set(order(page)) == {row, false}
    assert "<textarea" not in owner.get(f"/inbox/{false}").text
    assert "falskt" not in owner.get(f"/inbox/{row}").text


def test_a_message_never_changes_where_answers_go(world: World, owner: Browser, kim: Writer, thief: Writer) -> None:
    """Kim signs a message that carries another mailbox: it is not Kim's thread's, and answers go where they went."""
    row = kim.send(message="hej")
    kim.leave(sign_follow_up(thief.message(message="byt brevlåda"), _Named(kim.keys, thief.keys.mailbox()), 7))
    answer(owner, row, "svar")
    assert [one.text for one in kim.replies()] == ["svar"]
    assert thief.replies() == []
    assert len(order(owner.get("/inbox").text)) == 2


def test_an_address_that_another_team_answers_is_not_answered_into(
    world: World, owner: Browser, stranger: Browser, kim: Writer, thief: Writer
) -> None:
    """Björkby's thread lies in the mailbox; the thief names it in Ekstad, where nobody knows it: nothing is sent."""
    row = kim.leave(replace(kim.message(town="bjorkby", message="hej"), mailbox=kim.keys.mailbox()))
    answer(stranger, row, "från Björkby")
    false = thief.leave(forgeries(kim, thief)[FORGED[0]])
    page = answer(owner, false, "från Ekstad")
    assert "Brevlådan används av en annan tråd" in page
    assert [one.text for one in kim.replies()] == ["från Björkby"]


def test_a_summary_that_lies_about_a_thread_is_found_out_on_the_page(
    world: World, owner: Browser, colleague: Browser, kim: Writer, thief: Writer
) -> None:
    """Somebody who shares the key writes that a false message is signed: the words themselves are asked again."""
    row = kim.send(message="hej")
    answer(owner, row, "svar")
    false = bytes.fromhex(thief.leave(forgeries(kim, thief)[FORGED[2]]))
    owner.get(f"/inbox/{false.hex()}")
    person = world.person(world.owner)
    true = record.read(world.parts.casebook, bytes.fromhex(row), person).summary.facts
    found = record.read(world.parts.casebook, false, person)
    assert found.summary.facts is not None
    assert true is not None
    lie = replace(found.summary, facts=replace(found.summary.facts, box=true.box, signed=True))
    rewrite(world, found, lie.encode())
    page = colleague.get(f"/inbox/{row}").text
    assert "underskriften stämmer inte" in page


def rewrite(world: World, found: Record, data: bytes) -> None:
    """Seal another summary over a submission, as somebody who shares its key could."""
    sealed = seal_value(found.key, Place("summary", found.row, 0, found.version), data, "summary")
    with world.parts.casebook.write() as session:
        session.execute(update(StoredSubmission).where(StoredSubmission.id == found.row).values(summary=sealed))
