"""A thread between one return code and staff: replies to it, and follow-ups signed with it.

Source: docs/envelope.md section 8.
"""

import hashlib
import re
import secrets
import struct
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from nacl import bindings
from nacl.exceptions import CryptoError

from crypto.errors import ForgedError, MalformedError, NotARecipientError, TooLongError
from crypto.primitives import KEY_SIZE, NONCE_SIZE, SEAL_SIZE, TAG_SIZE, canonical, decrypt, encrypt, read_json, seal_to
from crypto.returncode import Keys
from crypto.sealing.signed import SIGNATURE_SIZE, verify_signature
from crypto.submission import MUNICIPALITY, FollowUp, Mailbox, Submission, whole

HEAD = b"UTVR\x01\x01"
PADDED_SIZE = 4096
_SLOT_END = len(HEAD) + KEY_SIZE + SEAL_SIZE
REPLY_SIZE = _SLOT_END + NONCE_SIZE + PADDED_SIZE + TAG_SIZE
MOST_WAITING = 4
ID_SIZE = 16
HIGHEST_NUMBER = 999_999
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Reply:
    """Hold one reply in the clear: its number in the thread, its day, a name for work, the words, who answers.

    `municipality` is a hint for the page that writes again, "" where a reply does not say.
    """

    number: int
    day: date
    sender: str
    text: str
    municipality: str = ""


def seal_reply(reply: Reply, mailbox: Mailbox) -> bytes:
    """Seal a reply to a mailbox: always REPLY_SIZE bytes. Raises TooLongError with the bytes that must go."""
    value: dict[str, object] = {
        "v": 1,
        "number": reply.number,
        "day": reply.day.isoformat(),
        "from": whole(reply.sender),
        "text": whole(reply.text),
    }
    if reply.municipality:
        value["municipality"] = reply.municipality
    content = canonical(value)
    if len(content) >= PADDED_SIZE:
        raise TooLongError(len(content) - PADDED_SIZE + 1)
    key = secrets.token_bytes(KEY_SIZE)
    outside = HEAD + seal_to(mailbox.reply_key, key)
    return outside + encrypt(key, content, PADDED_SIZE, outside + mailbox.address)


def open_reply(data: bytes, keys: Keys) -> Reply:
    """Open a reply with a code's keys.

    Raises NotARecipientError (an unused place, or another code's), CorruptError, MalformedError.
    """
    if len(data) != REPLY_SIZE:
        raise MalformedError("another length than a reply's")
    mailbox = keys.mailbox()
    outside, body = data[:_SLOT_END], data[_SLOT_END:]
    try:
        key = bindings.crypto_box_seal_open(outside[len(HEAD) :], mailbox.reply_key, keys.reply_secret)
    except CryptoError as error:
        raise NotARecipientError("not sealed to this code") from error
    return _read(decrypt(key, body, outside + mailbox.address))


def sign_follow_up(submission: Submission, keys: Keys, counter: int) -> Submission:
    """Give the submission with the code's mailbox and signature: staff join it to the thread (section 8.1).

    The signature covers every other part, so sign last.
    """
    unsigned = replace(submission, mailbox=keys.mailbox(), follow_up=None)
    _, secret = bindings.crypto_sign_seed_keypair(keys.thread_seed)
    signature = bindings.crypto_sign(_follow_up_bytes(unsigned, counter), secret)[:SIGNATURE_SIZE]
    return replace(unsigned, follow_up=FollowUp(counter, signature))


def verify_follow_up(submission: Submission, first: Mailbox) -> None:
    """Check that a message was written with the code whose first submission carried the mailbox `first`.

    Raises ForgedError: unsigned, signed by another, or naming another mailbox. The trap: `first` must come from the
    thread's first submission, never from the message itself, or whoever copies addresses could slip in.
    """
    if submission.follow_up is None or submission.mailbox != first:
        raise ForgedError("not written with this code")
    unsigned = replace(submission, follow_up=None)
    message = _follow_up_bytes(unsigned, submission.follow_up.counter)
    verify_signature(first.thread_key, message, submission.follow_up.signature)


def _follow_up_bytes(unsigned: Submission, counter: int) -> bytes:
    if unsigned.mailbox is None:
        raise ForgedError("no mailbox")
    digest = hashlib.sha256(unsigned.encode()).digest()
    return b"utvag/1/follow-up\0" + unsigned.mailbox.address + struct.pack(">Q", counter) + digest


def reply_id(sealed: bytes) -> bytes:
    """Name a sealed reply by its bytes: 16 bytes of SHA-256 (section 8.2)."""
    return hashlib.sha256(sealed).digest()[:ID_SIZE]


def decoy() -> bytes:
    """Draw an unused place: random bytes of a reply's length, which no code opens."""
    return secrets.token_bytes(REPLY_SIZE)


def _read(content: bytes) -> Reply:
    value = read_json(content)
    if value.keys() - {"municipality"} != {"v", "number", "day", "from", "text"} or not _is_one(value["v"]):
        raise MalformedError("other names than version 1 has")
    number, day = value["number"], value["day"]
    if type(number) is not int or not 1 <= number <= HIGHEST_NUMBER:
        raise MalformedError("a number outside its range")
    if not isinstance(day, str) or not _DAY.fullmatch(day):
        raise MalformedError("not a day")
    try:
        when = date.fromisoformat(day)
    except ValueError as error:
        raise MalformedError("not a day") from error
    return Reply(number, when, _words(value["from"]), _words(value["text"]), _town(value))


def _is_one(value: object) -> bool:
    return type(value) is int and value == 1


def _words(value: object) -> str:
    if not isinstance(value, str):
        raise MalformedError("a value of another type")
    return whole(value)


def _town(value: dict[str, Any]) -> str:  # Any: JSON's values are checked here
    if "municipality" not in value:
        return ""
    town = _words(value["municipality"])
    if not MUNICIPALITY.fullmatch(town):
        raise MalformedError("not a municipality's id")
    return town
