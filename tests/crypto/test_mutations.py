"""The long row of the readers: more than two hundred thousand mutated inputs, none of which may break one.

Slower and cleverer cases are in test_fuzz.py. A failure names its seed and its case.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

import pytest

from crypto.envelope import CONTENT_LIMIT
from crypto.errors import Error, MalformedError, TooLongError
from crypto.opening.members import read_person, verify_members, write_person
from crypto.opening.unseal import unseal
from crypto.primitives import canonical, read_json
from crypto.returncode import derive, parse_code, show_code
from crypto.sealing.roster import verify
from crypto.sealing.seal import seal
from crypto.sealing.signed import signed_bytes, write_signed
from crypto.submission import Answer, Submission
from crypto.thread import Reply, open_reply, seal_reply, sign_follow_up, verify_follow_up
from crypto.thread import _read as read_reply
from staff.inbox.state import State
from staff.inbox.summary import Summary, facts_of
from staff.inbox.unsealing import read_content
from tests.canaries import SCRIPTS, other_digits
from tests.crypto import made
from tests.crypto.test_vectors import VECTORS
from tests.crypto.test_vectors import read as read_vector
from tests.fuzz import bent, bent_json, fuzz

KEYS = derive("0" * 22 + "98", b"s" * 16)
ANSWERS: dict[str, Answer] = {
    "message": "hej\nå",
    "need": ("safety", "talk"),
    "contact": "070-1740631",
    "urgency": "now",
    "age": "under18",
}
FIRST = replace(made.submission(**ANSWERS), mailbox=KEYS.mailbox())
AGAIN = sign_follow_up(made.submission(**ANSWERS), KEYS, 1764000000000)
SUBMISSIONS = [read_json(one.encode()) for one in (made.submission(**ANSWERS), FIRST, AGAIN)]
REPLY = Reply(3, date(2026, 11, 23), "Elsa", "Hej!\nVi ses.")
KINDS = ("envelope", "roster", "reply", "keyfile", "follow-up", "keyring")
CORPUS = {kind: [read_vector(path)[1] for path in VECTORS if path.name.startswith(kind)] for kind in KINDS}
ROSTER = made.signed()
CODES = [
    other_digits("0" * 22 + "98", script, between).encode() for script in range(len(SCRIPTS)) for between in ("", " ")
]


@dataclass(frozen=True)
class Row:
    """One reader, how many cases it gets, how they are made, and how they are read."""

    cases: int
    make: Callable[[random.Random], bytes]
    read: Callable[[bytes], object]


def signed_roster(dice: random.Random) -> bytes:
    """Bend what a roster says and sign it all the same: the worst that whoever holds the root key could publish."""
    data = bent_json(dice, [read_json(ROSTER.split(b"\n")[2])])
    return write_signed("roster", data, made.ROOT.sign(signed_bytes("roster", data)))


def read_roster(data: bytes) -> object:
    """Read a roster as the portal does."""
    return verify(data, made.ROOT.sign_public, minimum_epoch=1, today=made.TODAY)


def open_envelope(data: bytes) -> None:
    """Open an envelope with the owner's key: none but the good one may."""
    unseal(data, made.OWNER)
    if data not in (ENVELOPE, *CORPUS["envelope"]):
        raise AssertionError("a bent envelope opened")


def open_bent_reply(data: bytes) -> None:
    """Open a reply with the code: none but the good one may."""
    open_reply(data, KEYS)
    if data != SEALED_REPLY:
        raise AssertionError("a bent reply opened")


def join(data: bytes) -> None:
    """Read a message and prove that it belongs to the thread; what was changed by a byte of meaning does not."""
    submission = Submission.decode(data)
    assert FIRST.mailbox is not None
    verify_follow_up(submission, FIRST.mailbox)
    if submission.encode() != AGAIN.encode():
        raise AssertionError("a bent message joined the thread")


def show(data: bytes) -> None:
    """Read a content as staff do: whatever it is, there is something to show and a row for the list."""
    if len(data) > CONTENT_LIMIT:
        raise TooLongError(1)  # no envelope holds it
    opened = read_content(data)
    if opened.submission is None:
        raise MalformedError(opened.problem)
    summary = Summary(facts_of(opened.submission, 20_000), "", (), State())
    assert Summary.decode(summary.encode()).facts is not None


def read_text(data: bytes) -> None:
    """Read a code as the page does."""
    code = parse_code(data.decode("utf-8", "surrogateescape"))
    assert parse_code(show_code(code)) == code


ENVELOPE = seal(FIRST, made.roster())
SEALED_REPLY = seal_reply(REPLY, KEYS.mailbox())
REPLY_VALUE = {"v": 1, "number": 3, "day": "2026-11-23", "from": "Elsa", "text": "Hej!", "town": "ekstad"}
PERSON = write_person(made.OWNER, "Alma", "coordinator", "ekstad")
ROWS = {
    "envelope": Row(30_000, lambda dice: bent(dice, [ENVELOPE, *CORPUS["envelope"]]), open_envelope),
    "submission": Row(60_000, lambda dice: bent_json(dice, SUBMISSIONS), Submission.decode),
    "content as staff see it": Row(30_000, lambda dice: bent_json(dice, SUBMISSIONS), show),
    "follow-up": Row(20_000, lambda dice: bent_json(dice, [read_json(AGAIN.encode())]), join),
    "reply": Row(15_000, lambda dice: bent(dice, [SEALED_REPLY, *CORPUS["reply"]]), open_bent_reply),
    "reply's content": Row(25_000, lambda dice: bent_json(dice, [REPLY_VALUE]), read_reply),
    "roster": Row(15_000, lambda dice: bent(dice, [ROSTER, *CORPUS["roster"]]), read_roster),
    "roster, signed": Row(15_000, signed_roster, read_roster),
    "members": Row(
        5_000, lambda dice: bent(dice, CORPUS["roster"]), lambda data: verify_members(data, made.ROOT.sign_public)
    ),
    "person": Row(5_000, lambda dice: bent(dice, [PERSON]), read_person),
    "code": Row(30_000, lambda dice: bent(dice, CODES), read_text),
}


@pytest.mark.long
@pytest.mark.parametrize("name", list(ROWS))
def test_no_mutated_input_breaks_a_reader(name: str) -> None:
    """Each case is taken for good or refused by one of our errors, within half a second and without much memory."""
    row = ROWS[name]
    report = fuzz(name, row.cases, row.make, row.read)
    assert report.taken < report.cases  # else nothing was bent
    assert name in ("envelope", "reply", "person", "members") or report.taken  # else only noise was tried


def test_two_hundred_thousand_are_tried() -> None:
    """The rows together are as many as was promised."""
    assert sum(row.cases for row in ROWS.values()) >= 200_000


@pytest.mark.parametrize("fault", [ValueError, RecursionError, KeyError])
def test_the_fuzzer_sees_a_reader_that_breaks(fault: type[Exception]) -> None:
    """Any error that is not ours is a failure that names seed and case; our own are not."""

    def breaks(data: bytes) -> None:
        raise fault if len(data) % 7 == 0 else MalformedError

    with pytest.raises(AssertionError, match=r"UTVAG_FUZZ_SEED=\d+ story case \d+"):
        fuzz("story", 500, lambda dice: dice.randbytes(dice.randrange(100)), breaks)
    assert issubclass(MalformedError, Error)
    assert fuzz("story", 5, lambda dice: canonical({"v": 1}), read_json).taken == 5
