from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from crypto.opening.identity import new_identity
from crypto.opening.members import Member, Members
from programme import Programme
from staff.agencies import rules
from staff.agencies.items import Item, items
from staff.agencies.model import INFORMATION, Dealings, Waiver
from staff.agencies.rules import Basis, Ground, HandWish, WaiverWish
from staff.cases.state import fold
from staff.entry import Entry, Read
from staff.errors import RefusedActError
from tests.staff.casework import entry, opened
from tests.staff.world import PROGRAMME

SETTINGS = Programme.load(PROGRAMME).casework.agencies
TODAY = date(2026, 11, 23)
SOON = TODAY + timedelta(days=30)
WHEN = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
RELATIVE, OWN = "a" * 32, "b" * 32
REASON = "Det behövs för att hjälpa."


def member(name: str, role: str, town: str = "ekstad", agency: str = "") -> Member:
    """Make somebody of the register."""
    identity = new_identity()
    return Member(name, role, town, identity.box_public, identity.sign_public, agency)


SONJA = member("Sonja Sand", "case_officer", agency="Socialtjänsten i Ekstad")
SIRI = member("Siri Sjö", "case_officer", agency="Socialtjänsten i Ekstad")
PETER = member("Peter Park", "police", agency="Polisen")
KIM = member("Kim Kust", "partner", agency="Frivården")
STRAY = member("Stig Ström", "partner", agency="Okänd förening")
AWAY = member("Alva Alm", "case_officer", "bjorkby", "Socialtjänsten i Ekstad")
ANNA = member("Anna Ek", "coordinator")
CILLA = member("Cilla Björk", "coordinator", "bjorkby")
LENA = member("Lena Lind", "lead")
MEMBERS = Members(1, (SONJA, SIRI, PETER, KIM, STRAY, AWAY, ANNA, CILLA, LENA))
WAIVER = Waiver(
    "w1", "social", SONJA.name, "Ordna boende", ("needs", "plan"), SOON, "2026-1", "sv", "signed", "Anna Ek", WHEN
)
STORY = [
    opened(),
    entry("linked", submission=RELATIVE, source="relative"),
    entry("linked", submission=OWN, source="person"),
    entry("form", form="talk", want="En egen lägenhet"),
    entry("form", form="assessment", motivation="Mamma är rädd", drawn=RELATIVE),
    entry("question", id="q", about="4", text="Vem ringer?"),
    entry("forward", to="4", reason="klart"),
    entry("form", form="mapping", note="Vi bjuder in"),
    entry("form", form="talk", want="Skrivet sent"),
    entry("real_name", name="Bo Ek"),
    entry("measure", id="m", what="Jobb"),
]


def read(story: list[Entry]) -> list[Read]:
    """Number a story."""
    return [Read(number, one, trusted=True) for number, one in enumerate(story, 1)]


def ground(story: list[Entry] | None = None, *waivers: Waiver) -> Ground:
    """Make what the rules look at, of a story and its waivers."""
    told = STORY if story is None else story
    chosen = items(read(told), fold(told))
    known = {one.id: one for one in waivers or (WAIVER,)}
    return Ground(SETTINGS, MEMBERS, "ekstad", Dealings(waivers=known), chosen, TODAY)


def wish(**changes: object) -> WaiverWish:
    """Make a waiver that the rules allow, with changes."""
    usual = WaiverWish("social", SONJA.name, "Ordna boende", ("needs",), SOON, "2026-1", "sv", "signed")
    return replace(usual, **changes)  # type: ignore[arg-type]  # each test names fields of the wish


def hand(**changes: object) -> HandWish:
    """Make a hand-over that the rules allow, with changes."""
    usual = HandWish((SONJA.name,), "", SOON, ("e4", "e8"), Basis(waiver="w1"), REASON)
    return replace(usual, **changes)  # type: ignore[arg-type]  # as above


LAW = Basis(ground="danger", reason=REASON)


def refused(call: object, *arguments: object) -> str:
    """Give the reason of a refusal."""
    assert callable(call)
    with pytest.raises(RefusedActError) as caught:
        call(*arguments)
    return caught.value.reason


def test_a_waiver_for_one_receiver_one_purpose_and_one_date_is_written() -> None:
    """The allowed one is allowed, so that each refusal below has one cause."""
    rules.check_waiver(wish(), ground())
    rules.check_waiver(wish(agency="housing", person="Hedda Hus"), ground())  # no sign-in: a name is enough


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"agency": "army"}, "agency"),
        ({"person": ""}, "person"),
        ({"person": "alla"}, "person"),
        ({"agency": "housing", "person": "ALLA"}, "person"),
        ({"person": "Hedda Hus"}, "person"),
        ({"person": PETER.name}, "person"),
        ({"person": AWAY.name}, "person"),
        ({"agency": "housing", "person": "Hedda Hus och Henry Hem"}, "one_receiver"),
        ({"agency": "housing", "person": "Hedda, Henry"}, "one_receiver"),
        ({"purpose": "."}, "purpose"),
        ({"purpose": "x" * 300}, "long"),
        ({"information": ()}, "information"),
        ({"information": ("needs", "all")}, "information"),
        ({"information": INFORMATION}, "blanket"),
        ({"until": None}, "until"),
        ({"until": TODAY - timedelta(days=1)}, "until"),
        ({"until": TODAY + timedelta(days=181)}, "until_long"),
        ({"version": "2020"}, "wording"),
        ({"language": "ti"}, "wording"),
        ({"how": "winked"}, "how"),
    ],
)
def test_a_blanket_waiver_is_refused_by_the_model(changes: dict[str, object], reason: str) -> None:
    """Everybody, everything, for ever, or in words that the person never got: none of it becomes a waiver."""
    assert refused(rules.check_waiver, wish(**changes), ground()) == reason


def test_a_hand_over_on_a_waiver_gives_its_receivers_and_items() -> None:
    """What the waiver covers goes to the one whom it names, in the order of the case."""
    members, chosen = rules.check_handover(hand(chosen=("e8", "e4")), ground())
    assert members == [SONJA]
    assert [one.key for one in chosen] == ["e4", "e8"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"people": ()}, "person"),
        ({"people": ("Nobody",)}, "person"),
        ({"people": (ANNA.name,)}, "person"),
        ({"people": (LENA.name,)}, "person"),
        ({"people": (AWAY.name,)}, "person"),
        ({"people": (STRAY.name,)}, "agency"),
        ({"people": (SONJA.name, PETER.name)}, "one_agency"),
        ({"people": (SONJA.name, SIRI.name)}, "waiver_receiver"),
        ({"people": (SIRI.name,)}, "waiver_receiver"),
        ({"people": (KIM.name,)}, "waiver_receiver"),
        ({"test": "ok"}, "test"),
        ({"until": None}, "until"),
        ({"until": TODAY - timedelta(days=1)}, "until"),
        ({"until": SOON + timedelta(days=1)}, "until_waiver"),
        ({"chosen": ()}, "entries"),
        ({"chosen": ("e4", "e99")}, "entries"),
        ({"chosen": ("e6",)}, "entries"),
        ({"chosen": ("e5",)}, "protected"),
        ({"chosen": (f"s{RELATIVE}",)}, "protected"),
        ({"chosen": ("e10",)}, "waiver_information"),
        ({"basis": Basis()}, "basis"),
        ({"basis": Basis("w1", "danger", REASON)}, "basis"),
        ({"basis": Basis(waiver="w2")}, "waiver"),
        ({"basis": Basis(ground="magic", reason=REASON)}, "ground"),
        ({"basis": Basis(ground="young", reason=REASON)}, "ground"),
        ({"basis": Basis(ground="danger", reason="")}, "reason"),
        ({"basis": LAW}, "purpose"),
    ],
)
def test_a_hand_over_without_its_ground_is_refused_by_the_model(changes: dict[str, object], reason: str) -> None:
    """Whatever a page might offer: without receiver, test, end, untouched sources and a ground nothing is handed."""
    assert refused(rules.check_handover, hand(**changes), ground()) == reason


def test_a_waiver_ends_on_its_day_and_when_it_is_taken_back() -> None:
    """It holds to the end of its last day; the day after, or once withdrawn, nothing is handed over on it."""
    late = replace(ground(), today=SOON)
    rules.check_handover(hand(), late)
    over = replace(ground(), today=SOON + timedelta(days=1))
    assert refused(rules.check_handover, hand(until=SOON + timedelta(days=1)), over) == "waiver"
    withdrawn = ground(None, replace(WAIVER, withdrawn=WHEN))
    assert refused(rules.check_handover, hand(), withdrawn) == "waiver"


def test_the_law_carries_what_no_waiver_does() -> None:
    """With a listed ground and a written reason the same items may go to several people of one agency."""
    allowed = hand(people=(SONJA.name, SIRI.name), purpose="Skydda barnet", basis=LAW, chosen=("e4", "e10"))
    members, chosen = rules.check_handover(allowed, ground())
    assert (len(members), len(chosen)) == (2, 2)


@pytest.mark.parametrize("key", ["e4", "e9", f"s{OWN}"])
def test_the_police_never_get_the_first_three_stages(key: str) -> None:
    """A form of stage 2, whenever it was saved, and the person's own message stay from the police, whatever the law."""
    asked = hand(people=(PETER.name,), purpose="Avvärja faran", basis=LAW, chosen=("e8", key))
    assert refused(rules.check_handover, asked, ground()) == "police"
    rules.check_handover(replace(asked, chosen=("e8", "e11")), ground())


def test_what_was_written_before_stage_four_is_early_whatever_it_is() -> None:
    """A measure that was noted while the case stood at stage 1 is kept from the police as well."""
    early = [opened(), entry("measure", id="m", what="Jobb"), entry("note", id="n", text="Ringde")]
    asked = hand(people=(PETER.name,), purpose="Avvärja faran", basis=LAW, chosen=("e2",))
    assert refused(rules.check_handover, asked, ground(early)) == "police"
    assert refused(rules.check_handover, replace(asked, chosen=("e3",)), ground(early)) == "police"


def test_a_tested_source_may_leave_but_not_to_the_police() -> None:
    """Once a named reader has tested it, what a relative wrote may be chosen; the police still get none."""
    tested = [*STORY, entry("tested", submission=RELATIVE, reason=REASON)]
    law = hand(purpose="Skydda barnet", basis=LAW, chosen=("e5", f"s{RELATIVE}"))
    assert len(rules.check_handover(law, ground(tested))[1]) == 2
    assert refused(rules.check_handover, replace(law, people=(PETER.name,)), ground(tested)) == "police"


def test_an_entry_drawn_from_a_link_that_is_gone_stays_protected() -> None:
    """Somebody unties the relative's message: what was drawn from it does not become free by that."""
    untied = [*STORY, entry("unlinked", submission=RELATIVE)]
    assert refused(rules.check_handover, hand(chosen=("e5",)), ground(untied)) == "protected"


def test_only_coordinators_let_anything_out() -> None:
    """A lead, an auditor or an agency's own people do not."""
    rules.check_writer(ANNA)
    for other in (LENA, SONJA, PETER, KIM):
        assert refused(rules.check_writer, other) == "coordinator"


def test_the_personakt_is_social_services_alone() -> None:
    """The paper goes to a named person there, on the same ground as a hand-over."""
    social, police = SETTINGS.agency("social"), SETTINGS.agency("police")
    call = rules.check_personakt
    assert call(social, SONJA.name, ["e4"], Basis(waiver="w1"), REASON, ground())[0].key == "e4"
    assert refused(call, police, PETER.name, ["e8"], LAW, REASON, ground()) == "social"
    assert refused(call, None, SONJA.name, ["e4"], LAW, REASON, ground()) == "social"
    assert refused(call, social, SIRI.name, ["e4"], Basis(waiver="w1"), REASON, ground()) == "waiver_receiver"
    assert refused(call, social, SONJA.name, ["e5"], LAW, REASON, ground()) == "protected"
    assert refused(call, social, SONJA.name, ["e4"], LAW, "", ground()) == "test"


def test_a_question_to_those_outside_tells_nothing() -> None:
    """Only a sentence of the list, and only to those who have no sign-in."""
    housing, call = SETTINGS.agency("housing"), rules.check_question
    assert call(housing, "Hedda Hus", SETTINGS.questions[0], ground()) == housing
    assert refused(call, housing, "Hedda Hus", "Har Bo Ek hyresskuld?", ground()) == "question"
    assert refused(call, SETTINGS.agency("social"), SONJA.name, SETTINGS.questions[0], ground()) == "agency"
    assert refused(call, housing, "", SETTINGS.questions[0], ground()) == "person"


def test_a_case_is_offered_to_a_town_that_has_coordinators_and_with_a_yes() -> None:
    """Not to our own town, not to one nobody knows, not without the person's yes."""
    towns, call = ["ekstad", "bjorkby", "granvik"], rules.check_transfer
    assert call("bjorkby", towns, True, ground()) == [CILLA]
    assert refused(call, "ekstad", towns, True, ground()) == "town"
    assert refused(call, "granvik", towns, True, ground()) == "town"
    assert refused(call, "nowhere", towns, True, ground()) == "town"
    assert refused(call, "bjorkby", towns, False, ground()) == "said_yes"


def test_what_colleagues_say_among_themselves_is_no_item() -> None:
    """Questions, tasks, who took it and who looked stand in no list to choose from."""
    kinds = {"question", "answer", "task", "taken", "flag", "looked", "waiver", "tested", "danger", "opened"}
    story = [opened(), *(entry(kind, id="i", text="t", title="t", about="1") for kind in sorted(kinds - {"opened"}))]
    found: list[Item] = items(read(story), fold(story))
    assert found == []
