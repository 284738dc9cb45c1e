"""Handing over: one act that copies what was chosen into a folder of its own for named people, and what ends it."""

import re
import secrets
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy.orm import Session

from crypto.errors import MalformedError
from crypto.opening.members import AGENCY_ROLES, COORDINATOR, Member
from programme.agencies import Agency
from staff.agencies import handover
from staff.agencies.copying import copies
from staff.agencies.desk import Beside, Case, Desk
from staff.agencies.handover import Handover, HandoverSummary
from staff.agencies.items import Item
from staff.agencies.model import Dealings, Handed
from staff.agencies.reach import take_from
from staff.agencies.rules import HandWish, check_handover, check_reason, check_writer
from staff.agencies.steps import dealings
from staff.agencies.words import basis_in_words
from staff.cases.state import CaseState
from staff.cases.values import write_items
from staff.diary import Kind
from staff.entry import Entry
from staff.errors import RefusedActError, UnknownFolderError
from staff.folders import Folder, New, Shelf
from staff.insiders import four
from staff.insiders.four import OVERRIDE, Board, Standing

COVER = 2000  # characters
HEX_ID = re.compile("[0-9a-f]{32}")


@dataclass(frozen=True)
class Made:
    """Hold what a hand-over's entries are made of."""

    wish: HandWish
    cover: str
    agency: Agency
    members: Sequence[Member]
    chosen: Sequence[Item]
    purpose: str
    signed: Standing | None = None


def hand_over(desk: Desk, case: bytes, wish: HandWish, cover: str) -> bytes:
    """Hand over what was chosen, as one commit with the case's own entry of it; give the new folder's id.

    Raises RefusedActError for whatever the rules refuse, and UnknownFolderError for a case that is not the person's.
    """
    beside, made = Beside(), [b""]

    def decide(found: Case) -> list[Entry]:
        check_writer(desk.person.member)
        signed = _signed(desk, case, wish)
        orders = {wish.basis.order: signed.order.fields.get("to", "")} if signed else {}
        ground = replace(desk.ground(found), orders=orders)
        members, chosen = check_handover(wish, ground)
        waiver = ground.dealings.waivers.get(wish.basis.waiver)
        agency = desk.settings.agency(members[0].agency)
        if agency is None or len(cover) > COVER:
            raise RefusedActError("long" if agency else "agency")
        purpose = waiver.purpose if waiver else " ".join(wish.purpose.split())
        parts = Made(wish, cover, agency, members, chosen, purpose, signed)
        first = [_first(desk, found, parts), *copies(desk, chosen)]
        to = [*members, *desk.colleagues(found.state)]
        summarise = handover.summarise(desk.person.papers.members)
        new = desk.folders.prepare(
            desk.person, first, summarise, to, desk.now, register=Kind.SENT, recovery=not found.state.protected
        )
        beside.write, made[0] = _kept(desk, new, signed), new.id
        return [_remember(desk, new.id, parts), *_waiting(desk, found.state, agency.name)]

    desk.write(case, decide, "handed over", beside)
    return made[0]


def _signed(desk: Desk, case: bytes, wish: HandWish) -> Standing | None:
    """Give what two have signed for in place of a waiver and a ground; refused if it is for another case."""
    if not wish.basis.order:
        return None
    row = bytes.fromhex(wish.basis.order) if HEX_ID.fullmatch(wish.basis.order) else b""
    signed = four.spendable(_board(desk), row, OVERRIDE)
    if signed.order.subject != case:
        raise RefusedActError("order")
    return signed


def _kept(desk: Desk, new: New, signed: Standing | None) -> Callable[[Session], None]:
    """Write the new folder and, in the same commit, that the order it rests on is used."""
    use = four.spend(_board(desk), signed.folder, OVERRIDE) if signed else None

    def write(session: Session) -> None:
        new.keep(session)
        if use is not None:
            use(session)

    return write


def _board(desk: Desk) -> Board:
    return Board(desk.folders, desk.keys, desk.person, desk.now)


def _first(desk: Desk, found: Case, parts: Made) -> Entry:
    return desk.entry(
        "handover",
        working=found.state.working,
        agency=parts.agency.name,
        people=write_items(member.name for member in parts.members),
        purpose=parts.purpose,
        basis=basis_in_words(desk.settings, parts.wish.basis),
        cover=parts.cover.strip(),
        case=found.folder.id.hex(),
        until=_iso(parts.wish.until),
    )


def _remember(desk: Desk, folder: bytes, parts: Made) -> Entry:
    wish = parts.wish
    return desk.entry(
        "handed",
        folder=folder.hex(),
        agency=parts.agency.id,
        at=parts.agency.name,
        people=write_items(member.name for member in parts.members),
        purpose=parts.purpose,
        until=_iso(wish.until),
        waiver=wish.basis.waiver,
        ground=wish.basis.ground,
        reason=parts.signed.order.fields.get("why", "") if parts.signed else wish.basis.reason.strip(),
        signed=_both(parts.signed),
        test=wish.test.strip(),
        entries=write_items(item.key for item in parts.chosen),
    )


def _both(signed: Standing | None) -> str:
    return f"{signed.asker.name}, {signed.second.name}" if signed and signed.second else ""


def _waiting(desk: Desk, state: CaseState, agency: str) -> list[Entry]:
    """Say in the case's summary for whom it waits, if it waits for nobody yet."""
    return [] if state.waiting else [desk.entry("waiting", on=agency)]


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""


def read(desk: Desk, folder: bytes) -> tuple[Folder, Handover]:
    """Read a hand-over; the row of the audit is committed first. UnknownFolderError for any other folder."""
    found = desk.folders.read(desk.keys, folder, desk.person, desk.now)
    state = handover.fold(found.trusted, desk.person.papers.members)
    if not state.status:
        raise UnknownFolderError
    return found, state


def act(desk: Desk, folder: bytes, kind: str, **fields: str) -> Handover:
    """Do one thing in a hand-over; raise RefusedActError if this side may not, or not now."""
    members = desk.person.papers.members

    def decide(found: Folder) -> list[Entry]:
        state = handover.fold(found.trusted, members)
        if not state.status:
            raise UnknownFolderError
        entry = desk.entry(kind, **fields)
        handover.check(state, entry, members, desk.today)
        _check_text(kind, fields)
        return [entry]

    after = desk.folders.append(
        desk.keys, folder, desk.person, decide, handover.summarise(members), desk.now, what=kind
    )
    return handover.fold(after.trusted, members)


def _check_text(kind: str, fields: dict[str, str]) -> None:
    if len(fields.get("text", "")) > handover.TEXT:
        raise RefusedActError("long")
    if kind == "declined":
        check_reason(fields.get("text", ""))
    if kind in ("reply", "need") and not fields.get("text", "").strip():
        raise RefusedActError("empty")


def need(desk: Desk, folder: bytes, text: str, due: date | None) -> Handover:
    """Ask the agency for something by a day: it stands among their tasks, and they see nothing of the case."""
    return act(desk, folder, "need", id=secrets.token_hex(4), text=" ".join(text.split()), due=_iso(due))


def end(desk: Desk, case: bytes, folder_hex: str, how: str, reason: str = "") -> None:
    """End a hand-over: say so in it, renew its key without the agency's people, and say so in the case.

    The case is told last: as long as it does not know, `settle` finishes what was begun. What the agency has fetched
    is theirs and cannot be called back.
    """
    folder = bytes.fromhex(folder_hex)
    if how in ("taken_back", "withdrawn"):
        with suppress(RefusedActError):  # it may have ended by itself meanwhile; the key is taken all the same
            act(desk, folder, "taken_back", text=reason)
    shut_out(desk, folder, desk.peek(case).state)
    desk.write(case, lambda found: _ended(desk, found, folder_hex, how), "hand-over ended")


def shut_out(desk: Desk, folder: bytes, state: CaseState) -> None:
    """Take the key from every agency's people who hold it, if any still do."""
    members = desk.person.papers.members
    found = desk.folders.peek(desk.keys, folder, desk.person)
    theirs = [one for one in found.holders(members) if one.role in AGENCY_ROLES]
    if theirs:
        take_from(desk, found, theirs, state)


def _ended(desk: Desk, found: Case, folder: str, how: str) -> list[Entry]:
    held = dealings(found.state)
    handed = held.handed.get(folder)
    if handed is None or handed.ended:
        return []
    agency = desk.settings.agency(handed.agency)
    others = [one for one in held.under_way if one.folder != folder]
    waited = agency is not None and found.state.waiting == agency.name and not others
    return [desk.entry("handover_ended", folder=folder, how=how), *([desk.entry("waiting")] if waited else [])]


def settle(desk: Desk, case: Case, shelf: Shelf) -> list[tuple[Handed, HandoverSummary | None]]:
    """Give the case's hand-overs as they stand, and finish those that an answer, a date or a withdrawal has ended."""
    held = dealings(case.state)
    found = []
    for handed in held.handed.values():
        stands = standing(shelf, handed)
        found.append((handed, stands))
        over = _over(desk, handed, stands, held)
        if over and not handed.ended and desk.person.member.role == COORDINATOR:
            end(desk, case.folder.id, handed.folder, over)
    return found


def standing(shelf: Shelf, handed: Handed) -> HandoverSummary | None:
    """Give how a hand-over stands, from its summary; None if it is not there or does not open."""
    card = shelf.get(bytes.fromhex(handed.folder))
    try:
        return HandoverSummary.decode(card.summary) if card and card.summary else None
    except MalformedError:
        return None


def _over(desk: Desk, handed: Handed, stands: HandoverSummary | None, held: Dealings) -> str:
    waiver = held.waivers.get(handed.waiver)
    if waiver is not None and waiver.withdrawn is not None:
        return "withdrawn"
    if stands is not None and stands.status in handover.OVER:
        return stands.status
    return "expired" if desk.today > handed.until else ""
