"""Somebody new in the team is given its older cases."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from staff.cases import sharing
from staff.cases.timeline import gifts
from staff.entry import Read
from staff.folders.folder import SHARED, mark, naming
from tests.staff.casework import Room
from tests.staff.world import Human, World


@pytest.fixture
def anna(world: World) -> Room:
    """Sign in Anna, who has been here long."""
    return Room(world, world.owner)


def join(world: World, role: str = "coordinator") -> Human:
    """Let Doris join the team."""
    doris = Human("Doris Dal", role, "ekstad")
    people = [world.owner, world.colleague, world.stranger]
    if role == "coordinator":
        people.append(doris)
    else:
        world.others.append(doris)
    world.roster = world.sign(people, epoch=2)
    world.enrol(doris)
    return doris


def test_a_new_coordinator_is_given_all_that_is_not_protected(world: World, anna: Room) -> None:
    """All in one act: two cases with a request, not the protected one; then nothing is lacking, and it is audited."""
    row = world.send(message="ring mig i kväll")
    anna.get(f"/inbox/{row}")
    one, two = anna.open(request=row), anna.open(working="Lind 3")
    shut = anna.open(working="Ek 5", protected="yes", named=["Anna Ek"])
    doris = join(world)
    new = Room(world, doris)
    assert new.browser.get(one).status_code == 404
    to = mark(doris.member.box_public)
    page = anna.get(f"/cases/colleagues?to={to}")
    assert "saknar 2 ärenden" in page
    assert "Ek 5" not in page
    page = anna.follow("/cases/colleagues", to=to, which="all")
    assert "2 ärenden är givna" in page
    assert "har allt som du kan ge" in page
    for case in (one, two):
        assert new.browser.get(case).status_code == 200
    assert new.browser.get(shut).status_code == 404
    assert "ring mig i kväll" in new.get(f"/inbox/{row}")
    keys, person = world.session(world.owner)
    seen = world.parts.folders.seen(world.parts.folders.peek(keys, bytes.fromhex(one[-32:]), person), person)
    assert [(act.who, act.what) for act in seen].count(("Anna Ek", "shared")) == 1


def test_only_the_chosen_go_and_a_lead_can_be_given_too(world: World, anna: Room) -> None:
    """Anna ticks one of two for a new lead; a strange id and a protected case among the ticks give nothing."""
    one, two = anna.open(), anna.open(working="Lind 3")
    shut = anna.open(working="Ek 5", protected="yes", named=["Anna Ek"])
    doris = join(world, "lead")
    to = mark(doris.member.box_public)
    ids = [one[-32:], shut[-32:], "f" * 32, "inget"]
    assert "1 ärende är givet" in anna.follow("/cases/colleagues", to=to, which="chosen", case=ids)
    keys, _ = world.session(doris)
    assert [bytes.fromhex(case[-32:]) in keys for case in (one, two, shut)] == [True, False, False]


def test_what_one_answer_has_no_time_for_goes_on(world: World, anna: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """The time runs out after the first of three: the page says what is left, and pressing again gives the rest."""
    for name in ("Alm 1", "Bok 2", "Ceder 3"):
        anna.open(working=name)
    to = mark(join(world).member.box_public)
    monkeypatch.setattr("staff.cases.sharing.CHUNK", 1)
    ticks = iter([0.0, 1.0, sharing.PATIENCE + 1])
    monkeypatch.setattr("staff.cases.sharing.time.monotonic", lambda: next(ticks, 0.0))
    page = anna.follow("/cases/colleagues", to=to, which="all")
    monkeypatch.undo()
    assert re.search("1 ärende är givet. 2 är kvar", page)
    assert "2 ärenden är givna" in anna.follow("/cases/colleagues", to=to, which="all")


def test_whoever_finds_the_screen_unlocked_gives_nobody_anything(world: World, anna: Room) -> None:
    """Six minutes after Anna unlocked each way of giving asks for her passphrase first; then it gives."""
    case = anna.open()
    doris = join(world)
    to = mark(doris.member.box_public)
    world.clock.turn(minutes=6)
    for path, which in (("", "all"), ("", "chosen"), ("", "requests"), ("/back", "")):
        answer = anna.send(f"/cases/colleagues{path}", to=to, which=which, case=[case[-32:]])
        assert answer.headers["Location"] == "/fresh?to=/cases/colleagues"
    assert bytes.fromhex(case[-32:]) not in world.session(doris)[0]
    back = "/cases/colleagues"
    assert anna.send("/fresh", to=back, passphrase=world.owner.passphrase).headers["Location"] == back
    assert "1 ärende är givet" in anna.follow("/cases/colleagues", to=to, which="all")


@pytest.mark.parametrize("who", ["stranger", "officer", "nobody"])
def test_nobody_outside_the_team_is_given_anything(world: World, anna: Room, who: str) -> None:
    """Another town's coordinator, the police, a mark that is nobody's: refused, and nothing is granted."""
    case = anna.open()
    human = getattr(world, who, None)
    to = mark(human.member.box_public) if human else "abc"
    assert "Välj en kollega" in anna.follow("/cases/colleagues", to=to, which="all")
    if human:
        keys, _ = world.session(human)
        assert bytes.fromhex(case[-32:]) not in keys


def test_a_stranger_finds_nothing_of_ours_to_give(world: World, anna: Room) -> None:
    """Cilla of another town opens the page: neither our people nor our cases; and another role has no such page."""
    anna.open()
    page = Room(world, world.stranger).get(f"/cases/colleagues?to={mark(world.colleague.member.box_public)}")
    assert "Björn Lind" not in page
    assert "Björk 14" not in page
    assert world.browser(world.lead).get("/cases/colleagues").status_code == 404


def test_a_case_shows_who_gave_it_to_whom_and_that_is_no_opening(world: World, anna: Room) -> None:
    """Anna gives Doris a case and Björn seals it under another key, both unread: neither stands as having opened it."""
    case = anna.open()
    doris = join(world)
    to = mark(doris.member.box_public)
    anna.follow("/cases/colleagues", to=to, which="chosen", case=[case[-32:]])
    keys, bjorn = world.session(world.colleague)
    folder = bytes.fromhex(case[-32:])
    world.parts.folders.rekey(keys, folder, bjorn, [world.owner.member, bjorn.member], world.clock.now())
    card = anna.get(case).partition('id="openers"')[2].partition("</section>")[0]
    opened, _, given = card.partition("Har getts till")
    assert re.findall(r"<li><bdi>([^<]+)</bdi>", opened) == ["Anna Ek"]
    assert re.findall(r"<bdi>([^<]+)</bdi>", given) == ["Doris Dal", "Anna Ek"]


def test_to_whom_a_case_was_given_is_said_by_keys_and_not_by_names(world: World, anna: Room) -> None:
    """Whoever gives a case to one key may write another name beside it: the page names the key's owner."""
    members = world.parts.register.current().members
    bjorn, anna_ek = members.by_name("Björn Lind"), members.by_name("Anna Ek")
    assert bjorn
    assert anna_ek
    lie = naming(SHARED, "Anna Ek", world.clock.now(), [replace(bjorn, name="Lena Holm")])
    first = naming(SHARED, "Anna Ek", world.clock.now(), [anna_ek])
    reads = [Read(n, one, trusted=True, by=anna_ek.sign_public) for n, one in enumerate([first, lie], 1)]
    assert [(who, to) for who, to, _ in gifts(reads, members)] == [("Anna Ek", "Björn Lind")]
