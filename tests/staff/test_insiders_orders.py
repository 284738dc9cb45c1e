"""Two signatures over the same bytes: who may be the second, how long it holds, and that it is used once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from crypto.opening.orders import countersign, read_order, sign_order
from staff.entry import Entry
from staff.errors import MeanwhileError, RefusedActError, UnknownFolderError
from staff.folders import Folders, Keys
from staff.insiders import four
from staff.insiders.four import ASKED, ERASE, EXPORT, OVERRIDE, SIGNED, Board
from staff.models import FolderEntry, StoredFolder
from tests.staff.dealing import TEST, Case, ask_for, lead, post, signed_file
from tests.staff.test_pages_of_erasing import case as old_case
from tests.staff.test_pages_of_erasing import decide, is_there
from tests.staff.world import Browser, Human, World

WHY = "Behövs för boendet i morgon."


def board(world: World, human: Human) -> Board:
    """Give somebody's part in an order, without a browser."""
    keys, person = world.session(human)
    return Board(world.parts.folders, keys, person, world.clock.now())


def asked(world: World, act: str = EXPORT, by: Human | None = None, **fields: str) -> bytes:
    """Ask for something about nobody's case."""
    return four.ask(board(world, by or world.owner), act, b"c" * 16, {"why": WHY, **fields})


def noted(case: Case) -> str:
    """Make an extract; give the address of its file."""
    return f"{case.do('extract', chosen=['e4'], test=TEST).headers['Location']}/paper"


def test_a_file_leaves_when_two_have_signed_and_once(world: World, case: Case) -> None:
    """Anna asks, Lena signs, Anna fetches: both names stand in the case; a second time there is nothing to fetch."""
    path = noted(case)
    order = ask_for(case.reader, path)
    assert "väntar på en andra underskrift" in case.reader.get(order).text
    assert case.reader.post(f"{order}/fetch").status_code == 303
    assert "Ingen andra har skrivit under" in case.reader.get(order).text
    assert case.reader.get(path).headers["Location"] == order  # the same order, not another
    page = lead(world).get(order).text
    assert TEST in page
    assert "Skriv under som den andra" in page
    lead(world).post(f"{order}/sign")
    assert case.reader.post(f"{order}/fetch").mimetype == "application/pdf"
    assert case.reader.post(f"{order}/fetch").status_code == 303
    page = case.reader.get(f"/cases/{case.id.hex()}").text
    assert "Två skrev under" in page
    assert f"{world.owner.name}, {world.lead.name}" in page


def test_whoever_asked_is_never_the_one_who_approves(world: World) -> None:
    """A lead asks: neither her page nor her key gives the second signature, not even written into the folder."""
    row = asked(world, by=world.lead) if len(four.may_sign(world.members, "ekstad")) > 1 else asked(world)
    own = board(world, world.owner)
    with pytest.raises(RefusedActError, match="same"):
        four.sign(own, row)
    first = four.peek(own, row).order
    again = countersign(sign_order(first, world.colleague.identity), world.owner.identity)
    entry = Entry(world.owner.name, world.clock.now(), SIGNED, {"order": again.decode()})
    own.folders.append(own.keys, row, own.person, lambda _f: [entry], four.summarise, own.now)
    assert four.peek(own, row).status == ASKED


@pytest.mark.parametrize("who", ["colleague", "auditor", "case_officer", "stranger"])
def test_only_a_lead_or_a_stand_in_is_the_second(world: World, who: str) -> None:
    """Anybody else does not even hold the order; and with its key, their signature counts for nothing."""
    row, human = asked(world), getattr(world, who)
    with pytest.raises(UnknownFolderError):
        four.sign(board(world, human), row)
    anna = board(world, world.owner)
    anna.folders.share(anna.keys, row, anna.person, [human.member], anna.now)
    theirs = board(world, human)
    with pytest.raises(RefusedActError, match="role"):
        four.sign(theirs, row)
    data = countersign(_asked_data(theirs, row), human.identity)
    entry = Entry(human.name, world.clock.now(), SIGNED, {"order": data.decode()})
    theirs.folders.append(theirs.keys, row, theirs.person, lambda _f: [entry], four.summarise, theirs.now)
    with pytest.raises(RefusedActError, match="unsigned"):
        four.spendable(board(world, world.owner), row, EXPORT)


def _asked_data(at: Board, row: bytes) -> bytes:
    return four._data(four.peek(at, row), at, row)


def test_a_stand_in_signs_where_there_is_one_lead(world: World) -> None:
    """Björn stands in by the root-signed register: he may be the second, for Anna and not for himself."""
    stand_in = replace(world.colleague.member, stand_in=True)
    papers = world.person(world.owner).papers
    members = replace(
        papers.members,
        members=tuple(stand_in if one == world.colleague.member else one for one in papers.members.members),
    )
    keys, person = world.session(world.owner)
    papers = replace(papers, members=members, signed=members)
    row = four.ask(
        Board(world.parts.folders, keys, replace(person, papers=papers), world.clock.now()),
        EXPORT,
        b"c" * 16,
        {"why": WHY},
    )
    keys, person = world.session(world.colleague)
    his = Board(world.parts.folders, keys, replace(person, member=stand_in, papers=papers), world.clock.now())
    four.sign(his, row)
    assert four.peek(his, row).status == SIGNED


def test_it_holds_seven_days(world: World) -> None:
    """After that it is neither signed nor used, whoever asks."""
    unsigned, signed = asked(world), asked(world)
    four.sign(board(world, world.lead), signed)
    world.clock.turn(days=7, minutes=1)
    with pytest.raises(RefusedActError, match="late"):
        four.sign(board(world, world.lead), unsigned)
    with pytest.raises(RefusedActError, match="late"):
        four.spendable(board(world, world.owner), signed, EXPORT)


def test_a_signature_by_somebody_who_has_left_is_used_no_more(world: World) -> None:
    """Lena signs and leaves before it is used: another signature is needed."""
    row = asked(world)
    four.sign(board(world, world.lead), row)
    world.others.remove(world.lead)
    world.sign([world.owner, world.colleague, world.stranger], epoch=2)
    with pytest.raises(RefusedActError, match="unsigned"):
        four.spendable(board(world, world.owner), row, EXPORT)


def test_refused_or_taken_back_it_is_over(world: World, case: Case) -> None:
    """Lena says no with a reason that Anna reads; Anna takes another back; neither can be signed afterwards."""
    order = ask_for(case.reader, noted(case))
    assert "Skriv varför" in follow(lead(world), order, "refuse", why="")
    follow(lead(world), order, "refuse", why="Det här behövs inte i dag.")
    page = case.reader.get(order).text
    assert "nekat" in page
    assert "Det här behövs inte i dag." in page
    assert "Det är redan avgjort" in follow(lead(world), order, "sign")
    order = ask_for(case.reader, noted(case))
    follow(case.reader, order, "refuse")
    assert "taget tillbaka" in case.reader.get(order).text


def follow(browser: Browser, order: str, act: str, **form: str) -> str:
    """Press a button of an order's page and read the page that follows."""
    answer = browser.post(f"{order}/{act}", **form)
    assert answer.status_code == 303
    return browser.get(answer.headers["Location"]).text


def test_without_a_second_person_nothing_can_be_asked(world: World, case: Case) -> None:
    """A programme of one lead who left: the form says what is lacking and keeps what was typed."""
    world.others.remove(world.lead)
    world.sign([world.owner, world.colleague, world.stranger], epoch=2)
    path = noted(case)
    answer = post(
        case.reader, "/orders/new", act=EXPORT, case=case.id.hex(), what=f"extract:{path.split('/')[4]}", why=WHY
    )
    page = case.reader.get(answer.headers["Location"]).text
    assert "Ingen mer här får skriva under" in page
    assert WHY in page


def test_a_hand_over_without_waiver_or_ground_rests_on_two(world: World, case: Case) -> None:
    """For Sonja and no other, once; the case says who signed and why; the rule on the police stands all the same."""
    form = {"act": OVERRIDE, "case": case.id.hex(), "to": world.case_officer.name, "why": WHY}
    order = post(case.reader, "/orders/new", **form).headers["Location"]
    basis = f"o:{order[-32:]}"
    wish = {"until": case.day(5), "chosen": ["e4"], "test": TEST, "purpose": "Ordna boende", "basis": basis}
    case.do("handover", people=[world.case_officer.name], **wish)
    assert case.dealings.handed == {}
    lead(world).post(f"{order}/sign")
    assert f'value="{basis}"' in case.reader.get(f"{case.base}/new/handover").text
    case.do("handover", people=[world.officer.name], **wish)
    assert case.dealings.handed == {}
    case.do("handover", people=[world.case_officer.name], **wish)
    (handed,) = case.dealings.handed.values()
    assert handed.reason == WHY
    assert f"{world.owner.name}, {world.lead.name}" in case.reader.get(f"/cases/{case.id.hex()}").text
    case.do("handover", people=[world.case_officer.name], **wish)
    assert len(case.dealings.handed) == 1


def test_another_cases_order_carries_nothing(world: World, case: Case) -> None:
    """Two signed for one case: another case is not handed over on it."""
    form = {"act": OVERRIDE, "case": case.id.hex(), "to": world.case_officer.name, "why": WHY}
    order = post(case.reader, "/orders/new", **form).headers["Location"]
    lead(world).post(f"{order}/sign")
    other = Case(world, case.reader)
    wish = {"until": case.day(5), "chosen": ["e4"], "test": TEST, "purpose": "Ordna boende"}
    other.do("handover", people=[world.case_officer.name], basis=f"o:{order[-32:]}", **wish)
    assert other.dealings.handed == {}
    assert "ett annat ärende" in case.reader.get(f"{other.base}/new/handover").text


def erasing(world: World, owner: Browser, folder: bytes) -> str:
    """Ask for an erasure before time; give the order's address."""
    form = {"act": ERASE, "case": folder.hex(), "number": "SN 2026/77", "why": WHY}
    return post(owner, "/orders/new", **form).headers["Location"]


def test_what_two_have_signed_is_erased_before_its_time(world: World, owner: Browser) -> None:
    """No decision lets it fall: Anna asks, Lena signs, it is gone with the order; the protocol has both names."""
    decide(world)
    folder = old_case(world)
    order = erasing(world, owner, folder)
    follow(owner, order, "erase")
    assert is_there(world, folder)
    lead(world).post(f"{order}/sign")
    follow(owner, order, "erase")
    assert not is_there(world, folder)
    assert not is_there(world, bytes.fromhex(order[-32:]))  # what was written about it goes with it
    page = owner.get("/erasure").text
    assert "SN 2026/77" in page
    assert f"Före tiden: {world.owner.name}, {world.lead.name}" in page


def test_a_hold_stops_an_erasure_before_time(world: World, owner: Browser, colleague: Browser) -> None:
    """Björn holds the case: nothing is erased, and the order can be used when the hold is gone."""
    decide(world, ("case", "closed", 60, "erase"))
    folder = old_case(world)
    order = erasing(world, owner, folder)
    lead(world).post(f"{order}/sign")
    until = (world.clock.now() + timedelta(days=30)).date().isoformat()
    colleague.post("/erasure/hold", subject=folder.hex(), reason="Begärt av åklagaren", until=until)
    assert "stoppat gallringen" in follow(owner, order, "erase")
    assert is_there(world, folder)
    colleague.post("/erasure/release", subject=folder.hex())
    follow(owner, order, "erase")
    assert not is_there(world, folder)


def test_an_order_refused_at_the_last_moment_erases_nothing(
    world: World, owner: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lena takes her word back between Anna's press and the commit: the commit fails, and the next look refuses."""
    decide(world)
    folder = old_case(world)
    order = erasing(world, owner, folder)
    lead(world).post(f"{order}/sign")
    real = four.spend

    def late(at: Board, row: bytes, act: str) -> object:
        made = real(at, row, act)
        four.refuse(board(world, world.lead), row, "Det gäller inte längre.")
        return made

    monkeypatch.setattr(four, "spend", late)
    assert "Flera skrev samtidigt" in follow(owner, order, "erase")
    monkeypatch.setattr(four, "spend", real)
    assert "Det är redan avgjort" in follow(owner, order, "erase")
    assert is_there(world, folder)
    assert world.parts.erased.ids() == set()


def test_dying_before_the_commit_uses_nothing_up(world: World, case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process ends while the use is written: the order is as it was, no file was given, and the next try serves."""
    order = ask_for(case.reader, noted(case))
    lead(world).post(f"{order}/sign")
    real = Folders._sealed

    def dies(*args: object, **kwargs: object) -> object:
        after, put = real(*args, **kwargs)  # type: ignore[arg-type]  # whatever it is called with

        def keep(session: Session) -> None:
            put(session)
            raise KeyboardInterrupt

        return after, keep

    with monkeypatch.context() as patched:
        patched.setattr(Folders, "_sealed", dies)
        with pytest.raises(KeyboardInterrupt):
            case.reader.post(f"{order}/fetch")
    assert four.peek(board(world, world.owner), bytes.fromhex(order[-32:])).status == SIGNED
    assert "Två skrev under" not in case.reader.get(f"/cases/{case.id.hex()}").text
    assert case.reader.post(f"{order}/fetch").mimetype == "application/pdf"


def test_two_fetches_at_once_give_one_file(world: World, case: Case) -> None:
    """A second window uses the order between the first one's look and its commit: the first is refused."""
    row = bytes.fromhex(ask_for(case.reader, noted(case))[-32:])
    four.sign(board(world, world.lead), row)
    first = four.spend(board(world, world.owner), row, EXPORT)
    second = four.spend(board(world, world.owner), row, EXPORT)
    with world.parts.casebook.write() as session:
        first(session)
    with pytest.raises(MeanwhileError), world.parts.casebook.write() as session:
        second(session)
    with pytest.raises(RefusedActError, match="already"):
        four.spendable(board(world, world.owner), row, EXPORT)


def test_a_used_order_put_back_does_not_serve_again(world: World) -> None:
    """Somebody with the database cuts the entry that says used: the folder is told from its rows of the audit."""
    row = asked(world)
    four.sign(board(world, world.lead), row)
    with world.parts.casebook.read() as session:
        before = session.get(StoredFolder, row)
        assert before is not None
        kept = before.version, before.summary
    with world.parts.casebook.write() as session:
        four.spend(board(world, world.owner), row, EXPORT)(session)
    with world.parts.casebook.write() as session:
        session.execute(delete(FolderEntry).where(FolderEntry.folder == row, FolderEntry.number > kept[0]))
        session.execute(update(StoredFolder).where(StoredFolder.id == row).values(version=kept[0], summary=kept[1]))
    with pytest.raises(RefusedActError, match="gone"):
        four.spendable(board(world, world.owner), row, EXPORT)


def test_both_sign_the_same_bytes(world: World) -> None:
    """The second signature is over what the first one asked for: another order in its place is not believed."""
    row = asked(world)
    other = read_order(_asked_data(board(world, world.owner), asked(world))).data
    hers = board(world, world.lead)
    entry = Entry(world.lead.name, hers.now, SIGNED, {"order": countersign(other, world.lead.identity).decode()})
    hers.folders.append(hers.keys, row, hers.person, lambda _f: [entry], four.summarise, hers.now)
    assert four.peek(hers, row).status == ASKED


def test_a_lead_sees_what_waits_and_a_colleague_does_not(world: World, case: Case) -> None:
    """The list shows the act, the name for work and who asked; Björn, who is no stand-in, sees only his own."""
    ask_for(case.reader, noted(case))
    assert "En begäran väntar på din underskrift" in lead(world).get("/load").text
    page = lead(world).get("/orders").text
    assert "Föra ut en fil" in page
    assert world.owner.name in page
    colleague = world.browser(world.colleague)
    assert "Inget väntar" in colleague.get("/orders").text
    for browser in (colleague, case.reader):
        assert "väntar på din underskrift" not in browser.get("/today").text


def test_the_archives_file_stands_after_its_signatures(world: World, owner: Browser) -> None:
    """The entry of both names does not make the file out of date: the case can be erased afterwards."""
    decide(world, ("case", "closed", 60, "archive"))
    folder = old_case(world)
    assert signed_file(world, owner, f"/erasure/archive/{folder.hex()}").mimetype == "application/pdf"
    assert "Filen är hämtad." in owner.get("/erasure").text


def test_keys_of_the_session_are_not_needed_twice(world: World) -> None:
    """An order made in one session is there in the next: its key came by the tray."""
    row = asked(world)
    assert row in world.session(world.owner)[0]
    assert row in world.session(world.lead)[0]
    assert row not in Keys()
