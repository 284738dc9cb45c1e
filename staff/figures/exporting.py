"""Export a half-year from the command line, as the page does: by a member's own key, and written in the audit first."""

from datetime import UTC, datetime

from crypto.opening.identity import Identity
from crypto.opening.members import COORDINATOR, LEAD
from staff.audit import Audit
from staff.casebook import Casebook
from staff.errors import StaffError
from staff.figures.definitions import definitions
from staff.figures.export import write_export
from staff.figures.half import Half
from staff.figures.kept import NAME, kept
from staff.folders import Folders, Keys, Shelf
from staff.ledger import Ledger
from staff.person import Person
from staff.register import Register
from staff.settings import StaffSettings


class NotCountedError(StaffError):
    """Say that there is nothing to export: not counted, or not with this key."""


def exported(settings: StaffSettings, identity: Identity, half: str) -> bytes:
    """Give the signed export of a half-year that was counted.

    Raises NotCountedError, RegisterError, and ValueError if `half` is not written as 2026-1.
    """
    wanted = Half.parse(half)
    papers = Register(settings.roster, settings.members, settings.root_key, settings.minimum_epoch).current()
    member = papers.members.by_box(identity.box_public)
    if member is None or member.role not in (COORDINATOR, LEAD) or member.sign_public != identity.sign_public:
        raise NotCountedError("the signed register has no coordinator or lead with this key")
    person, casebook = Person(identity, member, papers, settings.pepper), Casebook(settings.casebook)
    try:
        folders = Folders(casebook, Audit(casebook))
        ledger = Ledger(NAME, casebook, folders, Keys(), Shelf(), person, datetime.now(UTC))
        entries = [entry for folder in ledger.read("exported") for entry in folder.trusted]
        account = kept(entries, person.municipality).get(wanted)
    finally:
        casebook.close()
    if account is None:
        raise NotCountedError(f"{wanted} has not been counted: open the page and count it first")
    return write_export(account, definitions(), identity)
