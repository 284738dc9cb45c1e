from __future__ import annotations

import re

import pytest

from tests.staff.casework import Room
from tests.staff.world import ORIGIN, World


@pytest.fixture
def anna(world: World) -> Room:
    """Sign in Anna, who is writing."""
    return Room(world, world.owner)


def keep(room: Room, case: str, **fields: str) -> dict[str, object]:
    """Send a draft as the page's script does."""
    answer = room.browser.client.post(
        f"{case}/draft",
        data={"csrf_token": room._token, **fields},
        headers={"Accept": "application/json"},
        base_url=ORIGIN,
    )
    assert answer.status_code == 200
    found = answer.get_json()
    assert isinstance(found, dict)
    return found


def test_a_draft_survives_a_lock_a_time_out_and_a_restart(world: World, anna: Room) -> None:
    """What the script kept, with a visible time, is there when Anna is back after a lock, a time-out and a restart."""
    case = anna.open()
    saved = keep(anna, case, form="talk", want="vill bort från", seen="1")
    assert re.fullmatch(r"\d\d\.\d\d", str(saved["saved"]))
    assert saved["left"] == 900
    anna.send("/lock")
    world.clock.turn(minutes=20)
    world.start()
    back = Room(world, world.owner)
    page = back.get(f"{case}?write=talk")
    assert "vill bort från" in page
    assert f"Utkast sparat {saved['saved']}" in page
    assert "vill bort från" not in back.get(case)


def test_a_refused_form_keeps_everything_and_says_what_to_mend(anna: Room) -> None:
    """A date that is none: summary on top with a link, the words at the field, all texts kept, answered by 303."""
    case = anna.open()
    answer = anna.send(f"{case}/save/task", title="Ring soc", due="på tisdag", agency="Soc")
    assert answer.status_code == 303
    assert not answer.data
    page = anna.get(answer.headers["Location"])
    assert '<a href="#task-due">När</a>: Skriv ett datum' in page
    assert page.count("Skriv ett datum") == 2
    for typed in ("Ring soc", "på tisdag", "Soc"):
        assert f'value="{typed}"' in page
    anna.save(case, "task", title="Ring soc", due="2026-12-01")
    assert "på tisdag" not in anna.get(f"{case}?write=task")


def test_nobody_else_sees_a_draft(world: World, anna: Room) -> None:
    """Björn shares the case and has the same form open: his is empty."""
    case = anna.open()
    keep(anna, case, form="note", text="inte klart än")
    assert "inte klart än" not in Room(world, world.colleague).get(f"{case}?write=note")


def test_a_draft_is_kept_and_thrown_away_without_script(anna: Room) -> None:
    """The two buttons: keep it, and throw it away."""
    case = anna.open()
    page = anna.follow(f"{case}/draft", form="note", text="halvt")
    assert "Utkastet är sparat" in page
    assert "halvt" in page
    page = anna.follow(f"{case}/draft", form="note", text="halvt", drop="yes")
    assert "Utkastet är kastat" in page
    assert "halvt" not in page


def test_a_draft_of_one_form_fills_no_other(anna: Room) -> None:
    """Each form of each case, and each question, has a draft of its own; a new case has one too."""
    case, other = anna.open(), anna.open(working="Lind 3")
    keep(anna, case, form="note", text="till björk")
    keep(anna, case, form="question", about="1", text="om ettan")
    assert "till björk" not in anna.get(f"{case}?write=talk")
    assert "till björk" not in anna.get(f"{other}?write=note")
    assert "om ettan" in anna.get(f"{case}?write=question&about=1")
    assert "om ettan" not in anna.get(f"{case}?write=question&about=2")
    assert "utan namn än" in anna.follow("/cases/new/draft", form="new", text="utan namn än")
    assert "utan namn än" not in anna.get(case)


def test_a_refused_new_case_keeps_what_was_typed(anna: Room) -> None:
    """Without a working name no case is opened, and the first note is still there."""
    page = anna.follow("/cases/new", working="", how="call", text="mötte honom på torget")
    assert "Fyll i det här" in page
    assert "mötte honom på torget" in page


def test_a_draft_too_long_to_keep_says_so(anna: Room) -> None:
    """Seventy thousand characters are no draft; the page is told, and what was kept before stands."""
    case = anna.open()
    keep(anna, case, form="note", text="det första")
    assert keep(anna, case, form="note", text="x" * 70_000)["saved"] == ""
    assert "det första" in anna.get(f"{case}?write=note")


def test_saving_after_the_lock_leads_to_the_door_and_back_to_the_case(world: World, anna: Room) -> None:
    """The session has run out: the answer is the sign-in page, which knows the way back to the case."""
    case = anna.open()
    keep(anna, case, form="note", text="nästan klar")
    world.clock.turn(minutes=16)
    answer = anna.send(f"{case}/save/note", text="nästan klar.")
    assert answer.headers["Location"] == f"/login?to=c{case[-32:]}"
    browser = world.browser()
    led = browser.sign_in(world.owner, to=f"c{case[-32:]}")
    assert led.headers["Location"] == case
    assert "nästan klar" in browser.get(f"{case}?write=note").text
