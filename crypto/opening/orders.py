"""An order: what one person signs, or two over the same bytes where four eyes are asked for.

Source: docs/envelope.md section 4.4.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any  # JSON's values, each checked by its reader

from crypto.errors import Error, MalformedError
from crypto.opening.identity import Identity
from crypto.primitives import KEY_SIZE, canonical, read_json, sha256, unhex
from crypto.sealing.signed import SIGNATURE_SIZE, signed_bytes, verify_signature

FORMAT = "utvag order 1"
NONCE_SIZE = 16
ID_SIZE = 16
MOST_SIGNERS = 2
_NAMES = {"format", "act", "subject", "fields", "when", "epoch", "nonce"}


class SameSignerError(Error):
    """Say that whoever asked may not be the one who approves."""


@dataclass(frozen=True, slots=True)
class Order:
    """Hold what is ordered: which act, on what (16 or 32 bytes), how; when, in seconds since 1970.

    `epoch` is that of the register when it was asked for. `nonce` makes each order its own.
    """

    act: str
    subject: bytes
    when: int
    epoch: int
    fields: Mapping[str, str] = field(default_factory=dict)
    nonce: bytes = field(default_factory=lambda: secrets.token_bytes(NONCE_SIZE))

    def content(self) -> bytes:
        """Give the bytes that each signer signs."""
        value = {
            "format": FORMAT,
            "act": self.act,
            "subject": self.subject.hex(),
            "fields": dict(self.fields),
            "when": self.when,
            "epoch": self.epoch,
            "nonce": self.nonce.hex(),
        }
        return canonical(value)


@dataclass(frozen=True, slots=True)
class Signed:
    """Hold an order with the Ed25519 keys of those who signed it, no two alike, the one who asked first.

    Every signature held. Whether the signers may order such a thing is for the reader to say, by the register.
    """

    order: Order
    signers: tuple[bytes, ...]
    data: bytes = field(repr=False)

    @property
    def id(self) -> bytes:
        """Give the id of the order, 16 bytes, whoever has signed it so far."""
        return sha256("utvag/1/order", self.order.content())[:ID_SIZE]


def sign_order(order: Order, identity: Identity) -> bytes:
    """Sign an order as the one who asks for it; give it as canonical JSON for `countersign` and `read_order`."""
    return _written(order, [_signature(order, identity)])


def countersign(data: bytes, identity: Identity) -> bytes:
    """Sign the same bytes as the second; raise SameSignerError, MalformedError or ForgedError.

    The trap: show the order as `read_order` gives it before it is signed, never as somebody else describes it.
    """
    signed = read_order(data)
    if identity.sign_public in signed.signers:
        raise SameSignerError("whoever asked cannot approve")
    if len(signed.signers) >= MOST_SIGNERS:
        raise MalformedError("two have signed already")
    return _written(signed.order, [*read_json(data)["signatures"], _signature(signed.order, identity)])


def read_order(data: bytes) -> Signed:
    """Read an order and check each signature; raise MalformedError, SameSignerError or ForgedError."""
    value = read_json(data)
    given = value.pop("signatures", None)
    order = _order(value)
    content = order.content()
    if not isinstance(given, list) or not 1 <= len(given) <= MOST_SIGNERS:
        raise MalformedError("an order has one signature or two")
    signers = []
    for one in given:
        if not isinstance(one, dict) or one.keys() != {"by", "signature"}:
            raise MalformedError("not a signature")
        by = unhex(one["by"], KEY_SIZE)
        verify_signature(by, signed_bytes("order", content), unhex(one["signature"], SIGNATURE_SIZE))
        signers.append(by)
    if len(set(signers)) != len(signers):
        raise SameSignerError("one person signed twice")
    if canonical({**value, "signatures": given}) != data:
        raise MalformedError("not canonical JSON")
    return Signed(order, tuple(signers), data)


def _order(value: dict[str, Any]) -> Order:  # Any: as above
    if value.keys() != _NAMES or value["format"] != FORMAT:
        raise MalformedError("not an order")
    fields, subject = value["fields"], value["subject"]
    texts = isinstance(fields, dict) and all(isinstance(text, str) for text in fields.values())
    numbers = all(type(value[name]) is int and 0 <= value[name] < 2**40 for name in ("when", "epoch"))
    if not texts or not numbers or not isinstance(value["act"], str) or not isinstance(subject, str):
        raise MalformedError("an order with other values")
    return Order(
        value["act"],
        unhex(subject, 16 if len(subject) == 32 else KEY_SIZE),
        value["when"],
        value["epoch"],
        fields,
        unhex(value["nonce"], NONCE_SIZE),
    )


def _signature(order: Order, identity: Identity) -> dict[str, str]:
    signature = identity.sign(signed_bytes("order", order.content()))
    return {"by": identity.sign_public.hex(), "signature": signature.hex()}


def _written(order: Order, signatures: list[dict[str, str]]) -> bytes:
    return canonical({**read_json(order.content()), "signatures": signatures})
