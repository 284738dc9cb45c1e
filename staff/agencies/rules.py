"""What may leave a case, to whom, and on which ground: the one place where it is refused.

Pages offer less than this allows and may forget to; nothing is handed over, exported or transferred but through these
functions. A refusal is a RefusedActError whose reason is a key of staff.agencies.words.REFUSED.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from crypto.opening.members import AGENCY_ROLES, COORDINATOR, Member, Members
from programme.agencies import POLICE, SOCIAL, Agencies, Agency
from staff.agencies.items import Item
from staff.agencies.model import HOW_GIVEN, INFORMATION, PURPOSE, REASON, Dealings, Waiver
from staff.errors import RefusedActError

SHORTEST = 8  # characters of a purpose, a reason or a test: a letter or a full stop is none
EVERYBODY = frozenset({"alla", "all", "var och en", "vem som helst", "everybody", "everyone", "anyone"})
POLICE_ROLE = "police"
FROM_STAGE = 4  # the police get nothing of the stages before


@dataclass(frozen=True)
class WaiverWish:
    """Hold a waiver as somebody wants it written down."""

    agency: str
    person: str
    purpose: str
    information: tuple[str, ...]
    until: date | None
    version: str
    language: str
    how: str


@dataclass(frozen=True)
class Basis:
    """Hold on what something is let out: a waiver (its id), or a legal ground (its id) with a written reason.

    `order` is instead of both: the folder, in hex, of what two have signed where neither is there.
    """

    waiver: str = ""
    ground: str = ""
    reason: str = ""
    order: str = ""


@dataclass(frozen=True)
class HandWish:
    """Hold a hand-over as somebody wants it: to whom, what for, until when, which items, on what, tested how."""

    people: tuple[str, ...]
    purpose: str
    until: date | None
    chosen: tuple[str, ...]
    basis: Basis
    test: str


@dataclass(frozen=True)
class Ground:
    """Hold what the rules look at: settings, register, the case's dealings, what there is to choose from, the day.

    `orders` gives the one receiver whom two have signed for, by the order's folder.
    """

    settings: Agencies
    members: Members
    municipality: str
    dealings: Dealings
    items: Sequence[Item] = field(repr=False)
    today: date
    orders: Mapping[str, str] = field(default_factory=dict)


def check_writer(member: Member) -> None:
    """Refuse anybody but a coordinator: leads and agencies let nothing out."""
    if member.role != COORDINATOR:
        _refuse("coordinator")


def check_waiver(wish: WaiverWish, ground: Ground) -> None:
    """Refuse a waiver that is not for one receiver, one purpose, certain kinds of information and one end date."""
    agency = ground.settings.agency(wish.agency)
    if agency is None:
        raise RefusedActError("agency")
    _one_person(wish.person, agency, ground)
    _long_enough(wish.purpose, "purpose", PURPOSE)
    if not wish.information or not set(wish.information) <= set(INFORMATION):
        _refuse("information")
    if set(wish.information) == set(INFORMATION):
        _refuse("blanket")
    _until(wish.until, ground)
    _read_in(wish, ground)


def _read_in(wish: WaiverWish, ground: Ground) -> None:
    wording = ground.settings.wording(wish.version)
    if wording is None or wish.language not in wording.text:
        _refuse("wording")
    if wish.how not in HOW_GIVEN:
        _refuse("how")


def _one_person(person: str, agency: Agency, ground: Ground) -> None:
    """Refuse a receiver who is nobody, several or everybody, or is not in the register where the agency signs in."""
    name = " ".join(person.split())
    if not name or name.casefold() in EVERYBODY:
        _refuse("person")
    if any(mark in f" {name.casefold()} " for mark in (",", ";", "/", " och ", " and ", " eller ", "&")):
        _refuse("one_receiver")
    if agency.signs_in and name not in {member.name for member in people_of(agency, ground)}:
        _refuse("person")


def people_of(agency: Agency, ground: Ground) -> list[Member]:
    """List an agency's people who sign in here, as the register has them."""
    here = ground.members.with_role(ground.municipality, *AGENCY_ROLES)
    return [member for member in here if ground.settings.agency(member.agency) == agency and agency.signs_in]


def check_handover(wish: HandWish, ground: Ground) -> tuple[list[Member], list[Item]]:
    """Give the receivers and the items of a hand-over, or refuse it."""
    members = _receivers(wish.people, ground)
    agency = _agency(members[0], ground)
    check_test(wish.test)
    _until(wish.until, ground)
    chosen = check_chosen(wish.chosen, ground)
    waiver = check_basis(wish.basis, agency, [member.name for member in members], chosen, ground)
    if waiver is None:
        _long_enough(wish.purpose, "purpose", PURPOSE)
    elif wish.until is not None and wish.until > waiver.until:
        _refuse("until_waiver")
    _not_for_police(agency, members, chosen)
    return members, chosen


def _receivers(names: Collection[str], ground: Ground) -> list[Member]:
    found = [ground.members.by_name(name) for name in dict.fromkeys(names)]
    members = [member for member in found if member is not None]
    if not members or len(members) != len(found):
        _refuse("person")
    wrong = [one for one in members if one.role not in AGENCY_ROLES or one.municipality != ground.municipality]
    if wrong:
        _refuse("person")
    if len({member.agency for member in members}) > 1:
        _refuse("one_agency")
    return members


def _agency(member: Member, ground: Ground) -> Agency:
    agency = ground.settings.agency(member.agency)
    if agency is None or not agency.signs_in:
        raise RefusedActError("agency")
    return agency


def check_chosen(keys: Iterable[str], ground: Ground) -> list[Item]:
    """Give the chosen items in the case's order; refuse none, what is not there, and what nobody has tested."""
    wanted = set(keys)
    chosen = [item for item in ground.items if item.key in wanted]
    if not chosen or len(chosen) != len(wanted):
        _refuse("entries")
    if any(item.protected for item in chosen):
        _refuse("protected")
    return chosen


def check_basis(
    basis: Basis, agency: Agency, people: Sequence[str], chosen: Sequence[Item], ground: Ground
) -> Waiver | None:
    """Refuse what no active waiver for this very receiver, listed ground with a reason, or order by two carries."""
    if sum(map(bool, (basis.waiver, basis.ground, basis.order))) != 1:
        _refuse("basis")
    if basis.order:
        if [ground.orders.get(basis.order)] != list(people):
            _refuse("order")
        return None
    if basis.ground:
        _legal(basis, agency, ground)
        return None
    waiver = ground.dealings.waivers.get(basis.waiver)
    if waiver is None or not waiver.active(ground.today):
        raise RefusedActError("waiver")
    if ground.settings.agency(waiver.agency) != agency or list(people) != [waiver.person]:
        _refuse("waiver_receiver")
    if not {item.information for item in chosen} <= set(waiver.information):
        _refuse("waiver_information")
    return waiver


def _legal(basis: Basis, agency: Agency, ground: Ground) -> None:
    law = ground.settings.ground(basis.ground)
    if law is None or agency.type not in law.types:
        _refuse("ground")
    _long_enough(basis.reason, "reason", REASON)


def _not_for_police(agency: Agency, members: Iterable[Member], chosen: Iterable[Item]) -> None:
    """Keep from the police what they must report: submissions, the thread, and what stages 1 to 3 say."""
    police = agency.type == POLICE or any(member.role == POLICE_ROLE for member in members)
    if police and any(item.stage < FROM_STAGE or item.submission for item in chosen):
        _refuse("police")


def check_personakt(
    agency: Agency | None, person: str, chosen: Iterable[str], basis: Basis, test: str, ground: Ground
) -> list[Item]:
    """Give the items of a paper for social services' own file, or refuse it."""
    if agency is None or agency.type != SOCIAL:
        raise RefusedActError("social")
    _one_person(person, agency, ground)
    check_test(test)
    items = check_chosen(chosen, ground)
    check_basis(basis, agency, [person], items, ground)
    return items


def check_question(agency: Agency | None, person: str, question: str, ground: Ground) -> Agency:
    """Refuse a question of one's own words, or to those who sign in: what is asked must tell nothing."""
    if agency is None or agency.signs_in:
        raise RefusedActError("agency")
    if question not in ground.settings.questions:
        _refuse("question")
    _one_person(person, agency, ground)
    return agency


def check_transfer(town: str, known: Collection[str], said_yes: bool, ground: Ground) -> list[Member]:
    """Give the coordinators of the town that a case is offered to, or refuse it."""
    if town == ground.municipality or town not in known:
        _refuse("town")
    if not said_yes:
        _refuse("said_yes")
    if ground.dealings.transfer is not None:
        _refuse("transfer_asked")
    there = list(ground.members.with_role(town, COORDINATOR))
    if not there:
        _refuse("town")
    return there


def check_test(test: str) -> None:
    """Refuse a test that says nothing."""
    _long_enough(test, "test", REASON)


def check_reason(reason: str) -> None:
    """Refuse an act whose written reason says nothing."""
    _long_enough(reason, "reason", REASON)


def _long_enough(text: str, name: str, longest: int) -> None:
    length = len(" ".join(text.split()))
    if length < SHORTEST:
        _refuse(name)
    if length > longest:
        _refuse("long")


def _until(until: date | None, ground: Ground) -> None:
    if until is None or until < ground.today:
        raise RefusedActError("until")
    if until > ground.today + ground.settings.longest:
        _refuse("until_long")


def _refuse(reason: str) -> None:
    raise RefusedActError(reason)
