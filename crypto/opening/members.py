"""Who works here: public files of persons, and the root-signed register that the staff app believes.

Source: docs/envelope.md sections 4.2 and 4.3.
"""

import re
from dataclasses import dataclass, replace
from typing import Any

from crypto.errors import MalformedError
from crypto.opening.identity import Identity
from crypto.primitives import KEY_SIZE, canonical, check_public, read_json, sha256, unhex
from crypto.sealing.signed import read_signed, signed_bytes, verify_signature

COORDINATOR, LEAD, AUDITOR, RECOVERY = "coordinator", "lead", "auditor", "recovery"
AGENCY_ROLES = ("case_officer", "police", "partner")
FORMER, FORMER_LEAD, FORMER_RECOVERY = "former", "former_lead", "former_recovery"
ROLES = (COORDINATOR, LEAD, *AGENCY_ROLES, AUDITOR, RECOVERY)
# What becomes of whoever leaves or renews their key: what they signed stays theirs, and they are nothing else.
LEAVING = {COORDINATOR: FORMER, LEAD: FORMER_LEAD} | {
    role: f"former_{role}" for role in (AUDITOR, RECOVERY, *AGENCY_ROLES)
}
LEFT = frozenset(LEAVING.values())
REGISTERED = (*ROLES, *LEAVING.values())
WITH_AGENCY = (*AGENCY_ROLES, *(LEAVING[role] for role in AGENCY_ROLES))
GRANTERS = (COORDINATOR, LEAD, FORMER, FORMER_LEAD)
# Whose grants are believed, of requests and of folders: a key that has granted stays in the first of these it is in.
GRANTING = ((RECOVERY, FORMER_RECOVERY), (COORDINATOR, FORMER), GRANTERS)
PERSON_FORMAT = "utvag person 1"
_FIELDS = {"name", "role", "municipality", "box", "sign"}
_SOME = {"agency", "stand_in"}
AUDIT = re.compile("([1-9][0-9]{0,17}):([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class Member:
    """Hold one person's public statement: a name for work, a role, a municipality, and both public keys.

    `agency` names the authority or organisation of a case officer, a police officer or a partner; "" for all others.
    `stand_in` says that a coordinator may be the second to sign where a programme has one lead.
    """

    name: str
    role: str
    municipality: str
    box_public: bytes
    sign_public: bytes
    agency: str = ""
    stand_in: bool = False

    @property
    def called(self) -> str:
        """Give the name by which people are told apart, and under which accounts stand: without case and spaces."""
        return called(self.name)

    def to_json(self) -> dict[str, str]:
        """Give the values as JSON has them; the agency, and that one stands in, only where it is so."""
        keys = {"box": self.box_public.hex(), "sign": self.sign_public.hex()}
        agency = {"agency": self.agency} if self.agency else {}
        stand_in = {"stand_in": "yes"} if self.stand_in else {}
        return {"name": self.name, "role": self.role, "municipality": self.municipality, **keys, **agency, **stand_in}

    @classmethod
    def from_json(cls, value: object) -> "Member":
        """Read the values; raise MalformedError for an unknown role, a missing text, a weak key or a wrong agency."""
        if not isinstance(value, dict) or value.keys() - _SOME != _FIELDS or value["role"] not in REGISTERED:
            raise MalformedError("not a member, or a role that is not known")
        if "agency" in value and value["role"] not in WITH_AGENCY:
            raise MalformedError("an agency belongs to a case officer, a police officer or a partner")
        if "stand_in" in value and (value["stand_in"] != "yes" or value["role"] != COORDINATOR):
            raise MalformedError("only a coordinator stands in for a lead")
        texts = [value[name] for name in ("name", "municipality", "agency") if name in value]
        if not all(isinstance(text, str) and 0 < len(text) <= 100 for text in texts):
            raise MalformedError("a member without a name or a municipality")
        keys = unhex(value["box"], KEY_SIZE), unhex(value["sign"], KEY_SIZE)
        member = cls(texts[0], value["role"], texts[1], *keys, value.get("agency", ""), "stand_in" in value)
        check_public(member.box_public)
        return member


@dataclass(frozen=True, slots=True)
class Members:
    """Hold a verified register. Only `verify_members` makes one from bytes of unknown origin."""

    epoch: int
    members: tuple[Member, ...]
    audit: tuple[int, bytes] | None = None  # number and head of the audit, as they were known when it was signed

    def by_name(self, name: str) -> Member | None:
        """Find a member by name, whatever its case and spaces; never one who has left."""
        named = (one for one in self.members if one.called == called(name))
        return next((one for one in named if one.role not in LEFT), None)

    def by_box(self, box_public: bytes) -> Member | None:
        """Find a member by X25519 public key."""
        return next((one for one in self.members if one.box_public == box_public), None)

    def by_sign(self, sign_public: bytes) -> Member | None:
        """Find a member by Ed25519 public key, as a grant names its granter."""
        return next((one for one in self.members if one.sign_public == sign_public), None)

    def granter(self, sign_public: bytes, municipality: str) -> Member | None:
        """Find who may have granted a submission of a municipality: a coordinator there, now or formerly.

        Those who left are believed for what they granted while they were here; else every request that they opened
        would close to the colleagues, and to the recovery key, on the day they leave.
        """
        found = self.by_sign(sign_public)
        granting = found is not None and found.role in (COORDINATOR, FORMER) and found.municipality == municipality
        return found if granting else None

    def folder_granter(self, sign_public: bytes) -> Member | None:
        """Find who may have granted a folder: a coordinator or lead of any team, now or formerly.

        Of any team, since a case may be handed to another municipality; agencies and auditors never grant.
        """
        found = self.by_sign(sign_public)
        return found if found is not None and found.role in GRANTERS else None

    def recoverer(self, sign_public: bytes, reader: Member) -> Member | None:
        """Find the recovery key, of now or before, that may have granted something to this reader.

        It grants to the coordinators, the leads and the recovery keys of its own town, and to no other (section 4.7).
        """
        found = self.by_sign(sign_public)
        if found is None or found.role not in (RECOVERY, FORMER_RECOVERY):
            return None
        may_read = (
            reader.role in (COORDINATOR, LEAD, RECOVERY, FORMER_RECOVERY) and reader.municipality == found.municipality
        )
        return found if may_read else None

    def insider(self, sign_public: bytes) -> Member | None:
        """Find who signed, if they never were of an agency: whose word on who holds a key counts."""
        found = self.by_sign(sign_public)
        return found if found is not None and found.role not in WITH_AGENCY else None

    def with_role(self, municipality: str, *roles: str) -> tuple[Member, ...]:
        """Give those of a municipality who have one of these roles now."""
        return tuple(one for one in self.members if one.municipality == municipality and one.role in roles)

    def team(self, municipality: str) -> tuple[Member, ...]:
        """Give the coordinators of a municipality: those a submission there is granted to."""
        return self.with_role(municipality, COORDINATOR)


def called(name: str) -> str:
    """Give a name without what nobody hears: its case, and spaces that are doubled or stand around it."""
    return " ".join(name.casefold().split())


def may_become(before: Member, after: str) -> bool:
    """Tell whether a key may get another role: never one in which what it has granted would not be believed any more.

    Whoever needs such a role makes a new key for it; the old one stays as a former one's.
    """
    return next((after in roles for roles in GRANTING if before.role in roles), True)


def verify_members(data: bytes, root: bytes) -> Members:
    """Check a register against the pinned root key and read it; raise ForgedError or MalformedError."""
    value = read_signed("members", data, root)
    if value.keys() - {"audit"} != {"epoch", "members"} or type(value["epoch"]) is not int:
        raise MalformedError("a register has an epoch and members")
    if not isinstance(value["members"], list):
        raise MalformedError("members is not a list")
    members = tuple(Member.from_json(one) for one in value["members"])
    # Who renews a key keeps the name.
    names = [one.called for one in members if one.role not in LEFT]
    keys = [one.box_public for one in members] + [one.sign_public for one in members]
    if len(set(names)) != len(names) or len(set(keys)) != len(keys):
        raise MalformedError("a name or a key stands twice")
    return Members(value["epoch"], members, read_audit(value["audit"]) if "audit" in value else None)


def read_audit(text: object) -> tuple[int, bytes]:
    """Read `NUMBER:HEAD`, as `utvag audit verify` prints it; raise MalformedError."""
    found = AUDIT.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise MalformedError("not NUMBER:HEAD of the audit")
    return int(found[1]), bytes.fromhex(found[2])


def write_person(identity: Identity, name: str, role: str, municipality: str, agency: str = "") -> bytes:
    """Write a person's public file, signed by themselves, to travel to the root key (section 4.2)."""
    stated = Member(name, role, municipality, identity.box_public, identity.sign_public, agency)
    member = Member.from_json(stated.to_json())
    value: dict[str, Any] = {"format": PERSON_FORMAT, **member.to_json()}  # Any: a signature joins below
    signature = identity.sign(signed_bytes("person", canonical(value)))
    return canonical({**value, "signature": signature.hex()}) + b"\n"


def read_person(data: bytes) -> Member:
    """Read a public file and check that its owner signed it; raise MalformedError or ForgedError.

    The trap: this proves that the file is whole, not whose it is. Compare the fingerprint by voice.
    """
    value = read_json(data)
    signature = unhex(value.pop("signature", None), 64)
    content = canonical(value)
    if value.pop("format", None) != PERSON_FORMAT:
        raise MalformedError("not a person's public file")
    member = Member.from_json(value)
    verify_signature(member.sign_public, signed_bytes("person", content), signature)
    return member


def fingerprint(member: Member) -> str:
    """Give the digits by which two people compare a statement by voice: six groups of four (section 4.2)."""
    said = canonical(replace(member, stand_in=False).to_json())
    digits = f"{int.from_bytes(sha256('utvag/1/fingerprint', said)[:16], 'big') % 10**24:024}"
    return " ".join(digits[start : start + 4] for start in range(0, 24, 4))
