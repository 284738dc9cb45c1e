"""Exports of figures: signed by a member, without cases. Source: docs/figures.md."""

from collections.abc import Iterable, Mapping

from crypto.errors import ForgedError, MalformedError
from crypto.opening.identity import Identity
from crypto.opening.members import COORDINATOR, verify_members
from crypto.primitives import canonical
from crypto.sealing.signed import read_signed, signed_bytes, write_signed
from staff.figures.account import Account
from staff.figures.definitions import SUM, Definitions, definitions

KIND = "figures"
LEAD = "lead"
LARGEST = 1_000_000  # bytes; a true one has a few thousand

Keys = Mapping[str, frozenset[bytes]]  # municipality -> Ed25519 public keys that may sign its figures


def write_export(account: Account, known: Definitions, identity: Identity) -> bytes:
    """Sign what others may see of an account: three lines, as a roster has them."""
    content = canonical(account.for_others(known).value())
    return write_signed(KIND, content, identity.sign(signed_bytes(KIND, content)))


def read_export(data: bytes, keys: Keys, known: Definitions | None = None) -> Account:
    """Check an export and read it.

    Raises ForgedError unless one of the keys of the very municipality that it names has signed it, MalformedError for
    anything that is not an export, and for one that tells what stays within a team.
    """
    if len(data) > LARGEST:
        raise MalformedError("too large")
    for town, publics in keys.items():
        for public in publics:
            try:
                account = Account.read(read_signed(KIND, data, public))
            except ForgedError:
                continue
            if account.municipality != town:
                raise ForgedError("signed for another municipality")
            _check(account, known or definitions())
            return account
    raise ForgedError("signed by nobody whose key was given")


def _check(account: Account, known: Definitions) -> None:
    """Raise MalformedError unless the account has exactly the figures of its version, without the team's own parts."""
    if account.definitions != known.version:
        raise MalformedError("counts by another version of the definitions")
    for figure in (one for one in known.figures if one.kind != SUM):
        wanted = {one.id for one in figure.breakdowns if not one.team_only}
        table = account.tables.get(figure.id)
        if table is None or {*table.parts, *table.classes} != wanted:
            raise MalformedError("not the figures of its definitions")
        for one in figure.breakdowns:
            if one.parts and set(table.parts.get(one.id) or table.classes.get(one.id, {})) != set(one.parts):
                raise MalformedError("not the parts of its definitions")
    if set(account.tables) != {figure.id for figure in known.figures if figure.kind != SUM}:
        raise MalformedError("figures that are not defined")


def signers(register: bytes, root: bytes) -> dict[str, frozenset[bytes]]:
    """List who may sign each municipality's figures by a signed register: its coordinators and leads.

    Raises ForgedError or MalformedError.
    """
    found: dict[str, frozenset[bytes]] = {}
    for member in verify_members(register, root).members:
        if member.role in (COORDINATOR, LEAD):
            found[member.municipality] = found.get(member.municipality, frozenset()) | {member.sign_public}
    return found


def join(several: Iterable[Keys]) -> dict[str, frozenset[bytes]]:
    """Join keys from several registers; a municipality of the same name in two of them has the keys of both."""
    found: dict[str, frozenset[bytes]] = {}
    for keys in several:
        for town, publics in keys.items():
            found[town] = found.get(town, frozenset()) | publics
    return found
