"""What is sent after the session has locked is kept for whoever wrote it, and for nobody else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import staff
from staff.access import ROUTES
from staff.accounts.parcels import IN_ALL, LIFE, PER_BROWSER, Parcels
from staff.accounts.places import PLACES, WORDLESS
from staff.entry import Entry
from staff.inbox.draft import place
from tests.canaries import canary, files, search
from tests.staff.casework import Room
from tests.staff.world import ORIGIN, Human, World
from tests.staff.writer import Writer

FORM = re.compile(r"(<form(?:\{\{.*?\}\}|\{%.*?%\}|[^>])*>)(.*?)</form>", re.DOTALL)
TYPED = re.compile(r'<textarea|<input(?![^>]*type="(?:hidden|checkbox|radio|date)")')
KEPT = "Du hann låsas ut. Det du skrev finns kvar."
ANNA, BJORN = b"a" * 32, b"b" * 32


@pytest.fixture
def anna(world: World) -> Room:
    """Sign in Anna, who is writing."""
    return Room(world, world.owner)


def locked_out(room: Room) -> None:
    """Go for coffee, longer than the session lives; the world's clock times the parcels too."""
    room.world.parts.parcels._clock = room.world.clock.ticks
    room.world.clock.turn(minutes=16)


def again(room: Room, human: Human | None = None) -> str:
    """Sign in in the same browser and give where that leads."""
    return room.browser.sign_in(human or room.human).headers["Location"]


def test_every_route_that_takes_a_form_is_placed_or_named_wordless(world: World) -> None:
    """A new form must say where its draft is kept, or that nobody writes in it."""
    posts = {rule.endpoint for rule in world.app.url_map.iter_rules() if "POST" in (rule.methods or ())}
    assert posts == PLACES.keys() | WORDLESS
    assert not PLACES.keys() & WORDLESS
    assert posts <= ROUTES.keys()


def test_a_note_sent_too_late_is_a_draft_after_sign_in(world: World, anna: Room) -> None:
    """Anna presses save without script after the lock: she signs in and stands before her words."""
    case = anna.open()
    hidden = anna.hidden(case, "note")
    locked_out(anna)
    answer = anna.send(f"{case}/save/note", **hidden, text="han ringde från en ny plats")
    assert answer.headers["Location"] == f"/login?to=c{case[-32:]}"
    assert "Det du skrev väntar" in anna.get("/login")
    led = again(anna)
    assert led.startswith(f"{case}?write=note")
    page = anna.get(led)
    assert KEPT in page
    assert "han ringde från en ny plats" in page
    assert len(world.parts.parcels) == 0
    assert KEPT not in anna.get(case)
    assert "han ringde från en ny plats" in anna.get(f"{case}?write=note")  # a draft until it is saved


def test_a_covered_page_sends_its_words_to_be_kept_and_nothing_is_done(world: World, anna: Room) -> None:
    """Its button says so: after the lock it is a draft as ever, and while another page kept the session it is too."""
    case = anna.open()
    led = anna.send(f"{case}/save/note", **anna.hidden(case, "note"), text="bara halva mening", late="1")
    assert led.headers["Location"].startswith(f"{case}?write=note")
    assert "bara halva mening" in anna.get(led.headers["Location"])
    assert [one.kind for one in folded(world, case)] == ["opened", "seeded", "shared"]
    assert anna.send(f"{case}/save/note", late="1").headers["Location"] == "/"
    locked_out(anna)
    anna.send(f"{case}/save/note", text="resten av den", late="1")
    assert again(anna).startswith(f"{case}?write=note")
    assert "resten av den" in anna.get(f"{case}?write=note")
    assert [one.kind for one in folded(world, case)] == ["opened", "seeded", "shared"]


def test_a_new_date_sent_too_late_is_shown_once_more(anna: Room) -> None:
    """Anna moves a task after the lock: the day stands on the case's page when she is back."""
    case = anna.open()
    locked_out(anna)
    anna.send(f"{case}/do/later", task="x", due="2031-02-03", late="1")
    page = anna.get(again(anna))
    assert KEPT in page
    assert "2031-02-03" in page


def folded(world: World, case: str) -> list[Entry]:
    """List what stands in a case."""
    keys, person = world.session(world.owner)
    return world.parts.folders.peek(keys, bytes.fromhex(case[-32:]), person).trusted


def test_every_form_with_words_has_the_button_last() -> None:
    """Each form that somebody writes in, but for searches and secrets, can be sent from a covered page."""
    without = set()
    for path in sorted((Path(staff.__file__).parents[1] / "templates" / "staff").glob("*.html")):
        for head, body in FORM.findall(path.read_text("utf-8")):
            if (TYPED.search(body) or "novalidate" in head) and not body.rstrip().endswith("{{ unlock() }}"):
                without.add(path.stem)
    assert without == {"day_cases", "enrol", "fresh", "inbox", "login", "phrase", "wait"}


def test_two_late_forms_of_one_browser_are_both_kept(anna: Room) -> None:
    """Two windows stood open: a note and a reply, and neither takes the other's place."""
    case, row = anna.open(), Writer(anna.world).send(answer_by="code")
    anna.get(f"/inbox/{row}")
    locked_out(anna)
    anna.send(f"{case}/save/note", text="anteckningen")
    anna.send(f"/inbox/{row}/reply", text="svaret", **{"from": "Anna", "seen": "2"})
    assert again(anna) == f"/inbox/{row}#reply"
    assert "svaret" in anna.get(f"/inbox/{row}#reply")
    assert "anteckningen" in anna.get(f"{case}?write=note")


def test_another_person_gets_nothing_of_it(world: World, anna: Room) -> None:
    """Björn signs in where Anna was locked out: what she wrote is dropped unread, for both of them."""
    case = anna.open()
    locked_out(anna)
    anna.send(f"{case}/save/note", text="bara annas")
    assert "/login" not in again(anna, world.colleague)
    assert len(world.parts.parcels) == 0
    world.clock.turn(minutes=1)
    for page in ("/today", f"{case}?write=note"):
        assert "bara annas" not in anna.get(page)
        assert KEPT not in anna.get(page)
    assert "bara annas" not in Room(world, world.owner).get(f"{case}?write=note")


def test_a_stranger_with_the_form_keeps_nothing(world: World, anna: Room) -> None:
    """A browser in which nobody was signed in, or that cannot prove the form to be ours, leaves nothing in memory."""
    case = anna.open()
    unknown = world.browser()
    unknown.post(f"{case}/save/note", text="utifrån")
    assert len(world.parts.parcels) == 0
    locked_out(anna)
    anna.browser.client.post(f"{case}/save/note", data={"text": "utan bevis"}, base_url=ORIGIN)
    assert len(world.parts.parcels) == 0


@pytest.mark.parametrize(("path", "form"), [("/lock", {}), ("/inbox/collect", {}), ("/login", {"name": "x"})])
def test_an_act_without_words_keeps_nothing(world: World, anna: Room, path: str, form: dict[str, str]) -> None:
    """Locking, collecting, signing in: no parcel and no cookie."""
    locked_out(anna)
    answer = anna.send(path, **form)
    assert "staff-late" not in str(answer.headers)
    assert len(world.parts.parcels) == 0


def test_after_a_quarter_of_an_hour_it_is_gone(world: World, anna: Room) -> None:
    """What nobody came back for leaves the memory."""
    case = anna.open()
    locked_out(anna)
    anna.send(f"{case}/save/note", text="för sent")
    world.clock.turn(minutes=16)
    assert again(anna, world.owner) == "/today"
    assert "för sent" not in anna.get(f"{case}?write=note")


def test_newer_words_from_another_window_stand(world: World, anna: Room) -> None:
    """Anna went on writing in a second browser before she came back to the first: what is newer stays."""
    case = anna.open()
    locked_out(anna)
    anna.send(f"{case}/save/note", text="det gamla")
    world.clock.turn(minutes=2)
    Room(world, world.owner).send(f"{case}/draft", form="note", text="det nya")
    world.clock.turn(minutes=1)
    again(anna)
    assert "det nya" in anna.get(f"{case}?write=note")


def test_a_reason_typed_beside_a_button_is_shown_again(anna: Room) -> None:
    """The test of a relative's words has no draft of its own: the reason stands on the page that follows."""
    case = anna.open()
    locked_out(anna)
    anna.send(f"{case}/do/test", submission="a" * 32, reason="hon har sagt ja själv")
    led = again(anna)
    assert led == case
    assert "hon har sagt ja själv" in anna.get(led)


def test_the_cookie_is_for_our_pages_alone_and_one_use(world: World, anna: Room) -> None:
    """HttpOnly, SameSite=Strict, another ticket each time, and taken away by the sign-in."""
    case = anna.open()
    locked_out(anna)
    first = anna.send(f"{case}/save/note", text="ett").headers["Set-Cookie"]
    assert "HttpOnly" in first
    assert "SameSite=Strict" in first
    second = anna.send(f"{case}/save/note", text="två").headers["Set-Cookie"]
    assert first.split(";")[0] != second.split(";")[0]
    again(anna)
    assert anna.browser.client.get_cookie("staff-late", domain="127.0.0.1") is None
    assert "två" in anna.get(f"{case}?write=note")


def test_a_reply_survives_a_lock_and_nobody_else_sees_it(world: World, anna: Room) -> None:
    """The page's script keeps the reply, sealed; Anna locks, and it is there when she is back, for her alone."""
    row = Writer(world).send(answer_by="code")
    anna.get(f"/inbox/{row}")
    kept = anna.send(f"/inbox/{row}/draft", text="vi hörs i kväll", **{"from": "Anna", "seen": "2"}).get_json()
    assert kept["left"] == 900
    anna.send("/lock")
    world.clock.turn(minutes=1)
    back = Room(world, world.owner)
    assert "vi hörs i kväll" in back.get(f"/inbox/{row}")
    assert "vi hörs i kväll" not in Room(world, world.colleague).get(f"/inbox/{row}")
    assert Room(world, world.stranger).send(f"/inbox/{row}/draft", text="x").status_code == 404


def test_a_reply_longer_than_any_draft_keeps_its_beginning(world: World, anna: Room) -> None:
    """Signs that take six bytes each as they are sealed: no failure, and the beginning is there."""
    row = Writer(world).send(answer_by="code")
    anna.get(f"/inbox/{row}")
    anna.send(f"/inbox/{row}/draft", text="början " + "\x01" * 19_000)
    kept = world.parts.drafts.load(world.person(world.owner), place(bytes.fromhex(row)))
    assert kept is not None
    assert "början".encode() in kept[0]


def test_nothing_late_reaches_a_file(world: World, anna: Room, tmp_path: Path) -> None:
    """Notes, replies and reasons that came too late, given back or never fetched: none in any file."""
    typed = [canary(one) for one in range(4)]
    case, row = anna.open(), Writer(world).send(answer_by="code")
    anna.get(f"/inbox/{row}")
    locked_out(anna)
    anna.send(f"{case}/save/note", text=typed[0])
    anna.send(f"/inbox/{row}/reply", text=typed[1], **{"from": "Anna", "seen": "2"})
    anna.send(f"{case}/do/drop", task="x", line=typed[2])
    again(anna)
    locked_out(anna)
    anna.send(f"{case}/save/note", text=typed[3])
    assert search(files(tmp_path), typed) == []


def test_parcels_are_bounded_for_a_browser_and_in_all() -> None:
    """One browser keeps the newest that fit; of many browsers the oldest goes; the memory alone opens nothing."""
    parcels, cookie = Parcels(), ""
    for number in range(9):
        cookie = parcels.put(cookie, ANNA, str(number).encode() + b"x" * 60_000)
    (row,) = parcels._rows.values()
    assert row.size <= PER_BROWSER
    assert all(b"xxxx" not in one for one in row.locked)
    assert [one[:1] for one in parcels.take(cookie, ANNA)] == [b"5", b"6", b"7", b"8"]
    for _ in range(200):
        parcels.put("", ANNA, b"x" * 60_000)
    assert sum(one.size for one in parcels._rows.values()) <= IN_ALL


def test_a_parcel_opens_once_for_its_owner_in_time() -> None:
    """Another member drops it; a wrong cookie opens nothing; after its time it is gone."""
    clock = [0.0]
    parcels = Parcels(lambda: clock[0])
    cookie = parcels.put("", ANNA, b"ord")
    assert parcels.take("not base64 ö", ANNA) == ()
    assert parcels.take(cookie, BJORN) == ()
    assert parcels.take(cookie, ANNA) == ()
    cookie = parcels.put("", ANNA, b"ord")
    assert parcels.waits(cookie)
    clock[0] = LIFE
    parcels.purge()
    assert not parcels.waits(cookie)
    assert len(parcels) == 0
