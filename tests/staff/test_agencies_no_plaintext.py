from __future__ import annotations

import logging
import tempfile
from pathlib import Path

import pytest

from tests.canaries import canary, files, search
from tests.staff.conftest import Stores
from tests.staff.dealing import LAW, Case, ask_for, lead, post
from tests.staff.world import ORIGIN, Browser, World


class Typist:
    """Somebody to whom every field is a chance to type what was never typed before."""

    def __init__(self) -> None:
        self.typed: list[str] = []
        self.heard: list[str] = []

    def word(self) -> str:
        """Type a new word, long enough to pass for a reason."""
        self.typed.append(canary(500 + len(self.typed)))
        return self.typed[-1]

    def post(self, browser: Browser, path: str, **form: object) -> None:
        """Post a form and keep what the answer says outside its body."""
        answer = post(browser, path, **form)
        assert answer.status_code == 303, path
        self.heard.append(str(answer.headers))

    def fetch(self, browser: Browser, path: str) -> None:
        """Fetch a file and keep its headers."""
        answer = browser.client.get(path, base_url=ORIGIN)
        assert answer.status_code == 200, path
        assert answer.headers["Cache-Control"] == "no-store"
        self.heard.append(str(answer.headers))

    def file(self, world: World, browser: Browser, path: str) -> None:
        """Ask for a file, let the lead sign, fetch it, and keep its headers."""
        order = ask_for(browser, path, why=self.word())
        lead(world).post(f"{order}/sign")
        answer = browser.post(f"{order}/fetch")
        assert answer.mimetype == "application/pdf", path
        assert answer.headers["Cache-Control"] == "no-store"
        self.heard.append(str(answer.headers) + order)


def hand(case: Case, typist: Typist) -> None:
    """Give a waiver, hand over once refused and once not, answer, ask for something, be done."""
    word, base, world = typist.word, f"{case.base}/do", case.world
    waiver = case.waiver(purpose=word())
    law = {**LAW, "reason": word(), "purpose": word()}
    for test in ("", word()):  # refused first, so that drafts are kept too
        form = {"people": world.case_officer.name, "until": case.day(9), "chosen": "e4", "cover": word(), "test": test}
        typist.post(case.reader, f"{base}/handover", **form, **law)
    folder = next(iter(case.dealings.handed))
    sonja = world.browser(world.case_officer)
    typist.post(sonja, f"/handed/{folder}/accept")
    typist.post(sonja, f"/handed/{folder}/reply", text=word())
    typist.post(case.reader, f"{base}/need", handover=folder, text=word(), due=case.day(2))
    typist.post(sonja, f"/handed/{folder}/done", text=word())
    typist.fetch(sonja, "/handed")
    typist.post(case.reader, f"{base}/withdraw", waiver=waiver)


def write(case: Case, typist: Typist) -> None:
    """Make a paper, an extract and an offer to another town; note a duty, a request for documents, a lead's reason."""
    word, base, world = typist.word, f"{case.base}/do", case.world
    paper = {"agency": "social", "person": world.case_officer.name, "chosen": "e4", "test": word(), **LAW}
    typist.post(case.reader, f"{base}/paper", **paper)
    typist.file(world, case.reader, f"{case.base}/paper/{next(iter(case.dealings.exported))}")
    typist.post(case.reader, f"{base}/extract", chosen=["e4", f"s{case.own}"], test=word())
    extract = f"/cases/{case.id.hex()}/extract/{next(iter(case.dealings.extracts))}"
    typist.fetch(case.reader, extract)
    typist.file(world, case.reader, f"{extract}/paper")
    typist.post(case.reader, f"{base}/ask", agency="housing", person=word(), question=word())
    typist.post(case.reader, f"{base}/duty", duty="report", line=word())
    typist.post(case.reader, f"{base}/transfer", town="bjorkby", chosen="e4", cover=word(), said_yes="yes")
    offered = f"/transfers/{next(iter(case.dealings.transferred))}"
    typist.post(world.browser(world.stranger), f"{offered}/decline", reason=word())
    typist.post(case.reader, "/documents", what=word())
    typist.post(lead(world), f"/load/{case.id.hex()}", reason=word())


def test_nothing_typed_to_or_by_others_is_readable(
    world: World, stores: Stores, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """No word of all that is found in a file, a temporary file, a log, an address or a header."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    caplog.set_level(logging.DEBUG)
    case, typist = Case(world, under18="yes"), Typist()
    hand(case, typist)
    write(case, typist)
    assert typist.typed[-1] in case.reader.get(case.base).text  # the look would see it
    places = {
        **files(world.folder),
        **stores.kept(),
        "log": caplog.text.encode(),
        "headers": "\n".join(typist.heard).encode(),
    }
    assert len(typist.typed) == 20
    assert search(places, typist.typed) == []
    assert list(temporary.iterdir()) == []
