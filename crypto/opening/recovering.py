"""Giving anew what a lost key could read: to somebody's new key, to a new team, or to the next recovery key.

Two sign it first, over bytes that say what is given anew, of whose keys, and to which keys. The register says who may.
Source: docs/envelope.md section 4.4.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from crypto.opening.identity import Identity
from crypto.opening.members import COORDINATOR, FORMER_RECOVERY, LEAD, LEFT, RECOVERY, Member, Members
from crypto.opening.orders import MOST_SIGNERS, Order, Signed, sign_order
from crypto.primitives import sha256

RECOVER = "recover"
PEERS, USE, REPLACE = "peers", "use", "replace"
LASTS = 7 * 24 * 3600  # seconds
EARLY = 3600  # seconds that the clock of whoever asked may be ahead


@dataclass(frozen=True, slots=True)
class Recovery:
    """Hold what is to be given anew: `of` are the Ed25519 keys that could read it, `to` those who are to read it.

    `about` is the Ed25519 key that the order names: the new key of one person, or the recovery key that is used.
    """

    what: str
    about: bytes
    of: tuple[bytes, ...]
    to: tuple[Member, ...]

    @property
    def municipality(self) -> str:
        """Give the town in which all of this happens."""
        return self.to[0].municipality

    def fields(self) -> dict[str, str]:
        """Give what an order of it says beside its subject."""
        return {"what": self.what, "of": _digest(self.of), "to": _digest(one.sign_public for one in self.to)}

    def meant_by(self, order: Order) -> bool:
        """Tell whether an order asks for exactly this."""
        return (order.act, order.subject, dict(order.fields)) == (RECOVER, self.about, self.fields())


def by_peers(members: Members, member: Member) -> Recovery | None:
    """Say what giving to somebody's new key would give anew; None for whoever never had another key in their town.

    It is known by the name, as protected cases know people: under another name somebody is new, whoever they are.
    """
    lost = tuple(
        one.sign_public
        for one in members.members
        if one.role in LEFT and one.role != FORMER_RECOVERY and one.sign_public != member.sign_public
        if (one.called, one.municipality) == (member.called, member.municipality)
    )
    return Recovery(PEERS, member.sign_public, lost, (member,)) if lost else None


def by_key(key: Member, to: Collection[Member]) -> Recovery | None:
    """Say what a recovery key gives on: to a town's coordinators, or to the key that follows it; None to nobody."""
    if key.role not in (RECOVERY, FORMER_RECOVERY) or not to:
        return None
    what = REPLACE if all(one.role == RECOVERY for one in to) else USE
    return Recovery(what, key.sign_public, (key.sign_public,), tuple(sorted(to, key=lambda one: one.sign_public)))


def order_recovery(recovery: Recovery, asker: Identity, epoch: int, when: int) -> bytes:
    """Ask that something be given anew; it may be given once a second has signed."""
    return sign_order(Order(RECOVER, recovery.about, when, epoch, recovery.fields()), asker)


def may_ask(signed: Members, members: Members, by: bytes, recovery: Recovery) -> bool:
    """Tell whether somebody's signature counts at all: a coordinator or lead of the town, and never the person.

    `signed` is the register as the root key signed it, `members` as it stands since: both must have them. A team of
    one may ask for what the recovery key holds: a lead who reads none of it signs too, and those who hold the shares.
    """
    sole = recovery.what != USE and [one.sign_public for one in recovery.to] == [by]
    return bool(_role(signed, members, by, recovery.municipality)) and not sole and by not in recovery.of


def may_sign(signed: Members, members: Members, pair: Collection[bytes], recovery: Recovery) -> bool:
    """Tell whether two keys are enough: two who may ask, one of them a lead.

    Where the town has no lead but whoever is to read, one whom the root key named to stand in is enough instead.
    """
    if len(set(pair)) != MOST_SIGNERS or not all(may_ask(signed, members, by, recovery) for by in pair):
        return False
    receiving = {one.sign_public for one in recovery.to}
    leads = {
        one.sign_public
        for one in signed.with_role(recovery.municipality, LEAD)
        if one.sign_public not in receiving and _role(signed, members, one.sign_public, recovery.municipality) == LEAD
    }
    if leads:
        return bool(leads.intersection(pair))
    return any((found := signed.by_sign(by)) is not None and found.stand_in for by in pair)


def live(order: Order, now: float) -> bool:
    """Tell whether an order is of the last seven days (seconds since 1970)."""
    return order.when - EARLY <= now < order.when + LASTS


def ordered(
    signed: Members, members: Members, orders: Iterable[Signed], recovery: Recovery, now: float
) -> Signed | None:
    """Give the order by two that lets something be given anew now, the newest; None if there is none that counts."""
    found = [
        one
        for one in orders
        if recovery.meant_by(one.order) and live(one.order, now) and may_sign(signed, members, one.signers, recovery)
    ]
    return max(found, key=lambda one: (one.order.when, one.data), default=None)


def _role(signed: Members, members: Members, by: bytes, municipality: str) -> str:
    """Give the role of a coordinator or lead of a town, if root key and orders agree on it; else nothing."""
    one, now = signed.by_sign(by), members.by_sign(by)
    if one is None or now is None or one.role != now.role or one.municipality != municipality:
        return ""
    return one.role if one.role in (COORDINATOR, LEAD) else ""


def _digest(keys: Iterable[bytes]) -> str:
    return sha256("utvag/1/recover", b"".join(sorted(keys))).hex()
