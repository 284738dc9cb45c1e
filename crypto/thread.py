"""Replies from staff to one return code: sealed by the one, opened by whoever has the code.

Source: docs/envelope.md section 8.
"""

import secrets
from dataclasses import dataclass
from datetime import date

from nacl import bindings
from nacl.exceptions import CryptoError

from crypto.errors import MalformedError, NotARecipientError, TooLongError
from crypto.primitives import KEY_SIZE, NONCE_SIZE, SEAL_SIZE, TAG_SIZE, canonical, decrypt, encrypt, read_json, seal_to
from crypto.returncode import Keys
from crypto.submission import Mailbox, whole

HEAD = b"UTVR\x01\x01"
PADDED_SIZE = 4096
_SLOT_END = len(HEAD) + KEY_SIZE + SEAL_SIZE
REPLY_SIZE = _SLOT_END + NONCE_SIZE + PADDED_SIZE + TAG_SIZE
MOST_WAITING = 4
HIGHEST_NUMBER = 999_999


@dataclass(frozen=True, slots=True)
class Reply:
    """Hold one reply in the clear: its number in the thread, its day, a name for work, the words."""

    number: int
    day: date
    sender: str
    text: str


def seal_reply(reply: Reply, mailbox: Mailbox) -> bytes:
    """Seal a reply to a mailbox: always REPLY_SIZE bytes. Raises TooLongError with the bytes that must go."""
    value = {
        "v": 1,
        "number": reply.number,
        "day": reply.day.isoformat(),
        "from": whole(reply.sender),
        "text": whole(reply.text),
    }
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


def decoy() -> bytes:
    """Draw an unused place: random bytes of a reply's length, told from one only by whoever has the code."""
    return secrets.token_bytes(REPLY_SIZE)


def _read(content: bytes) -> Reply:
    value = read_json(content)
    number, day, texts = value.get("number"), value.get("day"), (value.get("from"), value.get("text"))
    if value.keys() != {"v", "number", "day", "from", "text"} or type(value["v"]) is not int or value["v"] != 1:
        raise MalformedError("other names than version 1 has")
    if type(number) is not int or not 1 <= number <= HIGHEST_NUMBER:
        raise MalformedError("a number outside its range")
    if not isinstance(day, str) or not all(isinstance(text, str) for text in texts):
        raise MalformedError("a value of another type")
    try:
        return Reply(number, date.fromisoformat(day), whole(str(texts[0])), whole(str(texts[1])))
    except ValueError as error:
        raise MalformedError("not a day") from error
