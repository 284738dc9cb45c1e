"""A programme made in memory: a root key, an owner, a colleague, a stranger, and a roster that names two."""

from datetime import UTC, date, datetime, timedelta

from crypto.opening.ceremony import RosterDraft, TeamDraft, draw_spare, sign_roster
from crypto.opening.identity import Identity
from crypto.opening.members import Member
from crypto.sealing.pin import salt_of
from crypto.sealing.roster import Roster, verify
from crypto.submission import Answer, Submission, new_try

TODAY = date(2026, 11, 22)
NOW = datetime(2026, 11, 22, 4, 50, 15, tzinfo=UTC)
ROOT, RECOVERY = Identity(b"root" * 8), Identity(b"reco" * 8)
OWNER, COLLEAGUE, STRANGER = Identity(b"owne" * 8), Identity(b"coll" * 8), Identity(b"stra" * 8)
SPARE = tuple(draw_spare(5))


def member(identity: Identity, name: str, role: str = "coordinator", municipality: str = "ekstad") -> Member:
    """Make the public statement of a person."""
    return Member(name, role, municipality, identity.box_public, identity.sign_public)


def team(*people: Member) -> TeamDraft:
    """Draft the team of Ekstad: owner and colleague, or the people given."""
    named = people or (member(OWNER, "Alma"), member(COLLEAGUE, "Bo"))
    return TeamDraft("ekstad", {"sv": "Ring 070-1740605"}, member(RECOVERY, "Kista", "recovery"), named, SPARE)


def draft(*teams: TeamDraft, epoch: int = 1, days: int = 90) -> RosterDraft:
    """Draft a roster for the teams, or for Ekstad."""
    return RosterDraft(epoch, TODAY + timedelta(days=days), salt_of(ROOT.sign_public), teams or (team(),))


def signed(roster: RosterDraft | None = None) -> bytes:
    """Sign a roster file."""
    return sign_roster(roster or draft(), ROOT, today=TODAY)


def roster() -> Roster:
    """Give the verified roster of Ekstad."""
    return verify(signed(), ROOT.sign_public, minimum_epoch=1, today=TODAY)


def submission(**answers: Answer) -> Submission:
    """Write a submission to Ekstad."""
    return Submission(new_try(), NOW, "me", "ekstad", "sv", answers or {"message": "hej"})
