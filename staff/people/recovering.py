"""What lost keys could read is given anew once two have signed that: to a colleague's new key, or by the recovery key.

One asks and another signs the same bytes; a lead is one of them, and never whoever is to read. The order names no case
and no reason, and stands beside those of who joins and leaves. Source: docs/envelope.md section 4.4.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from crypto.opening import recovering
from crypto.opening.members import COORDINATOR, FORMER_RECOVERY, LEAD, RECOVERY, Member, fingerprint
from crypto.opening.orders import Signed
from crypto.opening.recovering import LASTS, RECOVER, Recovery, by_key, by_peers, order_recovery
from staff.audit.store import take_turn
from staff.cases.hand import Hand
from staff.errors import RefusedActError
from staff.office import Office
from staff.orders import order_id, seconded
from staff.person import Person


@dataclass(frozen=True)
class Need:
    """Hold something that may be given anew, how far its order has come, and what this person may do about it.

    `order` is the row of an order that waits; `until` is set once two have signed.
    """

    recovery: Recovery
    people: tuple[tuple[str, str], ...]
    order: bytes | None = None
    signed_by: tuple[str, ...] = ()
    until: datetime | None = None
    may_ask: bool = False
    may_sign: bool = False
    mine: bool = False

    @property
    def what(self) -> str:
        """Give which of the kinds it is."""
        return self.recovery.what

    @property
    def about(self) -> str:
        """Give what names it in a form."""
        return self.recovery.about.hex()


def needs(parts: Office, who: Person) -> list[Need]:
    """List what may be given anew in the own town, to people first."""
    orders, now = parts.orders.all(), parts.now()
    return [_need(who, one, orders, now) for one in _recoveries(who)]


def waiting(parts: Office, who: Person) -> int:
    """Count what waits for this person's signature."""
    orders = [one for one in parts.orders.all() if one.order.act == RECOVER]
    return sum(_need(who, one, orders, parts.now()).may_sign for one in _recoveries(who)) if orders else 0


def ask(parts: Office, who: Person, what: str, about: str) -> None:
    """Ask, as the first of two; raise RefusedActError: "no_need", "recover_may_not", "agreed"."""
    now = parts.now()
    with parts.casebook.write() as session:
        take_turn(session)
        recovery = next((one for one in _recoveries(who) if (one.what, one.about.hex()) == (what, about)), None)
        if recovery is None:
            raise RefusedActError("no_need")
        parts.audit.about_me(session, who, "asked_anew", now, _said(recovery))
        need = _need(who, recovery, parts.orders.all(), now)
        if need.order or need.until:
            raise RefusedActError("agreed")
        if not need.may_ask:
            raise RefusedActError("recover_may_not")
        data = order_recovery(recovery, who.identity, who.papers.signed.epoch, int(now.timestamp()))
        parts.orders.keep(session, data)


def second(parts: Office, who: Person, row: bytes) -> None:
    """Sign as the second; raise RefusedActError: "no_need", "same", "done", "recover_may_not", "late"."""
    now = parts.now()
    with parts.casebook.write() as session:
        take_turn(session)
        recovery, signed = _asked(parts, who, row)
        parts.audit.about_me(session, who, "seconded_anew", now, _said(recovery))
        if not recovering.live(signed.order, now.timestamp()):
            raise RefusedActError("late")
        data = seconded(signed, who.identity)
        if not _may_pair(who, signed.signers[0], recovery):
            raise RefusedActError("recover_may_not")
        parts.orders.keep(session, data)


def drop(parts: Office, who: Person, row: bytes) -> None:
    """Take an order back, whoever of the town has signed it so far; raise RefusedActError("no_need") for none."""
    with parts.casebook.write() as session:
        take_turn(session)
        recovery, _ = _asked(parts, who, row)
        parts.audit.about_me(session, who, "dropped_anew", parts.now(), _said(recovery))
        parts.orders.drop(session, row)


def allowed(hand: Hand, member: Member) -> None:
    """Refuse to give older cases to somebody's new key before two have signed: RefusedActError("recover").

    The row of the audit that names both is committed before anything is given.
    """
    who, recovery = hand.person, by_peers(hand.person.papers.members, member)
    if recovery is None:
        return
    signed = _signed(hand, recovery)
    if signed is None:
        raise RefusedActError("recover")
    with hand.parts.casebook.write() as session:
        said = {**_said(recovery), "by": ", ".join(_names(who, signed))}
        hand.parts.audit.about_me(session, who, "gave_anew", hand.now, said)


def lacks_order(hand: Hand, member: Member) -> bool:
    """Tell whether two must sign before older cases are given to this key."""
    recovery = by_peers(hand.person.papers.members, member)
    return recovery is not None and _signed(hand, recovery) is None


def _signed(hand: Hand, recovery: Recovery) -> Signed | None:
    papers, orders = hand.person.papers, hand.parts.orders.all()
    return recovering.ordered(papers.signed, papers.members, orders, recovery, hand.now.timestamp())


def _recoveries(who: Person) -> Iterator[Recovery]:
    members, town = who.papers.members, who.municipality
    for one in sorted(members.with_role(town, COORDINATOR, LEAD), key=lambda one: one.name.casefold()):
        if found := by_peers(members, one):
            yield found
    keys = members.with_role(town, RECOVERY)
    for key in (*keys, *members.with_role(town, FORMER_RECOVERY)):
        to = keys if key.role == FORMER_RECOVERY else members.team(town)
        if found := by_key(key, to):
            yield found


def _need(who: Person, recovery: Recovery, orders: Sequence[Signed], now: datetime) -> Need:
    papers, me, seconds = who.papers, who.identity.sign_public, now.timestamp()
    people = tuple((one.name, fingerprint(one)) for one in recovery.to)
    standing = recovering.ordered(papers.signed, papers.members, orders, recovery, seconds)
    if standing is not None:
        until = datetime.fromtimestamp(standing.order.when + LASTS, UTC)
        return Need(recovery, people, order_id(standing), _names(who, standing), until)
    may_ask = recovering.may_ask(papers.signed, papers.members, me, recovery)
    asked = [one for one in orders if recovery.meant_by(one.order) and recovering.live(one.order, seconds)]
    first = next((one for one in asked if len(one.signers) == 1), None)
    if first is None:
        return Need(recovery, people, may_ask=may_ask)
    may_sign = _may_pair(who, first.signers[0], recovery)
    return Need(recovery, people, order_id(first), _names(who, first), may_sign=may_sign, mine=first.signers[0] == me)


def _may_pair(who: Person, first: bytes, recovery: Recovery) -> bool:
    papers = who.papers
    return recovering.may_sign(papers.signed, papers.members, (first, who.identity.sign_public), recovery)


def _asked(parts: Office, who: Person, row: bytes) -> tuple[Recovery, Signed]:
    signed = next((one for one in parts.orders.all() if order_id(one) == row), None)
    if signed is None:
        raise RefusedActError("no_need")
    recovery = next((one for one in _recoveries(who) if one.meant_by(signed.order)), None)
    if recovery is None:
        raise RefusedActError("no_need")
    return recovery, signed


def _names(who: Person, signed: Signed) -> tuple[str, ...]:
    found = (who.papers.members.by_sign(by) for by in signed.signers)
    return tuple(one.name for one in found if one)


def _said(recovery: Recovery) -> dict[str, str]:
    return {"who": ", ".join(one.name for one in recovery.to)[:200], "what": recovery.what}
