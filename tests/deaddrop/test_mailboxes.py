"""Mailboxes: staff know the address, only the code's token reads; unknown and empty are one state."""

import os
import time
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert

from crypto.errors import MalformedError
from crypto.returncode import Keys, derive, new_code
from crypto.thread import REPLY_SIZE, Reply, open_reply, reply_id, seal_reply
from deaddrop import schema
from deaddrop.answer import Answer
from deaddrop.errors import FullError, UnavailableError
from deaddrop.fetch import Fetch
from deaddrop.turns import LONGEST_WAIT_SECONDS
from tests.deaddrop.conftest import Sides

TODAY = date(2026, 11, 22)
OWN, OTHER = derive(new_code(), b"s" * 16), derive(new_code(), b"s" * 16)


def sealed(number: int, keys: Keys = OWN) -> bytes:
    """Seal a numbered reply."""
    return seal_reply(Reply(number, TODAY, "Alma", f"svar {number}"), keys.mailbox())


def read(sides: Sides, keys: Keys) -> list[str]:
    """Read a mailbox as its owner does, in no order."""
    texts = []
    for data in Fetch(sides.portal).replies(keys.token):
        assert len(data) == REPLY_SIZE
        try:
            texts.append(open_reply(data, keys).text)
        except Exception:  # noqa: BLE001, S112 - an unused place
            continue
    return sorted(texts)


def test_a_reply_is_read_with_the_code_and_removed_with_it(sides: Sides) -> None:
    """What staff left is read as often as asked, and is gone when the person says so."""
    mine = Answer(sides.staff).leave(OWN.mailbox().address, sealed(1), TODAY)
    assert read(sides, OWN) == read(sides, OWN) == ["svar 1"]
    Fetch(sides.portal).remove(OTHER.token, [mine])
    assert read(sides, OWN) == ["svar 1"]
    Fetch(sides.portal).remove(OWN.token, [mine])
    assert read(sides, OWN) == []
    assert Answer(sides.staff).waiting(OWN.mailbox().address) == frozenset()


def test_what_came_meanwhile_is_not_removed_unread(sides: Sides) -> None:
    """Removing takes what is named; a reply that arrived after the page was shown waits on."""
    answer, address = Answer(sides.staff), OWN.mailbox().address
    seen = answer.leave(address, sealed(1), TODAY)
    answer.leave(address, sealed(2), TODAY)
    Fetch(sides.portal).remove(OWN.token, [seen, os.urandom(16)])
    assert read(sides, OWN) == ["svar 2"]


def test_what_was_opened_is_noted_by_day_with_the_token_only(sides: Sides) -> None:
    """The first day stays; another's token, the address used as one, or a made-up id note nothing."""
    answer, address = Answer(sides.staff), OWN.mailbox().address
    first, second = (answer.leave(address, sealed(number), TODAY) for number in (1, 2))
    fetch = Fetch(sides.portal)
    for token in (OTHER.token, address):
        fetch.opened(token, [first], TODAY)
    fetch.opened(OWN.token, [os.urandom(16)], TODAY)
    assert answer.opened([first, second]) == {}
    fetch.opened(OWN.token, [first], TODAY)
    fetch.opened(OWN.token, [first, second], TODAY + timedelta(days=1))
    day = (TODAY - schema.FIRST_DAY).days
    assert answer.opened([first, second]) == {first: day, second: day + 1}
    fetch.remove(OWN.token, [first])
    assert answer.opened([first]) == {first: day}
    answer.expire(TODAY + timedelta(days=1))
    assert answer.opened([first, second]) == {second: day + 1}


def test_who_finds_nothing_takes_nobodys_turn(sides: Sides) -> None:
    """Staff are in the middle of a reply to this very mailbox: who names nothing that lies there does not wait."""
    address, fetch, data = OWN.mailbox().address, Fetch(sides.portal), sealed(1)
    row = {"address": address, "id": reply_id(data), "day": 1, "sealed": data}
    with schema.writing(sides.staff), sides.staff.begin() as connection:
        schema.take_name(connection, address)
        connection.execute(insert(schema.REPLIES).values(row))
        started = time.monotonic()
        fetch.remove(OWN.token, [os.urandom(16)] * 4)
        fetch.opened(OWN.token, [os.urandom(16)] * 4, TODAY)
        assert time.monotonic() - started < LONGEST_WAIT_SECONDS / 2
    assert read(sides, OWN) == ["svar 1"]


def test_the_address_alone_reads_nothing(sides: Sides) -> None:
    """Whoever copies the database has addresses; used as a token an address leads nowhere."""
    Answer(sides.staff).leave(OWN.mailbox().address, sealed(1), TODAY)
    assert sealed(1)[:6] not in {data[:6] for data in Fetch(sides.portal).replies(OWN.mailbox().address)}


def test_unknown_and_empty_and_full_have_one_form(sides: Sides) -> None:
    """Always four times the same length; two empty answers share no byte sequence."""
    answers = [Fetch(sides.portal).replies(keys.token) for keys in (OWN, OTHER)]
    for number in range(1, 5):
        Answer(sides.staff).leave(OWN.mailbox().address, sealed(number), TODAY)
    answers.append(Fetch(sides.portal).replies(OWN.token))
    assert {tuple(len(data) for data in answer) for answer in answers} == {(REPLY_SIZE,) * 4}
    assert len({data for answer in answers for data in answer}) == 12


def test_a_fifth_reply_must_replace_one(sides: Sides) -> None:
    """Staff choose what goes; nothing is thrown out by itself, and another's mailbox is not counted."""
    answer, address = Answer(sides.staff), OWN.mailbox().address
    ids = [answer.leave(address, sealed(number), TODAY) for number in range(1, 5)]
    answer.leave(OTHER.mailbox().address, sealed(1, OTHER), TODAY)
    with pytest.raises(FullError):
        answer.leave(address, sealed(5), TODAY)
    with pytest.raises(FullError):
        answer.leave(address, sealed(5), TODAY, instead_of=os.urandom(16))
    assert answer.waiting(address) == set(ids)
    answer.leave(address, sealed(5), TODAY, instead_of=ids[0])
    assert read(sides, OWN) == ["svar 2", "svar 3", "svar 4", "svar 5"]


def test_the_same_reply_sent_twice_stands_once(sides: Sides) -> None:
    """A retry after a lost answer doubles nothing, even in a full mailbox."""
    answer, address = Answer(sides.staff), OWN.mailbox().address
    first = sealed(1)
    for data in (first, sealed(2), sealed(3), sealed(4), first):
        answer.leave(address, data, TODAY)
    assert len(answer.waiting(address)) == 4


def test_old_replies_go_and_leave_no_byte(sides: Sides, tmp_path: Path) -> None:
    """After the days that the pages promise, a reply is removed from the files too; newer ones and kept ones stay."""
    answer = Answer(sides.staff)
    old, kept, new = sealed(1), sealed(2, OTHER), sealed(3)
    answer.leave(OWN.mailbox().address, old, TODAY - timedelta(days=31))
    answer.leave(OTHER.mailbox().address, kept, TODAY - timedelta(days=31))
    answer.leave(OWN.mailbox().address, new, TODAY)
    assert answer.expire(TODAY - timedelta(days=30), keep=[OTHER.mailbox().address]) == 1
    assert (read(sides, OWN), read(sides, OTHER)) == (["svar 3"], ["svar 2"])
    assert not [file.name for file in tmp_path.iterdir() if old[200:232] in file.read_bytes()]


def test_what_is_no_reply_is_refused_and_an_absent_store_is_told(sides: Sides, path: Path) -> None:
    """Another length is not stored; a portal without its database says so instead of "no reply"."""
    with pytest.raises(MalformedError):
        Answer(sides.staff).leave(OWN.mailbox().address, b"x", TODAY)
    gone = Fetch(schema.engine(path.parent / "nowhere" / "d.sqlite"))
    with pytest.raises(UnavailableError):
        gone.replies(OWN.token)
    with pytest.raises(UnavailableError):
        gone.remove(OWN.token, [bytes(16)])
    with pytest.raises(UnavailableError):
        gone.opened(OWN.token, [bytes(16)], TODAY)
