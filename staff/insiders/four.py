"""Four eyes: what two people sign over the same bytes before it is done, kept in a folder for those who may sign.

Whoever approves is never the one who asked, compared by key. An order holds seven days and is used once: that it was
used is written in the commit of the act itself. Source: docs/envelope.md sections 4.4 and 5.7.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from crypto.errors import Error, MalformedError
from crypto.opening.members import COORDINATOR, FORMER, FORMER_LEAD, LEAD, Member, Members
from crypto.opening.orders import Order, Signed, countersign, read_order, sign_order
from staff.clip import clip
from staff.entry import Entry, Read
from staff.errors import RefusedActError, UnknownFolderError
from staff.folders import Folder, Folders, Keys
from staff.folders.folders import Beside
from staff.person import Person
from staff.seconds import whole_number

KIND, FORM = "order", 1
EXPORT, ERASE, OVERRIDE = "export", "erase", "override"
ACTS = (EXPORT, ERASE, OVERRIDE)
LASTS = timedelta(days=7)
WHY, SHORTEST = 500, 8  # characters of a reason
ASKED, SIGNED, DECLINED, WITHDRAWN, USED = "asked", "signed", "declined", "withdrawn", "used"


@dataclass(frozen=True)
class Board:
    """Hold who asks or signs, with which keys, now."""

    folders: Folders
    keys: Keys = field(repr=False)
    person: Person
    now: datetime


@dataclass(frozen=True)
class Standing:
    """Hold an order as its folder's signed entries tell it; `status` is a kind of entry, the last that counted.

    `whole` is False if an entry is missing or forged, or an earlier state was put back: then it serves nobody.
    """

    folder: bytes
    order: Order
    asker: Member
    status: str = ASKED
    second: Member | None = None
    why_not: str = ""
    whole: bool = True

    @property
    def until(self) -> datetime:
        """Give the time from which it may not be signed or used any more."""
        return datetime.fromtimestamp(self.order.when, UTC) + LASTS

    def live(self, now: datetime) -> bool:
        """Tell whether it can still be signed or used."""
        return self.status in (ASKED, SIGNED) and now < self.until


@dataclass(frozen=True)
class Line:
    """Hold what a list shows of an order: nothing of it is proven, and nothing is done by it."""

    act: str
    status: str
    subject: str
    asked_at: int
    working: str
    asker: str

    def encode(self) -> bytes:
        """Write a summary, 511 bytes at most."""
        value = [KIND, FORM, self.act, self.status, self.subject, self.asked_at]
        return json.dumps([*value, clip(self.working, 80), clip(self.asker, 100)], ensure_ascii=False).encode()

    @classmethod
    def decode(cls, data: bytes) -> "Line":
        """Read what `encode` wrote; raise MalformedError for anything else."""
        try:
            kind, form, act, status, subject, asked_at, working, asker = json.loads(data)
            texts = (act, status, subject, working, asker)
            if kind != KIND or form != FORM or not all(isinstance(one, str) for one in texts):
                raise ValueError("another kind or form")
            return cls(act, status, subject, whole_number(asked_at), working, asker)
        except (ValueError, TypeError, RecursionError) as error:
            raise MalformedError("not an order's summary") from error


def may_sign(members: Members, town: str) -> tuple[Member, ...]:
    """List who may be the second of two in a town: its leads, and whom the root key named to stand in for one."""
    found = members.with_role(town, LEAD, COORDINATOR)
    return tuple(one for one in found if one.role == LEAD or one.stand_in)


def ask(board: Board, act: str, subject: bytes, fields: dict[str, str]) -> bytes:
    """Ask for an act as the first of two, and give the order's folder; `fields` hold `why` and what else is to be said.

    Raises RefusedActError: "reason" (none, or too long), "alone" (there is nobody else who may sign).
    """
    person, why = board.person, " ".join(fields.get("why", "").split())
    if not SHORTEST <= len(why) <= WHY:
        raise RefusedActError("reason")
    others = [one for one in may_sign(person.papers.members, person.municipality) if one != person.member]
    if not others:
        raise RefusedActError("alone")
    said = {name: clip(text, 200) for name, text in fields.items() if text} | {"why": why}
    order = Order(act, subject, int(board.now.timestamp()), person.papers.members.epoch, said)
    data = sign_order(order, person.identity)
    first = Entry(person.name, board.now, ASKED, {"order": data.decode()})
    return board.folders.create(person, [first], summarise, [person.member, *others], board.now, recovery=False)


def read(board: Board, folder: bytes) -> Standing:
    """Read an order; the row of the audit is committed first. UnknownFolderError for any other folder."""
    return _standing(board.folders.read(board.keys, folder, board.person, board.now, what="read_order"), board)


def peek(board: Board, folder: bytes) -> Standing:
    """Read an order on the way to an act that is written to the audit itself; as `read` otherwise."""
    return _standing(board.folders.peek(board.keys, folder, board.person), board)


def sign(board: Board, folder: bytes) -> None:
    """Sign as the second; raises RefusedActError: "role", "same" (one's own), "late", "already"."""

    def decide(standing: Standing) -> Entry:
        if standing.asker.sign_public == board.person.identity.sign_public:
            raise RefusedActError("same")
        if board.person.member not in may_sign(board.person.papers.members, standing.asker.municipality):
            raise RefusedActError("role")
        _refuse_over(standing, board.now, ASKED)
        data = countersign(_data(standing, board, folder), board.person.identity)
        return Entry(board.person.name, board.now, SIGNED, {"order": data.decode()})

    _write(board, folder, decide, "signed order")


def refuse(board: Board, folder: bytes, why: str) -> None:
    """Say no as one who may sign, or take one's own request back."""

    def decide(standing: Standing) -> Entry:
        own = standing.asker.sign_public == board.person.identity.sign_public
        if not own and board.person.member not in may_sign(board.person.papers.members, standing.asker.municipality):
            raise RefusedActError("role")
        if not own and not SHORTEST <= len(" ".join(why.split())) <= WHY:
            raise RefusedActError("reason")
        _refuse_over(standing, board.now, ASKED, SIGNED)
        fields = {"why": " ".join(why.split())[:WHY]}
        return Entry(board.person.name, board.now, WITHDRAWN if own else DECLINED, fields)

    _write(board, folder, decide, "refused order")


def spendable(board: Board, folder: bytes, act: str) -> Standing:
    """Give an order that the person may use now; raises RefusedActError: "same", "already", "late", "unsigned"."""
    standing = peek(board, folder)
    _refuse_unusable(standing, board, act)
    return standing


def spend(board: Board, folder: bytes, act: str) -> Beside:
    """Seal that an order is used, to be written in the commit of the act: it fails there if somebody was first.

    The trap: call it in the act's `decide`, so that each new attempt looks at the order anew. Raises as `spendable`.
    """

    def decide(found: Folder) -> Sequence[Entry]:
        _refuse_unusable(_standing(found, board), board, act)
        return [Entry(board.person.name, board.now, USED, {})]

    return board.folders.prepared(board.keys, folder, board.person, decide, summarise, board.now, what="used order")


def fold(folder: Folder, members: Members) -> Standing | None:
    """Tell how an order stands; None if the folder holds none that its asker signed."""
    standing = _folded(folder.id, [one for one in folder.entries if one.trusted], members)
    return standing and replace(standing, whole=folder.whole)


def summarise(entries: Sequence[Entry]) -> bytes:
    """Give an order's summary from its entries, as its folder asks for it; UnknownFolderError for none of ours."""
    first = next((one for one in entries if one.kind == ASKED), None)
    if first is None:
        raise UnknownFolderError
    order = read_order(first.fields.get("order", "").encode()).order
    known = [one.kind for one in entries if one.kind in STEPS]
    status = known[-1] if known else ASKED
    line = Line(order.act, status, order.subject.hex(), order.when, order.fields.get("working", ""), first.who)
    return line.encode()


def _write(board: Board, folder: bytes, decide: Callable[[Standing], Entry], what: str) -> None:
    board.folders.append(
        board.keys,
        folder,
        board.person,
        lambda found: [decide(_standing(found, board))],
        summarise,
        board.now,
        what=what,
    )


def _data(standing: Standing, board: Board, folder: bytes) -> bytes:
    found = board.folders.peek(board.keys, folder, board.person)
    data = next(one.entry.fields["order"].encode() for one in found.entries if one.trusted and one.entry.kind == ASKED)
    if read_order(data).order != standing.order:
        raise RefusedActError("gone")
    return data


def _standing(found: Folder, board: Board) -> Standing:
    standing = fold(found, board.person.papers.members)
    if standing is None:
        raise UnknownFolderError
    return standing


def _folded(folder: bytes, entries: Sequence[Read], members: Members) -> Standing | None:
    standing: Standing | None = None
    for one in entries:
        by = members.insider(one.by)
        if by is None:
            continue
        if standing is None:
            standing = _begun(folder, one, by)
        elif standing.status in (ASKED, SIGNED):
            standing = STEPS.get(one.entry.kind, _unknown)(standing, one, by)
    return standing


def _begun(folder: bytes, one: Read, by: Member) -> Standing | None:
    signed = _signed(one)
    if one.entry.kind != ASKED or signed is None or signed.signers != (one.by,) or signed.order.act not in ACTS:
        return None
    return Standing(folder, signed.order, by)


def _countersigned(standing: Standing, one: Read, by: Member) -> Standing:
    signed = _signed(one)
    if signed is None or signed.order != standing.order or signed.signers != (standing.asker.sign_public, one.by):
        return standing
    late = one.entry.when >= standing.until
    if standing.status != ASKED or late or not _could_sign(by, standing.asker):
        return standing
    return _with(standing, SIGNED, second=by)


def _declined(standing: Standing, one: Read, by: Member) -> Standing:
    own = by.sign_public == standing.asker.sign_public
    if own or not _could_sign(by, standing.asker):
        return standing
    return _with(standing, DECLINED, second=by, why_not=one.entry.fields.get("why", ""))


def _withdrawn(standing: Standing, _one: Read, by: Member) -> Standing:
    return _with(standing, WITHDRAWN) if by.sign_public == standing.asker.sign_public else standing


def _used(standing: Standing, _one: Read, by: Member) -> Standing:
    own = by.sign_public == standing.asker.sign_public
    return _with(standing, USED) if own and standing.status == SIGNED else standing


def _unknown(standing: Standing, _one: Read, _by: Member) -> Standing:
    return standing


STEPS: dict[str, Callable[[Standing, Read, Member], Standing]] = {
    SIGNED: _countersigned,
    DECLINED: _declined,
    WITHDRAWN: _withdrawn,
    USED: _used,
}


def _with(standing: Standing, status: str, second: Member | None = None, why_not: str = "") -> Standing:
    known = standing.second if second is None else second
    return replace(standing, status=status, second=known, why_not=why_not)


def _could_sign(by: Member, asker: Member) -> bool:
    """Tell whether somebody's signature counted: what a lead signed stays signed after they have left."""
    role = by.role in (LEAD, FORMER_LEAD) or by.stand_in or by.role == FORMER
    return role and by.municipality == asker.municipality and by.sign_public != asker.sign_public


def _signed(one: Read) -> Signed | None:
    try:
        return read_order(one.entry.fields.get("order", "").encode())
    except Error:
        return None


def _refuse_over(standing: Standing, now: datetime, *open_ones: str) -> None:
    if not standing.whole:
        raise RefusedActError("gone")
    if standing.status not in open_ones:
        raise RefusedActError("already")
    if now >= standing.until:
        raise RefusedActError("late")


def _refuse_unusable(standing: Standing, board: Board, act: str) -> None:
    """Refuse an order that is not the person's own, of that act, signed by one who may sign today, and unused."""
    if standing.asker.sign_public != board.person.identity.sign_public or standing.order.act != act:
        raise RefusedActError("role")
    _refuse_over(standing, board.now, ASKED, SIGNED)
    signing = may_sign(board.person.papers.members, standing.asker.municipality)
    if standing.status != SIGNED or standing.second not in signing:
        raise RefusedActError("unsigned")
