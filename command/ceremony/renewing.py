"""The next epoch from the last one: who works here now, new intake keys, unused places drawn anew."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from crypto.opening.ceremony import RefusedError, RosterDraft, TeamDraft, draw_spare
from crypto.opening.intake import Intake
from crypto.opening.joining import LEAVE, amended
from crypto.opening.members import (
    LEAVING,
    LEFT,
    RECOVERY,
    Member,
    Members,
    fingerprint,
    read_audit,
    verify_members,
)
from crypto.opening.parcel import Parcel
from crypto.sealing.roster import Roster, Team, verify

ROLES = {
    "coordinator": "samordnare",
    "lead": "enhetschef",
    "auditor": "granskare",
    "recovery": "återhämtningsnyckel",
    "case_officer": "handläggare",
    "police": "polis",
    "partner": "samverkanspart",
}


@dataclass(frozen=True)
class Before:
    """Hold the two signed files of the epoch before, verified, and the digest that the next one names."""

    roster: Roster
    members: Members
    digest: str


@dataclass(frozen=True)
class Renewal:
    """Hold what is to be signed: the roster's draft and everybody of the register, with the register before."""

    draft: RosterDraft
    members: Sequence[Member]
    before: Before
    parcel: Parcel


def read_before(roster: bytes, members: bytes, root_public: bytes) -> Before:
    """Verify the two files of the epoch before; raise a crypto Error."""
    found = verify(roster, root_public, minimum_epoch=1, today=None)
    return Before(found, verify_members(members, root_public), hashlib.sha256(roster).hexdigest())


def plan(before: Before, parcel: Parcel, not_after: date, *, revokes: bool, recovery: Sequence[Member] = ()) -> Renewal:
    """Say what the next epoch shall hold.

    Who works here is the register before as the orders amend it: an order that does not count changes nothing. All
    spare keys are new, so that two rosters side by side do not tell which places are used. `recovery` are recovery keys
    that take the places of their towns'; raises RefusedError for one of another town or role.
    """
    members = _replaced(amended(before.members, parcel.orders, parcel.left), recovery, before.roster)
    keys = {one.municipality: one for one in recovery}
    draft = RosterDraft(
        epoch=max(before.roster.epoch, before.members.epoch) + 1,
        not_after=not_after,
        salt=before.roster.salt,
        teams=[
            _team(team, members, parcel.statements, before.roster.places, keys.get(team.municipality))
            for team in before.roster.teams
        ],
        previous=before.digest,
        places=before.roster.places,
        revokes=revokes,
    )
    return Renewal(draft, members.members, before, parcel)


def _audit(renewal: Renewal) -> str:
    """Say what is signed of the audit; one that is shorter than the last register's was cut, changed, or put back."""
    noted, before = renewal.parcel.audit, renewal.before.members.audit
    if not noted:
        return "  INGET OM LOGGEN"
    shorter = before is not None and read_audit(noted)[0] < before[0]
    return f"  loggen slutar vid {noted}" + (f"  KORTARE, den hade {before[0]} rader" if before and shorter else "")


def _left(renewal: Renewal) -> Iterator[str]:
    """Name whom the file beside the casebook alone says to have left: nobody has signed that."""
    said = {one.order.subject for one in renewal.parcel.orders if one.order.act == LEAVE}
    for key in renewal.parcel.left:
        if key not in said:
            found = renewal.before.members.by_sign(key)
            name = found.name if found else key.hex()[:16]
            yield f"  SLUTADE UTAN ORDER: {name}, enligt filen bredvid ärendeboken. Stämmer det?"


def _replaced(members: Members, recovery: Sequence[Member], roster: Roster) -> Members:
    """Put recovery keys in; the ones before are left out, and signing keeps them as former ones."""
    towns = [one.municipality for one in recovery]
    known = {team.municipality for team in roster.teams}
    if len(set(towns)) != len(towns) or not set(towns) <= known or any(one.role != RECOVERY for one in recovery):
        raise RefusedError("a recovery key of another town, two of one town, or something that is none")
    stay = [one for one in members.members if one.role != RECOVERY or one.municipality not in towns]
    return replace(members, members=(*stay, *recovery))


def _team(
    team: Team, members: Members, statements: Sequence[Intake], places: int, recovery: Member | None
) -> TeamDraft:
    people = members.team(team.municipality)
    own = {one.sign_public for one in people}
    return TeamDraft(
        team.municipality,
        team.contact,
        recovery or Member(RECOVERY, RECOVERY, team.municipality, team.recovery, b""),
        people,
        draw_spare(max(0, places - 1 - len(people))),
        [one for one in statements if one.sign_public in own],
    )


def told(renewal: Renewal) -> Iterator[str]:
    """Tell in lines what is about to be signed: each person, their key, and what changes; in Swedish, as it is asked.

    Whoever is new has the digits beside them that they can read aloud from their own page.
    """
    draft, before = renewal.draft, renewal.before
    yield f"lista {draft.epoch}, gäller till {draft.not_after}" + (
        ", den förra slutar gälla genast" if draft.revokes else ""
    )
    yield _audit(renewal)
    yield from _left(renewal)
    roles = {one.sign_public: one.role for one in before.members.members}
    for one in sorted(renewal.members, key=lambda one: (one.municipality, one.role, one.name)):
        was = roles.get(one.sign_public)
        if one.role not in LEFT or was != one.role:
            change = "" if was == one.role else f"  NY, var {said(was) if was else 'ingen'}"
            role = said(one.role) + (", ersättare" if one.stand_in else "")
            yield f"  {one.municipality:<12}{role:<24}{one.name:<24}{one.box_public.hex()[:16]}{change}"
            if was is None and one.role not in {*LEFT, RECOVERY}:
                yield f"{'':<14}siffror att jämföra: {fingerprint(one)}"
    known = {key for team in before.roster.teams for key in team.recipients}
    for team in draft.teams:
        yield from _keys_of(team, known)
    used = {one.sign_public for team in draft.teams for one in team.intake}
    for stray in (one for one in renewal.parcel.statements if one.sign_public not in used):
        yield f"  FÖRBIGÅNGET: ett intyg av {stray.sign_public.hex()[:16]}, som inte är samordnare"


def said(role: str) -> str:
    """Give a role in Swedish; of whoever has left, the one that they had."""
    had = next((one for one, left in LEAVING.items() if left == role), "")
    return f"slutat, var {ROLES[had]}" if had else ROLES[role]


def _keys_of(team: TeamDraft, known: set[bytes]) -> Iterator[str]:
    intake = {one.sign_public: one for one in team.intake}
    for person in team.people:
        stated = intake.get(person.sign_public)
        if stated is None:
            yield f"  {team.municipality}: {person.name}: INGEN INTAGSNYCKEL, den egna {person.box_public.hex()[:16]}"
            continue
        # An old statement may have been put in its place on the way: its key is destroyed, and opens nothing.
        kind = "samma intagsnyckel" if stated.box_public in known else "ny intagsnyckel"
        yield f"  {team.municipality}: {person.name}: {kind} {stated.box_public.hex()[:16]} från {stated.since}"
