"""Reply to a request: the entry is committed first, then the sealed replies are left in the dead drop, then marked.

A reply goes to every mailbox of the request's own versions, and to no other: what a follow-up carries never changes
where answers go, and a request that names another's mailbox gets none.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from crypto.errors import Error, TooLongError
from crypto.submission import Mailbox
from crypto.thread import HIGHEST_NUMBER, MOST_WAITING, Reply, reply_id, seal_reply
from programme.hours import ZONE
from staff.casebook import Casebook
from staff.entry import Entry
from staff.errors import RefusedActError, UnknownRequestError
from staff.inbox import record as records
from staff.inbox.acts import refuse_unseen
from staff.inbox.draft import Draft, excess
from staff.inbox.listing import Listing
from staff.inbox.outbox import WAITS, Outbox, days, forget
from staff.inbox.record import Record
from staff.inbox.replies import MAILBOXES, Sent, fold_replies, unfetched
from staff.inbox.request import Request
from staff.inbox.unsealing import read_content
from staff.inbox.versions import open_versions
from staff.models import Outgoing
from staff.person import Person

STALE = 50  # requests that one showing of the list looks after


def mailboxes(casebook: Casebook, request: Request, person: Person) -> list[Mailbox]:
    """Give the distinct mailboxes of a request's versions, the newest first; none if it names another's thread.

    Raises crypto's errors if one of these cannot be read: half of a double tap must not be left out unseen.
    """
    if request.claim:
        return []
    named = {one.summary.facts.box: one.id for one in request.versions if one.summary.facts and one.summary.facts.box}
    found = [_mailbox(casebook, row, person) for row in list(named.values())[::-1][:MAILBOXES]]
    return [box for box in found if box is not None]


def _mailbox(casebook: Casebook, row: bytes, person: Person) -> Mailbox | None:
    opened = read_content(records.content(casebook, records.read(casebook, row, person)))
    return opened.submission.mailbox if opened.submission else None


def reply(
    casebook: Casebook, outbox: Outbox, listing: Listing, row: bytes, draft: Draft, person: Person, now: datetime
) -> bool:
    """Reply to a request; True if it lies in the dead drop, False if it is still to be left there.

    Raises RefusedActError with nothing done, UnknownRequestError for another team's.
    """
    _check_words(draft)
    request = find(casebook, listing, row, person)
    if not open_versions(casebook, request, person, now):
        raise RefusedActError("closed")
    try:
        boxes = mailboxes(casebook, request, person)
    except Error as error:
        raise RefusedActError("closed") from error
    if not boxes:
        raise RefusedActError("no_code")
    writing = Writing(draft, boxes, outbox.lying([box.address for box in boxes]), person, now)
    records.append(casebook, request.anchor.id, person, writing.decide, writing.keep)
    sent = outbox.send(writing.ids)
    catch_up(casebook, outbox, listing, row, person, now)
    return sent


def _check_words(draft: Draft) -> None:
    if not draft.text.strip():
        raise RefusedActError("empty")
    if excess(draft.text):
        raise RefusedActError("long")
    if not draft.sender:
        raise RefusedActError("from")


class Writing:
    """Make one reply: the entry that keeps its words, and what is sealed for each mailbox."""

    def __init__(
        self,
        draft: Draft,
        boxes: list[Mailbox],
        lying: dict[bytes, frozenset[bytes]] | None,
        person: Person,
        now: datetime,
    ) -> None:
        self._draft = draft
        self._boxes = boxes
        self._lying = lying or {}
        self._person = person
        self._now = now
        self._rows: list[Outgoing] = []

    @property
    def ids(self) -> list[bytes]:
        """Give the names of what was sealed."""
        return [row.id for row in self._rows]

    def decide(self, record: Record) -> Entry:
        """Make the entry, if the reply still fits what has happened; seal anew each time, since the number may differ.

        Raises RefusedActError.
        """
        sent = fold_replies(one.entry for one in record.entries if one.trusted)
        self._refuse_twice(record, sent)
        refuse_unseen(record, self._draft.seen, self._person)
        self._refuse_full(sent)
        number = record.state.replies + 1
        if number > HIGHEST_NUMBER:
            raise RefusedActError("busy")
        day = self._now.astimezone(ZONE).date()
        made = Reply(number, day, self._draft.sender, self._draft.text, self._person.municipality)
        try:
            self._rows = [self._seal(made, box, sent) for box in self._boxes]
        except TooLongError as error:
            raise RefusedActError("long") from error
        return Entry(self._person.name, self._now, "replied", self._fields(number))

    def keep(self, session: Session) -> None:
        """Add what was sealed, in the transaction that writes the entry."""
        session.add_all(self._rows)

    def _seal(self, made: Reply, box: Mailbox, sent: tuple[Sent, ...]) -> Outgoing:
        sealed = seal_reply(made, box)
        chosen = {one for old in sent if old.number == self._draft.instead for one in old.ids}
        instead = next(iter(chosen & self._lying.get(box.address, frozenset())), b"")
        return Outgoing(id=reply_id(sealed), address=box.address, sealed=sealed, instead_of=instead, left=WAITS)

    def _fields(self, number: int) -> dict[str, str]:
        ids = " ".join(row.id.hex() for row in self._rows)
        return {"number": str(number), "from": self._draft.sender, "text": self._draft.text, "ids": ids}

    def _refuse_twice(self, record: Record, sent: tuple[Sent, ...]) -> None:
        """Send once what was tapped twice: the same words by the same person from a page that did not know of them."""
        last = sent[-1] if sent else None
        unseen = any(one.number > self._draft.seen and one.entry.kind == "replied" for one in record.entries)
        if unseen and last and (last.who, last.text) == (self._person.name, self._draft.text):
            raise RefusedActError("sent")

    def _refuse_full(self, sent: tuple[Sent, ...]) -> None:
        """Refuse a fifth waiting reply unless it takes the place of one, and any reply into another's mailbox."""
        ours = {one for old in sent for one in old.ids}
        chosen = {one for old in sent if old.number == self._draft.instead for one in old.ids}
        for waiting in self._lying.values():
            if waiting - ours:
                raise RefusedActError("foreign")
            if len(waiting - chosen) >= MOST_WAITING:
                raise RefusedActError("full")


def deliver(
    casebook: Casebook, outbox: Outbox, listing: Listing, row: bytes, instead: int, person: Person, now: datetime
) -> bool:
    """Try again to leave what is still to be left, in place of reply number `instead` if the mailbox is full."""
    request = find(casebook, listing, row, person)
    try:
        record = records.read(casebook, request.anchor.id, person)
        boxes = mailboxes(casebook, request, person)
    except Error as error:
        raise RefusedActError("closed") from error
    sent = fold_replies(one.entry for one in record.entries if one.trusted)
    ids = [one for reply in sent if not reply.left for one in reply.ids]
    lying = outbox.lying([box.address for box in boxes]) or {}
    chosen = {one for reply in sent if reply.number == instead for one in reply.ids}
    kept = outbox.standing(ids)
    outbox.replace(
        {one: old for one, row in kept.items() for old in chosen & lying.get(row.address, frozenset()) if row.left <= 0}
    )
    done = outbox.send(ids)
    catch_up(casebook, outbox, listing, row, person, now)
    return done


def find(casebook: Casebook, listing: Listing, row: bytes, person: Person) -> Request:
    """Find a request of the person's team by any submission in it; raise UnknownRequestError."""
    listing.refresh(casebook, person)
    request = listing.find(row)
    if request is None:
        raise UnknownRequestError
    return request


def catch_up(casebook: Casebook, outbox: Outbox, listing: Listing, row: bytes, person: Person, now: datetime) -> None:
    """Enter what has become of a request's replies, if there is one: left in the dead drop, and gone from there."""
    listing.refresh(casebook, person)
    request = listing.find(row)
    if request is None or not (request.state.unsent or request.state.lying):
        return
    try:
        boxes = mailboxes(casebook, request, person)
        lying = outbox.lying([box.address for box in boxes])
        for _ in range(2 * MAILBOXES):
            step = Step(outbox, lying, person, now)
            records.append(casebook, request.anchor.id, person, step.decide, step.keep)
            if not step.moved:
                break
    except (Error, RefusedActError, UnknownRequestError):
        return  # what cannot be read, or is being written by another, is entered by the next reader
    listing.refresh(casebook, person)


def look_again(  # within one snapshot, so that the list is sorted once
    casebook: Casebook, outbox: Outbox, listing: Listing, upto: int, person: Person, now: datetime
) -> None:
    """Make sure that a reply which the list calls not fetched still lies there."""
    stale = [one for one in listing.requests(upto) if unfetched(one.state, now.date())]
    for request in stale[:STALE]:
        catch_up(casebook, outbox, listing, request.anchor.id, person, now)


class Step:
    """Enter one thing that has become of one reply."""

    def __init__(
        self, outbox: Outbox, lying: dict[bytes, frozenset[bytes]] | None, person: Person, now: datetime
    ) -> None:
        self._outbox = outbox
        self._lying = lying
        self._person = person
        self._now = now
        self._done: tuple[bytes, ...] = ()
        self.moved = False

    def decide(self, record: Record) -> Entry | None:
        """Find the first reply of which something new is known: that it was left, then opened, then gone."""
        sent = fold_replies(one.entry for one in record.entries if one.trusted)
        made = next(filter(None, (self._left(one, sent) for one in sent)), None)
        waiting = [one for one in sent if not one.left and self._outbox.standing(one.ids)]
        if made is None and not waiting:  # else one that is missing may just have been replaced
            made = self._fetched(sent) or next(filter(None, map(self._gone, sent)), None)
        self.moved = made is not None
        return made

    def keep(self, session: Session) -> None:
        """Drop the sealed bytes of what was delivered, in the transaction that enters it."""
        forget(session, self._done)

    def _left(self, one: Sent, sent: tuple[Sent, ...]) -> Entry | None:
        self._done = ()
        kept = self._outbox.standing(one.ids) if not one.left else {}
        if len(kept) != len(one.ids) or not kept or any(row.left <= WAITS for row in kept.values()):
            return None
        self._done = one.ids
        instead_of = {row.instead_of for row in kept.values()} - {b""}
        instead = next((old.number for old in sent if instead_of & set(old.ids)), 0)
        fields = {"number": str(one.number), "day": str(max(row.left for row in kept.values()))}
        return self._entry("delivered", {**fields, **({"instead": str(instead)} if instead else {})})

    def _fetched(self, sent: tuple[Sent, ...]) -> Entry | None:
        lying = [one for one in sent if one.lies and not one.fetched]
        days_of = self._outbox.opened([name for one in lying for name in one.ids])
        for one in lying:
            found = [days_of[name] for name in one.ids if name in days_of]
            if found:
                # The dead drop's word, which anybody who writes to it could have made up: kept to days that can be.
                day = max(one.left, min([*found, days(self._now.date())]))
                return self._entry("fetched", {"number": str(one.number), "day": str(day)})
        return None

    def _gone(self, one: Sent) -> Entry | None:
        if not one.lies or self._lying is None or set(one.ids) <= frozenset().union(*self._lying.values()):
            return None
        today = days(self._now.date())
        why = "expired" if today - one.left > self._outbox.kept_days else "removed"
        return self._entry("gone", {"number": str(one.number), "day": str(today), "why": why})

    def _entry(self, kind: str, fields: dict[str, str]) -> Entry:
        return Entry(self._person.name, self._now, kind, fields)
