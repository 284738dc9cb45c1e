from __future__ import annotations

import re
from datetime import timedelta

import pytest

from staff.cases.stages import Stage
from staff.cases.summary import summarise
from staff.entry import Entry
from tests.staff.casework import Room
from tests.staff.test_staff_inbox import order
from tests.staff.world import ORIGIN, Browser, World

HOSTILE = "<script>alert(1)</script> \u202eesrever\u202c https://elak.example <b>fet</b> \"'&"


@pytest.fixture
def anna(world: World) -> Room:
    """Sign in Anna, who holds the case."""
    return Room(world, world.owner)


@pytest.fixture
def bjorn(world: World) -> Room:
    """Sign in Björn, who shares the work."""
    return Room(world, world.colleague)


def test_a_request_becomes_a_case_and_both_sides_say_so(world: World, anna: Room) -> None:
    """Anna opens a case from a request: it stands under its working name in the inbox, with the card filled in."""
    row = world.send(
        message="kan ni ringa",
        urgency="soon",
        answer_by="call",
        contact="070-174 06 21",
        when="före 12",
        code_word="pannkaka",
        age="under18",
    )
    page = anna.get(f"/inbox/{row}")
    assert "Nytt ärende" in page
    assert 'value="1" checked' in anna.get(f"/cases/new?request={row}")
    case = anna.open(request=row, how="request", under18="yes", danger="1")
    page = anna.get(case)
    for words in (
        "Björk 14",
        "070-174 06 21",
        "”pannkaka”, vi säger först",
        "före 12",
        "Under 18",
        "Personens förfrågan",
    ):
        assert words in page
    assert "Björk 14" in anna.get("/inbox?show=tied")
    assert "Björk 14" not in anna.get("/inbox")
    assert "Inkorg <i>" not in anna.get("/today")
    assert f'href="{case}"' in anna.get(f"/inbox/{row}")
    assert anna.state(case).collected_at is not None


def test_a_second_case_cannot_take_the_same_request(world: World, anna: Room, bjorn: Room) -> None:
    """Björn tries to open another case from it, and to add it to another: he is told, and what he typed is kept."""
    row = world.send(message="hej")
    other = bjorn.open(working="Lind 3")
    anna.open(request=row)
    page = bjorn.follow("/cases/new", request=row, working="Ask 9", how="request", text="skrev länge")
    assert "hör redan till ett ärende" in page
    assert "skrev länge" in page
    assert "hör redan till ett ärende" in bjorn.follow("/cases/add", request=row, case=other[-32:])
    assert not bjorn.state(other).links


def test_a_request_is_added_and_the_link_undone(world: World, anna: Room) -> None:
    """A relative writes about Björk 14: added as a protected source, tested with a reason, taken out again."""
    case = anna.open()
    row = world.send(form="other", message="min son", relation="parent")
    assert case[-32:] in anna.get(f"/inbox/{row}")
    page = anna.follow("/cases/add", request=row, case=case[-32:])
    assert "Skyddad källa" in page
    assert "min son" not in page
    assert "Skriv en anledning" in anna.do(case, "test", submission=row, reason=" ")
    assert "Prövad av" in anna.do(case, "test", submission=row, reason="Mamman vill att han vet")
    page = anna.follow(f"{case}/unlink", submission=row)
    assert "Länken är borttagen" in page
    assert not anna.state(case).links
    assert order(anna.get("/inbox")) == [row]
    assert "Nytt ärende" in anna.get(f"/inbox/{row}")


def test_what_a_relative_said_is_printed_only_once_tested(world: World, anna: Room) -> None:
    """A note drawn from the mother's words says so and is left out of the print until somebody has tested it."""
    case = anna.open()
    row = world.send(form="other", message="min son", relation="parent")
    anna.follow("/cases/add", request=row, case=case[-32:])
    page = anna.save(case, "note", text="mamman tror att han sover i bilen", drawn=row)
    assert "från anhörig" in page
    assert re.search(r'class="event unprinted"[^§]{,600}sover i bilen', page)
    page = anna.do(case, "test", submission=row, reason="hon vill att han vet")
    assert "unprinted" not in page
    assert "från anhörig" in page
    assert "drawn" not in anna.save(case, "note", text="eget", drawn="ff" * 16).partition('class="timeline"')[2]


def test_all_six_stages_are_walked_with_their_forms(anna: Room) -> None:
    """From first contact to a plan with measures and follow-ups, each form once; the rail and the tasks follow."""
    case = anna.open()
    anna.save(case, "contact", how="call", result="reached", text="kan ses")
    anna.save(case, "move", to="2", reason="vill ses")
    page = anna.save(case, "talk", want="bort", safe="unsure", meet_at="2026-12-01T10:00", ask="Vem har nyckel?")
    assert "Vem har nyckel?" in page
    assert "Första mötet 10.00" in page
    anna.save(case, "move", to="3", reason="redo")
    page = anna.save(case, "assessment", motivation="orkar inte", needs=["housing", "work"], need_housing="inte hemma")
    assert "Boende, Arbete" in page
    assert "inte hemma" in page
    anna.save(case, "move", to="4", reason="behöver fler")
    page = anna.save(case, "mapping", ask_1_who="social", ask_1_what="om boende", decision="asked")
    assert "om boende" in page
    assert "Socialtjänsten" in page
    anna.save(case, "move", to="5", reason="hot")
    anna.save(case, "safety", note="dörr", police_result="förhöjd", police_until="2027-03-01", review_on="2026-12-20")
    anna.save(case, "move", to="6", reason="dags")
    page = anna.save(case, "measure", what="Lägenhet", owner="Anna Ek", agency="Socialtjänsten", due="2027-01-10")
    assert "Lägenhet" in page
    anna.save(case, "schedule", start="2026-11-23", near="yes", longer="yes")
    state = anna.state(case)
    assert state.position.stage is Stage.PLAN
    assert state.planned
    assert sum(task.kind == "follow_up" for task in state.open_tasks) >= 38
    first = next(task for task in state.open_tasks if task.kind == "follow_up")
    anna.save(case, "follow_up", task=first.id, safe="yes", rating="7")
    state = anna.state(case)
    assert state.follow_ups[-1].fields["rating"] == "7"
    assert not state.tasks[first.id].open


def test_closing_lists_what_is_open_and_opening_again_keeps_the_stage(anna: Room) -> None:
    """Closed with an outcome and a reason; the rail offers no moves, only opening again."""
    case = anna.open()
    anna.save(case, "move", to="3", reason="x")
    page = anna.get(f"{case}?write=close")
    assert "fortfarande öppet" in page
    assert "Försök nå personen vid trygg tid" in page
    page = anna.save(case, "close", outcome="other_support", reason="fick stöd")
    assert "Skriv vart" in page
    page = anna.save(case, "close", outcome="other_support", reason="fick stöd", where="Beroendevården")
    assert "Annat stöd, Beroendevården" in page
    assert "Byt steg" not in page
    assert "redo" in anna.save(case, "move", to="4", reason="redo")  # refused, and kept
    assert anna.state(case).position.stage is Stage.ASSESSMENT
    page = anna.save(case, "reopen", reason="ringde igen")
    assert "Avslutat" not in page
    assert anna.state(case).position.stage is Stage.ASSESSMENT


@pytest.mark.parametrize("to", ["1", "0", "7", "x", ""])
def test_a_move_that_is_not_offered_is_refused(anna: Room, to: str) -> None:
    """The server refuses what the page does not offer, and the reason typed is still there."""
    case = anna.open()
    page = anna.save(case, "move", to=to, reason="för att det går")
    assert "för att det går" in page
    assert anna.state(case).position.stage is Stage.CONTACT


def test_what_is_new_since_one_read_is_marked(world: World, anna: Room, bjorn: Room) -> None:
    """Björn writes while Anna is away; when she comes back it is marked, and the next day no longer."""
    case = anna.open()
    anna.get(case)
    assert "sedan du läste" not in anna.get(case)
    world.clock.turn(hours=3)
    bjorn = Room(world, world.colleague)
    bjorn.save(case, "note", text="hon ringde")
    world.clock.turn(hours=1)
    anna = Room(world, world.owner)
    assert "1 ny sedan du läste" in anna.get(case)
    assert "1 ny sedan du läste" in anna.get(case)
    world.clock.turn(days=1)
    assert "sedan du läste" not in Room(world, world.owner).get(case)


def test_two_people_on_one_form_lose_nothing(anna: Room, bjorn: Room) -> None:
    """Both have the assessment open; Anna saves first, Björn is told by whom, sees hers, and saves on top of it."""
    case = anna.open()
    late = bjorn.hidden(case, "assessment")
    anna.save(case, "assessment", motivation="hennes ord")
    page = bjorn.follow(f"{case}/save/assessment", motivation="mina ord", **late)
    assert "<bdi>Anna Ek</bdi>: Någon sparade samma sak medan du skrev" in page
    assert "mina ord" in page
    assert "hennes ord" in page
    assert len(anna.state(case).forms["assessment"]) == 1
    bjorn.save(case, "assessment", motivation="mina ord")
    assert [one.fields["motivation"] for one in anna.state(case).forms["assessment"]] == ["hennes ord", "mina ord"]
    assert "hennes ord" in anna.get(f"{case}?write=assessment")


def test_two_moves_at_once_move_once(anna: Room, bjorn: Room) -> None:
    """Björn's page still shows stage 1 when Anna has moved on: his move is refused with her name."""
    case = anna.open()
    late = bjorn.hidden(case, "move")
    anna.save(case, "move", to="2", reason="vill ses")
    page = bjorn.follow(f"{case}/save/move", to="3", reason="hoppa", **late)
    assert "Anna Ek" in page
    assert anna.state(case).position.stage is Stage.TALK


def test_who_wrote_meanwhile_is_told_after_a_note(anna: Room, bjorn: Room) -> None:
    """Notes only add: both are saved, and the second writer hears of the first."""
    case = anna.open()
    late = bjorn.hidden(case, "note")
    anna.save(case, "note", text="ett")
    page = bjorn.follow(f"{case}/save/note", text="två", **late)
    assert "<bdi>Anna Ek</bdi> skrev också" in page
    assert "ett" in page


def test_a_form_sent_twice_is_saved_once(anna: Room) -> None:
    """A double tap on Save: one note."""
    case = anna.open()
    sent = anna.hidden(case, "note")
    pages = [anna.follow(f"{case}/save/note", text="en gång", **sent) for _ in range(2)]
    assert [page.count("en gång") for page in pages] == [1, 1]


def test_the_real_name_is_masked_and_each_opening_logged(world: World, anna: Room, bjorn: Room) -> None:
    """It stands on no page; Björn opens it once, sees it once, and the log says so."""
    case = anna.open()
    anna.save(case, "real", name="Kim Karlsson")
    assert "Kim Karlsson" not in bjorn.get(case)
    assert "Kim Karlsson" not in bjorn.get(f"{case}?write=real")
    assert "Kim Karlsson" in bjorn.follow(f"{case}/name")
    assert "Kim Karlsson" not in bjorn.get(case)
    keys, person = world.session(world.owner)
    folder = world.parts.folders.peek(keys, bytes.fromhex(case[-32:]), person)
    seen = [(row.who, row.what) for row in world.parts.folders.seen(folder, person)]
    assert ("Björn Lind", "opened_name") in seen


def test_a_question_stands_at_its_entry_until_somebody_answers(anna: Room, bjorn: Room) -> None:
    """Björn asks at Anna's note, Anna answers; a late answer is kept as a draft and told who was first."""
    case = anna.open(text="kusinen ringde")
    number = re.search(r'about=(\d+)#write">Fråga', anna.get(case).partition("kusinen ringde")[2])
    assert number is not None
    page = bjorn.save(case, "question", about=number[1], text="Vilken kusin?")
    question = anna.state(case).open_questions[0]
    assert question.about == number[1]
    assert f"write=answer&amp;about={question.id}" in page
    anna.save(case, "answer", question=question.id, text="Den på torget")
    page = bjorn.save(case, "answer", question=question.id, text="Vet inte")
    assert "Någon har redan svarat" in page
    assert "Vet inte" in page
    assert anna.state(case).questions[question.id].answer == "Den på torget"


@pytest.mark.parametrize("about", ["", "0", "999", "x", "-1", "٣"])
def test_a_question_about_nothing_is_refused(anna: Room, about: str) -> None:
    """A question belongs to an entry of this very case, or it is refused and kept."""
    case = anna.open()
    anna.save(case, "question", about=about, text="Vem?")
    assert not anna.state(case).questions


def test_tasks_are_done_moved_struck_and_opened_again(anna: Room) -> None:
    """The small acts, each once; the second time the page says that it is done."""
    case = anna.open()
    anna.save(case, "task", title="Ring soc", due="2026-12-01", agency="Socialtjänsten")
    task = next(one for one in anna.state(case).open_tasks if one.title == "Ring soc")
    assert "Skriv ett datum" in anna.do(case, "later", task=task.id, due="snart")
    anna.do(case, "later", task=task.id, due="2026-12-08")
    assert "tis 8 dec" in anna.get(case)
    anna.do(case, "done", task=task.id)
    assert "redan gjort" in anna.do(case, "done", task=task.id)
    anna.do(case, "undone", task=task.id)
    anna.do(case, "drop", task=task.id, line="behövs inte")
    assert "behövs inte" in anna.get(case)
    assert "finns inte längre" in anna.do(case, "done", task="ffff")


def test_a_case_is_taken_given_and_shared(anna: Room, bjorn: Room) -> None:
    """Björn takes over from Anna by name; somebody outside the team cannot be given it."""
    case = anna.open()
    assert "Anna Ek" in bjorn.do(case, "take", holder="Cilla Björk")
    assert "hos dig" in bjorn.do(case, "take", holder="Anna Ek")
    assert "ingen med det namnet" in bjorn.do(case, "take", holder="Björn Lind", to="Cilla Björk")
    bjorn.do(case, "helper", who="Anna Ek")
    assert anna.state(case).helpers == ("Anna Ek",)
    bjorn.do(case, "helper", who="Anna Ek")
    assert anna.state(case).helpers == ()


def test_a_child_must_be_seen_to_the_same_day(anna: Room) -> None:
    """The notice stands on top, counted from collection, until somebody says that it is done."""
    case = anna.open(under18="yes")
    assert "skyddsbedömning görs samma dag" in anna.get(case)
    assert "skyddsbedömning görs samma dag" not in anna.do(case, "same-day", line="ringde mottagningen")
    assert "redan gjort" in anna.do(case, "same-day")


def test_hostile_words_are_never_markup_nor_links(anna: Room) -> None:
    """Markup, turned text and 16,000 characters in every field: escaped, visible, whole, and no new link."""
    case = anna.open(working=HOSTILE[:50], text=HOSTILE)
    page = anna.get(case)
    links = page.count("<a ")
    for name, fields in {
        "note": {"text": HOSTILE + "å" * 7000},
        "talk": {"want": HOSTILE, "meet_place": HOSTILE, "ask": HOSTILE},
        "flag": {"text": HOSTILE, "until": "2027-01-01"},
        "card": {"how": HOSTILE, "never": HOSTILE},
        "task": {"title": HOSTILE},
        "measure": {"what": HOSTILE, "status": "planned"},
        "wait": {"on": HOSTILE[:50]},
    }.items():
        page = anna.save(case, name, **fields)
        assert "<script>alert" not in page
        assert "<b>fet</b>" not in page
        assert "\u202e" not in page
        assert 'href="https://elak' not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "RLO" in page
    assert page.count("<a ") < links + 15
    assert "elak" not in "".join(anna.browser.get(case).headers.values())


def test_too_much_text_is_refused_and_kept(anna: Room) -> None:
    """Sixteen thousand characters in one box: said in Swedish, at the box and on top, and all of it still there."""
    case = anna.open()
    page = anna.save(case, "note", text="ö" * 16_000)
    assert page.count("Texten är för lång") == 2
    assert "ö" * 16_000 in page
    assert "ö" * 100 not in anna.get(case).partition('class="timeline"')[2]


def test_an_unknown_form_act_or_case_is_not_there(anna: Room) -> None:
    """Only what the tables name exists, and a case that one does not hold does not."""
    case = anna.open()
    for path in (
        f"{case}/save/opened",
        f"{case}/do/destroy",
        f"{case}/save/protect/x",
        "/cases/" + "0" * 32 + "/save/note",
    ):
        assert anna.send(path, text="x").status_code == 404
    assert anna.send(f"{case}/draft", form="nothing").status_code == 404


def test_another_team_and_every_other_role_meet_nothing(world: World, anna: Room, stranger: Browser) -> None:
    """Cilla of another town, the lead, the auditor and the agencies' people try each route of a real case."""
    case = anna.open(text="hemligt")
    row = world.send(message="hej")
    others = [
        stranger,
        *(world.browser(getattr(world, who)) for who in ("lead", "auditor", "case_officer", "officer", "partner")),
    ]
    for browser in others:
        for path in (case, f"{case}?write=note"):
            assert browser.get(path).status_code == 404
        for path in ("/save/note", "/do/take", "/draft", "/name", "/unlink"):
            answer = browser.client.post(
                case + path,
                data={"form": "note", "text": "x"},
                headers={"Sec-Fetch-Site": "same-origin"},
                base_url=ORIGIN,
            )
            assert answer.status_code == 404, path
    added = stranger.client.post(
        "/cases/add",
        data={"request": row, "case": case[-32:]},
        headers={"Sec-Fetch-Site": "same-origin"},
        base_url=ORIGIN,
    )
    assert added.status_code == 404
    assert stranger.get(f"/cases/new?request={row}").status_code == 404


def test_an_object_of_another_case_is_not_found_through_this_one(anna: Room) -> None:
    """A task's id from Lind 3 does nothing in Björk 14."""
    case, other = anna.open(), anna.open(working="Lind 3")
    task = anna.state(other).open_tasks[0]
    assert "finns inte längre" in anna.do(case, "done", task=task.id)
    assert anna.state(other).tasks[task.id].open


def test_what_somebody_slips_in_is_marked_not_believed(world: World, anna: Room, bjorn: Room) -> None:
    """Björn's key signs an entry in Anna's name: the page shows it as forged, and it changes nothing."""
    case = anna.open()
    keys, person = world.session(world.colleague)
    entry = Entry("Anna Ek", world.clock.now() + timedelta(0), "close", {"reason": "x", "outcome": "completed"})
    world.parts.folders.append(
        keys, bytes.fromhex(case[-32:]), person, lambda _found: [entry], summarise, world.clock.now()
    )
    page = anna.get(case)
    assert "Ogiltig underskrift" in page
    assert "Avslutat" not in page
