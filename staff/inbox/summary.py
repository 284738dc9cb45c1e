"""What the list shows of a request, small enough to be sealed in 511 bytes beside it.

The list opens summaries only. A summary holds the few answers that the list sorts, filters and shows, cut to size, and
what the entries amounted to when it was written; it is written anew with each entry, in the same commit.
"""

import hashlib
import json
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Self

from crypto.errors import ForgedError, MalformedError
from crypto.submission import COUNTER_LIMIT, Answer, Mailbox, Submission
from crypto.thread import HIGHEST_NUMBER, verify_follow_up
from staff.clip import clip
from staff.inbox.state import DANGER, ORDINARY, SOON, State

LIMIT = 511
FORM = 2
DAY = 86_400  # seconds
LAST_DAY = 60_000  # since 1970: a day that somebody made up must still be a date
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
    """Hold what the list shows of one submission; `sent` is in whole seconds since 1970.

    `box` names the mailbox inside with all its keys and `address` where it stands, both short; "" without a code.
    `counter` is a follow-up's, -1 for all else; `signed` says that the follow-up's signature holds by the key it
    carries itself, which proves a thread only together with the same `box` (staff.inbox.threads).
    """

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
    box: str = ""
    address: str = ""
    counter: int = -1
    signed: bool = False
    erase: bool = False

    @property
    def level(self) -> int:
        """Give the urgency as the sender's answers tell it: an answer that is not known counts as soon, not as none."""
        level = LEVELS.get(self.urgency, SOON)
        return max(level, SOON) if self.threatened else level


@dataclass(frozen=True, slots=True)
class Summary:
    """Hold one sealed summary: facts, or the problem that there are none; flags; what the entries amounted to.

    `form` is that of the bytes it was read from: in form 1 the facts say nothing of a mailbox.
    """

    facts: Facts | None
    problem: str
    flags: tuple[str, ...]
    state: State
    opened_at: int = 0
    form: int = FORM

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
        replied = int(state.replied_at.timestamp()) if state.replied_at else 0
        # Of several replies only the first one unsent and the oldest one lying: the list needs no more.
        thread = [state.replies, replied, *state.unsent[:1]], _oldest(state)
        tied = [state.case, clip(state.working, 40)] if state.case else []
        standing = [clip(state.holder, 60), taken, state.level, state.aside, state.cannot, *thread, tied]
        return [FORM, _facts(self.facts, room), self.problem, list(self.flags), standing, self.opened_at]

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read what `encode` wrote; raise MalformedError."""
        try:
            form, facts, problem, flags, standing, opened_at = json.loads(data)
            known = _known(facts) if facts else None
            found = cls(
                known, _text(problem), tuple(map(_text, flags)), _state(*standing), _whole(opened_at), _whole(form)
            )
        except (ValueError, TypeError, OverflowError, RecursionError) as error:
            raise MalformedError("not a summary") from error
        return found


def _known(values: Sequence[object]) -> Facts:
    """Check every value's type: whoever shares the key could have sealed anything here."""
    names = list(Facts.__dataclass_fields__)
    given = dict(zip(names, [*values, *FORM_1_LACKS[len(values) :]], strict=True))
    need = given.pop("need")
    if not isinstance(need, list):
        raise TypeError("not a list")
    numbers: dict[str, int] = {name: _whole(given.pop(name)) for name in ("sent", "counter")}
    yes = {name: bool(_whole(given.pop(name))) for name in ("threatened", "signed", "erase")}
    texts = {name: _text(value) for name, value in given.items()}
    if not -1 <= numbers["counter"] < COUNTER_LIMIT:
        raise ValueError("a counter outside its range")
    return Facts(**texts, **numbers, **yes, need=tuple(map(_text, need)))  # type: ignore[arg-type]  # checked one by one above


def _state(  # one for each value of a list; in form 1 it ended with `cannot`
    holder: object,
    taken: object,
    level: object,
    aside: object,
    cannot: object,
    sent: Sequence[object] = (0, 0),
    *rest: Sequence[object],
) -> State:
    if level not in (None, ORDINARY, SOON, DANGER):
        raise ValueError("another level")
    known = None if level is None else _whole(level)
    state = State(holder=_text(holder), taken_at=_time(taken), level=known, aside=_text(aside), cannot=_text(cannot))
    number, replied, *unsent = sent
    lying, tied = [*rest, (), ()][:2]
    first = ((_number(lying[0]), _number(lying[1])),) if lying else ()
    waiting = tuple(map(_number, unsent))
    fetched = (_number(lying[0]),) if len(lying) > 2 else ()
    case, working = map(_text, tied or ("", ""))
    sent_on = replace(state, replies=_number(number), replied_at=_time(replied), unsent=waiting)
    return replace(sent_on, lying=first, fetched=fetched, case=case, working=working)


def _time(seconds: object) -> datetime | None:
    return datetime.fromtimestamp(_whole(seconds), UTC) if seconds else None


def _oldest(state: State) -> list[int]:
    """Give what the list needs of the replies that lie in a mailbox: one not opened first, an opened one ends in 1."""
    found = [(number in state.fetched, day, number) for number, day in state.lying]
    fetched, day, number = min(found, default=(False, 0, 0))
    return [number, day, *([1] if fetched else [])] if number else []


def _number(value: object) -> int:
    if not 0 <= _whole(value) <= HIGHEST_NUMBER:
        raise ValueError("a number outside its range")
    return _whole(value)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value


def _whole(value: object) -> int:
    if not isinstance(value, int):
        raise TypeError("not a whole number")
    return value


FORM_1_LACKS = [None] * 16 + ["", "", -1, 0, 0]  # what stands at the end of the facts since form 2


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
        box=box_of(submission.mailbox) if submission.mailbox else "",
        address=_short(submission.mailbox.address, 12) if submission.mailbox else "",
        counter=submission.follow_up.counter if submission.follow_up else -1,
        signed=_signed(submission),
        erase=answers.get("erase") == "yes",
    )


def box_of(mailbox: Mailbox) -> str:
    """Name a mailbox by all three of its keys, so that nobody makes another one with the same name."""
    return _short(mailbox.address + mailbox.reply_key + mailbox.thread_key, 16)


def _short(data: bytes, size: int) -> str:
    return b64encode(hashlib.sha256(data).digest()[:size]).rstrip(b"=").decode()


def _signed(submission: Submission) -> bool:
    """Tell whether a follow-up is signed by the key that it carries: half of the proof, the other half is `box`."""
    if submission.follow_up is None or submission.mailbox is None:
        return False
    try:
        verify_follow_up(submission, submission.mailbox)
    except ForgedError:
        return False
    return True


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
    return [_brief(getattr(short, name)) for name in Facts.__dataclass_fields__]


def _brief(value: object) -> object:
    """Write true and false as 1 and 0: every byte counts here, and Python reads them alike."""
    return int(value) if isinstance(value, bool) else value
