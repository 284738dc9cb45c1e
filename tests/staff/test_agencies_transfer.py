from __future__ import annotations

import re

from staff.agencies.items import items
from staff.cases.state import fold
from tests.staff.dealing import TEST, Case, post, told_in
from tests.staff.world import Browser, World

CHOSEN = ["e4", "e6", "e8"]


def offer(case: Case, **changes: object) -> str:
    """Offer the case to Björkby; give the folder's id, or nothing if it was refused."""
    form = {"town": "bjorkby", "chosen": CHOSEN, "cover": "Vi har pratat om flytt.", "said_yes": "yes", **changes}
    where = case.do("transfer", **form).headers["Location"]
    found = re.fullmatch(r"/transfers/([0-9a-f]{32})", where)
    return found[1] if found else ""


def test_the_other_town_reads_the_copy_and_nobody_lets_go_before_they_take_hold(case: Case, stranger: Browser) -> None:
    """Cilla sees the offer and the copy; until she takes it, Ekstad's case is open and theirs."""
    folder = offer(case)
    assert "Björk 14" in stranger.get("/transfers").text
    assert told_in(stranger.get(f"/transfers/{folder}").text) == {"talk", "mapping"}
    assert stranger.get(f"/cases/{case.id.hex()}").status_code == 404
    assert case.state.position.open
    assert case.dealings.transfer is not None
    assert case.dealings.transfer.ended == ""


def test_taking_over_opens_a_case_of_their_own(case: Case, stranger: Browser, world: World) -> None:
    """The answer and the new case are one commit; what was carried stands in it, written by Cilla, from Anna."""
    folder = offer(case)
    where = post(stranger, f"/transfers/{folder}/take", working="Tall 7").headers["Location"]
    new = bytes.fromhex(where.rpartition("/")[2])
    keys, person = world.session(world.stranger)
    read = world.parts.folders.peek(keys, new, person)
    state = fold(read.trusted)
    assert (state.working, state.real_name, state.holder) == ("Tall 7", "Bo Kanariefågel Ek", world.stranger.name)
    assert told_in(stranger.get(where).text) >= {"mapping"}
    assert all(one.entry.who == world.stranger.name for one in read.entries)
    assert case.reader.get(where).status_code == 404
    assert "Inkommen handling" in stranger.get("/documents/register").text
    assert "Utgående handling" in case.reader.get("/documents/register").text


def test_the_sender_keeps_its_case_and_is_told_to_tell_the_person(case: Case, stranger: Browser) -> None:
    """Once taken, Ekstad's page says so, plans that the person is told today, and offers closing as transferred."""
    post(stranger, f"/transfers/{offer(case)}/take", working="Tall 7")
    page = case.reader.get(case.base).text
    assert "Tar över" in page
    assert "Avsluta som överlämnat" in page
    told = [task.title for task in case.state.open_tasks]
    assert any("Berätta för personen" in title for title in told)
    assert case.state.position.open
    assert told_in(case.reader.get(f"/cases/{case.id.hex()}?write=talk").text) >= {"mapping"}
    assert offer(case) == ""


def test_declining_needs_a_reason_and_takes_their_key(case: Case, stranger: Browser) -> None:
    """Without a reason nothing changes; with one Ekstad reads it, and Björkby's key is gone at the next look."""
    folder = offer(case)
    post(stranger, f"/transfers/{folder}/decline", reason="")
    assert "Skriv en anledning." in stranger.get(f"/transfers/{folder}").text
    post(stranger, f"/transfers/{folder}/decline", reason="Vi är för få just nu.")
    assert "Vi är för få just nu." in case.reader.get(f"/transfers/{folder}").text
    case.reader.get(case.base)
    assert case.dealings.transferred[folder].ended == "declined"
    assert stranger.get(f"/transfers/{folder}").status_code == 404
    assert offer(case) != ""


def test_the_sender_may_take_the_offer_back_before_it_is_answered(case: Case, stranger: Browser) -> None:
    """After that Björkby cannot take it, and Ekstad can ask again."""
    folder = offer(case)
    post(case.reader, f"/transfers/{folder}/take-back", reason="Personen ångrade sig.")
    assert (
        post(stranger, f"/transfers/{folder}/take", working="Tall 7").headers["Location"]
        == f"/transfers/{folder}?form=take"
    )
    case.reader.get(case.base)
    assert stranger.get(f"/transfers/{folder}").status_code == 404


def test_each_side_does_its_own_part_only(case: Case, stranger: Browser, world: World) -> None:
    """Ekstad cannot take its own offer, Björkby cannot take it back, and an answer stands."""
    folder = offer(case)
    anna, bjorn = case.reader, world.browser(world.colleague)
    for browser, act in ((anna, "take"), (bjorn, "decline"), (stranger, "take-back")):
        answer = post(browser, f"/transfers/{folder}/{act}", working="Tall 7", reason="Någon anledning")
        assert answer.headers["Location"].endswith(f"?form={act}"), act
    post(stranger, f"/transfers/{folder}/take", working="Tall 7")
    again = post(stranger, f"/transfers/{folder}/take", working="Tall 8")
    assert again.headers["Location"] == f"/transfers/{folder}?form=take"


def test_nobody_else_has_the_offer(case: Case, world: World) -> None:
    """Leads, auditors and agencies meet nothing there."""
    folder = offer(case)
    for human in (world.lead, world.auditor, world.case_officer, world.officer):
        assert world.browser(human).get(f"/transfers/{folder}").status_code == 404


def test_a_relative_s_words_stay_a_relative_s_in_the_other_town(case: Case, stranger: Browser, world: World) -> None:
    """Tested and carried, they are marked there without an id: no extract has them, and nobody can hand them on."""
    post(case.reader, f"/cases/{case.id.hex()}/do/test", submission=case.relative, reason="Mamman vill det.")
    folder = offer(case, chosen=["e4", "e5", "e8"])
    where = post(stranger, f"/transfers/{folder}/take", working="Tall 7").headers["Location"]
    keys, person = world.session(world.stranger)
    read = world.parts.folders.peek(keys, bytes.fromhex(where[-32:]), person)
    found = items(read.entries, fold(read.trusted))
    (mine,) = [one for one in found if told_in(str(one.fields)) == {"drawn"}]
    assert (mine.protected, mine.fields["drawn"]) == (True, "elsewhere")
    assert case.relative not in str([one.entry.fields for one in read.entries])
    assert f'value="{mine.key}"' not in stranger.get(f"{where}/agencies/new/extract").text
    post(stranger, f"{where}/agencies/do/extract", chosen=[mine.key], test=TEST)
    assert "Välj minst en uppgift" in stranger.get(f"{where}/agencies/new/extract").text
    assert "går inte att pröva här" in stranger.get(f"{where}/agencies/new/handover").text


REFUSED_OFFERS: list[tuple[dict[str, object], str]] = [
    ({"said_yes": ""}, "Personen måste ha sagt ja först."),
    ({"town": "granvik"}, "Välj en annan kommun"),
    ({"town": "ekstad"}, "Välj en annan kommun"),
    ({"chosen": []}, "Välj minst en uppgift."),
    ({"chosen": ["e5"]}, "skyddat"),
    ({"people": ["Nobody"]}, "Välj en namngiven person"),
]


def test_an_offer_that_must_not_be_made_is_not(case: Case) -> None:
    """Without a yes, to nowhere, of nothing, or with a relative's words: refused, and the cover stands in the form."""
    for changes, words in REFUSED_OFFERS:
        assert offer(case, **changes) == "", changes
        page = case.reader.get(f"{case.base}/new/transfer").text
        assert words in page, changes
        assert "Vi har pratat om flytt." in page
    assert case.dealings.transfer is None


def test_a_protected_case_goes_to_named_people_there(world: World) -> None:
    """To the whole team it is refused; to Cilla it goes, and opens as a protected case of hers."""
    case = Case(world, protected="yes")
    assert offer(case) == ""
    folder = offer(case, people=[world.stranger.name])
    cilla = world.browser(world.stranger)
    where = post(cilla, f"/transfers/{folder}/take", working="Tall 7").headers["Location"]
    assert cilla.get(where).status_code == 200
