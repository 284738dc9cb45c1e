"""What somebody does when their list of conflicts meets a case or request: open it all the same, or leave it be."""

import secrets
from collections.abc import Sequence

from crypto.opening.keyring import own_key
from crypto.opening.members import COORDINATOR, Member
from staff.audit import myself
from staff.cases.hand import Hand
from staff.cases.state import CaseState, fold
from staff.cases.summary import summarise
from staff.entry import Entry
from staff.errors import RefusedActError
from staff.folders import Folder
from staff.folders.folder import mark
from staff.insiders import notices
from staff.insiders.asking import CASE
from staff.insiders.four import SHORTEST, WHY
from staff.insiders.memory import About
from staff.insiders.notices import CONFLICT, HANDED, Notice

ROW = "conflict"  # the word in the audit
TOLD = "En kollega är jävig: ta över ärendet"


def open_anyway(hand: Hand, about: About, reason: str) -> None:
    """Open it in spite of the conflict; the row of the audit and the notice to leads and auditors are one commit first.

    Raises RefusedActError("reason").
    """
    said = " ".join(reason.split())
    if not SHORTEST <= len(said) <= WHY:
        raise RefusedActError("reason")
    to = notices.overseers(hand.person)
    notice = Notice(CONFLICT, int(hand.now.timestamp()), about[1].hex(), said)
    new = notices.prepare(hand.parts.folders, hand.person, notice, to, hand.now) if to else None
    subject, key = _subject(hand, about)
    with hand.parts.casebook.write() as session:
        hand.parts.audit.write(session, hand.person, ROW, subject, key, hand.now, {"of": about[0]})
        if new is not None:
            new.keep(session)
    hand.session.insiders.answered.add(about)


def leave_to(hand: Hand, about: About, name: str) -> None:
    """Leave it to a colleague, who is told so; a case that the person holds becomes theirs. Nothing of it is shown.

    Raises RefusedActError("nobody") for somebody who may not read it.
    """
    to = next((one for one in colleagues(hand, about) if one.name == name), None)
    if to is None:
        raise RefusedActError("nobody")
    notice = Notice(HANDED, int(hand.now.timestamp()), about[1].hex(), about[0])
    new = notices.prepare(hand.parts.folders, hand.person, notice, [to], hand.now)
    if about[0] != CASE:
        with hand.parts.casebook.write() as session:
            hand.parts.audit.about_me(session, hand.person, "left_to_other", hand.now)
            new.keep(session)
        return

    def decide(found: Folder) -> Sequence[Entry]:
        return _given(hand, fold(found.trusted), to)

    keys, folders = hand.session.keys, hand.parts.folders
    folders.append(keys, about[1], hand.person, decide, summarise, hand.now, what="left_to_other", beside=new.keep)


def colleagues(hand: Hand, about: About) -> list[Member]:
    """List the coordinators of the team who can read it, but for the person: of a protected case the named alone."""
    others = hand.person.papers.members.with_role(hand.person.municipality, COORDINATOR)
    found = [one for one in others if one != hand.person.member]
    if about[0] != CASE:
        listed = hand.session.listing.find(about[1])
        only = listed.state.only if listed else ()
        return [one for one in found if not only or mark(one.box_public) in only]
    folder = hand.parts.folders.peek(hand.session.keys, about[1], hand.person)
    held = {one.box_public for one in folder.holders(hand.person.papers.members)}
    return [one for one in found if one.box_public in held]


def _given(hand: Hand, state: CaseState, to: Member) -> list[Entry]:
    """Make the case the colleague's, if it was the person's or nobody's, and plan for today that they take it over."""
    desk = hand.desk()
    mine = state.holder in ("", hand.person.name)
    task = desk.entry("task", id=secrets.token_hex(6), title=TOLD, due=desk.today.isoformat(), owner=to.name)
    return [desk.entry("taken", holder=to.name), task] if mine else [task]


def _subject(hand: Hand, about: About) -> tuple[bytes, bytes]:
    """Give under what the row stands: the case, so that its readers see it; of a request the person's own rows."""
    if about[0] == CASE:
        return about[1], hand.session.keys.key(about[1])
    return myself(hand.person), own_key(hand.person.identity, "audit")
