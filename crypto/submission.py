"""What a person sends, before it is sealed and after it is opened. Source: docs/envelope.md section 2."""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from crypto.envelope import CONTENT_LIMIT
from crypto.errors import MalformedError, TooLongError
from crypto.primitives import canonical, read_json, unhex

FORMS = ("me", "other")
ROADS = ("page", "portal")
ANSWERS_LIMIT = 40
COUNTER_LIMIT = 2**53
Answer = str | tuple[str, ...]
_NAME = re.compile(r"[a-z_]{1,32}")
MUNICIPALITY = re.compile(r"[a-z][a-z0-9-]{0,30}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,3}")
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z", re.ASCII)
_FIELDS = {"v", "try", "at", "form", "municipality", "page", "road", "answers"}


def new_try() -> str:
    """Draw the random name of one begun page: 32 hex digits."""
    return secrets.token_hex(16)


def whole(text: str) -> str:
    """Replace lone surrogates by U+FFFD, so that the text can be written as UTF-8 anywhere."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


@dataclass(frozen=True, slots=True)
class Mailbox:
    """Hold the public halves of a return code, 32 bytes each: where and to whom an answer is sealed (section 7)."""

    address: bytes
    reply_key: bytes
    thread_key: bytes

    def to_json(self) -> dict[str, str]:
        """Give the three values in hex."""
        return {"address": self.address.hex(), "reply": self.reply_key.hex(), "thread": self.thread_key.hex()}

    @classmethod
    def from_json(cls, value: object) -> "Mailbox":
        """Read the three values; raise MalformedError."""
        if not isinstance(value, dict) or value.keys() != {"address", "reply", "thread"}:
            raise MalformedError("not a mailbox")
        return cls(unhex(value["address"], 32), unhex(value["reply"], 32), unhex(value["thread"], 32))


@dataclass(frozen=True, slots=True)
class FollowUp:
    """Hold what proves that a message was written with the thread's code: a counter and a 64-byte signature."""

    counter: int
    signature: bytes

    def to_json(self) -> dict[str, object]:
        """Give both values as JSON has them."""
        return {"counter": self.counter, "signature": self.signature.hex()}

    @classmethod
    def from_json(cls, value: object) -> "FollowUp":
        """Read both values; raise MalformedError."""
        if not isinstance(value, dict) or value.keys() != {"counter", "signature"}:
            raise MalformedError("not a follow-up")
        counter = value["counter"]
        if type(counter) is not int or not 0 <= counter < COUNTER_LIMIT:
            raise MalformedError("a counter outside its range")
        return cls(counter, unhex(value["signature"], 64))


@dataclass(frozen=True, slots=True)
class Submission:
    """Hold one submission in the clear: in memory only, for as long as somebody writes or reads it."""

    try_id: str
    sent_at: datetime
    form: str
    municipality: str
    page_language: str
    answers: Mapping[str, Answer]
    road: str = "portal"
    mailbox: Mailbox | None = None
    follow_up: FollowUp | None = None

    def encode(self) -> bytes:
        """Write the content of an envelope: JSON, at most 8,191 bytes.

        Raises TooLongError with the bytes that must go. The trap: bytes are not characters; an Arabic letter takes two.
        """
        value: dict[str, object] = {
            "v": 1,
            "try": self.try_id,
            "at": self.sent_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "form": self.form,
            "municipality": self.municipality,
            "page": self.page_language,
            "road": self.road,
            "answers": {name: _clean(answer) for name, answer in self.answers.items() if answer},
        }
        if self.mailbox:
            value["mailbox"] = self.mailbox.to_json()
        if self.follow_up:
            value["follow_up"] = self.follow_up.to_json()
        content = canonical(value)
        if len(content) > CONTENT_LIMIT:
            raise TooLongError(len(content) - CONTENT_LIMIT)
        return content

    @classmethod
    def decode(cls, content: bytes) -> "Submission":
        """Read a content of any origin; raise MalformedError for whatever section 2 does not allow."""
        value = read_json(content)
        if value.keys() - {"mailbox", "follow_up"} != _FIELDS or type(value["v"]) is not int or value["v"] != 1:
            raise MalformedError("other names than version 1 has")
        if "follow_up" in value and "mailbox" not in value:
            raise MalformedError("a follow-up without a mailbox")
        return cls(
            try_id=unhex(value["try"], 16).hex(),
            sent_at=_time(value["at"]),
            form=_one_of(value["form"], FORMS),
            municipality=_match(value["municipality"], MUNICIPALITY),
            page_language=_match(value["page"], _LANGUAGE),
            answers=_answers(value["answers"]),
            road=_one_of(value["road"], ROADS),
            mailbox=Mailbox.from_json(value["mailbox"]) if "mailbox" in value else None,
            follow_up=FollowUp.from_json(value["follow_up"]) if "follow_up" in value else None,
        )


def _clean(answer: Answer) -> str | list[str]:
    return whole(answer) if isinstance(answer, str) else [whole(one) for one in answer]


def _match(value: object, pattern: re.Pattern[str]) -> str:
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise MalformedError("a value of another form")
    return value


def _one_of(value: object, allowed: tuple[str, ...]) -> str:
    if not isinstance(value, str) or value not in allowed:
        raise MalformedError("a value of another form")
    return value


def _time(value: object) -> datetime:
    try:
        return datetime.fromisoformat(_match(value, _TIME))  # the pattern leaves it only one form to read
    except ValueError as error:
        raise MalformedError("not a time") from error


def _answers(value: object) -> dict[str, Answer]:
    if not isinstance(value, dict) or len(value) > ANSWERS_LIMIT:
        raise MalformedError("not a set of answers")
    return {_match(name, _NAME): _answer(answer) for name, answer in value.items()}


def _answer(value: object) -> Answer:
    if isinstance(value, str):
        return whole(value)
    if isinstance(value, list) and len(value) <= ANSWERS_LIMIT and all(isinstance(one, str) for one in value):
        return tuple(whole(one) for one in value)
    raise MalformedError("an answer that is neither text nor a list of texts")
