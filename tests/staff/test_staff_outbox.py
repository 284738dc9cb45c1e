from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import func, select

from crypto.thread import REPLY_SIZE
from deaddrop.answer import Answer
from deaddrop.errors import UnavailableError
from staff.models import Outgoing, StoredEntry
from tests.staff.test_staff_replies import answer, kept, on_screen
from tests.staff.world import Browser, World
from tests.staff.writer import Writer

ROOT = Path(__file__).resolve().parents[2]


def test_old_answers_go_with_the_collecting_thread(world: World, owner: Browser, kim: Writer) -> None:
    """After the programme's days the collecting thread lets an answer go, and the page says why it is gone."""
    row = kim.send(message="hej")
    answer(owner, row, "ett")
    kept_days = world.settings.programme.answers.kept_days
    world.parts.outbox.now = world.clock.now
    world.clock.turn(days=kept_days)
    world.collect()
    assert len(kim.replies()) == 1
    world.clock.turn(days=1)
    world.collect()
    assert kim.replies() == []
    assert "borta efter sin tid" in world.browser(world.owner).get(f"/inbox/{row}").text


class Away:
    """A dead drop whose mailboxes cannot be reached."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer

    def leave(self, *_arguments: object, **_named: object) -> bytes:
        """Fail."""
        raise UnavailableError("a secret path")

    def waiting(self, address: bytes) -> frozenset[bytes]:
        """Fail too."""
        raise UnavailableError("a secret path")

    def opened(self, ids: list[bytes]) -> dict[bytes, int]:
        """Fail too."""
        raise UnavailableError("a secret path")

    def expire(self, *_arguments: object) -> int:
        """Fail too."""
        raise UnavailableError("a secret path")


def test_a_dead_drop_that_is_away_is_said_and_tried_again(
    world: World, owner: Browser, kim: Writer, caplog: pytest.LogCaptureFixture
) -> None:
    """The network is down: the answer is kept and the page says so; the collecting thread leaves it later, once."""
    row = kim.send(message="hej")
    outbox = world.parts.outbox
    true = outbox._answer
    outbox._answer = Away(true)  # type: ignore[assignment]  # it stands in for the store that is away
    page = answer(owner, row, "hemlig text")
    assert "kvar att skicka" in page
    assert "Kvar att skicka" in page
    assert "Svar kvar att skicka" in owner.get("/inbox").text
    world.collect()
    assert kim.replies() == []
    assert "UnavailableError" in caplog.text
    assert "secret" not in caplog.text
    outbox._answer = true
    world.collect()
    assert [one.text for one in kim.replies()] == ["hemlig text"]
    page = owner.get(f"/inbox/{row}").text
    assert "väntar i brevlådan sedan i dag" in on_screen(page)
    assert "kvar att skicka" not in page
    assert kept(world) == []


def test_the_button_tries_again_and_a_full_mailbox_is_asked_about(world: World, owner: Browser, kim: Writer) -> None:
    """While the dead drop was away a fifth answer was written: on trying again Anna chooses which it replaces."""
    row = kim.send(message="hej")
    for number in range(4):
        answer(owner, row, f"svar {number + 1}")
    outbox = world.parts.outbox
    true = outbox._answer
    outbox._answer = Away(true)  # type: ignore[assignment]  # it stands in for the store that is away
    answer(owner, row, "svar 5")
    outbox._answer = true
    owner.act(row, "deliver")
    page = owner.get(f"/inbox/{row}").text
    assert "fyra svar väntar redan" in page
    assert 'name="instead" value="1"' in page
    owner.act(row, "deliver", instead="1")
    assert [one.number for one in kim.replies()] == [2, 3, 4, 5]
    assert "ersatt av ett nyare" in owner.get(f"/inbox/{row}").text


def test_a_copy_of_either_store_holds_no_word_of_an_answer(world: World, owner: Browser, kim: Writer) -> None:
    """Sent, refused, or waiting for the dead drop: neither the casebook's files nor the dead drop's tell a word."""
    words = ("svarsfågeln", "utkastfågeln", "väntfågeln", "namnfågeln", "frågefågeln", "följefågeln")
    row = kim.send(message=words[4])
    answer(owner, row, words[0], **{"from": words[3]})
    answer(owner, row, words[1] * 400)
    kim.again(message=words[5])
    assert words[5] in owner.get(f"/inbox/{row}").text
    true, world.parts.outbox._answer = world.parts.outbox._answer, Away(world.parts.outbox._answer)  # type: ignore[assignment]  # as above
    answer(owner, row, words[2])
    assert len(kept(world)) == 1
    for file in world.folder.iterdir():
        data = file.read_bytes()
        for word in words:
            for spelling in (word.encode(), word.encode("utf-16-le"), word.encode("latin-1")):
                assert spelling not in data, (file.name, word)
    world.parts.outbox._answer = true


def test_what_was_delivered_leaves_no_sealed_byte_in_the_casebook(world: World, owner: Browser, kim: Writer) -> None:
    """Once it lies in the dead drop the casebook keeps the words under its own key only."""
    row = kim.send(message="hej")
    answer(owner, row, "ett")
    (sealed,) = [one for one in sealed_replies(world) if len(one) == REPLY_SIZE]
    world.collect()
    files = [file for file in world.folder.glob("casebook.sqlite*") if file.is_file()]
    assert not any(sealed[1000:1040] in file.read_bytes() for file in files)


def sealed_replies(world: World) -> list[bytes]:
    """Read the dead drop's file as somebody who copies it."""
    with world.engine.connect() as connection:
        return [bytes(row[0]) for row in connection.exec_driver_sql("SELECT sealed FROM replies")]


DIE = """
import os, sys
from datetime import UTC, datetime
from pathlib import Path
from crypto.opening.identity import Identity
from deaddrop.answer import Answer
from deaddrop.schema import engine
from staff.casebook import Casebook
from staff.inbox import answering, outbox as outbox_module, record
from staff.inbox.draft import Draft
from staff.inbox.listing import Listing
from staff.inbox.outbox import Outbox
from staff.person import Person
from staff.register import Register

step, casebook_path, deaddrop_path, folder, root, seed, row = sys.argv[1:]
casebook = Casebook(casebook_path)
papers = Register(Path(folder) / "roster", Path(folder) / "members", bytes.fromhex(root)).current()
identity = Identity.from_seed(bytes.fromhex(seed))
person = Person(identity, papers.members.by_box(identity.box_public), papers, b"p" * 32)
true = Answer(engine(deaddrop_path))

class Dying:
    def leave(self, *arguments, **named):
        if step == "after commit":
            os._exit(9)
        done = true.leave(*arguments, **named)
        if step == "after leaving":
            os._exit(9)
        return done

    def waiting(self, address):
        return true.waiting(address)

    def opened(self, ids):
        return true.opened(ids)

outbox = Outbox(casebook, Dying(), 30)
if step == "before commit":
    answering.Writing.keep = lambda self, session: os._exit(9)
if step == "after marking":
    answering.catch_up = lambda *arguments: os._exit(9)
if step == "before entering":
    outbox_module_forget = answering.forget
    answering.forget = lambda session, ids: os._exit(9)
draft = Draft("en gång", "x", seen=9)
answering.reply(casebook, outbox, Listing(), bytes.fromhex(row), draft, person, datetime.now(UTC))
os._exit(9 if step == "after all" else 8)
"""


STEPS = ("before commit", "after commit", "after leaving", "after marking", "before entering", "after all")


@pytest.mark.parametrize("step", STEPS)
def test_dying_between_any_two_steps_of_a_reply_loses_and_doubles_nothing(
    world: World, owner: Browser, kim: Writer, step: str
) -> None:
    """The power goes at one step: before the commit nothing was sent, after it the answer comes through just once."""
    row = kim.send(message="hej")
    owner.get(f"/inbox/{row}")
    seed, root = world.owner.identity.seed.hex(), world.root.sign_public.hex()
    where = (world.settings.casebook, world.settings.deaddrop, str(world.folder), root, seed, row)
    died = subprocess.run([sys.executable, "-c", DIE, step, *where], cwd=ROOT, check=False, capture_output=True)
    assert died.returncode == 9, died.stderr.decode()
    for _ in range(2):
        world.collect()
        owner.get(f"/inbox/{row}")
    page = owner.get(f"/inbox/{row}").text
    expected = [] if step == "before commit" else [(1, "en gång")]
    assert [(one.number, one.text) for one in kim.replies()] == expected
    assert on_screen(page).count("väntar i brevlådan sedan i dag") == len(expected)
    assert "kvar att skicka" not in page
    assert kept(world) == []
    with world.parts.casebook.read() as session:
        assert session.scalar(select(func.count()).select_from(StoredEntry)) == 1 + 2 * len(expected)


def test_an_answer_taken_out_of_the_casebook_is_told(world: World, owner: Browser, kim: Writer) -> None:
    """Somebody with the database deletes the sealed answer before it was left: the page does not call it sent."""
    row = kim.send(message="hej")
    world.parts.outbox._answer = Away(world.parts.outbox._answer)  # type: ignore[assignment]  # as above
    answer(owner, row, "ett")
    with world.parts.casebook.write() as session:
        for one in session.scalars(select(Outgoing)):
            session.delete(one)
    assert "finns inte kvar att skicka" in owner.get(f"/inbox/{row}").text
