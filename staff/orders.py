"""The orders that stand in the casebook, locked under the pepper; whether they count is said by the register."""

from collections.abc import Iterable, Sequence

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from crypto.errors import Error, MalformedError
from crypto.opening import pepper
from crypto.opening.identity import Identity
from crypto.opening.joining import JOIN, LEAVE
from crypto.opening.members import LEFT, Members
from crypto.opening.orders import MOST_SIGNERS, SameSignerError, Signed, countersign, read_order
from staff.casebook import Casebook
from staff.errors import RefusedActError
from staff.models import StoredOrder

PURPOSE = "order"
SIZE = 4096  # bytes; the longest order has some 1,300


class Orders:
    """Keep orders. One row holds an order with all its signatures; the second signature takes the row's place."""

    def __init__(self, casebook: Casebook, pepper_bytes: bytes) -> None:
        self._casebook = casebook
        self._pepper = pepper_bytes
        self._known: dict[tuple[bytes, bytes], Signed | None] = {}

    def all(self) -> Sequence[Signed]:
        """List the orders whose signatures hold; a row that was changed, moved or forged is passed over."""
        with self._casebook.read() as session:
            rows = [(row, locked) for row, locked in session.execute(select(StoredOrder.id, StoredOrder.locked))]
        self._known = {one: self._known[one] if one in self._known else self._open(*one) for one in rows}
        return [one for one in self._known.values() if one is not None]

    def keep(self, session: Session, data: bytes) -> bytes:
        """Put an order, signed once or twice, in its place in the caller's write transaction; give the row's id."""
        row = order_id(read_order(data))
        session.execute(delete(StoredOrder).where(StoredOrder.id == row))
        session.execute(insert(StoredOrder), [{"id": row, "locked": self._lock(row, data)}])
        return row

    def drop(self, session: Session, row: bytes) -> None:
        """Take an order away that nobody has need of any more."""
        session.execute(delete(StoredOrder).where(StoredOrder.id == row))

    def _lock(self, row: bytes, data: bytes) -> bytes:
        return pepper.lock(self._pepper, PURPOSE, row, data, SIZE)

    def _open(self, row: bytes, locked: bytes) -> Signed | None:
        try:
            signed = read_order(pepper.unlock(self._pepper, PURPOSE, row, locked))
        except Error:
            return None
        return signed if order_id(signed) == row else None


def travelling(orders: Iterable[Signed], signed: Members, members: Members) -> list[bytes]:
    """List, as they were signed, the orders that the root key has not taken in yet: of who left and who joined.

    `members` are those who are believed now: an order to join that is not in force stays here, since the root key could
    not tell whether somebody dated it back after its signer had left.
    """
    left = {one.sign_public for one in signed.members if one.role in LEFT}
    news = [one for one in orders if _is_news(one, left, signed.epoch)]
    return [one.data for one in news if one.order.act == LEAVE or _in_force(one, members)]


def _in_force(one: Signed, members: Members) -> bool:
    found = members.by_sign(one.order.subject)
    return found is not None and (found.role in LEFT or found.to_json() == one.order.fields)


def _is_news(one: Signed, left: set[bytes], epoch: int) -> bool:
    if one.order.act == LEAVE:
        return one.order.subject not in left
    return one.order.act == JOIN and one.order.epoch == epoch and len(one.signers) == MOST_SIGNERS


def order_id(signed: Signed) -> bytes:
    """Give the id of an order, 16 bytes, whoever has signed it so far."""
    return signed.id


def seconded(signed: Signed, identity: Identity) -> bytes:
    """Sign an order as the second of two; raises RefusedActError: "same" (one's own), "done" (two have signed)."""
    try:
        return countersign(signed.data, identity)
    except SameSignerError:
        raise RefusedActError("same") from None
    except MalformedError:
        raise RefusedActError("done") from None
