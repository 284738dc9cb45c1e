from __future__ import annotations

import re
import threading
import time

import pytest

from staff.cases import drafting
from staff.folders import drafts as stored
from staff.inbox import draft as reply
from tests.staff.casework import Room
from tests.staff.test_staff_erasing import drafts
from tests.staff.world import ORIGIN, World
from tests.staff.writer import Writer


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


def test_an_older_save_that_comes_last_takes_no_newer_ones_place(anna: Room) -> None:
    """Two saves of one page change places on their way: the newer stands; another page's save is one of its own."""
    case = anna.open()
    keep(anna, case, form="note", text="ses på fredag", turn="5f2a.10")
    assert keep(anna, case, form="note", text="ses på torsdag", turn="5f2a.9")["saved"]
    assert "ses på fredag" in anna.get(f"{case}?write=note")
    keep(anna, case, form="note", text="ses på lördag", turn="77aa.1")
    assert "ses på lördag" in anna.get(f"{case}?write=note")
    assert "Utkast sparat" in anna.get(f"{case}?write=note")
    keep(anna, case, form="note", turn="77aa.2")
    assert "Utkast sparat" not in anna.get(f"{case}?write=note")


def test_who_comes_back_before_the_save_is_in_sees_it_all_the_same(
    world: World, anna: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page is asked for first and its writer's save comes while it waits: what was typed last is on it."""
    case, waited = anna.open(), []
    keep(anna, case, form="note", text="ses på torsdag", turn="5f2a.1")
    anna.browser.client.set_cookie("draft", "note.5f2a.2", domain="127.0.0.1", path=case)
    late = drafting.Draft({"text": ["ses på fredag"]}, turn="5f2a.2")
    where = drafting.place(bytes.fromhex(case[-32:]), "note")

    def arrives(_: float) -> None:
        waited.append(1)
        drafting.keep(world.parts.drafts, world.person(world.owner), where, late, world.clock.now())

    monkeypatch.setattr(time, "sleep", arrives)
    assert "ses på fredag" in anna.get(case)
    assert waited == [1]


@pytest.mark.parametrize("cookie", ["note.5f2a.x", "note.5f2a", "talk.5f2a.2", "", "note..1", "." * 300, "note.5f2a.²"])
def test_a_cookie_that_names_no_save_of_this_form_waits_for_nothing(
    anna: Room, monkeypatch: pytest.MonkeyPatch, cookie: str
) -> None:
    """Another form's turn, and whatever is none: the page is answered at once."""
    case = anna.open()
    anna.browser.client.set_cookie("draft", cookie, domain="127.0.0.1", path=case)
    monkeypatch.setattr(time, "sleep", lambda _: pytest.fail("waited"))
    assert "sheet-note" in anna.get(case)


def test_a_save_that_comes_after_the_draft_was_emptied_brings_nothing_back(anna: Room) -> None:
    """Typed, then deleted again, and the older save comes last: the form stays empty, until more is typed."""
    case = anna.open()
    keep(anna, case, form="note", text="ses på torsdag", turn="5f2a.1")
    keep(anna, case, form="note", turn="5f2a.3")
    assert keep(anna, case, form="note", text="ses på fredag", turn="5f2a.2")["saved"]
    page = anna.get(f"{case}?write=note")
    assert "ses på" not in page
    assert "Utkast sparat" not in page
    keep(anna, case, form="note", text="ses på lördag", turn="5f2a.4")
    assert "ses på lördag" in anna.get(f"{case}?write=note")
    anna.send(f"{case}/draft", form="note", text="ses på lördag", turn="5f2a.6", drop="yes")
    keep(anna, case, form="note", text="ses på söndag", turn="5f2a.5")
    assert "ses på" not in anna.get(f"{case}?write=note")


def test_a_save_that_comes_after_its_form_was_sent_is_no_draft(world: World, anna: Room) -> None:
    """What was sent is sent: a save of the same page that was late on its way is told that all is well, and dropped."""
    case = anna.open()
    keep(anna, case, form="note", text="ses på", turn="5f2a.1")
    anna.save(case, "note", text="ses på fredag", turn="5f2a.3")
    keep(anna, case, form="note", text="ses på fre", turn="5f2a.2")
    assert "Utkast sparat" not in anna.get(f"{case}?write=note")
    assert drafts(world) == 1  # the turn that was sent, in the draft's place
    keep(anna, case, form="note", text="och på lördag", turn="5f2a.4")
    assert "och på lördag" in anna.get(f"{case}?write=note")


def test_a_refused_form_takes_the_place_of_its_pages_last_save(anna: Room) -> None:
    """Saved, then sent and refused: the draft says what to mend; the save that comes late does not hide it."""
    case = anna.open()
    keep(anna, case, form="task", title="Ring soc", due="på tisdag", turn="5f2a.1")
    anna.send(f"{case}/save/task", title="Ring soc", due="på tisdag", turn="5f2a.3")
    keep(anna, case, form="task", title="Ring soc", due="på", turn="5f2a.2")
    assert anna.get(f"{case}?write=task").count("Skriv ett datum") == 2


def test_an_emptied_draft_waits_for_nothing_and_keeps_no_word(
    world: World, anna: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its page was left before the answer: the next one knows that the save is in. A turn of words is no turn."""
    case = anna.open()
    keep(anna, case, form="note", text="ses på torsdag", turn="5f2a.1")
    keep(anna, case, form="note", turn="5f2a.2")
    anna.browser.client.set_cookie("draft", "note.5f2a.2", domain="127.0.0.1", path=case)
    monkeypatch.setattr(time, "sleep", lambda _: pytest.fail("waited"))
    assert "sheet-note" in anna.get(case)
    assert drafts(world) == 1
    keep(anna, case, form="note", turn="hon vill bort.1")
    assert drafts(world) == 0


def test_of_two_saves_of_one_instant_the_newer_stands(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both have read what stood before when the older one writes last: it finds the newer one there and gives way."""
    person, kept, open_one = world.person(world.owner), world.parts.drafts, stored.parted
    kept.keep(person, "case/x/note", b"1", world.clock.now(), "5f2a.1")
    both = threading.Barrier(2)

    def together(content: bytes) -> tuple[bytes, str]:
        try:
            both.wait(0.5)
            if threading.current_thread() is older:
                newer.join()
        except threading.BrokenBarrierError:
            pass  # the other one waits for this one's row, as it should
        return open_one(content)

    def save(turn: str) -> None:
        kept.keep(person, "case/x/note", turn.encode(), world.clock.now(), turn)

    newer, older = (threading.Thread(target=save, args=(turn,)) for turn in ("5f2a.3", "5f2a.2"))
    monkeypatch.setattr(stored, "parted", together)
    for thread in (newer, older):
        thread.start()
    for thread in (newer, older):
        thread.join()
    monkeypatch.setattr(stored, "parted", open_one)
    found = kept.load(person, "case/x/note")
    assert found is not None
    assert found[0] == b"5f2a.3"


def test_a_reply_is_kept_in_order_too_and_its_page_waits(
    world: World, anna: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Saves of a reply change places: the newer stands. Its page waits for one under way; what was sent is no draft."""
    row = Writer(world).send(message="hej")
    where = f"/inbox/{row}"
    keep(anna, where, text="ses på fredag", turn="5f2a.2")
    keep(anna, where, text="ses på torsdag", turn="5f2a.1")
    assert "ses på fredag" in anna.get(where)
    anna.browser.client.set_cookie("draft", "reply.5f2a.3", domain="127.0.0.1", path=where)

    def arrives(_: float) -> None:
        late = reply.Draft("ses på lördag", "samordnarna").encode()
        place = reply.place(bytes.fromhex(row))
        world.parts.drafts.keep(world.person(world.owner), place, late, world.clock.now(), "5f2a.3")

    monkeypatch.setattr(time, "sleep", arrives)
    assert "ses på lördag" in anna.get(where)
    anna.send(f"{where}/reply", text="ses på lördag", turn="5f2a.5", **{"from": "samordnarna"})
    keep(anna, where, text="ses på lö", turn="5f2a.4")
    assert "Utkast sparat" not in anna.get(where)


def test_a_draft_of_a_version_before_turns_is_read_whole() -> None:
    """What was sealed as a time and a text alone is that text, and of no page's turn."""
    assert stored.parted(bytes(stored.TIME) + b"begun") == (b"begun", "")
    assert stored.parted(bytes(stored.TIME) + b"b\0egun\0" + b"5f2a.1") == (b"b\0egun", "5f2a.1")
