"""Who is signed in, for the length of one request: an unlocked key and what the signed register says of it."""

from dataclasses import dataclass, field

from crypto.envelope import team_tag
from crypto.opening import pepper
from crypto.opening.identity import Identity, Opener
from crypto.opening.members import Member
from staff.register import Papers


@dataclass(frozen=True)
class Person:
    """Hold the unlocked key, the member it belongs to, and the papers as they stand; never kept between requests.

    `intake` are the person's intake keys that still exist, and `opened_at` remembers for the length of the request by
    which key and slot an epoch's envelopes opened.
    """

    identity: Identity = field(repr=False)
    member: Member
    papers: Papers
    pepper: bytes = field(repr=False)
    intake: tuple[Opener, ...] = field(default=(), repr=False)
    opened_at: dict[int, tuple[Opener, int]] = field(default_factory=dict, repr=False, compare=False)

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
        return member_tag(self.pepper, box_public)

    @property
    def openers(self) -> tuple[Opener, ...]:
        """Give every key that may open an envelope: the intake keys, the newest first, and the person's own."""
        return (*self.intake, self.identity)

    def places(self) -> list[tuple[Opener, int]]:
        """Give this person's keys that stand in the current roster, each with its slot in the team's envelopes."""
        try:
            team = self.papers.roster.team(self.municipality)
        except KeyError:
            return []
        found = ((key, team.place(key.box_public)) for key in self.openers)
        return [(key, place) for key, place in found if place is not None]


def member_tag(pepper_bytes: bytes, box_public: bytes) -> bytes:
    """Give the tag under which whatever belongs to a key stands in the casebook."""
    return pepper.tag(pepper_bytes, "member", box_public.hex())
