"""A submission that leaves with a case: its own rows of the audit say so first, and one that does not open is told."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import delete

from staff.errors import RefusedActError
from staff.inbox import record as records
from staff.models import Grant
from tests.staff.dealing import LAW, OWN_WORDS, TEST, Case, pdf_words, signed_file, told_in
from tests.staff.world import ORIGIN


def exported(case: Case) -> int:
    """Count the rows of the person's message that say it was opened to leave."""
    person = case.world.person(case.world.owner)
    record = records.read(case.world.parts.casebook, bytes.fromhex(case.own), person)
    return len([one for one in case.world.parts.audit.of(record.key, case.world.members) if one.what == "exported"])


def paper(case: Case) -> str:
    """Note a paper with the person's message; give its address."""
    chosen, to = [f"s{case.own}", "e4"], case.world.case_officer.name
    case.do("paper", agency="social", person=to, chosen=chosen, test=TEST, **LAW)
    return f"{case.base}/paper/{list(case.dealings.exported)[-1]}"


def shut(case: Case) -> None:
    """Take every grant of the person's message away."""
    with case.world.parts.casebook.write() as session:
        session.execute(delete(Grant).where(Grant.submission == bytes.fromhex(case.own)))


def test_each_way_out_writes_a_row_of_the_submission_itself(case: Case) -> None:
    """Hand-over, extract and paper: whoever asks who has read the person's words is told of each."""
    case.hand_over(chosen=[f"s{case.own}"])
    assert exported(case) == 1
    where = case.do("extract", chosen=[f"s{case.own}"], test=TEST).headers["Location"]
    assert told_in(case.reader.get(where).text) >= {"own"}
    assert exported(case) == 2
    assert told_in(pdf_words(signed_file(case.world, case.reader, paper(case)))) >= {"own"}
    assert exported(case) == 3


def test_without_the_row_not_a_word_is_given(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    """The row cannot be written: nothing is handed over."""

    def busy(*_all: object) -> None:
        raise RefusedActError("busy")

    waiver = case.waiver()
    monkeypatch.setattr(records, "note", busy)
    to = case.world.case_officer.name
    case.do("handover", people=to, until=case.day(5), chosen=[f"s{case.own}"], test=TEST, basis=f"w:{waiver}")
    assert "Flera skrev samtidigt" in case.reader.get(f"{case.base}/new/handover").text
    assert case.dealings.handed == {}


def test_what_does_not_open_is_told_on_the_form(case: Case) -> None:
    """The message is shut to Anna: hand-over, extract and paper refuse it with words, and what was typed is kept."""
    waiver = case.waiver()
    shut(case)
    chosen, to = [f"s{case.own}", "e4"], case.world.case_officer.name
    case.do("handover", people=to, until=case.day(5), chosen=chosen, test=TEST, basis=f"w:{waiver}")
    case.do("extract", chosen=chosen, test=TEST)
    case.do("paper", agency="social", person=to, chosen=chosen, test=TEST, **LAW)
    for what in ("handover", "extract", "paper"):
        page = case.reader.get(f"{case.base}/new/{what}")
        assert page.status_code == 200
        assert TEST in page.text
        if what == "handover":
            assert page.text.count("En förfrågan går inte att öppna med din nyckel.") == 3
    assert (case.dealings.handed, case.dealings.extracts, case.dealings.exported) == ({}, {}, {})


def test_a_paper_outlives_what_no_longer_opens(case: Case) -> None:
    """Shut after it was noted: the extract stands without it, and the personakt's paper says why it is not given."""
    where = case.do("extract", chosen=[f"s{case.own}", "e4"], test=TEST).headers["Location"]
    note = paper(case)
    shut(case)
    page = case.reader.get(where)
    assert page.status_code == 200
    assert told_in(page.text) == {"talk"}
    assert OWN_WORDS not in page.text
    refused = case.reader.client.get(note, base_url=ORIGIN).headers["Location"]
    form = {name: values[0] for name, values in parse_qs(urlsplit(refused).query).items()}
    back = case.reader.post("/orders/new", **form, why=TEST).headers["Location"]
    assert not re.fullmatch("/orders/[0-9a-f]{32}", back)
    assert "går inte att öppna" in case.reader.get(back).text
