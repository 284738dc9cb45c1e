"""A reply: one size, opened by the code it is for, in its own mailbox only. docs/envelope.md section 8."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crypto import primitives, thread
from crypto.errors import CorruptError, ForgedError, MalformedError, NotARecipientError, TooLongError
from crypto.returncode import derive, new_code
from crypto.submission import FollowUp, Mailbox, Submission
from crypto.thread import HEAD, REPLY_SIZE, Reply, decoy, open_reply, seal_reply, sign_follow_up, verify_follow_up
from tests.crypto import made

OWN, OTHER = derive(new_code(), b"s" * 16), derive(new_code(), b"s" * 16)
REPLY = Reply(1, date(2026, 11, 23), "Alma", "Hej. Vi kan ses i morgon klockan 10, eller bara höras. Du väljer.")
SEALED = seal_reply(REPLY, OWN.mailbox())


def test_whoever_has_the_code_reads_the_reply() -> None:
    """What staff wrote is what the person reads, with number, day and name."""
    assert open_reply(SEALED, OWN) == REPLY
    with pytest.raises(NotARecipientError):
        open_reply(SEALED, OTHER)
    with pytest.raises(NotARecipientError):
        open_reply(decoy(), OWN)


@given(st.text(max_size=3000))
@settings(max_examples=60)
def test_every_reply_and_every_unused_place_has_one_size(text: str) -> None:
    """From outside a short answer, a long one and none at all look alike."""
    try:
        sealed = seal_reply(Reply(2, REPLY.day, "Alma", text), OWN.mailbox())
    except TooLongError:
        return
    assert len(sealed) == len(decoy()) == REPLY_SIZE == 4222


def test_a_reply_put_into_another_mailbox_does_not_open() -> None:
    """Someone who writes the dead drop cannot move an answer, even to a mailbox whose reply key is the same."""
    box = OWN.mailbox()
    moved = seal_reply(REPLY, Mailbox(OTHER.mailbox().address, box.reply_key, box.thread_key))
    with pytest.raises(CorruptError):
        open_reply(moved, OWN)


@given(st.integers(0, REPLY_SIZE - 1), st.integers(1, 255))
@settings(max_examples=200)
def test_any_changed_byte_fails_to_open(position: int, change: int) -> None:
    """Whichever byte is changed, no altered answer is ever shown."""
    changed = bytearray(SEALED)
    changed[position] ^= change
    with pytest.raises((CorruptError, NotARecipientError)):
        open_reply(bytes(changed), OWN)


@pytest.mark.parametrize(
    "content",
    [
        b"[]",
        b"{}",
        b'{"day":"2026-11-23","from":"A","number":1,"text":"x","v":2}',
        b'{"day":"2026-11-23","from":"A","number":0,"text":"x","v":1}',
        b'{"day":"2026-11-23","from":"A","number":true,"text":"x","v":1}',
        b'{"day":"i morgon","from":"A","number":1,"text":"x","v":1}',
        b'{"day":"20261123","from":"A","number":1,"text":"x","v":1}',
        b'{"day":"2026-02-30","from":"A","number":1,"text":"x","v":1}',
        b'{"day":"2026-11-23","from":1,"number":1,"text":"x","v":1}',
        b'{"day":"2026-11-23","extra":1,"from":"A","number":1,"text":"x","v":1}',
    ],
)
def test_a_reply_of_another_form_is_told(content: bytes) -> None:
    """A reply that opens to something else is refused in one way."""
    key, box = b"k" * 32, OWN.mailbox()
    outside = HEAD + primitives.seal_to(box.reply_key, key)
    with pytest.raises(MalformedError):
        open_reply(outside + primitives.encrypt(key, content, thread.PADDED_SIZE, outside + box.address), OWN)


def test_a_reply_that_is_too_long_says_by_how_much() -> None:
    """The limit counts bytes, and one of another length is no reply."""
    with pytest.raises(TooLongError) as told:
        seal_reply(Reply(1, REPLY.day, "A", "x" * 4096), OWN.mailbox())
    assert told.value.over > 0
    with pytest.raises(MalformedError):
        open_reply(SEALED[:-1], OWN)


def test_a_follow_up_joins_its_thread() -> None:
    """Written with the code, sealed, opened and decoded, it still proves whose thread it belongs to."""
    signed = sign_follow_up(made.submission(message="kan ni ringa"), OWN, 1_795_000_000_000)
    read = Submission.decode(signed.encode())
    assert read == signed
    verify_follow_up(read, OWN.mailbox())


def test_nobody_slips_into_a_thread() -> None:
    """Someone with a copy of the dead drop names another's mailbox: unsigned, self-signed or altered, it is refused."""
    good = sign_follow_up(made.submission(message="kan ni ringa"), OWN, 7)
    assert good.follow_up
    stolen_address = replace(OTHER.mailbox(), address=OWN.mailbox().address)
    forgeries = [
        replace(good, follow_up=None),
        sign_follow_up(made.submission(message="skriv hit i stället"), OTHER, 7),
        replace(sign_follow_up(made.submission(message="x"), OTHER, 7), mailbox=OWN.mailbox()),
        replace(sign_follow_up(made.submission(message="x"), OTHER, 7), mailbox=stolen_address),
        replace(good, answers={"message": "ring aldrig"}),
        replace(good, follow_up=FollowUp(8, good.follow_up.signature)),
        replace(good, mailbox=replace(OWN.mailbox(), reply_key=OTHER.mailbox().reply_key)),
    ]
    for forged in forgeries:
        with pytest.raises(ForgedError):
            verify_follow_up(forged, OWN.mailbox())


@pytest.mark.parametrize(
    "value", [1, {}, {"counter": -1, "signature": "00" * 64}, {"counter": 2**53, "signature": "00" * 64},
              {"counter": True, "signature": "00" * 64}, {"counter": 1, "signature": "00"}]
)  # fmt: skip
def test_a_follow_up_of_another_form_is_refused(value: object) -> None:
    """Wrong types and sizes are one error, and so is a follow-up that names no mailbox."""
    whole = primitives.read_json(sign_follow_up(made.submission(), OWN, 1).encode())
    with pytest.raises(MalformedError):
        Submission.decode(primitives.canonical({**whole, "follow_up": value}))
    whole.pop("mailbox")
    with pytest.raises(MalformedError):
        Submission.decode(primitives.canonical(whole))
