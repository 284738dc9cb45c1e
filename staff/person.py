"""Who is signed in, for the length of one request: an unlocked key and what the signed register says of it."""

from dataclasses import dataclass, field

from crypto.envelope import team_tag
from crypto.opening import pepper
from crypto.opening.identity import Identity
from crypto.opening.members import Member
from staff.register import Papers


@dataclass(frozen=True)
class Person:
    """Hold the unlocked key, the member it belongs to, and the papers as they stand; never kept between requests."""

    identity: Identity = field(repr=False)
    member: Member
    papers: Papers
    pepper: bytes = field(repr=False)

    @property
    def name(self) -> str:
        """Give the name that stands in the register."""
        return self.member.name

    @property
    def municipality(self) -> str:
        """Give the municipality whose requests this person reads."""
        return self.member.municipality

    @property
    def team_tag(self) -> bytes:
        """Give the tag that stands outside the team's envelopes."""
        return team_tag(self.municipality)

    @property
    def team(self) -> bytes:
        """Give the tag under which the team's submissions stand in the casebook."""
        return pepper.tag(self.pepper, "team", self.municipality)

    def member_tag(self, box_public: bytes) -> bytes:
        """Give the tag under which grants to a key stand in the casebook."""
        return pepper.tag(self.pepper, "member", box_public.hex())

    def place(self) -> int | None:
        """Give the slot that is this person's in the team's envelopes of the current roster."""
        try:
            return self.papers.roster.team(self.municipality).place(self.identity.box_public)
        except KeyError:
            return None
