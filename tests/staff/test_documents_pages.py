from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from staff.models import StoredDraft
from tests.staff.dealing import LAW, TEST, Case, ask_for, lead, pdf_words, post, signed_file, told_in
from tests.staff.world import Browser, World


def paper(case: Case, **changes: object) -> str:
    """Make a paper for the personakt; give its address, or nothing if it was refused."""
    form = {"agency": "social", "person": case.world.case_officer.name, "chosen": ["e4", "e8"], "test": TEST, **LAW}
    where = case.do("paper", **{**form, **changes}).headers["Location"]
    if where != case.base:
        return ""
    return f"{case.base}/paper/{list(case.dealings.exported)[-1]}"


def extract(case: Case, *chosen: str, test: str = TEST) -> str:
    """Make an extract for the person; give its address, or nothing if it was refused."""
    where = case.do("extract", chosen=list(chosen), test=test).headers["Location"]
    return where if re.fullmatch(r"/cases/[0-9a-f]{32}/extract/[0-9a-f]+", where) else ""


def test_the_personakt_gets_one_file_with_a_list_of_what_is_in_it(case: Case) -> None:
    """The chosen entries, the receiver and the ground stand in the PDF; its name is the working name and no more."""
    answer = signed_file(case.world, case.reader, paper(case, chosen=["e4", "e8", f"s{case.own}"]))
    words = pdf_words(answer)
    assert told_in(words) == {"own", "talk", "mapping"}
    for said in ("Innehåll", "Sonja Vik", "Socialtjänsten i Ekstad", "24 kap. 4 §", "Fortsatt kartläggning"):
        assert said in words
    assert answer.headers["Content-Disposition"] == "attachment; filename=Bjork-14.pdf"
    assert answer.headers["Cache-Control"] == "no-store"


REFUSED_PAPERS: list[tuple[dict[str, object], str]] = [
    ({"agency": "police", "person": "Petra Polis"}, "bara att lämna till socialtjänsten"),
    ({"person": "Någon Annan"}, "Välj en namngiven person"),
    ({"chosen": ["e5"]}, "skyddat"),
    ({"chosen": ["relative"]}, "Välj minst en uppgift."),
    ({"test": ""}, "Skriv vad du prövade"),
    ({"basis": ""}, "Välj ett ja eller en laglig grund"),
    ({"reason": ""}, "Skriv en anledning."),
]


def test_a_paper_without_its_ground_is_refused(case: Case) -> None:
    """What the rules refuse becomes no file, and the form says why."""
    for changes, words in REFUSED_PAPERS:
        assert paper(case, **changes) == "", changes
        assert words in case.reader.get(f"{case.base}/new/paper").text, changes
    assert case.dealings.exported == {}


def test_a_paper_asks_the_rules_again_when_it_is_fetched(case: Case) -> None:
    """A waiver is withdrawn after two have signed for the paper: it can no longer be fetched, nor asked for."""
    where = paper(case, basis=f"w:{case.waiver()}", reason="")
    assert signed_file(case.world, case.reader, where).status_code == 200
    order = ask_for(case.reader, where)
    lead(case.world).post(f"{order}/sign")
    case.do("withdraw", waiver=next(iter(case.dealings.waivers)))
    assert case.reader.post(f"{order}/fetch").status_code == 303
    case.reader.post(f"{order}/refuse")
    with pytest.raises(AssertionError, match="/orders/new"):
        ask_for(case.reader, where)


def test_an_extract_holds_the_person_s_own_words_and_no_name(case: Case, world: World) -> None:
    """On the page and in the PDF: the person's words and what concerns them, and nobody's name."""
    where = extract(case, f"s{case.own}", "e4", "e6", "e8")
    page = case.reader.get(where).text
    main = page.partition('<main id="main"')[2]
    words = pdf_words(signed_file(world, case.reader, f"{where}/paper"))
    for text in (main, words):
        assert told_in(text) == {"own", "talk", "mapping", "name"}
        assert world.owner.name not in text
        assert world.case_officer.name not in text


def test_an_extract_never_holds_a_relative_s_words(case: Case) -> None:
    """Neither the message nor what was drawn from it, untested or tested, offered or hand-crafted."""
    for tested in (False, True):
        if tested:
            post(
                case.reader,
                f"/cases/{case.id.hex()}/do/test",
                submission=case.relative,
                reason="Prövat, behövs för boende.",
            )
            assert not case.state.links[case.relative].protected
        shown = case.reader.get(f"{case.base}/new/extract").text
        assert f'value="s{case.relative}"' not in shown
        assert 'value="e5"' not in shown
        assert extract(case, f"s{case.relative}") == ""
        assert extract(case, "e4", "e5") == ""


def test_extracts_and_papers_are_the_case_s_own(case: Case, world: World) -> None:
    """Another team, an agency, a lead and an auditor meet nothing at their addresses."""
    paths = [paper(case), extract(case, "e4")]
    for human in (world.stranger, world.case_officer, world.lead, world.auditor):
        browser = world.browser(human)
        for path in (*paths, f"{paths[1]}/paper"):
            assert browser.get(path).status_code == 404, path
    other = Case(world, case.reader)
    for path in paths:  # an object is always looked up through its case
        assert case.reader.get(path.replace(case.id.hex(), other.id.hex())).status_code == 404


def test_the_register_shows_day_number_and_kind_and_nothing_else(case: Case, world: World) -> None:
    """Each team has its own; no working name, no person, no word of any case stands in it."""
    extract(case, "e4")
    case.hand_over(**LAW)
    page = case.reader.get("/documents/register").text
    rows = re.findall(r"<tr><td>(.*?)</td><td>(.*?)</td><td>(.*?)</td></tr>", page)
    assert rows
    assert all(number.isdecimal() and re.fullmatch(r"\d{4}-\d\d-\d\d", day) for number, day, _ in rows)
    assert {kind for _, _, kind in rows} <= {"Förfrågan", "Ärende", "Utgående handling", "Begäran om handling"}
    assert told_in(page) == set()
    assert "Björk 14" not in page
    cilla = world.browser(world.stranger).get("/documents/register").text
    assert re.findall(r"<tr><td>", cilla) == []


def test_a_request_for_documents_is_noted_tested_and_registered(case: Case, world: World) -> None:
    """What was asked, by whom it was tested, what was left out and what was decided; the first decision stands."""
    anna, bjorn = case.reader, world.browser(world.colleague)
    post(anna, "/documents", what="Alla handlingar om ett visst hus")
    assert "Begäran om handling" in anna.get("/documents/register").text
    name = re.findall(r'action="/documents/([0-9a-f]+)"', bjorn.get("/documents").text)[0]
    post(bjorn, f"/documents/{name}", decision="partly", left_out="", why="Prövat enligt 26 kap.")
    kept = bjorn.get(f"/documents?form={name}").text
    assert "Skriv vad som utelämnades." in kept
    assert "Prövat enligt 26 kap." in kept
    post(bjorn, f"/documents/{name}", decision="partly", left_out="Namn och adresser", why="Prövat enligt 26 kap.")
    post(anna, f"/documents/{name}", decision="given", left_out="", why="Ändrade mig om allt")
    page = anna.get("/documents").text
    assert "Lämnades ut i delar" in page
    assert "Namn och adresser" in page
    assert world.colleague.name in page
    assert "Ändrade mig" not in page


def test_a_lead_tests_requests_too_and_another_team_sees_none(case: Case, world: World) -> None:
    """The ledger is granted to the team's leads; Björkby has its own."""
    post(case.reader, "/documents", what="Registret för november")
    assert "Registret för november" in world.browser(world.lead).get("/documents").text
    assert "Registret för november" not in world.browser(world.stranger).get("/documents").text
    for human in (world.auditor, world.case_officer, world.officer):
        assert world.browser(human).get("/documents").status_code == 404


@pytest.fixture
def lena(world: World, case: Case) -> Browser:
    """Sign in Lena, who leads the team."""
    return world.browser(world.lead)


def test_a_lead_sees_load_and_waiting_and_no_name_of_a_case(case: Case, lena: Browser) -> None:
    """Stage, holder and days; not the working name, and no word of the case."""
    page = lena.get("/load").text
    assert "Anna Ek" in page
    assert "1 öppet ärende" in page
    assert "Björk 14" not in page
    assert told_in(page) == set()


def test_a_lead_reads_one_case_after_writing_why(case: Case, lena: Browser, world: World) -> None:
    """Before: a form alone. After: the case for half an hour, an entry that Anna sees, and a row of the audit."""
    path = f"/load/{case.id.hex()}"
    assert told_in(lena.get(path).text) == set()
    post(lena, path, reason="kort")
    assert told_in(lena.get(path).text) == set()
    post(lena, path, reason="Klagomål från personen, se brev.")
    assert told_in(lena.get(path).text) >= {"talk", "mapping"}
    for page in (case.reader.get(case.base).text, case.reader.get(f"/cases/{case.id.hex()}").text):
        assert "Klagomål från personen, se brev." in page
        assert world.lead.name in page
    assert [task.due for task in case.state.open_tasks] == [world.clock.today()]
    keys, person = world.session(world.owner)
    found = world.parts.folders.peek(keys, case.id, person)
    acts = [one.what for one in world.parts.folders.seen(found, person) if one.who == world.lead.name]
    assert acts[:2] == ["broke glass", "read after reason"]
    world.clock.turn(minutes=31)
    assert told_in(world.browser(world.lead).get(path).text) == set()


def test_a_lead_does_nothing_more_with_it(case: Case, lena: Browser) -> None:
    """Reading after a reason opens neither the case's pages nor its acts."""
    post(lena, f"/load/{case.id.hex()}", reason="Klagomål från personen, se brev.")
    for path in (f"/cases/{case.id.hex()}", case.base, f"{case.base}/new/handover"):
        assert lena.get(path).status_code == 404
    assert case.do("duty", lena, duty="report", line="Något helt annat").status_code == 404


def test_a_protected_case_has_no_glass_to_break(world: World) -> None:
    """Lena does not hold its key: she neither counts it nor can ask for it."""
    case = Case(world, protected="yes")
    lena = world.browser(world.lead)
    assert "0 öppna ärenden" in lena.get("/load").text
    assert post(lena, f"/load/{case.id.hex()}", reason="Klagomål från personen").status_code == 404
    assert case.dealings.looked == ()


def test_a_request_that_is_not_there_is_not_there(case: Case) -> None:
    """Any other text in the address is no place to write: not found, no header, and no draft is kept."""
    for name in ("0000abcd", "ask", "a%0d%0aX-Evil:1", "%00", "x" * 500):
        answer = post(case.reader, f"/documents/{name}", decision="given", why="kanariefågel")
        assert answer.status_code == 404, name
        with case.world.parts.casebook.read() as session:
            assert session.scalars(select(StoredDraft.id)).all() == [], name
