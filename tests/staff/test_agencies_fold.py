from __future__ import annotations

from datetime import UTC, date, datetime

import hypothesis.strategies as st
import pytest
from hypothesis import given

from crypto.errors import MalformedError
from crypto.opening.identity import new_identity
from crypto.opening.members import Member, Members
from staff.agencies import handover, transfer
from staff.agencies.handover import HandoverSummary, check, fold, summarise
from staff.agencies.model import Dealings
from staff.agencies.steps import CHANGES, dealings
from staff.agencies.telling import TELLERS
from staff.agencies.transfer import TransferSummary
from staff.cases import state as cases
from staff.entry import Entry
from staff.errors import RefusedActError
from tests.staff.casework import VALUES, entry, opened

WHEN = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
TODAY = date(2026, 11, 23)
NAMES = [
    "agency answer basis case chosen cover danger decision due duty entries entry folder from ground handover how id",
    "information language lines line need people person purpose question reason stage test text to town under18 until",
    "version waiver when who working at said_yes title",
]
FIELDS = sorted({name for words in NAMES for name in words.split()})


def member(name: str, role: str, town: str = "ekstad", agency: str = "") -> Member:
    """Make somebody of the register."""
    keys = new_identity()
    return Member(name, role, town, keys.box_public, keys.sign_public, agency)


ANNA, CILLA, LENA, OLD = "Anna Ek", "Cilla Björk", "Lena Holm", "Olle Gammal"
SONJA, PETRA = "Sonja Vik", "Petra Polis"
MEMBERS = Members(
    1,
    (
        member(ANNA, "coordinator"),
        member(OLD, "former"),
        member(CILLA, "coordinator", "bjorkby"),
        member(LENA, "lead"),
        member(SONJA, "case_officer", agency="S"),
        member(PETRA, "police", agency="P"),
    ),
)


def by(who: str, kind: str, **fields: str) -> Entry:
    """Make an entry by somebody."""
    return Entry(who, WHEN, kind, fields)


FIRST = by(ANNA, "handover", working="Björk 14", agency="S", people=SONJA, purpose="Boende", until="2026-12-31")
COPY = by(ANNA, "copy", title="Samtal", lines='[["Vill","bort"]]')
ASKED = [FIRST, COPY]
ACCEPTED = [*ASKED, by(SONJA, "accepted")]


def test_only_the_named_answer_and_only_coordinators_ask() -> None:
    """Whoever holds the key can sign anything: what is not of their side changes nothing."""
    forged = [
        by(PETRA, "accepted"),
        by(LENA, "accepted"),
        by(ANNA, "accepted"),
        by(SONJA, "copy", title="Falsk"),
        by(SONJA, "need", id="n", text="Ge mig allt"),
        by(SONJA, "taken_back"),
        by(PETRA, "reply", text="hej"),
    ]
    assert fold([*ASKED, *forged], MEMBERS) == fold(ASKED, MEMBERS)


@pytest.mark.parametrize("who", [SONJA, PETRA, LENA, "Nobody"])
def test_a_hand_over_begins_with_a_coordinator(who: str) -> None:
    """An agency or a lead that makes a folder of this kind has made nothing."""
    begun = by(who, "handover", working="x", people=who, until="2026-12-31")
    assert fold([begun, by(who, "copy", title="x"), by(who, "accepted")], MEMBERS).status == ""


def test_what_a_former_coordinator_handed_over_stays() -> None:
    """Olle has left the register: what he handed over while he was here still counts."""
    old = Entry(OLD, WHEN, FIRST.kind, FIRST.fields)
    assert fold([old], MEMBERS).status == "asked"


def test_the_copy_is_closed_once_it_is_accepted() -> None:
    """Nothing can be slipped into what somebody has accepted."""
    late = by(ANNA, "copy", title="Sent", lines="[]")
    assert [one.title for one in fold([*ACCEPTED, late], MEMBERS).copies] == ["Samtal"]


@pytest.mark.parametrize(
    ("story", "act", "reason"),
    [
        (ASKED, by(SONJA, "reply", text="x"), "not_accepted"),
        (ASKED, by(SONJA, "done"), "not_accepted"),
        (ACCEPTED, by(SONJA, "accepted"), "already"),
        (ACCEPTED, by(SONJA, "declined", text="x"), "already"),
        (ACCEPTED, by(PETRA, "reply", text="x"), "not_offered"),
        (ACCEPTED, by(LENA, "need", id="n", text="x"), "not_offered"),
        (ACCEPTED, by(ANNA, "copy", title="x"), "not_offered"),
        (ACCEPTED, by(SONJA, "need_done", need="none"), "already"),
        ([*ACCEPTED, by(SONJA, "done")], by(SONJA, "reply", text="x"), "over"),
        ([*ACCEPTED, by(ANNA, "taken_back")], by(SONJA, "done"), "over"),
        ([*ACCEPTED, by(ANNA, "taken_back")], by(ANNA, "taken_back"), "over"),
        ([*ASKED, by(SONJA, "declined", text="nej")], by(SONJA, "accepted"), "over"),
    ],
)
def test_an_act_out_of_turn_is_refused(story: list[Entry], act: Entry, reason: str) -> None:
    """Each act has its side and its time; the refusal says which was wrong."""
    with pytest.raises(RefusedActError) as caught:
        check(fold(story, MEMBERS), act, MEMBERS, TODAY)
    assert caught.value.reason == reason


def test_after_its_last_day_only_taking_back_is_left() -> None:
    """The day after, nobody there may write, and the coordinators may still say that it is over."""
    state = fold(ACCEPTED, MEMBERS)
    late = date(2027, 1, 1)
    assert (state.over(date(2026, 12, 31)), state.over(late)) == (False, True)
    with pytest.raises(RefusedActError):
        check(state, by(SONJA, "reply", text="x"), MEMBERS, late)
    check(state, by(ANNA, "taken_back"), MEMBERS, late)


def test_a_list_shows_how_it_stands_in_few_bytes() -> None:
    """The summary of a hand-over with the longest names comes back as it was and fits."""
    long = dict(FIRST.fields, working="å" * 60, agency="ö" * 100, case="f" * 32)
    needs = [by(ANNA, "need", id=str(number), text="x", due="2026-12-01") for number in range(30)]
    made = summarise(MEMBERS)([Entry(ANNA, WHEN, "handover", long), *ACCEPTED[1:], *needs])
    assert len(made) <= 511
    read = HandoverSummary.decode(made)
    assert (read.status, read.needs, read.due, read.case) == ("accepted", 30, date(2026, 12, 1), "f" * 32)
    assert HandoverSummary.of(fold([FIRST], MEMBERS)).due is None


@pytest.mark.parametrize(
    "bad", [b"", b"[]", b'["case",1]', b'["handover",1]', b"{}", b'["handover",1,1,2,3,4,5,6,7,8,9]']
)
def test_another_summary_is_no_hand_over_s(bad: bytes) -> None:
    """A list meets summaries of every kind, and of damaged folders."""
    for summary in (HandoverSummary, TransferSummary):
        with pytest.raises(MalformedError):
            summary.decode(bad)


OFFER = by(ANNA, "transfer", working="Björk 14", **{"from": "ekstad", "to": "bjorkby"})


def test_a_transfer_is_answered_by_the_other_town_only() -> None:
    """Ekstad cannot take its own offer, Björkby cannot take it back, and nobody else does anything."""
    carried = by(ANNA, "carried", entry=transfer.write(entry("note", text="hej")))
    begun = transfer.fold([OFFER, carried], MEMBERS)
    forged = [by(ANNA, "accepted"), by(SONJA, "accepted"), by(LENA, "declined", reason="x"), by(CILLA, "taken_back")]
    assert transfer.fold([OFFER, carried, *forged], MEMBERS) == begun
    assert len(begun.carried) == 1
    taken = transfer.fold([OFFER, carried, by(CILLA, "accepted"), by(ANNA, "taken_back")], MEMBERS)
    assert (taken.status, taken.answered_by) == ("accepted", CILLA)
    slipped = by(CILLA, "carried", entry=transfer.write(entry("note", text="falskt")))
    assert len(transfer.fold([OFFER, carried, slipped], MEMBERS).carried) == 1


def test_a_transfer_carries_only_what_a_case_is_made_of() -> None:
    """Acts that change who reads, or links of the sender's, are never carried into another's case."""
    for kind in ("protected", "linked", "taken", "opened", "waiver", "tested"):
        sly = by(ANNA, "carried", entry=transfer.write(entry(kind, yes="no")))
        assert transfer.fold([OFFER, sly], MEMBERS).carried == ()


MEMBERS_NAMES = [ANNA, OLD, CILLA, LENA, SONJA, PETRA, "", "å" * 300]
KINDS = sorted({*CHANGES, *handover.STEPS, *transfer.STEPS})
HEX = st.one_of(
    VALUES, st.sampled_from(["f" * 32, "ekstad\nbjorkby", "ekstad", "yes", SONJA, "2026-12-31", "needs\nplan"])
)
ANY = st.lists(
    st.builds(
        Entry,
        st.sampled_from(MEMBERS_NAMES),
        st.just(WHEN),
        st.sampled_from(KINDS),
        st.dictionaries(st.sampled_from(FIELDS), HEX, max_size=9),
    ),
    max_size=12,
)


@given(ANY)
def test_whatever_a_key_may_have_signed_is_folded_without_a_fault(entries: list[Entry]) -> None:
    """Case, hand-over and transfer stand; their summaries fit; nothing is handed but by a whole entry."""
    state = cases.fold([opened(), *entries])
    assert isinstance(dealings(state), Dealings)
    for one in entries:
        if one.kind in TELLERS:
            assert TELLERS[one.kind](one).title
    for made in (summarise(MEMBERS)([FIRST, *entries]), transfer.summarise(MEMBERS)([OFFER, *entries])):
        assert len(made) <= 511


def test_every_kind_of_ours_has_its_words() -> None:
    """No entry of ours is told by its bare name in the case's history."""
    assert TELLERS.keys() == CHANGES.keys()
