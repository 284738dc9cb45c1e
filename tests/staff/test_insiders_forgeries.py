"""Forgeries by somebody who writes to both databases, and some by a colleague with a key beside: refused, or told."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from crypto.envelope import team_tag
from crypto.errors import MalformedError
from crypto.opening.ceremony import sign_members
from crypto.opening.members import read_audit, verify_members
from crypto.thread import reply_id
from deaddrop.schema import REPLIES
from staff.audit import store
from staff.audit.verify import check_all
from staff.folders.folder import seal_summary
from staff.models import Account, AuditHead, AuditRow, Collected, FolderEntry, StoredFolder, StoredOrder
from tests.staff.test_staff_audit import run, write_without
from tests.staff.test_staff_folders import add, make, read
from tests.staff.test_staff_replies import answer
from tests.staff.world import Browser, World
from tests.staff.writer import Writer


def test_a_colleague_with_the_key_and_the_file_hides_no_entry(world: World) -> None:
    """Björn cuts the last entry and seals a true summary of the rest at its version: the audit knows of one more."""
    folder = make(world, world.owner, world.colleague)
    add(world, world.owner, folder, "två")
    keys, _ = world.session(world.colleague)
    found = read(world, world.owner, folder)
    shorter = found.version - 1
    sealed = seal_summary(keys.key(folder), folder, shorter, found.summary)
    with world.parts.casebook.write() as session:
        session.execute(delete(FolderEntry).where(FolderEntry.folder == folder, FolderEntry.number > shorter))
        row = update(StoredFolder).where(StoredFolder.id == folder)
        session.execute(row.values(version=shorter, summary=sealed))
    found = read(world, world.owner, folder)
    assert found.problem == "older"
    assert not found.whole


def test_a_summary_that_counts_too_far_hides_nothing_either(world: World) -> None:
    """Björn leaves a gap and seals the summary at the old version: the entries are not whole."""
    folder = make(world, world.owner)
    add(world, world.owner, folder, "två")
    with world.parts.casebook.write() as session:
        last = session.scalar(select(StoredFolder.version).where(StoredFolder.id == folder))
        session.execute(delete(FolderEntry).where(FolderEntry.folder == folder, FolderEntry.number == last))
    assert not read(world, world.owner, folder).whole


def test_an_envelope_with_another_teams_tag_opens_for_nobody_there(world: World, stranger: Browser) -> None:
    """Ekstad's envelope is tagged as Björkby's in the casebook: Cilla's key opens no slot, and her page says so."""
    row = world.send(message="till Ekstad alena")
    with world.parts.casebook.write() as session:
        session.execute(update(Collected).values(team_tag=team_tag("bjorkby")))
    page = stranger.get("/inbox").text
    assert "Öppnas inte med din nyckel" in page
    assert "alena" not in page + stranger.get(f"/inbox/{row}").text


def test_a_reply_put_back_is_never_the_newest(world: World, owner: Browser, kim: Writer) -> None:
    """Kim removes an answer, and it is put back into the dead drop: it stands under its own number, beside the next."""
    row = kim.send(message="hej")
    answer(owner, row, "första svaret")
    with world.engine.connect() as connection:
        (kept,) = connection.execute(select(REPLIES)).mappings().all()
    kim.remove()
    answer(owner, row, "andra svaret")
    with world.engine.begin() as connection:
        connection.execute(insert(REPLIES).values(**kept))
    assert [(one.number, one.text) for one in kim.replies()] == [(1, "första svaret"), (2, "andra svaret")]
    assert reply_id(kept["sealed"]) == kept["id"]
    assert "hämtat och borttaget" in owner.get(f"/inbox/{row}").text  # what was seen once stays seen


def test_a_public_key_in_a_row_is_nobodys(world: World, owner: Browser) -> None:
    """Björn's account is given a stranger's key file, and an order of nobody's is slipped in: neither is believed."""
    stranger = world.key_file(world.stranger)
    with world.parts.casebook.write() as session:
        tag = world.parts.accounts.tag(world.colleague.name)
        session.execute(update(Account).where(Account.name_tag == tag).values(key_file=stranger))
        session.execute(insert(StoredOrder), [{"id": b"o" * 16, "locked": b"x" * 4200}])
    answer = Browser(world).sign_in(world.colleague, passphrase=world.stranger.passphrase)
    assert "/login" in answer.headers["Location"]
    assert world.parts.register.current().members == world.parts.register.current().signed
    assert owner.get("/today").status_code == 200


def rewritten(session: Session) -> None:
    """Take the first row out and write the whole chain anew."""
    write_without(session, 1)


def cut(session: Session) -> None:
    """Cut the last rows off and move the head back, which leaves a chain that is whole."""
    before = session.scalar(select(AuditRow.head).where(AuditRow.number == 1))
    session.execute(delete(AuditRow).where(AuditRow.number > 1))
    session.execute(update(AuditHead).values(number=1, head=before))


def signed_with(world: World, audit: str) -> None:
    """Let the root key sign the register anew, with what was noted of the audit."""
    members = world.members
    data = sign_members(members.epoch, members.members, world.root, None, audit)
    (world.folder / "members").write_bytes(data)


@pytest.mark.parametrize("forge", [rewritten, cut])
def test_what_the_root_key_signed_shows_a_chain_that_was_cut_or_rewritten(
    world: World, owner: Browser, forge: Callable[[Session], None]
) -> None:
    """The chain by itself is whole again; the register holds another head, and command and auditor's page say so."""
    owner.post("/inbox/collect")
    owner.post("/inbox/collect")
    with world.parts.casebook.read() as session:
        number, head = store.head(session)
    signed_with(world, f"{number}:{head.hex()}")
    assert run(world)[0] == 0
    assert "Kedjan är hel" in world.browser(world.auditor).get("/audit").text
    with world.parts.casebook.write() as session:
        forge(session)
        assert check_all(session, world.members).faults[-1].what == "signed"
    code, said = run(world)
    assert code == 1
    assert "what the root key signed" in said
    world.clock.turn(seconds=40)
    page = world.browser(world.auditor).get("/audit").text
    assert "stämmer inte med det som rotnyckeln skrev under" in page


def test_a_letters_half_of_a_head_finds_a_chain_that_was_cut(world: World, owner: Browser) -> None:
    """The daily letter has no number: its half of a head is found in the chain, and no more once that row is gone."""
    owner.post("/inbox/collect")
    with world.parts.casebook.read() as session:
        head = store.head(session)[1].hex()[:32]
    owner.post("/inbox/collect")
    assert run(world, "--known", head)[0] == 0
    with world.parts.casebook.write() as session:
        cut(session)
    assert run(world, "--known", head)[0] == 1


def test_a_register_without_a_note_of_the_audit_is_read_as_before(world: World) -> None:
    """Files from before have none; one with nonsense is refused, and orders by leads leave the note alone."""
    assert world.members.audit is None
    for wrong in ("0:" + "a" * 64, "1:" + "A" * 64, "7", "1:" + "a" * 63, 5, None):
        with pytest.raises(MalformedError):
            read_audit(wrong)
    data = sign_members(1, world.members.members, world.root, None, "7:" + "ab" * 32)
    found = verify_members(data, world.root.sign_public)
    assert found.audit == (7, bytes.fromhex("ab" * 32))
    assert json.loads(data.splitlines()[2])["audit"] == "7:" + "ab" * 32
