"""Orders and notices about a case: used in the act's own commit, and gone when the case is."""

from __future__ import annotations

import pytest
from sqlalchemy import insert, select

from staff.insiders import four, notices
from staff.insiders.four import USED
from staff.models import Erased, StoredFolder
from tests.staff.dealing import ask_for, lead
from tests.staff.dying import Interrupted, killed_after
from tests.staff.test_insiders_orders import WHY, board
from tests.staff.test_pages_of_erasing import case as old_case
from tests.staff.test_pages_of_erasing import decide, erase, is_there
from tests.staff.world import Browser, World


def test_dying_between_any_two_writes_costs_no_second_order(
    world: World, owner: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file for the archive is fetched, and the process ends after each commit in turn.

    Either the order still serves, or the ledger has the file, so that the case can be erased: never neither.
    """
    decide(world, ("case", "closed", 60, "archive"))
    folder = old_case(world)
    order = ask_for(owner, f"/erasure/archive/{folder.hex()}")
    four.sign(board(world, world.lead), bytes.fromhex(order[-32:]))
    for commits in range(20):
        try:
            with killed_after(commits, monkeypatch, kept=True):
                owner.post(f"{order}/fetch")
            break
        except Interrupted:
            used = four.peek(board(world, world.owner), bytes.fromhex(order[-32:])).status == USED
            assert used == ("Filen är hämtad." in owner.get("/erasure").text)
            if used:
                break
    assert commits > 0
    assert "Filen är hämtad." in owner.get("/erasure").text


def about_the_case(world: World, folder: bytes) -> bytes:
    """Let Lena and Aron be told of a case, as when somebody opens it in spite of a conflict; gives the notice."""
    notice = notices.Notice(notices.CONFLICT, int(world.clock.now().timestamp()), folder.hex(), WHY)
    overseers = [world.lead.member, world.auditor.member]
    anna = world.person(world.colleague)
    new = notices.prepare(world.parts.folders, anna, notice, overseers, world.clock.now())
    with world.parts.casebook.write() as session:
        new.keep(session)
    return new.id


def test_what_leads_and_auditors_alone_hold_goes_after_the_case(world: World, owner: Browser) -> None:
    """Anna erases a case; the notice about it, which her key does not open, goes when Lena next looks; others stay."""
    decide(world, ("case", "closed", 0, "erase"))
    gone, stays = old_case(world), old_case(world, "Alm 3", closed=False)
    notice, other = about_the_case(world, gone), about_the_case(world, stays)
    assert WHY in lead(world).get("/load").text
    erase(owner, gone)
    assert (is_there(world, gone), is_there(world, notice)) == (False, True)
    lead(world).get("/load")
    assert (is_there(world, notice), is_there(world, other)) == (False, True)
    assert notice in world.parts.erased.ids()
    acts = world.parts.audit.own(world.person(world.lead))
    assert [one.fields["n"] for one in acts if one.what == "tidied"] == ["1"]


def test_whoever_calls_a_case_erased_in_the_casebook_takes_no_notice_away(world: World) -> None:
    """Somebody writes into the casebook that a case was erased: the notice stays, since the file does not say so."""
    notice = about_the_case(world, old_case(world))
    with world.parts.casebook.write() as session:
        ids = session.scalars(select(StoredFolder.id)).all()
        session.execute(insert(Erased), [{"id": one, "day": 1} for one in ids])
    lead(world).get("/load")
    assert is_there(world, notice)
