"""What one session remembers of conflicts: its list ready to be compared, what was found, what was answered."""

from dataclasses import dataclass, field

from staff.insiders.matching import Lines

About = tuple[str, bytes]  # ("case" or "request", id)


@dataclass
class Memory:
    """Hold one session's list at a version, and for each case or request looked at whether anything of it stands there.

    All of it goes with the session.
    """

    version: int = -1
    lines: Lines = field(default_factory=Lines, repr=False)
    found: dict[About, tuple[object, bool]] = field(default_factory=dict, repr=False)
    answered: set[About] = field(default_factory=set, repr=False)
