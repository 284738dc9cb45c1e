"""The programme's own words and times, from one TOML file, read by both apps."""

from programme.file import Programme
from programme.hours import Hours
from programme.languages import LANGUAGES, Language, language
from programme.model import Answers, Board, Municipality, Promises, Telephone, Words, say
from programme.reader import ProgrammeError

__all__ = [
    "LANGUAGES",
    "Answers",
    "Board",
    "Hours",
    "Language",
    "Municipality",
    "Programme",
    "ProgrammeError",
    "Promises",
    "Telephone",
    "Words",
    "language",
    "say",
]
