"""What the list shows of a request, small enough to be sealed in 511 bytes beside it.

The list opens summaries only. A summary holds the few answers that the list sorts, filters and shows, cut to size, and
what the entries amounted to when it was written; it is written anew with each entry, in the same commit.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Self

from crypto.errors import MalformedError
from crypto.submission import Answer, Submission
from staff.inbox.state import DANGER, ORDINARY, SOON, State

LIMIT = 511
DAY = 86_400  # seconds
LAST_DAY = 60_000  # since 1970: a day that somebody made up must still be a date
ESCAPED = re.compile(r'[\x00-\x1f"\\]')  # what JSON writes with a backslash
SHORT = 20  # bytes of an answer that is one of a few
ROOMS = (90, 60, 36, 18, 0)  # bytes for each free text, the most generous that fits
LEVELS = {
    "now": DANGER,
    "us": DANGER,
    "them": DANGER,
    "soon": SOON,
    "": ORDINARY,
    "no": ORDINARY,
    "unsure": ORDINARY,
}


@dataclass(frozen=True, slots=True)
class Facts:
    """Hold what the list shows of one submission; `sent` is in whole seconds since 1970."""

    try_id: str
    sent: int
    form: str
    municipality: str
    page: str
    urgency: str
    threatened: bool
    relation: str
    aware: str
    age: str
    need: tuple[str, ...]
    answer_by: str
    contact: str
    when: str
    language: str
    line: str

    @property
    def level(self) -> int:
        """Give the urgency as the sender's answers tell it: an answer that is not known counts as soon, not as none."""
        level = LEVELS.get(self.urgency, SOON)
        return max(level, SOON) if self.threatened else level


@dataclass(frozen=True, slots=True)
class Summary:
    """Hold one sealed summary: facts, or the problem that there are none; flags; what the entries amounted to."""

    facts: Facts | None
    problem: str
    flags: tuple[str, ...]
    state: State
    opened_at: int = 0

    def encode(self) -> bytes:
        """Write the summary in at most 511 bytes, cutting the free texts as far as needed."""
        for room in ROOMS:
            data = json.dumps(self._value(room), ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
            if len(data) <= LIMIT:
                return data
        # A row that cannot be listed in full must still be read, taken and set aside.
        return replace(self, facts=None, problem=self.problem or "unreadable").encode()

    def _value(self, room: int) -> list[Any]:  # Any: what JSON holds
        state = self.state
        taken = int(state.taken_at.timestamp()) if state.taken_at else 0
        standing = [clip(state.holder, 60), taken, state.level, state.aside, state.cannot]
        return [1, _facts(self.facts, room), self.problem, list(self.flags), standing, self.opened_at]

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read what `encode` wrote; raise MalformedError."""
        try:
            _, facts, problem, flags, standing, opened_at = json.loads(data)
            holder, taken, level, aside, cannot = standing
            known = replace(Facts(*facts), need=tuple(facts[10])) if facts else None
        except (ValueError, TypeError) as error:
            raise MalformedError("not a summary") from error
        at = datetime.fromtimestamp(taken, UTC) if taken else None
        state = State(holder=holder, taken_at=at, level=level, aside=aside, cannot=cannot)
        return cls(known, problem, tuple(flags), state, opened_at)


def facts_of(submission: Submission, day: int) -> Facts:
    """Pick what the list shows; `day` is the one outside (days since 1970, UTC), which bounds the time inside."""
    answers = submission.answers
    return Facts(
        try_id=submission.try_id,
        sent=sent_within(submission.sent_at, day),
        form=submission.form,
        municipality=submission.municipality,
        page=clip(submission.page_language, SHORT),
        urgency=one(answers, "urgency"),
        threatened="threatened" in many(answers, "own_safety"),
        relation=one(answers, "relation"),
        aware=one(answers, "aware"),
        age=one(answers, "age"),
        need=tuple(clip(need, SHORT) for need in many(answers, "need")[:6]),
        answer_by=one(answers, "answer_by"),
        contact=line(answers, "contact"),
        when=line(answers, "when"),
        language=language_of(answers),
        line=line(answers, "message"),
    )


def sent_within(sent_at: datetime, day: int) -> int:
    """Give the time of sending in seconds, moved into the day outside: a wrong clock in a phone changes little."""
    start = clamp_day(day) * DAY
    return min(max(int(sent_at.timestamp()), start), start + DAY - 1)


def clamp_day(day: int) -> int:
    """Move a number that somebody may have made up to the nearest day that is a date."""
    return min(max(day, 0), LAST_DAY)


def language_of(answers: Mapping[str, Answer]) -> str:
    """Give the language asked for: "" for the page's own, "interpreter", or what somebody wrote."""
    language = one(answers, "language")
    return "" if language == "page" else line(answers, "language_other") if language == "other" else language


def one(answers: Mapping[str, Answer], name: str) -> str:
    """Give an answer that is one of a few, cut short if it is anything else."""
    answer = answers.get(name, "")
    return clip(answer if isinstance(answer, str) else " ".join(answer), SHORT)


def many(answers: Mapping[str, Answer], name: str) -> tuple[str, ...]:
    """Give the ticks of an answer, even if it came as one text."""
    answer = answers.get(name, ())
    return (answer,) if isinstance(answer, str) else answer


def line(answers: Mapping[str, Answer], name: str) -> str:
    """Give the beginning of a free text as one line."""
    answer = answers.get(name, "")
    text = answer if isinstance(answer, str) else ", ".join(answer)
    return clip(" ".join(text[:400].split()), ROOMS[0])


def clip(text: str, size: int) -> str:
    """Cut a text, at a character, to so many bytes as it takes in JSON: a control character takes six there."""
    if ESCAPED.search(text):
        return _clip_escaped(text, size)
    if len(text) <= size and text.isascii():
        return text
    data = text.encode("utf-8", "replace")
    return text if len(data) <= size else data[:size].decode("utf-8", "ignore")


def _clip_escaped(text: str, size: int) -> str:
    for end, character in enumerate(text):
        size -= len(json.dumps(character, ensure_ascii=False).encode("utf-8", "replace")) - 2
        if size < 0:
            return text[:end]
    return text


def _facts(facts: Facts | None, room: int) -> list[Any] | None:  # Any: what JSON holds
    if facts is None:
        return None
    short = replace(
        facts,
        contact=clip(facts.contact, room),
        when=clip(facts.when, room // 2),
        language=clip(facts.language, room // 2),
        line=clip(facts.line, room),
        need=facts.need[: 6 if room else 0],
    )
    return [getattr(short, name) for name in Facts.__dataclass_fields__]
