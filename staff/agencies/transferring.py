"""The acts of passing a case to another municipality: offer, take, decline, take back, and tell the person."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from crypto.errors import MalformedError
from crypto.opening.members import COORDINATOR, LEAD, Member
from staff.agencies import transfer
from staff.agencies.desk import Beside, Case, Desk
from staff.agencies.items import Item
from staff.agencies.reach import take_from
from staff.agencies.rules import check_chosen, check_reason, check_transfer, check_writer
from staff.agencies.steps import dealings
from staff.agencies.transfer import Carried, Transfer
from staff.cases.sources import DRAWN, ELSEWHERE
from staff.cases.state import CaseState
from staff.cases.summary import summarise
from staff.cases.values import write_items
from staff.diary import Kind
from staff.entry import Entry
from staff.errors import RefusedActError, UnknownFolderError
from staff.folders import Folder, Shelf

COVER = 2000  # characters
TELL = "Berätta för personen vad svaret blev"


@dataclass(frozen=True)
class Offer:
    """Hold a transfer as somebody wants it; a protected case is offered to the `people` named only."""

    town: str
    people: tuple[str, ...]
    chosen: tuple[str, ...]
    cover: str
    said_yes: bool


def offer(desk: Desk, case: bytes, wish: Offer) -> bytes:
    """Offer a case to another municipality as one commit with the case's own entry of it; give the new folder's id."""
    beside, made = Beside(), [b""]
    towns = [town.id for town in desk.programme.municipalities]

    def decide(found: Case) -> list[Entry]:
        check_writer(desk.person.member)
        ground = desk.ground(found)
        there = _receivers(check_transfer(wish.town, towns, wish.said_yes, ground), wish, found.state)
        chosen = check_chosen(wish.chosen, ground)
        if len(wish.cover) > COVER:
            raise RefusedActError("long")
        first = [_first(desk, found, wish), *_carried(desk, found.folder, chosen)]
        to = [*there, *desk.colleagues(found.state)]
        members = desk.person.papers.members
        recovery = not found.state.protected
        new = desk.folders.prepare(
            desk.person, first, transfer.summarise(members), to, desk.now, register=Kind.SENT, recovery=recovery
        )
        beside.write, made[0] = new.keep, new.id
        town = desk.programme.municipality(wish.town)
        name = town.name if town else wish.town
        return [desk.entry("transfer", folder=new.id.hex(), town=wish.town, at=name)]

    desk.write(case, decide, "transfer", beside)
    return made[0]


def _receivers(there: list[Member], wish: Offer, state: CaseState) -> list[Member]:
    named = [one for one in there if one.name in wish.people]
    if len(named) != len(wish.people) or (state.protected and not named):
        raise RefusedActError("person")
    return named or there


def _first(desk: Desk, found: Case, wish: Offer) -> Entry:
    state = found.state
    return desk.entry(
        "transfer",
        working=state.working,
        **{"from": desk.person.municipality, "to": wish.town},
        cover=wish.cover.strip(),
        case=found.folder.id.hex(),
        under18="yes" if state.under18 else "",
        danger=str(state.danger),
        stage=str(int(state.position.stage)),
        protected="yes" if state.protected or wish.people else "no",
    )


def _carried(desk: Desk, folder: Folder, chosen: Sequence[Item]) -> list[Entry]:
    wanted = {item.key for item in chosen}
    entries = [one.entry for one in folder.entries if one.trusted and f"e{one.number}" in wanted]
    return [desk.entry("carried", entry=transfer.write(entry)) for entry in entries]


def read(desk: Desk, folder: bytes) -> Transfer:
    """Read a transfer; the row of the audit is committed first. UnknownFolderError for any other folder."""
    found = desk.folders.read(desk.keys, folder, desk.person, desk.now)
    state = transfer.fold(found.trusted, desk.person.papers.members)
    if not state.status:
        raise UnknownFolderError
    return state


def take(desk: Desk, folder: bytes, working: str) -> bytes:
    """Take a case over: the answer and the new case are one commit; give the new case's id.

    Protected, or offered to some only: the new case is for those to whom it was offered, and for no recovery key.
    """
    beside, made = Beside(), [b""]

    def decide(found: Folder) -> list[Entry]:
        check_writer(desk.person.member)
        state, entry = _state(desk, found), desk.entry("accepted")
        transfer.check(state, entry, desk.person.papers.members)
        named = _ours(desk, found) if state.protected else []
        first = _new_case(desk, state, " ".join(working.split()) or state.working, named)
        team = named or _team(desk)
        new = desk.folders.prepare(
            desk.person, first, summarise, team, desk.now, register=Kind.RECEIVED, recovery=not state.protected
        )
        beside.write, made[0] = new.keep, new.id
        return [entry]

    _append(desk, folder, decide, "accepted", beside)
    return made[0]


def _ours(desk: Desk, found: Folder) -> list[Member]:
    holders = found.holders(desk.person.papers.members)
    return [one for one in holders if (one.municipality, one.role) == (desk.person.municipality, COORDINATOR)]


def _team(desk: Desk) -> list[Member]:
    return list(desk.person.papers.members.with_role(desk.person.municipality, COORDINATOR, LEAD))


def _new_case(desk: Desk, state: Transfer, working: str, named: Sequence[Member]) -> list[Entry]:
    opened = desk.entry(
        "opened",
        working=working,
        how="referral",
        danger=state.danger,
        under18="yes" if state.under18 else "",
        protected="yes" if named else "",
        named=write_items(one.name for one in named),
        via=state.sender,
    )
    cover = [desk.entry("note", id=secrets.token_hex(6), text=state.cover)] if state.cover else []
    return [opened, *cover, *(_again(desk, one, state) for one in state.carried)]


def _again(desk: Desk, one: Carried, state: Transfer) -> Entry:
    """Write a carried entry anew, signed by whoever takes the case; who wrote it first stands in it.

    What was drawn from somebody else's words stays so: their submission is not here, so nobody here can test it.
    """
    fields = {name: value for name, value in one.fields.items() if name not in (DRAWN, "task")}
    fields |= {DRAWN: ELSEWHERE} if one.fields.get(DRAWN) else {}
    return desk.entry(one.kind, **{**fields, "from": f"{one.who}, {state.sender}", "first": one.when.isoformat()})


def answer(desk: Desk, folder: bytes, kind: str, reason: str) -> None:
    """Decline a transfer, or take it back; both with a reason."""

    def decide(found: Folder) -> list[Entry]:
        check_writer(desk.person.member)
        entry = desk.entry(kind, reason=reason.strip())
        transfer.check(_state(desk, found), entry, desk.person.papers.members)
        check_reason(reason)
        return [entry]

    _append(desk, folder, decide, kind, Beside())


def _append(desk: Desk, folder: bytes, decide: Callable[[Folder], Sequence[Entry]], what: str, beside: Beside) -> None:
    members = desk.person.papers.members
    desk.folders.append(
        desk.keys, folder, desk.person, decide, transfer.summarise(members), desk.now, what=what, beside=beside
    )


def _state(desk: Desk, found: Folder) -> Transfer:
    state = transfer.fold(found.trusted, desk.person.papers.members)
    if not state.status:
        raise UnknownFolderError
    return state


def settle(desk: Desk, case: Case, shelf: Shelf) -> None:
    """Write into the sender's case what the other team answered, and plan that the person is told; take back the key.

    Until then the case is as it was: nobody lets go before the other has taken hold.
    """
    for asked in dealings(case.state).transferred.values():
        card = shelf.get(bytes.fromhex(asked.folder))
        if asked.ended or card is None or card.summary is None or desk.person.member.role != COORDINATOR:
            continue
        if _answered(card.summary):
            _ended(desk, case, asked.folder)


def _answered(summary: bytes) -> bool:
    try:
        return transfer.TransferSummary.decode(summary).status != "asked"
    except MalformedError:
        return False  # the transfer's own page tells what does not open; the case's page stays


def _ended(desk: Desk, case: Case, folder: str) -> None:
    found = desk.folders.peek(desk.keys, bytes.fromhex(folder), desk.person)
    state = _state(desk, found)
    if state.status != "accepted":
        away = [one for one in found.holders(desk.person.papers.members) if one.municipality == state.receiver]
        if away:
            take_from(desk, found, away, case.state)

    def decide(known: Case) -> list[Entry]:
        asked = dealings(known.state).transferred.get(folder)
        if asked is None or asked.ended:
            return []
        ended = desk.entry("transfer_ended", folder=folder, how=state.status, reason=state.reason)
        tell = desk.entry("task", id=secrets.token_hex(6), title=TELL, due=desk.today.isoformat(), kind="contact")
        return [ended, tell]

    desk.write(case.folder.id, decide, "transfer")
