"""What the templates are given of a thread: what was sent, what came back, and the box to reply in."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from crypto.submission import Submission
from deaddrop.schema import FIRST_DAY
from programme import LANGUAGES
from programme.hours import ZONE
from staff import onpaper, words
from staff.accounts.session import Row as Session
from staff.inbox.draft import Draft, place
from staff.inbox.outbox import FULL, WAITS
from staff.inbox.phrases import phrases, spoken
from staff.inbox.reading import Reading, Version
from staff.inbox.replies import LIMIT, MAILBOXES, Sent, unfetched
from staff.inbox.request import Request
from staff.office import Office
from staff.person import Person

Context = dict[str, Any]  # Any: whatever the template needs


@dataclass(frozen=True)
class Item:
    """Hold one thing of a thread: a reply of ours, how it stands, when it was opened; or a message of the person's."""

    when: datetime
    reply: Sent | None = None
    message: Version | None = None
    standing: str = ""
    day: str = ""
    fetched: str = ""
    late: bool = False


def marks(request: Request, now: datetime) -> list[tuple[str, str]]:
    """List what stands out in a row because of its thread, as (tone, word)."""
    facts = {
        "erase": request.erase,
        "again": request.again and not request.erase,
        "unsent": bool(request.state.unsent),
        "unfetched": unfetched(request.state, now.date()),
        request.claim: bool(request.claim),
    }
    tones = {"again": "plain"}
    return [(tones.get(name, "warm"), words.word("thread", name)) for name, is_so in facts.items() if is_so]


def thread(reading: Reading, session: Session, person: Person, parts: Office) -> Context:
    """Give what a request's template needs for its thread."""
    submission = reading.newest.submission
    kept = parts.drafts.load(person, place(reading.request.anchor.id))
    readers = parts.settings.programme.readers
    page = submission.page_language if submission else "sv"
    sender = session.sender or readers.get(page, readers["sv"])
    replies = reading.replies
    return {
        "items": items(reading, parts),
        "marks": marks(reading.request, parts.now()),
        "draft": (Draft.decode(kept[0]) if kept else None) or Draft("", sender),
        "draft_kept": f"{kept[1].astimezone(ZONE):%H.%M}" if kept else "",
        "phrases": phrases(page),
        "tongue": LANGUAGES[spoken(page)],
        "limit": LIMIT,
        "replies": [one for one in replies if one.lies],
        "unsent": [one for one in replies if not one.left],
        "boxes": boxes(reading),
        "reached": reached(submission),
        "kept_days": parts.outbox.kept_days,
    }


def boxes(reading: Reading) -> int:
    """Count the codes that a reply goes to."""
    if reading.request.claim:
        return 0
    named = {row.summary.facts.box for row in reading.request.versions if row.summary.facts}
    return min(len(named - {""}), MAILBOXES)


def reached(submission: Submission | None) -> str:
    """Say how somebody without a code wants to be reached."""
    if submission is None:
        return ""
    given = submission.answers
    how = given.get("answer_by", "")
    told = [words.word("answer_by", how)] if isinstance(how, str) and how in ("call", "sms", "code_and_call") else []
    told += [str(given[name]) for name in ("contact", "when") if isinstance(given.get(name), str)]
    return ", ".join(told) if "contact" in given else ""


def items(reading: Reading, parts: Office) -> list[Item]:
    """Put replies and follow-ups in order: messages by their counters, replies where our clock puts them."""
    now = parts.now()
    found = [_reply(one, now.astimezone(ZONE).date(), parts) for one in reading.replies]
    latest = datetime.fromtimestamp(0, UTC)
    for message in reading.follow_ups:
        latest = max(latest, message.sent)
        found.append(Item(latest, message=message))
    return sorted(found, key=lambda item: item.when)


def _reply(one: Sent, today: date, parts: Office) -> Item:
    if not one.left:
        kept = parts.outbox.standing(one.ids)
        states = {row.left for row in kept.values()}
        standing = "lost" if len(kept) < len(one.ids) else "full" if FULL in states else "unsent"
        standing = "sent" if kept and min(states) > WAITS else standing
        return Item(one.when, reply=one, standing=standing)
    late = one.lies and not one.fetched and unfetched_since(one.left, today)
    fetched = _day(one.fetched, parts) if one.fetched else ""
    day = _day(one.gone or one.left, parts)
    return Item(one.when, reply=one, standing=one.why or "lies", day=day, fetched=fetched, late=late)


def unfetched_since(day: int, today: date) -> bool:
    """Tell whether seven days have passed since a day."""
    return today - (FIRST_DAY + timedelta(days=day)) >= timedelta(days=7)


def _day(day: int, parts: Office) -> str:
    return onpaper.day(day, parts.now())
