"""The programme's own words and times, from one TOML file, read by both apps."""

from programme.file import Programme
from programme.hours import Hours
from programme.model import Answers, Board, Municipality, Promises, Telephone, Words, say
from programme.reader import ProgrammeError

__all__ = [
    "Answers",
    "Board",
    "Hours",
    "Municipality",
    "Programme",
    "ProgrammeError",
    "Promises",
    "Telephone",
    "Words",
    "say",
]
