"""Protocols of what was done with the recovery key: texts for the binder, signed by hand, without any secret.

The last line of a rehearsal's is signed by the key itself. Source: docs/envelope.md section 4.7.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from crypto.errors import Error, MalformedError
from crypto.opening.identity import Identity
from crypto.opening.members import Member
from crypto.primitives import unhex
from crypto.sealing.signed import SIGNATURE_SIZE, signed_bytes, verify_signature

TITLE = "utvag rehearsal 1"
LINE = "_" * 40
FINGERPRINT = 16
WITNESSES = ("Med var (namn och underskrift):", "", LINE, "", LINE, "")


@dataclass(frozen=True)
class Rehearsed:
    """Hold the last line of a protocol: when, and with which key."""

    day: date
    box_public: bytes
    signature: bytes


def rehearsal(identity: Identity, municipality: str, day: date, canary: str) -> str:
    """Write the protocol of a rehearsal; `canary` says what the key opened."""
    box = identity.box_public.hex()
    signature = identity.sign(_signed(day, box)).hex()
    return "\n".join(
        [
            "Protokoll: repetition av återhämtningsnyckeln",
            "",
            f"Dag: {day}",
            f"Kommun: {municipality}",
            f"Nyckelns kännetecken: {box[:FINGERPRINT]}",
            f"Prov: {canary}",
            "Delbladen gav rätt nyckel. Inga ärenden och inga förfrågningar rördes.",
            "Varje blad är tillbaka hos den som har det, i nytt förslutet kuvert.",
            "",
            *WITNESSES,
            f"{TITLE} {day} {box} {signature}",
            "",
        ]
    )


def read_rehearsal(text: str, known: Sequence[Member]) -> Rehearsed:
    """Read a protocol and check that one of the recovery keys known signed it; raise MalformedError or ForgedError."""
    last = next((line for line in reversed(text.splitlines()) if line.strip()), "")
    words = last.removeprefix(TITLE).split()
    if not last.startswith(TITLE) or len(words) != 3:
        raise MalformedError("not the protocol of a rehearsal")
    try:
        found = Rehearsed(date.fromisoformat(words[0]), unhex(words[1], 32), unhex(words[2], SIGNATURE_SIZE))
    except (ValueError, Error) as error:
        raise MalformedError("not the protocol of a rehearsal") from error
    signer = next((one for one in known if one.box_public == found.box_public), None)
    if signer is None:
        raise MalformedError("of another key than the register's")
    verify_signature(signer.sign_public, _signed(found.day, words[1]), found.signature)
    return found


def destruction(old: Member, new: Member, day: date, proven: date) -> str:
    """Write the protocol by which the shares of a replaced key are destroyed; `proven` is when the new ones were."""
    return "\n".join(
        [
            "Protokoll: de gamla delbladen förstörs",
            "",
            f"Dag: {day}",
            f"Kommun: {old.municipality}",
            f"Gammal nyckels kännetecken: {old.box_public.hex()[:FINGERPRINT]}",
            f"Ny nyckels kännetecken: {new.box_public.hex()[:FINGERPRINT]}",
            "",
            f"Allt som den gamla nyckeln hade är givet till den nya. Den nya repeterades med sina delblad {proven}.",
            "Det som står i den gamla nyckelns namn i ärendeboken går vid nästa inloggning, om inte förr.",
            "Så länge de gamla bladen finns kan de som har dem tillsammans läsa allt till och med i dag.",
            "",
            "Ett gammalt blad i taget, medan två ser på (nummer, hur det förstördes, namn och underskrift):",
            "",
            *[f"{LINE}\n" for _ in range(5)],
        ]
    )


def _signed(day: date, box: str) -> bytes:
    return signed_bytes("rehearsal", f"{day} {box}".encode())
