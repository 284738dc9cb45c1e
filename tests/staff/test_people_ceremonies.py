"""Two ceremonies of docs/operations.md followed word by word: somebody leaves, and a new colleague gets cases."""

from __future__ import annotations

import re
from pathlib import Path

from tests.staff.casework import Room
from tests.staff.leavers import box
from tests.staff.world import Browser, Human, World

OPERATIONS = (Path(__file__).resolve().parents[2] / "docs" / "operations.md").read_text("utf-8")


def spoken(ceremony: str) -> list[str]:
    """Take the words that a ceremony's page says stand on the app's pages, in their order."""
    page = OPERATIONS.partition(f"### {ceremony}\n")[2].partition("\n### ")[0]
    return re.findall(r"(?<!\*)\*([^*\n]+)\*(?!\*)", page)


def test_the_page_somebody_leaves_is_followed_word_by_word(world: World) -> None:
    """Lena finds each word where the page says, in its order; Anna finds hers; then nothing is left to renew."""
    anna = Room(world, world.owner)
    row = world.send(message="ring i kväll")
    anna.get(f"/inbox/{row}")
    anna.open(working="Lind 3")
    people, goes, sure, shut, renew, told = spoken("Somebody leaves")
    lena = world.browser(world.lead)
    page = lena.get("/people").text
    assert people in page
    link = re.search(rf'href="(/people/[0-9a-f]{{32}})">{goes}<', page.partition("Björn Lind")[2])
    assert link
    page = lena.get(link[1]).text
    assert sure in page
    assert f">{shut}<" in page
    lena.post(f"{link[1]}/leave", sure="yes")
    page = lena.get(link[1]).text
    assert "Lind 3" in page
    assert f">{renew}<" in page
    lena.post("/people/renewals")
    assert "Klart. 1 har fått ny nyckel" in lena.get("/people/renewals").text
    page = anna.get("/today")
    assert told.removeprefix("…").strip() in page
    assert f">{renew}<" in anna.get("/people/renewals")
    assert "Klart. 1 har fått ny nyckel" in anna.follow("/people/renewals")


def test_the_page_a_new_colleague_gets_cases_is_followed_word_by_word(world: World) -> None:
    """Anna finds each word in its order; Doris reads the cases and the requests, and the protected one that names her.

    Each case says who gave it.
    """
    anna = Room(world, world.owner)
    row = world.send(message="ring i kväll")
    anna.get(f"/inbox/{row}")
    case = anna.open(working="Lind 3")
    doris = Human("Doris Dal", "coordinator", "ekstad")
    world.roster = world.sign([world.owner, doris, world.stranger], epoch=2)
    world.enrol(doris)
    door, cases, show, every, some, requests = spoken("A new colleague gets cases")
    page = anna.get("/cases")
    assert cases in page
    assert door in page
    page = anna.get("/cases/colleagues")
    assert f">{show}<" in page
    page = anna.get(f"/cases/colleagues?to={box(doris)[:16].hex()}")
    assert every in page
    assert some in page
    assert f">{requests}<" in page
    to = box(doris)[:16].hex()
    assert "1 förfrågan är given" in anna.follow("/cases/colleagues", to=to, which="requests")
    assert "1 ärende är givet" in anna.follow("/cases/colleagues", to=to, which="all")
    new: Browser = world.browser(doris)
    assert new.get(case).status_code == 200
    assert "ring i kväll" in new.get(f"/inbox/{row}").text
