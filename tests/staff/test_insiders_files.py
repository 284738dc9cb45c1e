"""The file that two sign for is the file that leaves: its bytes, not its name."""

from __future__ import annotations

import hashlib

import pytest

from staff.cases.summary import summarise as summarise_case
from staff.entry import Entry
from staff.insiders import four
from staff.insiders.four import EXPORT, SIGNED
from tests.staff.dealing import Case, ask_for, lead, signed_file
from tests.staff.test_insiders_orders import WHY, board, follow, noted
from tests.staff.test_pages_of_erasing import case as old_case
from tests.staff.test_pages_of_erasing import decide
from tests.staff.world import Browser, World


def test_the_bytes_that_were_signed_are_the_ones_that_leave(world: World, case: Case) -> None:
    """Lena signs over the file's SHA-256 and sees it; the next day the same bytes are made and leave."""
    order = ask_for(case.reader, noted(case))
    lead(world).post(f"{order}/sign")
    named = four.peek(board(world, world.lead), bytes.fromhex(order[-32:])).order.fields["sha256"]
    assert named in lead(world).get(order).text
    world.clock.turn(days=1, minutes=1)
    file = world.browser(world.owner).post(f"{order}/fetch")
    assert hashlib.sha256(file.data).hexdigest() == named


def test_what_was_written_since_does_not_leave_with_it(world: World, owner: Browser) -> None:
    """Björn writes into the case after Lena has signed for the archive's file: that file is not the one she signed."""
    decide(world, ("case", "closed", 60, "archive"))
    folder = old_case(world)
    order = ask_for(owner, f"/erasure/archive/{folder.hex()}")
    lead(world).post(f"{order}/sign")
    anna = board(world, world.owner)
    note = Entry(world.owner.name, world.clock.now(), "note", {"text": "tillagt efter underskriften"})
    anna.folders.append(anna.keys, folder, anna.person, lambda _f: [note], summarise_case, anna.now)
    assert "inte längre den som ni skrev under" in follow(owner, order, "fetch")
    assert four.peek(board(world, world.owner), bytes.fromhex(order[-32:])).status == SIGNED
    follow(owner, order, "refuse")
    assert signed_file(world, owner, f"/erasure/archive/{folder.hex()}").mimetype == "application/pdf"


@pytest.mark.parametrize("digest", ["", "0" * 64, "å"])
def test_an_order_that_names_no_bytes_or_others_carries_nothing(world: World, case: Case, digest: str) -> None:
    """Anna makes her order by hand, with a name and without the file's hash, or another's; Lena signs: no file."""
    what = f"extract:{noted(case).split('/')[4]}"
    fields = {"why": WHY, "what": what, "working": "Björk 14", "sha256": digest}
    row = four.ask(board(world, world.owner), EXPORT, case.id, fields)
    four.sign(board(world, world.lead), row)
    case.reader.get("/orders")
    assert "inte längre den som ni skrev under" in follow(case.reader, f"/orders/{row.hex()}", "fetch")
