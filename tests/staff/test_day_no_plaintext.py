"""What is typed on the day's pages stands in no file, log, address or header: words looked for, notes, flags."""

from __future__ import annotations

import logging

import pytest

from tests.canaries import canary, files, search
from tests.staff.conftest import Stores
from tests.staff.manycases import Cases, task
from tests.staff.world import Browser, World

WORDS = {name: canary(700 + number) for number, name in enumerate(("search", "note", "flag", "draft", "title", "line"))}


def test_nothing_typed_in_a_day_is_readable_outside(
    world: World, owner: Browser, stores: Stores, caplog: pytest.LogCaptureFixture
) -> None:
    """Anna searches, writes to the next shift, flags a case, sets a flood aside; a copy of the disk tells nothing."""
    caplog.set_level(logging.DEBUG)
    cases = Cases(world)
    flag = ("flag", {"text": WORDS["flag"], "until": cases.day(days=2)})
    case = cases.open("Björk 14", flag, task(WORDS["title"], cases.day()))
    world.send(message="skräp")
    owner.get("/inbox")
    answers = [
        owner.post("/cases/search", words=WORDS["search"]),
        owner.post("/shift", text=WORDS["note"]),
        owner.post("/shift", text=WORDS["draft"] * 99),
        owner.post("/inbox/aside", which="all"),
        owner.post("/inbox/aside/do", reason="hostile", line=WORDS["line"]),
        owner.post(f"/queue/{case}", result=WORDS["search"]),
    ]
    pages = [owner.get(path).text for path in ("/today", "/cases?show=all", "/flags", "/shift", "/queue", "/inbox")]
    assert all(WORDS[name] in "".join(pages) for name in ("search", "note", "flag", "draft", "title"))
    places = files(world.folder) | stores.kept()
    places |= {f"answer {number}": str(answer.headers).encode() for number, answer in enumerate(answers)}
    places["log"] = caplog.text.encode()
    assert len(places) > len(answers) + 2
    assert search(places, WORDS.values()) == []
    assert search({"page": pages[3].encode()}, [WORDS["note"]])
