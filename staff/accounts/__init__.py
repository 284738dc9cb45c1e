"""Who gets in: enrolment, sign-in and the split session."""

import pyotp

from crypto.errors import DamagedKeyFileError
from crypto.opening.keyfile import public_halves, written_with
from crypto.opening.members import Member
from staff.access import SIGNING_IN
from staff.accounts.remembered import Remembered
from staff.accounts.store import Accounts, Details
from staff.casebook import Casebook, prepare
from staff.erasure.record import Record
from staff.errors import EnrolError
from staff.register import Register
from staff.settings import StaffSettings

__all__ = ["check_enrolment", "enrol"]


def enrol(settings: StaffSettings, name: str, key_file: bytes, totp_secret: str) -> None:
    """Give somebody of the signed register a way in, or a new one if they have one already.

    `totp_secret` is base32. Raises as `check_enrolment` does.
    """
    member = check_enrolment(settings, name, key_file)
    try:
        pyotp.TOTP(totp_secret).at(0)
    except ValueError as error:
        raise EnrolError("the code secret is not base32") from error
    casebook = Casebook(settings.casebook)
    try:
        prepare(casebook)
        remembered = Remembered(Record(settings.erased_file))
        Accounts(casebook, settings.pepper, remembered).add(Details(member.name, member.role, totp_secret), key_file)
    finally:
        casebook.close()


def check_enrolment(settings: StaffSettings, name: str, key_file: bytes) -> Member:
    """Give the member that a key file is for, if enrolling them would let them in.

    Raises EnrolError if the register does not name the person, their role is another, the key file is another
    person's, damaged or made with another pepper; RegisterError if the register cannot be believed.
    """
    register = Register(settings.roster, settings.members, settings.root_key, settings.minimum_epoch)
    members = register.current().members
    member = members.by_name(name)
    if member is None:
        raise EnrolError("the signed register does not name this person")
    if member.role not in SIGNING_IN:
        raise EnrolError(f"{member.role}: this role does not sign in")
    try:
        halves = public_halves(key_file)
        fits = written_with(key_file, settings.pepper)
    except DamagedKeyFileError as error:
        raise EnrolError("the key file is damaged") from error
    if halves != (member.box_public, member.sign_public):
        raise EnrolError("the key file is not the one that the register names")
    if not fits:
        raise EnrolError("the key file was not made with this app's pepper; make the key anew with --pepper")
    return member
