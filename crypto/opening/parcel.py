"""What travels from the staff app to the root key: statements of intake keys, and who joined or left since.

Source: docs/envelope.md section 4.8.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from crypto.errors import MalformedError
from crypto.opening.intake import Intake, read_intake
from crypto.opening.members import read_audit
from crypto.opening.orders import Signed, read_order
from crypto.primitives import KEY_SIZE, canonical, read_json, unhex

FORMAT = "utvag parcel 1"


@dataclass(frozen=True, slots=True)
class Parcel:
    """Hold what came: statements, no two by one person, and orders. Every signature held; nobody is believed yet.

    `left` are Ed25519 keys that have left though no order says so any more: nobody has signed that.
    `audit` is NUMBER:HEAD of the audit when it was written, to be signed into the register; "" if it has no row.
    """

    statements: tuple[Intake, ...] = ()
    orders: tuple[Signed, ...] = ()
    audit: str = ""
    left: tuple[bytes, ...] = ()


def write_parcel(
    statements: Iterable[bytes], orders: Iterable[bytes], audit: str = "", left: Iterable[bytes] = ()
) -> bytes:
    """Write a parcel of statements and orders, each as the bytes that were signed, the audit's NUMBER:HEAD, and `left`.

    `left` are Ed25519 keys (32 bytes) that have left though no order says so any more.
    """
    said = sorted((read_json(one) for one in statements), key=lambda one: str(one.get("sign")))
    value = {"format": FORMAT, "statements": said, "orders": [read_json(one) for one in sorted(orders)]}
    gone = [one.hex() for one in sorted(left)]
    return canonical({**value, **({"audit": audit} if audit else {}), **({"left": gone} if gone else {})}) + b"\n"


def read_parcel(data: bytes) -> Parcel:
    """Read a parcel and check each signature in it; raise MalformedError, ForgedError or SameSignerError.

    The trap: find each signer in the register before a statement or an order counts.
    """
    value = read_json(data)
    if value.keys() - {"audit", "left"} != {"format", "statements", "orders"} or value["format"] != FORMAT:
        raise MalformedError("not a parcel for the root key")
    lists = (value["statements"], value["orders"])
    if not all(isinstance(some, list) and all(isinstance(one, dict) for one in some) for some in lists):
        raise MalformedError("statements and orders are two lists")
    statements = tuple(read_intake(canonical(one)) for one in value["statements"])
    if len({one.sign_public for one in statements}) != len(statements):
        raise MalformedError("two statements by one person")
    if "audit" in value:
        read_audit(value["audit"])
    orders = tuple(read_order(canonical(one)) for one in value["orders"])
    return Parcel(statements, orders, value.get("audit", ""), _left(value.get("left", [])))


def _left(value: object) -> tuple[bytes, ...]:
    if not isinstance(value, list):
        raise MalformedError("left is a list of keys")
    left = tuple(unhex(one, KEY_SIZE) for one in value)
    if list(left) != sorted(set(left)):
        raise MalformedError("left is not ascending, or a key stands twice")
    return left
