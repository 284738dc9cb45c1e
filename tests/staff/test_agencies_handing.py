"""Handing over: a fixed copy to a named person at another agency, who opens that and browses nothing."""

from __future__ import annotations

import pytest

from staff.agencies.news import answered
from staff.folders import Shelf
from tests.staff.dealing import LAW, TEST, Case, pdf_words, post, told_in
from tests.staff.world import Browser, World


@pytest.fixture
def sonja(world: World) -> Browser:
    """Sign in Sonja, case officer at social services."""
    return world.browser(world.case_officer)


@pytest.fixture
def petra(world: World) -> Browser:
    """Sign in Petra of the police."""
    return world.browser(world.officer)


def test_the_receiver_gets_what_was_handed_and_nothing_else(case: Case, sonja: Browser) -> None:
    """Sonja is told who, what for and until when; the copy opens once she has accepted, and is all there is."""
    folder = case.hand_over()
    listed = sonja.get("/handed").text
    assert "Björk 14" in listed
    assert told_in(listed) == set()
    asked = sonja.get(f"/handed/{folder}").text
    assert "Ordna boende" in asked
    assert told_in(asked) == set()
    assert sonja.get(f"/handed/{folder}/paper").status_code == 404
    post(sonja, f"/handed/{folder}/accept")
    assert told_in(sonja.get(f"/handed/{folder}").text) == {"talk", "mapping"}
    assert told_in(pdf_words(sonja.get(f"/handed/{folder}/paper"))) == {"talk", "mapping"}


def test_a_copy_is_fixed(case: Case, sonja: Browser, world: World) -> None:
    """What is written in the case afterwards never reaches the copy."""
    folder = case.hand_over()
    post(sonja, f"/handed/{folder}/accept")
    before = sonja.get(f"/handed/{folder}").text
    case.do("ask", agency="housing", person="Hedda Hus", question="Finns det en ledig praktikplats nu?")
    assert "praktikplats" not in sonja.get(f"/handed/{folder}").text
    assert told_in(sonja.get(f"/handed/{folder}").text) == told_in(before)


def test_an_agency_browses_nothing(case: Case, sonja: Browser) -> None:
    """Sonja holds one hand-over: the case behind it, its other pages and the team's lists do not exist for her."""
    folder = case.hand_over()
    for path in ("", "/new/handover", f"/handover/{folder}"):
        assert sonja.get(case.base + path).status_code == 404, path
    for other in ("/inbox", "/transfers", "/documents", "/documents/register", "/load", f"/handed/{case.id.hex()}"):
        assert sonja.get(other).status_code == 404, other


def test_another_agency_and_a_colleague_there_do_not_have_it(case: Case, petra: Browser, world: World) -> None:
    """A hand-over to Sonja is not Petra's, nor a stranger coordinator's."""
    folder = case.hand_over()
    assert petra.get(f"/handed/{folder}").status_code == 404
    assert "Björk 14" not in petra.get("/handed").text
    cilla = world.browser(world.stranger)
    assert cilla.get(f"/handed/{folder}").status_code == 404
    assert cilla.get(f"{case.base}/handover/{folder}").status_code == 404


def test_they_answer_by_their_own_entry_and_see_no_case(case: Case, sonja: Browser, world: World) -> None:
    """Sonja replies, is asked for something, gives it, and is done; the coordinators read her words signed by her."""
    folder = case.hand_over()
    post(sonja, f"/handed/{folder}/accept")
    post(sonja, f"/handed/{folder}/reply", text="Vi har en lägenhet i mars.")
    case.do("need", handover=folder, text="Datum för inflytt", due=case.day(3))
    assert "Datum för inflytt" in sonja.get(f"/handed/{folder}").text
    assert "1 sak" in sonja.get("/handed").text
    need = sonja.get(f"/handed/{folder}").text.partition('name="need" value="')[2][:8]
    post(sonja, f"/handed/{folder}/need", need=need, text="Den första mars")
    shown = case.reader.get(f"{case.base}/handover/{folder}").text
    assert "Vi har en lägenhet i mars." in shown
    assert "Den första mars" in shown
    assert world.case_officer.name in shown
    post(sonja, f"/handed/{folder}/done", text="")
    assert told_in(sonja.get(f"/handed/{folder}").text) == set()


def test_declining_needs_a_reason_and_ends_it(case: Case, sonja: Browser) -> None:
    """Without a reason nothing happens; with one the case knows, waits no longer, and the key is gone."""
    folder = case.hand_over()
    post(sonja, f"/handed/{folder}/decline", text="")
    assert "Skriv en anledning." in sonja.get(f"/handed/{folder}").text
    assert case.state.waiting == "Socialtjänsten i Ekstad"
    post(sonja, f"/handed/{folder}/decline", text="Fel enhet, pröva en annan.")
    assert "Avböjt" in case.reader.get(case.base).text
    assert case.dealings.handed[folder].ended == "declined"
    assert case.state.waiting == ""
    assert sonja.get(f"/handed/{folder}").status_code == 404


def test_taking_back_shuts_it_and_says_honestly_what_it_does(case: Case, sonja: Browser) -> None:
    """The key is renewed without Sonja; the page says that what she fetched is hers."""
    folder = case.hand_over()
    post(sonja, f"/handed/{folder}/accept")
    assert "Det de redan har hämtat är deras." in case.reader.get(f"{case.base}/handover/{folder}").text
    case.do("take-back", handover=folder, reason="Personen har flyttat")
    assert "Det som redan är hämtat är deras." in case.reader.get(case.base).text
    assert sonja.get(f"/handed/{folder}").status_code == 404
    assert post(sonja, f"/handed/{folder}/reply", text="Hej").status_code == 404
    assert "Björk 14" not in sonja.get("/handed").text
    assert case.reader.get(f"{case.base}/handover/{folder}").status_code == 200


def test_a_hand_over_ends_with_its_day(case: Case, sonja: Browser, world: World) -> None:
    """The day after its last, Sonja reads nothing; the next look at the case takes her key."""
    folder = case.hand_over()
    post(sonja, f"/handed/{folder}/accept")
    world.clock.turn(days=21)
    again = world.browser(world.case_officer)
    assert told_in(again.get(f"/handed/{folder}").text) == set()
    assert again.get(f"/handed/{folder}/paper").status_code == 404
    post(again, f"/handed/{folder}/reply", text="Sent svar")
    anna = world.browser(world.owner)
    assert "Tiden är ute" in anna.get(case.base).text
    assert case.dealings.handed[folder].ended == "expired"
    assert again.get(f"/handed/{folder}").status_code == 404


def test_a_withdrawn_waiver_stops_what_rests_on_it(case: Case, sonja: Browser) -> None:
    """The person takes back their yes: the page says what that stops, and it stops; another ground's goes on."""
    folder = case.hand_over()
    other = case.hand_over(**LAW)
    waiver = case.dealings.handed[folder].waiver
    assert "stoppar 1 överlämnande " in case.reader.get(case.base).text
    case.do("withdraw", waiver=waiver)
    assert case.dealings.handed[folder].ended == "withdrawn"
    assert case.dealings.handed[other].ended == ""
    assert sonja.get(f"/handed/{folder}").status_code == 404
    assert sonja.get(f"/handed/{other}").status_code == 200
    case.do(
        "handover", people=sonja.world.case_officer.name, until=case.day(5), chosen="e4", test=TEST, basis=f"w:{waiver}"
    )
    assert "gäller inte längre" in case.reader.get(f"{case.base}/new/handover").text
    assert len(case.dealings.handed) == 2


@pytest.mark.parametrize("key", ["e4", "own"])
def test_the_police_get_nothing_of_the_first_stages(case: Case, petra: Browser, key: str) -> None:
    """A hand-crafted form with a talk or the person's message is refused by the model, whatever the page offers."""
    chosen = ["e8", f"s{case.own}" if key == "own" else key]
    case.do("handover", people=case.world.officer.name, until=case.day(5), chosen=chosen, test=TEST, **LAW)
    assert "Polisen får aldrig" in case.reader.get(f"{case.base}/new/handover").text
    assert case.dealings.handed == {}
    folder = case.hand_over(case.world.officer, chosen=["e8"], **LAW)
    post(petra, f"/handed/{folder}/accept")
    assert told_in(petra.get(f"/handed/{folder}").text) == {"mapping"}


def test_a_protected_source_is_left_out_until_it_is_tested(case: Case) -> None:
    """The relative's message, and what was drawn from it, cannot even be chosen by a hand-crafted form."""
    for key in ("e5", f"s{case.relative}"):
        case.do("handover", people=case.world.case_officer.name, until=case.day(5), chosen=[key], test=TEST, **LAW)
        assert "skyddat" in case.reader.get(f"{case.base}/new/handover").text
    assert case.dealings.handed == {}


def test_the_person_s_own_message_may_be_chosen_for_social_services(case: Case, sonja: Browser) -> None:
    """With a waiver for needs the message is copied as it was sent."""
    folder = case.hand_over(chosen=[f"s{case.own}", "e4"])
    post(sonja, f"/handed/{folder}/accept")
    assert told_in(sonja.get(f"/handed/{folder}").text) == {"own", "talk"}


def test_a_refused_form_keeps_what_was_typed(case: Case) -> None:
    """Anna forgets the test: choice, cover and purpose stand in the form again, and nowhere in an address."""
    form = {"people": case.world.case_officer.name, "until": case.day(5), "chosen": ["e4"], "cover": "Ring mig först"}
    answer = case.do("handover", **form, test="", **LAW)
    assert answer.status_code == 303
    assert "Ring" not in answer.headers["Location"]
    page = case.reader.get(answer.headers["Location"]).text
    assert "Skriv vad du prövade" in page
    assert "Ring mig först" in page
    assert 'value="e4" checked' in page
    assert "Avvärja faran" in page


def test_a_protected_case_is_handed_by_its_named_people_only(world: World) -> None:
    """Björn is not named: the case, its dealings and its hand-over do not exist for him, nor for Lena."""
    case = Case(world, protected="yes")
    folder = case.hand_over()
    for human in (world.colleague, world.lead, world.auditor):
        browser = world.browser(human)
        assert browser.get(case.base).status_code == 404
        assert browser.get(f"{case.base}/handover/{folder}").status_code == 404


def test_handing_over_is_registered_and_in_the_audit(case: Case, world: World) -> None:
    """One commit: the register has a line of the kind sent, and the case shows who handed over."""
    case.hand_over()
    assert "Utgående handling" in case.reader.get("/documents/register").text
    keys, person = world.session(world.owner)
    found = world.parts.folders.peek(keys, case.id, person)
    acts = [one.what for one in world.parts.folders.seen(found, person)]
    assert "handed over" in acts
    assert "waiver" in acts


def test_questions_to_those_outside_tell_nothing(case: Case) -> None:
    """Only sentences of the list; the answer is a yes or a no, written once."""
    case.do("ask", agency="housing", person="Hedda Hus", question="Har Bo Ek hyresskuld?")
    assert case.dealings.asked == {}
    question = "Kan ni ta emot en ny hyresgäst den här månaden?"
    case.do("ask", agency="housing", person="Hedda Hus", question=question)
    (asked,) = case.dealings.asked.values()
    case.do("told", question=asked.id, answer="kanske")
    case.do("told", question=asked.id, answer="yes")
    case.do("told", question=asked.id, answer="no")
    assert case.dealings.asked[asked.id].answer == "yes"
    assert "<b>Ja</b>" in case.reader.get(case.base).text


def test_a_child_s_duties_are_counted_from_collection(world: World) -> None:
    """The page says what must be done the same day; once both are done, the summary knows."""
    collected = world.clock.now().isoformat(timespec="seconds")
    case = Case(world, under18="yes", collected=collected)
    page = case.reader.get(case.base).text
    assert "samma dag" in page
    case.do("duty", duty="report", line="Ringde mottagningen, Siri tog emot 10.15")
    case.do("duty", duty="report", line="Ringde mottagningen igen, samma svar")
    first = case.state
    world.clock.turn(days=1)
    late = world.browser(world.owner)
    assert 'class="warn"' in late.get(case.base).text
    case.do("duty", late, duty="protection", line="Skyddsbedömning gjord i går kväll")
    assert (first.same_day_done, case.state.same_day_done) == (False, True)
    assert len(case.dealings.duties) == 2


def test_an_adult_s_case_has_no_such_duties(case: Case) -> None:
    """Nobody under 18: no duties on the page, and none can be noted."""
    assert "samma dag" not in case.reader.get(case.base).text
    case.do("duty", duty="report", line="Ringde mottagningen i dag")
    assert case.dealings.duties == {}


def test_the_day_hears_of_an_answer_until_somebody_writes(case: Case, sonja: Browser, world: World) -> None:
    """Sonja answers: the case stands among those that were answered, until a coordinator has written in it."""
    keys, person = world.session(world.owner)
    shelf = Shelf()

    def heard() -> frozenset[bytes]:
        shelf.refresh(world.parts.casebook, keys, person)
        return answered(shelf, {case.id: case.state.changed_at})

    folder = case.hand_over()
    assert heard() == frozenset()
    world.clock.turn(seconds=5)
    post(sonja, f"/handed/{folder}/accept")
    assert heard() == {case.id}
    assert "Svar på överlämning" in case.reader.get("/today").text
    world.clock.turn(seconds=5)
    case.do("ask", agency="housing", person="Hedda Hus", question="Finns det en ledig praktikplats nu?")
    assert heard() == frozenset()


def test_a_hand_over_is_looked_up_through_its_case(case: Case, world: World) -> None:
    """Anna holds both cases: under the other one's address the hand-over does not exist, to read or to end."""
    folder = case.hand_over()
    other = Case(world, case.reader)
    assert case.reader.get(f"{other.base}/handover/{folder}").status_code == 404
    other.do("take-back", handover=folder)
    other.do("need", handover=folder, text="Datum för inflytt")
    assert "Datum för inflytt" not in case.reader.get(f"{case.base}/handover/{folder}").text
    assert case.dealings.handed[folder].ended == ""
    assert other.dealings.handed == {}


def test_a_child_s_duties_stand_once_on_the_case_s_page(world: World) -> None:
    """Each duty is said once, in the notice on top until all are done, beside the agencies' people afterwards."""
    case = Case(world, under18="yes", collected=world.clock.now().isoformat(timespec="seconds"))
    address = case.base.removesuffix("/agencies")
    titles = [duty.title for duty in world.settings.programme.casework.agencies.duties]
    page = case.reader.get(address).text
    assert [page.count(f"<b>{title}</b>") for title in titles] == [1] * len(titles)
    assert page.count("skyddsbedömning görs samma dag") == 1
    assert "Gjort i dag" not in page
    for duty in world.settings.programme.casework.agencies.duties:
        case.do("duty", duty=duty.id, line="Ringde mottagningen, Siri tog emot")
    page = case.reader.get(address).text
    assert [page.count(f"<b>{title}</b>") for title in titles] == [1] * len(titles)
    assert "skyddsbedömning görs samma dag" not in page
