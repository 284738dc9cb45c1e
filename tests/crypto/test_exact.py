"""Numbers, labels and borders that a format fixes: written here once more, so that changing one is seen.

Found by mutation testing: each of these could be changed without a test that failed.
"""

import hashlib
import json
import math
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from crypto import envelope
from crypto.cookiebox import lock, row_key
from crypto.envelope import HEADER_SIZE, Envelope
from crypto.errors import MalformedError, RosterError, TooLongError
from crypto.primitives import (
    FIELD_PRIME,
    canonical,
    check_public,
    decrypt,
    encrypt,
    nobodys_key,
    read_json,
    sha256,
    unhex,
)
from crypto.returncode import derive, new_code, parse_code, show_code
from crypto.sealing.pin import salt_of
from crypto.sealing.roster import LONGEST, verify
from crypto.sealing.seal import seal
from crypto.sealing.signed import signed_bytes, write_signed
from crypto.submission import ANSWERS_LIMIT, COUNTER_LIMIT, FollowUp, Submission
from crypto.thread import (
    HIGHEST_NUMBER,
    PADDED_SIZE,
    Reply,
    open_reply,
    reply_id,
    seal_reply,
    sign_follow_up,
    verify_follow_up,
)
from tests.crypto import made

GOOD = json.loads(made.submission(message="hej").encode())


def test_labels_are_what_the_format_says() -> None:
    """A label that changed would make everything written before unreadable: docs/envelope.md names each."""
    joined = hashlib.sha256(b"utvag/1/team\0ekstad").digest()
    assert envelope.team_tag("ekstad") == joined[:8]
    assert sha256("utvag/1/team", b"ek", b"stad") == joined
    assert salt_of(bytes(32)) == hashlib.sha256(b"utvag/1/salt\0" + bytes(32)).digest()[:16]
    ticket = bytes(range(32))
    assert row_key(ticket, "draft") == hashlib.sha256(b"utvag/1/ticket\0draft\0" + ticket).digest()[:16]
    assert envelope.envelope_id(b"abc") == reply_id(b"abc") == hashlib.sha256(b"abc").digest()[:16]


@pytest.mark.parametrize(("length", "locked"), [(0, 1024), (1023, 1024), (1024, 2048), (2047, 2048), (2048, 3072)])
def test_a_row_on_the_desk_grows_in_steps_of_1024(length: int, locked: int) -> None:
    """How long a draft is shows in whole kilobytes only: nonce and tag come on top."""
    assert len(lock(bytes(32), "draft", bytes(length))) == 24 + locked + 16


def test_the_padding_has_room_for_its_own_byte() -> None:
    """Content of one byte less than the size class fits, content of just its size does not."""
    key = bytes(range(32))
    assert decrypt(key, encrypt(key, b"a" * 63, 64, b""), b"") == b"a" * 63
    with pytest.raises(ValueError, match="64 bytes do not fit the size class of 64"):
        encrypt(key, b"a" * 64, 64, b"")


def test_a_public_key_stands_below_the_prime() -> None:
    """The prime itself is zero written another way: of two spellings of a key only the lower one is taken."""
    for number in (FIELD_PRIME, FIELD_PRIME + 9):
        with pytest.raises(MalformedError, match="not a canonical"):
            check_public(number.to_bytes(32, "little"))
    check_public((9).to_bytes(32, "little"))


def test_nobodys_key_is_a_public_key_and_never_the_same() -> None:
    """An unused place of the roster holds a key that is sealed to like any other, drawn each time."""
    drawn = {nobodys_key() for _ in range(4)}
    assert len(drawn) == 4
    for one in drawn:
        check_public(one)


def test_what_is_signed_is_written_in_one_way() -> None:
    """Letters as they are, no number that JSON does not know, and no name twice in what is read."""
    assert canonical({"b": "å", "a": 1}) == '{"a":1,"b":"å"}'.encode()
    for number in (math.nan, math.inf):
        with pytest.raises(MalformedError):
            canonical({"a": number})
    with pytest.raises(MalformedError):
        read_json(b'{"a":1,"a":1}')


@pytest.mark.parametrize("text", ["0X" + "0" * 62, "A" * 64, "g" * 64, "0" * 63, " " * 64, 5, None])
def test_hex_is_lower_case_and_whole(text: object) -> None:
    """Anything but 64 digits of lower-case hex is refused by us, not by whoever reads next."""
    with pytest.raises(MalformedError):
        unhex(text, 32)


def test_how_much_is_too_much_is_said() -> None:
    """The error names the bytes, for whoever reads a log of a test; the page has its own words."""
    assert str(TooLongError(7)) == "7 bytes too long for one envelope"


@pytest.fixture
def far_east(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let this machine's clock stand nine hours east of universal time."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "EAST-9")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("far_east")
def test_a_moment_is_written_in_universal_time() -> None:
    """Wherever the clock stands, this machine's too, what is inside says the same moment, and Z."""
    east = datetime(2026, 11, 22, 1, 30, tzinfo=timezone(timedelta(hours=9)))
    sent = replace(made.submission(message="hej"), sent_at=east)
    assert json.loads(sent.encode())["at"] == "2026-11-21T16:30:00Z"
    assert Submission.decode(sent.encode()).sent_at == east.astimezone(UTC)


def test_answers_up_to_the_limit_are_read() -> None:
    """Forty answers, or forty choices in one, are still a request; the vectors have one more refused."""
    many = {chr(97 + number // 26) + chr(97 + number % 26): "x" for number in range(ANSWERS_LIMIT)}
    for answers in (many, {"need": ["x"] * ANSWERS_LIMIT}):
        assert len(Submission.decode(json.dumps({**GOOD, "answers": answers}).encode()).answers) == len(answers)


@pytest.mark.parametrize(
    ("counter", "good"), [(0, True), (COUNTER_LIMIT - 1, True), (COUNTER_LIMIT, False), (-1, False)]
)
def test_a_counter_has_two_ends(counter: int, good: bool) -> None:
    """From zero to what every JavaScript counts exactly, and not beyond."""
    value = {"counter": counter, "signature": "00" * 64}
    if good:
        assert FollowUp.from_json(value).counter == counter
    else:
        with pytest.raises(MalformedError):
            FollowUp.from_json(value)


def test_an_envelope_knows_its_suite_and_a_header_is_no_envelope() -> None:
    """What is read says by which suite it was sealed; a header without anything behind it is refused."""
    sealed = seal(made.submission(message="hej"), made.roster())
    assert Envelope.from_bytes(sealed).suite == envelope.SUITE
    for length in (HEADER_SIZE - 1, HEADER_SIZE):
        with pytest.raises(MalformedError):
            Envelope.from_bytes(sealed[:length])


def test_a_reply_of_the_highest_number_is_read() -> None:
    """The last number that a thread may reach is sealed and opened like the first."""
    keys = derive(new_code(), b"s" * 16)
    reply = Reply(HIGHEST_NUMBER, date(2026, 11, 22), "Elsa", "hej", "ekstad")
    assert open_reply(seal_reply(reply, keys.mailbox()), keys) == reply


def test_a_reply_of_one_byte_too_much_says_so() -> None:
    """The longest reply is one byte shorter than its size class; the next one names the byte that must go."""
    mailbox = derive(new_code(), b"s" * 16).mailbox()
    around = len(canonical({"v": 1, "number": 1, "day": "2026-11-22", "from": "Elsa", "text": ""}))
    reply = Reply(1, date(2026, 11, 22), "Elsa", "x" * (PADDED_SIZE - 1 - around))
    assert seal_reply(reply, mailbox)
    with pytest.raises(TooLongError, match=r"^1 bytes"):
        seal_reply(replace(reply, text=reply.text + "x"), mailbox)


def test_a_follow_up_that_was_signed_before_is_signed_anew() -> None:
    """A second signature covers the message and not the first one: it holds, with its own counter."""
    keys = derive(new_code(), b"s" * 16)
    again = sign_follow_up(sign_follow_up(made.submission(message="hej"), keys, 1), keys, 2)
    verify_follow_up(again, keys.mailbox())
    assert again.follow_up is not None
    assert again.follow_up.counter == 2


def resigned(**values: object) -> bytes:
    """Sign a roster that says something else, with the true root key."""
    content = canonical({**read_json(made.signed().split(b"\n")[2]), **values})
    return write_signed("roster", content, made.ROOT.sign(signed_bytes("roster", content)))


def test_all_that_a_roster_says_is_read() -> None:
    """The hash of the one before, the words to call by, whether the epoch before is revoked: as they were signed."""
    before = "ab" * 32
    for previous, revokes in ((before, True), ("", False)):
        drafted = replace(made.draft(), previous=previous, revokes=revokes)
        found = verify(made.signed(drafted), made.ROOT.sign_public, minimum_epoch=1, today=made.TODAY)
        assert (found.previous, found.revokes) == (previous, revokes)
        assert found.team("ekstad").contact == made.team().contact


@pytest.mark.parametrize("epoch", [1, 2**32 - 1])
def test_an_epoch_has_four_bytes(epoch: int) -> None:
    """The first and the last number that an envelope has room for."""
    found = verify(resigned(epoch=epoch), made.ROOT.sign_public, minimum_epoch=1, today=made.TODAY)
    assert found.epoch == epoch


@pytest.mark.parametrize("values", [{"epoch": 2**32}, {"not_after": "20270101"}, {"not_after": 20270101}])
def test_a_signed_number_or_day_of_another_form_is_refused(values: dict[str, object]) -> None:
    """A fifth byte, a day without its dashes, a day that is a number: none is a roster, whoever signed it."""
    with pytest.raises(RosterError):
        verify(resigned(**values), made.ROOT.sign_public, minimum_epoch=1, today=made.TODAY)


def test_a_roster_may_hold_for_as_long_as_the_limit() -> None:
    """Just the longest time is welcome, one day more is not: seen from the day that it is read."""
    longest = made.signed(made.draft(days=LONGEST.days))
    assert verify(longest, made.ROOT.sign_public, minimum_epoch=1, today=made.TODAY).not_after == made.TODAY + LONGEST
    with pytest.raises(RosterError):
        verify(longest, made.ROOT.sign_public, minimum_epoch=1, today=made.TODAY - timedelta(days=1))


def test_a_code_is_read_among_two_hundred_signs() -> None:
    """Spaces and dashes between its digits do not count, until there are too many of them."""
    code = new_code()
    assert parse_code(" " * (200 - 24) + code) == code
    with pytest.raises(MalformedError):
        parse_code(" " * (201 - 24) + code)
    assert parse_code(show_code(code)) == code
