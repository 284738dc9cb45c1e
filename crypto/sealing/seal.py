"""Seal a submission to a team: public keys only, nothing kept. Source: docs/envelope.md section 1."""

import secrets

from crypto import envelope, primitives
from crypto.envelope import Envelope
from crypto.sealing.roster import Roster
from crypto.submission import Submission


def seal(submission: Submission, roster: Roster) -> bytes:
    """Seal a submission to every place of its municipality's team: always `envelope.size(roster.places)` bytes.

    Raises TooLongError, and KeyError for a municipality that has no team. Each call draws a new content key, so the
    same submission sealed twice is two envelopes with one `try`.
    """
    return seal_content(submission.encode(), submission.municipality, roster)


def seal_content(content: bytes, municipality: str, roster: Roster) -> bytes:
    """Seal content bytes as they are (at most 8,191); `seal` is what to call with a submission."""
    team = roster.team(municipality)
    key = secrets.token_bytes(envelope.KEY_SIZE)
    head = envelope.head(roster.places, roster.epoch, envelope.team_tag(municipality))
    slots = tuple(primitives.seal_to(public, key) for public in (team.recovery, *team.recipients))
    unfilled = Envelope(
        suite=envelope.SUITE,
        epoch=roster.epoch,
        team_tag=envelope.team_tag(municipality),
        commitment=envelope.commitment(key, head),
        slots=slots,
        body=b"",
    )
    associated = unfilled.associated
    return associated + primitives.encrypt(key, content, envelope.PADDED_SIZE, associated)
