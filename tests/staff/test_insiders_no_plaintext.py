"""Nothing that anybody types on the pages of conflicts, orders and canary cases is readable anywhere outside."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from staff.insiders.four import ERASE, OVERRIDE
from tests.canaries import canary, files, search
from tests.staff.conftest import Stores
from tests.staff.dealing import Case, lead, post
from tests.staff.test_pages_of_erasing import case as old_case
from tests.staff.world import Browser, World


class Typist:
    """Somebody who types what was never typed before, and keeps what answers say outside their bodies."""

    def __init__(self) -> None:
        self.typed: list[str] = []
        self.heard: list[str] = []

    def word(self) -> str:
        """Type a new word."""
        self.typed.append(canary(900 + len(self.typed)))
        return self.typed[-1]

    def post(self, browser: Browser, path: str, **form: object) -> str:
        """Post a form; gives where it leads."""
        answer = post(browser, path, **form)
        assert answer.status_code == 303, path
        self.heard.append(str(answer.headers))
        return answer.headers["Location"]


def conflicts(world: World, case: Case, typist: Typist) -> None:
    """Keep a list, refused once; open with a reason, refused once."""
    anna, known = case.reader, typist.word()
    typist.post(anna, "/me/conflicts", lines=f"{known}\n{typist.word()}\nBo", after="0")
    typist.post(anna, "/me/conflicts", lines=f"{known}\n{typist.word()}", after="0")
    row = world.send(message=f"jag heter {known}")
    ask = f"/conflict/request/{row}"
    assert anna.get(f"/inbox/{row}").headers["Location"] == ask
    typist.post(anna, f"{ask}/open", reason="x")
    typist.post(anna, f"{ask}/open", reason=typist.word())
    assert anna.get(f"/inbox/{row}").status_code == 200


def orders(world: World, case: Case, typist: Typist) -> None:
    """Ask for each thing, refused once; sign, say no."""
    anna, word = case.reader, typist.word
    typist.post(anna, "/orders/new", act=OVERRIDE, case=case.id.hex(), to=word(), why=word())
    to = world.case_officer.name
    order = typist.post(anna, "/orders/new", act=OVERRIDE, case=case.id.hex(), to=to, why=word())
    typist.post(lead(world), f"{order}/refuse", why=word())
    early = typist.post(anna, "/orders/new", act=ERASE, case=old_case(world).hex(), number=word(), why=word())
    typist.post(lead(world), f"{early}/sign")


def test_nothing_typed_about_insiders_is_readable(
    world: World, stores: Stores, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Names in a list, reasons, receivers, numbers of decisions, notes of canary cases: in no file, log or header."""
    caplog.set_level(logging.DEBUG)
    case, typist = Case(world), Typist()
    conflicts(world, case, typist)
    orders(world, case, typist)
    typist.post(lead(world), "/canaries", working="", note=typist.word())
    typist.post(lead(world), "/canaries", working=typist.word(), note=typist.word())
    assert typist.typed[0] in case.reader.get("/me/conflicts").text  # the look would see it
    places = {
        **files(tmp_path),
        **stores.kept(),
        "log": caplog.text.encode(),
        "headers": "\n".join(typist.heard).encode(),
    }
    assert any(where.endswith("casebook.sqlite") or "/base/" in where for where in places)
    assert len(typist.typed) == 13
    assert search(places, typist.typed) == []
    assert search(places, ["conflict_open", "two_signed", '"canary"', '"planted"']) == []
