"""What is signed with the offline root key: rosters and registers of members.

Source: docs/envelope.md sections 3 and 4.3.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from crypto.envelope import PLACES, SUITE
from crypto.errors import Error
from crypto.opening.identity import Identity, new_identity
from crypto.opening.intake import Intake
from crypto.opening.members import COORDINATOR, LEAVING, LEFT, Member, Members, may_become, verify_members
from crypto.primitives import canonical
from crypto.sealing.roster import verify
from crypto.sealing.signed import signed_bytes, write_signed


class RefusedError(Error):
    """Say why something must not be signed."""


@dataclass(frozen=True, slots=True)
class TeamDraft:
    """Hold one team as its people are known offline: public statements, the recovery key, contact texts.

    `spare` are the public keys that fill unused places (section 3); their secret halves were thrown away. `intake` are
    the intake keys of some of the people: who has one is sealed to under it, and else under their own key.
    """

    municipality: str
    contact: Mapping[str, str]
    recovery: Member
    people: Sequence[Member]
    spare: Sequence[bytes] = field(default=())
    intake: Sequence[Intake] = field(default=())


@dataclass(frozen=True, slots=True)
class RosterDraft:
    """Hold what one epoch shall say; `salt` (16 bytes) is the same for the root key's whole life.

    `revokes` says that the epoch before is not welcome from now on.
    """

    epoch: int
    not_after: date
    salt: bytes
    teams: Sequence[TeamDraft]
    previous: str = ""
    places: int = 8
    revokes: bool = False


def draw_spare(number: int) -> list[bytes]:
    """Draw public keys for unused places; the secret halves are forgotten here, so nobody ever opens these slots."""
    return [new_identity().box_public for _ in range(number)]


def missing_spare(team: TeamDraft, places: int) -> int:
    """Count the spare keys that a team's draft still lacks."""
    return max(0, places - 1 - len(team.people) - len(team.spare))


def sign_roster(draft: RosterDraft, root: Identity, *, today: date) -> bytes:
    """Sign one epoch's roster and give the file.

    Raises RefusedError: a recipient who is not a coordinator (police, partner and all others), a recovery key that is
    not one or is another town's, too many people, too few spare keys, an intake key of somebody else. Raises
    RosterError for whatever a reader would refuse: every rule of section 3 is checked by reading back what was written.
    """
    if draft.places not in PLACES:
        raise RefusedError("places must be 2 to 255")
    teams = [_team(team, draft.places) for team in sorted(draft.teams, key=lambda team: team.municipality)]
    content = canonical(
        {
            "epoch": draft.epoch,
            "previous": draft.previous,
            "not_after": draft.not_after.isoformat(),
            "salt": draft.salt.hex(),
            "suites": [SUITE],
            "places": draft.places,
            "teams": teams,
            **({"revokes": "yes"} if draft.revokes else {}),
        }
    )
    data = write_signed("roster", content, root.sign(signed_bytes("roster", content)))
    verify(data, root.sign_public, minimum_epoch=draft.epoch, today=today)
    return data


def sign_members(
    epoch: int, members: Sequence[Member], root: Identity, before: Members | None = None, audit: str = ""
) -> bytes:
    """Sign the register of members and give the file; raise MalformedError if a name or a key stands twice.

    Raises RefusedError for a role under which what the same key granted before would close to everybody.

    `before` is the register of the epoch before: everybody who signs and is no longer a member stays as a former one,
    by themselves. Forgetting them would close what they opened, and make what they wrote look forged. `audit` is
    NUMBER:HEAD of the audit as it was noted: whoever rewrites it later is found out by it.
    """
    _refuse_closing(members, before)
    everybody = [one.to_json() for one in (*members, *_former(members, before))]
    content = canonical({"epoch": epoch, "members": everybody, **({"audit": audit} if audit else {})})
    data = write_signed("members", content, root.sign(signed_bytes("members", content)))
    verify_members(data, root.sign_public)
    return data


def _refuse_closing(members: Sequence[Member], before: Members | None) -> None:
    for one in members:
        was = before.by_sign(one.sign_public) if before else None
        if was is not None and not may_become(was, one.role):
            raise RefusedError(
                f"{one.name} was {was.role}: as {one.role} they need a new key, or what they granted closes"
            )


def _former(members: Sequence[Member], before: Members | None) -> list[Member]:
    here = {one.sign_public for one in members}
    gone = [one for one in (before.members if before else ()) if one.sign_public not in here]
    left = [replace(one, role=LEAVING.get(one.role, one.role), stand_in=False) for one in gone]
    return [one for one in left if one.role in LEFT]


def _refuse_recovery(team: TeamDraft) -> None:
    if team.recovery.role != "recovery":
        raise RefusedError(f"{team.municipality}: the recovery key's role is {team.recovery.role}")
    if team.recovery.municipality != team.municipality:
        # The register has a key in one town, and it gives nothing to another's: that town would be lost with its keys.
        raise RefusedError(
            f"{team.municipality}: the recovery key belongs to {team.recovery.municipality}; split one for each town"
        )


def _team(team: TeamDraft, places: int) -> dict[str, object]:
    for person in team.people:
        if person.role != COORDINATOR:
            raise RefusedError(f"{person.name} is {person.role}: only coordinators may hold a key to submissions")
        if person.municipality != team.municipality:
            raise RefusedError(f"{person.name} belongs to {person.municipality}, not to {team.municipality}")
    _refuse_recovery(team)
    if not team.people:
        raise RefusedError(f"{team.municipality}: a team needs a coordinator")
    if len(team.people) > places - 1:
        raise RefusedError(f"{team.municipality}: {len(team.people)} coordinators, {places - 1} places")
    if missing_spare(team, places):
        raise RefusedError(f"{team.municipality}: {missing_spare(team, places)} spare keys are missing")
    used = list(_sealed_to(team).values())
    keys = sorted([*used, *team.spare[: places - 1 - len(used)]])
    return {
        "municipality": team.municipality,
        "contact": dict(team.contact),
        "recovery": team.recovery.box_public.hex(),
        "recipients": [key.hex() for key in keys],
    }


def _sealed_to(team: TeamDraft) -> dict[bytes, bytes]:
    """Give the key that each person's place holds, by their Ed25519 key."""
    found = {person.sign_public: person.box_public for person in team.people}
    known = [one.sign_public for one in team.intake]
    if len(set(known)) != len(known) or not set(known) <= set(found):
        raise RefusedError(f"{team.municipality}: an intake key of somebody else, or two of one person")
    return found | {one.sign_public: one.box_public for one in team.intake}
